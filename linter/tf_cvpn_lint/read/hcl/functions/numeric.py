"""Functions on numbers. Source: https://developer.hashicorp.com/terraform/language/functions, "Numeric Functions"."""

from __future__ import annotations

import math
from fractions import Fraction

from tf_cvpn_lint.read.hcl import bigfloat
from tf_cvpn_lint.read.hcl.conversion import ConversionError, converted
from tf_cvpn_lint.read.hcl.functions.operators import binary
from tf_cvpn_lint.read.hcl.functions.signature import (
    Function,
    FunctionError,
    NotEvaluatedError,
    Parameter,
    machine_integer,
    waiting,
)
from tf_cvpn_lint.read.hcl.types import DYNAMIC, NUMBER, ListType
from tf_cvpn_lint.read.hcl.values import (
    ListValue,
    NullValue,
    NumberValue,
    SetValue,
    StringValue,
    TupleValue,
    UnknownValue,
    Value,
    counted,
    list_of,
    number,
)

MAX_RANGE = 1024
"""Terraform's own limit on what `range` generates."""

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


def _of(value: Value) -> NumberValue:
    assert isinstance(value, NumberValue)
    return value


def _abs(value: Value) -> Value:
    one = _of(value)
    return NumberValue(number=-one.number if one.number < 0 else one.number, precision=one.precision)


def _ceil(value: Value) -> Value:
    return NumberValue(number=math.ceil(_of(value).number), precision=_of(value).precision)


def _floor(value: Value) -> Value:
    return NumberValue(number=math.floor(_of(value).number), precision=_of(value).precision)


def _signum(value: Value) -> Value:
    # go-cty converts to a machine integer first, which refuses fractions
    exact = machine_integer(value, "num")
    return counted((exact > 0) - (exact < 0))


def _log(value: Value, base: Value) -> Value:
    try:
        result = _go_log(_float(value)) / _go_log(_float(base))
    except ZeroDivisionError:
        raise NotEvaluatedError("the result is infinite") from None
    return _from_float(result)


def _go_log(exact: float) -> float:
    if exact < 0:
        return math.nan
    return math.log(exact) if exact else -math.inf


def _pow(value: Value, power: Value) -> Value:
    try:
        return _from_float(math.pow(_float(value), _float(power)))
    except OverflowError:
        raise NotEvaluatedError("the result is infinite") from None
    except ValueError:
        raise FunctionError("result is not a number") from None


def _float(value: Value) -> float:
    try:
        return float(_of(value).number)
    except OverflowError:
        raise FunctionError("a number of this size has no 64-bit form") from None


def _from_float(result: float) -> Value:
    if math.isnan(result):
        raise FunctionError("result is not a number")
    if math.isinf(result):
        raise NotEvaluatedError("the result is infinite")
    return NumberValue(number=bigfloat.from_float(result), precision=53)


def _extreme(largest: bool, name: str, *values: Value) -> Value:
    if not values:
        raise FunctionError("must pass at least one number")
    if any(isinstance(value, UnknownValue) for value in values):
        return waiting(name, *values, type=NUMBER)
    numbers = [_of(value) for value in values]
    best = numbers[0]
    for one in numbers[1:]:
        if one.number > best.number if largest else one.number < best.number:
            best = one
    return best


def _max(*values: Value) -> Value:
    return _extreme(True, "max", *values)


def _min(*values: Value) -> Value:
    return _extreme(False, "min", *values)


