"""Route tables in every form, the gateways they lead to, and which table serves which subnet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

from tf_cvpn_lint.adapt.cidr import cidr, unique_gaps
from tf_cvpn_lint.adapt.filters import PrefixLists, entries_of
from tf_cvpn_lint.adapt.links import Key, Kind, Relations, attribute_path, bind, bind_all, relations
from tf_cvpn_lint.adapt.transit_gateway import Transit
from tf_cvpn_lint.adapt.values import (
    FOREIGN,
    STALE,
    at,
    blocks,
    elements,
    flag,
    foreign,
    gap,
    identity,
    is_managed,
    is_unset,
    text,
    text_fact,
)
from tf_cvpn_lint.adapt.vpc import Places
from tf_cvpn_lint.config.configuration import Body, Resource
from tf_cvpn_lint.core.address import Address
from tf_cvpn_lint.core.evidence import Evidence, Gap
from tf_cvpn_lint.core.link import Link, Outside, To, Unresolved
from tf_cvpn_lint.core.records import dataclass, field
from tf_cvpn_lint.core.value import Absent, Fact, Known, Unknown, Value
from tf_cvpn_lint.core.verdict import Members
from tf_cvpn_lint.model.cidr import Cidr, KnownCidr
from tf_cvpn_lint.model.routing import (
    ImplicitMainTable,
    InternetGateway,
    NatGateway,
    PeeringConnection,
    Route,
    RouteTable,
    RouteTarget,
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
from tf_cvpn_lint.model.vpc import Subnet, Vpc

TYPES = frozenset(
    {
        "aws_route_table",
        "aws_default_route_table",
        "aws_route",
        "aws_route_table_association",
        "aws_main_route_table_association",
        "aws_vpn_gateway_route_propagation",
        "aws_internet_gateway",
        "aws_internet_gateway_attachment",
        "aws_egress_only_internet_gateway",
        "aws_ec2_carrier_gateway",
        "aws_nat_gateway",
        "aws_vpn_gateway",
        "aws_vpn_gateway_attachment",
        "aws_vpc_peering_connection",
        "aws_vpc_peering_connection_accepter",
        "aws_vpc_endpoint",
        "aws_network_interface",
        "aws_instance",
    }
)

ApplianceKind = Literal[
    "network interface", "VPC endpoint", "instance", "local gateway", "carrier gateway", "core network"
]

Tables = RouteTable | ImplicitMainTable


@dataclass(slots=True)
class Gateways:
    internet: dict[Key, InternetGateway] = field(default_factory=dict)
    nat: dict[Key, NatGateway] = field(default_factory=dict)
    peerings: dict[Key, PeeringConnection] = field(default_factory=dict)
    vpn: dict[Key, VpnGateway] = field(default_factory=dict)


@dataclass(slots=True)
class Routing:
    gateways: Gateways
    tables: dict[Key, RouteTable] = field(default_factory=dict)
    of_subnet: dict[Subnet, Link[Tables]] = field(default_factory=dict)


def routing(places: Places, transit: Transit, lists: PrefixLists) -> Routing:
    found = Routing(_gateways(places))
    _Tables(places, transit, lists, found).read()
    return found


# Gateways


def _gateways(places: Places) -> Gateways:
    joins = places.joins
    found = Gateways()
    attached = relations(joins, "internet_gateway", "internet_gateway_id", "aws_internet_gateway_attachment")
    for resource in joins.owners("internet_gateway", "aws_internet_gateway"):
        key = Key(resource.address)
        found.internet[key] = InternetGateway(
            resource.address,
            resource.evidence(),
            identity(resource, "id", "internet_gateway_id"),
            _attached_vpcs(resource, attached, places),
        )
    for resource in joins.owners("nat_gateway", "aws_nat_gateway"):
        found.nat[Key(resource.address)] = _nat(resource, places)
    accepters = relations(joins, "peering", "vpc_peering_connection_id", "aws_vpc_peering_connection_accepter")
    for resource in joins.owners("peering", "aws_vpc_peering_connection", "aws_vpc_peering_connection_accepter"):
        found.peerings[Key(resource.address)] = _peering(resource, accepters, places)
    attached = relations(joins, "vpn_gateway", "vpn_gateway_id", "aws_vpn_gateway_attachment")
    for resource in joins.owners("vpn_gateway", "aws_vpn_gateway"):
        found.vpn[Key(resource.address)] = VpnGateway(
            resource.address, resource.evidence(), identity(resource), _attached_vpcs(resource, attached, places)
        )
    return found


def _attached_vpcs(resource: Resource, attached: Relations, places: Places) -> Members[Link[Vpc]]:
    joins = places.joins
    key = Key(resource.address)
    links: list[Link[Key]] = []
    gaps: list[Gap] = list(attached.gaps(key))
    if is_managed(resource):
        if not is_unset(resource.body.get("vpc_id")):
            links.append(joins.link(resource.body.get("vpc_id"), "vpc", evidence=resource.evidence("vpc_id")))
    elif resource.type == "aws_vpn_gateway":
        if not is_unset(resource.body.get("attached_vpc_id")):
            links.append(joins.link(resource.body.get("attached_vpc_id"), "vpc", evidence=resource.evidence()))
        else:
            gaps.append(foreign(resource, "the VPC it is attached to"))
    else:
        links.extend(
            joins.link(body.get("vpc_id"), "vpc", evidence=resource.evidence("attachments"))
            for _, body in blocks(resource, "attachments").items
        )
        asked = _filtered_vpcs(resource, places) if not links else []
        links.extend(asked)
        if isinstance(resource.body.get("attachments"), Unknown | Absent) and not asked:
            gaps.append(foreign(resource, "the VPC it is attached to"))
    links.extend(
        joins.link(each.body.get("vpc_id"), "vpc", evidence=each.evidence("vpc_id"))
        for each in attached.of.get(key, ())
    )
    # `vpc_id` is read back from AWS, so a separate attachment shows up in both places.
    unique = {(link.target if isinstance(link, To) else link): link for link in links}
    return bind_all(Members(tuple(unique.values()), unique_gaps(gaps)), places.vpcs)


def _filtered_vpcs(resource: Resource, places: Places) -> list[Link[Key]]:
    """The VPC for whose gateway a data source asks."""
    for _, body in blocks(resource, "filter").items:
        values = elements(body.get("values"))
        if text(body.get("name")) == "attachment.vpc-id" and not isinstance(values, Unknown) and len(values) == 1:
            return [places.joins.link(values[0], "vpc", evidence=resource.evidence("filter"))]
    return []


def _nat(resource: Resource, places: Places) -> NatGateway:
    # Default `public`.
    # https://github.com/hashicorp/terraform-provider-aws/blob/main/website/docs/r/nat_gateway.html.markdown
    kind = text_fact(resource.body.get("connectivity_type"), "public" if is_managed(resource) else Unknown(why=FOREIGN))
    is_public: Fact[bool] = Known(kind.value == "public", kind.evidence) if isinstance(kind, Known) else kind
    return NatGateway(
        resource.address,
        resource.evidence(),
        identity(resource),
        places.subnet(resource, resource.body.get("subnet_id"), "subnet_id"),
        is_public,
        resource.evidence("connectivity_type"),
    )


def _peering(resource: Resource, accepters: Relations, places: Places) -> PeeringConnection:
    # Seen from the accepter, `vpc_id` is its own VPC.
    # https://github.com/hashicorp/terraform-provider-aws/blob/main/website/docs/r/vpc_peering_connection_accepter.html.markdown
    is_accepter = resource.type == "aws_vpc_peering_connection_accepter"
    names = ("peer_vpc_id", "vpc_id") if is_accepter else ("vpc_id", "peer_vpc_id")
    requester, accepter = (
        bind(places.joins.link(resource.body.get(name), "vpc"), places.vpcs, resource.evidence(name)) for name in names
    )
    id_names = ("id", "vpc_peering_connection_id") if is_accepter else ("id",)
    return PeeringConnection(
        resource.address,
        resource.evidence(),
        identity(resource, *id_names),
        requester,
        accepter,
        _is_active(resource, requester, accepter, accepters),
    )


def _is_active(resource: Resource, requester: Link[Vpc], accepter: Link[Vpc], accepters: Relations) -> Fact[bool]:
    """https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html#vpc-peering-lifecycle"""
    key = Key(resource.address)
    unknown: Unknown | None = None
    for each in (resource, *accepters.of.get(key, ())):
        match flag(each.body.get("auto_accept"), False):
            case Known(True):
                return Known(True, each.evidence("auto_accept"))
            case Unknown() as found:
                unknown = unknown or found
            case Known():
                pass
    for attribute in ("accept_status", "status"):
        status = text(resource.body.get(attribute))
        if status == "active":
            return Known(True, resource.evidence(attribute))
        if status in ("failed", "rejected", "expired", "deleted", "deleting"):
            return Known(False, resource.evidence(attribute))
    if unknown is not None:
        return unknown
    gaps = accepters.gaps(key)
    if gaps:
        return Unknown(gaps[0].waits_for, gaps[0].why)
    ours = all(isinstance(side, To) and side.target.is_managed for side in (requester, accepter))
    if ours and resource.type == "aws_vpc_peering_connection" and is_managed(resource):
        return Known(False, resource.evidence())
    return Unknown(why="the other side accepts it")


