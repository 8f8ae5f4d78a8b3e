"""Operators, conditionals, indexes and attributes, with Terraform's conversions.

In symbols operators are spelled by their sign: `Call("+", …)`, `Call("!", …)`; besides, `index`, `attribute` and `conditional`.
Source: https://developer.hashicorp.com/terraform/language/expressions/operators
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from tf_cvpn_lint.core.records import replace
from tf_cvpn_lint.read.hcl import bigfloat
from tf_cvpn_lint.read.hcl.conversion import ConversionError, common_type, convert, converted
from tf_cvpn_lint.read.hcl.functions.signature import inexact
from tf_cvpn_lint.read.hcl.types import (
    BOOL,
    DYNAMIC,
    NUMBER,
    STRING,
    ListType,
    MapType,
    ObjectType,
    Plain,
    SetType,
    TupleType,
    Type,
    format_type,
    has_dynamic,
)
from tf_cvpn_lint.read.hcl.values import (
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
    failure,
    identity,
    names_of,
    parts_of,
    string,
    unknown_from,
    unmarked,
    with_marks_of,
)

Unary = Literal["-", "!"]
Binary = Literal["+", "-", "*", "/", "%", "==", "!=", "<", "<=", ">", ">=", "&&", "||"]

_Scalar = StringValue | NumberValue | BoolValue
_Arithmetic = Callable[[bigfloat.Number, bigfloat.Number, int], bigfloat.Number]
_ARITHMETIC: dict[str, _Arithmetic] = {
    "+": bigfloat.add,
    "-": bigfloat.subtract,
    "/": bigfloat.divide,
}
_COMPARISON: dict[str, Callable[[bigfloat.Number, bigfloat.Number], bool]] = {
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}


def unary(operator: Unary, operand: Value) -> Value:
    """`-x` or `!x`."""
    wanted = NUMBER if operator == "-" else BOOL
    value = _operand(operator, operand, wanted)
    match value:
        case NumberValue():
            return with_marks_of(replace(value, number=-value.number), operand)
        case BoolValue():
            return with_marks_of(boolean(not value.flag), operand)
        case UnknownValue(is_failure=True):
            return value
        case _:
            return unknown_from(operator, value, type=wanted, not_null=True)


def binary(operator: Binary, left: Value, right: Value) -> Value:
    """`left operator right`.

    `&&` and `||` are settled by a known operand that decides, whatever the other is; Terraform before 1.12 waits for both, so this is
    an answer Terraform gives too, only earlier.
    """
    match operator:
        case "==":
            return equal(left, right)
        case "!=":
            same = equal(left, right)
            if isinstance(same, BoolValue):
                return replace(same, flag=not same.flag)
            return unknown_from("!=", left, right, type=BOOL, not_null=True)
        case "&&" | "||":
            return _logical(operator, left, right)
        case _:
            return _numeric(operator, left, right)


def _operand(operator: str, operand: Value, wanted: Type) -> Value:
    if isinstance(operand, NullValue):
        return failure(f"{operator}: an operand is null", operand, type=wanted)
    value = convert(operand, wanted)
    if isinstance(value, UnknownValue) and value.is_failure and not isinstance(operand, UnknownValue):
        return replace(value, why=f"{operator}: {value.why}")
    return value


def _logical(operator: Literal["&&", "||"], left: Value, right: Value) -> Value:
    sides = [_operand(operator, left, BOOL), _operand(operator, right, BOOL)]
    decides = operator == "||"
    for side in sides:
        if isinstance(side, UnknownValue) and side.is_failure:
            return side
        if isinstance(side, BoolValue) and side.flag is decides:
            return with_marks_of(boolean(decides), left, right)
    if all(isinstance(side, BoolValue) for side in sides):
        return with_marks_of(boolean(not decides), left, right)
    return unknown_from(operator, *sides, type=BOOL, not_null=True)


def _numeric(operator: str, left: Value, right: Value) -> Value:
    a, b = _operand(operator, left, NUMBER), _operand(operator, right, NUMBER)
    returns = BOOL if operator in _COMPARISON else NUMBER
    for side in (a, b):
        if isinstance(side, UnknownValue) and side.is_failure:
            return replace(side, of=returns)
    if not isinstance(a, NumberValue) or not isinstance(b, NumberValue):
        return unknown_from(operator, a, b, type=returns, not_null=True)
    if operator in _COMPARISON:
        return with_marks_of(boolean(_COMPARISON[operator](a.number, b.number)), left, right)
    try:
        return with_marks_of(_computed(operator, a, b), left, right)
    except ZeroDivisionError:
        if a.number == 0:
            return failure("zero cannot be divided by zero", left, right, type=NUMBER)
        # Terraform goes on with an infinite number, which few things accept
        return unknown_from(operator, a, b, type=NUMBER, not_null=True, why="division by zero gives an infinite number")
    except bigfloat.NumberTooLargeError as fault:
        return unknown_from(operator, a, b, type=NUMBER, not_null=True, why=str(fault))


def _computed(operator: str, left: NumberValue, right: NumberValue) -> NumberValue:
    precision = max(left.precision, right.precision)
    if operator == "*":
        product, needed = bigfloat.multiply(left.number, right.number, precision)
        return NumberValue(number=product, precision=needed)
    if operator == "%" and right.number == 0:
        return left  # as go-cty has it
    if operator == "%":
        remainder = bigfloat.modulo(left.number, right.number, precision, left.precision)
        return NumberValue(number=remainder, precision=left.precision)
    return NumberValue(number=_ARITHMETIC[operator](left.number, right.number, precision), precision=precision)


# ---------------------------------------------------------------------------------------------------------------- equality


def equal(left: Value, right: Value) -> Value:
    """`left == right`: nothing is converted, so values of different types differ. True, false or an unknown."""
    for side in (left, right):
        if isinstance(side, UnknownValue) and side.is_failure:
            return unknown_from("==", left, right, type=BOOL)
    answer = same(left, right)
    if answer is None:
        return inexact(unknown_from("==", left, right, type=BOOL, not_null=True))
    if isinstance(left, NullValue) or isinstance(right, NullValue):
        # whether something is null is no secret of what is inside it
        return with_marks_of(boolean(answer), *(NullValue(sensitive=side.sensitive) for side in (left, right)))
    return with_marks_of(boolean(answer), left, right)


def same(left: Value, right: Value) -> bool | None:
    """Whether they are equal; None where that is not known."""
    match left, right:
        case (UnknownValue(), UnknownValue()):
            if left.symbol is not None and left.symbol == right.symbol:
                return True
            return False if _prefixes_differ(left.prefix, right.prefix) else None
        case (UnknownValue(), _):
            return _same_unknown(left, right)
        case (_, UnknownValue()):
            return _same_unknown(right, left)
        case (NullValue(), NullValue()):
            return True
        case (NullValue(), _) | (_, NullValue()):
            return False
        case (StringValue() | NumberValue() | BoolValue(), StringValue() | NumberValue() | BoolValue()):
            return type(left) is type(right) and identity(left) == identity(right)
        case _:
            return _same_structures(left, right)


def _prefixes_differ(left: str, right: str) -> bool:
    return not (left.startswith(right) or right.startswith(left))


def _same_unknown(unknown: UnknownValue, known: Value) -> bool | None:
    match known:
        case NullValue():
            return False if unknown.not_null else None
        case StringValue():
            if unknown.prefix and not known.text.startswith(unknown.prefix):
                return False
            if unknown.least and not known.text:
                return False
        case ListValue() | SetValue() | MapValue():
            length = len(parts_of(known))
            if not isinstance(known, SetValue) or known.is_wholly_known:
                if length < unknown.least or (unknown.most is not None and length > unknown.most):
                    return False
        case _:
            pass
    if unknown.of is not DYNAMIC and not isinstance(unknown.of, Plain) and isinstance(known.type, Plain):
        return False
    return None


def _same_structures(left: Value, right: Value) -> bool | None:
    open_ = has_dynamic(left.type) or has_dynamic(right.type)
    if not open_ and left.type != right.type:
        return False
    match left, right:
        case (SetValue(), SetValue()):
            if not left.is_wholly_known or not right.is_wholly_known:
                return None
            return [identity(item) for item in left.items] == [identity(item) for item in right.items]
        case (ListValue(), ListValue()) | (TupleValue(), TupleValue()):
            return _all_same(parts_of(left), parts_of(right), open_)
        case (MapValue(), MapValue()) | (ObjectValue(), ObjectValue()):
            if names_of(left) != names_of(right):
                return False
            return _all_same(parts_of(left), parts_of(right), open_)
        case _:
            return False


def _all_same(left: Sequence[Value], right: Sequence[Value], open_: bool) -> bool | None:
    if len(left) != len(right):
        return False
    answer: bool | None = True
    for a, b in zip(left, right, strict=True):
        one = same(a, b)
        scalars = isinstance(a, _Scalar) and isinstance(b, _Scalar)
        if one is False and open_ and scalars and type(a) is not type(b):
            one = None  # the common type of an open list may make them equal
        if one is False:
            return False
        if one is None:
            answer = None
    return answer


# ----------------------------------------------------------------------------------------------------- conditional and index


def conditional(condition: Value, when_true: Value, when_false: Value) -> Value:
    """`condition ? when_true : when_false`: both branches get one type; a failure counts only in the branch that is taken.

    An unknown condition gives what both branches agree on, if they do.
    """
    if isinstance(condition, NullValue):
        return failure("the condition value is null", condition)
    chosen = convert(condition, BOOL)
    if isinstance(chosen, UnknownValue) and chosen.is_failure:
        return chosen if isinstance(condition, UnknownValue) else failure("the condition is not a bool", condition)
    branches = (when_true, when_false)
    type_ = _branch_type(when_true, when_false)
    if type_ is None:
        names = " and ".join(format_type(branch.type) for branch in branches)
        return failure(f"the true and false results have inconsistent types: {names}", condition, *branches)
    if isinstance(chosen, BoolValue):
        taken = convert(when_true if chosen.flag else when_false, type_)
        marks = [NullValue(sensitive=value.sensitive) for value in (condition, *branches)]
        return with_marks_of(taken, *marks)
    alike = [convert(branch, type_) for branch in branches]
    sound = [branch for branch in alike if not (isinstance(branch, UnknownValue) and branch.is_failure)]
    if len(sound) < len(alike):
        return replace(inexact(unknown_from("conditional", chosen, *sound, type=type_)), symbol=None)
    if same(*alike) is True:
        return with_marks_of(alike[0], condition, alike[1])
    bounds = [_length_bounds(branch) for branch in alike]
    most = [bound[1] for bound in bounds]
    known_most = [bound for bound in most if bound is not None]
    result = unknown_from(
        "conditional",
        chosen,
        *alike,
        type=type_,
        not_null=all(_is_not_null(branch) for branch in alike),
        why=chosen.why if isinstance(chosen, UnknownValue) else "",
        prefix=_common_prefix(*alike),
        least=min(bound[0] for bound in bounds),
        most=max(known_most) if len(known_most) == len(most) else None,
    )
    return inexact(result)


def _branch_type(when_true: Value, when_false: Value) -> Type | None:
    for one, other in ((when_true, when_false), (when_false, when_true)):
        if isinstance(one, UnknownValue) and one.is_failure:
            return other.type
        if isinstance(one, NullValue) and one.of is DYNAMIC:
            return other.type
    if when_true.type is DYNAMIC or when_false.type is DYNAMIC:
        return DYNAMIC
    return common_type((when_true, when_false))


def _is_not_null(value: Value) -> bool:
    return value.not_null if isinstance(value, UnknownValue) else not isinstance(value, NullValue)


def _common_prefix(left: Value, right: Value) -> str:
    prefixes = [value.prefix if isinstance(value, UnknownValue) else _text(value) for value in (left, right)]
    count = 0
    for a, b in zip(*prefixes, strict=False):
        if a != b:
            break
        count += 1
    return prefixes[0][:count]


def _text(value: Value) -> str:
    return value.text if isinstance(value, StringValue) else ""


def _length_bounds(value: Value) -> tuple[int, int | None]:
    match value:
        case UnknownValue():
            return value.least, value.most
        case StringValue():
            return len(value.text), None
        case SetValue() if not value.is_wholly_known:
            return min(1, len(value.items)), len(value.items)
        case ListValue() | SetValue() | MapValue():
            length = len(parts_of(value))
            return length, length
        case _:
            return 0, None


def index(collection: Value, key: Value) -> Value:
    """`collection[key]`."""
    for side in (collection, key):
        if isinstance(side, UnknownValue) and side.is_failure:
            return unknown_from("index", side)
    if isinstance(collection, NullValue):
        return failure("this value is null, so it has no elements to index", collection, key)
    if isinstance(key, NullValue):
        return failure("cannot use a null value as an index", collection, key)
    result = _indexed(unmarked(collection), key)
    marks = [NullValue(sensitive=side.sensitive) for side in (collection, key)]
    return with_marks_of(result, *marks)


def _indexed(collection: Value, key: Value) -> Value:
    match collection:
        case UnknownValue():
            return _unknown_index(collection, key)
        case ListValue() | TupleValue():
            return _position(collection, key)
        case MapValue(items=items) | ObjectValue(attributes=items):
            return _key(collection, items, key)
        case SetValue():
            return failure("elements of a set are identified only by their value and have no index", collection, key)
        case _:
            return failure(f"{format_type(collection.type)} has no elements to index", collection, key)


def _position(collection: ListValue | TupleValue, key: Value) -> Value:
    number = convert(key, NUMBER)
    match number:
        case UnknownValue(is_failure=True):
            return failure("a number is required to index a list", collection, key)
        case UnknownValue():
            type_ = collection.element_type if isinstance(collection, ListValue) else DYNAMIC
            return _any_element(collection, number, type_)
        case NumberValue(number=int() as position) if 0 <= position < len(collection.items):
            return collection.items[position]
        case NumberValue(number=int()):
            length = len(collection.items)
            return failure(
                f"index {number} is out of range for {length} {'element' if length == 1 else 'elements'}", key
            )
        case _:
            return failure(f"index {key} is not a whole number", key)


def _key(collection: MapValue | ObjectValue, items: object, key: Value) -> Value:
    assert isinstance(items, dict)
    name = convert(key, STRING)
    match name:
        case UnknownValue(is_failure=True):
            return failure("a string is required to index a map", collection, key)
        case UnknownValue():
            type_ = collection.element_type if isinstance(collection, MapValue) else DYNAMIC
            return _any_element(collection, name, type_)
        case StringValue(text=text) if text in items:
            found: Value = items[text]
            return found
        case _:
            return failure(
                f"there is no element with the key {name.text if isinstance(name, StringValue) else name!r}", key
            )


def _any_element(collection: Value, key: UnknownValue, type_: Type) -> Value:
    """Some element, and which one is not known. Where all are the same it does not matter, but whether there is one still does."""
    return inexact(unknown_from("index", collection, key, type=type_, why=key.why))


def _unknown_index(collection: UnknownValue, key: Value) -> Value:
    wanted: Plain
    type_: Type = DYNAMIC
    match collection.of:
        case Plain.DYNAMIC:
            plain = unmarked(key)
            if isinstance(plain, StringValue | NumberValue | UnknownValue):
                found = unknown_from("index", collection, plain)
                return inexact(found) if isinstance(plain, UnknownValue) else found
            return failure("an index must be a number or a string", collection, key)
        case ListType(type_):
            wanted = NUMBER
        case TupleType(elements):
            wanted = NUMBER
            if isinstance(key, NumberValue) and isinstance(key.number, int):
                if not 0 <= key.number < len(elements):
                    return failure(f"index {key} is out of range for {len(elements)} elements", collection, key)
                type_ = elements[key.number]
        case MapType(type_):
            wanted = STRING
        case ObjectType():
            wanted = STRING
            if isinstance(key, StringValue):
                named = attribute(collection, key.text)
                is_failure = isinstance(named, UnknownValue) and named.is_failure
                return failure("no such attribute", collection, key) if is_failure and key.sensitive else named
        case SetType() | Plain():
            return failure(f"{format_type(collection.of)} has no elements to index", collection, key)
    try:
        ready = converted(key, wanted)
    except ConversionError as fault:
        return failure(f"index: {fault}", collection, key)
    if isinstance(ready, NumberValue) and collection.most is not None and ready.number >= collection.most:
        return failure(f"index {ready} is out of range", collection, key)
    if isinstance(ready, NumberValue) and ready.number < 0:
        return failure(f"index {ready} is out of range", collection, key)
    found = unknown_from("index", collection, unmarked(ready), type=type_)
    return inexact(found) if isinstance(ready, UnknownValue) else found


def attribute(value: Value, name: str) -> Value:
    """`value.name`: an attribute of an object or an element of a map."""
    match unmarked(value):
        case UnknownValue(is_failure=True):
            return value
        case UnknownValue() as unknown:
            match unknown.of:
                case ObjectType() as known:
                    type_ = known.get(name)
                    if type_ is None:
                        return failure(f'this object does not have an attribute named "{name}"', value)
                case MapType(type_):
                    pass
                case Plain.DYNAMIC:
                    type_ = DYNAMIC
                case _:
                    return failure(f"{format_type(unknown.of)} does not have attributes", value)
            result: Value = unknown_from("attribute", unknown, string(name), type=type_)
        case NullValue():
            return failure(f'this value is null, so it does not have an attribute named "{name}"', value)
        case MapValue(items=items) | ObjectValue(attributes=items):
            if name not in items:
                return failure(f'this object does not have an attribute named "{name}"', value)
            result = items[name]
        case _:
            return failure(f'{format_type(value.type)} does not have an attribute named "{name}"', value)
    return with_marks_of(result, NullValue(sensitive=value.sensitive))
