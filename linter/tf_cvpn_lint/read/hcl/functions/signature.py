"""What a function of Terraform looks like from outside, and what is done to its arguments before it sees them.

In order: a failed argument makes a failed result; arguments are converted to the parameter's type; null is refused where the parameter
is not nullable; marks are taken off and put on the result; an unknown argument makes an unknown result. A parameter may ask to see
nulls, unknowns or marks itself.
Source: https://github.com/zclconf/go-cty/blob/main/docs/functions.md
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tf_cvpn_lint.core.records import dataclass, replace
from tf_cvpn_lint.read.hcl.conversion import ConversionError, converted
from tf_cvpn_lint.read.hcl.types import DYNAMIC, Type
from tf_cvpn_lint.read.hcl.values import (
    BoolValue,
    ListValue,
    NullValue,
    NumberValue,
    SetValue,
    StringValue,
    TupleValue,
    UnknownValue,
    Value,
    deeply_unmarked,
    failure,
    unknown,
    unknown_from,
    with_marks_of,
)


class FunctionError(ValueError):
    """Terraform refuses the call; the text is the reason, without the function's name."""


class NotEvaluatedError(Exception):
    """Terraform has an answer and we do not: a limit was reached, or a part of a language is not read. The text says which."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter, with what it lets through."""

    name: str
    type: Type = DYNAMIC
    null: bool = False
    """Null is an argument like any other."""
    unknown: bool = False
    """The function deals with unknown arguments, and with unknown parts of known ones, itself."""
    marks: bool = False
    """The function carries marks from arguments to results itself."""


Body = Callable[..., Value]


@dataclass(frozen=True, slots=True)
class Function:
    """A function: its parameters in order, then any number of `rest`; the type it always returns, if it does; and what it does."""

    name: str
    body: Body
    parameters: tuple[Parameter, ...] = ()
    rest: Parameter | None = None
    returns: Type = DYNAMIC
    nullable: bool = False
    """The result may be null."""
    least: int = 0
    """The result is text or a collection of at least this length."""

    def parameter(self, position: int) -> Parameter:
        if position < len(self.parameters):
            return self.parameters[position]
        assert self.rest is not None
        return self.rest

    def __call__(self, *arguments: Value) -> Value:
        """The result; never raises on what a user can write."""
        if len(arguments) < len(self.parameters):
            missing = self.parameters[len(arguments)].name
            return self._fails(f"not enough arguments, {missing} is missing", arguments)
        if len(arguments) > len(self.parameters) and self.rest is None:
            return self._fails(f"too many arguments, it takes {len(self.parameters)}", arguments)
        failed = next((one for one in arguments if isinstance(one, UnknownValue) and one.is_failure), None)
        if failed is not None:
            return unknown_from(self.name, failed, *(one for one in arguments if one is not failed), type=self.returns)
        try:
            return self._called(arguments)
        except (FunctionError, ConversionError) as fault:
            return self._fails(str(fault), arguments)
        except NotEvaluatedError as limit:
            secret = any(argument.holds_sensitive for argument in arguments)
            why = "not evaluated on a sensitive value" if secret else str(limit)
            result = unknown(f"{self.name}: {why}", type=self.returns, not_null=not self.nullable)
            return with_marks_of(result, *arguments)

    def _called(self, arguments: Sequence[Value]) -> Value:
        ready: list[Value] = []
        spread: list[Value] = []
        waits = False
        for position, argument in enumerate(arguments):
            parameter = self.parameter(position)
            value = _convert(argument, parameter)
            if isinstance(value, NullValue) and not parameter.null:
                raise FunctionError(f"{parameter.name} must not be null")
            if not parameter.marks and value.holds_sensitive:
                spread.append(value)
                value = deeply_unmarked(value)
            if not parameter.unknown and not value.is_wholly_known:
                waits = True
            ready.append(value)
        if waits:
            result: Value = unknown_from(
                self.name, *ready, type=self.returns, not_null=not self.nullable, least=self.least
            )
        else:
            result = self.body(*ready)
        return with_marks_of(result, *spread)

    def _fails(self, why: str, arguments: Sequence[Value]) -> Value:
        return failure(f"{self.name}: {why}", *arguments, type=self.returns)


def _convert(argument: Value, parameter: Parameter) -> Value:
    try:
        return converted(argument, parameter.type)
    except ConversionError as fault:
        raise FunctionError(f"invalid value for {parameter.name}: {fault}") from fault


def waiting(
    function: str,
    *arguments: Value,
    type: Type = DYNAMIC,  # noqa: A002
    least: int = 0,
    most: int | None = None,
) -> UnknownValue:
    """The unknown a function gives where it looked at unknown arguments itself; never null."""
    return unknown_from(function, *arguments, type=type, not_null=True, least=least, most=most)


def inexact(value: UnknownValue) -> UnknownValue:
    """The unknown, once something besides its references had a say in it: a key, a condition, a comparison."""
    return replace(value, exact=False)


# ------------------------------------------------------------------------------------ arguments, once they are known and converted


def text(value: Value) -> str:
    assert isinstance(value, StringValue)
    return value.text


def flag(value: Value) -> bool:
    assert isinstance(value, BoolValue)
    return value.flag


def whole(value: Value, name: str) -> int:
    """A whole number of any size.

    Raises:
        FunctionError: it has a fraction.
    """
    assert isinstance(value, NumberValue)
    if not isinstance(value.number, int):
        raise FunctionError(f"{name} must be a whole number")
    return value.number


def machine_integer(value: Value, name: str) -> int:
    """A whole number that Go's `int` holds.

    Raises:
        FunctionError: it is another.
    """
    found = whole(value, name)
    if not -(2**63) <= found < 2**63:
        raise FunctionError(f"{name} must be between -9223372036854775808 and 9223372036854775807")
    return found


def items_of(value: Value) -> tuple[Value, ...]:
    """The items of a known list, set or tuple."""
    assert isinstance(value, ListValue | SetValue | TupleValue)
    return value.items


def texts(value: Value, what: str) -> list[str]:
    """The items of a known list of known strings.

    Raises:
        FunctionError: one is null.
    """
    found: list[str] = []
    for position, item in enumerate(items_of(value)):
        if not isinstance(item, StringValue):
            raise FunctionError(f"element {position} of {what} is null; cannot use a null value here")
        found.append(item.text)
    return found
