"""What was not decided: undecided servers, unread constructs, values waited for; each with what would settle it."""

from __future__ import annotations

from collections.abc import Iterator

from tf_cvpn_lint.core.address import Reference
from tf_cvpn_lint.core.evidence import Evidence, Gap, Location, named
from tf_cvpn_lint.core.records import dataclass, replace
from tf_cvpn_lint.core.value import Unknown
from tf_cvpn_lint.model.client_vpn import PushedDns, UnknownDns
from tf_cvpn_lint.reach.trace import EndpointReach, ServerVerdict, Trace
from tf_cvpn_lint.result import Judgement


@dataclass(frozen=True, slots=True)
class Undecided:
    """One thing that is not known."""

    address: str
    """Whose it is: a resource, a file, a module call; for a server its endpoint."""
    what: str
    why: str
    location: Location | None = None
    waits_for: tuple[str, ...] = ()
    """What would settle it."""
    endpoints: tuple[str, ...] = ()
    """The endpoints it touches; empty where none was seen to depend on it."""
    server: str | None = None


def undecided(judgement: Judgement) -> tuple[Undecided, ...]:
    """Everything about one input that was not decided, each thing once: what endpoints wait for first, in their order."""
    merged: dict[tuple[str, str, str, str | None], Undecided] = {}
    for entry in _entries(judgement):
        key = (entry.address, entry.what, entry.why, entry.server)
        known = merged.get(key)
        merged[key] = entry if known is None else _together(known, entry)
    return tuple(merged.values())


def undecided_servers(endpoint: EndpointReach) -> int:
    """How many servers of the endpoint have no verdict; a list that is not known whole counts as one more."""
    servers = sum(server.verdict is ServerVerdict.UNKNOWN for server in endpoint.servers)
    match endpoint.endpoint.dns:
        case UnknownDns():
            return servers + (not servers)
        case PushedDns(members):
            return servers + (not members.is_complete and not servers)
        case _:
            return servers


def _together(one: Undecided, other: Undecided) -> Undecided:
    return replace(
        one,
        location=one.location or other.location,
        waits_for=tuple(dict.fromkeys((*one.waits_for, *other.waits_for))),
        endpoints=tuple(dict.fromkeys((*one.endpoints, *other.endpoints))),
    )


def _entries(judgement: Judgement) -> Iterator[Undecided]:
    for endpoint in judgement.endpoints:
        yield from _settings(endpoint)
        yield from _servers(endpoint)
        for gap in (*endpoint.gaps, *endpoint.endpoint.may_have_more):
            yield _from_gap(gap, (str(endpoint.endpoint.address),))
    for gap in judgement.unread:
        yield _from_gap(gap, ())


def _from_gap(gap: Gap, endpoints: tuple[str, ...]) -> Undecided:
    return Undecided(gap.subject, named(gap.what), gap.why, gap.location, _names(gap.waits_for), endpoints)


def _settings(reach: EndpointReach) -> Iterator[Undecided]:
    endpoint = reach.endpoint
    address = str(endpoint.address)

    def of(what: str, why: str, evidence: Evidence, refers_to: tuple[Reference, ...]) -> Undecided:
        return Undecided(address, what, why, evidence.location, _names(refers_to), (address,))

    if isinstance(endpoint.split_tunnel, Unknown):
        unknown = endpoint.split_tunnel
        yield of("split_tunnel", unknown.why, endpoint.split_tunnel_evidence, unknown.refers_to)
    match endpoint.dns:
        case UnknownDns(refers_to, why):
            yield of("dns_servers", why, endpoint.dns_evidence, refers_to)
        case PushedDns(servers):
            for gap in servers.gaps:
                yield _from_gap(gap, (address,))
        case _:
            pass


def _servers(reach: EndpointReach) -> Iterator[Undecided]:
    address = str(reach.endpoint.address)
    for server in reach.servers:
        if server.verdict is ServerVerdict.UNKNOWN:
            name, evidence = str(server.server), server.server.evidence
            reference = _names((server.server.reference,) if server.server.reference else ())
            for why, waits_for in _doubts(server.traces) or [(_last_word(server.traces), ())]:
                settles = waits_for or reference
                yield Undecided(address, f"DNS server {name}", why, evidence.location, settles, (address,), name)
    for device in reach.device_resolvers:
        if device.verdict is ServerVerdict.UNKNOWN:
            location = reach.endpoint.dns_evidence.location
            for why, waits_for in _doubts(device.traces) or [(device.says, ())]:
                yield Undecided(
                    address, f"the device's {device.resolver} resolver", why, location, waits_for, (address,)
                )


def _doubts(traces: tuple[Trace, ...]) -> list[tuple[str, tuple[str, ...]]]:
    """Why these queries have no answer yet: those over udp, on which the verdict rests."""
    undecided = [trace for trace in traces if trace.verdict.is_unsure and trace.flow.protocol == "udp"]
    reasons: dict[str, tuple[str, ...]] = {}
    for step in (step for trace in undecided for step in trace.doubts):
        waits_for = _names(step.verdict.waits_for)
        reasons[step.says] = tuple(dict.fromkeys((*reasons.get(step.says, ()), *waits_for)))
    return list(reasons.items())


def _last_word(traces: tuple[Trace, ...]) -> str:
    steps = (trace.decided_by for trace in traces)
    return next((step.says for step in steps if step), "nothing is known of this address")


def _names(references: tuple[Reference, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(reference) for reference in references))
