"""Prefix lists, security groups and network ACLs, from all the resources that may make a rule of them."""

from __future__ import annotations

from collections.abc import Iterator

from tf_cvpn_lint.adapt.cidr import all_of_family, cidr, cidrs, unique_gaps
from tf_cvpn_lint.adapt.links import Joins, Key, Relations, bind, relations
from tf_cvpn_lint.adapt.values import (
    FOREIGN,
    STALE,
    at,
    blocks,
    elements,
    first_block,
    flag,
    foreign,
    gap,
    identity,
    is_managed,
    is_unset,
    number,
    text,
    text_fact,
)
from tf_cvpn_lint.adapt.vpc import Places
from tf_cvpn_lint.config.configuration import Body, Resource
from tf_cvpn_lint.core.evidence import Evidence, Gap
from tf_cvpn_lint.core.link import Link, Outside, To, Unresolved
from tf_cvpn_lint.core.records import dataclass, field
from tf_cvpn_lint.core.value import Absent, Fact, Known, Unknown, Value
from tf_cvpn_lint.core.verdict import Members
from tf_cvpn_lint.model.cidr import Cidr
from tf_cvpn_lint.model.filters import (
    ALL_PORTS,
    AclEntry,
    Direction,
    GroupName,
    NetworkAcl,
    Peer,
    PeerGroup,
    PortRange,
    SecurityGroup,
    SecurityGroupRule,
)
from tf_cvpn_lint.model.vpc import Subnet, Vpc

TYPES = frozenset(
    {
        "aws_security_group",
        "aws_default_security_group",
        "aws_security_group_rule",
        "aws_vpc_security_group_ingress_rule",
        "aws_vpc_security_group_egress_rule",
        "aws_vpc_security_group_rules_exclusive",
        "aws_network_acl",
        "aws_default_network_acl",
        "aws_network_acl_rule",
        "aws_network_acl_association",
        "aws_ec2_managed_prefix_list",
        "aws_ec2_managed_prefix_list_entry",
        "aws_prefix_list",
    }
)

_DIRECTIONS: tuple[Direction, ...] = ("ingress", "egress")

_PROTOCOLS = {"-1": "all", "all": "all", "6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6"}


# Prefix lists


PrefixLists = dict[Key, Members[Cidr]]


def prefix_lists(places: Places) -> PrefixLists:
    joins, symbols = places.joins, places.symbols
    added = relations(joins, "prefix_list", "prefix_list_id", "aws_ec2_managed_prefix_list_entry")
    found: PrefixLists = {}
    for resource in joins.owners("prefix_list", "aws_ec2_managed_prefix_list", "aws_prefix_list"):
        key = Key(resource.address)
        networks: list[Cidr] = []
        gaps: list[Gap] = [*added.gaps(key)]
        if resource.type == "aws_prefix_list":
            read = cidrs(resource.body.get("cidr_blocks"), symbols, resource, "cidr_blocks")
            networks.extend(read.items)
            gaps.extend(read.gaps)
            if isinstance(resource.body.get("cidr_blocks"), Absent):
                gaps.append(foreign(resource, "the entries of this prefix list"))
        else:
            name = "entry" if is_managed(resource) else "entries"
            entries = blocks(resource, name)
            for path, body in entries.items:
                network = cidr(body.get("cidr"), symbols, at(resource, path, "cidr"))
                if network is not None:
                    networks.append(network)
            gaps.extend(entries.gaps)
            if not is_managed(resource) and isinstance(resource.body.get(name), Absent):
                gaps.append(foreign(resource, "the entries of this prefix list"))
            known = set(networks)
            for entry in added.of.get(key, ()):
                network = cidr(entry.body.get("cidr"), symbols, entry.evidence("cidr"))
                if network is not None and network not in known:
                    networks.append(network)
        found[key] = Members(tuple(networks), unique_gaps(gaps))
    return found


def entries_of(places: Places, lists: PrefixLists, resource: Resource, value: Value, attribute: str) -> Members[Cidr]:
    """The networks of the prefix list that the value names; a gap for a list that is not read."""
    return _entries_at(places.joins.link(value, "prefix_list"), lists, resource, attribute)


