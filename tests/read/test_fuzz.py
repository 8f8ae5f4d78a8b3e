"""Whatever is put in, a configuration comes out or one line of refusal."""

from __future__ import annotations

import io
import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.read.fixture_plans import PLANS, tree
from tf_cvpn_lint.config.configuration import Configuration
from tf_cvpn_lint.core.errors import InputError
from tf_cvpn_lint.read.inputs import read

FACTS = ("modules-and-instances", "existing-and-changing", "server-addresses-known-and-unknown", "sensitive-values", "rules-as-attributes")
DATA = {fact: (PLANS / fact / "plan.json").read_bytes() for fact in FACTS}

junk: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(["aws_vpc.main.id", "module.network", "each.value"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def outcome(data: bytes) -> Configuration | str:
    try:
        return read("-", stdin=io.BytesIO(data))
    except InputError as fault:
        assert "\n" not in str(fault)
        return str(fault)


@given(st.binary(max_size=200))
def test_any_bytes(data: bytes) -> None:
    outcome(data)


@given(st.sampled_from(FACTS), st.data())
@settings(max_examples=60)
def test_a_plan_with_bytes_cut_out_or_put_in(fact: str, draw: st.DataObject) -> None:
    data = DATA[fact]
    start = draw.draw(st.integers(0, len(data)))
    length = draw.draw(st.integers(0, 40))
    outcome(data[:start] + draw.draw(st.binary(max_size=6)) + data[start + length :])


def places(node: Any, inside: list[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    """Every place in a tree, as the object or list and the name or index in it."""
    if isinstance(node, dict):
        for name, inner in node.items():
            inside.append((node, name))
            places(inner, inside)
    elif isinstance(node, list):
        for index, inner in enumerate(node):
            inside.append((node, index))
            places(inner, inside)
    return inside


@given(st.sampled_from(FACTS), st.data())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_plan_with_nodes_taken_out_or_replaced(fact: str, draw: st.DataObject) -> None:
    bent = tree(fact)
    for _ in range(draw.draw(st.integers(1, 4))):
        node, name = draw.draw(st.sampled_from(places(bent, [])))
        if draw.draw(st.booleans()):
            node[name] = draw.draw(junk)
        elif isinstance(node, dict):
            del node[name]
        else:
            node.pop(name)
    outcome(json.dumps(bent).encode())
