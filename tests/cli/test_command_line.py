"""The command line as scripts and people meet it: exit statuses, streams, refusals."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tf_cvpn_lint import __version__
from tf_cvpn_lint.__main__ import main
from tf_cvpn_lint.controls.engine_rules import ENGINE_RULES
from tf_cvpn_lint.usage import USAGE
from tf_cvpn_policies import RULES

ROOT = Path(__file__).parent.parent.parent
NETWORKS = ROOT / "fixtures" / "networks"
BROKEN = str(NETWORKS / "seed-2-without-client-route" / "plan.json")
CLEAN = str(NETWORKS / "own-amazon-dns-split" / "plan.json")
UNDECIDED = str(NETWORKS / "managed-ad-over-peering" / "plan.json")
EMPTY_PLAN = {
    "format_version": "1.2",
    "planned_values": {"root_module": {}},
    "resource_changes": [],
    "configuration": {},
}


def refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """What one line on standard error says of a command line that cannot be judged."""
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("tf-cvpn-lint: ")
    assert err.count("\n") == 1
    return err


@pytest.mark.parametrize("arguments", [[BROKEN], ["check", BROKEN], ["--format", "text", "check", BROKEN]])
def test_check_is_the_default_command(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 1
    out, err = capsys.readouterr()
    assert "CVPN101" in out
    assert err == ""


def test_a_clean_network_exits_0(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([CLEAN]) == 0
    assert "reachable" in capsys.readouterr().out


def test_fail_on_never_reports_and_exits_0(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--fail-on", "never", BROKEN]) == 0
    assert "CVPN101" in capsys.readouterr().out


def test_strict_fails_on_an_undecided_server(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--fail-on", "never", UNDECIDED]) == 0
    assert "Not decided" in capsys.readouterr().out
    assert main(["--fail-on", "never", "--strict", UNDECIDED]) == 1


def test_json_goes_to_standard_output_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--format", "json", "--verbose", BROKEN, CLEAN]) == 1
    out, err = capsys.readouterr()
    report = json.loads(out)
    assert [entry["path"] for entry in report["inputs"]] == [BROKEN, CLEAN]
    assert report["summary"]["endpoints"] == 2
    assert f"{BROKEN}: plan, " in err


def test_a_configuration_without_an_endpoint_exits_0_and_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = tmp_path / "plan.json"
    plan.write_text(json.dumps(EMPTY_PLAN))
    assert main([str(plan)]) == 0
    out, err = capsys.readouterr()
    assert out == ""
    assert err == f"tf-cvpn-lint: {plan}: no Client VPN endpoint here, nothing to judge\n"
    assert main(["--quiet", str(plan)]) == 0
    assert capsys.readouterr().err == ""


def test_a_path_called_like_a_command_is_judged_by_check(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "trace").write_text(json.dumps(EMPTY_PLAN))
    monkeypatch.chdir(tmp_path)
    assert main(["check", "./trace"]) == 0
    assert "./trace: no Client VPN endpoint" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "PATH"),
        (["check"], "PATH"),
        (["--nonsense", BROKEN], "--nonsense"),
        (["--fail-on", "sometimes", BROKEN], "sometimes"),
        (["--format"], "--format"),
        (["explain"], "RULE"),
        (["missing.json"], "missing.json"),
        (["--source", "nowhere", BROKEN], "--source nowhere: not a directory"),
        (["explain", "CVPN999"], "CVPN999: no rule has this id or name; did you mean CVPN"),
        (["explain", "wat\x1b[31m\nwat"], r"wat\x1b[31m wat: no rule"),
    ],
)
def test_what_cannot_be_judged_is_refused_in_one_line(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert says in refused(arguments, capsys)


def test_trace_tells_every_hop_and_exits_0(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["trace", BROKEN]) == 0
    out = capsys.readouterr().out
    assert "udp/53" in out
    assert "client route: " in out


@pytest.mark.parametrize("name", ["CVPN101", "cvpn101", "dns-not-routed-in-split-tunnel"])
def test_explain_takes_an_id_or_a_name(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", name]) == 0
    out = capsys.readouterr().out
    assert out.startswith("error CVPN101 dns-not-routed-in-split-tunnel\n")
    assert "Fix" in out


def test_every_rule_can_be_explained_and_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    catalogue = (*RULES, *ENGINE_RULES)
    for rule in catalogue:
        assert main(["explain", rule.id]) == 0
    capsys.readouterr()
    assert main(["rules"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines() if line.startswith("CVPN")] == [
        rule.id for rule in catalogue
    ]
    assert main(["rules", "--format", "json"]) == 0
    assert [entry["name"] for entry in json.loads(capsys.readouterr().out)] == [rule.name for rule in catalogue]
    assert main(["rules", "--format", "markdown"]) == 0
    assert capsys.readouterr().out.startswith("| id | name |")


def test_schema_prints_a_json_schema(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) == 0
    assert json.loads(capsys.readouterr().out)["title"] == "Report"


def test_version_and_help_need_no_path(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"tf-cvpn-lint {__version__}\n"
    assert main(["--help"]) == 0
    assert "usage: tf-cvpn-lint" in capsys.readouterr().out
    assert main(["check", "--help"]) == 0
    told = capsys.readouterr().out
    assert "--fail-on" in told
    assert "tf-cvpn-lint --help has what may be combined" in told


@pytest.mark.parametrize("heading", ["usage:", "examples", "exit status", "environment", "files", "what fails the run"])
def test_the_help_is_a_manual_that_fits_a_terminal(heading: str) -> None:
    assert re.search(rf"^{heading}", USAGE, re.MULTILINE)
    for line in USAGE.splitlines():
        assert len(line) <= 80 or "reason=" in line, line  # a comment is shown as it is written


def started(*arguments: str, **options: object) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(str(ROOT / part) for part in ("linter", "policies"))}
    return subprocess.Popen(
        [sys.executable, "-m", "tf_cvpn_lint", *arguments],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def test_a_reader_that_goes_away_is_no_fault() -> None:
    with started("--format", "json", BROKEN) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(60) == 1


@pytest.mark.skipif(os.name == "nt", reason="there are no such signals")
def test_an_interrupted_run_ends_quietly_with_130() -> None:
    with started("-") as process:
        assert process.stderr is not None
        time.sleep(2)  # by then it waits for standard input
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130
        assert process.stderr.read() == b""


def test_a_plan_on_standard_input_is_judged() -> None:
    with started("-") as process:
        out, err = process.communicate(Path(BROKEN).read_bytes(), 60)
    assert process.returncode == 1
    assert b"CVPN101" in out
    assert err == b""


def test_json_is_utf_8_in_any_locale(tmp_path: Path) -> None:
    plan = tmp_path / "plän.json"
    plan.write_text(Path(CLEAN).read_text("utf-8"), "utf-8")
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(str(ROOT / part) for part in ("linter", "policies")),
        "PYTHONIOENCODING": "ascii",
    }
    done = subprocess.run(
        [sys.executable, "-m", "tf_cvpn_lint", "--format", "json", str(plan)],
        env=environment,
        capture_output=True,
        check=False,
    )
    assert json.loads(done.stdout.decode("utf-8"))["inputs"][0]["path"] == str(plan)
