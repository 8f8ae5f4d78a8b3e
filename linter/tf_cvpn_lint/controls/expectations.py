"""Expectations: what somebody says becomes of a DNS server, held against what does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from tf_cvpn_lint.controls.engine_rules import EXPECTATION_BROKEN, finding_of
from tf_cvpn_lint.controls.patterns import matches, matches_text
from tf_cvpn_lint.core.address import Address
from tf_cvpn_lint.core.evidence import Location
from tf_cvpn_lint.core.records import dataclass
from tf_cvpn_lint.reach.trace import EndpointReach, ServerReach, ServerVerdict
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
        for name, _, _ in _fates(reach)
    )


def broken(expectations: Iterable[Expectation], endpoints: Sequence[EndpointReach]) -> Iterator[Finding]:
    """A finding for every server whose fate is another than expected, and for every expectation that fits nothing at all."""
    for expectation in expectations:
        fitting = [reach for reach in endpoints if matches(expectation.endpoint, reach.endpoint.address)]
        servers = 0
        for reach in fitting:
            for name, verdict, why in _fates(reach):
                if not matches_text(expectation.server, name):
                    continue
                servers += 1
                if verdict != expectation.verdict:
                    yield _finding(
                        expectation,
                        f"{name} of {reach.endpoint.address} is expected to be {expectation.verdict} and is {_told(verdict)}"
                        f"{f': {why}' if why else ''}.",
                        reach.endpoint.address,
                        name,
                    )
        if not fitting:
            there = _few([str(reach.endpoint.address) for reach in endpoints])
            yield _finding(
                expectation,
                f"Nothing is tested: no endpoint here fits {expectation.endpoint} (there is {there or 'none'}).",
            )
        elif not servers:
            there = _few([name for reach in fitting for name, _, _ in _fates(reach)])
            yield _finding(
                expectation,
                f"Nothing is tested: no DNS server of {expectation.endpoint} fits {expectation.server} (there is {there or 'none'}).",
            )


def _fates(reach: EndpointReach) -> Iterator[tuple[str, str, str]]:
    """Every server of the endpoint, its verdict, and the hop that decided where it is lost or not known."""
    for server in reach.servers:
        failing = [trace for trace in server.traces if trace.flow.protocol == "udp" and not trace.verdict.is_yes]
        worst = min(failing, key=lambda trace: not trace.verdict.is_no, default=None)
        step = worst.decided_by if worst is not None else None
        yield _name(server), server.verdict.value, step.says if step is not None else ""
    for device in reach.device_resolvers:
        yield device.resolver, device.verdict.value, device.says


def _told(verdict: str) -> str:
    return "not decided" if verdict == ServerVerdict.UNKNOWN.value else verdict


def _few(names: Sequence[str]) -> str:
    unlike = list(dict.fromkeys(names))
    return ", ".join(unlike[:4]) + (f" and {len(unlike) - 4} more" if len(unlike) > 4 else "")


def _name(server: ServerReach) -> str:
    return str(server.server)


def _finding(
    expectation: Expectation, message: str, endpoint: Address | None = None, server: str | None = None
) -> Finding:
    return finding_of(
        EXPECTATION_BROKEN,
        Address(SETTINGS, "expect", expectation.position),
        expectation.location,
        f"{message} It is expected because: {expectation.reason}" if expectation.reason else message,
        "Mend the network, or change the expectation.",
        endpoint=endpoint,
        server=server,
    )
