"""The way out of a subnet by the route tables of its VPC: gateways, peerings, appliances. Used there and back alike.

Sources: https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Route_Tables.html,
https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, assert_never

from tf_cvpn_lint.core.address import Address, Reference
from tf_cvpn_lint.core.evidence import Evidence
from tf_cvpn_lint.core.link import Link, Outside, To, Unresolved
from tf_cvpn_lint.core.records import dataclass, replace
from tf_cvpn_lint.core.value import Known
from tf_cvpn_lint.core.verdict import Members, Verdict, any_of, no, unsure, yes
from tf_cvpn_lint.model.cidr import AddressIn, Cidr, HostAddress, UnknownCidr, covers, is_default
from tf_cvpn_lint.model.network import Network
from tf_cvpn_lint.model.public_access import PublicAccessBlock
from tf_cvpn_lint.model.routing import (
    ImplicitMainTable,
    InternetGateway,
    NatGateway,
    PeeringConnection,
    Route,
    RouteTable,
    ToAppliance,
    ToEgressOnlyGateway,
    ToInternetGateway,
    ToLocal,
    ToNatGateway,
    ToNothing,
    ToPeering,
    ToTransitGateway,
    ToUnknown,
    ToVpnGateway,
    VpnGateway,
)
from tf_cvpn_lint.model.vpc import Subnet, Vpc
from tf_cvpn_lint.reach.links import describe, leads_to, target_of, vpc_of, waits_of
from tf_cvpn_lint.reach.longest import longest
from tf_cvpn_lint.reach.trace import (
    Beyond,
    InternetGatewayHop,
    NatGatewayHop,
    PassedOver,
    PeeringFault,
    PeeringHop,
    RouteFault,
    SubnetRoute,
    TransitGatewayHop,
)
from tf_cvpn_lint.reach.transit import by_transit_gateway
from tf_cvpn_lint.reach.way import (
    MAXIMUM_HOPS,
    MAXIMUM_TOLD,
    AtInternet,
    InVpc,
    Lost,
    Unseen,
    Way,
    assumed_beyond,
    is_public,
    unread,
    vpc_holding,
)


@dataclass(frozen=True, slots=True, eq=False)
class _Entry:
    """A line of a route table as the lookup sees it; `route` is None for the VPC's own `local` route."""

    cidr: Cidr
    route: Route | None


@lru_cache(maxsize=4096)
def _entries(vpc: Vpc, table: RouteTable | ImplicitMainTable) -> Members[_Entry]:
    """The lines of a route table of this VPC, its `local` ones first."""
    routes: Members[Route] = Members() if isinstance(table, ImplicitMainTable) else table.routes
    cidrs = vpc.cidrs
    return Members(
        (*(_Entry(cidr, None) for cidr in cidrs.items), *(_Entry(route.destination, route) for route in routes.items)),
        (*cidrs.gaps, *routes.gaps),
    )


@lru_cache(maxsize=4096)
def way_from(
    network: Network,
    subnet: Subnet,
    address: HostAddress,
    visited: tuple[Subnet, ...] = (),
    by_nat: bool = False,
    by_transit: bool = False,
) -> Way:
    """The way of a packet that leaves an interface in `subnet` for `address`; `by_nat` where that interface is a NAT gateway's,
    `by_transit` where it is a transit gateway attachment's."""
    wants_internet = is_public(address, network)
    vpc = vpc_of(subnet)
    if vpc is None:
        step = SubnetRoute(
            verdict=unsure(f"the VPC of {subnet.address} is not known", waits_for=waits_of(subnet.vpc)),
            says=f"which VPC {subnet.address} lies in is not known",
            subnet=subnet,
            evidence=(subnet.evidence,),
            assumes=f"the VPC of {subnet.address} routes to {address}",
            wants_internet=wants_internet,
        )
        return unread(network, address, step)
    if subnet in visited or len(visited) >= MAXIMUM_HOPS:
        step = SubnetRoute(
            verdict=no("the route leads back to a subnet it came from", subnet.evidence),
            says=f"the packet is back in {subnet.address}: the routes make a loop",
            subnet=subnet,
            evidence=(subnet.evidence,),
            fault=RouteFault.NO_INTERNET if wants_internet else RouteFault.WRONG_DESTINATION,
            wants_internet=wants_internet,
        )
        return Way((step,), Lost())
    link = network.table_of_subnet.get(subnet, Unresolved(why="its route table was not read"))
    table = target_of(link)
    if table is None and isinstance(link, Unresolved) and link.exhaustive and len(link.candidates) <= MAXIMUM_TOLD:
        ways = [
            _follow(network, vpc, subnet, each, address, (*visited, subnet), by_nat, by_transit)
            for each in link.candidates
        ]
        if _agree(ways):
            return ways[0]
    if table is None:
        step = SubnetRoute(
            verdict=unsure(
                f"the route table of {subnet.address} was not read ({_why(link)})", waits_for=waits_of(link)
            ),
            says=f"the route table of {subnet.address} was not read ({_why(link)})",
            subnet=subnet,
            evidence=(subnet.evidence,),
            assumes=f"the route table of {subnet.address} has a route to {address}",
            wants_internet=wants_internet,
        )
        if any(covers(cidr, address).is_yes for cidr in vpc.cidrs.items):
            # Every route table holds the local routes; only a more specific route could take the packet elsewhere.
            passing = replace(
                step,
                verdict=yes(),
                says=f"the local route of {vpc.address}, which every route table holds, leads to {address}",
                assumes="",
            )
            return Way((passing,), InVpc(vpc))
        return unread(network, address, step)
    return _follow(network, vpc, subnet, table, address, (*visited, subnet), by_nat, by_transit)


