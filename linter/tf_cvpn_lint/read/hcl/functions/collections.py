"""Functions on lists, sets, maps and objects.

They keep what can be kept of partly unknown arguments: the length of a list of unknowns is known, and so is each element's place.
Source: https://developer.hashicorp.com/terraform/language/functions, "Collection Functions".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from tf_cvpn_lint.core.records import replace
from tf_cvpn_lint.read.hcl.conversion import ConversionError, common_type, convert, converted, unify
from tf_cvpn_lint.read.hcl.functions.graphemes import graphemes
from tf_cvpn_lint.read.hcl.functions.operators import equal, index, same
from tf_cvpn_lint.read.hcl.functions.signature import (
    Function,
    FunctionError,
    NotEvaluatedError,
    Parameter,
    inexact,
    items_of,
    machine_integer,
    text,
    texts,
    waiting,
)
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
    friendly_name,
)
from tf_cvpn_lint.read.hcl.values import (
    MAX_WEIGHT,
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
    counted,
    identity,
    list_of,
    map_of,
    marked,
    names_of,
    object_of,
    parts_of,
    set_of,
    string,
    tuple_of,
    unmarked,
)


def _own_marks(result: Value, *arguments: Value) -> Value:
    """The result with the arguments' own marks; marks inside stay where they are."""
    return marked(result) if any(argument.sensitive for argument in arguments) else result


def _is_uncertain_set(value: Value) -> bool:
    """A set whose unknown items may turn out to be equal."""
    return isinstance(value, SetValue) and not value.is_wholly_known and len(value.items) > 1


# ---------------------------------------------------------------------------------------------------------- size and membership


def _length(value: Value) -> Value:
    match value:
        case UnknownValue(of=TupleType(elements)):
            result: Value = counted(len(elements))
        case UnknownValue(of=ObjectType(attributes)):
            result = counted(len(attributes))
        case UnknownValue(least=least, most=most) if most is not None and least == most:
            result = counted(least)
        case UnknownValue(of=Plain.NUMBER | Plain.BOOL):
            raise FunctionError("argument must be a string, a collection type, or a structural type")
        case UnknownValue():
            return waiting("length", value, type=NUMBER)
        case StringValue():
            result = counted(sum(1 for _ in graphemes(value.text)))
        case SetValue() if _is_uncertain_set(value):
            return waiting("length", value, type=NUMBER)
        case ListValue() | SetValue() | TupleValue() | MapValue() | ObjectValue():
            result = counted(len(parts_of(value)))
        case _:
            raise FunctionError("argument must be a string, a collection type, or a structural type")
    return _own_marks(result, value)


def _bools(name: str, decides: bool, given: Value) -> Value:
    if not isinstance(given, ListValue):
        return waiting(name, given, type=BOOL)
    uncertain = False
    for item in given.items:
        match item:
            case BoolValue(flag=found) if found is decides:
                return boolean(decides)
            case NullValue() if not decides:
                return boolean(False)
            case UnknownValue():
                uncertain = True
            case _:
                pass
    return waiting(name, given, type=BOOL) if uncertain else boolean(not decides)


def _alltrue(given: Value) -> Value:
    return _bools("alltrue", False, given)


def _anytrue(given: Value) -> Value:
    return _bools("anytrue", True, given)


def _contains(given: Value, value: Value) -> Value:
    if isinstance(value, NullValue):
        raise NotEvaluatedError("a null value is an error in Terraform 1.11 and searched for in later versions")
    match given:
        case UnknownValue(of=Plain.DYNAMIC | ListType() | SetType() | TupleType()):
            return inexact(waiting("contains", given, value, type=BOOL))
        case ListValue() | SetValue() | TupleValue():
            pass
        case _:
            raise FunctionError("argument must be list, tuple, or set")
    answers = [_contained(item, value) for item in given.items]
    if any(answer is True for answer in answers):
        return boolean(True)
    if any(answer is None for answer in answers):
        return inexact(waiting("contains", given, value, type=BOOL))
    return boolean(False)


