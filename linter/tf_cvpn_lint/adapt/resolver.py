"""What has addresses: resolver endpoints, directories, instances, interfaces, load balancers; zones, records, interface endpoints."""

from __future__ import annotations

from collections.abc import Iterator

from tf_cvpn_lint.adapt.cidr import parse_address
from tf_cvpn_lint.adapt.filters import Groups
from tf_cvpn_lint.adapt.links import Key, Kind, Relations, attribute_path, bind, bind_all, relations
from tf_cvpn_lint.adapt.values import (
    FOREIGN,
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
    text,
    text_fact,
)
from tf_cvpn_lint.adapt.vpc import Places
from tf_cvpn_lint.config.configuration import Body, Resource
from tf_cvpn_lint.core.address import Address, Reference
from tf_cvpn_lint.core.evidence import Evidence, Gap
from tf_cvpn_lint.core.link import Link, To, Unresolved
from tf_cvpn_lint.core.records import dataclass, field
from tf_cvpn_lint.core.value import Absent, Call, Fact, Known, Literal, Symbol, Unknown, Value
from tf_cvpn_lint.core.verdict import Members
from tf_cvpn_lint.model.cidr import AddressIn, Cidr, HostAddress, IpAddress, KnownAddress, KnownCidr, UnknownCidr
from tf_cvpn_lint.model.filters import SecurityGroup
from tf_cvpn_lint.model.resolver import Host, HostedZone, HostKind, Interface, InterfaceEndpoint, ZoneRecord
from tf_cvpn_lint.model.vpc import Subnet, Vpc

TYPES = frozenset(
    {
        "aws_route53_resolver_endpoint",
        "aws_directory_service_directory",
        "aws_instance",
        "aws_network_interface",
        "aws_network_interface_attachment",
        "aws_network_interface_sg_attachment",
        "aws_lb",
        "aws_alb",
        "aws_route53_zone",
        "aws_route53_zone_association",
        "aws_route53_record",
        "aws_vpc_endpoint",
    }
)

# The attributes that give addresses of a host; the first is what an unknown address is called by.
ADDRESS_ATTRIBUTES: dict[str, tuple[str, ...]] = {
    "aws_route53_resolver_endpoint": ("ip_address", "ip_addresses"),
    "aws_directory_service_directory": ("dns_ip_addresses",),
    "aws_instance": ("private_ip", "secondary_private_ips"),
    "aws_network_interface": ("private_ip", "private_ips", "private_ip_list"),
    "aws_lb": ("subnet_mapping",),
    "aws_alb": ("subnet_mapping",),
}

_KINDS: dict[str, Kind] = {
    "aws_route53_resolver_endpoint": "resolver_endpoint",
    "aws_directory_service_directory": "directory",
    "aws_instance": "instance",
    "aws_network_interface": "network_interface",
    "aws_lb": "load_balancer",
    "aws_alb": "load_balancer",
}

# https://docs.aws.amazon.com/Route53/latest/APIReference/API_route53resolver_CreateResolverEndpoint.html
_DIRECTIONS: dict[str, HostKind] = {
    "INBOUND": "resolver_inbound",
    "OUTBOUND": "resolver_outbound",
    "INBOUND_DELEGATION": "resolver_delegation",
}