def from_delivery(network: Network, subnet: Subnet, address: HostAddress, visited: tuple[Subnet, ...]) -> Way:
    """The way on from a subnet into which a transit gateway attachment delivered the packet."""
    return way_from(network, subnet, address, visited, by_transit=True)


def _agree(ways: list[Way]) -> bool:
    """Whether it makes no difference which of the ways is taken."""
    if all(way.is_lost for way in ways):
        return True
    ends = {(way.arrival, way.passed) for way in ways}
    return len(ends) == 1 and all(step.verdict.is_yes for way in ways for step in way.steps)


def _why(link: Link[Any]) -> str:
    match link:
        case Unresolved():
            return link.why
        case Outside(id_):
            return f"{id_} belongs to another configuration"
        case _:
            return "known after apply"


@dataclass(frozen=True, slots=True)
class _Leg:
    """One lookup in one route table: who asks, and for which address."""

    network: Network
    vpc: Vpc
    subnet: Subnet
    table: RouteTable | ImplicitMainTable
    address: HostAddress
    visited: tuple[Subnet, ...]
    by_nat: bool
    by_transit: bool
    passed_over: tuple[PassedOver, ...]

    @property
    def wants_internet(self) -> bool:
        return is_public(self.address, self.network)

    @property
    def name(self) -> str:
        table = self.table
        return (
            f"the main route table of {table.vpc.address}"
            if isinstance(table, ImplicitMainTable)
            else str(table.address)
        )

    @property
    def evidence(self) -> Evidence:
        return self.subnet.evidence if isinstance(self.table, ImplicitMainTable) else self.table.evidence

    @property
    def missing(self) -> RouteFault:
        return RouteFault.NO_INTERNET if self.wants_internet else RouteFault.MISSING

    def step(
        self, verdict: Verdict, says: str, *evidence: Evidence, fault: RouteFault | None = None, assumes: str = ""
    ) -> SubnetRoute:
        return SubnetRoute(
            verdict=verdict,
            says=says,
            subnet=self.subnet,
            table=self.table,
            fault=fault,
            evidence=evidence or (self.evidence,),
            passed_over=self.passed_over,
            wants_internet=self.wants_internet,
            assumes=assumes,
        )

    def lost(self, fault: RouteFault, says: str, *evidence: Evidence) -> Way:
        return Way((self.step(no(says, *evidence), says, *evidence, fault=fault),), Lost())

    def passing(self, route: Route) -> SubnetRoute:
        return self.step(yes(), f"{self.name} sends {route.destination} to {_target_words(route)}", route.evidence)

    def straight(self, appliance: Address | None) -> Address | None:
        """The appliance where the packet comes to it straight from the subnet it started in."""
        return appliance if len(self.visited) == 1 else None

    def beyond(
        self,
        route: Route,
        says: str,
        assumes: str,
        waits_for: tuple[Reference, ...] = (),
        appliance: Address | None = None,
    ) -> Way:
        """The packet is routed to something that Terraform does not see into."""
        step = Beyond(
            verdict=unsure(says, route.evidence, waits_for=waits_for),
            says=says,
            evidence=(route.evidence,),
            assumes=assumes,
            appliance=self.straight(appliance),
        )
        return unread(self.network, self.address, self.passing(route), step)


