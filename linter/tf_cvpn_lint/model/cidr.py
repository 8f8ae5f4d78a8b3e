"""Networks and addresses, also those of which only the origin is known.

`CidrOf` and `AddressIn` keep what is provable without a number: `cidrhost(aws_vpc.a.cidr_block, 2)` lies in `aws_vpc.a.cidr_block`
whatever IPAM gives it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import Enum
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

from tf_cvpn_lint.core.address import Address, Reference
from tf_cvpn_lint.core.evidence import Evidence
from tf_cvpn_lint.core.records import dataclass, field, settle
from tf_cvpn_lint.core.value import Call, Literal, Symbol
from tf_cvpn_lint.core.verdict import NO, YES, Verdict, unsure

IpAddress = IPv4Address | IPv6Address
IpNetwork = IPv4Network | IPv6Network


@lru_cache(maxsize=4096)
def _text(numbers: IpAddress | IpNetwork) -> str:
    """In words; what a trace tells names the same few over and over."""
    return str(numbers)


def _number(ip: IpAddress) -> int:
    """The address on one line with all others: IPv6 above IPv4."""
    return int(ip) if ip.version == 4 else int(ip) + _ABOVE_IPV4


_ABOVE_IPV4 = 1 << 128


@dataclass(frozen=True, slots=True)
class KnownCidr:
    """A network whose numbers are known."""

    network: IpNetwork
    evidence: Evidence | None = field(default=None, compare=False)
    has_host_bits: bool = field(default=False, compare=False)
    """Written with bits beyond the prefix (`10.0.0.5/16`); AWS drops them where it takes such a network at all."""
    first: int = field(init=False, repr=False, compare=False)
    """Its first and its last address as numbers that no two addresses share: comparing those is what the walk does most."""
    last: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        network = self.network
        first = _number(network.network_address)
        settle(self, "first", first)
        settle(self, "last", first + (1 << (network.max_prefixlen - network.prefixlen)) - 1)

    def __str__(self) -> str:
        return _text(self.network)


@dataclass(frozen=True, slots=True)
class UnknownCidr:
    """A network whose numbers are not known. With a symbol it equals every network of the same symbol."""

    refers_to: tuple[Reference, ...] = ()
    why: str = "known after apply"
    symbol: Symbol | None = None
    inside: tuple[Cidr, ...] = ()
    """Networks that are known to contain it: a subnet lies in its VPC's CIDR where the VPC has only one."""
    evidence: Evidence | None = field(default=None, compare=False)

    def __str__(self) -> str:
        if self.symbol is not None:
            return str(self.symbol)
        return " or ".join(str(reference) for reference in self.refers_to) or "an unknown network"


Cidr = KnownCidr | UnknownCidr


@dataclass(frozen=True, slots=True)
class KnownAddress:
    """An address whose numbers are known."""

    ip: IpAddress
    number: int = field(init=False, repr=False, compare=False)
    """It as a number that no other address has, of whichever family."""

    def __post_init__(self) -> None:
        settle(self, "number", _number(self.ip))

    def __str__(self) -> str:
        return _text(self.ip)


@dataclass(frozen=True, slots=True)
class AddressIn:
    """An address of which only networks that contain it are known, for instance that of an interface in a subnet (IPv4)."""

    inside: tuple[Cidr, ...]
    refers_to: tuple[Reference, ...] = ()
    symbol: Symbol | None = None

    def __str__(self) -> str:
        what = " and ".join(str(reference) for reference in self.refers_to)
        if not self.inside:
            return what or "an unknown address"
        return f"{what} (in {self.inside[0]})" if what else f"an address in {self.inside[0]}"


HostAddress = KnownAddress | AddressIn


def covers(cidr: Cidr, address: HostAddress) -> Verdict:
    """Whether the address lies in the network."""
    if isinstance(address, KnownAddress):
        if isinstance(cidr, KnownCidr):
            return YES if cidr.first <= address.number <= cidr.last else NO
        for wider in cidr.inside:
            if covers(wider, address).is_no:
                return NO
        return unsure(f"{cidr} is not known ({cidr.why})", waits_for=cidr.refers_to)
    inside = address.inside
    if len(inside) == 1 and isinstance(cidr, KnownCidr) and isinstance(network := inside[0], KnownCidr):
        if cidr.first <= network.first and network.last <= cidr.last:
            return YES
        if network.last < cidr.first or cidr.last < network.first:
            return NO
    if isinstance(cidr, UnknownCidr):
        if is_host_route_of(cidr, address):
            return YES
        if (held := _holds_host(cidr, address)) is not None:
            return YES if held else NO
    for network in address.inside:
        if contains(cidr, network).is_yes:
            return YES
    for network in address.inside:
        if disjoint(cidr, network).is_yes:
            return NO
    if isinstance(cidr, KnownCidr):
        if cidr.first == 0 and cidr.network.prefixlen == 0:
            return YES
        waits = address.refers_to
    else:
        waits = address.refers_to + cidr.refers_to
    return unsure(f"whether {cidr} holds {address} is not known", waits_for=waits)


