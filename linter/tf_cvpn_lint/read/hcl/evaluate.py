"""Expressions to values, symbolically: what Terraform would compute, as far as anyone can without asking a provider.

What names mean is the resolver's business (see `modules`); what operators and functions do is `functions`'s. Nothing here raises on what
a configuration can say: what Terraform would refuse is a `failure`, and work is bounded by `Fuel`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Protocol, assert_never, cast

from tf_cvpn_lint.core.address import Reference
from tf_cvpn_lint.core.records import dataclass, field, replace
from tf_cvpn_lint.core.value import Call, Literal, Symbol
from tf_cvpn_lint.read.hcl import bigfloat, functions
from tf_cvpn_lint.read.hcl.conversion import convert, to_string
from tf_cvpn_lint.read.hcl.functions import operators
from tf_cvpn_lint.read.hcl.functions.signature import inexact
from tf_cvpn_lint.read.hcl.syntax import (
    Binary,
    Conditional,
    Constant,
    Expression,
    ForDirective,
    ForObject,
    ForTuple,
    FunctionCall,
    GetAttr,
    IfDirective,
    Index,
    Interpolation,
    Name,
    Number,
    ObjectCons,
    Part,
    Splat,
    SplatItem,
    Template,
    TupleCons,
    Unary,
    Unparsed,
)
from tf_cvpn_lint.read.hcl.types import BOOL, DYNAMIC, ListType, MapType, SetType, TupleType
from tf_cvpn_lint.read.hcl.values import (
    FALSE,
    MAX_WEIGHT,
    NULL,
    TRUE,
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
    call_of,
    concatenate,
    counted,
    deeply_unmarked,
    failure,
    number,
    object_of,
    string,
    symbol_of,
    too_large,
    tuple_of,
    unknown,
    unknown_from,
    unknowns_of,
    with_marks_of,
)

MAX_STEPS = 1_000_000
"""Expressions evaluated in one run, over everything."""
MAX_DEPTH = 400
"""Expressions within expressions, references followed included."""


class OutOfFuelError(Exception):
    """A bound of the work was reached; the text says which."""


class FailedError(Exception):
    """Something within an argument of `try` or `can` is what Terraform would refuse."""

    def __init__(self, value: UnknownValue) -> None:
        super().__init__(value.why)
        self.value = value


@dataclass(slots=True)
class Fuel:
    """What may still be spent."""

    steps: int = MAX_STEPS
    depth: int = 0


@dataclass(frozen=True, slots=True)
class OpenObject(ObjectValue):
    """A nested block of a resource, to which the provider adds attributes that are not written."""

    origin: Reference | None = field(default=None, kw_only=True)
    """The resource's attribute that the blocks are."""
    symbol: Symbol | None = field(default=None, kw_only=True)
    """This block: `index(origin, n)`, where n is its place among the blocks as they are written."""

    def missing(self, name: str) -> Value:
        """An attribute that is not written: the provider's to decide."""
        assert self.origin is not None
        assert self.symbol is not None
        return unknown(refers_to=(self.origin,), symbol=Call("attribute", (self.symbol, Literal(name))), exact=True)


class Resolver(Protocol):
    """What names mean in one module."""

    def variable(self, name: str) -> Value: ...

    def local(self, name: str) -> Value: ...

    def module_call(self, name: str) -> Value: ...

    def resource(self, type_: str, name: str, mode: str) -> Value: ...

    def path_name(self, name: str) -> Value: ...

    def terraform(self, name: str) -> Value: ...

    def attribute_of(self, target: UnknownValue, name: str) -> Value | None:
        """The attribute of a whole resource or module that was not evaluated yet; None where `target` is no such thing."""

    def element_of(self, target: UnknownValue, key: Value) -> Value | None:
        """The instance of a whole resource or module whose instances are not known; None where `target` is no such thing."""

    def is_single(self, target: UnknownValue) -> bool | None:
        """Whether it is one whole instance (True), a collection of instances (False), or neither."""

    @property
    def files(self) -> functions.Files: ...


@dataclass(frozen=True, slots=True)
class Scope:
    """Where an expression stands: its module, and the names bound around it."""

    resolver: Resolver
    names: Mapping[str, Value] = field(default_factory=dict)
    item: Value | None = None
    """The element of the innermost splat."""

    def bind(self, names: Mapping[str, Value]) -> Scope:
        return Scope(self.resolver, {**self.names, **names}, self.item)