@dataclass(slots=True)
class Hosts:
    """The hosts by what they are called."""

    places: Places
    groups: Groups
    by_key: dict[Key, Host] = field(default_factory=dict)

    def named_by(self, reference: Reference) -> tuple[Host, ...]:
        """The hosts whose address the reference asks for; none if it asks for something else."""
        joins = self.places.joins
        if not isinstance(reference.target, Address):
            return ()
        names = ADDRESS_ATTRIBUTES.get(reference.target.type)
        path = attribute_path(reference)
        if names is None or (path and path[0] not in names):
            return ()
        exact = joins.configuration.get(reference.target)
        found = (exact,) if exact is not None else joins.configuration.instances(reference.target)
        keys = dict.fromkeys(joins.key(resource, _KINDS[resource.type]) for resource in found)
        return tuple(self.by_key[key] for key in keys if key in self.by_key)

    def networks_of(self, host: Host) -> tuple[Cidr, ...]:
        """Networks that surely hold every address of the host."""
        subnets = {link.target for link in (each.subnet for each in host.interfaces.items) if isinstance(link, To)}
        if len(subnets) == 1 and host.interfaces.is_complete and len(host.interfaces.items) >= 1:
            if all(isinstance(each.subnet, To) for each in host.interfaces.items):
                return (next(iter(subnets)).cidr,)
        return ()


def hosts(places: Places, groups: Groups) -> Hosts:
    joins = places.joins
    found = Hosts(places, groups)
    attached = _extra_groups(places)
    interfaces_of = relations(joins, "instance", "instance_id", "aws_network_interface_attachment")
    reader = _HostReader(places, groups, found, attached, interfaces_of)
    for resource in joins.owners("resolver_endpoint", "aws_route53_resolver_endpoint"):
        found.by_key[Key(resource.address)] = reader.resolver_endpoint(resource)
    for resource in joins.owners("directory", "aws_directory_service_directory"):
        # The addresses of an AD Connector are those of the customer's own servers.
        # https://docs.aws.amazon.com/directoryservice/latest/devguide/API_DirectoryDescription.html
        if text(resource.body.get("type")) != "ADConnector":
            found.by_key[Key(resource.address)] = reader.directory(resource)
    for resource in joins.owners("network_interface", "aws_network_interface"):
        found.by_key[Key(resource.address)] = reader.network_interface(resource)
    for resource in joins.owners("instance", "aws_instance"):
        found.by_key[Key(resource.address)] = reader.instance(resource)
    for resource in joins.owners("load_balancer", "aws_lb", "aws_alb"):
        if text(resource.body.get("load_balancer_type")) == "network":
            found.by_key[Key(resource.address)] = reader.load_balancer(resource)
    return found


@dataclass(slots=True)
class _ExtraGroups:
    """Groups that `aws_network_interface_sg_attachment` adds to an interface or an instance."""

    of: dict[Address, list[Link[Key]]] = field(default_factory=dict)
    gaps: tuple[Gap, ...] = ()


def _extra_groups(places: Places) -> _ExtraGroups:
    joins = places.joins
    type_ = "aws_network_interface_sg_attachment"
    found = _ExtraGroups(gaps=joins.configuration.unread(type_))
    for resource in joins.configuration.of_type(type_):
        value = resource.body.get("network_interface_id")
        group = joins.link(
            resource.body.get("security_group_id"), "security_group", evidence=resource.evidence("security_group_id")
        )
        link = joins.link(value, "network_interface")
        if isinstance(link, To):
            found.of.setdefault(link.target.address, []).append(group)
        elif isinstance(value, Unknown):
            for reference in value.refers_to:
                # aws_instance.x.primary_network_interface_id
                if isinstance(reference.target, Address) and reference.target.type == "aws_instance":
                    found.of.setdefault(reference.target, []).append(group)
    return found