def _entries_at(link: Link[Key], lists: PrefixLists, resource: Resource, attribute: str) -> Members[Cidr]:
    match bind(link, lists):
        case To(entries):
            return entries
        case Outside(id_):
            return Members((), (gap(resource, f"the entries of prefix list {id_}", FOREIGN, (), attribute),))
        case Unresolved(refers_to, why):
            return Members((), (gap(resource, "the entries of a prefix list", why, refers_to, attribute),))


# Security groups


@dataclass(slots=True)
class Groups:
    """The security groups by what they are called, and each VPC's default one."""

    by_key: dict[Key, SecurityGroup] = field(default_factory=dict)
    default_of_vpc: dict[Vpc, Link[SecurityGroup]] = field(default_factory=dict)


@dataclass(slots=True)
class _GroupReader:
    places: Places
    lists: PrefixLists
    names: dict[Key, GroupName]

    def peer_group(self, link: Link[Key]) -> PeerGroup:
        return PeerGroup(bind(link, self.names))

    def inline(
        self, resource: Resource, name: Key, direction: Direction, written: tuple[tuple[str, Body], ...]
    ) -> Iterator[SecurityGroupRule]:
        for path, body in written:
            evidence = resource.evidence(path)
            protocol = _protocol(body.get("protocol"))
            peers: list[Peer] = []
            gaps: list[Gap] = []
            for attribute in ("cidr_blocks", "ipv6_cidr_blocks"):
                if elements(value := body.get(attribute)):
                    networks = cidrs(value, self.places.symbols, resource, f"{path}.{attribute}")
                    peers += networks.items
                    gaps += networks.gaps
            if elements(value := body.get("prefix_list_ids")):
                listed = self._lists_of(resource, value, f"{path}.prefix_list_ids")
                peers += listed.items
                gaps += listed.gaps
            if elements(value := body.get("security_groups")):
                groups = self.places.joins.links(
                    resource, value, "security_group", f"{path}.security_groups", pooled=True
                )
                peers += map(self.peer_group, groups.items)
                gaps += groups.gaps
            itself = self._self(resource, body, name, path)
            peers += itself.items
            gaps += itself.gaps
            found = Members(tuple(peers), tuple(gaps))
            yield SecurityGroupRule(direction, protocol, _ports(body, protocol), found, evidence)

    def _lists_of(self, resource: Resource, value: Value, attribute: str) -> Members[Cidr]:
        links = self.places.joins.links(resource, value, "prefix_list", attribute, pooled=True)
        if not links.items:
            return Members((), links.gaps)
        found: Members[Cidr] = Members((), links.gaps)
        for link in links.items:
            found += _entries_at(link, self.lists, resource, attribute)
        return found

    def _self(self, resource: Resource, body: Body, name: Key, path: str) -> Members[Peer]:
        is_itself = flag(body.get("self"), False)
        if isinstance(is_itself, Known) and not is_itself.value:
            return Members()
        attribute = f"{path}.self" if path else "self"
        if isinstance(is_itself, Unknown):
            return Members((), (gap(resource, attribute, is_itself.why, is_itself.refers_to),))
        return Members((PeerGroup(To(self.names[name], resource.evidence(attribute))),))

    def standalone(self, resource: Resource, name: Key) -> Iterator[SecurityGroupRule]:
        """The rule of `aws_security_group_rule` or `aws_vpc_security_group_*_rule`; one of unknown direction is none (it is a gap)."""
        direction = _direction(resource)
        if direction is None:
            return
        body, symbols = resource.body, self.places.symbols
        protocol = _protocol(body.get("protocol" if resource.type == "aws_security_group_rule" else "ip_protocol"))
        peers: Members[Peer] = Members()
        if resource.type == "aws_security_group_rule":
            for attribute in ("cidr_blocks", "ipv6_cidr_blocks"):
                peers += cidrs(body.get(attribute), symbols, resource, attribute)
            peers += self._lists_of(resource, body.get("prefix_list_ids"), "prefix_list_ids")
            peers += self._self(resource, body, name, "")
            peers += self._named_group(resource, "source_security_group_id")
        else:
            for attribute in ("cidr_ipv4", "cidr_ipv6"):
                network = cidr(body.get(attribute), symbols, resource.evidence(attribute))
                peers += Members((network,)) if network is not None else Members()
            if not is_unset(body.get("prefix_list_id")):
                peers += entries_of(self.places, self.lists, resource, body.get("prefix_list_id"), "prefix_list_id")
            peers += self._named_group(resource, "referenced_security_group_id")
        yield SecurityGroupRule(direction, protocol, _ports(body, protocol), peers, resource.evidence())

    def _named_group(self, resource: Resource, attribute: str) -> Members[Peer]:
        value = resource.body.get(attribute)
        if is_unset(value):
            return Members()
        # Computed where `self` or networks are given, so an unknown without a source is no group.
        if isinstance(value, Unknown) and not value.refers_to and _has_other_peers(resource.body):
            return Members()
        link = self.places.joins.link(value, "security_group", evidence=resource.evidence(attribute))
        return Members((self.peer_group(link),))