def _contained(item: Value, value: Value) -> bool | None:
    """As `==`; in a list whose type an unknown keeps open a scalar of another type may yet be converted to an equal one."""
    return same(item, value)


def _index_of(given: Value, value: Value) -> Value:
    match given:
        case UnknownValue(of=Plain.DYNAMIC | ListType() | TupleType()):
            return inexact(waiting("index", given, value, type=NUMBER))
        case ListValue() | TupleValue():
            pass
        case _:
            raise FunctionError("argument must be a list or tuple")
    if not given.items:
        raise FunctionError("cannot search an empty list")
    for position, item in enumerate(given.items):
        answer = equal(item, value)
        if isinstance(answer, UnknownValue):
            return inexact(waiting("index", given, value, type=NUMBER))
        if isinstance(answer, BoolValue) and answer.flag:
            return counted(position)
    raise FunctionError("item not found")


# ------------------------------------------------------------------------------------------------------------- first that is set


def _coalesce(*given: Value) -> Value:
    if not given:
        raise FunctionError("no non-null, non-empty-string arguments")
    type_ = common_type(given, bare_null_settles_nothing=True)
    if type_ is None:
        raise FunctionError("all arguments must have the same type")
    for position, value in enumerate(given):
        one = convert(value, type_)
        match one:
            case UnknownValue(is_failure=True):
                return one
            case UnknownValue() if one.not_null and (one.prefix or one.least or one.of not in (STRING, DYNAMIC)):
                return one
            case UnknownValue() if position == len(given) - 1:
                return one  # this one, or Terraform refuses
            case UnknownValue():
                return inexact(waiting("coalesce", *given[position:], type=type_))
            case NullValue() | StringValue(text=""):
                continue
            case _:
                return one
    raise FunctionError("no non-null, non-empty-string arguments")


def _coalescelist(*given: Value) -> Value:
    if not given:
        raise FunctionError("at least one argument is required")
    for value in given:
        is_open = isinstance(value, UnknownValue) and value.of is DYNAMIC
        if not isinstance(value.type, ListType | TupleType) and not is_open:
            raise FunctionError("coalescelist arguments must be lists or tuples")
    for position, value in enumerate(given):
        match value:
            case UnknownValue() if value.not_null and value.least:
                return value
            case UnknownValue():
                return inexact(waiting("coalescelist", *given[position:]))
            case ListValue() | TupleValue() if value.items:
                return value
            case _:
                continue
    raise FunctionError("no non-null arguments")


def _compact(given: Value) -> Value:
    if not isinstance(given, ListValue):
        most = given.most if isinstance(given, UnknownValue) else None
        return waiting("compact", given, type=ListType(STRING), most=most)
    kept: list[Value] = []
    uncertain = False
    for item in given.items:
        match item:
            case NullValue() | StringValue(text=""):
                continue
            case UnknownValue() if not (item.not_null and (item.prefix or item.least)):
                uncertain = True
                kept.append(item)
            case _:
                kept.append(item)
    if uncertain:
        certain = sum(1 for item in kept if not isinstance(item, UnknownValue) or (item.not_null and item.least))
        return waiting("compact", list_of(STRING, kept), type=ListType(STRING), least=certain, most=len(kept))
    return list_of(STRING, kept)


# ---------------------------------------------------------------------------------------------------------------------- taking


_NEGATIVE = "a negative index is an error in Terraform 1.11 and counts from the end in later versions"


