"""`format` and `formatlist`. Source: https://developer.hashicorp.com/terraform/language/functions/format"""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction

from tf_cvpn_lint.core.records import dataclass
from tf_cvpn_lint.read.hcl import bigfloat
from tf_cvpn_lint.read.hcl.conversion import ConversionError, converted
from tf_cvpn_lint.read.hcl.functions.graphemes import graphemes
from tf_cvpn_lint.read.hcl.functions.json_text import encode_json, quote_json
from tf_cvpn_lint.read.hcl.functions.signature import (
    Function,
    FunctionError,
    NotEvaluatedError,
    Parameter,
    text,
    waiting,
)
from tf_cvpn_lint.read.hcl.types import BOOL, DYNAMIC, NUMBER, STRING, ListType, TupleType
from tf_cvpn_lint.read.hcl.values import (
    MAX_WEIGHT,
    BoolValue,
    ListValue,
    NullValue,
    NumberValue,
    SetValue,
    StringValue,
    TupleValue,
    UnknownValue,
    Value,
    concatenate,
    list_of,
    safe_prefix,
    string,
    text_of,
    too_large,
)

_MAX_WIDTH = 10_000

_VERB = re.compile(
    r"%(?P<flags>[ #+\-0]*)(?P<width>[0-9]+)?(?P<dot>\.(?P<precision>[0-9]*))?(?P<index>\[(?P<number>[0-9]+)\])?(?P<mode>[A-Za-z])"
)
_INTEGER_MODES = {"b": "b", "d": "d", "o": "o", "x": "x", "X": "X"}


@dataclass(frozen=True, slots=True)
class _Verb:
    raw: str
    flags: str
    width: int
    """-1 where none is given."""
    precision: int
    """-1 where none is given."""
    mode: str


@dataclass(frozen=True, slots=True)
class _Use:
    """A verb and the argument it shows."""

    verb: _Verb
    argument: int


def _parse(template: str) -> list[str | _Use]:
    parts: list[str | _Use] = []
    at = 0
    following = 0
    while (percent := template.find("%", at)) >= 0:
        if percent > at:
            parts.append(template[at:percent])
        if template.startswith("%%", percent):
            parts.append("%")
            at = percent + 2
            continue
        found = _VERB.match(template, percent)
        if not found:
            raise FunctionError(f"unrecognized format sequence at offset {percent}")
        if found["index"]:
            following = int(found["number"][:9]) - 1
            if following < 0:
                raise FunctionError(f"unrecognized format sequence at offset {percent}: argument numbers count from 1")
        width = int(found["width"][:9]) if found["width"] else -1
        precision = int((found["precision"] or "0")[:9]) if found["dot"] else -1
        if max(width, precision) > _MAX_WIDTH:
            raise NotEvaluatedError(f"a width of more than {_MAX_WIDTH:,}")
        parts.append(_Use(_Verb(found.group(), found["flags"], width, precision, found["mode"]), following))
        following += 1
        at = found.end()
    if at < len(template):
        parts.append(template[at:])
    return parts


def _check(parts: Sequence[str | _Use], count: int) -> None:
    uses = [part for part in parts if isinstance(part, _Use)]
    for use in uses:
        if use.argument >= count:
            raise FunctionError(
                f'not enough arguments for "{use.verb.raw}": need index {use.argument + 1} but have {count} total'
            )
        if use.verb.mode not in "vtbdoxXeEfgGsq":
            raise FunctionError(f'unsupported format verb "{use.verb.mode}"')
    used = max((use.argument + 1 for use in uses), default=0)
    if used < count:
        raise FunctionError(
            "too many arguments; no verbs in format string"
            if not uses
            else f"too many arguments; only {used} used by format string"
        )


def _format(template: Value, *arguments: Value) -> Value:
    return _formatted("format", template, arguments)


def _formatted(name: str, template: Value, arguments: Sequence[Value]) -> Value:
    if isinstance(template, UnknownValue):
        return waiting(name, template, *arguments, type=STRING)
    parts = _parse(text(template))
    _check(parts, len(arguments))
    if any(isinstance(argument, NullValue) and argument.of is DYNAMIC for argument in arguments):
        raise NotEvaluatedError(
            "Terraform does not format a null without a type, and says that the result is not known"
        )
    if all(argument.is_wholly_known for argument in arguments):
        pieces = [part if isinstance(part, str) else _show(part.verb, arguments[part.argument]) for part in parts]
        return text_of("".join(pieces))
    shown: list[Value] = []
    for part in parts:
        piece = string(part) if isinstance(part, str) else _piece(part.verb, arguments[part.argument])
        if piece is None:
            start = next((one for one in parts if isinstance(one, str)), "") if isinstance(parts[0], str) else ""
            waits = waiting(name, template, *arguments, type=STRING)
            return UnknownValue(
                of=STRING,
                why=waits.why,
                refers_to=waits.refers_to,
                symbol=waits.symbol,
                exact=waits.exact,
                is_failure=waits.is_failure,
                not_null=True,
                prefix=safe_prefix(start),
                sensitive=waits.sensitive,
            )
        shown.append(piece)
    return concatenate(shown)