def _has_other_peers(body: Body) -> bool:
    return any(not is_unset(body.get(name)) for name in ("cidr_blocks", "ipv6_cidr_blocks", "prefix_list_ids")) or flag(
        body.get("self"), False
    ) == Known(True)


_DIRECTION_OF: dict[str, Direction] = {
    "aws_vpc_security_group_ingress_rule": "ingress",
    "aws_vpc_security_group_egress_rule": "egress",
}


def _direction(resource: Resource) -> Direction | None:
    if (known := _DIRECTION_OF.get(resource.type)) is not None:
        return known
    written = text(resource.body.get("type"))
    return "ingress" if written == "ingress" else "egress" if written == "egress" else None


def _protocol(value: Value) -> Fact[str]:
    if isinstance(value, Unknown):
        return value
    written = text(value)
    if written is None:
        return Unknown(why="not set")
    lower = written.lower()
    return Known(_PROTOCOLS.get(lower, lower), value.evidence)


def _ports(body: Body, protocol: Fact[str]) -> Fact[PortRange]:
    if isinstance(protocol, Known) and protocol.value == "all":
        return Known(ALL_PORTS)
    first = number(body.get("from_port"), Unknown(why="not set"))
    last = number(body.get("to_port"), Unknown(why="not set"))
    if isinstance(first, Unknown):
        return first
    if isinstance(last, Unknown):
        return last
    if first.value == last.value == -1:
        # "-1 indicates all", for protocols that have ports too.
        # https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_SecurityGroupRule.html
        return Known(ALL_PORTS)
    return Known(PortRange(first.value, last.value))


# The provider calls them `aws_security_group_rule`, and since version 4.56 one resource for each direction.
_RULE_TYPES = (
    "aws_security_group_rule",
    "aws_vpc_security_group_ingress_rule",
    "aws_vpc_security_group_egress_rule",
)


_Rules = dict[Direction | None, Relations]
"""The resources that are rules, by their direction; None where it is not known."""
_Missing = list[tuple[Direction | None, Gap]]
"""What was not read of a group, and rules of which direction that hides; None for both."""


def _rules(joins: Joins) -> _Rules:
    def towards(direction: Direction | None) -> Relations:
        types = [type_ for type_ in _RULE_TYPES if _DIRECTION_OF.get(type_, direction) == direction]
        return relations(
            joins, "security_group", "security_group_id", *types, where=lambda rule: _direction(rule) == direction
        )

    return {direction: towards(direction) for direction in (*_DIRECTIONS, None)}


