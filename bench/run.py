"""Measures judging a large plan against decoding the same file: `python -m bench.run`. README.md beside this file has the method."""

from __future__ import annotations

import argparse
import copy
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SITE = ROOT / "fixtures" / "networks" / "seed-2-inbound-endpoints-through-transit-gateway" / "plan.json"
DECODE = "import json, sys; json.load(open(sys.argv[1], 'rb'))"
ENDPOINTS = 400
LEAST_RESOURCES = 10_000
Json = dict[str, Any]


def large_plan(site: Json, copies: int) -> Json:
    """The plan of `module "site" { for_each = … }`, whose module is the root module of `site`: one Client VPN endpoint in each copy."""
    modules, changes, prior = [], [], []
    for number in range(copies):
        name = f'module.site["{number:04}"]'
        modules.append(_in_module(site["planned_values"]["root_module"], name))
        changes += [{**_in_module(change, name), "module_address": name} for change in site["resource_changes"]]
        if "prior_state" in site:
            prior.append(_in_module(site["prior_state"]["values"]["root_module"], name))
    made = {key: copy.deepcopy(value) for key, value in site.items() if key not in ("variables", "relevant_attributes")}
    made["planned_values"] = {"root_module": {"child_modules": modules}}
    made["resource_changes"] = changes
    if prior:
        made["prior_state"]["values"] = {"root_module": {"child_modules": prior}}
    made["configuration"]["root_module"] = {
        "module_calls": {
            "site": {
                "source": "./site",
                "for_each_expression": {"references": ["local.sites"]},
                "module": site["configuration"]["root_module"],
            }
        }
    }
    return made


def _in_module(part: Json, name: str) -> Json:
    """A module or a resource of the root module, with its addresses as they are inside `name`."""
    moved = {**part}
    moved["address"] = f"{name}.{part['address']}" if "address" in part else name
    if "resources" in part:
        moved["resources"] = [_in_module(resource, name) for resource in part["resources"]]
    if "child_modules" in part:
        moved["child_modules"] = [_in_module(module, name) for module in part["child_modules"]]
    return moved


@dataclass(frozen=True, slots=True)
class Cost:
    """What one whole process took."""

    cpu: float
    """Seconds, user and system."""
    memory: float
    """Peak resident set, MiB."""


def cost(*command: str) -> Cost:
    """Runs the command to its end, its output thrown away."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(str(ROOT / name) for name in ("linter", "policies"))}
    with Path(os.devnull).open("wb") as nowhere:
        process = subprocess.Popen(command, stdout=nowhere, env=environment)
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1):
        raise SystemExit(f"{' '.join(command)}: exit status {process.returncode}")
    unit = 1 if sys.platform == "darwin" else 1024  # ru_maxrss is in bytes there, in KiB elsewhere
    return Cost(usage.ru_utime + usage.ru_stime, usage.ru_maxrss * unit / 2**20)


def measured(plan: Path, rounds: int) -> Iterator[tuple[Cost, Cost]]:
    """(decoding, judging) in turn, so that whatever else the machine does touches both alike."""
    for _ in range(rounds):
        decoding = cost(sys.executable, "-c", DECODE, str(plan))
        judging = cost(sys.executable, "-m", "tf_cvpn_lint", "check", "--format", "json", str(plan))
        yield decoding, judging


def main() -> None:
    """Writes the plan, measures, prints medians and ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--smoke", action="store_true", help="only show that it runs: a small plan, once")
    options = parser.parse_args()
    copies, rounds = (4, 1) if options.smoke else (ENDPOINTS, options.rounds)
    plan = large_plan(json.loads(SITE.read_bytes()), copies)
    if not options.smoke and len(plan["resource_changes"]) < LEAST_RESOURCES:
        raise SystemExit(f"{SITE.parent.name} is too small: {len(plan['resource_changes'])} resources")
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "plan.json"
        path.write_text(json.dumps(plan, separators=(",", ":")), "utf-8")
        size = path.stat().st_size / 2**20
        print(f"{len(plan['resource_changes'])} resources, {copies} endpoints, {size:.1f} MiB, median of {rounds}")
        costs = list(measured(path, rounds))
    decoding = Cost(*(statistics.median(values) for values in zip(*((c.cpu, c.memory) for c, _ in costs), strict=True)))
    judging = Cost(*(statistics.median(values) for values in zip(*((c.cpu, c.memory) for _, c in costs), strict=True)))
    print(f"json.load     {decoding.cpu:7.2f} s CPU  {decoding.memory:7.0f} MiB")
    print(f"tf-cvpn-lint  {judging.cpu:7.2f} s CPU  {judging.memory:7.0f} MiB")
    print(f"ratio         {judging.cpu / decoding.cpu:7.1f}        {judging.memory / decoding.memory:7.1f}")


if __name__ == "__main__":
    main()
