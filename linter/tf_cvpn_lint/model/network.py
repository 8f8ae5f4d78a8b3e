"""The whole network, with the questions that one table lookup answers. What takes a walk is `reach`."""

from __future__ import annotations

from dataclasses import dataclass, field

from tf_cvpn_lint.core.evidence import Gap
from tf_cvpn_lint.core.link import Link
from tf_cvpn_lint.core.verdict import Members
from tf_cvpn_lint.model.client_vpn import (
    AuthorizationRule,
    ClientVpnEndpoint,
    ClientVpnRoute,
    TargetNetworkAssociation,
)
from tf_cvpn_lint.model.filters import NetworkAcl, SecurityGroup
from tf_cvpn_lint.model.resolver import Host, HostedZone, InterfaceEndpoint, ZoneRecord
from tf_cvpn_lint.model.routing import (
    ImplicitMainTable,
    InternetGateway,
    NatGateway,
    PeeringConnection,
    RouteTable,
    VpnGateway,
)
from tf_cvpn_lint.model.transit_gateway import (
    Attachment,
    TransitAssociation,
    TransitGateway,
    TransitPropagation,
    TransitRoute,
    TransitRouteTable,
)
from tf_cvpn_lint.model.vpc import Subnet, Vpc


@dataclass(frozen=True, eq=False)
class Network:
    """Everything `reach` and the rules may ask about. Tuples are in the order of Terraform addresses."""

    endpoints: tuple[ClientVpnEndpoint, ...] = ()
    associations: Members[TargetNetworkAssociation] = Members()
    client_routes: Members[ClientVpnRoute] = Members()
    authorization_rules: Members[AuthorizationRule] = Members()
    vpcs: tuple[Vpc, ...] = ()
    subnets: tuple[Subnet, ...] = ()
    route_tables: tuple[RouteTable, ...] = ()
    table_of_subnet: dict[Subnet, Link[RouteTable | ImplicitMainTable]] = field(default_factory=dict)
    """For every subnet the route table that serves it: associated, else its VPC's main one (`Unresolved` where that is not read)."""
    security_groups: tuple[SecurityGroup, ...] = ()
    default_group_of_vpc: dict[Vpc, Link[SecurityGroup]] = field(default_factory=dict)
    """A VPC without an entry keeps AWS's factory default group if it is made here: egress all, ingress from itself."""
    acl_of_subnet: dict[Subnet, Link[NetworkAcl]] = field(default_factory=dict)
    """A subnet without an entry is served by an untouched default network ACL, which allows everything."""
    internet_gateways: tuple[InternetGateway, ...] = ()
    nat_gateways: tuple[NatGateway, ...] = ()
    peerings: tuple[PeeringConnection, ...] = ()
    vpn_gateways: tuple[VpnGateway, ...] = ()
    transit_gateways: tuple[TransitGateway, ...] = ()
    attachments: Members[Attachment] = Members()
    transit_tables: tuple[TransitRouteTable, ...] = ()
    transit_routes: Members[TransitRoute] = Members()
    transit_associations: Members[TransitAssociation] = Members()
    transit_propagations: Members[TransitPropagation] = Members()
    hosts: tuple[Host, ...] = ()
    zones: tuple[HostedZone, ...] = ()
    records: Members[ZoneRecord] = Members()
    interface_endpoints: tuple[InterfaceEndpoint, ...] = ()
    gaps: tuple[Gap, ...] = ()