def security_groups(places: Places, lists: PrefixLists) -> Groups:
    joins = places.joins
    rules = _rules(joins)
    exclusive = relations(joins, "security_group", "security_group_id", "aws_vpc_security_group_rules_exclusive")
    owners = list(joins.owners("security_group", "aws_security_group", "aws_default_security_group"))
    names = {Key(resource.address): GroupName(resource.address, identity(resource)) for resource in owners}

    factory: list[tuple[Key, Vpc, Resource]] = []
    for vpc_key, vpc in places.vpcs.items():
        part = Key(vpc_key.address, "default_security_group")
        resource = joins.configuration.get(vpc_key.address)
        if joins.adopter(part) == part and resource is not None and vpc.is_managed:
            factory.append((part, vpc, resource))
            names[part] = GroupName(vpc.address, text(resource.body.get("default_security_group_id")))
    directories = [
        resource
        for resource in joins.owners("directory", "aws_directory_service_directory")
        if text(resource.body.get("type")) != "ADConnector"
    ]
    for resource in directories:
        names[Key(resource.address, "directory_group")] = GroupName(
            resource.address, text(resource.body.get("security_group_id"))
        )

    reader = _GroupReader(places, lists, names)
    groups = Groups()
    for resource in owners:
        key = Key(resource.address)
        groups.by_key[key] = _group(resource, key, reader, rules, exclusive)
    for part, vpc, resource in factory:
        groups.by_key[part] = _factory_group(part, vpc, resource, reader, rules)
    for resource in directories:
        part = Key(resource.address, "directory_group")
        groups.by_key[part] = _directory_group(part, resource, reader, rules)
    _default_groups(places, groups)
    return groups


def _group(resource: Resource, key: Key, reader: _GroupReader, rules: _Rules, exclusive: Relations) -> SecurityGroup:
    found: list[SecurityGroupRule] = []
    gaps: _Missing = []
    for direction in _DIRECTIONS:
        written = blocks(resource, direction)
        found.extend(reader.inline(resource, key, direction, written.items))
        gaps.extend((direction, missing) for missing in written.gaps)
    if not is_managed(resource):
        gaps.append((None, foreign(resource, "the rules of this security group")))
    elif (
        resource.type == "aws_security_group"
        and resource.lifecycle == "existing"
        and isinstance(resource.body.get("egress"), Absent)
    ):
        # The provider takes AWS's allow-all egress away when it creates a group, never later.
        # https://github.com/hashicorp/terraform-provider-aws/blob/main/website/docs/r/security_group.html.markdown
        gaps.append(("egress", gap(resource, "egress", "the group exists already, and its rules were not read")))
    standalone, more = _standalone(key, reader, rules)
    gaps.extend(more)
    if standalone and resource.lifecycle == "existing" and not _are_all_of(found, standalone):
        # What AWS reports of a group lists the rules of other resources too, also of one that this plan takes away.
        gaps.append((None, gap(resource, "its other rules", STALE, (), "")))
        found = []
    only = exclusive.of.get(key, ())
    if only:
        named, gaps_of_named = _named_rules(reader.places, only[0])
        if not gaps_of_named:
            # What it does not list is taken away, whoever made it.
            # https://github.com/hashicorp/terraform-provider-aws/blob/main/website/docs/r/vpc_security_group_rules_exclusive.html.markdown
            return _make(
                resource,
                reader,
                key,
                [rule for rule in standalone if Key(rule.evidence.address) in named],
                [(direction, missing) for direction, missing in gaps if missing.why != FOREIGN],
            )
        gaps.extend((None, missing) for missing in gaps_of_named)
    return _make(resource, reader, key, [*found, *standalone], gaps)


def _make(
    resource: Resource, reader: _GroupReader, key: Key, rules: list[SecurityGroupRule], gaps: _Missing
) -> SecurityGroup:
    return SecurityGroup(
        address=resource.address,
        evidence=resource.evidence(),
        id=identity(resource),
        vpc=reader.places.vpc(resource),
        rules=_members(rules, gaps),
        is_default=resource.type == "aws_default_security_group" or text(resource.body.get("name")) == "default",
        name=reader.names[key],
        one_way=_one_way(gaps),
    )


def _members(rules: list[SecurityGroupRule], gaps: _Missing) -> Members[SecurityGroupRule]:
    return Members(tuple(rules), unique_gaps([missing for _, missing in gaps]))


def _one_way(gaps: _Missing) -> dict[Gap, Direction]:
    ways: dict[Gap, set[Direction | None]] = {}
    for direction, missing in gaps:
        ways.setdefault(missing, set()).add(direction)
    return {missing: way for missing, (way, *others) in ways.items() if way is not None and not others}


def _are_all_of(shown: list[SecurityGroupRule], made: list[SecurityGroupRule]) -> bool:
    """Whether every permission that is shown is one that is made."""

    def permissions(rules: list[SecurityGroupRule]) -> set[tuple[object, ...]]:
        return {(rule.direction, rule.protocol, rule.ports, peer) for rule in rules for peer in rule.peers.items}

    return all(rule.peers.is_complete for rule in shown) and permissions(shown) <= permissions(made)