class Evaluator:
    """Evaluates expressions; keeps the fuel for all of them."""

    def __init__(self, fuel: Fuel | None = None) -> None:
        self.fuel = fuel or Fuel()
        self._strict = False
        """Within an argument of `try` or `can`: there a failure is the argument's, however much is made of it."""

    def spend(self, steps: int = 1) -> None:
        """Takes away what work besides an expression costs.

        Raises:
            OutOfFuelError: so much is not left.
        """
        self.fuel.steps -= steps
        if self.fuel.steps < 0:
            raise OutOfFuelError(f"more than {MAX_STEPS:,} steps")

    def evaluate(self, expression: Expression, scope: Scope) -> Value:
        """The expression's value.

        Raises:
            OutOfFuelError: a bound was reached.
        """
        fuel = self.fuel
        fuel.steps -= 1
        if fuel.steps < 0:
            raise OutOfFuelError(f"more than {MAX_STEPS:,} steps")
        if fuel.depth >= MAX_DEPTH:
            raise OutOfFuelError(f"more than {MAX_DEPTH} expressions deep")
        fuel.depth += 1
        try:
            value = self._evaluate(expression, scope)
        finally:
            fuel.depth -= 1
        if self._strict and isinstance(value, UnknownValue) and value.is_failure:
            raise FailedError(value)
        fuel.steps -= value.weight // 64  # a large value costs what it takes to make it
        return value

    def alone(self, expression: Expression, scope: Scope) -> Value:
        """The value of what stands elsewhere (a local, an argument of a call), or may never be computed: its failures are its own."""
        return self._as(expression, scope, strict=False)

    def _as(self, expression: Expression, scope: Scope, *, strict: bool) -> Value:
        around, self._strict = self._strict, strict
        try:
            return self.evaluate(expression, scope)
        finally:
            self._strict = around

    def _tried(self, expression: Expression, scope: Scope) -> Value:
        """An argument of `try` or `can`, or the failure within it."""
        try:
            value = self._as(expression, scope, strict=True)
        except FailedError as fault:
            return fault.value
        return failed(value) or value

    def _evaluate(self, expression: Expression, scope: Scope) -> Value:
        match expression:
            case Constant(value):
                if isinstance(value, str):
                    return string(value)
                return NULL if value is None else boolean(value)
            case Number(text):
                return parse_number(text)
            case Template():
                return self._template(expression, scope)
            case Name(name):
                found = scope.names.get(name)
                return found if found is not None else failure(f"{name} alone is not a value")
            case GetAttr():
                return self._get_attr(expression, scope)
            case Index(collection, key):
                return self._index(self.evaluate(collection, scope), self.evaluate(key, scope), scope)
            case Splat():
                return self._splat(expression, scope)
            case SplatItem():
                return scope.item if scope.item is not None else failure("a splat's item outside of a splat")
            case Unary(operator, operand):
                return operators.unary(cast("operators.Unary", operator), self.evaluate(operand, scope))
            case Binary(operator, left, right):
                return self._binary(operator, left, right, scope)
            case Conditional(condition, then, otherwise):
                return self._conditional(condition, then, otherwise, scope)
            case FunctionCall():
                return self._call(expression, scope)
            case TupleCons(items):
                return tuple_of([self.evaluate(item, scope) for item in items])
            case ObjectCons():
                return self._object(expression, scope)
            case ForTuple():
                return self._for_tuple(expression, scope)
            case ForObject():
                return self._for_object(expression, scope)
            case Unparsed(why):
                return unknown(f"could not be parsed: {why}")
            case _:
                assert_never(expression)

    # ------------------------------------------------------------------------------------------------ names and traversals

    def _get_attr(self, expression: GetAttr, scope: Scope) -> Value:
        root, name = expression.object, expression.name
        resolver = scope.resolver
        match root:
            case Name(first) if first not in scope.names:
                match first:
                    case "var":
                        return resolver.variable(name)
                    case "local":
                        return resolver.local(name)
                    case "module":
                        return resolver.module_call(name)
                    case "path":
                        return resolver.path_name(name)
                    case "terraform" | "tofu":
                        return resolver.terraform(name)
                    case "each" | "count" | "self":
                        return failure(f"{first}.{name} means nothing here")
                    case "data" | "ephemeral":
                        return failure(f"{first}.{name} alone is not a value")
                    case _:
                        return resolver.resource(first, name, "managed")
            case GetAttr(Name("data" | "ephemeral"), type_) if root.object.name not in scope.names:  # type: ignore[union-attr]
                return resolver.resource(type_, name, "data")
            case _:
                return self.attribute(self.evaluate(root, scope), name, scope)

    def attribute(self, value: Value, name: str, scope: Scope) -> Value:
        """`value.name`, where the value may be a resource or module as a whole."""
        match value:
            case UnknownValue(is_failure=False):
                found = scope.resolver.attribute_of(value, name)
                if found is not None:
                    return with_marks_of(found, NullValue(sensitive=value.sensitive))
            case OpenObject() if name not in value.attributes:
                return value.missing(name)
            case _:
                pass
        return operators.attribute(value, name)

    def _index(self, collection: Value, key: Value, scope: Scope) -> Value:
        if isinstance(collection, UnknownValue) and not collection.is_failure:
            found = scope.resolver.element_of(collection, key)
            if found is not None:
                return with_marks_of(found, NullValue(sensitive=collection.sensitive or key.holds_sensitive))
            if isinstance(key, StringValue):
                attribute = scope.resolver.attribute_of(collection, key.text)
                if attribute is not None:
                    return with_marks_of(attribute, NullValue(sensitive=collection.sensitive))
        if isinstance(collection, OpenObject) and isinstance(key, StringValue):
            return self.attribute(collection, key.text, scope)
        return operators.index(collection, key)

    def _splat(self, expression: Splat, scope: Scope) -> Value:
        source = self.evaluate(expression.source, scope)
        result: Value
        match source:
            case UnknownValue(is_failure=True):
                return source
            case NullValue():
                result = tuple_of(())
            case SetValue() if (unordered := _unordered(source)) is not None:
                return self._unknown_splat(expression, unordered, scope)
            case ListValue(items=items) | TupleValue(items=items) | SetValue(items=items):
                result = tuple_of([self._each(expression, item, scope) for item in items])
            case UnknownValue():
                return self._unknown_splat(expression, source, scope)
            case _:
                result = tuple_of([self._each(expression, source, scope)])
        return with_marks_of(result, NullValue(sensitive=source.sensitive))

    def _each(self, expression: Splat, item: Value, scope: Scope) -> Value:
        return self.evaluate(expression.each, Scope(scope.resolver, scope.names, item))

    def _unknown_splat(self, expression: Splat, source: UnknownValue, scope: Scope) -> Value:
        single = scope.resolver.is_single(source)
        if single or isinstance(source.of, MapType) or _is_scalar(source):
            # A splat of what is no list is a list of one, unless it turns out to be null.
            if single or source.not_null:
                return tuple_of([self._each(expression, source, scope)])
        item = unknown_element(source, "each")
        if single is False:
            found = scope.resolver.element_of(source, item)
            item = found if isinstance(found, UnknownValue) else item
        each = self.alone(expression.each, Scope(scope.resolver, scope.names, item))
        if isinstance(each, UnknownValue) and each.is_failure:
            return replace(each, is_failure=False)  # an empty list has no element that fails
        if isinstance(source.of, TupleType) and isinstance(each, UnknownValue):
            return tuple_of([each] * len(source.of.elements))
        result = replace(
            unknown_from("splat", each, not_null=True), symbol=_projection(source, expression.each, SplatItem())
        )
        # The list's own references and no other: whether there are such elements is part of what is not known.
        origin = source.refers_to if single is None else result.refers_to
        return replace(
            result, refers_to=tuple(dict.fromkeys((*result.refers_to, *origin))), least=source.least, most=source.most
        )

    # ------------------------------------------------------------------------------------------------------ operators

    def _binary(self, operator: str, left: Expression, right: Expression, scope: Scope) -> Value:
        # A chain of operators leans to the left and may be long.
        chain: list[tuple[str, Expression]] = [(operator, right)]
        while isinstance(left, Binary):
            chain.append((left.operator, left.right))
            left = left.left
        value = self.evaluate(left, scope)
        for sign, operand in reversed(chain):
            value = operators.binary(cast("operators.Binary", sign), value, self.evaluate(operand, scope))
        return value

    def _conditional(self, condition: Expression, then: Expression, otherwise: Expression, scope: Scope) -> Value:
        decided = self.evaluate(condition, scope)
        # Only types of the branch that is not taken matter, but they do: `x ? [] : null`, `x ? 1 : "a"`.
        sides = [
            self.evaluate(side, scope) if own else self.alone(side, scope)
            for side, own in zip((then, otherwise), _taken(decided), strict=True)
        ]
        return operators.conditional(decided, *sides)

    def _object(self, expression: ObjectCons, scope: Scope) -> Value:
        attributes: dict[str, Value] = {}
        marks: list[Value] = []
        for key_expression, value_expression in expression.items:
            key = to_key(self.evaluate(key_expression, scope))
            value = self.evaluate(value_expression, scope)
            if isinstance(key, UnknownValue):
                return replace(unknown_from("object", key, value), exact=False)
            marks.append(NullValue(sensitive=key.sensitive))
            attributes[key.text] = value
        return with_marks_of(object_of(attributes), *marks)

    # ------------------------------------------------------------------------------------------------------- functions

    def _call(self, expression: FunctionCall, scope: Scope) -> Value:
        name = expression.name.removeprefix("core::")
        if name in functions.SPECIAL_FORMS:
            return self._special(name, expression, scope)
        arguments = self._arguments(expression, scope)
        if isinstance(arguments, UnknownValue):
            return replace(unknown_from(name, arguments), exact=False)
        return _from_blocks(name, arguments, functions.call(name, arguments, scope.resolver.files))

    def _arguments(self, expression: FunctionCall, scope: Scope) -> list[Value] | UnknownValue:
        """The arguments, a final `...` expanded; one unknown where how many there are is not known."""
        arguments = [self.evaluate(argument, scope) for argument in expression.arguments]
        if not expression.expands or not arguments:
            return arguments
        last = arguments.pop()
        match last:
            case ListValue(items=items) | TupleValue(items=items) | SetValue(items=items):
                spread = [with_marks_of(item, NullValue(sensitive=last.sensitive)) for item in items]
                return [*arguments, *spread]
            case UnknownValue():
                return last
            case _:
                return failure("only a list, set or tuple can be expanded into arguments", last)

    def _special(self, name: str, expression: FunctionCall, scope: Scope) -> Value:
        match name:
            case "try":
                return self._try(expression, scope)
            case "can":
                return self._can(expression, scope)
            case _:
                return self._rendered(name, expression, scope)

    def _try(self, expression: FunctionCall, scope: Scope) -> Value:
        # https://github.com/zclconf/go-cty … ext/tryfunc: an argument that fails is passed over, an unknown one is the answer
        last: Value = failure("try: at least one argument is required")
        if expression.expands:
            return failure("try: arguments cannot be expanded")
        for argument in expression.arguments:
            last = self._tried(argument, scope)
            if not _is_failure(last):
                return last
        return (
            replace(last, why=f"no expression of try succeeded: {last.why}") if isinstance(last, UnknownValue) else last
        )

    def _can(self, expression: FunctionCall, scope: Scope) -> Value:
        if len(expression.arguments) != 1:
            return failure("can: exactly one argument is required")
        value = self._tried(expression.arguments[0], scope)
        if _is_failure(value):
            return FALSE
        if not value.is_wholly_known:
            return inexact(unknown_from("can", value, type=BOOL, not_null=True))
        return TRUE

    def _rendered(self, name: str, expression: FunctionCall, scope: Scope) -> Value:
        """`templatefile` and `templatestring`: the template sees the given variables and nothing else."""
        from tf_cvpn_lint.read.hcl.parse import parse_template_text
        from tf_cvpn_lint.read.hcl.templates import HclSyntaxError

        arguments = self._arguments(expression, scope)
        if isinstance(arguments, UnknownValue):
            return unknown_from(name, arguments)
        if len(arguments) != 2:
            return failure(f"{name}: two arguments are required")
        source, given = arguments
        if name == "templatefile":
            source = functions.call("file", [source], scope.resolver.files)
        if not isinstance(source, StringValue) or isinstance(given, UnknownValue):
            return unknown_from(name, source, given)
        if not isinstance(given, MapValue | ObjectValue):
            return failure(f"{name}: the variables must be an object or a map", given)
        names = given.attributes if isinstance(given, ObjectValue) else given.items
        try:
            template = parse_template_text(source.text)
        except HclSyntaxError as fault:
            return failure(f"{name}: {fault.why}")
        inner = Scope(_OnlyVariables(scope.resolver), dict(names))
        return with_marks_of(self.evaluate(template, inner), source, NullValue(sensitive=given.sensitive))

    # ---------------------------------------------------------------------------------------------------------- for

    def _iterated(self, collection: Value) -> Sequence[tuple[Value, Value]] | UnknownValue:
        """Keys and values in Terraform's order, or why there are none."""
        match collection:
            case UnknownValue():
                return collection
            case ListValue(items=items) | TupleValue(items=items):
                return [(counted(position), item) for position, item in enumerate(items)]
            case SetValue(items=items):
                unordered = _unordered(collection)
                return [(item, item) for item in items] if unordered is None else unordered
            case MapValue(items=named) | ObjectValue(attributes=named):
                return [(string(key), item) for key, item in named.items()]
            case NullValue():
                return failure("a null value cannot be iterated over", collection)
            case _:
                return failure("this value cannot be iterated over", collection)

    def _bound(self, expression: ForTuple | ForObject | ForDirective, key: Value, value: Value, scope: Scope) -> Scope:
        self.spend()
        names = {**scope.names, expression.value: value}
        if expression.key:
            names[expression.key] = key
        return Scope(scope.resolver, names, scope.item)

    def _for_tuple(self, expression: ForTuple, scope: Scope) -> Value:
        collection = self.evaluate(expression.collection, scope)
        pairs = self._iterated(collection)
        if isinstance(pairs, UnknownValue):
            return self._unknown_for(expression, pairs, (expression.result,), scope)
        results: list[Value] = []
        weight = 0
        marks: list[Value] = [NullValue(sensitive=collection.sensitive)]
        for key, value in pairs:
            inner = self._bound(expression, key, value, scope)
            wanted = self._wanted(expression.condition, inner)
            if isinstance(wanted, UnknownValue):
                return replace(unknown_from("for", collection, wanted, why=wanted.why), exact=False)
            if wanted.sensitive:
                marks.append(wanted)
            if wanted.flag:
                result = self.evaluate(expression.result, inner)
                results.append(result)
                weight += result.weight
                if weight > MAX_WEIGHT:  # the rest of it is not made only to be thrown away
                    return too_large(collection, *results)
        return with_marks_of(tuple_of(results), *marks)

    def _for_object(self, expression: ForObject, scope: Scope) -> Value:
        collection = self.evaluate(expression.collection, scope)
        pairs = self._iterated(collection)
        if isinstance(pairs, UnknownValue):
            return self._unknown_for(expression, pairs, (expression.result_key, expression.result), scope)
        results: dict[str, Value] = {}
        groups: dict[str, list[Value]] = {}
        weight = 0
        marks: list[Value] = [NullValue(sensitive=collection.sensitive)]
        for key, value in pairs:
            inner = self._bound(expression, key, value, scope)
            wanted = self._wanted(expression.condition, inner)
            if isinstance(wanted, UnknownValue):
                return replace(unknown_from("for", collection, wanted, why=wanted.why), exact=False)
            if wanted.sensitive:
                marks.append(wanted)
            if not wanted.flag:
                continue
            name = to_key(self.evaluate(expression.result_key, inner))
            result = self.evaluate(expression.result, inner)
            if isinstance(name, UnknownValue):
                return replace(unknown_from("for", name, result, collection), exact=False)
            if name.sensitive:
                marks.append(name)
            weight += name.weight + result.weight
            if weight > MAX_WEIGHT:
                return too_large(
                    collection, name, result, *results.values(), *(one for group in groups.values() for one in group)
                )
            if expression.groups:
                groups.setdefault(name.text, []).append(result)
            elif name.text in results:
                return failure(
                    f"two different items produced the key {name.text!r} in this for expression", collection, name
                )
            else:
                results[name.text] = result
        if expression.groups:
            results = {name: tuple_of(items) for name, items in groups.items()}
        return with_marks_of(object_of(results), *marks)

    def _wanted(self, condition: Expression | None, scope: Scope) -> BoolValue | UnknownValue:
        if condition is None:
            return TRUE
        value = self.evaluate(condition, scope)
        if isinstance(value, NullValue):
            return failure("the condition of a for expression is null", value)
        decided = convert(value, BOOL)
        return decided if isinstance(decided, BoolValue | UnknownValue) else failure("a bool is required", value)

    def _unknown_for(
        self, expression: ForTuple | ForObject, collection: UnknownValue, results: tuple[Expression, ...], scope: Scope
    ) -> Value:
        if collection.is_failure:
            return collection
        inner = self._bound(expression, unknown_element(collection, "key"), unknown_element(collection, "each"), scope)
        made: list[Value] = []
        for result in results:
            value = self.alone(result, inner)
            # An empty collection has no element that fails.
            fails = isinstance(value, UnknownValue) and value.is_failure
            made.append(unknown("the collection may be empty", refers_to=collection.refers_to) if fails else value)
        found = unknown_from("for", *made, collection, why=collection.why, not_null=True)
        most = None if expression.condition else collection.most
        least = 0 if expression.condition else collection.least
        if (
            not isinstance(expression, ForTuple)
            and not expression.groups
            and isinstance(collection.of, ListType | SetType)
        ):
            least = min(least, 1)
        symbol = None
        if isinstance(expression, ForTuple) and not expression.condition:
            symbol = _projection(collection, expression.result, Name(expression.value))
        return replace(found, symbol=symbol, exact=found.exact and not expression.condition, least=least, most=most)

    # --------------------------------------------------------------------------------------------------------- templates

    def _template(self, expression: Template, scope: Scope) -> Value:
        return concatenate(list(self._parts(expression.parts, scope)))

    def _parts(self, parts: Sequence[Part], scope: Scope) -> Iterator[Value]:
        for part in parts:
            match part:
                case str():
                    yield string(part)
                case Interpolation(value):
                    yield self._text(self.evaluate(value, scope))
                case IfDirective():
                    yield self._if(part, scope)
                case ForDirective():
                    yield from self._for_directive(part, scope)
                case _:
                    assert_never(part)

    @staticmethod
    def _text(value: Value) -> Value:
        return to_string(value)

    def _if(self, part: IfDirective, scope: Scope) -> Value:
        decided = self.evaluate(part.condition, scope)
        sides = [
            concatenate(list(self._parts(side, scope))) if own else self._lenient_parts(side, scope)
            for side, own in zip((part.then, part.otherwise), _taken(decided), strict=True)
        ]
        return operators.conditional(decided, *sides)

    def _lenient_parts(self, parts: Sequence[Part], scope: Scope) -> Value:
        around, self._strict = self._strict, False
        try:
            return concatenate(list(self._parts(parts, scope)))
        finally:
            self._strict = around

    def _for_directive(self, part: ForDirective, scope: Scope) -> Iterator[Value]:
        collection = self.evaluate(part.collection, scope)
        pairs = self._iterated(collection)
        if isinstance(pairs, UnknownValue):
            if pairs.is_failure:
                yield pairs
                return
            inner = self._bound(part, unknown_element(pairs, "key"), unknown_element(pairs, "each"), scope)
            body = concatenate(list(self._parts(part.body, inner)))
            yield self._text(
                unknown_from("for", body if not _is_failure(body) else pairs, pairs, not_null=True, why=pairs.why)
            )
            return
        for key, value in pairs:
            inner = self._bound(part, key, value, scope)
            for one in self._parts(part.body, inner):
                self.spend()  # every directive around it hands it on
                yield with_marks_of(one, NullValue(sensitive=collection.sensitive))


