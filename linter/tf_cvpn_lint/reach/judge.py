"""Every query of every endpoint, and the verdict of every server."""

from __future__ import annotations

from ipaddress import ip_address

from tf_cvpn_lint.core.evidence import Gap
from tf_cvpn_lint.core.link import Unresolved
from tf_cvpn_lint.core.records import replace
from tf_cvpn_lint.core.value import Known, Unknown
from tf_cvpn_lint.core.verdict import Truth, Verdict, unsure
from tf_cvpn_lint.model.cidr import AddressIn, KnownAddress, KnownCidr, covers, is_default
from tf_cvpn_lint.model.client_vpn import (
    DeviceDns,
    DnsServer,
    InterfacesOf,
    PushedDns,
    TargetNetworkAssociation,
    UnknownDns,
    UnknownServer,
)
from tf_cvpn_lint.model.network import Network
from tf_cvpn_lint.model.vpc import Subnet
from tf_cvpn_lint.reach.classify import Candidate, candidates, classify
from tf_cvpn_lint.reach.entry import client_route
from tf_cvpn_lint.reach.forward import queries
from tf_cvpn_lint.reach.service import carries_no_ipv4
from tf_cvpn_lint.reach.surroundings import Surroundings, landing_subnets, surroundings
from tf_cvpn_lint.reach.trace import (
    Beyond,
    DeviceResolverReach,
    EndpointReach,
    EndpointSecurityGroup,
    ServerKind,
    ServerReach,
    ServerVerdict,
    Service,
    Trace,
    TunnelPath,
)

PUBLIC_RESOLVERS = tuple(map(ip_address, ("8.8.8.8", "1.1.1.1", "9.9.9.9", "208.67.222.222")))
"""One of these stands for any public resolver that a device may have; the first is the founding document's own example."""


def judge(network: Network) -> tuple[EndpointReach, ...]:
    """What becomes of the DNS queries of every endpoint's clients; endpoints in the network's order."""
    return tuple(_endpoint(around) for around in surroundings(network))


def _endpoint(around: Surroundings) -> EndpointReach:
    endpoint = around.endpoint
    servers: tuple[ServerReach, ...] = ()
    devices: tuple[DeviceResolverReach, ...] = ()
    gaps: list[Gap] = [*around.associations.gaps, *around.routes.gaps, *around.rules.gaps]
    match endpoint.dns:
        case PushedDns(members):
            servers = tuple(_server(around, server) for server in members.items)
            gaps += members.gaps
        case DeviceDns():
            devices = (_lan_resolver(around), _public_resolver(around))
        case UnknownDns(refers_to, why):
            gaps.append(Gap(str(endpoint.address), "dns_servers", why, endpoint.dns_evidence.location, refers_to))
    return EndpointReach(
        endpoint,
        around.associations.items,
        servers,
        devices,
        tuple(dict.fromkeys(gaps)),
        has_no_target_network=(
            not around.associations.items and around.associations.is_complete and endpoint.transit_gateway is None
        ),
        all_servers_known=(
            isinstance(endpoint.dns, PushedDns) and endpoint.dns.is_counted and endpoint.dns.servers.is_complete
        ),
    )


def _landings(around: Surroundings) -> tuple[TargetNetworkAssociation | None, ...]:
    """Where a client may land; None alone where there is no association to land on."""
    return around.associations.items or (None,)


def _server(around: Surroundings, server: DnsServer) -> ServerReach:
    found = candidates(around.network, around.endpoint, around.home, server.address)
    if not found:
        found = (Candidate(ServerKind.UNKNOWN, _somewhere(server)),)
    traces = tuple(trace for landing in _landings(around) for trace in _traces(around, landing, found))
    kinds = {candidate.kind for candidate in found}
    kind = kinds.pop() if len(kinds) == 1 else ServerKind.UNKNOWN
    paths = {_path(around, candidate) for candidate in found}
    path = paths.pop() if len(paths) == 1 else TunnelPath.UNKNOWN
    unread = () if _holds_everywhere(kind, traces) else around.associations.gaps
    vpcs = {candidate.vpc for candidate in found}
    return ServerReach(server, kind, _verdict(traces, unread), path, traces, vpcs.pop() if len(vpcs) == 1 else None)


