"""Longest prefix against a scan, and the law that learning more reverses nothing."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

from hypothesis import given
from hypothesis import strategies as st

from tf_cvpn_lint.core.address import Address, Name, Reference
from tf_cvpn_lint.core.evidence import Gap
from tf_cvpn_lint.core.value import Call, Literal
from tf_cvpn_lint.core.verdict import Members, Truth, Verdict, no, of
from tf_cvpn_lint.model.cidr import AddressIn, Cidr, KnownAddress, KnownCidr, UnknownCidr
from tf_cvpn_lint.reach.longest import longest


@dataclass(frozen=True)
class Line:
    cidr: Cidr
    passes: bool


networks = st.tuples(st.integers(0x0A000000, 0x0A0000FF), st.integers(20, 32)).map(
    lambda pair: IPv4Network(pair, strict=False)
)
lines = st.builds(Line, networks.map(KnownCidr), st.booleans())
addresses = st.integers(0x0A000000, 0x0A0001FF).map(IPv4Address)


def decide(table: tuple[Line, ...], gaps: tuple[Gap, ...], address: KnownAddress | AddressIn) -> Verdict:
    match = longest(Members(table, gaps), lambda line: line.cidr, address)
    return match.decide(lambda group: of(any(line.passes for line in group)), no())


def by_scan(table: tuple[Line, ...], ip: IPv4Address) -> bool:
    best, passes = -1, False
    for line in table:
        assert isinstance(line.cidr, KnownCidr)
        if ip in line.cidr.network:
            length = line.cidr.network.prefixlen
            if length > best:
                best, passes = length, line.passes
            elif length == best:
                passes = passes or line.passes
    return passes


@given(st.lists(lines, max_size=12).map(tuple), addresses)
def test_the_longest_prefix_decides_as_a_scan_says(table: tuple[Line, ...], ip: IPv4Address) -> None:
    assert decide(table, (), KnownAddress(ip)).is_yes == by_scan(table, ip)


@given(st.lists(lines, max_size=8).map(tuple), networks, st.data())
def test_what_is_settled_for_a_network_is_what_a_scan_says_for_each_of_its_addresses(
    table: tuple[Line, ...], inside: IPv4Network, data: st.DataObject
) -> None:
    verdict = decide(table, (), AddressIn((KnownCidr(inside),)))
    if not verdict.is_unsure:
        ip = IPv4Address(data.draw(st.integers(int(inside.network_address), int(inside.broadcast_address))))
        assert by_scan(table, ip) == verdict.is_yes


@given(st.lists(lines, max_size=8).map(tuple), st.lists(st.tuples(networks, st.booleans()), max_size=3), addresses)
def test_learning_an_unknown_network_may_settle_and_never_reverses(
    table: tuple[Line, ...], hidden: list[tuple[IPv4Network, bool]], ip: IPv4Address
) -> None:
    waiting = tuple(
        Line(UnknownCidr((Reference(Name(f"var.n{index}")),)), passes) for index, (_, passes) in enumerate(hidden)
    )
    learned = tuple(Line(KnownCidr(network), passes) for network, passes in hidden)
    before = decide((*table, *waiting), (), KnownAddress(ip))
    after = decide((*table, *learned), (), KnownAddress(ip))
    assert not after.is_unsure
    assert before.is_unsure or before.truth is after.truth


def test_an_unread_line_leaves_every_answer_open() -> None:
    table = (Line(KnownCidr(IPv4Network("10.0.0.0/8")), True),)
    gap = Gap("aws_route.x", "destination_cidr_block", "known after apply")
    assert decide(table, (gap,), KnownAddress(IPv4Address("10.0.0.2"))).truth is Truth.UNSURE
    assert decide(table, (), KnownAddress(IPv4Address("10.0.0.2"))).truth is Truth.YES


def test_an_unknown_network_takes_nothing_from_that_of_the_single_address() -> None:
    address = KnownAddress(IPv4Address("10.0.0.2"))
    single = Line(KnownCidr(IPv4Network("10.0.0.2/32")), True)
    wider = Line(KnownCidr(IPv4Network("10.0.0.0/24")), True)
    unknown = Line(UnknownCidr((Reference(Name("var.net")),)), False)
    assert decide((single, unknown), (), address).is_yes
    assert decide((wider, unknown), (), address).is_unsure
    assert decide((Line(single.cidr, False), unknown), (), address).is_no
    assert decide((Line(single.cidr, False), Line(unknown.cidr, True)), (), address).is_unsure


def test_the_host_route_of_an_unknown_address_is_the_longest_there_is() -> None:
    symbol = Reference(Address("aws_instance", "ns"), "private_ip")
    address = AddressIn((KnownCidr(IPv4Network("10.0.0.0/24")),), (symbol,), symbol)
    host = UnknownCidr((symbol,), symbol=Call("template", (symbol, Literal("/32"))))
    subnet = Line(KnownCidr(IPv4Network("10.0.0.0/24")), False)
    unread = (Gap("x", "rules", "not read"),)
    assert decide((Line(host, True), subnet), unread, address).is_yes
    assert decide((Line(host, False), Line(subnet.cidr, True)), (), address).is_no
