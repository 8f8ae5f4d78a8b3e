"""The way from a subnet to an address: route tables, gateways, peerings, transit gateways. Used there and back alike.

Sources: https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Route_Tables.html,
https://docs.aws.amazon.com/vpc/latest/tgw/how-transit-gateways-work.html,
https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, assert_never

from tf_cvpn_lint.core.address import Address, Reference
from tf_cvpn_lint.core.evidence import Evidence, Gap
from tf_cvpn_lint.core.link import Link, Outside, To, Unresolved
from tf_cvpn_lint.core.records import dataclass, field, replace, settle
from tf_cvpn_lint.core.value import Call, Fact, Known, Literal, Symbol, Unknown
from tf_cvpn_lint.core.verdict import Members, Verdict, any_of, no, unsure, yes
from tf_cvpn_lint.model.cidr import (
    AddressIn,
    Cidr,
    HostAddress,
    KnownAddress,
    KnownCidr,
    UnknownCidr,
    covers,
    is_default,
)
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
from tf_cvpn_lint.model.transit_gateway import (
    Attachment,
    DefaultTable,
    TransitGateway,
    TransitRouteTable,
    TransitTable,
)
from tf_cvpn_lint.model.vpc import Subnet, Vpc
from tf_cvpn_lint.reach.links import describe, leads_to, same, target_of, vpc_of
from tf_cvpn_lint.reach.longest import longest
from tf_cvpn_lint.reach.trace import (
    Beyond,
    InternetGatewayHop,
    NatGatewayHop,
    PassedOver,
    PeeringFault,
    PeeringHop,
    RouteFault,
    Step,
    SubnetRoute,
    TransitFault,
    TransitGatewayHop,
)

MAXIMUM_TOLD = 12
"""Lines of a table that a step lists as passed over."""

MAXIMUM_HOPS = 8
"""VPCs and NAT subnets a way may cross; more than any real one, and a bound on routing loops."""


@dataclass(frozen=True, slots=True)
class InVpc:
    """It arrives in this VPC, whose `local` route takes it to the interface."""

    vpc: Vpc
    assumed: bool = False
    """The last hops were not read; the address lies in this VPC's CIDR."""
    through_transit_gateway: TransitGateway | None = None
    through_peering: PeeringConnection | None = None


@dataclass(frozen=True, slots=True)
class AtInternet:
    """It leaves to the internet."""


@dataclass(frozen=True, slots=True)
class AtClients:
    """It reaches the clients of an endpoint that is attached to the transit gateway itself."""


@dataclass(frozen=True, slots=True)
class AtAssumed:
    """It reaches a network outside the configuration of which somebody says that it answers, and leads back."""


@dataclass(frozen=True, slots=True)
class Lost:
    """Dropped."""


@dataclass(frozen=True, slots=True)
class Unseen:
    """Past what Terraform tells."""


Arrival = InVpc | AtInternet | AtClients | AtAssumed | Lost | Unseen


@dataclass(frozen=True, slots=True)
class Crossing:
    """The interface of a transit gateway attachment by which the packet leaves a VPC, or comes into one."""

    attachment: Attachment
    places: tuple[Subnet, ...]
    """The subnets it may lie in; one where the zones are known."""
    is_inward: bool
    """Into the gateway."""
    beside: Subnet | None = None
    """The subnet that the packet comes from (inward), or that of the NAT gateway it goes to next; None where it goes to its destination."""


@dataclass(frozen=True, slots=True)
class Way:
    """The steps taken and where they end."""

    steps: tuple[Step, ...]
    arrival: Arrival
    passed: tuple[NatGateway | Crossing, ...] = ()
    """Interfaces on the way whose subnets have network ACLs, in order. NAT gateways replace the source address."""
    _is_certain: bool = field(init=False, repr=False, compare=False)

    @property
    def is_lost(self) -> bool:
        return isinstance(self.arrival, Lost) or any(step.verdict.is_no for step in self.steps)

    @property
    def is_certain(self) -> bool:
        """Whether none of its steps is unsure."""
        try:
            return self._is_certain
        except AttributeError:
            settle(self, "_is_certain", not any(step.verdict.is_unsure for step in self.steps))
            return self._is_certain

    @property
    def nats(self) -> tuple[NatGateway, ...]:
        return tuple([each for each in self.passed if isinstance(each, NatGateway)]) if self.passed else ()

    def after(self, *steps: Step, passed: tuple[NatGateway | Crossing, ...] = ()) -> Way:
        """The same way with these steps before it."""
        return Way((*steps, *self.steps), self.arrival, (*passed, *self.passed) if passed else self.passed)


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


