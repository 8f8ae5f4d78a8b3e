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
