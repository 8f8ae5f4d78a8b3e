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


@given(st.integers(0, 8), st.data())
def test_parts_of_one_symbolic_network_lie_as_those_of_any_network_would(most: int, data: st.DataObject) -> None:
    whole = data.draw(
        st.sampled_from([IPv4Network("10.0.0.0/8"), IPv4Network("172.16.0.0/12"), IPv4Network("10.9.0.0/16")])
    )

    def part() -> tuple[UnknownCidr, IPv4Network]:
        bits = data.draw(st.integers(0, most))
        number = data.draw(st.integers(0, 2**bits - 1))
        named = UnknownCidr(symbol=Call("cidrsubnet", (VPC, Literal(bits), Literal(number))))
        return named, list(whole.subnets(prefixlen_diff=bits))[number]

    (one, first), (other, second) = part(), part()
    assert contains(one, other).is_yes == second.subnet_of(first)
    assert contains(one, other).is_no != second.subnet_of(first)
    assert disjoint(one, other).is_yes != first.overlaps(second)
    assert disjoint(one, other).is_no == first.overlaps(second)


def test_two_of_the_networks_that_one_call_cuts_are_apart() -> None:
    cut = Call("cidrsubnets", (VPC, Literal(4), Literal(8)))
    first, second = (UnknownCidr(symbol=Call("index", (cut, Literal(at)))) for at in (0, 1))
    assert disjoint(first, second).is_yes
    assert contains(first, second).is_no
    elsewhere = UnknownCidr(
        symbol=Call("cidrsubnet", (Reference(Address("aws_vpc", "b"), "cidr_block"), Literal(8), Literal(1)))
    )
    mine = UnknownCidr(symbol=Call("cidrsubnet", (VPC, Literal(8), Literal(2))))
    assert disjoint(mine, elsewhere).is_unsure


@given(st.integers(0, 12), st.integers(0, 40), st.data())
def test_a_host_by_its_number_lies_in_a_part_only_if_it_does_whatever_the_vpc_is(
    bits: int, host: int, data: st.DataObject
) -> None:
    number = data.draw(st.integers(0, min(2**bits - 1, 40)))
    part = UnknownCidr(symbol=Call("cidrsubnet", (VPC, Literal(bits), Literal(number))))
    address = AddressIn((UnknownCidr((VPC,), symbol=VPC),), (VPC,), Call("cidrhost", (VPC, Literal(host))))
    truths = {
        whole[host] in IPv4Network((int(whole[0]) + number * 2 ** (32 - length - bits), length + bits))
        for length in range(16, 29)
        if length + bits <= 32 and host < 2 ** (32 - length)
        for whole in [IPv4Network((0x0A000000, length))]
    }
    said = covers(part, address)
    assert said.is_unsure == (len(truths) != 1)
    assert said.is_unsure or said.is_yes == truths.pop()


def test_only_application_subnets_are_authorized_and_the_vpcs_dns_is_in_none() -> None:
    dns = AddressIn((UnknownCidr((VPC,), symbol=VPC),), (VPC,), Call("cidrhost", (VPC, Literal(2))))
    application = UnknownCidr(symbol=Call("cidrsubnet", (VPC, Literal(8), Literal(10))))
    assert covers(application, dns).is_no
