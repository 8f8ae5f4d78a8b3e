"""What an unknown value comes from, followed through a plan's `configuration` to the resources, as far as a plan tells.

A plan never shows an expression, only the references in it: `aws_subnet.a[each.key].id` is listed as `aws_subnet.a` and `each.key`, `for`
and splats lose the attribute, `locals` are not there at all, and neither are `dynamic` blocks.
Source: https://developer.hashicorp.com/terraform/internals/json-format#expression-representation
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, Final

from tf_cvpn_lint.core.address import (
    Address,
    AddressError,
    InstanceKey,
    Mode,
    ModulePath,
    ModuleStep,
    Name,
    Reference,
    unquote_key,
)
from tf_cvpn_lint.core.records import dataclass, field, replace
from tf_cvpn_lint.core.value import Absent, Unknown
from tf_cvpn_lint.read.instances import Planned
from tf_cvpn_lint.read.tree import MalformedError, is_constant, mapping, sequence, text

MAX_HOPS = 60
"""Variables and outputs that are followed in a row. Real estates need about ten; a plan that was tampered with may have a circle."""

_HEAD = re.compile(r"[\w-]+", re.UNICODE)
_STEP = re.compile(r'\.([\w-]+|\*)|\[(\d{1,18})\]|\["((?:[^"\\]|\\.)*)"\]|\[\*\]', re.UNICODE)
_NAME_STEP = re.compile(r"\.([\w-]+)", re.UNICODE)
_NOT_REPEATED = frozenset({"var", "local", "each", "count", "path", "terraform", "self"})
_NOTHING_SAID = frozenset({"path", "terraform", "self"})
_NO_RESOURCES = _NOTHING_SAID | {"var", "module", "local", "input", "run", "ephemeral", "action", "each", "count"}
"""What a reference begins with that leads to no resource."""
_ADDRESS_LIKE = re.compile(r"[0-9a-fA-F.:/]*")

Step = str | int
"""Of a path: an attribute or a string index, and a number. Which of the first two it was makes no difference to Terraform."""


class _Unread:
    """Stands for a value that a plan does not show: `toset(["a"])` has no references and is no constant either."""


UNREAD: Final = _Unread()

Said = tuple[Reference | None, Any]
"""Something known that had a say, with its value: a variable, a key. It can select, and a list can hold it."""


@dataclass(frozen=True, slots=True)
class Traversal:
    """One of an expression's references: its first two names, and the path after them."""

    head: str
    """`var`, `local`, `each`, `count`, `module`, `data`, or a resource type."""
    name: str
    """The variable's, call's or resource's name; of a data source its type and name with a dot between."""
    path: tuple[Step, ...]
    """What follows, indexes included; of a resource or module call without its instance key."""
    attribute: str = ""
    """The same as written."""
    key: InstanceKey = None
    """The instance that a resource or module call is asked for, where the plan tells."""


@dataclass(frozen=True, slots=True)
class Selector:
    """Something known that may select an instance."""

    key: Any
    said: Said


@dataclass(frozen=True, slots=True, eq=False)
class ModuleConfiguration:
    """What `configuration` says of one module, for all its instances."""

    resources: Mapping[tuple[str, str, str], Mapping[str, Any]]
    """By mode, type and name."""
    variables: Mapping[str, Any]
    outputs: Mapping[str, Any]
    calls: Mapping[str, Mapping[str, Any]]
    children: Mapping[str, ModuleConfiguration]
    parent: ModuleConfiguration | None = None

    def below(self, path: ModulePath) -> ModuleConfiguration | None:
        """The module that instances of `path` are made from; None where the plan does not show it."""
        module: ModuleConfiguration | None = self
        for step in path:
            module = module.children.get(step.name) if module else None
        return module


