"""Reads a plan: `terraform show -json tfplan`, of Terraform 1.1 and later and of OpenTofu.

Format: https://developer.hashicorp.com/terraform/internals/json-format
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from tf_cvpn_lint.config.configuration import Configuration, Lifecycle, Resource
from tf_cvpn_lint.core.address import Address, AddressError, ModulePath, ModuleStep, parse_module
from tf_cvpn_lint.core.evidence import Gap
from tf_cvpn_lint.core.value import Known
from tf_cvpn_lint.read.bodies import Bodies
from tf_cvpn_lint.read.instances import Addresses, Planned, region_of_arn, state_instances
from tf_cvpn_lint.read.references import ModuleConfiguration, References, Scope, module_configuration
from tf_cvpn_lint.read.tree import MalformedError, mapping, sequence, text

_SHOW = "terraform show -json tfplan > plan.json"
_ENDPOINT = "aws_ec2_client_vpn_endpoint"
_DEFERRED = {
    "instance_count_unknown": "how many there will be is not known",
    "resource_config_unknown": "its arguments are not known",
    "provider_config_unknown": "its provider's configuration is not known",
    "absent_prereq": "what it depends on is not there",
    "deferred_prereq": "what it depends on was put off",
}


def read_plan(tree: Mapping[str, Any], types: Collection[str] | None = None) -> Configuration:
    """What the plan leaves behind: every resource as it will be after the apply, deletions left out.

    Args:
        tree: the decoded JSON.
        types: the resource types to load, managed and data; None for all. Others are followed and never loaded.

    Raises:
        MalformedError: the tree is not built like a plan.
    """
    return _Plan(tree, types).configuration()


class _Plan:
    def __init__(self, tree: Mapping[str, Any], types: Collection[str] | None) -> None:
        self._tree = tree
        self._types = None if types is None else frozenset(types)
        self._addresses = Addresses()
        configuration = mapping(tree.get("configuration"), "configuration")
        self._has_configuration = "root_module" in configuration
        self._root = module_configuration(mapping(configuration.get("root_module"), "configuration.root_module"))
        self._providers = mapping(configuration.get("provider_config"), "configuration.provider_config")
        self._deferred: list[tuple[Address, str]] = []
        planned = {instance.address: instance for instance in self._planned()}
        self._instances = [planned[address] for address in sorted(planned, key=Address.order)]
        errored = tree.get("errored") is True
        self._is_partial = tree.get("complete") is False or (
            "complete" not in tree and not errored and self._has_forgotten(planned)
        )
        self._is_errored = errored
        variables = self._variables()
        self._references = References(
            self._root,
            variables,
            self._instances,
            dict.fromkeys(instance.address.module for instance in self._instances),
            is_complete=self._has_configuration and not (errored or self._is_partial or self._deferred),
        )
        self._regions: dict[str, str] = {}
        self._keys: dict[int, str] = {}
        self._called: dict[ModulePath, tuple[Address, ...]] = {}
        self._inside: dict[ModulePath, tuple[Address, ...]] | None = None

    def configuration(self) -> Configuration:
        bodies = Bodies(self._references)
        resources = []
        module = self._references.module(())
        depending = self._depending(())
        for instance in self._instances:
            address = instance.address
            if self._types is not None and address.type not in self._types:
                continue
            if module.path is not address.module:
                module = self._references.module(address.module)
                depending = self._depending(address.module)
            block = module.configuration.resources.get((address.mode, address.type, address.name))
            body = bodies.body(instance, block, module)
            provider = self._provider(instance, block)
            region = body.values.get("region")
            own = region.value if isinstance(region, Known) and isinstance(region.value, str) else ""
            depends_on = depending
            if block is not None and block.get("depends_on"):
                depends_on = self._depends_on(address, block, depending)
            resources.append(
                Resource(
                    address,
                    body,
                    instance.lifecycle,
                    provider=provider,
                    region=own or self._region(provider) or region_of_arn(body),
                    depends_on=depends_on,
                )
            )
        open_types = self._open_types()
        gaps = tuple(dict.fromkeys(gap for found in open_types.values() for gap in found))
        return Configuration(tuple(resources), gaps, aws_provider_version=self._aws_version(), open_types=open_types)

    def _aws_version(self) -> str:
        configuration = mapping(self._tree.get("configuration"), "configuration")
        for provider in mapping(configuration.get("provider_config"), "provider_config").values():
            written = mapping(provider, "provider_config")
            name = text(written.get("full_name"), "provider_config.full_name")
            if (name or text(written.get("name"), "provider_config.name") or "").endswith(("hashicorp/aws", "aws")):
                if constraint := text(written.get("version_constraint"), "provider_config.version_constraint"):
                    return constraint
        return ""

    def _variables(self) -> dict[str, Any]:
        """The values of the root's variables, without the sensitive ones."""
        values = {}
        for name, variable in mapping(self._tree.get("variables"), "variables").items():
            declared = mapping(self._root.variables.get(name), "configuration.variables")
            if declared.get("sensitive") is not True and declared.get("ephemeral") is not True:
                values[name] = mapping(variable, "variables").get("value")
        return values

    # Instances

    def _planned(self) -> Iterator[Planned]:
        """Every instance as it will be, later ones replacing earlier ones of the same address."""
        changes = [
            change if isinstance(change, dict) else mapping(change, f"resource_changes[{index}]")
            for index, change in enumerate(sequence(self._tree.get("resource_changes"), "resource_changes"))
        ]
        touched: set[Address] = set()
        planned = []
        for index, change in enumerate(changes):
            address = self._addresses.address(change, f"resource_changes[{index}]")
            if change.get("deposed") is not None:
                continue  # an old object that an earlier apply could not delete
            touched.add(address)
            if previous := text(change.get("previous_address"), "previous_address"):
                touched.add(_parsed(previous))
            made = change.get("change")
            if not isinstance(made, dict):
                made = mapping(made, f"{address}.change")
            if (instance := _changed(address, made)) is not None:
                planned.append(instance)
        for entry in sequence(self._tree.get("deferred_changes"), "deferred_changes"):
            deferred = mapping(entry, "deferred_changes")
            change = mapping(deferred.get("resource_change"), "deferred_changes.resource_change")
            address = self._addresses.address(change, "deferred_changes")
            touched.add(address)
            reason = text(deferred.get("reason"), "deferred_changes.reason")
            self._deferred.append((address, _DEFERRED.get(reason, "the plan put it off")))
        # What no change names stays as it is: a plan with -target or -refresh-only lists the changes it makes and nothing else.
        prior = mapping(mapping(self._tree.get("prior_state"), "prior_state").get("values"), "prior_state.values")
        for where, values in (("prior_state", prior), ("planned_values", self._tree.get("planned_values"))):
            root = mapping(mapping(values, where).get("root_module"), f"{where}.root_module")
            for instance in state_instances(root, self._addresses, where):
                address = instance.address
                if address in touched:
                    continue
                if address.mode == "data" and self._has_configuration and self._block(address) is None:
                    continue  # read for a block that is gone
                if where == "planned_values" and address.mode == "managed":
                    instance.lifecycle = "created"
                    self._guess_unknown(instance)
                touched.add(address)
                planned.append(instance)
        yield from planned

    def _guess_unknown(self, instance: Planned) -> None:
        """`planned_values` leave unknown attributes out; without a change only the configuration tells which these are."""
        block = self._block(instance.address) or {}
        expressions = mapping(block.get("expressions"), "expressions")
        instance.unknown = {name: True for name in expressions if name not in instance.after}
        instance.is_guess = True

    def _block(self, address: Address) -> Mapping[str, Any] | None:
        module = self._root.below(address.module)
        return module.resources.get((address.mode, address.type, address.name)) if module else None

    # Providers

    def _provider(self, instance: Planned, block: Mapping[str, Any] | None) -> str:
        """The provider configuration by the key the root knows it under.

        Terraform has followed `providers` maps into modules already; OpenTofu and old versions name one of the module itself where it is
        its caller's.
        """
        if block is None:
            # Its block is gone from the configuration. Where there is one configuration of its provider, it is that.
            keys = [
                key
                for key, provider in self._providers.items()
                if mapping(provider, "provider_config").get("full_name") == instance.provider_name
            ]
            return keys[0] if len(keys) == 1 else ""
        # The trees live as long as this object, so their identity does.
        if (found := self._keys.get(id(block))) is not None:
            return found
        key = text(block.get("provider_config_key"), "provider_config_key")
        while key and key not in self._providers and ":" in key:
            module, _, name = key.rpartition(":")
            above = module.rpartition(".module.")[0] if ".module." in module else ""
            key = f"{above}:{name}" if above else name
        self._keys[id(block)] = key
        return key

    def _region(self, key: str) -> str:
        if (found := self._regions.get(key)) is not None:
            return found
        provider = mapping(self._providers.get(key), "provider_config")
        expression = mapping(provider.get("expressions"), "provider_config.expressions").get("region")
        region: Any = ""
        if expression is not None:
            names = text(provider.get("module_address"), "module_address")
            try:
                path = parse_module(names)
            except AddressError:
                path = ()
            module = self._root.below(path)
            region = self._references.known(expression, Scope(path, module)) if module else ""
        self._regions[key] = region if isinstance(region, str) else ""
        return self._regions[key]

    # Order of creation

    def _depends_on(
        self, address: Address, block: Mapping[str, Any], depending: tuple[Address, ...]
    ) -> tuple[Address, ...]:
        """What a resource says it depends on, and what its module does."""
        found: list[Address] = []
        for named in self._references.depends_on(block, self._references.scope(address, block)):
            found += self._resources_of(named)
        return tuple(dict.fromkeys((*found, *depending)))

    def _depending(self, path: ModulePath) -> tuple[Address, ...]:
        """What the calls that lead to this module say it depends on."""
        if (told := self._called.get(path)) is not None:
            return told
        found: list[Address] = []
        module = self._root
        for depth, step in enumerate(path):
            call = module.calls.get(step.name)
            if call is None:
                break
            if call.get("depends_on"):
                for named in self._references.depends_on(call, Scope(path[:depth], module)):
                    found += self._resources_of(named)
            child = module.children.get(step.name)
            if child is None:
                break
            module = child
        self._called[path] = told = tuple(dict.fromkeys(found))
        return told

    def _resources_of(self, named: Address | ModulePath) -> tuple[Address, ...]:
        """A resource, or all those of a module and the modules in it (whichever instance), without keys."""
        if isinstance(named, Address):
            return (named,)
        if self._inside is None:
            inside: dict[ModulePath, dict[Address, None]] = {}
            for instance in self._instances:
                path = instance.address.module
                if self._types is not None and instance.address.type not in self._types:
                    continue
                for depth in range(1, len(path) + 1):
                    call = (*path[: depth - 1], ModuleStep(path[depth - 1].name))
                    inside.setdefault(call, {})[instance.address.resource] = None
            self._inside = {call: tuple(addresses) for call, addresses in inside.items()}
        return self._inside.get(named, ())

    # What the plan does not hold

    def _has_forgotten(self, planned: Mapping[Address, Planned]) -> bool:
        """Whether a block that must have an instance has none: the mark of -target in plans from before `complete` (Terraform 1.8)."""
        changes = sequence(self._tree.get("resource_changes"), "resource_changes")
        if not self._has_configuration or not changes:
            return False
        touched = {
            (text(change.get("mode"), "mode"), text(change.get("type"), "type"), text(change.get("name"), "name"))
            for change in changes
        }
        present = {(address.mode, address.type, address.name) for address in planned}
        return any(
            block not in present and block not in touched
            for block, repeats in _blocks(self._root)
            if not repeats and block[0] == "managed"
        )

    def _made_by_commands(self) -> Iterator[tuple[str, Gap]]:
        """What provisioners make for a Client VPN endpoint, which no resource shows.

        A plan shows a command only where nothing is interpolated in it. One that is not shown, or that calls a program which the plan
        does not show, may make anything if its resource refers to an endpoint.
        """
        if not any(block.get("provisioners") for block in _written(self._root)):
            return
        seen: set[Address] = set()
        for instance in self._instances:
            block = self._block(instance.address)
            resource = instance.address.resource
            if block is None or not block.get("provisioners") or resource in seen:
                continue
            from tf_cvpn_lint.read import commands as reading

            seen.add(resource)
            scope = self._references.scope(instance.address, block)
            commands: list[str] = []
            is_hidden = calls_others = False
            for entry in sequence(block["provisioners"], f"{resource}.provisioners"):
                expressions = mapping(mapping(entry, "provisioners").get("expressions"), "provisioners.expressions")
                for name, expression in expressions.items():
                    if not isinstance(expression, dict) or "constant_value" not in expression:
                        is_hidden = True
                        continue
                    told = expression["constant_value"]
                    texts = [str(one) for one in told] if isinstance(told, list) else [str(told)]
                    commands += texts
                    if name in reading.COMMANDS:
                        calls_others = calls_others or not all(
                            reading.look_through(one, lambda _: None).is_read for one in texts
                        )
                    elif name in reading.SCRIPTS:
                        calls_others = True
            why = reading.HIDDEN if is_hidden else reading.NOT_READ
            is_open = (is_hidden or calls_others) and self._names_endpoint(block, scope)
            for type_ in reading.MADE_BY_COMMAND:
                if self._types is not None and type_ not in self._types:
                    continue
                what = f"what its command makes ({type_})"
                if any(type_ in reading.types_made(command) for command in commands):
                    yield type_, Gap(str(resource), what, reading.MADE)
                elif is_open and type_ in reading.MADE_FOR_ENDPOINT:
                    yield type_, Gap(str(resource), what, why)

    def _names_endpoint(self, block: Mapping[str, Any], scope: Scope) -> bool:
        expressions = [
            *mapping(block.get("expressions"), "expressions").values(),
            *(mapping(entry, "provisioners").get("expressions") for entry in block["provisioners"]),
        ]
        targets = [
            reference.target
            for expression in expressions
            for reference in self._references.resolve(expression, scope).references
        ]
        targets += [named for named in self._references.depends_on(block, scope) if isinstance(named, Address)]
        return any(isinstance(target, Address) and target.type == _ENDPOINT for target in targets)

    def _open_types(self) -> dict[str, tuple[Gap, ...]]:
        found: dict[str, dict[Gap, None]] = {}
        for address, why in self._deferred:
            if self._types is None or address.type in self._types:
                found.setdefault(address.type, {})[Gap(str(address.resource), address.type, why)] = None
        for type_, gap in self._made_by_commands():
            found.setdefault(type_, {})[gap] = None
        if self._is_errored:
            why = "terraform plan failed before it was done"
            found.setdefault("*", {})[Gap("the plan", "what the plan did not come to", why)] = None
        elif self._is_partial:
            present = {(address.mode, address.type, address.name) for address in (i.address for i in self._instances)}
            for block, repeats in _blocks(self._root):
                mode, type_, name = block
                if mode != "managed" or (self._types is not None and type_ not in self._types):
                    continue
                if repeats or block not in present:
                    why = "the plan leaves it out (-target, -exclude or a deferred change)"
                    found.setdefault(type_, {})[Gap(f"{type_}.{name}", type_, why)] = None
        return {type_: tuple(gaps) for type_, gaps in sorted(found.items())}


