"""Client VPN endpoints, their target networks, routes and authorization rules.

Source: https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/
"""

from __future__ import annotations

from typing import Literal

from tf_cvpn_lint.core.address import Address, Reference
from tf_cvpn_lint.core.evidence import Evidence, Gap
from tf_cvpn_lint.core.link import Link
from tf_cvpn_lint.core.records import dataclass
from tf_cvpn_lint.core.value import Fact, Unknown
from tf_cvpn_lint.core.verdict import Members
from tf_cvpn_lint.model.cidr import AddressIn, Cidr, KnownAddress
from tf_cvpn_lint.model.filters import SecurityGroup
from tf_cvpn_lint.model.resolver import Host
from tf_cvpn_lint.model.transit_gateway import TransitGateway
from tf_cvpn_lint.model.vpc import Subnet, Vpc


@dataclass(frozen=True, slots=True)
class NotAnAddress:
    """An entry of `dns_servers` that is no IP literal; AWS refuses it."""

    text: str


@dataclass(frozen=True, slots=True)
class AmazonDnsOf:
    """The address at base+2 of this VPC's primary CIDR, whose numbers are not known."""

    vpc: Vpc
    address: AddressIn


@dataclass(frozen=True, slots=True)
class InterfacesOf:
    """One of the addresses of these hosts; which one, or its numbers, is not known."""

    hosts: tuple[Host, ...]
    refers_to: tuple[Reference, ...]


@dataclass(frozen=True, slots=True)
class UnknownServer:
    """Nothing useful is known of the address."""

    refers_to: tuple[Reference, ...]
    why: str
    within: AddressIn | None = None
    """Where networks are known that hold it (`cidrhost` of an unknown CIDR, with another number than 2)."""


ServerAddress = KnownAddress | NotAnAddress | AmazonDnsOf | InterfacesOf | UnknownServer


@dataclass(frozen=True, slots=True)
class DnsServer:
    """One entry of `dns_servers`."""

    position: int
    """From 0."""
    address: ServerAddress
    reference: Reference | None
    """What it waits for, where the address is not known."""
    evidence: Evidence

    @property
    def text(self) -> str | None:
        """The entry itself, where it is known."""
        match self.address:
            case KnownAddress(ip):
                return str(ip)
            case NotAnAddress(text):
                return text
            case _:
                return None

    def __str__(self) -> str:
        if self.text is not None:
            return self.text
        return str(self.reference) if self.reference else "an unknown server"


@dataclass(frozen=True, slots=True)
class PushedDns:
    """The endpoint gives its clients these servers; a gap stands for servers that were not told apart."""

    servers: Members[DnsServer]
    is_counted: bool = True
    """False where the list as a whole is not known: then an entry stands for what one reference gives, be it one address or several, and
    literal addresses beside the references are not seen (a plan drops them)."""


@dataclass(frozen=True, slots=True)
class DeviceDns:
    """`dns_servers` is unset: clients keep the resolver they have."""


@dataclass(frozen=True, slots=True)
class UnknownDns:
    """Whether servers are given at all is not known."""

    refers_to: tuple[Reference, ...]
    why: str


DnsSetting = PushedDns | DeviceDns | UnknownDns


@dataclass(frozen=True, slots=True)
class TransitGatewayConfiguration:
    """Native attachment to a transit gateway: no associations, no security groups, no source NAT."""

    gateway: Link[TransitGateway]
    evidence: Evidence


@dataclass(frozen=True, slots=True, eq=False)
class ClientVpnEndpoint:
    address: Address
    evidence: Evidence
    id: str | None
    dns: DnsSetting
    dns_evidence: Evidence
    split_tunnel: Fact[bool]
    split_tunnel_evidence: Evidence
    client_cidr: Cidr | None
    """None on an endpoint that carries only IPv6 to its clients."""
    client_cidr_evidence: Evidence
    vpc: Link[Vpc] | None
    """`vpc_id` where set; the VPC of the associations otherwise."""
    security_groups: Members[Link[SecurityGroup]]
    uses_vpc_default_group: Fact[bool]
    """True where `security_group_ids` is unset: the VPC's default security group applies."""
    route_enforcement: Fact[bool]
    route_enforcement_evidence: Evidence
    transit_gateway: TransitGatewayConfiguration | None
    authenticates_groups: Fact[bool]
    """False where all authentication is by certificate: then group names mean nothing."""
    traffic_family: Fact[str]
    """`ipv4`, `ipv6` or `dual-stack`."""
    is_managed: bool = True
    """False for a data source: associations, routes and rules may be made elsewhere."""
    is_enabled: bool = True
    security_groups_evidence: Evidence | None = None
    may_have_more: tuple[Gap, ...] = ()
    """Why there may be associations, routes or rules of it that were not read (a module alone, provisioners that call the AWS CLI)."""


@dataclass(frozen=True, slots=True, eq=False)
class TargetNetworkAssociation:
    address: Address
    evidence: Evidence
    endpoint: Link[ClientVpnEndpoint]
    subnet: Link[Subnet]
    is_enabled: bool = True
    names_security_groups: bool = False
    """It has the argument `security_groups`, which provider 5 no longer knows."""
    security_groups_evidence: Evidence | None = None
    provider_knows_security_groups: Fact[bool] = Unknown(why="nothing says which provider version this is for")
    """Whether the AWS provider that this is written for still takes that argument: none from 5.0 on does."""


@dataclass(frozen=True, slots=True)
class ThroughSubnet:
    """The route goes out by the association of this subnet."""

    subnet: Link[Subnet]


@dataclass(frozen=True, slots=True)
class BetweenClients:
    """`target_vpc_subnet_id = "local"`: client to client."""


@dataclass(frozen=True, slots=True)
class ThroughTransitGateway:
    """No subnet: the endpoint's own transit gateway attachment."""


ClientVpnRouteTarget = ThroughSubnet | BetweenClients | ThroughTransitGateway


@dataclass(frozen=True, slots=True, eq=False)
class ClientVpnRoute:
    """A route somebody added to the endpoint's route table; the VPC's own route is added by each association and is not among these."""

    address: Address
    evidence: Evidence
    endpoint: Link[ClientVpnEndpoint]
    destination: Cidr
    target: ClientVpnRouteTarget
    target_evidence: Evidence


@dataclass(frozen=True, slots=True)
class Everyone:
    """`authorize_all_groups`."""


@dataclass(frozen=True, slots=True)
class OneGroup:
    """`access_group_id`; None where it is set and not known."""

    id: str | None
    refers_to: tuple[Reference, ...] = ()


@dataclass(frozen=True, slots=True)
class Nobody:
    """Neither everyone nor a group: AWS refuses the rule."""


@dataclass(frozen=True, slots=True)
class UnknownAudience:
    refers_to: tuple[Reference, ...]
    why: str


Audience = Everyone | OneGroup | Nobody | UnknownAudience
AudienceKind = Literal["everyone", "group", "nobody", "unknown"]


@dataclass(frozen=True, slots=True, eq=False)
class AuthorizationRule:
    address: Address
    evidence: Evidence
    endpoint: Link[ClientVpnEndpoint]
    target_network: Cidr
    audience: Audience
    audience_evidence: Evidence | None = None
    """Where `access_group_id` is written."""
