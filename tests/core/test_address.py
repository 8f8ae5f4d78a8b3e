"""Addresses are written as Terraform writes them, and reading one back gives the same address."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tf_cvpn_lint.core.address import (
    Address,
    AddressError,
    InstanceKey,
    ModuleStep,
    Name,
    Reference,
    format_module,
    parse_module,
)

names = st.from_regex(r"[a-z_][a-z0-9_-]{0,12}", fullmatch=True)
keys: st.SearchStrategy[InstanceKey] = st.none() | st.integers(0, 10**15) | st.text(max_size=12)
steps = st.builds(ModuleStep, names, keys)
modules = st.lists(steps, max_size=3).map(tuple)
addresses = st.builds(
    Address,
    names.filter(lambda name: name not in ("module", "data")),
    names,
    keys,
    modules,
    st.sampled_from(["managed", "data"]),
)


@given(addresses)
def test_reading_back_what_was_written_gives_the_same_address(address: Address) -> None:
    assert Address.parse(str(address)) == address


@given(modules)
def test_reading_back_a_module_path_gives_the_same_path(path: tuple[ModuleStep, ...]) -> None:
    assert parse_module(format_module(path)) == path


@given(st.text(max_size=40))
def test_any_text_is_an_address_or_refused(text: str) -> None:
    try:
        address = Address.parse(text)
    except AddressError:
        return
    assert Address.parse(str(address)) == address


@given(st.lists(addresses, max_size=6).flatmap(lambda given_: st.tuples(st.just(given_), st.permutations(given_))))
def test_the_order_does_not_depend_on_the_order_before(given_: tuple[list[Address], list[Address]]) -> None:
    one, other = given_
    assert sorted(one) == sorted(other)


@given(addresses, addresses)
def test_of_two_addresses_one_comes_first(one: Address, other: Address) -> None:
    assert (one < other) + (other < one) + (one == other) == 1


@given(addresses, keys)
def test_a_resource_stays_the_same_whatever_the_instance(address: Address, key: InstanceKey) -> None:
    other = Address(address.type, address.name, key, address.module, address.mode)
    assert other.resource == address.resource
    assert address.resource.key is None


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("aws_vpc.main", Address("aws_vpc", "main")),
        ("aws_subnet.a[0]", Address("aws_subnet", "a", 0)),
        ('aws_subnet.a["x.y"]', Address("aws_subnet", "a", "x.y")),
        ('aws_subnet.a["say \\"hi\\""]', Address("aws_subnet", "a", 'say "hi"')),
        ('aws_subnet.a["$${x}"]', Address("aws_subnet", "a", "${x}")),
        ("data.aws_vpc.x", Address("aws_vpc", "x", mode="data")),
        (
            'module.vpn["dev"].module.inner[1].data.aws_vpc.x[0]',
            Address("aws_vpc", "x", 0, (ModuleStep("vpn", "dev"), ModuleStep("inner", 1)), "data"),
        ),
    ],
)
def test_terraforms_own_spelling(text: str, address: Address) -> None:
    assert Address.parse(text) == address
    assert str(address) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "var.x.y",
        "aws_vpc",
        "aws_vpc.a.id",
        "aws_vpc.a[",
        "aws_vpc.a[x]",
        'aws_vpc.a["\\q"]',
        "module.a",
        "aws_vpc.a[0][1]",
    ],
)
def test_what_is_no_resource_is_refused(text: str) -> None:
    with pytest.raises(AddressError):
        Address.parse(text)


def test_instances_are_ordered_as_people_count() -> None:
    written = ["a_b.c", "a_b.c[2]", "a_b.c[10]", 'a_b.c["1"]', 'a_b.c["x"]']
    assert [str(address) for address in sorted(map(Address.parse, reversed(written)))] == written


def test_references_read_as_they_are_written_in_terraform() -> None:
    assert str(Reference(Address("aws_vpc", "main"), "id")) == "aws_vpc.main.id"
    assert str(Reference(Name("var.cidr", (ModuleStep("vpn"),)))) == "module.vpn.var.cidr"
