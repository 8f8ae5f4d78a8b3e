"""What is not needed is not imported, and what `--help` prints is true."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from tf_cvpn_lint import cli
from tf_cvpn_lint.commands import plainly_asked
from tf_cvpn_lint.usage import COMMANDS, USAGE

ROOT = Path(__file__).parent.parent.parent


def imported(*arguments: str) -> set[str]:
    """The modules that a command line imports."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(str(ROOT / part) for part in ("linter", "policies"))}
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "tf_cvpn_lint", *arguments],
        env=environment,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    return {match.group(1) for match in re.finditer(r"\|\s+(\S+)$", done.stderr, re.MULTILINE)}


@pytest.mark.parametrize("argument", ["--version", "--help"])
def test_version_and_help_import_nothing_but_themselves(argument: str) -> None:
    modules = imported(argument)
    assert "tf_cvpn_lint.usage" in modules
    assert not modules & {
        "typer",
        "rich",
        "pydantic",
        "dataclasses",
        "ipaddress",
        "json",
        "re",
        "netaddr",
        "hcl2",
        "lark",
    }


def test_the_help_of_a_command_does_not_import_what_judging_takes() -> None:
    modules = imported("check", "--help")
    assert "typer" in modules
    assert not modules & {"rich.console", "netaddr", "hcl2", "lark", "tf_cvpn_policies", "tf_cvpn_lint.run"}


@pytest.mark.parametrize("options", [(), ("--format", "json")])
def test_a_text_or_json_report_on_a_plan_does_not_import_the_contract_or_a_parser(options: tuple[str, ...]) -> None:
    modules = imported(*options, str(ROOT / "fixtures" / "networks" / "own-amazon-dns-split" / "plan.json"))
    assert "tf_cvpn_lint.run" in modules
    assert not modules & {"tf_cvpn_lint.report.contract", "pydantic", "hcl2", "lark"}


@pytest.mark.parametrize("options", [(), ("--format", "text"), ("--quiet",), ("check",)])
def test_a_hook_s_command_line_is_read_without_typer_and_reported_without_rich(options: tuple[str, ...]) -> None:
    modules = imported(*options, str(ROOT / "fixtures" / "networks" / "own-amazon-dns-split" / "plan.json"))
    assert "tf_cvpn_lint.run" in modules
    assert not modules & {"typer", "click", "pydantic", "rich.console", "rich.text", "netaddr"}
    assert not modules & {"subprocess", "tempfile", "zipfile", "tf_cvpn_lint.cli", "tf_cvpn_lint.read.outline"}


@pytest.mark.parametrize(
    "arguments",
    [
        ("plan.json",),
        ("check", "a.json", "-", "--", "--strict"),
        ("--format", "json", "--format=github", "--color=never", "--verbose", "--no-config", "plan.json"),
    ],
)
def test_plain_command_lines_are_taken(arguments: tuple[str, ...]) -> None:
    assert plainly_asked(arguments) is not None


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("check",),
        ("trace", "plan.json"),
        ("plan.json", "--strict"),
        ("plan.json", "--format"),
        ("plan.json", "--format", "nothing"),
        ("plan.json", "--help"),
        ("plan.json", "--output", "x"),
    ],
)
def test_all_others_are_typer_s(arguments: tuple[str, ...]) -> None:
    assert plainly_asked(arguments) is None


def test_help_names_every_command_and_every_option_of_check() -> None:
    command = typer.main.get_command(cli._app)
    commands = getattr(command, "commands", {})
    assert set(commands) == set(COMMANDS)
    options = {
        name
        for parameter in commands["check"].params
        for name in (*parameter.opts, *parameter.secondary_opts)
        if name.startswith("-")
    }
    told = set(re.findall(r"--[a-z-]+", USAGE)) - {"--version"}
    assert told == options | {"--help"}
    assert all(re.search(rf"\b{name}\b", USAGE) for name in COMMANDS)