def _element(given: Value, position: Value) -> Value:
    if isinstance(given, UnknownValue):
        if isinstance(given.of, TupleType) and isinstance(position, NumberValue) and given.of.elements:
            wrapped = machine_integer(position, "index") % len(given.of.elements)
            return index(given, counted(wrapped))
        if given.of is not DYNAMIC and not isinstance(given.of, ListType | TupleType):
            raise FunctionError(f"cannot read elements from {friendly_name(given.of)}")
        type_ = given.of.element if isinstance(given.of, ListType) else DYNAMIC
        if isinstance(position, NumberValue) and machine_integer(position, "index") < 0:
            raise NotEvaluatedError(_NEGATIVE)
        if isinstance(position, NumberValue) and given.most is not None and given.least == given.most and given.most:
            return index(given, counted(machine_integer(position, "index") % given.most))
        found = replace(waiting("element", given, position, type=type_), not_null=False)
        return inexact(found) if isinstance(position, UnknownValue) else found
    if not isinstance(given, ListValue | TupleValue):
        raise FunctionError(f"cannot read elements from {friendly_name(given.type)}")
    if isinstance(position, UnknownValue):
        type_ = given.element_type if isinstance(given, ListValue) else DYNAMIC
        if len(given.items) == 1:
            return _own_marks(given.items[0], given)
        return _own_marks(inexact(replace(waiting("element", given, position, type=type_), not_null=False)), given)
    at = machine_integer(position, "index")
    if at < 0:
        raise NotEvaluatedError(_NEGATIVE)
    if not given.items:
        raise FunctionError("cannot use element function with an empty list")
    return _own_marks(given.items[at % len(given.items)], given)


def _one(given: Value) -> Value:
    refused = FunctionError("must be a list, set, or tuple value with either zero or one elements")
    match given:
        case UnknownValue(of=TupleType(elements)):
            if len(elements) > 1:
                raise refused
            return index(given, counted(0)) if elements else NULL
        case UnknownValue(of=ListType(type_) | SetType(type_)):
            return replace(waiting("one", given, type=type_), not_null=False)
        case UnknownValue(of=Plain.DYNAMIC):
            return replace(waiting("one", given), not_null=False)
        case SetValue() if _is_uncertain_set(given):
            if sum(1 for item in given.items if item.is_wholly_known) > 1:
                raise refused
            return replace(waiting("one", given, type=given.element_type), not_null=False)
        case ListValue(items=(item,)) | SetValue(items=(item,)) | TupleValue(items=(item,)):
            return item
        case ListValue(items=()) | SetValue(items=()):
            return NullValue(of=given.element_type)
        case TupleValue(items=()):
            return NULL
        case _:
            raise refused


def _slice(given: Value, start: Value, end: Value) -> Value:
    if isinstance(given, SetValue):
        raise FunctionError("cannot slice a set, because its elements do not have indices")
    if isinstance(start, UnknownValue) or isinstance(end, UnknownValue) or isinstance(given, UnknownValue):
        if isinstance(given.type, SetType | MapType | ObjectType) or given.type in (STRING, NUMBER, BOOL):
            raise FunctionError("must be a list or tuple value")
        type_ = given.type if isinstance(given.type, ListType) else DYNAMIC
        result = waiting("slice", given, start, end, type=type_)
        return result if isinstance(given, UnknownValue) else inexact(result)
    if not isinstance(given, ListValue | TupleValue):
        raise FunctionError("must be a list or tuple value")
    first, behind, length = machine_integer(start, "start_index"), machine_integer(end, "end_index"), len(given.items)
    if first < 0 or behind < 0:
        raise FunctionError("indexes must not be less than zero")
    if first > length or behind > length:
        raise FunctionError("indexes must not be greater than the length of the list")
    if first > behind:
        raise FunctionError("start index must not be greater than end index")
    return _like(given, given.items[first:behind])


def _like(given: ListValue | TupleValue, items: Sequence[Value]) -> Value:
    made = list_of(given.element_type, items) if isinstance(given, ListValue) else tuple_of(items)
    return _own_marks(made, given)


def _chunklist(given: Value, size: Value) -> Value:
    if not isinstance(given, ListValue) or isinstance(size, UnknownValue):
        return waiting("chunklist", given, size, type=ListType(given.type))
    by = machine_integer(size, "size")
    if by < 0:
        raise FunctionError("the size argument must be positive")
    if not given.items:
        return _own_marks(list_of(given.type, ()), given, size)
    by = by or len(given.items)
    chunks = [list_of(given.element_type, given.items[first : first + by]) for first in range(0, len(given.items), by)]
    return _own_marks(list_of(given.type, chunks), given, size)