def module_configuration(
    tree: Mapping[str, Any], where: str = "configuration", parent: ModuleConfiguration | None = None
) -> ModuleConfiguration:
    """Reads `configuration.root_module`, or a module within.

    Raises:
        MalformedError: it is not built like one.
    """
    resources: dict[tuple[str, str, str], Mapping[str, Any]] = {}
    for entry in sequence(tree.get("resources"), f"{where}.resources"):
        block = mapping(entry, f"{where}.resources")
        key = tuple(text(block.get(part), f"{where}.resources.{part}") for part in ("mode", "type", "name"))
        resources[key[0], key[1], key[2]] = block
    calls = {
        name: mapping(call, f"{where}.module_calls")
        for name, call in mapping(tree.get("module_calls"), f"{where}.module_calls").items()
    }
    children: dict[str, ModuleConfiguration] = {}
    module = ModuleConfiguration(
        resources,
        mapping(tree.get("variables"), f"{where}.variables"),
        mapping(tree.get("outputs"), f"{where}.outputs"),
        calls,
        children,
        parent,
    )
    for name, call in calls.items():
        if "module" in call:
            inside = f"{where}.module_calls.{name}"
            children[name] = module_configuration(mapping(call["module"], inside), inside, module)
    return module


@dataclass(frozen=True, slots=True)
class Scope:
    """Where an expression stands: in which instance of which module, and of which block with `count` or `for_each`."""

    module: ModulePath
    configuration: ModuleConfiguration
    key: InstanceKey = None
    block: Mapping[str, Any] = field(default_factory=dict)
    siblings: int = 1
    """How many instances that block has."""


@dataclass(frozen=True, slots=True)
class Origin:
    """What an expression is made of."""

    references: tuple[Reference, ...] = ()
    """Resources' attributes, and names that nothing in the plan explains (`local.x`, sensitive variables)."""
    said: tuple[Said, ...] = ()
    ambiguous: bool = False
    """Only some of the references count, and the plan does not say which."""
    ordered: bool = False
    """The references are all instances of one resource, in order, and nothing else."""


@dataclass(slots=True, eq=False)
class ModuleInstance:
    """One instance of a module: the resources in it, and what was found out of what refers to them."""

    path: ModulePath
    configuration: ModuleConfiguration
    resources: dict[tuple[str, str, str], list[Address]] = field(default_factory=dict)
    """The instances of a resource, in order of their keys; by mode, type and name."""
    origins: dict[Traversal, Origin] = field(default_factory=dict)
    """What a reference to a resource comes to."""
    singles: dict[Traversal, Unknown | Absent] = field(default_factory=dict)
    """What an unknown single value is that is made of one reference to a resource and of nothing else."""
    collections: dict[Traversal, Unknown | Absent] = field(default_factory=dict)
    """The same where it is a list, a set or a map."""
    repeated: dict[int, Any] = field(default_factory=dict)
    """What blocks are repeated over, by the identity of the expression."""
    names: dict[str, Reference] = field(default_factory=dict)
    """The module's keys, as they are referred to."""

    def name(self, text: str) -> Reference:
        if (found := self.names.get(text)) is None:
            found = self.names[text] = Reference(Name(text, self.path))
        return found


