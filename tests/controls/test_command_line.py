"""The controls as they are used: files, flags, exit statuses."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.controls.networks import ENDPOINT, NOT_AUTHORIZED, STORIES
from tf_cvpn_lint.__main__ import main
from tf_cvpn_lint.controls.engine_rules import ENGINE_RULES
from tf_cvpn_policies import RULES

BROKEN = str(STORIES / "seed-2-without-client-route" / "plan.json")
OFFICE = str(STORIES / "office-dns-through-virtual-private-gateway" / "plan.json")


def said(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    status = main(arguments)
    out, err = capsys.readouterr()
    return status, out, err


def report(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    _, out, _ = said(["--format", "json", *arguments], capsys)
    made: dict[str, Any] = json.loads(out)
    return made


def test_select_ignore_and_severity_decide_what_fails(capsys: pytest.CaptureFixture[str]) -> None:
    assert said(["--select", "CVPN4", BROKEN], capsys)[0] == 0
    assert said(["--ignore", "dns-not-routed-in-split-tunnel", BROKEN], capsys)[0] == 0
    status, out, _ = said(["--severity", "CVPN101=note", BROKEN], capsys)
    assert status == 0
    assert "note CVPN101" in out
    status, out, _ = said(["--per-address", f"{ENDPOINT}=CVPN1", BROKEN], capsys)
    assert status == 0
    assert "2 suppressed" in out


def test_a_settings_file_beside_the_input_counts_and_flags_beat_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(BROKEN, tmp_path)
    plan = str(tmp_path / "plan.json")
    (tmp_path / ".tf-cvpn-lint.toml").write_text("fail-on = 'never'\n")
    assert said([plan], capsys)[0] == 0
    assert said(["--fail-on", "error", plan], capsys)[0] == 1
    assert said(["--no-config", plan], capsys)[0] == 1
    (tmp_path / "other.toml").write_text("ignore = ['all']\n")
    assert said(["--config", str(tmp_path / "other.toml"), "--strict", plan], capsys)[0] == 0
    (tmp_path / ".tf-cvpn-lint.toml").write_text("\nfail-no = 'never'\n")
    status, out, err = said([plan], capsys)
    assert (status, out) == (2, "")
    assert err.count("\n") == 1
    assert ".tf-cvpn-lint.toml:2: fail-no: there is no such setting; did you mean fail-on?" in err


def test_what_is_assumed_is_told_with_its_reason_and_what_rests_on_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(OFFICE, tmp_path)
    (tmp_path / ".tf-cvpn-lint.toml").write_text(
        "[[assume]]\nbeyond = 'aws_vpn_gateway.main'\nnetworks = ['192.168.40.0/23']\nreason = 'the office, see the network plan'\n"
    )
    plan = str(tmp_path / "plan.json")
    status, out, _ = said(["--strict", plan], capsys)
    assert status == 0
    assert out.count("reachable") >= 2
    assert "assumed: behind aws_vpn_gateway.main lies 192.168.40.0/23" in out
    assert "the office, see the network plan" in out
    made = report([plan], capsys)
    (assumed,) = made["assumptions"]
    assert assumed["applies"]
    assert [each["server"] for each in assumed["servers"]] == ["192.168.40.10", "192.168.41.10"]
    assert assumed["location"]["line"] == 1
    servers = made["endpoints"][0]["dns_servers"]
    assert all(server["assumptions"] == [assumed["says"]] for server in servers)
    assert said(["--strict", OFFICE], capsys)[0] == 1


def test_an_assumption_for_one_run(capsys: pytest.CaptureFixture[str]) -> None:
    made = report(["--assume", f"{ENDPOINT}.dns_servers=10.0.0.9", BROKEN], capsys)
    assert "CVPN905" in [finding["rule"] for finding in made["findings"]]


def test_a_broken_expectation_fails_the_run_and_one_that_holds_does_not(capsys: pytest.CaptureFixture[str]) -> None:
    quiet = ["--ignore", "CVPN1", BROKEN]
    assert said([*quiet, "--expect", f"{ENDPOINT}=10.10.*=unreachable"], capsys)[0] == 0
    status, out, _ = said([*quiet, "--expect", f"{ENDPOINT}=10.10.*=reachable"], capsys)
    assert status == 1
    assert "CVPN904 expectation-broken" in out


def test_an_expectation_without_an_endpoint_is_shown_although_there_is_nothing_to_judge(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "main.tf").write_text('resource "aws_vpc" "main" {\n  cidr_block = "10.0.0.0/16"\n}\n')
    status, out, _ = said([str(tmp_path), "--expect", "*=*=reachable"], capsys)
    assert status == 1
    assert "no endpoint here fits * (there is none)" in out


def test_a_baseline_makes_a_run_pass_until_something_new_comes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    known = str(tmp_path / "known.json")
    status, out, err = said(["--write-baseline", known, BROKEN], capsys)
    assert status == 0
    assert "2 findings written" in err
    assert "2 suppressed" in out
    assert said(["--baseline", known, BROKEN], capsys)[0] == 0
    other = str(STORIES / "network-acl-denies-dns-out" / "plan.json")
    status, _, err = said(["--baseline", known, other], capsys)
    assert status == 1
    assert "the baseline holds what is fixed: CVPN101" in err
    made = report(["--baseline", known, other], capsys)
    assert [entry["rule"] for entry in made["removable"]] == ["CVPN101", "CVPN101"]


def test_suppressions_expire_on_the_day_that_is_given(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = "dns_servers            = [cidrhost(aws_vpc.main.cidr_block, 2)]"
    (tmp_path / "main.tf").write_text(
        NOT_AUTHORIZED.replace(f"{line} # finds", f"{line} # tf-cvpn-lint:ignore CVPN102 until=2027-01-31 #").replace(
            "until=2027-01-31 #: CVPN102", "until=2027-01-31"
        )
    )
    assert said(["--today", "2027-01-31", str(tmp_path)], capsys)[0] == 0
    status, out, _ = said(["--today", "2027-02-01", str(tmp_path)], capsys)
    assert status == 1
    assert "CVPN902 suppression-expired" in out
    assert said(["--today", "2027-01-31", "--no-suppressions", str(tmp_path)], capsys)[0] == 1


@pytest.mark.parametrize("format_", ["text", "json", "sarif", "junit", "github", "gitlab", "markdown", "html"])
def test_every_report_tells_what_is_suppressed_apart(
    format_: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    known = str(tmp_path / "known.json")
    assert said(["--write-baseline", known, BROKEN], capsys)[0] == 0
    status, out, _ = said(["--baseline", known, "--format", format_, "--verbose", BROKEN], capsys)
    assert status == 0
    if format_ == "sarif":
        results = json.loads(out)["runs"][0]["results"]
        assert [result["suppressions"][0]["kind"] for result in results] == ["external", "external"]
    if format_ == "junit":
        assert 'failures="0"' in out


def test_settings_show_tells_every_setting_and_its_origin(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / ".tf-cvpn-lint.toml").write_text("strict = true\n")
    status, out, err = said(["settings", "show", "--ignore", "CVPN4", str(tmp_path)], capsys)
    assert (status, err) == (0, "")
    lines = dict(line.split(" = ", 1) for line in out.splitlines() if " = " in line)
    assert lines["ignore"] == '["CVPN4"]  # --ignore'
    assert lines["strict"].startswith("true")
    assert lines["fail-on"] == '"warning"  # default'


def test_rules_and_explain_know_the_controls_own_rules(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = said(["rules", "--format", "json"], capsys)
    assert [entry["id"] for entry in json.loads(out)] == [rule.id for rule in (*RULES, *ENGINE_RULES)]
    _, out, _ = said(["rules", "--select", "CVPN9", "--format", "markdown"], capsys)
    assert [line.split(" | ")[0] for line in out.splitlines()[2:]] == [f"| {rule.id}" for rule in ENGINE_RULES]
    for rule in ENGINE_RULES:
        status, out, _ = said(["explain", rule.name], capsys)
        assert status == 0
        assert rule.title in out
    assert said(["rules", "--select", "CVPN77"], capsys)[0] == 2


def test_explain_shows_the_fixture_in_which_the_rule_speaks(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = said(["explain", "CVPN102"], capsys)
    assert "Example" in out
    assert 'resource "aws_ec2_client_vpn_authorization_rule" "app" {' in out


def test_places_in_the_settings_are_named_from_where_the_program_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "infra" / "prod").mkdir(parents=True)
    shutil.copy(BROKEN, tmp_path / "infra" / "prod")
    (tmp_path / "infra" / ".tf-cvpn-lint.toml").write_text(
        f"[[expect]]\nendpoint = '*'\nserver = '*'\nverdict = 'reachable'\n"
        f"[[per-address]]\naddress = '{ENDPOINT}'\nignore = ['CVPN101']\nreason = 'soon'\n"
    )
    monkeypatch.chdir(tmp_path)
    made = report(["infra/prod/plan.json"], capsys)
    places = {
        (
            finding["rule"],
            (finding["suppressed"] or finding)["location"]["file"],
            (finding["suppressed"] or finding)["location"]["line"],
        )
        for finding in made["findings"]
    }
    assert places == {
        ("CVPN904", "infra/.tf-cvpn-lint.toml", 1),
        ("CVPN101", "infra/.tf-cvpn-lint.toml", 5),
    }


SEED = "seed-2-without-client-route"


@pytest.fixture
def two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two roots with the same two errors (CVPN101), below a directory without Terraform files."""
    (tmp_path / ".git").mkdir()
    for name in ("dev", "prod"):
        shutil.copytree(
            STORIES / SEED, tmp_path / "envs" / name, ignore=shutil.ignore_patterns("plan.json", "expected.json")
        )
    monkeypatch.chdir(tmp_path)
    return tmp_path / "envs"


