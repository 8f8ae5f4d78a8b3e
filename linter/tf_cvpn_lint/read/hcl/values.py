"""The values an expression can have: Terraform's, plus unknowns that remember where they come from.

For whoever evaluates expressions, the whole surface is:

- **Shapes.** `Value` is a closed union of frozen classes: `StringValue(text)`, `NumberValue(number)`, `BoolValue(flag)`,
  `ListValue(element_type, items)`, `SetValue(element_type, items)`, `MapValue(element_type, items)`, `TupleValue(items)`,
  `ObjectValue(attributes)`, `NullValue(of)`, `UnknownValue(of, refers_to, why, symbol, exact, …)`. Use `match`. Every value
  has `.type` (see `types`), `.sensitive`, `.is_wholly_known` (no unknown inside), `.holds_sensitive` (a mark here or inside)
  and `.weight`.
- **Making them.** Scalars by `string`, `number`, `boolean`; collections by `list_of`, `set_of`, `map_of`, `tuple_of`,
  `object_of`, which sort keys and set elements as Terraform does and give an unknown where the result would be larger than
  `MAX_WEIGHT` (sharing makes exponential values cheap to write: `[[x, x], [x, x]]`…). Never call the classes of collections
  for something that came from the user. Text that grows goes through `text_of`. `true`, `false`, `null`: `TRUE`, `FALSE`, `NULL`.
- **Unknowns.** `reference(Reference(…))` for an unknown attribute; `unknown(why, …)` for any other first one;
  `unknown_from("index", a, b)` for what is made from others: it merges `refers_to`, takes the first `why`, is `exact` only if
  all its unknown parts are, and gets `symbol=Call("index", …)` if every argument is an unknown with a symbol or a known scalar.
  `failure("…", *arguments)` is the unknown of an operation Terraform would refuse: `is_failure` is true, and `try` and `can`
  go by that. A plain unknown is not a failure: `try(aws_vpc.a.id, "x")` is the unknown.
- **Null.** `NullValue` carries its type (`DYNAMIC` for a bare `null`).
- **Sensitive.** A mark sits on the value it was put on; `marked(value)`; `with_marks_of(result, *arguments)` spreads marks of
  arguments (at any depth) to a result.
- **Attributes of resources.** There are no provider schemas here, so `aws_subnet.a.id` is `UnknownValue(DYNAMIC, …)`. Elements
  of a known list may be of unknown type; the list's element type is then `DYNAMIC` unless a known element settles it.
- **Text.** `concatenate(parts)` is what a template does with parts already converted to strings; `"${x}/32"`,
  `format("%s/32", x)` and `join("/", [x, "32"])` all give `Call("template", (x, Literal("/32")))`, and `"${x}"` gives `x` itself.
- **Out.** `to_configuration_value(value)`: null → `Absent`, sensitive → `Unknown(why="marked sensitive")`, sets and lists →
  tuples.

Beside it: `conversion` (`convert(value, type)`, `unify(types)`, `Constraint` with `optional()` defaults), `functions.operators`
(`unary`, `binary`, `conditional`, `index`, `attribute`, `equal`, with Terraform's conversions), `functions.call(name, arguments,
files)` for every function that is no special form, and `functions.SPECIAL_FORMS` (`try`, `can`, `templatefile`,
`templatestring`), which only an evaluator can do.

Nothing here raises on bad input; what Terraform refuses is a `failure` that says why.
Source: https://github.com/zclconf/go-cty/blob/main/docs/concepts.md, …/refinements.md, and what `terraform console` answers.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TypeVar, assert_never

from tf_cvpn_lint.core.address import Reference
from tf_cvpn_lint.core.evidence import Evidence
from tf_cvpn_lint.core.records import dataclass, field, replace, settle
from tf_cvpn_lint.core.value import Absent, Call, Known, Literal, Symbol, Unknown
from tf_cvpn_lint.core.value import Value as ConfigurationValue
from tf_cvpn_lint.read.hcl import bigfloat
from tf_cvpn_lint.read.hcl.bigfloat import Number
from tf_cvpn_lint.read.hcl.types import (
    BOOL,
    DYNAMIC,
    NUMBER,
    STRING,
    ListType,
    MapType,
    Plain,
    SetType,
    TupleType,
    Type,
    object_type,
    size_of,
)

MAX_WEIGHT = 250_000
"""The largest value that is built, in nodes; 32 characters of text count as one more node."""
MAX_TYPE = 10_000
"""The largest type that an unknown value keeps, in types it is made of."""
MAX_TEXT = 2**20
"""The longest text that is built, in characters."""


@dataclass(frozen=True, slots=True)
class _Common:
    """What every value tells about itself. Computed once, from what it holds: walking shared parts again could take for ever."""

    sensitive: bool = field(default=False, kw_only=True)
    type: Type = field(init=False, compare=False, repr=False)
    weight: int = field(init=False, compare=False, repr=False)
    is_wholly_known: bool = field(init=False, compare=False, repr=False)
    """No unknown in it, at any depth."""
    holds_sensitive: bool = field(init=False, compare=False, repr=False)
    """It is marked sensitive, or something in it is."""

    def _settle(self, type_: Type, parts: Iterable[Value] = (), weight: int = 1) -> None:
        known, marks = True, self.sensitive
        for part in parts:
            weight += part.weight
            known = known and part.is_wholly_known
            marks = marks or part.holds_sensitive
        settle(self, "type", type_)
        settle(self, "weight", weight)
        settle(self, "is_wholly_known", known)
        settle(self, "holds_sensitive", marks)


@dataclass(frozen=True, slots=True)
class StringValue(_Common):
    """Text, in Unicode's normal form C as Terraform keeps all text."""

    text: str = ""

    def __post_init__(self) -> None:
        if not self.text.isascii():
            settle(self, "text", unicodedata.normalize("NFC", self.text))
        self._settle(STRING, weight=1 + len(self.text) // 32)


@dataclass(frozen=True, slots=True)
class NumberValue(_Common):
    """A number: an `int` where it is whole, else a `Fraction`; see `bigfloat`."""

    number: Number = 0
    precision: int = field(default=bigfloat.PRECISION, compare=False)
    """Bits that operations on it keep. 512 for what is written, `bigfloat.COUNTED` for lengths and indexes."""

    def __post_init__(self) -> None:
        self._settle(NUMBER)

    def __str__(self) -> str:
        return bigfloat.to_text(self.number, self.precision)


@dataclass(frozen=True, slots=True)
class BoolValue(_Common):
    """`true` or `false`."""

    flag: bool = False

    def __post_init__(self) -> None:
        self._settle(BOOL)


@dataclass(frozen=True, slots=True)
class ListValue(_Common):
    """`list(element_type)`; a `DYNAMIC` element type means that an item of unknown type keeps the common type open."""

    element_type: Type = DYNAMIC
    items: tuple[Value, ...] = ()

    def __post_init__(self) -> None:
        self._settle(ListType(self.element_type), self.items)


@dataclass(frozen=True, slots=True)
class SetValue(_Common):
    """`set(element_type)`, in Terraform's order and without duplicates; make it with `set_of`.

    Unknown items may turn out to equal others, so `length` is certain only where there is none, or one item at all.
    """

    element_type: Type = DYNAMIC
    items: tuple[Value, ...] = ()

    def __post_init__(self) -> None:
        self._settle(SetType(self.element_type), self.items)


@dataclass(frozen=True, slots=True)
class MapValue(_Common):
    """`map(element_type)`, in the order of its keys; make it with `map_of`. Keys are always known: an unknown key makes an unknown map."""

    element_type: Type = DYNAMIC
    items: Mapping[str, Value] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._settle(MapType(self.element_type), self.items.values(), 1 + len(self.items))


@dataclass(frozen=True, slots=True)
class TupleValue(_Common):
    """What `[a, b]` is."""

    items: tuple[Value, ...] = ()

    def __post_init__(self) -> None:
        self._settle(TupleType(tuple(item.type for item in self.items)), self.items)


@dataclass(frozen=True, slots=True)
class ObjectValue(_Common):
    """What `{a = b}` is, in the order of its names; make it with `object_of`."""

    attributes: Mapping[str, Value] = field(default_factory=dict)

    def __post_init__(self) -> None:
        type_ = object_type({name: value.type for name, value in self.attributes.items()})
        self._settle(type_, self.attributes.values(), 1 + len(self.attributes))


@dataclass(frozen=True, slots=True)
class NullValue(_Common):
    """`null`, of a type: `DYNAMIC` where nothing says which."""

    of: Type = DYNAMIC

    def __post_init__(self) -> None:
        self._settle(self.of)


@dataclass(frozen=True, slots=True)
class UnknownValue(_Common):
    """A value nobody knows yet, with what is known of it."""

    of: Type = DYNAMIC
    """Its type, `DYNAMIC` if that is not known either."""
    why: str = "known after apply"
    refers_to: tuple[Reference, ...] = ()
    """What it comes from, each once."""
    symbol: Symbol | None = None
    """How it is made. Two values with equal symbols are equal."""
    exact: bool = False
    """Whether `refers_to` is all that it is made of: no condition, key or other unknown had a say."""
    is_failure: bool = False
    """Terraform would refuse this expression; `why` is the reason. Not set for what merely is not known."""
    not_null: bool = False
    """It is certainly not null."""
    prefix: str = ""
    """For text: it starts with this."""
    least: int = 0
    """For a collection or text: its length is at least this."""
    most: int | None = None
    """For a collection: its length is at most this."""

    def __post_init__(self) -> None:
        if self.of.__class__ is not Plain and size_of(self.of) > MAX_TYPE:
            settle(self, "of", DYNAMIC)  # types share parts as values do, and going through all of one takes as long
        self._settle(self.of)
        settle(self, "is_wholly_known", False)


Value = (
    StringValue
    | NumberValue
    | BoolValue
    | ListValue
    | SetValue
    | MapValue
    | TupleValue
    | ObjectValue
    | NullValue
    | UnknownValue
)
Sequential = ListValue | SetValue | TupleValue
"""What can be gone through by position."""
Keyed = MapValue | ObjectValue
"""What can be gone through by name."""

TRUE = BoolValue(flag=True)
FALSE = BoolValue(flag=False)
NULL = NullValue()

V = TypeVar("V", bound=_Common)


def string(text: str) -> StringValue:
    return StringValue(text=text)


def number(value: Number) -> NumberValue:
    """A number as one written in the configuration."""
    return NumberValue(number=value)


def counted(value: int) -> NumberValue:
    """A number that Terraform made from a machine integer: a length, an index."""
    return NumberValue(number=value, precision=bigfloat.COUNTED)


def boolean(flag: bool) -> BoolValue:
    return TRUE if flag else FALSE


# ---------------------------------------------------------------------------------------------------------------- unknowns


def unknown(
    why: str = "known after apply",
    *,
    type: Type = DYNAMIC,  # noqa: A002  Terraform's word for it
    refers_to: tuple[Reference, ...] = (),
    symbol: Symbol | None = None,
    exact: bool = False,
    not_null: bool = False,
) -> UnknownValue:
    """An unknown that is made from no other value."""
    return UnknownValue(of=type, why=why, refers_to=refers_to, symbol=symbol, exact=exact, not_null=not_null)


def reference(
    refers_to: Reference,
    *,
    why: str = "known after apply",
    type: Type = DYNAMIC,  # noqa: A002
    is_set: bool = False,
) -> UnknownValue:
    """The unknown attribute of a resource, as itself: its symbol is the reference, and it is exact.

    `is_set` where the provider never leaves it null or empty (`id`, `arn`, `cidr_block`): `compact` and `coalesce` go by that.
    """
    return UnknownValue(
        of=type,
        why=why,
        refers_to=(refers_to,),
        symbol=refers_to,
        exact=True,
        not_null=is_set,
        least=1 if is_set else 0,
    )


SECRET = "it fails on a sensitive value"
"""What is said instead of words that may hold such a value."""


def failure(why: str, *arguments: Value, type: Type = DYNAMIC) -> UnknownValue:  # noqa: A002
    """What an operation gives that Terraform refuses; what the arguments refer to is kept."""
    origins = tuple(origin for argument in arguments for origin in unknowns_of(argument))
    refers_to = tuple(dict.fromkeys(one for origin in origins for one in origin.refers_to))
    marks = any(argument.holds_sensitive for argument in arguments)
    if marks:
        why = SECRET  # the words may quote an argument
    return UnknownValue(of=type, why=why, refers_to=refers_to, is_failure=True, sensitive=marks)


def unknown_from(
    function: str,
    *arguments: Value,
    type: Type = DYNAMIC,  # noqa: A002
    not_null: bool = False,
    why: str = "",
    prefix: str = "",
    least: int = 0,
    most: int | None = None,
) -> UnknownValue:
    """The unknown result of a function or operator on `arguments`, one of which is unknown at least in part.

    A failed argument makes a failed result. `why` replaces the first argument's reason.
    """
    origins = tuple(origin for argument in arguments for origin in unknowns_of(argument))
    failed = next((origin for origin in origins if origin.is_failure), None)
    first = failed or (origins[0] if origins else None)
    symbols = tuple(symbol_of(argument) for argument in arguments)
    complete = tuple(symbol for symbol in symbols if symbol is not None)
    return UnknownValue(
        of=type,
        why=why or (first.why if first else "known after apply"),
        refers_to=tuple(dict.fromkeys(one for origin in origins for one in origin.refers_to)),
        symbol=call_of(function, complete) if arguments and len(complete) == len(symbols) else None,
        exact=bool(origins) and all(origin.exact for origin in origins),
        is_failure=failed is not None,
        not_null=not_null,
        prefix=prefix,
        least=least,
        most=most,
        sensitive=any(argument.holds_sensitive for argument in arguments),
    )


def unknowns_of(value: Value) -> Iterator[UnknownValue]:
    """The unknowns in a value, at any depth, in order."""
    if value.is_wholly_known:
        return
    if isinstance(value, UnknownValue):
        yield value
        return
    for part in parts_of(value):
        yield from unknowns_of(part)


def parts_of(value: Value) -> Sequence[Value]:
    """The items or attributes directly in a value; none for a scalar."""
    match value:
        case ListValue() | SetValue() | TupleValue():
            return value.items
        case MapValue():
            return tuple(value.items.values())
        case ObjectValue():
            return tuple(value.attributes.values())
        case StringValue() | NumberValue() | BoolValue() | NullValue() | UnknownValue():
            return ()
        case _:
            assert_never(value)


def names_of(value: Value) -> list[str]:
    """The keys of a map or the attribute names of an object, in order; none for anything else."""
    match value:
        case MapValue():
            return list(value.items)
        case ObjectValue():
            return list(value.attributes)
        case _:
            return []


MAX_SYMBOL = 500
"""Symbols of more parts are not built: whoever compares or follows them looks at every part, also at one that is there a million times."""
MAX_SYMBOL_DEPTH = 60
"""Nor those in which more calls lie within each other: whoever follows them goes as deep."""


def call_of(function: str, arguments: tuple[Symbol, ...]) -> Call | None:
    """The symbol of a function on these; None where it would be larger than anybody writes."""
    made = Call(function, arguments)
    return made if made.size <= MAX_SYMBOL and made.depth <= MAX_SYMBOL_DEPTH else None


def symbol_of(value: Value) -> Symbol | None:
    """How the value is written inside a symbol: a known scalar as `Literal`, an unknown by its own symbol, anything else not at all."""
    match value:
        case UnknownValue():
            return value.symbol
        case _ if value.sensitive:
            return None
        case StringValue():
            return Literal(value.text)
        case BoolValue():
            return Literal(value.flag)
        case NumberValue():
            return Literal(_plain_number(value))
        case NullValue():
            return Literal(None)
        case ListValue() | SetValue() | MapValue() | TupleValue() | ObjectValue():
            return None
        case _:
            assert_never(value)


def _plain_number(value: NumberValue) -> int | float | str:
    if isinstance(value.number, int):
        return value.number
    try:
        return float(value.number)
    except OverflowError:
        return str(value)


def is_settled(value: Value) -> bool:
    """Known at its own level: its elements may be unknown, it is not."""
    return not isinstance(value, UnknownValue)


# ------------------------------------------------------------------------------------------------------------------ marks


def marked(value: Value) -> Value:
    """The value, marked sensitive."""
    return value if value.sensitive else replace(value, sensitive=True)


def with_marks_of(result: Value, *arguments: Value) -> Value:
    """The result, marked if any argument is, or holds something that is."""
    return marked(result) if any(argument.holds_sensitive for argument in arguments) else result


def unmarked(value: Value) -> Value:
    """The value without its own mark; marks inside stay."""
    return replace(value, sensitive=False) if value.sensitive else value


def deeply_unmarked(value: Value) -> Value:
    """The value without any mark, at any depth."""
    if not value.holds_sensitive:
        return value
    match value:
        case ListValue():
            return ListValue(element_type=value.element_type, items=tuple(map(deeply_unmarked, value.items)))
        case SetValue():
            return SetValue(element_type=value.element_type, items=tuple(map(deeply_unmarked, value.items)))
        case TupleValue():
            return TupleValue(items=tuple(map(deeply_unmarked, value.items)))
        case MapValue():
            inner = {key: deeply_unmarked(item) for key, item in value.items.items()}
            return MapValue(element_type=value.element_type, items=inner)
        case ObjectValue():
            return ObjectValue(attributes={key: deeply_unmarked(item) for key, item in value.attributes.items()})
        case StringValue() | NumberValue() | BoolValue() | NullValue() | UnknownValue():
            return replace(value, sensitive=False)
        case _:
            assert_never(value)


# ------------------------------------------------------------------------------------------------------------- collections


def _bounded(value: ListValue | SetValue | TupleValue | MapValue | ObjectValue) -> Value:
    if value.weight <= MAX_WEIGHT:
        return value
    return too_large(type=_flat(value.type))


def too_large(*made_of: Value, type: Type = DYNAMIC) -> UnknownValue:  # noqa: A002
    """What is not built, of these: it would weigh more than `MAX_WEIGHT`."""
    marks = any(part.holds_sensitive for part in made_of)
    why = f"larger than the {MAX_WEIGHT:,} values that are evaluated"
    return UnknownValue(of=type, why=why, not_null=True, sensitive=marks)


def _flat(type_: Type) -> Type:
    return DYNAMIC if isinstance(type_, TupleType) or not isinstance(type_, ListType | SetType | MapType) else type_


def list_of(element_type: Type, items: Iterable[Value]) -> Value:
    """A list; the items are of `element_type` already."""
    return _bounded(ListValue(element_type=element_type, items=tuple(items)))


def tuple_of(items: Iterable[Value]) -> Value:
    return _bounded(TupleValue(items=tuple(items)))


def map_of(element_type: Type, items: Mapping[str, Value]) -> Value:
    """A map; the items are of `element_type` already."""
    return _bounded(MapValue(element_type=element_type, items=_sorted(items)))


def object_of(attributes: Mapping[str, Value]) -> Value:
    return _bounded(ObjectValue(attributes=_sorted(attributes)))


def _sorted(items: Mapping[str, Value]) -> dict[str, Value]:
    normal = {key if key.isascii() else unicodedata.normalize("NFC", key): item for key, item in items.items()}
    return dict(sorted(normal.items()))  # by code point, which is the order of UTF-8's bytes and so of Go


def set_of(element_type: Type, items: Iterable[Value]) -> Value:
    """A set: duplicates go, and the order becomes Terraform's. A mark on an item moves to the set, as Terraform has it."""
    given = tuple(items)
    marks = any(item.holds_sensitive for item in given)
    bare = tuple(deeply_unmarked(item) for item in given) if marks else given
    if sum(item.weight for item in bare) > MAX_WEIGHT:
        return _bounded(SetValue(element_type=element_type, items=bare, sensitive=marks))
    kept: dict[object, Value] = {}
    for item in bare:
        kept.setdefault(_unknown_identity(item) if not item.is_wholly_known else identity(item), item)
    ordered = sorted(kept.values(), key=_set_order)
    return _bounded(SetValue(element_type=element_type, items=tuple(ordered), sensitive=marks))


def _unknown_identity(value: Value) -> object:
    """Equal for unknowns that are made in the same way; two others may be equal, and are both kept."""
    if isinstance(value, UnknownValue) and value.symbol is not None:
        return ("symbol", value.symbol)
    return ("unknown", id(value))


def identity(value: Value) -> object:
    """Equal for known values that Terraform holds equal, within one type."""
    match value:
        case StringValue():
            return value.text
        case BoolValue():
            return value.flag
        case NumberValue():
            return ("number", value.number if isinstance(value.number, int) else str(value))
        case NullValue():
            return None
        case ListValue() | SetValue() | TupleValue():
            return tuple(identity(item) for item in value.items)
        case MapValue():
            return tuple((key, identity(item)) for key, item in value.items.items())
        case ObjectValue():
            return tuple((key, identity(item)) for key, item in value.attributes.items())
        case UnknownValue():
            return id(value)
        case _:
            assert_never(value)


def _set_order(value: Value) -> tuple[int, int, object]:
    """Null after known, unknown after all; scalars by value; anything else by go-cty's rendering of it for hashing.

    A set whose type waits for an unknown element may hold several kinds: those are kept apart.
    """
    match value:
        case UnknownValue():
            return (1, 0, 0)
        case NullValue():
            return (2, 0, 0)
        case StringValue():
            return (0, 0, value.text)
        case NumberValue():
            return (0, 1, value.number)
        case BoolValue():
            return (0, 2, value.flag)
        case ListValue() | SetValue() | TupleValue() | MapValue() | ObjectValue():
            return (0, 3, "".join(_hash_text(value)).encode("utf-8", "surrogatepass"))
        case _:
            assert_never(value)


def _hash_text(value: Value) -> Iterator[str]:
    # https://github.com/zclconf/go-cty/blob/main/cty/set_internals.go: sets of structures are ordered by this rendering
    match value:
        case UnknownValue():
            yield "?"
        case NullValue():
            yield "~"
        case NumberValue():
            yield go_float_text(value)
        case BoolValue():
            yield "T" if value.flag else "F"
        case StringValue():
            yield go_quote(value.text)
        case MapValue():
            yield "{"
            for key, item in value.items.items():
                yield go_quote(key)
                yield ":"
                yield from _hash_text(item)
                yield ";"
            yield "}"
        case ListValue() | SetValue():
            yield "["
            for item in value.items:
                yield from _hash_text(item)
                yield ";"
            yield "]"
        case TupleValue() | ObjectValue():
            yield "<"
            for item in parts_of(value):
                yield from _hash_text(item)
                yield ";"
            yield ">"
        case _:
            assert_never(value)


_GO_ESCAPES = {7: "\\a", 8: "\\b", 9: "\\t", 10: "\\n", 11: "\\v", 12: "\\f", 13: "\\r", 34: '\\"', 92: "\\\\"}


def go_quote(text: str) -> str:
    """The text as Go's `%q` writes it."""
    quoted = ['"']
    for character in text:
        code = ord(character)
        if code in _GO_ESCAPES:
            quoted.append(_GO_ESCAPES[code])
        elif code < 0x20 or code == 0x7F:
            quoted.append(f"\\x{code:02x}")
        elif code < 0x7F or character.isprintable():
            quoted.append(character)
        else:
            quoted.append(f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}")
    quoted.append('"')
    return "".join(quoted)


def go_float_text(value: NumberValue) -> str:
    """The number as Go's `big.Float.String` writes it: ten significant digits, an exponent when below -4 or from ten up."""
    exact = value.number
    if exact == 0:
        return "0"
    sign = "-" if exact < 0 else ""
    digits, point = bigfloat.significant(exact, 10)
    exponent = point - 1
    if exponent < -4 or exponent >= 10:
        mantissa = digits[0] + (f".{digits[1:]}" if len(digits) > 1 else "")
        return f"{sign}{mantissa}e{'-' if exponent < 0 else '+'}{abs(exponent):02d}"
    if point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    if len(digits) <= point:
        return sign + digits + "0" * (point - len(digits))
    return f"{sign}{digits[:point]}.{digits[point:]}"


# ------------------------------------------------------------------------------------------------------------------- text


def text_of(text: str, *arguments: Value) -> Value:
    """Text made from the arguments; unknown, and said so, where it is longer than `MAX_TEXT`."""
    if len(text) > MAX_TEXT:
        return too_long(*arguments)
    return with_marks_of(StringValue(text=text), *arguments)


def too_long(*arguments: Value) -> Value:
    """The text that is not built."""
    return with_marks_of(unknown(f"text of more than {MAX_TEXT:,} characters", type=STRING, not_null=True), *arguments)


def concatenate(parts: Iterable[Value]) -> Value:
    """The parts one after the other, as a template has them. Each is a `StringValue` or an `UnknownValue`; anything else fails.

    Unknown parts keep their place in the symbol, and the text before the first of them is the result's known prefix.
    """
    given = tuple(parts)
    pieces: list[str | Symbol | None] = []
    length = 0
    for part in given:
        match part:
            case StringValue():
                length += len(part.text)
                if length > MAX_TEXT:
                    return too_long(*given)
                if part.text:
                    _append_text(pieces, part.text)
            case UnknownValue():
                _append_symbol(pieces, part.symbol)
            case _:
                return failure("a template needs text, a number or a bool", *given)
    if all(isinstance(part, StringValue) for part in given):
        return text_of("".join(piece for piece in pieces if isinstance(piece, str)), *given)
    symbols = tuple(Literal(piece) if isinstance(piece, str) else piece for piece in pieces)
    complete = tuple(symbol for symbol in symbols if symbol is not None)
    filled = length > 0 or any(part.least for part in given if isinstance(part, UnknownValue) and part.of is STRING)
    whole = unknown_from("template", *given, type=STRING, not_null=True, prefix=_prefix(given), least=int(filled))
    if len(complete) < len(symbols) or any(part.sensitive for part in given if isinstance(part, StringValue)):
        return replace(whole, symbol=None)
    return replace(whole, symbol=complete[0] if len(complete) == 1 else call_of("template", complete))


def _prefix(parts: Sequence[Value]) -> str:
    known = ""
    for part in parts:
        if isinstance(part, StringValue):
            known += part.text
        elif isinstance(part, UnknownValue):
            return known + part.prefix if part.prefix else safe_prefix(known)
    return known


def safe_prefix(known: str) -> str:
    """What certainly stays of a text when more follows: its last letter may yet combine with an accent (normal form C)."""
    return known[:-1] if known and (known[-1].isalpha() or known[-1] in "<>=") else known


def _append_text(pieces: list[str | Symbol | None], text: str) -> None:
    if pieces and isinstance(pieces[-1], str):
        pieces[-1] += text
    else:
        pieces.append(text)


def _append_symbol(pieces: list[str | Symbol | None], symbol: Symbol | None) -> None:
    match symbol:
        case Call(function="template", arguments=inner):
            for one in inner:
                _append_symbol(pieces, one)
        case Literal(value=str() as text):
            _append_text(pieces, text)
        case _:
            pieces.append(symbol)


# -------------------------------------------------------------------------------------------------------------------- out


def to_configuration_value(value: Value, evidence: Evidence | None = None) -> ConfigurationValue:
    """The value as a `Configuration` holds it; `evidence` goes to every part.

    Null is `Absent`; what is marked sensitive is `Unknown`; lists, sets and tuples are tuples, maps and objects are mappings; whole
    numbers are `int`, others `float`.
    """
    if value.sensitive:
        # neither the text of a secret nor how it is made belongs in a report
        origins = tuple(unknowns_of(value))
        refers_to = tuple(dict.fromkeys(one for origin in origins for one in origin.refers_to))
        return Unknown(refers_to, "marked sensitive", None, False, evidence)

    def inner(part: Value) -> ConfigurationValue:
        return to_configuration_value(part, evidence)

    match value:
        case StringValue():
            return Known(value.text, evidence)
        case BoolValue():
            return Known(value.flag, evidence)
        case NumberValue():
            plain = _plain_number(value)
            return Known(plain, evidence)
        case NullValue():
            return Absent(evidence)
        case UnknownValue():
            return Unknown(value.refers_to, value.why, value.symbol, value.exact, evidence)
        case ListValue() | SetValue() | TupleValue():
            return Known(tuple(inner(item) for item in value.items), evidence)
        case MapValue():
            return Known({key: inner(item) for key, item in value.items.items()}, evidence)
        case ObjectValue():
            return Known({key: inner(item) for key, item in value.attributes.items()}, evidence)
        case _:
            assert_never(value)


def map_parts(value: Value, change: Callable[[Value], Value]) -> Value:
    """The value with `change` applied to each of its direct parts, of the same kind; a scalar is itself."""
    match value:
        case ListValue():
            return replace(value, items=tuple(map(change, value.items)))
        case SetValue():
            changed = set_of(value.element_type, map(change, value.items))
            return marked(changed) if value.sensitive else changed
        case TupleValue():
            return replace(value, items=tuple(map(change, value.items)))
        case MapValue():
            return replace(value, items={key: change(item) for key, item in value.items.items()})
        case ObjectValue():
            return replace(value, attributes={key: change(item) for key, item in value.attributes.items()})
        case StringValue() | NumberValue() | BoolValue() | NullValue() | UnknownValue():
            return value
        case _:
            assert_never(value)