@dataclass(frozen=True, slots=True)
class _OnlyVariables:
    """The resolver inside a template file: nothing of the module is seen, its files are."""

    around: Resolver

    def _none(self, name: str) -> Value:
        return failure(f"{name} means nothing in a template file")

    def variable(self, name: str) -> Value:
        return self._none(f"var.{name}")

    def local(self, name: str) -> Value:
        return self._none(f"local.{name}")

    def module_call(self, name: str) -> Value:
        return self._none(f"module.{name}")

    def resource(self, type_: str, name: str, mode: str) -> Value:
        return self._none(f"{type_}.{name}" if mode == "managed" else f"data.{type_}.{name}")

    def path_name(self, name: str) -> Value:
        return self._none(f"path.{name}")

    def terraform(self, name: str) -> Value:
        return self._none(f"terraform.{name}")

    def attribute_of(self, target: UnknownValue, name: str) -> Value | None:
        return self.around.attribute_of(target, name)

    def element_of(self, target: UnknownValue, key: Value) -> Value | None:
        return self.around.element_of(target, key)

    def is_single(self, target: UnknownValue) -> bool | None:
        return self.around.is_single(target)

    @property
    def files(self) -> functions.Files:
        return self.around.files


# ------------------------------------------------------------------------------------------------------------- small things


