"""One query, from the client to the server and back: the hops in the order of the domain reference.

`entry` has the hops of the endpoint itself, `tables` and `transit` what routes, `groups` and `acls` what filters, `back` the way of the answer, and
`service` whether what is reached answers. Sources:
https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/what-is-best-practices.html (source NAT),
https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/cvpn-tgw.html (endpoints on a transit gateway).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import assert_never

from tf_cvpn_lint.core.records import replace
from tf_cvpn_lint.core.verdict import Verdict, no, unsure, yes
from tf_cvpn_lint.model.cidr import AddressIn, HostAddress, KnownAddress, covers
from tf_cvpn_lint.model.client_vpn import TargetNetworkAssociation
from tf_cvpn_lint.model.vpc import Subnet, Vpc
from tf_cvpn_lint.reach.acls import acl_hop, crossing_acls, nat_acls
from tf_cvpn_lint.reach.back import may_leave_gateway_in, never_leaves, way_back, way_home
from tf_cvpn_lint.reach.classify import Candidate
from tf_cvpn_lint.reach.entry import answers_outside, authorize, client_route, endpoint_route, target_network
from tf_cvpn_lint.reach.filters import DNS, Remote, groups_admit
from tf_cvpn_lint.reach.flow import PROTOCOLS, Flow, Protocol
from tf_cvpn_lint.reach.groups import endpoint_groups, own_groups, rules_passed_over, rules_told, server_groups
from tf_cvpn_lint.reach.hops import Back, ByProtocol, Hop, apart, changed, changed_hop, steps_over
from tf_cvpn_lint.reach.links import describe, target_of, vpc_of, waits_of
from tf_cvpn_lint.reach.service import (
    FATAL,
    amazon_dns_answers,
    carries_no_ipv4,
    fatal,
    inside_client_cidr,
    is_never_amazon_dns,
    over_ipv6,
    over_ipv6_alone,
    resolver_answers,
    service_of,
)
from tf_cvpn_lint.reach.surroundings import Surroundings
from tf_cvpn_lint.reach.tables import from_delivery, way_from
from tf_cvpn_lint.reach.trace import (
    AclSide,
    Beyond,
    ClientRoute,
    RouteFault,
    ServerKind,
    Service,
    ServiceFault,
    SourceNat,
    Step,
    SubnetRoute,
    Trace,
    TransitGatewayHop,
)
from tf_cvpn_lint.reach.transit import from_attachment
from tf_cvpn_lint.reach.way import AtAssumed, AtClients, AtInternet, InVpc, Lost, Unseen, Way, interface_in


def queries(
    around: Surroundings, association: TargetNetworkAssociation | None, subnet: Subnet | None, candidate: Candidate
) -> tuple[Trace, ...]:
    """The traces of the queries to one address over each of `PROTOCOLS`, from a client that has landed on the association.

    `subnet` is the associated subnet, or one of those that it may be; None where it was not read.
    """
    address = candidate.address or AddressIn(())
    there: list[Hop] = []
    back: tuple[Hop, ...] = ()
    for item in _there(around, association, subnet, candidate, address):
        if isinstance(item, Back):
            back = item.hops
        else:
            there.append(item)
    return tuple(
        [
            Trace(
                Flow(around.endpoint, association, address, protocol),
                steps_over(there, protocol),
                steps_over(back, protocol),
            )
            for protocol in PROTOCOLS
        ]
    )


def _there(
    around: Surroundings,
    association: TargetNetworkAssociation | None,
    subnet: Subnet | None,
    candidate: Candidate,
    address: HostAddress,
) -> Iterator[Hop | Back]:
    endpoint = around.endpoint
    native = endpoint.transit_gateway is not None
    landed = association is not None or native
    if not landed:
        yield target_network(around)
        if around.associations.is_complete:
            if candidate.fault in FATAL:
                yield fatal(candidate)
            return
    if candidate.address is None:
        yield fatal(candidate)
        return
    if isinstance(address, KnownAddress) and address.ip.version == 6 and candidate.fault is None:
        yield over_ipv6(around, candidate, address)
        return
    if carries_no_ipv4(around, address) and candidate.fault is None:
        yield over_ipv6_alone(around, candidate, address)
        return
    entry = client_route(around, candidate, address)
    if candidate.fault in FATAL:
        yield replace(entry, verdict=yes())
        yield fatal(candidate)
        return
    if candidate.fault is ServiceFault.CLIENT_CIDR:
        yield replace(entry, verdict=yes())
        yield inside_client_cidr(around, candidate)
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
    if entry.enters_tunnel.is_unsure and answers_outside(candidate, address):
        inside = (changed(item, _conditional) for item in inside)
    yield from inside


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
) -> Iterator[Hop | Back]:
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
        yield amazon_dns_answers(candidate.vpc)
        return
    if not landed:
        yield ByProtocol(lambda protocol: _closed_to_all(around, vpc, candidate, address, protocol, entry))
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
                says, association.evidence, waits_for=waits_of(association.subnet if subnet is None else subnet.vpc)
            ),
            says=says,
            evidence=(association.evidence,),
            assumes=f"{what} routes to {address} and lets DNS through",
        )
        yield ByProtocol(
            lambda protocol: tuple(_closed_to_all(around, vpc, candidate, address, protocol, entry)) or (beyond,)
        )
        return
    walk = _through_vpc(around, association, subnet, vpc, candidate, address)
    if (resolver := _may_be_amazon_dns(candidate, address, vpc)).is_no:
        yield from walk
        return
    # Nothing of the network can close the Amazon DNS server of the VPC, and the address may turn out to be its.
    for item in walk:
        yield changed(item, lambda step: _unless_amazon_dns(step, resolver, address, vpc))


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
    if candidate.host is not None or candidate.kind is not ServerKind.UNKNOWN or is_never_amazon_dns(address):
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
) -> Iterator[Hop | Back]:
    """From the endpoint's interface in the associated subnet to the server and back."""
    yield _source_nat(association, subnet)
    yield ByProtocol(lambda protocol: (endpoint_groups(around, vpc, candidate, address, protocol),))
    way = way_from(around.network, subnet, address)
    if not any(isinstance(step, Beyond) for step in way.steps):
        yield from _out_of_subnet(around, subnet, vpc, candidate, address, way)
        return
    past = {protocol: _past_appliance(around, way, subnet, vpc, protocol) for protocol in PROTOCOLS}
    yield from apart(lambda protocol: _out_of_subnet(around, subnet, vpc, candidate, address, past[protocol]))


