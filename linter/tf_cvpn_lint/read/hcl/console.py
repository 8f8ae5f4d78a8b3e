"""`tf-cvpn-lint eval`: one expression in a directory's root module, as `terraform console` would answer it, symbolically."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import assert_never

from tf_cvpn_lint.core.errors import InputError
from tf_cvpn_lint.read.hcl.directory import STACK
from tf_cvpn_lint.read.hcl.evaluate import OutOfFuelError
from tf_cvpn_lint.read.hcl.modules import Engine
from tf_cvpn_lint.read.hcl.parse import parse_expression
from tf_cvpn_lint.read.hcl.templates import HclSyntaxError
from tf_cvpn_lint.read.hcl.types import format_type
from tf_cvpn_lint.read.hcl.values import (
    BoolValue,
    ListValue,
    MapValue,
    NullValue,
    NumberValue,
    ObjectValue,
    SetValue,
    StringValue,
    TupleValue,
    UnknownValue,
    Value,
    unknown,
)
from tf_cvpn_lint.read.hcl.variables import HclOptions


def evaluate_text(directory: Path, expression: str, options: HclOptions | None = None) -> str:
    """What the expression is worth in the root module of `directory`: a value as Terraform writes it, or what it waits for.

    Raises:
        InputError: the expression cannot be parsed, or Terraform would refuse it.
    """
    value = evaluate_value(directory, expression, options)
    if isinstance(value, UnknownValue) and value.is_failure:
        raise InputError(f"{expression.strip()}: {value.why}")
    return render(value)


def evaluate_value(directory: Path, expression: str, options: HclOptions | None = None) -> Value:
    """As `evaluate_text`, as a value; what Terraform would refuse is a failure.

    Raises:
        InputError: the expression cannot be parsed.
    """
    try:
        parsed = parse_expression(expression)
    except HclSyntaxError as fault:
        raise InputError(f"{expression.strip()}: not an expression: {fault.why}") from fault
    engine = Engine(directory, options or HclOptions(), is_root=True)
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, STACK))
    try:
        return engine.world().root.evaluate(parsed)
    except (OutOfFuelError, RecursionError) as fault:
        return unknown(f"not evaluated: {fault}")
    finally:
        sys.setrecursionlimit(limit)


def render(value: Value, indentation: int = 0) -> str:
    """The value in Terraform's own notation; `(unknown: …)` tells how an unknown is made and why it is not known."""
    if value.sensitive:
        return "(sensitive value)"
    match value:
        case StringValue(text=text):
            return quoted(text)
        case NumberValue():
            return str(value)
        case BoolValue(flag=flag):
            return "true" if flag else "false"
        case NullValue(of=type_):
            return "null" if format_type(type_) == "any" else f"null /* {format_type(type_)} */"
        case TupleValue(items=items):
            return _bracketed("[", (render(item, indentation + 1) for item in items), "]", indentation)
        case ListValue(items=items):
            return _bracketed("tolist([", (render(item, indentation + 1) for item in items), "])", indentation)
        case SetValue(items=items):
            return _bracketed("toset([", (render(item, indentation + 1) for item in items), "])", indentation)
        case ObjectValue(attributes=named):
            return _bracketed("{", _pairs(named.items(), indentation + 1), "}", indentation, separator="")
        case MapValue(items=named):
            return _bracketed("tomap({", _pairs(named.items(), indentation + 1), "})", indentation, separator="")
        case UnknownValue():
            made_of = str(value.symbol) if value.symbol is not None else ", ".join(str(one) for one in value.refers_to)
            return f"(unknown: {made_of}: {value.why})" if made_of else f"(unknown: {value.why})"
        case _:
            assert_never(value)


def quoted(text: str) -> str:
    """The text as an HCL string."""
    return json.dumps(text, ensure_ascii=False).replace("${", "$${").replace("%{", "%%{")


def _pairs(items: Iterable[tuple[str, Value]], indentation: int) -> Iterable[str]:
    return (f"{quoted(key)} = {render(item, indentation)}" for key, item in items)


def _bracketed(opening: str, items: Iterable[str], closing: str, indentation: int, *, separator: str = ",") -> str:
    lines = [f"{'  ' * (indentation + 1)}{item}{separator}\n" for item in items]
    if not lines:
        return f"{opening}{closing}"
    return f"{opening}\n{''.join(lines)}{'  ' * indentation}{closing}"
