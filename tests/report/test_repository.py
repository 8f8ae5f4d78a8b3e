"""Paths from the root of a repository."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.builders import finding, judgement, reach
from tests.report.reports import AT_LINE_5, UNREACHABLE, shown
from tf_cvpn_lint.report.repository import Repository, is_inside, uri
from tf_cvpn_lint.result import Result


@pytest.mark.parametrize("is_worktree", [False, True])
def test_paths_are_told_from_the_root_wherever_the_program_runs(tmp_path: Path, is_worktree: bool) -> None:
    inside = tmp_path / "infra" / "prod"
    inside.mkdir(parents=True)
    if is_worktree:
        (tmp_path / ".git").write_text("gitdir: elsewhere\n")
    else:
        (tmp_path / ".git").mkdir()
    repository = Repository.around(inside)
    assert repository.path("vpn.tf") == "infra/prod/vpn.tf"
    assert repository.path("../modules/vpn.tf") == "infra/modules/vpn.tf"
    assert repository.path(str(inside / "vpn.tf")) == "infra/prod/vpn.tf"
    assert repository.path("../../../elsewhere.tf") == "../../../elsewhere.tf"
    assert repository.path("-") == "-"


def test_without_a_repository_paths_are_told_from_here(tmp_path: Path) -> None:
    repository = Repository(tmp_path, tmp_path)
    assert repository.path("a/vpn.tf") == "a/vpn.tf"


def test_a_location_is_found_beside_its_input_in_a_source_or_here(tmp_path: Path) -> None:
    for name in ("a/vpn.tf", "b/dns.tf", "main.tf"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    (tmp_path / "a" / "plan.json").write_text("{}")
    repository = Repository(tmp_path, tmp_path, (Path("b"),))
    assert repository.source("vpn.tf", "a/plan.json") == "a/vpn.tf"
    assert repository.source("vpn.tf", "a") == "a/vpn.tf"
    assert repository.source("dns.tf", "a/plan.json") == "b/dns.tf"
    assert repository.source("main.tf", "a/plan.json") == "main.tf"
    assert repository.source("gone.tf", "a/plan.json") == "a/gone.tf"
    assert repository.source("main.tf", "-") == "main.tf"
    assert repository.source("x\0y.tf", "a/plan.json").endswith("x\0y.tf")


def test_a_report_is_told_with_all_its_paths(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    here = tmp_path / "infra"
    here.mkdir()
    of = Result((judgement(reach({"10.0.0.1": UNREACHABLE}, line=1), findings=(finding(at=AT_LINE_5),)),))
    told = Repository.around(here).told(shown(of))
    assert told.findings[0].location is not None
    assert told.findings[0].location.file == "infra/vpn.tf"
    assert told.inputs[0].path == told.findings[0].input == told.endpoints[0].input == "infra/plan.json"


def test_a_path_becomes_a_uri_that_is_relative_and_has_no_scheme() -> None:
    assert uri("a b/ü#1.tf") == "a%20b/%C3%BC%231.tf"
    assert uri("c:d.tf") == "c%3Ad.tf"
    assert uri("/x/y.tf") == "file:///x/y.tf"
    assert [is_inside(path) for path in ("a/b", "../a", "/a", "-", "")] == [True, False, False, False, False]
