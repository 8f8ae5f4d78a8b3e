"""The way of the answer: from the server's subnet to the endpoint's interface, or to clients that have no other address in between."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import ip_network

from tf_cvpn_lint.core.records import replace
from tf_cvpn_lint.core.verdict import no, unsure
from tf_cvpn_lint.model.cidr import AddressIn, HostAddress, KnownAddress, KnownCidr, contains
from tf_cvpn_lint.model.network import Network
from tf_cvpn_lint.model.routing import ImplicitMainTable, Route, RouteTable
from tf_cvpn_lint.model.vpc import Subnet, Vpc
from tf_cvpn_lint.reach.acls import crossing_acls
from tf_cvpn_lint.reach.classify import Candidate
from tf_cvpn_lint.reach.filters import EPHEMERAL
from tf_cvpn_lint.reach.hops import Hop
from tf_cvpn_lint.reach.links import leads_to, target_of, vpc_of
from tf_cvpn_lint.reach.tables import way_from
from tf_cvpn_lint.reach.trace import (
    Beyond,
    NatGatewayHop,
    RouteFault,
    Step,
    SubnetRoute,
    TransitFault,
    TransitGatewayHop,
)
from tf_cvpn_lint.reach.way import Crossing, InVpc, Way


def never_leaves(network: Network, subnet: Subnet, vpc: Vpc) -> SubnetRoute | None:
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


def way_back(
    network: Network,
    subnet: Subnet,
    address: HostAddress,
    source: AddressIn,
    vpc: Vpc | None,
    home: Subnet | None,
) -> tuple[Hop, ...]:
    """The steps of an answer of `address` from the server's subnet back to the endpoint's interface in `home` (or, without source NAT,
    to the client)."""
    way = way_from(network, subnet, source)
    if way.nats:
        return _translated(way)
    acls = tuple(crossing_acls(network, way, home, _sender(address), source, EPHEMERAL))
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


def way_home(network: Network, way: Way, candidate: Candidate, source: AddressIn, vpc: Vpc | None) -> Way | None:
    """The way of the last part of the answer, from the server or from the first NAT gateway that it comes back to."""
    first = candidate.subnet
    if nats := way.nats:
        first = next((place for nat in nats if (place := target_of(nat.subnet)) is not None), first)
    if first is None or vpc_of(first) is vpc:
        return None
    return way_from(network, first, source)


def may_leave_gateway_in(network: Network, way: Way, subnet: Subnet) -> bool:
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