@dataclass(slots=True)
class _HostReader:
    places: Places
    groups: Groups
    hosts: Hosts
    attached: _ExtraGroups
    interfaces_of: Relations

    def resolver_endpoint(self, resource: Resource) -> Host:
        body = resource.body
        managed = is_managed(resource)
        direction = text(body.get("direction"))
        groups = self._groups(resource, "security_group_ids")
        vpc = self._vpc(resource, "host_vpc_id" if managed else "vpc_id") or _vpc_of_groups(groups)
        interfaces: list[Interface] = []
        gaps: list[Gap] = []
        if managed:
            addresses = blocks(resource, "ip_address")
            for path, each in addresses.items:
                interfaces.append(
                    Interface(
                        self.places.subnet(resource, each.get("subnet_id"), f"{path}.subnet_id"),
                        _ip(each.get("ip"), resource, "ip_address"),
                        at(resource, path, "ip" if text(each.get("ip")) else "subnet_id"),
                    )
                )
            gaps.extend(addresses.gaps)
            interfaces = self._told_apart(interfaces, vpc)
        else:
            read = self._interfaces_at(resource, "ip_addresses", vpc)
            interfaces.extend(read.items)
            gaps.extend(read.gaps)
        if not managed and isinstance(body.get("security_group_ids"), Absent):
            groups = Members((), (foreign(resource, "its security groups"),))
        # Do53 and IPV4 unless set.
        # https://docs.aws.amazon.com/Route53/latest/APIReference/API_route53resolver_CreateResolverEndpoint.html
        protocols = _protocols(body.get("protocols"), managed)
        return Host(
            address=resource.address,
            evidence=resource.evidence(),
            id=identity(resource, "id", "resolver_endpoint_id"),
            # One of unknown direction only has addresses: neither that it answers nor that it does not may be claimed.
            kind=_DIRECTIONS.get(direction or "", "interface"),
            interfaces=Members(tuple(interfaces), tuple(gaps)),
            security_groups=groups,
            vpc=vpc,
            protocols=protocols,
            address_family=text_fact(body.get("resolver_endpoint_type"), "IPV4" if managed else Unknown(why=FOREIGN)),
            protocols_evidence=resource.evidence("protocols"),
            direction_evidence=resource.evidence("direction"),
            address_family_evidence=resource.evidence("resolver_endpoint_type"),
        )

    def _told_apart(self, interfaces: list[Interface], vpc: Link[Vpc] | None) -> list[Interface]:
        """Puts each known address into the subnet that holds it: the blocks are a set, so a plan cannot say which block names which
        subnet."""
        subnets = list(
            dict.fromkeys(
                subnet
                for each in interfaces
                for subnet in (
                    (each.subnet.target,)
                    if isinstance(each.subnet, To)
                    else each.subnet.candidates
                    if isinstance(each.subnet, Unresolved)
                    else ()
                )
            )
        )
        exact = all(isinstance(each.subnet, Unresolved) and each.subnet.exhaustive for each in interfaces)
        if exact and len(subnets) == len(interfaces) and all(isinstance(each.ip, Unknown) for each in interfaces):
            # As many subnets as addresses, and no address known: which is whose makes no difference.
            return [
                Interface(To(subnet, each.evidence), each.ip, each.evidence)
                for subnet, each in zip(subnets, interfaces, strict=True)
            ]
        if isinstance(vpc, To):
            subnets.extend(self.places.subnets_of_vpc.get(vpc.target, []))
        placed: list[Interface] = []
        for each in interfaces:
            holder = _holding(each.ip, subnets)
            placed.append(each if holder is None else Interface(To(holder, each.evidence), each.ip, each.evidence))
        return placed

    def directory(self, resource: Resource) -> Host:
        body = resource.body
        placed = blocks(resource, "vpc_settings")
        settings = first_block(placed)
        gaps = placed.gaps
        vpc: Link[Vpc] = Unresolved(why="not set")
        subnets: Members[Link[Subnet]] = Members()
        if placed.items:
            vpc = bind(
                self.places.joins.link(settings.get("vpc_id"), "vpc"),
                self.places.vpcs,
                resource.evidence("vpc_settings[0].vpc_id"),
            )
            subnets = bind_all(
                self.places.joins.links(
                    resource, settings.get("subnet_ids"), "subnet", "vpc_settings[0].subnet_ids", pooled=True
                ),
                self.places.subnets,
            )
        read = self._interfaces_at(resource, "dns_ip_addresses", vpc)
        if read.items and read.is_complete:
            interfaces: Members[Interface] = read
        else:
            # One domain controller in each subnet.
            # https://docs.aws.amazon.com/directoryservice/latest/devguide/ms_ad_getting_started_what_gets_created.html
            unknown = Unknown((Reference(resource.address, "dns_ip_addresses"),))
            evidence = resource.evidence("vpc_settings[0].subnet_ids")
            interfaces = Members(tuple(Interface(link, unknown, evidence) for link in subnets.items), subnets.gaps)
        own = self.groups.by_key.get(Key(resource.address, "directory_group"))
        groups: Members[Link[SecurityGroup]] = (
            Members((To(own, own.evidence),))
            if own is not None
            else Members((), (gap(resource, "its own security group", "made by Directory Service", (), ""),))
        )
        return Host(
            address=resource.address,
            evidence=resource.evidence(),
            id=identity(resource, "id", "directory_id"),
            kind="directory",
            interfaces=Members(interfaces.items, (*interfaces.gaps, *gaps)),
            security_groups=groups,
            vpc=vpc,
            is_managed_ad=text(body.get("type")) == "MicrosoftAD",
        )

    def network_interface(self, resource: Resource) -> Host:
        body = resource.body
        subnet = self.places.subnet(resource, body.get("subnet_id"), "subnet_id")
        if not is_managed(resource) and not isinstance(subnet, To):
            subnet = self._subnet_of_endpoint(resource) or subnet
        ips = _addresses(body, "private_ips", "private_ip_list", "private_ip")
        return self._host(resource, "interface", subnet, ips, "security_groups")

    def _subnet_of_endpoint(self, resource: Resource) -> Link[Subnet] | None:
        """For an interface that is looked up by `aws_vpc_endpoint.x.network_interface_ids`: one of the endpoint's subnets."""
        value = resource.body.get("id")
        if not isinstance(value, Unknown):
            return None
        joins = self.places.joins
        for key in joins.candidates(
            (Reference(each.target, "") for each in value.refers_to if isinstance(each.target, Address)), "vpc_endpoint"
        ):
            endpoint = joins.configuration.get(key.address)
            if endpoint is not None:
                links = joins.links(endpoint, endpoint.body.get("subnet_ids"), "subnet", "subnet_ids")
                found = bind_all(links, self.places.subnets)
                candidates = tuple(link.target for link in found.items if isinstance(link, To))
                if len(candidates) == 1 and found.is_complete and len(found.items) == 1:
                    return To(candidates[0], resource.evidence())
                why = "an interface of the endpoint, in one of its subnets"
                return Unresolved(value.refers_to, why, candidates, found.is_complete, resource.evidence())
        return None

    def instance(self, resource: Resource) -> Host:
        body = resource.body
        primary = self._primary_interface(resource)
        if primary is not None:
            return Host(
                address=resource.address,
                evidence=resource.evidence(),
                id=identity(resource, "id", "instance_id"),
                kind="instance",
                interfaces=primary.interfaces,
                security_groups=primary.security_groups,
                vpc=primary.vpc,
                uses_vpc_default_group=primary.uses_vpc_default_group,
            )
        subnet = self.places.subnet(resource, body.get("subnet_id"), "subnet_id")
        # The primary address first, be it one that AWS picks.
        ips = _addresses(body, "private_ip") or (Absent(),)
        ips += _addresses(body, "secondary_private_ips")
        return self._host(resource, "instance", subnet, ips, "vpc_security_group_ids")

    def _primary_interface(self, resource: Resource) -> Host | None:
        joins = self.places.joins
        for name in ("network_interface", "primary_network_interface"):
            for _, each in blocks(resource, name).items:
                if name == "primary_network_interface" or text(each.get("device_index")) == "0":
                    link = joins.link(each.get("network_interface_id"), "network_interface")
                    if isinstance(link, To):
                        return self.hosts.by_key.get(link.target)
        for attachment in self.interfaces_of.of.get(Key(resource.address), ()):
            if text(attachment.body.get("device_index")) == "0":
                link = joins.link(attachment.body.get("network_interface_id"), "network_interface")
                if isinstance(link, To):
                    return self.hosts.by_key.get(link.target)
        return None

    def load_balancer(self, resource: Resource) -> Host:
        body = resource.body
        interfaces: list[Interface] = []
        mapped = blocks(resource, "subnet_mapping")
        gaps: list[Gap] = list(mapped.gaps)
        for path, each in mapped.items:
            interfaces.append(
                Interface(
                    self.places.subnet(resource, each.get("subnet_id"), f"{path}.subnet_id"),
                    _ip(each.get("private_ipv4_address"), resource, "subnet_mapping"),
                    resource.evidence(path),
                )
            )
        if not interfaces:
            links = bind_all(
                self.places.joins.links(resource, body.get("subnets"), "subnet", "subnets"), self.places.subnets
            )
            unknown = Unknown((Reference(resource.address, "subnet_mapping"),), "AWS chooses the addresses")
            interfaces.extend(Interface(link, unknown, resource.evidence("subnets")) for link in links.items)
            gaps.extend(links.gaps)
        value = body.get("security_groups")
        # A network load balancer made without groups can never have one, and none stands before it.
        # https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-security-groups.html
        is_unfiltered = is_managed(resource) and is_unset(value)
        return Host(
            address=resource.address,
            evidence=resource.evidence(),
            id=identity(resource, "id", "arn"),
            kind="load_balancer",
            interfaces=Members(tuple(interfaces), tuple(gaps)),
            security_groups=self._groups(resource, "security_groups"),
            is_unfiltered=is_unfiltered,
        )

    # What the kinds have in common

    def _host(
        self, resource: Resource, kind: HostKind, subnet: Link[Subnet], ips: tuple[Value, ...], groups_attribute: str
    ) -> Host:
        name = ADDRESS_ATTRIBUTES[resource.type][0]
        interfaces = tuple(
            Interface(subnet, _ip(value, resource, name), resource.evidence(name)) for value in ips or (Absent(),)
        )
        groups = self._groups(resource, groups_attribute)
        uses_default = is_managed(resource) and is_unset(resource.body.get(groups_attribute)) and not groups.items
        if not is_managed(resource) and isinstance(resource.body.get(groups_attribute), Absent):
            groups = Members(groups.items, (*groups.gaps, foreign(resource, "its security groups")))
        if uses_default and not is_unset(resource.body.get("security_groups")) and resource.type == "aws_instance":
            # By name, in the default VPC.
            groups = Members((), (gap(resource, "security_groups", "security groups by name"),))
            uses_default = False
        return Host(
            address=resource.address,
            evidence=resource.evidence(),
            id=identity(resource, "id", "instance_id"),
            kind=kind,
            interfaces=Members(interfaces),
            security_groups=groups,
            vpc=subnet.target.vpc if isinstance(subnet, To) else None,
            uses_vpc_default_group=uses_default,
        )

    def _vpc(self, resource: Resource, attribute: str) -> Link[Vpc] | None:
        value = resource.body.get(attribute)
        if is_unset(value) or (isinstance(value, Unknown) and not value.refers_to):
            return None
        return bind(self.places.joins.link(value, "vpc"), self.places.vpcs, resource.evidence(attribute))

    def _groups(self, resource: Resource, attribute: str) -> Members[Link[SecurityGroup]]:
        links = self.places.joins.links(resource, resource.body.get(attribute), "security_group", attribute)
        more = tuple(
            link
            for address in {resource.address, resource.address.resource}
            for link in self.attached.of.get(address, ())
        )
        gaps = (*links.gaps, *self.attached.gaps)
        unique = {(link.target if isinstance(link, To) else link): link for link in (*links.items, *more)}
        return bind_all(Members(tuple(unique.values()), gaps), self.groups.by_key)

    def _interfaces_at(self, resource: Resource, attribute: str, vpc: Link[Vpc] | None) -> Members[Interface]:
        """Interfaces of which AWS tells only the addresses: each lies in the subnet of the VPC that holds it."""
        value = resource.body.get(attribute)
        members = elements(value)
        if isinstance(members, Unknown) or not members:
            why = members.why if isinstance(members, Unknown) else "not read yet"
            return Members((), (gap(resource, attribute, why),))
        subnets = self.places.subnets_of_vpc.get(vpc.target, []) if isinstance(vpc, To) else []
        evidence = resource.evidence(attribute)
        found: list[Interface] = []
        for member in members:
            ip = _ip(member, resource, attribute)
            subnet = _holding(ip, subnets)
            link: Link[Subnet] = (
                To(subnet, evidence) if subnet else Unresolved((), "its subnet is not read", tuple(subnets))
            )
            found.append(Interface(link, ip, evidence))
        return Members(tuple(found))


