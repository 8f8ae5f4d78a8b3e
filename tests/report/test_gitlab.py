"""Code quality as GitLab reads it."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given

from tests.builders import finding, judgement, reach
from tests.report.reports import CLEAN, EVERYTHING, UNREACHABLE, hostile, named, shown
from tf_cvpn_lint.report import gitlab
from tf_cvpn_lint.result import Result


def entries(of: Result) -> list[Any]:
    found: list[Any] = json.loads(gitlab.render(shown(of)))
    return found


def test_an_entry_has_what_gitlab_asks_for() -> None:
    first = entries(EVERYTHING)[0]
    assert first["description"].startswith("Queries to 10.10.1.228 never enter the tunnel. Fix: ")
    assert first["check_name"] == "CVPN101 dns-not-routed"
    assert first["severity"] == "critical"
    assert first["location"] == {"path": "vpn.tf", "lines": {"begin": 5, "end": 5}}


def test_a_finding_without_a_line_stands_at_its_input() -> None:
    assert entries(EVERYTHING)[2]["location"] == {"path": "plan.json", "lines": {"begin": 1}}


def test_what_cannot_fail_a_run_is_information() -> None:
    assert [entry["severity"] for entry in entries(EVERYTHING)] == ["critical", "critical", "info", "info", "info"]


def test_a_clean_run_is_an_empty_list() -> None:
    assert gitlab.render(shown(CLEAN)) == "[]\n"


def test_two_plans_of_one_root_have_findings_of_their_own() -> None:
    broken = reach({"10.0.0.1": UNREACHABLE})
    both = Result(tuple(judgement(broken, findings=(finding(),), path=path) for path in ("a.json", "b.json")))
    assert len({entry["fingerprint"] for entry in entries(both)}) == 2


@given(hostile)
def test_every_entry_can_be_read_and_shown(text: str) -> None:
    written = gitlab.render(shown(named(text)))
    written.encode()
    for entry in json.loads(written):
        assert entry["description"].isprintable()
        assert entry["location"]["path"]
