"""Generated files are current, hooks name the program, and the version is one."""

from __future__ import annotations

import re
import shlex
import tomllib

import pytest

from tf_cvpn_lint import __version__
from tf_cvpn_lint.__main__ import main
from tools.docs import ROOT, stale


def test_generated_files_are_current() -> None:
    wrong = [path.relative_to(ROOT).as_posix() for path in stale()]
    assert not wrong, f"stale: {', '.join(wrong)}; run: python -m tools.docs"


def test_the_version_is_that_of_the_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["version"] == __version__
    assert f"## {__version__}" in (ROOT / "CHANGELOG.md").read_text("utf-8")


def test_the_hooks_run_a_command_that_exists(capsys: pytest.CaptureFixture[str]) -> None:
    hooks = (ROOT / ".pre-commit-hooks.yaml").read_text("utf-8")
    entries = re.findall(r"^  entry: (.+)$", hooks, re.MULTILINE)
    assert len(entries) == len(re.findall(r"^- id: tf-cvpn-lint", hooks, re.MULTILINE)) == 3
    for entry in entries:
        program, *arguments = shlex.split(entry)
        assert program == "tf-cvpn-lint"
        if "--all" in arguments:
            continue  # all of this repository has faults enough; tests/hook runs it where it belongs
        assert main([*arguments, str(ROOT / "fixtures/networks/own-amazon-dns-split/plan.json")]) == 0
        capsys.readouterr()


def test_the_plan_hook_takes_the_names_that_readme_gives_plans() -> None:
    hooks = (ROOT / ".pre-commit-hooks.yaml").read_text("utf-8")
    *_, pattern = re.findall(r"^  files: (.+)$", hooks, re.MULTILINE)
    assert re.search(pattern, "infra/prod/plan.json")
    assert not re.search(pattern, "infra/prod/package.json")