class References:
    """The references of one plan. Built once; every expression, variable and output is followed once."""

    def __init__(
        self,
        root: ModuleConfiguration,
        variables: Mapping[str, Any],
        planned: Iterable[Planned],
        modules: Iterable[ModulePath],
        *,
        is_complete: bool,
    ) -> None:
        """
        Args:
            variables: the values of the root's variables, sensitive ones left out.
            modules: the module instances that hold any resource at all.
            is_complete: whether a resource of the configuration that has no instance in the plan has none.
        """
        self.root = root
        self._variables = variables
        self._is_complete = is_complete
        self._planned: dict[Address, Planned] = {}
        self._instances: dict[ModulePath, ModuleInstance] = {}
        path: ModulePath | None = None
        for instance in planned:
            address = instance.address
            self._planned[address] = instance
            if path is not address.module:
                path = address.module
                resources = self.module(path).resources
            resources.setdefault((address.mode, address.type, address.name), []).append(address)
        for module in self._instances.values():
            for found in module.resources.values():
                if len(found) > 1:
                    found.sort(key=_place)
        module_keys: dict[tuple[ModulePath, str], set[InstanceKey]] = {}
        for path in modules:
            for depth, step in enumerate(path):
                module_keys.setdefault((path[:depth], step.name), set()).add(step.key)
        self._module_keys = {call: tuple(sorted(made, key=_key_order)) for call, made in module_keys.items()}
        self._inputs: dict[tuple[ModulePath, str], Origin] = {}
        self._outputs: dict[tuple[ModulePath, str], Origin] = {}
        self._traversals: dict[int, tuple[Traversal, ...]] = {}
        self._by_key: dict[int, tuple[tuple[Reference, ...], dict[InstanceKey, Reference]]] = {}
        self._unknown_anywhere: dict[Address, bool] = {}
        self._hops = 0

    # Questions of the other modules

    def scope(self, address: Address, block: Mapping[str, Any]) -> Scope:
        """Where the expressions of this instance stand."""
        module = self.module(address.module)
        siblings = len(module.resources.get((address.mode, address.type, address.name), ()))
        return Scope(address.module, module.configuration, address.key, block, siblings)

    def module(self, path: ModulePath) -> ModuleInstance:
        """The instance of a module, whether or not there is anything in it."""
        if (found := self._instances.get(path)) is None:
            found = self._instances[path] = ModuleInstance(path, self.root.below(path) or _NOTHING)
        return found

    def unknown(self, expression: Any, scope: Scope, attribute: str, is_collection: bool) -> Unknown | Absent:
        """An attribute that is known only after the apply, from its expression.

        An unknown value has an unknown source. Where every source is known, the expression came to null and the provider computes the
        value: `Absent`. Where one source of a single value is unknown, that is the one it is made of, whatever had a say beside it.
        """
        if (traversal := self.only_resource(expression)) is not None:
            return self.unknown_resource(traversal, self.module(scope.module), is_collection)
        origin = self.resolve(expression, scope, single=not is_collection)
        return self._unknown(origin, attribute, is_collection)

    def only_resource(self, expression: Any) -> Traversal | None:
        """The reference of an expression that is made of one reference to a resource and of nothing else: most of what is unknown."""
        if not isinstance(expression, dict):
            return None
        traversals = self._parsed(expression)
        return traversals[0] if len(traversals) == 1 and traversals[0].head not in _NO_RESOURCES else None

    def unknown_resource(self, traversal: Traversal, module: ModuleInstance, is_collection: bool) -> Unknown | Absent:
        """As `unknown`, of such a reference. It is the same for all instances of a block, none of which has a say in it."""
        told = module.collections if is_collection else module.singles
        if (found := told.get(traversal)) is None:
            # Nothing but the resource is in its origin, so the attribute's name does not count.
            found = told[traversal] = self._unknown(self._resource(traversal, module), "", is_collection)
        return found

    def _unknown(self, origin: Origin, attribute: str, is_collection: bool) -> Unknown | Absent:
        live = tuple([reference for reference in origin.references if self._is_live(reference)])
        if not live:
            if (origin.references or origin.said) and not any(value is UNREAD for _, value in origin.said):
                return Absent()
            return Unknown(_names(origin))
        if not is_collection:
            if len(live) == 1:
                return Unknown(live, exact=isinstance(live[0].target, Address))
            exact = _are_resources(live) and not (origin.ambiguous or origin.said)
            return Unknown(live, exact=exact)
        return Unknown(origin.references, exact=_is_all(origin, attribute))

    def source(self, expression: Any, scope: Scope) -> Unknown:
        """A value that is not to be shown, with what it comes from."""
        return Unknown(_names(self.resolve(expression, scope)), why="marked sensitive")

    def pool(self, expression: Any, scope: Scope) -> Pool:
        """The references of blocks that are also attributes (`route`, `ingress`), which a plan lists together for all of them."""
        traversals = self._parsed(expression)
        keys = tuple(traversal for traversal in traversals if traversal.head in ("each", "count"))
        origins = [
            self._of_traversals((traversal,) if traversal in keys else (traversal, *keys), scope, False)
            for traversal in traversals
        ]
        live = [origin for origin in origins if any(self._is_live(reference) for reference in origin.references)]
        references = tuple(
            dict.fromkeys(reference for origin in live for reference in origin.references if self._is_live(reference))
        )
        merged = _merged(origins)
        return Pool(references, len(live), merged.said, merged.ambiguous)

    def known(self, expression: Any, scope: Scope) -> Any:
        """The value of an expression that is a constant, or a variable that is one; `UNREAD` for everything else."""
        expression = mapping(expression, "expression")
        if is_constant(expression):
            return expression["constant_value"]
        if len(traversals := self._parsed(expression)) == 1 and traversals[0].head == "var":
            origin = self._descend(self._input(scope, traversals[0].name), traversals[0].path)
            if not origin.references and len(origin.said) == 1:
                return origin.said[0][1]
        return UNREAD

    def depends_on(self, block: Mapping[str, Any], scope: Scope) -> tuple[Address | ModulePath, ...]:
        """What `depends_on` of a resource or module call names: resources without keys, and modules without the last key."""
        named: list[Address | ModulePath] = []
        for entry in sequence(block.get("depends_on"), "depends_on"):
            traversal = _parse(text(entry, "depends_on"))
            if traversal.head == "module":
                named.append((*scope.module, ModuleStep(traversal.name)))
            elif (resource := _resource(traversal, scope.module)) is not None:
                named.append(resource)
        return tuple(named)

    # Following

    def resolve(self, expression: Any, scope: Scope, *, single: bool = False) -> Origin:
        """What the expression is made of.

        Args:
            single: the value is one thing, so a known text beside a resource with several instances can only be the key of one.
        """
        if isinstance(expression, list):
            # Nested blocks, one after another.
            return _merged([self.resolve(entry, scope) for entry in expression])
        expression = mapping(expression, "expression")
        if "references" in expression:
            return self._of_traversals(self._parsed(expression), scope, single)
        if "constant_value" in expression:
            return Origin(said=((None, expression["constant_value"] if is_constant(expression) else UNREAD),))
        if expression:
            return _merged([self.resolve(entry, scope) for entry in expression.values()])
        return Origin(said=((None, UNREAD),))

    def _parsed(self, expression: Any) -> tuple[Traversal, ...]:
        expression = mapping(expression, "expression")
        # The trees live as long as this object, so their identity does.
        found = self._traversals.get(id(expression))
        if found is None:
            entries = sequence(expression.get("references"), "references")
            found = self._traversals[id(expression)] = _traversals([text(entry, "references") for entry in entries])
        return found

    def _of_traversals(self, traversals: tuple[Traversal, ...], scope: Scope, single: bool) -> Origin:
        selectors: list[Selector] = []
        origins: list[Origin] = []
        others: list[Traversal] = []
        used: set[int] = set()
        for traversal in traversals:
            head = traversal.head
            if head == "each" and traversal.name == "value":
                origin = self._each_value(traversal.path, scope)
                if origin.references:
                    origins.append(origin)
                else:
                    selectors += [Selector(said[1], said) for said in origin.said]
            elif head == "each" or head == "count":
                # A key chooses; it is no part of what is chosen.
                name = self.module(scope.module).name(f"{head}.{traversal.name}")
                selectors.append(Selector(scope.key, (name, None)))
            else:
                others.append(traversal)
        for traversal in others:
            head = traversal.head
            if head not in _NO_RESOURCES:
                origin = self._resource(traversal, self.module(scope.module))
            elif head == "var":
                origin = self._descend(self._input(scope, traversal.name), traversal.path)
            elif head == "module":
                origin = self._module(traversal, scope, selectors, used)
            elif head in _NOTHING_SAID:
                origin = Origin(said=((None, None),))
            else:
                origin = Origin((Reference(Name(f"{head}.{traversal.name}", scope.module)),))
            origins.append(origin)
        if single:
            # `aws_subnet.a[var.zone].id`: a text that is the key of an instance.
            for origin in origins:
                if not origin.references:
                    selectors += [Selector(said[1], said) for said in origin.said if isinstance(said[1], str)]
        if not selectors:
            merged = _merged(origins)
            return replace(merged, ordered=False) if merged.said and merged.ordered else merged
        merged = _merged([self._pick(origin, selectors, scope, used) for origin in origins])
        chosen = [selectors[index].said for index in used]
        left = [said for said in merged.said if said not in chosen]
        for index, selector in enumerate(selectors):
            if index not in used and selector.said not in merged.said:
                left.append(selector.said)
        return replace(merged, said=tuple(left), ordered=merged.ordered and not left)

    def _pick(self, origin: Origin, selectors: list[Selector], scope: Scope, used: set[int]) -> Origin:
        """Of several instances the one that a key selects: the one with the same key, else the one at the same place."""
        references = origin.references
        if len(references) < 2 or not selectors:
            return origin
        by_key = self._keyed(references)
        if len(selectors) == 1 and type(key := selectors[0].key) is str and key in by_key:
            used.add(0)
            return Origin((by_key[key],), origin.said, origin.ambiguous)
        found: dict[Reference, int] = {}
        for index, selector in enumerate(selectors):
            key = selector.key
            if isinstance(key, bool) or not isinstance(key, str | int):
                continue
            if isinstance(key, str) and key in by_key:
                found[by_key[key]] = index
            # By place only where there are as many instances as places: then every one of them is used once, and a list that was
            # sorted or reversed on the way changes names and not what the network does.
            place = int(key) if isinstance(key, int) or (key.isdecimal() and len(key) < 9) else None
            if place is not None and not found and len(references) == scope.siblings and place < len(references):
                found[references[place]] = index
        if len(found) != 1:
            return replace(origin, ambiguous=True, ordered=False)
        ((reference, index),) = found.items()
        used.add(index)
        return Origin((reference,), origin.said, origin.ambiguous)

    def _keyed(self, references: tuple[Reference, ...]) -> dict[InstanceKey, Reference]:
        """The references by instance key, where they are instances of one resource; else nothing."""
        if (found := self._by_key.get(id(references))) is not None:
            return found[1]
        by_key: dict[InstanceKey, Reference] = {}
        resources = set()
        for reference in references:
            target = reference.target
            if isinstance(target, Address):
                by_key[target.key] = reference
            resources.add(target.resource if isinstance(target, Address) else None)
        if len(resources) != 1 or len(by_key) != len(references):
            by_key = {}
        # With the references, so that they are not collected and their identity given to others.
        self._by_key[id(references)] = (references, by_key)
        return by_key

    def _each_value(self, path: tuple[Step, ...], scope: Scope) -> Origin:
        name = self.module(scope.module).name("each.value")
        # `toset(["a"])` is not shown; in a set each.value is each.key.
        key = UNREAD if path else scope.key
        expression = scope.block.get("for_each_expression")
        if expression is None or not mapping(expression, "for_each_expression"):
            return Origin(said=((name, key),))
        told = self._repeated(expression, scope)
        if not isinstance(told, Origin):
            return Origin(said=((name, _at(told, (scope.key, *path)) if isinstance(told, dict) else key),))
        if not told.references:
            return Origin(said=((name, key),))
        used: set[int] = set()
        picked = self._pick(told, [Selector(scope.key, (name, None))], scope, used)
        if picked.ordered:
            picked = replace(picked, ordered=False)
        return replace(self._descend(picked, path), said=picked.said)

    def _repeated(self, expression: Mapping[str, Any], scope: Scope) -> Any:
        """What a block is repeated over: the value where that is known and a list or an object, else its origin."""
        told = self.module(scope.module).repeated
        # On the way to something else it may come to less: what is followed already is left out.
        if not self._hops and (found := told.get(id(expression))) is not None:
            return found
        found = self.known(expression, scope)
        if not isinstance(found, (list, dict)):
            found = self.resolve(expression, replace(scope, block={}))
        if not self._hops and all(traversal.head not in ("each", "count") for traversal in self._parsed(expression)):
            told[id(expression)] = found  # no instance has a say in it
        return found

    def _resource(self, traversal: Traversal, module: ModuleInstance) -> Origin:
        if (origin := module.origins.get(traversal)) is None:
            origin = module.origins[traversal] = self._instances_of(traversal, module)
        return origin

    def _instances_of(self, traversal: Traversal, module: ModuleInstance) -> Origin:
        resource = _resource(traversal, module.path)
        if resource is None:
            return Origin((Reference(Name(f"{traversal.head}.{traversal.name}", module.path)),))
        instances = module.resources.get((resource.mode, resource.type, resource.name))
        if not instances:
            if self._is_complete:
                return Origin(said=((Reference(resource), None),))  # none of it: it adds nothing
            return Origin((Reference(resource, traversal.attribute),))
        attribute = traversal.attribute
        if traversal.key is not None:
            asked = replace(resource, key=traversal.key)
            if asked not in instances and self._is_complete:
                return Origin(said=((Reference(resource), None),))  # try(aws_vpc.more[1].id, …)
            return Origin((Reference(asked, attribute),))
        references = tuple([Reference(instance, attribute) for instance in instances])
        return Origin(references, ordered=len(references) > 1 and not attribute)

    def _input(self, scope: Scope, name: str) -> Origin:
        """A variable of the module, followed into the call."""
        if (found := self._inputs.get((scope.module, name))) is not None:
            return found
        reference = Reference(Name(f"var.{name}", scope.module))
        self._inputs[scope.module, name] = Origin((reference,), ambiguous=True)  # what a circle comes to
        if not scope.module:
            origin = (
                Origin(said=((reference, self._variables[name]),)) if name in self._variables else Origin((reference,))
            )
        else:
            origin = self._argument(scope, name, reference)
        self._inputs[scope.module, name] = origin
        return origin

    def _argument(self, scope: Scope, name: str, reference: Reference) -> Origin:
        parent = scope.configuration.parent
        step = scope.module[-1]
        if parent is None or step.name not in parent.calls or self._hops >= MAX_HOPS:
            return Origin((reference,))
        call = parent.calls[step.name]
        expression = mapping(call.get("expressions"), "module_calls.expressions").get(name)
        if expression is None:
            variable = mapping(scope.configuration.variables.get(name), "variables")
            return Origin(said=((reference, variable.get("default")),))
        path = scope.module[:-1]
        siblings = len(self._module_keys.get((path, step.name), (None,)))
        self._hops += 1
        origin = self.resolve(expression, Scope(path, parent, step.key, call, siblings))
        self._hops -= 1
        return replace(origin, ordered=False)  # slice() and reverse() in the call do not show

    def _module(self, traversal: Traversal, scope: Scope, selectors: list[Selector], used: set[int]) -> Origin:
        """An output, or everything that comes out of a module where the plan lost which output is meant."""
        name, path = traversal.name, traversal.path
        step = ModuleStep(name, traversal.key)
        opaque = Origin((Reference(Name(f"{step}.{path[0]}" if path else str(step), scope.module)),))
        child = scope.configuration.children.get(name)
        if child is None:
            return opaque
        call = scope.configuration.calls[name]
        keys = self._call_keys(scope, name, call) if traversal.key is None else (traversal.key,)
        ambiguous = False
        if len(keys) > 1 and selectors:
            by_key = {
                index: selector.key
                for index, selector in enumerate(selectors)
                if any(key == selector.key and type(key) is type(selector.key) for key in keys)
            }
            chosen = set(by_key.values())
            if len(chosen) == 1 and (len(keys) == scope.siblings or not isinstance(next(iter(chosen)), int)):
                keys = tuple(chosen)
                used |= by_key.keys()
            else:
                ambiguous = True
        instances = [(*scope.module, ModuleStep(name, key)) for key in keys]
        if path:
            output, rest = str(path[0]), path[1:]
            if output not in child.outputs:
                return opaque
            found = _merged([self._output(instance, child, output) for instance in instances])
            origin = self._descend(found, rest)
        else:
            outputs = [self._output(instance, child, output) for instance in instances for output in child.outputs]
            live = [origin for origin in outputs if any(self._is_live(reference) for reference in origin.references)]
            # `module.m[each.key].id` is listed as `module.m`: which output is meant is clear only where one alone is unknown.
            ambiguous = ambiguous or len(live) > len(instances)
            origin = _merged(live)
        return replace(origin, ambiguous=origin.ambiguous or ambiguous, ordered=origin.ordered and len(instances) == 1)

    def _call_keys(self, scope: Scope, name: str, call: Mapping[str, Any]) -> tuple[InstanceKey, ...]:
        if (found := self._module_keys.get((scope.module, name))) is not None:
            return found
        # A module without resources has no instance to be seen.
        for_each = mapping(call.get("for_each_expression"), "for_each_expression").get("constant_value")
        if isinstance(for_each, dict):
            return tuple(sorted(for_each))
        count = mapping(call.get("count_expression"), "count_expression").get("constant_value")
        if isinstance(count, int) and not isinstance(count, bool) and 0 <= count <= 1000:
            return tuple(range(count))
        return (None,)

    def _output(self, path: ModulePath, module: ModuleConfiguration, name: str) -> Origin:
        if (found := self._outputs.get((path, name))) is not None:
            return found
        reference = Reference(Name(f"{path[-1]}.{name}", path[:-1]))
        self._outputs[path, name] = Origin((reference,), ambiguous=True)
        output = mapping(module.outputs.get(name), "outputs")
        if "expression" in output and self._hops < MAX_HOPS:
            self._hops += 1
            origin = self.resolve(output["expression"], Scope(path, module))
            self._hops -= 1
        else:
            origin = Origin((reference,))
        self._outputs[path, name] = origin
        return origin

    def _descend(self, origin: Origin, path: tuple[Step, ...]) -> Origin:
        """The part of a variable or output that `path` names, as far as the plan lets one tell."""
        if not path:
            return origin
        if not origin.references:
            return replace(origin, said=tuple((name, _at(value, path)) for name, value in origin.said))
        references = origin.references
        first = path[0]
        if len(references) > 1:
            by_key = [
                reference
                for reference in references
                if isinstance(reference.target, Address) and reference.target.key == first and isinstance(first, str)
            ]
            if len(by_key) == 1:
                return self._descend(Origin((by_key[0],), origin.said, origin.ambiguous), path[1:])
            if isinstance(first, int) and origin.ordered and first < len(references):
                return self._descend(Origin((references[first],), origin.said, origin.ambiguous), path[1:])
        attached = tuple([self._attached(reference, path) for reference in references])
        return Origin(attached, origin.said, origin.ambiguous or len(references) > 1)

    def _attached(self, reference: Reference, path: tuple[Step, ...]) -> Reference:
        """A whole resource and the path into it. The path may begin with names of objects around it, as in `{ vpc = aws_vpc.a }`."""
        if reference.attribute or not isinstance(reference.target, Address):
            return reference
        instance = self._planned.get(reference.target)
        if instance is None:
            return reference
        for start, step in enumerate(path):
            if isinstance(step, str) and (
                step in instance.after or (isinstance(instance.unknown, dict) and step in instance.unknown)
            ):
                return Reference(reference.target, _written(path[start:]))
        return reference

    def _is_live(self, reference: Reference) -> bool:
        """Whether what it refers to is known only after the apply (or nobody can tell)."""
        target = reference.target
        if isinstance(target, Name):
            return True
        instance = self._planned.get(target)
        if instance is None:
            return True
        if not reference.attribute:
            if target not in self._unknown_anywhere:
                self._unknown_anywhere[target] = has_true(instance.unknown)
            return self._unknown_anywhere[target]
        unknown = instance.unknown
        path = _steps(reference.attribute, 0)
        if instance.is_guess and path and path[0] not in instance.after:
            return True
        for step in path:
            if unknown is True:
                return True
            if isinstance(unknown, dict):
                unknown = unknown.get(step) if isinstance(step, str) else unknown
            elif isinstance(unknown, list):
                if isinstance(step, int) and step < len(unknown):
                    unknown = unknown[step]
                elif not isinstance(step, int):
                    break  # a splat: any of them
            else:
                return False
        return has_true(unknown)