def _piece(verb: _Verb, argument: Value) -> Value | None:
    """What the verb shows of an argument; None for an unknown whose text the verb changes in a way that is not known."""
    if not isinstance(argument, UnknownValue):
        return string(_show(verb, argument)) if argument.is_wholly_known else None
    if verb.flags or verb.width > 0 or verb.precision > 0:
        return None
    if verb.mode == "s" or (verb.mode == "v" and argument.of is STRING) or (verb.mode == "d" and argument.of is NUMBER):
        return converted(argument, STRING)
    return None


def _formatlist(template: Value, *arguments: Value) -> Value:
    returns = ListType(STRING)
    if not arguments:
        return list_of(STRING, (_formatted("format", template, ()),))
    length = -1
    for position, argument in enumerate(arguments):
        match argument:
            case ListValue() | TupleValue() | SetValue() if not _is_uncertain(argument):
                mine = len(argument.items)
            case UnknownValue(of=TupleType(elements)):
                mine = len(elements)
            case _:
                continue
        if length not in (-1, mine):
            raise FunctionError(
                f"argument {position + 1} has length {mine}, which is inconsistent with the others' {length}"
            )
        length = mine
    if isinstance(template, UnknownValue):
        return waiting("formatlist", template, *arguments, type=returns)
    if any(_is_uncertain(argument) for argument in arguments):
        return waiting("formatlist", template, *arguments, type=returns)
    count = 1 if length == -1 else length
    made: list[Value] = []
    weight = 0
    for position in range(count):
        row = [_at(argument, position) for argument in arguments]
        made.append(_formatted("format", template, row))
        weight += made[-1].weight
        if weight > MAX_WEIGHT:
            return too_large(template, *arguments, type=returns)
    return list_of(STRING, made)


def _is_uncertain(argument: Value) -> bool:
    match argument:
        case UnknownValue():
            # an unknown of unknown type may be a list as well as text
            return argument.of not in (STRING, NUMBER, BOOL)
        case SetValue():
            return not argument.is_wholly_known and len(argument.items) > 1
        case _:
            return False


def _at(argument: Value, position: int) -> Value:
    if isinstance(argument, ListValue | TupleValue | SetValue):
        return argument.items[position]
    return argument


def _show(verb: _Verb, argument: Value) -> str:
    if verb.mode == "v":
        return _as_is(verb, argument)
    if isinstance(argument, NullValue):
        raise FunctionError(f'unsupported value for "{verb.raw}": null value cannot be formatted')
    try:
        if verb.mode == "t":
            return "true" if converted(argument, BOOL) == BoolValue(flag=True) else "false"
        if verb.mode in "sq":
            return _text(verb, converted(argument, STRING))
        number = converted(argument, NUMBER)
    except ConversionError as fault:
        raise FunctionError(f'unsupported value for "{verb.raw}": {fault}') from fault
    assert isinstance(number, NumberValue)
    if verb.mode in _INTEGER_MODES:
        return _integer(verb, number)
    return _float(verb, number)


def _as_is(verb: _Verb, argument: Value) -> str:
    if "#" not in verb.flags:
        if isinstance(argument, StringValue):
            return _pad(verb, argument.text)
        if isinstance(argument, NumberValue):
            return _pad(verb, _general(argument, -1, "e"))
    return _pad(verb, encode_json(argument))


def _text(verb: _Verb, value: Value) -> str:
    shown = text(value)
    if verb.precision > 0:
        kept: list[str] = []
        for cluster in graphemes(shown):
            if len(kept) >= verb.precision:
                break
            kept.append(cluster)
        shown = "".join(kept)
    return _pad(verb, quote_json(shown) if verb.mode == "q" else shown)


def _pad(verb: _Verb, shown: str) -> str:
    missing = verb.width - sum(1 for _ in graphemes(shown)) if verb.width > 0 else 0
    if missing <= 0:
        return shown
    fill = ("0" if "0" in verb.flags else " ") * missing
    return shown + fill if "-" in verb.flags else fill + shown