def _named_rules(places: Places, exclusive: Resource) -> tuple[set[Key], list[Gap]]:
    named: set[Key] = set()
    gaps: list[Gap] = []
    for attribute in ("ingress_rule_ids", "egress_rule_ids"):
        links = places.joins.links(exclusive, exclusive.body.get(attribute), "security_group_rule", attribute)
        gaps.extend(links.gaps)
        for link in links.items:
            if isinstance(link, To):
                named.add(link.target)
            else:
                gaps.append(gap(exclusive, attribute, FOREIGN if isinstance(link, Outside) else link.why))
    return named, gaps


def _standalone(key: Key, reader: _GroupReader, rules: _Rules) -> tuple[list[SecurityGroupRule], _Missing]:
    found: list[SecurityGroupRule] = []
    gaps: _Missing = []
    for direction, related in rules.items():
        gaps.extend((direction, missing) for missing in related.gaps(key))
        for resource in related.of.get(key, ()):
            if direction is None:
                value = resource.body.get("type")
                why = (value.why, value.refers_to) if isinstance(value, Unknown) else ("",)
                gaps.append((None, gap(resource, "type", *why)))
            found.extend(reader.standalone(resource, key))
    return found, gaps


def _factory_group(part: Key, vpc: Vpc, resource: Resource, reader: _GroupReader, rules: _Rules) -> SecurityGroup:
    """The default group of a VPC that nothing adopts: it lets everything out, and in what comes from itself.

    https://docs.aws.amazon.com/vpc/latest/userguide/default-security-group.html
    """
    evidence = resource.evidence("default_security_group_id")
    found, gaps = _standalone(part, reader, rules)
    if resource.type == "aws_default_vpc":
        gaps.append((None, gap(resource, "the rules of its default security group", "it was there before Terraform")))
    else:
        everyone: Members[Peer] = Members((all_of_family(4), all_of_family(6)))
        itself: Members[Peer] = Members((PeerGroup(To(reader.names[part], evidence)),))
        found = [
            SecurityGroupRule("egress", Known("all"), Known(ALL_PORTS), everyone, evidence),
            SecurityGroupRule("ingress", Known("all"), Known(ALL_PORTS), itself, evidence),
            *found,
        ]
    name = reader.names[part]
    return SecurityGroup(
        vpc.address,
        evidence,
        name.id,
        To(vpc, evidence),
        _members(found, gaps),
        is_default=True,
        name=name,
        one_way=_one_way(gaps),
    )


def _directory_group(part: Key, resource: Resource, reader: _GroupReader, rules: _Rules) -> SecurityGroup:
    """The group that Directory Service makes with a directory, and what this configuration adds to it.

    For AWS Managed Microsoft AD it lets DNS in from the directory's VPC only.
    https://docs.aws.amazon.com/directoryservice/latest/devguide/API_AddIpRoutes.html
    """
    evidence = resource.evidence("security_group_id")
    places = reader.places
    settings = first_block(blocks(resource, "vpc_settings"))
    vpc = bind(places.joins.link(settings.get("vpc_id"), "vpc"), places.vpcs, resource.evidence("vpc_settings"))
    found, gaps = _standalone(part, reader, rules)
    gaps.append((None, gap(resource, "the rules of its own security group", "made by Directory Service", (), "")))
    if isinstance(vpc, To) and text(resource.body.get("type")) == "MicrosoftAD":
        peers: Members[Peer] = Members((vpc.target.primary_cidr,))
        found = [
            *(
                SecurityGroupRule("ingress", Known(protocol), Known(PortRange(53, 53)), peers, evidence)
                for protocol in ("tcp", "udp")
            ),
            *found,
        ]
    name = reader.names[part]
    return SecurityGroup(
        resource.address,
        evidence,
        name.id,
        vpc,
        _members(found, gaps),
        name=name,
        one_way=_one_way(gaps),
    )


