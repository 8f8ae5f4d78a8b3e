"""It reads only what it was pointed at, opens no connection, starts no program and writes nothing it was not told to write."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.hostile.cases import Outcome, judged

ROOT = Path(__file__).resolve().parents[2]
NETWORK = ROOT / "fixtures" / "networks" / "seed-1-1-lan-resolver-full-tunnel"
OUTSIDE = """resource "aws_ec2_client_vpn_endpoint" "oUtSiDe" {
  client_cidr_block = "10.9.0.0/16"
  dns_servers       = ["10.7.7.7"]
}
"""


def tree(directory: Path) -> Path:
    """A repository with a root module in it, and a file beside it that is none of its business."""
    root = directory / "repository"
    root.mkdir()
    (root / ".git").mkdir()
    for path in NETWORK.glob("*.tf"):
        (root / path.name).write_bytes(path.read_bytes())
    (directory / "elsewhere").mkdir()
    (directory / "elsewhere" / "outside.tf").write_text(OUTSIDE, "utf-8")
    return root


def told(path: Path, *more: str) -> Outcome:
    outcome = judged([str(path), "--no-config", "--verbose", *more], seconds=20)
    assert not outcome.fault
    assert "oUtSiDe" not in outcome.out + outcome.err
    return outcome


def test_a_link_to_a_file_out_of_the_repository_is_a_gap(tmp_path: Path) -> None:
    root = tree(tmp_path)
    (root / "linked.tf").symlink_to(tmp_path / "elsewhere" / "outside.tf")
    assert "a link that leads out of the configuration's tree" in told(root).out


def test_a_link_out_of_a_directory_outside_of_repositories_is_a_gap(tmp_path: Path) -> None:
    root = tree(tmp_path)
    (root / ".git").rmdir()
    (root / "linked.tf").symlink_to(tmp_path / "elsewhere" / "outside.tf")
    assert "a link that leads out of the configuration's tree" in told(root).out


def test_a_link_within_the_repository_is_followed(tmp_path: Path) -> None:
    root = tree(tmp_path)
    (root / "common").mkdir()
    (root / "common" / "shared.tf").write_text(OUTSIDE.replace("oUtSiDe", "shared"), "utf-8")
    (root / "linked.tf").symlink_to(root / "common" / "shared.tf")
    assert "aws_ec2_client_vpn_endpoint.shared" in told(root).out


@pytest.mark.parametrize("source", ["../elsewhere", "./linked", "./a/../../elsewhere"])
def test_a_module_out_of_the_repository_is_a_gap(source: str, tmp_path: Path) -> None:
    root = tree(tmp_path)
    (root / "linked").symlink_to(tmp_path / "elsewhere")
    (root / "calls.tf").write_text(f'module "m" {{\n  source = "{source}"\n}}\n', "utf-8")
    assert "outside of the configuration's tree" in told(root).out


def test_an_installed_module_out_of_the_repository_is_not_read(tmp_path: Path) -> None:
    root = tree(tmp_path)
    (root / ".terraform" / "modules").mkdir(parents=True)
    (root / ".terraform" / "modules" / "modules.json").write_text(
        '{"Modules":[{"Key":"m","Source":"x/y/z","Dir":"../elsewhere"}]}', "utf-8"
    )
    (root / "calls.tf").write_text('module "m" {\n  source = "x/y/z"\n}\n', "utf-8")
    told(root)


def test_variables_are_not_read_through_a_link_out_of_the_repository(tmp_path: Path) -> None:
    root = tree(tmp_path)
    (tmp_path / "elsewhere" / "credentials").write_text("[oUtSiDe]\nkey = oUtSiDe\n", "utf-8")
    (root / "terraform.tfvars").symlink_to(tmp_path / "elsewhere" / "credentials")
    assert "terraform.tfvars" in told(root).out


@pytest.mark.parametrize(
    "name",
    [
        "x.tf",
        "x.tf.json",
        "terraform.tfvars",
        "x.auto.tfvars.json",
        ".terraform/modules/modules.json",
        ".terraform/modules/m/x.tf",
        ".terraform/environment",
    ],
)
@pytest.mark.parametrize("kind", ["pipe", "endless", "loop", "kernel", "directory"])
def test_what_is_no_ordinary_file_is_not_waited_for(name: str, kind: str, tmp_path: Path) -> None:
    root = tree(tmp_path)
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    match kind:
        case "pipe":
            os.mkfifo(path)
        case "endless":
            path.symlink_to("/dev/zero")
        case "kernel":
            path.symlink_to("/proc/self/environ")
        case "loop":
            path.symlink_to(path.name)
        case _:
            path.mkdir()
    told(root)


def test_a_file_of_a_gigabyte_is_not_read(tmp_path: Path) -> None:
    root = tree(tmp_path)
    with (root / "large.tf").open("wb") as file:
        file.truncate(2**30)  # it takes no space
    assert "larger than 32 MiB" in told(root).out


@pytest.mark.parametrize(
    "expression",
    [
        'file("/etc/passwd")',
        'file("../elsewhere/outside.tf")',
        'templatefile("linked/outside.tf", {})',
        'join("", fileset("..", "**"))',
        'file("/proc/self/environ")',
        'file("~/.aws/credentials")',
        'filebase64("/dev/zero")',
    ],
)
def test_no_function_reads_out_of_the_tree(expression: str, tmp_path: Path) -> None:
    root = tree(tmp_path)
    (root / "linked").symlink_to(tmp_path / "elsewhere")
    outcome = judged(["eval", str(root), expression])
    assert not outcome.fault
    assert (
        "outside of the configuration's directory" in outcome.out + outcome.err
        or "home directory" in outcome.out + outcome.err
    )


def test_a_path_of_4096_characters_is_refused_in_a_line(tmp_path: Path) -> None:
    outcome = judged([str(tmp_path / ("a/" * 2048)), "--no-config"])
    assert not outcome.fault
    assert outcome.status == 2


def settings_of(root: Path) -> Path:
    return root / ".tf-cvpn-lint.toml"


@pytest.mark.parametrize("name", [".tf-cvpn-lint.toml", "pyproject.toml"])
def test_settings_are_not_read_through_a_link_out_of_the_repository(name: str, tmp_path: Path) -> None:
    """What is wrong with a file is told in the words of that file."""
    root = tree(tmp_path)
    elsewhere = tmp_path / "elsewhere" / "credentials.toml"
    elsewhere.write_text('[tool.tf-cvpn-lint]\n[oUtSiDe]\ntoken = "oUtSiDe"\n', "utf-8")
    (root / name).symlink_to(elsewhere)
    outcome = judged([str(root)])
    assert not outcome.fault
    assert "oUtSiDe" not in outcome.out + outcome.err
    if name != "pyproject.toml":  # one that is not read is none of ours
        assert outcome.status == 2
        assert "a link that leads out" in outcome.err


def test_settings_that_do_not_end_are_not_read(tmp_path: Path) -> None:
    root = tree(tmp_path)
    with settings_of(root).open("wb") as file:
        file.truncate(2**30)
    outcome = judged([str(root)])
    assert not outcome.fault
    assert outcome.status == 2
    assert "larger than 1 MiB" in outcome.err


@pytest.mark.parametrize(
    "setting", ['sources = ["../elsewhere"]', 'sources = ["linked"]', 'baseline = "../elsewhere/outside.tf"']
)
def test_settings_in_a_repository_name_nothing_outside_of_it(setting: str, tmp_path: Path) -> None:
    root = tree(tmp_path)
    (root / "linked").symlink_to(tmp_path / "elsewhere")
    settings_of(root).write_text(f"{setting}\n", "utf-8")
    outcome = judged([str(root)])
    assert not outcome.fault
    assert outcome.status == 2
    assert "lies outside of the repository" in outcome.err


@pytest.mark.parametrize("kind", ["pipe", "endless", "kernel"])
def test_a_baseline_that_the_settings_name_is_not_waited_for(kind: str, tmp_path: Path) -> None:
    root = tree(tmp_path)
    match kind:
        case "pipe":
            os.mkfifo(root / "baseline.json")
        case "endless":
            (root / "baseline.json").symlink_to("/dev/zero")
        case _:
            (root / "baseline.json").symlink_to("/proc/self/environ")
    settings_of(root).write_text('baseline = "baseline.json"\n', "utf-8")
    outcome = judged([str(root)])
    assert not outcome.fault
    assert outcome.status == 2


def test_a_pipe_that_the_user_names_is_read(tmp_path: Path) -> None:
    """`--var-file <(sops -d secrets.tfvars)`"""
    root = tree(tmp_path)
    (root / "v.tf").write_text('variable "x" {}\n', "utf-8")
    os.mkfifo(tmp_path / "pipe")
    with subprocess.Popen(["sh", "-c", 'echo \'x = "given"\' > "$0"', str(tmp_path / "pipe")]):
        outcome = judged(["eval", str(root), "var.x", "--var-file", str(tmp_path / "pipe")])
    assert not outcome.fault
    assert outcome.out == '"given"\n'


@pytest.mark.parametrize("name", ["netaddr", "hcl2", "json", "rich", "typer"])
def test_python_s_own_way_to_run_it_loads_nothing_from_the_linted_tree(name: str, tmp_path: Path) -> None:
    """`python -m` puts the directory it is run in before all others."""
    root = tree(tmp_path)
    (root / f"{name}.py").write_text("print('oUtSiDe')\n", "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "tf_cvpn_lint", ".", "--format", "json", "--strict"],
        cwd=root,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "linter"), str(ROOT / "policies")])},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert b"oUtSiDe" not in done.stdout + done.stderr


AUDITED = """
import os, sys
from pathlib import Path
root, work, *inputs = sys.argv[1:]
own = tuple(os.path.realpath(place) for place in (sys.prefix, sys.base_prefix, *[p for p in sys.path if p]))
allowed = tuple(os.path.realpath(place) for place in inputs)
broken = []
def within(path, places):
    real = os.path.realpath(path)
    return any(real == place or real.startswith(place + os.sep) for place in places)
