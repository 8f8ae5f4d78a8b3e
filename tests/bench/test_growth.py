"""Work grows with the estate and not with its square: told by how often functions are called, which no other load on the machine changes."""

from __future__ import annotations

import cProfile
import json
import pstats
from pathlib import Path

from bench.estates import sites
from tf_cvpn_lint.run import Options, run
from tf_cvpn_policies import RULES

FEW, MANY = 24, 48
OFTEN = 1_200
"""Fewer calls than this of all sites together are no loop over every endpoint."""


def calls(copies: int, directory: Path) -> dict[str, int]:
    """How often each function is called where so many sites are judged."""
    path = directory / f"{copies}.json"
    path.write_text(json.dumps(sites(copies)), "utf-8")
    profile = cProfile.Profile()
    profile.enable()
    run([str(path)], RULES, Options())
    profile.disable()
    stats: dict[tuple[str, int, str], tuple[int, ...]] = pstats.Stats(profile).stats  # type: ignore[attr-defined]
    return {f"{Path(file).name}:{line} {name}": told[1] for (file, line, name), told in stats.items()}


def test_twice_the_endpoints_are_twice_the_work(tmp_path: Path) -> None:
    calls(1, tmp_path)  # what is made once is made
    few, many = calls(FEW, tmp_path), calls(MANY, tmp_path)
    grown = {
        name: f"{few.get(name, 0)} and {number}"
        for name, number in many.items()
        if number > OFTEN and number > 2.3 * few.get(name, 0)
    }
    assert not grown
