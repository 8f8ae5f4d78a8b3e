"""The GitHub action: its pins, its inputs, and its steps run on a repository as GitHub's runner would run them."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "action.yml").read_text("utf-8")
ACTION: dict[str, Any] = yaml.safe_load(TEXT)
STEPS = {step.get("name", step.get("uses")): step for step in ACTION["runs"]["steps"]}
BROKEN = ROOT / "fixtures" / "networks" / "seed-2-without-client-route"
CLEAN = ROOT / "fixtures" / "networks" / "own-amazon-dns-split"

pytestmark = pytest.mark.skipif(shutil.which("bash") is None, reason="the steps are written for bash")


def test_actions_of_others_are_pinned_by_commit_with_their_release() -> None:
    used = re.findall(r"uses: (.*)", TEXT)
    assert used
    for line in used:
        assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line), line


def test_no_input_is_pasted_into_a_script() -> None:
    for step in STEPS.values():
        assert "${{" not in step.get("run", "")


def test_recipes_tell_every_input_with_its_default() -> None:
    recipes = (ROOT / "docs" / "recipes.md").read_text("utf-8")
    for name, given in ACTION["inputs"].items():
        (row,) = re.findall(rf"^\| `{name}` \|.*\|$", recipes, re.MULTILINE)
        if given["default"] and "${{" not in given["default"]:
            assert row.endswith(f"| `{given['default']}` |")


@pytest.fixture(name="runner")
def _runner(tmp_path: Path) -> Path:
    """What a runner has: a clone, a place for temporary files, the installed program, and `gh`, which writes down what it is asked."""
    shutil.copytree(BROKEN, tmp_path / "clone" / "infra")
    (tmp_path / "clone" / ".git").mkdir()
    program = tmp_path / "temp" / "tf-cvpn-lint" / "bin" / "tf-cvpn-lint"
    program.parent.mkdir(parents=True)
    paths = os.pathsep.join(str(ROOT / part) for part in ("linter", "policies"))
    program.write_text(f'#!/bin/sh\nPYTHONPATH="{paths}" exec "{sys.executable}" -m tf_cvpn_lint "$@"\n')
    program.chmod(0o755)
    gh = tmp_path / "bin" / "gh"
    gh.parent.mkdir()
    # The first call lists comments through the filter that the step gives; jq is not needed to know what it was asked.
    gh.write_text('#!/bin/sh\nprintf "%s\\n" "$*" >> "$ASKED"\ncase "$*" in *--jq*) cat "$COMMENTS";; esac\n')
    gh.chmod(0o755)
    (tmp_path / "comments").write_text("")
    return tmp_path


def step(name: str, runner: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    script = runner / "step.sh"
    script.write_text(STEPS[name]["run"])
    given = {
        "PATH": f"{runner / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "RUNNER_TEMP": str(runner / "temp"),
        "GITHUB_OUTPUT": str(runner / "output"),
        "GITHUB_STEP_SUMMARY": str(runner / "summary"),
        "GITHUB_REPOSITORY": "owner/name",
        "ASKED": str(runner / "asked"),
        "COMMENTS": str(runner / "comments"),
        **environment,
    }
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)]
    return subprocess.run(
        command, cwd=runner / "clone", env=given, capture_output=True, encoding="utf-8", check=False, timeout=120
    )


def lint(runner: Path, **environment: str) -> dict[str, str]:
    given = {"PATHS": "infra/plan.json", "SOURCES": "", "FAIL_ON": "warning", "STRICT": "false", **environment}
    done = step("Follow the queries", runner, **given)
    assert done.returncode == 0, done.stderr
    told = dict(line.split("=", 1) for line in (runner / "output").read_text().splitlines())
    return {**told, "out": done.stdout}


@pytest.mark.parametrize(
    ("name", "value", "refused"),
    [
        ("FAIL_ON", "warning", False),
        ("FAIL_ON", "sometimes", True),
        ("STRICT", "yes", True),
        ("SARIF", "", True),
        ("KEY", "prod-1", False),
        ("KEY", "--> <script>", True),
    ],
)
def test_inputs_are_refused_before_anything_is_run(name: str, value: str, refused: bool, runner: Path) -> None:
    given = {"FAIL_ON": "error", "STRICT": "false", "SARIF": "false", "COMMENT": "true", "KEY": "", name: value}
    done = step("Check the inputs", runner, **given)
    assert done.returncode == (2 if refused else 0)
    assert ("::error title=tf-cvpn-lint::the input" in done.stdout) is refused


def test_a_broken_network_is_reported_everywhere_and_fails_in_the_end(runner: Path) -> None:
    told = lint(runner)
    assert told["status"] == "1"
    assert "::error file=infra/vpn.tf,line=5," in told["out"]
    log = json.loads(Path(told["sarif-file"]).read_text("utf-8"))
    assert log["runs"][0]["results"][0]["ruleId"] == "CVPN101"
    assert (runner / "summary").read_text("utf-8").startswith("<!-- tf-cvpn-lint: report -->\n### ❌")
    assert step("Tell the verdict", runner, STATUS=told["status"]).returncode == 1


def test_a_clean_network_passes(runner: Path) -> None:
    shutil.copytree(CLEAN, runner / "clone" / "clean")
    told = lint(runner, PATHS="clean/plan.json\n", SOURCES="clean\n")
    assert told["status"] == "0"
    assert step("Tell the verdict", runner, STATUS="0").returncode == 0


def test_what_cannot_be_judged_fails_and_says_why(runner: Path) -> None:
    assert lint(runner, PATHS="gone.json")["status"] == "2"
    assert not (runner / "summary").exists()
    assert step("Tell the verdict", runner, STATUS="").returncode == 2


def test_the_comment_is_written_once_and_replaced_after_that(runner: Path) -> None:
    report = lint(runner)["markdown-file"]
    given = {"GH_TOKEN": "x", "NUMBER": "7", "KEY": "prod", "REPORT": report}
    assert step("Write the comment", runner, **given).returncode == 0
    (runner / "comments").write_text("41\n42\n")
    assert step("Write the comment", runner, **given).returncode == 0
    body = runner / "temp" / "tf-cvpn-lint-reports" / "comment.md"
    asked = (runner / "asked").read_text().splitlines()
    assert [line for line in asked if "--jq" not in line] == [
        f"api repos/owner/name/issues/7/comments --silent --field body=@{body}",
        f"api --method PATCH repos/owner/name/issues/comments/41 --silent --field body=@{body}",
    ]
    first, second = body.read_text("utf-8").split("\n")[:2]
    assert first == "<!-- tf-cvpn-lint: report prod -->"
    assert second.startswith("### ❌ Clients cannot rely on 2 of 2 DNS servers")


def test_a_token_that_may_not_write_does_not_change_the_verdict(runner: Path) -> None:
    report = lint(runner)["markdown-file"]
    (runner / "bin" / "gh").write_text("#!/bin/sh\nexit 1\n")
    done = step("Write the comment", runner, GH_TOKEN="x", NUMBER="7", KEY="", REPORT=report)
    assert done.returncode == 0
    assert "the comment could not be written" in done.stdout


def test_the_image_runs_as_nobody_and_holds_no_more_than_it_needs() -> None:
    lines = (ROOT / "Dockerfile").read_text("utf-8").splitlines()
    users = [line.split()[1] for line in lines if line.startswith("USER ")]
    assert users == ["65532:65532"]
    stages = [number for number, line in enumerate(lines) if line.startswith("FROM ")]
    assert not any(line.startswith(("RUN", "ADD")) for line in lines[stages[-1] :])
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line.startswith("!")}
    copied = {
        word.removeprefix("./")
        for line in lines
        if line.startswith("COPY ") and "--from" not in line
        for word in line.split()[1:-1]
    }
    assert copied == kept