def _vpc_of_groups(groups: Members[Link[SecurityGroup]]) -> Link[Vpc] | None:
    """The VPC of something by its security groups, which are always of the same VPC."""
    for link in groups.items:
        if isinstance(link, To) and isinstance(link.target.vpc, To):
            return link.target.vpc
    return None


def _holding(ip: Fact[IpAddress], subnets: list[Subnet]) -> Subnet | None:
    if isinstance(ip, Unknown):
        return None
    return next(
        (
            subnet
            for subnet in subnets
            if isinstance(subnet.cidr, KnownCidr)
            and subnet.cidr.network.version == ip.value.version
            and ip.value in subnet.cidr.network
        ),
        None,
    )


def _ip(value: Value, resource: Resource, attribute: str) -> Fact[IpAddress]:
    known = text(value)
    if known is not None:
        parsed = parse_address(known)
        if parsed is not None:
            return Known(parsed, resource.evidence(attribute))
        return Unknown((), f'"{known}" is not an address')
    itself = Reference(resource.address, attribute)
    if isinstance(value, Unknown):
        return Unknown(value.refers_to or (itself,), value.why, value.symbol or itself, value.exact)
    return Unknown((itself,), "AWS chooses the address", itself)


def _addresses(body: Body, *names: str) -> tuple[Value, ...]:
    """The first of the attributes that is set, as a list."""
    for name in names:
        value = body.get(name)
        if isinstance(value, Unknown) and not value.refers_to:
            continue
        members = elements(value)
        if isinstance(members, Unknown):
            return (members,)
        if members:
            return members
    return ()


