"""From the module tree to the `Configuration`: every instance of every wanted resource, with its body evaluated."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Literal

from tf_cvpn_lint.config.configuration import Body, Configuration, Input, Resource
from tf_cvpn_lint.core.address import Address, AddressError, ModuleStep, Reference, format_module
from tf_cvpn_lint.core.evidence import Evidence, Gap, Location
from tf_cvpn_lint.core.records import dataclass, field, replace
from tf_cvpn_lint.core.value import Absent, Known, Unknown
from tf_cvpn_lint.core.value import Value as ConfigurationValue
from tf_cvpn_lint.read.bodies import is_never_loaded
from tf_cvpn_lint.read.hcl import wellknown
from tf_cvpn_lint.read.hcl.evaluate import Scope
from tf_cvpn_lint.read.hcl.modules import (
    MAX_MODULES,
    META_ARGUMENTS,
    Assumptions,
    Engine,
    Expansion,
    Module,
    _local_name,
    _reference_text,
    constant_text,
    ignored_changes,
    ignores_all_changes,
)
from tf_cvpn_lint.read.hcl.order import dependencies
from tf_cvpn_lint.read.hcl.provisioners import made_by_commands, mentions_command
from tf_cvpn_lint.read.hcl.sources import Declaration
from tf_cvpn_lint.read.hcl.syntax import (
    NOT_WHOLE,
    BlockBody,
    Constant,
    NestedBlock,
    ObjectCons,
)
from tf_cvpn_lint.read.hcl.values import UnknownValue, to_configuration_value

Mode = Literal["managed", "data"]

_NOT_NETWORK = frozenset({"lifecycle", "connection"})
"""Nested blocks that say nothing about the resource itself."""


@dataclass(frozen=True, slots=True)
class _Found:
    """One instance, before it is evaluated."""

    address: Address
    declaration: Declaration
    module: Module
    assumptions: Assumptions
    """What has to be assumed for it to be there; none for what is there."""


STEPS_OF_A_BLOCK = 20
"""What making a nested block costs besides its arguments, in steps of evaluation."""
MAX_FOUND = 50_000
"""Resources that are looked at; those after them are in a gap."""


@dataclass(slots=True)
class _Collection:
    engine: Engine
    types: frozenset[str] | None
    found: list[_Found] = field(default_factory=list)
    open_types: dict[str, dict[Gap, None]] = field(default_factory=dict)

    def wants(self, type_: str) -> bool:
        return self.types is None or type_ in self.types

    def open(self, type_: str, gap: Gap) -> None:
        self.open_types.setdefault(type_, {})[gap] = None
        self.engine.gap(gap)


def build(engine: Engine, types: frozenset[str] | None, inputs: tuple[Input, ...]) -> Configuration:
    """Everything of the wanted types (all for None) in the engine's root."""
    collection = _Collection(engine, types)
    _walk(engine.world().root, collection)
    commands = _note_commands(engine, collection)
    resources = sorted((_resource(one) for one in _kept(collection)), key=lambda resource: resource.address)
    return Configuration(
        resources=tuple(resources),
        gaps=engine.all_gaps(),
        inputs=inputs,
        is_root=engine.is_root,
        aws_provider_version=_aws_version(engine.world().root),
        open_types={type_: tuple(gaps) for type_, gaps in sorted(collection.open_types.items())},
        commands=commands,
    )


def _aws_version(root: Module) -> str:
    """The constraint that `required_providers` sets for hashicorp/aws, whatever it is called there."""
    for declaration in root.sources.of_type("terraform"):
        for block in declaration.body.blocks:
            for name, attribute in block.body.attributes.items() if block.type == "required_providers" else ():
                match attribute.expression:
                    case Constant(str() as version) if name == "aws":
                        return version
                    case ObjectCons(items):
                        said = {
                            key.value: value.value
                            for key, value in items
                            if isinstance(key, Constant) and isinstance(value, Constant)
                        }
                        constraint = said.get("version")
                        if said.get("source", f"hashicorp/{name}") == "hashicorp/aws" and isinstance(constraint, str):
                            return constraint
                    case _:
                        pass
    return ""


def _kept(collection: _Collection) -> Iterator[_Found]:
    """Everything that is there, and what would be there under the assumptions that switch an endpoint on."""
    switches = {
        assumption
        for one in collection.found
        if one.address.type == "aws_ec2_client_vpn_endpoint" and one.address.mode == "managed"
        for assumption in one.assumptions
    }
    seen: set[Address] = set()
    for one in sorted(collection.found, key=lambda one: len(one.assumptions)):
        if one.address not in seen and all(assumption in switches for assumption in one.assumptions):
            seen.add(one.address)
            yield one


# ------------------------------------------------------------------------------------------------------------------ the walk


_TYPE_OR_CALL = re.compile(r"\b(?:aws_\w+|module)\b")