@lru_cache(maxsize=4096)
def parse_number(text: str) -> Value:
    """A number as it is written."""
    try:
        return number(bigfloat.parse(text))
    except (ValueError, ArithmeticError) as fault:
        return unknown(f"the number {text[:20]} is not evaluated: {fault}")


def to_key(value: Value) -> StringValue | UnknownValue:
    """The value as the key of an object."""
    if isinstance(value, NullValue):
        return failure("a key must not be null", value)
    text = to_string(value)
    if isinstance(text, StringValue | UnknownValue):
        return text
    return failure("a key must be text", value)


def unknown_element(collection: UnknownValue, role: str) -> UnknownValue:
    """Some element (or key) of an unknown collection. Its symbol is none: two elements are not the same value."""
    element = (
        collection.of.element if isinstance(collection.of, ListType | SetType | MapType) and role == "each" else DYNAMIC
    )
    found = unknown_from(role, collection, type=element)
    return replace(found, symbol=None, not_null=False)


def _projection(collection: UnknownValue, each: Expression, item: Expression) -> Symbol | None:
    """`x[*].ip` and `[for a in x : a.ip]` as one symbol: each element of `x`, and what is asked of it."""
    path = ""
    while each != item:
        match each:
            case GetAttr(inner, name):
                path, each = f".{name}{path}", inner
            case Index(inner, Number(text)):
                path, each = f"[{text}]{path}", inner
            case _:
                return None
    if collection.symbol is None or not path:
        return collection.symbol
    return call_of("splat", (collection.symbol, Literal(path)))