@lru_cache(maxsize=1024)
def interface_in(subnet: Subnet) -> AddressIn:
    """The address of an interface in the subnet, of which AWS picks the number."""
    vpc = vpc_of(subnet)
    inside: tuple[Cidr, ...] = (subnet.cidr,)
    if isinstance(subnet.cidr, UnknownCidr) and vpc is not None and vpc.cidrs.is_complete and len(vpc.cidrs.items) == 1:
        inside = (subnet.cidr, vpc.primary_cidr)
    return AddressIn(inside)


@lru_cache(maxsize=1024)
def is_public(address: HostAddress, network: Network) -> bool:
    """A global address that lies in no VPC of ours: only the internet leads there."""
    return isinstance(address, KnownAddress) and address.ip.is_global and vpc_holding(address, network) is None


def vpc_holding(address: HostAddress, network: Network, *, but: Vpc | None = None) -> Vpc | None:
    """The only VPC whose CIDR certainly holds the address."""
    found = [vpc for vpc in network.vpcs_holding(address) if vpc is not but]
    return found[0] if len(found) == 1 else None


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
            verdict=unsure(f"the VPC of {subnet.address} is not known", waits_for=_waits(subnet.vpc)),
            says=f"which VPC {subnet.address} lies in is not known",
            subnet=subnet,
            evidence=(subnet.evidence,),
            assumes=f"the VPC of {subnet.address} routes to {address}",
            wants_internet=wants_internet,
        )
        return _unread(network, address, step)
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
            verdict=unsure(f"the route table of {subnet.address} was not read ({_why(link)})", waits_for=_waits(link)),
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
        return _unread(network, address, step)
    return _follow(network, vpc, subnet, table, address, (*visited, subnet), by_nat, by_transit)


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


def _waits(link: Link[Any]) -> tuple[Reference, ...]:
    return link.refers_to if isinstance(link, Unresolved) else ()


def _unread(network: Network, address: HostAddress, *steps: Step) -> Way:
    """A way that cannot be followed further: taken to arrive in the VPC that holds the address, if one does."""
    vpc = vpc_holding(address, network)
    return Way(steps, InVpc(vpc, assumed=True) if vpc else Unseen())


def _assumed(network: Network, address: HostAddress, *things: Link[Any]) -> Way | None:
    """The way into a network that is said to lie beyond one of these gateways or attachments."""
    names = {name for thing in things for name in (describe(thing), getattr(target_of(thing), "id", None)) if name}
    if (found := network.assumed.network_beyond(frozenset(names), address)) is None:
        return None
    beyond, cidr = found
    says = f"beyond {describe(things[0])} lies {cidr}, which leads to {address} and back: assumed ({beyond.reason})"
    return Way((Beyond(verdict=yes(), says=says),), AtAssumed())


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
        return _unread(self.network, self.address, self.passing(route), step)


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
    match = longest(_entries(vpc, table), _cidr, address)
    passed_over = _passed_over(match.shorter, match.others)
    leg = _Leg(network, vpc, subnet, table, address, visited, by_nat, by_transit, passed_over)
    winners = tuple(map(_preferred, match.winners))
    best = winners[0] if winners else None

    is_last_resort = best is None or (best.route is not None and is_default(best.cidr) and not leg.wants_internet)
    if is_last_resort and not leg.wants_internet and not isinstance(table, ImplicitMainTable):
        if table.propagates.items or table.propagates.gaps:
            if (known := _assumed(leg.network, leg.address, *table.propagates.items)) is not None:
                says = f"{leg.name} learns routes from {', '.join(map(describe, table.propagates.items))}"
                return known.after(leg.step(yes(), says))
            told = ", ".join(describe(link) for link in table.propagates.items) or "a VPN gateway"
            says = (
                f"{leg.name} has no static route to {leg.address}, and what it learns from {told} is not in Terraform"
            )
            learned = leg.step(
                unsure(says, leg.evidence), says, assumes=f"{told} announces a network that holds {leg.address}"
            )
            return _unread(leg.network, leg.address, learned)
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
        return _unread(leg.network, leg.address, step)
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


def _cidr(entry: _Entry | _TransitEntry) -> Cidr:
    return entry.cidr


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
            return by_transit_gateway(leg.network, leg.vpc, leg.subnet, transit, leg.address, leg.visited).after(
                leg.passing(route)
            )
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
            if (known := _assumed(leg.network, leg.address, Outside(target.name))) is not None:
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
        waits = link.refers_to if isinstance(link, Unresolved) else ()
        says = f"whether {describe(link)} has a way to {leg.address} is not known"
        return leg.beyond(route, says, f"{describe(link)} reaches {leg.address}", waits)
    subnet = target_of(nat.subnet)
    if subnet is None:
        waits = nat.subnet.refers_to if isinstance(nat.subnet, Unresolved) else ()
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
    if (known := _assumed(leg.network, leg.address, link)) is not None:
        return known.after(leg.passing(route))
    return leg.beyond(
        route,
        f"the packet leaves by {describe(link)}, and what lies beyond is not in Terraform",
        f"the network beyond {describe(link)} has a route to {leg.address} and back to {leg.subnet.cidr}",
        link.refers_to if isinstance(link, Unresolved) else (),
    )