def _follow(
    network: Network,
    vpc: Vpc,
    subnet: Subnet,
    table: RouteTable | ImplicitMainTable,
    address: HostAddress,
    visited: tuple[Subnet, ...],
    by_nat: bool,
    by_transit: bool,
) -> Way:
    """Looks the address up in the table and goes where the winning line leads."""
    match = longest(_entries(vpc, table), lambda entry: entry.cidr, address)
    passed_over = _passed_over(match.shorter, match.others)
    leg = _Leg(network, vpc, subnet, table, address, visited, by_nat, by_transit, passed_over)
    winners = tuple(map(_preferred, match.winners))
    best = winners[0] if winners else None

    is_last_resort = best is None or (best.route is not None and is_default(best.cidr) and not leg.wants_internet)
    if is_last_resort and not leg.wants_internet and not isinstance(table, ImplicitMainTable):
        if table.propagates.items or table.propagates.gaps:
            if (known := assumed_beyond(leg.network, leg.address, *table.propagates.items)) is not None:
                says = f"{leg.name} learns routes from {', '.join(map(describe, table.propagates.items))}"
                return known.after(leg.step(yes(), says))
            told = ", ".join(describe(link) for link in table.propagates.items) or "a VPN gateway"
            says = (
                f"{leg.name} has no static route to {leg.address}, and what it learns from {told} is not in Terraform"
            )
            learned = leg.step(
                unsure(says, leg.evidence), says, assumes=f"{told} announces a network that holds {leg.address}"
            )
            return unread(leg.network, leg.address, learned)
    if best is None and not match.gaps:
        says = f"{leg.name}, the route table of {leg.subnet.address}, has no route to {leg.address}"
        return leg.lost(leg.missing, says, leg.evidence, leg.subnet.evidence)
    are_one = len(winners) == 1 or len({_same_target(winner) for winner in winners}) == 1
    if best is not None and are_one and not match.none_possible and not match.gaps:
        return _take(leg, best)

    doubt = match.decide(lambda _: unsure(f"which route of {leg.name} wins for {leg.address} is not known"), no())
    waits = tuple(
        reference for winner in winners if isinstance(winner.cidr, UnknownCidr) for reference in winner.cidr.refers_to
    )
    says = "; ".join(because.says for because in doubt.because if because.says)
    step = leg.step(
        unsure(says, leg.evidence, waits_for=(*doubt.waits_for, *waits)),
        says,
        assumes=f"{leg.name} has a route that takes {leg.address} where it belongs",
    )
    ways = [_take(leg, winner) for winner in winners[:MAXIMUM_TOLD]]
    if ways and not match.gaps and all(way.is_lost for way in ways):
        return ways[0]  # whichever wins, the packet is dropped
    if best is None or match.none_possible or match.gaps or ways[0].is_lost:
        return unread(leg.network, leg.address, step)
    return ways[0].after(step)


def _same_target(entry: _Entry) -> object:
    """Equal for lines that lead to the same target."""
    return ToLocal() if entry.route is None else entry.route.target


def _passed_over(shorter: tuple[_Entry, ...], others: tuple[_Entry, ...]) -> tuple[PassedOver, ...]:
    told = [(entry, "a longer prefix wins") for entry in shorter]
    told += [(entry, "does not cover it") for entry in others[: max(MAXIMUM_TOLD - len(told), 0)]]
    return tuple([_line_passed_over(entry, why) for entry, why in told[:MAXIMUM_TOLD]])


@lru_cache(maxsize=4096)
def _line_passed_over(entry: _Entry, why: str) -> PassedOver:
    target = "local" if entry.route is None else _target_words(entry.route)
    return PassedOver(f"{entry.cidr} to {target}", why, entry.route.evidence if entry.route else None)


def _preferred(group: tuple[_Entry, ...]) -> _Entry:
    """Among equal prefixes: local, then static, then propagated."""
    if len(group) == 1:
        return group[0]
    return min(
        group, key=lambda entry: (entry.route is not None, entry.route is not None and entry.route.is_propagated)
    )


def _target_words(route: Route) -> str:
    match route.target:
        case ToTransitGateway() | ToNatGateway() | ToInternetGateway() | ToVpnGateway():
            return describe(route.target.gateway)
        case ToPeering(peering):
            return describe(peering)
        case ToLocal():
            return "local"
        case ToAppliance():
            return f"the {route.target.kind} {route.target.name}"
        case ToEgressOnlyGateway():
            return "an egress-only internet gateway"
        case ToNothing():
            return "nothing (a blackhole)"
        case ToUnknown():
            return "a target that is not known"
        case _:
            assert_never(route.target)