@dataclass(frozen=True, slots=True)
class Pool:
    """What a plan lists together for all blocks of one name."""

    references: tuple[Reference, ...]
    """Those that are unknown, each once."""
    count: int
    """How many references of the expression these were."""
    said: tuple[Said, ...]
    ambiguous: bool

    def unknown(self, attribute: str, is_collection: bool, leaves: int, module: ModulePath, block: str) -> Unknown:
        """One of the blocks' arguments that is known only after the apply.

        Args:
            leaves: how many arguments of these blocks are unknown. Where these are more than the references, some come from a `dynamic`
                block, of which a plan says nothing.
        """
        references = self.references
        is_whole = self.count > 0 and leaves <= self.count
        if not is_whole:
            references = (*references, Reference(Name(f"{block}.value", module)))
        origin = Origin(references, self.said if is_collection else (), self.ambiguous)
        return Unknown(references, exact=len(references) == 1 and is_whole and _is_all(origin, attribute))


_NOTHING = ModuleConfiguration({}, {}, {}, {}, {})


def has_true(tree: Any) -> bool:
    """Whether `after_unknown` or `after_sensitive` marks anything."""
    if tree is True:
        return True
    if isinstance(tree, dict):
        tree = tree.values()
    elif not isinstance(tree, list):
        return False
    for inner in tree:  # noqa: SIM110 - it is asked of everything; a generator costs more than the answer
        if inner is True or (inner and has_true(inner)):
            return True
    return False


