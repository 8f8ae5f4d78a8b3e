"""Values of a configuration as facts of the model: typed, with the provider's default where the attribute is absent.

Terraform writes "unset" in three ways: null, an empty string, an empty list. Null is `Absent` already; an empty string counts as it here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from math import isfinite
from typing import TypeVar

from tf_cvpn_lint.config.configuration import Body, Resource
from tf_cvpn_lint.core.address import Reference
from tf_cvpn_lint.core.evidence import Evidence, Gap
from tf_cvpn_lint.core.value import Absent, Fact, Known, Unknown, Value

T = TypeVar("T")

FOREIGN = "belongs to another configuration"
_INTEGER = re.compile(r"-?[0-9]{1,30}")
STALE = "it is there already, and nothing in this configuration makes it"


def text(value: Value) -> str | None:
    """The text where it is known and not empty; numbers as Terraform writes them."""
    if isinstance(value, Known):
        if isinstance(value.value, str):
            return value.value or None
        if isinstance(value.value, int) and not isinstance(value.value, bool):
            # Python writes no decimal number of more digits, and none of AWS's has that many.
            return str(value.value) if value.value.bit_length() < 10_000 else hex(value.value)
        if isinstance(value.value, float):
            return str(int(value.value)) if value.value.is_integer() else str(value.value)
    return None


def is_unset(value: Value) -> bool:
    """Whether the attribute is null, an empty text or an empty list."""
    return isinstance(value, Absent) or (isinstance(value, Known) and value.value in ("", ()))


def text_fact(value: Value, default: str | Unknown) -> Fact[str]:
    match value:
        case Unknown():
            return value
        case Known():
            found = text(value)
            return _default(default) if found is None else Known(found, value.evidence)
        case Absent():
            return _default(default)


def flag(value: Value, default: bool | Unknown) -> Fact[bool]:
    """A boolean, also where it is written as Terraform converts it (`"true"`) or as AWS spells it (`enable`)."""
    match value:
        case Unknown():
            return value
        case Known(bool() as known):
            return Known(known, value.evidence)
        case Known("true" | "enable" | "1"):
            return Known(True, value.evidence)
        case Known("false" | "disable" | "0"):
            return Known(False, value.evidence)
        case Known(None | "") | Absent():
            return _default(default)
        case Known():
            return Unknown(why="not a boolean", evidence=value.evidence)


def number(value: Value, default: int | Unknown) -> Fact[int]:
    match value:
        case Unknown():
            return value
        case Known(bool()):
            return Unknown(why="not a number", evidence=value.evidence)
        case Known(int() as known):
            return Known(known, value.evidence)
        case Known(float() as known) if isfinite(known):
            return Known(int(known), value.evidence)
        case Known(str() as written) if _INTEGER.fullmatch(written):
            return Known(int(written), value.evidence)
        case Known(""):
            return _default(default)
        case Known():
            return Unknown(why="not a number", evidence=value.evidence)
        case Absent():
            return _default(default)


def _default(default: T | Unknown) -> Fact[T]:
    return default if isinstance(default, Unknown) else Known(default)


def both(one: Fact[bool], other: Fact[bool]) -> Fact[bool]:
    """Whether both hold; no where one does not, whatever the other."""
    for fact in (one, other):
        if isinstance(fact, Known) and not fact.value:
            return fact
    for fact in (one, other):
        if isinstance(fact, Unknown):
            return fact
    return one


def elements(value: Value) -> tuple[Value, ...] | Unknown:
    """The members of a list or set, nulls left out; a single value counts as a list of one; `Unknown` for a list not known at all."""
    match value:
        case Unknown():
            return value
        case Absent():
            return ()
        case Known(tuple() as members):
            return tuple(member for member in members if not isinstance(member, Absent))
        case Known():
            return (value,)


def blocks(resource: Resource, name: str) -> Iterator[tuple[str, Body]]:
    """The nested blocks that are known, each with its path (`route[1]`); those that are not are `hidden_blocks`."""
    members = elements(resource.body.get(name))
    if isinstance(members, Unknown):
        return
    for position, member in enumerate(members):
        if isinstance(member, Known) and isinstance(member.value, Mapping):
            yield f"{name}[{position}]", Body(member.value)


def hidden_blocks(resource: Resource, name: str) -> tuple[Gap, ...]:
    """Nested blocks that a `dynamic` block or an unknown list hides."""
    members = elements(resource.body.get(name))
    hidden = (
        (members,) if isinstance(members, Unknown) else (member for member in members if isinstance(member, Unknown))
    )
    return tuple(gap(resource, name, unknown.why, unknown.refers_to) for unknown in hidden)


def block(resource: Resource, name: str) -> Body:
    """The first block of that name, an empty one where there is none."""
    return next((body for _, body in blocks(resource, name)), Body())


def gap(
    resource: Resource, what: str, why: str, waits_for: tuple[Reference, ...] = (), attribute: str | None = None
) -> Gap:
    """Something of this resource that was not read; `attribute` says where, if it is not `what`."""
    return Gap(
        str(resource.address),
        what,
        why,
        resource.evidence(what if attribute is None else attribute).location,
        waits_for,
    )


def foreign(resource: Resource, what: str) -> Gap:
    """A part of something that a data source read; others make that part."""
    return Gap(str(resource.address), what, FOREIGN, resource.location)


def identity(resource: Resource, *attributes: str) -> str | None:
    """The id, where known."""
    for attribute in attributes or ("id",):
        if (found := text(resource.body.get(attribute))) is not None:
            return found
    return None


def is_managed(resource: Resource) -> bool:
    return resource.address.mode == "managed"


def at(resource: Resource, path: str, attribute: str) -> Evidence:
    """Evidence of an attribute of a nested block, or of the resource where `path` is empty."""
    return resource.evidence(f"{path}.{attribute}" if path else attribute)
