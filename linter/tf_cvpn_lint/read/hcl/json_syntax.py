"""Terraform's JSON syntax (`*.tf.json`, `*.tfvars.json`), as the same bodies and expressions that HCL gives.

Without a provider's schema a nested block cannot be told from an attribute, so inside resources only `dynamic`, `lifecycle`, `provisioner`
and `connection` are blocks; any other object stays an object, which reads the same.
Source: https://developer.hashicorp.com/terraform/language/syntax/json
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from typing import Any

from tf_cvpn_lint.core.evidence import Location
from tf_cvpn_lint.core.records import dataclass
from tf_cvpn_lint.read.hcl.blocks import Lines
from tf_cvpn_lint.read.hcl.parse import parse_expression, parse_template_text
from tf_cvpn_lint.read.hcl.syntax import (
    NOWHERE,
    Attribute,
    BlockBody,
    Constant,
    Expression,
    NestedBlock,
    Number,
    ObjectCons,
    Span,
    TupleCons,
    Unary,
    Unparsed,
)
from tf_cvpn_lint.read.hcl.templates import HclSyntaxError

_LABELS = {
    "resource": 2, "data": 2, "ephemeral": 2, "module": 1, "variable": 1, "output": 1, "provider": 1, "check": 1,
    "locals": 0, "terraform": 0, "moved": 0, "import": 0, "removed": 0,
}  # fmt: skip
_BLOCKS = {
    "resource": frozenset({"dynamic", "lifecycle", "provisioner", "connection"}),
    "data": frozenset({"dynamic", "lifecycle"}),
    "terraform": frozenset({"backend", "cloud", "required_providers"}),
    "variable": frozenset({"validation"}),
}
_TRAVERSALS = frozenset({"depends_on", "provider", "providers"})
"""Arguments whose strings are references, not templates."""


class _Number(str):
    """A number as it is written."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class JsonBlock:
    """A top-level block of a JSON file."""

    type: str
    labels: tuple[str, ...]
    body: BlockBody
    location: Location


def load_json(text: str) -> Any:
    """The JSON text with its numbers as written.

    Raises:
        HclSyntaxError: it is not JSON.
    """
    try:
        return json.loads(text, parse_int=_Number, parse_float=_Number, parse_constant=_refuse)
    except json.JSONDecodeError as fault:
        raise HclSyntaxError(f"not JSON: {fault.msg}", fault.pos) from None
    except RecursionError:
        raise HclSyntaxError("nested too deeply") from None


def _refuse(text: str) -> Any:
    raise HclSyntaxError(f"not JSON: {text}")


def read_json_blocks(text: str, file: str) -> tuple[JsonBlock, ...]:
    """The top-level blocks of a `.tf.json` file.

    Raises:
        HclSyntaxError: it is not JSON, or not an object.
    """
    document = load_json(text)
    if not isinstance(document, dict):
        raise HclSyntaxError("a .tf.json file must hold one object")
    places = _Places(text, file)
    try:
        return tuple(_top_level(document, places))
    except RecursionError:
        raise HclSyntaxError("nested too deeply") from None


def read_json_variables(text: str, file: str) -> Mapping[str, Attribute]:
    """The values of a `.tfvars.json` file; strings in it are just strings.

    Raises:
        HclSyntaxError: it is not JSON, or not an object.
    """
    document = load_json(text)
    if not isinstance(document, dict):
        raise HclSyntaxError("a .tfvars.json file must hold one object")
    places = _Places(text, file)
    found: dict[str, Attribute] = {}
    for name, value in document.items():
        if name != "//":
            location = places.find((name,))
            found[name] = Attribute(name, _value(value, _span(location), templates=False), location)
    return found


def json_expression(value: Any) -> Expression:
    """A decoded JSON value as the expression that writes it; strings in it are just strings."""
    return _value(value, NOWHERE, templates=False)


class _Places:
    """Lines of keys, found by their names in the order of nesting; exact where a name is not repeated in between."""

    def __init__(self, text: str, file: str) -> None:
        self._file = file
        self._lines = Lines(text)
        self._keys: dict[str, list[int]] = {}
        for found in _STRING.finditer(text):
            if found[2] is not None:
                written = found[1]
                name = json.loads(f'"{written}"') if "\\" in written else written
                self._keys.setdefault(name, []).append(found.start())

    def find(self, path: tuple[str, ...]) -> Location:
        at, start = -1, 0
        for name in path:
            known = self._keys.get(name, ())
            position = bisect_right(known, at)
            if position == len(known):
                break
            at = start = known[position]
        return Location(self._file, self._lines.line(start), self._lines.column(start))