def _place(address: Address) -> tuple[int, int, str]:
    return _key_order(address.key)


def _key_order(key: InstanceKey) -> tuple[int, int, str]:
    if key is None:
        return (0, 0, "")
    return (1, key, "") if isinstance(key, int) else (2, 0, key)


def _traversals(entries: list[str]) -> tuple[Traversal, ...]:
    """The references as they were written. Terraform lists each with its prefixes after it, the longest first.

    Source: https://github.com/hashicorp/terraform/blob/main/internal/command/jsonconfig/expression.go
    """
    found: list[Traversal] = []
    previous = ""
    for entry in entries:
        is_prefix = len(entry) < len(previous) and previous.startswith(entry) and previous[len(entry)] in ".["
        if not is_prefix:
            found.append(_parse(entry))
        previous = entry
    return tuple(found)


def _parse(entry: str) -> Traversal:
    head = _HEAD.match(entry)
    if head is None:
        raise MalformedError(f"a reference of the configuration is none; write the plan again: {_SHOW}")
    first = head.group()
    at = head.end()
    names = []
    for _ in range(2 if first in ("data", "ephemeral") else 1):
        name = _NAME_STEP.match(entry, at)
        if name is None:
            return Traversal(first, "", ())
        names.append(name[1])
        at = name.end()
    key: InstanceKey = None
    if first not in _NOT_REPEATED and (index := _STEP.match(entry, at)) and entry[at] == "[":
        steps = _steps(index.group(), 0)
        key = steps[0] if steps else None
        at = index.end()
    return Traversal(first, ".".join(names), _steps(entry, at), entry[at:].removeprefix("."), key)


