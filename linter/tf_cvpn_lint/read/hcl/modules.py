"""The module tree of one root: what every name means, which instances there are, and what would be there if a switch were on.

Evaluation is on demand: nothing is computed that no wanted resource needs. A `World` is the configuration under assumptions: none for what
is really configured; `var.enabled = true` for what its `count = var.enabled ? 1 : 0` switches off. Worlds share sources and nothing else.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import Literal as OneOf

from tf_cvpn_lint.core.address import Address, InstanceKey, ModulePath, ModuleStep, Reference, format_module, quote_key
from tf_cvpn_lint.core.address import Name as NamedThing
from tf_cvpn_lint.core.evidence import Gap, Location
from tf_cvpn_lint.core.files import read_regular
from tf_cvpn_lint.core.records import dataclass, field, replace
from tf_cvpn_lint.core.value import Call, Literal
from tf_cvpn_lint.read.bodies import is_secret
from tf_cvpn_lint.read.hcl import functions, wellknown
from tf_cvpn_lint.read.hcl.conversion import Constraint, convert
from tf_cvpn_lint.read.hcl.evaluate import Evaluator, Fuel, OpenObject, OutOfFuelError, Scope, failed
from tf_cvpn_lint.read.hcl.functions import operators
from tf_cvpn_lint.read.hcl.provider_schema import IDENTITIES, SET_BLOCKS, is_set
from tf_cvpn_lint.read.hcl.sources import Declaration, ModuleSources, Reader, block_name, file_names
from tf_cvpn_lint.read.hcl.syntax import (
    NOT_WHOLE,
    Binary,
    BlockBody,
    Conditional,
    Constant,
    Expression,
    FunctionCall,
    GetAttr,
    Index,
    Name,
    NestedBlock,
    ObjectCons,
    TupleCons,
    Unary,
)
from tf_cvpn_lint.read.hcl.types import BOOL, DYNAMIC, NUMBER, STRING, ObjectType, SetType
from tf_cvpn_lint.read.hcl.values import (
    NULL,
    SECRET,
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
    failure,
    map_parts,
    marked,
    object_of,
    reference,
    set_of,
    string,
    tuple_of,
    unknown,
)
from tf_cvpn_lint.read.hcl.variables import Given, HclOptions, constraint_of, given_values, loads_by_itself

MAX_INSTANCES = 20_000
"""More instances of one resource or module than this are not made."""
MAX_MODULE_DEPTH = 24
MAX_MODULES = 5_000
"""Instances of modules; more are not looked into."""
STEPS_AT_ONCE = 300_000
"""What one attribute may cost, with everything it needs that was not evaluated before."""

META_ARGUMENTS = frozenset(
    {"count", "for_each", "depends_on", "provider", "lifecycle", "providers", "source", "version"}
)
Key = tuple[ModulePath, str]
Assumptions = frozenset[tuple[Key, Value]]


class Nothing:
    """The resolver of expressions that may not name anything: variable files, defaults."""

    def _none(self, name: str) -> Value:
        return failure(f"{name}: references are not allowed here")

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

    def attribute_of(self, target: UnknownValue, name: str) -> Value | None:  # noqa: ARG002
        return None

    def element_of(self, target: UnknownValue, key: Value) -> Value | None:  # noqa: ARG002
        return None

    def is_single(self, target: UnknownValue) -> bool | None:  # noqa: ARG002
        return None

    @property
    def files(self) -> functions.Files:
        return functions.NoFiles()


NOTHING = Nothing()


@dataclass(frozen=True, slots=True)
class Expansion:
    """The instances of a resource or module call."""

    kind: OneOf["single", "count", "for_each"]
    keys: tuple[InstanceKey, ...] = (None,)
    values: Mapping[InstanceKey, Value] = field(default_factory=dict)
    """`each.value` by key."""
    unknown: UnknownValue | None = None
    """Why the instances are not known; then `keys` is empty."""
    source: Value | None = None
    """What `for_each` is, where its keys are not known."""

    @property
    def is_known(self) -> bool:
        return self.unknown is None


SINGLE = Expansion("single")


@dataclass(frozen=True, slots=True)
class Guard:
    """A conditional that decides whether there are instances at all, and where it is written."""

    module: Module
    scope: Scope
    conditional: Conditional


class Engine:
    """What all worlds of one root share: its files, its options, the fuel, and the gaps that were met."""

    def __init__(
        self,
        directory: Path,
        options: HclOptions,
        *,
        is_root: bool,
        reader: Reader | None = None,
        keeps_defaults: bool = True,
    ) -> None:
        self.directory = directory
        self.options = options
        self.is_root = is_root
        self.keeps_defaults = keeps_defaults
        """False: the caller of this module decides every variable of its, whatever the default."""
        self.evaluator = Evaluator(Fuel())
        self.gaps: dict[Gap, None] = {}
        self._reader = reader or Reader(directory)
        self._worlds: dict[Assumptions, World] = {}
        self.modules = 0
        """How many instances of modules were made."""

    def gap(self, gap: Gap) -> None:
        self.gaps.setdefault(gap)

    def sources(self, directory: Path) -> ModuleSources:
        return self._reader.sources(directory)

    def all_gaps(self) -> tuple[Gap, ...]:
        found = dict.fromkeys(gap for sources in self._reader.read.values() for gap in sources.gaps)
        return (*found, *(gap for gap in self.gaps if gap not in found))

    def world(self, assumptions: Assumptions = frozenset()) -> World:
        if assumptions not in self._worlds:
            self._worlds[assumptions] = World(self, assumptions)
        return self._worlds[assumptions]

    @cached_property
    def installed(self) -> Mapping[str, Path]:
        """Directories of modules that `terraform init` has put in place, by their dotted names.

        Source: .terraform/modules/modules.json, which Terraform writes for itself (`Modules[].{Key,Source,Version,Dir}`).
        """
        data = self.options.environment.get("TF_DATA_DIR") or ".terraform"
        path = self.directory / data / "modules" / "modules.json"
        try:
            entries = json.loads(read_regular(path))["Modules"]
            return {str(entry["Key"]): self.directory / entry["Dir"] for entry in entries if entry.get("Key")}
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            self.gap(
                Gap(
                    ".terraform/modules/modules.json",
                    "the list of installed modules",
                    "not readable as Terraform writes it",
                )
            )
            return {}

    @cached_property
    def given(self) -> Mapping[str, Given]:
        """Values for the root's variables; none for a module looked at alone."""
        found: list[Gap] = []
        given = given_values(self.directory, self.options, found)
        for gap in found:
            self.gap(gap)
        return given

    @cached_property
    def workspace(self) -> Value:
        if self.options.workspace is not None:
            return string(self.options.workspace)
        if named := self.options.environment.get("TF_WORKSPACE"):
            return string(named)
        data = self.options.environment.get("TF_DATA_DIR") or ".terraform"
        try:
            return string(read_regular(self.directory / data / "environment", limit=4096).decode("utf-8").strip())
        except (OSError, ValueError):
            return reference(
                Reference(NamedThing("terraform.workspace")),
                why="the workspace is not known (--workspace tells it)",
                type=STRING,
            )

    def bounded(self, subject: str, what: str, location: Location | None, compute: Callable[[], Value]) -> Value:
        """The value, or an unknown and a gap where it costs too much."""
        fuel = self.evaluator.fuel
        total = fuel.steps
        fuel.steps = min(total, STEPS_AT_ONCE)
        allowed = fuel.steps
        try:
            return compute()
        except (OutOfFuelError, RecursionError) as fault:
            why = f"not evaluated: {fault}" if isinstance(fault, OutOfFuelError) else "not evaluated: nested too deeply"
            self.gap(Gap(subject, what, why, location))
            return unknown(why)
        finally:
            fuel.steps = max(0, total - (allowed - max(0, fuel.steps)))


