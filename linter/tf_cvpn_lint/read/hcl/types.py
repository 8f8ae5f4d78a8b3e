"""Terraform's types, as `type(x)` and `type = …` name them.

A type is a `Plain` (`STRING`, `NUMBER`, `BOOL`, `DYNAMIC`) or one of five structures. `DYNAMIC` is `any`: as the type of
an unknown value it says that the type is not known; as an element type of a *known* collection it says that one of the
elements is of unknown type, so the common type is not settled and the elements stand as they were written.

Source: https://developer.hashicorp.com/terraform/language/expressions/type-constraints
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum
from typing import assert_never

from tf_cvpn_lint.core.records import dataclass, field, settle


class Plain(Enum):
    """The types that are not made of others."""

    STRING = "string"
    NUMBER = "number"
    BOOL = "bool"
    DYNAMIC = "dynamic"


STRING = Plain.STRING
NUMBER = Plain.NUMBER
BOOL = Plain.BOOL
DYNAMIC = Plain.DYNAMIC


@dataclass(frozen=True, slots=True)
class ListType:
    """`list(element)`."""

    element: Type


@dataclass(frozen=True, slots=True)
class SetType:
    """`set(element)`."""

    element: Type


@dataclass(frozen=True, slots=True)
class MapType:
    """`map(element)`."""

    element: Type


@dataclass(frozen=True, slots=True)
class TupleType:
    """`tuple([…])`: what `[a, b]` is before it is converted."""

    elements: tuple[Type, ...]
    size: int = field(init=False, compare=False, repr=False)
    """How many types it is made of, itself included; shared ones count as often as they stand in it."""

    def __post_init__(self) -> None:
        settle(self, "size", 1 + sum(map(size_of, self.elements)))


@dataclass(frozen=True, slots=True)
class ObjectType:
    """`object({…})`: what `{a = b}` is before it is converted. Attributes are in the order of their names; make it with `object_type`."""

    attributes: tuple[tuple[str, Type], ...]
    optional: frozenset[str] = field(default=frozenset())
    """Only in a type constraint, never in the type of a value: attributes written `optional(T)`."""
    size: int = field(init=False, compare=False, repr=False)
    """As of `TupleType`."""

    def __post_init__(self) -> None:
        settle(self, "size", 1 + sum(size_of(type_) for _, type_ in self.attributes))

    def names(self) -> frozenset[str]:
        return frozenset(name for name, _ in self.attributes)

    def get(self, name: str) -> Type | None:
        """The attribute's type, or None where there is no such attribute."""
        return next((type_ for known, type_ in self.attributes if known == name), None)

    def as_dict(self) -> dict[str, Type]:
        return dict(self.attributes)


Type = Plain | ListType | SetType | MapType | TupleType | ObjectType
Collection = ListType | SetType | MapType


def size_of(type_: Type) -> int:
    """How many types it is made of, itself included."""
    match type_:
        case Plain():
            return 1
        case ListType(element) | SetType(element) | MapType(element):
            return 1 + size_of(element)
        case TupleType() | ObjectType():
            return type_.size
        case _:
            assert_never(type_)


def object_type(attributes: Mapping[str, Type], optional: Iterable[str] = ()) -> ObjectType:
    """The object type of these attributes."""
    return ObjectType(tuple(sorted(attributes.items(), key=lambda pair: pair[0])), frozenset(optional))


def has_dynamic(type_: Type) -> bool:
    """Whether something of the type is `any`, at any depth."""
    match type_:
        case Plain():
            return type_ is DYNAMIC
        case ListType(element) | SetType(element) | MapType(element):
            return has_dynamic(element)
        case TupleType(elements):
            return any(has_dynamic(element) for element in elements)
        case ObjectType(attributes):
            return any(has_dynamic(element) for _, element in attributes)
        case _:
            assert_never(type_)


def without_optional(type_: Type) -> Type:
    """The constraint as the type of a value that meets it: optional attributes have become plain ones."""
    match type_:
        case Plain():
            return type_
        case ListType(element):
            return ListType(without_optional(element))
        case SetType(element):
            return SetType(without_optional(element))
        case MapType(element):
            return MapType(without_optional(element))
        case TupleType(elements):
            return TupleType(tuple(without_optional(element) for element in elements))
        case ObjectType(attributes):
            return ObjectType(tuple((name, without_optional(element)) for name, element in attributes))
        case _:
            assert_never(type_)


def friendly_name(type_: Type) -> str:
    """How Terraform's messages call it: `list of string`, `object`, `tuple`, `any type`."""
    match type_:
        case Plain():
            return "any type" if type_ is DYNAMIC else type_.value
        case ListType(element):
            return f"list of {friendly_name(element)}"
        case SetType(element):
            return f"set of {friendly_name(element)}"
        case MapType(element):
            return f"map of {friendly_name(element)}"
        case TupleType():
            return "tuple"
        case ObjectType():
            return "object"
        case _:
            assert_never(type_)


def format_type(type_: Type) -> str:
    """The type as a constraint on one line: `map(object({a=string}))`; `any` for `DYNAMIC`."""
    match type_:
        case Plain():
            return "any" if type_ is DYNAMIC else type_.value
        case ListType(element):
            return f"list({format_type(element)})"
        case SetType(element):
            return f"set({format_type(element)})"
        case MapType(element):
            return f"map({format_type(element)})"
        case TupleType(elements):
            return f"tuple([{', '.join(format_type(element) for element in elements)}])"
        case ObjectType(attributes, optional):
            inner = ", ".join(
                f"{name}={f'optional({format_type(element)})' if name in optional else format_type(element)}"
                for name, element in attributes
            )
            return f"object({{{inner}}})"
        case _:
            assert_never(type_)
