"""Conversion between types, the type that several values have in common, and type constraints with `optional()` defaults.

`convert` follows go-cty's *unsafe* conversions, which are what Terraform does to arguments and variables: a string may
become a number or a bool, a tuple a list or a set, an object a map, a map an object. Nothing is converted that Terraform
would refuse.
Source: https://github.com/zclconf/go-cty/blob/main/docs/convert.md and
https://developer.hashicorp.com/terraform/language/expressions/type-constraints#conversion-of-complex-types
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import assert_never

from tf_cvpn_lint.core.records import dataclass, field, replace
from tf_cvpn_lint.read.hcl import bigfloat
from tf_cvpn_lint.read.hcl.types import (
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
    has_dynamic,
    object_type,
    without_optional,
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
    list_of,
    map_of,
    marked,
    object_of,
    set_of,
    string,
    tuple_of,
    unknown_from,
)

_INFINITE = frozenset(f"{sign}{word}" for sign in ("", "+", "-") for word in ("Inf", "inf"))


class ConversionError(ValueError):
    """The value cannot become that type; the text is the reason as Terraform words it."""


def convert(value: Value, type_: Type) -> Value:
    """The value as `type_`, or a `failure` with Terraform's reason. An unknown stays unknown and learns its type."""
    try:
        return converted(value, type_)
    except ConversionError as fault:
        return failure(str(fault), value, type=without_optional(type_))


def converted(value: Value, type_: Type) -> Value:
    """As `convert`.

    Raises:
        ConversionError: instead of giving a failure.
    """
    if type_ is DYNAMIC or value.type == type_:
        return value
    result = _converted(value, type_)
    return marked(result) if value.sensitive else result


def _converted(value: Value, type_: Type) -> Value:
    match value:
        case UnknownValue():
            if value.of is not DYNAMIC and not can_convert(value.of, type_):
                raise ConversionError(mismatch(value.of, type_))
            return _unknown(value, _resolve(value.of, type_))
        case NullValue():
            if value.of is not DYNAMIC and not can_convert(value.of, type_):
                raise ConversionError(mismatch(value.of, type_))
            return replace(value, of=_resolve(value.of, type_))
        case _:
            pass
    match type_:
        case Plain():
            return _to_plain(value, type_)
        case ListType(element):
            return _to_list(value, element)
        case SetType(element):
            return _to_set(value, element)
        case MapType(element):
            return _to_map(value, element)
        case TupleType(elements):
            if not isinstance(value, TupleValue):
                raise ConversionError(mismatch(value.type, type_))
            if len(value.items) != len(elements):
                raise ConversionError("tuple required")
            pairs = zip(value.items, elements, strict=True)
            return tuple_of(_element(item, element, position) for position, (item, element) in enumerate(pairs))
        case ObjectType():
            return _to_object(value, type_)
        case _:
            assert_never(type_)


def _unknown(value: UnknownValue, type_: Type) -> Value:
    least, most = value.least, value.most
    if isinstance(value.of, TupleType):
        least = most = len(value.of.elements)
    elif isinstance(value.of, ObjectType) and isinstance(type_, MapType):
        least = most = len(value.of.attributes)
    if isinstance(type_, SetType):
        least = min(least, 1)
    prefix = value.prefix if type_ is STRING else ""
    if isinstance(type_, Plain):
        most = None
    elif isinstance(type_, ObjectType | TupleType):
        least, most = 0, None
    return replace(value, of=type_, least=least, most=most, prefix=prefix)


def _resolve(known: Type, wanted: Type) -> Type:
    """`wanted` with its `any` replaced by what the known type says there."""
    wanted = without_optional(wanted)
    if known is DYNAMIC or not has_dynamic(wanted):
        return wanted
    match wanted, known:
        case (Plain.DYNAMIC, _):
            return known
        case (ListType(inner), ListType(element) | SetType(element)):
            return ListType(_resolve(element, inner))
        case (SetType(inner), ListType(element) | SetType(element)):
            return SetType(_resolve(element, inner))
        case (MapType(inner), MapType(element)):
            return MapType(_resolve(element, inner))
        case (ListType(inner), TupleType(elements)):
            return ListType(_resolve(unify(elements) or DYNAMIC, inner))
        case (SetType(inner), TupleType(elements)):
            return SetType(_resolve(unify(elements) or DYNAMIC, inner))
        case (MapType(inner), ObjectType(attributes)):
            return MapType(_resolve(unify([type_ for _, type_ in attributes]) or DYNAMIC, inner))
        case (ObjectType(attributes), ObjectType() as have):
            return object_type({name: _resolve(have.get(name) or DYNAMIC, inner) for name, inner in attributes})
        case (ObjectType(attributes), MapType(element)):
            return object_type({name: _resolve(element, inner) for name, inner in attributes})
        case (TupleType(inners), TupleType(elements)) if len(inners) == len(elements):
            return TupleType(tuple(_resolve(have, inner) for have, inner in zip(elements, inners, strict=True)))
        case _:
            return wanted


