"""Assumptions: facts that Terraform cannot tell, each with a reason and with the place where somebody wrote it.

An assumption settles what was not read. Where it says otherwise than what was read, what was read counts and the assumption is a finding
(CVPN905). Facts about resources enter the `Configuration`, so that they take the same way as everything that is read; what lies beyond it
(networks behind gateways, users) enters the `Network`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from ipaddress import ip_address, ip_network
from typing import Any, assert_never

from tf_cvpn_lint.config.configuration import Body, Configuration, Resource
from tf_cvpn_lint.controls.patterns import matches
from tf_cvpn_lint.core.address import Address, AddressError, ModuleStep, Name, Reference
from tf_cvpn_lint.core.errors import InputError
from tf_cvpn_lint.core.evidence import Evidence, Location
from tf_cvpn_lint.core.link import To
from tf_cvpn_lint.core.records import dataclass, replace
from tf_cvpn_lint.core.value import Absent, Known, Unknown, Value
from tf_cvpn_lint.model.assumed import Assumed, NetworksBeyond, UserGroups, UserLan
from tf_cvpn_lint.model.cidr import IpAddress, IpNetwork
from tf_cvpn_lint.model.client_vpn import OneGroup
from tf_cvpn_lint.model.network import Network

Plain = str | int | float | bool | list[Any] | dict[str, Any]
"""A value as JSON or TOML has it."""

ENDPOINT = "aws_ec2_client_vpn_endpoint"
_TYPES = {
    "vpc-": "aws_vpc",
    "subnet-": "aws_subnet",
    "sg-": "aws_security_group",
}
_SUBJECT = re.compile(r'(?:\[(?:\d+|"(?:[^"\\]|\\.)*")\]|[^.\[\]])+')


@dataclass(frozen=True, slots=True)
class ValueOf:
    """A value that was not readable: `aws_instance.dns.private_ip`, `var.resolvers`, `data.terraform_remote_state.hub.outputs.dns`."""

    attribute: str
    value: Plain


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Something with this id that another configuration makes, with what is known of it: attributes of the data source of its kind."""

    id: str
    attributes: Mapping[str, Plain]


@dataclass(frozen=True, slots=True)
class Admits:
    """A security group, by id or address, lets DNS (udp and tcp 53) in from or out to these networks and groups."""

    group: str
    sources: tuple[str, ...] = ()
    destinations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Behind:
    """Behind a gateway or attachment, by id or address, lie networks that answer DNS and lead back."""

    gateway: str
    networks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Groups:
    """The users of the endpoints are in these groups, each in at least one."""

    groups: tuple[str, ...]
    endpoints: str = "*"


@dataclass(frozen=True, slots=True)
class Lan:
    """Users of the endpoints sit in this network, with this resolver."""

    network: str
    resolver: str | None = None
    endpoints: str = "*"


Fact = ValueOf | Elsewhere | Admits | Behind | Groups | Lan


@dataclass(frozen=True, slots=True)
class Assumption:
    """One fact and why it may be taken for granted."""

    fact: Fact
    reason: str
    location: Location | None = None
    """None on the command line."""
    position: int = 0
    """Among all that were given, from 0."""

    @property
    def says(self) -> str:
        """The fact in words."""
        match self.fact:
            case ValueOf(attribute, value):
                return f"{attribute} is {json.dumps(value, ensure_ascii=False)}"
            case Elsewhere(id_, attributes):
                told = ", ".join(
                    f"{name} {json.dumps(value, ensure_ascii=False)}" for name, value in attributes.items()
                )
                return f"{id_} has {told}" if told else f"there is {id_}"
            case Admits(group, sources, destinations):
                inwards = f"in from {', '.join(sources)}" if sources else ""
                out = f"out to {', '.join(destinations)}" if destinations else ""
                return f"{group} lets DNS {' and '.join(part for part in (inwards, out) if part)}"
            case Behind(gateway, networks):
                return f"behind {gateway} lies {', '.join(networks)}, which answers DNS and leads back"
            case Groups(groups, endpoints):
                return f"users of {_endpoints(endpoints)} are in {' or '.join(groups)}"
            case Lan(network, resolver, endpoints):
                asks = f" and ask {resolver}" if resolver else ""
                return f"users of {_endpoints(endpoints)} sit in {network}{asks}"
            case _:
                assert_never(self.fact)