# ------------------------------------------------------------------------------------------------------------------- rearranging


def _concat(*given: Value) -> Value:
    if not given:
        raise FunctionError("at least one argument is required")
    for value in given:
        if not isinstance(value.type, ListType | TupleType) and value.type is not DYNAMIC:
            raise FunctionError(f"all arguments must be lists or tuples; got {friendly_name(value.type)}")
    common = unify([value.type for value in given]) if all(isinstance(v.type, ListType) for v in given) else None
    type_ = common if isinstance(common, ListType) else DYNAMIC
    if any(isinstance(value, UnknownValue) for value in given):
        least = sum(value.least if isinstance(value, UnknownValue) else len(parts_of(value)) for value in given)
        return waiting("concat", *given, type=type_, least=least if isinstance(type_, ListType) else 0)
    if isinstance(type_, ListType):
        items = [item for value in given for item in items_of(converted(value, type_))]
        return _own_marks(list_of(type_.element, items), *given)
    return _own_marks(tuple_of(item for value in given for item in items_of(value)), *given)


def _flatten(given: Value) -> Value:
    if isinstance(given, UnknownValue):
        if given.of is not DYNAMIC and not isinstance(given.of, ListType | SetType | TupleType):
            raise FunctionError("can only flatten lists, sets and tuples")
        return waiting("flatten", given)
    if not isinstance(given, ListValue | SetValue | TupleValue):
        raise FunctionError("can only flatten lists, sets and tuples")
    found: list[Value] = []
    marks: list[Value] = []
    if not _flatten_into(given, found, marks):
        return waiting("flatten", given)
    return _own_marks(tuple_of(found), *marks)


def _flatten_into(given: ListValue | SetValue | TupleValue, found: list[Value], marks: list[Value]) -> bool:
    """Whether it could be flattened: not where an unknown may itself be a list, and not a set of unknown length."""
    marks.append(NullValue(sensitive=given.sensitive))
    if _is_uncertain_set(given):
        return False
    for item in given.items:
        match item:
            case ListValue() | SetValue() | TupleValue():
                if not _flatten_into(item, found, marks):
                    return False
            case UnknownValue(of=ListType() | SetType() | TupleType() | Plain.DYNAMIC):
                return False
            case _:
                found.append(item)
    return True


def _reverse(given: Value) -> Value:
    match given:
        case UnknownValue(of=Plain.DYNAMIC):
            return waiting("reverse", given)
        case UnknownValue(of=TupleType(elements)):
            return waiting("reverse", given, type=TupleType(elements[::-1]))
        case UnknownValue(of=ListType(type_) | SetType(type_)):
            return waiting("reverse", given, type=ListType(type_), least=given.least, most=given.most)
        case SetValue():
            if _is_uncertain_set(given):
                most = len(given.items)
                return waiting("reverse", given, type=ListType(given.element_type), least=1, most=most)
            return _own_marks(list_of(given.element_type, given.items[::-1]), given)
        case ListValue() | TupleValue():
            return _like(given, given.items[::-1])
        case _:
            raise FunctionError(f"can only reverse list or tuple values, not {friendly_name(given.type)}")


def _distinct(given: Value) -> Value:
    if not isinstance(given, ListValue):
        return waiting("distinct", given, type=given.type)
    if not given.is_wholly_known:
        kept = _without_certain_duplicates(given.items)
        if kept is None:
            return waiting("distinct", given, type=given.type, least=min(1, len(given.items)), most=len(given.items))
        return list_of(given.element_type, kept)
    once = _once(given.items)
    return list_of(given.element_type, once)


def _once(items: Sequence[Value]) -> list[Value]:
    """Known items, each once, in order."""
    kept: dict[object, Value] = {}
    for item in items:
        kept.setdefault((item.type, identity(item)), item)
    return list(kept.values())


def _without_certain_duplicates(items: Sequence[Value]) -> list[Value] | None:
    """Each once, where that is certain although some are unknown; None where it is not."""
    if len(items) > 200:
        return None
    kept: list[Value] = []
    for item in items:
        answers = [same(item, other) for other in kept]
        if any(answer is True for answer in answers):
            continue
        if any(answer is None for answer in answers):
            return None
        kept.append(item)
    return kept


