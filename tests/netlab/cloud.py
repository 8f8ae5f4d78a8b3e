"""The AWS side of a laboratory: VPCs, their route tables and network ACLs, and the gateways between them.

A VPC is one namespace in which every interface, NAT gateway and transit gateway attachment has a leg. A packet that comes in by a leg is
routed by the table of the leg's subnet: a kernel table per subnet, in which `local` is a `throw` to the table of the VPC's own addresses.
So the kernel's longest prefix decides between `local` and more specific routes. Network ACLs are rules between legs of different subnets,
without any connection tracking.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network
from typing import Literal, assert_never

from tf_cvpn_lint.core.link import Link, To
from tf_cvpn_lint.core.value import Known
from tf_cvpn_lint.model.client_vpn import ClientVpnEndpoint
from tf_cvpn_lint.model.filters import Direction
from tf_cvpn_lint.model.network import Network
from tf_cvpn_lint.model.routing import (
    ImplicitMainTable,
    InternetGateway,
    NatGateway,
    PeeringConnection,
    Route,
    ToAppliance,
    ToEgressOnlyGateway,
    ToInternetGateway,
    ToLocal,
    ToNatGateway,
    ToNothing,
    ToPeering,
    ToTransitGateway,
    ToUnknown,
    ToVpnGateway,
    VpnGateway,
)
from tf_cvpn_lint.model.transit_gateway import Attachment, DefaultTable, TransitGateway, TransitTable
from tf_cvpn_lint.model.vpc import Subnet, Vpc

from .facts import NotRepresentedError, end, ipv4, known, leads_to, reserved, whole
from .filters import acl_chain, acl_entries, lets_everything_through, one_of, table_of_chains
from .topology import Leg, Namespace, Topology

LAST_RESORT = 4000000
"""Metric of the route that drops what no other route takes."""
LOCAL = "the VPC's own addresses"

PortKind = Literal["interface", "transit", "peering", "internet", "on-premises"]


@dataclass(slots=True)
class Port:
    """A leg of a VPC's namespace."""

    leg: Leg
    kind: PortKind
    subnet: Subnet | None
    """`interface` (network interfaces, NAT gateways) and `transit` legs lie in a subnet."""
    address: IPv4Address | None = None
    """For kind `interface`: what is behind it."""


@dataclass(slots=True)
class VpcDrawing:
    """A VPC while it is being drawn."""

    vpc: Vpc
    namespace: Namespace
    cidrs: tuple[IPv4Network, ...]
    ports: list[Port] = field(default_factory=list)
    with_public_address: set[IPv4Address] = field(default_factory=set)
    """What an internet gateway lets out: the endpoint's interfaces (the service gives them one) and public NAT gateways."""
    internet: dict[InternetGateway, Port] = field(default_factory=dict)
    nat: dict[NatGateway, Port] = field(default_factory=dict)
    transit: dict[tuple[TransitGateway, str], Port] = field(default_factory=dict)
    """By gateway and zone."""
    peering: dict[PeeringConnection, Port] = field(default_factory=dict)
    on_premises: dict[VpnGateway, Port] = field(default_factory=dict)
    amazon_dns: IPv4Address | None = None
    """Where its Amazon DNS listens, if anyone asks for it and DNS support is on."""


@dataclass(slots=True)
class TransitLeg:
    leg: Leg
    attachment: Attachment | None
    """None for an endpoint that is attached itself."""
    zone: str | None


@dataclass(slots=True)
class TransitDrawing:
    gateway: TransitGateway
    namespace: Namespace
    legs: list[TransitLeg] = field(default_factory=list)
    client_vpn: tuple[ClientVpnEndpoint, IPv4Network] | None = None