def _protocols(value: Value, managed: bool) -> Fact[frozenset[str]]:
    members = elements(value)
    if isinstance(members, Unknown):
        return members
    names = [text(member) for member in members]
    if not names:
        return Known(frozenset({"Do53"})) if managed else Unknown(why=FOREIGN)
    if any(name is None for name in names):
        return next((member for member in members if isinstance(member, Unknown)), Unknown(why="not known"))
    return Known(frozenset(name for name in names if name is not None))


# Addresses by reference


def host_address(value: Value, found: Hosts) -> HostAddress | None:
    """The address an attribute gives; None for what is not set or no address."""
    match value:
        case Absent():
            return None
        case Known():
            written = text(value)
            parsed = parse_address(written) if written else None
            return KnownAddress(parsed) if parsed is not None else None
        case Unknown():
            return unknown_address(value, found)


def unknown_address(value: Unknown, found: Hosts) -> HostAddress | None:
    """What is known of an unknown address: the network it lies in, by its symbol or by the host it belongs to."""
    symbol = found.places.symbols.of(value)
    if isinstance(symbol, Literal):
        parsed = parse_address(str(symbol.value))
        return KnownAddress(parsed) if parsed is not None else None
    base = base_of_cidrhost(symbol, found.places)
    if base is not None:
        return AddressIn((base,), value.refers_to, symbol)
    if len(value.refers_to) == 1 and value.exact:
        named = found.named_by(value.refers_to[0])
        if len(named) == 1:
            return AddressIn(found.networks_of(named[0]), value.refers_to, symbol)
    return AddressIn((), value.refers_to, symbol)