class World:
    """The configuration under assumptions: its root and, through it, all modules."""

    def __init__(self, engine: Engine, assumptions: Assumptions) -> None:
        self.engine = engine
        self.assumptions = dict(assumptions)
        self.key = assumptions
        self.regions: dict[str, str] = {}
        """Of provider configurations, by their absolute keys; empty where the region is not known."""
        self.root = Module(self, (), engine.sources(engine.directory), None, None)

    def module(self, path: ModulePath) -> Module | None:
        """The module instance of that path; None where there is none, or its sources are not at hand."""
        module: Module | None = self.root
        for step in path:
            if module is None:
                return None
            module = module.child(step.name, step.key)
        return module

    def assumed(self, path: ModulePath, name: str) -> Value | None:
        return self.assumptions.get((path, name))


class Module:
    """One instance of a module, and what every name in it means (`evaluate.Resolver`)."""

    def __init__(
        self, world: World, path: ModulePath, sources: ModuleSources, parent: Module | None, call: Declaration | None
    ) -> None:
        self.world = world
        self.engine = world.engine
        self.path = path
        self.sources = sources
        self.parent = parent
        self.call = call
        self.scope = Scope(self)
        self._cache: dict[str, Value] = {}
        self._busy: set[str] = set()
        self._expansions: dict[str, Expansion] = {}
        self._children: dict[tuple[str, InstanceKey], Module | None] = {}
        world.engine.modules += 1

    def __repr__(self) -> str:
        return f"<Module {format_module(self.path) or 'root'}>"

    # ---------------------------------------------------------------------------------------------------- declarations

    @cached_property
    def _resources(self) -> dict[tuple[str, str, str], Declaration]:
        found: dict[tuple[str, str, str], Declaration] = {}
        for block, mode in (("resource", "managed"), ("data", "data"), ("ephemeral", "data")):
            for declaration in self.sources.of_type(block):
                if len(declaration.labels) == 2:
                    found.setdefault((mode, *declaration.labels), declaration)
        return found

    def resources(self) -> Iterator[tuple[OneOf["managed", "data"], Declaration]]:
        """The declared resources and data sources."""
        for (mode, _, _), declaration in self._resources.items():
            if declaration.type != "ephemeral":
                yield ("managed" if mode == "managed" else "data"), declaration

    def _labelled(self, block: str) -> dict[str, Declaration]:
        found: dict[str, Declaration] = {}
        for declaration in self.sources.of_type(block):
            if len(declaration.labels) == 1:
                found.setdefault(declaration.labels[0], declaration)
        return found

    @cached_property
    def variables(self) -> dict[str, Declaration]:
        return self._labelled("variable")

    @cached_property
    def outputs(self) -> dict[str, Declaration]:
        return self._labelled("output")

    @cached_property
    def calls(self) -> dict[str, Declaration]:
        return self._labelled("module")

    @cached_property
    def _locals(self) -> dict[str, Declaration]:
        """Which block defines each local; found without parsing the blocks."""
        from tf_cvpn_lint.read.hcl.blocks import statements

        found: dict[str, Declaration] = {}
        for declaration in self.sources.of_type("locals"):
            text = declaration.text
            if declaration.location.file.endswith(".json") or "{" not in text:
                names = list(declaration.body.attributes)
            else:
                end = len(text) - 1 if text.endswith("}") else len(text)
                names = [one.name for one in statements(text, text.index("{") + 1, end)]
            for name in names:
                found.setdefault(name, declaration)
        return found

    def local_expression(self, name: str) -> Expression | None:
        declaration = self._locals.get(name)
        return declaration.body.expression(name) if declaration else None

    # ---------------------------------------------------------------------------------------------------------- names

    def _once(self, name: str, location: Location | None, compute: Callable[[], Value]) -> Value:
        """The value of a name, computed once; a name that needs itself is unknown."""
        if name in self._cache:
            return self._cache[name]
        subject = f"{format_module(self.path)}.{name}" if self.path else name
        if name in self._busy:
            self.engine.gap(Gap(subject, "the value", "refers to itself", location))
            return unknown(f"{name} refers to itself")
        self._busy.add(name)
        try:
            value = compute()
        except OutOfFuelError as fault:
            self.engine.gap(Gap(subject, "the value", f"not evaluated: {fault}", location))
            value = unknown(f"not evaluated: {fault}")
        finally:
            self._busy.discard(name)
        self._cache[name] = value
        return value

    def evaluate(self, expression: Expression, scope: Scope | None = None) -> Value:
        return self.engine.evaluator.alone(expression, scope or self.scope)

    def _unknown_name(self, text: str, why: str) -> UnknownValue:
        return reference(Reference(NamedThing(text, self.path)), why=why)

    def variable(self, name: str) -> Value:
        declaration = self.variables.get(name)
        location = declaration.location if declaration else None
        return self._once(f"var.{name}", location, lambda: self._variable(name, declaration))

    def _variable(self, name: str, declaration: Declaration | None) -> Value:
        if declaration is None:
            return self._unknown_name(f"var.{name}", f"var.{name} is not declared")
        body = declaration.body
        constraint = constraint_of(body.expression("type"))
        if constraint is None:
            constraint = Constraint()
        value = self.world.assumed(self.path, f"var.{name}")
        if value is None:
            value = self._passed(name, constraint, is_typed=body.expression("type") is not None)
        given = self.engine.given.get(name) if self.parent is None and self.engine.is_root else None
        is_secret = (
            _is_constant(body, "sensitive", True)
            or _is_constant(body, "ephemeral", True)
            or bool(given and given.sensitive)
        )
        not_nullable = _is_constant(body, "nullable", False)
        if value is None or (isinstance(value, NullValue) and not_nullable):
            default = body.expression("default")
            if default is None:
                missing = replace(
                    self._unknown_name(f"var.{name}", "no value is given for this variable"), not_null=not_nullable
                )
                value = missing
            else:
                value = self.evaluate(default, Scope(NOTHING))
                if not self.engine.is_root and self.parent is None:
                    if _is_empty(value) or not self.engine.keeps_defaults:
                        value = self._unknown_name(f"var.{name}", "the caller decides")
        # Marked before it is converted: what is said where that fails may quote it.
        value = constraint.apply(
            marked(self._opened(value, constraint)) if is_secret else self._opened(value, constraint)
        )
        return _secret(value) if is_secret else value

    def _opened(self, value: Value, constraint: Constraint) -> Value:
        """The value with the attributes of every resource and module in it that a type like `object({…})` asks for."""
        match value:
            case UnknownValue():
                wanted, token = constraint.type, self._token(value)
                if token is None or not isinstance(wanted, ObjectType) or not self.is_single(value):
                    return value
                called = self._called(token)
                child = called[0].child(called[1], called[2]) if called else None
                missing = wanted.optional - child.outputs.keys() if child else frozenset()
                attributes = {
                    name: self.attribute_of(value, name) for name, _ in wanted.attributes if name not in missing
                }
                opened = object_of({name: found for name, found in attributes.items() if found is not None})
                return self._opened(opened, constraint)
            case ListValue() | SetValue() | MapValue() if constraint.element is not None:
                element = constraint.element
                return value if value.is_wholly_known else map_parts(value, lambda item: self._opened(item, element))
            case TupleValue(items=items) if constraint.element is not None or len(constraint.elements) == len(items):
                each = constraint.elements or (constraint.element or Constraint(),) * len(items)
                return value if value.is_wholly_known else tuple_of(map(self._opened, items, each))
            case ObjectValue(attributes=named) if not value.is_wholly_known and type(value) is ObjectValue:
                inner = constraint.element or Constraint()
                return object_of(
                    {name: self._opened(item, constraint.attributes.get(name, inner)) for name, item in named.items()}
                )
            case _:
                return value

    def _passed(self, name: str, constraint: Constraint, *, is_typed: bool) -> Value | None:
        """The value from outside: the call's argument, or what was given for a root's variable."""
        if self.parent is not None:
            expression = self.call.body.expression(name) if self.call and name not in META_ARGUMENTS else None
            if expression is None and self.call is not None and not self.call.body.is_whole:
                return unknown(f"the call of module.{self.path[-1].name} {NOT_WHOLE}")
            return None if expression is None else self.parent.evaluate(expression, self._call_scope)
        given = self.engine.given.get(name)
        if given is None:
            return None
        if not isinstance(given.value, str):
            return self.evaluate(given.value, Scope(NOTHING))
        # Text that is given for a variable without a type is that text; for one of `any` type it is an expression.
        is_text = constraint.type in (STRING, NUMBER, BOOL) or not is_typed
        return string(given.value) if is_text else _from_text(given.value)

    @cached_property
    def _call_scope(self) -> Scope:
        """Where the arguments of this instance's call are evaluated."""
        assert self.parent is not None
        assert self.call is not None
        step = self.path[-1]
        expansion = self.parent.expansion(f"module.{step.name}", self.call)
        return self.parent.instance_scope(expansion, step.key)

    def local(self, name: str) -> Value:
        declaration = self._locals.get(name)
        location = declaration.location if declaration else None

        def compute() -> Value:
            assumed = self.world.assumed(self.path, f"local.{name}")
            if assumed is not None:
                return assumed
            expression = self.local_expression(name)
            if expression is None:
                return self._unknown_name(f"local.{name}", f"local.{name} is not declared")
            return self.evaluate(expression)

        return self._once(f"local.{name}", location, compute)

    def output(self, name: str) -> Value:
        """The output's value, as the caller sees it."""
        declaration = self.outputs.get(name)
        location = declaration.location if declaration else None

        def compute() -> Value:
            expression = declaration.body.expression("value") if declaration else None
            if expression is None or declaration is None:
                step = self.path[-1]
                text = f"module.{step.name}{quote_key(step.key)}.{name}"
                why = "the module is not downloaded" if self.sources.is_summary else "the module has no such output"
                return reference(Reference(NamedThing(text, self.path[:-1])), why=why)
            value = self.evaluate(expression)
            return _secret(value) if _is_constant(declaration.body, "sensitive", True) else value

        return self._once(f"output.{name}", location, compute)

    def path_value(self) -> str:
        return self.sources.label.rstrip("/") or "."

    def path_name(self, name: str) -> Value:
        match name:
            case "module":
                return string(self.path_value())
            case "root":
                return string(".")
            case _:
                return self._unknown_name(f"path.{name}", "depends on where Terraform is run")

    def terraform(self, name: str) -> Value:
        if name == "workspace":
            return self.engine.workspace
        return self._unknown_name(f"terraform.{name}", "decided when Terraform runs")

    @cached_property
    def files(self) -> functions.Files:
        """The root's tree, or the module's own where it lies outside of that."""
        root, here = self.engine.directory, self.sources.directory
        outside = os.path.relpath(here, root).startswith("..")
        return functions.ConfigurationFiles(here if outside else root, root)

    # ------------------------------------------------------------------------------------------ resources and modules

    def resource(self, type_: str, name: str, mode: str) -> Value:
        address = Address(type_, name, None, self.path, "managed" if mode == "managed" else "data")
        declaration = self._resources.get((address.mode, type_, name))
        if declaration is None:
            return reference(Reference(address), why="not declared in this module")
        expansion = self.expansion(_local_name(address), declaration)
        return self._whole(expansion, Reference(address), lambda key: Reference(replace(address, key=key)))

    def module_call(self, name: str) -> Value:
        declaration = self.calls.get(name)
        text = f"module.{name}"
        if declaration is None:
            return self._unknown_name(text, "not called in this module")
        expansion = self.expansion(text, declaration)
        return self._whole(
            expansion,
            Reference(NamedThing(text, self.path)),
            lambda key: Reference(NamedThing(f"{text}{quote_key(key)}", self.path)),
        )

    @staticmethod
    def _whole(expansion: Expansion, every: Reference, one: Callable[[InstanceKey], Reference]) -> Value:
        """A resource or module as a whole: one token, a tuple or object of tokens, or a token for all. See `attribute_of`."""
        if expansion.unknown is not None:
            why = expansion.unknown.why
            return UnknownValue(why=why, refers_to=(every,), symbol=every, not_null=True)
        match expansion.kind:
            case "single":
                return replace(reference(every), not_null=True)
            case "count":
                return tuple_of(replace(reference(one(key)), not_null=True) for key in expansion.keys)
            case "for_each":
                return object_of({str(key): replace(reference(one(key)), not_null=True) for key in expansion.keys})

    def _token(self, target: UnknownValue) -> Reference | None:
        symbol = target.symbol
        return symbol if isinstance(symbol, Reference) and not symbol.attribute else None

    def _called(self, token: Reference) -> tuple[Module, str, InstanceKey] | None:
        """The module call a token stands for: the calling module, the call's name, the instance."""
        if not isinstance(token.target, NamedThing) or not (found := _MODULE_TOKEN.fullmatch(token.target.text)):
            return None
        caller = self.world.module(token.target.module)
        key: InstanceKey = None
        if found[2]:
            key = int(found[2])
        elif found[3] is not None:
            key = Address.parse(f"a.b{token.target.text[len('module.') + len(found[1]) :]}").key
        return (caller, found[1], key) if caller and found[1] in caller.calls else None

    def is_single(self, target: UnknownValue) -> bool | None:
        token = self._token(target)
        if token is None:
            return None
        if isinstance(token.target, Address):
            found = self._declared(token.target)
            if found is None:
                return None
            return (
                token.target.key is not None or found[0].expansion(_local_name(token.target), found[1]).kind == "single"
            )
        call = self._called(token)
        if call is None:
            return None
        caller, name, key = call
        return key is not None or caller.expansion(f"module.{name}", caller.calls[name]).kind == "single"

    def _declared(self, address: Address) -> tuple[Module, Declaration] | None:
        module = self.world.module(address.module)
        declaration = module._resources.get((address.mode, address.type, address.name)) if module else None
        return (module, declaration) if module and declaration else None

    def element_of(self, target: UnknownValue, key: Value) -> Value | None:
        if self.is_single(target) is not False:
            return None
        token = self._token(target)
        assert token is not None
        name: InstanceKey
        match key:
            case StringValue(text=text):
                name = text
            case NumberValue(number=int() as position):
                name = position
            case _:
                # Some instance: what it is asked for is known to come from this resource, and no more.
                return replace(target, exact=False)
        if isinstance(token.target, Address):
            return replace(reference(Reference(replace(token.target, key=name))), not_null=True)
        return reference(Reference(NamedThing(f"{token.target.text}{quote_key(name)}", token.target.module)))

    def attribute_of(self, target: UnknownValue, name: str) -> Value | None:
        token = self._token(target)
        if token is None:
            return None
        if isinstance(token.target, Address):
            if self.is_single(target) is False:
                return UnknownValue(why=target.why, refers_to=(Reference(token.target, name),))
            found = self._declared(token.target)
            if found is None:
                return reference(Reference(token.target, name), why=target.why)
            module, declaration = found
            return module.attribute(token.target, declaration, name)
        call = self._called(token)
        if call is None:
            return None
        caller, called, key = call
        if self.is_single(target) is False:
            return UnknownValue(
                why=target.why, refers_to=(Reference(NamedThing(f"module.{called}.{name}", caller.path)),)
            )
        child = caller.child(called, key)
        if child is None:
            text = f"module.{called}{quote_key(key)}.{name}"
            return caller._unknown_name(text, f"module.{called} is not downloaded")
        return child.output(name)

    def attribute(self, address: Address, declaration: Declaration, name: str) -> Value:
        """What another expression sees of a resource's attribute: what is configured, else the reference itself."""
        label = f"{_local_name(address)}{quote_key(address.key)}.{name}"
        return self._once(label, declaration.location, lambda: self._attribute(address, declaration, name))

    def _attribute(self, address: Address, declaration: Declaration, name: str) -> Value:
        itself = Reference(address, name)
        body = declaration.body
        expression = body.expression(name) if name not in META_ARGUMENTS else None
        scope = self.resource_scope(address, declaration)
        if expression is not None:
            if name in ignored_changes(body):
                return reference(itself, why="what is there may differ (lifecycle.ignore_changes)")
            value = self.evaluate(expression, scope)
            if declaration.type == "ephemeral" or is_secret(name):
                value = marked(value)
            if isinstance(value, NullValue):
                return reference(itself)  # optional and computed, mostly; without the provider's schema nobody can tell
            return _as_set(value) if address.mode == "managed" and is_set(address.type, name) else value
        blocks = [item for found, item in self.nested(body, scope) if found == name]
        if not blocks:
            same = self.read_resource(address, declaration) if address.mode == "data" else None
            return same[0].attribute(same[1], same[2], name) if same else reference(itself)
        return self._blocks_value(address, name, blocks)

    def read_resource(self, address: Address, declaration: Declaration) -> tuple[Module, Address, Declaration] | None:
        """The managed resource that a data source reads, where it is asked for by that resource's own id."""
        argument = IDENTITIES.get(address.type)
        expression = declaration.body.expression(argument) if argument else None
        if expression is None:
            return None
        asked = self.evaluate(expression, self.resource_scope(address, declaration))
        symbol = asked.symbol if isinstance(asked, UnknownValue) else None
        if not isinstance(symbol, Reference) or not isinstance(symbol.target, Address):
            return None
        if symbol.attribute not in ("id", argument):
            return None
        if symbol.target.mode != "managed" or symbol.target.type != address.type:
            return None
        found = self._declared(symbol.target)
        return (found[0], symbol.target, found[1]) if found else None

    def _blocks_value(
        self, address: Address, name: str, blocks: Sequence[tuple[BlockBody, Scope] | UnknownValue]
    ) -> Value:
        """The nested blocks of one name as other expressions see them: objects that the provider may have added attributes to."""
        itself = Reference(address, name)
        rows: list[dict[str, Value]] = []
        for block in blocks:
            if isinstance(block, UnknownValue):
                return replace(
                    block, refers_to=tuple(dict.fromkeys((itself, *block.refers_to))), symbol=itself, exact=False
                )
            inner, scope = block
            row = {
                key: marked(value) if is_secret(key) else value
                for key, one in inner.attributes.items()
                for value in [self.evaluate(one.expression, scope)]
            }
            deeper: dict[str, list[tuple[BlockBody, Scope] | UnknownValue]] = {}
            for found, item in self.nested(inner, scope):
                deeper.setdefault(found, []).append(item)
            row.update({key: self._blocks_value(address, name, items) for key, items in deeper.items()})
            rows.append(row)
        names = dict.fromkeys(key for row in rows for key in row)
        objects: list[Value] = []
        for position, row in enumerate(rows):
            block_symbol = Call("index", (itself, Literal(position)))
            bare = OpenObject(origin=itself, symbol=block_symbol)
            # All have the same attributes, as the provider's schema makes them.
            full = {
                key: bare.missing(key) if isinstance(row.get(key, NULL), NullValue) else row[key]
                for key in sorted(names)
            }
            objects.append(OpenObject(attributes=full, origin=itself, symbol=block_symbol))
        if (address.type, name) in SET_BLOCKS:
            return set_of(DYNAMIC, objects)
        return tuple_of(objects)

    def resource_scope(self, address: Address, declaration: Declaration) -> Scope:
        """Where the arguments of this instance are evaluated."""
        expansion = self.expansion(_local_name(address), declaration)
        scope = self.instance_scope(expansion, address.key)
        return scope.bind({"self": replace(reference(Reference(address)), not_null=True)})

    def instance_scope(self, expansion: Expansion, key: InstanceKey) -> Scope:
        """The names `count` and `each`, for one instance."""
        match expansion.kind:
            case "single":
                return self.scope
            case "count":
                index = (
                    counted(key) if isinstance(key, int) else unknown("which instance it is, is not known", type=NUMBER)
                )
                return self.scope.bind({"count": object_of({"index": index})})
            case "for_each":
                name = (
                    string(key) if isinstance(key, str) else unknown("which instance it is, is not known", type=STRING)
                )
                value = expansion.values.get(key)
                if value is None:
                    source = expansion.source or unknown("for_each is not known")
                    value = name if isinstance(source.type, SetType) else operators.index(source, name)
                return self.scope.bind({"each": object_of({"key": name, "value": value})})

    def nested(self, body: BlockBody, scope: Scope) -> Iterator[tuple[str, tuple[BlockBody, Scope] | UnknownValue]]:
        """The nested blocks, `dynamic` ones made: name and either body and scope, or why they are not known."""
        for block in body.blocks:
            if block.type != "dynamic":
                yield block.type, (block.body, scope)
                continue
            name = block_name(block)
            iterated = self.evaluate(block.body.expression("for_each") or Constant(None), scope)
            iterator = _reference_text(block.body.expression("iterator")) or name
            content = next((one.body for one in block.body.blocks if one.type == "content"), BlockBody())
            match iterated:
                case UnknownValue():
                    yield name, iterated
                    continue
                case ListValue(items=items) | TupleValue(items=items):
                    pairs: list[tuple[Value, Value]] = [(counted(at), item) for at, item in enumerate(items)]
                case SetValue(items=items):
                    pairs = [(item, item) for item in items]
                case MapValue(items=named) | ObjectValue(attributes=named):
                    pairs = [(string(key), item) for key, item in named.items()]
                case _:
                    yield name, failure("the for_each of a dynamic block cannot be iterated over", iterated)
                    continue
            if len(pairs) > MAX_INSTANCES:
                yield name, unknown(f"more than {MAX_INSTANCES:,} blocks")
                continue
            for key, value in pairs:
                yield name, (content, scope.bind({iterator: object_of({"key": key, "value": value})}))

    # ------------------------------------------------------------------------------------------------------ instances

    def expansion(self, what: str, declaration: Declaration) -> Expansion:
        """The instances of `aws_vpc.a`, `data.aws_vpc.a` or `module.a`, as named in this module."""
        if what not in self._expansions:
            if what in self._busy:
                return Expansion("count", (), unknown=unknown(f"{what} refers to itself"))
            self._busy.add(what)
            try:
                found = self._expansion(what, declaration.body)
            except OutOfFuelError as fault:
                self.engine.gap(
                    Gap(self._subject(what), "its instances", f"not evaluated: {fault}", declaration.location)
                )
                found = Expansion("count", (), unknown=unknown(f"not evaluated: {fault}"))
            finally:
                self._busy.discard(what)
            self._expansions[what] = found
        return self._expansions[what]

    def _subject(self, what: str) -> str:
        return f"{format_module(self.path)}.{what}" if self.path else what

    def _expansion(self, what: str, body: BlockBody) -> Expansion:
        count, for_each = body.expression("count"), body.expression("for_each")
        expression = count or for_each
        if expression is None:
            enabled = next(iter(body.nested("lifecycle")), None)  # OpenTofu: lifecycle { enabled = … }
            switch = enabled.body.expression("enabled") if enabled else None
            if switch is None:
                return SINGLE
            value = self.world.assumed(self.path, what) or convert(self.evaluate(switch), BOOL)
            if isinstance(value, BoolValue):
                return SINGLE if value.flag else Expansion("single", ())
            return Expansion(
                "single", (), unknown=value if isinstance(value, UnknownValue) else failure("a bool is required", value)
            )
        assumed = self.world.assumed(self.path, what)
        if isinstance(assumed, BoolValue) and (guard := self.guard(expression, self.scope)):
            taken = guard.conditional.then if assumed.flag else guard.conditional.otherwise
            value = guard.module.evaluate(taken, guard.scope)
        else:
            value = self.evaluate(expression)
        return self._counted(value) if count else self._for_each(value)

    def _counted(self, value: Value) -> Expansion:
        number = convert(value, NUMBER)
        if number.sensitive:
            return Expansion("count", (), unknown=failure(SECRET, number))
        match number:
            case NumberValue(number=int() as count) if 0 <= count <= MAX_INSTANCES:
                return Expansion("count", tuple(range(count)))
            case NumberValue(number=int() as count) if count > MAX_INSTANCES:
                return Expansion("count", (), unknown=unknown(f"more than {MAX_INSTANCES:,} instances"))
            case UnknownValue():
                return Expansion("count", (), unknown=number)
            case _:
                return Expansion("count", (), unknown=failure("count must be a whole number, zero or more", value))

    @staticmethod
    def _for_each(value: Value) -> Expansion:
        items: Mapping[str, Value]
        if value.sensitive:  # Terraform refuses it: addresses would tell the keys
            return Expansion("for_each", (), unknown=failure(SECRET, value), source=value)
        match value:
            case MapValue(items=items) | ObjectValue(attributes=items):
                pass
            case SetValue(items=members) if all(isinstance(item, StringValue) for item in members):
                items = {item.text: item for item in members if isinstance(item, StringValue)}
            case UnknownValue():
                return Expansion("for_each", (), unknown=value, source=value)
            case SetValue():
                waits = next((item for item in value.items if isinstance(item, UnknownValue)), None)
                return Expansion(
                    "for_each", (), unknown=waits or failure("for_each needs a set of strings", value), source=value
                )
            case _:
                return Expansion(
                    "for_each", (), unknown=failure("for_each needs a map or a set of strings", value), source=value
                )
        if len(items) > MAX_INSTANCES:
            return Expansion("for_each", (), unknown=unknown(f"more than {MAX_INSTANCES:,} instances"), source=value)
        return Expansion("for_each", tuple(items), dict(items.items()))

    def child(self, name: str, key: InstanceKey) -> Module | None:
        """The instance of a called module; None where its sources are not at hand (a gap says so)."""
        if (name, key) not in self._children:
            self._children[name, key] = self._child(name, key)
        return self._children[name, key]

    def _child(self, name: str, key: InstanceKey) -> Module | None:
        call = self.calls.get(name)
        if call is None:
            return None
        sources = self.called_sources(name)
        if sources is None:
            return None
        return Module(self.world, (*self.path, ModuleStep(name, key)), sources, self, call)

    def called_sources(self, name: str) -> ModuleSources | None:
        """The sources a module call leads to; None where they are not at hand."""
        call = self.calls[name]
        subject = self._subject(f"module.{name}")
        if len(self.path) >= MAX_MODULE_DEPTH:
            self.engine.gap(Gap(subject, "the module", f"more than {MAX_MODULE_DEPTH} modules deep", call.location))
            return None
        if self.engine.modules >= MAX_MODULES:
            self.engine.gap(Gap("the configuration", "its modules", f"more than {MAX_MODULES:,} modules"))
            return None
        source = constant_text(call.body, "source")
        if source is None:
            self.engine.gap(Gap(subject, "the module", "its source is not a constant", call.location))
            return None
        if source.startswith(("./", "../", ".\\", "..\\")) or source in (".", ".."):
            directory = self.sources.directory / source
            if self._is_called_by(directory):
                self.engine.gap(Gap(subject, "the module", "it calls itself", call.location))
                return None
            sources = self.engine.sources(directory)
            return None if sources.is_empty else sources
        dotted = ".".join((*(step.name for step in self.path), name))
        installed = self.engine.installed.get(dotted)
        if installed is not None:
            sources = self.engine.sources(installed)
            if not sources.is_empty:
                return sources
        return wellknown.sources(source)

    def _is_called_by(self, directory: Path) -> bool:
        """Whether the module in that directory is this one, or one on the way to it."""
        wanted = Path(os.path.normpath(directory))
        module: Module | None = self
        while module is not None:
            if Path(os.path.normpath(module.sources.directory)) == wanted:
                return True
            module = module.parent
        return False

    # ---------------------------------------------------------------------------------------------------------- guards

    def guard(self, expression: Expression, scope: Scope, hops: int = 8) -> Guard | None:
        """The conditional that `count` or `for_each` is, followed through locals and arguments of calls."""
        match expression:
            case Conditional():
                return Guard(self, scope, expression)
            case FunctionCall("toset" | "tomap" | "tolist" | "tonumber", (inner,)):
                return self.guard(inner, scope, hops - 1) if hops else None
            case GetAttr(Name("local"), name) if hops:
                value = self.local_expression(name)
                return None if value is None else self.guard(value, self.scope, hops - 1)
            case GetAttr(Name("var"), name) if hops and self.parent is not None and self.call is not None:
                value = self.call.body.expression(name)
                return None if value is None else self.parent.guard(value, self._call_scope, hops - 1)
            case _:
                return None

    def switched_on(self, what: str, declaration: Declaration) -> Module | None:
        """This module in the world where what its guard switches off is on; None where nothing switches it off, or nothing can switch it on."""
        try:
            return self._switched_on(what, declaration)
        except OutOfFuelError:
            return None  # what it takes to know is too much

    def _switched_on(self, what: str, declaration: Declaration) -> Module | None:
        body = declaration.body
        expression = body.expression("count") or body.expression("for_each")
        guard = self.guard(expression, self.scope) if expression is not None else None
        if guard is None:
            return None
        conditional = guard.conditional
        decided = convert(guard.module.evaluate(conditional.condition, guard.scope), BOOL)
        if isinstance(decided, BoolValue):
            wanted = not decided.flag
        else:
            wanted = not _is_off(guard.module.evaluate(conditional.then, guard.scope))
        here = self.world.assumptions
        for extra in (
            guard.module.flipped(conditional.condition, wanted, guard.scope),
            {(self.path, what): boolean(wanted)},
        ):
            if extra is None:
                continue
            world = self.engine.world(frozenset({**here, **extra}.items()))
            module = world.module(self.path)
            if module is not None and module.expansion(what, declaration).keys:
                return module
        return None

    def flipped(self, expression: Expression, wanted: bool, scope: Scope, hops: int = 12) -> dict[Key, Value] | None:
        """Assumptions about variables and locals under which the condition is `wanted`; None where no name decides it."""
        if not hops:
            return None
        match expression:
            case GetAttr(Name("var"), name):
                if (
                    self.parent is not None
                    and self.call is not None
                    and (inner := self.call.body.expression(name)) is not None
                ):
                    found = self.parent.flipped(inner, wanted, self._call_scope, hops - 1)
                    if found is not None:
                        return found
                return {(self.path, f"var.{name}"): boolean(wanted)}
            case GetAttr(Name("local"), name):
                inner = self.local_expression(name)
                found = None if inner is None else self.flipped(inner, wanted, self.scope, hops - 1)
                return found if found is not None else {(self.path, f"local.{name}"): boolean(wanted)}
            case Unary("!", operand):
                return self.flipped(operand, not wanted, scope, hops - 1)
            case FunctionCall("tobool", (inner,)):
                return self.flipped(inner, wanted, scope, hops - 1)
            case Binary("&&" | "||" as operator, left, right):
                every = (operator == "&&") == wanted  # both sides have to be as wanted, or one is enough
                made: dict[Key, Value] = {}
                for side in (left, right):
                    value = convert(self.evaluate(side, scope), BOOL)
                    if isinstance(value, BoolValue) and value.flag == wanted:
                        continue
                    found = self.flipped(side, wanted, scope, hops - 1)
                    if found is None and every:
                        return None
                    if found is not None:
                        made.update(found)
                        if not every:
                            return made
                return made or None
            case _:
                return None

    # --------------------------------------------------------------------------------------------------------- providers

    def provider_key(self, name: str) -> str:
        """The absolute key of the provider configuration that this module calls `aws` or `aws.hub`."""
        local, _, alias = name.partition(".")
        for declaration in self.sources.of_type("provider"):
            if declaration.labels == (local,) and (constant_text(declaration.body, "alias") or "") == alias:
                return f"{format_module(self.path)}:{name}" if self.path else name
        if self.parent is None or self.call is None:
            return name
        passed = self.call.body.expression("providers")
        if isinstance(passed, ObjectCons):
            for key, value in passed.items:
                if _reference_text(key) == name and (outer := _reference_text(value)):
                    return self.parent.provider_key(outer)
        return self.parent.provider_key(name) if not alias else f"{format_module(self.path)}:{name}"

    def provider_region(self, key: str) -> str:
        """The constant region of a provider configuration, by its absolute key; empty where it is not known."""
        regions = self.world.regions
        if (region := regions.get(key)) is None:
            region = regions[key] = self._provider_region(key)
        return region

    def _provider_region(self, key: str) -> str:
        path, _, name = key.rpartition(":")
        from tf_cvpn_lint.core.address import parse_module

        module = self.world.module(parse_module(path))
        if module is None:
            return ""
        local, _, alias = name.partition(".")
        for declaration in module.sources.of_type("provider"):
            if declaration.labels == (local,) and (constant_text(declaration.body, "alias") or "") == alias:
                expression = declaration.body.expression("region")
                if expression is None:
                    return ""
                subject = module._subject(f"provider.{name}")
                evaluate = partial(module.evaluate, expression)
                value = self.engine.bounded(subject, "region", declaration.location, evaluate)
                return value.text if isinstance(value, StringValue) and not value.sensitive else ""
        return ""