def _to_plain(value: Value, type_: Plain) -> Value:
    match type_, value:
        case (Plain.STRING, NumberValue()):
            return string(str(value))
        case (Plain.STRING, BoolValue()):
            return string("true" if value.flag else "false")
        case (Plain.NUMBER, StringValue()):
            try:
                return NumberValue(number=bigfloat.parse(value.text))
            except bigfloat.NumberTooLargeError:
                return unknown_from("tonumber", value, type=NUMBER, not_null=True, why="a number with too many digits")
            except ValueError as fault:
                if value.text in _INFINITE:
                    return unknown_from("tonumber", value, type=NUMBER, not_null=True, why="an infinite number")
                raise ConversionError("a number is required") from fault
        case (Plain.BOOL, StringValue()):
            return _to_bool(value.text)
        case _:
            raise ConversionError(mismatch(value.type, type_))


def _to_bool(text: str) -> Value:
    if text in ("true", "1"):
        return boolean(True)
    if text in ("false", "0"):
        return boolean(False)
    if text.lower() in ("true", "false"):
        raise ConversionError(f'a bool is required; to convert from string, use lowercase "{text.lower()}"')
    raise ConversionError("a bool is required")


def _element(item: Value, type_: Type, where: int | str) -> Value:
    try:
        return converted(item, type_)
    except ConversionError as fault:
        place = f'"{where}"' if isinstance(where, str) else where
        raise ConversionError(f"element {place}: {fault}") from fault


def _sequence(value: Value, wanted: Type) -> Sequence[Value] | UnknownValue:
    match value:
        case SetValue() if not value.is_wholly_known and len(value.items) > 1:
            most = len(value.items)
            return unknown_from("tolist", value, type=_resolve(value.type, wanted), not_null=True, least=1, most=most)
        case ListValue() | TupleValue() | SetValue():
            return value.items
        case _:
            raise ConversionError(mismatch(value.type, wanted))


def _alike(items: Sequence[Value], element: Type, have: Type, what: str) -> tuple[Type, Sequence[Value]]:
    """The items converted to one element type, and that type, where `element` may leave it open."""
    parts = [_element(item, element, position) for position, item in enumerate(items)]
    if not has_dynamic(element):
        return without_optional(element), parts
    if not parts:
        empty = have if isinstance(have, Plain | TupleType | ObjectType) else have.element
        return _resolve(DYNAMIC if isinstance(empty, TupleType | ObjectType) else empty, element), parts
    common = common_type(parts)
    if common is None and what == "map":
        # a bare null beside structures is no hindrance in a map, if those are of one type
        settled = {part.type for part in parts if part.type is not DYNAMIC}
        common = settled.pop() if len(settled) == 1 else None
    if common is None:
        raise ConversionError(f"all {what} elements must have the same type")
    if common is DYNAMIC:
        return DYNAMIC, parts
    return common, [converted(part, common) for part in parts]


def _to_list(value: Value, element: Type) -> Value:
    items = _sequence(value, ListType(element))
    if isinstance(items, UnknownValue):
        return items
    common, parts = _alike(items, element, value.type, "list")
    return list_of(common, parts)


def _to_set(value: Value, element: Type) -> Value:
    if not isinstance(value, ListValue | TupleValue | SetValue):
        raise ConversionError(mismatch(value.type, SetType(element)))
    common, parts = _alike(value.items, element, value.type, "set")
    return set_of(common, parts)


def _to_map(value: Value, element: Type) -> Value:
    match value:
        case MapValue(items=items) | ObjectValue(attributes=items):
            names = list(items)
            parts = {name: _element(items[name], element, name) for name in names}
            if not has_dynamic(element):
                return map_of(without_optional(element), parts)
            common, alike = _alike(list(parts.values()), element, value.type, "map")
            return map_of(common, dict(zip(names, alike, strict=True)))
        case _:
            raise ConversionError(mismatch(value.type, MapType(element)))