def _default_groups(places: Places, groups: Groups) -> None:
    joins = places.joins
    unread = joins.configuration.unread("aws_default_security_group")
    unplaced = joins.unplaced_adopters.get("default_security_group", [])
    for vpc_key, vpc in places.vpcs.items():
        part = Key(vpc_key.address, "default_security_group")
        holder = joins.adopter(part)
        group = groups.by_key.get(holder)
        if holder != part and group is not None:
            groups.default_of_vpc[vpc] = To(group, group.evidence)
            continue
        adopters = [resource for resource, parts in unplaced if not parts or part in parts]
        candidates = (
            *((group,) if group is not None else ()),
            *(groups.by_key[Key(resource.address)] for resource in adopters if Key(resource.address) in groups.by_key),
        )
        if group is None:
            known = None
            resource_of_vpc = joins.configuration.get(vpc_key.address)
            if resource_of_vpc is not None:
                known = text(resource_of_vpc.body.get("default_security_group_id"))
            groups.default_of_vpc[vpc] = (
                Outside(known, vpc.evidence) if known else Unresolved((), FOREIGN, candidates, evidence=vpc.evidence)
            )
        elif adopters:
            waits = tuple(
                reference
                for resource in adopters
                if isinstance(value := resource.body.get("vpc_id"), Unknown)
                for reference in value.refers_to
            )
            groups.default_of_vpc[vpc] = Unresolved(
                waits, "which VPC's default group is adopted is not known", candidates, not unread, vpc.evidence
            )
        elif unread:
            groups.default_of_vpc[vpc] = Unresolved(unread[0].waits_for, unread[0].why, (group,), False, vpc.evidence)
        else:
            groups.default_of_vpc[vpc] = To(group, group.evidence)


# Network ACLs


@dataclass(slots=True)
class Acls:
    by_key: dict[Key, NetworkAcl] = field(default_factory=dict)
    of_subnet: dict[Subnet, Link[NetworkAcl]] = field(default_factory=dict)


def network_acls(places: Places) -> Acls:
    joins = places.joins
    rules = relations(joins, "network_acl", "network_acl_id", "aws_network_acl_rule")
    acls = Acls()
    owners = list(joins.owners("network_acl", "aws_network_acl", "aws_default_network_acl"))
    for resource in owners:
        acls.by_key[Key(resource.address)] = _acl(resource, places, rules)
    for key in {*rules.of, *rules.may_be_of}:
        if key.part == "default_network_acl" and key not in acls.by_key:
            acls.by_key[key] = _factory_acl(key, places, rules)
    associations = joins.configuration.of_type("aws_network_acl_association")
    for association in associations:
        link = joins.link(association.body.get("network_acl_id"), "network_acl")
        if isinstance(link, To) and link.target.part == "default_network_acl" and link.target not in acls.by_key:
            acls.by_key[link.target] = _factory_acl(link.target, places, rules)
    _acls_of_subnets(places, acls, owners)
    return acls


def _acl(resource: Resource, places: Places, rules: Relations) -> NetworkAcl:
    found: list[AclEntry] = []
    gaps: list[Gap] = []
    for direction in _DIRECTIONS:
        written = blocks(resource, direction)
        for path, body in written.items:
            found.extend(_entries(resource, body, path, direction, places))
        gaps.extend(written.gaps)
    if (
        resource.type == "aws_network_acl"
        and resource.lifecycle == "existing"
        and isinstance(resource.body.get("ingress"), Absent)
        and isinstance(resource.body.get("egress"), Absent)
    ):
        gaps.append(
            gap(resource, "the entries of this network ACL", "it exists already, and they were not read", (), "")
        )
    key = Key(resource.address)
    more, more_gaps = _added_entries(key, places, rules)
    # The state of an ACL lists entries of other resources too.
    known = {(entry.direction, entry.number) for entry in more if isinstance(entry.number, Known)}
    found = [entry for entry in found if (entry.direction, entry.number) not in known]
    if found and more and resource.lifecycle == "existing":
        gaps.append(gap(resource, "its other entries", STALE, (), ""))
        found = []
    return NetworkAcl(
        address=resource.address,
        evidence=resource.evidence(),
        id=identity(resource),
        vpc=_vpc_of_acl(resource, places),
        entries=Members(_in_order([*found, *more]), unique_gaps([*gaps, *more_gaps])),
        is_default=resource.type == "aws_default_network_acl",
    )