_MODULE_TOKEN = re.compile(r'module\.([\w-]+)(?:\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\])?')


# ------------------------------------------------------------------------------------------------------------- small things


def _local_name(address: Address) -> str:
    return f"{'data.' if address.mode == 'data' else ''}{address.type}.{address.name}"


def _is_constant(body: BlockBody, name: str, value: bool) -> bool:
    expression = body.expression(name)
    return isinstance(expression, Constant) and expression.value is value


def constant_text(body: BlockBody, name: str) -> str | None:
    """An argument that is a plain string."""
    expression = body.expression(name)
    return expression.value if isinstance(expression, Constant) and isinstance(expression.value, str) else None


def _reference_text(expression: Expression | None) -> str:
    """`aws.hub` of the reference `aws.hub`, also where old syntax has it in quotes."""
    match expression:
        case Name(name):
            return name
        case GetAttr(object, name):
            head = _reference_text(object)
            return f"{head}.{name}" if head else ""
        case Constant(str() as text):
            return text
        case _:
            return ""


def _is_empty(value: Value) -> bool:
    """A default by which a module says that its caller decides."""
    match value:
        case NullValue():
            return True
        case StringValue(text=text):
            return not text
        case ListValue(items=items) | SetValue(items=items) | TupleValue(items=items):
            return not items
        case MapValue(items=named) | ObjectValue(attributes=named):
            return not named
        case _:
            return False