def _endpoints(pattern: str) -> str:
    return "every endpoint" if pattern == "*" else pattern


@dataclass(frozen=True, slots=True)
class Contradiction:
    """An assumption that says otherwise than what was read."""

    assumption: Assumption
    message: str
    at: Address | None = None
    """Where the fact was read."""


@dataclass(frozen=True)
class Premises:
    """A configuration with what is assumed about it."""

    configuration: Configuration
    applied: tuple[Assumption, ...]
    """Those for which there is something here."""
    contradictions: tuple[Contradiction, ...] = ()
    beyond: tuple[Callable[[Network], Assumed], ...] = ()

    def complete(self, network: Network) -> Network:
        """The network with what is assumed beyond it."""
        if not self.beyond:
            return network
        parts = [part(network) for part in self.beyond]
        return replace(
            network,
            assumed=Assumed(
                beyond=tuple(each for part in parts for each in part.beyond),
                users=tuple(each for part in parts for each in part.users),
                lans=tuple(each for part in parts for each in part.lans),
            ),
        )


def premises(configuration: Configuration, network: Network, assumptions: Iterable[Assumption]) -> Premises:
    """The configuration under these assumptions, in their order.

    Args:
        network: what the configuration makes without any of them.
    """
    applied: list[Assumption] = []
    contradictions: list[Contradiction] = []
    beyond: list[Callable[[Network], Assumed]] = []
    for assumption in assumptions:
        match assumption.fact:
            case ValueOf() as fact:
                outcome = _with_value(configuration, assumption, fact)
            case Elsewhere() as fact:
                outcome = _with_resource(configuration, assumption, fact)
            case Admits() as fact:
                outcome = _with_admission(configuration, network, assumption, fact)
            case Behind() as fact:
                outcome = _behind(configuration, assumption, fact, beyond)
            case Groups() as fact:
                outcome = _users(network, assumption, fact, beyond)
            case Lan() as fact:
                outcome = _lan(network, fact, beyond)
            case _:
                assert_never(assumption.fact)
        if isinstance(outcome, Contradiction):
            contradictions.append(outcome)
        elif isinstance(outcome, Configuration):
            configuration = outcome
            applied.append(assumption)
        elif outcome:
            applied.append(assumption)
    return Premises(configuration, tuple(applied), tuple(contradictions), tuple(beyond))


_Outcome = Configuration | Contradiction | bool
"""The configuration with the assumption in it, or what contradicts it, or whether anything here is concerned."""


# Values


def parse_value(text: str) -> Plain:
    """The value of `--assume ADDRESS.ATTRIBUTE=VALUE`: JSON, or a text as it stands."""
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return text if value is None else value


def subject_of(text: str) -> Reference:
    """The resource and attribute, or the name, that the text means.

    Raises:
        InputError: it is neither.
    """
    parts = _SUBJECT.findall(text)
    if ".".join(parts) != text or len(parts) < 2:
        raise InputError(f"{text!r} is no attribute; write it as aws_instance.dns.private_ip or var.resolvers")
    at, module = 0, []
    while at + 1 < len(parts) and parts[at] == "module":
        module.append(f"module.{parts[at + 1]}")
        at += 2
    rest = parts[at:]
    path = Address.parse(".".join([*module, "x.x"])).module if module else ()
    if not rest:
        raise InputError(f"{text!r} is a module; write the attribute that is assumed behind it")
    if rest[0] in ("var", "local", "each", "count", "path", "terraform", "self"):
        return Reference(Name(".".join(rest), path))
    head = 3 if rest[0] == "data" else 2
    if len(rest) == 1 or (len(rest) == 2 and rest[0] != "data" and "_" not in rest[0]):
        # An output: `module.hub.resolvers`.
        return Reference(Name(".".join([module[-1], *rest]), path[:-1]) if module else Name(".".join(rest)))
    if len(rest) < head + 1:
        raise InputError(f"{text!r} names no attribute; write it behind the address: {text}.private_ip")
    try:
        address = Address.parse(".".join([*module, *rest[:head]]))
    except AddressError as fault:
        raise InputError(f"{text!r} is no attribute: {fault}") from None
    return Reference(address, ".".join(rest[head:]))


