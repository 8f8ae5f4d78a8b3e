"""The hooks under the real pre-commit: installed from a clone of this project, run by `git commit`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests import samples
from tests.hook.estate import AUTHORIZATION, ENDPOINT, PROVIDER, ROOT, Estate, call, environment
from tests.project import copy_project

pytestmark = pytest.mark.pre_commit


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone of this project as it stands in the working tree."""
    path = tmp_path_factory.mktemp("project") / "tf-cvpn-lint"
    made = Estate(path)
    copy_project(path)
    made.commit("the project")
    made.git("tag", "v1")
    return path


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pre-commit keeps the one environment that all tests here share."""
    return tmp_path_factory.mktemp("pre-commit")


class Committing(Estate):
    """A repository whose commits run the hooks."""

    def __init__(self, path: Path, project: Path, home: Path, *hooks: str) -> None:
        super().__init__(path)
        self.home = home
        listed = "".join(f"      - id: {hook}\n" for hook in hooks or ("tf-cvpn-lint",))
        self.write_file(".pre-commit-config.yaml", f"repos:\n  - repo: {project}\n    rev: v1\n    hooks:\n{listed}")

    def pre_commit(self, *arguments: str) -> tuple[int, str]:
        return self._run(sys.executable, "-m", "pre_commit", *arguments)

    def try_commit(self, *arguments: str) -> tuple[int, str]:
        """The status and the words of `git commit`."""
        return self._run("git", "commit", "-m", "change", *arguments)

    def _run(self, *command: str) -> tuple[int, str]:
        done = subprocess.run(
            command,
            cwd=self.path,
            env=environment(PRE_COMMIT_HOME=str(self.home), PRE_COMMIT_COLOR="never", NO_COLOR="1"),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=600,
            check=False,
        )
        return done.returncode, done.stdout.decode("utf-8", "replace")


@pytest.fixture
def estate(tmp_path: Path, project: Path, home: Path) -> Committing:
    """Two roots over one module, committed, with the hook installed."""
    made = Committing(tmp_path / "estate", project, home)
    made.write(
        envs__dev__main=PROVIDER + call("../../modules/vpn"),
        envs__prod__main=PROVIDER + call("../../modules/vpn"),
        modules__vpn__main=ENDPOINT,
        modules__vpn__rules=AUTHORIZATION,
        buckets__main="# nothing here\n",
    )
    made.commit()
    status, said = made.pre_commit("install")
    assert status == 0, said
    return made


def test_a_commit_that_takes_the_authorization_away_is_refused_for_every_caller(estate: Committing) -> None:
    estate.git("rm", "--quiet", "modules/vpn/rules.tf")
    status, said = estate.try_commit()
    assert status == 1
    assert "CVPN102" in said
    assert "envs/dev" in said
    assert "envs/prod" in said
    assert estate.git("log", "--oneline").count("\n") == 1
    told = "\n".join(
        line.rstrip() for line in said.split("\n") if not line.startswith("[")
    )  # what pre-commit says of itself
    samples.holds("hooks.md", "hook", f"$ git rm -q modules/vpn/rules.tf && git commit -m 'fewer rules'\n{told}")
    estate.git("reset", "--quiet", "--hard")
    estate.write(buckets__main="# nothing here either\n")
    status, said = estate.try_commit("--all")
    assert status == 0, said
    assert "Passed" in said


def test_what_is_committed_counts_and_not_what_lies_about(estate: Committing) -> None:
    narrower = AUTHORIZATION.replace("10.0.0.0/16", "10.0.1.0/24")
    estate.write(modules__vpn__rules=narrower)
    estate.git("add", "--all")
    estate.write(modules__vpn__rules=AUTHORIZATION)
    status, said = estate.try_commit()
    assert status == 1, said
    assert "CVPN102" in said
    assert (estate.path / "modules/vpn/rules.tf").read_text() == AUTHORIZATION
    estate.git("add", "--all")
    estate.write(modules__vpn__rules=narrower, modules__vpn__main=ENDPOINT + "# more\n")
    estate.git("add", "modules/vpn/main.tf")
    status, said = estate.try_commit()
    assert status == 0, said
    assert (estate.path / "modules/vpn/rules.tf").read_text() == narrower


def test_a_part_of_what_is_staged_can_be_committed(estate: Committing) -> None:
    estate.write(buckets__main="# more\n")
    estate.git("rm", "--quiet", "modules/vpn/rules.tf")
    status, said = estate.try_commit("--", "buckets/main.tf")
    assert status == 0, said
    status, said = estate.try_commit()
    assert status == 1, said


def test_renames_spaces_and_a_thousand_files_are_taken(estate: Committing) -> None:
    estate.git("mv", "modules/vpn/rules.tf", "modules/vpn/rules of access.tf")
    for number in range(1000):
        estate.write_file(f"modules/vpn/empty {number}.tf", "locals {}\n")
    estate.git("add", "--all")
    status, said = estate.try_commit()
    assert status == 0, said
    estate.git("mv", "modules/vpn/rules of access.tf", "modules/vpn/rules of access.txt")
    status, said = estate.try_commit()
    assert status == 1, said
    assert "error CVPN102" in said
    assert "envs/dev" in said
    assert "envs/prod" in said


def test_a_worktree_and_a_submodule_can_be_committed_in(estate: Committing, tmp_path: Path) -> None:
    estate.git("worktree", "add", "--quiet", str(tmp_path / "other"), "-b", "other")
    other = Committing.__new__(Committing)
    other.path, other.home = tmp_path / "other", estate.home
    other.git("rm", "--quiet", "modules/vpn/rules.tf")
    status, said = other.try_commit()
    assert status == 1, said
    assert "CVPN102" in said

    estate.git("submodule", "--quiet", "add", str(estate.path), "library")
    inner = Committing.__new__(Committing)
    inner.path, inner.home = estate.path / "library", estate.home
    assert inner.pre_commit("install")[0] == 0
    inner.git("rm", "--quiet", "modules/vpn/rules.tf")
    status, said = inner.try_commit()
    assert status == 1, said
    inner.git("commit", "--quiet", "--no-verify", "-m", "all the same")
    estate.write(root__main=PROVIDER + call("../library/modules/vpn"))
    estate.git("add", "root", ".gitmodules")
    estate.git("add", "library")
    status, said = estate.try_commit()
    assert status == 1, said
    assert "root" in said


def test_every_configuration_and_every_plan_have_hooks_of_their_own(tmp_path: Path, project: Path, home: Path) -> None:
    made = Committing(tmp_path, project, home, "tf-cvpn-lint-all", "tf-cvpn-lint-plan")
    made.write(sound__main=PROVIDER + ENDPOINT + AUTHORIZATION, broken__main=PROVIDER + ENDPOINT)
    made.commit()
    status, said = made.pre_commit("run", "tf-cvpn-lint-all")
    assert status == 1, said
    assert said.count("error CVPN102") == 1
    status, said = made.pre_commit("run", "tf-cvpn-lint-plan", "--all-files")
    assert status == 0
    assert "Skipped" in said
    plan = ROOT / "fixtures" / "networks" / "seed-2-without-client-route" / "plan.json"
    assert json.loads(plan.read_text("utf-8"))["planned_values"]
    (made.path / "broken" / "plan.json").write_bytes(plan.read_bytes())
    made.git("add", "--all")
    status, said = made.pre_commit("run", "tf-cvpn-lint-plan")
    assert status == 1, said
    assert "CVPN101" in said
