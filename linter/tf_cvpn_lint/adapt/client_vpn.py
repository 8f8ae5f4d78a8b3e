"""Client VPN endpoints with their associations, routes and authorization rules.

Arguments and defaults: https://github.com/hashicorp/terraform-provider-aws/blob/main/website/docs/r/ec2_client_vpn_endpoint.html.markdown
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from tf_cvpn_lint.adapt.cidr import cidr, parse_address
from tf_cvpn_lint.adapt.filters import Groups
from tf_cvpn_lint.adapt.links import Joins, Key, attribute_path, bind, bind_all, values_at
from tf_cvpn_lint.adapt.resolver import ADDRESS_ATTRIBUTES, Hosts, base_of_cidrhost
from tf_cvpn_lint.adapt.transit_gateway import Transit
from tf_cvpn_lint.adapt.values import (
    FOREIGN,
    blocks,
    elements,
    first_block,
    flag,
    gap,
    identity,
    is_managed,
    is_unset,
    text,
    text_fact,
)
from tf_cvpn_lint.adapt.vpc import Places
from tf_cvpn_lint.config.configuration import Resource
from tf_cvpn_lint.core.address import Address, Name, Reference
from tf_cvpn_lint.core.evidence import Evidence, Gap
from tf_cvpn_lint.core.link import Link, To
from tf_cvpn_lint.core.records import dataclass, field
from tf_cvpn_lint.core.value import Absent, Call, Fact, Known, Literal, Symbol, Unknown, Value
from tf_cvpn_lint.core.verdict import Members
from tf_cvpn_lint.model.cidr import AddressIn, Cidr, KnownAddress, UnknownCidr
from tf_cvpn_lint.model.client_vpn import (
    AmazonDnsOf,
    Audience,
    AuthorizationRule,
    BetweenClients,
    ClientVpnEndpoint,
    ClientVpnRoute,
    ClientVpnRouteTarget,
    DeviceDns,
    DnsServer,
    DnsSetting,
    Everyone,
    InterfacesOf,
    Nobody,
    NotAnAddress,
    OneGroup,
    PushedDns,
    ServerAddress,
    TargetNetworkAssociation,
    ThroughSubnet,
    ThroughTransitGateway,
    TransitGatewayConfiguration,
    UnknownAudience,
    UnknownDns,
    UnknownServer,
)
from tf_cvpn_lint.model.filters import SecurityGroup
from tf_cvpn_lint.model.resolver import Host

TYPES = frozenset(
    {
        "aws_ec2_client_vpn_endpoint",
        "aws_ec2_client_vpn_network_association",
        "aws_ec2_client_vpn_route",
        "aws_ec2_client_vpn_authorization_rule",
        "aws_cloudformation_stack",
    }
)
_IN_TEMPLATES = {
    "aws_ec2_client_vpn_network_association": "AWS::EC2::ClientVpnTargetNetworkAssociation",
    "aws_ec2_client_vpn_route": "AWS::EC2::ClientVpnRoute",
    "aws_ec2_client_vpn_authorization_rule": "AWS::EC2::ClientVpnAuthorizationRule",
}
"""What a CloudFormation template calls them.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_EC2.html
"""


@dataclass(slots=True)
class ClientVpn:
    endpoints: dict[Key, ClientVpnEndpoint] = field(default_factory=dict)
    associations: Members[TargetNetworkAssociation] = Members()
    routes: Members[ClientVpnRoute] = Members()
    authorization_rules: Members[AuthorizationRule] = Members()


def client_vpn(places: Places, groups: Groups, transit: Transit, hosts: Hosts) -> ClientVpn:
    joins = places.joins
    configuration = joins.configuration
    knows_groups = _knows_security_groups(configuration.aws_provider_version)
    reader = _Reader(places, groups, transit, hosts, _grouped_by_associations(joins, knows_groups), knows_groups)
    found = ClientVpn()
    for resource in joins.owners("client_vpn_endpoint", "aws_ec2_client_vpn_endpoint"):
        found.endpoints[Key(resource.address)] = reader.endpoint(resource)

    def of_type(type_: str) -> Iterator[Resource]:
        return (resource for resource in configuration.of_type(type_) if joins.is_judged(resource))

    types = (
        "aws_ec2_client_vpn_network_association",
        "aws_ec2_client_vpn_route",
        "aws_ec2_client_vpn_authorization_rule",
    )
    association, route, rule = types
    stacks = tuple(_Stack(each) for each in configuration.of_type("aws_cloudformation_stack") if each.enabled)

    def unread(type_: str) -> tuple[Gap, ...]:
        return (*configuration.unread(type_), *(found for stack in stacks for found in stack.makes(type_)))

    found.associations = Members(
        tuple(reader.association(each, found) for each in of_type(association)), unread(association)
    )
    found.routes = Members(tuple(reader.route(each, found) for each in of_type(route)), unread(route))
    found.authorization_rules = Members(
        tuple(reader.authorization(each, found) for each in of_type(rule)), unread(rule)
    )
    return found


@dataclass(frozen=True, slots=True)
class _Stack:
    """A CloudFormation stack, which may make what belongs to an endpoint; its templates are not read any further."""

    resource: Resource

    def makes(self, type_: str) -> Iterator[Gap]:
        what = f"what its template makes ({type_})"
        template = self.resource.body.get("template_body")
        if (known := text(template)) is not None:
            if re.search(rf"{_IN_TEMPLATES[type_]}\b", known):
                yield gap(self.resource, what, "made by a CloudFormation stack", (), "template_body")
            return
        parts = (template, self.resource.body.get("parameters"))
        if any(_names_endpoint(part) for part in parts):
            waits = template.refers_to if isinstance(template, Unknown) else ()
            yield gap(self.resource, what, "its template was not read", waits, "template_body")


def _names_endpoint(value: Value) -> bool:
    match value:
        case Unknown(refers_to=refers_to):
            return any(
                isinstance(one.target, Address) and one.target.type == "aws_ec2_client_vpn_endpoint"
                for one in refers_to
            )
        case Known(value=Mapping() as inner):
            return any(map(_names_endpoint, inner.values()))
        case Known(value=str() as known):
            return known.startswith("cvpn-endpoint-")
        case _:
            return False


def _grouped_by_associations(joins: Joins, provider_knows: Fact[bool]) -> frozenset[Key]:
    """Endpoints whose associations name the security groups, as they did before provider 5."""
    if provider_knows == Known(False):
        return frozenset()
    links = (
        joins.link(resource.body.get("client_vpn_endpoint_id"), "client_vpn_endpoint")
        for resource in joins.configuration.of_type("aws_ec2_client_vpn_network_association")
        if not is_unset(resource.body.get("security_groups"))
    )
    return frozenset(link.target for link in links if isinstance(link, To))


@dataclass(slots=True)
class _Reader:
    places: Places
    groups: Groups
    transit: Transit
    hosts: Hosts
    grouped_by_associations: frozenset[Key]
    provider_knows_security_groups: Fact[bool]

    def endpoint(self, resource: Resource) -> ClientVpnEndpoint:
        body = resource.body
        managed = is_managed(resource)
        not_read = Unknown(why=FOREIGN)
        groups, uses_default = self._groups(resource)
        transit_gateway = self._transit_gateway(resource)
        return ClientVpnEndpoint(
            address=resource.address,
            evidence=resource.evidence(),
            id=identity(resource, "id", "client_vpn_endpoint_id"),
            dns=_Servers(resource, self.places, self.hosts).setting(),
            dns_evidence=resource.evidence("dns_servers"),
            # Default false.
            split_tunnel=flag(body.get("split_tunnel"), False if managed else not_read),
            split_tunnel_evidence=resource.evidence("split_tunnel"),
            client_cidr=self._client_cidr(resource),
            client_cidr_evidence=resource.evidence("client_cidr_block"),
            vpc=None if is_unset(body.get("vpc_id")) else self.places.vpc(resource),
            security_groups=groups,
            uses_vpc_default_group=Known(False) if transit_gateway is not None else uses_default,
            route_enforcement=self._route_enforcement(resource),
            route_enforcement_evidence=resource.evidence("client_route_enforcement_options[0].enforced"),
            transit_gateway=transit_gateway,
            authenticates_groups=_authenticates_groups(resource),
            # Default ipv4.
            traffic_family=text_fact(body.get("traffic_ip_address_type"), "ipv4"),
            is_managed=managed,
            is_enabled=resource.enabled,
            security_groups_evidence=resource.evidence("security_group_ids"),
            may_have_more=self._may_have_more(resource),
        )

    def _may_have_more(self, resource: Resource) -> tuple[Gap, ...]:
        what = "its associations, routes and authorization rules"
        if not is_managed(resource):
            return (gap(resource, what, "others may be made where the endpoint is made", (), ""),)
        if not self.places.joins.configuration.is_root:
            return (gap(resource, what, "a caller of this module may add to them", (), ""),)
        return ()

    def _client_cidr(self, resource: Resource) -> Cidr | None:
        value = resource.body.get("client_cidr_block")
        evidence = resource.evidence("client_cidr_block")
        itself = Reference(resource.address, "client_cidr_block")
        found = cidr(value, self.places.symbols, evidence, otherwise=itself)
        if found is None and not is_managed(resource):
            return UnknownCidr((itself,), FOREIGN, itself, evidence=evidence)
        return found

    def _groups(self, resource: Resource) -> tuple[Members[Link[SecurityGroup]], Fact[bool]]:
        value = resource.body.get("security_group_ids")
        if is_unset(value):
            if not is_managed(resource):
                missing = gap(resource, "security_group_ids", FOREIGN)
                return Members((), (missing,)), Unknown(why=FOREIGN)
            if Key(resource.address) in self.grouped_by_associations:
                return Members(), Unknown(why="the associations name them, as they could before provider 5")
            # "If you don't specify a security group, the default one of the VPC is applied."
            # https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/client-authorization.html
            return Members(), Known(True)
        links = self.places.joins.links(resource, value, "security_group", "security_group_ids")
        uses_default: Fact[bool] = Known(False)
        if isinstance(value, Unknown) and not value.exact:
            # It may turn out to be empty or null.
            uses_default = Unknown(value.refers_to, value.why)
        return bind_all(links, self.groups.by_key), uses_default

    def _route_enforcement(self, resource: Resource) -> Fact[bool]:
        # Off unless set.
        # https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/cvpn-working-cre.html
        name = "client_route_enforcement_options"
        options = blocks(resource, name)
        if options.gaps:
            return Unknown(options.gaps[0].waits_for, options.gaps[0].why, evidence=resource.evidence(name))
        if not is_managed(resource) and isinstance(resource.body.get(name), Absent):
            return Unknown(why=FOREIGN)
        return flag(first_block(options).get("enforced"), False)

    def _transit_gateway(self, resource: Resource) -> TransitGatewayConfiguration | None:
        name = "transit_gateway_configuration"
        evidence = resource.evidence(name)
        for path, body in blocks(resource, name).items:
            link = self.places.joins.link(body.get("transit_gateway_id"), "transit_gateway")
            at_gateway = resource.evidence(f"{path}.transit_gateway_id")
            return TransitGatewayConfiguration(bind(link, self.transit.gateways, at_gateway), evidence)
        value = resource.body.get(name)
        if isinstance(value, Unknown) and value.refers_to:
            link = self.places.joins.link(value, "transit_gateway")
            return TransitGatewayConfiguration(bind(link, self.transit.gateways, evidence), evidence)
        return None

    # What belongs to an endpoint

    def _endpoint_of(self, resource: Resource, found: ClientVpn) -> Link[ClientVpnEndpoint]:
        attribute = "client_vpn_endpoint_id"
        link = self.places.joins.link(resource.body.get(attribute), "client_vpn_endpoint")
        return bind(link, found.endpoints, resource.evidence(attribute))

    def association(self, resource: Resource, found: ClientVpn) -> TargetNetworkAssociation:
        return TargetNetworkAssociation(
            address=resource.address,
            evidence=resource.evidence(),
            endpoint=self._endpoint_of(resource, found),
            subnet=self.places.subnet(resource, resource.body.get("subnet_id"), "subnet_id"),
            is_enabled=resource.enabled,
            names_security_groups=not is_unset(resource.body.get("security_groups")),
            security_groups_evidence=resource.evidence("security_groups"),
            provider_knows_security_groups=self.provider_knows_security_groups,
        )

    def route(self, resource: Resource, found: ClientVpn) -> ClientVpnRoute:
        attribute = "destination_cidr_block"
        destination = cidr(resource.body.get(attribute), self.places.symbols, resource.evidence(attribute))
        return ClientVpnRoute(
            address=resource.address,
            evidence=resource.evidence(),
            endpoint=self._endpoint_of(resource, found),
            destination=destination or UnknownCidr((), "not set", evidence=resource.evidence()),
            target=self._route_target(resource),
            target_evidence=resource.evidence("target_vpc_subnet_id"),
        )

    def _route_target(self, resource: Resource) -> ClientVpnRouteTarget:
        value = resource.body.get("target_vpc_subnet_id")
        if is_unset(value):
            return ThroughTransitGateway()
        if text(value) == "local":
            return BetweenClients()
        return ThroughSubnet(self.places.subnet(resource, value, "target_vpc_subnet_id"))

    def authorization(self, resource: Resource, found: ClientVpn) -> AuthorizationRule:
        attribute = "target_network_cidr"
        target = cidr(resource.body.get(attribute), self.places.symbols, resource.evidence(attribute))
        return AuthorizationRule(
            address=resource.address,
            evidence=resource.evidence(),
            endpoint=self._endpoint_of(resource, found),
            target_network=target or UnknownCidr((), "not set", evidence=resource.evidence()),
            audience=_audience(resource),
            audience_evidence=resource.evidence("access_group_id"),
        )


_CONSTRAINT = re.compile(r"(~>|>=|<=|!=|=|>|<)?\s*v?(\d+)(?:\.(\d+))?(?:\.(\d+))?")


def _knows_security_groups(constraint: str) -> Fact[bool]:
    """Provider 5.0 took `security_groups` from the association.

    Source: https://registry.terraform.io/providers/hashicorp/aws/latest/docs/guides/version-5-upgrade
    """
    least, below = 0, 10**6
    for found in _CONSTRAINT.finditer(constraint):
        operator, major, minor, patch = found.groups()
        number = int(major)
        match operator:
            case "~>" if minor is None:
                least = max(least, number)
            case "~>":
                least, below = max(least, number), min(below, number + 1)
            case ">=" | ">":
                least = max(least, number)
            case "<" if int(minor or 0) == int(patch or 0) == 0:
                below = min(below, number)
            case "<" | "<=":
                below = min(below, number + 1)
            case "!=":
                pass
            case _:
                least, below = max(least, number), min(below, number + 1)
    if least >= 5:
        return Known(False)
    if below <= 5:
        return Known(True)
    return Unknown(why="nothing says which provider version this is for")


def _audience(resource: Resource) -> Audience:
    everyone = flag(resource.body.get("authorize_all_groups"), False)
    group = resource.body.get("access_group_id")
    if everyone == Known(True):
        return Everyone()
    if (known := text(group)) is not None:
        return OneGroup(known)
    waits = everyone.refers_to if isinstance(everyone, Unknown) else ()
    if isinstance(group, Unknown):
        if isinstance(everyone, Unknown):
            return UnknownAudience((*waits, *group.refers_to), everyone.why)
        # It may turn out to be null, and the apply then fails; the rule exists only if it names a group.
        return OneGroup(None, group.refers_to)
    if isinstance(everyone, Unknown):
        return UnknownAudience(waits, everyone.why)
    return Nobody()


def _authenticates_groups(resource: Resource) -> Fact[bool]:
    """Whether users come with groups: with Active Directory or SAML, not with certificates alone.

    https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/client-authorization.html
    """
    options = blocks(resource, "authentication_options")
    types = [text_fact(body.get("type"), Unknown(why="not set")) for _, body in options.items]
    if any(isinstance(each, Known) and each.value != "certificate-authentication" for each in types):
        return Known(True)
    for each in types:
        if isinstance(each, Unknown):
            return each
    if options.gaps or not types:
        missing = options.gaps[0] if options.gaps else None
        return Unknown(missing.waits_for if missing else (), missing.why if missing else FOREIGN)
    return Known(False)


# DNS servers


MAX_SERVERS = 50
"""Entries of `dns_servers` that are judged: each is followed from every association, and AWS takes two."""


@dataclass(slots=True)
class _Servers:
    """Reads `dns_servers` of one endpoint."""

    resource: Resource
    places: Places
    hosts: Hosts

    @property
    def evidence(self) -> Evidence:
        return self.resource.evidence("dns_servers")

    def setting(self) -> DnsSetting:
        value = self.resource.body.get("dns_servers")
        members = elements(value)
        if isinstance(members, Unknown):
            return self._of_unknown_list(members)
        # An empty list is unset too.
        if not members and not is_managed(self.resource) and isinstance(value, Absent):
            return UnknownDns((), FOREIGN)
        if not members:
            return DeviceDns()
        servers = tuple(self._server(position, member) for position, member in enumerate(members[:MAX_SERVERS]))
        if len(members) <= MAX_SERVERS:
            return PushedDns(Members(servers))
        more = gap(self.resource, "dns_servers", f"more than {MAX_SERVERS} entries; AWS takes two", ())
        return PushedDns(Members(servers, (more,)))

    def _of_unknown_list(self, value: Unknown) -> DnsSetting:
        """One entry for each thing the list is made of; the plan does not say more."""
        references = _distinct(value.refers_to)
        if not is_managed(self.resource) and all(each.target == self.resource.address for each in references):
            return UnknownDns(references, FOREIGN)  # it may as well push none
        things = [each for each in references if isinstance(each.target, Address)]
        outputs = [
            each
            for each in references
            if isinstance(each.target, Name) and each.target.text.startswith(("module.", "data."))
        ]
        if references and not things and not outputs:
            # Nothing but variables: it may as well be null.
            return UnknownDns(references, value.why)
        entries = things or outputs
        servers: list[DnsServer] = []
        gaps: list[Gap] = []
        symbol = self.places.symbols.of(value)
        if symbol is not None and (only := self._of_symbol(symbol, value.refers_to)) is not None:
            servers.append(DnsServer(0, only, references[0] if references else None, self.evidence))
        else:
            for reference in entries:
                servers.extend(self._of_reference(len(servers), reference, value.why))
        if not servers:
            servers.append(DnsServer(0, UnknownServer((), value.why), None, self.evidence))
        if not value.exact and references:
            gaps.append(gap(self.resource, "dns_servers", value.why, value.refers_to))
        return PushedDns(Members(tuple(servers), tuple(gaps)), is_counted=False)

    def _server(self, position: int, value: Value) -> DnsServer:
        written = text(value)
        if not isinstance(value, Unknown):
            # Kept as written: the apply fails over a space, a prefix or a leading zero.
            raw = value.value if isinstance(value, Known) and isinstance(value.value, str) else written or ""
            parsed = parse_address(raw)
            known: ServerAddress = KnownAddress(parsed) if parsed is not None else NotAnAddress(raw)
            return DnsServer(position, known, None, self.evidence)
        symbol = self.places.symbols.of(value)
        found = self._of_symbol(symbol, value.refers_to) if symbol is not None else None
        references = _distinct(value.refers_to)
        if found is None and len(references) == 1:
            servers = self._of_reference(position, references[0], value.why)
            if len(servers) == 1 and (value.exact or isinstance(servers[0].address, UnknownServer)):
                return servers[0]
        if found is None:
            hosts = [self.hosts.named_by(reference) for reference in references]
            if value.exact and hosts and all(hosts):
                found = InterfacesOf(tuple(host for named in hosts for host in named), references)
        address = found or UnknownServer(references, value.why)
        reference = None if isinstance(address, KnownAddress | NotAnAddress) else next(iter(references), None)
        return DnsServer(position, address, reference, self.evidence)

    def _of_symbol(self, symbol: Symbol, references: tuple[Reference, ...]) -> ServerAddress | None:
        match symbol:
            case Literal(value):
                parsed = parse_address(str(value))
                return KnownAddress(parsed) if parsed is not None else NotAnAddress(str(value))
            case Call("cidrhost", (base, host)):
                network = base_of_cidrhost(symbol, self.places)
                if network is None:
                    return None
                address = AddressIn((network,), references, symbol)
                # cidrhost(cidr, -14) of a /28 is the same, but no network is made that way.
                vpc = self.places.vpc_of_symbol.get(base)
                if vpc is not None and host == Literal(2):
                    return AmazonDnsOf(vpc, address)
                return UnknownServer(references, "known after apply", address)
            case _:
                return None

    def _of_reference(self, position: int, reference: Reference, why: str) -> list[DnsServer]:
        """The servers a reference gives: the addresses themselves where they are known after all, else what they belong to."""
        named = self.hosts.named_by(reference)
        known = self._known_addresses(self._values(reference), reference)
        if known:
            return [
                DnsServer(position + number, KnownAddress(address.ip), None, self.evidence)
                for number, address in enumerate(known)
            ]
        if named and _may_be_ipv6(named, reference):
            return [DnsServer(position, UnknownServer((reference,), why), reference, self.evidence)]
        if named:
            shown = Reference(reference.target, attribute_path(reference)[0]) if reference.attribute else reference
            if not reference.attribute and isinstance(reference.target, Address):
                shown = Reference(reference.target, ADDRESS_ATTRIBUTES[reference.target.type][0])
            return [DnsServer(position, InterfacesOf(named, (shown,)), shown, self.evidence)]
        through = self._through(reference)
        if through:
            return [
                server
                for number, each in enumerate(through)
                for server in self._of_reference(position + number, each, why)
            ]
        return [DnsServer(position, UnknownServer((reference,), why), reference, self.evidence)]

    def _values(self, reference: Reference) -> list[Value]:
        if not isinstance(reference.target, Address):
            return []
        resource = self.places.joins.configuration.get(reference.target)
        path = attribute_path(reference)
        if resource is None or not path:
            return []
        if path == ("dns_ip_addresses",) and _is_connector(resource):
            path = ("connect_settings", "customer_dns_ips")
        return list(values_at(resource.body, path))

    def _known_addresses(self, values: list[Value], reference: Reference) -> list[KnownAddress]:
        """Addresses that stand in the attribute itself. An index would choose among several, so it must be the only one."""
        path = attribute_path(reference)
        if not path or path[0] in ("cidr_block", "ip_address", "subnet_mapping"):
            return []
        found: list[KnownAddress] = []
        for value in values:
            members = elements(value)
            if isinstance(members, Unknown):
                return []
            for member in members:
                parsed = parse_address(text(member) or "")
                if parsed is None:
                    return []
                found.append(KnownAddress(parsed))
        if len(found) > 1 and "[" in reference.attribute:
            return []
        return found

    def _through(self, reference: Reference) -> tuple[Reference, ...]:
        """What an attribute that is itself unknown comes from."""
        if not isinstance(reference.target, Address):
            return ()
        values = self._values(reference)
        if len(values) == 1 and isinstance(values[0], Unknown) and values[0].exact and values[0].symbol is None:
            return tuple(each for each in _distinct(values[0].refers_to) if each.target != reference.target)
        return ()


def _is_connector(resource: Resource) -> bool:
    """Whether it is an AD Connector, whose DNS addresses are those of the customer's own servers.

    https://docs.aws.amazon.com/directoryservice/latest/devguide/API_DirectoryDescription.html
    """
    return resource.type == "aws_directory_service_directory" and text(resource.body.get("type")) == "ADConnector"


def _distinct(references: tuple[Reference, ...]) -> tuple[Reference, ...]:
    """Each thing and attribute once, whichever element of it is asked for."""
    first: dict[tuple[object, tuple[str, ...]], Reference] = {}
    for reference in references:
        path = attribute_path(reference)
        first.setdefault((reference.target, path[:1]), reference)
    return tuple(first.values())


def _may_be_ipv6(hosts: Iterable[Host], reference: Reference) -> bool:
    """Whether the reference, as far as it goes, may lead to the IPv6 addresses of a host that has both."""
    if reference.attribute and attribute_path(reference)[-1] == "ip":
        return False
    return any(host.address_family == Known("DUALSTACK") for host in hosts)
