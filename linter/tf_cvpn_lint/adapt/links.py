"""Joins: from what an attribute says to the thing it means.

A thing is named by its id, by a reference to the resource that makes it, by one to a data source that reads it, or through another resource
that names it in turn (`aws_ec2_client_vpn_network_association.a.subnet_id`). All of these come to one `Key`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Literal, TypeVar

from tf_cvpn_lint.adapt.values import blocks, elements, gap, text
from tf_cvpn_lint.config.configuration import Body, Configuration, Resource
from tf_cvpn_lint.core.address import Address, Mode, Name, Reference
from tf_cvpn_lint.core.evidence import Evidence, Gap
from tf_cvpn_lint.core.link import Link, Outside, To, Unresolved
from tf_cvpn_lint.core.records import dataclass, field, settle
from tf_cvpn_lint.core.value import Absent, Known, Unknown, Value
from tf_cvpn_lint.core.verdict import Members

T = TypeVar("T")

Kind = Literal[
    "vpc",
    "subnet",
    "security_group",
    "security_group_rule",
    "network_acl",
    "route_table",
    "internet_gateway",
    "egress_only_gateway",
    "nat_gateway",
    "peering",
    "vpn_gateway",
    "vpn_connection",
    "vpc_endpoint",
    "carrier_gateway",
    "local_gateway",
    "core_network",
    "transit_gateway",
    "attachment",
    "transit_table",
    "prefix_list",
    "client_vpn_endpoint",
    "network_interface",
    "instance",
    "load_balancer",
    "resolver_endpoint",
    "directory",
    "zone",
]

Part = Literal[
    "",
    "default_security_group",
    "default_network_acl",
    "default_route_table",
    "default_table",
    "directory_group",
    "client_vpn_attachment",
]


@dataclass(frozen=True, slots=True)
class Key:
    """A thing in AWS: what this resource makes, or a part that AWS makes with it (a VPC's default security group)."""

    address: Address
    part: Part = ""


@dataclass(frozen=True, slots=True)
class _Meaning:
    """What a resource type stands for."""

    kind: Kind
    identity: tuple[str, ...] = ("id",)
    """The attributes that hold the thing's id."""
    same_as: tuple[str, ...] = ()
    """The arguments that name the thing by its id: a data source's own look-up, an accepter's connection."""
    ids: tuple[str, ...] = field(init=False)
    """`identity`, and the ARN."""
    names: frozenset[str] = field(init=False)
    """The attributes by which a reference names the thing."""

    def __post_init__(self) -> None:
        settle(self, "ids", (*self.identity, "arn"))
        settle(self, "names", frozenset({*self.ids, "id"}))


_MANAGED: dict[str, tuple[_Meaning, ...]] = {
    "aws_vpc": (_Meaning("vpc"),),
    "aws_default_vpc": (_Meaning("vpc"),),
    "aws_subnet": (_Meaning("subnet"),),
    "aws_default_subnet": (_Meaning("subnet"),),
    "aws_security_group": (_Meaning("security_group"),),
    "aws_default_security_group": (_Meaning("security_group"),),
    "aws_vpc_security_group_ingress_rule": (_Meaning("security_group_rule", ("id", "security_group_rule_id")),),
    "aws_vpc_security_group_egress_rule": (_Meaning("security_group_rule", ("id", "security_group_rule_id")),),
    "aws_network_acl": (_Meaning("network_acl"),),
    "aws_default_network_acl": (_Meaning("network_acl"),),
    "aws_route_table": (_Meaning("route_table"),),
    "aws_default_route_table": (_Meaning("route_table"),),
    "aws_internet_gateway": (_Meaning("internet_gateway"),),
    "aws_egress_only_internet_gateway": (_Meaning("egress_only_gateway"),),
    "aws_nat_gateway": (_Meaning("nat_gateway"),),
    "aws_vpc_peering_connection": (_Meaning("peering"),),
    "aws_vpc_peering_connection_accepter": (_Meaning("peering", ("id",), ("vpc_peering_connection_id",)),),
    "aws_vpn_gateway": (_Meaning("vpn_gateway"),),
    "aws_vpn_connection": (_Meaning("vpn_connection"), _Meaning("attachment", ("transit_gateway_attachment_id",))),
    "aws_vpc_endpoint": (_Meaning("vpc_endpoint"),),
    "aws_ec2_carrier_gateway": (_Meaning("carrier_gateway"),),
    "aws_ec2_transit_gateway": (_Meaning("transit_gateway"),),
    "aws_ec2_transit_gateway_vpc_attachment": (_Meaning("attachment"),),
    "aws_ec2_transit_gateway_vpc_attachment_accepter": (
        _Meaning("attachment", ("id",), ("transit_gateway_attachment_id",)),
    ),
    "aws_ec2_transit_gateway_peering_attachment": (_Meaning("attachment"),),
    # One attachment with one id, which the route tables of both gateways name.
    # https://docs.aws.amazon.com/vpc/latest/tgw/tgw-peering-accept-reject.html
    "aws_ec2_transit_gateway_peering_attachment_accepter": (
        _Meaning("attachment", ("id",), ("transit_gateway_attachment_id",)),
    ),
    "aws_ec2_transit_gateway_connect": (_Meaning("attachment"),),
    "aws_dx_gateway_association": (_Meaning("attachment", ("transit_gateway_attachment_id",)),),
    "aws_ec2_transit_gateway_route_table": (_Meaning("transit_table"),),
    "aws_ec2_managed_prefix_list": (_Meaning("prefix_list"),),
    "aws_ec2_client_vpn_endpoint": (_Meaning("client_vpn_endpoint"),),
    "aws_network_interface": (_Meaning("network_interface"),),
    "aws_instance": (_Meaning("instance"),),
    "aws_lb": (_Meaning("load_balancer"),),
    "aws_alb": (_Meaning("load_balancer"),),
    "aws_route53_resolver_endpoint": (_Meaning("resolver_endpoint"),),
    "aws_directory_service_directory": (_Meaning("directory"),),
    "aws_route53_zone": (_Meaning("zone", ("zone_id", "id")),),
}

_DATA: dict[str, tuple[_Meaning, ...]] = {
    "aws_vpc": (_Meaning("vpc", ("id",), ("id",)),),
    "aws_subnet": (_Meaning("subnet", ("id",), ("id",)),),
    "aws_security_group": (_Meaning("security_group", ("id",), ("id",)),),
    "aws_route_table": (_Meaning("route_table", ("id", "route_table_id"), ("route_table_id",)),),
    "aws_internet_gateway": (_Meaning("internet_gateway", ("id", "internet_gateway_id"), ("internet_gateway_id",)),),
    "aws_nat_gateway": (_Meaning("nat_gateway", ("id",), ("id",)),),
    "aws_vpc_peering_connection": (_Meaning("peering", ("id",), ("id",)),),
    "aws_vpn_gateway": (_Meaning("vpn_gateway", ("id",), ("id",)),),
    "aws_vpc_endpoint": (_Meaning("vpc_endpoint", ("id",), ("id",)),),
    "aws_ec2_transit_gateway": (_Meaning("transit_gateway", ("id",), ("id",)),),
    "aws_ec2_transit_gateway_vpc_attachment": (_Meaning("attachment", ("id",), ("id",)),),
    "aws_ec2_transit_gateway_attachment": (
        _Meaning("attachment", ("transit_gateway_attachment_id", "id"), ("transit_gateway_attachment_id",)),
    ),
    "aws_ec2_transit_gateway_vpn_attachment": (_Meaning("attachment", ("id",), ("vpn_connection_id",)),),
    "aws_ec2_transit_gateway_dx_gateway_attachment": (_Meaning("attachment"),),
    "aws_ec2_transit_gateway_peering_attachment": (_Meaning("attachment", ("id",), ("id",)),),
    "aws_ec2_transit_gateway_connect": (
        _Meaning("attachment", ("transit_gateway_connect_id", "id"), ("transit_gateway_connect_id",)),
    ),
    "aws_ec2_transit_gateway_route_table": (_Meaning("transit_table", ("id",), ("id",)),),
    "aws_ec2_managed_prefix_list": (_Meaning("prefix_list", ("id",), ("id",)),),
    "aws_prefix_list": (_Meaning("prefix_list", ("id", "prefix_list_id"), ("prefix_list_id",)),),
    "aws_ec2_client_vpn_endpoint": (
        _Meaning("client_vpn_endpoint", ("id", "client_vpn_endpoint_id"), ("client_vpn_endpoint_id",)),
    ),
    "aws_network_interface": (_Meaning("network_interface", ("id",), ("id",)),),
    "aws_instance": (_Meaning("instance", ("id",), ("instance_id",)),),
    "aws_lb": (_Meaning("load_balancer", ("id",), ("arn",)),),
    "aws_route53_resolver_endpoint": (
        _Meaning("resolver_endpoint", ("id", "resolver_endpoint_id"), ("resolver_endpoint_id",)),
    ),
    "aws_directory_service_directory": (_Meaning("directory", ("id", "directory_id"), ("directory_id",)),),
    "aws_route53_zone": (_Meaning("zone", ("zone_id", "id"), ("zone_id",)),),
}

_BY_KIND: dict[Mode, dict[str, dict[Kind, _Meaning]]] = {
    "managed": {type_: {meaning.kind: meaning for meaning in meanings} for type_, meanings in _MANAGED.items()},
    "data": {type_: {meaning.kind: meaning for meaning in meanings} for type_, meanings in _DATA.items()},
}

_PARTS: dict[str, dict[str, tuple[Kind, Part]]] = {
    "aws_vpc": {
        "default_security_group_id": ("security_group", "default_security_group"),
        "default_network_acl_id": ("network_acl", "default_network_acl"),
        "default_route_table_id": ("route_table", "default_route_table"),
        "main_route_table_id": ("route_table", "default_route_table"),
    },
    "aws_ec2_transit_gateway": {
        "association_default_route_table_id": ("transit_table", "default_table"),
        "propagation_default_route_table_id": ("transit_table", "default_table"),
    },
    "aws_directory_service_directory": {"security_group_id": ("security_group", "directory_group")},
    "aws_ec2_client_vpn_endpoint": {
        "transit_gateway_configuration": ("attachment", "client_vpn_attachment"),
    },
}
_PARTS["aws_default_vpc"] = _PARTS["aws_vpc"]

# Attributes that AWS computes from another one of the same resource: where to look instead.
_COMPUTED: dict[tuple[str, str], str] = {
    ("aws_ec2_client_vpn_network_association", "vpc_id"): "subnet_id",
    ("aws_lb", "vpc_id"): "subnets",
    ("aws_route53_resolver_endpoint", "host_vpc_id"): "ip_address.subnet_id",
    ("aws_directory_service_directory", "vpc_id"): "vpc_settings.vpc_id",
    ("aws_network_interface", "vpc_id"): "subnet_id",
}

# A plan drops the attribute after an index (`x[count.index].subnet_id` is reported as `x`). A resource that is not the thing itself can
# only have been asked for the attribute of it that names such a thing.
_NATURAL: dict[Kind, tuple[str, ...]] = {
    "vpc": ("vpc_id",),
    "subnet": ("subnet_id", "subnet_ids", "target_vpc_subnet_id"),
    "security_group": ("security_group_id", "default_security_group_id"),
    "network_acl": ("network_acl_id", "default_network_acl_id"),
    "route_table": ("route_table_id", "main_route_table_id"),
    "internet_gateway": ("internet_gateway_id",),
    "transit_gateway": ("transit_gateway_id",),
    "attachment": ("transit_gateway_attachment_id",),
    "transit_table": ("transit_gateway_route_table_id", "association_default_route_table_id"),
    "prefix_list": ("prefix_list_id",),
    "client_vpn_endpoint": ("client_vpn_endpoint_id",),
    "vpn_gateway": ("vpn_gateway_id",),
    "peering": ("vpc_peering_connection_id",),
    "network_interface": ("network_interface_id", "primary_network_interface_id"),
    "zone": ("zone_id",),
}

_PREFIX: dict[Kind, tuple[str, ...]] = {
    "vpc": ("vpc-",),
    "subnet": ("subnet-",),
    "security_group": ("sg-",),
    "network_acl": ("acl-",),
    "route_table": ("rtb-",),
    "internet_gateway": ("igw-",),
    "egress_only_gateway": ("eigw-",),
    "nat_gateway": ("nat-",),
    "peering": ("pcx-",),
    "vpn_gateway": ("vgw-",),
    "vpc_endpoint": ("vpce-",),
    "transit_gateway": ("tgw-",),
    "attachment": ("tgw-attach-",),
    "transit_table": ("tgw-rtb-",),
    "prefix_list": ("pl-",),
    "client_vpn_endpoint": ("cvpn-endpoint-",),
    "network_interface": ("eni-",),
    "instance": ("i-",),
}

# What a plan lists beside the resource and what cannot be the thing itself.
_NEVER_A_THING = re.compile(r"(var|each|count|local|path|terraform|self)\.")
_INDEX = re.compile(r"\[[^\]]*\]")

# The plural data sources name things only by their ids.
TYPES = frozenset(
    {*_MANAGED, *_DATA, "aws_vpcs", "aws_subnets", "aws_security_groups", "aws_network_acls", "aws_route_tables"}
)


def attribute_path(reference: Reference) -> tuple[str, ...]:
    """The names of a reference's attribute, without indexes: `ip_address[0].ip` is `("ip_address", "ip")`."""
    return _path(reference.attribute)


@lru_cache(maxsize=4096)
def _path(attribute: str) -> tuple[str, ...]:
    bare = _INDEX.sub("", attribute).replace(".*", "")
    return tuple(part for part in bare.split(".") if part and not part.isdecimal())


def values_at(body: Body, path: Iterable[str]) -> Iterator[Value]:
    """What lies at the path, in every block on the way; an unknown on the way stands for what is in it."""
    current: list[Value] = [Known(body.values)]
    for name in path:
        following: list[Value] = []
        for value in current:
            members = elements(value)
            for member in (members,) if isinstance(members, Unknown) else members:
                if isinstance(member, Known) and isinstance(member.value, Mapping):
                    following.append(member.value.get(name, Absent()))
                elif isinstance(member, Unknown):
                    following.append(member)
        current = following
    yield from current


@dataclass(slots=True)
class _Found:
    """What the references of a value lead to."""

    keys: dict[Key, None] = field(default_factory=dict)
    ids: dict[str, None] = field(default_factory=dict)
    has_others: bool = False
    """Something had a say that is no such thing: a variable, another attribute."""
    has_strangers: bool = False
    """Something had a say that may be such a thing, and was not read."""

    def ends(self) -> _Ends:
        return _Ends(tuple(self.keys), tuple(self.ids), self.has_others, self.has_strangers)


@dataclass(frozen=True, slots=True)
class _Ends:
    """What the references of a value lead to, once all are followed: as in `_Found`."""

    keys: tuple[Key, ...]
    ids: tuple[str, ...] = ()
    has_others: bool = False
    has_strangers: bool = False

    @property
    def is_all(self) -> bool:
        return not self.has_others and not self.has_strangers


class Joins:
    """The things of one configuration and what leads to them. Built once; every question is a few dictionary look-ups."""

    def __init__(self, configuration: Configuration) -> None:
        self.configuration = configuration
        self._by_id: dict[tuple[Kind, str], Key] = {}
        self._part_by_id: dict[tuple[Kind, str], Key] = {}
        self._canonical: defaultdict[Kind, dict[Address, Key]] = defaultdict(dict)
        self._shared: defaultdict[str, dict[Address, Key | None]] = defaultdict(dict)
        self._adopters: dict[Key, Key] = {}
        self._followed: defaultdict[Kind, dict[tuple[Reference, ...], _Ends]] = defaultdict(dict)
        self._is_settled = False
        self._has_enabled_endpoint = any(
            resource.enabled for resource in configuration.of_type("aws_ec2_client_vpn_endpoint")
        )
        modes: tuple[Mode, ...] = ("managed", "data")
        for mode in modes:
            for type_, meanings in _BY_KIND[mode].items():
                for resource in configuration.of_type(type_, mode=mode):
                    self._note_ids(resource, meanings)
        self._adopted: dict[Key, Key] = {}
        self.unplaced_adopters: dict[Part, list[tuple[Resource, tuple[Key, ...]]]] = {}
        self._adopt()
        self._adopted.update((holder, part) for part, holder in self._adopters.items())
        self._is_settled = True

    def _note_ids(self, resource: Resource, meanings: dict[Kind, _Meaning]) -> None:
        values = resource.body.values
        own = Key(resource.address)
        for kind, meaning in meanings.items():
            is_named = False
            for attribute in meaning.ids:
                if attribute in values and (found := text(values[attribute])) is not None:
                    self._by_id.setdefault((kind, found), own)
                    is_named = True
            if not is_named and not meaning.same_as:
                self._canonical[kind][resource.address] = own  # nothing can show that it is one with another
        for attribute, (part_kind, part) in _PARTS.get(resource.address.type, {}).items():
            if attribute in values and (found := text(values[attribute])) is not None:
                # A VPC whose main table was replaced has two: only the default one is a part of it.
                default = text(resource.body.get("default_route_table_id"))
                if attribute == "main_route_table_id" and default is not None and found != default:
                    continue
                self._part_by_id.setdefault((part_kind, found), Key(resource.address, part))

    # Which resource stands for a thing

    def key(self, resource: Resource, kind: Kind) -> Key:
        """The thing this resource stands for; for a data source or an accepter often one that another resource makes."""
        canonical = self._canonical[kind]
        key = canonical.get(resource.address)
        if key is None:
            own = Key(resource.address)
            canonical[resource.address] = own  # two data sources that look each other up end here
            key = canonical[resource.address] = self._key(resource, kind, own)
        return self._adopters.get(key, key)

    def _key(self, resource: Resource, kind: Kind, own: Key) -> Key:
        meaning = _meaning(resource.address, kind)
        if meaning is None:
            return own
        for attribute in meaning.ids:
            if (found := text(resource.body.get(attribute))) is not None:
                first = self._by_id.get((kind, found), own)
                if first != own:
                    return first
                if (part := self._part_by_id.get((kind, found))) is not None and self._is_made_here(part, resource):
                    return part
        kinds: tuple[Kind, ...] = (kind, "vpn_connection") if kind == "attachment" else (kind,)
        for argument in meaning.same_as:
            value = resource.body.get(argument)
            for candidate in kinds:
                if isinstance(value, Unknown):
                    link = _leading(self._follow(value.refers_to, candidate), value)
                    if isinstance(link, To):
                        return link.target
        return own

    def _is_made_here(self, part: Key, reader: Resource) -> bool:
        """Whether a data source reads a part of something that is made here, and does not know it better."""
        has_routes = isinstance(reader.body.get("routes"), Known)
        return reader.address.mode == "data" and part.address.mode == "managed" and not has_routes

    def owns(self, resource: Resource, kind: Kind) -> bool:
        """Whether the resource is the one to make the thing from: not so for a data source that reads what another makes."""
        key = self.key(resource, kind)
        return key.address == resource.address and not key.part

    def maker(self, resource: Resource) -> Resource:
        """The resource that makes what a data source reads; itself where that is not read."""
        if resource.address.mode == "managed" or resource.type not in _DATA:
            return resource
        key = self.key(resource, _own_kind(resource))
        return resource if key.part else self.configuration.get(key.address) or resource

    def owners(self, kind: Kind, *types: str) -> Iterator[Resource]:
        """The resources of these types, managed ones first, each thing once."""
        for type_ in types:
            for resource in self.configuration.of_type(type_):
                if self.owns(resource, kind) and (resource.enabled or self.is_judged(resource)):
                    yield resource
        for type_ in types:
            for resource in self.configuration.of_type(type_, mode="data"):
                if self.owns(resource, kind):
                    yield resource

    def is_judged(self, resource: Resource) -> bool:
        """False for a part that is switched off while the thing it belongs to is on, and some endpoint is on too.

        What is switched off is judged as if on together with what is switched off beside it (one guard over a module), never mixed into
        what is on."""
        if resource.enabled or not self._has_enabled_endpoint:
            return True
        for attribute, kind in _OWNER.get(resource.type, ()):
            link = self.link(resource.body.get(attribute), kind)
            if isinstance(link, To):
                owner = self.configuration.get(link.target.address)
                return owner is None or not owner.enabled
        return True

    def default_vpc(self, resource: Resource) -> Link[Key]:
        """The region's default VPC, which things belong to that name none."""
        for vpc in self.configuration.of_type("aws_default_vpc"):
            if vpc.provider == resource.provider and vpc.region == resource.region:
                return To(Key(vpc.address))
        return Unresolved(why="the default VPC of the region, which is not read")

    # Adoption: aws_default_* stand for parts of a VPC

    def _adopt(self) -> None:
        adopters: tuple[tuple[str, Kind, Part, str], ...] = (
            ("aws_default_security_group", "security_group", "default_security_group", ""),
            ("aws_default_network_acl", "network_acl", "default_network_acl", "default_network_acl_id"),
            ("aws_default_route_table", "route_table", "default_route_table", "default_route_table_id"),
        )
        for type_, kind, part, argument in adopters:
            for resource in self.configuration.of_type(type_):
                self._adopt_one(resource, kind, part, argument)
        # Every VPC has one group named `default`, and no other can have that name.
        # https://docs.aws.amazon.com/vpc/latest/userguide/default-security-group.html
        for resource in self.configuration.of_type("aws_security_group", mode="data"):
            if text(resource.body.get("name")) == "default" or _filters(resource, "group-name", "default"):
                self._is_part(resource, "security_group", "default_security_group")
        for resource in self.configuration.of_type("aws_route_table", mode="data"):
            if _filters(resource, "association.main", "true"):
                self._is_part(resource, "route_table", "default_route_table")

    def _is_part(self, resource: Resource, kind: Kind, part: Part) -> None:
        """Takes a data source for the part of the VPC that it reads."""
        vpc = self.link(resource.body.get("vpc_id"), "vpc")
        own = Key(resource.address)
        if not isinstance(vpc, To) or self.key(resource, kind) != own:
            return
        whole = Key(vpc.target.address, part)
        holder = self._adopters.get(whole, whole)
        is_adopted = holder.part == "" and holder.address.mode == "managed"
        if is_adopted or (self._is_made_here(holder, resource) and holder.address.type == "aws_vpc"):
            self._canonical[kind][resource.address] = holder
        else:
            self._adopters[whole] = own

    def _adopt_one(self, resource: Resource, kind: Kind, part: Part, argument: str) -> None:
        if not self.is_judged(resource):
            return
        own = Key(resource.address)
        candidates: tuple[Key, ...] = ()
        if argument:
            value = resource.body.get(argument)
            if (known := text(value)) is not None and (place := self._part_by_id.get((kind, known))) is not None:
                self._adopters[place] = own
                return
            link = self.link(value, kind)
            if isinstance(link, To) and link.target.part == part:
                self._adopters[link.target] = own
                return
            if isinstance(link, Unresolved):
                candidates = tuple(key for key in link.candidates if key.part == part)
        vpc = self.vpc_of(resource)
        if isinstance(vpc, To):
            self._adopters[Key(vpc.target.address, part)] = own
            return
        if isinstance(vpc, Unresolved) and not candidates:
            candidates = tuple(Key(key.address, part) for key in vpc.candidates)
        if not isinstance(vpc, Outside):
            self.unplaced_adopters.setdefault(part, []).append((resource, candidates))

    def vpc_of(self, resource: Resource) -> Link[Key]:
        """The VPC of a thing that has a `vpc_id`, also of one that AWS puts into the default VPC where it is unset."""
        value = resource.body.get("vpc_id")
        if isinstance(value, Absent) and resource.type in _FALLS_TO_DEFAULT_VPC and resource.address.mode == "managed":
            return self.default_vpc(resource)
        return self.link(value, "vpc")

    def adopter(self, key: Key) -> Key:
        """The resource that adopts this part of a VPC, else the part itself."""
        return self._adopters.get(key, key)

    def adopted_by(self, resource: Resource) -> Key | None:
        """The part of a VPC that this `aws_default_*` resource adopts, where that is known."""
        return self._adopted.get(Key(resource.address))

    # From values to things

    def link(self, value: Value, kind: Kind, *, pooled: bool = False, evidence: Evidence | None = None) -> Link[Key]:
        """Where a single id leads.

        Args:
            pooled: the value stands in a block whose references the plan lists together for all blocks of that name, so those that lead
                to other kinds of things say nothing about it.
        """
        if isinstance(value, Unknown):
            return _leading(self._followed_once(value.refers_to, kind), value, pooled, evidence)
        if isinstance(value, Absent):
            return Unresolved(why="not set", evidence=evidence)
        members = value.value
        if isinstance(members, tuple):
            if len(members) == 1:
                return self.link(members[0], kind, pooled=pooled, evidence=evidence)
            return Unresolved(why="not a single id", evidence=evidence)
        found = text(value)
        if found is None:
            return Unresolved(why="not an id", evidence=evidence)
        return self._of_id(found, kind, evidence)

    def _of_id(self, id_: str, kind: Kind, evidence: Evidence | None) -> Link[Key]:
        key = self._by_id.get((kind, id_)) or self._part_by_id.get((kind, id_))
        if key is None and id_.startswith("arn:"):
            id_ = id_.rsplit("/", 1)[-1]
            key = self._by_id.get((kind, id_)) or self._part_by_id.get((kind, id_))
        if key is None and "/" in id_ and not id_.startswith("arn:"):
            # "123456789012/sg-0abc": a group of another account.
            id_ = id_.rsplit("/", 1)[-1]
            key = self._by_id.get((kind, id_))
        if key is None:
            return Outside(id_, evidence)
        return To(self._settled(key, kind), evidence)

    def _settled(self, key: Key, kind: Kind) -> Key:
        if key.part:
            return self._adopters.get(key, key)
        resource = self.configuration.get(key.address)
        return key if resource is None else self.key(resource, kind)

    def end(self, resource: Resource, attribute: str, kind: Kind, *, evidence: Evidence | None = None) -> Link[Key]:
        """Where an attribute of a relation leads, told from those of its siblings where that makes no difference.

        A plan does not say which instance of `for_each = { a = aws_subnet.a.id, b = aws_subnet.b.id }` names which subnet. Where the
        instances differ in nothing else, and there are as many as things they may name, each names another one: AWS refuses the same
        association, route or rule twice.
        """
        shared = self._shared[attribute]
        key = shared.get(resource.address)
        if key is not None:
            return To(key, evidence)
        link = self.link(resource.body.get(attribute), kind, evidence=evidence)
        if not isinstance(link, Unresolved) or not link.exhaustive or resource.type not in _ONCE:
            return link
        if resource.address not in shared:
            siblings = self.configuration.instances(resource.address)
            shared.update(dict.fromkeys(sibling.address for sibling in siblings))
            shared.update(self._share(resource, siblings, attribute, kind, link))
        key = shared.get(resource.address)
        return link if key is None else To(key, evidence)

    def _share(
        self, resource: Resource, siblings: tuple[Resource, ...], attribute: str, kind: Kind, link: Unresolved[Key]
    ) -> dict[Address, Key]:
        if len(siblings) < 2 or len(siblings) != len(link.candidates):
            return {}
        for sibling in siblings:
            found = self.link(sibling.body.get(attribute), kind)
            if not isinstance(found, Unresolved) or not found.exhaustive or found.candidates != link.candidates:
                return {}
            if _without(sibling.body, attribute) != _without(resource.body, attribute):
                return {}
        return {
            sibling.address: key for sibling, key in zip(siblings, sorted(link.candidates, key=_order), strict=True)
        }

    def links(
        self, resource: Resource, value: Value, kind: Kind, attribute: str, *, pooled: bool = False
    ) -> Members[Link[Key]]:
        """Where a list of ids leads; what may be in it and is not certain is an `Unresolved` member, and a gap."""
        members = elements(value)
        if not members:
            return Members()
        evidence = resource.evidence(attribute)
        if isinstance(members, Unknown):
            return self._links_of_unknown(resource, members, kind, attribute, evidence)
        unknown = [member for member in members if isinstance(member, Unknown)]
        if len(unknown) > 1 and len({member.refers_to for member in unknown}) == 1 and unknown[0].exact:
            # A plan gives every unknown member the references of the whole list: as many things as members are all of them.
            found = self._followed_once(unknown[0].refers_to, kind)
            if found.is_all and not found.ids and len(found.keys) == len(unknown):
                known = [self.link(member, kind, evidence=evidence) for member in members if isinstance(member, Known)]
                return Members((*known, *(To(key, evidence) for key in found.keys)))
        return Members(tuple([self.link(member, kind, pooled=pooled, evidence=evidence) for member in members]))

    def _links_of_unknown(
        self, resource: Resource, value: Unknown, kind: Kind, attribute: str, evidence: Evidence
    ) -> Members[Link[Key]]:
        found = self._followed_once(value.refers_to, kind)
        if value.exact and found.is_all and (found.keys or found.ids):
            return Members((*[To(key, evidence) for key in found.keys], *[Outside(id_, evidence) for id_ in found.ids]))
        missing = gap(resource, attribute, value.why, value.refers_to)
        if not found.keys:
            return Members((), (missing,))
        return Members((Unresolved(value.refers_to, value.why, found.keys, evidence=evidence),), (missing,))

    def candidates(self, references: Iterable[Reference], kind: Kind) -> tuple[Key, ...]:
        """Every thing of the kind that the references lead to."""
        return self._followed_once(tuple(references), kind).keys

    def _followed_once(self, references: tuple[Reference, ...], kind: Kind) -> _Ends:
        """What the references lead to: the same ones stand in many places. It is not remembered before it is settled what adopts what."""
        followed = self._followed[kind]
        found = followed.get(references)
        if found is None:
            found = self._follow(references, kind)
            if self._is_settled:
                followed[references] = found
        return found

    def _follow(self, references: tuple[Reference, ...], kind: Kind) -> _Ends:
        if len(references) == 1 and (key := self._named_by(references[0], kind)) is not None:
            return _Ends((key,))
        found = _Found()
        seen: set[Reference] = set()
        for reference in references:
            self._follow_one(reference, kind, found, seen)
        return found.ends()

    def _named_by(self, reference: Reference, kind: Kind) -> Key | None:
        """The thing that a reference names by its id: what most references do. None for every other one, wherever it leads."""
        target = reference.target
        if isinstance(target, Name) or (meaning := _meaning(target, kind)) is None:
            return None
        path = attribute_path(reference)
        if not path or path[0] not in meaning.names:
            return None
        key = self._canonical[kind].get(target)
        if key is not None:
            return self._adopters.get(key, key)
        resource = self.configuration.get(target)
        return None if resource is None else self.key(resource, kind)

    def _follow_one(self, reference: Reference, kind: Kind, found: _Found, seen: set[Reference]) -> None:
        if reference in seen:
            return
        seen.add(reference)
        target = reference.target
        if isinstance(target, Name):
            if _NEVER_A_THING.match(target.text):
                found.has_others = True
            else:
                found.has_strangers = True
            return
        exact = self.configuration.get(target)
        resources = (
            (exact,) if exact is not None else self.configuration.instances(target) if target.key is None else ()
        )
        path = attribute_path(reference)
        if not resources:
            if _is_of_another_kind(target, path, kind):
                found.has_others = True
            else:
                found.has_strangers = True
        for resource in resources:
            self._follow_into(resource, path, kind, found, seen)

    def _follow_into(
        self, resource: Resource, path: tuple[str, ...], kind: Kind, found: _Found, seen: set[Reference]
    ) -> None:
        meaning = _meaning(resource.address, kind)
        first = path[0] if path else ""
        if meaning is not None and (not first or first in meaning.names):
            found.keys[self.key(resource, kind)] = None
            return
        if not path:
            natural = next((name for name in _NATURAL.get(kind, ()) if _may_have(resource, name)), None)
            if natural is None:
                # Of the outputs of a module a plan may list all: a subnet among them names no attachment.
                found.has_others = found.has_others or resource.type in _PLACES
                found.has_strangers = found.has_strangers or resource.type not in _PLACES
                return
            path, first = (natural,), natural
        part = _PARTS.get(resource.type, {}).get(first)
        if part is not None and part[0] == kind:
            known = text(resource.body.get(first))
            if known is not None and isinstance(link := self._of_id(known, kind, None), To):
                found.keys[link.target] = None
                return
            owner = self.key(resource, _own_kind(resource))
            if (stands := self.configuration.get(owner.address)) is not None and stands.type in _PARTS:
                found.keys[self.adopter(Key(owner.address, part[1]))] = None
                return
            found.has_strangers = True
            return
        if first in ("id", "arn") or (first in _NOT_IDS):
            found.has_others = True
            return
        values = [value for value in values_at(resource.body, path) if not isinstance(value, Absent)]
        if not values and (instead := _COMPUTED.get((resource.type, first))) is not None:
            self._follow_computed(resource, tuple(instead.split(".")), kind, found, seen)
            return
        if not values:
            found.has_strangers = True
        for value in values:
            self._follow_value(value, kind, found, seen)

    def _follow_computed(
        self, resource: Resource, path: tuple[str, ...], kind: Kind, found: _Found, seen: set[Reference]
    ) -> None:
        if path[-1] == "vpc_id":
            for value in values_at(resource.body, path):
                self._follow_value(value, kind, found, seen)
            return
        subnets = _Found()
        for value in values_at(resource.body, path):
            self._follow_value(value, "subnet", subnets, set())
        if not subnets.keys or not subnets.ends().is_all:
            found.has_strangers = True
        for key in subnets.keys:
            if (subnet := self.configuration.get(key.address)) is not None:
                self._follow_value(subnet.body.get("vpc_id"), kind, found, seen)

    def _follow_value(self, value: Value, kind: Kind, found: _Found, seen: set[Reference]) -> None:
        match value:
            case Absent():
                found.has_strangers = True
            case Unknown():
                if not value.refers_to:
                    found.has_strangers = True
                elif not value.exact:
                    found.has_others = True
                for reference in value.refers_to:
                    self._follow_one(reference, kind, found, seen)
            case Known(tuple() as members):
                for member in members:
                    self._follow_value(member, kind, found, seen)
            case Known():
                known = text(value)
                if known is None:
                    return
                link = self._of_id(known, kind, None)
                if isinstance(link, To):
                    found.keys[link.target] = None
                elif isinstance(link, Outside) and link.id.startswith(_PREFIX.get(kind, ("\0",))):
                    found.ids[link.id] = None
                else:
                    found.has_others = True


# Of what they name everything is told above.
_PLACES = frozenset({"aws_vpc", "aws_default_vpc", "aws_subnet", "aws_default_subnet"})

# Of these AWS takes no second one that names the same things.
_ONCE = frozenset(
    {
        "aws_route",
        "aws_route_table_association",
        "aws_vpn_gateway_route_propagation",
        "aws_network_acl_association",
        "aws_security_group_rule",
        "aws_vpc_security_group_ingress_rule",
        "aws_vpc_security_group_egress_rule",
        "aws_ec2_transit_gateway_route",
        "aws_ec2_transit_gateway_prefix_list_reference",
        "aws_ec2_transit_gateway_route_table_association",
        "aws_ec2_transit_gateway_route_table_propagation",
        "aws_ec2_client_vpn_network_association",
        "aws_ec2_client_vpn_route",
    }
)


def _without(body: Body, attribute: str) -> dict[str, Value]:
    return {name: value for name, value in body.values.items() if name not in (attribute, "id")}


def _order(key: Key) -> tuple[Address, str]:
    return key.address, key.part


# Attributes that no thing is named by; a plan lists them beside the id where references are pooled.
_NOT_IDS = frozenset(
    {"cidr_block", "cidr_blocks", "private_ip", "public_ip", "name", "tags", "availability_zone", "ipv6_cidr_block"}
)

_FALLS_TO_DEFAULT_VPC = frozenset({"aws_security_group", "aws_default_security_group", "aws_default_subnet"})

# What a resource that is only a relation belongs to.
_OWNER: dict[str, tuple[tuple[str, Kind], ...]] = {
    "aws_route": (("route_table_id", "route_table"),),
    "aws_route_table_association": (("subnet_id", "subnet"),),
    "aws_main_route_table_association": (("vpc_id", "vpc"),),
    "aws_vpn_gateway_route_propagation": (("route_table_id", "route_table"),),
    "aws_default_security_group": (("vpc_id", "vpc"),),
    "aws_default_network_acl": (("default_network_acl_id", "network_acl"),),
    "aws_default_route_table": (("default_route_table_id", "route_table"),),
    "aws_security_group_rule": (("security_group_id", "security_group"),),
    "aws_vpc_security_group_ingress_rule": (("security_group_id", "security_group"),),
    "aws_vpc_security_group_egress_rule": (("security_group_id", "security_group"),),
    "aws_vpc_security_group_rules_exclusive": (("security_group_id", "security_group"),),
    "aws_network_acl_rule": (("network_acl_id", "network_acl"),),
    "aws_network_acl_association": (("subnet_id", "subnet"),),
    "aws_vpc_ipv4_cidr_block_association": (("vpc_id", "vpc"),),
    "aws_internet_gateway_attachment": (("vpc_id", "vpc"),),
    "aws_internet_gateway": (("vpc_id", "vpc"),),
    "aws_vpn_gateway_attachment": (("vpc_id", "vpc"),),
    "aws_vpc_peering_connection_accepter": (("vpc_peering_connection_id", "peering"),),
    "aws_ec2_managed_prefix_list_entry": (("prefix_list_id", "prefix_list"),),
    "aws_ec2_transit_gateway_route": (("transit_gateway_route_table_id", "transit_table"),),
    "aws_ec2_transit_gateway_prefix_list_reference": (("transit_gateway_route_table_id", "transit_table"),),
    "aws_ec2_transit_gateway_route_table_association": (("transit_gateway_attachment_id", "attachment"),),
    "aws_ec2_transit_gateway_route_table_propagation": (("transit_gateway_attachment_id", "attachment"),),
    "aws_ec2_client_vpn_network_association": (("client_vpn_endpoint_id", "client_vpn_endpoint"),),
    "aws_ec2_client_vpn_route": (("client_vpn_endpoint_id", "client_vpn_endpoint"),),
    "aws_ec2_client_vpn_authorization_rule": (("client_vpn_endpoint_id", "client_vpn_endpoint"),),
    "aws_route53_zone_association": (("zone_id", "zone"),),
    "aws_route53_record": (("zone_id", "zone"),),
}


def _meaning(address: Address, kind: Kind) -> _Meaning | None:
    meanings = _BY_KIND[address.mode].get(address.type)
    return None if meanings is None else meanings.get(kind)


# Only the resources in the tables above make these.
_GATEWAYS: frozenset[Kind] = frozenset(
    {
        "internet_gateway",
        "egress_only_gateway",
        "nat_gateway",
        "peering",
        "vpn_gateway",
        "transit_gateway",
    }
)


def _is_of_another_kind(target: Address, path: tuple[str, ...], kind: Kind) -> bool:
    """Whether a resource that was not loaded cannot be, nor name, such a thing."""
    if not target.type.startswith("aws_") or target.type in TYPES:
        return False
    return path in (("id",), ("arn",)) or kind in _GATEWAYS


def _filters(resource: Resource, name: str, value: str) -> bool:
    """Whether the data source has a `filter` that asks for exactly this."""
    return any(
        text(body.get("name")) == name and body.get("values") == Known((Known(value),))
        for _, body in blocks(resource, "filter").items
    )


def _own_kind(resource: Resource) -> Kind:
    table = _MANAGED if resource.address.mode == "managed" else _DATA
    return table[resource.type][0].kind


def _may_have(resource: Resource, name: str) -> bool:
    return (
        not isinstance(resource.body.get(name), Absent)
        or name in _PARTS.get(resource.type, {})
        or (resource.type, name) in _COMPUTED
    )


def _leading(found: _Ends, value: Unknown, pooled: bool = False, evidence: Evidence | None = None) -> Link[Key]:
    """Where an unknown id leads whose references lead to what was found."""
    certain = value.exact and found.is_all
    if not certain and not found.has_strangers:
        # Where references are many and it is not said which one counts, only those to the right kind of thing can.
        many = len(value.refers_to) > 1 and all(isinstance(each.target, Address) for each in value.refers_to)
        certain = pooled or many
    if certain and len(found.keys) + len(found.ids) == 1:
        return To(found.keys[0], evidence) if found.keys else Outside(found.ids[0], evidence)
    exhaustive = certain and not found.ids and bool(found.keys)
    return Unresolved(value.refers_to, value.why, found.keys, exhaustive, evidence, value.symbol)


def bind(link: Link[Key], things: Mapping[Key, T], evidence: Evidence | None = None) -> Link[T]:
    """The same link with the things themselves; one to something that was not made into a thing is unresolved."""
    if evidence is None:
        evidence = link.evidence
    if isinstance(link, To):
        thing = things.get(link.target)
        if thing is None:
            return Unresolved(why=f"{link.target.address} is not read as such", evidence=evidence)
        return To(thing, evidence)
    if isinstance(link, Outside):
        return Outside(link.id, evidence)
    candidates = tuple(things[key] for key in link.candidates if key in things)
    exhaustive = link.exhaustive and len(candidates) == len(link.candidates)
    return Unresolved(link.refers_to, link.why, candidates, exhaustive, evidence, link.symbol)


def bind_all(links: Members[Link[Key]], things: Mapping[Key, T]) -> Members[Link[T]]:
    return Members(tuple([bind(link, things) for link in links.items]), links.gaps)


@dataclass(slots=True)
class Relations:
    """Resources that belong to things, gathered by what they belong to; a gap stands for one that may belong to it."""

    of: dict[Key, list[Resource]] = field(default_factory=dict)
    may_be_of: dict[Key, list[Gap]] = field(default_factory=dict)
    may_be_of_any: tuple[Gap, ...] = ()

    def gaps(self, key: Key) -> tuple[Gap, ...]:
        return (*self.may_be_of.get(key, ()), *self.may_be_of_any) if self.may_be_of else self.may_be_of_any


def relations(
    joins: Joins, kind: Kind, attribute: str, *types: str, where: Callable[[Resource], bool] = lambda _: True
) -> Relations:
    """Gathers the resources of these types, those of which `where` holds, by the thing their attribute names."""
    gathered = Relations()
    unread: list[Gap] = list(joins.configuration.unread(*types))
    for resource in joins.configuration.of_type(*types):
        if (not resource.enabled and not joins.is_judged(resource)) or not where(resource):
            continue
        link = joins.end(resource, attribute, kind)
        if isinstance(link, To):
            gathered.of.setdefault(link.target, []).append(resource)
        elif isinstance(link, Unresolved):
            missing = gap(resource, attribute, link.why, link.refers_to)
            for key in link.candidates:
                gathered.may_be_of.setdefault(key, []).append(missing)
            if not link.candidates:
                unread.append(missing)
    gathered.may_be_of_any = tuple(dict.fromkeys(unread))
    return gathered
