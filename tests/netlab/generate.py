"""Random networks: mostly such as people build, with faults in them.

Every choice shrinks towards the working, simpler one, so that what remains of a failing network is the fault.
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Network
from typing import TypeVar

from hypothesis import strategies as st

from tf_cvpn_lint.model.filters import Direction
from tf_cvpn_lint.model.resolver import HostKind

from .blueprint import (
    AclRule,
    Attachment,
    Blueprint,
    ClientRoute,
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
SECONDARY = "10.64.0.0/20"
ZONES = ("a", "b", "c")
PUBLIC = ("8.8.8.8", "1.1.1.1")
EVERYWHERE = "0.0.0.0/0"
EPHEMERAL = (1024, 65535)
LINKS = ("transit", "peering", "none")


class _Draw:
    """Named draws."""

    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw

    def one_of(self, options: Sequence[T]) -> T:
        """The first is the simplest."""
        return options[self.number(0, len(options) - 1)]

    def number(self, low: int, high: int) -> int:
        # Hypothesis likes the ends of a range: modulo spreads them over the options
        return low + self._draw(st.integers(0, 4095)) % (high - low + 1)

    def fault(self, one_in: int = 12) -> bool:
        """Rarely; not at the ends of the range, for the same reason."""
        return 1000 <= self._draw(st.integers(0, 4095)) < 1000 + 4096 // one_in if one_in > 1 else True


@st.composite
def blueprints(draw: st.DrawFn) -> Blueprint:
    """A network of one to three VPCs."""
    return _Network(_Draw(draw)).blueprint()


class _Network:
    def __init__(self, d: _Draw) -> None:
        self.d = d
        self.count = d.number(1, 3)
        self.link = d.one_of(LINKS[:2]) if self.count > 1 else "none"
        self.has_secondary = d.fault(6)
        self.egress = "none" if d.fault(6) else d.one_of(("igw", "nat"))
        self.central = self.link == "transit" and d.fault(5)
        """The way to the internet leads through the transit gateway to a NAT gateway in VPC 1."""
        self.landings = d.number(1, 3)
        self.subnet_counts = [max(self.landings, d.number(1, 2)), *(d.number(1, 2) for _ in range(self.count - 1))]
        self.zones = [ZONES, *([d.one_of(ZONES[:2]) for _ in range(2)] for _ in range(self.count - 1))]
        self.zones = [zones[:count] for zones, count in zip(self.zones, self.subnet_counts, strict=True)]

    def cidrs(self, number: int) -> tuple[str, ...]:
        return (VPC_CIDRS[number], SECONDARY) if number == 0 and self.has_secondary else (VPC_CIDRS[number],)

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
        remote = [VPC_CIDRS[number] for number in range(1, self.count)]
        public_wanted = servers is None or any(server in PUBLIC for server in servers)
        groups, endpoint_groups = self.draw_groups()
        vpcs, nats = self.draw_vpcs(public_wanted)
        return Blueprint(
            vpcs=vpcs,
            associations=tuple(range(self.landings)),
            rules=self.draw_rules(remote, public_wanted),
            dns_servers=servers,
            is_split=is_split,
            routes=self.draw_client_routes(remote, public_wanted, is_split),
            endpoint_groups=endpoint_groups,
            enforces_routes=d.fault(6),
            has_user_groups=not d.fault(8),
            groups=groups,
            nats=nats,
            peerings=self.draw_peerings(),
            transit=self.draw_transit(),
            hosts=self.hosts,
        )

    # -- who is asked --------------------------------------------------------------------------------------------------------------

    def draw_hosts(self) -> tuple[Host, ...]:
        """One server in every VPC."""
        d = self.d
        found = []
        for number in range(self.count):
            position = d.number(0, self.subnet_counts[number] - 1)
            kind: HostKind = "resolver_outbound" if d.fault(10) else d.one_of(("resolver_inbound", "instance"))
            ip = str(IPv4Network(self.subnet_cidr(number, position))[53])
            groups = (1 + number,) if not d.fault(10) else None
            found.append(Host(kind, number, position, ip, groups, speaks_do53=not d.fault(20)))
        return tuple(found)

    def draw_servers(self) -> tuple[str, ...] | None:
        d = self.d
        if d.fault(10):
            return None
        options = [host.ip for host in reversed(self.hosts)] * 2
        options += ["10.0.0.2", *PUBLIC]
        if d.fault(5):
            options = [str(IPv4Network(VPC_CIDRS[number])[2]) for number in range(1, self.count)]
            options += ["10.0.0.3", "10.200.1.7", "169.254.169.253", "10.99.0.53", "10.0.0.99"]
        return tuple(dict.fromkeys(d.one_of(options) for _ in range(d.number(1, 2))))

    # -- the endpoint --------------------------------------------------------------------------------------------------------------

    def draw_rules(self, remote: list[str], public_wanted: bool) -> tuple[Rule, ...]:
        d = self.d
        rules = [
            Rule(network, "engineers" if d.fault(8) else None)
            for network in [*self.cidrs(0), *remote, *([EVERYWHERE] if public_wanted else [])]
            if not d.fault(9)
        ]
        rules += [
            Rule(self.near(d.one_of(self.targets)), d.one_of((None, "engineers", "guests")))
            for _ in range(d.number(1, 2) if d.fault(3) else 0)
        ]
        return tuple(dict.fromkeys(rules))

    def draw_client_routes(self, remote: list[str], public_wanted: bool, is_split: bool) -> tuple[ClientRoute, ...]:
        d = self.d
        wanted = [*remote, *([EVERYWHERE] if public_wanted and (not is_split or d.fault(3)) else [])]
        wanted += [self.near(d.one_of(self.targets)) for _ in range(d.number(0, 1))]
        routes = [
            ClientRoute(network, landing)
            for network in wanted
            for landing in range(self.landings)
            if not d.fault(12) and network not in self.cidrs(0)
        ]
        return tuple(dict.fromkeys(routes))

    def draw_groups(self) -> tuple[tuple[Group, ...], tuple[int, ...] | None]:
        """Group 0 is the endpoint's, group 1 + n that of the servers in VPC n; then perhaps the default group of VPC 0."""
        d = self.d
        everything = GroupRule("egress", "all", 0, 65535, (EVERYWHERE,))
        groups = [Group(0, self.draw_egress())]
        groups += [Group(number, (*self.draw_ingress(), everything)) for number in range(self.count)]
        endpoint: tuple[int, ...] | None = (0,)
        if d.fault(8):
            endpoint = None
            if d.fault(2):
                groups.append(Group(0, self.draw_egress(), is_default=True))
        return tuple(groups), endpoint

    def draw_egress(self) -> tuple[GroupRule, ...]:
        d = self.d
        match d.number(1, 3) if d.fault(6) else 0:
            case 1:
                return tuple(
                    GroupRule("egress", protocol, 53, 53, (self.near(d.one_of(self.server_ips())),))
                    for protocol in d.one_of((("udp", "tcp"), ("udp",), ("tcp",)))
                )
            case 2:
                return (
                    GroupRule("egress", "tcp", 443, 443, (EVERYWHERE,)),
                    GroupRule("egress", "udp", 0, 65535, (f"group {1 + d.number(0, self.count - 1)}",)),
                )
            case 3:
                return ()
            case _:
                return (GroupRule("egress", "all", 0, 65535, (EVERYWHERE,)),)

    def server_ips(self) -> list[str]:
        return [*(host.ip for host in self.hosts), PUBLIC[0]]

    def draw_ingress(self) -> tuple[GroupRule, ...]:
        d = self.d
        peers: tuple[str, ...] = d.one_of(((VPC_CIDRS[0],), ("10.0.0.0/8",), ("group 0",)))
        if d.fault(8):
            peers = d.one_of(((self.subnet_cidr(0, d.number(0, self.landings - 1)),), ("10.200.0.0/22",)))
        protocols: tuple[str, ...] = d.one_of((("udp", "tcp"), ("all",)))
        if d.fault(8):
            protocols = d.one_of((("udp",), ("tcp",)))
        return tuple(
            GroupRule("ingress", protocol, *((0, 65535) if protocol == "all" else (53, 53)), peers)
            for protocol in protocols
        )

    # -- VPCs ----------------------------------------------------------------------------------------------------------------------

    def draw_vpcs(self, public_wanted: bool) -> tuple[tuple[Vpc, ...], tuple[Nat, ...]]:
        d = self.d
        nats: list[Nat] = []
        made = []
        for number in range(self.count):
            acls = tuple(self.draw_acl(number) for _ in range(1 if d.fault(3) else 0))
            outward = "none"
            if number == 0 and public_wanted:
                outward = "tgw" if self.central else self.egress
            if number == 1 and self.central:
                outward = "nat"
            others = self.neighbours(number)
            with_nat = outward == "nat"
            index = len(nats)
            tables = [self.draw_table(number, others, outward, index) for _ in range(d.number(1, 2))]
            subnets = [
                Subnet(
                    self.subnet_cidr(number, position),
                    self.zones[number][position],
                    None if d.fault(25) else d.number(0, len(tables) - 1),
                    0 if acls and not d.fault(3) else None,
                )
                for position in range(self.subnet_counts[number])
            ]
            if with_nat:  # in a public subnet of its own
                nats.append(Nat(number, len(subnets), is_public=not d.fault(10)))
                tables.append(
                    self.unique(
                        [
                            *([] if d.fault(12) else [Route(EVERYWHERE, "igw")]),
                            *(route for route in self.routes_to(number, others) if number),
                        ]
                    )
                )
                cidr = self.subnet_cidr(number, len(subnets))
                subnets.append(Subnet(cidr, "a", len(tables) - 1, 0 if acls and d.fault(3) else None))
            made.append(
                Vpc(
                    self.cidrs(number),
                    tuple(subnets),
                    tuple(tables),
                    acls,
                    dns_support=not d.fault(10),
                    has_internet_gateway=outward in ("igw", "nat") and not d.fault(15),
                    late_cidrs=1 if len(self.cidrs(number)) > 1 and d.fault(3) else 0,
                )
            )
        return tuple(made), tuple(nats)

    def neighbours(self, number: int) -> dict[str, str]:
        """Networks of other VPCs and the way there."""
        found: dict[str, str] = {}
        for other in range(self.count):
            if other != number:
                for cidr in self.cidrs(other):
                    found[cidr] = "tgw" if self.link == "transit" else f"pcx {min(number, other)}{max(number, other)}"
        return found

    def routes_to(self, number: int, others: dict[str, str]) -> list[Route]:
        d = self.d
        routes = []
        for cidr, way in others.items():
            if d.fault(15):
                continue
            if way == "tgw":
                routes.append(Route(cidr, "blackhole" if d.fault(20) else "tgw"))
            else:
                one, other = (int(digit) for digit in way.removeprefix("pcx "))
                if one == 0:
                    routes.append(Route(cidr, "pcx", other - 1))
                elif d.fault(2):  # transitive: towards VPC 0, and hope
                    routes.append(Route(cidr, "pcx", number - 1))
        return routes

    def draw_table(self, number: int, others: dict[str, str], outward: str, nat: int) -> tuple[Route, ...]:
        d = self.d
        routes = self.routes_to(number, others)
        if outward != "none" and not d.fault(10):
            routes.append(Route(EVERYWHERE, outward, nat if outward == "nat" else 0))
        if d.fault(4):  # something nested or overlapping
            target = d.one_of(self.targets if number == 0 else ["10.0.0.200", "10.0.1.200", "10.0.2.200"])
            network = self.near(target)
            own = [IPv4Network(cidr) for cidr in self.cidrs(number)]
            if not any(IPv4Network(network).subnet_of(cidr) for cidr in own):  # AWS refuses those
                to = d.one_of(("blackhole", {"transit": "tgw", "peering": "pcx", "none": "blackhole"}[self.link]))
                routes.append(Route(network, to))
        return self.unique(routes)

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
            match d.number(0, 4):
                case 0 | 1:
                    rules.append(AclRule(direction, 100, True, "all", 0, 65535, EVERYWHERE))
                case 2:
                    for offset, protocol in enumerate(d.one_of((("udp", "tcp"), ("udp",), ("tcp",)))):
                        ports = (53, 53) if asks else EPHEMERAL
                        rules.append(
                            AclRule(
                                direction, 100 + offset, True, protocol, *ports, d.one_of((EVERYWHERE, "10.0.0.0/8"))
                            )
                        )
                case 3:
                    rules.append(AclRule(direction, 200, True, "all", 0, 65535, EVERYWHERE))
                    denied = self.near(d.one_of((*self.server_ips(), "10.0.0.200")), longest=24)
                    number_ = d.one_of((300, 100))
                    protocol = d.one_of(("udp", "tcp", "all"))
                    ports = (0, 65535) if protocol == "all" else d.one_of(((53, 53), EPHEMERAL))
                    rules.append(AclRule(direction, number_, False, protocol, *ports, denied))
                case _:
                    pass
        return tuple(rules)

    # -- between VPCs --------------------------------------------------------------------------------------------------------------

    def draw_peerings(self) -> tuple[Peering, ...]:
        if self.link != "peering":
            return ()
        return tuple(Peering(0, other, is_active=not self.d.fault(10)) for other in range(1, self.count))

    def draw_transit(self) -> Transit | None:
        d = self.d
        if self.link != "transit":
            return None
        is_plain = not d.fault(3)
        tables = 0 if is_plain else d.number(1, 2)
        attachments = []
        for number in range(self.count):
            if number and d.fault(15):
                continue
            zones: dict[str, int] = {}
            for position, zone in enumerate(self.zones[number]):
                if not d.fault(8) or not zones:
                    zones.setdefault(zone, position)
            association = None
            propagations: tuple[int, ...] = ()
            if not is_plain:
                association = d.number(0, tables - 1) if not d.fault(12) else None
                propagations = tuple(table for table in range(tables) if not d.fault(6))
            attachments.append(
                Attachment(number, tuple(zones.values()), association, propagations, is_accepted=not d.fault(25))
            )
        routes: list[TransitRoute] = []
        for table in [-1] if is_plain else range(tables):
            if self.central and not d.fault(10):
                targets = [index for index, each in enumerate(attachments) if each.vpc == 1]
                routes += [TransitRoute(table, EVERYWHERE, index) for index in targets]
            if d.fault(4):
                network = self.near(d.one_of([*self.targets, "10.0.0.200"]))
                attachment = d.one_of((None, *range(len(attachments))))
                routes.append(TransitRoute(table, network, attachment))
        unique = {(route.table, route.destination): route for route in reversed(routes)}
        return Transit(tuple(attachments), tables, is_plain, tuple(unique.values()), group_references=not d.fault(2))
