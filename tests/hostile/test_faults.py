"""Files that go, shrink or change while they are read; runs beside each other; runs that are killed while they write."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hostile.cases import judged
from tests.hostile.test_answers import PLAN, PROGRAM, ROOT, environment

FIXTURE = ROOT / "fixtures" / "networks" / "inbound-resolver-in-transit-hub-module"
FAULTS = ("gone", "cut", "changed", "a directory", "a pipe", "a link out")


class Injector:
    """Does damage to the n-th file below a directory that is opened, just before it is. An audit hook stays for ever, so there is one."""

    def __init__(self) -> None:
        self.tree = ""
        self.left = -1
        self.fault = ""
        self.done = ""

    def __call__(self, event: str, arguments: tuple[object, ...]) -> None:
        if self.left < 0 or event != "open" or not isinstance(arguments[0], str):
            return
        path = os.path.abspath(arguments[0])  # noqa: PTH100 - the links stay as they are
        if not path.startswith(self.tree) or not Path(path).is_file():
            return
        self.left -= 1
        if self.left < 0:
            self.done = path
            self.damage(Path(path))

    def damage(self, path: Path) -> None:
        whole = path.read_bytes()
        path.unlink()
        match self.fault:
            case "cut":
                path.write_bytes(whole[: len(whole) // 2])
            case "changed":
                path.write_bytes(whole.replace(b"10.", b"172.16.")[::-1])
            case "a directory":
                path.mkdir()
            case "a pipe" if path.name != "plan.json":  # what the user names may be one, and is waited for
                os.mkfifo(path)
            case "a link out":
                path.symlink_to("/etc/passwd")
            case _:
                pass


INJECTOR = Injector()
sys.addaudithook(INJECTOR)


@contextlib.contextmanager
def injected(tree: Path, fault: str, number: int) -> Iterator[None]:
    INJECTOR.tree, INJECTOR.fault, INJECTOR.done, INJECTOR.left = f"{tree}{os.sep}", fault, "", number
    try:
        yield
    finally:
        INJECTOR.left = -1


def laid_out(directory: Path) -> Path:
    for path in FIXTURE.rglob("*"):
        if path.is_file() and not path.name.startswith("expected"):
            place = directory / path.relative_to(FIXTURE)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(path.read_bytes())
    (directory / ".tf-cvpn-lint.toml").write_text('baseline = "baseline.json"\n', "utf-8")
    (directory / "baseline.json").write_text('{"baseline_version": 1, "findings": []}', "utf-8")
    (directory / "terraform.tfvars").write_text('x = "10.0.0.0/8"\n', "utf-8")
    return directory


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("target", ["plan.json", "."])
def test_what_changes_while_it_is_read_is_an_answer_all_the_same(fault: str, target: str, tmp_path: Path) -> None:
    damaged = set()
    for number in range(40):
        tree = laid_out(tmp_path / str(number))
        with injected(tree, fault, number):
            outcome = judged([str(tree / target), "--verbose"], seconds=30)
        assert not outcome.fault, (number, INJECTOR.done)
        assert "root:x:" not in outcome.out + outcome.err
        if not INJECTOR.done:
            break
        damaged.add(Path(INJECTOR.done).name)
    else:
        pytest.fail("it opens more files than were tried")
    assert {".tf-cvpn-lint.toml", "baseline.json"} <= damaged
    assert any(name.endswith(".tf") for name in damaged)
    assert "plan.json" in damaged or target == "."


def test_runs_beside_each_other_share_a_cache_and_say_the_same(tmp_path: Path) -> None:
    """All of them find none, and make one."""
    tree = laid_out(tmp_path / "tree")
    (tree / "more.tf").write_text("locals {\n  not_plain = !!true\n  used = local.not_plain ? 1 : 2\n}\n", "utf-8")
    (tree / "vpc.tf").write_text('resource "aws_vpc" "more" {\n  count = local.used\n}\n', "utf-8")
    command = [*PROGRAM, str(tree), "--no-config", "--format", "json"]
    more = environment(XDG_CACHE_HOME=str(tmp_path / "cache"), HOME=str(tmp_path))
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=more) for _ in range(4)]
    answers = [process.communicate(timeout=300) for process in started]
    assert {err for _, err in answers} == {b""}
    assert len({out for out, _ in answers}) == 1
    assert {process.returncode for process in started} <= {0, 1}
    kept = [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]
    assert kept, "there is no cache"
    again = subprocess.run(command, capture_output=True, env=more, check=False)
    assert again.stdout == answers[0][0]


KILLED = """
import os, signal, sys
event, number, *arguments = sys.argv[1:]
left = [int(number)]
def watch(name, told):
    if name == event:
        left[0] -= 1
        if left[0] < 0:
            os.kill(os.getpid(), signal.SIGKILL)
from tf_cvpn_lint.__main__ import main
sys.addaudithook(watch)
sys.exit(main(arguments))
"""


@pytest.mark.parametrize("event", ["tempfile.mkstemp", "os.chmod", "os.rename"])
@pytest.mark.parametrize("number", [0, 1])
def test_a_run_that_is_killed_leaves_every_report_whole(event: str, number: int, tmp_path: Path) -> None:
    outputs = [
        "--format",
        "json",
        "--output",
        str(tmp_path / "a.json"),
        "--format",
        "sarif",
        "--output",
        str(tmp_path / "b.json"),
    ]
    old = json.dumps({"old": "x" * 10_000})
    for name in ("a.json", "b.json"):
        (tmp_path / name).write_text(old, "utf-8")
    done = subprocess.run(
        [sys.executable, "-c", KILLED, event, str(number), str(PLAN), "--no-config", *outputs],
        env=environment(),
        check=False,
    )
    assert done.returncode == -signal.SIGKILL
    whole = {"a.json": False, "b.json": False}
    for name in whole:
        text = (tmp_path / name).read_text("utf-8")
        whole[name] = text != old
        assert text == old or json.loads(text)
    assert whole == {"a.json": event == "os.rename" and number == 1, "b.json": False}
    subprocess.run([*PROGRAM, str(PLAN), "--no-config", *outputs], env=environment(), check=False)
    assert all((tmp_path / name).read_text("utf-8") != old for name in whole)


def test_a_baseline_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "baseline.json"
    path.write_text('{"baseline_version": 1, "findings": []}', "utf-8")
    arguments = [str(PLAN), "--no-config", "--write-baseline", str(path)]
    done = subprocess.run([sys.executable, "-c", KILLED, "os.rename", "0", *arguments], env=environment(), check=False)
    assert done.returncode == -signal.SIGKILL
    assert json.loads(path.read_text("utf-8"))["findings"] == []


@pytest.mark.parametrize("moment", [0.3, 1.0, 2.0])
def test_an_interrupt_while_it_works_ends_it_at_once(moment: float, tmp_path: Path) -> None:
    """Work for seconds, in the evaluator and out of it."""
    rows = '[for a in range(1000) : [for b in range(250) : cidrsubnet("10.0.0.0/8", 16, b)]]'
    attributes = "".join(f"  a{number} = {rows}\n" for number in range(6))
    (tmp_path / "main.tf").write_text(
        f'resource "aws_vpc" "x" {{\n{attributes}}}\nresource "aws_ec2_client_vpn_endpoint" "x" {{}}\n', "utf-8"
    )
    process = subprocess.Popen(
        [*PROGRAM, str(tmp_path), "--no-config"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()
    )
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(moment)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    # Before its first line the interpreter itself says so, in words of its own.
    assert process.returncode == 130 or (process.returncode == -signal.SIGINT and b"tf_cvpn_lint" not in err)
    assert process.returncode != 130 or err == b""
