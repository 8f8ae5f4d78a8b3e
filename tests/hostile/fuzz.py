"""Fuzzes everything that is read: `python -m tests.hostile.fuzz --seconds 120`.

A case of the whole program is a directory: the files of a fixture, some of them damaged. It is judged and its reports are written; a
traceback, a silence, too long a time or an answer with control characters in it is a finding, and is kept. A case of one reader
(`readers.py`) is some bytes. Where atheris can be imported, `--guided` lets coverage choose what is damaged further.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import os
import pkgutil
import random
import re
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import tf_cvpn_lint
import tf_cvpn_policies
from tests.hostile import mutate
from tests.hostile.cases import Files, Outcome, asked, judged, write
from tests.hostile.readers import READERS

ROOT = Path(__file__).resolve().parents[2]
TARGETS = ("plan", "hcl", "both")
"""A plan alone; a directory; a plan beside its sources."""
PATIENCE = 30.0
"""Seconds of the processor's time that a case may take: several times what the bounds of `SECURITY.md` let it, for crowded machines."""
TURN = 0.25
"""Seconds for which a reader is asked before it is another's turn."""
FORMATS = ("sarif", "junit", "github", "gitlab", "markdown", "html", "dot", "mermaid", "json")
_SOURCES = (".tf", ".tfvars", ".tf.json", ".tfvars.json")
_CUT = b"\n\x1d"


def seeds(target: str) -> tuple[Files, ...]:
    """The fixtures as cases of this target."""
    found: list[Files] = []
    for top in ("networks", "estates", "plans", "rules", "hostile"):
        for directory in sorted(
            {path.parent for path in (ROOT / "fixtures" / top).rglob("*.tf*")}
            | {path.parent for path in (ROOT / "fixtures" / top).rglob("plan.json")}
        ):
            plans = {
                path.name: path.read_bytes()
                for path in directory.glob("*.json")
                if path.name in ("plan.json", "state.json")
            }
            sources = {
                path.relative_to(directory).as_posix(): path.read_bytes()
                for path in sorted(directory.rglob("*"))
                if path.is_file() and path.name.endswith(_SOURCES)
            }
            if target == "hcl" and sources:
                found.append(sources)
            elif target == "plan" and plans:
                found += [{"plan.json": plan} for plan in plans.values()]
            elif target == "both" and sources and "plan.json" in plans:
                found.append({**sources, "plan.json": plans["plan.json"]})
    return tuple(case for case in found if sum(map(len, case.values())) < 400_000)


def damaged(chance: random.Random, case: Files, other: Files) -> Files:
    """The case with one of its files, or two, damaged with pieces of another."""
    made = dict(case)
    for _ in range(chance.choice((1, 1, 2))):
        name = "plan.json" if "plan.json" in made and chance.random() < 0.7 else chance.choice(sorted(made))
        pieces = [data for file, data in other.items() if Path(file).suffix == Path(name).suffix] or [b""]
        made[name] = mutate.mutator(name)(chance, made[name], chance.choice(pieces))
    return made


def examine(case: Files, directory: Path) -> Outcome:
    """Judges a case, written to this directory."""
    write(case, directory / "in")
    chosen = FORMATS[sum(map(len, case.values())) % len(FORMATS)]
    target = directory / "in" / "plan.json" if "plan.json" in case else directory / "in"
    reports = ["--format", "text", "--format", chosen, "--output", str(directory / "report")]
    return judged([str(target), "--no-config", "--verbose", "--strict", *reports], seconds=PATIENCE)


def keep(case: Files, fault: str, directory: Path) -> bool:
    """Keeps a case under the name of what is wrong with it; whether it is the first of its kind."""
    what, _, where = fault.rpartition(" at ")  # what a message quotes is another in every case
    kind = re.sub(r"\d+", "N", what.partition(":")[0] + where)
    place = directory / hashlib.sha256(kind.encode()).hexdigest()[:10]
    if place.exists():
        return False
    write_to = place / "case"
    write_to.mkdir(parents=True)
    write(case, write_to)
    (place / "fault.txt").write_text(fault + "\n", "utf-8")
    return True