def _written(module: ModuleConfiguration) -> Iterator[Mapping[str, Any]]:
    """Every resource block, of the modules below too."""
    yield from module.resources.values()
    for child in module.children.values():
        yield from _written(child)


def _blocks(module: ModuleConfiguration, repeats: bool = False) -> Iterator[tuple[tuple[str, str, str], bool]]:
    """Every resource block, and whether it, or a module it is in, has `count` or `for_each`. Those may have no instance at all.

    `for_each = toset([…])` leaves no trace in the configuration, so a missing expression is no proof of a single instance.
    """
    for key, block in module.resources.items():
        yield key, repeats or "count_expression" in block or "for_each_expression" in block
    for name, child in module.children.items():
        call = module.calls[name]
        yield from _blocks(child, repeats or "count_expression" in call or "for_each_expression" in call)


_TAKING_AWAY = ("delete", "forget")


def _changed(address: Address, change: Mapping[str, Any]) -> Planned | None:
    """The instance after the change; None where it is deleted or forgotten."""
    actions = change.get("actions")
    if not isinstance(actions, list):
        actions = sequence(actions, f"{address}.actions")
    after = change.get("after")
    if after is None:
        return None
    for action in actions:
        if str(action) not in _TAKING_AWAY:
            break
    else:
        return None
    if not isinstance(after, dict):
        raise MalformedError(f"{address} has values that are no object; write the plan again: {_SHOW}")
    before = change.get("before")
    lifecycle: Lifecycle
    if address.mode == "data":
        lifecycle = "read"
    else:
        lifecycle = "created" if "create" in actions else "existing"
    return Planned(
        address,
        after,
        change.get("after_unknown"),
        change.get("after_sensitive"),
        before if isinstance(before, dict) else {},
        lifecycle,
    )


def _parsed(address: str) -> Address:
    try:
        return Address.parse(address)
    except AddressError:
        raise MalformedError(f"a moved resource has no address; write the plan again: {_SHOW}") from None
