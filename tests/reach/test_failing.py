"""What rules look at: the steps that do not pass."""

from __future__ import annotations

from pathlib import Path

import pytest

from tf_cvpn_lint.reach.trace import EndpointReach
from tf_cvpn_lint.run import Options, run
from tf_cvpn_policies import RULES

FIXTURES = Path(__file__).parent.parent.parent / "fixtures"


def endpoints() -> list[EndpointReach]:
    plans = [str(path) for path in sorted(FIXTURES.glob("rules/*/*/plan.json"))]
    return list(run(plans, RULES, Options()).endpoints)


@pytest.fixture(scope="module", name="reaches")
def fixture_reaches() -> list[EndpointReach]:
    return endpoints()


def test_a_step_that_passes_has_no_fault(reaches: list[EndpointReach]) -> None:
    steps = [step for reach in reaches for trace in reach.traces for step in (*trace.steps, *trace.back)]
    faulty = [step for step in steps if getattr(step, "fault", None) is not None]
    assert faulty
    assert not [step for step in faulty if step.verdict.is_yes]


def test_the_failing_steps_are_those_that_do_not_pass_in_their_order(reaches: list[EndpointReach]) -> None:
    for server in (server for reach in reaches for server in reach.servers):
        scanned = [
            (step, trace.flow, is_back)
            for trace in server.traces
            for steps, is_back in ((trace.steps, False), (trace.back, True))
            for step in steps
            if not step.verdict.is_yes
        ]
        told = [met for found in server.failing.values() for met in found]
        assert len(told) == len(scanned)
        for kind, found in server.failing.items():
            assert [(met.step, met.flow, met.is_back) for met in found] == [
                each for each in scanned if type(each[0]) is kind
            ]


def test_what_decided_a_query_is_its_first_drop_else_its_first_doubt_else_its_last_step(
    reaches: list[EndpointReach],
) -> None:
    for trace in (trace for reach in reaches for trace in reach.traces):
        assert trace.decided_by is next(iter((*trace.drops, *trace.doubts, *trace.steps[-1:])), None)
