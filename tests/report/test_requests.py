"""Which reports are asked for, and where they go."""

from __future__ import annotations

from pathlib import Path

import pytest

from tf_cvpn_lint.core.errors import InputError
from tf_cvpn_lint.report.requests import Request, numbered, requests
from tf_cvpn_lint.settings import ReportFormat

TEXT, SARIF, JUNIT, GITHUB = ReportFormat.TEXT, ReportFormat.SARIF, ReportFormat.JUNIT, ReportFormat.GITHUB


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def asked(*arguments: str) -> tuple[Request, ...]:
    told = numbered(arguments)
    formats = [ReportFormat(value) for name, value in pairs(told) if name == "--format"]
    return requests(formats, [value for name, value in pairs(told) if name == "--output"])


def pairs(told: list[str]) -> list[tuple[str, str]]:
    """As a parser of command lines sees them."""
    found = []
    rest = iter(told)
    for argument in rest:
        name, equals, value = argument.partition("=")
        found.append((name, value if equals else next(rest)))
    return found


def test_text_is_printed_where_nothing_is_asked_for() -> None:
    assert asked() == (Request(TEXT),)


def test_an_output_belongs_to_the_format_before_it() -> None:
    assert asked("--format", "text", "--format", "sarif", "--output", "a", "--format=junit", "--output=b=c") == (
        Request(TEXT),
        Request(SARIF, Path("a")),
        Request(JUNIT, Path("b=c")),
    )


def test_one_of_each_belong_together_in_any_order() -> None:
    assert asked("--output", "a", "--format", "sarif") == (Request(SARIF, Path("a")),)
    assert asked("--output", "a") == (Request(TEXT, Path("a")),)
    assert asked("--format", "sarif", "--output", "-") == (Request(SARIF),)


def test_workflow_commands_may_stand_among_the_text() -> None:
    assert asked("--format", "text", "--format", "github") == (Request(TEXT), Request(GITHUB))


def test_options_after_two_dashes_are_paths() -> None:
    assert numbered(["--format", "sarif", "--", "--output", "x"]) == ["--format", "sarif", "--", "--output", "x"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--format", "text", "--format", "json"], "--format json: another report goes to standard output"),
        (["--format", "github", "--format", "json"], "another report goes to standard output"),
        (["--format", "github", "--format", "github"], "another report goes to standard output"),
        (["--output", "a", "--format", "sarif", "--format", "text"], "--output a: say its --format before it"),
        (["--format", "sarif", "--output", "a", "--output", "b"], "--output b: --format sarif has a file already"),
        (
            ["--format", "sarif", "--output", "a", "--format", "junit", "--output", "./a"],
            "two reports would be written",
        ),
        (["--format", "sarif", "--output", "no/where"], "there is no directory no"),
        (["--format", "sarif", "--output", "."], "is a directory"),
        (["--format", "sarif", "--output", ""], "a file name is missing"),
    ],
)
def test_what_cannot_be_meant_is_refused(arguments: list[str], says: str) -> None:
    with pytest.raises(InputError, match=says):
        asked(*arguments)
