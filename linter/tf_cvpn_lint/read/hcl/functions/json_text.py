"""JSON as Terraform writes and reads it.

Source: https://developer.hashicorp.com/terraform/language/functions/jsonencode: `<`, `>`, `&`, U+2028 and U+2029 are escaped.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from tf_cvpn_lint.read.hcl import bigfloat
from tf_cvpn_lint.read.hcl.functions.signature import Function, FunctionError, NotEvaluatedError, Parameter, text
from tf_cvpn_lint.read.hcl.types import DYNAMIC, STRING
from tf_cvpn_lint.read.hcl.values import (
    MAX_TEXT,
    NULL,
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
    boolean,
    number,
    object_of,
    string,
    text_of,
    tuple_of,
)

_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}
_SPECIAL = re.compile('["\\\\\x00-\x1f<>&\u2028\u2029]')


def quote_json(plain: str) -> str:
    """A JSON string, escaped as Go's encoder does for HTML."""
    return '"' + _SPECIAL.sub(lambda one: _ESCAPES.get(one.group(), f"\\u{ord(one.group()):04x}"), plain) + '"'


def encode_json(value: Value) -> str:
    """The JSON text of a wholly known value.

    Raises:
        NotEvaluatedError: the text would be too long.
    """
    parts: list[str] = []
    length = 0
    for part in _encode(value):
        parts.append(part)
        length += len(part)
        if length > MAX_TEXT:
            raise NotEvaluatedError(f"text of more than {MAX_TEXT:,} characters")
    return "".join(parts)


def _encode(value: Value) -> Iterator[str]:
    match value:
        case StringValue():
            yield quote_json(value.text)
        case NumberValue():
            yield str(value)
        case BoolValue():
            yield "true" if value.flag else "false"
        case NullValue():
            yield "null"
        case ListValue() | SetValue() | TupleValue():
            yield "["
            for position, item in enumerate(value.items):
                if position:
                    yield ","
                yield from _encode(item)
            yield "]"
        case MapValue(items=items) | ObjectValue(attributes=items):
            yield "{"
            for position, (key, item) in enumerate(items.items()):
                yield f"{',' if position else ''}{quote_json(key)}:"
                yield from _encode(item)
            yield "}"
        case UnknownValue():
            raise AssertionError("an unknown has no JSON text")


def _jsonencode(value: Value) -> Value:
    return text_of(encode_json(value))


class _WrittenNumber(str):
    """The digits of a number, before they are parsed."""

    __slots__ = ()


def _refuse(name: str) -> object:
    raise ValueError(f"invalid character in {name}")


_DECODER = json.JSONDecoder(parse_int=_WrittenNumber, parse_float=_WrittenNumber, parse_constant=_refuse)


def _jsondecode(given: Value) -> Value:
    try:
        written = text(given).lstrip(" \t\n\r")
        decoded, end = _DECODER.raw_decode(written)
        rest = written[end:].lstrip(" \t\n\r")
        if rest and rest[0] not in "]}":  # Terraform does not see what comes behind a closing bracket too many
            raise FunctionError("extraneous data after the JSON value")
        return _value(decoded)
    except RecursionError:
        raise NotEvaluatedError("JSON that is nested too deeply") from None
    except bigfloat.NumberTooLargeError as fault:
        raise NotEvaluatedError(str(fault)) from None
    except ValueError as fault:
        raise FunctionError(f"not valid JSON: {fault}") from None


def _value(decoded: object) -> Value:
    match decoded:
        case None:
            return NULL
        case bool():
            return boolean(decoded)
        case _WrittenNumber():
            return number(bigfloat.parse(decoded))
        case str():
            # Go reads half of a surrogate pair as U+FFFD
            return string(decoded.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))
        case list():
            return tuple_of(_value(item) for item in decoded)
        case dict():
            return object_of({str(key): _value(item) for key, item in decoded.items()})
        case _:
            raise AssertionError(f"{type(decoded)} does not come from JSON")


FUNCTIONS = (
    Function("jsonencode", _jsonencode, (Parameter("val", DYNAMIC, null=True),), returns=STRING),
    Function("jsondecode", _jsondecode, (Parameter("str", STRING),), nullable=True),
)
