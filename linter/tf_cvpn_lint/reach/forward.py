"""One query, from the client to the server: the hops in the order of the domain reference, and the checks at the far side.

Sources: https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/split-tunnel-vpn.html (client routes),
https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/cvpn-working-rules.html (authorization: the longest network decides),
https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/cvpn-working-routes.html (a route per association; the VPC's is automatic),
https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/what-is-best-practices.html (source NAT).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import assert_never

from tf_cvpn_lint.core.address import Reference
from tf_cvpn_lint.core.evidence import Evidence, Gap
from tf_cvpn_lint.core.link import Link, To, Unresolved
from tf_cvpn_lint.core.records import replace
from tf_cvpn_lint.core.value import Call, Fact, Known, Literal, Unknown
from tf_cvpn_lint.core.verdict import Members, Truth, Verdict, all_of, any_of, no, unsure, yes
from tf_cvpn_lint.model.cidr import AddressIn, Cidr, HostAddress, KnownAddress, KnownCidr, UnknownCidr, contains, covers
from tf_cvpn_lint.model.client_vpn import (
    AuthorizationRule,
    BetweenClients,
    ClientVpnRoute,
    Everyone,
    Nobody,
    OneGroup,
    TargetNetworkAssociation,
    ThroughSubnet,
    ThroughTransitGateway,
    UnknownAudience,
)
from tf_cvpn_lint.model.filters import (
    ALL_PORTS,
    Direction,
    GroupName,
    NetworkAcl,
    Peer,
    PeerGroup,
    PortRange,
    SecurityGroup,
    SecurityGroupRule,
)
from tf_cvpn_lint.model.network import Network
from tf_cvpn_lint.model.resolver import Host
from tf_cvpn_lint.model.routing import ImplicitMainTable, NatGateway, Route, RouteTable
from tf_cvpn_lint.model.vpc import Subnet, Vpc, VpcCidr
from tf_cvpn_lint.reach.classify import Candidate
from tf_cvpn_lint.reach.filters import (
    DNS,
    EPHEMERAL,
    Remote,
    acl_allows,
    any_known_cidr_admits,
    describe_rules,
    group_admits,
    groups_admit,
)
from tf_cvpn_lint.reach.flow import PROTOCOLS, Flow, Protocol
from tf_cvpn_lint.reach.links import describe, leads_to, same, target_of, vpc_of
from tf_cvpn_lint.reach.longest import longest
from tf_cvpn_lint.reach.surroundings import Surroundings
from tf_cvpn_lint.reach.trace import (
    Acl,
    AclSide,
    Authorization,
    Beyond,
    ClientRoute,
    EndpointRoute,
    EndpointRouteFault,
    EndpointSecurityGroup,
    NatGatewayHop,
    PassedOver,
    RouteFault,
    ServerGroupFault,
    ServerKind,
    ServerSecurityGroup,
    Service,
    ServiceFault,
    SourceNat,
    Step,
    SubnetRoute,
    TargetNetwork,
    Trace,
    TransitFault,
    TransitGatewayHop,
)
from tf_cvpn_lint.reach.way import (
    AtAssumed,
    AtClients,
    AtInternet,
    Crossing,
    InVpc,
    Lost,
    Unseen,
    Way,
    from_attachment,
    way_from,
)

_FATAL = frozenset(
    {
        ServiceFault.NOT_AN_ADDRESS,
        ServiceFault.RESERVED,
        ServiceFault.OTHER_VPC,
        ServiceFault.OUTBOUND,
    }
)
"""What is wrong with the server itself, so that the way to it does not matter."""


def queries(
    around: Surroundings, association: TargetNetworkAssociation | None, subnet: Subnet | None, candidate: Candidate
) -> tuple[Trace, ...]:
    """The traces of the queries to one address over each of `PROTOCOLS`, from a client that has landed on the association.

    `subnet` is the associated subnet, or one of those that it may be; None where it was not read.
    """
    address = candidate.address or AddressIn(())
    there: list[_Hop] = []
    back: tuple[_Hop, ...] = ()
    for item in _there(around, association, subnet, candidate, address):
        if isinstance(item, _Back):
            back = item.hops
        else:
            there.append(item)
    return tuple(
        [
            Trace(
                Flow(around.endpoint, association, address, protocol), _steps(there, protocol), _steps(back, protocol)
            )
            for protocol in PROTOCOLS
        ]
    )


class _ByProtocol:
    """A hop where something filters: what becomes of the query there may depend on its protocol."""

    __slots__ = ("steps",)

    def __init__(self, steps_of: Callable[[Protocol], Iterable[Step]]) -> None:
        self.steps: dict[Protocol, tuple[Step, ...]] = {protocol: tuple(steps_of(protocol)) for protocol in PROTOCOLS}


_Hop = Step | _ByProtocol
"""The query takes the same way over every protocol, so that a way is walked once for all."""


class _Back:
    """The way back, among the hops there."""

    __slots__ = ("hops",)

    def __init__(self, hops: tuple[_Hop, ...]) -> None:
        self.hops = hops


def _steps(hops: Iterable[_Hop], protocol: Protocol) -> tuple[Step, ...]:
    steps: list[Step] = []
    for hop in hops:
        if isinstance(hop, _ByProtocol):
            steps += hop.steps[protocol]
        else:
            steps.append(hop)
    return tuple(steps)


def _apart(walk: Callable[[Protocol], Iterable[_Hop | _Back]]) -> Iterator[_Hop | _Back]:
    """Hops of queries that go different ways."""
    items = {protocol: tuple(walk(protocol)) for protocol in PROTOCOLS}
    yield _ByProtocol(lambda protocol: _steps((x for x in items[protocol] if not isinstance(x, _Back)), protocol))
    backs = {
        protocol: [hop for item in items[protocol] if isinstance(item, _Back) for hop in item.hops]
        for protocol in PROTOCOLS
    }
    yield _Back((_ByProtocol(lambda protocol: _steps(backs[protocol], protocol)),))


def _changed(item: _Hop | _Back, change: Callable[[Step], Step]) -> _Hop | _Back:
    """The same hop, each of its steps changed."""
    if isinstance(item, _Back):
        return _Back(tuple(_changed_hop(hop, change) for hop in item.hops))
    return _changed_hop(item, change)


def _changed_hop(hop: _Hop, change: Callable[[Step], Step]) -> _Hop:
    if isinstance(hop, _ByProtocol):
        return _ByProtocol(lambda protocol: map(change, hop.steps[protocol]))
    return change(hop)


def _there(
    around: Surroundings,
    association: TargetNetworkAssociation | None,
    subnet: Subnet | None,
    candidate: Candidate,
    address: HostAddress,
) -> Iterator[_Hop | _Back]:
    endpoint = around.endpoint
    native = endpoint.transit_gateway is not None
    landed = association is not None or native
    if not landed:
        yield _target_network(around)
        if around.associations.is_complete:
            if candidate.fault in _FATAL:
                yield _fatal(candidate)
            return
    if candidate.address is None:
        yield _fatal(candidate)
        return
    if isinstance(address, KnownAddress) and address.ip.version == 6 and candidate.fault is None:
        yield _over_ipv6(around, candidate, address)
        return
    if carries_no_ipv4(around, address) and candidate.fault is None:
        yield _over_ipv6_alone(around, candidate, address)
        return
    entry = client_route(around, candidate, address)
    if candidate.fault in _FATAL:
        yield replace(entry, verdict=yes())
        yield _fatal(candidate)
        return
    if candidate.fault is ServiceFault.CLIENT_CIDR:
        yield replace(entry, verdict=yes())
        yield _inside_client_cidr(around, candidate)
        return
    if candidate.fault is ServiceFault.LINK_LOCAL and entry.enters_tunnel.is_no:
        says = f"{candidate.detail}, and no Client VPN route takes it into the tunnel"
        yield replace(entry, verdict=yes())
        yield Service(
            verdict=no(says, endpoint.dns_evidence), says=says, evidence=(endpoint.dns_evidence,), fault=candidate.fault
        )
        return
    yield entry
    if entry.enters_tunnel.is_no:
        return
    inside = _inside(around, association, subnet, candidate, address, entry)
    if entry.enters_tunnel.is_unsure and _answers_outside(candidate, address):
        inside = (_changed(item, _conditional) for item in inside)
    yield from inside


def _answers_outside(candidate: Candidate, address: HostAddress) -> bool:
    """Whether the query is, or may be, answered where it does not enter the tunnel."""
    return candidate.kind is ServerKind.PUBLIC or _may_be_public(candidate, address)


def _conditional(step: Step) -> Step:
    """A hop inside the tunnel, where the query may be answered outside of it: what drops it there is not the last word."""
    if not step.verdict.is_no:
        return step
    says = f"if the query enters the tunnel: {step.says}"
    return replace(step, verdict=unsure(says, *(step.verdict.evidence or step.evidence)), says=says)


def _inside(
    around: Surroundings,
    association: TargetNetworkAssociation | None,
    subnet: Subnet | None,
    candidate: Candidate,
    address: HostAddress,
    entry: ClientRoute,
) -> Iterator[_Hop | _Back]:
    """The hops of a query that is in the tunnel."""
    endpoint = around.endpoint
    native = endpoint.transit_gateway is not None
    landed = association is not None or native
    yield authorize(around, address)
    vpc = around.vpc_of(association) if association is not None else None
    if landed:
        yield endpoint_route(around, association, vpc, candidate, address)
    # What these three say of the server holds from wherever a client lands, so also where no association was read.
    if candidate.fault is ServiceFault.LINK_LOCAL or candidate.fault is ServiceFault.UNDOCUMENTED:
        says = f"{candidate.detail}, which AWS does not document as a resolver for VPN clients"
        yield Service(
            verdict=unsure(says, endpoint.dns_evidence),
            says=says,
            evidence=(endpoint.dns_evidence,),
            fault=candidate.fault,
            vpc=candidate.vpc,
            assumes=f"a resolver answers at {address}",
        )
        return
    if candidate.kind is ServerKind.AMAZON_PROVIDED and candidate.vpc is not None:
        # Neither security groups nor network ACLs filter traffic to the Amazon DNS server, and the local route leads there:
        # https://docs.aws.amazon.com/vpc/latest/userguide/AmazonDNS-concepts.html
        yield _amazon_dns(candidate.vpc)
        return
    if not landed:
        yield _ByProtocol(lambda protocol: _closed_to_all(around, vpc, candidate, address, protocol, entry))
        return
    if native:
        yield from _from_transit_gateway(around, candidate, address)
        return
    assert association is not None
    if subnet is None or vpc is None:
        what = describe(association.subnet) if subnet is None else describe(subnet.vpc)
        says = f"the network of {association.address} ({what}) was not read"
        beyond = Beyond(
            verdict=unsure(
                says, association.evidence, waits_for=_waits(association.subnet if subnet is None else subnet.vpc)
            ),
            says=says,
            evidence=(association.evidence,),
            assumes=f"{what} routes to {address} and lets DNS through",
        )
        yield _ByProtocol(
            lambda protocol: tuple(_closed_to_all(around, vpc, candidate, address, protocol, entry)) or (beyond,)
        )
        return
    walk = _through_vpc(around, association, subnet, vpc, candidate, address)
    if (resolver := _may_be_amazon_dns(candidate, address, vpc)).is_no:
        yield from walk
        return
    # Nothing of the network can close the Amazon DNS server of the VPC, and the address may turn out to be its.
    for item in walk:
        yield _changed(item, lambda step: _unless_amazon_dns(step, resolver, address, vpc))


def _unless_same_subnet(step: Step, subnet: Subnet, address: HostAddress) -> Step:
    """The step where it was not read in which subnet the server is: within one subnet no network ACL is asked."""
    holds = covers(subnet.cidr, address)
    if not step.verdict.is_no or holds.is_no:
        return step
    says = f"{step.says}, unless {address} is in {subnet.address} itself"
    verdict = unsure(says, *step.evidence, waits_for=holds.waits_for)
    return replace(step, verdict=verdict, says=says, assumes=f"{address} is in {subnet.address}")


def _may_be_amazon_dns(candidate: Candidate, address: HostAddress, vpc: Vpc) -> Verdict:
    """Whether an address that was not told apart may be base+2 of the endpoint's VPC; never yes, since that has a kind of its own."""
    if candidate.host is not None or candidate.kind is not ServerKind.UNKNOWN or _is_never_amazon_dns(address):
        return no()
    holds = covers(vpc.primary_cidr, address)
    says = f"whether {address} is the Amazon DNS server of {vpc.address} is not known"
    return no() if holds.is_no else unsure(says, vpc.evidence, waits_for=holds.waits_for)


