"""Generated networks, many of them, on several laboratories at once.

    python -m tests.netlab.run --count 300 --jobs 4 --seed 1

A network on which laboratory and model differ is shrunk and written to `disagreements/` as JSON, which `--replay FILE` runs again; once
the fault is mended it moves to `kept/`, where every run of the tests asks it.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import hashlib
import multiprocessing
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Flaky
from pydantic import TypeAdapter

from .blueprint import Blueprint, build
from .clean import remove_orphans
from .compare import Disagreement, Tally, compare
from .generate import blueprints
from .requirements import missing

HERE = Path(__file__).resolve().parent
DISAGREEMENTS = HERE / "disagreements"
KEPT = HERE / "kept"

_JSON: TypeAdapter[Blueprint] = TypeAdapter(Blueprint)


def to_json(blueprint: Blueprint) -> str:
    return _JSON.dump_json(blueprint, indent=2).decode() + "\n"


def from_json(text: str) -> Blueprint:
    return _JSON.validate_json(text)


class DisagreedError(AssertionError):
    """Laboratory and model differ on this network."""

    def __init__(self, blueprint: Blueprint, tally: Tally) -> None:
        super().__init__(f"{tally}\n{to_json(blueprint)}")
        self.blueprint = blueprint
        self.tally = tally


def signature(disagreement: Disagreement) -> str:
    """What kind of disagreement it is: equal for the same fault met twice."""
    return f"{disagreement.model}/{disagreement.laboratory.split(';')[0][:10]}/{disagreement.decided_by.split(':')[0]}"


def shard(count: int, number: int, *, shrink: bool = True) -> tuple[Tally, list[tuple[Blueprint, Tally]]]:
    """Runs `count` different networks of this seed; the tally of all, and the shrunk ones on which the two differ."""
    total = Tally()
    known: set[str] = set()
    found: list[tuple[Blueprint, Tally]] = []
    seen: set[Blueprint] = set()
    phases = (Phase.generate, Phase.shrink) if shrink else (Phase.generate,)
    attempt = 0
    while len(seen) < count and attempt < 20:
        attempt += 1

        @seed(number * 1000 + attempt)
        @settings(
            max_examples=count * 4,
            database=None,
            deadline=None,
            phases=phases,
            suppress_health_check=list(HealthCheck),
            report_multiple_bugs=False,
        )
        @given(blueprints())
        def look(blueprint: Blueprint) -> None:
            if len(seen) >= count and blueprint not in seen:
                return
            is_new = blueprint not in seen
            tally = compare(build(blueprint)) if is_new or shrink else Tally()
            if is_new:
                seen.add(blueprint)
                total.add(tally)
            if any(signature(each) not in known for each in tally.disagreements):
                raise DisagreedError(blueprint, tally)

        try:
            look()
        except DisagreedError as difference:
            known.update(signature(each) for each in difference.tally.disagreements)
            found.append((difference.blueprint, difference.tally))
        except Flaky as flaky:
            print(f"not reproducible, a fault of the laboratory: {flaky}", file=sys.stderr)
    return total, found


def keep(blueprint: Blueprint, directory: Path) -> Path:
    text = to_json(blueprint)
    path = directory / f"{hashlib.sha256(text.encode()).hexdigest()[:10]}.json"
    directory.mkdir(exist_ok=True)
    path.write_text(text)
    return path


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.netlab.run", description=__doc__)
    parser.add_argument("--count", type=int, default=300, help="how many different networks")
    parser.add_argument("--jobs", type=int, default=4, help="how many laboratories at once")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--no-shrink", action="store_true", help="do not shrink what differs")
    parser.add_argument("--replay", type=Path, action="append", default=[], help="run this blueprint instead")
    options = parser.parse_args(arguments)
    if reason := missing():
        print(f"the laboratory cannot run: {reason}", file=sys.stderr)
        return 2
    remove_orphans()
    total = Tally()
    for path in options.replay:
        tally = compare(build(from_json(path.read_text())))
        print(f"{path.name}: {tally}")
        total.add(tally)
    if options.replay:
        return 1 if total.disagreements else 0
    started = time.monotonic()
    shares = [options.count // options.jobs + (number < options.count % options.jobs) for number in range(options.jobs)]
    found: list[tuple[Blueprint, Tally]] = []
    with concurrent.futures.ProcessPoolExecutor(options.jobs, multiprocessing.get_context("spawn")) as pool:
        running = [
            pool.submit(shard, share, options.seed * 100 + number, shrink=not options.no_shrink)
            for number, share in enumerate(shares)
        ]
        for future in running:
            tally, differing = future.result()
            total.add(tally)
            found += differing
    print(total)
    print(f"seed {options.seed}, {options.jobs} jobs, {time.monotonic() - started:.0f} s")
    for blueprint, tally in found:
        print(f"{keep(blueprint, DISAGREEMENTS)}: {tally}")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