def _take(leg: _Leg, entry: _Entry) -> Way:
    """The way by this line of the table."""
    route = entry.route
    if route is None or isinstance(route.target, ToLocal):
        says = f"{leg.address} is in {leg.vpc.address}: the local route for {entry.cidr} leads there"
        return Way((leg.step(yes(), says, leg.vpc.evidence),), InVpc(leg.vpc))
    target = route.target
    match target:
        case ToInternetGateway(gateway):
            return _by_internet_gateway(leg, route, gateway)
        case ToNatGateway(nat):
            return _by_nat_gateway(leg, route, nat)
        case ToPeering(peering):
            return _by_peering(leg, route, peering)
        case ToVpnGateway(vpn):
            return _by_vpn_gateway(leg, route, vpn)
        case ToTransitGateway(transit):
            beyond = by_transit_gateway(
                leg.network, leg.vpc, leg.subnet, transit, leg.address, leg.visited, from_delivery
            )
            return beyond.after(leg.passing(route))
        case ToNothing(why):
            says = f"{leg.name} sends {entry.cidr} into a blackhole: {why}"
            return leg.lost(RouteFault.BLACKHOLE, says, route.evidence, leg.evidence)
        case ToEgressOnlyGateway():
            says = f"{leg.name} sends {entry.cidr} to an egress-only internet gateway, which carries only IPv6"
            return leg.lost(leg.missing, says, route.evidence, leg.evidence)
        case ToUnknown():
            says = f"where {leg.name} sends {entry.cidr} is not known ({target.why})"
            return leg.beyond(route, says, f"the route for {entry.cidr} leads to {leg.address}", target.refers_to)
        case ToAppliance():
            what = f"the {target.kind} {target.name}"
            if (known := assumed_beyond(leg.network, leg.address, Outside(target.name))) is not None:
                # What lies behind it may be assumed; what its own security groups were read to drop is dropped all the same.
                step = known.steps[0]
                asked = Beyond(
                    verdict=step.verdict,
                    says=step.says,
                    evidence=(route.evidence,),
                    appliance=leg.straight(target.host),
                )
                return replace(known, steps=(asked,)).after(leg.passing(route))
            return leg.beyond(
                route,
                f"{what} takes the packet, and its own rules decide",
                f"{what} lets port 53 through",
                appliance=target.host,
            )
        case _:
            assert_never(target)


def _attached(gateway: InternetGateway | VpnGateway, vpc: Vpc) -> Verdict:
    return gateway.vpcs.any(lambda link: leads_to(link, vpc))


def _not_attached(leg: _Leg, route: Route, gateway: InternetGateway | VpnGateway) -> Way:
    says = f"{leg.name} sends {route.destination} to {gateway.address}, which is not attached to {leg.vpc.address}"
    return leg.lost(RouteFault.NOT_ATTACHED, says, route.evidence, gateway.evidence)


