"""Expectations: what somebody says becomes of a DNS server, held against what does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from tf_cvpn_lint.controls.engine_rules import EXPECTATION_BROKEN, finding_of
from tf_cvpn_lint.controls.patterns import matches, matches_text
from tf_cvpn_lint.core.address import Address
from tf_cvpn_lint.core.evidence import Location
from tf_cvpn_lint.core.records import dataclass
from tf_cvpn_lint.reach.trace import EndpointReach, ServerReach
from tf_cvpn_lint.result import SETTINGS
from tf_cvpn_lint.rules import Finding

Expected = Literal["reachable", "unreachable", "intermittent", "unknown"]


@dataclass(frozen=True, slots=True)
class Expectation:
    """One test of the network."""

    endpoint: str
    """A pattern of addresses."""
    server: str
    """A pattern of addresses, or of what an address waits for; `lan` and `public` for what the device already had."""
    verdict: Expected
    reason: str = ""
    location: Location | None = None
    position: int = 0
    """Among all expectations, from 0."""


def fits_something(expectation: Expectation, endpoints: Sequence[EndpointReach]) -> bool:
    """Whether one of these endpoints has a server that is meant."""
    return any(
        matches_text(expectation.server, name)
        for reach in endpoints
        if matches(expectation.endpoint, reach.endpoint.address)
        for name, _ in _verdicts(reach)
    )


def broken(expectations: Iterable[Expectation], endpoints: Sequence[EndpointReach]) -> Iterator[Finding]:
    """A finding for every server whose fate is another than expected, and for every expectation that fits nothing at all."""
    for expectation in expectations:
        fitting = [reach for reach in endpoints if matches(expectation.endpoint, reach.endpoint.address)]
        servers = 0
        for reach in fitting:
            for name, verdict in _verdicts(reach):
                if not matches_text(expectation.server, name):
                    continue
                servers += 1
                if verdict != expectation.verdict:
                    yield _finding(
                        expectation,
                        f"{name} of {reach.endpoint.address} is {verdict}, and {expectation.verdict} is expected.",
                        reach.endpoint.address,
                        name,
                    )
        if not fitting:
            yield _finding(expectation, f"No endpoint fits {expectation.endpoint}, of which something is expected.")
        elif not servers:
            what = f"No DNS server of {expectation.endpoint} fits {expectation.server}, of which something is expected."
            yield _finding(expectation, what)


def _verdicts(reach: EndpointReach) -> Iterator[tuple[str, str]]:
    for server in reach.servers:
        yield _name(server), server.verdict.value
    for device in reach.device_resolvers:
        yield device.resolver, device.verdict.value


def _name(server: ServerReach) -> str:
    return str(server.server)


def _finding(
    expectation: Expectation, message: str, endpoint: Address | None = None, server: str | None = None
) -> Finding:
    return finding_of(
        EXPECTATION_BROKEN,
        Address(SETTINGS, "expect", expectation.position),
        expectation.location,
        f"{message} {expectation.reason}".rstrip(),
        "Mend the network, or change the expectation.",
        endpoint=endpoint,
        server=server,
    )