def _to_object(value: Value, type_: ObjectType) -> Value:
    match value:
        case ObjectValue(attributes=given):
            pass
        case MapValue(items=given):
            pass
        case _:
            raise ConversionError(mismatch(value.type, type_))
    missing = [name for name, _ in type_.attributes if name not in given and name not in type_.optional]
    if missing:
        if isinstance(value, MapValue):
            raise ConversionError(f'map has no element for required attribute "{missing[0]}"')
        raise ConversionError(_required(missing))
    made: dict[str, Value] = {}
    for name, wanted in type_.attributes:
        if name not in given:
            made[name] = NullValue(of=without_optional(wanted))
            continue
        try:
            made[name] = converted(given[name], wanted)
        except ConversionError as fault:
            raise ConversionError(f'attribute "{name}": {fault}') from fault
    return object_of(made)


def _required(missing: Sequence[str]) -> str:
    quoted = [f'"{name}"' for name in missing]
    match quoted:
        case [one]:
            return f"attribute {one} is required"
        case [first, second]:
            return f"attributes {first} and {second} are required"
        case _:
            return f"attributes {', '.join(quoted[:-1])}, and {quoted[-1]} are required"


def mismatch(got: Type, wanted: Type) -> str:
    """Why a value of one type cannot be of the other, roughly in Terraform's words."""
    match got, wanted:
        case (TupleType(), ListType(Plain.DYNAMIC)):
            return "all list elements must have the same type"
        case (TupleType(), SetType(Plain.DYNAMIC)):
            return "all set elements must have the same type"
        case (ObjectType(), MapType(Plain.DYNAMIC)):
            return "all map elements must have the same type"
        case (Plain(), _) | (_, Plain()):
            return f"{friendly_name(wanted)} required, but have {friendly_name(got)}"
        case _:
            return f"{friendly_name(wanted)} required"


# -------------------------------------------------------------------------------------------------------- types in common


def can_convert(got: Type, wanted: Type, *, unsafe: bool = True) -> bool:
    """Whether some value of the one type becomes the other. Without `unsafe`: whether every value does."""
    if wanted is DYNAMIC or got == wanted:
        return True
    if got is DYNAMIC:
        return unsafe
    match got, wanted:
        case (Plain(), Plain()):
            return wanted is STRING or (unsafe and got is STRING)
        case (ObjectType(), ObjectType()):
            have = got.as_dict()
            return all(
                can_convert(have[name], type_, unsafe=unsafe) if name in have else name in wanted.optional
                for name, type_ in wanted.attributes
            )
        case (TupleType(have_all), TupleType(want_all)):
            pairs = zip(have_all, want_all, strict=False)
            return len(have_all) == len(want_all) and all(can_convert(a, b, unsafe=unsafe) for a, b in pairs)
        case (ListType(a) | SetType(a), ListType(b)):
            return can_convert(a, b, unsafe=unsafe)
        case (ListType(a) | SetType(a), SetType(b)):
            return (unsafe or isinstance(got, SetType)) and can_convert(a, b, unsafe=unsafe)
        case (MapType(a), MapType(b)):
            return can_convert(a, b, unsafe=unsafe)
        case (TupleType(elements), ListType(b) | SetType(b)):
            return _all_become(elements, b, unsafe)
        case (ObjectType(attributes), MapType(b)):
            return _all_become([type_ for _, type_ in attributes], b, unsafe)
        case (MapType(a), ObjectType(attributes)):
            return unsafe and all(can_convert(a, type_) or name in wanted.optional for name, type_ in attributes)
        case _:
            return False


def _all_become(types: Sequence[Type], wanted: Type, unsafe: bool) -> bool:
    if not types:
        return True
    if wanted is DYNAMIC:
        common = unify(types, unsafe=unsafe)
        if common is None:
            return False
        wanted = common
    return all(can_convert(type_, wanted, unsafe=unsafe) for type_ in types)


def common_type(values: Iterable[Value], *, bare_null_settles_nothing: bool = False) -> Type | None:
    """The type all of them can have, or None if there is none.

    A bare `null` beside structures or beside types that differ has no type in common with them for conversions; some functions then
    leave the type open instead, and ask for that.

    `DYNAMIC` where an unknown of unknown type leaves it open. Where a provider's schema would settle it Terraform knows more than we do,
    so an open type never makes a failure.
    """
    given = tuple(values)
    types = list(dict.fromkeys(value.type for value in given))
    settled = [type_ for type_ in types if type_ is not DYNAMIC]
    if any(isinstance(value, UnknownValue) and value.of is DYNAMIC for value in given):
        # only text is certain to stay what it is beside an unknown: a number becomes text where the unknown is text
        return STRING if STRING in settled and unify(settled) is STRING else DYNAMIC
    if DYNAMIC not in types:
        return unify(types)
    if not settled:
        return DYNAMIC
    common = unify(settled)  # beside a bare null
    return common if isinstance(common, Plain) else DYNAMIC if bare_null_settles_nothing else None


