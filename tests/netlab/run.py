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
from pydantic import TypeAdapter

from .blueprint import Blueprint, build
from .clean import remove_orphans
from .compare import Disagreement, Tally, compare
from .generate import blueprints
from .requirements import missing
from .shrink import shrink

HERE = Path(__file__).resolve().parent
DISAGREEMENTS = HERE / "disagreements"
"""Networks on which laboratory and model differ as things are: defects to mend, in no repository."""
KEPT = HERE / "kept"
"""Networks on which they differed once, or which have something rare; a test expects them to agree."""
MAXIMUM_ATTEMPTS = 20

_JSON: TypeAdapter[Blueprint] = TypeAdapter(Blueprint)


def to_json(blueprint: Blueprint) -> str:
    return _JSON.dump_json(blueprint, indent=2).decode() + "\n"


def from_json(text: str) -> Blueprint:
    return _JSON.validate_json(text)


def signature(disagreement: Disagreement) -> str:
    """What kind of disagreement it is: equal for the same fault met twice."""
    return f"{disagreement.model}/{disagreement.laboratory.split(';')[0][:10]}/{disagreement.decided_by.split(':')[0]}"


def shard(count: int, number: int, *, shrinks: bool = True) -> tuple[Tally, list[tuple[Blueprint, Tally]]]:
    """Runs `count` different networks of this seed; the tally of all, and those on which the two differ, one of each kind."""
    total = Tally()
    found: list[tuple[Blueprint, Tally]] = []
    known: set[str] = set()
    seen: set[Blueprint] = set()
    attempt = 0
    while total.networks < count and attempt < MAXIMUM_ATTEMPTS:
        attempt += 1

        @seed(number * 1000 + attempt)
        @settings(
            max_examples=4 * count,  # Hypothesis repeats itself; only what is new is built
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(blueprints())
        def look(blueprint: Blueprint) -> None:
            if total.networks >= count or blueprint in seen:
                return
            seen.add(blueprint)
            tally = compare(build(blueprint))
            total.add(tally)
            kinds = {signature(each) for each in tally.disagreements}
            if kinds - known:
                known.update(kinds)
                found.append((blueprint, tally))

        look()
    return total, [_shrunk(blueprint, tally) for blueprint, tally in found] if shrinks else found


def _shrunk(blueprint: Blueprint, tally: Tally) -> tuple[Blueprint, Tally]:
    whole = keep(blueprint, DISAGREEMENTS)  # shrinking takes minutes, in which much may happen
    small, differing = _smallest(blueprint, tally)
    whole.unlink()
    return small, differing


def _smallest(blueprint: Blueprint, tally: Tally) -> tuple[Blueprint, Tally]:
    kind = signature(tally.disagreements[0])

    def shows_it(candidate: Blueprint) -> bool:
        return any(signature(each) == kind for each in compare(build(candidate)).disagreements)

    small = shrink(blueprint, shows_it)
    return small, compare(build(small))


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
            pool.submit(shard, share, options.seed * 100 + number, shrinks=not options.no_shrink)
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
