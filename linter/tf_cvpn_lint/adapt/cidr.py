"""Networks and addresses out of text and symbols.

A symbol is brought to one form first (`data.aws_vpc.x` that reads `aws_vpc.a` becomes `aws_vpc.a`, a known attribute its value), so that
two of them are equal where what they stand for is.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Network, ip_address, ip_network

from tf_cvpn_lint.adapt.links import Joins, attribute_path, values_at
from tf_cvpn_lint.adapt.values import elements, gap, text
from tf_cvpn_lint.config.configuration import Resource
from tf_cvpn_lint.core.address import Address, Reference
from tf_cvpn_lint.core.evidence import Evidence, Gap
from tf_cvpn_lint.core.value import Call, Known, Literal, Symbol, Unknown, Value
from tf_cvpn_lint.core.verdict import Members
from tf_cvpn_lint.model.cidr import Cidr, IpAddress, IpNetwork, KnownCidr, UnknownCidr


@lru_cache(maxsize=4096)
def parse_address(written: str) -> IpAddress | None:
    """The address, only if it is written as one and nothing more: no spaces, prefix, zone or leading zeros."""
    if "%" in written:
        return None
    try:
        return ip_address(written)
    except ValueError:
        return None


@lru_cache(maxsize=4096)
def parse_network(written: str) -> IpNetwork | None:
    """The network of `10.0.0.0/16`; bits beyond the prefix are dropped, as AWS does."""
    base, slash, prefix = written.partition("/")
    if not slash or not prefix.isdecimal() or not prefix.isascii() or "%" in base:
        return None
    address = parse_address(base)
    if address is None:
        return None
    make = IPv4Network if isinstance(address, IPv4Address) else IPv6Network
    try:
        return make((int(address), int(prefix)), strict=False)
    except ValueError:
        return None


@lru_cache(maxsize=4096)
def _written_network(written: str) -> tuple[IpNetwork | None, bool]:
    """The network, and whether bits beyond its prefix were written."""
    network = parse_network(written)
    if network is None:
        return None, False
    return network, parse_address(written.partition("/")[0]) != network.network_address


class Symbols:
    """What symbols stand for, with references brought to the resource that makes the thing."""

    def __init__(self, joins: Joins) -> None:
        self._joins = joins
        self._known: dict[Reference, Symbol] = {}

    def settle(self, symbol: Symbol) -> Symbol:
        """The symbol in its one form; a literal where everything in it is known and the function is one of a few."""
        match symbol:
            case Literal():
                return symbol
            case Reference():
                return self._reference(symbol)
            case Call():
                arguments = tuple(self.settle(argument) for argument in symbol.arguments)
                return _evaluate(symbol.function, arguments)

    def _reference(self, reference: Reference) -> Symbol:
        settled = self._known.get(reference)
        if settled is None:
            self._known[reference] = reference  # one that leads back to itself stays as it is
            settled = self._known[reference] = self._follow(reference)
        return settled

    def _follow(self, reference: Reference) -> Symbol:
        if not isinstance(reference.target, Address):
            return reference
        resource = self._joins.configuration.get(reference.target)
        if resource is None:
            return reference
        maker = self._joins.maker(resource)
        path = attribute_path(reference)
        if ".".join(path) != reference.attribute:
            return Reference(maker.address, reference.attribute)  # an index: which element is not for us to say
        for candidate in (maker, resource):
            values = list(values_at(candidate.body, path))
            if len(values) != 1:
                continue
            match values[0]:
                case Known(str() | int() | float() as known):
                    return Literal(known)
                case Unknown(symbol=symbol) if symbol is not None and symbol != reference:
                    return self.settle(symbol)
                case _:
                    continue
        return Reference(maker.address, reference.attribute)

    def of(self, unknown: Unknown) -> Symbol | None:
        return None if unknown.symbol is None else self.settle(unknown.symbol)


def _evaluate(function: str, arguments: tuple[Symbol, ...]) -> Symbol:
    values = [argument.value for argument in arguments if isinstance(argument, Literal)]
    if len(values) == len(arguments):
        match function, values:
            case "template", [*parts] if all(part is not None and not isinstance(part, bool) for part in parts):
                return Literal("".join(str(part) for part in parts))
            case "cidrhost", [str() as base, int() as host]:
                if (
                    network := parse_network(base)
                ) is not None and -network.num_addresses <= host < network.num_addresses:
                    return Literal(str(network[host]))
            case "cidrsubnet", [str() as base, int() as bits, int() as number]:
                if isinstance(network := parse_network(base), IPv4Network) and 0 <= bits <= 32 - network.prefixlen:
                    if 0 <= number < 2**bits:
                        prefix = network.prefixlen + bits
                        start = int(network.network_address) + (number << (32 - prefix))
                        return Literal(f"{IPv4Address(start)}/{prefix}")
            case _:
                pass
    return Call(function, arguments)


def cidr(
    value: Value,
    symbols: Symbols,
    evidence: Evidence | None = None,
    *,
    inside: tuple[Cidr, ...] = (),
    otherwise: Symbol | None = None,
) -> Cidr | None:
    """The network an attribute gives; None where it is not set.

    Args:
        inside: networks that hold it.
        otherwise: the symbol of the attribute itself, for one that is made by nothing that can be named (IPAM).
    """
    if isinstance(value, Unknown):
        symbol = symbols.of(value)
        if isinstance(symbol, Literal):
            network = parse_network(str(symbol.value))
            if network is not None:
                return KnownCidr(network, evidence)
            symbol = None
        return UnknownCidr(value.refers_to, value.why, otherwise if symbol is None else symbol, inside, evidence)
    written = text(value)
    if written is None:
        return None
    network, has_host_bits = _written_network(written)
    if network is None:
        return UnknownCidr((), f'"{written}" is not a network', None, inside, evidence)
    return KnownCidr(network, evidence, has_host_bits)


def cidrs(value: Value, symbols: Symbols, resource: Resource, attribute: str) -> Members[Cidr]:
    """The networks of a list; a gap where the list as a whole is not known."""
    members = elements(value)
    if not members:
        return Members()
    if isinstance(members, Unknown):
        return Members((), (gap(resource, attribute, members.why, members.refers_to),))
    evidence = resource.evidence(attribute)
    found = [cidr(member, symbols, evidence) for member in members]
    return Members(tuple([network for network in found if network is not None]))


@lru_cache(maxsize=2)
def all_of_family(version: int) -> KnownCidr:
    return KnownCidr(ip_network("0.0.0.0/0" if version == 4 else "::/0"))


def unique_gaps(gaps: Iterable[Gap]) -> tuple[Gap, ...]:
    return tuple(dict.fromkeys(gaps)) if gaps else ()