def _sort(given: Value) -> Value:
    return list_of(STRING, (string(one) for one in sorted(texts(given, "list"))))


def _matchkeys(values: Value, keys: Value, search: Value) -> Value:
    if not isinstance(values, ListValue) or not isinstance(keys, ListValue) or not isinstance(search, ListValue):
        return inexact(waiting("matchkeys", values, keys, search, type=values.type))
    type_ = unify([keys.type, search.type])
    if type_ is None:
        raise FunctionError("keys and searchset must be of the same type")
    if len(values.items) != len(keys.items):
        raise FunctionError("length of keys and values should be equal")
    wanted, given = items_of(converted(search, type_)), items_of(converted(keys, type_))
    kept: list[Value] = []
    for key, value in zip(given, values.items, strict=True):
        answers = [same(key, one) for one in wanted]
        if any(answer is True for answer in answers):
            kept.append(value)
        elif any(answer is None for answer in answers):
            return inexact(waiting("matchkeys", values, keys, search, type=values.type, most=len(values.items)))
    return list_of(values.element_type, kept)


# ------------------------------------------------------------------------------------------------------------------------- maps


def _keys(given: Value) -> Value:
    match given:
        case UnknownValue(of=ObjectType(attributes)):
            return _own_marks(tuple_of(string(name) for name, _ in attributes), given)
        case UnknownValue(of=MapType()):
            return waiting("keys", given, type=ListType(STRING), least=given.least, most=given.most)
        case UnknownValue(of=Plain.DYNAMIC):
            return waiting("keys", given)
        case MapValue(items=items):
            return _own_marks(list_of(STRING, (string(name) for name in items)), given)
        case ObjectValue(attributes=items):
            return _own_marks(tuple_of(string(name) for name in items), given)
        case _:
            raise FunctionError("must have map or object type")


def _values(given: Value) -> Value:
    match given:
        case UnknownValue(of=ObjectType(attributes)):
            return waiting("values", given, type=TupleType(tuple(type_ for _, type_ in attributes)))
        case UnknownValue(of=MapType(type_)):
            return waiting("values", given, type=ListType(type_), least=given.least, most=given.most)
        case UnknownValue(of=Plain.DYNAMIC):
            return waiting("values", given)
        case MapValue(items=items):
            return _own_marks(list_of(given.element_type, items.values()), given)
        case ObjectValue(attributes=items):
            return _own_marks(tuple_of(items.values()), given)
        case _:
            raise FunctionError("values() requires a map as the first argument")


def _lookup(given: Value, key: Value, *default: Value) -> Value:
    if len(default) > 1:
        raise FunctionError(f"lookup() takes two or three arguments, got {2 + len(default)}")
    if given.type is not DYNAMIC and not isinstance(given.type, MapType | ObjectType):
        raise FunctionError("lookup() requires a map as the first argument")
    if isinstance(given, MapValue) and default:
        try:
            converted(default[0], given.element_type)
        except ConversionError:
            raise FunctionError("the default value must have the same type as the map elements") from None
    if isinstance(given, UnknownValue) or isinstance(key, UnknownValue):
        type_ = given.type.element if isinstance(given.type, MapType) else DYNAMIC
        found = replace(waiting("lookup", given, key, *default, type=type_), not_null=False)
        return inexact(found) if default or isinstance(key, UnknownValue) else found
    assert isinstance(given, MapValue | ObjectValue)
    items = given.items if isinstance(given, MapValue) else given.attributes
    wanted = text(unmarked(key))
    if wanted in items:
        return _own_marks(items[wanted], given, key)
    if default:
        fallback = default[0]
        return _own_marks(
            converted(fallback, given.element_type) if isinstance(given, MapValue) else fallback, given, key
        )
    if isinstance(given, ObjectValue):
        raise FunctionError(f'the given object has no attribute "{wanted}"')
    raise FunctionError(f'lookup failed to find key "{wanted}"')


