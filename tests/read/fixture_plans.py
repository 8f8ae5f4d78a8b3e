"""The plans in `fixtures/plans`, each made by Terraform for one fact of its JSON, and words to say what was read of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tf_cvpn_lint.config.configuration import Configuration, Resource
from tf_cvpn_lint.core.address import Address, AddressError, Name, Reference
from tf_cvpn_lint.core.value import Absent, Known, Unknown, Value
from tf_cvpn_lint.read.detect import identify
from tf_cvpn_lint.read.plan import read_plan

PLANS = Path(__file__).parents[2] / "fixtures" / "plans"


def tree(fact: str) -> dict[str, Any]:
    """The plan as decoded by the standard library."""
    loaded = json.loads((PLANS / fact / "plan.json").read_bytes())
    assert isinstance(loaded, dict)
    return loaded


def plan(fact: str) -> Configuration:
    """What was read of it, without the sources that lie beside it."""
    path = PLANS / fact / "plan.json"
    return read_plan(identify(path.read_bytes(), path.name).tree)


def resource(configuration: Configuration, address: str) -> Resource:
    found = configuration.get(Address.parse(address))
    assert found is not None, f"{address} was not read"
    return found


def value(configuration: Configuration, address: str, *path: str | int) -> Value:
    """The value at the path in a resource's body."""
    found: Value = Known(dict(resource(configuration, address).body.values))
    for step in path:
        assert isinstance(found, Known), f"{found} holds no {step}"
        if isinstance(step, int):
            assert isinstance(found.value, tuple)
            found = found.value[step]
        else:
            assert isinstance(found.value, Mapping)
            found = found.value.get(step, Absent())
    return found


def reference(text: str) -> Reference:
    """`aws_vpc.main.id`, `module.m.aws_subnet.a["x"]`, `module.m.var.x`."""
    for at in (len(text), *(at for at in range(len(text) - 1, 0, -1) if text[at] == ".")):
        try:
            return Reference(Address.parse(text[:at]), text[at + 1 :])
        except AddressError:
            continue
    raise AssertionError(text)


def exactly(*texts: str) -> Unknown:
    """Unknown, and made of these references and nothing else."""
    return Unknown(tuple(map(reference, texts)), exact=True)


def perhaps(*texts: str) -> Unknown:
    """Unknown; these references may not be all that had a say."""
    return Unknown(tuple(map(reference, texts)))


def named(text: str) -> Unknown:
    """Unknown; it comes from a name that the plan does not explain."""
    return Unknown((Reference(Name(text)),))


def known(*values: str | int | bool) -> Known[tuple[Known[str | int | bool], ...]]:
    return Known(tuple(Known(value) for value in values))
