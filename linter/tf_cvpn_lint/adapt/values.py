"""Values of a configuration as facts of the model: typed, with the provider's default where the attribute is absent.

Terraform writes "unset" in three ways: null, an empty string, an empty list. Null is `Absent` already; an empty string counts as it here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from math import isfinite
from typing import TypeVar

from tf_cvpn_lint.config.configuration import Body, Resource
from tf_cvpn_lint.core.address import Reference
from tf_cvpn_lint.core.evidence import Evidence, Gap
from tf_cvpn_lint.core.value import Absent, Fact, Known, Unknown, Value
from tf_cvpn_lint.core.verdict import Members

T = TypeVar("T")

FOREIGN = "belongs to another configuration"
_INTEGER = re.compile(r"-?[0-9]{1,30}")
STALE = "it is there already, and nothing in this configuration makes it"


def text(value: Value) -> str | None:
    """The text where it is known and not empty; numbers as Terraform writes them."""
    if isinstance(value, Known):
        known = value.value
        if isinstance(known, str):
            return known or None
        if isinstance(known, int) and not isinstance(known, bool):
            # Python writes no decimal number of more digits, and none of AWS's has that many.
            return str(known) if known.bit_length() < 10_000 else hex(known)
        if isinstance(known, float):
            return str(int(known)) if known.is_integer() else str(known)
    return None


def is_unset(value: Value) -> bool:
    """Whether the attribute is null, an empty text or an empty list."""
    return isinstance(value, Absent) or (isinstance(value, Known) and value.value in ("", ()))


# These are asked of every argument there is, and patterns of classes take several times as long as `isinstance`.


def text_fact(value: Value, default: str | Unknown) -> Fact[str]:
    if isinstance(value, Unknown):
        return value
    found = text(value)
    return _default(default) if found is None else Known(found, value.evidence)


def flag(value: Value, default: bool | Unknown) -> Fact[bool]:
    """A boolean, also where it is written as Terraform converts it (`"true"`) or as AWS spells it (`enable`)."""
    if isinstance(value, Absent):
        return _default(default)
    if isinstance(value, Unknown):
        return value
    known = value.value
    if isinstance(known, bool):
        return Known(known, value.evidence)
    if known in ("true", "enable", "1"):
        return Known(True, value.evidence)
    if known in ("false", "disable", "0"):
        return Known(False, value.evidence)
    if known in (None, ""):
        return _default(default)
    return Unknown(why="not a boolean", evidence=value.evidence)


def number(value: Value, default: int | Unknown) -> Fact[int]:
    if isinstance(value, Absent):
        return _default(default)
    if isinstance(value, Unknown):
        return value
    known = value.value
    if isinstance(known, int) and not isinstance(known, bool):
        return Known(known, value.evidence)
    if isinstance(known, float) and isfinite(known):
        return Known(int(known), value.evidence)
    if isinstance(known, str) and _INTEGER.fullmatch(known):
        return Known(int(known), value.evidence)
    if known == "":
        return _default(default)
    return Unknown(why="not a number", evidence=value.evidence)


def _default(default: T | Unknown) -> Fact[T]:
    return default if isinstance(default, Unknown) else Known(default)


def both(one: Fact[bool], other: Fact[bool]) -> Fact[bool]:
    """Whether both hold; no where one does not, whatever the other."""
    if isinstance(other, Known):
        return one if other.value or (isinstance(one, Known) and not one.value) else other
    return other if isinstance(one, Known) and one.value else one


def elements(value: Value) -> tuple[Value, ...] | Unknown:
    """The members of a list or set, nulls left out; a single value counts as a list of one; `Unknown` for a list not known at all."""
    if not isinstance(value, Known):
        return value if isinstance(value, Unknown) else ()
    members = value.value
    if not isinstance(members, tuple):
        return (value,)
    if not members:
        return members
    present = [member for member in members if not isinstance(member, Absent)]
    return members if len(present) == len(members) else tuple(present)


def blocks(resource: Resource, name: str) -> Members[tuple[str, Body]]:
    """The nested blocks, each with its path (`route[1]`); what a `dynamic` block or an unknown list hides is a gap."""
    members = elements(resource.body.get(name))
    if not members:
        return Members()
    if isinstance(members, Unknown):
        return Members((), (gap(resource, name, members.why, members.refers_to),))
    found: list[tuple[str, Body]] = []
    gaps: list[Gap] = []
    for position, member in enumerate(members):
        if isinstance(member, Unknown):
            gaps.append(gap(resource, name, member.why, member.refers_to))
        elif isinstance(member, Known) and isinstance(member.value, (dict, Mapping)):  # the abstract class asks long
            found.append((f"{name}[{position}]", Body(member.value)))
    return Members(tuple(found), tuple(gaps))


def first_block(found: Members[tuple[str, Body]]) -> Body:
    """An empty one where there is none."""
    return found.items[0][1] if found.items else Body()


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