def _value(plain: Any, evidence: Evidence | None) -> Value:
    match plain:
        case None:
            return Absent(evidence)
        case list():
            return Known(tuple(_value(item, evidence) for item in plain), evidence)
        case dict():
            return Known({str(name): _value(item, evidence) for name, item in plain.items()}, evidence)
        case _:
            return Known(plain, evidence)


def _with_value(configuration: Configuration, assumption: Assumption, fact: ValueOf) -> _Outcome:
    subject = subject_of(fact.attribute)
    concerned = False
    if isinstance(subject.target, Address):
        resources = (
            (found,)
            if (found := configuration.get(subject.target)) is not None
            else configuration.instances(subject.target)
            if subject.target.key is None
            else ()
        )
        for resource in resources:
            read = _read_at(resource, subject.attribute)
            value = _value(fact.value, resource.evidence(subject.attribute))
            if isinstance(read, Known):
                if _plain(read) != _plain(value) and not _agrees(read, value):
                    says = f"{resource.address}.{subject.attribute} is {_shown(read)}"
                    return Contradiction(assumption, says, resource.address)
                continue
            if isinstance(read, Absent) and resource.address.mode == "managed" and resource.body.values:
                if not _is_computed(subject.attribute):
                    says = f"{resource.address}.{subject.attribute} is not set"
                    return Contradiction(assumption, says, resource.address)
            configuration = _replaced(configuration, _set(resource, subject.attribute, value))
            concerned = True
    replaced = _Substitution(subject, fact.value)
    resources = tuple(replaced.resource(resource) for resource in configuration.resources)
    if replaced.count:
        return replace(configuration, resources=resources)
    return configuration if concerned else False


def _is_computed(attribute: str) -> bool:
    """Whether the attribute is made by AWS, so that a source that does not set it says nothing of it: addresses, ids and CIDRs."""
    last = attribute.rpartition(".")[2].partition("[")[0]
    return last in _COMPUTED or last.endswith(("_id", "_ids", "_ip", "_ips", "_addresses", "_zone")) or last == "id"


_COMPUTED = frozenset({"cidr_block", "dns_ip_addresses", "ip", "private_ips", "address", "cidr_blocks", "private_ip"})


def _agrees(read: Value, assumed: Value) -> bool:
    """Whether the two may be one: where what was read has holes, the assumption may fill them."""
    match read, assumed:
        case Unknown(), _:
            return True
        case Known(tuple() as some), Known(tuple() as others):
            return len(some) == len(others) and all(map(_agrees, some, others))
        case Known(Mapping() as some), Known(Mapping() as others):
            return all(name in some and _agrees(some[name], value) for name, value in others.items())
        case _:
            return _plain(read) == _plain(assumed)


def _plain(value: Value) -> object:
    match value:
        case Known(tuple() as members):
            return tuple(_plain(member) for member in members)
        case Known(Mapping() as fields):
            return {name: _plain(member) for name, member in fields.items()}
        case Known(bool() as flag):
            return str(flag).lower()
        case Known(known):
            return str(known)
        case Absent():
            return None
        case Unknown():
            return value


def _shown(value: Value) -> str:
    match value:
        case Known(tuple() as members):
            return f"[{', '.join(map(_shown, members))}]"
        case Known(Mapping()):
            return "a block"
        case Known(known):
            return json.dumps(known, ensure_ascii=False)
        case Absent():
            return "not set"
        case Unknown():
            return "not known"


_STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]")


def _read_at(resource: Resource, attribute: str) -> Value:
    current: Value = Known(resource.body.values)
    for name, index in _STEP.findall(attribute):
        if not isinstance(current, Known):
            return current
        inside = current.value
        if index and isinstance(inside, tuple):
            current = inside[int(index)] if int(index) < len(inside) else Absent()
        elif name and isinstance(inside, Mapping):
            current = inside.get(name, Absent())
        else:
            return Absent()
    return current


