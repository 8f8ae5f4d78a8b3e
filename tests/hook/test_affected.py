"""Which configurations a change concerns, and that finding out costs nothing."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
import typer

from tests.hook.estate import AUTHORIZATION, ENDPOINT, PROVIDER, ROOT, Estate, call
from tf_cvpn_lint import cli
from tf_cvpn_lint.hook.command import concerned, hook, split
from tf_cvpn_lint.hook.directories import MENTIONS, Directories
from tf_cvpn_lint.hook.git import repository
from tf_cvpn_lint.read.hcl import sources
from tf_cvpn_lint.usage import TAKES_VALUE


@pytest.fixture(autouse=True)
def _no_commit_is_running(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("GIT_", "PRE_COMMIT")):
            monkeypatch.delenv(name)


def estate(path: Path) -> Estate:
    """Two environments over a chain of modules with a Client VPN, one without, and files of every kind."""
    made = Estate(path)
    made.write(
        envs__dev__main=PROVIDER + call("../../modules/platform"),
        envs__prod__main=PROVIDER + call("../../modules/platform"),
        modules__platform__main=call("../vpn"),
        modules__vpn__main=ENDPOINT,
        modules__vpn__rules=AUTHORIZATION,
        buckets__main=call("../modules/bucket"),
        modules__bucket__main='resource "aws_s3_object" "this" {\n  source = "../missing"\n}\n',
    )
    made.commit()
    return made


def affected(at: Path, *files: str, options: Sequence[str] = ()) -> list[str]:
    """The configurations that `hook` would judge for these files, relative to the repository."""
    around = repository(str(at))
    found = concerned(Directories.of(around, str(at)), around, options, [str(at / file) for file in files])
    return [os.path.relpath(path, os.path.realpath(at)) for path in found]


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ("modules/vpn/rules.tf", ["envs/dev", "envs/prod"]),
        ("modules/platform/main.tf", ["envs/dev", "envs/prod"]),
        ("envs/dev/main.tf", ["envs/dev"]),
        ("envs/dev/terraform.tfvars", ["envs/dev"]),
        ("envs/dev/values/big.tfvars.json", ["envs/dev"]),
        ("buckets/main.tf", []),
        ("modules/bucket/main.tf", []),
        ("README.md", []),
        ("modules/vpn/README.md", []),
    ],
)
def test_a_file_concerns_its_owner_and_all_who_call_it(tmp_path: Path, changed: str, expected: list[str]) -> None:
    assert affected(estate(tmp_path).path, changed) == expected


def test_a_thousand_files_give_each_root_once(tmp_path: Path) -> None:
    made = estate(tmp_path)
    files = [f"modules/vpn/more_{number}.tf" for number in range(1000)]
    for file in files:
        made.write_file(file, "locals {}\n")
    assert affected(made.path, *files) == ["envs/dev", "envs/prod"]


def test_a_call_in_a_comment_is_no_caller(tmp_path: Path) -> None:
    made = Estate(tmp_path)
    made.write(vpn__main=ENDPOINT, other__main=f"/*\n{call('../vpn')}*/\n")
    made.commit()
    assert affected(tmp_path, "vpn/main.tf") == ["vpn"]


def test_modules_that_call_each_other_in_a_circle_are_judged_themselves(tmp_path: Path) -> None:
    made = Estate(tmp_path)
    made.write(a__main=call("../b") + ENDPOINT, b__main=call("../a"))
    made.commit()
    assert affected(tmp_path, "a/main.tf") == ["a"]


def test_an_example_that_calls_the_repository_itself_is_its_root(tmp_path: Path) -> None:
    made = Estate(tmp_path)
    made.write(main=ENDPOINT, examples__complete__main=call("../../"))
    made.commit()
    assert affected(tmp_path, "main.tf") == ["examples/complete"]


def test_json_calls_count(tmp_path: Path) -> None:
    made = Estate(tmp_path)
    made.write(vpn__main=ENDPOINT)
    made.write_file("root/main.tf.json", '{"module": {"vpn": {"source": "../vpn"}}}')
    made.commit()
    assert affected(tmp_path, "vpn/main.tf") == ["root"]


def test_a_file_that_an_expression_reads_has_the_reader_as_its_owner(tmp_path: Path) -> None:
    made = Estate(tmp_path)
    reading = 'locals {\n  networks = yamldecode(file("${path.module}/../shared/networks.yaml"))\n}\n'
    made.write(vpn__main=ENDPOINT + reading, other__main=ENDPOINT)
    made.commit()
    assert affected(tmp_path, "shared/networks.yaml") == ["vpn"]
    assert affected(tmp_path, "shared/others.yaml") == []
    assert affected(tmp_path, "vpn/config/any.csv") == ["vpn"]


def test_settings_concern_everything_below_them(tmp_path: Path) -> None:
    made = estate(tmp_path)
    assert affected(made.path, ".tf-cvpn-lint.toml") == ["envs/dev", "envs/prod"]
    assert affected(made.path, "envs/prod/.tf-cvpn-lint.toml") == ["envs/prod"]
    option = f"--var-file={made.path / 'common.tfvars'}"
    assert affected(made.path, "common.tfvars", options=[option]) == ["envs/dev", "envs/prod"]


def test_all_means_every_root(tmp_path: Path) -> None:
    assert affected(estate(tmp_path).path, options=["--all"]) == ["envs/dev", "envs/prod"]


def test_what_a_commit_removes_or_renames_is_asked_of_git(tmp_path: Path) -> None:
    made = estate(tmp_path)
    made.git("rm", "--quiet", "modules/vpn/rules.tf")
    assert affected(made.path) == ["envs/dev", "envs/prod"]
    made.commit()
    assert affected(made.path) == []
    made.git("mv", "modules/platform/main.tf", "modules/platform/platform.tf")
    made.git("mv", "envs/dev", "envs/test")
    assert affected(made.path) == ["envs/prod", "envs/test"]


def test_a_module_that_is_gone_concerns_those_who_still_call_it(tmp_path: Path) -> None:
    made = estate(tmp_path)
    made.write(modules__platform__main=call("../vpn") + "# client_vpn\n")
    made.commit()
    made.git("rm", "-r", "--quiet", "modules/vpn")
    assert affected(made.path) == ["envs/dev", "envs/prod"]


def test_two_commits_are_compared_where_pre_commit_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = estate(tmp_path)
    made.git("rm", "--quiet", "modules/vpn/rules.tf")
    made.commit()
    assert affected(made.path) == []
    monkeypatch.setenv("PRE_COMMIT_FROM_REF", "HEAD~1")
    monkeypatch.setenv("PRE_COMMIT_TO_REF", "HEAD")
    assert affected(made.path) == ["envs/dev", "envs/prod"]


def test_links_lead_to_their_owners(tmp_path: Path) -> None:
    made = Estate(tmp_path)
    made.write(
        shared__rules=AUTHORIZATION, vpn__main=ENDPOINT, modules__vpn__main=ENDPOINT, root__main=call("./linked")
    )
    (tmp_path / "vpn" / "rules.tf").symlink_to("../shared/rules.tf")
    (tmp_path / "root" / "linked").symlink_to("../modules/vpn")
    made.commit()
    assert affected(tmp_path, "shared/rules.tf") == ["shared", "vpn"]
    assert affected(tmp_path, "modules/vpn/main.tf") == ["root"]
    (tmp_path / "root" / "linked").unlink()
    (tmp_path / "root" / "linked").symlink_to("../shared")
    made.git("add", "--all")
    made.write(root__vpn=ENDPOINT)
    assert affected(tmp_path) == ["root"]


def test_a_new_commit_of_a_submodule_concerns_its_callers(tmp_path: Path) -> None:
    library = Estate(tmp_path / "library")
    library.write(vpn__main=ENDPOINT, bucket__main="# nothing\n")
    library.commit()
    made = Estate(tmp_path / "estate")
    made.write(root__main=call("../library/vpn"), other__main=ENDPOINT)
    made.git("submodule", "--quiet", "add", str(library.path), "library")
    made.commit()
    assert affected(made.path, "library/vpn/main.tf") == ["root"]
    inner = made.path / "library"
    (inner / "vpn" / "rules.tf").write_text(AUTHORIZATION)
    for arguments in (("add", "--all"), ("commit", "--quiet", "-m", "more")):
        made.git("-C", "library", *arguments)
    assert affected(made.path) == []
    made.git("add", "library")
    assert affected(made.path) == ["root"]
    assert affected(inner, "vpn/main.tf") == ["vpn"]


def test_a_worktree_is_a_repository_of_its_own(tmp_path: Path) -> None:
    made = estate(tmp_path / "main")
    made.git("worktree", "add", "--quiet", str(tmp_path / "other"), "-b", "other")
    (tmp_path / "other" / "envs" / "dev" / "main.tf").unlink()
    assert affected(tmp_path / "other", "modules/vpn/main.tf") == ["envs/prod"]
    assert affected(made.path, "modules/vpn/main.tf") == ["envs/dev", "envs/prod"]


def test_the_variables_of_a_commit_elsewhere_do_no_harm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = Estate(tmp_path / "other")
    other.write(main="# other\n")
    other.commit()
    made = estate(tmp_path / "estate")
    made.git("rm", "--quiet", "modules/vpn/rules.tf")
    monkeypatch.setenv("GIT_DIR", str(other.path / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other.path))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other.path / ".git" / "index"))
    monkeypatch.setenv("GIT_PREFIX", "nowhere/")
    monkeypatch.setenv("GIT_LITERAL_PATHSPECS", "1")
    assert affected(made.path) == ["envs/dev", "envs/prod"]


def test_the_index_of_the_commit_under_way_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = estate(tmp_path)
    made.git("rm", "--quiet", "modules/vpn/rules.tf")
    partial = tmp_path / ".git" / "next-index-1.lock"
    made.git("read-tree", "HEAD", GIT_INDEX_FILE=str(partial))
    assert affected(made.path) == ["envs/dev", "envs/prod"]
    monkeypatch.setenv("GIT_INDEX_FILE", ".git/next-index-1.lock")
    assert affected(made.path) == []


def test_without_git_the_directories_below_are_walked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = estate(tmp_path / "estate")
    (made.path / ".git").rename(tmp_path / "git")
    assert affected(made.path, "modules/vpn/main.tf") == ["envs/dev", "envs/prod"]
    monkeypatch.setenv("PATH", "")
    assert affected(made.path, "modules/vpn/main.tf") == ["envs/dev", "envs/prod"]


def test_names_may_have_spaces_dashes_and_line_breaks(tmp_path: Path) -> None:
    made = Estate(tmp_path)
    for name in ("a b/c d.tf", "-f/-x.tf", "new\nline/ü.tf"):
        made.write_file(name, ENDPOINT)
    made.commit()
    assert affected(tmp_path, "a b/c d.tf", "-f/-x.tf", "new\nline/ü.tf") == ["-f", "a b", "new\nline"]
    made.git("rm", "-r", "--quiet", "--cached", "new\nline", "a b")
    assert affected(tmp_path) == ["a b", "new\nline"]


def test_each_root_is_judged_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made = estate(tmp_path)
    monkeypatch.chdir(made.path)
    assert hook(["modules/vpn/main.tf"]) == 0
    assert capsys.readouterr().out.count("10.0.0.2  reachable") == 2
    made.git("rm", "--quiet", "modules/vpn/rules.tf")
    assert hook(["--format", "json"]) == 1
    report = json.loads(capsys.readouterr().out)
    (found,) = [finding for finding in report["findings"] if finding["rule"] == "CVPN102"]
    assert [instance["input"] for instance in found["instances"]] == ["envs/dev", "envs/prod"]
    assert hook(["--quiet", "--fail-on", "never"]) == 0
    assert hook(["--fail-on", "sometimes"]) == 2


def test_roots_with_settings_of_their_own_are_judged_by_those(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made = estate(tmp_path)
    (made.path / "modules/vpn/rules.tf").unlink()
    made.write_file("envs/dev/.tf-cvpn-lint.toml", 'ignore = ["CVPN102"]\n')
    monkeypatch.chdir(made.path)
    assert hook(["--quiet", "envs/dev/main.tf"]) == 0
    assert hook(["--quiet", "envs/dev/main.tf", "envs/prod/main.tf"]) == 1
    assert capsys.readouterr().out.count("CVPN102") == 1
    assert hook(["--format", "json", "--output", "report.json", "envs/dev/main.tf", "envs/prod/main.tf"]) == 1
    report = json.loads((made.path / "report.json").read_text())
    assert [read["path"] for read in report["inputs"]] == ["envs/dev", "envs/prod"]
    assert {found["input"] for found in report["findings"] if found["rule"] == "CVPN102"} == {"envs/prod"}


def test_files_that_git_does_not_track_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made = estate(tmp_path)
    made.git("rm", "--quiet", "--cached", "modules/vpn/rules.tf")
    monkeypatch.chdir(made.path)
    assert hook(["envs/dev/main.tf"]) == 0
    assert "git does not track them: modules/vpn/rules.tf\n" in capsys.readouterr().err


def imported(at: Path, *arguments: str) -> tuple[int, set[str]]:
    """The status of the hook and the modules it imports."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(str(ROOT / part) for part in ("linter", "policies"))}
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "tf_cvpn_lint", "hook", *arguments],
        cwd=at,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    return done.returncode, {found[1].strip() for found in re.finditer(r"\|([^|\n]+)$", done.stderr, re.MULTILINE)}