def _vpc_of_acl(resource: Resource, places: Places) -> Link[Vpc]:
    if resource.type == "aws_default_network_acl":
        part = places.joins.adopted_by(resource)
        vpc = places.vpcs.get(Key(part.address)) if part is not None else None
        if vpc is not None:
            return To(vpc, resource.evidence("default_network_acl_id"))
    return places.vpc(resource)


def _added_entries(key: Key, places: Places, rules: Relations) -> tuple[list[AclEntry], tuple[Gap, ...]]:
    found: list[AclEntry] = []
    gaps: list[Gap] = list(rules.gaps(key))
    for resource in rules.of.get(key, ()):
        match flag(resource.body.get("egress"), False):
            case Known(is_egress):
                direction: Direction = "egress" if is_egress else "ingress"
                found.extend(_entries(resource, resource.body, "", direction, places))
            case Unknown() as unknown:
                gaps.append(gap(resource, "egress", unknown.why, unknown.refers_to))
    return found, tuple(gaps)


def _entries(resource: Resource, body: Body, path: str, direction: Direction, places: Places) -> Iterator[AclEntry]:
    protocol = _protocol(body.get("protocol"))
    action = body.get("rule_action" if resource.type == "aws_network_acl_rule" else "action")
    allows: Fact[bool]
    match text_fact(action, Unknown(why="not set")):
        case Known(written, evidence):
            allows = Known(written.lower() == "allow", evidence)
        case Unknown() as unknown:
            allows = unknown
    rule_number = number(
        body.get("rule_number" if resource.type == "aws_network_acl_rule" else "rule_no"), Unknown(why="not set")
    )
    for attribute in ("cidr_block", "ipv6_cidr_block"):
        if is_unset(body.get(attribute)):
            continue
        network = cidr(body.get(attribute), places.symbols, at(resource, path, attribute))
        if network is not None:
            evidence = resource.evidence(path)
            yield AclEntry(direction, rule_number, allows, protocol, _ports(body, protocol), network, evidence)


def _in_order(entries: list[AclEntry]) -> tuple[AclEntry, ...]:
    def order(entry: AclEntry) -> tuple[int, int]:
        return (_DIRECTIONS.index(entry.direction), entry.number.value if isinstance(entry.number, Known) else 0)

    return tuple(sorted(entries, key=order))


def _factory_acl(key: Key, places: Places, rules: Relations) -> NetworkAcl:
    """The default network ACL of a VPC with what this configuration adds; by itself it allows everything.

    https://docs.aws.amazon.com/vpc/latest/userguide/default-network-acl.html
    """
    vpc = places.vpcs[Key(key.address)]
    evidence = Evidence(vpc.address, "default_network_acl_id", vpc.evidence.location)
    found, gaps = _added_entries(key, places, rules)
    if vpc.is_managed:
        found.extend(
            AclEntry(
                direction,
                Known(100 if version == 4 else 101),
                Known(True),
                Known("all"),
                Known(ALL_PORTS),
                everything,
                evidence,
            )
            for direction in _DIRECTIONS
            for version in (4, 6)
            for everything in (all_of_family(version),)
        )
    else:
        gaps = (*gaps, Gap(str(vpc.address), "the entries of its default network ACL", FOREIGN, vpc.evidence.location))
    return NetworkAcl(vpc.address, evidence, None, To(vpc, evidence), Members(_in_order(found), gaps), is_default=True)