def unify(types: Sequence[Type], *, unsafe: bool = True) -> Type | None:
    """The type that all of `types` convert to, or None; None for no types at all."""
    if not types:
        return None
    if all(type_ == types[0] for type_ in types[1:]):
        return types[0]
    kinds = {type(type_) if type_ is not DYNAMIC else None for type_ in types}
    dynamic = None in kinds
    structured = kinds - {None}
    match sorted(kind.__name__ for kind in structured if kind is not None):
        case ["MapType"] | ["ListType"] | ["SetType"]:
            return DYNAMIC if dynamic else _unify_collections(types, unsafe)
        case ["ObjectType"]:
            return DYNAMIC if dynamic else _unify_objects([t for t in types if isinstance(t, ObjectType)], unsafe)
        case ["TupleType"]:
            return DYNAMIC if dynamic else _unify_tuples([t for t in types if isinstance(t, TupleType)], unsafe)
        case ["MapType", "ObjectType"]:
            element = unify([e for t in types if isinstance(t, ObjectType) for _, e in t.attributes], unsafe=unsafe)
            as_map = None if element is None else MapType(element)
            if as_map is not None:
                found = unify([as_map if isinstance(t, ObjectType) else t for t in types], unsafe=unsafe)
                if isinstance(found, MapType) and all(can_convert(type_, found, unsafe=unsafe) for type_ in types):
                    return found
        case ["ListType", "TupleType"]:
            element = unify([e for t in types if isinstance(t, TupleType) for e in t.elements], unsafe=unsafe)
            as_list = None if element is None else ListType(element)
            if as_list is not None:
                found = unify([as_list if isinstance(t, TupleType) else t for t in types], unsafe=unsafe)
                if isinstance(found, ListType) and all(can_convert(type_, found, unsafe=unsafe) for type_ in types):
                    return found
        case names if "ObjectType" in names and "TupleType" in names:
            return None
        case _:
            pass
    for wanted in sorted(types, key=_generality):
        if all(can_convert(type_, wanted, unsafe=unsafe) for type_ in types):
            return wanted
    return None


def _generality(type_: Type) -> int:
    """Types that others convert to safely come first; `any` comes last."""
    match type_:
        case Plain.DYNAMIC:
            return 9
        case Plain.STRING | ListType() | MapType():
            return 0
        case TupleType() | ObjectType():
            return 1
        case Plain() | SetType():
            return 2
        case _:
            assert_never(type_)


def _unify_collections(types: Sequence[Type], unsafe: bool) -> Type | None:
    elements = [type_.element for type_ in types if isinstance(type_, ListType | SetType | MapType)]
    element = unify(elements, unsafe=unsafe)
    if element is None:
        return None
    match types[0]:
        case ListType():
            return ListType(element)
        case SetType():
            return SetType(element)
        case _:
            return MapType(element)


def _unify_objects(types: Sequence[ObjectType], unsafe: bool) -> Type | None:
    if any(type_.names() != types[0].names() for type_ in types[1:]):
        return _as_map(types, unsafe)
    made: dict[str, Type] = {}
    across = [type_.as_dict() for type_ in types]
    for name, _ in types[0].attributes:
        element = unify([one[name] for one in across], unsafe=unsafe)
        if element is None:
            return None
        made[name] = element
    found = object_type(made)
    return found if all(can_convert(type_, found, unsafe=unsafe) for type_ in types) else _as_map(types, unsafe)


def _as_map(types: Sequence[ObjectType], unsafe: bool) -> Type | None:
    element = unify(list(dict.fromkeys(e for type_ in types for _, e in type_.attributes)), unsafe=unsafe)
    if element is None:
        return None
    found = MapType(element)
    return found if all(can_convert(type_, found, unsafe=unsafe) for type_ in types) else None


def _unify_tuples(types: Sequence[TupleType], unsafe: bool) -> Type | None:
    if any(len(type_.elements) != len(types[0].elements) for type_ in types[1:]):
        return _as_list(types, unsafe)
    made: list[Type] = []
    for across in zip(*(type_.elements for type_ in types), strict=True):
        element = unify(across, unsafe=unsafe)
        if element is None:
            return None
        made.append(element)
    found = TupleType(tuple(made))
    return found if all(can_convert(type_, found, unsafe=unsafe) for type_ in types) else _as_list(types, unsafe)


