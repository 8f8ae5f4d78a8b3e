"""When two availability zones are one, where the names are not known."""

from __future__ import annotations

import pytest

from tests.adapt.build import ref, reference
from tf_cvpn_lint.core.value import Call, Fact, Known, Literal, Symbol, Unknown
from tf_cvpn_lint.reach.zones import same_zone

REGION = reference("data.aws_region.here.name")
OTHER = reference("var.region")


def made(*parts: Symbol) -> Unknown:
    return ref("data.aws_region.here.name", symbol=Call("template", parts))


@pytest.mark.parametrize(
    ("one", "other", "answer"),
    [
        (Known("eu-west-1a"), Known("eu-west-1a"), "yes"),
        (Known("eu-west-1a"), Known("eu-west-1b"), "no"),
        (Known("eu-west-1a"), Known("euw1-az1"), "unsure"),
        (made(REGION, Literal("a")), made(REGION, Literal("a")), "yes"),
        (made(REGION, Literal("a")), made(REGION, Literal("b")), "no"),
        (made(REGION, Literal("a")), made(OTHER, Literal("b")), "unsure"),
        (made(REGION, Literal("a")), made(OTHER, Literal("a")), "unsure"),
        (made(Literal("x"), REGION, Literal("a")), made(Literal("y"), REGION, Literal("b")), "unsure"),
        (made(REGION, Literal("a")), made(REGION, OTHER), "unsure"),
        (made(REGION, Literal("a")), made(REGION, Literal("a"), Literal("b")), "unsure"),
        (made(REGION, Literal("a")), Known("eu-west-1b"), "unsure"),
    ],
)
def test_zones_of_one_region_that_end_otherwise_are_two(one: Fact[str], other: Fact[str], answer: str) -> None:
    for first, second in ((one, other), (other, one)):
        assert same_zone(first, second).truth.value == answer
