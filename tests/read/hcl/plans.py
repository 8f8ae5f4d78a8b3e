"""Real plans as the truth for the evaluator: what each resource's attributes will be, as Terraform itself planned them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tf_cvpn_lint.config.configuration import Configuration
from tf_cvpn_lint.core.address import Address
from tf_cvpn_lint.core.value import Absent, Known, Unknown, Value

FIXTURES = Path(__file__).parents[3] / "fixtures"
ESTATES = Path(__file__).with_name("estates")
"""Configurations that are dense in what evaluators get wrong, with real plans; no story about DNS in them."""


NOT_OF_THE_SOURCES = {
    "plans/destroyed": "terraform plan -destroy",
    "plans/refresh-only": "terraform plan -refresh-only",
    "plans/targeted": "terraform plan -target",
}
"""Plans that are meant not to do what the sources say."""


def planned_directories() -> list[Path]:
    """Fixture directories that have sources and a plan."""
    plans = sorted((*FIXTURES.glob("**/plan.json"), *ESTATES.glob("*/plan.json")))
    found = [plan.parent for plan in plans if list(plan.parent.glob("*.tf*"))]
    return [directory for directory in found if name(directory) not in NOT_OF_THE_SOURCES]


def name(directory: Path) -> str:
    """The directory as tests call it."""
    return "/".join(directory.parts[-2:])


@dataclass(frozen=True)
class Planned:
    """One instance in a plan: its values, and (in the same shape) which of them are unknown."""

    values: Mapping[str, Any]
    unknown: Mapping[str, Any]


def planned(directory: Path) -> dict[Address, Planned]:
    plan = json.loads((directory / "plan.json").read_text())
    changes = {change["address"]: change for change in plan.get("resource_changes", ())}
    found: dict[Address, Planned] = {}
    for resource in _resources(plan.get("planned_values", {}).get("root_module", {})):
        change = changes.get(resource["address"], {}).get("change", {})
        if change.get("actions") != ["forget"]:
            found[Address.parse(resource["address"])] = Planned(
                resource.get("values", {}), change.get("after_unknown") or {}
            )
    for resource in _resources(plan.get("prior_state", {}).get("values", {}).get("root_module", {})):
        if resource["mode"] == "data":
            found.setdefault(Address.parse(resource["address"]), Planned(resource.get("values", {}), {}))
    return found


def _resources(module: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield from module.get("resources", ())
    for child in module.get("child_modules", ()):
        yield from _resources(child)


@dataclass
class Comparison:
    """How a configuration read from sources stands to the plan."""

    same: int = 0
    less_sure: int = 0
    surer: int = 0
    contrary: list[str] = field(default_factory=list)


NOT_IN_PLANS = frozenset({"provisioner", "timeouts"})


def compare(configuration: Configuration, plan: Mapping[Address, Planned], result: Comparison) -> None:
    """Counts attributes that are written in the sources; collects contradictions."""
    read = {resource.address: resource for resource in configuration.resources if resource.enabled}
    for address, one in plan.items():
        if address not in read:
            if not configuration.unread(address.type):
                result.contrary.append(f"{address}: planned, and neither read nor open")
            else:
                result.less_sure += len([value for value in one.values.values() if value is not None])
    for address, resource in read.items():
        truth = plan.get(address)
        if truth is None:
            if resource.lifecycle == "created":
                result.contrary.append(f"{address}: read, and not planned")
            continue
        for name, value in resource.body.values.items():
            if name not in NOT_IN_PLANS:
                _compare(f"{address}.{name}", value, truth.values.get(name), truth.unknown.get(name), result)


def _compare(where: str, value: Value, truth: Any, unknown: Any, result: Comparison) -> None:
    if unknown is True:
        if isinstance(value, Known):
            result.surer += 1
        else:
            result.same += 1
        return
    match value:
        case Absent():
            result.same += 1
        case Unknown():
            if truth in (None, "", [], {}):
                result.same += 1
            else:
                result.less_sure += 1
        case Known(value=tuple() as items):
            _compare_items(where, items, truth, unknown, result)
        case Known(value=Mapping() as inner):
            if isinstance(truth, Sequence) and not isinstance(truth, str) and len(truth) == 1:
                truth, unknown = truth[0], (unknown or [None])[0]  # one nested block, written as an object
            if not isinstance(truth, Mapping):
                result.contrary.append(f"{where}: read as an object, planned as {truth!r}")
                return
            unknowns = unknown if isinstance(unknown, Mapping) else {}
            for name, part in inner.items():
                _compare(f"{where}.{name}", part, truth.get(name), unknowns.get(name), result)
        case Known(value=scalar):
            if _same(scalar, truth):
                result.same += 1
            else:
                result.contrary.append(f"{where}: read {scalar!r}, planned {truth!r}")


def _compare_items(where: str, items: tuple[Value, ...], truth: Any, unknown: Any, result: Comparison) -> None:
    if not isinstance(truth, list):
        if not items and truth is None:
            result.same += 1
        else:
            result.contrary.append(f"{where}: read as a list, planned as {truth!r}")
        return
    if any(isinstance(item, Unknown) for item in items) and len(items) != len(truth):
        result.less_sure += 1  # a dynamic block that is not known stands for any number of blocks
        return
    unknowns = unknown if isinstance(unknown, list) else [None] * len(truth)
    unknowns += [None] * (len(truth) - len(unknowns))
    if len(items) != len(truth):
        result.contrary.append(f"{where}: read {len(items)} items, planned {len(truth)}")
        return
    # The plan does not say which lists are sets, so each item is held against the one it fits.
    left = list(zip(truth, unknowns, strict=True))
    for position, item in enumerate(items):
        best: tuple[int, Comparison] | None = None
        for at, (one, its_unknown) in enumerate(left):
            trial = Comparison()
            _compare(f"{where}[{position}]", item, one, its_unknown, trial)
            if not trial.contrary and (best is None or trial.same > best[1].same):
                best = at, trial
        if best is None:
            result.contrary.append(f"{where}[{position}]: read {item}, planned {truth!r}")
            return
        del left[best[0]]
        result.same += best[1].same
        result.less_sure += best[1].less_sure
        result.surer += best[1].surer


def _same(read: Any, planned: Any) -> bool:
    if read == planned and isinstance(read, bool) == isinstance(planned, bool):
        return True
    if planned is None:
        return read in ("", False)
    if isinstance(planned, bool) or isinstance(read, bool):
        return str(read).lower() == str(planned).lower()
    if isinstance(planned, int | float) or isinstance(read, int | float):
        try:
            return float(read) == float(planned)
        except (TypeError, ValueError):
            return False
    return False
