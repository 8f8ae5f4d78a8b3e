"""There is always an answer: a report, or one line and exit status 2, whatever the surroundings are like."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PLAN = ROOT / "fixtures" / "networks" / "seed-1-1-lan-resolver-full-tunnel" / "plan.json"
PROGRAM = (sys.executable, "-m", "tf_cvpn_lint")


def environment(**more: str) -> dict[str, str]:
    paths = os.pathsep.join([str(ROOT / "linter"), str(ROOT / "policies")])
    return {"PATH": os.environ.get("PATH", ""), "PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1", **more}


def run(
    *arguments: str, cwd: Path | None = None, stdout: int = subprocess.PIPE, **more: str
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [*PROGRAM, *arguments],
        stdout=stdout,
        stderr=subprocess.PIPE,
        env=environment(**more),
        cwd=cwd,
        check=False,
        timeout=120,
    )


def is_one_line(done: subprocess.CompletedProcess[bytes]) -> bool:
    return done.returncode == 2 and done.stderr.startswith(b"tf-cvpn-lint: ") and done.stderr.count(b"\n") == 1


@pytest.mark.parametrize("locale", ["C", "POSIX", "de_DE.ISO-8859-1", "no_SUCH.locale"])
def test_any_locale_will_do(locale: str, tmp_path: Path) -> None:
    path = tmp_path / "pl\u00e4n\U0001f600.json"
    path.write_bytes(PLAN.read_bytes())
    done = run(str(path), LANG=locale, LC_ALL=locale, PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
    assert done.returncode == 1
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("home", ["missing", "read-only", "file"])
def test_a_home_that_cannot_be_written_costs_the_cache_alone(home: str, tmp_path: Path) -> None:
    place = tmp_path / "home"
    if home == "file":
        place.write_bytes(b"")
    elif home == "read-only":
        place.mkdir(mode=0o500)
    done = run(str(PLAN.parent), "--no-config", HOME=str(place), XDG_CACHE_HOME=str(place / "cache"))
    assert done.returncode == 1
    assert b"Traceback" not in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is always full")
@pytest.mark.parametrize("format_", ["text", "json"])
def test_a_full_disk_is_told_in_a_line(format_: str) -> None:
    full = os.open("/dev/full", os.O_WRONLY)
    try:
        done = run(str(PLAN), "--format", format_, stdout=full)
    finally:
        os.close(full)
    assert is_one_line(done), done.stderr
    assert b"No space left" in done.stderr


def test_a_closed_pipe_is_silent() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = run(str(PLAN), stdout=writing)
    finally:
        os.close(writing)
    assert done.returncode == 1
    assert done.stderr == b""


def test_an_interrupt_ends_it_with_130(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(
        "locals {\n  x = [for a in range(1000) : [for b in range(1000) : a]]\n}\n" * 1
        + 'resource "aws_ec2_client_vpn_endpoint" "x" {\n  count       = length(local.x)\n  dns_servers = local.x\n}\n',
        "utf-8",
    )
    process = subprocess.Popen(
        [*PROGRAM, "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()
    )
    time.sleep(4)  # until it waits for its input
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert b"Traceback" not in err


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xfe\x00",
        b"{",
        b"{}",
        b"[]",
        b"null",
        b"\x00" * 100,
        b"PK\x03\x04",
        b"\x1f\x8b",
        b'{"format_version": 1}',
        b"\xef\xbb\xbf",
        b'"' * 1000,
        b"\xc3\x28",
    ],
)
def test_any_bytes_as_a_plan_get_a_line(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_bytes(data)
    done = run(str(tmp_path / "plan.json"))
    assert is_one_line(done), done.stderr


@pytest.mark.parametrize(
    "data",
    [
        b"\xff",
        b"[",
        b"a = " + b"9" * 5000,
        b"a = " + b"[" * 5000,
        b"ignore = 1979-05-27T07:32:00Z",
        b"ignore = nan",
        b"[ignore]\n[ignore]\n",
        b"x = 1",
        b"a = '\x00'",
    ],
)
@pytest.mark.parametrize("option", ["--config", "--baseline"])
def test_any_bytes_as_settings_or_baseline_get_a_line(option: str, data: bytes, tmp_path: Path) -> None:
    (tmp_path / "given").write_bytes(data)
    done = run(str(PLAN), option, str(tmp_path / "given"))
    assert is_one_line(done), done.stderr


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-"])
def test_a_stream_that_is_closed_changes_no_status(closed: str) -> None:
    command = f'exec "$0" -m tf_cvpn_lint "$1" {closed}'
    done = subprocess.run(
        ["sh", "-c", command, sys.executable, str(PLAN)], env=environment(), capture_output=True, check=False
    )
    assert done.returncode == 1
    assert b"Traceback" not in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is always full")
@pytest.mark.parametrize("command", ["--version", "--help", "rules", "schema"])
def test_a_full_disk_is_told_in_a_line_by_every_command(command: str) -> None:
    full = os.open("/dev/full", os.O_WRONLY)
    try:
        assert is_one_line(run(command, stdout=full))
    finally:
        os.close(full)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is always full")
def test_a_full_standard_error_changes_no_status(tmp_path: Path) -> None:
    full = os.open("/dev/full", os.O_WRONLY)
    try:
        done = subprocess.run(
            [*PROGRAM, str(tmp_path / "missing")], stdout=subprocess.PIPE, stderr=full, env=environment(), check=False
        )
    finally:
        os.close(full)
    assert done.returncode == 2


@pytest.mark.parametrize("arguments", [(str(PLAN), "--format", "json"), ("hook",), (".",), ("rules",)])
def test_a_working_directory_that_is_gone_is_no_traceback(arguments: tuple[str, ...], tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    command = 'cd "$1" && rmdir "$1" && shift && exec "$@"'
    done = subprocess.run(
        ["sh", "-c", command, "sh", str(gone), *PROGRAM, *arguments],
        env=environment(),
        capture_output=True,
        check=False,
    )
    assert done.returncode in (0, 1) or is_one_line(done), done.stderr


def test_a_user_without_a_home_has_no_cache_and_an_answer(tmp_path: Path) -> None:
    """As in a container that is run as a user nobody knows."""
    without = (
        "import os, pwd, sys\n"
        "def unknown(_): raise KeyError('no such user')\n"
        "pwd.getpwuid = unknown\n"
        "from tf_cvpn_lint.__main__ import main\n"
        "sys.exit(main(sys.argv[1:]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", without, str(PLAN.parent)], env=environment(), capture_output=True, check=False
    )
    assert done.returncode == 1, done.stderr
    assert b"Traceback" not in done.stderr


def test_a_fault_of_ours_is_a_line_that_quotes_nothing(tmp_path: Path) -> None:
    broken = (
        "import sys\n"
        "from tf_cvpn_lint import __main__, run\n"
        "def fails(*_): raise KeyError('hunter2')\n"
        "run.examine = fails\n"
        "sys.exit(__main__.main(sys.argv[1:]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", broken, str(PLAN)], env=environment(), capture_output=True, check=False
    )
    assert is_one_line(done), done.stderr
    assert b"this is a bug: KeyError at run.py:" in done.stderr
    assert b"hunter2" not in done.stderr
    told = subprocess.run(
        [sys.executable, "-c", broken, str(PLAN)],
        env=environment(TF_CVPN_LINT_TRACEBACK="1"),
        capture_output=True,
        check=False,
    )
    assert b"Traceback" in told.stderr


@pytest.mark.parametrize("columns", ["0", "1", "-5", "wide", "9" * 5000, "\u0663"])
def test_any_width_will_do(columns: str) -> None:
    done = run(str(PLAN), COLUMNS=columns)
    assert done.returncode == 1
    assert b"Traceback" not in done.stderr