def _set(resource: Resource, attribute: str, value: Value) -> Resource:
    steps = [int(index) if index else name for name, index in _STEP.findall(attribute)]

    def put(current: Value, rest: list[int | str]) -> Value:
        if not rest:
            return value
        inside = current.value if isinstance(current, Known) else None
        step = rest[0]
        if isinstance(step, int):
            members = list(inside) if isinstance(inside, tuple) else []
            members += [Unknown(why="known after apply")] * (step + 1 - len(members))
            members[step] = put(members[step], rest[1:])
            return Known(tuple(members))
        fields = _copied(inside) if isinstance(inside, Mapping) else {}
        fields[step] = put(fields.get(step, Absent()), rest[1:])
        return Known(fields)

    made = put(Known(resource.body.values), steps)
    assert isinstance(made, Known)
    assert isinstance(made.value, Mapping)
    return replace(resource, body=Body(made.value, resource.body.locations))


def _copied(fields: Mapping[str, Value]) -> dict[str, Value]:
    """A copy that keeps what its class knows of attributes that are not written (data sources read from files)."""
    import copy

    return copy.copy(fields) if isinstance(fields, dict) else dict(fields)


def _replaced(configuration: Configuration, resource: Resource) -> Configuration:
    return replace(
        configuration,
        resources=tuple(resource if each.address == resource.address else each for each in configuration.resources),
    )


class _Substitution:
    """Puts a value where its reference is all that was known of it."""

    def __init__(self, subject: Reference, plain: Plain) -> None:
        self.subject = subject
        self.plain = plain
        self.count = 0

    def resource(self, resource: Resource) -> Resource:
        before = self.count
        fields = _copied(resource.body.values)
        for name, value in fields.items():
            fields[name] = self.value(name, value)
        return resource if before == self.count else replace(resource, body=Body(fields, resource.body.locations))

    def value(self, name: str, value: Value) -> Value:
        match value:
            case Unknown(refers_to=(only,)) if only == self.subject and self._is_itself(name, value):
                self.count += 1
                return _value(self.plain, value.evidence)
            case Known(tuple() as members):
                made: list[Value] = []
                for member in members:
                    found = self.value(name, member)
                    # `[var.resolvers...]`: the plan shows one unknown member for what is a list.
                    whole = found is not member and isinstance(found, Known) and isinstance(found.value, tuple)
                    made += (
                        found.value
                        if whole and isinstance(found, Known) and isinstance(found.value, tuple)
                        else [found]
                    )
                return replace(value, value=tuple(made))
            case Known(Mapping() as fields):
                return replace(value, value={inner: self.value(inner, member) for inner, member in fields.items()})
            case _:
                return value

    def _is_itself(self, name: str, value: Unknown) -> bool:
        """Whether the value is what the reference gives, and not made from it.

        A plan does not show expressions: `cidrhost(x, 2)` and `"${x}/32"` refer to x as well. There only an id, or an address where an
        address belongs, is certainly the thing itself.
        """
        if value.symbol is not None:
            return value.symbol == self.subject
        parts = self.plain if isinstance(self.plain, list) else [self.plain]
        if not value.exact:
            return False
        if name in _ADDRESS_ARGUMENTS:
            return all(isinstance(part, str) and _is_address(part) for part in parts)
        return all(isinstance(part, str) and _IDENTIFIER.fullmatch(part) for part in parts)


_ADDRESS_ARGUMENTS = frozenset({"dns_servers", "ip", "private_ip", "private_ips", "dns_ip_addresses"})
_IDENTIFIER = re.compile(r"[a-z]+(?:-[a-z]+)*-[0-9a-f]{4,}")


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


# Things that another configuration makes


def _name_of(id_: str) -> Address:
    type_ = next((type_ for prefix, type_ in _TYPES.items() if id_.startswith(prefix)), None)
    if type_ is None:
        raise InputError(f"{id_!r} is no id of a VPC, subnet or security group")
    return Address(type_, id_, None, (ModuleStep("assumed"),), "data")


