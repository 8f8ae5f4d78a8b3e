"""The whole network, with the questions that one table lookup answers. What takes a walk is `reach`."""

from __future__ import annotations

from functools import cached_property
from ipaddress import IPv4Address, IPv4Network, IPv6Network

from tf_cvpn_lint.core.address import Address
from tf_cvpn_lint.core.evidence import Gap
from tf_cvpn_lint.core.link import ByEnd, Link, Outside, To, Unresolved
from tf_cvpn_lint.core.records import dataclass, field
from tf_cvpn_lint.core.value import Known
from tf_cvpn_lint.core.verdict import Members
from tf_cvpn_lint.model.assumed import Assumed
from tf_cvpn_lint.model.cidr import Cidr, HostAddress, IpAddress, IpNetwork, KnownAddress, KnownCidr, covers
from tf_cvpn_lint.model.client_vpn import (
    AuthorizationRule,
    ClientVpnEndpoint,
    ClientVpnRoute,
    TargetNetworkAssociation,
)
from tf_cvpn_lint.model.filters import NetworkAcl, SecurityGroup
from tf_cvpn_lint.model.public_access import PublicAccessBlock, PublicAccessExclusion
from tf_cvpn_lint.model.resolver import Host, HostedZone, Interface, InterfaceEndpoint, ZoneRecord
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
    TransitTable,
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
    public_access_blocks: tuple[PublicAccessBlock, ...] = ()
    public_access_exclusions: tuple[PublicAccessExclusion, ...] = ()
    assumed: Assumed = Assumed()
    """What is said of the world beyond; it is no part of what was read."""
    gaps: tuple[Gap, ...] = ()

    def vpcs_holding(self, address: HostAddress) -> tuple[Vpc, ...]:
        """The VPCs of which a CIDR certainly holds the address, in order."""
        networks, symbolic = self._vpcs_by_cidr
        found: dict[Vpc, None] = {}
        if isinstance(address, KnownAddress):
            found = dict.fromkeys(_enclosing(networks, address.ip))
        else:
            for cidr in address.inside:
                if isinstance(cidr, KnownCidr):
                    maybe = _enclosing(networks, cidr.network.network_address)
                    found |= {vpc: None for vpc in maybe if any(covers(own, address).is_yes for own in vpc.cidrs.items)}
                else:
                    found |= dict.fromkeys(symbolic.get(cidr, ()))
                    maybe = [vpc for wider in cidr.inside for vpc in symbolic.get(wider, ())]
                    found |= {vpc: None for vpc in maybe if any(covers(own, address).is_yes for own in vpc.cidrs.items)}
        return tuple(found)

    def host_named(self, address: Address) -> Host | None:
        """The host that this resource makes."""
        return self._hosts_by_address.get(address)

    @cached_property
    def _hosts_by_address(self) -> dict[Address, Host]:
        return {host.address: host for host in self.hosts}

    def interfaces_at(self, ip: IpAddress) -> tuple[tuple[Host, Interface], ...]:
        """The hosts with an interface of this address."""
        return self._interfaces_by_ip.get(ip, ())

    def subnets_of(self, vpc: Vpc) -> tuple[Subnet, ...]:
        """The subnets that certainly lie in the VPC."""
        return self._subnets_by_vpc.get(vpc, ())

    def peerings_of(self, vpc: Vpc) -> tuple[PeeringConnection, ...]:
        """The peering connections of which the VPC certainly is an end."""
        return self._peerings_by_vpc.get(vpc, ())

    def attachments_of(self, vpc: Vpc) -> tuple[Attachment, ...]:
        """The VPC attachments that are, or may be, those of this VPC."""
        certain, open_ = self._attachments_by_vpc
        return (*certain.get(vpc, ()), *open_)

    def peers_of(self, vpc: Vpc) -> frozenset[Vpc]:
        """The VPCs at the other ends of its peering connections."""
        ends = (end for peering in self.peerings_of(vpc) for end in (peering.requester, peering.accepter))
        return frozenset(end.target for end in ends if isinstance(end, To) and end.target is not vpc)

    def vpcs_in_transit_with(self, vpc: Vpc) -> frozenset[Vpc]:
        """The VPCs that certainly are attached to a transit gateway to which this one is attached, or to one that is peered with it."""
        found: frozenset[Vpc] = frozenset()
        for attachment in self.attachments_of(vpc):
            if isinstance(attachment.vpc, To):
                own = _end_of(attachment.gateway)
                for end in (own, *self._peered_gateways.get(own, ())):
                    found |= self._vpcs_by_gateway.get(end, frozenset())
        return found

    @cached_property
    def _peered_gateways(self) -> dict[object, list[object]]:
        index: dict[object, list[object]] = {}
        for attachment in self.attachments.items:
            if attachment.kind == "peering" and attachment.peer is not None:
                one, other = _end_of(attachment.gateway), _end_of(attachment.peer)
                if one is not None and other is not None:
                    index.setdefault(one, []).append(other)
                    index.setdefault(other, []).append(one)
        return index

    @cached_property
    def _vpcs_by_gateway(self) -> dict[object, frozenset[Vpc]]:
        index: dict[object, set[Vpc]] = {}
        for attachment in self.attachments.items:
            end = _end_of(attachment.gateway)
            if end is not None and isinstance(attachment.vpc, To):
                index.setdefault(end, set()).add(attachment.vpc.target)
        return {end: frozenset(vpcs) for end, vpcs in index.items()}

    @cached_property
    def transit_tables_by_gateway(self) -> ByEnd[TransitRouteTable, TransitGateway]:
        return ByEnd(self.transit_tables, lambda table: table.gateway)

    @cached_property
    def transit_routes_by_table(self) -> ByEnd[TransitRoute, TransitTable]:
        return ByEnd(self.transit_routes.items, lambda route: route.table)

    @cached_property
    def transit_propagations_by_table(self) -> ByEnd[TransitPropagation, TransitTable]:
        return ByEnd(self.transit_propagations.items, lambda propagation: propagation.table)

    @cached_property
    def transit_associations_by_attachment(self) -> ByEnd[TransitAssociation, Attachment]:
        return ByEnd(self.transit_associations.items, lambda association: association.attachment)

    @cached_property
    def attachments_by_gateway(self) -> ByEnd[Attachment, TransitGateway]:
        return ByEnd(self.attachments.items, lambda attachment: attachment.gateway)

    @cached_property
    def interface_endpoints_by_vpc(self) -> ByEnd[InterfaceEndpoint, Vpc]:
        return ByEnd(self.interface_endpoints, lambda endpoint: endpoint.vpc)

    @cached_property
    def records_by_zone(self) -> ByEnd[ZoneRecord, HostedZone]:
        return ByEnd(self.records.items, lambda record: record.zone)

    @cached_property
    def attachments_by_address(self) -> dict[Address, Attachment]:
        """The first of each address."""
        return {attachment.address: attachment for attachment in reversed(self.attachments.items)}

    def zones_of(self, vpc: Vpc) -> tuple[HostedZone, ...]:
        """The private hosted zones that are certainly associated with the VPC."""
        return self._zones_by_vpc.get(vpc, ())

    @cached_property
    def _zones_by_vpc(self) -> dict[Vpc, tuple[HostedZone, ...]]:
        index: dict[Vpc, dict[HostedZone, None]] = {}
        for zone in self.zones:
            for link in zone.vpcs.items:
                if isinstance(link, To):
                    index.setdefault(link.target, {})[zone] = None
        return {vpc: tuple(zones) for vpc, zones in index.items()}

    @cached_property
    def _vpcs_by_cidr(self) -> tuple[dict[IpNetwork, list[Vpc]], dict[Cidr, list[Vpc]]]:
        networks: dict[IpNetwork, list[Vpc]] = {}
        symbolic: dict[Cidr, list[Vpc]] = {}
        for vpc in self.vpcs:
            for cidr in vpc.cidrs.items:
                if isinstance(cidr, KnownCidr):
                    networks.setdefault(cidr.network, []).append(vpc)
                elif cidr.symbol is not None:
                    symbolic.setdefault(cidr, []).append(vpc)
        return networks, symbolic

    @cached_property
    def _interfaces_by_ip(self) -> dict[IpAddress, tuple[tuple[Host, Interface], ...]]:
        index: dict[IpAddress, list[tuple[Host, Interface]]] = {}
        for host in self.hosts:
            for interface in host.interfaces.items:
                if isinstance(interface.ip, Known):
                    index.setdefault(interface.ip.value, []).append((host, interface))
        return {ip: tuple(found) for ip, found in index.items()}

    @cached_property
    def _subnets_by_vpc(self) -> dict[Vpc, tuple[Subnet, ...]]:
        index: dict[Vpc, list[Subnet]] = {}
        for subnet in self.subnets:
            if isinstance(subnet.vpc, To):
                index.setdefault(subnet.vpc.target, []).append(subnet)
        return {vpc: tuple(subnets) for vpc, subnets in index.items()}

    @cached_property
    def _peerings_by_vpc(self) -> dict[Vpc, tuple[PeeringConnection, ...]]:
        index: dict[Vpc, list[PeeringConnection]] = {}
        for peering in self.peerings:
            for end in (peering.requester, peering.accepter):
                if isinstance(end, To):
                    index.setdefault(end.target, []).append(peering)
        return {vpc: tuple(peerings) for vpc, peerings in index.items()}

    @cached_property
    def _attachments_by_vpc(self) -> tuple[dict[Vpc, list[Attachment]], list[Attachment]]:
        certain: dict[Vpc, list[Attachment]] = {}
        open_: list[Attachment] = []
        for attachment in self.attachments.items:
            if isinstance(attachment.vpc, To):
                certain.setdefault(attachment.vpc.target, []).append(attachment)
            elif isinstance(attachment.vpc, Unresolved):
                open_.append(attachment)
        return certain, open_


def _end_of(link: Link[TransitGateway]) -> object:
    """What tells the ends of links apart; None where it is not known."""
    match link:
        case To(gateway):
            return gateway
        case Outside(id_):
            return id_
        case Unresolved():
            return None


def _enclosing(networks: dict[IpNetwork, list[Vpc]], ip: IpAddress) -> list[Vpc]:
    """Those of the networks that hold the address: one look-up for each prefix length."""
    make = IPv4Network if isinstance(ip, IPv4Address) else IPv6Network
    found = []
    for length in {network.prefixlen for network in networks}:
        if length <= ip.max_prefixlen:
            found += networks.get(make((int(ip), length), strict=False), [])
    return found