def _merge(*given: Value) -> Value:
    if not given:
        return object_of({})
    for value in given:
        if value.type is not DYNAMIC and not isinstance(value.type, MapType | ObjectType):
            raise FunctionError(f'arguments must be maps or objects, got "{friendly_name(value.type)}"')
    if any(isinstance(value, UnknownValue) for value in given):
        types = {value.type for value in given}
        type_ = given[0].type if len(types) == 1 and isinstance(given[0].type, MapType) else DYNAMIC
        return inexact(waiting("merge", *given, type=type_))
    merged: dict[str, Value] = {}
    for value in given:
        merged.update(zip(names_of(value), parts_of(value), strict=True))
    types = {ObjectType(()) if isinstance(v, NullValue) and isinstance(v.of, ObjectType) else v.type for v in given}
    if given[0].type is DYNAMIC or any(value.type is DYNAMIC for value in given):
        return _own_marks(object_of(merged), *given)
    first = given[0].type
    if len(types) == 1 and isinstance(first, MapType):
        return _own_marks(map_of(first.element, merged), *given)
    return _own_marks(object_of(merged), *given)


def _zipmap(keys: Value, values: Value) -> Value:
    if not isinstance(values.type, ListType | TupleType) and values.type is not DYNAMIC:
        raise FunctionError("values argument must be a list or tuple value")
    if isinstance(values, UnknownValue) or not keys.is_wholly_known:
        type_ = MapType(values.type.element) if isinstance(values.type, ListType) else DYNAMIC
        return waiting("zipmap", keys, values, type=type_)
    names, given = items_of(keys), items_of(values)
    if len(names) != len(given):
        raise FunctionError(f"number of keys ({len(names)}) does not match number of values ({len(given)})")
    made: dict[str, Value] = {}
    for position, (name, item) in enumerate(zip(names, given, strict=True)):
        if not isinstance(name, StringValue):
            raise FunctionError(f"keys list has null value at index {position}")
        made[name.text] = item
    result = map_of(values.element_type, made) if isinstance(values, ListValue) else object_of(made)
    return _own_marks(result, keys, values, *names)


def _transpose(given: Value) -> Value:
    assert isinstance(given, MapValue)
    turned: dict[str, list[str]] = {}
    for key, inner in given.items.items():
        if isinstance(inner, NullValue):
            raise FunctionError("input must not contain null list")
        for item in items_of(inner):
            if not isinstance(item, StringValue):
                raise FunctionError("input list must not contain null string")
            turned.setdefault(item.text, []).append(key)
    return map_of(
        ListType(STRING),
        {key: list_of(STRING, (string(one) for one in sorted(inner))) for key, inner in turned.items()},
    )


# ------------------------------------------------------------------------------------------------------------------------- sets


def _setproduct(*given: Value) -> Value:
    if len(given) < 2:
        raise FunctionError("at least two arguments are required")
    types = [_product_element(value) for value in given]
    is_set = any(isinstance(value.type, SetType) for value in given)
    element = TupleType(tuple(types))
    returns: Type = SetType(element) if is_set else ListType(element)
    if any(isinstance(value, UnknownValue) or _is_uncertain_set(value) for value in given):
        return waiting("setproduct", *given, type=returns)
    sides = [[convert(item, type_) for item in items_of(value)] for value, type_ in zip(given, types, strict=True)]
    total = 1
    for side in sides:
        total *= len(side)
    if total * len(sides) > MAX_WEIGHT:
        raise NotEvaluatedError(f"{total:,} combinations are more than are evaluated")
    if total and any(isinstance(value, TupleValue) and common_type(value.items) is None for value in given):
        raise FunctionError("all elements must be of the same type")
    tuples = [tuple_of(combination) for combination in _product(sides)]
    result = set_of(element, tuples) if is_set else list_of(element, tuples)
    return _own_marks(result, *given)