_TOLD = {
    "aws_vpc": frozenset(
        {"cidr_block", "cidr_block_associations", "enable_dns_hostnames", "enable_dns_support", "instance_tenancy"}
    ),
    "aws_subnet": frozenset({"availability_zone", "availability_zone_id", "cidr_block", "ipv6_cidr_block", "vpc_id"}),
    "aws_security_group": frozenset({"name", "vpc_id"}),
}
"""The attributes that mean something here; what else one may set would be said in vain."""


def check_elsewhere(id_: str, attributes: Mapping[str, Plain]) -> None:
    """
    Raises:
        InputError: it is no id of something that can be described so, or it has no such attributes.
    """
    type_ = _name_of(id_).type
    for name, value in attributes.items():
        if name not in _TOLD[type_]:
            import difflib

            near = difflib.get_close_matches(name, _TOLD[type_], 1)
            hint = f"did you mean {near[0]}?" if near else f"{type_} has {', '.join(sorted(_TOLD[type_]))}"
            raise InputError(f"{id_}: nothing is judged by {name}; {hint}")
        if name.endswith("cidr_block"):
            network_of(value if isinstance(value, str) else str(value))


def _with_resource(configuration: Configuration, assumption: Assumption, fact: Elsewhere) -> _Outcome:
    address = _name_of(fact.id)
    made = next((one for one in configuration.resources if one.type == address.type and _id(one) == fact.id), None)
    if made is not None:
        # It is read here after all: the attributes that were not readable are filled in.
        changed = made
        for name, plain in fact.attributes.items():
            read, value = made.body.get(name), _value(plain, made.evidence(name))
            if isinstance(read, Known) and not _agrees(read, value):
                return Contradiction(assumption, f"{made.address}.{name} is {_shown(read)}", made.address)
            if not isinstance(read, Known):
                changed = _set(changed, name, value)
        return _replaced(configuration, changed)
    if not _mentions(configuration, fact.id):
        return False
    evidence = Evidence(address, "", assumption.location)
    values: dict[str, Value] = {"id": Known(fact.id, evidence)}
    for name, plain in fact.attributes.items():
        values[name] = _value(plain, replace(evidence, attribute=name))
    if address.type == "aws_vpc" and "cidr_block" in values and "cidr_block_associations" not in values:
        values["cidr_block_associations"] = Known((Known({"cidr_block": values["cidr_block"]}),))
    return _added(configuration, _resource(address, values, configuration))


def _resource(address: Address, values: dict[str, Value], configuration: Configuration) -> Resource:
    like = next(configuration.of_type(ENDPOINT), None)
    return Resource(
        address,
        Body(values),
        "read" if address.mode == "data" else "existing",
        None,
        like.provider if like else "",
        like.region if like else "",
    )


def _added(configuration: Configuration, *resources: Resource) -> Configuration:
    return replace(
        configuration,
        resources=tuple(sorted((*configuration.resources, *resources), key=lambda resource: resource.address)),
    )


def _id(resource: Resource) -> str | None:
    value = resource.body.get("id")
    return value.value if isinstance(value, Known) and isinstance(value.value, str) else None


def _mentions(configuration: Configuration, text: str) -> bool:
    """Whether some argument of some resource is this very text."""

    def held(value: Value) -> bool:
        match value:
            case Known(tuple() as members):
                return any(map(held, members))
            case Known(Mapping() as fields):
                return any(map(held, fields.values()))
            case Known(known):
                return known == text
            case _:
                return False

    return any(held(value) for resource in configuration.resources for value in resource.body.values.values())


