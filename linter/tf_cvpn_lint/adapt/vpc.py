"""VPCs and subnets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property

from tf_cvpn_lint.adapt.cidr import Symbols, cidr
from tf_cvpn_lint.adapt.links import Joins, Key, Relations, bind, relations
from tf_cvpn_lint.adapt.values import FOREIGN, flag, gap, identity, is_managed, text, text_fact
from tf_cvpn_lint.config.configuration import Resource
from tf_cvpn_lint.core.address import Address, Reference
from tf_cvpn_lint.core.evidence import Gap
from tf_cvpn_lint.core.link import Link, To, Unresolved
from tf_cvpn_lint.core.records import dataclass, field
from tf_cvpn_lint.core.value import Absent, Call, Fact, Known, Literal, Symbol, Unknown, Value
from tf_cvpn_lint.core.verdict import Members
from tf_cvpn_lint.model.cidr import Cidr, KnownCidr, UnknownCidr
from tf_cvpn_lint.model.vpc import Subnet, Vpc, VpcCidr

TYPES = frozenset(
    {
        "aws_vpc",
        "aws_default_vpc",
        "aws_vpc_ipv4_cidr_block_association",
        "aws_subnet",
        "aws_default_subnet",
        "aws_availability_zones",
    }
)


@dataclass(slots=True)
class Places:
    """The VPCs and subnets by what they are called."""

    joins: Joins
    symbols: Symbols
    vpcs: dict[Key, Vpc] = field(default_factory=dict)
    subnets: dict[Key, Subnet] = field(default_factory=dict)
    key_of_vpc: dict[Vpc, Key] = field(default_factory=dict)
    vpc_of_symbol: dict[Symbol, Vpc] = field(default_factory=dict)
    """VPCs by the symbol of their primary CIDR, where its numbers are not known."""
    subnet_of_symbol: dict[Symbol, Subnet] = field(default_factory=dict)
    subnets_of_vpc: dict[Vpc, list[Subnet]] = field(default_factory=dict)

    def vpc(self, resource: Resource) -> Link[Vpc]:
        """The VPC of something that has a `vpc_id`."""
        return bind(self.joins.vpc_of(resource), self.vpcs, resource.evidence("vpc_id"))

    def subnet(self, resource: Resource, value: Value, attribute: str) -> Link[Subnet]:
        is_own = resource.body.get(attribute) is value
        link = self.joins.end(resource, attribute, "subnet") if is_own else self.joins.link(value, "subnet")
        return bind(link, self.subnets, resource.evidence(attribute))


def places(joins: Joins, symbols: Symbols) -> Places:
    found = Places(joins, symbols)
    secondary = relations(joins, "vpc", "vpc_id", "aws_vpc_ipv4_cidr_block_association")
    order = _Order(joins)
    for resource in joins.owners("vpc", "aws_vpc", "aws_default_vpc"):
        key = Key(resource.address)
        vpc = _vpc(resource, symbols, secondary, order)
        found.vpcs[key] = vpc
        found.key_of_vpc[vpc] = key
        if isinstance(vpc.primary_cidr, UnknownCidr) and vpc.primary_cidr.symbol is not None:
            found.vpc_of_symbol.setdefault(vpc.primary_cidr.symbol, vpc)
    for resource in joins.owners("subnet", "aws_subnet", "aws_default_subnet"):
        subnet = _subnet(resource, found)
        found.subnets[Key(resource.address)] = subnet
        if isinstance(subnet.cidr, UnknownCidr) and subnet.cidr.symbol is not None:
            found.subnet_of_symbol.setdefault(subnet.cidr.symbol, subnet)
        if isinstance(subnet.vpc, To):
            found.subnets_of_vpc.setdefault(subnet.vpc.target, []).append(subnet)
    return found


def _vpc(resource: Resource, symbols: Symbols, secondary: Relations, order: _Order) -> Vpc:
    body = resource.body
    managed = is_managed(resource)
    is_default = resource.type == "aws_default_vpc"
    not_read = Unknown(why=FOREIGN)
    return Vpc(
        address=resource.address,
        evidence=resource.evidence(),
        id=identity(resource),
        primary_cidr=_own_cidr(resource, symbols),
        secondary_cidrs=_secondary_cidrs(resource, symbols, secondary, order),
        # Default true.
        # https://github.com/hashicorp/terraform-provider-aws/blob/main/website/docs/r/vpc.html.markdown
        dns_support=flag(body.get("enable_dns_support"), True if managed else not_read),
        # Default false, as for every VPC but the region's default one; aws_vpc shows it as unknown in a plan that makes the VPC.
        # https://docs.aws.amazon.com/vpc/latest/userguide/AmazonDNS-concepts.html#vpc-dns-support
        # https://github.com/hashicorp/terraform-provider-aws/blob/main/website/docs/r/default_vpc.html.markdown
        dns_hostnames=flag(body.get("enable_dns_hostnames"), is_default if managed else not_read),
        tenancy=text_fact(body.get("instance_tenancy"), "default" if managed else not_read),
        provider=resource.provider,
        region=resource.region,
        dns_support_evidence=resource.evidence("enable_dns_support"),
        dns_hostnames_evidence=resource.evidence("enable_dns_hostnames"),
        tenancy_evidence=resource.evidence("instance_tenancy"),
        is_managed=managed,
    )


def _own_cidr(resource: Resource, symbols: Symbols, inside: tuple[Cidr, ...] = ()) -> Cidr:
    """The `cidr_block`; one that nothing gives (IPAM, a data source that is read later) is at least equal to itself."""
    value = resource.body.get("cidr_block")
    itself = Reference(resource.address, "cidr_block")
    evidence = resource.evidence("cidr_block")
    found = cidr(value, symbols, evidence, inside=inside, otherwise=itself)
    if found is None:
        return UnknownCidr((itself,), "known after apply", itself, inside, evidence)
    if isinstance(found, UnknownCidr) and not found.refers_to and found.symbol == itself:
        return UnknownCidr((itself,), found.why, itself, inside, evidence)
    return found


def _secondary_cidrs(resource: Resource, symbols: Symbols, secondary: Relations, order: _Order) -> Members[VpcCidr]:
    key = Key(resource.address)
    found: list[VpcCidr] = []
    gaps: list[Gap] = list(secondary.gaps(key))
    for association in secondary.of.get(key, ()):
        network = cidr(
            association.body.get("cidr_block"),
            symbols,
            association.evidence("cidr_block"),
            otherwise=Reference(association.address, "cidr_block"),
        )
        itself = Reference(association.address, "cidr_block")
        found.append(
            VpcCidr(
                network or UnknownCidr((itself,), symbol=itself),
                association.evidence(),
                order.follows_association(association, key),
                order.precedes_association(association, key),
            )
        )
    if not is_managed(resource):
        found_networks, read_gaps = _cidrs_of_data(resource, symbols)
        known = {vpc_cidr.cidr for vpc_cidr in found}
        primary = _own_cidr(resource, symbols)
        found.extend(
            VpcCidr(network, resource.evidence("cidr_block_associations"))
            for network in found_networks
            if network != primary and network not in known
        )
        gaps.extend(read_gaps)
    return Members(tuple(found), tuple(gaps))


def _cidrs_of_data(resource: Resource, symbols: Symbols) -> tuple[list[Cidr], tuple[Gap, ...]]:
    value = resource.body.get("cidr_block_associations")
    if isinstance(value, Unknown | Absent):
        return [], (
            gap(resource, "cidr_block_associations", value.why if isinstance(value, Unknown) else "not read yet"),
        )
    found: list[Cidr] = []
    members = value.value if isinstance(value.value, tuple) else ()
    for member in members:
        if isinstance(member, Known) and isinstance(member.value, Mapping):
            network = cidr(
                member.value.get("cidr_block", Absent()), symbols, resource.evidence("cidr_block_associations")
            )
            if isinstance(network, KnownCidr):
                found.append(network)
    return found, ()


def _subnet(resource: Resource, found: Places) -> Subnet:
    vpc = found.vpc(resource)
    inside: tuple[Cidr, ...] = ()
    if isinstance(vpc, To):
        networks = vpc.target.cidrs
        if networks.is_complete and len(networks.items) == 1:
            inside = networks.items
    return Subnet(
        address=resource.address,
        evidence=resource.evidence(),
        id=identity(resource),
        vpc=vpc,
        cidr=_own_cidr(resource, found.symbols, inside),
        zone=_zone(resource, found.symbols),
        is_managed=is_managed(resource),
        cidr_evidence=resource.evidence("cidr_block"),
    )


def _zone(resource: Resource, symbols: Symbols) -> Fact[str]:
    """The zone by name, else by id; unknown where AWS chooses it."""
    unknown: Unknown | None = None
    for attribute in ("availability_zone", "availability_zone_id"):
        value = resource.body.get(attribute)
        if (known := text(value)) is not None:
            return Known(known, resource.evidence(attribute))
        if isinstance(value, Unknown) and (unknown is None or value.refers_to):
            symbol = _place_in_zones(symbols.of(value))
            unknown = Unknown(value.refers_to, value.why, symbol, value.exact, resource.evidence(attribute))
    return unknown or Unknown(why="AWS chooses the zone", evidence=resource.evidence())


def _place_in_zones(symbol: Symbol | None) -> Symbol | None:
    """`data.aws_availability_zones.x.names[1]` as the place in a list whose members all differ."""
    match symbol:
        case Call("index", (listed, Literal(int(number)))) if (found := _zones_from(listed)) is not None:
            return Call("distinct", (found[0], Literal(found[1] + number)))
        case Call("element", (listed, Literal(int(number)))) if (found := _zones_from(listed)) is not None and found[2]:
            # Past its end it begins again.
            return Call("distinct", (found[0], Literal(found[1] + number % found[2])))
        case _:
            return symbol


def _zones_from(symbol: Symbol) -> tuple[Symbol, int, int] | None:
    """The list of zones, where in it this one begins, and how long it is where that is known (else 0)."""
    match symbol:
        case Reference(Address(type="aws_availability_zones")):
            return symbol, 0, 0
        case Call("slice", (listed, Literal(int(start)), Literal(int(end)))) if (
            found := _zones_from(listed)
        ) is not None:
            return found[0], found[1] + start, end - start
        case _:
            return None


class _Order:
    """What Terraform makes before what, as far as `depends_on`, references and what is there already tell.

    An endpoint gets the VPC's own routes when a target network association is made; a CIDR added later needs a new one.
    https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/cvpn-working-target.html
    """

    def __init__(self, joins: Joins) -> None:
        self._joins = joins
        self._reached: dict[Address, frozenset[Address]] = {}

    @cached_property
    def _associations(self) -> tuple[dict[Key, list[Resource]], list[Resource]]:
        """The target network associations by their VPC, and those of which it is not known."""
        in_vpc: dict[Key, list[Resource]] = {}
        anywhere: list[Resource] = []
        for association in self._joins.configuration.of_type("aws_ec2_client_vpn_network_association"):
            vpc = self._vpc_of(association)
            if isinstance(vpc, To):
                in_vpc.setdefault(vpc.target, []).append(association)
            elif isinstance(vpc, Unresolved):
                anywhere.append(association)
        return in_vpc, anywhere

    def _vpc_of(self, association: Resource) -> Link[Key]:
        subnet = self._joins.link(association.body.get("subnet_id"), "subnet")
        if not isinstance(subnet, To):
            return Unresolved() if isinstance(subnet, Unresolved) else subnet
        resource = self._joins.configuration.get(subnet.target.address)
        return Unresolved() if resource is None else self._joins.vpc_of(resource)

    def follows_association(self, cidr_association: Resource, vpc: Key) -> bool:
        """Whether this CIDR is certainly added after a target network association of its VPC was made."""
        if cidr_association.lifecycle == "existing":
            return False
        needs = self._needs(cidr_association)
        in_vpc, _ = self._associations
        return any(
            association.lifecycle == "existing" or association.address in needs for association in in_vpc.get(vpc, ())
        )

    def precedes_association(self, cidr_association: Resource, vpc: Key) -> bool:
        """Whether every target network association of its VPC waits for this CIDR, or the CIDR is there already."""
        if cidr_association.lifecycle == "existing":
            return True
        in_vpc, anywhere = self._associations
        return all(
            cidr_association.address in self._needs(association) for association in (*in_vpc.get(vpc, ()), *anywhere)
        )

    def _needs(self, resource: Resource) -> frozenset[Address]:
        """Everything that is made before the resource."""
        found = self._reached.get(resource.address)
        if found is not None:
            return found
        configuration = self._joins.configuration
        seen: set[Address] = set()
        waiting = [*resource.depends_on, *_referred(Known(resource.body.values))]
        while waiting:
            address = waiting.pop()
            if address in seen:
                continue
            seen.add(address)
            exact = configuration.get(address)
            instances = configuration.instances(address) if exact is None and address.key is None else ()
            for each in (exact,) if exact is not None else instances:
                seen.add(each.address)
                waiting.extend(each.depends_on)
                waiting.extend(_referred(Known(each.body.values)))
        return self._reached.setdefault(resource.address, frozenset(seen))


def _referred(value: Value) -> Iterator[Address]:
    match value:
        case Unknown():
            yield from (reference.target for reference in value.refers_to if isinstance(reference.target, Address))
        case Known(tuple() as members):
            for member in members:
                yield from _referred(member)
        case Known(Mapping() as fields):
            for member in fields.values():
                yield from _referred(member)
        case _:
            return
