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

from tf_cvpn_lint.__main__ import main
from tf_cvpn_lint.cli import completed_commands

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


LINTERS = "TF_CVPN_LINT_REQUIRE_LINTERS"
"""Where this is 1 (as in CI), a linter that is not installed fails its test."""


def linted(program: str, *arguments: str, text: str | None = None) -> None:
    """Runs somebody else's linter, from this environment (the extra `linters`) or the machine."""
    beside = Path(sys.executable).with_name(program)
    found = str(beside) if beside.exists() else shutil.which(program)
    if found is None:
        if os.environ.get(LINTERS) == "1":
            pytest.fail(f"{program} is not installed, and {LINTERS}=1 says that it must be")
        pytest.skip(f"{program} is not installed (pip install -e '.[linters]'; Debian: apt-get install shellcheck)")
    done = subprocess.run(
        [found, *arguments], cwd=ROOT, input=text, capture_output=True, encoding="utf-8", check=False, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_dockerfile_is_what_hadolint_wants() -> None:
    linted("hadolint", "--failure-threshold", "style", "Dockerfile")


def test_the_action_is_what_github_takes() -> None:
    linted("check-jsonschema", "--builtin-schema", "vendor.github-actions", "action.yml")


def test_the_action_gives_nobody_a_way_in() -> None:
    linted("zizmor", "--offline", "--no-progress", "--persona", "pedantic", "action.yml")


@pytest.mark.parametrize("name", [name for name, told in STEPS.items() if "run" in told])
def test_the_steps_are_sound_shell(name: str) -> None:
    linted("shellcheck", "--shell", "bash", "-", text=STEPS[name]["run"])


@pytest.mark.parametrize("file", [".ci/run"])
def test_scripts_are_sound_shell(file: str) -> None:
    linted("shellcheck", file)


def test_the_completion_for_bash_is_sound_shell(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", "bash"]) == 0
    linted("shellcheck", "--shell", "bash", "-", text=capsys.readouterr().out)


def test_the_workflow_in_the_recipes_is_one_and_passes_inputs_that_there_are() -> None:
    recipes = (ROOT / "docs" / "recipes.md").read_text("utf-8")
    workflow, pipeline, atlantis = (
        yaml.safe_load(text) for text in re.findall(r"```yaml\n(.*?)```", recipes, re.DOTALL)
    )
    (used,) = (
        step for step in workflow["jobs"]["client-vpn-dns"]["steps"] if "with" in step and "path" in step["with"]
    )
    assert used["with"].keys() <= ACTION["inputs"].keys()
    assert workflow["permissions"] == {"contents": "read", "pull-requests": "write", "security-events": "write"}
    commands = [
        *(
            command.split(maxsplit=1)[1]
            for command in pipeline["client-vpn-dns"]["script"]
            if "tf-cvpn-lint --" in command
        ),
        *(
            step["run"].split(maxsplit=1)[1]
            for step in atlantis["workflows"]["default"]["plan"]["steps"]
            if isinstance(step, dict)
        ),
        *re.findall(r"^tf-cvpn-lint (--.*)$", recipes, re.MULTILINE),
    ]
    assert len(commands) == 3
    known = {spelling for option in completed_commands()["check"].options for spelling in option.names}
    for command in commands:
        assert set(re.findall(r"--[a-z-]+", command)) <= known
