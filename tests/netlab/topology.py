"""What a laboratory consists of, as plain data: namespaces, links between them, routes, filters, resolvers, questions.

`translate` draws it from a `Network`, `laboratory` builds it. Nothing here touches the machine.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network

from tf_cvpn_lint.model.client_vpn import DnsServer, TargetNetworkAssociation

LINK_NETWORK = IPv4Network("198.18.0.0/15")
"""Addresses of the ends of links: the range for benchmarking (RFC 2544), which no VPC uses."""
TRANSPORT_SERVER = IPv4Address("198.51.100.10")
"""Where the Client VPN endpoint listens (TEST-NET-2, RFC 5737)."""
WHO = "who.netlab.test"
"""Every resolver answers this name with a TXT record that says which one it is."""
LIMIT_SECONDS = 180
"""A laboratory that is older than this ends itself."""


@dataclass(frozen=True, slots=True)
class Leg:
    """One end of a veth pair."""

    namespace: str
    name: str
    address: IPv4Address
    peer: IPv4Address
    """Address of the other end: the next hop for what leaves by this leg."""


@dataclass(frozen=True, slots=True)
class Resolver:
    """A dnsmasq."""

    name: str
    addresses: tuple[IPv4Address, ...]
    zones: tuple[Zone, ...] = ()


@dataclass(frozen=True, slots=True)
class Zone:
    """A private zone with its A records, names in full."""

    name: str
    records: tuple[tuple[str, IPv4Address], ...] = ()


@dataclass(slots=True)
class Namespace:
    """One network namespace while it is being drawn. Lines are those of `ip -batch` and `nft -f`."""

    name: str
    what: str
    """What it stands for, in AWS's words."""
    forwards: bool = False
    commands: list[str] = field(default_factory=list)
    filters: list[str] = field(default_factory=list)
    resolvers: list[Resolver] = field(default_factory=list)
    tables: dict[object, int] = field(default_factory=dict)

    def table(self, key: object) -> int:
        """The number of the kernel's routing table that stands for `key`."""
        return self.tables.setdefault(key, 100 + len(self.tables))


@dataclass(slots=True)
class Topology:
    """Everything to build, in the order in which it was drawn."""

    namespaces: dict[str, Namespace] = field(default_factory=dict)
    links: list[tuple[Leg, Leg]] = field(default_factory=list)

    def add(self, name: str, what: str, *, forwards: bool = False) -> Namespace:
        if name in self.namespaces:
            raise ValueError(f"namespace {name} is drawn twice")
        self.namespaces[name] = Namespace(name, what, forwards)
        return self.namespaces[name]

    def connect(self, one: Namespace, one_name: str, other: Namespace, other_name: str) -> tuple[Leg, Leg]:
        """A veth pair. Its addresses serve as next hops only."""
        first = LINK_NETWORK[2 * len(self.links) + 2]
        second = first + 1
        legs = (Leg(one.name, one_name, first, second), Leg(other.name, other_name, second, first))
        for leg, namespace in zip(legs, (one, other), strict=True):
            namespace.commands.append(f"addr add {leg.address}/31 dev {leg.name}")
            namespace.commands.append(f"link set {leg.name} up")
        self.links.append(legs)
        return legs

    def plain_link(self, one: Namespace, one_name: str, other: Namespace, other_name: str) -> None:
        """A veth pair without addresses of its own."""
        nowhere = LINK_NETWORK[0]
        self.links.append((Leg(one.name, one_name, nowhere, nowhere), Leg(other.name, other_name, nowhere, nowhere)))
        one.commands.append(f"link set {one_name} up")
        other.commands.append(f"link set {other_name} up")


@dataclass(frozen=True, slots=True)
class Session:
    """One connected client: the association it landed on and the groups its user is in."""

    namespace: str
    association: TargetNetworkAssociation | None
    """None on an endpoint that is attached to a transit gateway."""
    groups: frozenset[str]
    address: IPv4Address
    """In the client CIDR."""

    def __str__(self) -> str:
        where = str(self.association.address) if self.association else "the transit gateway"
        return f"{where}, groups {', '.join(sorted(self.groups)) or 'none'}"


@dataclass(frozen=True, slots=True)
class AskedServer:
    """A server to ask: an entry of `dns_servers` (or, for the device's own, its role) at one address it may have."""

    server: DnsServer | str
    """`lan` and `public` are the resolvers that a device brings along."""
    address: IPv4Address


@dataclass(frozen=True, slots=True)
class Skipped:
    """What the laboratory does not represent."""

    what: str
    """A short name to count by."""
    subject: str


@dataclass(frozen=True, slots=True)
class Vpn:
    """How openvpn is configured on both sides."""

    gateway: IPv4Address
    """The endpoint's own address in the tunnel."""
    prefixlen: int
    pushed_routes: tuple[IPv4Network, ...]
    """Split tunnel; empty in full tunnel."""
    is_split: bool
    pushed_servers: tuple[str, ...]
    enforces_routes: bool
    """Client Route Enforcement: the client's own routes inside the tunnel's networks are removed."""


@dataclass(frozen=True, slots=True)
class Lan:
    """The network the user sits in."""

    network: IPv4Network
    resolver: IPv4Address
    gateway: IPv4Address

    def device(self, index: int) -> IPv4Address:
        return self.network[10 + index]


@dataclass(frozen=True, slots=True)
class Experiment:
    """A laboratory and what is asked in it."""

    topology: Topology
    vpn: Vpn
    lan: Lan
    clients: IPv4Network
    """The client CIDR."""
    sessions: tuple[Session, ...]
    servers: tuple[AskedServer, ...]
    device_resolver: IPv4Address
    """What `resolv.conf` of the devices says before the tunnel is up."""
    skipped: tuple[Skipped, ...]
    """Servers that are not asked, and why."""
    undecided: dict[DnsServer | str, tuple[str, ...]]
    """Why a model may be unsure of a server although everything in the laboratory is certain."""

    def questions(self) -> Iterator[tuple[Session, AskedServer, str]]:
        for session in self.sessions:
            for server in self.servers:
                for protocol in ("udp", "tcp"):
                    yield session, server, protocol