def _unless_amazon_dns(step: Step, resolver: Verdict, address: HostAddress, vpc: Vpc) -> Step:
    if not step.verdict.is_no:
        return step
    says = f"{step.says}, unless {address} is the Amazon DNS server of {vpc.address}, which nothing filters"
    assumes = f"{address} is the Amazon DNS server of {vpc.address}"
    return replace(step, verdict=unsure(says, *step.evidence, waits_for=resolver.waits_for), says=says, assumes=assumes)


def _through_vpc(
    around: Surroundings,
    association: TargetNetworkAssociation,
    subnet: Subnet,
    vpc: Vpc,
    candidate: Candidate,
    address: HostAddress,
) -> Iterator[_Hop | _Back]:
    """From the endpoint's interface in the associated subnet to the server and back."""
    yield _source_nat(association, subnet)
    yield _ByProtocol(lambda protocol: (_endpoint_groups(around, vpc, candidate, address, protocol),))
    way = way_from(around.network, subnet, address)
    if not any(isinstance(step, Beyond) for step in way.steps):
        yield from _out_of_subnet(around, subnet, vpc, candidate, address, way)
        return
    past = {protocol: _past_appliance(around, way, subnet, vpc, protocol) for protocol in PROTOCOLS}
    yield from _apart(lambda protocol: _out_of_subnet(around, subnet, vpc, candidate, address, past[protocol]))


def _out_of_subnet(
    around: Surroundings, subnet: Subnet, vpc: Vpc, candidate: Candidate, address: HostAddress, way: Way
) -> Iterator[_Hop | _Back]:
    """Along this way from the associated subnet, and back."""
    network, source = around.network, _source(subnet)
    if candidate.subnet is not subnet:
        home = _way_home(network, way, candidate, source, vpc)
        shared = home is not None and _may_leave_gateway_in(network, home, subnet)
        acl = acl_hop(network, subnet, AclSide.CLIENT, address, attachment_delivers=shared)
        if candidate.subnet is None:
            acl = _changed_hop(acl, lambda step: _unless_same_subnet(step, subnet, address))
        yield acl
    yield from way.steps
    yield from _nat_acls(network, way, subnet, source, address)
    yield from _crossing_acls(network, way, candidate.subnet, source, address, DNS)
    yield from _far_side(around, candidate, address, way, source, subnet, vpc)


def _closed_to_all(
    around: Surroundings,
    vpc: Vpc | None,
    candidate: Candidate,
    address: HostAddress,
    protocol: Protocol,
    entry: ClientRoute,
) -> Iterator[Step]:
    """What drops the query wherever its client lands, so also where that network was not read: at most one step."""
    # Outside the tunnel nothing answers at a private address, so that what drops it inside is the last word there, too.
    is_settled = entry.enters_tunnel.is_yes or not _answers_outside(candidate, address)
    if is_settled and _is_never_amazon_dns(address):
        groups = _endpoint_groups(around, vpc, candidate, address, protocol)
        if groups.verdict.is_no:
            yield groups
            return
    if candidate.host is not None and candidate.host.kind == "resolver_inbound" and candidate.vpc is not None:
        service = _resolver(candidate.host, address, candidate.vpc)
        if service.verdict.is_no:
            yield service


def _over_ipv6(around: Surroundings, candidate: Candidate, address: KnownAddress) -> Service:
    """AWS's pages speak of separate IPv6 DNS servers and its API knows only one list (domain reference, Q6): never settled, but for a
    resolver endpoint that has no IPv6 addresses."""
    endpoint = around.endpoint
    if candidate.host is not None and candidate.host.kind == "resolver_inbound" and candidate.vpc is not None:
        service = _resolver(candidate.host, address, candidate.vpc)
        if service.verdict.is_no:
            return service
    family = f" (its traffic is {endpoint.traffic_family.value})" if isinstance(endpoint.traffic_family, Known) else ""
    says = f"AWS does not document whether {endpoint.address}{family} gives its clients an IPv6 server"
    return Service(
        verdict=unsure(says, endpoint.dns_evidence),
        says=says,
        evidence=(endpoint.dns_evidence,),
        host=candidate.host,
        vpc=candidate.vpc,
        assumes=f"clients reach {address} over IPv6",
    )


def carries_no_ipv4(around: Surroundings, address: HostAddress) -> bool:
    """Whether clients have no IPv4 address in the tunnel from which to ask this one.

    Source: https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/ipv6-considerations.html
    """
    is_ipv4 = not isinstance(address, KnownAddress) or address.ip.version == 4
    return is_ipv4 and around.endpoint.traffic_family == Known("ipv6")


def _over_ipv6_alone(around: Surroundings, candidate: Candidate, address: HostAddress) -> Service:
    endpoint = around.endpoint
    says = f"{endpoint.address} carries IPv6 only; AWS does not document what becomes of queries to an IPv4 server"
    return Service(
        verdict=unsure(says, endpoint.dns_evidence),
        says=says,
        evidence=(endpoint.dns_evidence,),
        host=candidate.host,
        vpc=candidate.vpc,
        assumes=f"clients reach {address} over IPv4",
    )


def _fatal(candidate: Candidate) -> Service:
    return Service(
        verdict=no(candidate.detail),
        says=candidate.detail,
        fault=candidate.fault,
        host=candidate.host,
        vpc=candidate.vpc,
        evidence=(candidate.host.evidence,) if candidate.host else (candidate.vpc.evidence,) if candidate.vpc else (),
    )


def _waits(link: Link[Subnet] | Link[Vpc]) -> tuple[Reference, ...]:
    return link.refers_to if isinstance(link, Unresolved) else ()


def _target_network(around: Surroundings) -> TargetNetwork:
    endpoint = around.endpoint
    if around.associations.is_complete:
        says = f"{endpoint.address} has no target network, so nobody can connect"
        return TargetNetwork(verdict=no(says, endpoint.evidence), says=says, evidence=(endpoint.evidence,))
    told = "; ".join(dict.fromkeys(f"{gap.named}: {gap.why}" for gap in around.associations.gaps))
    waits = tuple(reference for gap in around.associations.gaps for reference in gap.waits_for)
    says = f"no association was read ({told})"
    return TargetNetwork(
        verdict=unsure(says, endpoint.evidence, waits_for=waits),
        says=says,
        evidence=(endpoint.evidence,),
        assumes=f"{endpoint.address} is associated with a subnet elsewhere",
    )


