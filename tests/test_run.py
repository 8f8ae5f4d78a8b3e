"""The pipeline: its order, and that it hides nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.builders import ENDPOINT, evidence, finding, reach, rule
from tf_cvpn_lint.core.errors import InputError
from tf_cvpn_lint.core.records import replace
from tf_cvpn_lint.model.network import Network
from tf_cvpn_lint.reach.trace import ServerVerdict
from tf_cvpn_lint.rules import Finding, Rule, Severity, View
from tf_cvpn_lint.run import Options, asked, run

ROOT = Path(__file__).parent.parent
PLAN = "fixtures/networks/seed-2-without-client-route/plan.json"


def saying(*findings: Finding) -> Rule:
    def check(view: View) -> Iterator[Finding]:
        yield from findings

    return replace(rule(), check=check)


def test_findings_are_ordered_by_severity_server_rule_and_place() -> None:
    endpoint = reach({"10.0.0.9": ServerVerdict.REACHABLE, "10.0.0.1": ServerVerdict.REACHABLE})
    note = finding("10.0.0.9", by=rule("CVPN401", "single", Severity.NOTE))
    wanted = [
        finding(None),
        finding("10.0.0.9", at=evidence(ENDPOINT, "a")),
        finding("10.0.0.9", at=evidence(ENDPOINT, "b")),
        finding("10.0.0.9", by=rule("CVPN102", "dns-not-authorized")),
        finding("10.0.0.1"),
        finding(None, by=rule("CVPN131", "warn", Severity.WARNING)),
        note,
    ]
    assert list(asked(Network(), endpoint, [saying(*reversed(wanted))])[0]) == wanted
    assert list(asked(Network(), endpoint, [saying(*wanted[3:]), saying(*wanted[:3])])[0]) == wanted


def test_the_same_finding_twice_is_one() -> None:
    endpoint = reach({"10.0.0.9": ServerVerdict.REACHABLE})
    assert len(asked(Network(), endpoint, [saying(finding(), finding())])[0]) == 1


def test_a_rule_that_crashes_is_seen() -> None:
    def check(view: View) -> Iterator[Finding]:
        yield replace(finding(), message=str(1 // len(view.endpoint.servers)))

    with pytest.raises(ZeroDivisionError):
        asked(Network(), reach({}), [replace(rule(), check=check)])


def test_a_path_given_twice_is_judged_once() -> None:
    path = str(ROOT / PLAN)
    assert len(run([path, path], (), Options()).judgements) == 1


def test_one_input_that_cannot_be_read_stops_the_run() -> None:
    with pytest.raises(InputError, match=r"missing\.json"):
        run([str(ROOT / PLAN), "missing.json"], (), Options())


@pytest.mark.parametrize("story", ["seed-2-without-client-route", "managed-ad-over-peering"])
def test_the_same_input_gives_the_same_bytes_whatever_the_hash_seed(story: str) -> None:
    written = set()
    for seed in ("1", "2", "3"):
        paths = os.pathsep.join(str(ROOT / part) for part in ("linter", "policies"))
        done = subprocess.run(
            [sys.executable, "-m", "tf_cvpn_lint", "--format", "json", f"fixtures/networks/{story}/plan.json"],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": paths},
            capture_output=True,
            check=False,
        )
        assert done.returncode in (0, 1), done.stderr
        written.add(done.stdout)
    assert len(written) == 1
