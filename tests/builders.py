"""Networks, endpoints and the fate of their queries, made by hand: what the reports are tested with."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address, ip_network

from tf_cvpn_lint.config.configuration import Configuration, Input
from tf_cvpn_lint.core.address import Address, Name, Reference
from tf_cvpn_lint.core.evidence import Evidence, Gap, Location
from tf_cvpn_lint.core.link import Outside
from tf_cvpn_lint.core.value import Known
from tf_cvpn_lint.core.verdict import Members, Verdict, no, unsure, yes
from tf_cvpn_lint.model.cidr import KnownAddress, KnownCidr
from tf_cvpn_lint.model.client_vpn import (
    ClientVpnEndpoint,
    DeviceDns,
    DnsServer,
    DnsSetting,
    NotAnAddress,
    PushedDns,
    ServerAddress,
    TargetNetworkAssociation,
    UnknownServer,
)
from tf_cvpn_lint.model.network import Network
from tf_cvpn_lint.reach.flow import Flow, Protocol
from tf_cvpn_lint.reach.trace import (
    Authorization,
    ClientRoute,
    DeviceResolverReach,
    EndpointReach,
    PassedOver,
    ServerKind,
    ServerReach,
    ServerVerdict,
    Service,
    Step,
    Trace,
    TunnelPath,
)
from tf_cvpn_lint.result import Judgement, Result
from tf_cvpn_lint.rules import Certainty, Finding, Rule, Severity, View

ENDPOINT = Address("aws_ec2_client_vpn_endpoint", "this")
DNS_GROUP = Reference(Address("aws_security_group", "dns", mode="data"), "id")


def evidence(address: Address = ENDPOINT, attribute: str = "", line: int = 0, file: str = "vpn.tf") -> Evidence:
    """Evidence at a line; without one where `line` is 0."""
    return Evidence(address, attribute, Location(file, line) if line else None)


def server(text: str, position: int = 0, line: int = 0) -> DnsServer:
    """An entry of `dns_servers`: an address, a name that is none, or (with a dot and an underscore) a reference."""
    address: ServerAddress
    reference = None
    try:
        address = KnownAddress(ip_address(text))
    except ValueError:
        if "_" in text:
            reference = Reference(Name(text))
            address = UnknownServer((reference,), "known after apply")
        else:
            address = NotAnAddress(text)
    return DnsServer(position, address, reference, evidence(attribute="dns_servers", line=line))


def endpoint(
    dns: DnsSetting | None = None,
    *,
    address: Address = ENDPOINT,
    split: bool = True,
    enabled: bool = True,
    line: int = 0,
) -> ClientVpnEndpoint:
    """An endpoint that leaves all else at its default."""
    at = evidence(address, line=line)
    return ClientVpnEndpoint(
        address=address,
        evidence=at,
        id=None,
        dns=dns or DeviceDns(),
        dns_evidence=evidence(address, "dns_servers", line),
        split_tunnel=Known(split),
        split_tunnel_evidence=at,
        client_cidr=KnownCidr(ip_network("192.168.0.0/16")),
        client_cidr_evidence=at,
        vpc=None,
        security_groups=Members(),
        uses_vpc_default_group=Known(False),
        route_enforcement=Known(False),
        route_enforcement_evidence=at,
        transit_gateway=None,
        authenticates_groups=Known(False),
        traffic_family=Known("ipv4"),
        is_enabled=enabled,
    )


def association(key: str) -> TargetNetworkAssociation:
    """One of the `for_each` instances of an association."""
    address = Address("aws_ec2_client_vpn_network_association", "this", key)
    return TargetNetworkAssociation(address, Evidence(address), Outside("cvpn-endpoint-0"), Outside("subnet-0"))


def step_route(verdict: Verdict, says: str, *, passed_over: tuple[PassedOver, ...] = ()) -> Step:
    """The first hop."""
    return ClientRoute(verdict=verdict, says=says, enters_tunnel=verdict, passed_over=passed_over)


def reachable_steps(text: str) -> tuple[Step, ...]:
    """A query that is answered."""
    return (
        step_route(yes(), f"a Client VPN route covers {text}"),
        Authorization(verdict=yes(), says=f"everyone is admitted to {text}", evidence=(evidence(line=40),)),
        Service(verdict=yes(), says=f"{text} answers on udp/53"),
    )


def dropped_steps(text: str) -> tuple[Step, ...]:
    """A query that never enters the tunnel."""
    return (
        step_route(
            no("not routed"),
            f"no Client VPN route covers {text}, so the query leaves on the user's own network",
            passed_over=(PassedOver("10.123.0.0/16", f"does not cover {text}"),),
        ),
    )


def unsure_steps(text: str) -> tuple[Step, ...]:
    """A query whose fate waits for a security group that is not in the configuration."""
    return (
        step_route(yes(), f"a Client VPN route covers {text}"),
        Authorization(
            verdict=unsure("the rules of the group are not known", waits_for=(DNS_GROUP,)),
            says=f"whether the server's group admits {text} is not known",
            assumes="the server's group admits the query",
        ),
    )


def traces(
    of: ClientVpnEndpoint, to: str, steps: tuple[Step, ...], by: tuple[TargetNetworkAssociation, ...]
) -> tuple[Trace, ...]:
    """The queries to one server by these associations, over udp and tcp, all alike."""
    protocols: tuple[Protocol, ...] = ("udp", "tcp")
    try:
        destination = KnownAddress(ip_address(to))
    except ValueError:
        destination = KnownAddress(ip_address("192.0.2.1"))
    return tuple(
        Trace(Flow(of, landed, destination, protocol), steps) for landed in by or (None,) for protocol in protocols
    )


def reach(
    servers: dict[str, ServerVerdict],
    *,
    address: Address = ENDPOINT,
    split: bool = True,
    enabled: bool = True,
    gaps: tuple[Gap, ...] = (),
    line: int = 0,
    by: tuple[str, ...] = ("a", "b"),
) -> EndpointReach:
    """An endpoint that pushes these servers, with a way for each that fits its verdict. None at all: the device's own DNS."""
    entries = tuple(server(text, position, line + 1 if line else 0) for position, text in enumerate(servers))
    of = endpoint(
        PushedDns(Members(entries)) if entries else DeviceDns(),
        address=address,
        split=split,
        enabled=enabled,
        line=line,
    )
    associations = tuple(association(key) for key in by)
    reaches = []
    for entry, (text, verdict) in zip(entries, servers.items(), strict=True):
        match verdict:
            case ServerVerdict.REACHABLE:
                queries = traces(of, text, reachable_steps(text), associations)
            case ServerVerdict.UNREACHABLE:
                queries = traces(of, text, dropped_steps(text), associations)
            case ServerVerdict.UNKNOWN:
                queries = traces(of, text, unsure_steps(text), associations)
            case ServerVerdict.INTERMITTENT:
                queries = traces(of, text, reachable_steps(text), associations[:1])
                queries += traces(of, text, dropped_steps(text), associations[1:])
        path = TunnelPath.LOCAL if verdict is ServerVerdict.UNREACHABLE else TunnelPath.TUNNEL
        reaches.append(ServerReach(entry, ServerKind.RESOLVER_INBOUND, verdict, path, queries))
    devices = () if entries else (device("lan", ServerVerdict.REACHABLE), device("public", ServerVerdict.UNREACHABLE))
    return EndpointReach(of, associations, tuple(reaches), devices, gaps)