@lru_cache(maxsize=256)
def client_route(around: Surroundings, candidate: Candidate, address: HostAddress) -> ClientRoute:
    """Whether the query enters the tunnel, and what it means if it does not."""
    endpoint = around.endpoint
    split = endpoint.split_tunnel
    if isinstance(split, Known) and not split.value:
        return ClientRoute(
            verdict=yes(),
            enters_tunnel=yes(),
            says="full tunnel: every query but those to the user's own LAN enters it",
            evidence=(endpoint.split_tunnel_evidence,),
        )
    automatic = [(cidr, vpc) for vpc in around.associated_vpcs for cidr in vpc.cidrs.items]
    late = _late_cidr(around, address)
    answers: list[Verdict] = []
    for cidr, vpc in automatic:
        if late is not None and cidr is late.cidr:
            continue
        answer = covers(cidr, address)
        if answer.is_yes:
            says = f"the automatic route for {cidr}, the CIDR of {vpc.address}, takes the query into the tunnel"
            return ClientRoute(verdict=yes(), enters_tunnel=yes(), says=says, evidence=(vpc.evidence,))
        answers.append(answer)
    passed_over = []
    for route in around.routes.items:
        if isinstance(route.target, BetweenClients) and candidate.fault is not ServiceFault.CLIENT_CIDR:
            passed_over.append(_passed_over(route, "leads to other clients only"))
            continue
        answer = covers(route.destination, address)
        if answer.is_yes:
            says = f"{route.address} takes {route.destination} into the tunnel"
            return ClientRoute(verdict=yes(), enters_tunnel=yes(), says=says, evidence=(route.evidence,))
        answers.append(answer)
        passed_over.append(_passed_over(route, "does not cover it"))
    answers += _gap_answers(_unread_routes(around, candidate))
    # No VPC has a CIDR with the link-local address of Amazon DNS in it, so no automatic route leads there.
    if candidate.fault is not ServiceFault.LINK_LOCAL:
        answers += _gap_answers(around.associations.gaps)
        answers += [doubt for vpc in around.associated_vpcs for doubt in _gap_answers(vpc.secondary_cidrs.gaps)]
        answers += [
            unsure(f"the VPC of {item.address} was not read")
            for item in around.associations.items
            if around.vpc_of(item) is None
        ]
    enters = any_of(answers)
    if late is not None and enters.is_no:
        says = f"{late.cidr} is added to the VPC after the association was made, so clients may have no route to it"
        return ClientRoute(
            verdict=unsure(says, late.evidence),
            enters_tunnel=unsure(says, late.evidence),
            says=says,
            evidence=(late.evidence,),
            passed_over=tuple(passed_over),
            late_cidr=late,
            assumes=f"{late.cidr} is routed",
        )
    if isinstance(split, Unknown):
        enters = unsure(
            f"split_tunnel is not known ({split.why})", endpoint.split_tunnel_evidence, waits_for=split.refers_to
        )
    evidence = (endpoint.split_tunnel_evidence, endpoint.dns_evidence)
    if enters.is_no:
        if candidate.kind is ServerKind.PUBLIC:
            says = "split tunnel without a route to the server: the query leaves by the user's own network and is answered there"
            return ClientRoute(
                verdict=yes(), enters_tunnel=enters, says=says, evidence=evidence, passed_over=tuple(passed_over)
            )
        if _may_be_public(candidate, address):
            says = "split tunnel: no Client VPN route covers the server; it answers only if it is public"
            doubt = unsure(says, *evidence, waits_for=address.refers_to if isinstance(address, AddressIn) else ())
            return ClientRoute(
                verdict=doubt, enters_tunnel=enters, says=says, evidence=evidence, passed_over=tuple(passed_over)
            )
        says = "split tunnel: no Client VPN route covers the server, so the query leaves on the user's own network, where nothing answers"
        return ClientRoute(
            verdict=no(says, *evidence),
            enters_tunnel=enters,
            says=says,
            evidence=evidence,
            passed_over=tuple(passed_over),
        )
    says = (
        "; ".join(because.says for because in enters.because if because.says)
        or "whether a Client VPN route covers it is not known"
    )
    return ClientRoute(
        verdict=Verdict(Truth.UNSURE, enters.because),
        enters_tunnel=enters,
        says=f"whether the query enters the tunnel is not known: {says}",
        evidence=evidence,
        passed_over=tuple(passed_over),
        assumes="the query enters the tunnel",
    )


@lru_cache(maxsize=4096)
def _passed_over(entry: ClientVpnRoute | AuthorizationRule, why: str) -> PassedOver:
    network = entry.destination if isinstance(entry, ClientVpnRoute) else entry.target_network
    return PassedOver(f"{entry.address} for {network}", why, entry.evidence)


def _may_be_public(candidate: Candidate, address: HostAddress) -> bool:
    if isinstance(address, KnownAddress):
        return False
    return not address.inside and candidate.host is None


def _late_cidr(around: Surroundings, address: HostAddress) -> VpcCidr | None:
    for vpc in around.associated_vpcs:
        for secondary in vpc.secondary_cidrs.items:
            if (secondary.follows_association or not secondary.precedes_association) and covers(
                secondary.cidr, address
            ).is_yes:
                return secondary
    return None


def _unread_routes(around: Surroundings, candidate: Candidate) -> tuple[Gap, ...]:
    """What may hide a Client VPN route to the server.

    A module that names the link-local address of Amazon DNS and has no route at all is the place where its route would be: that a caller
    may add routes does not count there.
    """
    gaps = around.routes.gaps
    if candidate.fault is ServiceFault.LINK_LOCAL and around.endpoint.is_managed and not around.routes.items:
        return tuple(gap for gap in gaps if gap not in around.endpoint.may_have_more)
    return gaps


def _gap_answers(gaps: tuple[Gap, ...]) -> list[Verdict]:
    return [unsure(f"it depends on {gap.named} ({gap.why})", waits_for=gap.waits_for) for gap in gaps]


@lru_cache(maxsize=256)
def authorize(around: Surroundings, address: HostAddress) -> Authorization:
    """The longest network that covers the server decides; shorter ones are ignored."""
    endpoint = around.endpoint
    match = longest(around.rules, lambda rule: rule.target_network, address)
    losing = [(rule, "a longer network decides") for rule in match.shorter]
    losing += [(rule, "does not cover it") for rule in match.others[:12]]
    passed_over = tuple([_passed_over(rule, why) for rule, why in losing[:12]])
    if not match.winners and not match.gaps:
        says = f"no authorization rule of {endpoint.address} covers {address}"
        evidence = (endpoint.evidence, *(rule.evidence for rule in match.others))
        return Authorization(verdict=no(says, *evidence), says=says, evidence=evidence, passed_over=passed_over)
    users = around.network.assumed.groups_of(endpoint.address)
    everybody = set(users) or {name for rule in around.rules.items for name in _audience(rule)}

    nameless = [rule for rule in around.rules.items if isinstance(rule.audience, UnknownAudience)]

    def outcome(rules: tuple[AuthorizationRule, ...]) -> Verdict:
        admitted = {name for rule in rules for name in _audience(rule)}
        if EVERYONE in admitted:
            return yes()
        unknown = [rule.audience for rule in rules if isinstance(rule.audience, UnknownAudience)]
        if unknown:
            waits = tuple(reference for audience in unknown for reference in audience.refers_to)
            return unsure("whom the rule admits is not known", waits_for=waits)
        if not admitted:
            return no("the rule admits nobody")
        unread = tuple(rule.audience for rule in rules if isinstance(rule.audience, OneGroup) and not rule.audience.id)
        if users and not users <= admitted and unread:
            waits = tuple(reference for audience in unread for reference in audience.refers_to)
            return unsure("which group the rule admits is not known", waits_for=waits)
        if users and not users & admitted:
            return no(f"only {', '.join(sorted(admitted))} may ask it, and no user is in any of these groups")
        if endpoint.authenticates_groups == Known(False):
            return unsure(
                f"{endpoint.address} authenticates by certificate and knows no groups, so nobody is in {', '.join(sorted(admitted))}"
            )
        if not isinstance(endpoint.authenticates_groups, Known) and not users:
            return unsure(f"whether {endpoint.address} knows groups is not known")
        left_out = sorted(everybody - admitted)
        if not left_out and nameless and not users:
            told = ", ".join(str(rule.address) for rule in nameless)
            return unsure(f"only {', '.join(sorted(admitted))} may ask it, and whom {told} lets in is not known")
        if left_out:
            return unsure(f"only {', '.join(sorted(admitted))} may ask it, not {', '.join(left_out)}")
        return yes()

    uncovered = no(f"no authorization rule covers {address}")
    verdict = match.decide(outcome, uncovered)
    best = match.best
    admitted = {name for rule in best for name in _audience(rule)}
    groups = tuple(sorted(admitted - {EVERYONE})) if EVERYONE not in admitted else ()
    left_out = tuple(sorted(everybody - admitted)) if groups else ()
    named = ", ".join(str(rule.address) for rule in best)
    if verdict.is_yes:
        whose = "which all users are in" if users else "all that any rule names"
        whom = "everyone" if EVERYONE in admitted else f"the groups {', '.join(groups)}, {whose}"
        says = f"{named} admits {best[0].target_network} for {whom}"
    elif verdict.is_no and best and admitted:
        says = "; ".join(because.says for because in verdict.because if because.says)
    elif verdict.is_no and best:
        says = f"{named} is the longest match for {address} and admits nobody"
    elif verdict.is_no:
        says = f"no authorization rule of {endpoint.address} covers {address}"
    else:
        told = [because.says for because in verdict.because if because.says and because not in uncovered.because]
        if match.none_possible and match.winners:
            open_ = ", ".join(dict.fromkeys(str(rule.address) for rules in match.winners for rule in rules))
            told.insert(0, f"whether {open_} covers {address} is not known")
        says = "; ".join(told)
        cidrs = tuple(
            reference
            for rules in match.winners
            for rule in rules
            if isinstance(rule.target_network, UnknownCidr)
            for reference in rule.target_network.refers_to
        )
        if not says or cidrs:
            unread = ", ".join(dict.fromkeys(str(rule.address) for rules in match.winners for rule in rules))
            says = says or f"whether {unread} covers {address} is not known"
        waits = (
            *verdict.waits_for,
            *cidrs,
            *(address.refers_to if isinstance(address, AddressIn) and not groups else ()),
        )
        verdict = unsure(says, *(rule.evidence for rule in best), waits_for=tuple(dict.fromkeys(waits)))
    return Authorization(
        verdict=verdict,
        says=says,
        evidence=tuple(rule.evidence for rule in best) or (endpoint.evidence,),
        passed_over=passed_over,
        winners=best,
        admitted_groups=groups,
        left_out=left_out,
        assumes=f"the user is admitted to {address}" if verdict.is_unsure else "",
    )


