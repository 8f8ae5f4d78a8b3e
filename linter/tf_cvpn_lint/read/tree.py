"""Looking into decoded JSON: what is there has the type it should have, or the input is not what it says it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tf_cvpn_lint.core.errors import InputError


class MalformedError(InputError):
    """The document says it is a plan or a state and is not built like one; usually somebody edited it."""


def mapping(value: Any, where: str) -> Mapping[str, Any]:
    """An object; an empty one where there is none."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise MalformedError(f"{where} is not an object; write the plan again: terraform show -json tfplan > plan.json")
    return value


def sequence(value: Any, where: str) -> Sequence[Any]:
    """A list; an empty one where there is none."""
    if value is None:
        return ()
    if not isinstance(value, list):
        raise MalformedError(f"{where} is not a list; write the plan again: terraform show -json tfplan > plan.json")
    return value


def text(value: Any, where: str) -> str:
    """A text; an empty one where there is none."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise MalformedError(f"{where} is not a text; write the plan again: terraform show -json tfplan > plan.json")
    return value


def is_constant(expression: Mapping[str, Any]) -> bool:
    """Whether the `constant_value` of an expression is its value.

    Of JSON syntax Terraform shows the text of a template as `constant_value`, with what it refers to beside it.
    """
    return (
        "constant_value" in expression
        and not expression.get("references")
        and not _holds_template(expression["constant_value"])
    )


def _holds_template(value: object, depth: int = 32) -> bool:
    match value:
        case str():
            return "${" in value or "%{" in value
        case list():
            return not depth or any(_holds_template(item, depth - 1) for item in value)
        case dict():
            return not depth or any(_holds_template(item, depth - 1) for item in value.values())
        case _:
            return False
