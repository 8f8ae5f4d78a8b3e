"""Instances of resources in Terraform's JSON, in its own form: the same in a plan's changes, its prior state and a state.

Format: https://developer.hashicorp.com/terraform/internals/json-format#values-representation
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tf_cvpn_lint.config.configuration import Body, Lifecycle
from tf_cvpn_lint.core.address import Address, AddressError, InstanceKey, Mode, ModulePath, parse_module
from tf_cvpn_lint.core.records import dataclass, field
from tf_cvpn_lint.core.value import Known
from tf_cvpn_lint.read.tree import MalformedError, mapping, sequence, text

_SHOW = "terraform show -json tfplan > plan.json"


@dataclass(slots=True, eq=False, repr=False)
class Planned:
    """An instance as the plan leaves it, in the plan's own form. It may hold secrets: it has no repr and does not leave `read`."""

    address: Address
    after: Mapping[str, Any]
    unknown: Any = False
    """`after_unknown`: true, or of the same shape as `after`."""
    sensitive: Any = False
    before: Mapping[str, Any] = field(default_factory=dict)
    lifecycle: Lifecycle = "existing"
    is_guess: bool = False
    """Whether `unknown` was not written: what `after` does not hold may be unknown."""
    provider_name: Any = ""
    """The provider's source address; it does not tell configurations of one provider apart."""
    depends_on: Any = ()
    """As a state lists it: every resource that it depends on, written or not."""


class Addresses:
    """Reads addresses from their parts; every module path once."""

    def __init__(self) -> None:
        self._modules: dict[str, ModulePath] = {"": ()}

    def address(self, entry: Mapping[str, Any], where: str) -> Address:
        """The address of an entry of `resource_changes` or of a state, from its parts."""
        type_, name = entry.get("type"), entry.get("name")
        if not isinstance(type_, str) or not isinstance(name, str):
            raise MalformedError(
                f"{where} is no resource; write the plan again: terraform show -json tfplan > plan.json"
            )
        mode: Mode = "data" if entry.get("mode") == "data" else "managed"
        written = entry.get("module_address")
        module = self._modules.get(written) if type(written) is str else None
        if module is None:
            module = self._module(entry, type_, name, where)
        index = entry.get("index")
        if index is not None and type(index) is not str:
            index = _key(index, where)
        return Address(type_, name, index, module, mode)

    def _module(self, entry: Mapping[str, Any], type_: str, name: str, where: str) -> ModulePath:
        if "module_address" in entry:
            written = text(entry["module_address"], where)
        else:
            # A state names the module by the resource's address alone.
            address = text(entry.get("address"), where)
            prefix = f"data.{type_}.{name}" if entry.get("mode") == "data" else f"{type_}.{name}"
            at = address.rfind(prefix) if address.startswith("module.") else 0
            written = address[: max(at - 1, 0)]
        if (found := self._modules.get(written)) is None:
            try:
                found = self._modules[written] = parse_module(written)
            except AddressError:
                raise MalformedError(f"{where} is in no module; write the plan again: {_SHOW}") from None
        return found


def state_instances(root: Mapping[str, Any], addresses: Addresses, where: str) -> Iterator[Planned]:
    """The instances of `root_module` of a state or of `planned_values`, modules included."""
    modules = [root]
    while modules:
        module = modules.pop()
        for entry in sequence(module.get("resources"), f"{where}.resources"):
            resource = mapping(entry, f"{where}.resources")
            address = addresses.address(resource, f"{where}.resources")
            if resource.get("deposed_key") is not None:
                continue
            yield Planned(
                address,
                mapping(resource.get("values"), f"{address}.values"),
                sensitive=resource.get("sensitive_values"),
                lifecycle="read" if address.mode == "data" else "existing",
                provider_name=resource.get("provider_name"),
                depends_on=resource.get("depends_on"),
            )
        modules += [mapping(child, f"{where}.child_modules") for child in sequence(module.get("child_modules"), where)]


def region_of_arn(body: Body) -> str:
    """The region in the resource's ARN; empty where that is not known or the service has none."""
    arn = body.get("arn")
    if isinstance(arn, Known) and isinstance(arn.value, str):
        parts = arn.value.split(":", 5)
        if len(parts) == 6 and parts[0] == "arn":
            return parts[3]
    return ""


def _key(index: Any, where: str) -> InstanceKey:
    if isinstance(index, int | str) and not isinstance(index, bool):
        return index
    raise MalformedError(f"{where} has an instance key that is none; write the plan again: {_SHOW}")