_STRING = re.compile(r'"((?:[^"\\]|\\.)*+)"(\s*:)?', re.S)
"""A string of JSON, and whether it is a key."""


def _span(location: Location) -> Span:
    return Span(location.line, location.column, location.end_line)


def _each(value: Any) -> Iterator[Any]:
    """A block's body may be one object or a list of them."""
    if isinstance(value, list):
        for item in value:
            yield from _each(item)
    else:
        yield value


def _top_level(document: Mapping[str, Any], places: _Places) -> Iterator[JsonBlock]:
    for type_, content in document.items():
        if type_ not in _LABELS:
            continue
        for labels, body in _labelled(content, _LABELS[type_], ()):
            if isinstance(body, dict):
                location = places.find((type_, *labels))
                yield JsonBlock(type_, labels, _body(body, type_, (type_, *labels), places), location)


def _labelled(content: Any, depth: int, labels: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    for value in _each(content):
        if not depth:
            yield labels, value
        elif isinstance(value, dict):
            for label, inner in value.items():
                if label != "//":
                    yield from _labelled(inner, depth - 1, (*labels, label))


def _body(content: Mapping[str, Any], type_: str, path: tuple[str, ...], places: _Places) -> BlockBody:
    attributes: dict[str, Attribute] = {}
    blocks: list[NestedBlock] = []
    for name, value in content.items():
        if name == "//":
            continue
        location = places.find((*path, name))
        if name in _BLOCKS.get(type_, ()):
            labels = 1 if name in ("dynamic", "provisioner", "backend") else 0
            for label, inner in _labelled(value, labels, ()):
                if isinstance(inner, dict):
                    blocks.append(
                        NestedBlock(name, label, _nested(inner, name, (*path, name, *label), places), location)
                    )
        else:
            attributes[name] = Attribute(name, _argument(type_, name, value, _span(location)), location)
    return BlockBody(attributes, tuple(blocks))


def _nested(content: Mapping[str, Any], type_: str, path: tuple[str, ...], places: _Places) -> BlockBody:
    if type_ == "dynamic":
        attributes: dict[str, Attribute] = {}
        blocks: list[NestedBlock] = []
        for name, value in content.items():
            location = places.find((*path, name))
            if name == "content":
                bodies = [
                    _body(inner, "resource", (*path, name), places) for inner in _each(value) if isinstance(inner, dict)
                ]
                blocks.extend(NestedBlock("content", (), body, location) for body in bodies)
            elif name == "iterator" and isinstance(value, str):
                attributes[name] = Attribute(name, _parsed(value, _span(location)), location)
            else:
                attributes[name] = Attribute(name, _value(value, _span(location)), location)
        return BlockBody(attributes, tuple(blocks))
    return _body(content, type_, path, places)


def _argument(type_: str, name: str, value: Any, span: Span) -> Expression:
    if name in _TRAVERSALS and type_ in ("resource", "data", "module", "output"):
        return _traversals(value, span)
    if type_ == "variable":
        if name == "type" and isinstance(value, str):
            return _parsed(value, span)
        return _value(value, span, templates=False)
    return _value(value, span)


def _traversals(value: Any, span: Span) -> Expression:
    if isinstance(value, list):
        return TupleCons(tuple(_traversals(item, span) for item in value), span)
    if isinstance(value, dict):
        return ObjectCons(tuple((Constant(key, span), _traversals(item, span)) for key, item in value.items()), span)
    return _parsed(value, span) if isinstance(value, str) else _value(value, span)


def _parsed(text: str, span: Span) -> Expression:
    try:
        return parse_expression(text, line=span.line, column=span.column)
    except HclSyntaxError as fault:
        return Unparsed(fault.why, span)


def _value(value: Any, span: Span, *, templates: bool = True) -> Expression:
    match value:
        case _Number():
            number = Number(value.lstrip("-"), span)
            return Unary("-", number, span) if value.startswith("-") else number
        case str():
            return _text(value, span) if templates else Constant(value, span)
        case bool() | None:
            return Constant(value, span)
        case int() | float():
            number = Number(repr(abs(value)), span)
            return Unary("-", number, span) if value < 0 else number
        case list():
            return TupleCons(tuple(_value(item, span, templates=templates) for item in value), span)
        case dict():
            items = ((key, item) for key, item in value.items() if key != "//")
            return ObjectCons(
                tuple(
                    (_text(key, span) if templates else Constant(key, span), _value(item, span, templates=templates))
                    for key, item in items
                ),
                span,
            )
        case _:
            return Unparsed("not a JSON value", span)


def _text(text: str, span: Span) -> Expression:
    try:
        return parse_template_text(text, line=span.line, column=span.column)
    except HclSyntaxError as fault:
        return Unparsed(fault.why, span)
