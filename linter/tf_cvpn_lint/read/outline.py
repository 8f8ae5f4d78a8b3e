"""A large plan decoded in outline: what cannot matter to the resource types that are read never becomes objects.

Of a hundred thousand resources a Client VPN endpoint's surroundings are a few dozen. What is left out of the tree is what `read.plan` would
not look at: resources of other types that nothing of these types, no module call and no output refers to.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Any

import msgspec
from msgspec import UNSET, Raw, UnsetType
from pydantic_core import from_json

_UNREAD = frozenset(
    {"resource_drift", "relevant_attributes", "checks", "output_changes", "timestamp", "provider_schemas"}
)
_HEAD = re.compile(rb'"(?:data\.|ephemeral\.)?([\w-]+)\.')


_NOTHING = Raw(b"null")
_NONE = Raw(b"[]")


class _Resource(msgspec.Struct, gc=False):
    """What tells whether an entry of a list of resources matters."""

    type: str
    name: str
    mode: str = "managed"
    address: str = ""
    module_address: str = ""

    def stands_for_module(self) -> dict[str, Any]:
        """An instance that says no more than that the module it is in exists."""
        named = {"type": self.type, "name": self.name, "mode": self.mode, "address": self.address}
        inside = {"module_address": self.module_address} if self.module_address else {}
        return {**named, **inside, **_EMPTY}


_EMPTY = {"change": {"actions": ["no-op"], "after": {}}, "values": {}}


class _Change(_Resource, gc=False):
    change: Raw = _NOTHING
    previous_address: str = ""
    deposed: str | None = None


class _Actions(msgspec.Struct, gc=False):
    actions: tuple[str, ...] = ()


class _Module(msgspec.Struct):
    """A module of a state or of `planned_values`."""

    address: str = ""
    resources: Raw = _NONE
    child_modules: list[_Module] = []


class _Values(msgspec.Struct):
    """`planned_values`, or the values of a state."""

    root_module: _Module | UnsetType = UNSET


class _State(msgspec.Struct):
    values: _Values | UnsetType = UNSET


class _Block(msgspec.Struct, gc=False):
    type: str
    provisioners: Raw = _NOTHING


class _Configuration(msgspec.Struct):
    """A module of `configuration`."""

    resources: list[Raw] = []
    module_calls: dict[str, dict[str, Raw]] = {}
    outputs: Raw = _NOTHING
    variables: Raw = _NOTHING


def outline(text: bytes, types: Collection[str]) -> dict[str, Any] | None:
    """The plan without what does not matter to resources of these types; None where it has to be decoded whole.

    That is so for whatever is not built like a plan, which gets its answer there, and for plans from before Terraform 1.8: whether one of
    those is partial is told by every block of its configuration.
    """
    try:
        top = msgspec.json.decode(text, type=dict[str, Raw])
        if "configuration" not in top or "complete" not in top:
            return None
        return _Outline(frozenset(types)).plan(top)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None


class _Outline:
    def __init__(self, types: frozenset[str]) -> None:
        self._types = types
        self._read = set(types)
        """These types, and others of which instances may be followed to."""
        self._seen: set[str] = set()
        """Modules of which an instance is in the tree: an output is followed into all instances of a module."""
        self._gone: set[str] = set()
        """Addresses that a change takes away, of resources that are left out."""
        self._changed: set[str] = set()
        """Addresses of which a change is in the tree; what the states say of them is not looked at."""

    def plan(self, top: dict[str, Raw]) -> dict[str, Any]:
        tree: dict[str, Any] = {name: None for name in top if name in _UNREAD}
        tree["configuration"] = self._configuration(top["configuration"])
        if "resource_changes" in top:
            tree["resource_changes"] = list(self._changes(top["resource_changes"]))
        if "prior_state" in top:
            state = msgspec.json.decode(top["prior_state"], type=_State)
            tree["prior_state"] = {} if state.values is UNSET else {"values": self._values(state.values)}
        if "planned_values" in top:
            tree["planned_values"] = self._values(msgspec.json.decode(top["planned_values"], type=_Values))
        return {name: tree[name] if name in tree else _whole(part) for name, part in top.items()}

    # Instances

    def _changes(self, part: Raw) -> Iterator[Any]:
        for piece in _pieces(part):
            yield from self._changes_of(piece)

    def _changes_of(self, piece: bytes) -> Iterator[Any]:
        heads = _CHANGES.decode(piece)
        matters = [head.type in self._read for head in heads]
        whole = iter(_entries(piece, matters))
        if all(matters):
            self._changed.update([head.address for head in heads if head.deposed is None])
            yield from whole
            return
        for head, is_kept in zip(heads, matters, strict=True):
            if is_kept:
                if head.deposed is None:
                    self._changed.add(head.address)
                yield next(whole)
                continue
            if head.previous_address:
                self._gone.add(head.previous_address)
            if head.module_address not in self._seen and head.deposed is None:
                if set(msgspec.json.decode(head.change, type=_Actions).actions) - {"delete", "forget"}:
                    self._seen.add(head.module_address)
                    yield head.stands_for_module()
                else:
                    self._gone.add(head.address)

    def _values(self, values: _Values) -> dict[str, Any]:
        return {} if values.root_module is UNSET else {"root_module": self._module(values.root_module)}

    def _module(self, module: _Module) -> dict[str, Any]:
        kept = [entry for piece in _pieces(module.resources) for entry in self._resources(piece, module.address)]
        return {"resources": kept, "child_modules": [self._module(child) for child in module.child_modules]}

    def _resources(self, piece: bytes, module: str) -> Iterator[Any]:
        heads = _HEADS.decode(piece)
        read, changed = self._read, self._changed
        # Of those that are read the change says more, where there is one.
        told = [head for head in heads if head.type in read and head.address in changed]
        if len(told) == len(heads):
            return
        matters = [head.type in read and head.address not in changed for head in heads]
        whole = iter(_entries(piece, matters))
        for head, is_kept in zip(heads, matters, strict=True):
            if is_kept:
                yield next(whole)
            elif head.type not in read and module not in self._seen and head.address not in self._gone:
                self._seen.add(module)
                yield head.stands_for_module()

    # Configuration

    def _configuration(self, part: Raw) -> dict[str, Any]:
        parts = msgspec.json.decode(part, type=dict[str, Raw])
        made = {name: _whole(value) for name, value in parts.items() if name != "root_module"}
        for value in (value for name, value in parts.items() if name != "root_module"):
            self._follow(value)
        if "root_module" in parts:
            self._look_into(parts["root_module"])
            made["root_module"] = self._kept_of(parts["root_module"])
        return made

    def _look_into(self, part: Raw) -> None:
        """Collects the types that what is read may refer to: a plan's references lead through calls and outputs, never through resources."""
        module = msgspec.json.decode(part, type=_Configuration)
        decode = msgspec.json.Decoder(_Block).decode
        for entry in module.resources:
            block = decode(entry)
            if block.provisioners is not _NOTHING:
                self._read.add(block.type)
            if block.provisioners is not _NOTHING or block.type in self._types:
                self._follow(entry)
        self._follow(module.outputs)
        for call in module.module_calls.values():
            for name, value in call.items():
                if name == "module":
                    self._look_into(value)
                else:
                    self._follow(value)

    def _follow(self, part: Raw) -> None:
        self._read.update(name.decode() for name in set(_HEAD.findall(memoryview(part))))

    def _kept_of(self, part: Raw) -> dict[str, Any]:
        module = msgspec.json.decode(part, type=_Configuration)
        decode = msgspec.json.Decoder(_Block).decode
        made: dict[str, Any] = {
            "resources": [_whole(entry) for entry in module.resources if decode(entry).type in self._read],
            "module_calls": {
                call: {
                    name: self._kept_of(value) if name == "module" else _whole(value) for name, value in parts.items()
                }
                for call, parts in module.module_calls.items()
            },
        }
        for name, value in (("outputs", module.outputs), ("variables", module.variables)):
            made[name] = _whole(value)
        return made


