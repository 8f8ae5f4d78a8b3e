"""Whatever is put in, a configuration comes out or one line of refusal."""

from __future__ import annotations

import io
import json
import random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.read.fixture_plans import PLANS
from tf_cvpn_lint.config.configuration import Configuration
from tf_cvpn_lint.core.errors import InputError
from tf_cvpn_lint.read.inputs import read

FACTS = (
    "modules-and-instances",
    "existing-and-changing",
    "server-addresses-known-and-unknown",
    "sensitive-values",
    "rules-as-attributes",
)
DATA = {fact: (PLANS / fact / "plan.json").read_bytes() for fact in FACTS}

junk: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["aws_vpc.main.id", "module.network", "each.value"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def outcome(data: bytes) -> Configuration | str:
    try:
        return read("-", stdin=io.BytesIO(data))
    except InputError as fault:
        refusal = str(fault)
    assert "\n" not in refusal
    return refusal


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


def bend(node: Any, chance: random.Random, junk_: Any) -> None:
    """Takes out or replaces something in the tree, the deeper the likelier."""
    while True:
        inner = list(node) if isinstance(node, dict) else range(len(node))
        if not inner:
            return
        name = chance.choice(inner)
        if isinstance(node[name], dict | list) and node[name] and chance.random() < 0.85:
            node = node[name]
        elif chance.random() < 0.5:
            node[name] = junk_
            return
        else:
            del node[name]
            return


@given(st.sampled_from(FACTS), st.randoms(use_true_random=False), st.lists(junk, min_size=1, max_size=4))
@settings(max_examples=6000, deadline=None)
def test_a_plan_with_nodes_taken_out_or_replaced(fact: str, chance: random.Random, replacements: list[Any]) -> None:
    bent = json.loads(DATA[fact])
    for replacement in replacements:
        bend(bent, chance, replacement)
    outcome(json.dumps(bent).encode())