def _holds_everywhere(kind: ServerKind, traces: tuple[Trace, ...]) -> bool:
    """Whether the traces speak for the associations that were not read, too.

    Every association is of the same VPC, so what holds for its Amazon DNS on one holds on all; and a server that answers nobody, or
    security groups that let nothing out to it, are the same for all associations of the endpoint.
    """
    if kind is ServerKind.AMAZON_PROVIDED or kind is ServerKind.AMAZON_LINK_LOCAL:
        return True
    return all(
        trace.verdict.is_no and isinstance(trace.decided_by, Service | EndpointSecurityGroup)
        for trace in traces
        if trace.flow.protocol == "udp"
    )


def _somewhere(server: DnsServer) -> AddressIn:
    """What is known of an address of which nothing else is: the networks that hold it, if any, and what it waits for."""
    match server.address:
        case UnknownServer(refers_to, _, within):
            return within or AddressIn((), refers_to)
        case InterfacesOf(_, refers_to):
            return AddressIn((), refers_to)
        case _:
            return AddressIn((), (server.reference,) if server.reference else ())


def _traces(
    around: Surroundings, landing: TargetNetworkAssociation | None, found: tuple[Candidate, ...]
) -> tuple[Trace, ...]:
    """The traces, one for each protocol, for a server that may have one of several addresses, asked from one of several subnets."""
    subnets: tuple[Subnet | None, ...] = (landing_subnets(landing) if landing is not None else ()) or (None,)
    if len(subnets) == len(found) == 1:
        return queries(around, landing, subnets[0], found[0])
    cases = [(subnet, candidate) for subnet in subnets for candidate in found]
    asked = zip(*(queries(around, landing, subnet, candidate) for subnet, candidate in cases), strict=True)
    return tuple(_one_of(landing, cases, traces) for traces in asked)


def _one_of(
    landing: TargetNetworkAssociation | None,
    cases: list[tuple[Subnet | None, Candidate]],
    traces: tuple[Trace, ...],
) -> Trace:
    """The trace of all these cases, of which one is true: theirs if they agree, else an unsure one."""
    if len({trace.verdict.truth for trace in traces}) == 1:
        return traces[0]
    words = {Truth.YES: "answered", Truth.NO: "dropped", Truth.UNSURE: "not decided"}
    are_several = len({subnet for subnet, _ in cases}) > 1
    told = "; ".join(
        dict.fromkeys(
            (f"from {subnet.address} " if subnet is not None and are_several else "")
            + f"to {candidate.address}: {words[trace.verdict.truth]}"
            for (subnet, candidate), trace in zip(cases, traces, strict=True)
        )
    )
    passing = next((trace for trace in traces if not trace.verdict.is_no), traces[0])
    waits = [
        *(
            reference
            for item in dict.fromkeys(candidate for _, candidate in cases)
            if isinstance(item.address, AddressIn)
            for reference in item.address.refers_to
        ),
        *(landing.subnet.refers_to if landing is not None and isinstance(landing.subnet, Unresolved) else ()),
    ]
    says = f"which addresses are meant is not known ({told})"
    doubt = Beyond(verdict=unsure(says, waits_for=tuple(waits)), says=says, assumes="those for which it is answered")
    return replace(passing, steps=(*passing.steps, doubt))


def _path(around: Surroundings, candidate: Candidate) -> TunnelPath:
    if candidate.address is None or (isinstance(candidate.address, KnownAddress) and candidate.address.ip.version == 6):
        return TunnelPath.UNKNOWN
    if carries_no_ipv4(around, candidate.address):
        return TunnelPath.UNKNOWN
    enters = client_route(around, candidate, candidate.address).enters_tunnel
    if enters.is_yes:
        return TunnelPath.TUNNEL
    return TunnelPath.LOCAL if enters.is_no else TunnelPath.UNKNOWN


