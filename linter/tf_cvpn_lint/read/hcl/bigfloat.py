"""Numbers as Terraform computes them: binary floats of up to 512 bits, written with the fewest digits that read back the same.

A number is an `int` where it is whole and a `Fraction` (whose denominator is a power of two) where it is not. Rounding is to the nearest,
ties to even, after every operation, at the larger precision of the operands; what was written in a configuration has 512 bits, what
a function counted (`length`) has 64.

Source: https://github.com/zclconf/go-cty/blob/main/docs/types.md#numbers and Go's `math/big.Float`.
"""

from __future__ import annotations

import re
from fractions import Fraction

Number = int | Fraction

PRECISION = 512
COUNTED = 64
"""Bits of a number that Go made from an integer, such as a length or an index."""

MAX_DIGITS = 20_000
"""Numbers that need more digits than this before or after the point are refused: `1e999999999` must not fill the memory."""

_LITERAL = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE]([+-]?[0-9]+))?")


class NumberTooLargeError(ValueError):
    """The number is outside of what is computed here."""


def _simplify(number: Fraction) -> Number:
    return number.numerator if number.denominator == 1 else number


def round_to(number: Number, precision: int = PRECISION) -> Number:
    """The nearest number with a mantissa of `precision` bits.

    Raises:
        NumberTooLargeError: it needs more than `MAX_DIGITS` digits.
    """
    if isinstance(number, int):
        if number.bit_length() <= precision:
            return number
        exact = Fraction(number)
    else:
        exact = number
    magnitude = abs(exact)
    exponent = magnitude.numerator.bit_length() - magnitude.denominator.bit_length()
    if abs(exponent) > MAX_DIGITS * 3:
        raise NumberTooLargeError("a number with too many digits")
    shift = precision - exponent
    scaled = magnitude * _power_of_two(shift)
    while scaled >= _power_of_two(precision):
        shift -= 1
        scaled /= 2
    whole = round(scaled)  # ties go to even
    rounded = Fraction(whole) / _power_of_two(shift)
    return _simplify(-rounded if exact < 0 else rounded)


def _power_of_two(exponent: int) -> Fraction:
    return Fraction(1 << exponent) if exponent >= 0 else Fraction(1, 1 << -exponent)


def parse(text: str) -> Number:
    """The number that a literal or a numeric string stands for.

    Raises:
        ValueError: it is no decimal number.
        NumberTooLargeError: it is one of absurd size.
    """
    found = _LITERAL.fullmatch(text)
    if not found:
        raise ValueError(f"{text!r} is not a number")
    if len(text) > MAX_DIGITS or (found.group(1) and abs(int(found.group(1)[:12])) > MAX_DIGITS):
        raise NumberTooLargeError("a number with too many digits")
    return round_to(_simplify(Fraction(text)))


def from_float(number: float) -> Number:
    """The exact value of a finite 64-bit float.

    Raises:
        NumberTooLargeError: it is infinite or no number.
    """
    try:
        return _simplify(Fraction(number))
    except (OverflowError, ValueError) as fault:
        raise NumberTooLargeError("the result is not a finite number") from fault


def add(left: Number, right: Number, precision: int) -> Number:
    return round_to(left + right, precision)


def subtract(left: Number, right: Number, precision: int) -> Number:
    return round_to(left - right, precision)


def multiply(left: Number, right: Number, precision: int) -> tuple[Number, int]:
    """The product, and the precision it has: as many bits as it needs, at least those of its operands."""
    product = round_to(left * right)
    return product, max(precision, min(PRECISION, _mantissa_bits(product)))


def _mantissa_bits(number: Number) -> int:
    numerator = abs(number.numerator)
    return numerator.bit_length() - ((numerator & -numerator).bit_length() - 1) if numerator else 0


def divide(left: Number, right: Number, precision: int) -> Number:
    """The quotient.

    Raises:
        ZeroDivisionError: `right` is 0.
    """
    return round_to(_simplify(Fraction(left) / right), precision)


def modulo(left: Number, right: Number, precision: int, kept: int) -> Number:
    """The remainder of a division that truncates: it has the sign of `left`, and `kept` bits, which are those of `left`.

    Raises:
        ZeroDivisionError: `right` is 0.
    """
    quotient = divide(left, right, precision)
    whole = round_to(int(quotient), kept)
    return round_to(left - round_to(whole * right, kept), kept)