class Tally:
    """Counts, and says from time to time how far it is."""

    def __init__(self, target: str) -> None:
        self.target = target
        self.start = time.monotonic()
        self.told = self.start
        self.cases = 0
        self.slowest = 0.0
        self.statuses: dict[int | str | None, int] = {}
        self.findings: list[str] = []

    def count(self, status: int | str | None, seconds: float, fault: str, *, is_new: bool) -> None:
        self.cases += 1
        self.slowest = max(self.slowest, seconds)
        self.statuses[status] = self.statuses.get(status, 0) + 1
        if fault and is_new:
            self.findings.append(fault)
            print(f"FOUND ({self.target}): {fault}", flush=True)
        if time.monotonic() - self.told > 60:
            self.told = time.monotonic()
            self.tell()

    def tell(self) -> None:
        seconds = time.monotonic() - self.start
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        print(
            f"{self.target}: {self.cases} cases in {seconds:.0f} s, exit statuses {self.statuses}, slowest {self.slowest:.1f} s, "
            f"peak {peak} MB, {len(self.findings)} findings",
            flush=True,
        )


def at_random(targets: tuple[str, ...], seconds: float, seed: int, kept: Path) -> int:
    """Damages the fixtures by chance, each target in turn; how many kinds of findings there were."""
    chance = random.Random(seed)
    pools = {target: seeds(target) for target in targets if target in TARGETS}
    sources = {target: READERS[target].seeds() for target in targets if target in READERS}
    tallies = {target: Tally(target) for target in targets}
    end = time.monotonic() + seconds
    with tempfile.TemporaryDirectory() as work:
        (Path(work) / "in").mkdir()
        while time.monotonic() < end:
            target = chance.choice(targets)
            if target in READERS:
                _turn(target, sources[target], chance, tallies[target], kept)
                continue
            case = damaged(chance, chance.choice(pools[target]), chance.choice(pools[target]))
            outcome = examine(case, Path(work))
            is_new = bool(outcome.fault) and keep(case, outcome.fault, kept)
            tallies[target].count(outcome.status, outcome.seconds, outcome.fault, is_new=is_new)
    for tally in tallies.values():
        tally.tell()
    return sum(len(tally.findings) for tally in tallies.values())


def _turn(target: str, sources: Sequence[bytes], chance: random.Random, tally: Tally, kept: Path) -> None:
    """Asks a reader for a short time."""
    reader = READERS[target]
    end = time.monotonic() + TURN
    while time.monotonic() < end:
        data = chance.choice(sources)
        for _ in range(chance.choice((1, 1, 2, 4))):
            data = reader.mutate(chance, data, chance.choice(sources))
        _ask(target, data, tally, kept)


def _ask(target: str, data: bytes, tally: Tally, kept: Path) -> None:
    start = time.process_time()
    fault = asked(READERS[target].ask, data, seconds=PATIENCE)
    is_new = bool(fault) and keep({f"{target}.bytes": data}, fault, kept)
    tally.count("broken" if fault else "kept", time.process_time() - start, fault, is_new=is_new)


def packed(case: Files) -> bytes:
    """A case as the bytes that atheris keeps."""
    return _CUT.join(name.encode() + b"\n" + data for name, data in sorted(case.items()))


def unpacked(data: bytes) -> Files:
    """The same the other way round; whatever the bytes are, the names stay inside of the directory."""

    def parts() -> Iterator[tuple[str, bytes]]:
        for part in data.split(_CUT):
            name, _, content = part.partition(b"\n")
            shown = re.sub(r"[^\w./-]", "", name.decode("ascii", "ignore")).lstrip("/").replace("..", "")
            if shown and not shown.endswith("/"):
                yield shown, content

    return dict(parts())