EVERYONE = "everyone"


def _audience(rule: AuthorizationRule) -> tuple[str, ...]:
    match rule.audience:
        case Everyone():
            return (EVERYONE,)
        case OneGroup(id_, refers_to):
            return (id_ if id_ is not None else " or ".join(map(str, refers_to)) or "a group that is not known",)
        case Nobody() | UnknownAudience():
            return ()
        case _:
            assert_never(rule.audience)


@lru_cache(maxsize=256)
def endpoint_route(
    around: Surroundings,
    association: TargetNetworkAssociation | None,
    vpc: Vpc | None,
    candidate: Candidate,
    address: HostAddress,
) -> EndpointRoute:
    """A route of the endpoint that covers the server for this association; the VPC's own is added by the association."""
    endpoint = around.endpoint
    late = _late_cidr(around, address)
    automatic: list[Verdict] = []
    if vpc is not None:
        for cidr in vpc.cidrs.items:
            if late is not None and cidr is late.cidr:
                continue
            answer = covers(cidr, address)
            if answer.is_yes:
                assert association is not None
                says = f"the route for {cidr} that {association.address} adds by itself covers it"
                return EndpointRoute(verdict=yes(), says=says, evidence=(association.evidence, vpc.evidence))
            automatic.append(answer)
        automatic += _gap_answers(vpc.secondary_cidrs.gaps)
    elif association is not None:
        automatic.append(unsure(f"the VPC of {association.address} was not read"))
    here: list[Verdict] = []
    covering = [(route, covers(route.destination, address)) for route in around.routes.items]
    covering = [(route, answer) for route, answer in covering if not answer.is_no]
    for route, answer in covering:
        mine = _leaves_by(route, association)
        both = all_of([answer, mine])
        if both.is_yes:
            says = f"{route.address} covers {route.destination}" + (
                f" for {association.address}" if association else ""
            )
            return EndpointRoute(verdict=yes(), says=says, evidence=(route.evidence,), routes=(route,))
        here.append(both)
    away = [route for route in around.routes.items if covers(route.destination, address).is_no]
    passed_over = tuple([_passed_over(route, "does not cover it") for route in away[:12]])
    answer = any_of([*automatic, *here, *_gap_answers(around.routes.gaps)])
    where = str(association.address) if association is not None else str(endpoint.address)
    if answer.is_unsure or late is not None:
        says = (
            "; ".join(because.says for because in answer.because if because.says)
            or f"whether a route of {where} covers it is not known"
        )
        if late is not None:
            says = f"{late.cidr} is added to the VPC after the association was made, and no Client VPN route covers it"
        return EndpointRoute(
            verdict=unsure(says, endpoint.evidence, waits_for=answer.waits_for),
            says=says,
            evidence=(late.evidence if late is not None else endpoint.evidence,),
            passed_over=passed_over,
            assumes=f"a Client VPN route of {where} covers {address}",
        )
    elsewhere = tuple(
        route for route, covered in covering if covered.is_yes and not isinstance(route.target, BetweenClients)
    )
    if elsewhere:
        associated = [route for route in elsewhere if _is_associated(around, route)]
        fault = EndpointRouteFault.MISSING_HERE if associated else EndpointRouteFault.TARGET_NOT_ASSOCIATED
        named = [str(route.address) for route in associated or elsewhere]
        told = f"{' and '.join(named)} cover{'s' if len(named) == 1 else ''} it"
        says = (
            f"{told}, but for other associated subnets than that of {where}"
            if associated
            else f"{told}, but for a subnet that is not associated"
        )
        evidence = tuple(route.evidence for route in associated or elsewhere)
        return EndpointRoute(
            verdict=no(says, *evidence),
            says=says,
            evidence=evidence,
            passed_over=passed_over,
            routes=tuple(associated or elsewhere),
            fault=fault,
        )
    says = f"no Client VPN route covers {address}"
    evidence = (endpoint.evidence, endpoint.dns_evidence)
    verdict = no(says, *evidence)
    assumes = ""
    if (
        candidate.kind is not ServerKind.PUBLIC
        and endpoint.transit_gateway is None
        and endpoint.split_tunnel != Known(True)
    ):
        # AWS's pages conflict on whether full tunnel needs one for private networks outside the VPC (domain reference, Q1).
        says = f"no Client VPN route covers {address}; AWS's documents conflict on whether full tunnel needs one"
        verdict, assumes = unsure(says, *evidence), f"the endpoint forwards {address} without a route of its own"
    return EndpointRoute(
        verdict=verdict,
        says=says,
        evidence=evidence,
        passed_over=passed_over,
        fault=EndpointRouteFault.MISSING,
        assumes=assumes,
    )


def _leaves_by(route: ClientVpnRoute, association: TargetNetworkAssociation | None) -> Verdict:
    match route.target:
        case ThroughSubnet(link):
            return same(link, association.subnet) if association is not None else no()
        case ThroughTransitGateway():
            return yes() if association is None else no()
        case BetweenClients():
            return no()
        case _:
            assert_never(route.target)


def _is_associated(around: Surroundings, route: ClientVpnRoute) -> bool:
    return isinstance(route.target, ThroughSubnet) and any(
        not same(route.target.subnet, item.subnet).is_no for item in around.associations.items
    )


def _inside_client_cidr(around: Surroundings, candidate: Candidate) -> Service:
    """Client to client: a `local` route and an authorization rule for the client CIDR, which works for everyone only.

    Source: https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/scenario-client-to-client.html
    """
    address = candidate.address
    assert address is not None
    evidence = (around.endpoint.dns_evidence, around.endpoint.client_cidr_evidence)
    routed = around.routes.any(
        lambda route: covers(route.destination, address) if isinstance(route.target, BetweenClients) else no()
    )
    authorized = around.rules.any(lambda rule: all_of([covers(rule.target_network, address), _is_for_everyone(rule)]))
    both = all_of([routed, authorized])
    if both.is_no:
        return Service(
            verdict=no(candidate.detail, *evidence),
            says=candidate.detail,
            evidence=evidence,
            fault=ServiceFault.CLIENT_CIDR,
        )
    says = f"{candidate.detail}: another client's address, which changes at every connection"
    return Service(
        verdict=unsure(says, *evidence, waits_for=both.waits_for),
        says=says,
        evidence=evidence,
        fault=ServiceFault.CLIENT_TO_CLIENT if both.is_yes else None,
        assumes=f"a client that answers DNS holds {address}",
    )


def _is_for_everyone(rule: AuthorizationRule) -> Verdict:
    match rule.audience:
        case Everyone():
            return yes()
        case UnknownAudience(refers_to):
            return unsure(f"whom {rule.address} admits is not known", waits_for=refers_to)
        case OneGroup() | Nobody():
            return no()
        case _:
            assert_never(rule.audience)


def _amazon_dns(vpc: Vpc) -> Service:
    evidence = (vpc.dns_support_evidence or vpc.evidence,)
    support = vpc.dns_support
    if not isinstance(support, Known):
        says = f"whether DNS support is on in {vpc.address} is not known ({support.why})"
        return Service(
            verdict=unsure(says, *evidence, waits_for=support.refers_to),
            says=says,
            evidence=evidence,
            vpc=vpc,
            assumes=f"enable_dns_support is true in {vpc.address}",
        )
    if not support.value:
        says = f"enable_dns_support is false in {vpc.address}: its Amazon DNS server does not answer"
        return Service(
            verdict=no(says, *evidence), says=says, evidence=evidence, vpc=vpc, fault=ServiceFault.DNS_SUPPORT_OFF
        )
    return Service(verdict=yes(), says=f"the Amazon DNS server of {vpc.address} answers", evidence=evidence, vpc=vpc)


@lru_cache(maxsize=256)
def _source_nat(association: TargetNetworkAssociation, subnet: Subnet) -> SourceNat:
    return SourceNat(
        verdict=yes(),
        says=f"the source becomes the endpoint's interface in {subnet.address} ({subnet.cidr})",
        evidence=(association.evidence, subnet.evidence),
    )


@lru_cache(maxsize=1024)
def _source(subnet: Subnet) -> AddressIn:
    """The address of an interface in the subnet, of which AWS picks the number."""
    vpc = vpc_of(subnet)
    inside: tuple[Cidr, ...] = (subnet.cidr,)
    if isinstance(subnet.cidr, UnknownCidr) and vpc is not None and vpc.cidrs.is_complete and len(vpc.cidrs.items) == 1:
        inside = (subnet.cidr, vpc.primary_cidr)
    return AddressIn(inside)


