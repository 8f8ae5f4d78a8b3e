"""Measures whole runs against what they cannot do without: `python -m bench.run`. README.md beside this file has the method."""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PASS = (sys.executable, "-c", "pass")
DECODE = (sys.executable, "-c", "import json, sys; json.load(open(sys.argv[1], 'rb'))")
PROGRAM = (sys.executable, "-m", "tf_cvpn_lint")


@dataclass(frozen=True, slots=True)
class Case:
    """What is run, and against what."""

    name: str
    command: tuple[str, ...]
    reference: tuple[str, ...]
    against: str
    file: Path | None = None


@dataclass(frozen=True, slots=True)
class Cost:
    """What one whole process took."""

    cpu: float
    """Seconds, user and system."""
    memory: float
    """Peak resident set, MiB."""


def cost(command: Iterable[str], environment: dict[str, str]) -> Cost:
    """Runs the command to its end, its output thrown away."""
    command = tuple(command)
    with Path(os.devnull).open("wb") as nowhere:
        process = subprocess.Popen(command, stdout=nowhere, stderr=nowhere, env=environment)
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1):
        raise SystemExit(f"{' '.join(command)}: exit status {process.returncode}")
    unit = 1 if sys.platform == "darwin" else 1024  # ru_maxrss is in bytes there, in KiB elsewhere
    return Cost(usage.ru_utime + usage.ru_stime, usage.ru_maxrss * unit / 2**20)


def cases(directory: Path, smoke: bool) -> list[Case]:
    """The cases, with their plans written into the directory."""
    copies, others = (4, 200) if smoke else (400, 100_000)
    small, many, twice, wide = (directory / f"{name}.json" for name in ("small", "many", "twice", "wide"))
    # Written by other processes: the peak of a process counts what it was forked from.
    for path, kind, number in (
        (small, "sites", 1),
        (many, "sites", copies),
        (twice, "sites", 2 * copies),
        (wide, "beside", others),
    ):
        subprocess.run([sys.executable, "-m", "bench.estates", kind, str(number), str(path)], cwd=ROOT, check=True)
    as_json = (*PROGRAM, "check", "--format", "json")
    return [
        Case("--version", (*PROGRAM, "--version"), PASS, "python -c pass"),
        Case("--help", (*PROGRAM, "--help"), PASS, "python -c pass"),
        Case("a plan of one site", (*PROGRAM, "check", str(small)), PASS, "python -c pass", small),
        Case(f"{copies} sites", (*as_json, str(many)), (*DECODE, str(many)), "json.load", many),
        Case(f"{2 * copies} sites", (*as_json, str(twice)), (*as_json, str(many)), f"{copies} sites", twice),
        Case(
            f"one site beside {others:,} others",
            (*PROGRAM, "check", str(wide)),
            (*DECODE, str(wide)),
            "json.load",
            wide,
        ),
    ]


def measured(case: Case, rounds: int, environment: dict[str, str]) -> tuple[Cost, Cost]:
    """The medians of the case and of its reference, run in turn, so that whatever else the machine does touches both alike."""
    pairs = [(cost(case.command, environment), cost(case.reference, environment)) for _ in range(rounds)]
    of_case, of_reference = zip(*pairs, strict=True)
    return median(of_case), median(of_reference)


def median(costs: Iterable[Cost]) -> Cost:
    costs = tuple(costs)
    return Cost(statistics.median(each.cpu for each in costs), statistics.median(each.memory for each in costs))


def main() -> None:
    """Writes the plans, measures, prints medians and ratios as a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default="", help="the cases whose name holds this")
    parser.add_argument("--smoke", action="store_true", help="only show that it runs: small plans, once")
    options = parser.parse_args()
    rounds = 1 if options.smoke else options.rounds
    with tempfile.TemporaryDirectory() as directory:
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        environment["PYTHONPATH"] = os.pathsep.join(str(ROOT / name) for name in ("linter", "policies"))
        # An installed package is compiled; what is measured must be, too.
        environment["PYTHONPYCACHEPREFIX"] = str(Path(directory) / "compiled")
        chosen = [case for case in cases(Path(directory), options.smoke) if options.only in case.name]
        for case in chosen[:3] + chosen[-1:]:
            cost(case.command, environment)
        print(f"median of {rounds}\n")
        print("| case | MiB of input | CPU, s | peak, MiB | against | its CPU, s | its peak, MiB | ratio |")
        print("|---|---:|---:|---:|---|---:|---:|---:|")
        for case in chosen:
            made, reference = measured(case, rounds, environment)
            size = f"{case.file.stat().st_size / 2**20:.1f}" if case.file else ""
            ratio = made.cpu / reference.cpu if reference.cpu else 0.0
            told = f"{made.cpu:.3f} | {made.memory:.0f} | {case.against} | {reference.cpu:.3f} | {reference.memory:.0f}"
            print(f"| {case.name} | {size} | {told} | {ratio:.2f} |", flush=True)


if __name__ == "__main__":
    main()
