"""Reads a state: `terraform show -json` without a plan. Everything exists, everything is known, and nothing says where it comes from."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from tf_cvpn_lint.config.configuration import Body, Configuration, Resource
from tf_cvpn_lint.core.address import Address, AddressError
from tf_cvpn_lint.core.value import Absent, Known, Value
from tf_cvpn_lint.read.bodies import is_never_loaded, known
from tf_cvpn_lint.read.instances import Addresses, Planned, region_of_arn, state_instances
from tf_cvpn_lint.read.tree import mapping, sequence, text


def read_state(tree: Mapping[str, Any], types: Collection[str] | None = None) -> Configuration:
    """The resources of a state, in the order of their addresses.

    Args:
        tree: the decoded JSON.
        types: the resource types to load, managed and data; None for all.

    Raises:
        MalformedError: the tree is not built like a state.
    """
    values = mapping(tree.get("values"), "values")
    root = mapping(values.get("root_module"), "values.root_module")
    found = {
        instance.address: instance
        for instance in state_instances(root, Addresses(), "values")
        if types is None or instance.address.type in types
    }
    return Configuration(tuple(_resource(found[address]) for address in sorted(found)))


def _resource(instance: Planned) -> Resource:
    marks = instance.sensitive if isinstance(instance.sensitive, dict) else {}
    values: dict[str, Value] = {}
    for name, after in instance.after.items():
        if not is_never_loaded(name):
            value = known(after, instance.sensitive is True or marks.get(name))
            if not isinstance(value, Absent):
                values[name] = value
    body = Body(values)
    region = body.get("region")
    own = region.value if isinstance(region, Known) and isinstance(region.value, str) else ""
    # A state does not say which provider configuration a resource uses, only which provider.
    return Resource(
        instance.address,
        body,
        instance.lifecycle,
        region=own or region_of_arn(body),
        depends_on=tuple(_addresses(instance)),
    )


def _addresses(instance: Planned) -> list[Address]:
    found = []
    for entry in sequence(instance.depends_on, f"{instance.address}.depends_on"):
        try:
            found.append(Address.parse(text(entry, f"{instance.address}.depends_on")))
        except AddressError:
            continue  # a module as a whole; a state lists its resources too
    return found