def default_groups(network: Network, vpc: Vpc | None) -> Members[Link[SecurityGroup]]:
    """The VPC's default security group, be it AWS's untouched one."""
    if vpc is None:
        return Members(gaps=(Gap("the VPC", "its default security group", "the VPC was not read"),))
    link = network.default_group_of_vpc.get(vpc)
    if link is not None:
        return Members((link,))
    if vpc.is_managed:
        return Members((To(_factory_group(vpc)),))
    return Members(gaps=(Gap(str(vpc.address), "the default security group", "it belongs to another configuration"),))


@lru_cache(maxsize=1024)
def _factory_group(vpc: Vpc) -> SecurityGroup:
    """A default group that nobody has touched: everything out, everything in from its own members.

    Source: https://docs.aws.amazon.com/vpc/latest/userguide/default-security-group.html
    """
    name = GroupName(vpc.address)
    everywhere: Members[Peer] = Members((KnownCidr(IPv4Network("0.0.0.0/0")), KnownCidr(IPv6Network("::/0"))))
    rules = (
        SecurityGroupRule("egress", Known("all"), Known(ALL_PORTS), everywhere, vpc.evidence),
        SecurityGroupRule("ingress", Known("all"), Known(ALL_PORTS), Members((PeerGroup(To(name)),)), vpc.evidence),
    )
    return SecurityGroup(vpc.address, vpc.evidence, None, To(vpc), Members(rules), is_default=True, name=name)


def _is_never_amazon_dns(address: HostAddress) -> bool:
    """Whether this is base+2 of no VPC: a VPC is a /28 or wider (https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html).

    `cidrhost` with another number than 2 gives it for no network within the VPC either.
    """
    if isinstance(address, KnownAddress):
        return int(address.ip) % 16 != 2
    match address.symbol:
        case Call("cidrhost", (_, Literal(int(number)))):
            return number > 2
        case _:
            return False


@lru_cache(maxsize=256)
def _endpoint_groups(
    around: Surroundings, vpc: Vpc | None, candidate: Candidate, address: HostAddress, protocol: Protocol
) -> EndpointSecurityGroup:
    """`vpc` is the one the endpoint is in; None where that was not read."""
    endpoint = around.endpoint
    implied = endpoint.uses_vpc_default_group
    evidence = (endpoint.security_groups_evidence or endpoint.evidence,)
    if not isinstance(implied, Known):
        says = f"which security groups apply is not known ({implied.why})"
        return EndpointSecurityGroup(
            verdict=unsure(says, *evidence, waits_for=implied.refers_to),
            says=says,
            evidence=evidence,
            assumes=f"its security groups let {protocol} 53 out to {address}",
        )
    groups = endpoint.security_groups
    if implied.value:
        groups = default_groups(around.network, vpc)
    known = tuple(group for group in map(target_of, groups.items) if group is not None)
    answer = groups_admit(groups, "egress", protocol, Remote(address, _groups_of(around.network, candidate), yes()))
    named = ", ".join(describe(link) for link in groups.items) or "no security group"
    group_evidence = tuple(group.evidence for group in known) or evidence
    passed_over = _rules_passed_over(known, "egress", protocol)
    if answer.is_yes:
        return EndpointSecurityGroup(
            verdict=yes(),
            says=f"{named} {_do(groups, 'let')} {protocol} 53 out to {address}",
            evidence=_deciding(answer, group_evidence),
            groups=known,
            is_implied_default=implied.value,
        )
    if answer.is_no:
        told = _told(known, "egress")
        says = f"{named} {_do(groups, 'let')} no {protocol} 53 out to {address} ({told})"
        return EndpointSecurityGroup(
            verdict=no(says, *group_evidence),
            says=says,
            evidence=group_evidence,
            groups=known,
            is_implied_default=implied.value,
            passed_over=passed_over,
        )
    says = f"whether {named} lets {protocol} 53 out is not known: {_doubts(answer)}"
    return EndpointSecurityGroup(
        verdict=unsure(says, *group_evidence, waits_for=answer.waits_for),
        says=says,
        evidence=group_evidence,
        groups=known,
        is_implied_default=implied.value,
        passed_over=passed_over,
        assumes=f"{named} lets {protocol} 53 out to {address}",
    )


def _deciding(answer: Verdict, groups: tuple[Evidence, ...]) -> tuple[Evidence, ...]:
    """The first rule that admits, one is enough; then the groups."""
    return tuple(dict.fromkeys((*answer.evidence[:1], *groups)))


def _do(groups: Members[Link[SecurityGroup]], verb: str) -> str:
    """The verb of a sentence about the groups."""
    return verb if len(groups.items) > 1 else f"{verb}s"


def _told(groups: tuple[SecurityGroup, ...], direction: Direction) -> str:
    rules = [words for group in groups for words, _ in describe_rules(group, direction)]
    return "; ".join(rules[:4]) + ("; …" if len(rules) > 4 else "") if rules else f"it has no {direction} rule"


def _rules_passed_over(
    groups: tuple[SecurityGroup, ...], direction: Direction, protocol: Protocol
) -> tuple[PassedOver, ...]:
    return tuple(
        PassedOver(words, f"does not admit {protocol} 53 here", rule.evidence)
        for group in groups
        for words, rule in describe_rules(group, direction)
    )[:12]


def _doubts(answer: Verdict) -> str:
    return (
        "; ".join(dict.fromkeys(because.says for because in answer.because if because.says)) or "a value is not known"
    )


def _groups_of(network: Network, candidate: Candidate) -> Members[Link[SecurityGroup]]:
    """The security groups of the server's interface, as rules that name groups see them."""
    if candidate.host is not None:
        return host_groups(network, candidate.host, candidate.vpc)
    if candidate.vpc is None:
        return Members()
    return Members(
        gaps=(Gap(str(candidate.address), "its security groups", "no resource of this configuration has the address"),)
    )


def host_groups(network: Network, host: Host, vpc: Vpc | None) -> Members[Link[SecurityGroup]]:
    """The groups of a host, the VPC's default group where it has none of its own."""
    if host.uses_vpc_default_group and vpc is not None:
        return default_groups(network, vpc)
    return host.security_groups


def acl_hop(
    network: Network, subnet: Subnet, side: AclSide, other: HostAddress, *, attachment_delivers: bool = False
) -> _Hop:
    """The network ACL of a subnet, for the query and for its answer.

    `attachment_delivers`: what arrives in the subnet comes from a transit gateway attachment that lies in it too. AWS's page on transit
    gateways says that no rule is asked then, its page on network ACLs makes no such exception: a denial is not certain.
    https://docs.aws.amazon.com/vpc/latest/tgw/tgw-nacls.html
    """
    link: Link[NetworkAcl] | None = network.acl_of_subnet.get(subnet)
    if link is None:
        if subnet.is_managed:
            return _untouched_acl(subnet, side)
        link = Unresolved(why="it belongs to another configuration")
    acl = target_of(link)
    if acl is None:
        says = f"the network ACL of {subnet.address} was not read ({link.why if isinstance(link, Unresolved) else describe(link)})"
        waits = link.refers_to if isinstance(link, Unresolved) else ()
        return Acl(
            verdict=unsure(says, subnet.evidence, waits_for=waits),
            says=says,
            side=side,
            evidence=(subnet.evidence,),
            assumes=f"the network ACL of {subnet.address} lets DNS through both ways",
        )
    return _ByProtocol(lambda protocol: (_acl_step(acl, subnet, side, protocol, other, attachment_delivers),))


def _acl_step(
    acl: NetworkAcl, subnet: Subnet, side: AclSide, protocol: Protocol, other: HostAddress, attachment_delivers: bool
) -> Acl:
    out: Direction = "egress" if side is AclSide.CLIENT else "ingress"
    back: Direction = "ingress" if side is AclSide.CLIENT else "egress"
    asked = ((out, DNS), (back, EPHEMERAL))
    asks, answers = (acl_allows(acl, direction, protocol, ports, other) for direction, ports in asked)
    if attachment_delivers and side is AclSide.CLIENT:
        answers = _unless_not_asked(answers, acl, subnet)
    elif attachment_delivers:
        asks = _unless_not_asked(asks, acl, subnet)
    toward = f"to {other}" if side is AclSide.CLIENT else f"from {other}"
    both = all_of([asks, answers])
    if both.is_yes:
        return Acl(
            verdict=yes(),
            says=f"{acl.address} lets the query and its answer through",
            side=side,
            acl=acl,
            evidence=tuple(dict.fromkeys((*both.evidence, acl.evidence))),
        )
    closed = [
        words
        for words, answer in ((f"{protocol}/53 {toward}", asks), (f"the way back on {protocol} 1024-65535", answers))
        if answer.is_no
    ]
    if both.is_no:
        denied = " and ".join(closed)
        says = f"{acl.address} denies {denied}"
        evidence = tuple(dict.fromkeys((*both.evidence, acl.evidence)))
        return Acl(
            verdict=no(says, *evidence), says=says, side=side, acl=acl, denied=denied, evidence=evidence, asked=asked
        )
    says = f"whether {acl.address} lets the query and its answer through is not known: {_doubts(both)}"
    return Acl(
        verdict=unsure(says, acl.evidence, waits_for=both.waits_for),
        says=says,
        side=side,
        acl=acl,
        evidence=(acl.evidence,),
        assumes=f"{acl.address} lets DNS through both ways",
    )


@lru_cache(maxsize=1024)
def _untouched_acl(subnet: Subnet, side: AclSide) -> Acl:
    says = f"{subnet.address} has its VPC's default network ACL, which allows everything"
    return Acl(verdict=yes(), says=says, side=side, evidence=(subnet.evidence,))