def _secret(value: Value) -> Value:
    """The value, marked sensitive; where it failed, without the words that may quote it."""
    if isinstance(value, UnknownValue) and value.is_failure:
        value = replace(value, why=SECRET)
    return marked(value)


def _is_off(value: Value) -> bool:
    if isinstance(value, NumberValue):
        return value.number == 0
    if isinstance(value, StringValue):
        return value.text == "0"
    return _is_empty(value)


def _from_text(text: str) -> Value:
    """A value of the command line or environment, for a variable whose type is none of the plain ones.

    Source: https://developer.hashicorp.com/terraform/language/values/variables#complex-typed-values
    """
    from tf_cvpn_lint.read.hcl.parse import parse_expression
    from tf_cvpn_lint.read.hcl.templates import HclSyntaxError

    try:
        return Evaluator().evaluate(parse_expression(text), Scope(NOTHING))
    except HclSyntaxError as fault:
        return failure(f"the given value is not an expression: {fault.why}")
    except OutOfFuelError as fault:
        return unknown(str(fault))


def _as_set(value: Value) -> Value:
    items = value.items if isinstance(value, TupleValue | ListValue) else None
    if items is None or len(items) < 2:
        return value
    return convert(value, SetType(STRING))


def ignored_changes(body: BlockBody) -> frozenset[str]:
    """Arguments whose configured value may not be what is there (`lifecycle.ignore_changes`); every one for `all`."""
    names: set[str] = set()
    for lifecycle in body.nested("lifecycle"):
        match lifecycle.body.expression("ignore_changes"):
            case Name("all") | Constant("all"):
                names.update(body.attributes)
            case TupleCons(items):
                for item in items:
                    while isinstance(item, GetAttr | Index):
                        item = item.object
                    names.add(_reference_text(item).partition(".")[0].partition("[")[0])
            case _:
                pass
    return frozenset(names)


