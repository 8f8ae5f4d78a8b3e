"""`tf-cvpn-lint eval`: what a user reads."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.read.hcl.sources import write
from tf_cvpn_lint.core.errors import InputError
from tf_cvpn_lint.read.hcl.console import evaluate_text
from tf_cvpn_lint.read.hcl.variables import HclOptions, Variable

ROOT = """
    variable "name" {
      default = "core"
    }
    variable "secret" {
      default   = "hunter2"
      sensitive = true
    }
    resource "aws_vpc" "a" {}
    locals {
      servers = [cidrhost(aws_vpc.a.cidr_block, 2), "10.0.0.9"]
      map     = { a = 1, b = tolist(["x"]) }
    }
    """


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("1 + 1", "2"),
        ('"a${var.name}"', '"acore"'),
        ("null", "null"),
        ("[]", "[]"),
        ("toset([])", "toset([])"),
        ("local.servers", '[\n  (unknown: cidrhost(aws_vpc.a.cidr_block, 2): known after apply),\n  "10.0.0.9",\n]'),
        ("local.map", '{\n  "a" = 1\n  "b" = tolist([\n    "x",\n  ])\n}'),
        ("var.secret", "(sensitive value)"),
        ("terraform.workspace", "(unknown: terraform.workspace: the workspace is not known (--workspace tells it))"),
        ("length(range(1e9)) == 0 ? 1 : 2", None),
        ("local.map.nope", None),
        ("1 +", None),
    ],
)
def test_an_expression_is_answered_or_refused_in_one_line(tmp_path: Path, expression: str, text: str | None) -> None:
    write(tmp_path, {"main.tf": ROOT})
    if text is None:
        with pytest.raises(InputError) as refused:
            evaluate_text(tmp_path, expression)
        assert str(refused.value).startswith(expression)
        assert "\n" not in str(refused.value)
    else:
        assert evaluate_text(tmp_path, expression) == text


def test_variables_can_be_given(tmp_path: Path) -> None:
    write(tmp_path, {"main.tf": ROOT})
    assert evaluate_text(tmp_path, "upper(var.name)", HclOptions(arguments=(Variable("name", "dev"),))) == '"DEV"'