def _unless_not_asked(answer: Verdict, acl: NetworkAcl, subnet: Subnet) -> Verdict:
    if not answer.is_no:
        return answer
    return unsure(
        f"{acl.address} denies what a transit gateway attachment in {subnet.address} delivers there, and AWS's documents conflict on "
        "whether it is asked",
        acl.evidence,
    )


def _past_appliance(around: Surroundings, way: Way, subnet: Subnet, vpc: Vpc, protocol: Protocol) -> Way:
    """The same way, unless it leads to an instance or interface whose own security groups admit no DNS: there it ends.

    A group that nobody names says nothing of what somebody wants of it, so the VPC's default group is left out of account.
    """
    network = around.network
    step = next((step for step in way.steps if isinstance(step, Beyond) and step.appliance is not None), None)
    if step is None:
        return way
    host = network.host_named(step.appliance) if step.appliance is not None else None
    route = next((step for step in way.steps if isinstance(step, SubnetRoute)), None)
    if host is None or route is None or not host.security_groups.items:
        return way
    remote = Remote(_source(subnet), _own_groups(around, vpc), yes())
    answer = groups_admit(host.security_groups, "ingress", protocol, remote)
    if not answer.is_no:
        return way
    known = tuple(group for group in map(target_of, host.security_groups.items) if group is not None)
    named = ", ".join(str(group.address) for group in known)
    says = f"{named}, the security group of {host.address}, admits no {protocol} 53 ({_told(known, 'ingress')})"
    evidence = (*(group.evidence for group in known), *step.evidence)
    lost = SubnetRoute(
        verdict=no(says, *evidence),
        says=f"{route.says}, and {says}",
        subnet=route.subnet,
        table=route.table,
        fault=RouteFault.NO_INTERNET if route.wants_internet else RouteFault.BLACKHOLE,
        evidence=evidence,
        passed_over=_rules_passed_over(known, "ingress", protocol),
        wants_internet=route.wants_internet,
    )
    return Way((lost,), Lost())


def _own_groups(around: Surroundings, vpc: Vpc | None) -> Members[Link[SecurityGroup]]:
    """The groups of the endpoint's interfaces, as rules that name groups see them; none for one without interfaces."""
    if vpc is None:
        return Members()
    implied = around.endpoint.uses_vpc_default_group
    if isinstance(implied, Known) and implied.value:
        return default_groups(around.network, vpc)
    return around.endpoint.security_groups


_Asked = tuple[Direction, PortRange, HostAddress]
"""What an ACL is asked to let through: direction, destination ports, the address on the other side."""


def _nat_acls(
    network: Network, way: Way, subnet: Subnet | None, source: AddressIn, address: HostAddress
) -> Iterator[_Hop]:
    """The network ACLs of the subnets of NAT gateways on the way, for the query and for its answer.

    Source: https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-troubleshooting.html
    """
    before: Subnet | None = subnet
    is_certain = way.is_certain
    for passed in way.passed:
        if isinstance(passed, Crossing):
            before = None if passed.is_inward or len(passed.places) != 1 else passed.places[0]
            continue
        place = target_of(passed.subnet)
        if place is None:
            continue
        asked: tuple[_Asked, ...] = (("egress", DNS, address), ("ingress", EPHEMERAL, address))
        if before is not place:
            asked = (("ingress", DNS, source), ("egress", EPHEMERAL, source), *asked)
        elif before is not subnet:  # it comes from an attachment in its own subnet: only the answer is seen
            asked = (("egress", EPHEMERAL, source), *asked)
        else:
            asked = ()  # that of the association's subnet has been asked
        yield from _gateway_acl(network, {place: asked}, passed.evidence, is_certain=is_certain)
        before, source = place, _source(place)


def _crossing_acls(
    network: Network,
    way: Way,
    end: Subnet | None,
    source: AddressIn,
    destination: HostAddress,
    ports: PortRange,
) -> Iterator[_Hop]:
    """The network ACLs of the subnets of transit gateway attachments that a packet passes; `end` is the subnet it goes to.

    Inbound rules see what comes from the VPC's interfaces, outbound rules what goes to them, and neither what an attachment delivers to
    its own subnet. From an interface to an attachment in its own subnet the inbound rules see the very packet that leaves.
    Source: https://docs.aws.amazon.com/vpc/latest/tgw/tgw-nacls.html
    """
    is_certain = way.is_certain
    for position, passed in enumerate(way.passed):
        if isinstance(passed, NatGateway):
            place = target_of(passed.subnet)
            source = _source(place) if place is not None else AddressIn(())
            continue
        if not any(place in network.acl_of_subnet for place in passed.places):
            continue
        beside = end if passed.beside is None and position == len(way.passed) - 1 else passed.beside
        asked: dict[Subnet, tuple[_Asked, ...]] = {
            place: (("ingress", ports, source),)
            if passed.is_inward
            else (() if place is beside else (("egress", ports, destination),))
            for place in passed.places
        }
        doubtful = passed.is_inward and passed.beside in passed.places
        where = passed.attachment.evidence
        yield from _gateway_acl(network, asked, where, is_certain=is_certain, is_documented_once=doubtful)


def _gateway_acl(
    network: Network,
    asked: dict[Subnet, tuple[_Asked, ...]],
    gateway: Evidence,
    *,
    is_certain: bool,
    is_documented_once: bool = False,
) -> Iterator[_Hop]:
    """One step where an ACL that is known does not let everything asked through; none where all is well.

    Several subnets: the packet passes one of them, and which is not known. `is_certain`: that it comes this way is.
    """
    if any(place in network.acl_of_subnet for place in asked):
        yield _ByProtocol(
            lambda protocol: _gateway_acl_steps(network, asked, protocol, gateway, is_certain, is_documented_once)
        )


def _gateway_acl_steps(
    network: Network,
    asked: dict[Subnet, tuple[_Asked, ...]],
    protocol: Protocol,
    gateway: Evidence,
    is_certain: bool,
    is_documented_once: bool,
) -> Iterator[Acl]:
    answers: list[tuple[NetworkAcl, Verdict, tuple[_Asked, ...]]] = []
    for place, wanted in asked.items():
        link = network.acl_of_subnet.get(place)
        acl = target_of(link) if link is not None else None
        if acl is not None:
            allowed = all_of(acl_allows(acl, direction, protocol, ports, other) for direction, ports, other in wanted)
            answers.append((acl, allowed, wanted))
    closed = [each for each in answers if not each[1].is_yes]
    if not closed:
        return
    acl, answer, wanted = closed[0]
    what = {
        (True, True): f"{protocol} 53 or its answers",
        (True, False): f"{protocol} 53",
        (False, True): f"the answers on {protocol} 1024-65535",
    }[any(ports == DNS for _, ports, _ in wanted), any(ports == EPHEMERAL for _, ports, _ in wanted)]
    evidence = tuple(dict.fromkeys((*answer.evidence, acl.evidence, gateway)))
    certain = (
        is_certain and not is_documented_once and len(closed) == len(asked) and all(each[1].is_no for each in closed)
    )
    if certain:
        says = f"{acl.address}, the network ACL of a subnet of {gateway.address}, denies {what}"
        yield Acl(
            verdict=no(says, *evidence),
            says=says,
            side=AclSide.GATEWAY,
            acl=acl,
            denied=what,
            evidence=evidence,
            asked=tuple((direction, ports) for direction, ports, _ in wanted),
        )
        return
    says = f"{acl.address}, the network ACL of a subnet of {gateway.address}, may deny {what}"
    if is_documented_once:
        says += (
            ": the attachment lies in the subnet of the interface, and AWS's documents conflict on whether it is asked"
        )
    yield Acl(
        verdict=unsure(says, *evidence, waits_for=answer.waits_for),
        says=says,
        side=AclSide.GATEWAY,
        acl=acl,
        evidence=evidence,
        assumes=f"{acl.address} lets DNS through to {gateway.address}",
    )


def _from_transit_gateway(around: Surroundings, candidate: Candidate, address: HostAddress) -> Iterator[_Hop | _Back]:
    """An endpoint that is attached to a transit gateway: no interface, no security group, no source NAT.

    Source: https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/cvpn-tgw.html
    """
    endpoint = around.endpoint
    assert endpoint.transit_gateway is not None
    gateway = target_of(endpoint.transit_gateway.gateway)
    attachment = next((item for item in around.network.attachments.items if item.address == endpoint.address), None)
    if gateway is None or attachment is None:
        says = f"the route tables of {describe(endpoint.transit_gateway.gateway)} were not read"
        yield TransitGatewayHop(
            verdict=unsure(says, endpoint.transit_gateway.evidence),
            says=says,
            evidence=(endpoint.transit_gateway.evidence,),
            assumes=f"{describe(endpoint.transit_gateway.gateway)} routes {address} and the answer back",
        )
        return
    way = from_attachment(around.network, gateway, attachment, address, (), None)
    yield from way.steps
    source = AddressIn((endpoint.client_cidr,) if endpoint.client_cidr is not None else ())
    yield from _nat_acls(around.network, way, None, source, address)
    yield from _crossing_acls(around.network, way, candidate.subnet, source, address, DNS)
    yield from _far_side(around, candidate, address, way, source, None, None)