def ignores_all_changes(body: BlockBody) -> bool:
    """Whether Terraform makes the resource and then leaves it alone (`ignore_changes = all`)."""
    return any(
        lifecycle.body.expression("ignore_changes") in (Name("all"), Constant("all"))
        for lifecycle in body.nested("lifecycle")
    )


def is_root_module(sources: ModuleSources) -> bool:
    """Whether the directory looks like a root: it configures a provider or a backend, or brings variable files that load by themselves."""
    if any(not _only_requirements(declaration) for declaration in sources.of_type("provider")):
        return True
    for declaration in sources.of_type("terraform"):
        if re.search(r'(?m)^[ \t]*"?(?:backend|cloud)\b"?[\s:]', declaration.text):
            return True
    try:
        return any(map(loads_by_itself, file_names(sources.directory)))
    except OSError:
        return False


def _only_requirements(declaration: Declaration) -> bool:
    """An empty `provider "aws" {}` block is how old modules name the providers they are passed."""
    inner = declaration.text[declaration.text.find("{") + 1 : declaration.text.rfind("}")]
    written = re.sub(r"#[^\n]*|//[^\n]*|/\*.*?\*/", "", inner, flags=re.S)
    return not re.sub(r'alias\s*=\s*"[^"]*"', "", written).strip() and not declaration.location.file.endswith(".json")


__all__ = ["NOTHING", "Engine", "Expansion", "Guard", "Module", "NestedBlock", "World", "failed"]