def _types_in(text: str | None) -> Iterable[str]:
    """The resource types of which some may be declared in text that was not read; `*` for any."""
    if text is None:
        return ("*",)
    return ("*" if word == "module" else word for word in dict.fromkeys(_TYPE_OR_CALL.findall(text)))


def _walk(module: Module, collection: _Collection) -> None:
    for mode, declaration in module.resources():
        type_, name = declaration.labels
        if not collection.wants(type_):
            continue
        address = Address(type_, name, None, module.path, mode)
        what = _local_name(address)
        for owner, expansion in _expansions(module, what, declaration):
            for key in expansion.keys:
                if len(collection.found) >= MAX_FOUND:
                    why = f"more than {MAX_FOUND:,} resources"
                    collection.open("*", Gap(str(address), "its instances", why, declaration.location))
                    break
                collection.found.append(_Found(replace(address, key=key), declaration, owner, owner.world.key))
            if expansion.unknown is not None:
                collection.open(type_, _unknown_instances(str(address), expansion, declaration))
    for gap, text in module.sources.unread:
        for type_ in _types_in(text):
            if type_ == "*" or collection.wants(type_):
                collection.open(type_, gap)
    if module.sources.is_summary:
        subject = format_module(module.path)
        gap = Gap(
            subject,
            "the rest of the module",
            "not downloaded (terraform init); what its documentation says is used",
            _called_at(module),
        )
        for type_ in wellknown.OPEN_TYPES:
            collection.open(type_, gap)
    if module.engine.modules > MAX_MODULES and module.calls:
        collection.open("*", Gap("the configuration", "its modules", f"more than {MAX_MODULES:,} modules"))
        return
    for name, call in module.calls.items():
        _walk_call(module, name, call, collection)


def _expansions(module: Module, what: str, declaration: Declaration) -> Iterator[tuple[Module, Expansion]]:
    """The instances there are, and those there would be if what switches them off were on."""
    expansion = module.expansion(what, declaration)
    yield module, expansion
    if not expansion.keys:
        switched = module.switched_on(what, declaration)
        if switched is not None:
            yield switched, replace(switched.expansion(what, declaration), unknown=None)


def _walk_call(module: Module, name: str, call: Declaration, collection: _Collection) -> None:
    what = f"module.{name}"
    for owner, expansion in _expansions(module, what, call):
        sources = owner.called_sources(name)
        subject = f"{format_module(owner.path)}.{what}" if owner.path else what
        if sources is None:
            if expansion.keys or expansion.unknown is not None:
                source = constant_text(call.body, "source") or "its source"
                local = source.startswith(".")
                why = f"{source} is not there" if local else f"{source} is not downloaded (terraform init)"
                collection.open("*", Gap(subject, "the resources of this module", why, call.location))
            continue
        if expansion.unknown is not None:
            gap = _unknown_instances(subject, expansion, call)
            for type_ in _types_within(owner, name):
                if collection.wants(type_):
                    collection.open(type_, gap)
        for key in expansion.keys:
            if owner.engine.modules > MAX_MODULES:
                collection.open("*", Gap("the configuration", "its modules", f"more than {MAX_MODULES:,} modules"))
                break
            child = owner.child(name, key)
            if child is not None:
                _walk(child, collection)


def _types_within(module: Module, name: str, seen: set[Path] | None = None) -> set[str]:
    """Resource types declared in a called module and in what it calls; each directory is looked at once."""
    seen = set() if seen is None else seen
    sources = module.called_sources(name)
    if sources is None or sources.directory in seen:
        return set()
    if not sources.is_summary:
        seen.add(sources.directory)
    child = Module(module.world, (*module.path, ModuleStep(name)), sources, module, module.calls[name])
    types = {declaration.labels[0] for _, declaration in child.resources()}
    for inner in child.calls:
        types |= _types_within(child, inner, seen)
    return types


def _unknown_instances(subject: str, expansion: Expansion, declaration: Declaration) -> Gap:
    assert expansion.unknown is not None
    which = "count" if expansion.kind == "count" else "for_each"
    return Gap(
        subject, f"its instances ({which})", expansion.unknown.why, declaration.location, expansion.unknown.refers_to
    )


def _called_at(module: Module) -> Location | None:
    return module.call.location if module.call else None


def _note_commands(engine: Engine, collection: _Collection) -> frozenset[Address]:
    """Opens the types that commands make, which no resource shows; the resources whose commands were read."""
    read: set[Address] = set()
    for module in _modules(engine.world().root):
        for mode, declaration in module.resources():
            if not mentions_command(declaration):
                continue
            type_, name = declaration.labels
            address = Address(type_, name, None, module.path, mode)
            expansion = module.expansion(_local_name(address), declaration)
            if expansion.is_known and not expansion.keys:
                continue
            read.add(address)
            for made, why in made_by_commands(module, declaration, address, expansion).items():
                if collection.wants(made):
                    what = f"what its command makes ({made})"
                    collection.open(made, Gap(str(address), what, why, declaration.location))
    return frozenset(read)