def guided(target: str, seconds: float, seed: int, kept: Path, corpus: Path) -> int:
    """The same with coverage: what reaches new code is damaged further."""
    try:
        import atheris
    except ImportError:
        print("atheris is not installed; run without --guided", file=sys.stderr)
        return 2
    for package in (tf_cvpn_lint, tf_cvpn_policies):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            # only what is loaded is instrumented; Checkov's own interpreter loads its checks
            if not module.name.endswith("__main__") and ".checkov_plugin." not in module.name:
                importlib.import_module(module.name)
    corpus.mkdir(parents=True, exist_ok=True)
    if target in READERS:
        _guide_reader(atheris, target, seconds, seed, kept, corpus)
    else:
        _guide_program(atheris, target, seconds, seed, kept, corpus)
    return 0


def _guide_reader(atheris: Any, target: str, seconds: float, seed: int, kept: Path, corpus: Path) -> None:
    reader, tally = READERS[target], Tally(target)
    pool = reader.seeds()
    for number, data in enumerate(random.Random(seed).sample(pool, min(400, len(pool)))):
        (corpus / f"seed-{number}").write_bytes(data)

    def another(data: bytes, size: int, number: int) -> bytes:
        chance = random.Random(number)
        if chance.random() < 0.5:
            return bytes(atheris.Mutate(data, size))
        return reader.mutate(chance, bytes(data), chance.choice(pool))[:size]

    _fuzz(atheris, lambda data: _ask(target, data, tally, kept), another, seconds, seed, corpus)


def _guide_program(atheris: Any, target: str, seconds: float, seed: int, kept: Path, corpus: Path) -> None:
    pool = seeds(target)
    for number, case in enumerate(random.Random(seed).sample(pool, min(80, len(pool)))):
        (corpus / f"seed-{number}").write_bytes(packed(case))
    work = tempfile.mkdtemp()
    (Path(work) / "in").mkdir()
    tally = Tally(target)

    def one(data: bytes) -> None:
        case = unpacked(data)
        outcome = examine(case, Path(work))
        is_new = bool(outcome.fault) and keep(case, outcome.fault, kept)
        tally.count(outcome.status, outcome.seconds, outcome.fault, is_new=is_new)

    def another(data: bytes, size: int, number: int) -> bytes:
        chance = random.Random(number)
        case = unpacked(data)
        made = packed(damaged(chance, case, chance.choice(pool))) if case else packed(chance.choice(pool))
        return made[:size]

    _fuzz(atheris, one, another, seconds, seed, corpus)


def _fuzz(
    atheris: Any,
    one: Callable[[bytes], None],
    another: Callable[[bytes, int, int], bytes],
    seconds: float,
    seed: int,
    corpus: Path,
) -> None:
    atheris.instrument_all()
    options = [
        f"-max_total_time={seconds:.0f}",
        f"-seed={seed}",
        "-max_len=400000",
        "-len_control=0",
        "-timeout=120",
        "-rss_limit_mb=6000",
    ]
    atheris.Setup([sys.argv[0], str(corpus), *options], one, custom_mutator=another)
    atheris.Fuzz()


def main(arguments: list[str] | None = None) -> int:
    """0 where every promise was kept, 1 where one was broken."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--target", action="append", choices=[*TARGETS, *READERS], help="all by default")
    parser.add_argument(
        "--keep", type=Path, default=Path("fuzz-findings"), help="where cases that break a promise are kept"
    )
    parser.add_argument("--guided", action="store_true")
    parser.add_argument("--corpus", type=Path, default=Path("fuzz-corpus"))
    given: Any = parser.parse_args(arguments)
    limit = 8 * 2**30
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    os.environ["NO_COLOR"] = "1"
    # By default the whole program has a share of the turns that is about half of the time.
    targets = tuple(given.target or (*TARGETS * 6, *READERS))
    if given.guided:
        return guided(targets[0], given.seconds, given.seed, given.keep, given.corpus)
    return 1 if at_random(targets, given.seconds, given.seed, given.keep) else 0


if __name__ == "__main__":
    sys.exit(main())
