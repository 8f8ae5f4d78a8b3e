"""Transit gateways with everything attached to them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from tf_cvpn_lint.adapt.cidr import cidr, cidrs
from tf_cvpn_lint.adapt.filters import PrefixLists, entries_of
from tf_cvpn_lint.adapt.links import Key, bind, bind_all, relations
from tf_cvpn_lint.adapt.values import (
    FOREIGN,
    blocks,
    both,
    first_block,
    flag,
    gap,
    identity,
    is_managed,
    is_unset,
    text,
)
from tf_cvpn_lint.adapt.vpc import Places
from tf_cvpn_lint.config.configuration import Resource
from tf_cvpn_lint.core.evidence import Gap
from tf_cvpn_lint.core.link import Link, To, Unresolved
from tf_cvpn_lint.core.records import dataclass, field
from tf_cvpn_lint.core.value import Absent, Fact, Known, Unknown
from tf_cvpn_lint.core.verdict import Members
from tf_cvpn_lint.model.cidr import UnknownCidr
from tf_cvpn_lint.model.transit_gateway import (
    Attachment,
    DefaultTable,
    TransitAssociation,
    TransitGateway,
    TransitPropagation,
    TransitRoute,
    TransitRouteTable,
    TransitTable,
)
from tf_cvpn_lint.model.vpc import Subnet, Vpc

AttachmentKind = Literal["vpc", "vpn", "direct connect", "peering", "connect", "client vpn"]

_ATTACHMENTS: dict[str, AttachmentKind] = {
    "aws_ec2_transit_gateway_vpc_attachment": "vpc",
    "aws_ec2_transit_gateway_vpc_attachment_accepter": "vpc",
    "aws_vpn_connection": "vpn",
    "aws_ec2_transit_gateway_peering_attachment": "peering",
    "aws_ec2_transit_gateway_peering_attachment_accepter": "peering",
    "aws_ec2_transit_gateway_connect": "connect",
    "aws_dx_gateway_association": "direct connect",
    "aws_ec2_transit_gateway_attachment": "vpc",
    "aws_ec2_transit_gateway_vpn_attachment": "vpn",
    "aws_ec2_transit_gateway_dx_gateway_attachment": "direct connect",
}

# `resource_type` of data.aws_ec2_transit_gateway_attachment.
# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_TransitGatewayAttachment.html
_RESOURCE_TYPES: dict[str, AttachmentKind] = {
    "vpc": "vpc",
    "vpn": "vpn",
    "vpn-concentrator": "vpn",
    "direct-connect-gateway": "direct connect",
    "peering": "peering",
    "tgw-peering": "peering",
    "connect": "connect",
    "client-vpn": "client vpn",
}

TYPES = frozenset(
    {
        *_ATTACHMENTS,
        "aws_ec2_transit_gateway",
        "aws_ec2_transit_gateway_route_table",
        "aws_ec2_transit_gateway_route_table_association",
        "aws_ec2_transit_gateway_route_table_propagation",
        "aws_ec2_transit_gateway_route",
        "aws_ec2_transit_gateway_prefix_list_reference",
        "aws_ec2_transit_gateway_default_route_table_association",
        "aws_ec2_transit_gateway_default_route_table_propagation",
    }
)


@dataclass(slots=True)
class Transit:
    gateways: dict[Key, TransitGateway] = field(default_factory=dict)
    attachments: dict[Key, Attachment] = field(default_factory=dict)
    tables: dict[Key, TransitTable] = field(default_factory=dict)
    routes: Members[TransitRoute] = Members()
    associations: Members[TransitAssociation] = Members()
    propagations: Members[TransitPropagation] = Members()
    unread_attachments: tuple[Gap, ...] = ()

    @property
    def route_tables(self) -> Iterator[TransitRouteTable]:
        for table in self.tables.values():
            if isinstance(table, TransitRouteTable):
                yield table


def transit(places: Places, lists: PrefixLists) -> Transit:
    joins = places.joins
    found = Transit()
    for resource in joins.owners("transit_gateway", "aws_ec2_transit_gateway"):
        gateway = _gateway(resource, places)
        found.gateways[Key(resource.address)] = gateway
        found.tables[Key(resource.address, "default_table")] = DefaultTable(gateway)
    accepters = relations(
        joins, "attachment", "transit_gateway_attachment_id", "aws_ec2_transit_gateway_vpc_attachment_accepter"
    )
    for resource in joins.owners("attachment", *_ATTACHMENTS):
        if resource.type in ("aws_vpn_connection", "aws_dx_gateway_association") and not _is_at_transit_gateway(
            resource, places
        ):
            continue
        found.attachments[Key(resource.address)] = _attachment(
            resource, accepters.of.get(Key(resource.address), []), accepters.gaps(Key(resource.address)), places, found
        )
    for resource in joins.owners("client_vpn_endpoint", "aws_ec2_client_vpn_endpoint"):
        if not is_unset(resource.body.get("transit_gateway_configuration")):
            key = Key(resource.address, "client_vpn_attachment")
            found.attachments[key] = _client_vpn_attachment(resource, places, found)
    found.unread_attachments = joins.configuration.unread(*_ATTACHMENTS)
    _tables(places, found)
    _relations(places, found, lists)
    return found


def _gateway(resource: Resource, places: Places) -> TransitGateway:
    body = resource.body
    managed = is_managed(resource)
    not_read = Unknown(why=FOREIGN)
    # Defaults `enable`, `enable`, `disable`.
    # https://github.com/hashicorp/terraform-provider-aws/blob/main/website/docs/r/ec2_transit_gateway.html.markdown
    return TransitGateway(
        address=resource.address,
        evidence=resource.evidence(),
        id=identity(resource),
        default_association=flag(body.get("default_route_table_association"), True if managed else not_read),
        default_propagation=flag(body.get("default_route_table_propagation"), True if managed else not_read),
        group_references=flag(body.get("security_group_referencing_support"), False if managed else not_read),
        cidrs=cidrs(body.get("transit_gateway_cidr_blocks"), places.symbols, resource, "transit_gateway_cidr_blocks"),
        is_managed=managed,
    )


def _is_at_transit_gateway(resource: Resource, places: Places) -> bool:
    if resource.type == "aws_vpn_connection":
        return not is_unset(resource.body.get("transit_gateway_id"))
    value = resource.body.get("associated_gateway_id")
    known = text(value)
    if known is not None:
        return known.startswith("tgw-")
    return isinstance(value, Unknown) and bool(places.joins.candidates(value.refers_to, "transit_gateway"))


def _attachment(
    resource: Resource, accepters: list[Resource], unread: tuple[Gap, ...], places: Places, found: Transit
) -> Attachment:
    body = resource.body
    joins = places.joins
    kind = _ATTACHMENTS[resource.type]
    if resource.type == "aws_ec2_transit_gateway_attachment":
        kind = _RESOURCE_TYPES.get(text(body.get("resource_type")) or "", "vpc")
    gateway_attribute = (
        "associated_gateway_id" if resource.type == "aws_dx_gateway_association" else "transit_gateway_id"
    )
    gateway = bind(
        joins.link(body.get(gateway_attribute), "transit_gateway"),
        found.gateways,
        resource.evidence(gateway_attribute),
    )
    vpc: Link[Vpc] | None = None
    if kind == "vpc":
        vpc = (
            bind(joins.link(body.get("resource_id"), "vpc"), places.vpcs, resource.evidence("resource_id"))
            if resource.type == "aws_ec2_transit_gateway_attachment"
            else places.vpc(resource)
        )
    peer: Link[TransitGateway] | None = None
    if kind == "peering":
        peer = bind(
            joins.link(body.get("peer_transit_gateway_id"), "transit_gateway"),
            found.gateways,
            resource.evidence("peer_transit_gateway_id"),
        )
    owner = gateway.target if isinstance(gateway, To) else None
    # Associated and propagated by default; whoever owns the gateway decides, so an accepter's flags go before.
    # https://github.com/hashicorp/terraform-provider-aws/blob/main/website/docs/r/ec2_transit_gateway_vpc_attachment.html.markdown
    flags = accepters[0].body if len(accepters) == 1 else body
    not_read = Unknown(why=FOREIGN)
    own_default: bool | Unknown = True if is_managed(resource) else not_read
    return Attachment(
        address=resource.address,
        evidence=resource.evidence(),
        id=identity(resource, "transit_gateway_attachment_id", "id"),
        gateway=gateway,
        kind=kind,
        vpc=vpc,
        subnets=_subnets(resource, kind, places),
        associates_by_default=both(
            flag(flags.get("transit_gateway_default_route_table_association"), own_default),
            owner.default_association if owner else not_read,
        ),
        propagates_by_default=both(
            flag(flags.get("transit_gateway_default_route_table_propagation"), own_default),
            owner.default_propagation if owner else not_read,
        ),
        # The attachment's own flag is `enable` for a new one where the gateway's is.
        # https://docs.aws.amazon.com/vpc/latest/tgw/tgw-vpc-attachments.html#vpc-attachment-security
        group_references=both(
            flag(body.get("security_group_referencing_support"), own_default),
            owner.group_references if owner else not_read,
        ),
        is_accepted=_is_accepted(resource, accepters, unread, kind, gateway, places),
        subnets_evidence=resource.evidence("subnet_ids"),
        peer=peer,
    )


def _subnets(resource: Resource, kind: AttachmentKind, places: Places) -> Members[Link[Subnet]]:
    if kind != "vpc":
        return Members()
    value = resource.body.get("subnet_ids")
    if isinstance(value, Absent):
        return Members((), (gap(resource, "subnet_ids", FOREIGN),))
    return bind_all(places.joins.links(resource, value, "subnet", "subnet_ids"), places.subnets)


def _is_accepted(
    resource: Resource,
    accepters: list[Resource],
    unread: tuple[Gap, ...],
    kind: AttachmentKind,
    gateway: Link[TransitGateway],
    places: Places,
) -> Fact[bool]:
    """An attachment to a gateway of another account waits until it is accepted there.

    https://docs.aws.amazon.com/vpc/latest/tgw/tgw-vpc-attachments.html
    """
    body = resource.body
    if accepters or resource.type.endswith("_accepter"):
        return Known(True)
    if (state := text(body.get("state"))) is not None and resource.lifecycle != "created":
        if state == "available":
            return Known(True, resource.evidence("state"))
        if state in ("pendingAcceptance", "rejected", "deleted", "failed") and not unread:
            return Known(False, resource.evidence("state"))
    if kind == "peering":
        if isinstance(gateway, To) and not unread:
            peer = places.joins.link(body.get("peer_transit_gateway_id"), "transit_gateway")
            accepted_here = isinstance(peer, To) and _accepts_peering(resource, places)
            if accepted_here:
                return Known(True)
        return Unknown(why="the other side accepts a peering of transit gateways")
    if kind != "vpc":
        return Known(True)
    if isinstance(gateway, To):
        owner = places.joins.configuration.get(gateway.target.address)
        if owner is not None:
            if owner.address.mode == "managed" and owner.provider == resource.provider:
                return Known(True)
            if flag(owner.body.get("auto_accept_shared_attachments"), False) == Known(True):
                return Known(True)
            owner_id = text(owner.body.get("owner_id"))
            if owner_id is not None and owner_id == text(body.get("vpc_owner_id")):
                return Known(True)
    if not is_managed(resource):
        return Known(True)  # a data source finds attachments that are there
    return Unknown(why="the owner of the transit gateway accepts it")


def _accepts_peering(resource: Resource, places: Places) -> bool:
    for accepter in places.joins.configuration.of_type("aws_ec2_transit_gateway_peering_attachment_accepter"):
        link = places.joins.link(accepter.body.get("transit_gateway_attachment_id"), "attachment")
        if link == To(Key(resource.address)):
            return True
    return False


def _client_vpn_attachment(resource: Resource, places: Places, found: Transit) -> Attachment:
    """The attachment that AWS makes with an endpoint that has a `transit_gateway_configuration`.

    https://docs.aws.amazon.com/vpc/latest/tgw/tgw-client-vpn-attachments.html
    """
    settings = first_block(blocks(resource, "transit_gateway_configuration"))
    path = "transit_gateway_configuration[0].transit_gateway_id"
    gateway = bind(
        places.joins.link(settings.get("transit_gateway_id"), "transit_gateway"),
        found.gateways,
        resource.evidence(path),
    )
    owner = gateway.target if isinstance(gateway, To) else None
    not_read = Unknown(why=FOREIGN)
    return Attachment(
        address=resource.address,
        evidence=resource.evidence("transit_gateway_configuration"),
        id=text(settings.get("transit_gateway_attachment_id")),
        gateway=gateway,
        kind="client vpn",
        vpc=None,
        subnets=Members(),
        associates_by_default=owner.default_association if owner else not_read,
        propagates_by_default=owner.default_propagation if owner else not_read,
        group_references=Known(False),
        is_accepted=Known(True),
    )


def _tables(places: Places, found: Transit) -> None:
    joins = places.joins
    defaults: dict[str, set[Key]] = {"association": set(), "propagation": set()}
    for purpose, named in defaults.items():
        for resource in joins.configuration.of_type(f"aws_ec2_transit_gateway_default_route_table_{purpose}"):
            link = joins.link(resource.body.get("transit_gateway_route_table_id"), "transit_table")
            if isinstance(link, To) and joins.is_judged(resource):
                named.add(link.target)
    for resource in joins.owners("transit_table", "aws_ec2_transit_gateway_route_table"):
        key = Key(resource.address)
        read_association = flag(resource.body.get("default_association_route_table"), False)
        read_propagation = flag(resource.body.get("default_propagation_route_table"), False)
        found.tables[key] = TransitRouteTable(
            address=resource.address,
            evidence=resource.evidence(),
            id=identity(resource),
            gateway=bind(
                joins.link(resource.body.get("transit_gateway_id"), "transit_gateway"),
                found.gateways,
                resource.evidence("transit_gateway_id"),
            ),
            is_managed=is_managed(resource),
            is_default_association=key in defaults["association"] or read_association == Known(True),
            is_default_propagation=key in defaults["propagation"] or read_propagation == Known(True),
        )


def _relations(places: Places, found: Transit, lists: PrefixLists) -> None:
    joins, configuration = places.joins, places.joins.configuration

    def table(resource: Resource) -> Link[TransitTable]:
        attribute = "transit_gateway_route_table_id"
        link = joins.end(resource, attribute, "transit_table")
        return bind(link, found.tables, resource.evidence(attribute))

    def attachment(resource: Resource) -> Link[Attachment]:
        attribute = "transit_gateway_attachment_id"
        link = joins.end(resource, attribute, "attachment")
        return bind(link, found.attachments, resource.evidence(attribute))

    def judged(type_: str) -> Iterator[Resource]:
        return (resource for resource in configuration.of_type(type_) if joins.is_judged(resource))

    association, propagation = (
        "aws_ec2_transit_gateway_route_table_association",
        "aws_ec2_transit_gateway_route_table_propagation",
    )
    found.associations = Members(
        tuple(TransitAssociation(table(each), attachment(each), each.evidence()) for each in judged(association)),
        configuration.unread(association),
    )
    found.propagations = Members(
        tuple(TransitPropagation(table(each), attachment(each), each.evidence()) for each in judged(propagation)),
        configuration.unread(propagation),
    )
    routes: list[TransitRoute] = []
    gaps: list[Gap] = list(
        configuration.unread("aws_ec2_transit_gateway_route", "aws_ec2_transit_gateway_prefix_list_reference")
    )
    for resource in judged("aws_ec2_transit_gateway_route"):
        attribute = "destination_cidr_block"
        destination = cidr(resource.body.get(attribute), places.symbols, resource.evidence(attribute))
        to = _route_attachment(resource, attachment(resource))
        routes.append(TransitRoute(table(resource), destination or UnknownCidr(why="not set"), to, resource.evidence()))
    for resource in judged("aws_ec2_transit_gateway_prefix_list_reference"):
        entries = entries_of(places, lists, resource, resource.body.get("prefix_list_id"), "prefix_list_id")
        gaps.extend(entries.gaps)
        to = _route_attachment(resource, attachment(resource))
        routes.extend(TransitRoute(table(resource), entry, to, resource.evidence()) for entry in entries.items)
    found.routes = Members(tuple(routes), tuple(dict.fromkeys(gaps)))


def _route_attachment(resource: Resource, attachment: Link[Attachment]) -> Link[Attachment] | None:
    """Where a static route leads; None for a blackhole (`blackhole`, false unless set)."""
    match flag(resource.body.get("blackhole"), False):
        case Known(True):
            return None
        case Known():
            return attachment
        case Unknown() as unknown:
            candidates = (attachment.target,) if isinstance(attachment, To) else ()
            why = "whether the route is a blackhole is not known"
            return Unresolved(unknown.refers_to, why, candidates, False, resource.evidence("blackhole"))