def _as_list(types: Sequence[TupleType], unsafe: bool) -> Type | None:
    element = unify(list(dict.fromkeys(e for type_ in types for e in type_.elements)), unsafe=unsafe)
    if element is None:
        return None
    found = ListType(element)
    return found if all(can_convert(type_, found, unsafe=unsafe) for type_ in types) else None


# -------------------------------------------------------------------------------------------------------------- constraints


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute of an `object({…})` constraint: `optional(constraint, default)`."""

    constraint: Constraint
    optional: bool = False
    default: Value | None = None
    """None where no default is written: the attribute is null then."""


@dataclass(frozen=True, slots=True)
class Constraint:
    """What `type = …` of a variable says: the type, and the defaults of its optional attributes at any depth.

    Built from the inside out: `Constraint(STRING)`, `Constraint.list_of(c)`, `Constraint.object_of({"a": Attribute(c, optional=True)})`, …
    """

    type: Type = DYNAMIC
    defaults: Mapping[str, Value] = field(default_factory=dict)
    """Of an object: the defaults of its attributes, converted to their types."""
    attributes: Mapping[str, Constraint] = field(default_factory=dict)
    element: Constraint | None = None
    """Of a list, set or map."""
    elements: tuple[Constraint, ...] = ()
    """Of a tuple."""

    @property
    def has_defaults(self) -> bool:
        inner = (*self.attributes.values(), *self.elements, *([self.element] if self.element else []))
        return bool(self.defaults) or any(one.has_defaults for one in inner)

    @classmethod
    def list_of(cls, element: Constraint) -> Constraint:
        return cls(ListType(element.type), element=element)

    @classmethod
    def set_of(cls, element: Constraint) -> Constraint:
        return cls(SetType(element.type), element=element)

    @classmethod
    def map_of(cls, element: Constraint) -> Constraint:
        return cls(MapType(element.type), element=element)

    @classmethod
    def tuple_of(cls, elements: Sequence[Constraint]) -> Constraint:
        return cls(TupleType(tuple(element.type for element in elements)), elements=tuple(elements))

    @classmethod
    def object_of(cls, attributes: Mapping[str, Attribute]) -> Constraint:
        """An object constraint. A default that does not fit its attribute's type becomes a failure, which says so."""
        return cls(
            object_type(
                {name: attribute.constraint.type for name, attribute in attributes.items()},
                [name for name, attribute in attributes.items() if attribute.optional],
            ),
            defaults={
                name: convert(attribute.default, attribute.constraint.type)
                for name, attribute in attributes.items()
                if attribute.default is not None
            },
            attributes={name: attribute.constraint for name, attribute in attributes.items()},
        )

    def apply(self, value: Value) -> Value:
        """The value as the variable has it: defaults at every depth, then conversion. Null stays null (see `nullable`)."""
        return convert(self.with_defaults(value), self.type)

    def with_defaults(self, value: Value) -> Value:
        """The value with the defaults of absent and null optional attributes, not yet converted.

        Source: https://developer.hashicorp.com/terraform/language/expressions/type-constraints#optional-object-type-attributes
        """
        if not self.has_defaults:
            return value
        match value:
            case ListValue() | SetValue() | TupleValue():
                inner = [self._child(position).with_defaults(item) for position, item in enumerate(value.items)]
                result = tuple_of(inner)  # converted as a whole afterwards: lists and sets have one element type
            case MapValue(items=given) | ObjectValue(attributes=given):
                result = object_of(self._with_attribute_defaults(given))
            case _:
                return value
        return marked(result) if value.sensitive else result

    def _with_attribute_defaults(self, given: Mapping[str, Value]) -> dict[str, Value]:
        made = {name: self._child(name).with_defaults(item) for name, item in given.items()}
        for name, default in self.defaults.items():
            if name not in made or isinstance(made[name], NullValue):
                made[name] = self._child(name).with_defaults(default)
        return made

    def _child(self, where: int | str) -> Constraint:
        if self.element is not None:
            return self.element
        if isinstance(where, int):
            return self.elements[where] if where < len(self.elements) else Constraint()
        return self.attributes.get(where, Constraint())


def to_string(value: Value) -> Value:
    """As a template converts its parts: a string, an unknown string, or a failure."""
    if isinstance(value, NullValue):
        return failure("the expression result is null; cannot include a null value in a string template", value)
    return convert(value, STRING)
