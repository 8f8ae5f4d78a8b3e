"""A small notation for networks: plain values that can be printed, shrunk and kept as JSON; `build` makes the `Network`.

Things refer to each other by position. VPC 0 is the endpoint's.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Literal

from tf_cvpn_lint.core.address import Address, Mode
from tf_cvpn_lint.core.evidence import Evidence
from tf_cvpn_lint.core.link import Link, To
from tf_cvpn_lint.core.value import Known
from tf_cvpn_lint.core.verdict import Members
from tf_cvpn_lint.model import client_vpn, filters, network, public_access, resolver, routing, transit_gateway, vpc
from tf_cvpn_lint.model.cidr import KnownAddress, KnownCidr


@dataclass(frozen=True, slots=True)
class Route:
    """`to`: `igw`, `nat`, `tgw`, `pcx`, `vgw`, `blackhole`, or `igw of` another VPC; with `index` the NAT gateway, peering or that VPC."""

    destination: str
    to: str
    index: int = 0


@dataclass(frozen=True, slots=True)
class AclRule:
    direction: filters.Direction
    number: int
    allows: bool
    protocol: str
    first: int
    last: int
    cidr: str


@dataclass(frozen=True, slots=True)
class Subnet:
    cidr: str
    zone: str
    table: int | None = None
    """None: the VPC's implicit main table."""
    acl: int | None = None


@dataclass(frozen=True, slots=True)
class Vpc:
    cidrs: tuple[str, ...]
    subnets: tuple[Subnet, ...]
    tables: tuple[tuple[Route, ...], ...] = ()
    acls: tuple[tuple[AclRule, ...], ...] = ()
    dns_support: bool = True
    has_internet_gateway: bool = False
    has_vpn_gateway: bool = False
    late_cidrs: int = 0
    """How many of the last CIDRs were added after the association."""


@dataclass(frozen=True, slots=True)
class Nat:
    vpc: int
    subnet: int
    is_public: bool = True


@dataclass(frozen=True, slots=True)
class GroupRule:
    """Peers are networks, or `group N`."""

    direction: filters.Direction
    protocol: str
    first: int
    last: int
    peers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Group:
    vpc: int
    rules: tuple[GroupRule, ...]
    is_default: bool = False


@dataclass(frozen=True, slots=True)
class Peering:
    requester: int
    accepter: int
    is_active: bool = True


@dataclass(frozen=True, slots=True)
class Attachment:
    vpc: int
    subnets: tuple[int, ...]
    association: int | None = None
    """The table it asks; None: the default one, if there is a default."""
    propagations: tuple[int, ...] = ()
    is_accepted: bool = True


@dataclass(frozen=True, slots=True)
class TransitRoute:
    """`table` -1 is the default one; no attachment is a blackhole."""

    table: int
    destination: str
    attachment: int | None


@dataclass(frozen=True, slots=True)
class Transit:
    attachments: tuple[Attachment, ...]
    tables: int = 0
    has_default_table: bool = True
    """Default association and propagation are on."""
    routes: tuple[TransitRoute, ...] = ()
    group_references: bool = False
    client_vpn: Attachment | None = None
    """That of an endpoint which is attached itself; its VPC and subnets mean nothing."""


@dataclass(frozen=True, slots=True)
class FarTransit:
    """A second transit gateway, peered with the first, everything at its defaults. Each side has static routes over the peering."""

    attachments: tuple[Attachment, ...]
    routes_there: tuple[str, ...]
    """In the default table of the first."""
    routes_back: tuple[str, ...]
    group_references: bool = False
    is_accepted: bool = True


@dataclass(frozen=True, slots=True)
class Host:
    kind: resolver.HostKind
    vpc: int
    subnet: int
    ip: str
    groups: tuple[int, ...] | None = None
    """None: the VPC's default group."""
    speaks_do53: bool = True


@dataclass(frozen=True, slots=True)
class ClientRoute:
    destination: str
    association: int
    """-1: through the transit gateway that the endpoint is attached to."""


@dataclass(frozen=True, slots=True)
class Rule:
    """No group: everyone."""

    network: str
    group: str | None = None


