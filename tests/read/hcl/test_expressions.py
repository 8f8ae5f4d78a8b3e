"""Every expression of `expressions/expressions.txt` against what `terraform console` answered (`expressions/record` remakes the answers)."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import pytest

from tf_cvpn_lint.read.hcl.console import evaluate_value
from tf_cvpn_lint.read.hcl.values import StringValue, UnknownValue

HERE = Path(__file__).with_name("expressions")


@cache
def answers() -> dict[str, str | None]:
    found: dict[str, str | None] = json.loads((HERE / "answers.json").read_text())
    return found


def test_the_record_covers_the_list() -> None:
    lines = [line for line in (HERE / "expressions.txt").read_text().splitlines() if not line.startswith("#")]
    assert list(answers()) == lines
    assert len(lines) > 200


@pytest.mark.parametrize("expression", list(answers()))
def test_an_expression_is_worth_what_terraform_says(expression: str) -> None:
    expected = answers()[expression]
    value = evaluate_value(HERE, f"jsonencode({expression})")
    if expected == "(sensitive value)":
        assert value.sensitive
    elif expected is None:
        assert isinstance(value, UnknownValue)
        assert value.is_failure, f"Terraform refuses this, and it is {value}"
    else:
        assert isinstance(value, StringValue), value
        assert json.loads(value.text) == json.loads(expected)