@lru_cache(maxsize=4096)
def _steps(entry: str, at: int) -> tuple[Step, ...]:
    steps: list[Step] = []
    if at == 0 and entry[:1] not in (".", "["):
        entry = f".{entry}"
    while found := _STEP.match(entry, at):
        at = found.end()
        if found[2] is not None:
            steps.append(int(found[2]))
        elif found[3] is not None:
            try:
                steps.append(unquote_key(found[3]))
            except AddressError:
                steps.append(found[3])
        elif found[1] is not None and found[1] != "*":
            steps.append(found[1])
    return tuple(steps)


def _written(path: tuple[Step, ...]) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")


def _resource(traversal: Traversal, module: ModulePath) -> Address | None:
    """The resource a reference begins with, without a key; None where it is no resource."""
    mode: Mode = "managed"
    type_, name = traversal.head, traversal.name
    if type_ == "data":
        mode = "data"
        type_, _, name = name.partition(".")
    if not name or not type_:
        return None
    return Address(type_, name, None, module, mode)


def _at(value: Any, path: tuple[Step | None, ...]) -> Any:
    for step in path:
        is_member = isinstance(value, dict) and isinstance(step, str) and step in value
        if not is_member and not (isinstance(value, list) and isinstance(step, int) and step < len(value)):
            return UNREAD
        value = value[step]
    return value


