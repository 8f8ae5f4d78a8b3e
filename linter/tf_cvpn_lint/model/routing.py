"""Route tables, routes and the gateways they lead to.

Sources: https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Route_Tables.html and, for priority,
https://docs.aws.amazon.com/vpc/latest/userguide/route-tables-priority.html
"""

from __future__ import annotations

from typing import Literal

from tf_cvpn_lint.core.address import Address, Reference
from tf_cvpn_lint.core.evidence import Evidence
from tf_cvpn_lint.core.link import Link
from tf_cvpn_lint.core.records import dataclass
from tf_cvpn_lint.core.value import Fact
from tf_cvpn_lint.core.verdict import Members
from tf_cvpn_lint.model.cidr import Cidr
from tf_cvpn_lint.model.transit_gateway import TransitGateway
from tf_cvpn_lint.model.vpc import Subnet, Vpc


@dataclass(frozen=True, slots=True, eq=False)
class InternetGateway:
    address: Address
    evidence: Evidence
    id: str | None
    vpcs: Members[Link[Vpc]]
    """The VPC it is attached to (none or one)."""


@dataclass(frozen=True, slots=True, eq=False)
class NatGateway:
    address: Address
    evidence: Evidence
    id: str | None
    subnet: Link[Subnet]
    is_public: Fact[bool]
    """`connectivity_type`, whose default is `public`."""
    connectivity_evidence: Evidence | None = None


@dataclass(frozen=True, slots=True, eq=False)
class PeeringConnection:
    """Source: https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html"""

    address: Address
    evidence: Evidence
    id: str | None
    requester: Link[Vpc]
    accepter: Link[Vpc]
    is_active: Fact[bool]
    """Known true: accepted in this configuration, or its status says so. Known false: nobody accepts it here though both sides are ours.
    Unknown: the other side is another account or configuration."""


@dataclass(frozen=True, slots=True, eq=False)
class VpnGateway:
    address: Address
    evidence: Evidence
    id: str | None
    vpcs: Members[Link[Vpc]]


@dataclass(frozen=True, slots=True)
class ToLocal:
    """Within the VPC."""


@dataclass(frozen=True, slots=True)
class ToInternetGateway:
    gateway: Link[InternetGateway]


@dataclass(frozen=True, slots=True)
class ToNatGateway:
    gateway: Link[NatGateway]


@dataclass(frozen=True, slots=True)
class ToTransitGateway:
    gateway: Link[TransitGateway]


@dataclass(frozen=True, slots=True)
class ToPeering:
    peering: Link[PeeringConnection]


@dataclass(frozen=True, slots=True)
class ToVpnGateway:
    gateway: Link[VpnGateway]


@dataclass(frozen=True, slots=True)
class ToAppliance:
    """A Gateway Load Balancer endpoint, a Network Firewall endpoint, a network interface or an instance: its own rules decide."""

    kind: Literal["network interface", "VPC endpoint", "instance", "local gateway", "carrier gateway", "core network"]
    name: str
    host: Address | None = None
    """The instance or network interface, where it is made or read here; before its own rules stand its security groups."""


@dataclass(frozen=True, slots=True)
class ToEgressOnlyGateway:
    """IPv6 out only; nothing for IPv4."""


@dataclass(frozen=True, slots=True)
class ToNothing:
    """A blackhole: `state` says so, or the target is deleted or detached."""

    why: str


@dataclass(frozen=True, slots=True)
class ToUnknown:
    why: str
    refers_to: tuple[Reference, ...] = ()


RouteTarget = (
    ToLocal
    | ToInternetGateway
    | ToNatGateway
    | ToTransitGateway
    | ToPeering
    | ToVpnGateway
    | ToAppliance
    | ToEgressOnlyGateway
    | ToNothing
    | ToUnknown
)


@dataclass(frozen=True, slots=True, eq=False)
class Route:
    """One destination of a route table. A route by prefix list becomes one `Route` per entry."""

    destination: Cidr
    target: RouteTarget
    evidence: Evidence
    is_propagated: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class RouteTable:
    """A VPC route table with all that is known of its routes; the `local` routes of the VPC's CIDRs are not among `routes`."""

    address: Address
    evidence: Evidence
    id: str | None
    vpc: Link[Vpc]
    routes: Members[Route]
    """A gap stands for routes that may exist and were not read."""
    propagates: Members[Link[VpnGateway]] = Members()
    """VPN gateways whose learned routes it takes; what they learn is not in Terraform."""
    is_main: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class ImplicitMainTable:
    """The main route table of a VPC that is made here, which nothing in the configuration adopts: it holds the `local` routes only."""

    vpc: Vpc