MAXIMUM_PARTS = 64
"""Into how many parts a network is cut; more than any real list of rules asks for."""


def parts(address: HostAddress, networks: Iterable[Cidr]) -> tuple[HostAddress, ...]:
    """The address by cases: the network that holds it, cut where one of `networks` begins or ends, so that every part lies in each of
    them or outside. Networks that hold an address only together (10.0.1.0/25 and 10.0.1.128/25) hold every part. The address itself
    where there is nothing to cut, or too much.
    """
    if not isinstance(address, AddressIn):
        return (address,)
    known = [cidr.network for cidr in address.inside if isinstance(cidr, KnownCidr)]
    if not known:
        return (address,)
    whole = max(known, key=lambda network: network.prefixlen)
    cuts = {cidr.network for cidr in networks if isinstance(cidr, KnownCidr) and _is_part(cidr.network, whole)}
    if not cuts or sum(cut.prefixlen - whole.prefixlen for cut in cuts) >= MAXIMUM_PARTS:
        return (address,)
    return tuple(AddressIn((KnownCidr(part),), address.refers_to, address.symbol) for part in _cut(whole, cuts))


def _is_part(inner: IpNetwork, outer: IpNetwork) -> bool:
    return inner != outer and _subnet_of(inner, outer)


def _cut(whole: IpNetwork, cuts: Iterable[IpNetwork]) -> Iterator[IpNetwork]:
    within = [cut for cut in cuts if _is_part(cut, whole)]
    if not within:
        yield whole
        return
    for half in whole.subnets():
        yield from _cut(half, within)


def is_host_route_of(cidr: Cidr, address: AddressIn) -> bool:
    """`"${x}/32"` of the very same address."""
    return (
        isinstance(cidr, UnknownCidr)
        and address.symbol is not None
        and cidr.symbol == Call("template", (address.symbol, Literal("/32")))
    )


def contains(outer: Cidr, inner: Cidr) -> Verdict:
    """Whether every address of `inner` is one of `outer`."""
    if isinstance(outer, KnownCidr):
        if isinstance(inner, KnownCidr):
            return YES if outer.first <= inner.first and inner.last <= outer.last else NO
        if outer.network.version == 4 and outer.network.prefixlen == 0:
            return YES
    if _is_same(outer, inner):
        return YES
    if (placed := _places(outer, inner)) is not None:
        return YES if placed is _Place.INSIDE else NO
    if isinstance(inner, UnknownCidr):
        wider = (*inner.inside, *_origin_of(inner))
        if any(contains(outer, network).is_yes for network in wider):
            return YES
        if any(disjoint(outer, network).is_yes for network in wider):
            return NO
    if isinstance(outer, UnknownCidr) and any(disjoint(network, inner).is_yes for network in outer.inside):
        return NO
    return unsure(f"whether {outer} contains {inner} is not known", waits_for=_waits(outer, inner))


def disjoint(one: Cidr, other: Cidr) -> Verdict:
    """Whether the two share no address."""
    if isinstance(one, KnownCidr) and isinstance(other, KnownCidr):
        return NO if one.first <= other.last and other.first <= one.last else YES
    if (placed := _places(one, other)) is not None:
        return YES if placed is _Place.APART else NO
    for unknown, known in ((one, other), (other, one)):
        if isinstance(unknown, UnknownCidr):
            wider = (*unknown.inside, *_origin_of(unknown))
            if any(disjoint(network, known).is_yes for network in wider):
                return YES
            if contains_without_search(known, wider):
                return NO
    if _is_same(one, other):
        return NO
    return unsure(f"whether {one} and {other} overlap is not known", waits_for=_waits(one, other))


def _is_same(one: Cidr, other: Cidr) -> bool:
    """Whether the two are certainly one network, whatever was told of them on the way."""
    if isinstance(one, UnknownCidr) and isinstance(other, UnknownCidr):
        return one.symbol is not None and one.symbol == other.symbol
    return isinstance(one, KnownCidr) and one == other