def _modules(module: Module) -> Iterator[Module]:
    yield module
    for name, call in module.calls.items():
        if module.called_sources(name) is None:
            continue
        keys = module.expansion(f"module.{name}", call).keys
        for key in keys:
            child = module.child(name, key)
            if child is not None:
                yield from _modules(child)


# -------------------------------------------------------------------------------------------------------------- one resource


def _resource(found: _Found) -> Resource:
    module, declaration, address = found.module, found.declaration, found.address
    summary = module.sources.is_summary
    location = _called_at(module) if summary else declaration.location
    body = declaration.body
    key = module.provider_key(_reference_text(body.expression("provider")) or address.type.partition("_")[0])
    evaluated = _body(found, location, summary)
    region = evaluated.values.get("region")
    return Resource(
        address=address,
        body=evaluated,
        lifecycle="read" if address.mode == "data" else "created",
        location=location,
        provider=key,
        region=region.value if isinstance(region, Known) and isinstance(region.value, str) else _region(module, key),
        enabled=not found.assumptions,
        depends_on=dependencies(address, body, module),
    )


def _region(module: Module, key: str) -> str:
    try:
        return module.provider_region(key)
    except AddressError:
        return ""


def _body(found: _Found, location: Location | None, summary: bool) -> Body:
    address, declaration, module = found.address, found.declaration, found.module
    engine = module.engine
    subject = str(address)
    scope = module.resource_scope(address, declaration)
    values: dict[str, ConfigurationValue] = {}
    locations: dict[str, Location] = {}
    ignored = ignored_changes(declaration.body)
    for name, attribute in declaration.body.attributes.items():
        if name in META_ARGUMENTS or is_never_loaded(name):
            continue
        place = location if summary else attribute.location
        if place is not None:
            locations[name] = place
        evidence = Evidence(address, name, place)
        value = engine.bounded(subject, name, place, partial(module.evaluate, attribute.expression, scope))
        values[name] = to_configuration_value(value, evidence)
        if name in ignored and isinstance(values[name], Known):
            values[name] = Unknown((), MAY_DIFFER, None, False, evidence)
    for name, items in _blocks(
        declaration.body, scope, module, subject, address, location if summary else None
    ).items():
        evidence = Evidence(address, name, locations.get(name))
        if not declaration.body.is_whole:
            items.append(Unknown((), f"the block {NOT_WHOLE}", None, False, evidence))  # there may be more of them
        values[name] = Known(tuple(items), evidence)
    for name in ignored | _kept_elsewhere(declaration):
        # Rules and routes that somebody else keeps, beside those that are written or instead of them.
        open_ = Unknown((), MAY_DIFFER, None, False, Evidence(address, name, locations.get(name, location)))
        match values.get(name):
            case None if not is_never_loaded(name):
                values[name] = open_
            case Known(tuple() as there) as known if name not in declaration.body.attributes:
                values[name] = Known((*there, open_), known.evidence)
            case _:
                pass
    for block in declaration.body.blocks:
        name = block.labels[0] if block.type == "dynamic" and block.labels else block.type
        place = location if summary else block.location
        if name in values and place is not None:
            locations.setdefault(name, place)
    if not summary:
        locations |= _nested_locations(declaration.body.blocks)
    if address.mode == "data":
        values = ReadFromProvider(address, values)
        if same := module.read_resource(address, declaration):
            owner, resource, written = same
            for name in written.body.attributes:
                if name not in META_ARGUMENTS and name not in values:
                    value = engine.bounded(subject, name, location, partial(owner.attribute, resource, written, name))
                    values[name] = to_configuration_value(value, Evidence(address, name, location))
    elif not declaration.body.is_whole:
        values = ReadInPart(address, values)
    return Body(values, locations)


MAY_DIFFER = "what is there may differ (lifecycle.ignore_changes)"

_COLLECTIONS = {
    "aws_security_group": ("ingress", "egress"),
    "aws_default_security_group": ("ingress", "egress"),
    "aws_network_acl": ("ingress", "egress"),
    "aws_default_network_acl": ("ingress", "egress"),
    "aws_route_table": ("route", "propagating_vgws"),
    "aws_default_route_table": ("route", "propagating_vgws"),
    "aws_ec2_managed_prefix_list": ("entry",),
}


def _kept_elsewhere(declaration: Declaration) -> frozenset[str]:
    """What `ignore_changes = all` leaves to others although it is not written."""
    if not ignores_all_changes(declaration.body):
        return frozenset()
    return frozenset(_COLLECTIONS.get(declaration.labels[0], ()))


