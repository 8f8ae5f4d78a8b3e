"""CIDR algebra against plain membership: whatever is settled for a network holds for each of its addresses."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network

from hypothesis import assume, given
from hypothesis import strategies as st

from tf_cvpn_lint.core.address import Address, Name, Reference
from tf_cvpn_lint.core.value import Call, Literal
from tf_cvpn_lint.model.cidr import AddressIn, KnownAddress, KnownCidr, UnknownCidr, contains, covers, disjoint

VPC = Reference(Address("aws_vpc", "a"), "cidr_block")


@st.composite
def networks(draw: st.DrawFn) -> IPv4Network:
    """Networks crowded into a few octets, so that they nest and overlap."""
    length = draw(st.integers(0, 32))
    base = draw(st.integers(0x0A000000, 0x0A000FFF))
    return IPv4Network((base, length), strict=False)


addresses = st.integers(0x09FFFFF0, 0x0A00100F).map(IPv4Address)


@given(networks(), addresses)
def test_a_known_network_covers_exactly_its_members(network: IPv4Network, ip: IPv4Address) -> None:
    assert covers(KnownCidr(network), KnownAddress(ip)).is_yes == (ip in network)


@given(networks(), networks(), st.data())
def test_what_is_settled_for_an_unknown_address_holds_for_every_address_it_could_be(
    network: IPv4Network, inside: IPv4Network, data: st.DataObject
) -> None:
    verdict = covers(KnownCidr(network), AddressIn((KnownCidr(inside),)))
    assume(not verdict.is_unsure)
    number = data.draw(st.integers(int(inside.network_address), int(inside.broadcast_address)))
    assert covers(KnownCidr(network), KnownAddress(IPv4Address(number))).truth is verdict.truth


@given(networks(), networks())
def test_an_unknown_address_is_settled_whenever_all_its_addresses_agree(
    network: IPv4Network, inside: IPv4Network
) -> None:
    verdict = covers(KnownCidr(network), AddressIn((KnownCidr(inside),)))
    assert verdict.is_unsure == (inside.overlaps(network) and not inside.subnet_of(network))


@given(networks(), networks())
def test_containment_and_disjointness_are_those_of_the_numbers(one: IPv4Network, other: IPv4Network) -> None:
    assert contains(KnownCidr(one), KnownCidr(other)).is_yes == other.subnet_of(one)
    assert disjoint(KnownCidr(one), KnownCidr(other)).is_yes == (not one.overlaps(other))


def test_the_same_symbol_is_the_same_network() -> None:
    vpc = UnknownCidr((VPC,), symbol=VPC)
    address = AddressIn((vpc,), (VPC,), Call("cidrhost", (VPC, Literal(2))))
    assert covers(UnknownCidr((VPC,), symbol=VPC), address).is_yes
    assert covers(UnknownCidr((VPC,)), address).is_unsure, "without a symbol it may be any part of the VPC"


def test_a_subnet_of_a_symbolic_network_lies_in_it() -> None:
    part = UnknownCidr((VPC,), symbol=Call("cidrsubnet", (VPC, Literal(8), Literal(1))))
    assert contains(UnknownCidr((VPC,), symbol=VPC), part).is_yes
    assert contains(part, UnknownCidr((VPC,), symbol=VPC)).is_unsure


def test_a_host_route_of_a_symbolic_address_covers_it_and_no_other() -> None:
    vpc = UnknownCidr((VPC,), symbol=VPC)
    symbol = Call("cidrhost", (VPC, Literal(2)))
    route = UnknownCidr((VPC,), symbol=Call("template", (symbol, Literal("/32"))))
    assert covers(route, AddressIn((vpc,), (VPC,), symbol)).is_yes
    assert not covers(route, AddressIn((vpc,), (VPC,), Call("cidrhost", (VPC, Literal(3))))).is_yes


def test_the_default_route_covers_an_address_of_which_nothing_is_known() -> None:
    nowhere = AddressIn((), (Reference(Name("var.dns")),))
    assert covers(KnownCidr(IPv4Network("0.0.0.0/0")), nowhere).is_yes
    assert covers(KnownCidr(IPv4Network("10.0.0.0/8")), nowhere).is_unsure


def test_two_unknown_networks_of_one_symbol_are_one_whatever_is_told_of_them() -> None:
    symbol = Reference(Address("aws_vpc", "shared", mode="data"), "cidr_block")
    read = UnknownCidr((symbol,), "read when Terraform runs", symbol)
    passed = UnknownCidr((symbol,), "known after apply", symbol)
    assert contains(read, passed).is_yes
    assert disjoint(read, passed).is_no
    assert contains(read, UnknownCidr((symbol,))).is_unsure