def _far_side(
    around: Surroundings,
    candidate: Candidate,
    address: HostAddress,
    way: Way,
    source: AddressIn,
    subnet: Subnet | None,
    vpc: Vpc | None,
) -> Iterator[_Hop | _Back]:
    """What the server's own network does with the query, and the way back to `source`."""
    network = around.network
    arrival = way.arrival
    back: list[_Hop] = []
    for nat in way.nats:
        outlet = target_of(nat.subnet)
        if outlet is not None and vpc_of(outlet) is not vpc:
            back += _return(network, outlet, address, source, vpc, subnet)
    if way.nats and (last := target_of(way.nats[-1].subnet)) is not None:
        source = _source(last)
    match arrival:
        case Lost() | AtClients() | AtAssumed():
            return
        case AtInternet():
            yield Service(verdict=yes(), says=f"{address} answers on the internet")
            yield _Back(tuple(back))
            return
        case Unseen():
            if way.is_certain:
                says = f"what lies on the way to {address} is not in Terraform"
                yield Beyond(verdict=unsure(says), says=says, assumes=f"{address} is reached and answers")
            return
        case InVpc():
            pass
        case _:
            assert_never(arrival)
    if candidate.vpc is not None and candidate.vpc is not arrival.vpc:
        says = f"the query arrives in {arrival.vpc.address}, and the server is in {candidate.vpc.address}"
        yield Beyond(
            verdict=unsure(says, arrival.vpc.evidence),
            says=says,
            evidence=(arrival.vpc.evidence, candidate.vpc.evidence),
        )
        return
    if arrival.assumed:
        # Something on the way was not read, and it may replace the source address: only what drops every source is certain.
        source = AddressIn(())
    server_subnet = candidate.subnet
    same_subnet = subnet is not None and server_subnet is subnet
    if server_subnet is not None and not same_subnet:
        shared = _may_leave_gateway_in(network, way, server_subnet)
        yield acl_hop(network, server_subnet, AclSide.SERVER, source, attachment_delivers=shared)
    yield _ByProtocol(lambda protocol: (_server_groups(around, candidate, address, protocol, arrival, source, vpc),))
    if arrival.vpc is not vpc:
        lost = _never_leaves(network, server_subnet, arrival.vpc) if server_subnet and arrival.assumed else None
        if lost is not None:
            back.append(lost)
        elif server_subnet is not None:
            back += _return(network, server_subnet, address, source, vpc, subnet)
        else:
            says = f"the subnet of {address} in {arrival.vpc.address} is not known, nor its way back"
            back.append(
                Beyond(
                    verdict=unsure(says, arrival.vpc.evidence),
                    says=says,
                    evidence=(arrival.vpc.evidence,),
                    assumes=f"{address} has a route back to {source}",
                )
            )
    yield _service(candidate, address, arrival.vpc)
    yield _Back(tuple(back))


def _never_leaves(network: Network, subnet: Subnet, vpc: Vpc) -> SubnetRoute | None:
    """The answer's first step where the subnet's route table leads nowhere but into the VPC: an address that something on the way may have
    given the query is still none of this VPC's."""
    table = target_of(network.table_of_subnet.get(subnet))
    if table is None or not vpc.cidrs.is_complete:
        return None
    if isinstance(table, RouteTable):
        if not table.routes.is_complete or table.propagates.items or table.propagates.gaps:
            return None
        if not all(_stays_within(route, vpc) for route in table.routes.items):
            return None
    name = f"the main route table of {vpc.address}" if isinstance(table, ImplicitMainTable) else str(table.address)
    evidence = (subnet.evidence,) if isinstance(table, ImplicitMainTable) else (table.evidence, subnet.evidence)
    says = f"{name}, the route table of {subnet.address}, has no route to anything outside {vpc.address}"
    return SubnetRoute(
        verdict=no(says, *evidence),
        says=says,
        subnet=subnet,
        table=table,
        fault=RouteFault.MISSING,
        evidence=evidence,
    )


def _stays_within(route: Route, vpc: Vpc) -> bool:
    is_ipv6 = isinstance(route.destination, KnownCidr) and route.destination.network.version == 6
    return is_ipv6 or any(contains(cidr, route.destination).is_yes for cidr in vpc.cidrs.items)


def _return(
    network: Network,
    subnet: Subnet,
    address: HostAddress,
    source: AddressIn,
    vpc: Vpc | None,
    home: Subnet | None,
) -> tuple[_Hop, ...]:
    """The steps of an answer of `address` from the server's subnet back to the endpoint's interface in `home` (or, without source NAT,
    to the client)."""
    way = way_from(network, subnet, source)
    if way.nats:
        return _translated(way)
    acls = tuple(_crossing_acls(network, way, home, _sender(address), source, EPHEMERAL))
    if vpc is None:
        return (*way_to_clients(network, subnet, source), *acls)
    if isinstance(way.arrival, InVpc) and way.arrival.vpc is not vpc and way.is_certain:
        says = f"the answer is routed to {way.arrival.vpc.address} and not to {vpc.address}"
        return (*way.steps, Beyond(verdict=unsure(says, vpc.evidence), says=says, evidence=(vpc.evidence,)))
    return (*way.steps, *acls)


@lru_cache(maxsize=1024)
def _sender(address: HostAddress) -> AddressIn:
    """The address as one that things are sent from."""
    return AddressIn((KnownCidr(ip_network(address.ip)),)) if isinstance(address, KnownAddress) else address


def _translated(way: Way) -> tuple[Step, ...]:
    """An answer that a NAT gateway takes: nobody has asked the address it then comes from, so it ends at the route that leads there."""
    number = next(index for index, step in enumerate(way.steps) if isinstance(step, NatGatewayHop))
    hop, before = way.steps[number], way.steps[:number]
    route = next((step for step in reversed(before) if isinstance(step, SubnetRoute)), None)
    if route is None:
        return way.steps
    says = f"{route.says}; {hop.says}, and nobody takes an answer from an address that was not asked"
    evidence = (*route.evidence, *hop.evidence)
    if any(step.verdict.is_unsure for step in before):
        lost: SubnetRoute = replace(route, verdict=unsure(says, *evidence), says=says, evidence=evidence)
    else:
        fault = RouteFault.WRONG_DESTINATION
        lost = replace(route, verdict=no(says, *evidence), says=says, evidence=evidence, fault=fault)
    return tuple(lost if step is route else step for step in before)


def _way_home(network: Network, way: Way, candidate: Candidate, source: AddressIn, vpc: Vpc | None) -> Way | None:
    """The way of the last part of the answer, from the server or from the first NAT gateway that it comes back to."""
    first = candidate.subnet
    if nats := way.nats:
        first = next((place for nat in nats if (place := target_of(nat.subnet)) is not None), first)
    if first is None or vpc_of(first) is vpc:
        return None
    return way_from(network, first, source)


def _may_leave_gateway_in(network: Network, way: Way, subnet: Subnet) -> bool:
    """Whether the last that the packet passes is, or may be, a transit gateway attachment in the subnet it goes to."""
    last = way.passed[-1] if way.passed else None
    if isinstance(last, Crossing) and not last.is_inward and subnet in last.places:
        return True
    if way.is_certain:
        return False
    return any(
        not attachment.subnets.is_complete or any(not leads_to(link, subnet).is_no for link in attachment.subnets.items)
        for attachment in network.attachments.items
    )


def way_to_clients(network: Network, subnet: Subnet, source: AddressIn) -> tuple[Step, ...]:
    """Back to the client CIDR of an endpoint on a transit gateway, which must learn that CIDR from the endpoint's attachment.

    Source: https://docs.aws.amazon.com/vpc/latest/tgw/tgw-client-vpn-attachments.html
    """
    return tuple(
        replace(step, fault=TransitFault.NOT_PROPAGATED)
        if isinstance(step, TransitGatewayHop) and step.fault is TransitFault.NO_ROUTE
        else step
        for step in way_from(network, subnet, source).steps
    )


@lru_cache(maxsize=1024)
def _group_references(network: Network, arrival: InVpc, vpc: Vpc | None) -> Verdict:
    """Whether a rule that names a security group sees the endpoint's interface across this path."""
    if vpc is None:
        return no()
    if arrival.vpc is vpc:
        return yes()
    if arrival.through_peering is not None:
        if arrival.vpc.region and vpc.region and arrival.vpc.region != vpc.region:
            return no("security groups are not seen across Regions")
        return (
            yes() if arrival.vpc.region == vpc.region else unsure("whether the peer is in the same Region is not known")
        )
    if arrival.through_transit_gateway is not None:
        gateway = arrival.through_transit_gateway
        ends = [
            [item for item in network.attachments_of(each) if not leads_to(item.gateway, gateway).is_no]
            for each in (arrival.vpc, vpc)
        ]
        if not all(ends):
            if all(network.attachments_of(each) for each in (arrival.vpc, vpc)) and network.attachments.is_complete:
                return no("security groups are not seen across peered transit gateways")
            return unsure(f"what is attached to {gateway.address} was not read")
        facts = [gateway.group_references, *(item.group_references for items in ends for item in items)]
        what = "security_group_referencing_support of the transit gateway and of both attachments"
        return all_of(_fact(fact, what) for fact in facts)
    return unsure("how the query arrives is not known")


def _fact(fact: Fact[bool], what: str) -> Verdict:
    if isinstance(fact, Known):
        return yes() if fact.value else no(f"{what} is not on")
    return unsure(f"{what} is not known ({fact.why})", waits_for=fact.refers_to)


def _server_groups(
    around: Surroundings,
    candidate: Candidate,
    address: HostAddress,
    protocol: Protocol,
    arrival: InVpc,
    source: AddressIn,
    vpc: Vpc | None,
) -> Step:
    host = candidate.host
    if host is None:
        says = f"no resource of this configuration has the address {address}, so what admits queries there was not read"
        return ServerSecurityGroup(
            verdict=unsure(says, arrival.vpc.evidence),
            says=says,
            evidence=(arrival.vpc.evidence,),
            assumes=f"a DNS server at {address} admits {protocol} 53 from {source}",
        )
    return _host_groups_admit(around, host, candidate.vpc, protocol, arrival, source, vpc)