def _product_element(value: Value) -> Type:
    match value.type:
        case ListType(element) | SetType(element):
            return element
        case TupleType():
            if isinstance(value, TupleValue):
                found = common_type(value.items, bare_null_settles_nothing=True) if value.items else DYNAMIC
            else:
                found = DYNAMIC
            if found is None:
                raise FunctionError("all elements must be of the same type")
            return found
        case Plain.DYNAMIC:
            return DYNAMIC
        case _:
            raise FunctionError("a set or a list is required")


def _product(sides: Sequence[Sequence[Value]]) -> Iterator[tuple[Value, ...]]:
    if not sides:
        yield ()
        return
    for item in sides[0]:
        for rest in _product(sides[1:]):
            yield (item, *rest)


def _common_sets(name: str, given: Sequence[Value]) -> tuple[Type, list[SetValue]] | UnknownValue:
    elements = [
        value.type.element
        for value in given
        if isinstance(value.type, SetType)
        and not (isinstance(value, SetValue) and not value.items and value.type.element is DYNAMIC)
    ]
    type_ = unify(elements) if elements else DYNAMIC
    if type_ is None:
        raise FunctionError("given sets must all have compatible element types")
    if not all(isinstance(value, SetValue) for value in given):
        return waiting(name, *given, type=SetType(type_))
    sets = [converted(value, SetType(type_)) for value in given]
    return type_, [one for one in sets if isinstance(one, SetValue)]


def _setunion(*given: Value) -> Value:
    found = _common_sets("setunion", given)
    if isinstance(found, UnknownValue):
        return found
    type_, sets = found
    return set_of(type_, (item for one in sets for item in one.items))


def _setintersection(*given: Value) -> Value:
    found = _common_sets("setintersection", given)
    if isinstance(found, UnknownValue):
        return found
    type_, sets = found
    if not all(one.is_wholly_known for one in sets):
        return waiting("setintersection", *given, type=SetType(type_), most=min(len(one.items) for one in sets))
    kept = sets[0].items
    for other in sets[1:]:
        keys = _identities(other.items)
        kept = tuple(item for item in kept if _identities((item,)) <= keys)
    return set_of(type_, kept)


def _setsubtract(first: Value, second: Value) -> Value:
    found = _common_sets("setsubtract", (first, second))
    if isinstance(found, UnknownValue):
        return found
    type_, (left, right) = found[0], found[1]
    if not right.items:
        return set_of(type_, left.items)
    if not left.is_wholly_known or not right.is_wholly_known:
        return waiting("setsubtract", first, second, type=SetType(type_), most=len(left.items))
    keys = _identities(right.items)
    return set_of(type_, (item for item in left.items if not _identities((item,)) <= keys))


def _identities(items: Sequence[Value]) -> set[object]:
    return {identity(item) for item in items}


# -------------------------------------------------------------------------------------------------------------------- conversion


def _to(type_: Type) -> Function:
    names: Mapping[Type, str] = {STRING: "tostring", NUMBER: "tonumber", BOOL: "tobool"}
    match type_:
        case ListType():
            name = "tolist"
        case SetType():
            name = "toset"
        case MapType():
            name = "tomap"
        case _:
            name = names[type_]

    def body(value: Value) -> Value:
        return converted(value, type_)

    return Function(
        name, body, (Parameter("v", DYNAMIC, null=True, unknown=True, marks=True),), returns=type_, nullable=True
    )


def _sensitive(value: Value) -> Value:
    return marked(value)


def _nonsensitive(value: Value) -> Value:
    return unmarked(value)


def _issensitive(value: Value) -> Value:
    if value.sensitive:
        return boolean(True)
    return waiting("issensitive", value, type=BOOL) if isinstance(value, UnknownValue) else boolean(False)


def _any(name: str, **lets: bool) -> Parameter:
    return Parameter(name, DYNAMIC, **lets)


_ANY_LIST = ListType(DYNAMIC)
_ANY_SET = SetType(DYNAMIC)