def failed(value: Value) -> UnknownValue | None:
    """The failure in a value, at any depth; what Terraform would have stopped at."""
    if value.is_wholly_known:
        return None
    return next((one for one in unknowns_of(value) if one.is_failure), None)


def _from_blocks(name: str, arguments: Sequence[Value], result: Value) -> Value:
    """An unknown made from a resource's nested blocks comes from that resource; which of its parts are unknown does not matter."""
    if not isinstance(result, UnknownValue) or result.is_failure:
        return result
    origins = [_origin_of(argument) for argument in arguments]
    if not any(origins):
        return result
    symbols = [origin or symbol_of(argument) for argument, origin in zip(arguments, origins, strict=True)]
    complete = tuple(symbol for symbol in symbols if symbol is not None)
    others = (
        one for argument, origin in zip(arguments, origins, strict=True) if not origin for one in unknowns_of(argument)
    )
    refers_to = (
        *(origin for origin in origins if origin),
        *(reference for one in others for reference in one.refers_to),
    )
    symbol = call_of(name, complete) if len(complete) == len(symbols) else None
    return replace(result, refers_to=tuple(dict.fromkeys(refers_to)), symbol=symbol)


def _origin_of(value: Value) -> Reference | None:
    """The resource attribute whose nested blocks this is a collection of."""
    if isinstance(value, SetValue | ListValue | TupleValue) and value.items:
        value = value.items[0]
    return value.origin if isinstance(value, OpenObject) else None