def test_where_nothing_mentions_a_client_vpn_nothing_is_imported_that_costs_time(tmp_path: Path) -> None:
    made = estate(tmp_path)
    heavy = {"typer", "click", "rich", "pydantic", "netaddr", "hcl2", "lark", "tf_cvpn_lint.run", "tf_cvpn_lint.read"}
    status, modules = imported(made.path, "buckets/main.tf", "modules/bucket/main.tf", "README.md")
    assert status == 0
    assert "tf_cvpn_lint.hook.command" in modules
    assert not modules & heavy
    status, modules = imported(made.path, "modules/vpn/main.tf")
    assert status == 0
    assert modules >= {"tf_cvpn_lint.commands", "tf_cvpn_lint.run"}


def test_the_words_that_matter_are_those_of_the_reader() -> None:
    assert MENTIONS.pattern.decode() == sources.MENTIONS.pattern
    assert MENTIONS.flags & re.IGNORECASE == sources.MENTIONS.flags & re.IGNORECASE


def test_the_options_that_take_a_value_are_those_of_check() -> None:
    command = typer.main.get_command(cli._app)
    check = getattr(command, "commands", {})["check"]
    taking = {
        name
        for parameter in check.params
        if parameter.param_type_name == "option" and not parameter.is_flag and not parameter.count
        for name in parameter.opts
    }
    assert taking | {"-var", "-var-file"} == TAKES_VALUE


def test_options_and_files_are_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "-x.tf").write_text("")
    assert split(["--fail-on", "error", "a.tf", "--quiet", "-x.tf", "--", "--quiet"]) == (
        ["--fail-on", "error", "--quiet"],
        ["a.tf", "-x.tf", "--quiet"],
    )


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes on this system")
def test_a_pipe_among_installed_modules_is_not_waited_for(tmp_path: Path) -> None:
    estate(tmp_path)
    modules = tmp_path / "buckets" / ".terraform" / "modules" / "bucket"
    modules.mkdir(parents=True)
    os.mkfifo(modules / "main.tf")
    code = (
        "import sys; from pathlib import Path; from tests.hook.test_affected import affected; "
        "print(affected(Path(sys.argv[1]), 'buckets/main.tf'))"
    )
    paths = os.pathsep.join(str(ROOT / each) for each in ("linter", "policies", "."))
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout == "[]\n"