def device(resolver: str, verdict: ServerVerdict) -> DeviceResolverReach:
    """What becomes of a resolver the device had."""
    path = TunnelPath.LOCAL if resolver == "lan" else TunnelPath.TUNNEL
    return DeviceResolverReach(resolver, verdict, path, f"the {resolver} resolver is {verdict.value}")


def _silent(view: View) -> Iterator[Finding]:
    yield from ()


def rule(id_: str = "CVPN101", name: str = "dns-not-routed", severity: Severity = Severity.ERROR) -> Rule:
    """A rule that has a page and finds nothing by itself."""
    page = "A query is not routed.\n\nWhat happens.\n\n**Fix** the route."
    return Rule(id_, name, severity, ("https://docs.aws.amazon.com/vpn/",), page, _silent)


def finding(
    server_: str | None = "10.10.1.228",
    *,
    by: Rule | None = None,
    at: Evidence | None = None,
    certainty: Certainty = Certainty.CERTAIN,
    enabled: bool = True,
    about: Address | None = ENDPOINT,
    message: str = "",
    suggestion: str = "",
) -> Finding:
    """A finding about a server (or, with None, about the endpoint)."""
    made_by = by or rule()
    reference = server_ is not None and "_" in server_
    return Finding(
        rule=made_by,
        endpoint=about,
        server=None if reference else server_,
        reference=server_ if reference else None,
        evidence=at or evidence(attribute="dns_servers"),
        message=message or f"Queries to {server_} never enter the tunnel.",
        fix=f"Add a Client VPN route that covers {server_}.",
        severity=made_by.severity,
        certainty=certainty,
        suggestion=suggestion,
        enabled=enabled,
    )


def judgement(
    *endpoints: EndpointReach,
    findings: tuple[Finding, ...] = (),
    gaps: tuple[Gap, ...] = (),
    path: str = "plan.json",
    open_types: dict[str, tuple[Gap, ...]] | None = None,
) -> Judgement:
    """One input, a plan."""
    configuration = Configuration(inputs=(Input(path, "plan"),), gaps=gaps, open_types=open_types or {})
    return Judgement(configuration, Network(gaps=gaps), endpoints, findings)


def result(*endpoints: EndpointReach, findings: tuple[Finding, ...] = (), gaps: tuple[Gap, ...] = ()) -> Result:
    """A run on one input."""
    return Result((judgement(*endpoints, findings=findings, gaps=gaps),))