def _unordered(value: SetValue) -> UnknownValue | None:
    """The elements of a set that holds both known and unknown scalars: which comes first, and whether two are one, is not known."""
    unknown_items = sum(isinstance(item, UnknownValue) for item in value.items)
    known_items = sum(isinstance(item, StringValue | NumberValue | BoolValue) for item in value.items)
    if not unknown_items or not known_items:
        return None
    listed = ListType(value.element_type)
    return unknown_from("tolist", value, type=listed, not_null=True, least=max(1, known_items), most=len(value.items))


def _taken(condition: Value) -> tuple[bool, bool]:
    """Which side of a condition is certainly taken: the failures of the other one do not count."""
    decided = convert(condition, BOOL)
    return (decided.flag, not decided.flag) if isinstance(decided, BoolValue) else (False, False)


def _is_failure(value: Value) -> bool:
    return isinstance(value, UnknownValue) and value.is_failure


def _is_scalar(value: UnknownValue) -> bool:
    return value.of is not DYNAMIC and not isinstance(value.of, ListType | SetType | TupleType)


__all__ = [
    "Evaluator",
    "Fuel",
    "OpenObject",
    "OutOfFuelError",
    "Resolver",
    "Scope",
    "deeply_unmarked",
    "failed",
    "parse_number",
]