def _by_internet_gateway(leg: _Leg, route: Route, link: Link[InternetGateway]) -> Way:
    if isinstance(leg.address, AddressIn) and not leg.address.inside:
        says = f"whether {leg.address} is public is not known, and {describe(link)} leads only to public addresses"
        return leg.beyond(route, says, f"{leg.address} is public", leg.address.refers_to)
    if not leg.wants_internet:
        says = (
            f"{leg.name} has no route to {leg.address} but {route.destination} to {describe(link)}, "
            "and the internet routes no private addresses"
        )
        return leg.lost(RouteFault.WRONG_DESTINATION, says, leg.evidence, route.evidence)
    gateway = target_of(link)
    attached = _attached(gateway, leg.vpc) if gateway else yes()
    if gateway and attached.is_no:
        return _not_attached(leg, route, gateway)
    if (isinstance(link, Unresolved) and gateway is None) or attached.is_unsure:
        waits = link.refers_to if isinstance(link, Unresolved) else attached.waits_for
        says = f"whether {describe(link)} is attached to {leg.vpc.address} is not known"
        return leg.beyond(route, says, f"{describe(link)} is attached to {leg.vpc.address}", waits)
    if leg.by_transit:
        # https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Internet_Gateway.html: it knows the public addresses of its VPC's interfaces
        says = (
            f"{leg.name} sends {route.destination} straight to {describe(link)}, which drops what came in by a transit gateway: "
            "a source in another VPC has no public address here, and no NAT gateway replaces it"
        )
        return leg.lost(RouteFault.NO_INTERNET, says, route.evidence, leg.evidence)
    # Works for Client VPN interfaces without an Elastic IP of the user's:
    # https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/scenario-internet.html
    step = InternetGatewayHop(
        verdict=yes(),
        says=f"{describe(link)} takes it to the internet",
        evidence=(gateway.evidence,) if gateway else (route.evidence,),
    )
    for block in leg.network.public_access_blocks:
        open_ = _is_open(leg, block) if block.concerns(leg.vpc) else yes()
        says = f"VPC Block Public Access ({block.evidence.address}) closes the internet gateways of {leg.vpc.address}"
        if open_.is_no:
            lost = replace(
                step,
                verdict=no(says, block.evidence),
                says=says,
                evidence=(block.evidence,),
                fault=RouteFault.NO_INTERNET,
            )
            return Way((leg.passing(route), lost), Lost())
        if open_.is_unsure:
            says = f"whether {says} is not known"
            step = replace(
                step,
                verdict=unsure(says, block.evidence, waits_for=open_.waits_for),
                says=says,
                evidence=(block.evidence,),
                assumes=f"{leg.vpc.address} may use its internet gateway",
            )
    return Way((leg.passing(route), step), AtInternet())


def _is_open(leg: _Leg, block: PublicAccessBlock) -> Verdict:
    """Whether the packet may leave by the internet gateway although the block is set."""
    if not isinstance(block.mode, Known):
        return unsure("its mode is not known", waits_for=block.mode.refers_to)
    if block.mode.value == "off" or (block.mode.value == "block-ingress" and leg.by_nat):
        return yes()
    answers = []
    for exclusion in leg.network.public_access_exclusions:
        if exclusion.vpc is not None:
            answers.append(leads_to(exclusion.vpc, leg.vpc))
        if exclusion.subnet is not None:
            answers.append(leads_to(exclusion.subnet, leg.subnet))
    return any_of(answers)


def _by_nat_gateway(leg: _Leg, route: Route, link: Link[NatGateway]) -> Way:
    nat = target_of(link)
    if nat is None:
        waits = waits_of(link)
        says = f"whether {describe(link)} has a way to {leg.address} is not known"
        return leg.beyond(route, says, f"{describe(link)} reaches {leg.address}", waits)
    subnet = target_of(nat.subnet)
    if subnet is None:
        waits = waits_of(nat.subnet)
        return leg.beyond(
            route,
            f"the subnet of {nat.address} is not known",
            f"the subnet of {nat.address} reaches {leg.address}",
            waits,
        )
    home = vpc_of(subnet)
    if home is not None and home is not leg.vpc:
        says = f"{leg.name} sends {route.destination} to {nat.address}, which is in {home.address} and not in {leg.vpc.address}"
        return leg.lost(RouteFault.NOT_ATTACHED, says, route.evidence, nat.evidence)
    if subnet is leg.subnet:
        fault = RouteFault.NO_INTERNET if leg.wants_internet else RouteFault.WRONG_DESTINATION
        says = f"{leg.name} sends {route.destination} to {nat.address}, which lies in {subnet.address} itself: the routes make a loop"
        return leg.lost(fault, says, route.evidence, nat.evidence, subnet.evidence)
    onward = way_from(leg.network, subnet, leg.address, leg.visited, by_nat=True)
    public = nat.is_public
    evidence = (nat.connectivity_evidence or nat.evidence, nat.evidence)
    hop = NatGatewayHop(
        verdict=yes(),
        says=f"{nat.address} replaces the source address by its own",
        evidence=(nat.evidence,),
        gateway=nat,
    )
    if isinstance(onward.arrival, AtInternet) and not any(isinstance(step, NatGatewayHop) for step in onward.steps):
        direct = not any(isinstance(step, TransitGatewayHop) for step in onward.steps)
        if direct and isinstance(public, Known) and not public.value:
            says = f"{nat.address} is a private NAT gateway: what leaves it by an internet gateway is dropped"
            hop = replace(hop, verdict=no(says, *evidence), says=says, evidence=evidence, fault=RouteFault.NO_INTERNET)
            return Way((leg.passing(route), hop), Lost())
        if direct and not isinstance(public, Known):
            says = f"whether {nat.address} is public or private is not known"
            hop = replace(
                hop,
                verdict=unsure(says, *evidence, waits_for=public.refers_to),
                says=says,
                assumes=f"{nat.address} is public",
            )
    return onward.after(leg.passing(route), hop, passed=(nat,))