@lru_cache(maxsize=256)
def _host_groups_admit(
    around: Surroundings,
    host: Host,
    home: Vpc | None,
    protocol: Protocol,
    arrival: InVpc,
    source: AddressIn,
    vpc: Vpc | None,
) -> Step:
    """The same for all addresses of the host, which lies in the VPC `home`."""
    network, endpoint = around.network, around.endpoint
    if host.kind == "directory":
        return _directory_group(network, host, protocol, arrival, source, vpc)
    if host.is_unfiltered:
        says = f"{host.address} has no security group"
        return ServerSecurityGroup(verdict=yes(), says=says, evidence=(host.evidence,), host=host)
    groups = host_groups(network, host, home)
    ours = _own_groups(around, vpc)
    if arrival.assumed and vpc is not None:
        ours = Members(
            gaps=(
                Gap(str(endpoint.address), "the interface its queries come from", "something on the way was not read"),
            )
        )
    known = tuple(group for group in map(target_of, groups.items) if group is not None)
    named = ", ".join(describe(link) for link in groups.items) or (
        f"the default security group of {arrival.vpc.address}"
    )
    evidence = tuple(group.evidence for group in known) or (host.evidence,)
    seen = _group_references(network, arrival, vpc)
    asked = _from_outside(groups, arrival.vpc) if arrival.assumed and arrival.vpc is not vpc else groups
    answer = groups_admit(asked, "ingress", protocol, Remote(source, ours, seen))
    if answer.is_yes:
        return ServerSecurityGroup(
            verdict=yes(),
            says=f"{named} {_do(groups, 'admit')} {protocol} 53 from {source}",
            evidence=_deciding(answer, evidence),
            groups=known,
            host=host,
        )
    passed_over = _rules_passed_over(known, "ingress", protocol)
    if answer.is_unsure:
        where = "where the query comes out" if arrival.assumed else str(source)
        why = "what was not read on the way may replace its source address" if arrival.assumed else _doubts(answer)
        says = f"whether {named} {_do(groups, 'admit')} {protocol} 53 from {where} is not known: {why}"
        return ServerSecurityGroup(
            verdict=unsure(says, *evidence, waits_for=answer.waits_for),
            says=says,
            evidence=evidence,
            groups=known,
            host=host,
            passed_over=passed_over,
            assumes=f"{named} {_do(groups, 'admit')} {protocol} 53 from {where}",
        )
    hidden = (
        any_known_cidr_admits(known, protocol, endpoint.client_cidr)
        if vpc is not None and isinstance(endpoint.client_cidr, KnownCidr)
        else ()
    )
    told = _told(known, "ingress")
    says = f"{named} {_do(groups, 'admit')} no {protocol} 53 from {source} ({told})"
    if not seen.is_yes and groups_admit(groups, "ingress", protocol, Remote(source, ours, yes())).is_yes:
        says += "; a rule that names the endpoint's group does not count there, since " + _doubts(seen)
    return ServerSecurityGroup(
        verdict=no(says, *evidence),
        says=says,
        evidence=(*(rule.evidence for rule in hidden), *evidence),
        groups=known,
        host=host,
        fault=ServerGroupFault.CLIENT_CIDR_ONLY if hidden else ServerGroupFault.NOT_ADMITTED,
        passed_over=passed_over,
    )


def _from_outside(groups: Members[Link[SecurityGroup]], vpc: Vpc) -> Members[Link[SecurityGroup]]:
    """The groups without what they admit from within their own VPC: no query from outside comes from an address of it, whatever lies
    between."""

    def is_within(group: SecurityGroup, peer: Peer) -> bool:
        if isinstance(peer, PeerGroup):
            return isinstance(peer.group, To) and peer.group.target.address == group.address
        return any(contains(cidr, peer).is_yes for cidr in vpc.cidrs.items)

    def seen(link: Link[SecurityGroup]) -> Link[SecurityGroup]:
        if not isinstance(link, To) or not vpc.cidrs.is_complete:
            return link
        group = link.target
        rules = tuple(
            replace(
                rule,
                peers=Members(tuple(peer for peer in rule.peers.items if not is_within(group, peer)), rule.peers.gaps),
            )
            for rule in group.rules.items
        )
        return To(replace(group, rules=Members(rules, group.rules.gaps)), link.evidence)

    return Members(tuple(map(seen, groups.items)), groups.gaps)


def _directory_group(
    network: Network, host: Host, protocol: Protocol, arrival: InVpc, source: AddressIn, vpc: Vpc | None
) -> Step:
    """AWS opens a directory's DNS ports to its own VPC only; rules that somebody added to its group may open them further.

    Source: https://docs.aws.amazon.com/directoryservice/latest/devguide/API_AddIpRoutes.html
    """
    evidence = (host.evidence,)
    if arrival.vpc is vpc:
        says = f"the security group that AWS makes for {host.address} admits its own VPC"
        return ServerSecurityGroup(verdict=yes(), says=says, evidence=evidence, host=host)
    remote = Remote(source, Members(), _group_references(network, arrival, vpc))
    known = tuple(group for group in map(target_of, host.security_groups.items) if group is not None)
    answer = any_of(group_admits(_without_own_rules(group), "ingress", protocol, remote) for group in known)
    if answer.is_yes:
        says = f"a rule added to the security group of {host.address} admits {protocol} 53 from {source}"
        return ServerSecurityGroup(
            verdict=yes(), says=says, evidence=_deciding(answer, evidence), groups=known, host=host
        )
    says = f"the security group that AWS makes for {host.address} admits only its own VPC unless somebody widens it"
    if answer.is_unsure:
        says = f"whether a rule added to the security group of {host.address} admits {source} is not known: {_doubts(answer)}"
    return Service(
        verdict=unsure(says, host.evidence, waits_for=answer.waits_for),
        says=says,
        evidence=evidence,
        host=host,
        fault=ServiceFault.DIRECTORY_CLOSED if host.is_managed_ad and answer.is_no else None,
        assumes=f"the security group of {host.address} admits the endpoint's subnets",
    )


def _without_own_rules(group: SecurityGroup) -> SecurityGroup:
    """The directory's group without the gap that stands for the rules AWS gives it, which admit only the directory's VPC."""
    gaps = tuple(gap for gap in group.rules.gaps if gap.why != "made by Directory Service")
    return replace(group, rules=Members(group.rules.items, gaps))


@lru_cache(maxsize=256)
def _service(candidate: Candidate, address: HostAddress, vpc: Vpc) -> Service:
    """Whether what has the address speaks DNS on port 53."""
    host = candidate.host
    if host is None:
        says = f"what answers at {address} in {vpc.address} is not in this configuration"
        return Service(
            verdict=unsure(says, vpc.evidence),
            says=says,
            evidence=(vpc.evidence,),
            vpc=vpc,
            assumes=f"a DNS server answers at {address}",
        )
    evidence = (host.evidence,)
    if host.kind in ("resolver_inbound", "resolver_delegation"):
        return _resolver(host, address, vpc)
    if host.kind == "directory":
        return Service(verdict=yes(), says=f"{host.address} answers DNS", evidence=evidence, host=host, vpc=vpc)
    return Service(
        verdict=yes(),
        says=f"{host.address} has the address and is taken to run a DNS server",
        evidence=evidence,
        host=host,
        vpc=vpc,
    )


def _resolver(host: Host, address: HostAddress, vpc: Vpc) -> Service:
    """Source: https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-forwarding-inbound-queries-values.html"""
    evidence = (host.evidence,)

    def service(
        verdict: Verdict, says: str, fault: ServiceFault | None = None, assumes: str = "", *where: Evidence
    ) -> Service:
        return Service(
            verdict=verdict, says=says, evidence=where or evidence, host=host, vpc=vpc, fault=fault, assumes=assumes
        )

    protocols = host.protocols
    if isinstance(protocols, Known) and "Do53" not in protocols.value:
        where = host.protocols_evidence or host.evidence
        says = f"{host.address} speaks {', '.join(sorted(protocols.value))} and not Do53"
        return service(no(says, where), says, ServiceFault.NOT_DO53, "", where)
    family = host.address_family
    if isinstance(family, Known) and isinstance(address, KnownAddress):
        if (family.value == "IPV6" and address.ip.version == 4) or (family.value == "IPV4" and address.ip.version == 6):
            says = f"{host.address} is an {family.value} endpoint, and {address} is IPv{address.ip.version}"
            return service(no(says, *evidence), says, ServiceFault.ADDRESS_FAMILY)
    if host.kind == "resolver_delegation":
        says = f"{host.address} is an INBOUND_DELEGATION endpoint, meant for name servers that delegate and not for clients"
        return service(
            unsure(says, *evidence), says, ServiceFault.DELEGATION, f"{host.address} answers recursive queries"
        )
    if isinstance(protocols, Unknown):
        says = f"which protocols {host.address} speaks is not known ({protocols.why})"
        return service(
            unsure(says, *evidence, waits_for=protocols.refers_to), says, None, f"{host.address} speaks Do53"
        )
    support = vpc.dns_support
    if isinstance(support, Known) and not support.value:
        # AWS asks for DNS support in this case too; whether the inbound endpoint answers without is not documented.
        where = vpc.dns_support_evidence or vpc.evidence
        says = f"enable_dns_support is false in {vpc.address}, the VPC of {host.address}; AWS asks for it to be on"
        return service(unsure(says, where), says, None, f"{host.address} answers although DNS support is off", where)
    return service(yes(), f"{host.address} answers")
