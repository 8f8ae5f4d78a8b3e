"""One run, many reports: where they go, and that none of them shows what is sensitive or differs from run to run."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from tf_cvpn_lint.__main__ import main
from tf_cvpn_lint.settings import ReportFormat
from tools.formats import readme_table

ROOT = Path(__file__).parent.parent.parent
NETWORKS = ROOT / "fixtures" / "networks"
BROKEN = NETWORKS / "seed-2-without-client-route" / "plan.json"
CLEAN = NETWORKS / "own-amazon-dns-split" / "plan.json"
EVERY = [format_.value for format_ in ReportFormat]


@pytest.fixture(name="here")
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def all_reports(*arguments: str) -> list[str]:
    return [part for name in EVERY for part in ("--format", name, "--output", f"report.{name}")] + list(arguments)


def test_one_run_writes_all_reports(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(all_reports(str(BROKEN))) == 1
    assert capsys.readouterr() == ("", "")
    written = {file.suffix[1:]: file.read_text("utf-8") for file in here.iterdir()}
    assert sorted(written) == sorted(EVERY)
    for name in set(EVERY) - {"dot", "mermaid"}:
        assert "10.10.1.228" in written[name]
        assert "CVPN101" in written[name]


@pytest.mark.parametrize("name", EVERY)
def test_a_report_on_standard_output_is_the_one_in_a_file(
    name: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--format", name, str(BROKEN)]) == 1
    printed = capsys.readouterr().out
    assert main(["--format", name, "--output", "report", str(BROKEN)]) == 1
    assert (here / "report").read_text("utf-8") == printed


def test_a_clean_run_and_one_without_endpoints_write_their_reports_too(here: Path) -> None:
    empty = here / "plan.json"
    empty.write_text('{"format_version": "1.2", "planned_values": {"root_module": {}}, "configuration": {}}')
    for path in (CLEAN, empty):
        assert main(all_reports(str(path))) == 0
        log = json.loads((here / "report.sarif").read_text("utf-8"))
        assert log["runs"][0]["results"] == []
        assert len(log["runs"][0]["tool"]["driver"]["rules"]) > 50


def test_text_and_workflow_commands_share_a_log(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    assert main(["--format", "text", "--format", "github", str(BROKEN)]) == 1
    out = capsys.readouterr().out
    assert out.startswith("aws_ec2_client_vpn_endpoint.this")
    assert "\n::error file=fixtures/networks/seed-2-without-client-route/vpn.tf,line=5," in out


def test_what_cannot_be_judged_leaves_the_old_reports_alone(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "report.sarif").write_text("old")
    assert main(["--format", "sarif", "--output", "report.sarif", "missing.json"]) == 2
    assert (here / "report.sarif").read_text() == "old"
    assert main(["--format", "sarif", "--output", "gone/report.sarif", str(BROKEN)]) == 2
    assert "--output gone/report.sarif: there is no directory gone" in capsys.readouterr().err


def test_paths_begin_at_the_root_of_the_repository(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / ".git").mkdir()
    shutil.copytree(BROKEN.parent, here / "infra" / "prod")
    monkeypatch.chdir(here / "infra")
    main(["--format", "sarif", "--output", "sarif", "--format", "gitlab", "--output", "gitlab", "prod/plan.json"])
    log = json.loads((here / "infra" / "sarif").read_text("utf-8"))["runs"][0]
    assert log["automationDetails"]["id"] == "tf-cvpn-lint/infra/prod/plan.json/"
    places = [result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for result in log["results"]]
    assert set(places) == {"infra/prod/vpn.tf"}
    assert {entry["location"]["path"] for entry in json.loads((here / "infra" / "gitlab").read_text("utf-8"))} == {
        "infra/prod/vpn.tf"
    }


def test_a_shared_module_is_named_by_its_plain_path(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(ROOT / "fixtures" / "estates" / "live-roots-and-shared-modules", here / "infra")
    main(["--format", "json", "infra/live/prod"])
    report = json.loads(capsys.readouterr().out)
    assert {found["location"]["file"] for found in report["findings"]} == {"infra/modules/client-vpn/main.tf"}
    told = json.dumps(report)
    assert ".." not in told.replace("...", "")
    (here / "other").mkdir()
    (here / "other" / "modules").symlink_to(here / "infra" / "modules")
    (here / "infra" / "live").rename(here / "other" / "live")
    (here / "link").symlink_to(here / "other" / "live" / "prod")
    main(["--format", "json", "link"])
    files = {found["location"]["file"] for found in json.loads(capsys.readouterr().out)["findings"]}
    assert all((here / file).is_file() for file in files)


def test_the_same_input_gives_the_same_bytes(here: Path) -> None:
    seen = []
    for _ in range(2):
        main(all_reports(str(NETWORKS / "managed-ad-over-peering" / "plan.json")))
        seen.append({file.name: file.read_bytes() for file in here.iterdir()})
    assert seen[0] == seen[1]


def test_no_report_shows_a_sensitive_value(here: Path) -> None:
    plan = json.loads(BROKEN.read_text("utf-8"))
    secret = "hunter2-in-the-plan"
    for change in plan["resource_changes"]:
        if change["type"] == "aws_ec2_client_vpn_endpoint":
            change["change"]["after"]["description"] = secret
            change["change"]["after"]["dns_servers"] = [secret, "10.10.0.43"]
            change["change"]["after_sensitive"] = {"description": True, "dns_servers": [True, False]}
    for resource in plan["planned_values"]["root_module"].get("resources", []):
        if resource["type"] == "aws_ec2_client_vpn_endpoint":
            resource["values"]["dns_servers"] = [secret, "10.10.0.43"]
            resource["values"]["description"] = secret
            resource["sensitive_values"] = {"description": True, "dns_servers": [True, False]}
    (here / "plan.json").write_text(json.dumps(plan))
    assert main(all_reports("plan.json")) in (0, 1)
    reports = [file for file in here.iterdir() if file.name.startswith("report.")]
    assert len(reports) == len(EVERY)
    for file in reports:
        assert secret not in file.read_text("utf-8"), file.name
        if file.suffix not in (".github", ".gitlab"):
            assert "10.10.0.43" in file.read_text("utf-8"), file.name


def test_the_table_has_every_format_and_place_and_every_sample_is_there() -> None:
    table = readme_table()
    assert all(f"--format {name} " in table for name in set(EVERY) - {"text"})
    for word in ("pre-commit", "checkov", "GitHub", "GitLab", "Atlantis", "Terragrunt", "HCP", "docker", "completion"):
        assert word in table
    for target in re.findall(r"\]\(([^)]+)\)", table):
        file, _, anchor = target.partition("#")
        text = (ROOT / (file or "README.md")).read_text("utf-8")
        headings = {
            re.sub(r"[^\w -]", "", line.lstrip("# ")).lower().replace(" ", "-")
            for line in text.split("\n")
            if line[:1] == "#"
        }
        assert not anchor or anchor in headings, target