def _with_admission(configuration: Configuration, network: Network, assumption: Assumption, fact: Admits) -> _Outcome:
    known = next(
        (group for group in network.security_groups if fact.group in (str(group.address), group.id)),
        None,
    )
    is_foreign = known is None and fact.group.startswith("sg-")
    if known is None and not is_foreign:
        return False
    if known is not None and known.rules.is_complete:
        return Contradiction(
            assumption,
            f"every rule of {known.address} was read, and what lets DNS through is among them or nowhere",
            known.address,
        )
    group_id = fact.group
    added: list[Resource] = []
    if known is None:
        address = _name_of(fact.group)
        if configuration.get(address) is None:
            if not _mentions(configuration, fact.group):
                return False
            evidence = Evidence(address, "", assumption.location)
            added.append(_resource(address, {"id": Known(fact.group, evidence)}, configuration))
        group: Value = Known(group_id)
    elif known.id is not None:
        group = Known(known.id)
    else:
        reference = Reference(known.address, "id")
        group = Unknown((reference,), exact=True, symbol=reference)
    for kind, peers, argument in (
        ("ingress", fact.sources, "cidr_ipv4"),
        ("egress", fact.destinations, "cidr_ipv4"),
    ):
        for peer in peers:
            for protocol in ("udp", "tcp"):
                name = f"{fact.group}-{kind}-{peer}-{protocol}"
                address = Address(f"aws_vpc_security_group_{kind}_rule", name, None, (ModuleStep("assumed"),))
                values: dict[str, Value] = {
                    "security_group_id": group,
                    "ip_protocol": Known(protocol),
                    "from_port": Known(53),
                    "to_port": Known(53),
                    _peer_argument(peer, argument): Known(peer),
                }
                made = _resource(address, values, configuration)
                if configuration.get(address) is None:
                    added.append(replace(made, lifecycle="created"))
    return _added(configuration, *added)


def _peer_argument(peer: str, argument: str) -> str:
    return "referenced_security_group_id" if peer.startswith("sg-") else "cidr_ipv6" if ":" in peer else argument


# What lies beyond, and who uses the endpoints


def _behind(
    configuration: Configuration,
    assumption: Assumption,
    fact: Behind,
    beyond: list[Callable[[Network], Assumed]],
) -> bool:
    concerned = _mentions(configuration, fact.gateway) or any(
        matches(fact.gateway, resource.address) or _id(resource) == fact.gateway for resource in configuration.resources
    )
    if not concerned:
        return False
    names = {fact.gateway}
    for resource in configuration.resources:
        if matches(fact.gateway, resource.address) or _id(resource) == fact.gateway:
            names |= {str(resource.address), *filter(None, [_id(resource)])}
    networks = tuple(map(network_of, fact.networks))
    made = Assumed(beyond=(NetworksBeyond(frozenset(names), networks, assumption.reason, assumption.location),))
    beyond.append(lambda _: made)
    return True


def _addresses(network: Network, pattern: str) -> frozenset[Address]:
    return frozenset(endpoint.address for endpoint in network.endpoints if matches(pattern, endpoint.address))


def _users(
    network: Network, assumption: Assumption, fact: Groups, beyond: list[Callable[[Network], Assumed]]
) -> _Outcome:
    endpoints = _addresses(network, fact.endpoints)
    if not endpoints:
        return False
    for endpoint in sorted(endpoints):
        rules = [
            rule
            for rule in network.authorization_rules.items
            if not isinstance(rule.endpoint, To) or rule.endpoint.target.address == endpoint
        ]
        named = {rule.audience.id for rule in rules if isinstance(rule.audience, OneGroup)}
        if network.authorization_rules.is_complete and None not in named and named and not named & set(fact.groups):
            told = ", ".join(sorted(str(name) for name in named))
            return Contradiction(assumption, f"the authorization rules of {endpoint} name only {told}", endpoint)
    made = Assumed(users=(UserGroups(endpoints, frozenset(fact.groups)),))
    beyond.append(lambda _: made)
    return True


def _lan(network: Network, fact: Lan, beyond: list[Callable[[Network], Assumed]]) -> bool:
    endpoints = _addresses(network, fact.endpoints)
    if not endpoints:
        return False
    resolver = address_of(fact.resolver) if fact.resolver is not None else None
    made = Assumed(lans=(UserLan(endpoints, network_of(fact.network), resolver),))
    beyond.append(lambda _: made)
    return True


def network_of(text: str) -> IpNetwork:
    """
    Raises:
        InputError: it is no network.
    """
    try:
        return ip_network(text)
    except ValueError:
        try:
            meant = ip_network(text, strict=False)
        except ValueError:
            raise InputError(f"{text!r} is no network") from None
        raise InputError(f"{text!r} has bits beyond its prefix; write {meant}") from None


def address_of(text: str) -> IpAddress:
    """
    Raises:
        InputError: it is no address.
    """
    try:
        return ip_address(text)
    except ValueError:
        raise InputError(f"{text!r} is no address") from None
