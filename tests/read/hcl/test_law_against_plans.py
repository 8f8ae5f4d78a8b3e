"""The law, on every fixture with a real plan: what is read from the sources may be less sure than the plan and is never contrary to it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest

from tests.read.hcl.plans import Comparison, compare, name, planned, planned_directories
from tf_cvpn_lint.core.value import Absent, Known, Unknown, Value
from tf_cvpn_lint.read.fusion import refine
from tf_cvpn_lint.read.hcl import read_directory
from tf_cvpn_lint.read.plan import read_plan


@cache
def comparison(directory: Path) -> Comparison:
    result = Comparison()
    compare(read_directory(directory, unrelated=True), planned(directory), result)
    return result


@pytest.mark.parametrize("directory", planned_directories(), ids=name)
def test_sources_never_contradict_the_plan(directory: Path) -> None:
    assert not comparison(directory).contrary


def test_sources_are_nearly_as_sure_as_plans() -> None:
    found = [comparison(directory) for directory in planned_directories()]
    same, less_sure = sum(one.same + one.surer for one in found), sum(one.less_sure for one in found)
    share = same / (same + less_sure)
    print(f"as sure as the plan or surer: {share:.1%} of {same + less_sure:,} attributes")
    assert share > 0.98


def test_plan_and_sources_together_say_what_the_plan_says_and_more() -> None:
    learned = 0
    for directory in planned_directories():
        plan = read_plan(json.loads((directory / "plan.json").read_text()))
        both = refine(plan, read_directory(directory, unrelated=True))
        for before, after in zip(plan.resources, both.resources, strict=True):
            assert before.address == after.address
            for attribute, value in before.body.values.items():
                learned += _known(after.body.get(attribute)) - _known(value)
                assert _stands(value, after.body.get(attribute)), f"{name(directory)}: {before.address}.{attribute}"
    assert learned > 0


def _stands(planned: Value, fused: Value) -> bool:
    match planned, fused:
        case (Unknown(), Absent()):
            return False
        case (Unknown(), _):
            return True
        case (Known(value=tuple() as items), Known(value=tuple() as others)):
            return len(items) == len(others) and all(map(_stands, items, others))
        case (Known(value=Mapping() as inner), Known(value=Mapping() as other)):
            return inner.keys() == other.keys() and all(_stands(inner[key], other[key]) for key in inner)
        case _:
            return planned == fused


def _known(value: Value) -> int:
    """How many scalars are known in it."""
    match value:
        case Known(value=tuple() as items):
            return sum(map(_known, items))
        case Known(value=Mapping() as inner):
            return sum(map(_known, inner.values()))
        case _:
            return int(isinstance(value, Known))