_HEADS = msgspec.json.Decoder(list[_Resource])
_CHANGES = msgspec.json.Decoder(list[_Change])
_RAW = msgspec.json.Decoder(list[Raw])

_AT_ONCE = 2**24
"""Bytes of a list that is looked at as a whole, which is fastest; what a longer one says of its entries would take a large plan's room again."""
_PIECE = 4096


def _pieces(part: Raw) -> Iterator[bytes]:
    """The list as lists of JSON that hold no more than may be looked at together."""
    if memoryview(part).nbytes <= _AT_ONCE:
        yield memoryview(part).tobytes()
        return
    entries = _RAW.decode(part)
    for start in range(0, len(entries), _PIECE):
        yield b"[%b]" % b",".join(entries[start : start + _PIECE])


def _entries(piece: bytes, kept: list[bool]) -> list[Any]:
    """Those entries of a list that are kept, decoded together: that is faster than one by one."""
    if all(kept):
        return _list(piece)
    if not any(kept):
        return []
    entries = _RAW.decode(piece)
    return _list(b"[%b]" % b",".join([entry for entry, is_kept in zip(entries, kept, strict=True) if is_kept]))


def _list(text: bytes) -> list[Any]:
    made = from_json(text, allow_inf_nan=False, cache_strings="all")
    assert isinstance(made, list)  # it begins with a bracket
    return made


def _whole(part: Raw) -> Any:
    return from_json(memoryview(part).tobytes(), allow_inf_nan=False, cache_strings="all")
