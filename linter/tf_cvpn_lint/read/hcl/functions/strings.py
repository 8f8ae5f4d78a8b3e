"""Functions on text. Source: https://developer.hashicorp.com/terraform/language/functions, "String Functions"."""

from __future__ import annotations

from collections.abc import Sequence

from tf_cvpn_lint.read.hcl.functions.graphemes import graphemes
from tf_cvpn_lint.read.hcl.functions.regular_expressions import replace_pattern
from tf_cvpn_lint.read.hcl.functions.signature import (
    Function,
    FunctionError,
    Parameter,
    machine_integer,
    text,
    waiting,
)
from tf_cvpn_lint.read.hcl.types import BOOL, NUMBER, STRING, ListType
from tf_cvpn_lint.read.hcl.values import (
    MAX_TEXT,
    ListValue,
    NullValue,
    StringValue,
    UnknownValue,
    Value,
    boolean,
    concatenate,
    list_of,
    string,
    text_of,
    too_long,
)

_SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
"""What Go's `unicode.IsSpace` holds for space."""


def lower(plain: str) -> str:
    """Each character by itself, as Go does it: no character becomes two."""
    return plain.lower() if plain.isascii() else "".join(_one(one, one.lower()) for one in plain)


def upper(plain: str) -> str:
    """Each character by itself, as Go does it: no character becomes two."""
    return plain.upper() if plain.isascii() else "".join(_one(one, one.upper()) for one in plain)


def _one(character: str, changed: str) -> str:
    if character == "\u0130":
        return "i" if changed != character else character
    return changed if len(changed) == 1 else character


def _title(plain: str) -> str:
    made: list[str] = []
    before = " "
    for one in plain:
        made.append(_one(one, one.title()) if _separates(before) else one)
        before = one
    return "".join(made)


def _separates(character: str) -> bool:
    if character.isascii():
        return not (character.isalnum() or character == "_")
    return character in _SPACE


def _chomp(given: Value) -> Value:
    return string(text(given).rstrip("\r\n"))


def _indent(spaces: Value, given: Value) -> Value:
    width = machine_integer(spaces, "spaces")
    plain = text(given)
    if width < 0:
        raise FunctionError("spaces must not be negative")
    if "\n" not in plain:
        return text_of(plain)
    if len(plain) + width * plain.count("\n") > MAX_TEXT:
        return too_long()
    return text_of(plain.replace("\n", "\n" + " " * width))


def _join(separator: Value, *lists: Value) -> Value:
    if not lists:
        raise FunctionError("at least one list is required")
    if isinstance(separator, UnknownValue) or not all(isinstance(one, ListValue) for one in lists):
        return waiting("join", separator, *lists, type=STRING)
    items = [item for one in lists if isinstance(one, ListValue) for item in one.items]
    parts: list[Value] = []
    for position, item in enumerate(items):
        if isinstance(item, NullValue):
            raise FunctionError(f"element {position} is null; cannot concatenate null values")
        if position:
            parts.append(separator)
        parts.append(item)
    return concatenate(parts)


def _split(separator: Value, given: Value) -> Value:
    if isinstance(given, UnknownValue) or isinstance(separator, UnknownValue):
        return waiting("split", separator, given, type=ListType(STRING))
    by, plain = text(separator), text(given)
    return list_of(STRING, (string(one) for one in (plain.split(by) if by else plain)))


def _replace(given: Value, wanted: Value, replacement: Value) -> Value:
    plain, old, new = text(given), text(wanted), text(replacement)
    if len(old) > 1 and old.startswith("/") and old.endswith("/"):
        return text_of(replace_pattern(old[1:-1], plain, new))
    count = plain.count(old)
    if len(plain) + count * (len(new) - len(old)) > MAX_TEXT:
        return too_long()
    return text_of(plain.replace(old, new))


def _strrev(given: Value) -> Value:
    return string("".join(reversed(list(graphemes(text(given))))))


def _substr(given: Value, offset: Value, length: Value) -> Value:
    start, count = machine_integer(offset, "offset"), machine_integer(length, "length")
    if count == 0 and start >= 0:
        return string("")
    clusters: Sequence[str] = list(graphemes(text(given)))
    if start < 0:
        start += len(clusters)
        if start < 0:
            start = 0
    # no characters at a place counted from the end are all characters from there on; so Terraform has it
    taken = clusters[start:] if count <= 0 else clusters[start : start + count]
    return string("".join(taken))


def _trim(given: Value, cutset: Value) -> Value:
    return string(text(given).strip(text(cutset)))


def _trimprefix(given: Value, prefix: Value) -> Value:
    return string(text(given).removeprefix(text(prefix)))


def _trimsuffix(given: Value, suffix: Value) -> Value:
    return string(text(given).removesuffix(text(suffix)))


def _startswith(given: Value, prefix: Value) -> Value:
    if isinstance(given, UnknownValue) and isinstance(prefix, StringValue) and given.prefix:
        wanted = prefix.text
        if given.prefix.startswith(wanted):
            return boolean(True)
        if not wanted.startswith(given.prefix):
            return boolean(False)
    if isinstance(given, UnknownValue) or isinstance(prefix, UnknownValue):
        if isinstance(prefix, StringValue) and not prefix.text:
            return boolean(True)
        return waiting("startswith", given, prefix, type=BOOL)
    return boolean(text(given).startswith(text(prefix)))


def _endswith(given: Value, suffix: Value) -> Value:
    return boolean(text(given).endswith(text(suffix)))


def _strcontains(given: Value, part: Value) -> Value:
    return boolean(text(part) in text(given))


def _case(name: str) -> Function:
    change = {"lower": lower, "upper": upper, "title": _title}[name]

    def body(given: Value) -> Value:
        return string(change(text(given)))

    return Function(name, body, (Parameter("str", STRING),), returns=STRING)


def _trimspace(given: Value) -> Value:
    return string(text(given).strip(_SPACE))


_STR = Parameter("str", STRING)

FUNCTIONS = (
    Function("chomp", _chomp, (_STR,), returns=STRING),
    Function("endswith", _endswith, (_STR, Parameter("suffix", STRING)), returns=BOOL),
    Function("indent", _indent, (Parameter("spaces", NUMBER), _STR), returns=STRING),
    Function(
        "join",
        _join,
        (Parameter("separator", STRING, unknown=True),),
        Parameter("lists", ListType(STRING), unknown=True),
        STRING,
    ),
    _case("lower"),
    Function("replace", _replace, (_STR, Parameter("substr", STRING), Parameter("replace", STRING)), returns=STRING),
    Function(
        "split",
        _split,
        (Parameter("separator", STRING, unknown=True), Parameter("str", STRING, unknown=True)),
        returns=ListType(STRING),
    ),
    Function(
        "startswith",
        _startswith,
        (Parameter("str", STRING, unknown=True), Parameter("prefix", STRING, unknown=True)),
        returns=BOOL,
    ),
    Function("strcontains", _strcontains, (_STR, Parameter("substr", STRING)), returns=BOOL),
    Function("strrev", _strrev, (_STR,), returns=STRING),
    Function("substr", _substr, (_STR, Parameter("offset", NUMBER), Parameter("length", NUMBER)), returns=STRING),
    _case("title"),
    Function("trim", _trim, (_STR, Parameter("cutset", STRING)), returns=STRING),
    Function("trimprefix", _trimprefix, (_STR, Parameter("prefix", STRING)), returns=STRING),
    Function("trimspace", _trimspace, (_STR,), returns=STRING),
    Function("trimsuffix", _trimsuffix, (_STR, Parameter("suffix", STRING)), returns=STRING),
    _case("upper"),
)