FUNCTIONS = (
    Function("alltrue", _alltrue, (Parameter("list", ListType(BOOL), unknown=True),), returns=BOOL),
    Function("anytrue", _anytrue, (Parameter("list", ListType(BOOL), unknown=True),), returns=BOOL),
    Function(
        "chunklist",
        _chunklist,
        (Parameter("list", _ANY_LIST, unknown=True, marks=True), Parameter("size", NUMBER, unknown=True, marks=True)),
    ),
    Function("coalesce", _coalesce, rest=_any("vals", null=True, unknown=True)),
    Function("coalescelist", _coalescelist, rest=_any("vals", null=True, unknown=True)),
    Function("compact", _compact, (Parameter("list", ListType(STRING), unknown=True),), returns=ListType(STRING)),
    Function("concat", _concat, rest=_any("seqs", unknown=True, marks=True)),
    Function("contains", _contains, (_any("list", unknown=True), _any("value", unknown=True, null=True)), returns=BOOL),
    Function("distinct", _distinct, (Parameter("list", _ANY_LIST, unknown=True),)),
    Function(
        "element",
        _element,
        (_any("list", unknown=True, marks=True), Parameter("index", NUMBER, unknown=True)),
        nullable=True,
    ),
    Function("flatten", _flatten, (_any("list", unknown=True, marks=True),)),
    Function("index", _index_of, (_any("list", unknown=True), _any("value", unknown=True)), returns=NUMBER),
    Function("issensitive", _issensitive, (_any("value", null=True, unknown=True, marks=True),), returns=BOOL),
    Function("keys", _keys, (_any("inputMap", unknown=True, marks=True),)),
    Function("length", _length, (_any("value", unknown=True, marks=True),), returns=NUMBER),
    Function(
        "lookup",
        _lookup,
        (_any("inputMap", unknown=True, marks=True), Parameter("key", STRING, unknown=True, marks=True)),
        _any("default", null=True, unknown=True, marks=True),
        nullable=True,
    ),
    Function(
        "matchkeys",
        _matchkeys,
        tuple(Parameter(name, _ANY_LIST, unknown=True) for name in ("values", "keys", "searchset")),
    ),
    Function("merge", _merge, rest=_any("maps", null=True, unknown=True, marks=True)),
    Function("nonsensitive", _nonsensitive, (_any("value", null=True, unknown=True, marks=True),), nullable=True),
    Function("one", _one, (_any("list", unknown=True),), nullable=True),
    Function("reverse", _reverse, (_any("list", unknown=True, marks=True),)),
    Function("sensitive", _sensitive, (_any("value", null=True, unknown=True, marks=True),), nullable=True),
    Function(
        "setintersection",
        _setintersection,
        (Parameter("first_set", _ANY_SET, unknown=True),),
        Parameter("other_sets", _ANY_SET, unknown=True),
    ),
    Function("setproduct", _setproduct, rest=_any("sets", unknown=True, marks=True)),
    Function(
        "setsubtract", _setsubtract, (Parameter("a", _ANY_SET, unknown=True), Parameter("b", _ANY_SET, unknown=True))
    ),
    Function(
        "setunion",
        _setunion,
        (Parameter("first_set", _ANY_SET, unknown=True),),
        Parameter("other_sets", _ANY_SET, unknown=True),
    ),
    Function(
        "slice",
        _slice,
        (
            _any("list", unknown=True, marks=True),
            Parameter("start_index", NUMBER, unknown=True),
            Parameter("end_index", NUMBER, unknown=True),
        ),
    ),
    Function("sort", _sort, (Parameter("list", ListType(STRING)),), returns=ListType(STRING)),
    Function(
        "transpose", _transpose, (Parameter("values", MapType(ListType(STRING))),), returns=MapType(ListType(STRING))
    ),
    Function("values", _values, (_any("mapping", unknown=True, marks=True),)),
    Function(
        "zipmap",
        _zipmap,
        (Parameter("keys", ListType(STRING), unknown=True, marks=True), _any("values", unknown=True, marks=True)),
    ),
    *(_to(type_) for type_ in (STRING, NUMBER, BOOL, ListType(DYNAMIC), SetType(DYNAMIC), MapType(DYNAMIC))),
)
