"""Measures whole runs against what they are to be compared with: `python -m bench.run`. README.md beside this file has the method."""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.estates import ROOT, write_busy
from bench.roots import Root

Command = tuple[str, ...]

PASS: Command = (sys.executable, "-c", "pass")
DECODE: Command = (sys.executable, "-c", "import json, sys; json.load(open(sys.argv[1], 'rb'))")
PROGRAM: Command = (sys.executable, "-m", "tf_cvpn_lint")
PARSE: Command = (
    sys.executable,
    "-c",
    "import pathlib, sys, hcl2; [hcl2.parses(path.read_text('utf-8')) for path in sorted(pathlib.Path(sys.argv[1]).glob('*.tf'))]",
)
"""python-hcl2 on every file, its grammar cached: the least that a linter does that reads everything."""
PEERS = {
    "checkov": ("-m", "checkov.main", "--framework", "terraform_plan", "--quiet", "--compact", "--skip-download", "-f"),
    "tfparse": ("-c", "import sys, tfparse; tfparse.load_from_path(sys.argv[1])"),
}
"""What other tools run, each in an environment of its own, before the path."""
PEERS_AT = ROOT / ".bench"


@dataclass(frozen=True, slots=True)
class Cost:
    """What one whole process took."""

    cpu: float
    """Seconds, user and system, with those of the processes it waited for."""
    memory: float
    """Peak resident set, MiB."""


@dataclass(frozen=True, slots=True)
class Reference:
    """What a case is compared with."""

    name: str
    command: Command
    most: float | None = None
    """The target: at most so many times its CPU time; None where the comparison is only told."""


@dataclass(frozen=True, slots=True)
class Case:
    """What is run, and what it may cost."""

    name: str
    command: Command
    references: tuple[Reference, ...] = ()
    seconds: float | None = None
    """At most so much CPU time."""
    memory: float | None = None
    """At most so many MiB."""
    place: Path | None = None
    """The file or directory that is read."""
    is_cold: bool = False
    """Nothing cached."""

    @property
    def size(self) -> float:
        """Of what is read, in MiB."""
        if self.place is None:
            return 0.0
        files = [self.place] if self.place.is_file() else list(self.place.glob("*.tf"))
        return sum(file.stat().st_size for file in files) / 2**20


def cost(command: Command, environment: dict[str, str], cwd: Path | None = None) -> Cost:
    """Runs the command to its end, its output thrown away."""
    with Path(os.devnull).open("wb") as nowhere:
        process = subprocess.Popen(command, stdout=nowhere, stderr=nowhere, env=environment, cwd=cwd)
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1):
        raise SystemExit(f"{' '.join(command)[:300]}: exit status {process.returncode}")
    unit = 1 if sys.platform == "darwin" else 1024  # ru_maxrss is in bytes there, in KiB elsewhere
    return Cost(usage.ru_utime + usage.ru_stime, usage.ru_maxrss * unit / 2**20)


def median(costs: Iterable[Cost]) -> Cost:
    costs = tuple(costs)
    return Cost(statistics.median(each.cpu for each in costs), statistics.median(each.memory for each in costs))


# ---------------------------------------------------------------- the cases


def cases(directory: Path, smoke: bool) -> list[Case]:
    """The cases, with what they read written into the directory."""
    copies, others = (4, 200) if smoke else (400, 100_000)
    sizes = (3, 2, 4) if smoke else (200, 100, 1_000)
    one, many, twice = (_plan(directory, "sites", number) for number in (1, copies, 2 * copies))
    beside = _plan(directory, "beside", others)
    busy = _plan(directory, "busy", *sizes)
    busy_root = directory / "busy"
    write_busy(busy_root, *sizes)
    hook = Root(8 if smoke else 400, 100 if smoke else 10_000, has_site=False).write(directory / "hook")
    subprocess.run(["git", "init", "--quiet", str(hook)], check=True)
    roots = {
        "25 KB in 13 files": Root(13, 100).write(directory / "median"),
        "1,000 resources in 40 files": Root(40, 60 if smoke else 1_000).write(directory / "thousand"),
        "10,000 resources in 400 files": Root(40 if smoke else 400, 80 if smoke else 10_000).write(directory / "large"),
    }
    median_, thousand, large = roots.values()
    started = Reference("python -c pass", PASS, 6)

    def decoding(plan: Path, most: float) -> Reference:
        return Reference("json.load", (*DECODE, str(plan)), most)

    def parsing(root: Path, most: float | None = None) -> Reference:
        return Reference("python-hcl2, every file", (*PARSE, str(root)), most)

    def peer(name: str, path: Path, most: float | None) -> tuple[Reference, ...]:
        python = _python_of(name)
        return (Reference(name, (str(python), *PEERS[name], str(path)), most),) if python.exists() else ()

    check = (*PROGRAM, "check")
    of_many = (*check, str(many))
    return [
        Case("`--version`", (*PROGRAM, "--version"), (started,)),
        Case("`--help`", (*PROGRAM, "--help"), (started,)),
        Case(
            f"hook, {len(list(hook.glob('*.tf')))} files without a Client VPN",
            (*PROGRAM, "hook", *sorted(file.name for file in hook.glob("*.tf"))),
            (Reference("python -c pass", PASS, 10),),
            place=hook,
        ),
        Case(
            "plan, one site (31 resources)",
            (*check, str(one)),
            (Reference("python -c pass", PASS), *peer("checkov", one, 0.1)),
            seconds=0.35,
            place=one,
        ),
        Case(
            f"plan, one site beside {others:,} queues",
            (*check, str(beside)),
            (decoding(beside, 0.5),),
            memory=beside.stat().st_size / 2**20 + 80,
            place=beside,
        ),
        Case(f"plan, {copies} sites, every third broken", of_many, (decoding(many, 5),), memory=200, place=many),
        Case(
            "the same, report as JSON",
            (*check, "--format", "json", str(many)),
            (decoding(many, 5),),
            memory=200,
            place=many,
        ),
        Case(
            f"plan, {2 * copies} sites",
            (*check, str(twice)),
            (Reference(f"{copies} sites", of_many, 2.2),),
            place=twice,
        ),
        Case(
            "root, 25 KB in 13 files, nothing cached",
            (*check, str(median_)),
            (parsing(median_),),
            0.6,
            None,
            median_,
            True,
        ),
        Case("root, 25 KB in 13 files", (*check, str(median_)), (parsing(median_),), seconds=0.3, place=median_),
        Case(
            "root, 1,000 resources in 40 files",
            (*check, str(thousand)),
            (*peer("tfparse", thousand, 3), parsing(thousand, 1)),
            place=thousand,
        ),
        Case(
            "root, 10,000 resources in 400 files, nothing cached",
            (*check, str(large)),
            (*peer("tfparse", large, None), parsing(large, 1)),
            3.0,
            None,
            large,
            True,
        ),
        Case("plan, one busy endpoint", (*check, str(busy)), (), seconds=0.5, place=busy),
        Case("root, one busy endpoint", (*check, str(busy_root)), (), seconds=0.5, place=busy_root),
    ]


