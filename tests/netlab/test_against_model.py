"""Laboratory and model, question by question: the hand-made cases, the fixtures, generated networks; and errors put into the model."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tf_cvpn_lint.adapt import TYPES, adapt
from tf_cvpn_lint.reach.judge import judge
from tf_cvpn_lint.reach.trace import Step
from tf_cvpn_lint.read.inputs import read

from .blueprint import build
from .cases import CASES
from .compare import Tally, compare, judge_answers
from .conftest import AT_ONCE, Observations
from .laboratory import ROOT
from .mutations import MUTATIONS, README, listed, table
from .run import KEPT, from_json, shard

pytestmark = pytest.mark.netlab

ALL = "TF_CVPN_LINT_NETLAB"
"""Set to `all`: every fixture and 300 generated networks; a number: so many generated networks."""
SAMPLE = 12
FIXTURES = {
    path.parent.name: path
    for kind in ("networks", "estates")
    for path in sorted((ROOT / "fixtures" / kind).glob("*/plan.json"))
}
FEW = (
    "seed-1-1-lan-resolver-full-tunnel",
    "seed-1-2-public-resolver-no-internet",
    "seed-1-2-public-resolver-with-internet",
    "seed-2-inbound-endpoints-through-transit-gateway",
    "seed-2-without-client-route",
    "public-dns-through-nat-per-zone",
    "public-dns-default-route-on-one-association",
    "amazon-dns-of-peered-vpc",
    "own-amazon-dns-split",
    "network-acl-forgets-the-way-back",
    "inbound-resolver-udp-only",
    "transit-gateway-not-in-zone-b",
)
"""Fixtures that every run of the tests builds; together they meet every hop."""
REPRESENTED_AT_LEAST = 0.8
"""Of all fixtures, the part that must be buildable: a laboratory that skips everything agrees with everybody."""


def is_full() -> bool:
    return os.environ.get(ALL, "") == "all"


@pytest.mark.parametrize("name", CASES)
def test_laboratory_and_model_agree(name: str, observations: Observations) -> None:
    observation = observations[name]
    (reach,) = judge(build(CASES[name].blueprint))
    tally = judge_answers(observation.experiment, observation.answers, reach)
    assert not tally.disagreements, str(tally)


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_an_error_in_the_model_is_caught(mutation: str, observations: Observations) -> None:
    error = MUTATIONS[mutation]
    for caught_by in error.caught_by:
        observation = observations[caught_by]
        (reach,) = error.judge(build(CASES[caught_by].blueprint))
        assert judge_answers(observation.experiment, observation.answers, reach).disagreements, caught_by


NOT_ERRED = {"target_network", "beyond"}
"""Hops no packet can tell of: without a target network nobody connects, and what lies beyond is never a drop."""


def test_every_hop_of_the_walk_has_an_error_that_is_caught() -> None:
    hops = {kind.hop for kind in Step.__subclasses__()}
    assert len(hops) > 12
    assert {error.hop for error in MUTATIONS.values()} == (hops - NOT_ERRED) | {"return"}


def test_the_note_lists_the_errors() -> None:
    assert listed(README.read_text()) == table(), "python -m tests.netlab.mutations --write"


def compare_fixture(name: str) -> Tally:
    with Path(os.devnull).open("rb") as nothing:
        return compare(adapt(read(str(FIXTURES[name]), sources=(), run_show=False, stdin=nothing, types=TYPES)))


def test_fixtures_agree() -> None:
    names = list(FIXTURES if is_full() else FEW)
    total = Tally()
    differing = []
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for name, tally in zip(names, pool.map(compare_fixture, names), strict=True):
            total.add(tally)
            if tally.disagreements:
                differing.append(f"{name}: {tally}")
    print(total)
    assert not differing, "\n".join(differing)
    assert total.agreed
    unbuilt = len({skip.subject for skip in total.skipped})
    assert total.networks - unbuilt >= REPRESENTED_AT_LEAST * total.networks, str(total)


def test_generated_networks_agree() -> None:
    wanted = 300 if is_full() else int(os.environ.get(ALL, "") or SAMPLE)
    jobs = AT_ONCE
    with ThreadPoolExecutor(jobs) as pool:
        done = list(pool.map(lambda number: shard(-(-wanted // jobs), number, shrinks=False), range(jobs)))
    total = Tally()
    for tally, _ in done:
        total.add(tally)
    print(total)
    found = [str(tally) for _, differing in done for _, tally in differing]
    assert not found, "\n".join([*found, "shrink it: python -m tests.netlab.run"])
    assert total.agreed
    assert total.answered


@pytest.mark.parametrize("path", sorted(KEPT.glob("*.json")), ids=lambda path: path.stem)
def test_kept_networks_agree(path: Path) -> None:
    tally = compare(build(from_json(path.read_text())))
    assert not tally.disagreements, str(tally)