def base_of_cidrhost(symbol: Symbol | None, places: Places) -> Cidr | None:
    """The network of `cidrhost(network, …)`, where the symbol is one."""
    match symbol:
        case Call("cidrhost", (Reference() | Call() as base, *_)):
            return cidr_of_symbol(base, places)
        case _:
            return None


def cidr_of_symbol(symbol: Symbol, places: Places) -> Cidr | None:
    vpc = places.vpc_of_symbol.get(symbol)
    if vpc is not None:
        return vpc.primary_cidr
    subnet = places.subnet_of_symbol.get(symbol)
    if subnet is not None:
        return subnet.cidr
    references = (symbol,) if isinstance(symbol, Reference) else ()
    return UnknownCidr(references, symbol=symbol)


# Zones, records, interface endpoints


@dataclass(slots=True)
class Names:
    zones: dict[Key, HostedZone] = field(default_factory=dict)
    records: Members[ZoneRecord] = Members()
    endpoints: dict[Key, InterfaceEndpoint] = field(default_factory=dict)


def names(places: Places, found: Hosts) -> Names:
    joins = places.joins
    result = Names()
    for resource in joins.owners("vpc_endpoint", "aws_vpc_endpoint"):
        # `Gateway` unless set.
        # https://github.com/hashicorp/terraform-provider-aws/blob/main/website/docs/r/vpc_endpoint.html.markdown
        if text(resource.body.get("vpc_endpoint_type")) == "Interface":
            result.endpoints[Key(resource.address)] = _interface_endpoint(resource, places)
    associated = relations(joins, "zone", "zone_id", "aws_route53_zone_association")
    for resource in joins.owners("zone", "aws_route53_zone"):
        zone = _zone(resource, associated, places)
        if zone is not None:
            result.zones[Key(resource.address)] = zone
    result.records = Members(tuple(_records(places, found, result)), joins.configuration.unread("aws_route53_record"))
    return result


