"""Our side of the folder of checks, without Checkov: where our program is found, and what is made of its answers."""

from __future__ import annotations

import ast
import json
import os
import sys
from pathlib import Path

import pytest

from tf_cvpn_lint.__main__ import main
from tf_cvpn_lint.checkov_plugin import checks
from tf_cvpn_lint.checkov_plugin.checks import (
    TroubleError,
    ask,
    evaluated_keys,
    program,
    rules,
    scan_options,
    without_keys,
)
from tf_cvpn_lint.checkov_plugin.command import FOLDER
from tf_cvpn_lint.commands import all_rules

ROOT = Path(__file__).resolve().parent.parent.parent
BROKEN = ROOT / "fixtures" / "networks" / "seed-2-without-client-route"


@pytest.fixture(autouse=True)
def _plain(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TF_CVPN_LINT_PYTHON", "TF_CVPN_LINT_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "argv", ["checkov"])
    monkeypatch.setattr(checks, "_answers", {})


def program_at(monkeypatch: pytest.MonkeyPatch, site: Path) -> list[str]:
    """The program that the folder finds when our package lies in this directory."""
    folder = site / "tf_cvpn_lint" / "checkov_plugin" / "checks"
    folder.mkdir(parents=True, exist_ok=True)
    monkeypatch.setattr(checks, "__file__", str(folder / "__init__.py"))
    return program()


