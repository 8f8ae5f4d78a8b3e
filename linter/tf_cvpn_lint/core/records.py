"""Dataclasses without the price of `dataclasses`: the same words, made in C.

`dataclasses` writes Python for every class and compiles it whenever the class is imported: a millisecond each, half of what judging a small
plan took. Records are `msgspec.Struct`s, which cost a hundredth of that to make and a fifth or less to instantiate, compare and hash.
`docs/decisions/records.md` has the figures. To a type checker they are dataclasses, and the words mean what they mean there, but for this:

- A field with `init=False` has no default and is no part of comparing: `settle` fills it, and before that it has no value.
- Every record has slots; `slots=False` gives it a `__dict__` besides (for `cached_property`).
- `repr` tells all fields, or none (`repr=False` of the class); that of a single field says nothing.
"""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from dataclasses import asdict, dataclass, field, replace
else:
    from msgspec.structs import asdict, replace

__all__ = ["asdict", "dataclass", "field", "replace", "settle"]


def settle(record: object, name: str, value: object) -> None:
    """Gives a field of a frozen record its value: in `__post_init__`, or once it has been worked out."""
    _set(record, name, value)


_set: Any = msgspec.structs.force_setattr


class _Field:
    """What a field was declared as."""

    __slots__ = ("compare", "default", "init", "kw_only")

    def __init__(self, default: Any, init: bool, compare: bool, kw_only: bool) -> None:
        self.default = default
        self.init = init
        self.compare = compare
        self.kw_only = kw_only


class _Declared:
    """A class whose body was read and which inherits from a record: it becomes one when it is decorated."""

    def __init__(self, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> None:
        self.name = name
        self.bases = bases
        self.namespace = namespace


class _Meta(type(msgspec.Struct)):  # type: ignore[misc] # StructMeta, which stubs do not name in every version
    def __new__(mcs, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **options: Any) -> Any:
        if not options and namespace.get("__annotations__"):
            return _Declared(name, bases, namespace)
        return super().__new__(mcs, name, bases, namespace, **options)

    def __init__(cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **_: object) -> None:
        super().__init__(name, bases, namespace)


class _Record(msgspec.Struct, metaclass=_Meta):
    """What all records are."""


def _field(
    *,
    default: Any = msgspec.NODEFAULT,
    default_factory: Any = msgspec.NODEFAULT,
    init: bool = True,
    compare: bool = True,
    kw_only: bool = False,
    **_: object,
) -> _Field:
    made: Any = msgspec.field  # its overloads know no field that may have either
    return _Field(made(default=default, default_factory=default_factory), init, compare, kw_only)


def _dataclass(
    bare: Any = None,
    /,
    *,
    frozen: bool = False,
    eq: bool = True,
    order: bool = False,
    kw_only: bool = False,
    slots: bool = False,
    repr: bool = True,  # noqa: A002 - named as in dataclasses
) -> Any:
    def made(cls: Any) -> Any:
        if isinstance(cls, _Declared):
            name, bases, namespace = cls.name, cls.bases, cls.namespace
        else:
            name, bases = cls.__name__, (_Record, *(base for base in cls.__bases__ if base is not object))
            namespace = {key: value for key, value in vars(cls).items() if key not in ("__dict__", "__weakref__")}
        declared = {key: value for key, value in namespace.items() if isinstance(value, _Field)}
        apart = tuple(key for key, value in declared.items() if not value.init)
        annotations = {key: value for key, value in namespace.get("__annotations__", {}).items() if key not in apart}
        namespace = {
            **({} if eq else {"__eq__": object.__eq__, "__hash__": object.__hash__}),
            **({} if repr else {"__repr__": object.__repr__, "__rich_repr__": None}),
            **{key: value for key, value in namespace.items() if key not in apart},
            **{key: value.default for key, value in declared.items() if value.init},
            "__annotations__": annotations,
        }
        if apart:
            bases = (type(f"_{name}Apart", (), {"__slots__": apart}), *bases)
        record = _Meta(
            name,
            bases,
            namespace,
            frozen=frozen,
            eq=eq,
            order=order,
            kw_only=kw_only or any(value.kw_only for value in declared.values()),
            dict=not slots,
            cache_hash=frozen and eq,
        )
        uncompared = {key for key, value in declared.items() if value.init and not value.compare}
        for base in bases:
            uncompared |= getattr(base, "__uncompared__", frozenset())
        if uncompared and eq:
            record.__uncompared__ = frozenset(uncompared)
            _compare(record, [key for key in record.__struct_fields__ if key not in uncompared])
        return record

    return made if bare is None else made(bare)


def _compare(record: Any, fields: list[str]) -> None:
    """Compares records of this class by these fields alone."""
    told = attrgetter(*fields) if fields else lambda _: ()

    def equal(self: object, other: object) -> bool:
        if self is other:
            return True
        return told(self) == told(other) if type(other) is type(self) else NotImplemented

    def hashed(self: object) -> int:
        return hash(told(self))

    record.__eq__, record.__hash__ = equal, hashed if record.__struct_config__.frozen else None


if not TYPE_CHECKING:
    dataclass, field = _dataclass, _field
