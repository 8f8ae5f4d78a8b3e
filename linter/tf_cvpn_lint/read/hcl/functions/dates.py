"""Functions on times that do not read the clock. Source: https://developer.hashicorp.com/terraform/language/functions/formatdate"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from fractions import Fraction

from tf_cvpn_lint.read.hcl.functions.signature import Function, FunctionError, NotEvaluatedError, Parameter, text
from tf_cvpn_lint.read.hcl.types import NUMBER, STRING
from tf_cvpn_lint.read.hcl.values import Value, counted, string

_TIMESTAMP = re.compile(r"(?a:(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:(Z)|([+-])(\d\d):(\d\d)))")
_PART = re.compile(r"(?a:(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h))")
_UNITS = {"ns": 1, "us": 10**3, "µs": 10**3, "μs": 10**3, "ms": 10**6, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9}
_MONTHS = "January February March April May June July August September October November December".split()  # noqa: SIM905
_DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()  # noqa: SIM905


def _parse(given: Value) -> tuple[datetime, int]:
    """The time to the second, and the nanoseconds behind it."""
    written = text(given)
    found = _TIMESTAMP.fullmatch(written)
    if not found:
        raise FunctionError(f'not a valid RFC3339 timestamp: "{written}"')
    year, month, day, hour, minute, second = (int(part) for part in found.groups()[:6])
    nanoseconds = int((found[7] or "0")[:9].ljust(9, "0"))
    zone = UTC
    if found[9]:
        hours, minutes = int(found[10]), int(found[11])
        if hours > 23 or minutes > 59:
            raise FunctionError(f'not a valid RFC3339 timestamp: "{written}"')
        offset = timedelta(hours=hours, minutes=minutes)
        zone = timezone(-offset if found[9] == "-" else offset)
    if year == 0:
        raise NotEvaluatedError("the year 0")
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=zone), nanoseconds
    except ValueError:
        raise FunctionError(f'not a valid RFC3339 timestamp: "{written}"') from None


def _write(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}".rjust(19, "0") + _offset(
        moment, ":", "Z"
    )  # without the fraction, as Terraform


def _offset(moment: datetime, between: str, zero: str) -> str:
    away = moment.utcoffset() or timedelta()
    minutes = int(away.total_seconds()) // 60
    if not minutes and zero:
        return zero
    sign = "-" if minutes < 0 else "+"
    return f"{sign}{abs(minutes) // 60:02d}{between}{abs(minutes) % 60:02d}"


def _nanoseconds(written: str) -> int:
    """A duration of Go, such as `1h30m` or `-1.5s`."""
    refused = FunctionError(f'invalid duration "{written}"')
    sign, rest = (-1, written[1:]) if written.startswith("-") else (1, written.removeprefix("+"))
    if rest == "0":
        return 0
    if not rest or len(rest) > 200:
        raise refused
    total, at = 0, 0
    while at < len(rest):
        found = _PART.match(rest, at)
        if not found:
            raise refused
        total += int(Fraction(found[1]) * _UNITS[found[2]])
        at = found.end()
    if total >= 2**63:
        raise refused
    return sign * total


def _timeadd(timestamp: Value, duration: Value) -> Value:
    moment, fraction = _parse(timestamp)
    seconds = (fraction + _nanoseconds(text(duration))) // 10**9
    try:
        return string(_write(moment + timedelta(seconds=seconds)))
    except OverflowError:
        raise NotEvaluatedError("a year before 1 or after 9999") from None


def _timecmp(first: Value, second: Value) -> Value:
    a, b = _parse(first), _parse(second)
    return counted((a > b) - (a < b))


def _formatdate(form: Value, time: Value) -> Value:
    moment, _ = _parse(time)
    return string("".join(_pieces(text(form), moment)))


def _pieces(form: str, moment: datetime) -> list[str]:
    made: list[str] = []
    at = 0
    while at < len(form):
        letter = form[at]
        if letter == "'":
            piece, at = _quoted(form, at)
            made.append(piece)
            continue
        end = at
        while end < len(form) and form[end] == letter:
            end += 1
        made.append(_sequence(form[at:end], moment))
        at = end
    return made


def _quoted(form: str, at: int) -> tuple[str, int]:
    """A literal in quotes, in which two quotes are one; alone they are an escaped quote."""
    if form.startswith("''", at):
        return "'", at + 2
    made = ""
    at += 1
    while True:
        end = form.find("'", at)
        if end < 0:
            raise FunctionError("unterminated literal '")
        made += form[at:end]
        if not form.startswith("''", end):
            return made, end + 1
        made += "'"
        at = end + 2


def _sequence(letters: str, moment: datetime) -> str:
    if not (letters[0].isascii() and letters[0].isalpha()):
        return letters
    hour = (moment.hour - 1) % 12 + 1
    year, month, day = moment.year, _MONTHS[moment.month - 1], _DAYS[moment.weekday()]
    half = "AM" if moment.hour < 12 else "PM"
    away = int((moment.utcoffset() or timedelta()).total_seconds())
    shown = {
        "YYYY": f"{year:04d}",
        "YY": f"{year % 100:02d}",
        "MMMM": month,
        "MMM": month[:3],
        "MM": f"{moment.month:02d}",
        "M": str(moment.month),
        "DD": f"{moment.day:02d}",
        "D": str(moment.day),
        "EEEE": day,
        "EEE": day[:3],
        "hh": f"{moment.hour:02d}",
        "h": str(moment.hour),
        "HH": f"{hour:02d}",
        "H": str(hour),
        "AA": half,
        "aa": half.lower(),
        "mm": f"{moment.minute:02d}",
        "m": str(moment.minute),
        "ss": f"{moment.second:02d}",
        "s": str(moment.second),
        "ZZZZZ": _offset(moment, ":", ""),
        "ZZZZ": _offset(moment, "", ""),
        "ZZZ": "UTC" if not away else _offset(moment, "", ""),
        "Z": "Z" if not away else _offset(moment, ":", ""),
    }
    if letters not in shown:
        raise FunctionError(f'invalid date format verb "{letters}"')
    return shown[letters]


_TIME = Parameter("timestamp", STRING)

FUNCTIONS = (
    Function("formatdate", _formatdate, (Parameter("format", STRING), Parameter("time", STRING)), returns=STRING),
    Function("timeadd", _timeadd, (_TIME, Parameter("duration", STRING)), returns=STRING),
    Function("timecmp", _timecmp, (Parameter("timestamp_a", STRING), Parameter("timestamp_b", STRING)), returns=NUMBER),
)