def _merged(origins: list[Origin]) -> Origin:
    if len(origins) == 1:
        return origins[0]
    return Origin(
        tuple(dict.fromkeys(reference for origin in origins for reference in origin.references)),
        tuple(said for origin in origins for said in origin.said),
        any(origin.ambiguous for origin in origins),
    )


def _names(origin: Origin) -> tuple[Reference, ...]:
    """What to call the source of a value: what is unknown of it, else what is known."""
    return origin.references or tuple(dict.fromkeys(name for name, _ in origin.said if name is not None))


def _are_resources(references: tuple[Reference, ...]) -> bool:
    return all(isinstance(reference.target, Address) for reference in references)


def _is_all(origin: Origin, attribute: str) -> bool:
    """Whether a list is made of the references and of nothing else."""
    if origin.ambiguous or not _are_resources(origin.references):
        return False
    if not origin.said:
        return True
    holds_ids = attribute.endswith(("_id", "_ids", "security_groups", "subnets"))
    return len(origin.references) == 1 and not any(_may_be_in(value, holds_ids) for _, value in origin.said)


def _may_be_in(value: Any, holds_ids: bool) -> bool:
    """Whether something known may be one of the members. Flags and numbers only choose, and an address is no id."""
    if isinstance(value, str):
        return bool(value) and not (holds_ids and _ADDRESS_LIKE.fullmatch(value))
    if isinstance(value, list):
        return any(_may_be_in(inner, holds_ids) for inner in value)
    if isinstance(value, dict):
        return any(_may_be_in(inner, holds_ids) for inner in value.values())
    return value is UNREAD


_SHOW = "terraform show -json tfplan > plan.json"