def _integer(verb: _Verb, value: NumberValue) -> str:
    exact = value.number
    if not isinstance(exact, int):
        raise FunctionError(f'unsupported value for "{verb.raw}": an integer is required')
    if verb.mode == "d":
        digits = bigfloat.to_text(abs(exact))
    else:
        digits = format(abs(exact), _INTEGER_MODES[verb.mode])
    if len(digits) < verb.precision:
        digits = digits.rjust(verb.precision, "0")
    if verb.precision == 0 and exact == 0:
        return ""  # without its width too
    prefix = {"b": "0b", "o": "0", "x": "0x", "X": "0X"}.get(verb.mode, "") if "#" in verb.flags else ""
    return _pad_number(verb, _sign(verb, exact < 0), prefix, digits, zeros=verb.precision < 0)


def _sign(verb: _Verb, negative: bool) -> str:
    if negative:
        return "-"
    return "+" if "+" in verb.flags else " " if " " in verb.flags else ""


def _pad_number(verb: _Verb, sign: str, prefix: str, digits: str, *, zeros: bool) -> str:
    missing = max(0, verb.width - len(sign) - len(prefix) - len(digits))
    if "-" in verb.flags:
        return sign + prefix + digits + " " * missing
    if "0" in verb.flags and zeros:
        return sign + prefix + "0" * missing + digits
    return " " * missing + sign + prefix + digits


def _float(verb: _Verb, value: NumberValue) -> str:
    magnitude = NumberValue(number=-value.number if value.number < 0 else value.number, precision=value.precision)
    match verb.mode:
        case "f":
            digits = _fixed(magnitude.number, 6 if verb.precision < 0 else verb.precision)
        case "e" | "E":
            digits = _scientific(magnitude.number, 6 if verb.precision < 0 else verb.precision, verb.mode)
        case _:
            digits = _general(magnitude, verb.precision, "e" if verb.mode == "g" else "E")
    sign = _sign(verb, value.number < 0)
    if "0" in verb.flags:  # goes before "-", unlike for whole numbers
        return sign + digits.rjust(verb.width - len(sign), "0")
    return _pad_number(verb, sign, "", digits, zeros=False)


def _fixed(exact: bigfloat.Number, places: int) -> str:
    scaled = round(Fraction(exact) * 10**places)
    digits = bigfloat.to_text(scaled, scaled.bit_length() + 1).rjust(places + 1, "0")
    return f"{digits[:-places]}.{digits[-places:]}" if places else digits


def _scientific(exact: bigfloat.Number, places: int, mark: str) -> str:
    if exact == 0:
        digits, exponent = "0" * (places + 1), 0
    else:
        digits, point = bigfloat.significant(exact, places + 1)
        digits, exponent = digits.ljust(places + 1, "0"), point - 1
    fraction = f".{digits[1:]}" if places else ""
    return f"{digits[0]}{fraction}{mark}{'-' if exponent < 0 else '+'}{abs(exponent):02d}"


def _general(value: NumberValue, precision: int, mark: str) -> str:
    """Go's `%g`: the fewest digits (or `precision` of them), with an exponent below -4 and from 21 (or `precision`) up."""
    exact = value.number
    if exact == 0:
        return "0"
    sign = "-" if exact < 0 else ""
    if precision < 0:
        digits, point = bigfloat.shortest(exact, value.precision)
        limit = 6
    else:
        digits, point = bigfloat.significant(exact, precision or 1)
        limit = precision or 1
        if limit > len(digits) >= point:
            limit = len(digits)
    exponent = point - 1
    if exponent < -4 or exponent >= limit:
        fraction = f".{digits[1:]}" if len(digits) > 1 else ""
        return f"{sign}{digits[0]}{fraction}{mark}{'-' if exponent < 0 else '+'}{abs(exponent):02d}"
    if point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    if len(digits) <= point:
        return sign + digits + "0" * (point - len(digits))
    return f"{sign}{digits[:point]}.{digits[point:]}"


_ARGUMENTS = Parameter("args", DYNAMIC, null=True, unknown=True)
_FORMAT = Parameter("format", STRING, unknown=True)

FUNCTIONS = (
    Function("format", _format, (_FORMAT,), _ARGUMENTS, STRING),
    Function("formatlist", _formatlist, (_FORMAT,), _ARGUMENTS, ListType(STRING)),
)