def _nested_locations(blocks: Iterable[NestedBlock]) -> dict[str, Location]:
    """Lines by place (`route[1]`, `route[1].gateway_id`) of blocks whose places are certain: not where a `dynamic` one makes some."""
    by_name: dict[str, list[NestedBlock]] = {}
    dynamic = set()
    for block in blocks:
        if block.type == "dynamic":
            dynamic |= set(block.labels[:1])
        else:
            by_name.setdefault(block.type, []).append(block)
    found: dict[str, Location] = {}
    for name, written in by_name.items():
        for index, block in enumerate(written if name not in dynamic else ()):
            if block.location is not None:
                found[f"{name}[{index}]"] = block.location
            for argument, attribute in block.body.attributes.items():
                if attribute.location is not None:
                    found[f"{name}[{index}].{argument}"] = attribute.location
    return found


class ReadFromProvider(dict[str, ConfigurationValue]):
    """The attributes of a data source: what is not written is neither unset nor a default, it is read when Terraform runs."""

    def __init__(self, address: Address, values: Mapping[str, ConfigurationValue]) -> None:
        super().__init__(values)
        self.address = address

    def get(self, name: str, default: object = None, /) -> ConfigurationValue:  # noqa: ARG002
        value = super().get(name)
        if value is None or isinstance(value, Absent):
            reference = Reference(self.address, name)
            return Unknown((reference,), "read when Terraform runs", reference, True, Evidence(self.address, name))
        return value


class ReadInPart(dict[str, ConfigurationValue]):
    """What was read of a block that could not be read whole: what is not among it may be written all the same."""

    def __init__(self, address: Address, values: Mapping[str, ConfigurationValue]) -> None:
        super().__init__(values)
        self.address = address

    def get(self, name: str, default: object = None, /) -> ConfigurationValue:  # noqa: ARG002
        value = super().get(name)
        if value is None:
            return Unknown((), f"the block {NOT_WHOLE}", None, False, Evidence(self.address, name))
        return value


def _blocks(
    body: BlockBody,
    scope: Scope,
    module: Module,
    subject: str,
    address: Address,
    place: Location | None,
    path: str = "",
) -> dict[str, list[ConfigurationValue]]:
    """The nested blocks by name. A `dynamic` block that makes none leaves no name, as if it were not written."""
    found: dict[str, list[ConfigurationValue]] = {}
    failed: list[UnknownValue] = []

    def nested() -> UnknownValue:
        for name, item in module.nested(body, scope):
            if name in _NOT_NETWORK or is_never_loaded(name):
                continue
            where = f"{path}{name}[{len(found.get(name, ()))}]"
            if isinstance(item, UnknownValue):
                made = to_configuration_value(item, Evidence(address, where, place))
                found.setdefault(name, []).append(made)
                continue
            inner, around = item
            if not inner.is_whole:
                part = Unknown((), f"the block {NOT_WHOLE}", None, False, Evidence(address, where, place))
                found.setdefault(name, []).append(part)
                continue
            found.setdefault(name, []).append(_block(inner, around, module, subject, address, place, where))
        return _DONE

    result = module.engine.bounded(subject, f"{path}blocks", place, nested)
    if result is not _DONE and isinstance(result, UnknownValue):
        failed.append(result)
    for one in failed:
        for name in {
            block.labels[0] if block.type == "dynamic" and block.labels else block.type for block in body.blocks
        }:
            found.setdefault(name, []).append(to_configuration_value(one))
    for block in body.blocks:
        if block.type == "provisioner" and block.labels:
            _name_provisioner(found, block.labels[0])
    return found


_DONE = UnknownValue(why="")


def _name_provisioner(found: dict[str, list[ConfigurationValue]], label: str) -> None:
    for position, value in enumerate(found.get("provisioner", ())):
        if isinstance(value, Known) and isinstance(value.value, Mapping) and "type" not in value.value:
            found["provisioner"][position] = replace(value, value={**value.value, "type": Known(label)})
            return


def _block(
    body: BlockBody, scope: Scope, module: Module, subject: str, address: Address, place: Location | None, where: str
) -> ConfigurationValue:
    inner: dict[str, ConfigurationValue] = {}
    module.engine.evaluator.spend(STEPS_OF_A_BLOCK)
    for name, attribute in body.attributes.items():
        attribute_place = place or attribute.location
        value = module.engine.bounded(
            subject,
            f"{where}.{name}",
            attribute_place,
            partial(module.evaluate, attribute.expression, scope),
        )
        inner[name] = to_configuration_value(value, Evidence(address, f"{where}.{name}", attribute_place))
    for name, items in _blocks(body, scope, module, subject, address, place, f"{where}.").items():
        inner[name] = Known(tuple(items), Evidence(address, f"{where}.{name}", place))
    return Known(inner, Evidence(address, where, place))
