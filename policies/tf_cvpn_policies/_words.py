"""Phrases and places that several rules tell alike."""

from __future__ import annotations

from tf_cvpn_lint.core.evidence import Evidence
from tf_cvpn_lint.rules import Related, S, Sighting, role


def port_53(protocols: tuple[str, ...]) -> str:
    """`udp and tcp 53`."""
    return f"{' and '.join(protocols)} 53"


def outcome(protocols: tuple[str, ...]) -> str:
    """What a user sees when queries over these protocols get no answer, as a sentence without a full stop."""
    if "udp" in protocols:
        return "Lookups time out"
    return "Small answers still come over udp; lookups whose answer is too large for it time out"


def besides(found: Sighting[S], evidence: Evidence) -> tuple[Related, ...]:
    """All that decided but `evidence`, each once, in the order traffic meets it."""
    places = dict.fromkeys(item for step in found.steps for item in step.evidence if item != evidence)
    return tuple(Related(item, role(item)) for item in places)