def _out_of_subnet(
    around: Surroundings, subnet: Subnet, vpc: Vpc, candidate: Candidate, address: HostAddress, way: Way
) -> Iterator[Hop | Back]:
    """Along this way from the associated subnet, and back."""
    network, source = around.network, interface_in(subnet)
    if candidate.subnet is not subnet:
        home = way_home(network, way, candidate, source, vpc)
        shared = home is not None and may_leave_gateway_in(network, home, subnet)
        acl = acl_hop(network, subnet, AclSide.CLIENT, address, attachment_delivers=shared)
        if candidate.subnet is None:
            acl = changed_hop(acl, lambda step: _unless_same_subnet(step, subnet, address))
        yield acl
    yield from way.steps
    yield from nat_acls(network, way, subnet, source, address)
    yield from crossing_acls(network, way, candidate.subnet, source, address, DNS)
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
    is_settled = entry.enters_tunnel.is_yes or not answers_outside(candidate, address)
    if is_settled and is_never_amazon_dns(address):
        groups = endpoint_groups(around, vpc, candidate, address, protocol)
        if groups.verdict.is_no:
            yield groups
            return
    if candidate.host is not None and candidate.host.kind == "resolver_inbound" and candidate.vpc is not None:
        service = resolver_answers(candidate.host, address, candidate.vpc)
        if service.verdict.is_no:
            yield service


@lru_cache(maxsize=256)
def _source_nat(association: TargetNetworkAssociation, subnet: Subnet) -> SourceNat:
    return SourceNat(
        verdict=yes(),
        says=f"the source becomes the endpoint's interface in {subnet.address} ({subnet.cidr})",
        evidence=(association.evidence, subnet.evidence),
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
    remote = Remote(interface_in(subnet), own_groups(around, vpc), yes())
    answer = groups_admit(host.security_groups, "ingress", protocol, remote)
    if not answer.is_no:
        return way
    known = tuple(group for group in map(target_of, host.security_groups.items) if group is not None)
    named = ", ".join(str(group.address) for group in known)
    says = f"{named}, the security group of {host.address}, admits no {protocol} 53 ({rules_told(known, 'ingress')})"
    evidence = (*(group.evidence for group in known), *step.evidence)
    lost = SubnetRoute(
        verdict=no(says, *evidence),
        says=f"{route.says}, and {says}",
        subnet=route.subnet,
        table=route.table,
        fault=RouteFault.NO_INTERNET if route.wants_internet else RouteFault.BLACKHOLE,
        evidence=evidence,
        passed_over=rules_passed_over(known, "ingress", protocol),
        wants_internet=route.wants_internet,
    )
    return Way((lost,), Lost())


def _from_transit_gateway(around: Surroundings, candidate: Candidate, address: HostAddress) -> Iterator[Hop | Back]:
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
    way = from_attachment(around.network, gateway, attachment, address, (), None, from_delivery)
    yield from way.steps
    source = AddressIn((endpoint.client_cidr,) if endpoint.client_cidr is not None else ())
    yield from nat_acls(around.network, way, None, source, address)
    yield from crossing_acls(around.network, way, candidate.subnet, source, address, DNS)
    yield from _far_side(around, candidate, address, way, source, None, None)


def _far_side(
    around: Surroundings,
    candidate: Candidate,
    address: HostAddress,
    way: Way,
    source: AddressIn,
    subnet: Subnet | None,
    vpc: Vpc | None,
) -> Iterator[Hop | Back]:
    """What the server's own network does with the query, and the way back to `source`."""
    network = around.network
    arrival = way.arrival
    back: list[Hop] = []
    for nat in way.nats:
        outlet = target_of(nat.subnet)
        if outlet is not None and vpc_of(outlet) is not vpc:
            back += way_back(network, outlet, address, source, vpc, subnet)
    if way.nats and (last := target_of(way.nats[-1].subnet)) is not None:
        source = interface_in(last)
    match arrival:
        case Lost() | AtClients() | AtAssumed():
            return
        case AtInternet():
            yield Service(verdict=yes(), says=f"{address} answers on the internet")
            yield Back(tuple(back))
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
        shared = may_leave_gateway_in(network, way, server_subnet)
        yield acl_hop(network, server_subnet, AclSide.SERVER, source, attachment_delivers=shared)
    yield ByProtocol(lambda protocol: (server_groups(around, candidate, address, protocol, arrival, source, vpc),))
    if arrival.vpc is not vpc:
        lost = never_leaves(network, server_subnet, arrival.vpc) if server_subnet and arrival.assumed else None
        if lost is not None:
            back.append(lost)
        elif server_subnet is not None:
            back += way_back(network, server_subnet, address, source, vpc, subnet)
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
    yield service_of(candidate, address, arrival.vpc)
    yield Back(tuple(back))