@dataclass(frozen=True, slots=True)
class PrivateZone:
    name: str
    vpcs: tuple[int, ...]
    records: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Blueprint:
    vpcs: tuple[Vpc, ...]
    associations: tuple[int, ...]
    """Subnets of VPC 0."""
    rules: tuple[Rule, ...]
    dns_servers: tuple[str, ...] | None = None
    is_split: bool = True
    routes: tuple[ClientRoute, ...] = ()
    endpoint_groups: tuple[int, ...] | None = None
    """None: the VPC's default group."""
    client_cidr: str = "10.200.0.0/22"
    enforces_routes: bool = False
    has_user_groups: bool = True
    groups: tuple[Group, ...] = ()
    nats: tuple[Nat, ...] = ()
    peerings: tuple[Peering, ...] = ()
    transit: Transit | None = None
    hosts: tuple[Host, ...] = ()
    zones: tuple[PrivateZone, ...] = ()
    is_native: bool = False
    """Attached to the transit gateway itself, with no associations."""
    public_access: str = "off"
    """Mode of VPC Block Public Access."""
    far: FarTransit | None = None
    """The routes `tgw` of its VPCs lead to it."""


def _address(type_: str, name: str, mode: Mode = "managed") -> Address:
    return Address(type_, name, mode=mode)


PROVIDER, REGION = "aws", "eu-west-1"


def _evidence(type_: str, name: str, attribute: str = "") -> Evidence:
    return Evidence(_address(type_, name), attribute)


ENDPOINT = _evidence("aws_ec2_client_vpn_endpoint", "this")


def _cidr(text: str) -> KnownCidr:
    return KnownCidr(ipaddress.ip_network(text))


def build(blueprint: Blueprint) -> network.Network:
    """The network of the blueprint, everything in it known."""
    return _Building(blueprint).network()