def _interface_endpoint(resource: Resource, places: Places) -> InterfaceEndpoint:
    links = places.joins.links(resource, resource.body.get("subnet_ids"), "subnet", "subnet_ids")
    if is_unset(resource.body.get("subnet_ids")):
        configured = blocks(resource, "subnet_configuration")
        links = Members(
            tuple(
                places.joins.link(each.get("subnet_id"), "subnet", evidence=at(resource, path, "subnet_id"))
                for path, each in configured.items
            ),
            configured.gaps,
        )
    return InterfaceEndpoint(
        resource.address,
        resource.evidence(),
        identity(resource),
        places.vpc(resource),
        bind_all(links, places.subnets),
        # Default false.
        flag(resource.body.get("private_dns_enabled"), False if is_managed(resource) else Unknown(why=FOREIGN)),
        text_fact(resource.body.get("service_name"), Unknown(why="not set")),
    )


def _zone(resource: Resource, associated: Relations, places: Places) -> HostedZone | None:
    """A zone that has VPCs, which makes it private; None for a public one."""
    joins = places.joins
    key = Key(resource.address)
    links: list[Link[Key]] = []
    inline = blocks(resource, "vpc")
    gaps: list[Gap] = list(inline.gaps)
    is_private = bool(gaps)
    if is_managed(resource):
        for path, each in inline.items:
            is_private = True
            evidence = at(resource, path, "vpc_id")
            links.append(joins.link(each.get("vpc_id"), "vpc", pooled=True, evidence=evidence))
    else:
        is_private = flag(resource.body.get("private_zone"), False) == Known(True) or not is_unset(
            resource.body.get("vpc_id")
        )
        if not is_unset(resource.body.get("vpc_id")):
            links.append(joins.link(resource.body.get("vpc_id"), "vpc", evidence=resource.evidence("vpc_id")))
        gaps.append(foreign(resource, "the VPCs of this zone"))
    for association in associated.of.get(key, ()):
        is_private = True
        evidence = association.evidence("vpc_id")
        links.append(joins.link(association.body.get("vpc_id"), "vpc", evidence=evidence))
    if not is_private:
        return None
    unique = {(link.target if isinstance(link, To) else link): link for link in links}
    return HostedZone(
        resource.address,
        resource.evidence(),
        identity(resource, "zone_id", "id"),
        text_fact(resource.body.get("name"), Unknown(why="not read yet")),
        bind_all(Members(tuple(unique.values()), (*gaps, *associated.gaps(key))), places.vpcs),
    )