def to_text(number: Number, precision: int = PRECISION) -> str:
    """The number in plain decimals, as `tostring` writes it: the fewest digits that name it at its precision, never an exponent."""
    if isinstance(number, int) and number.bit_length() <= precision:
        return f"-{_decimal(-number)}" if number < 0 else _decimal(number)
    digits, point = shortest(number, precision)
    sign = "-" if number < 0 else ""
    if point <= 0:
        return f"{sign}0.{'0' * -point}{digits}" if digits else f"{sign}0"
    if len(digits) <= point:
        return f"{sign}{digits}{'0' * (point - len(digits))}"
    return f"{sign}{digits[:point]}.{digits[point:]}"


def shortest(number: Number, precision: int = PRECISION) -> tuple[str, int]:
    """The fewest decimal digits that name the number among those of its precision, and where the point is: 0.`digits` · 10^point.

    Zero gives `("", 0)`. Source: the rule of Go's `strconv` and `math/big` for the precision -1.
    """
    if number == 0:
        return "", 0
    magnitude = abs(Fraction(number))
    exponent = magnitude.numerator.bit_length() - magnitude.denominator.bit_length()
    if magnitude < _power_of_two(exponent):
        exponent -= 1
    # 2^exponent ≤ magnitude < 2^(exponent+1): neighbours are one unit in the last place away, half of that below a power of two
    unit = _power_of_two(exponent + 1 - precision)
    mantissa = magnitude / unit
    upper = magnitude + unit / 2
    lower = magnitude - (unit / 4 if magnitude == _power_of_two(exponent) else unit / 2)
    inclusive = mantissa.numerator % 2 == 0
    return _shortest_between(magnitude, lower, upper, inclusive)


def _shortest_between(exact: Fraction, lower: Fraction, upper: Fraction, inclusive: bool) -> tuple[str, int]:
    whole = exact.numerator // exact.denominator
    point = len(_decimal(whole)) if whole else -_leading_zeros(exact)
    # digits of the three numbers, generated together: stop where a shorter number still lies between the bounds
    length = 1
    limit = MAX_DIGITS * 4
    while length < limit:
        scale = Fraction(10) ** (length - point)
        floor = int(exact * scale)
        down, up = Fraction(floor) / scale, Fraction(floor + 1) / scale
        down_fits = down > lower or (inclusive and down == lower)
        up_fits = up < upper or (inclusive and up == upper)
        if down == exact or down_fits or up_fits:
            if down == exact or (down_fits and not up_fits):
                chosen = floor
            elif up_fits and not down_fits:
                chosen = floor + 1
            else:
                middle = (down + up) / 2
                chosen = floor if exact < middle or (exact == middle and floor % 2 == 0) else floor + 1
            digits = _decimal(chosen)
            if len(digits) > length:
                point += 1
            return digits.rstrip("0"), point
        # skip ahead: the interval's width tells how many digits are certainly needed
        length += max(1, _certain_digits(upper - lower, scale))
    raise NumberTooLargeError("a number with too many digits")


def _certain_digits(width: Fraction, scale: Fraction) -> int:
    """How many more digits are needed at least before a step is narrower than the interval."""
    ratio = 1 / (width * scale)
    whole = ratio.numerator // ratio.denominator
    return len(_decimal(whole)) - 2 if whole > 100 else 1


def _leading_zeros(exact: Fraction) -> int:
    ratio = exact.denominator // exact.numerator
    zeros = max(0, len(_decimal(ratio)) - 2)
    while exact * Fraction(10) ** (zeros + 1) < 1:
        zeros += 1
    return zeros


def _decimal(number: int) -> str:
    """`str(number)`, past Python's limit of 4,300 digits."""
    if number.bit_length() < 10_000:
        return str(number)
    half = number.bit_length() * 3 // 20
    high, low = divmod(number, 10**half)
    return _decimal(high) + _decimal(low).rjust(half, "0")


def significant(number: Number, count: int) -> tuple[str, int]:
    """At most `count` digits of a number that is not 0, correctly rounded, without trailing zeros, and where the point is."""
    exact = abs(Fraction(number))
    whole = exact.numerator // exact.denominator
    point = len(_decimal(whole)) if whole else -_leading_zeros(exact)
    digits = _decimal(round(exact * Fraction(10) ** (count - point)))
    if len(digits) > count:
        point += 1
    return digits.rstrip("0"), point