def _parseint(text: Value, base: Value) -> Value:
    if not isinstance(text, StringValue):
        raise FunctionError("the first argument must be a string")
    radix = machine_integer(base, "base")
    if radix != 0 and not 2 <= radix <= 62:
        raise FunctionError("base must be a whole number between 2 and 62 inclusive")
    if len(text.text) > bigfloat.MAX_DIGITS // 5:
        raise NotEvaluatedError("a number with too many digits")
    refused = f'cannot parse "{text.text}" as a base {radix} integer'
    if radix == 0:
        raise NotEvaluatedError("base 0 takes the base from the number's prefix; that is not read")
    negative = text.text.startswith("-")
    digits = text.text[1:] if text.text[:1] in ("-", "+") else text.text
    if not digits:
        raise FunctionError(refused)
    alphabet = {digit: place for place, digit in enumerate(_DIGITS[:radix])}
    if radix <= 36:
        digits = digits.lower()
    result = 0
    for digit in digits:
        if digit not in alphabet:
            raise FunctionError(refused)
        result = result * radix + alphabet[digit]
    return NumberValue(number=-result if negative else result, precision=max(bigfloat.COUNTED, result.bit_length()))


def _sum(given: Value) -> Value:
    if isinstance(given, UnknownValue):
        return waiting("sum", given, type=NUMBER)
    if not isinstance(given, ListValue | SetValue | TupleValue):
        raise FunctionError("argument must be list, set, or tuple of number values")
    if not given.items:
        raise FunctionError("cannot sum an empty list")
    if not given.is_wholly_known:
        return waiting("sum", given, type=NUMBER)
    total: Value | None = None
    for item in given.items:
        if isinstance(item, NullValue):
            raise FunctionError("argument must be list, set, or tuple of number values")
        try:
            one = converted(item, NUMBER)
        except ConversionError:
            raise FunctionError("argument must be list, set, or tuple of number values") from None
        total = one if total is None else binary("+", total, one)
    assert total is not None
    return total


def _range(*given: Value) -> Value:
    exact = [_of(value).number for value in given]
    match exact:
        case [end]:
            start, step = Fraction(0), Fraction(-1 if end < 0 else 1)
        case [first, end]:
            start, step = Fraction(first), Fraction(-1 if end < first else 1)
        case [first, end, by]:
            start, step = Fraction(first), Fraction(by)
        case _:
            raise FunctionError("must have one, two, or three arguments")
    if step == 0:
        raise FunctionError("step must not be zero")
    if step < 0 and end > start:
        raise FunctionError("end must be less than start when step is negative")
    if step > 0 and end < start:
        raise FunctionError("end must be greater than start when step is positive")
    made: list[Value] = []
    at: bigfloat.Number = exact[0] if len(exact) > 1 else 0
    by_step: bigfloat.Number = exact[2] if len(exact) == 3 else int(step)
    while at > end if step < 0 else at < end:
        if len(made) >= MAX_RANGE:
            raise FunctionError(
                "more than 1024 values were generated; either decrease the difference between start and end or use a smaller step"
            )
        made.append(number(at))
        at = bigfloat.add(at, by_step, bigfloat.PRECISION)
    return list_of(NUMBER, made)


_NUM = Parameter("num", NUMBER)

FUNCTIONS = (
    Function("abs", _abs, (_NUM,), returns=NUMBER),
    Function("ceil", _ceil, (_NUM,), returns=NUMBER),
    Function("floor", _floor, (_NUM,), returns=NUMBER),
    Function("log", _log, (_NUM, Parameter("base", NUMBER)), returns=NUMBER),
    Function("max", _max, rest=Parameter("numbers", NUMBER, unknown=True), returns=NUMBER),
    Function("min", _min, rest=Parameter("numbers", NUMBER, unknown=True), returns=NUMBER),
    Function("parseint", _parseint, (Parameter("number", DYNAMIC), Parameter("base", NUMBER)), returns=NUMBER),
    Function("pow", _pow, (_NUM, Parameter("power", NUMBER)), returns=NUMBER),
    Function("range", _range, rest=Parameter("params", NUMBER), returns=ListType(NUMBER)),
    Function("signum", _signum, (_NUM,), returns=NUMBER),
    Function("sum", _sum, (Parameter("list", DYNAMIC, unknown=True),), returns=NUMBER),
)