def _by_vpn_gateway(leg: _Leg, route: Route, link: Link[VpnGateway]) -> Way:
    gateway = target_of(link)
    if gateway and _attached(gateway, leg.vpc).is_no:
        return _not_attached(leg, route, gateway)
    if (known := assumed_beyond(leg.network, leg.address, link)) is not None:
        return known.after(leg.passing(route))
    return leg.beyond(
        route,
        f"the packet leaves by {describe(link)}, and what lies beyond is not in Terraform",
        f"the network beyond {describe(link)} has a route to {leg.address} and back to {leg.subnet.cidr}",
        waits_of(link),
    )


def _by_peering(leg: _Leg, route: Route, link: Link[PeeringConnection]) -> Way:
    peering = target_of(link)
    if peering is None and (assumed := assumed_beyond(leg.network, leg.address, link)) is not None:
        return assumed.after(leg.passing(route))
    if peering is None:
        waits = waits_of(link)
        says = f"the peering connection {describe(link)} belongs to another configuration"
        return leg.beyond(
            route, says, f"{describe(link)} is active and leads to the VPC that holds {leg.address}", waits
        )
    ends = (leads_to(peering.requester, leg.vpc), leads_to(peering.accepter, leg.vpc))
    if ends[0].is_no and ends[1].is_no:
        says = f"{leg.name} sends {route.destination} to {peering.address}, which does not connect {leg.vpc.address}"
        return leg.lost(RouteFault.NOT_ATTACHED, says, route.evidence, peering.evidence)
    active = peering.is_active
    hop = PeeringHop(
        verdict=yes(),
        says=f"{peering.address} carries it to the peer",
        evidence=(peering.evidence,),
        peering=peering,
    )
    if not isinstance(active, Known):
        says = f"whether {peering.address} is active is not known ({active.why})"
        hop = replace(
            hop,
            verdict=unsure(says, peering.evidence, waits_for=active.refers_to),
            says=says,
            fault=PeeringFault.NOT_ACTIVE,
            assumes=f"{peering.address} is accepted",
        )
    elif not active.value:
        says = f"nobody accepts {peering.address} in this configuration"
        hop = replace(
            hop,
            verdict=unsure(says, peering.evidence),
            says=says,
            fault=PeeringFault.NOT_ACTIVE,
            assumes=f"{peering.address} is accepted",
        )
    far = (
        peering.accepter
        if ends[0].is_yes
        else peering.requester
        if ends[1].is_yes
        else Unresolved(why="which end is ours is not known")
    )
    other = target_of(far)
    if other is None and (assumed := assumed_beyond(leg.network, leg.address, To(peering))) is not None:
        return assumed.after(leg.passing(route), hop)
    if other is None:
        known = vpc_holding(leg.address, leg.network, but=leg.vpc)
        says = f"the VPC at the other end of {peering.address} ({describe(far)}) was not read"
        step = Beyond(
            verdict=unsure(says, peering.evidence, waits_for=waits_of(far)),
            says=says,
            evidence=(peering.evidence,),
            assumes=f"{describe(far)} holds {leg.address}, lets port 53 in and routes back",
        )
        return Way(
            (leg.passing(route), hop, step), InVpc(known, assumed=True, through_peering=peering) if known else Unseen()
        )
    holds = any_of(covers(cidr, leg.address) for cidr in other.cidrs.items)
    if holds.is_yes:
        return Way((leg.passing(route), hop), InVpc(other, through_peering=peering))
    if holds.is_no and other.cidrs.is_complete:
        # https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html: no transitive peering, no edge-to-edge routing
        says = f"{leg.address} is not in {other.address}, and a peering connection leads no further than the peer"
        lost = replace(hop, verdict=no(says, peering.evidence), says=says, fault=PeeringFault.TRANSITIVE, assumes="")
        return Way((leg.passing(route), lost), Lost())
    says = f"whether {leg.address} is in {other.address} is not known"
    step = Beyond(
        verdict=unsure(says, other.evidence, waits_for=holds.waits_for),
        says=says,
        evidence=(other.evidence,),
        assumes=f"{leg.address} is in {other.address}",
    )
    return Way((leg.passing(route), hop, step), InVpc(other, assumed=True, through_peering=peering))
