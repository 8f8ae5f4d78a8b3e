"""Transit gateways: attachments, route tables, associations and propagations.

Source: https://docs.aws.amazon.com/vpc/latest/tgw/how-transit-gateways-work.html
"""

from __future__ import annotations

from typing import Literal

from tf_cvpn_lint.core.address import Address
from tf_cvpn_lint.core.evidence import Evidence
from tf_cvpn_lint.core.link import Link
from tf_cvpn_lint.core.records import dataclass
from tf_cvpn_lint.core.value import Fact
from tf_cvpn_lint.core.verdict import Members
from tf_cvpn_lint.model.cidr import Cidr
from tf_cvpn_lint.model.vpc import Subnet, Vpc


@dataclass(frozen=True, slots=True, eq=False)
class TransitGateway:
    address: Address
    evidence: Evidence
    id: str | None
    default_association: Fact[bool]
    """`default_route_table_association`, `enable` unless set."""
    default_propagation: Fact[bool]
    group_references: Fact[bool]
    """`security_group_referencing_support`, `disable` unless set."""
    cidrs: Members[Cidr]
    is_managed: bool = True
    """False for a data source or a shared gateway: other attachments and tables may exist."""


@dataclass(frozen=True, slots=True, eq=False)
class Attachment:
    """What is attached to a transit gateway: a VPC, or something beyond this model."""

    address: Address
    evidence: Evidence
    id: str | None
    gateway: Link[TransitGateway]
    kind: Literal["vpc", "vpn", "direct connect", "peering", "connect", "client vpn"]
    vpc: Link[Vpc] | None
    """For kind `vpc`."""
    subnets: Members[Link[Subnet]]
    """One per zone it reaches."""
    associates_by_default: Fact[bool]
    """Whether it is associated with the gateway's default association table (attachment flag and gateway default together)."""
    propagates_by_default: Fact[bool]
    group_references: Fact[bool]
    is_accepted: Fact[bool]
    subnets_evidence: Evidence | None = None
    peer: Link[TransitGateway] | None = None
    """For kind `peering`: the gateway at the other end."""


@dataclass(frozen=True, slots=True)
class DefaultTable:
    """The default route table of a transit gateway, which has no resource of its own."""

    gateway: TransitGateway


@dataclass(frozen=True, slots=True, eq=False)
class TransitRouteTable:
    address: Address
    evidence: Evidence
    id: str | None
    gateway: Link[TransitGateway]
    is_managed: bool = True
    is_default_association: bool = False
    """Made the default by `aws_ec2_transit_gateway_default_route_table_association`."""
    is_default_propagation: bool = False


TransitTable = TransitRouteTable | DefaultTable


@dataclass(frozen=True, slots=True, eq=False)
class TransitRoute:
    """A static route of a transit gateway route table."""

    table: Link[TransitTable]
    destination: Cidr
    attachment: Link[Attachment] | None
    """None for a blackhole."""
    evidence: Evidence


@dataclass(frozen=True, slots=True, eq=False)
class TransitAssociation:
    """An attachment asks this table where its traffic goes."""

    table: Link[TransitTable]
    attachment: Link[Attachment]
    evidence: Evidence


@dataclass(frozen=True, slots=True, eq=False)
class TransitPropagation:
    """The table learns the CIDRs of this attachment."""

    table: Link[TransitTable]
    attachment: Link[Attachment]
    evidence: Evidence