class Cloud:
    """Draws what a packet can meet behind the endpoint, starting from the interfaces it is given."""

    def __init__(self, network: Network, topology: Topology, internet: Namespace) -> None:
        self.network = network
        self.topology = topology
        self.internet = internet
        self.vpcs: dict[Vpc, VpcDrawing] = {}
        self.transit_gateways: dict[TransitGateway, TransitDrawing] = {}
        self.taken: set[IPv4Address] = set()
        """Addresses that mean something: DNS servers, hosts, interfaces."""
        self.chosen: list[tuple[Subnet, IPv4Address]] = []
        """Addresses that AWS would choose and the laboratory chose."""
        self.beyond: set[IPv4Address] = set()
        """Servers somewhere on premises."""
        self.doubts: list[str] = []
        self.on_premises: Namespace | None = None
        self._pending: list[Subnet] = []
        self._routed: set[Subnet] = set()

    # -- addresses -----------------------------------------------------------------------------------------------------------------

    def cidrs(self, vpc: Vpc) -> tuple[IPv4Network, ...]:
        found = [ipv4(cidr, "CIDR of a VPC", vpc.address) for cidr in whole(vpc.cidrs, "CIDRs of a VPC", vpc.address)]
        return tuple(network for network in found if network is not None)

    def network_of(self, subnet: Subnet) -> IPv4Network:
        network = ipv4(subnet.cidr, "CIDR of a subnet", subnet.address)
        if network is None:
            raise NotRepresentedError("subnet has no IPv4", subnet.address)
        return network

    def vpc_of(self, subnet: Subnet) -> Vpc:
        return end(subnet.vpc, "VPC of a subnet", subnet.address)

    def choose_address(self, subnet: Subnet) -> IPv4Address:
        """An address as AWS would give one: free, not reserved. Which one it is must not matter."""
        network = self.network_of(subnet)
        kept = {*reserved(network), *self.taken}
        for offset in range(network.num_addresses - 2, 3, -1):
            if network[offset] not in kept:
                self.taken.add(network[offset])
                self.chosen.append((subnet, network[offset]))
                return network[offset]
        raise NotRepresentedError("no free address in the subnet", subnet.address)

    # -- VPCs ----------------------------------------------------------------------------------------------------------------------

    def vpc(self, vpc: Vpc) -> VpcDrawing:
        """The drawing of this VPC, begun if need be."""
        if vpc not in self.vpcs:
            namespace = self.topology.add(f"vpc{len(self.vpcs) + 1}", str(vpc.address), forwards=True)
            self.vpcs[vpc] = VpcDrawing(vpc, namespace, self.cidrs(vpc))
        return self.vpcs[vpc]

    def interface(self, subnet: Subnet, address: IPv4Address, namespace: Namespace, name: str) -> Leg:
        """Puts an interface of `namespace` into the subnet."""
        drawing = self.vpc(self.vpc_of(subnet))
        leg, port = self.topology.connect(namespace, name, drawing.namespace, f"eni{len(drawing.ports) + 1}")
        drawing.ports.append(Port(port, "interface", subnet, address))
        self._pending.append(subnet)
        return leg

    def finish(self) -> None:
        """Draws everything that route tables lead to, then the tables and filters themselves."""
        while self._pending:
            subnet = self._pending.pop()
            if subnet not in self._routed:
                self._routed.add(subnet)
                self._draw_table(subnet)
        for drawing in self.vpcs.values():
            self._finish_vpc(drawing)
        for transit in self.transit_gateways.values():
            self._finish_transit(transit)

    def _draw_table(self, subnet: Subnet) -> None:
        drawing = self.vpc(self.vpc_of(subnet))
        namespace = drawing.namespace
        number = namespace.table(subnet)
        link = self.network.table_of_subnet.get(subnet)
        if link is None:
            raise NotRepresentedError("no route table is known", subnet.address)
        table = end(link, "route table", subnet.address)
        for network in drawing.cidrs:
            namespace.commands.append(f"route add throw {network} metric 1 table {number}")
        seen: set[tuple[IPv4Network, bool]] = set()
        if not isinstance(table, ImplicitMainTable):
            for route in whole(table.routes, "routes", table.address):
                destination = ipv4(route.destination, "destination of a route", route.evidence)
                if destination is None:
                    continue
                if (destination, route.is_propagated) in seen:
                    raise NotRepresentedError("two routes for one destination, AWS refuses it", table.address)
                seen.add((destination, route.is_propagated))
                metric = 20 if route.is_propagated else 10
                namespace.commands.append(self._route(drawing, subnet, route, destination, metric, number))
            for gateway_link in whole(table.propagates, "propagating VPN gateways", table.address):
                gateway = end(gateway_link, "VPN gateway", table.address)
                port = self._vpn_gateway_port(drawing, gateway)
                if port is not None:  # what it learns is in no Terraform: here, the way to every server on premises
                    namespace.commands += [
                        f"route add {address}/32 via {port.leg.peer} dev {port.leg.name} onlink metric 20 table {number}"
                        for address in sorted(self.beyond)
                    ]
        namespace.commands.append(f"route add blackhole default metric {LAST_RESORT} table {number}")

    def _route(
        self, drawing: VpcDrawing, subnet: Subnet, route: Route, destination: IPv4Network, metric: int, number: int
    ) -> str:
        if isinstance(route.target, ToLocal):
            return f"route add throw {destination} metric {metric} table {number}"
        try:
            port = self._port(drawing, subnet, route)
        except NotRepresentedError:
            if any(address in destination for address in self.taken):
                raise
            port = None  # no address of this laboratory is concerned
        if port is None:
            return f"route add blackhole {destination} metric {metric} table {number}"
        return f"route add {destination} via {port.leg.peer} dev {port.leg.name} onlink metric {metric} table {number}"

    def _port(self, drawing: VpcDrawing, subnet: Subnet, route: Route) -> Port | None:
        """The leg by which the route's target is reached; None where nothing is there."""
        what = route.evidence
        match route.target:
            case ToInternetGateway(gateway):
                return self._internet_port(drawing, subnet, end(gateway, "internet gateway", what))
            case ToNatGateway(gateway):
                return self._nat_port(drawing, end(gateway, "NAT gateway", what))
            case ToTransitGateway(gateway):
                found = end(gateway, "transit gateway", what)
                self.transit_gateway(found)
                return drawing.transit.get((found, self._zone(subnet)))
            case ToPeering(peering):
                return self._peering_port(drawing, end(peering, "peering", what))
            case ToVpnGateway(gateway):
                return self._vpn_gateway_port(drawing, end(gateway, "VPN gateway", what))
            case ToAppliance(kind):
                raise NotRepresentedError(f"route to a {kind}", what)
            case ToUnknown(why):
                raise NotRepresentedError(f"target of a route is not known: {why}", what)
            case ToEgressOnlyGateway() | ToNothing():
                return None
            case ToLocal():
                raise AssertionError("a local route is no way to a port")
            case _:
                assert_never(route.target)

    def _zone(self, subnet: Subnet) -> str:
        zone = known(subnet.zone, "availability zone", subnet.address)
        others = {known(other.zone, "availability zone", other.address) for other in self._zoned_subnets()}
        if len({bool(re.search(r"-az\d+$", text)) for text in {zone, *others}}) > 1:
            raise NotRepresentedError("zones by name and by id", subnet.address)
        return zone

    def _zoned_subnets(self) -> list[Subnet]:
        return [subnet for subnet in self.network.subnets if isinstance(subnet.zone, Known)]

    def _attached(self, vpcs: Iterable[Link[Vpc]], vpc: Vpc) -> bool:
        return any(leads_to(link, vpc) for link in vpcs)

    def _internet_port(self, drawing: VpcDrawing, subnet: Subnet, gateway: InternetGateway) -> Port | None:
        if not self._attached(whole(gateway.vpcs, "VPCs of an internet gateway", gateway.address), drawing.vpc):
            return None
        if self._public_access_mode(drawing.vpc, subnet) == "block-bidirectional":
            return None
        if gateway not in drawing.internet:
            count = sum(len(other.internet) for other in self.vpcs.values()) + 1
            namespace = self.topology.add(f"igw{count}", str(gateway.address), forwards=True)
            leg, port = self.topology.connect(namespace, "vpc", drawing.namespace, f"igw{count}")
            out, _ = self.topology.connect(namespace, "inet", self.internet, f"igw{count}")
            namespace.commands.append(f"route add default via {out.peer} dev {out.name} onlink")
            namespace.commands += [
                f"route add {network} via {leg.peer} dev {leg.name} onlink" for network in drawing.cidrs
            ]
            drawing.internet[gateway] = Port(port, "internet", None)
            drawing.ports.append(drawing.internet[gateway])
        return drawing.internet[gateway]

    def _public_access_mode(self, vpc: Vpc, subnet: Subnet) -> str:
        """VPC Block Public Access, as far as it concerns what leaves from this subnet. An exclusion lets it out at least.

        Source: https://docs.aws.amazon.com/vpc/latest/userguide/security-vpc-bpa.html
        """
        for exclusion in self.network.public_access_exclusions:
            if exclusion.vpc is not None and end(exclusion.vpc, "VPC of an exclusion", exclusion.evidence) is vpc:
                return "off"
            if exclusion.subnet is not None:
                if end(exclusion.subnet, "subnet of an exclusion", exclusion.evidence) is subnet:
                    return "off"
        modes = {
            known(block.mode, "mode of VPC Block Public Access", block.evidence)
            for block in self.network.public_access_blocks
            if block.concerns(vpc)
        } - {"off"}
        return "block-bidirectional" if "block-bidirectional" in modes else next(iter(modes), "off")

    def _nat_port(self, drawing: VpcDrawing, gateway: NatGateway) -> Port | None:
        subnet = end(gateway.subnet, "subnet of a NAT gateway", gateway.address)
        if self.vpc_of(subnet) is not drawing.vpc:
            return None
        if gateway not in drawing.nat:
            count = sum(len(other.nat) for other in self.vpcs.values()) + 1
            namespace = self.topology.add(f"nat{count}", str(gateway.address), forwards=True)
            address = self.choose_address(subnet)
            if known(gateway.is_public, "connectivity type", gateway.address):
                drawing.with_public_address.add(address)
            leg = self.interface(subnet, address, namespace, "eni")
            drawing.nat[gateway] = drawing.ports[-1]
            namespace.commands.append(f"route add default via {leg.peer} dev {leg.name} onlink")
            namespace.filters += table_of_chains(
                [("nat", ["type nat hook postrouting priority srcnat;", f'oifname "eni" snat to {address}'])]
            )
        return drawing.nat[gateway]

    def _peering_port(self, drawing: VpcDrawing, peering: PeeringConnection) -> Port | None:
        sides = [end(link, "VPC of a peering", peering.address) for link in (peering.requester, peering.accepter)]
        if drawing.vpc not in sides:
            return None
        if not isinstance(peering.is_active, Known):
            self.doubts.append("the peering is accepted elsewhere")
        elif not peering.is_active.value:
            self.doubts.append("nobody accepts the peering in this configuration, and somebody may elsewhere")
            return None
        if peering not in drawing.peering:
            one, other = (self.vpc(side) for side in sides)
            count = sum(len(each.peering) for each in self.vpcs.values()) + 1
            legs = self.topology.connect(one.namespace, f"pcx{count}", other.namespace, f"pcx{count}")
            for side, leg in zip((one, other), legs, strict=True):
                side.peering[peering] = Port(leg, "peering", None)
                side.ports.append(side.peering[peering])
        return drawing.peering[peering]

    def _vpn_gateway_port(self, drawing: VpcDrawing, gateway: VpnGateway) -> Port | None:
        if not self._attached(whole(gateway.vpcs, "VPCs of a VPN gateway", gateway.address), drawing.vpc):
            return None
        if gateway not in drawing.on_premises:
            if self.on_premises is None:
                self.on_premises = self.topology.add("onprem", "on premises, beyond the VPN gateway")
            count = sum(len(each.on_premises) for each in self.vpcs.values()) + 1
            there, port = self.topology.connect(self.on_premises, f"vgw{count}", drawing.namespace, f"vgw{count}")
            self.on_premises.commands += [
                f"route append {network} via {there.peer} dev {there.name} onlink" for network in drawing.cidrs
            ]
            drawing.on_premises[gateway] = Port(port, "on-premises", None)
            drawing.ports.append(drawing.on_premises[gateway])
        return drawing.on_premises[gateway]

    def _finish_vpc(self, drawing: VpcDrawing) -> None:
        namespace = drawing.namespace
        local = namespace.table(LOCAL)
        for port in drawing.ports:
            if port.subnet is not None:
                namespace.commands.append(
                    f"rule add pref 100 iif {port.leg.name} lookup {namespace.table(port.subnet)}"
                )
            if port.address is not None:
                namespace.commands.append(
                    f"route add {port.address}/32 via {port.leg.peer} dev {port.leg.name} onlink table {local}"
                )
        namespace.commands.append(f"route add blackhole default metric {LAST_RESORT} table {local}")
        namespace.commands.append(f"rule add pref 200 lookup {local}")
        namespace.filters += table_of_chains(self._vpc_chains(drawing))
        for gateway_port in drawing.internet.values():
            gateway = self.topology.namespaces[f"igw{gateway_port.leg.name.removeprefix('igw')}"]
            nats = {port.address for port in drawing.nat.values()}
            public = {
                port.address
                for port in drawing.ports
                if port.address in drawing.with_public_address and port.subnet is not None
                if port.address in nats or self._public_access_mode(drawing.vpc, port.subnet) == "off"
            }
            gateway.filters += table_of_chains(
                [
                    (
                        "forward",
                        [
                            "type filter hook forward priority filter; policy drop;",
                            *([f'iifname "vpc" ip saddr {one_of(public)} accept'] if public else []),
                            'iifname "inet" ct state established,related accept',
                        ],
                    ),
                    ("nat", ["type nat hook postrouting priority srcnat;", 'oifname "inet" masquerade']),
                ]
            )

    def _vpc_chains(self, drawing: VpcDrawing) -> Iterable[tuple[str, list[str]]]:
        subnets = list(dict.fromkeys(port.subnet for port in drawing.ports if port.subnet is not None))
        index = {subnet: number for number, subnet in enumerate(subnets)}
        forward = ["type filter hook forward priority filter; policy accept;"]
        for peering, port in drawing.peering.items():
            # not transitive: a peering carries what is between addresses of its two VPCs
            # https://docs.aws.amazon.com/vpc/latest/peering/invalid-peering-configurations.html
            sides = [end(link, "VPC of a peering", peering.address) for link in (peering.requester, peering.accepter)]
            other = next(side for side in sides if side is not drawing.vpc)
            name = port.leg.name
            forward += [
                f'oifname "{name}" ip saddr != {one_of(drawing.cidrs)} drop',
                f'oifname "{name}" ip daddr != {one_of(self.cidrs(other))} drop',
                f'iifname "{name}" ip saddr != {one_of(self.cidrs(other))} drop',
                f'iifname "{name}" ip daddr != {one_of(drawing.cidrs)} drop',
            ]
        for subnet in subnets:
            interfaces = [p.leg.name for p in drawing.ports if p.subnet is subnet and p.kind == "interface"]
            attachments = [p.leg.name for p in drawing.ports if p.subnet is subnet and p.kind == "transit"]
            # within a subnet no ACL is asked; from an attachment to its own subnet neither, the other way round it is
            # https://docs.aws.amazon.com/vpc/latest/tgw/tgw-nacls.html
            if interfaces and attachments and self._filters(subnet):
                self.doubts.append("AWS's documents conflict about the ACL of a subnet that an attachment shares")
            for source in (*interfaces, *attachments):
                forward += [f'iifname "{source}" oifname "{name}" accept' for name in interfaces]
        chains: list[tuple[str, list[str]]] = []
        for port in drawing.ports:
            if port.subnet is None or port.subnet not in self.network.acl_of_subnet:
                continue
            acl = end(self.network.acl_of_subnet[port.subnet], "network ACL", port.subnet.address)
            number = index[port.subnet]
            if not any(name == f"out_{number}" for name, _ in chains):
                chains.append((f"out_{number}", acl_chain(acl, "egress")))
                chains.append((f"in_{number}", acl_chain(acl, "ingress")))
        filtered = {name for name, _ in chains}
        for direction, field_name in (("out", "iifname"), ("in", "oifname")):
            for port in drawing.ports:
                if port.subnet is not None and f"{direction}_{index[port.subnet]}" in filtered:
                    forward.append(f'{field_name} "{port.leg.name}" jump {direction}_{index[port.subnet]}')
        own = [port.leg.name for port in drawing.ports if port.kind == "interface"]
        answers = [
            f'iifname "{name}" ip saddr {one_of(drawing.cidrs)} ip daddr {drawing.amazon_dns} accept' for name in own
        ]
        return [
            *chains,
            ("forward", forward),
            # Amazon DNS: no ACL, no group, and only from interfaces of its own VPC
            (
                "input",
                ["type filter hook input priority filter; policy drop;", 'iifname "lo" accept']
                + (answers if drawing.amazon_dns is not None else []),
            ),
        ]

    def _filters(self, subnet: Subnet) -> bool:
        """Whether its network ACL denies anything to udp or tcp."""
        link = self.network.acl_of_subnet.get(subnet)
        if link is None:
            return False
        acl = end(link, "network ACL", subnet.address)
        directions: tuple[Direction, ...] = ("egress", "ingress")
        return any(not lets_everything_through(acl_entries(acl, direction)) for direction in directions)

    # -- transit gateways ----------------------------------------------------------------------------------------------------------

    def transit_gateway(self, gateway: TransitGateway) -> TransitDrawing:
        """The drawing of this gateway with every VPC attached to it."""
        if gateway in self.transit_gateways:
            return self.transit_gateways[gateway]
        if not gateway.is_managed:
            raise NotRepresentedError("transit gateway of another configuration", gateway.address)
        namespace = self.topology.add(f"tgw{len(self.transit_gateways) + 1}", str(gateway.address), forwards=True)
        drawing = self.transit_gateways[gateway] = TransitDrawing(gateway, namespace)
        attached: list[tuple[Vpc, IPv4Network]] = []
        for attachment in self._attachments(gateway):
            if attachment.kind == "peering":
                self._peer(drawing, attachment)
            if attachment.kind != "vpc" or attachment.vpc is None:
                continue
            if not isinstance(attachment.is_accepted, Known):
                self.doubts.append("the attachment is accepted elsewhere")
            elif not attachment.is_accepted.value:
                self.doubts.append("nobody accepts the attachment in this configuration, and somebody may elsewhere")
                continue
            vpc = end(attachment.vpc, "VPC of an attachment", attachment.address)
            for network in self.cidrs(vpc):
                if any(network.overlaps(other) for _, other in attached):
                    raise NotRepresentedError("overlapping VPCs at one transit gateway", gateway.address)
                attached.append((vpc, network))
            for link in whole(attachment.subnets, "subnets of an attachment", attachment.address):
                subnet = end(link, "subnet of an attachment", attachment.address)
                zone = self._zone(subnet)
                side = self.vpc(vpc)
                if (gateway, zone) in side.transit:
                    raise NotRepresentedError("two attachment subnets in one zone, AWS refuses it", attachment.address)
                name = f"tgw{len(self.transit_gateways)}x{len(drawing.legs) + 1}"
                leg, port = self.topology.connect(namespace, f"att{len(drawing.legs) + 1}", side.namespace, name)
                drawing.legs.append(TransitLeg(leg, attachment, zone))
                side.transit[gateway, zone] = Port(port, "transit", subnet)
                side.ports.append(side.transit[gateway, zone])
                self._pending.append(subnet)
        return drawing

    def _peer(self, drawing: TransitDrawing, attachment: Attachment) -> None:
        """Joins the gateway to its peer.

        Source: https://docs.aws.amazon.com/vpc/latest/tgw/tgw-peering.html
        """
        if not isinstance(attachment.peer, To) or not isinstance(attachment.gateway, To):
            return  # a route there is not represented
        if not (attachment.peer.target.is_managed and attachment.gateway.target.is_managed):
            return
        if not (isinstance(attachment.is_accepted, Known) and attachment.is_accepted.value):
            self.doubts.append("the peering of transit gateways is accepted elsewhere")
            return
        ends = (attachment.gateway.target, attachment.peer.target)
        other = self.transit_gateway(next(end for end in ends if end is not drawing.gateway))
        if any(leg.attachment is attachment for leg in drawing.legs):
            return
        number = len(drawing.legs) + len(other.legs) + 1
        here, there = self.topology.connect(drawing.namespace, f"peer{number}", other.namespace, f"peer{number}")
        drawing.legs.append(TransitLeg(here, attachment, None))
        other.legs.append(TransitLeg(there, attachment, None))

    def attach_client_vpn(
        self, gateway: TransitGateway, endpoint: ClientVpnEndpoint, clients: IPv4Network, namespace: Namespace
    ) -> Leg:
        """Attaches the endpoint itself."""
        drawing = self.transit_gateway(gateway)
        leg, far = self.topology.connect(namespace, "tgw", drawing.namespace, "cvpn")
        drawing.legs.append(TransitLeg(far, self._client_vpn_attachment(gateway), None))
        drawing.client_vpn = (endpoint, clients)
        return leg

    def _attachments(self, gateway: TransitGateway) -> list[Attachment]:
        return [
            attachment
            for attachment in whole(self.network.attachments, "attachments", gateway.address)
            if end(attachment.gateway, "transit gateway of an attachment", attachment.address) is gateway
            or (attachment.peer is not None and leads_to(attachment.peer, gateway))
        ]

    def _client_vpn_attachment(self, gateway: TransitGateway) -> Attachment | None:
        found = [attachment for attachment in self._attachments(gateway) if attachment.kind == "client vpn"]
        if len(found) > 1:
            raise NotRepresentedError("several Client VPN attachments at one transit gateway", gateway.address)
        return found[0] if found else None

    def _default_table(self, gateway: TransitGateway, role: Literal["association", "propagation"]) -> TransitTable:
        for table in self.network.transit_tables:
            marked = table.is_default_association if role == "association" else table.is_default_propagation
            if marked and leads_to(table.gateway, gateway):
                return table
        return DefaultTable(gateway)

    def _asks(self, drawing: TransitDrawing, attachment: Attachment | None) -> TransitTable | None:
        """The table that decides where traffic from this attachment goes."""
        gateway = drawing.gateway
        if attachment is not None:
            for association in whole(self.network.transit_associations, "associations", gateway.address):
                if leads_to(association.attachment, attachment):
                    table = end(association.table, "transit gateway route table", association.evidence)
                    if self._is_at(table, gateway):
                        return table
            # a peering is attached to both of its gateways, each of which associates it as it does its others
            flag = gateway.default_association if attachment.kind == "peering" else attachment.associates_by_default
            by_default = known(flag, "default association", attachment.address)
        else:
            by_default = known(gateway.default_association, "default association", gateway.address)
        return self._default_table(gateway, "association") if by_default else None

    def _is_at(self, table: TransitTable, gateway: TransitGateway) -> bool:
        if isinstance(table, DefaultTable):
            return table.gateway is gateway
        return end(table.gateway, "transit gateway of a route table", table.address) is gateway

    def _learns(self, drawing: TransitDrawing, table: TransitTable, attachment: Attachment | None) -> bool:
        """Whether the table holds the attachment's networks by propagation."""
        gateway = drawing.gateway
        if attachment is not None and attachment.kind == "peering":
            return False  # static routes only
        by_default = (
            known(attachment.propagates_by_default, "default propagation", attachment.address)
            if attachment is not None
            else known(gateway.default_propagation, "default propagation", gateway.address)
        )
        if by_default and self._default_table(gateway, "propagation") == table:
            return True
        return attachment is not None and any(
            leads_to(propagation.table, table) and leads_to(propagation.attachment, attachment)
            for propagation in whole(self.network.transit_propagations, "propagations", gateway.address)
        )

    def _finish_transit(self, drawing: TransitDrawing) -> None:
        namespace = drawing.namespace
        for transit_leg in drawing.legs:
            number = namespace.table(transit_leg.leg.name)
            namespace.commands.append(f"rule add pref 100 iif {transit_leg.leg.name} lookup {number}")
            table = self._asks(drawing, transit_leg.attachment)
            if table is not None:
                namespace.commands += self._transit_routes(drawing, table, transit_leg.zone, number)
            namespace.commands.append(f"route add blackhole default metric {LAST_RESORT} table {number}")

    def _transit_routes(self, drawing: TransitDrawing, table: TransitTable, zone: str | None, number: int) -> list[str]:
        lines = []
        for route in whole(self.network.transit_routes, "transit gateway routes", drawing.gateway.address):
            if not leads_to(route.table, table):
                if not isinstance(route.table, To):
                    raise NotRepresentedError("table of a transit gateway route is not known", route.evidence)
                continue
            network = ipv4(route.destination, "destination of a transit gateway route", route.evidence)
            if network is None:
                continue
            attachment = end(route.attachment, "attachment", route.evidence) if route.attachment is not None else None
            if (
                attachment is not None
                and attachment.kind not in ("vpc", "client vpn")
                and not any(leg.attachment is attachment for leg in drawing.legs)
            ):
                if any(address in network for address in self.taken):
                    raise NotRepresentedError(
                        f"transit gateway route to a {attachment.kind} attachment", route.evidence
                    )
                attachment = None
            leg = self._leg_to(drawing, attachment, zone) if attachment is not None else None
            lines.append(_transit_route(network, leg, 10, number))
        learned: dict[Attachment | None, tuple[IPv4Network, ...]] = {}
        for transit_leg in drawing.legs:
            attachment = transit_leg.attachment
            if not self._learns(drawing, table, attachment):
                continue
            if attachment is not None and attachment.kind == "vpc" and attachment.vpc is not None:
                learned[attachment] = self.cidrs(end(attachment.vpc, "VPC of an attachment", attachment.address))
            elif drawing.client_vpn is not None:
                learned[attachment] = (drawing.client_vpn[1],)
        for attachment, networks in learned.items():
            leg = self._leg_to(drawing, attachment, zone)
            lines += [_transit_route(network, leg, 20, number) for network in networks]
        return lines

    def _leg_to(self, drawing: TransitDrawing, attachment: Attachment | None, zone: str | None) -> Leg | None:
        """Traffic stays in its zone where the attachment has a subnet there.

        Source: https://docs.aws.amazon.com/vpc/latest/tgw/transit-gateway-appliance-scenario.html
        """
        legs = [leg for leg in drawing.legs if leg.attachment is attachment]
        same = [leg for leg in legs if leg.zone == zone]
        if not same and self._is_telling(drawing, legs):
            self.doubts.append("which zone a transit gateway delivers by")
        return (same or legs)[0].leg if legs else None

    def _is_telling(self, drawing: TransitDrawing, legs: list[TransitLeg]) -> bool:
        """Whether it makes a difference by which of these legs a packet comes."""
        places = [
            port.subnet
            for side in self.vpcs.values()
            for (gateway, _), port in side.transit.items()
            if gateway is drawing.gateway and port.subnet is not None
            if any(leg.leg.peer == port.leg.address for leg in legs)
        ]
        tables = {end(self.network.table_of_subnet[place], "route table", place.address) for place in places}
        return len(places) > 1 and (len(tables) > 1 or any(map(self._filters, places)))


def _transit_route(network: IPv4Network, leg: Leg | None, metric: int, number: int) -> str:
    if leg is None:
        return f"route add blackhole {network} metric {metric} table {number}"
    return f"route add {network} via {leg.peer} dev {leg.name} onlink metric {metric} table {number}"