def watch(event, arguments):
    if not watching[0]:
        return
    if event.split(".")[0] in ("socket", "subprocess", "ftplib", "smtplib", "urllib", "http") or event in (
        "os.system", "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.putenv", "os.kill", "ctypes.dlopen",
        "os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.chmod", "os.chown", "os.truncate", "shutil.rmtree",
    ):
        if not any(within(str(path), (work,)) for path in arguments[:2] if isinstance(path, (str, bytes))):
            broken.append((event, [str(each)[:200] for each in arguments]))
    elif event == "open":
        path, mode, flags = arguments
        if isinstance(path, int) or path is None:
            return
        path = os.fsdecode(path)
        writes = bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC))
        if writes and not within(path, (work,)):
            if not path.endswith((".pyc",)) and "__pycache__" not in path:
                broken.append(("write", path))
        elif not writes and not within(path, (*allowed, *own, work)):
            broken.append(("read", path))
    elif event == "exec":
        file = getattr(arguments[0], "co_filename", "")
        if within(file, allowed) and file.startswith("/"):
            broken.append(("exec", file))
watching = [False]
sys.addaudithook(watch)
import tf_cvpn_lint.cli, contextlib, io
from tf_cvpn_lint.cli import command_line
os.environ.pop("HOME", None)
for place in inputs:
    formats = []
    for format_ in ("json", "sarif", "html", "junit", "gitlab", "markdown"):
        formats += ["--format", format_, "--output", os.path.join(work, f"report.{format_}")]
    watching[0] = True
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        plan = os.path.join(place, "plan.json")
        for target in [place, *([plan] if os.path.exists(plan) else [])]:
            command_line([target, "--no-config", "--verbose", *formats])
    watching[0] = False
print(*sorted({repr(each) for each in broken}), sep="\\n")
"""


def test_nothing_but_its_input_is_read_and_nothing_but_its_reports_is_written(tmp_path: Path) -> None:
    networks = sorted((ROOT / "fixtures" / "networks").glob("*/main.tf"))[::12]
    hostile = sorted((ROOT / "fixtures" / "hostile").glob("*/in"))
    inputs = [str(path.parent) for path in networks] + [str(path) for path in hostile]
    assert inputs
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(ROOT / "linter"), str(ROOT / "policies")]),
        "PYTHONDONTWRITEBYTECODE": "1",
        "XDG_CACHE_HOME": str(tmp_path),
    }
    done = subprocess.run(
        [sys.executable, "-c", AUDITED, str(ROOT), str(tmp_path), *inputs],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
        cwd=tmp_path,
    )
    assert not done.returncode, done.stderr[-2000:]
    assert done.stdout.strip() == ""
