"""Values written as HCL literals, read without the product's parser: what tests of functions are written in, and how results are compared.

`read_call('cidrhost("10.0.0.0/16", 2)')` evaluates a call of functions on literals by calling the functions themselves; what is no such
call is refused with `NotLiteralError`.
"""

from __future__ import annotations

import re

from tf_cvpn_lint.read.hcl import bigfloat, functions
from tf_cvpn_lint.read.hcl.conversion import convert
from tf_cvpn_lint.read.hcl.types import ListType, MapType, ObjectType, Plain, SetType, TupleType, Type
from tf_cvpn_lint.read.hcl.values import (
    NULL,
    ListValue,
    SetValue,
    StringValue,
    TupleValue,
    UnknownValue,
    Value,
    boolean,
    number,
    object_of,
    string,
    tuple_of,
    unknowns_of,
)

_TOKEN = re.compile(
    r"""\s*(?:(?P<string>"(?:[^"\\$%]|\\.|\$(?!\{)|%(?!\{))*")|(?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)"""
    r"""|(?P<name>[A-Za-z_][\w:]*)|(?P<sign>\.\.\.|[()\[\]{},=]))"""
)
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))|\$\$(?=\{)|%%(?=\{)")
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "\\": "\\"}


class NotLiteralError(ValueError):
    """The text is more than calls of functions on literals."""


def _unescape(found: re.Match[str]) -> str:
    if found[1] or found[2]:
        return chr(int(found[1] or found[2], 16))
    return _ESCAPED[found[3]] if found[3] else found.group()[0]


class _Reader:
    def __init__(self, text: str, files: functions.Files) -> None:
        self.text = text
        self.at = 0
        self.files = files

    def peek(self) -> re.Match[str]:
        found = _TOKEN.match(self.text, self.at)
        if not found:
            raise NotLiteralError(self.text)
        return found

    def take(self, sign: str) -> bool:
        found = _TOKEN.match(self.text, self.at)
        if found and found["sign"] == sign:
            self.at = found.end()
            return True
        return False

    def expect(self, sign: str) -> None:
        if not self.take(sign):
            raise NotLiteralError(self.text)

    def value(self) -> Value:
        found = self.peek()
        self.at = found.end()
        if found["string"]:
            return string(_ESCAPE.sub(_unescape, found["string"][1:-1]))
        if found["number"]:
            return number(bigfloat.parse(found["number"]))
        if found["name"] in ("true", "false"):
            return boolean(found["name"] == "true")
        if found["name"] == "null":
            return NULL
        if found["name"]:
            return self.call(found["name"])
        if found["sign"] == "[":
            items: list[Value] = []
            while not self.take("]"):
                items.append(self.value())
                if not self.take(","):
                    self.expect("]")
                    break
            return tuple_of(items)
        if found["sign"] == "{":
            return self.object()
        raise NotLiteralError(self.text)

    def object(self) -> Value:
        made: dict[str, Value] = {}
        while not self.take("}"):
            found = self.peek()
            self.at = found.end()
            name = found["name"] or (found["string"] or "")[1:-1]
            if not name or "\\" in name or name in made:
                raise NotLiteralError(self.text)
            self.expect("=")
            made[name] = self.value()
            if not self.take(","):
                self.expect("}")
                break
        return object_of(made)

    def call(self, name: str) -> Value:
        self.expect("(")
        if name in functions.SPECIAL_FORMS:
            raise NotLiteralError(self.text)
        arguments: list[Value] = []
        while not self.take(")"):
            arguments.append(self.value())
            if self.take("..."):
                last = arguments.pop()
                if not isinstance(last, TupleValue | ListValue | SetValue):
                    raise NotLiteralError(self.text)
                arguments.extend(last.items)
            if not self.take(","):
                self.expect(")")
                break
        return functions.call(name, arguments, self.files)


def read_call(text: str, files: functions.Files | None = None) -> Value:
    """What the text is worth.

    Raises:
        NotLiteralError: it has operators, names or templates.
    """
    reader = _Reader(text, files or functions.NoFiles())
    value = reader.value()
    if text[reader.at :].strip():
        raise NotLiteralError(text)
    return value


def write(value: Value) -> str:
    """The value as its JSON, exactly; of a wholly known value only."""
    encoded = functions.call("jsonencode", [convert(value, value.type)])
    assert isinstance(encoded, StringValue), encoded
    return encoded.text


def type_text(type_: Type) -> str:
    """The type as `type()` of `terraform console` writes it, on one line without spaces."""
    match type_:
        case Plain():
            return type_.value
        case ListType(element):
            return f"list({type_text(element)})"
        case SetType(element):
            return f"set({type_text(element)})"
        case MapType(element):
            return f"map({type_text(element)})"
        case TupleType(elements):
            return f"tuple([{','.join(map(type_text, elements))}])"
        case ObjectType(attributes):
            return f"object({{{','.join(f'{name}:{type_text(one)}'.replace(' ', '') for name, one in attributes)}}})"


def failure_in(value: Value) -> UnknownValue | None:
    return next((one for one in unknowns_of(value) if one.is_failure), None)
