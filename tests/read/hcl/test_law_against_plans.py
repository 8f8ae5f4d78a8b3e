"""The law, on every fixture with a real plan: what is read from the sources may be less sure than the plan and is never contrary to it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from tests.read.hcl.plans import FIXTURES, Comparison, compare, planned, planned_directories
from tf_cvpn_lint.read.hcl import read_directory


@cache
def comparison(directory: Path) -> Comparison:
    result = Comparison()
    compare(read_directory(directory, unrelated=True), planned(directory), result)
    return result


@pytest.mark.parametrize("directory", planned_directories(), ids=lambda path: path.relative_to(FIXTURES).as_posix())
def test_sources_never_contradict_the_plan(directory: Path) -> None:
    assert not comparison(directory).contrary


def test_sources_are_nearly_as_sure_as_plans() -> None:
    found = [comparison(directory) for directory in planned_directories()]
    same, less_sure = sum(one.same + one.surer for one in found), sum(one.less_sure for one in found)
    share = same / (same + less_sure)
    print(f"as sure as the plan or surer: {share:.1%} of {same + less_sure:,} attributes")
    assert share > 0.98