def by_input(made: dict[str, Any]) -> list[tuple[str, str, bool]]:
    return sorted(
        {(Path(each["input"]).name, each["severity"], each["suppressed"] is not None) for each in made["findings"]}
    )


@pytest.mark.parametrize("paths", [["envs/dev", "envs/prod"], ["envs"], ["."]])
def test_every_root_of_a_run_goes_by_its_own_settings(
    two: Path, paths: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    (two / "dev" / ".tf-cvpn-lint.toml").write_text("severity = { CVPN101 = 'note' }\n")
    made = report(paths, capsys)
    assert by_input(made) == [("dev", "note", False), ("prod", "error", False)]
    assert [Path(read["path"]).name for read in made["inputs"]] == ["dev", "prod"]
    assert said(paths, capsys)[0] == 1
    (two / "prod" / ".tf-cvpn-lint.toml").write_text("fail-on = 'never'\n")
    assert said(paths, capsys)[0] == 0
    assert said([*paths, "--fail-on", "note"], capsys)[0] == 1
    assert said([*paths, "--quiet"], capsys)[1] == ""
    (two / "dev" / ".tf-cvpn-lint.toml").write_text("fail-on = 'note'\n")
    status, out, _ = said([*paths, "--quiet"], capsys)
    assert status == 1
    assert out.count("CVPN101") == 1
    status, out, _ = said([*paths, "--format", "junit"], capsys)
    assert out.count("<failure") == 2


def test_settings_show_tells_every_group_of_inputs(two: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (two / "dev" / ".tf-cvpn-lint.toml").write_text("\nstrict = true\n")
    status, out, _ = said(["settings", "show", "envs"], capsys)
    assert status == 0
    assert "# envs/dev\n" in out
    assert "# envs/prod\n" in out
    assert f"strict = true  # {Path('envs/dev/.tf-cvpn-lint.toml')}:2" in out
    assert "strict = false  # default" in out


def test_expectations_of_a_file_are_about_its_inputs_and_those_of_the_command_line_about_all(
    two: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = "[[expect]]\nendpoint = '*'\nserver = '10.10.*'\nverdict = 'unreachable'\n"
    (two / "dev" / ".tf-cvpn-lint.toml").write_text(table)
    (two / "prod" / ".tf-cvpn-lint.toml").write_text(table.replace("unreachable", "reachable"))
    broken = [each for each in report(["envs"], capsys)["findings"] if each["rule"] == "CVPN904"]
    assert [(Path(each["input"]).name, each["server"]) for each in broken] == [
        ("prod", "10.10.1.228"),
        ("prod", "10.10.0.43"),
    ]
    (two / "prod" / "vpn.tf").write_text((two / "prod" / "vpn.tf").read_text().replace('"client_vpn"', '"staff"', 1))
    (two / "prod" / ".tf-cvpn-lint.toml").write_text("")
    made = report(["envs", "--expect", "*=10.10.1.228=unreachable", "--expect", "*.nobody=*=reachable"], capsys)
    broken = [each["message"] for each in made["findings"] if each["rule"] == "CVPN904"]
    assert len(broken) == 1
    assert "no endpoint here fits *.nobody" in broken[0]


def test_a_baseline_is_one_for_all_the_roots_that_name_it(two: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (two / "dev" / ".tf-cvpn-lint.toml").write_text("baseline = '../../known.json'\n")
    (two / "prod" / ".tf-cvpn-lint.toml").write_text("baseline = '../../known.json'\nfail-on = 'note'\n")
    assert said(["envs", "--write-baseline", "known.json"], capsys)[0] == 0
    status, _, err = said(["envs"], capsys)
    assert (status, err) == (0, "")
    (two / "prod" / ".tf-cvpn-lint.toml").write_text("fail-on = 'note'\n")
    status, _, err = said(["envs"], capsys)
    assert status == 1
    assert "the baseline holds what is fixed" in err  # of prod, which does not go by it any more
    assert said(["envs", "--baseline", "known.json"], capsys)[0] == 0