# Routes

# The targets a route may name, in the order in which one that is set decides. `gateway_id` stands apart: it may name several kinds.
_TARGETS: tuple[tuple[str, Kind], ...] = (
    ("transit_gateway_id", "transit_gateway"),
    ("vpc_peering_connection_id", "peering"),
    ("nat_gateway_id", "nat_gateway"),
    ("egress_only_gateway_id", "egress_only_gateway"),
    ("vpc_endpoint_id", "vpc_endpoint"),
    ("carrier_gateway_id", "carrier_gateway"),
    ("local_gateway_id", "local_gateway"),
    ("core_network_arn", "core_network"),
    ("gateway_id", "internet_gateway"),
    # Known beside an instance: AWS fills in the one from the other.
    ("instance_id", "instance"),
    ("network_interface_id", "network_interface"),
)

_APPLIANCES: dict[str, ApplianceKind] = {
    "vpc_endpoint_id": "VPC endpoint",
    "carrier_gateway_id": "carrier gateway",
    "local_gateway_id": "local gateway",
    "core_network_arn": "core network",
    "instance_id": "instance",
    "network_interface_id": "network interface",
}


@dataclass(slots=True)
class _Tables:
    places: Places
    transit: Transit
    lists: PrefixLists
    found: Routing
    standalone: Relations = field(default_factory=Relations)
    propagations: Relations = field(default_factory=Relations)
    main: dict[Vpc, Link[Tables]] = field(default_factory=dict)
    implicit: dict[Vpc, ImplicitMainTable] = field(default_factory=dict)

    def _implicit(self, vpc: Vpc) -> ImplicitMainTable:
        return self.implicit.setdefault(vpc, ImplicitMainTable(vpc))

    def read(self) -> None:
        joins = self.places.joins
        self.standalone = relations(joins, "route_table", "route_table_id", "aws_route")
        self.propagations = relations(joins, "route_table", "route_table_id", "aws_vpn_gateway_route_propagation")
        owners = list(joins.owners("route_table", "aws_route_table", "aws_default_route_table"))
        mains = self._main_keys(owners)
        main_keys = {link.target for link in mains.values() if isinstance(link, To)}
        for resource in owners:
            key = Key(resource.address)
            self.found.tables[key] = self._table(resource, key, key in main_keys)
        touched = {*self.standalone.of, *self.standalone.may_be_of, *self.propagations.of, *self.propagations.may_be_of}
        without_resource = [
            key for key in touched if key.part == "default_route_table" and key not in self.found.tables
        ]
        for key in sorted(without_resource, key=lambda each: each.address):
            self.found.tables[key] = self._main_without_resource(key, key in main_keys)
        for vpc, link in mains.items():
            self.main[vpc] = self._bind_main(vpc, link)
        self._tables_of_subnets(owners)

    # One table

    def _table(self, resource: Resource, key: Key, is_main: bool) -> RouteTable:
        name = "route" if is_managed(resource) else "routes"
        vpc = self._vpc(resource)
        routes: list[Route] = []
        inline = blocks(resource, name)
        gaps: list[Gap] = list(inline.gaps)
        for path, body in inline.items:
            read = self._routes(resource, body, path, vpc, pooled=True)
            routes.extend(read.items)
            gaps.extend(read.gaps)
        if not is_managed(resource) and isinstance(resource.body.get(name), Absent):
            gaps.append(foreign(resource, "the routes of this route table"))
        # Adopting a default table removes its routes, so an unset `route` means none even there.
        # https://github.com/hashicorp/terraform-provider-aws/blob/main/website/docs/r/default_route_table.html.markdown
        if (
            resource.type == "aws_route_table"
            and resource.lifecycle == "existing"
            and isinstance(resource.body.get(name), Absent)
        ):
            gaps.append(gap(resource, "route", "the table exists already, and its routes were not read"))
        added = self._added(key, vpc)
        # What AWS reports of a table lists the routes of other resources too; those know more.
        known = {route.destination for route in added.items if isinstance(route.destination, KnownCidr)}
        routes = [route for route in routes if route.destination not in known]
        if routes and added.items and resource.lifecycle == "existing":
            # What is left may be of a route that this plan takes away: the table still shows it.
            gaps.append(gap(resource, name, STALE))
            routes = []
        return RouteTable(
            address=resource.address,
            evidence=resource.evidence(),
            id=identity(resource, "id", "route_table_id"),
            vpc=vpc,
            routes=Members((*routes, *added.items), unique_gaps([*gaps, *added.gaps])),
            propagates=self._propagates(resource, key),
            is_main=is_main,
        )

    def _vpc(self, resource: Resource) -> Link[Vpc]:
        if resource.type == "aws_default_route_table":
            part = self.places.joins.adopted_by(resource)
            vpc = self.places.vpcs.get(Key(part.address)) if part is not None else None
            if vpc is not None:
                return To(vpc, resource.evidence("default_route_table_id"))
        return self.places.vpc(resource)

    def _main_without_resource(self, key: Key, is_main: bool) -> RouteTable:
        """The default table of a VPC to which this configuration adds routes without adopting it."""
        vpc = self.places.vpcs[Key(key.address)]
        resource = self.places.joins.configuration.get(key.address)
        assert resource is not None
        evidence = resource.evidence("default_route_table_id")
        added = self._added(key, To(vpc, evidence))
        gaps = list(added.gaps)
        if (why := _why_unread(vpc)) is not None:
            gaps.append(Gap(str(vpc.address), "the other routes of its default route table", why, evidence.location))
        return RouteTable(
            address=vpc.address,
            evidence=evidence,
            id=text(resource.body.get("default_route_table_id")),
            vpc=To(vpc, evidence),
            routes=Members(added.items, unique_gaps(gaps)),
            propagates=self._propagates(None, key),
            is_main=is_main,
        )

    def _added(self, key: Key, vpc: Link[Vpc]) -> Members[Route]:
        routes: list[Route] = []
        gaps: list[Gap] = list(self.standalone.gaps(key))
        for resource in self.standalone.of.get(key, ()):
            read = self._routes(resource, resource.body, "", vpc, pooled=False)
            routes.extend(read.items)
            gaps.extend(read.gaps)
        return Members(tuple(routes), unique_gaps(gaps))

    def _propagates(self, resource: Resource | None, key: Key) -> Members[Link[VpnGateway]]:
        joins = self.places.joins
        links: Members[Link[Key]] = Members()
        if resource is not None:
            links = joins.links(resource, resource.body.get("propagating_vgws"), "vpn_gateway", "propagating_vgws")
        more = tuple(
            joins.link(each.body.get("vpn_gateway_id"), "vpn_gateway", evidence=each.evidence("vpn_gateway_id"))
            for each in self.propagations.of.get(key, ())
        )
        unique = {(link.target if isinstance(link, To) else link): link for link in (*links.items, *more)}
        gaps = unique_gaps([*links.gaps, *self.propagations.gaps(key)])
        return bind_all(Members(tuple(unique.values()), gaps), self.found.gateways.vpn)

    # One route

    def _routes(self, resource: Resource, body: Body, path: str, vpc: Link[Vpc], *, pooled: bool) -> Members[Route]:
        names = ("cidr_block", "ipv6_cidr_block") if path else ("destination_cidr_block", "destination_ipv6_cidr_block")
        destinations: list[Cidr] = []
        gaps: tuple[Gap, ...] = ()
        for name in names:
            if is_unset(body.get(name)):
                continue
            found = cidr(body.get(name), self.places.symbols, at(resource, path, name))
            if found is not None:
                destinations.append(found)
        if not is_unset(body.get("destination_prefix_list_id")):
            attribute = at(resource, path, "destination_prefix_list_id").attribute
            value = body.get("destination_prefix_list_id")
            entries = entries_of(self.places, self.lists, resource, value, attribute)
            destinations.extend(entries.items)
            gaps = entries.gaps
        target, name = self._target(resource, body, path, pooled)
        if isinstance(target, ToLocal) and isinstance(vpc, To):
            return Members((), gaps)  # those of the VPC's own CIDRs are not listed
        evidence = resource.evidence(f"{path}.{name}" if path and name else path or name)
        if not path:
            evidence = resource.evidence()
        return Members(tuple(Route(destination, target, evidence) for destination in destinations), gaps)

    def _target(self, resource: Resource, body: Body, path: str, pooled: bool) -> tuple[RouteTarget, str]:
        """Where a route leads, and the attribute that says so."""
        if text(body.get("state")) == "blackhole" and resource.lifecycle != "created":
            return ToNothing("its state is blackhole"), "state"
        set_ = [(name, kind) for name, kind in _TARGETS if name in body.values and not is_unset(body.values[name])]
        # An interface or instance that AWS filled in beside the target that was given.
        sure = [(name, kind) for name, kind in set_ if isinstance(body.get(name), Known)]
        given = sure or [
            (name, kind) for name, kind in set_ if isinstance(value := body.get(name), Unknown) and value.refers_to
        ]
        given = given or set_
        if len({name for name, _ in given} - {"instance_id", "network_interface_id"}) > 1 or not given:
            waits = tuple(
                reference
                for name, _ in given
                if isinstance(value := body.get(name), Unknown)
                for reference in value.refers_to
            )
            return ToUnknown("which target it has is not known" if given else "it has no target", waits), ""
        name, kind = given[0]
        return self._named_target(body.get(name), name, kind, pooled, at(resource, path, name)), name

    def _named_target(self, value: Value, name: str, kind: Kind, pooled: bool, evidence: Evidence) -> RouteTarget:
        joins = self.places.joins
        gateways = self.found.gateways
        match name:
            case "transit_gateway_id":
                link = joins.link(value, kind, pooled=pooled)
                return ToTransitGateway(bind(link, self.transit.gateways, evidence))
            case "vpc_peering_connection_id":
                return ToPeering(bind(joins.link(value, kind, pooled=pooled), gateways.peerings, evidence))
            case "nat_gateway_id":
                return ToNatGateway(bind(joins.link(value, kind, pooled=pooled), gateways.nat, evidence))
            case "egress_only_gateway_id":
                return ToEgressOnlyGateway()
            case "gateway_id":
                return self._gateway_target(value, pooled, evidence)
            case _:
                return ToAppliance(_APPLIANCES[name], _name_of(value), self._host_of(value, kind, pooled))

    def _host_of(self, value: Value, kind: Kind, pooled: bool) -> Address | None:
        """The instance or network interface that a route leads to."""
        if kind not in ("instance", "network_interface"):
            return None
        link = self.places.joins.link(value, kind, pooled=pooled)
        if isinstance(link, To):
            return link.target.address
        if isinstance(value, Unknown) and value.exact and len(value.refers_to) == 1:
            reference = value.refers_to[0]
            if isinstance(reference.target, Address) and reference.target.type == "aws_instance":
                return reference.target if attribute_path(reference) == ("primary_network_interface_id",) else None
        return None

    def _gateway_target(self, value: Value, pooled: bool, evidence: Evidence) -> RouteTarget:
        """`gateway_id` takes an internet or VPN gateway, a gateway endpoint, or `local`."""
        joins, gateways = self.places.joins, self.found.gateways
        known = text(value)
        if known is not None:
            if known == "local":
                return ToLocal()
            prefix = known.partition("-")[0]
            match prefix:
                case "igw":
                    return ToInternetGateway(bind(joins.link(value, "internet_gateway"), gateways.internet, evidence))
                case "vgw":
                    return ToVpnGateway(bind(joins.link(value, "vpn_gateway"), gateways.vpn, evidence))
                case "eigw":
                    return ToEgressOnlyGateway()
                case "vpce":
                    return ToAppliance("VPC endpoint", known)
                case "lgw":
                    return ToAppliance("local gateway", known)
                case "cagw":
                    return ToAppliance("carrier gateway", known)
                case _:
                    return ToUnknown(f"gateway {known}")
        if not isinstance(value, Unknown):
            return ToUnknown("not a gateway id")
        kinds: tuple[Kind, ...] = (
            "internet_gateway",
            "vpn_gateway",
            "vpc_endpoint",
            "carrier_gateway",
            "egress_only_gateway",
        )
        named = [kind for kind in kinds if joins.candidates(value.refers_to, kind)]
        if len(named) != 1:
            why = "which gateway it names is not known" if named else value.why
            return ToUnknown(why, value.refers_to)
        link = joins.link(value, named[0], pooled=pooled)
        match named[0]:
            case "internet_gateway":
                return ToInternetGateway(bind(link, gateways.internet, evidence))
            case "vpn_gateway":
                return ToVpnGateway(bind(link, gateways.vpn, evidence))
            case "egress_only_gateway":
                return ToEgressOnlyGateway()
            case "vpc_endpoint":
                return ToAppliance("VPC endpoint", _name_of(value))
            case _:
                return ToAppliance("carrier gateway", _name_of(value))

    # Main tables

    def _main_keys(self, owners: list[Resource]) -> dict[Vpc, Link[Key]]:
        """For every VPC its main table: the one made main, else the default one."""
        joins, places = self.places.joins, self.places
        replaced = relations(joins, "vpc", "vpc_id", "aws_main_route_table_association")
        read: dict[Key, Key] = {}
        may_be: dict[Key, list[Key]] = {}
        for resource in owners:
            if is_managed(resource):
                continue
            vpc = joins.link(resource.body.get("vpc_id"), "vpc")
            if (
                isinstance(vpc, To)
                and isinstance(resource.body.get("associations"), Unknown | Absent)
                and is_unset(resource.body.get("subnet_id"))
            ):
                may_be.setdefault(vpc.target, []).append(Key(resource.address))
            says_main = any(
                flag(body.get("main"), False) == Known(True) for _, body in blocks(resource, "associations").items
            )
            if isinstance(vpc, To) and says_main:
                read.setdefault(vpc.target, Key(resource.address))
        unread = joins.configuration.unread("aws_default_route_table", "aws_main_route_table_association")
        found: dict[Vpc, Link[Key]] = {}
        for key, vpc_thing in places.vpcs.items():
            associations = replaced.of.get(key, ())
            if associations:
                links = [
                    joins.link(each.body.get("route_table_id"), "route_table", evidence=each.evidence("route_table_id"))
                    for each in associations
                ]
                targets = {link.target for link in links if isinstance(link, To)}
                several = Unresolved(why="several tables are made the main one", candidates=tuple(targets))
                found[vpc_thing] = links[0] if len(links) == 1 else several
                continue
            found[vpc_thing] = self._default_main(
                key, vpc_thing, read.get(key), may_be.get(key, []), replaced.gaps(key), unread
            )
        return found

    def _default_main(
        self, key: Key, vpc: Vpc, read: Key | None, may_be: list[Key], gaps: tuple[Gap, ...], unread: tuple[Gap, ...]
    ) -> Link[Key]:
        joins = self.places.joins
        part = Key(key.address, "default_route_table")
        holder = joins.adopter(part)
        resource = joins.configuration.get(key.address)
        assert resource is not None
        if gaps:
            return Unresolved(gaps[0].waits_for, gaps[0].why, (holder,), False, vpc.evidence)
        main_id = text(resource.body.get("main_route_table_id"))
        if read is not None:
            return To(read, vpc.evidence)
        if main_id is not None:
            named = joins.link(Known(main_id), "route_table", evidence=vpc.evidence)
            if named != To(part):
                return named
        if holder != part:
            return To(holder, vpc.evidence)
        if unread:
            return Unresolved(unread[0].waits_for, unread[0].why, (part,), False, vpc.evidence)
        maybe = [
            Key(each.address)
            for each, parts in joins.unplaced_adopters.get("default_route_table", ())
            if not parts or part in parts
        ]
        if maybe:
            why = "whose default route table is adopted is not known"
            return Unresolved((), why, (part, *maybe), False, vpc.evidence)
        if may_be:
            why = "whether a data source reads its main route table is not known"
            return Unresolved((), why, (part, *may_be), False, vpc.evidence)
        if (why_unread := _why_unread(vpc)) is not None and part not in self.standalone.of:
            return Unresolved((), f"the main route table of {vpc.address}: {why_unread}", evidence=vpc.evidence)
        return To(part, vpc.evidence)

    def _bind_main(self, vpc: Vpc, link: Link[Key]) -> Link[Tables]:
        things: Mapping[Key, Tables] = self.found.tables
        part = Key(self.places.key_of_vpc[vpc].address, "default_route_table")
        if isinstance(link, To) and link.target == part and part not in things:
            return To(self._implicit(vpc), link.evidence)
        if isinstance(link, Unresolved) and part in link.candidates and part not in things:
            things = {**{key: things[key] for key in link.candidates if key in things}, part: self._implicit(vpc)}
        return bind(link, things)

    # Which table serves a subnet

    def _tables_of_subnets(self, owners: list[Resource]) -> None:
        joins, places = self.places.joins, self.places
        explicit: dict[Key, list[Link[Key]]] = {}
        possible: dict[Key, list[Link[Key]]] = {}
        anywhere: list[Gap] = list(joins.configuration.unread("aws_route_table_association"))
        anywhere_tables: list[Link[Key]] = []
        shared: dict[tuple[Address, tuple[Key, ...]], list[Link[Key]]] = {}
        for resource, subnet, table in self._associations(owners):
            if isinstance(subnet, To):
                explicit.setdefault(subnet.target, []).append(table)
            elif isinstance(subnet, Unresolved):
                if subnet.exhaustive:
                    shared.setdefault((resource.address.resource, subnet.candidates), []).append(table)
                for key in subnet.candidates:
                    possible.setdefault(key, []).append(table)
                if not subnet.candidates:
                    missing = (
                        gap(resource, "subnet_id", subnet.why, subnet.refers_to)
                        if is_managed(resource)
                        else gap(resource, "subnet_id", FOREIGN)
                    )
                    anywhere.append(missing)
                    anywhere_tables.append(table)
        for (_, candidates), tables in shared.items():
            # As many associations as subnets: each subnet has one of them, since AWS takes no second one.
            if len(tables) == len(candidates) and all(isinstance(table, To) for table in tables):
                targets = tuple(dict.fromkeys(table.target for table in tables if isinstance(table, To)))
                why = "which of the route tables serves which subnet is not known"
                for key in candidates:
                    explicit.setdefault(key, []).append(Unresolved((), why, targets, True))
        for key, subnet_thing in places.subnets.items():
            links = explicit.get(key, [])
            if len(links) > 1:
                links = list({(link.target if isinstance(link, To) else link): link for link in links}.values())
            if len(links) == 1:
                self.found.of_subnet[subnet_thing] = self._bind(links[0])
            elif links:
                targets = tuple(link.target for link in links if isinstance(link, To))
                several: Link[Key] = Unresolved(why="several route tables name this subnet", candidates=targets)
                self.found.of_subnet[subnet_thing] = self._bind(several)
            else:
                main = self._main_of(subnet_thing)
                maybe = [*possible.get(key, ()), *anywhere_tables]
                if maybe or anywhere:
                    main = self._or_main(subnet_thing, maybe, anywhere, main)
                self.found.of_subnet[subnet_thing] = main

    def _associations(self, owners: list[Resource]) -> Iterator[tuple[Resource, Link[Key], Link[Key]]]:
        """Every subnet with its table, and what says so; those of gateways (edge associations) serve no subnet."""
        joins = self.places.joins
        for resource in joins.configuration.of_type("aws_route_table_association"):
            value = resource.body.get("subnet_id")
            if is_unset(value) or not joins.is_judged(resource):
                continue
            # Computed where a gateway is given.
            if isinstance(value, Unknown) and not value.refers_to and not is_unset(resource.body.get("gateway_id")):
                continue
            evidence = resource.evidence()
            subnet = joins.end(resource, "subnet_id", "subnet", evidence=evidence)
            table = joins.link(resource.body.get("route_table_id"), "route_table", evidence=evidence)
            yield resource, subnet, table
        for resource in owners:
            if is_managed(resource):
                continue
            table = To(Key(resource.address), resource.evidence())
            if not is_unset(resource.body.get("subnet_id")):
                yield resource, joins.link(resource.body.get("subnet_id"), "subnet"), table
            for _, body in blocks(resource, "associations").items:
                if not is_unset(body.get("subnet_id")):
                    yield resource, joins.link(body.get("subnet_id"), "subnet"), table

    def _bind(self, link: Link[Key]) -> Link[Tables]:
        if isinstance(link, To) and link.target.part == "default_route_table" and link.target not in self.found.tables:
            vpc = self.places.vpcs.get(Key(link.target.address))
            if vpc is not None:
                if (why := _why_unread(vpc)) is not None:
                    return Unresolved((), f"the main route table of {vpc.address}: {why}", evidence=link.evidence)
                return To(self._implicit(vpc), link.evidence)
        things: Mapping[Key, Tables] = self.found.tables
        return bind(link, things)

    def _main_of(self, subnet: Subnet) -> Link[Tables]:
        if not subnet.is_managed:
            return Unresolved((), f"the route table of {subnet.address}: {FOREIGN}", evidence=subnet.evidence)
        match subnet.vpc:
            case To(vpc):
                return self.main[vpc]
            case Outside(id_):
                return Unresolved((), f"the main route table of {id_}: {FOREIGN}", evidence=subnet.evidence)
            case Unresolved(refers_to, why):
                return Unresolved(refers_to, f"the main route table of its VPC: {why}", evidence=subnet.evidence)

    def _or_main(self, subnet: Subnet, maybe: list[Link[Key]], anywhere: list[Gap], main: Link[Tables]) -> Link[Tables]:
        candidates: dict[Address | ImplicitMainTable, Tables] = {}
        for link in maybe:
            bound = self._bind(link)
            if isinstance(bound, To):
                candidates[_identity_of(bound.target)] = bound.target
        mains = (main.target,) if isinstance(main, To) else main.candidates if isinstance(main, Unresolved) else ()
        candidates.update((_identity_of(each), each) for each in mains)
        why = anywhere[0].why if anywhere else "which route table it is associated with is not known"
        waits = anywhere[0].waits_for if anywhere else ()
        return Unresolved(waits, why, tuple(candidates.values()), False, subnet.evidence)


def _identity_of(table: Tables) -> Address | ImplicitMainTable:
    return table.address if isinstance(table, RouteTable) else table


def _why_unread(vpc: Vpc) -> str | None:
    """Why nothing is known of what AWS made with the VPC; None for a VPC that is made here."""
    if not vpc.is_managed:
        return FOREIGN
    # A region's default VPC comes with an internet gateway and a route to it, and may have been changed since.
    # https://docs.aws.amazon.com/vpc/latest/userguide/default-vpc-components.html
    return "it was there before Terraform" if vpc.address.type == "aws_default_vpc" else None


def _name_of(value: Value) -> str:
    """An id, or the resource a reference names."""
    if (known := text(value)) is not None:
        return known
    if isinstance(value, Unknown) and value.refers_to:
        reference = value.refers_to[0]
        return str(reference.target) if attribute_path(reference) in ((), ("id",), ("arn",)) else str(reference)
    return "one that is not known"