def _by_peering(leg: _Leg, route: Route, link: Link[PeeringConnection]) -> Way:
    peering = target_of(link)
    if peering is None and (assumed := _assumed(leg.network, leg.address, link)) is not None:
        return assumed.after(leg.passing(route))
    if peering is None:
        waits = link.refers_to if isinstance(link, Unresolved) else ()
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
    if other is None and (assumed := _assumed(leg.network, leg.address, To(peering))) is not None:
        return assumed.after(leg.passing(route), hop)
    if other is None:
        known = vpc_holding(leg.address, leg.network, but=leg.vpc)
        says = f"the VPC at the other end of {peering.address} ({describe(far)}) was not read"
        step = Beyond(
            verdict=unsure(says, peering.evidence, waits_for=far.refers_to if isinstance(far, Unresolved) else ()),
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


def by_transit_gateway(
    network: Network,
    vpc: Vpc,
    subnet: Subnet,
    link: Link[TransitGateway],
    address: HostAddress,
    visited: tuple[Subnet, ...],
) -> Way:
    """From a subnet of an attached VPC into the transit gateway and on."""
    gateway = target_of(link)
    ours, sure = _attachments_to(network, vpc, link)
    if gateway is not None and sure:
        attachment = sure[0]
        entrance = _entrance(attachment, subnet)
        if entrance.lost is not None:
            return entrance.lost
        onward = from_attachment(network, gateway, attachment, address, visited, subnet.zone)
        return onward.after(*entrance.doubts, passed=entrance.passed)
    return _by_unread_transit_gateway(network, vpc, subnet, link, address, ours, sure)


def _by_unread_transit_gateway(
    network: Network,
    vpc: Vpc,
    subnet: Subnet,
    link: Link[TransitGateway],
    address: HostAddress,
    ours: tuple[Attachment, ...],
    sure: tuple[Attachment, ...],
) -> Way:
    """Into a transit gateway that was not read, or to which the VPC is not known to be attached."""
    gateway = target_of(link)
    name = describe(link)

    def doubt(
        says: str,
        assumes: str,
        waits_for: tuple[Reference, ...] = (),
        *evidence: Evidence,
        attachment: Attachment | None = None,
    ) -> Way:
        if (known := _assumed(network, address, link)) is not None:
            return known
        step = TransitGatewayHop(
            verdict=unsure(says, *evidence, waits_for=waits_for),
            says=says,
            evidence=evidence,
            assumes=assumes,
            attachment=attachment,
        )
        way = _unread(network, address, step)
        if isinstance(way.arrival, InVpc) and gateway is not None:
            return replace(way, arrival=replace(way.arrival, through_transit_gateway=gateway))
        return way

    if isinstance(link, Unresolved) and gateway is None:
        return doubt(
            f"which transit gateway the route leads to is not known ({link.why})",
            f"it leads to {address}",
            link.refers_to,
        )
    if not sure:
        if ours or network.attachments.gaps or gateway is None or not gateway.is_managed or not vpc.is_managed:
            waits = tuple(reference for gap in network.attachments.gaps for reference in gap.waits_for)
            says = f"the attachment of {vpc.address} to {name} was not read"
            return doubt(says, f"{vpc.address} is attached to {name}, which routes to {address}", waits, vpc.evidence)
        says = f"{vpc.address} is not attached to {name}"
        step = TransitGatewayHop(
            verdict=no(says, gateway.evidence, vpc.evidence),
            says=says,
            evidence=(gateway.evidence, vpc.evidence),
            fault=TransitFault.NOT_ATTACHED,
        )
        return Way((step,), Lost())
    attachment = sure[0]
    entrance = _entrance(attachment, subnet)
    if entrance.lost is not None:
        return entrance.lost
    says = f"the route tables of {name} belong to another configuration"
    return doubt(
        says, f"{name} routes {address} to the VPC that holds it", (), attachment.evidence, attachment=attachment
    ).after(*entrance.doubts, passed=entrance.passed)


@lru_cache(maxsize=1024)
def _attachments_to(
    network: Network, vpc: Vpc, link: Link[TransitGateway]
) -> tuple[tuple[Attachment, ...], tuple[Attachment, ...]]:
    """The attachments of the VPC that may lead to the gateway, and those of them that certainly do."""
    ours = [item for item in network.attachments_of(vpc) if item.kind == "vpc" and not same(item.gateway, link).is_no]
    sure = [item for item in ours if isinstance(item.vpc, To) and same(item.gateway, link).is_yes]
    return tuple(ours), tuple(sure)


@dataclass(frozen=True, slots=True, eq=False)
class _Entrance:
    """How what leaves a subnet comes into an attachment of its VPC, wherever it goes."""

    lost: Way | None = None
    """Where it does not."""
    doubts: tuple[Step, ...] = ()
    passed: tuple[Crossing, ...] = ()


@lru_cache(maxsize=1024)
def _entrance(attachment: Attachment, subnet: Subnet) -> _Entrance:
    in_zone = attachment.subnets.any(lambda member: _zone_of(member, subnet))
    zone = subnet.zone.value if isinstance(subnet.zone, Known) else ""
    if in_zone.is_no:
        where = zone or f"the zone of {subnet.address}"
        says = (
            f"{attachment.address} has no subnet in {where}, and a VPC attachment carries only traffic of its own zones"
        )
        evidence = (attachment.subnets_evidence or attachment.evidence, subnet.evidence)
        step = TransitGatewayHop(
            verdict=no(says, *evidence),
            says=says,
            evidence=evidence,
            attachment=attachment,
            zone=zone,
            fault=TransitFault.NOT_IN_ZONE,
        )
        return _Entrance(Way((step,), Lost()))
    doubts: tuple[Step, ...] = ()
    if in_zone.is_unsure:
        says = f"whether {attachment.address} has a subnet in the availability zone of {subnet.address} is not known"
        doubts = (
            TransitGatewayHop(
                verdict=unsure(says, attachment.evidence, waits_for=in_zone.waits_for),
                says=says,
                evidence=(attachment.subnets_evidence or attachment.evidence, subnet.evidence),
                attachment=attachment,
                assumes=f"{attachment.address} has a subnet in the zone of {subnet.address}",
            ),
        )
    accepted = attachment.is_accepted
    if not (isinstance(accepted, Known) and accepted.value):
        says = f"whether {attachment.address} is accepted by the gateway's owner is not known"
        waits = accepted.refers_to if isinstance(accepted, Unknown) else ()
        doubts = (
            *doubts,
            TransitGatewayHop(
                verdict=unsure(says, attachment.evidence, waits_for=waits),
                says=says,
                evidence=(attachment.evidence,),
                attachment=attachment,
                assumes=f"{attachment.address} is accepted",
            ),
        )
    zones = [(target_of(member), _zone_of(member, subnet)) for member in attachment.subnets.items]
    near = tuple(place for place, answer in zones if place is not None and answer.is_yes)
    maybe = tuple(place for place, answer in zones if place is not None and answer.is_unsure)
    return _Entrance(None, doubts, (Crossing(attachment, near or maybe, True, subnet),))


def _zone_of(member: Link[Subnet], subnet: Subnet) -> Verdict:
    """Whether the attachment subnet lies in the availability zone of this one."""
    other = target_of(member)
    if other is None:
        if isinstance(member, Outside):
            return unsure(f"the zone of {member.id} is not in this configuration")
        return unsure("an attachment subnet is not known", waits_for=_waits(member))
    if other is subnet:
        return yes()
    return same_zone(other.zone, subnet.zone)


def same_zone(one: Fact[str], other: Fact[str]) -> Verdict:
    """Whether two zones are one; a name (`eu-west-1a`) and an id (`euw1-az1`) cannot be compared."""
    if isinstance(one, Known) and isinstance(other, Known):
        if ("-az" in one.value) != ("-az" in other.value):
            return unsure(f"whether zone {one.value} is {other.value} depends on the account")
        return yes() if one.value == other.value else no()
    if (
        isinstance(one, Unknown)
        and isinstance(other, Unknown)
        and one.symbol is not None
        and one.symbol == other.symbol
    ):
        return yes()
    if isinstance(one, Unknown) and isinstance(other, Unknown) and _differ(one.symbol, other.symbol):
        return no()
    waits = tuple(reference for zone in (one, other) if isinstance(zone, Unknown) for reference in zone.refers_to)
    return unsure("an availability zone is not known", waits_for=waits)


def _differ(one: Symbol | None, other: Symbol | None) -> bool:
    """Whether two texts are certainly not equal: said to be two, or made of the same parts but for one literal (`"${region}a"`, `"${region}b"`)."""
    match one, other:
        case Call("distinct", (mine, _)), Call("distinct", (theirs, _)) if mine == theirs:
            return True
        case Call("template", first), Call("template", second) if len(first) == len(second):
            unlike = [(a, b) for a, b in zip(first, second, strict=True) if a != b]
            return len(unlike) == 1 and all(isinstance(part, Literal) for part in unlike[0])
        case _:
            return False


@dataclass(frozen=True, slots=True, eq=False)
class _TransitEntry:
    cidr: Cidr
    attachment: Link[Attachment] | None
    evidence: Evidence
    is_propagated: bool


def from_attachment(
    network: Network,
    gateway: TransitGateway,
    attachment: Attachment,
    address: HostAddress,
    visited: tuple[Subnet, ...],
    zone: Fact[str] | None,
    crossed: tuple[TransitGateway, ...] = (),
) -> Way:
    """Inside a transit gateway: the attachment's route table, then the winning attachment; `crossed` are the gateways before this one."""
    table, table_doubt = table_of(network, gateway, attachment)
    if table is None:
        if table_doubt.is_no:
            says = f"{attachment.address} is associated with no route table of {gateway.address}"
            step = TransitGatewayHop(
                verdict=no(says, attachment.evidence, gateway.evidence),
                says=says,
                evidence=(attachment.evidence, gateway.evidence),
                attachment=attachment,
                fault=TransitFault.NOT_ASSOCIATED,
            )
            return Way((step,), Lost())
        says = f"which route table of {gateway.address} serves {attachment.address} is not known"
        return _transit_doubt(network, gateway, attachment, None, address, says, table_doubt.waits_for)
    name = describe_table(table)
    table_evidence = table.evidence if isinstance(table, TransitRouteTable) else gateway.evidence
    entries, unseen = transit_entries(network, gateway, table)
    match = longest(entries, _cidr, address)
    passed_over = _transit_passed_over(match.shorter, match.others)
    hidden = bool(unseen) and not _is_kept_from(unseen, network, address, match.winners)
    if hidden and (known := _assumed(network, address, To(gateway), *map(To, unseen))):
        return known
    if hidden:
        told = ", ".join(str(other.address) for other in unseen)
        beside = f"{match.winners[0][0].cidr} and " if match.winners else ""
        says = f"{name} has no route to {address} but {beside}what it learns from {told}, which is not in this configuration"
        return _transit_doubt(network, gateway, attachment, table, address, says, ())
    if not match.winners and not match.gaps:
        says = f"{name} has no route or propagation to {address}"
        step = TransitGatewayHop(
            verdict=no(says, table_evidence, attachment.evidence),
            says=says,
            evidence=(table_evidence, attachment.evidence),
            attachment=attachment,
            table=table,
            fault=TransitFault.NO_ROUTE,
            passed_over=passed_over,
        )
        return Way((step,), Lost())
    winners = tuple([min(group, key=lambda entry: entry.is_propagated) for group in match.winners])
    best = winners[0] if winners else None
    are_one = len(winners) == 1 or len({_same_attachment(winner) for winner in winners}) == 1
    if best is None or match.none_possible or match.gaps or not are_one:
        doubt = match.decide(lambda _: unsure(f"which route of {name} wins for {address} is not known"), no())
        waits = tuple(
            reference
            for winner in winners
            if isinstance(winner.cidr, UnknownCidr)
            for reference in winner.cidr.refers_to
        )
        says = "; ".join(because.says for because in doubt.because if because.says)
        return _transit_doubt(network, gateway, attachment, table, address, says, (*doubt.waits_for, *waits))
    if best.attachment is None:
        says = f"{name} sends {best.cidr} into a blackhole"
        step = TransitGatewayHop(
            verdict=no(says, best.evidence),
            says=says,
            evidence=(best.evidence, table_evidence),
            attachment=attachment,
            table=table,
            fault=TransitFault.BLACKHOLE,
            passed_over=passed_over,
        )
        return Way((step,), Lost())
    learned = "learned" if best.is_propagated else "static"
    step = TransitGatewayHop(
        verdict=yes(),
        says=f"{name} sends {best.cidr} ({learned}) to {describe(best.attachment)}",
        evidence=(best.evidence, table_evidence),
        attachment=attachment,
        table=table,
        passed_over=passed_over,
    )
    return _out_of_transit_gateway(network, gateway, best, address, visited, zone, crossed).after(step)


def _transit_passed_over(
    shorter: tuple[_TransitEntry, ...], others: tuple[_TransitEntry, ...]
) -> tuple[PassedOver, ...]:
    told = [(entry, "a longer prefix wins") for entry in shorter]
    told += [(entry, "does not cover it") for entry in others[: max(MAXIMUM_TOLD - len(told), 0)]]
    return tuple([_transit_line_passed_over(entry, why) for entry, why in told[:MAXIMUM_TOLD]])


@lru_cache(maxsize=4096)
def _transit_line_passed_over(entry: _TransitEntry, why: str) -> PassedOver:
    target = describe(entry.attachment) if entry.attachment else "nothing"
    return PassedOver(f"{entry.cidr} to {target}", why, entry.evidence)


def _is_kept_from(
    unseen: tuple[Attachment, ...],
    network: Network,
    address: HostAddress,
    winners: tuple[tuple[_TransitEntry, ...], ...],
) -> bool:
    """Whether what these attachments announce certainly takes the address away from none of the table's own lines.

    It is left out of account that anybody announces part of a VPC of ours that is attached, or of the internet.
    """
    if not winners:
        return False
    if is_public(address, network):
        return True
    ends = [target_of(entry.attachment) for group in winners for entry in group if entry.attachment is not None]
    if any(attachment is None or attachment in unseen for attachment in ends):
        return True  # what lies there is not known either
    return all(any(_holds(entry, address) or _is_host_route(entry) for entry in group) for group in winners)


def _holds(entry: _TransitEntry, address: HostAddress) -> bool:
    """Whether the line leads to the very VPC in which the address lies, or to the clients."""
    attachment = target_of(entry.attachment) if entry.attachment is not None else None
    if attachment is None:
        return False
    vpc = target_of(attachment.vpc) if attachment.vpc is not None else None
    return entry.is_propagated if vpc is None else any(covers(cidr, address).is_yes for cidr in vpc.cidrs.items)


def _is_host_route(entry: _TransitEntry) -> bool:
    return isinstance(entry.cidr, KnownCidr) and entry.cidr.network.prefixlen == entry.cidr.network.max_prefixlen


def _same_attachment(entry: _TransitEntry) -> object:
    return "blackhole" if entry.attachment is None else entry.attachment


def _transit_doubt(
    network: Network,
    gateway: TransitGateway,
    attachment: Attachment,
    table: TransitTable | None,
    address: HostAddress,
    says: str,
    waits_for: tuple[Reference, ...],
) -> Way:
    if (known := _assumed(network, address, To(gateway))) is not None:
        return known
    step = TransitGatewayHop(
        verdict=unsure(says, gateway.evidence, waits_for=waits_for),
        says=says,
        evidence=(gateway.evidence, attachment.evidence),
        attachment=attachment,
        table=table,
        assumes=f"{gateway.address} routes {address} to the VPC that holds it",
    )
    way = _unread(network, address, step)
    if isinstance(way.arrival, InVpc):
        return replace(way, arrival=replace(way.arrival, through_transit_gateway=gateway))
    return way


@lru_cache(maxsize=4096)
def table_of(network: Network, gateway: TransitGateway, attachment: Attachment) -> tuple[TransitTable | None, Verdict]:
    """The route table that serves the attachment; without one, whether that is certain (no) or not known (unsure)."""
    associations = [
        item for item in network.transit_associations_by_attachment.of(attachment) if _may_be_at(item.table, gateway)
    ]
    explicit = [item for item in associations if leads_to(item.attachment, attachment).is_yes]
    for item in explicit:
        table = target_of(item.table)
        if table is not None:
            return table, yes()
        waits = item.table.refers_to if isinstance(item.table, Unresolved) else ()
        return None, unsure(f"{describe(item.table)} was not read", item.evidence, waits_for=waits)
    maybe = [item for item in associations if leads_to(item.attachment, attachment).is_unsure]
    if maybe or network.transit_associations.gaps:
        waits = tuple(reference for gap in network.transit_associations.gaps for reference in gap.waits_for)
        return None, unsure("an association may be its own", waits_for=waits)
    # A peering is attached to both of its gateways, each of which associates it as it does its others.
    by_default = gateway.default_association if attachment.kind == "peering" else attachment.associates_by_default
    if not isinstance(by_default, Known):
        return None, unsure(
            f"whether it is associated by default is not known ({by_default.why})", waits_for=by_default.refers_to
        )
    if by_default.value:
        for table in network.transit_tables_by_gateway.of(gateway):
            if table.is_default_association and leads_to(table.gateway, gateway).is_yes:
                return table, yes()
        if not gateway.is_managed:
            return None, unsure(f"the default route table of {gateway.address} was not read")
        return DefaultTable(gateway), yes()
    if not gateway.is_managed:
        return None, unsure(f"the associations of {gateway.address} belong to another configuration")
    return None, no("associated with no route table")


def _may_be_at(table: Link[TransitTable], gateway: TransitGateway) -> bool:
    """Whether the route table may be one of this gateway: a peering is associated with one at each end."""
    match target_of(table):
        case DefaultTable(owner):
            return owner is gateway
        case TransitRouteTable(gateway=owner):
            return not leads_to(owner, gateway).is_no
        case None:
            return True


@lru_cache(maxsize=1024)
def transit_entries(
    network: Network, gateway: TransitGateway, table: TransitTable
) -> tuple[Members[_TransitEntry], tuple[Attachment, ...]]:
    """Static routes of the table and the CIDRs of the attachments that propagate to it; and the attachments of which nobody
    here knows what they propagate.

    Those cannot take an address away from an attached VPC of ours: overlapping CIDRs of VPCs are not propagated
    (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateTransitGatewayVpcAttachment.html), and that others announce
    a part of a VPC's CIDR is left out of account.
    """
    entries: list[_TransitEntry] = []
    unseen: list[Attachment] = []
    gaps: list[Gap] = []

    def learn(attachment: Attachment, evidence: Evidence) -> None:
        if attachment.kind == "client vpn":
            clients = [endpoint.client_cidr for endpoint in network.endpoints if endpoint.address == attachment.address]
            entries.extend(_TransitEntry(cidr, To(attachment), evidence, True) for cidr in clients if cidr is not None)
            return
        vpc = target_of(attachment.vpc) if attachment.vpc is not None else None
        if vpc is None and attachment.kind == "vpc" and isinstance(attachment.vpc, Unresolved):
            why = attachment.vpc.why
            gaps.append(Gap(str(attachment.address), "its VPC", why, waits_for=attachment.vpc.refers_to))
            return
        if vpc is None:
            unseen.append(attachment)
            return
        entries.extend(_TransitEntry(cidr, To(attachment), evidence, True) for cidr in vpc.cidrs.items)
        gaps.extend(vpc.cidrs.gaps)

    for route in network.transit_routes_by_table.of(table):
        answer = leads_to(route.table, table)
        if answer.is_yes:
            entries.append(_TransitEntry(route.destination, route.attachment, route.evidence, False))
        elif answer.is_unsure:
            gaps.append(
                Gap(
                    str(route.evidence.address),
                    "its transit gateway route table",
                    "known after apply",
                    waits_for=answer.waits_for,
                )
            )
    propagated = set()
    for item in network.transit_propagations_by_table.of(table):
        answer = leads_to(item.table, table)
        attachment = target_of(item.attachment)
        if answer.is_yes and attachment is not None:
            propagated.add(attachment)
            learn(attachment, item.evidence)
        elif not answer.is_no:
            gaps.append(
                Gap(str(item.evidence.address), "what it propagates", "known after apply", waits_for=answer.waits_for)
            )
    is_default = isinstance(table, DefaultTable) or table.is_default_propagation
    if isinstance(table, DefaultTable):
        is_default = not any(
            other.is_default_propagation and leads_to(other.gateway, gateway).is_yes
            for other in network.transit_tables_by_gateway.of(gateway)
        )
    if is_default:
        for attachment in network.attachments_by_gateway.of(gateway):
            here = leads_to(attachment.gateway, gateway)
            if attachment in propagated or here.is_no or attachment.kind == "peering":
                continue
            flag = attachment.propagates_by_default
            if here.is_unsure:
                if flag != Known(False):
                    waits = here.waits_for
                    gaps.append(Gap(str(attachment.address), "its transit gateway", "not read", waits_for=waits))
                continue
            if isinstance(flag, Known):
                if flag.value:
                    learn(attachment, attachment.evidence)
            else:
                gaps.append(Gap(str(attachment.address), "whether it propagates", flag.why, waits_for=flag.refers_to))
    gaps += [*network.transit_routes.gaps, *network.transit_propagations.gaps, *network.attachments.gaps]
    if not gateway.is_managed or (isinstance(table, TransitRouteTable) and not table.is_managed):
        gaps.append(Gap(describe_table(table), "its routes", "it belongs to another configuration"))
    return Members(tuple(entries), tuple(gaps)), tuple(unseen)


def describe_table(table: TransitTable) -> str:
    match table:
        case DefaultTable(gateway):
            return f"the default route table of {gateway.address}"
        case TransitRouteTable(address=address):
            return str(address)
        case _:
            assert_never(table)


def _out_of_transit_gateway(
    network: Network,
    gateway: TransitGateway,
    entry: _TransitEntry,
    address: HostAddress,
    visited: tuple[Subnet, ...],
    zone: Fact[str] | None,
    crossed: tuple[TransitGateway, ...],
) -> Way:
    """Through the winning attachment into its VPC, and from there on if the address lies elsewhere."""
    assert entry.attachment is not None
    attachment = target_of(entry.attachment)
    if attachment is not None and attachment.kind == "client vpn":
        return Way((), AtClients())
    if attachment is not None and (peer := _peer_of(attachment, gateway)) is not None:
        return _by_transit_peering(network, gateway, attachment, peer, address, visited, crossed)
    vpc = target_of(attachment.vpc) if attachment is not None and attachment.vpc is not None else None
    if attachment is None or vpc is None:
        if (known := _assumed(network, address, entry.attachment, To(gateway))) is not None:
            return known
        says = f"what lies beyond {describe(entry.attachment)} is not in this configuration"
        waits = entry.attachment.refers_to if isinstance(entry.attachment, Unresolved) else ()
        step = Beyond(
            verdict=unsure(says, entry.evidence, waits_for=waits),
            says=says,
            evidence=(entry.evidence,),
            assumes=f"the network beyond {describe(entry.attachment)} leads to {address} and back",
        )
        way = _unread(network, address, step)
        if isinstance(way.arrival, InVpc):
            return replace(way, arrival=replace(way.arrival, through_transit_gateway=gateway))
        return way
    holds = any_of([covers(cidr, address) for cidr in vpc.cidrs.items])
    landing, near = _landings(attachment, zone)
    if holds.is_yes:
        return Way((), InVpc(vpc, through_transit_gateway=gateway), (Crossing(attachment, near or landing, False),))
    if holds.is_no and landing:
        ways = [_onward(network, attachment, subnet, address, visited) for subnet in near or landing]
        passing = [way for way in ways if not way.is_lost]
        if len(passing) in (0, len(ways)):
            return ways[0]
        lost = " and ".join(
            str(subnet.address) for subnet, way in zip(near or landing, ways, strict=True) if way.is_lost
        )
        says = f"by which zone {attachment.address} delivers it is not known, and in {lost} it is dropped"
        doubt = TransitGatewayHop(
            verdict=unsure(says, attachment.evidence),
            says=says,
            evidence=(attachment.subnets_evidence or attachment.evidence,),
            attachment=attachment,
            assumes=f"{attachment.address} delivers it in a zone that takes {address} on",
        )
        return passing[0].after(doubt)
    says = f"whether {address} is in {vpc.address} is not known"
    step = Beyond(
        verdict=unsure(says, vpc.evidence, waits_for=holds.waits_for),
        says=says,
        evidence=(vpc.evidence,),
        assumes=f"{vpc.address} takes {address} where it belongs",
    )
    return Way((step,), InVpc(vpc, assumed=True, through_transit_gateway=gateway))


@lru_cache(maxsize=1024)
def _landings(attachment: Attachment, zone: Fact[str] | None) -> tuple[tuple[Subnet, ...], tuple[Subnet, ...]]:
    """The subnets of an attachment, and those of them that are in this zone."""
    landing = tuple(subnet for subnet in map(target_of, attachment.subnets.items) if subnet is not None)
    near = tuple(subnet for subnet in landing if zone is not None and same_zone(subnet.zone, zone).is_yes)
    return landing, near


def _peer_of(attachment: Attachment, gateway: TransitGateway) -> TransitGateway | None:
    """The transit gateway at the other end of a peering attachment, where it is read."""
    if attachment.kind != "peering" or attachment.peer is None:
        return None
    one, other = target_of(attachment.gateway), target_of(attachment.peer)
    return other if one is gateway else one if other is gateway else None


def _by_transit_peering(
    network: Network,
    gateway: TransitGateway,
    attachment: Attachment,
    peer: TransitGateway,
    address: HostAddress,
    visited: tuple[Subnet, ...],
    crossed: tuple[TransitGateway, ...],
) -> Way:
    """Over a peering of transit gateways into the other one, whose route table for the peering attachment decides.

    Source: https://docs.aws.amazon.com/vpc/latest/tgw/tgw-peering.html
    """
    if peer in crossed or len(crossed) >= MAXIMUM_HOPS:
        says = f"the packet is back in {peer.address}: the routes of the peered transit gateways make a loop"
        lost = TransitGatewayHop(
            verdict=no(says, attachment.evidence),
            says=says,
            evidence=(attachment.evidence, gateway.evidence),
            attachment=attachment,
            fault=TransitFault.NO_ROUTE,
        )
        return Way((lost,), Lost())
    onward = from_attachment(network, peer, attachment, address, visited, None, (*crossed, gateway))
    accepted = attachment.is_accepted
    if isinstance(accepted, Known) and accepted.value:
        return onward
    says = f"whether the peering {attachment.address} with {peer.address} is accepted is not known"
    doubt = TransitGatewayHop(
        verdict=unsure(
            says, attachment.evidence, waits_for=accepted.refers_to if isinstance(accepted, Unknown) else ()
        ),
        says=says,
        evidence=(attachment.evidence,),
        attachment=attachment,
        assumes=f"{attachment.address} is accepted",
    )
    return onward.after(doubt)


def _onward(
    network: Network, attachment: Attachment, subnet: Subnet, address: HostAddress, visited: tuple[Subnet, ...]
) -> Way:
    """Out of the gateway by this subnet of an attachment, and on by the subnet's route table."""
    onward = way_from(network, subnet, address, visited, by_transit=True)
    first = next(iter(onward.passed), None)
    beside = target_of(first.subnet) if isinstance(first, NatGateway) else None
    return onward.after(passed=(Crossing(attachment, (subnet,), False, beside),))
