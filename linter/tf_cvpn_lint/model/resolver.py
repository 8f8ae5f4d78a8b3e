"""What answers DNS or only has an address: resolver endpoints, directories, instances, interfaces; zones, interface endpoints."""

from __future__ import annotations

from typing import Literal

from tf_cvpn_lint.core.address import Address
from tf_cvpn_lint.core.evidence import Evidence
from tf_cvpn_lint.core.link import Link
from tf_cvpn_lint.core.records import dataclass
from tf_cvpn_lint.core.value import Fact
from tf_cvpn_lint.core.verdict import Members
from tf_cvpn_lint.model.cidr import HostAddress, IpAddress
from tf_cvpn_lint.model.filters import SecurityGroup
from tf_cvpn_lint.model.vpc import Subnet, Vpc

HostKind = Literal[
    "resolver_inbound",
    "resolver_outbound",
    "resolver_delegation",
    "directory",
    "instance",
    "interface",
    "load_balancer",
]


@dataclass(frozen=True, slots=True)
class Interface:
    """One address of a host: the subnet it lies in and its address, where that is known."""

    subnet: Link[Subnet]
    ip: Fact[IpAddress]
    evidence: Evidence


@dataclass(frozen=True, slots=True, eq=False)
class Host:
    """Something with interfaces in subnets that can be asked: a resolver endpoint, a directory, an instance, a network interface."""

    address: Address
    evidence: Evidence
    id: str | None
    kind: HostKind
    interfaces: Members[Interface]
    security_groups: Members[Link[SecurityGroup]]
    """A directory's own group is among them; that AWS makes its rules is a gap of it."""
    vpc: Link[Vpc] | None = None
    """Where it is known apart from the subnets."""
    protocols: Fact[frozenset[str]] | None = None
    """Resolver endpoints: `Do53`, `DoH`, `DoH-FIPS`. Do53 where unset."""
    address_family: Fact[str] | None = None
    """Resolver endpoints: `IPV4`, `IPV6` or `DUALSTACK`."""
    is_managed_ad: bool = False
    uses_vpc_default_group: bool = False
    """No groups given: the VPC's default security group applies."""
    protocols_evidence: Evidence | None = None
    is_unfiltered: bool = False
    """No security group stands before it: a network load balancer that was made without one."""
    direction_evidence: Evidence | None = None
    """Resolver endpoints: where `direction` is written."""
    address_family_evidence: Evidence | None = None
    """Resolver endpoints: where `resolver_endpoint_type` is written."""


@dataclass(frozen=True, slots=True, eq=False)
class HostedZone:
    """A private hosted zone."""

    address: Address
    evidence: Evidence
    id: str | None
    name: Fact[str]
    vpcs: Members[Link[Vpc]]


@dataclass(frozen=True, slots=True, eq=False)
class ZoneRecord:
    zone: Link[HostedZone]
    name: Fact[str]
    type: Fact[str]
    addresses: Members[HostAddress]
    """Of A and AAAA records."""
    points_to: Fact[str] | None
    """The name a CNAME or an alias leads to."""
    alias: Link[InterfaceEndpoint] | None
    evidence: Evidence


@dataclass(frozen=True, slots=True, eq=False)
class InterfaceEndpoint:
    """An interface VPC endpoint."""

    address: Address
    evidence: Evidence
    id: str | None
    vpc: Link[Vpc]
    subnets: Members[Link[Subnet]]
    private_dns: Fact[bool]
    service: Fact[str]