def executable(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def test_in_a_virtual_environment_its_own_python_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pyvenv.cfg").write_text("")
    python = executable(tmp_path / "bin" / "python")
    found = program_at(monkeypatch, tmp_path / "lib" / "python3.12" / "site-packages")
    assert found == [str(python), "-E", "-P", "-m", "tf_cvpn_lint"]


def test_elsewhere_the_record_of_the_installer_leads_to_the_script(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = tmp_path / "lib" / "python3.12" / "site-packages"
    script = executable(tmp_path / "bin" / "tf-cvpn-lint")
    record = site / "tf_cvpn_lint-0.1.0.dist-info" / "RECORD"
    record.parent.mkdir(parents=True)
    record.write_text("../../../bin/tf-cvpn-lint,sha256=x,1\ntf_cvpn_lint/__init__.py,,\n")
    assert program_at(monkeypatch, site) == [str(script)]


def test_an_editable_installation_is_asked_in_the_environment_of_its_checkout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "pyvenv.cfg").write_text("")
    python = executable(tmp_path / ".venv" / "bin" / "python")
    assert program_at(monkeypatch, tmp_path / "linter")[0] == str(python)


def test_the_path_is_the_last_resort_and_nothing_is_trouble(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    with pytest.raises(TroubleError, match="set TF_CVPN_LINT_PYTHON"):
        program_at(monkeypatch, tmp_path / "site")
    script = executable(tmp_path / "bin" / "tf-cvpn-lint")
    assert program_at(monkeypatch, tmp_path / "site") == [str(script)]


def test_a_python_can_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TF_CVPN_LINT_PYTHON", sys.executable)
    assert program()[0] == sys.executable
    monkeypatch.setenv("TF_CVPN_LINT_PYTHON", "/nowhere/python")
    with pytest.raises(TroubleError, match="there is no such file"):
        program()


@pytest.mark.parametrize(
    ("script", "says"),
    [
        ("echo 'no such input' >&2; exit 2", "could not judge .exit status 2.: no such input"),
        ("echo hello", "is no tf-cvpn-lint that knows Checkov"),
        ("echo '[1]'", "is no tf-cvpn-lint that knows Checkov"),
        ("echo Traceback >&2; exit 1", "knows Checkov: Traceback"),
        ('echo \'{"bridge": 1, "version": "0.0.1", "status": 0}\'', "is tf-cvpn-lint 0.0.1, and these checks are of"),
        (f'echo \'{{"bridge": 1, "version": "{checks.VERSION}", "status": 1}}\'', "ended with 0 and reported 1"),
        ("kill -9 $$", "could not judge"),
    ],
)
def test_whatever_is_wrong_with_our_program_is_trouble(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, says: str
) -> None:
    run = executable(tmp_path / "bin" / "tf-cvpn-lint")
    run.write_text(f"#!/bin/sh\n{script}\n")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(checks, "__file__", str(tmp_path / "a" / "b" / "c" / "d" / "__init__.py"))
    plan = tmp_path / "plan.json"
    plan.write_text("{}")
    for _ in range(2):
        with pytest.raises(TroubleError, match=says):
            ask(str(plan))


def test_each_input_is_asked_once_until_it_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = executable(tmp_path / "bin" / "tf-cvpn-lint")
    counted = tmp_path / "count"
    answer = json.dumps({"bridge": checks.BRIDGE, "version": checks.VERSION, "status": 0})
    run.write_text(f"#!/bin/sh\necho run >> '{counted}'\necho '{answer}'\n")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(checks, "__file__", str(tmp_path / "a" / "b" / "c" / "d" / "__init__.py"))
    plan = tmp_path / "plan.json"
    plan.write_text("{}")
    for _ in range(3):
        assert ask(str(plan))["status"] == 0
    assert counted.read_text() == "run\n"
    plan.write_text("{ }")
    ask(str(plan))
    assert counted.read_text() == "run\nrun\n"


def test_the_answer_tells_every_finding_and_which_of_them_fail(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--format", "json", str(BROKEN / "plan.json")]) == 1
    report = json.loads(capsys.readouterr().out)
    assert main(["checkov-report", "--", str(BROKEN / "plan.json")]) == 1
    answer = json.loads(capsys.readouterr().out)
    assert {finding["rule"] for finding in answer["findings"]} == {finding["rule"] for finding in report["findings"]}
    assert len(report["findings"]) == 2  # of two servers, for one reason: told once
    (told,) = answer["findings"]
    assert told["message"].endswith("nothing answers. The same for 10.10.0.43.")
    assert '  destination_cidr_block = "10.10.0.0/16"' in told["details"]
    by_severity = {finding["severity"] for finding in report["findings"] if finding["severity"] == "note"}
    assert {finding["fails"] for finding in answer["findings"]} == ({True, False} if by_severity else {True})
    assert answer["findings"][0]["details"][-1] == "more: tf-cvpn-lint explain CVPN101"
    assert main(["checkov-report", "--", "nowhere.json"]) == 2
    assert main(["checkov-report", "nowhere.json"]) == 2


def test_what_checkov_prints_holds_no_escape_sequence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (BROKEN / "plan.json").read_text("utf-8")
    text = text.replace('"10.10.0.43"', json.dumps("\x1b]0;x\x07"))
    (tmp_path / "plan.json").write_text(text)
    main(["checkov-report", "--", str(tmp_path / "plan.json")])
    answer = json.loads(capsys.readouterr().out)
    assert answer["findings"]
    told = [line for finding in answer["findings"] for line in (finding["message"], *finding["details"])]
    assert any(r"\x1b]0;x" in line for line in told)
    assert not any(set(line) & set("\x1b\x07\n") for line in told)


def test_the_catalogue_is_that_of_the_program() -> None:
    assert [(rule.number, rule.severity, rule.title) for rule in rules()] == [
        (rule.id, rule.severity.value, rule.title) for rule in all_rules()
    ]
    assert all(rule.check == f"CKV_CVPN_{rule.number[4:]}" for rule in rules())


def test_the_folder_is_two_files_that_an_older_python_can_read() -> None:
    files = sorted(FOLDER.glob("*.*"))
    assert [file.name for file in files] == ["__init__.py", "tf_cvpn_lint_checks.py"]
    for file in files:
        tree = ast.parse(file.read_text("utf-8"), feature_version=(3, 9))
        imported = {
            name.partition(".")[0]
            for node in ast.walk(tree)
            for name in (
                [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else []
            )
        }
        assert imported <= set(sys.stdlib_module_names) | {"checkov"}
        assert not (file.name == "__init__.py" and "checkov" in imported)


def test_attributes_and_addresses_are_written_as_checkov_does() -> None:
    assert evaluated_keys("ingress[0].from_port") == ["ingress/[0]/from_port"]
    assert evaluated_keys(None) == []
    assert without_keys('module.a["x.y]"].aws_vpc.this[0]') == "module.a.aws_vpc.this"


def test_checkovs_own_options_reach_our_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "infra" / "prod"
    root.mkdir(parents=True)
    (root / "main.tf").write_text("")
    monkeypatch.setattr(
        sys,
        "argv",
        ["checkov", "-f", "p.json", "--repo-root-for-plan-enrichment", str(tmp_path), "--var-file=a.tfvars"],
    )
    assert scan_options() == (f"--source={root}", f"--var-file={Path('a.tfvars').absolute()}")
    monkeypatch.setattr(sys, "argv", ["checkov", "--repo-root", str(tmp_path), "--quiet"])
    monkeypatch.setenv("TF_CVPN_LINT_CONFIG", "settings.toml")
    assert scan_options() == (f"--source={root}", "--config=settings.toml")


def test_the_folder_is_printed_and_a_python_that_it_will_not_find_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TF_CVPN_LINT_PYTHON", sys.executable)
    assert main(["checkov-dir"]) == 0
    assert capsys.readouterr() == (f"{FOLDER}\n", "")
    monkeypatch.delenv("TF_CVPN_LINT_PYTHON")
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(checks, "__file__", "/a/b/c/d/__init__.py")
    assert main(["checkov-dir"]) == 0
    out, err = capsys.readouterr()
    assert out == f"{FOLDER}\n"
    assert f"set TF_CVPN_LINT_PYTHON={sys.executable}" in err
    assert main(["checkov-dir", "--where"]) == 2
    assert main(["checkov-doctor", "--checkov", "no-such-program"]) == 2
