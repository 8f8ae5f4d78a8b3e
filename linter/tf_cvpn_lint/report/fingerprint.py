"""Names for findings that stay the same while the code around them moves.

They hold no lines and no words; no names of module calls, which are renamed, though the instance keys of modules and resources stay; no
positions of nested blocks, which files and plans count differently; and of a server whose address is not known only the kind of resource
that gives it, since a plan and the sources tell the rest of the reference in different detail.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from tf_cvpn_lint.core.address import Address, quote_key
from tf_cvpn_lint.rules import Finding

_POSITION = re.compile(r"\[\d+\]")
_MODULES = re.compile(r'^(?:module\.[^.\[]+(?:\[(?:\d+|"(?:[^"\\]|\\.)*")\])?\.)*')
_KEY = re.compile(r'\[(?:\d+|"(?:[^"\\]|\\.)*"|[^\]"]*)\]')


def fingerprints(findings: Iterable[Finding]) -> list[str]:
    """One for each finding; those of one identity are told apart by their order."""
    seen: Counter[str] = Counter()
    made = []
    for finding in findings:
        own = identity(finding)
        made.append(_digest(own, str(seen[own])) if seen[own] else own)
        seen[own] += 1
    return made


def identity(finding: Finding) -> str:
    """Of the rule, the endpoint, the server and the resource and attribute at fault: equal for findings that agree in all of these."""
    return _digest(
        finding.rule.id,
        _place(finding.endpoint) if finding.endpoint else "",
        finding.server or _source(finding.reference or ""),
        _place(finding.evidence.address),
        _POSITION.sub("", finding.evidence.attribute),
    )


def _digest(*parts: str) -> str:
    from hashlib import sha256  # loads OpenSSL, which a report as text does without

    return sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _place(address: Address) -> str:
    """The address without the names of its modules."""
    keys = "".join(quote_key(step.key) for step in address.module)
    return f"{keys}/{address.mode}/{address.type}.{address.name}{quote_key(address.key)}"


def _source(reference: str) -> str:
    """The resource type and name (or the variable) that a reference leads to."""
    bare = _KEY.sub("", _MODULES.sub("", reference, count=1))
    return ".".join(bare.split(".")[: 3 if bare.startswith("data.") else 2])