def _plan(directory: Path, kind: str, *numbers: int) -> Path:
    # Written by another process: the peak of a process counts what it was forked from.
    size = ",".join(map(str, numbers))
    path = directory / f"{kind}-{size}.json"
    subprocess.run([sys.executable, "-m", "bench.estates", "plan", kind, size, str(path)], cwd=ROOT, check=True)
    return path


# ---------------------------------------------------------------- other tools


def _python_of(peer: str) -> Path:
    return PEERS_AT / peer / ("Scripts" if sys.platform == "win32" else "bin") / "python"


def install_peers() -> None:
    """Each into an environment of its own below `.bench`; checkov and python-hcl2 cannot share one."""
    for name in PEERS:
        if not _python_of(name).exists():
            venv.create(PEERS_AT / name, with_pip=True)
        subprocess.run([_python_of(name), "-m", "pip", "install", "--quiet", "--upgrade", name], check=True)


# ---------------------------------------------------------------- measuring and telling


def measured(case: Case, rounds: int, environment: dict[str, str], scratch: Path) -> list[Cost]:
    """The medians of the case and of its references, run in turn, so that whatever else the machine does touches all alike."""
    cwd = case.place if case.place is not None and "hook" in case.command else None
    runs: list[list[Cost]] = []
    for number in range(rounds):
        cache = scratch / (f"fresh-{abs(hash(case.name))}-{number}" if case.is_cold else "cache")
        mine = environment | {"XDG_CACHE_HOME": str(cache)}
        runs.append(
            [cost(case.command, mine, cwd), *(cost(reference.command, environment) for reference in case.references)]
        )
    return [median(costs) for costs in zip(*runs, strict=True)]


def rows(case: Case, costs: Sequence[Cost]) -> Iterator[str]:
    """Of the table: one for each comparison, with what was aimed at and whether it was met."""
    own, *others = costs
    size = f"{case.size:.1f}" if case.size >= 0.05 else f"{case.size:.2f}" if case.size else ""
    told = f"| {case.name} | {size} | {own.cpu:.3f} | {own.memory:.0f} |"
    absolute = [
        *([(f"≤ {case.seconds} s", own.cpu <= case.seconds)] if case.seconds is not None else []),
        *([(f"≤ {case.memory:.0f} MiB", own.memory <= case.memory)] if case.memory is not None else []),
    ]
    for reference, its in zip(case.references, others, strict=True):
        ratio = own.cpu / its.cpu if its.cpu else 0.0
        aims = [
            *absolute,
            *([(f"≤ {reference.most:g} ×", ratio <= reference.most)] if reference.most is not None else []),
        ]
        yield f"{told} {reference.name} | {its.cpu:.3f} | {its.memory:.0f} | {ratio:.2f} | {_aims(aims)} |"
        told, absolute = "| | | | |", []
    if not case.references:
        yield f"{told} | | | | {_aims(absolute)} |"


def _aims(aims: Iterable[tuple[str, bool]]) -> str:
    return ", ".join(f"{told} {'met' if is_met else '**missed**'}" for told, is_met in aims)


HEADER = """| case | MiB read | CPU, s | peak, MiB | against | its CPU, s | its peak, MiB | ratio | target |
|---|---:|---:|---:|---|---:|---:|---:|---|"""


def main() -> None:
    """Writes the estates, measures, prints medians and ratios as a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default="", help="the cases whose name holds this")
    parser.add_argument("--smoke", action="store_true", help="only show that it runs: small estates, once")
    parser.add_argument("--peers", action="store_true", help="first install checkov and tfparse below .bench")
    options = parser.parse_args()
    if options.peers:
        install_peers()
    rounds = 1 if options.smoke else options.rounds
    with tempfile.TemporaryDirectory() as directory:
        scratch = Path(directory)
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        environment["PYTHONPATH"] = os.pathsep.join(str(ROOT / name) for name in ("linter", "policies"))
        # An installed package is compiled; what is measured must be, too.
        environment["PYTHONPYCACHEPREFIX"] = str(scratch / "compiled")
        chosen = [case for case in cases(scratch, options.smoke) if options.only in case.name]
        for case in chosen:
            if case.size < 1 or options.smoke:
                measured(case, 1, environment, scratch)
        print(f"median of {rounds}\n\n{HEADER}")
        for case in chosen:
            for row in rows(case, measured(case, rounds, environment, scratch)):
                print(row, flush=True)


if __name__ == "__main__":
    main()