def _acls_of_subnets(places: Places, acls: Acls, owners: list[Resource]) -> None:
    joins = places.joins
    explicit: dict[Subnet, list[Link[NetworkAcl]]] = {}
    possible: dict[Subnet, list[NetworkAcl]] = {}
    anywhere: list[tuple[Gap, NetworkAcl | None]] = [
        (missing, None) for missing in joins.configuration.unread("aws_network_acl", "aws_network_acl_association")
    ]

    def note(subnet: Link[Subnet], acl: Link[NetworkAcl], missing: Gap) -> None:
        match subnet:
            case To(target):
                explicit.setdefault(target, []).append(acl)
            case Unresolved(candidates=candidates):
                named = acl.target if isinstance(acl, To) else None
                for candidate in candidates:
                    if named is not None:
                        possible.setdefault(candidate, []).append(named)
                if not candidates:
                    anywhere.append((missing, named))
            case Outside():
                pass

    for resource in owners:
        acl = acls.by_key[Key(resource.address)]
        if resource.type == "aws_default_network_acl":
            continue  # it serves every subnet that no other ACL serves, whatever its `subnet_ids` say
        links = joins.links(resource, resource.body.get("subnet_ids"), "subnet", "subnet_ids")
        for link in links.items:
            bound = bind(link, places.subnets)
            note(bound, To(acl, resource.evidence("subnet_ids")), gap(resource, "subnet_ids", "not known"))
        if links.gaps and not links.items:
            anywhere.extend((missing, acl) for missing in links.gaps)
    for resource in joins.configuration.of_type("aws_network_acl_association"):
        if not joins.is_judged(resource):
            continue
        acl_link = bind(joins.link(resource.body.get("network_acl_id"), "network_acl"), acls.by_key)
        place = places.subnet(resource, resource.body.get("subnet_id"), "subnet_id")
        note(place, acl_link, gap(resource, "subnet_id", "not known"))
    unread = joins.configuration.unread("aws_default_network_acl")
    for subnet in places.subnets.values():
        named = explicit.get(subnet, [])
        if len(named) > 1:
            named = list({id(_target(link)): link for link in named}.values())
        if len(named) == 1:
            acls.of_subnet[subnet] = named[0]
            continue
        if named:
            candidates = tuple(link.target for link in named if isinstance(link, To))
            acls.of_subnet[subnet] = Unresolved((), "several network ACLs name this subnet", candidates)
            continue
        default = _default_acl(places, acls, subnet, unread)
        maybe = (*possible.get(subnet, ()), *(acl for _, acl in anywhere if acl is not None))
        if maybe or anywhere:
            others = (default.target,) if isinstance(default, To) else ()
            missing = anywhere[0][0] if anywhere else None
            acls.of_subnet[subnet] = Unresolved(
                missing.waits_for if missing else (),
                missing.why if missing else "which subnets the network ACL serves is not known",
                tuple(dict.fromkeys((*maybe, *others))),
                False,
                subnet.evidence,
            )
        elif default is not None:
            acls.of_subnet[subnet] = default


def _target(link: Link[NetworkAcl]) -> object:
    return link.target if isinstance(link, To) else link.id if isinstance(link, Outside) else link


def _default_acl(places: Places, acls: Acls, subnet: Subnet, unread: tuple[Gap, ...]) -> Link[NetworkAcl] | None:
    """What serves a subnet that no ACL names: the default ACL of its VPC; None for one that is surely untouched."""
    joins = places.joins
    if not subnet.is_managed:
        return Unresolved((), f"the network ACL of {subnet.address}: {FOREIGN}", evidence=subnet.evidence)
    if not isinstance(subnet.vpc, To):
        why = FOREIGN if isinstance(subnet.vpc, Outside) else subnet.vpc.why
        return Unresolved((), f"the default network ACL of its VPC: {why}", evidence=subnet.evidence)
    vpc = subnet.vpc.target
    part = Key(places.key_of_vpc[vpc].address, "default_network_acl")
    holder = acls.by_key.get(joins.adopter(part))
    if holder is not None:
        return To(holder, holder.evidence)
    if unread:
        return Unresolved(unread[0].waits_for, unread[0].why, evidence=subnet.evidence)
    maybe = [
        acls.by_key[Key(resource.address)]
        for resource, parts in joins.unplaced_adopters.get("default_network_acl", ())
        if (not parts or part in parts) and Key(resource.address) in acls.by_key
    ]
    if maybe:
        return Unresolved((), "whose default network ACL is adopted is not known", tuple(maybe), False, subnet.evidence)
    if not vpc.is_managed or vpc.address.type == "aws_default_vpc":
        why = FOREIGN if not vpc.is_managed else "it was there before Terraform"
        return Unresolved((), f"the default network ACL of {vpc.address}: {why}", evidence=subnet.evidence)
    return None