class _Place(Enum):
    """How a part of a network lies to another part of it."""

    INSIDE = "inside"
    AROUND = "around"
    APART = "apart"


def _places(outer: Cidr, inner: Cidr) -> _Place | None:
    """How `inner` lies to `outer` where both are cut out of one network, whatever its numbers are; None where nothing tells.

    `cidrsubnet(x, 4, 1)` holds `cidrsubnet(x, 8, 16)` to `cidrsubnet(x, 8, 31)` and is apart from all others.
    """
    if not isinstance(outer, UnknownCidr) or not isinstance(inner, UnknownCidr):
        return None
    match outer.symbol, inner.symbol:
        case (
            Call("cidrsubnet", (base, Literal(int() as bits), Literal(int() as number))),
            Call("cidrsubnet", (other, Literal(int() as more), Literal(int() as place))),
        ) if base == other and min(bits, more, number, place) >= 0 and max(bits, more) <= _MAXIMUM_BITS:
            if bits <= more:
                return _Place.INSIDE if place >> (more - bits) == number else _Place.APART
            return _Place.AROUND if number >> (bits - more) == place else _Place.APART
        case (
            Call("index", (Call("cidrsubnets") as cut, Literal(int() as first))),
            Call("index", (Call("cidrsubnets") as again, Literal(int() as second))),
        ) if cut == again and first != second:
            return _Place.APART
        case _:
            return None


def _holds_host(cidr: Cidr, address: AddressIn) -> bool | None:
    """Whether `cidrsubnet(x, 8, 3)` holds `cidrhost(x, 2)`, where that is so for every size that x can have; None where it is not."""
    if not isinstance(cidr, UnknownCidr):
        return None
    match cidr.symbol, address.symbol:
        case (
            Call("cidrsubnet", (base, Literal(int() as bits), Literal(int() as number))),
            Call("cidrhost", (other, Literal(int() as host))),
        ) if base == other and min(bits, number, host) >= 0 and bits <= _MAXIMUM_BITS:
            # AWS gives a VPC a /16 to a /28; any other network may have every size.
            sizes = range(4, 17) if _is_vpcs(base) else range(_MAXIMUM_BITS + 1)
            held = {host >> (size - bits) == number for size in sizes if size >= bits and host < 2**size}
            return held.pop() if len(held) == 1 else None
        case _:
            return None


def _is_vpcs(symbol: Symbol) -> bool:
    """Whether it is a VPC's own network."""
    return (
        isinstance(symbol, Reference)
        and isinstance(symbol.target, Address)
        and (symbol.target.type, symbol.attribute) == ("aws_vpc", "cidr_block")
    )


_MAXIMUM_BITS = 128


def contains_without_search(outer: Cidr, inner: Iterable[Cidr]) -> bool:
    """Whether one of `inner` is `outer` itself or lies in it by its numbers."""
    for network in inner:
        if isinstance(outer, KnownCidr) and isinstance(network, KnownCidr):
            if outer.first <= network.first and network.last <= outer.last:
                return True
        elif _is_same(outer, network):
            return True
    return False


def _origin_of(cidr: UnknownCidr) -> tuple[Cidr, ...]:
    """`cidrsubnet(x, …)` lies in x."""
    match cidr.symbol:
        case Call("cidrsubnet", (Reference() | Call() as base, *_)):
            return (UnknownCidr(cidr.refers_to, cidr.why, base),)
        case Call("index", (Call("cidrsubnets", (Reference() | Call() as base, *_)), *_)):
            return (UnknownCidr(cidr.refers_to, cidr.why, base),)
        case _:
            return ()


def _waits(*cidrs: Cidr) -> tuple[Reference, ...]:
    return tuple(
        dict.fromkeys(reference for cidr in cidrs if isinstance(cidr, UnknownCidr) for reference in cidr.refers_to)
    )


def _subnet_of(inner: IpNetwork, outer: IpNetwork) -> bool:
    if isinstance(inner, IPv4Network) and isinstance(outer, IPv4Network):
        return inner.subnet_of(outer)
    if isinstance(inner, IPv6Network) and isinstance(outer, IPv6Network):
        return inner.subnet_of(outer)
    return False


def is_default(cidr: Cidr) -> bool:
    """0.0.0.0/0 or ::/0."""
    return isinstance(cidr, KnownCidr) and cidr.network.prefixlen == 0
