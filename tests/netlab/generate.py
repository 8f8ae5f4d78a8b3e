"""Random networks: mostly such as people build, with faults in them.

Every network works but for its faults, and has one area (`AREAS`) in which faults are likely: where everything is broken at once, the first
drop hides the rest. Hypothesis gives a seed and no more: of single choices it tries the ends and the special ones too often for a network
of a hundred choices to be like others, and shrinking is `shrink`'s, by things instead of choices.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from ipaddress import IPv4Network
from random import Random
from typing import TypeVar

from hypothesis import strategies as st

from tf_cvpn_lint.model.filters import Direction
from tf_cvpn_lint.model.resolver import HostKind

from .blueprint import (
    AclRule,
    Attachment,
    Blueprint,
    ClientRoute,
    FarTransit,
    Group,
    GroupRule,
    Host,
    Nat,
    Peering,
    Route,
    Rule,
    Subnet,
    Transit,
    TransitRoute,
    Vpc,
)

T = TypeVar("T")

VPC_CIDRS = ("10.0.0.0/16", "10.1.0.0/16", "172.20.0.0/20")
SECONDARIES = ("10.64.0.0/20", "10.65.0.0/20", "100.64.32.0/20")
CLIENT_CIDRS = ("10.200.0.0/22", "192.168.96.0/20", "172.31.128.0/20")
ON_PREMISES, OFFICE_DNS = "10.99.0.0/16", "10.99.0.53"
ZONES = ("a", "b", "c")
PUBLIC = ("8.8.8.8", "1.1.1.1")
EVERYWHERE = "0.0.0.0/0"
EPHEMERAL = (1024, 65535)
AREAS = (
    "nothing",
    "authorization",
    "client routes",
    "groups",
    "acls",
    "tables",
    "transit",
    "peering",
    "internet",
    "servers",
)
"""Where faults are likely."""


class _Draw:
    """Named draws."""

    def __init__(self, random: Random) -> None:
        self._random = random

    def one_of(self, options: Sequence[T]) -> T:
        return self._random.choice(options)

    def number(self, low: int, high: int) -> int:
        """Both ends included."""
        return self._random.randint(low, high)

    def chance(self, one_in: int) -> bool:
        return self._random.randrange(one_in) == 0


@st.composite
def blueprints(draw: st.DrawFn) -> Blueprint:
    """A network of one to three VPCs."""
    return drawn(draw(st.randoms(use_true_random=True)))


def drawn(random: Random) -> Blueprint:
    """The network that follows from this state of a random generator."""
    return _Network(_Draw(random)).blueprint()


class _Network:
    def __init__(self, d: _Draw) -> None:
        self.d = d
        self.area = d.one_of(AREAS)
        self.count = 1 + d.one_of((1, 0, 2, 1, 2))
        if self.area in ("transit", "peering"):
            self.count = max(self.count, 2)
        links = {"transit": ("transit",), "peering": ("peering",)}.get(self.area, ("transit", "peering", "both"))
        self.link = d.one_of(links) if self.count > 1 else "none"
        self.pairs = self.peered() if self.link in ("peering", "both") else ()
        self.is_native = self.link == "transit" and d.chance(4)
        """The endpoint is attached to the transit gateway itself."""
        self.client_cidr = d.one_of(CLIENT_CIDRS) if d.chance(4) else CLIENT_CIDRS[0]
        self.has_secondary = [d.chance(7) for _ in range(self.count)]
        self.egress = d.one_of(("nat", "igw"))
        self.central = self.link == "transit" and (self.is_native or d.chance(3))
        """The way to the internet leads through the transit gateway to a NAT gateway in VPC 1."""
        self.has_office = d.chance(10)
        self.landings = d.number(1, 3)
        self.subnet_counts = [max(self.landings, d.number(1, 2)), *(d.number(1, 2) for _ in range(self.count - 1))]
        zones = [ZONES, *([d.one_of(ZONES[:2]) for _ in range(2)] for _ in range(self.count - 1))]
        self.zones = [list(zones[number][: self.subnet_counts[number]]) for number in range(self.count)]
        self.apart = [self.link in ("transit", "both") and d.chance(2) for _ in range(self.count)]
        """The transit gateway is attached by subnets of its own."""
        self.attached_by: list[list[tuple[str, int]]] = [[] for _ in range(self.count)]
        """By VPC: zone and subnet of what may be attached."""

    def fails(self, area: str, one_in: int = 12) -> bool:
        """Whether there is a fault: likely in the area of this network, rare elsewhere."""
        return self.d.chance(max(2, one_in // 3) if area == self.area else 3 * one_in)

    def peered(self) -> tuple[tuple[int, int], ...]:
        hub = tuple((0, other) for other in range(1, self.count))
        if self.count < 3:
            return hub
        return self.d.one_of((hub, ((0, 1), (1, 2)), (*hub, (1, 2))))

    def cidrs(self, number: int) -> tuple[str, ...]:
        return (VPC_CIDRS[number], *([SECONDARIES[number]] if self.has_secondary[number] else []))

    def subnet_cidr(self, number: int, position: int) -> str:
        return str(IPv4Network((int(IPv4Network(VPC_CIDRS[number])[0]) + 256 * position, 24)))

    def near(self, address: str, *, shortest: int = 0, longest: int = 32) -> str:
        """A network that holds the address: nested and overlapping ones come from here."""
        lengths = [length for length in (16, 24, 8, 32, 20, 0, 12) if shortest <= length <= longest]
        return str(IPv4Network(f"{address}/{self.d.one_of(lengths)}", strict=False))

    def blueprint(self) -> Blueprint:
        d = self.d
        self.hosts = self.draw_hosts()
        servers = self.draw_servers()
        is_split = d.one_of((True, False))
        # where packets go: servers, and the VPCs they come from
        self.targets = [*(servers or ("8.8.8.8",)), "10.0.0.2"]
        remote = [cidr for number in range(0 if self.is_native else 1, self.count) for cidr in self.cidrs(number)]
        remote += [ON_PREMISES] if self.has_office else []
        public_wanted = servers is None or any(server in PUBLIC for server in servers)
        groups, endpoint_groups = self.draw_groups()
        vpcs, nats = self.draw_vpcs(public_wanted)
        transit = self.draw_transit()
        far = self.draw_far(transit)
        if far is not None and transit is not None:
            gone = {each.vpc for each in far.attachments}
            transit = replace(transit, attachments=tuple(each for each in transit.attachments if each.vpc not in gone))
        return Blueprint(
            vpcs=vpcs,
            associations=() if self.is_native else tuple(range(self.landings)),
            rules=self.draw_rules(remote, public_wanted),
            dns_servers=servers,
            is_split=is_split,
            routes=self.draw_client_routes(remote, public_wanted, is_split),
            endpoint_groups=endpoint_groups,
            client_cidr=self.client_cidr,
            enforces_routes=d.chance(6),
            has_user_groups=not self.fails("authorization", 8),
            groups=groups,
            nats=nats,
            peerings=self.draw_peerings(),
            transit=transit,
            hosts=self.hosts,
            is_native=self.is_native,
            far=far,
            public_access=d.one_of(("block-bidirectional", "block-ingress")) if self.fails("internet", 9) else "off",
        )

    # -- who is asked --------------------------------------------------------------------------------------------------------------

    def draw_hosts(self) -> tuple[Host, ...]:
        """One or two servers in every VPC."""
        d = self.d
        found = []
        for number in range(self.count):
            for last in (53, 99)[: 1 + d.chance(3)]:
                position = d.number(0, self.subnet_counts[number] - 1)
                kind: HostKind = d.one_of(("resolver_inbound", "instance"))
                if self.fails("servers", 8):
                    kind = "resolver_outbound"
                ip = str(IPv4Network(self.subnet_cidr(number, position))[last])
                groups = (1 + number,) if not self.fails("groups", 10) else None
                speaks_do53 = not self.fails("servers", 12)
                found.append(Host(kind, number, position, ip, groups, speaks_do53))
        return tuple(found)

    def draw_servers(self) -> tuple[str, ...] | None:
        d = self.d
        if d.chance(10):
            return None
        options = [host.ip for host in reversed(self.hosts)] * 2
        options += PUBLIC if self.is_native else ["10.0.0.2", *PUBLIC]
        if self.area == "internet":
            options = list(PUBLIC)
        if self.has_office:
            options = [OFFICE_DNS, options[0]]
        if self.fails("servers", 6):
            options = [str(IPv4Network(VPC_CIDRS[number])[2]) for number in range(1, self.count)]
            options += ["10.0.0.3", "10.0.0.255", "169.254.169.253", "10.90.0.53", "10.0.0.77"]
            options += [str(IPv4Network(self.client_cidr)[7])]
        return tuple(dict.fromkeys(d.one_of(options) for _ in range(d.number(1, 2))))

    # -- the endpoint --------------------------------------------------------------------------------------------------------------

    def draw_rules(self, remote: list[str], public_wanted: bool) -> tuple[Rule, ...]:
        d = self.d
        rules = [
            Rule(network, "engineers" if self.fails("authorization", 8) else None)
            for network in dict.fromkeys([*self.cidrs(0), *remote, *([EVERYWHERE] if public_wanted else [])])
            if not self.fails("authorization", 9)
        ]
        rules += [
            Rule(self.near(d.one_of(self.targets)), d.one_of((None, "engineers", "guests")))
            for _ in range(d.number(1, 2) if self.fails("authorization", 4) else 0)
        ]
        return tuple(dict.fromkeys(rules))

    def draw_client_routes(self, remote: list[str], public_wanted: bool, is_split: bool) -> tuple[ClientRoute, ...]:
        d = self.d
        wanted = [*remote, *([EVERYWHERE] if public_wanted and (not is_split or d.chance(2)) else [])]
        wanted += [self.near(d.one_of(self.targets)) for _ in range(d.number(0, 1))]
        landings = [-1] if self.is_native else range(self.landings)
        own = () if self.is_native else self.cidrs(0)
        routes = [
            ClientRoute(network, landing)
            for network in wanted
            for landing in landings
            if network not in own and not self.fails("client routes", 8)
        ]
        return tuple(dict.fromkeys(routes))

    def draw_groups(self) -> tuple[tuple[Group, ...], tuple[int, ...] | None]:
        """Group 0 is the endpoint's, group 1 + n that of the servers in VPC n; then perhaps the default group of VPC 0."""
        d = self.d
        everything = GroupRule("egress", "all", 0, 65535, (EVERYWHERE,))
        groups = [Group(0, self.draw_egress())]
        groups += [Group(number, (*self.draw_ingress(number), everything)) for number in range(self.count)]
        endpoint: tuple[int, ...] | None = (0,)
        if self.is_native:
            return tuple(groups), ()
        if self.fails("groups", 10):
            endpoint = None
            if d.chance(2):
                groups.append(Group(0, self.draw_egress(), is_default=True))
        return tuple(groups), endpoint

    def draw_egress(self) -> tuple[GroupRule, ...]:
        d = self.d
        match d.number(1, 4) if self.fails("groups", 6) else 0:
            case 1:
                return tuple(
                    GroupRule("egress", protocol, *d.one_of(((53, 53), (1, 1024))), (self.near(d.one_of(self.ips())),))
                    for protocol in d.one_of((("udp", "tcp"), ("udp",), ("tcp",)))
                )
            case 2:
                return (
                    GroupRule("egress", "tcp", 443, 443, (EVERYWHERE,)),
                    GroupRule("egress", "udp", 0, 65535, (f"group {1 + d.number(0, self.count - 1)}",)),
                )
            case 3:
                return ()
            case 4:
                return (GroupRule("egress", "all", 0, 65535, (f"group {1 + d.number(0, self.count - 1)}",)),)
            case _:
                return (GroupRule("egress", "all", 0, 65535, (EVERYWHERE,)),)

    def ips(self) -> list[str]:
        return [*(host.ip for host in self.hosts), PUBLIC[0]]

    def draw_ingress(self, number: int) -> tuple[GroupRule, ...]:
        d = self.d
        peers: tuple[str, ...] = d.one_of(((VPC_CIDRS[0],), ("10.0.0.0/8",)))
        if self.link in ("none", "peering") and d.chance(3):
            peers = ("group 0",)
        if self.is_native:
            peers = (self.client_cidr,)
        if self.fails("groups", 5):
            landing = self.subnet_cidr(0, d.number(0, self.landings - 1))
            peers = d.one_of(
                ((landing,), (self.client_cidr,), ("group 0",), (f"group {1 + number}",), ("10.0.0.0/25",))
            )
        protocols: tuple[str, ...] = d.one_of((("udp", "tcp"), ("all",)))
        if self.fails("groups", 6):
            protocols = d.one_of((("udp",), ("tcp",)))
        return tuple(
            GroupRule("ingress", protocol, *((0, 65535) if protocol == "all" else (53, 53)), peers)
            for protocol in protocols
        )

    # -- VPCs ----------------------------------------------------------------------------------------------------------------------

    def draw_vpcs(self, public_wanted: bool) -> tuple[tuple[Vpc, ...], tuple[Nat, ...]]:
        nats: list[Nat] = []
        made = [self.draw_vpc(number, public_wanted, nats) for number in range(self.count)]
        return tuple(made), tuple(nats)

    def draw_vpc(self, number: int, public_wanted: bool, nats: list[Nat]) -> Vpc:
        d = self.d
        acls = tuple(self.draw_acl(number) for _ in range(d.number(1, 2) if self.area == "acls" or d.chance(3) else 0))
        outward = "none"
        if number == 0 and public_wanted and not self.is_native:
            outward = "tgw" if self.central else self.egress
        if number == 1 and self.central:
            outward = "igw" if self.fails("internet", 12) else "nat"
        index = len(nats)
        tables = [self.draw_table(number, outward, index) for _ in range(d.number(1, 2))]

        def acl(one_in: int = 2) -> int | None:
            return d.number(0, len(acls) - 1) if acls and d.chance(one_in) else None

        subnets = [
            Subnet(
                self.subnet_cidr(number, position),
                self.zones[number][position],
                None if self.fails("tables", 15) else d.number(0, len(tables) - 1),
                acl(),
            )
            for position in range(self.subnet_counts[number])
        ]
        if self.apart[number]:
            for offset, zone in enumerate(dict.fromkeys(self.zones[number])):
                cidr = str(IPv4Network((int(IPv4Network(self.subnet_cidr(number, 14))[0]) + 16 * offset, 28)))
                self.attached_by[number].append((zone, len(subnets)))
                subnets.append(Subnet(cidr, zone, d.number(0, len(tables) - 1), acl()))
        else:
            zones: dict[str, int] = {}
            for position, zone in enumerate(self.zones[number]):
                zones.setdefault(zone, position)
            self.attached_by[number] = list(zones.items())
        if outward == "nat":
            if self.fails("internet", 20):  # in a private subnet
                nats.append(Nat(number, 0))
            else:  # in a public subnet of its own
                nats.append(Nat(number, len(subnets), is_public=not self.fails("internet", 6)))
            out = [] if self.fails("internet", 12) else [Route(EVERYWHERE, "igw")]
            tables.append(self.unique([*out, *self.routes_to(number)]))
            cidr = self.subnet_cidr(number, len(self.zones[number]))
            subnets.append(Subnet(cidr, "a", len(tables) - 1, acl(3)))
        return Vpc(
            self.cidrs(number),
            tuple(subnets),
            tuple(tables),
            acls,
            dns_support=not self.fails("servers", 10),
            has_internet_gateway=outward in ("igw", "nat") and not self.fails("internet", 15),
            has_vpn_gateway=number == 0 and self.has_office and not d.chance(5),
            late_cidrs=1 if len(self.cidrs(number)) > 1 and number == 0 and d.chance(3) else 0,
        )

    def way(self, number: int, other: int) -> Route:
        """How VPC `number` gets to VPC `other`, the destination left open."""
        direct = [index for index, pair in enumerate(self.pairs) if set(pair) == {number, other}]
        mine = [index for index, pair in enumerate(self.pairs) if number in pair]
        ways = [Route("", "pcx", index) for index in direct]
        if self.link in ("transit", "both"):
            ways.append(Route("", "tgw"))
        if not ways:  # transitive: towards a neighbour, and hope
            ways = [Route("", "pcx", index) for index in mine]
        if self.fails("peering", 12) and self.pairs:
            ways = [Route("", "pcx", self.d.number(0, len(self.pairs) - 1))]
        return self.d.one_of(ways)

    def routes_to(self, number: int) -> list[Route]:
        """To the other VPCs, or on a transit gateway to the clients."""
        routes = []
        for other in range(self.count):
            if other != number:
                for cidr in self.cidrs(other):
                    way = self.way(number, other)
                    if self.fails("tables", 10):
                        continue
                    to = "blackhole" if self.fails("tables", 12) else way.to
                    routes.append(Route(cidr, to, way.index))
        if self.is_native and not self.fails("tables", 8):
            routes.append(Route(self.client_cidr, "tgw"))
        return routes

    def draw_table(self, number: int, outward: str, nat: int) -> tuple[Route, ...]:
        d = self.d
        routes = self.routes_to(number)
        if outward != "none" and not self.fails("internet", 8):
            routes.append(Route(EVERYWHERE, outward, nat if outward == "nat" else 0))
        if self.has_office and number == 0:
            routes.append(Route(ON_PREMISES, "vgw"))
        if d.chance(4):  # something nested or overlapping
            clients = str(IPv4Network(self.client_cidr)[2])
            back = [clients] if self.is_native else ["10.0.0.200", "10.0.1.200", "10.0.2.200"]
            target = d.one_of(self.targets if number == 0 else back)
            network = self.near(target)
            own = [IPv4Network(cidr) for cidr in self.cidrs(number)]
            if not any(IPv4Network(network).subnet_of(cidr) for cidr in own):  # AWS refuses those
                ways = [way for way in ("tgw", "pcx", "blackhole", "igw of") if self.leads(way)]
                to = d.one_of([*ways, *(["nat"] if outward == "nat" else [])])
                index = {"pcx": d.number(0, max(0, len(self.pairs) - 1)), "nat": nat}.get(to, 0)
                routes.append(Route(network, to, index))
        return self.unique(routes)

    def leads(self, way: str) -> bool:
        return {
            "tgw": self.link in ("transit", "both"),
            "pcx": bool(self.pairs),
            "igw of": self.area in ("internet", "tables"),
        }.get(way, True)

    def unique(self, routes: Sequence[Route]) -> tuple[Route, ...]:
        by_destination: dict[str, Route] = {}
        for route in routes:
            by_destination.setdefault(route.destination, route)
        return tuple(by_destination.values())

    def draw_acl(self, number: int) -> tuple[AclRule, ...]:
        d = self.d
        rules: list[AclRule] = []
        directions: tuple[Direction, ...] = ("egress", "ingress")
        for direction in directions:
            asks = (direction == "egress") == (number == 0)  # VPC 0 asks, the others answer; both may be asked
            match d.number(0, 5) if self.fails("acls", 4) else 0:
                case 0 | 1:
                    rules.append(AclRule(direction, 100, True, "all", 0, 65535, EVERYWHERE))
                case 2:
                    for offset, protocol in enumerate(d.one_of((("udp", "tcp"), ("udp",), ("tcp",)))):
                        ports = (53, 53) if asks else EPHEMERAL
                        network = d.one_of((EVERYWHERE, "10.0.0.0/8"))
                        rules.append(AclRule(direction, 100 + offset, True, protocol, *ports, network))
                case 3:
                    rules.append(AclRule(direction, 200, True, "all", 0, 65535, EVERYWHERE))
                    denied = self.near(d.one_of((*self.ips(), "10.0.0.200")), longest=24)
                    place = d.one_of((300, 100))
                    protocol = d.one_of(("udp", "tcp", "all"))
                    ports = (0, 65535) if protocol == "all" else d.one_of(((53, 53), EPHEMERAL))
                    rules.append(AclRule(direction, place, False, protocol, *ports, denied))
                case 4:  # both halves of a conversation, whichever way it goes
                    for offset, (protocol, ports) in enumerate(
                        (protocol, ports) for protocol in ("udp", "tcp") for ports in ((53, 53), EPHEMERAL)
                    ):
                        network = self.near(d.one_of((*self.ips(), "10.0.0.200")), longest=24)
                        rules.append(AclRule(direction, 100 + offset, True, protocol, *ports, network))
                case _:
                    pass
        return tuple(rules)

    # -- between VPCs --------------------------------------------------------------------------------------------------------------

    def draw_peerings(self) -> tuple[Peering, ...]:
        turned = [pair[::-1] if self.d.chance(2) else pair for pair in self.pairs]
        return tuple(Peering(*pair, is_active=not self.fails("peering", 12)) for pair in turned)

    def draw_transit(self) -> Transit | None:
        d = self.d
        if self.link not in ("transit", "both"):
            return None
        is_plain = not d.chance(2)
        tables = 0 if is_plain else d.number(1, 2)

        def tables_of() -> tuple[int | None, tuple[int, ...]]:
            if is_plain:
                return None, ()
            association = d.number(0, tables - 1) if not self.fails("transit", 10) else None
            return association, tuple(table for table in range(tables) if not self.fails("transit", 6))

        attachments = []
        for number in range(self.count):
            if self.fails("transit", 15):
                continue
            subnets = [position for _, position in self.attached_by[number] if not self.fails("transit", 6)]
            subnets = subnets or [self.attached_by[number][0][1]]
            accepted = not self.fails("transit", 25)
            attachments.append(Attachment(number, tuple(subnets), *tables_of(), is_accepted=accepted))
        routes: list[TransitRoute] = []
        for table in [-1] if is_plain else range(tables):
            if self.central and not self.fails("transit", 10):
                targets = [index for index, each in enumerate(attachments) if each.vpc == 1]
                routes += [TransitRoute(table, EVERYWHERE, index) for index in targets]
            if self.fails("transit", 4):
                network = self.near(d.one_of([*self.targets, "10.0.0.200"]))
                attachment = d.one_of((None, None, *range(len(attachments))))
                routes.append(TransitRoute(table, network, attachment))
        unique = {(route.table, route.destination): route for route in reversed(routes)}
        return Transit(
            tuple(attachments),
            tables,
            is_plain,
            tuple(unique.values()),
            group_references=d.chance(2),
            client_vpn=Attachment(-1, (), *tables_of()) if self.is_native else None,
        )

    def draw_far(self, transit: Transit | None) -> FarTransit | None:
        """The last VPC hangs on a second transit gateway, peered with the first."""
        last = self.count - 1
        if transit is None or transit.tables or transit.routes or last == 0 or self.central or not self.d.chance(3):
            return None
        near = [cidr for number in range(last) for cidr in self.cidrs(number)]
        near += [self.client_cidr] if self.is_native else []
        subnets = tuple(position for _, position in self.attached_by[last])
        return FarTransit(
            (Attachment(last, subnets),),
            tuple(cidr for cidr in self.cidrs(last) if not self.fails("transit", 6)),
            tuple(cidr for cidr in near if not self.fails("transit", 6)),
            group_references=transit.group_references,
            is_accepted=not self.fails("transit", 20),
        )