def _verdict(traces: tuple[Trace, ...], unread: tuple[Gap, ...]) -> ServerVerdict:
    """That of the udp queries over all associations, those not read included."""
    verdicts: list[Verdict] = [trace.verdict for trace in traces if trace.flow.protocol == "udp"]
    if unread:
        verdicts.append(unsure("another association may exist"))
    if all(verdict.is_yes for verdict in verdicts):
        return ServerVerdict.REACHABLE
    if all(verdict.is_no for verdict in verdicts):
        return ServerVerdict.UNREACHABLE
    # Dropped on one and not decided on the rest may turn out to be either; answered on one and dropped on another is settled.
    if any(verdict.is_no for verdict in verdicts) and any(verdict.is_yes for verdict in verdicts):
        return ServerVerdict.INTERMITTENT
    return ServerVerdict.UNKNOWN


def _lan_resolver(around: Surroundings) -> DeviceResolverReach:
    """The resolver of the network the user sits in, for which the device has a more specific route.

    Source: https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/cvpn-working-cre.html (Client Route Enforcement)
    """
    endpoint = around.endpoint
    split, enforced = endpoint.split_tunnel, endpoint.route_enforcement
    off = isinstance(enforced, Known) and not enforced.value
    captured = any(is_default(route.destination) for route in around.routes.items)
    if isinstance(split, Known) and split.value and not (captured and not off):
        says = "split tunnel: the user's own network keeps its resolver; private names do not resolve"
        return DeviceResolverReach("lan", ServerVerdict.REACHABLE, TunnelPath.LOCAL, says)
    if off:
        says = "the device has a more specific route to its own LAN, so a resolver there answers; private names do not resolve"
        return DeviceResolverReach("lan", ServerVerdict.REACHABLE, TunnelPath.LOCAL, says)
    if isinstance(split, Known) and isinstance(enforced, Known):
        what = "a 0.0.0.0/0 route" if split.value else "full tunnel"
        says = f"client route enforcement takes the user's LAN away with {what}, and its resolver with it"
        return DeviceResolverReach("lan", ServerVerdict.UNREACHABLE, TunnelPath.TUNNEL, says)
    told = " and ".join(
        name
        for name, fact in (("split_tunnel", split), ("client_route_enforcement_options", enforced))
        if isinstance(fact, Unknown)
    )
    return DeviceResolverReach("lan", ServerVerdict.UNKNOWN, TunnelPath.UNKNOWN, f"{told} is not known")


def _some_public_resolver(around: Surroundings) -> KnownAddress:
    """A public resolver that no route or rule singles out, so that what holds for it holds for any; the first if there is none."""
    narrow = [
        cidr
        for cidr in (
            *(route.destination for route in around.routes.items),
            *(rule.target_network for rule in around.rules.items),
        )
        if isinstance(cidr, KnownCidr) and cidr.network.prefixlen > _WIDE
    ]
    found = map(KnownAddress, PUBLIC_RESOLVERS)
    return next(
        (each for each in found if not any(covers(cidr, each).is_yes for cidr in narrow)),
        KnownAddress(PUBLIC_RESOLVERS[0]),
    )


_WIDE = 8
"""Networks of this prefix length or shorter are taken to mean the internet, as 0.0.0.0/1 does."""


def _public_resolver(around: Surroundings) -> DeviceResolverReach:
    """A public resolver that the user's device was set to."""
    resolver = _some_public_resolver(around)
    candidate = classify(around.network, around.endpoint, around.home, resolver.ip)
    candidate = replace(candidate, kind=ServerKind.PUBLIC, address=resolver)
    traces = tuple(trace for landing in _landings(around) for trace in _traces(around, landing, (candidate,)))
    path = _path(around, candidate)
    verdict = _verdict(traces, around.associations.gaps)
    if path is TunnelPath.LOCAL:
        says = "split tunnel: a public resolver answers outside the tunnel; private names do not resolve"
        return DeviceResolverReach("public", verdict, path, says, traces)
    decided = next((trace.decided_by for trace in traces if not trace.verdict.is_yes), traces[0].decided_by)
    how = f" (for example {resolver}) goes through the tunnel"
    if verdict is ServerVerdict.REACHABLE:
        says = f"a query to a public resolver{how} and out to the internet; private names do not resolve"
    else:
        says = f"a query to a public resolver{how}: {decided.says if decided else 'not decided'}"
    return DeviceResolverReach("public", verdict, path, says, traces)