def _records(places: Places, found: Hosts, result: Names) -> Iterator[ZoneRecord]:
    joins = places.joins
    for resource in joins.configuration.of_type("aws_route53_record"):
        link = joins.link(resource.body.get("zone_id"), "zone", evidence=resource.evidence("zone_id"))
        if not joins.is_judged(resource) or (isinstance(link, To) and link.target not in result.zones):
            continue  # of a public zone
        yield _record(resource, bind(link, result.zones), found, result)


def _record(resource: Resource, zone: Link[HostedZone], found: Hosts, result: Names) -> ZoneRecord:
    body = resource.body
    type_ = text_fact(body.get("type"), Unknown(why="not set"))
    is_address = isinstance(type_, Known) and type_.value in ("A", "AAAA")
    addresses: list[HostAddress] = []
    gaps: list[Gap] = []
    points_to: Fact[str] | None = None
    alias: Link[InterfaceEndpoint] | None = None
    members = elements(body.get("records"))
    if isinstance(members, Unknown):
        if is_address:
            named = unknown_address(members, found)
            if named is not None:
                addresses.append(named)
            if not members.exact or len(members.refers_to) != 1:
                gaps.append(gap(resource, "records", members.why, members.refers_to))
        else:
            points_to = members
            alias = _alias(members, result, resource.evidence("records"), found)
    elif is_address:
        addresses.extend(each for each in (host_address(member, found) for member in members) if each is not None)
    elif isinstance(type_, Known) and type_.value == "CNAME" and members:
        points_to = text_fact(members[0], Unknown(why="not set"))
        if isinstance(points_to, Unknown):
            alias = _alias(points_to, result, resource.evidence("records"), found)
    aliases = blocks(resource, "alias")
    for path, each in aliases.items:
        points_to = text_fact(each.get("name"), Unknown(why="not set"))
        evidence = at(resource, path, "name")
        for name in ("name", "zone_id"):
            value = each.get(name)
            if isinstance(value, Unknown) and alias is None:
                alias = _alias(value, result, evidence, found)
    gaps.extend(aliases.gaps)
    return ZoneRecord(
        zone,
        text_fact(body.get("name"), Unknown(why="not set")),
        type_,
        Members(tuple(addresses), tuple(gaps)),
        points_to,
        alias,
        resource.evidence(),
    )


def _alias(value: Unknown, result: Names, evidence: Evidence, found: Hosts) -> Link[InterfaceEndpoint] | None:
    """The interface endpoint whose `dns_entry` an alias takes."""
    joins = found.places.joins
    references = tuple(
        Reference(each.target, "id")
        for each in value.refers_to
        if isinstance(each.target, Address) and attribute_path(each)[:1] in ((), ("dns_entry",))
    )
    keys = [key for key in joins.candidates(references, "vpc_endpoint") if key in result.endpoints]
    if not keys:
        return None
    if len(keys) == 1:
        return To(result.endpoints[keys[0]], evidence)
    return Unresolved(value.refers_to, value.why, tuple(result.endpoints[key] for key in keys), False, evidence)