class _Building:
    def __init__(self, blueprint: Blueprint) -> None:
        self.blueprint = blueprint
        self.vpcs = [self._vpc(number, each) for number, each in enumerate(blueprint.vpcs)]
        self.subnets = [
            [self._subnet(number, position, each) for position, each in enumerate(one.subnets)]
            for number, one in enumerate(blueprint.vpcs)
        ]
        self.igws = {
            number: routing.InternetGateway(
                _address("aws_internet_gateway", f"v{number}"),
                _evidence("aws_internet_gateway", f"v{number}"),
                None,
                Members((To(self.vpcs[number]),)),
            )
            for number, each in enumerate(blueprint.vpcs)
            if each.has_internet_gateway
        }
        self.vgws = {
            number: routing.VpnGateway(
                _address("aws_vpn_gateway", f"v{number}"),
                _evidence("aws_vpn_gateway", f"v{number}"),
                None,
                Members((To(self.vpcs[number]),)),
            )
            for number, each in enumerate(blueprint.vpcs)
            if each.has_vpn_gateway
        }
        self.nats = [
            routing.NatGateway(
                _address("aws_nat_gateway", f"n{number}"),
                _evidence("aws_nat_gateway", f"n{number}"),
                None,
                To(self.subnets[each.vpc][each.subnet]),
                Known(each.is_public),
            )
            for number, each in enumerate(blueprint.nats)
        ]
        self.peerings = [
            routing.PeeringConnection(
                _address("aws_vpc_peering_connection", f"p{number}"),
                _evidence("aws_vpc_peering_connection", f"p{number}"),
                None,
                To(self.vpcs[each.requester]),
                To(self.vpcs[each.accepter]),
                Known(each.is_active),
            )
            for number, each in enumerate(blueprint.peerings)
        ]
        self._build_transit()
        self._build_far_transit()
        self.groups = [self._group(number, each) for number, each in enumerate(blueprint.groups)]
        self.tables = [
            [self._table(number, position, routes) for position, routes in enumerate(each.tables)]
            for number, each in enumerate(blueprint.vpcs)
        ]
        self.acls = [
            [self._acl(number, position, rules) for position, rules in enumerate(each.acls)]
            for number, each in enumerate(blueprint.vpcs)
        ]

    def _vpc(self, number: int, each: Vpc) -> vpc.Vpc:
        late_from = len(each.cidrs) - each.late_cidrs
        return vpc.Vpc(
            address=_address("aws_vpc", f"v{number}"),
            evidence=_evidence("aws_vpc", f"v{number}"),
            id=None,
            primary_cidr=_cidr(each.cidrs[0]),
            secondary_cidrs=Members(
                tuple(
                    vpc.VpcCidr(
                        _cidr(cidr),
                        _evidence("aws_vpc_ipv4_cidr_block_association", f"v{number}c{position}"),
                        follows_association=position >= late_from,
                        precedes_association=position < late_from,
                    )
                    for position, cidr in enumerate(each.cidrs)
                    if position
                )
            ),
            dns_support=Known(each.dns_support),
            dns_hostnames=Known(each.dns_support),
            tenancy=Known("default"),
            provider=PROVIDER,
            region=REGION,
        )

    def _subnet(self, number: int, position: int, each: Subnet) -> vpc.Subnet:
        name = f"v{number}s{position}"
        return vpc.Subnet(
            _address("aws_subnet", name),
            _evidence("aws_subnet", name),
            None,
            To(self.vpcs[number]),
            _cidr(each.cidr),
            Known(f"{REGION}{each.zone}"),
        )

    def _build_transit(self) -> None:
        self.transit: list[transit_gateway.TransitGateway] = []
        self.attachments: list[transit_gateway.Attachment] = []
        self.transit_tables: list[transit_gateway.TransitRouteTable] = []
        self.transit_routes: list[transit_gateway.TransitRoute] = []
        self.transit_associations: list[transit_gateway.TransitAssociation] = []
        self.transit_propagations: list[transit_gateway.TransitPropagation] = []
        plan = self.blueprint.transit
        if plan is None:
            return
        gateway = transit_gateway.TransitGateway(
            _address("aws_ec2_transit_gateway", "t"),
            _evidence("aws_ec2_transit_gateway", "t"),
            None,
            default_association=Known(plan.has_default_table),
            default_propagation=Known(plan.has_default_table),
            group_references=Known(plan.group_references),
            cidrs=Members(),
        )
        self.transit.append(gateway)
        self.transit_tables = [
            transit_gateway.TransitRouteTable(
                _address("aws_ec2_transit_gateway_route_table", f"r{number}"),
                _evidence("aws_ec2_transit_gateway_route_table", f"r{number}"),
                None,
                To(gateway),
            )
            for number in range(plan.tables)
        ]

        def table(number: int) -> Link[transit_gateway.TransitTable]:
            return To(self.transit_tables[number]) if number >= 0 else To(transit_gateway.DefaultTable(gateway))

        for number, each in enumerate(plan.attachments):
            name = f"a{number}"
            by_default = plan.has_default_table and each.association is None
            attachment = transit_gateway.Attachment(
                _address("aws_ec2_transit_gateway_vpc_attachment", name),
                _evidence("aws_ec2_transit_gateway_vpc_attachment", name),
                None,
                To(gateway),
                "vpc",
                To(self.vpcs[each.vpc]),
                Members(tuple(To(self.subnets[each.vpc][subnet]) for subnet in each.subnets)),
                associates_by_default=Known(by_default),
                propagates_by_default=Known(by_default),
                group_references=Known(plan.group_references),
                is_accepted=Known(each.is_accepted),
            )
            self.attachments.append(attachment)
            if each.association is not None:
                self.transit_associations.append(
                    transit_gateway.TransitAssociation(
                        table(each.association),
                        To(attachment),
                        _evidence("aws_ec2_transit_gateway_route_table_association", name),
                    )
                )
            self.transit_propagations += [
                transit_gateway.TransitPropagation(
                    table(target),
                    To(attachment),
                    _evidence("aws_ec2_transit_gateway_route_table_propagation", f"{name}t{target}"),
                )
                for target in each.propagations
            ]
        if plan.client_vpn is not None:
            self._attach_client_vpn(plan, gateway, plan.client_vpn, table)
        self.transit_routes = [
            transit_gateway.TransitRoute(
                table(each.table),
                _cidr(each.destination),
                None if each.attachment is None else To(self.attachments[each.attachment]),
                _evidence("aws_ec2_transit_gateway_route", f"x{number}"),
            )
            for number, each in enumerate(plan.routes)
        ]

    def _build_far_transit(self) -> None:
        far = self.blueprint.far
        if far is None:
            return
        near = self.transit[0]
        gateway = transit_gateway.TransitGateway(
            _address("aws_ec2_transit_gateway", "far"),
            _evidence("aws_ec2_transit_gateway", "far"),
            None,
            default_association=Known(True),
            default_propagation=Known(True),
            group_references=Known(far.group_references),
            cidrs=Members(),
        )
        self.transit.append(gateway)

        def attachment(
            where: Evidence, kind: Literal["vpc", "peering"], each: Attachment | None, is_accepted: bool
        ) -> transit_gateway.Attachment:
            return transit_gateway.Attachment(
                where.address,
                where,
                None,
                To(near if kind == "peering" else gateway),
                kind,
                None if each is None else To(self.vpcs[each.vpc]),
                Members(() if each is None else tuple(To(self.subnets[each.vpc][subnet]) for subnet in each.subnets)),
                associates_by_default=Known(True),
                propagates_by_default=Known(kind == "vpc"),
                group_references=Known(far.group_references),
                is_accepted=Known(is_accepted),
                peer=To(gateway) if kind == "peering" else None,
            )

        self.attachments += [
            attachment(_evidence("aws_ec2_transit_gateway_vpc_attachment", f"f{number}"), "vpc", each, each.is_accepted)
            for number, each in enumerate(far.attachments)
        ]
        where = _evidence("aws_ec2_transit_gateway_peering_attachment", "far")
        peering = attachment(where, "peering", None, far.is_accepted)
        self.attachments.append(peering)
        self.transit_routes += [
            transit_gateway.TransitRoute(
                To(transit_gateway.DefaultTable(owner)),
                _cidr(destination),
                To(peering),
                _evidence("aws_ec2_transit_gateway_route", f"{name}{number}"),
            )
            for owner, name, destinations in ((near, "there", far.routes_there), (gateway, "back", far.routes_back))
            for number, destination in enumerate(destinations)
        ]

    def _gateway_of(self, number: int) -> transit_gateway.TransitGateway:
        """The one that the VPC's routes `tgw` lead to."""
        far = self.blueprint.far
        return self.transit[-1 if far and any(each.vpc == number for each in far.attachments) else 0]

    def _attach_client_vpn(
        self,
        plan: Transit,
        gateway: transit_gateway.TransitGateway,
        each: Attachment,
        table: Callable[[int], Link[transit_gateway.TransitTable]],
    ) -> None:
        by_default = plan.has_default_table and each.association is None
        attachment = transit_gateway.Attachment(
            ENDPOINT.address,
            ENDPOINT,
            None,
            To(gateway),
            "client vpn",
            None,
            Members(),
            associates_by_default=Known(by_default),
            propagates_by_default=Known(by_default),
            group_references=Known(False),
            is_accepted=Known(True),
        )
        self.attachments.append(attachment)
        if each.association is not None:
            where = _evidence("aws_ec2_transit_gateway_route_table_association", "clients")
            self.transit_associations.append(
                transit_gateway.TransitAssociation(table(each.association), To(attachment), where)
            )
        self.transit_propagations += [
            transit_gateway.TransitPropagation(
                table(target),
                To(attachment),
                _evidence("aws_ec2_transit_gateway_route_table_propagation", f"clients{target}"),
            )
            for target in each.propagations
        ]

    def _target(self, number: int, route: Route) -> routing.RouteTarget:
        match route.to:
            case "igw of" if route.index in self.igws and route.index != number:
                return routing.ToInternetGateway(To(self.igws[route.index]))
            case "igw" if number in self.igws:
                return routing.ToInternetGateway(To(self.igws[number]))
            case "vgw" if number in self.vgws:
                return routing.ToVpnGateway(To(self.vgws[number]))
            case "nat":
                return routing.ToNatGateway(To(self.nats[route.index]))
            case "pcx":
                return routing.ToPeering(To(self.peerings[route.index]))
            case "tgw" if self.transit:
                return routing.ToTransitGateway(To(self._gateway_of(number)))
            case _:
                return routing.ToNothing("blackhole")

    def _table(self, number: int, position: int, routes: tuple[Route, ...]) -> routing.RouteTable:
        name = f"v{number}t{position}"
        return routing.RouteTable(
            _address("aws_route_table", name),
            _evidence("aws_route_table", name),
            None,
            To(self.vpcs[number]),
            Members(
                tuple(
                    routing.Route(
                        _cidr(route.destination),
                        self._target(number, route),
                        _evidence("aws_route_table", name, f"route[{index}]"),
                    )
                    for index, route in enumerate(routes)
                )
            ),
        )

    def _acl(self, number: int, position: int, rules: tuple[AclRule, ...]) -> filters.NetworkAcl:
        name = f"v{number}n{position}"
        return filters.NetworkAcl(
            _address("aws_network_acl", name),
            _evidence("aws_network_acl", name),
            None,
            To(self.vpcs[number]),
            Members(
                tuple(
                    filters.AclEntry(
                        rule.direction,
                        Known(rule.number),
                        Known(rule.allows),
                        Known(rule.protocol),
                        Known(filters.PortRange(rule.first, rule.last)),
                        _cidr(rule.cidr),
                        _evidence("aws_network_acl", name, f"{rule.direction}[{rule.number}]"),
                    )
                    for rule in rules
                )
            ),
        )

    def _group_name(self, number: int) -> filters.GroupName:
        return filters.GroupName(_address("aws_security_group", f"g{number}"))

    def _group(self, number: int, each: Group) -> filters.SecurityGroup:
        name = f"g{number}"

        def peer(text: str) -> filters.Peer:
            if text.startswith("group "):
                return filters.PeerGroup(To(self._group_name(int(text.removeprefix("group ")))))
            return _cidr(text)

        return filters.SecurityGroup(
            _address("aws_security_group", name),
            _evidence("aws_security_group", name),
            None,
            To(self.vpcs[each.vpc]),
            Members(
                tuple(
                    filters.SecurityGroupRule(
                        rule.direction,
                        Known(rule.protocol),
                        Known(filters.PortRange(rule.first, rule.last)),
                        Members(tuple(peer(text) for text in rule.peers)),
                        _evidence("aws_security_group", name, f"{rule.direction}[{index}]"),
                    )
                    for index, rule in enumerate(each.rules)
                )
            ),
            is_default=each.is_default,
            name=self._group_name(number),
        )

    def network(self) -> network.Network:
        blueprint = self.blueprint
        where = ENDPOINT
        servers = tuple(
            client_vpn.DnsServer(
                position, KnownAddress(IPv4Address(text)), None, _evidence("aws_ec2_client_vpn_endpoint", "this", "dns")
            )
            for position, text in enumerate(blueprint.dns_servers or ())
        )
        endpoint = client_vpn.ClientVpnEndpoint(
            address=where.address,
            evidence=where,
            id=None,
            dns=client_vpn.PushedDns(Members(servers)) if blueprint.dns_servers else client_vpn.DeviceDns(),
            dns_evidence=where,
            split_tunnel=Known(blueprint.is_split),
            split_tunnel_evidence=where,
            client_cidr=_cidr(blueprint.client_cidr),
            client_cidr_evidence=where,
            vpc=None if blueprint.is_native else To(self.vpcs[0]),
            security_groups=Members(tuple(To(self.groups[number]) for number in blueprint.endpoint_groups or ())),
            uses_vpc_default_group=Known(blueprint.endpoint_groups is None and not blueprint.is_native),
            route_enforcement=Known(blueprint.enforces_routes),
            route_enforcement_evidence=where,
            transit_gateway=client_vpn.TransitGatewayConfiguration(To(self.transit[0]), where)
            if blueprint.is_native
            else None,
            authenticates_groups=Known(blueprint.has_user_groups),
            traffic_family=Known("ipv4"),
        )
        associations = tuple(
            client_vpn.TargetNetworkAssociation(
                _address("aws_ec2_client_vpn_network_association", f"s{subnet}"),
                _evidence("aws_ec2_client_vpn_network_association", f"s{subnet}"),
                To(endpoint),
                To(self.subnets[0][subnet]),
            )
            for subnet in blueprint.associations
        )
        tables: dict[vpc.Subnet, Link[routing.RouteTable | routing.ImplicitMainTable]] = {}
        acls: dict[vpc.Subnet, Link[filters.NetworkAcl]] = {}
        for number, each in enumerate(blueprint.vpcs):
            for position, subnet in enumerate(each.subnets):
                made = self.subnets[number][position]
                tables[made] = (
                    To(routing.ImplicitMainTable(self.vpcs[number]))
                    if subnet.table is None
                    else To(self.tables[number][subnet.table])
                )
                if subnet.acl is not None:
                    acls[made] = To(self.acls[number][subnet.acl])
        zones = tuple(
            resolver.HostedZone(
                _address("aws_route53_zone", f"z{number}"),
                _evidence("aws_route53_zone", f"z{number}"),
                None,
                Known(zone.name),
                Members(tuple(To(self.vpcs[index]) for index in zone.vpcs)),
            )
            for number, zone in enumerate(blueprint.zones)
        )
        return network.Network(
            endpoints=(endpoint,),
            associations=Members(associations),
            client_routes=Members(
                tuple(
                    client_vpn.ClientVpnRoute(
                        _address("aws_ec2_client_vpn_route", f"r{number}"),
                        _evidence("aws_ec2_client_vpn_route", f"r{number}"),
                        To(endpoint),
                        _cidr(route.destination),
                        client_vpn.ThroughTransitGateway()
                        if route.association < 0
                        else client_vpn.ThroughSubnet(To(self.subnets[0][blueprint.associations[route.association]])),
                        _evidence("aws_ec2_client_vpn_route", f"r{number}", "target_vpc_subnet_id"),
                    )
                    for number, route in enumerate(blueprint.routes)
                )
            ),
            authorization_rules=Members(
                tuple(
                    client_vpn.AuthorizationRule(
                        _address("aws_ec2_client_vpn_authorization_rule", f"r{number}"),
                        _evidence("aws_ec2_client_vpn_authorization_rule", f"r{number}"),
                        To(endpoint),
                        _cidr(rule.network),
                        client_vpn.Everyone() if rule.group is None else client_vpn.OneGroup(rule.group),
                    )
                    for number, rule in enumerate(blueprint.rules)
                )
            ),
            vpcs=tuple(self.vpcs),
            subnets=tuple(subnet for subnets in self.subnets for subnet in subnets),
            route_tables=tuple(table for made in self.tables for table in made),
            table_of_subnet=tables,
            security_groups=tuple(self.groups),
            default_group_of_vpc={
                self.vpcs[each.vpc]: To(self.groups[number])
                for number, each in enumerate(blueprint.groups)
                if each.is_default
            },
            acl_of_subnet=acls,
            internet_gateways=tuple(self.igws.values()),
            nat_gateways=tuple(self.nats),
            peerings=tuple(self.peerings),
            vpn_gateways=tuple(self.vgws.values()),
            transit_gateways=tuple(self.transit),
            attachments=Members(tuple(self.attachments)),
            transit_tables=tuple(self.transit_tables),
            transit_routes=Members(tuple(self.transit_routes)),
            transit_associations=Members(tuple(self.transit_associations)),
            transit_propagations=Members(tuple(self.transit_propagations)),
            public_access_blocks=(
                public_access.PublicAccessBlock(
                    _evidence("aws_vpc_block_public_access_options", "this"),
                    PROVIDER,
                    REGION,
                    Known(blueprint.public_access),
                ),
            )
            if blueprint.public_access != "off"
            else (),
            hosts=tuple(self._host(number, host) for number, host in enumerate(blueprint.hosts)),
            zones=zones,
            records=Members(
                tuple(
                    resolver.ZoneRecord(
                        To(zones[number]),
                        Known(name),
                        Known("A"),
                        Members((KnownAddress(IPv4Address(ip)),)),
                        None,
                        None,
                        _evidence("aws_route53_record", f"z{number}"),
                    )
                    for number, zone in enumerate(blueprint.zones)
                    for name, ip in zone.records
                )
            ),
        )

    def _host(self, number: int, host: Host) -> resolver.Host:
        type_ = "aws_route53_resolver_endpoint" if host.kind.startswith("resolver") else "aws_instance"
        where = _evidence(type_, f"h{number}")
        return resolver.Host(
            where.address,
            where,
            None,
            host.kind,
            Members((resolver.Interface(To(self.subnets[host.vpc][host.subnet]), Known(IPv4Address(host.ip)), where),)),
            Members(tuple(To(self.groups[group]) for group in host.groups or ())),
            vpc=To(self.vpcs[host.vpc]),
            protocols=Known(frozenset({"Do53"} if host.speaks_do53 else {"DoH"})),
            address_family=Known("IPV4"),
            uses_vpc_default_group=host.groups is None,
        )
