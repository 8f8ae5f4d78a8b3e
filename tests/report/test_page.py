"""Colour, width and wrapping."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tf_cvpn_lint.report.page import Page
from tf_cvpn_lint.report.printable import printable
from tf_cvpn_lint.settings import Color


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


class AsciiLog(io.TextIOWrapper):
    """A log that takes ASCII only."""

    def __init__(self) -> None:
        super().__init__(io.BytesIO(), "ascii", "backslashreplace")

    def text(self) -> str:
        self.flush()
        self.seek(0)
        return self.read()


@pytest.mark.parametrize(
    ("color", "environment", "stream", "colored"),
    [
        (Color.AUTO, {}, io.StringIO, False),
        (Color.AUTO, {}, Terminal, True),
        (Color.AUTO, {"TERM": "dumb"}, Terminal, False),
        (Color.AUTO, {"NO_COLOR": "1"}, Terminal, False),
        (Color.AUTO, {"NO_COLOR": ""}, Terminal, True),
        (Color.AUTO, {"FORCE_COLOR": "1"}, io.StringIO, True),
        (Color.AUTO, {"NO_COLOR": "1", "FORCE_COLOR": "1"}, io.StringIO, False),
        (Color.ALWAYS, {"NO_COLOR": "1"}, io.StringIO, True),
        (Color.NEVER, {"FORCE_COLOR": "1"}, Terminal, False),
    ],
)
def test_colour_is_as_asked(
    monkeypatch: pytest.MonkeyPatch, color: Color, environment: dict[str, str], stream: type[io.StringIO], colored: bool
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    out = stream()
    Page(out, color).line(("x", "bold red"))
    assert ("\x1b[" in out.getvalue()) is colored


@pytest.mark.parametrize(
    ("columns", "width"), [("72", 72), ("500", 120), ("1", 40), ("0", 100), ("wide", 100), ("", 100)]
)
def test_the_width_is_that_of_the_log_within_reason(monkeypatch: pytest.MonkeyPatch, columns: str, width: int) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    assert Page(io.StringIO()).width == width


def test_a_log_that_takes_ascii_only_gets_ascii() -> None:
    log = AsciiLog()
    Page(log, Color.NEVER, 80).line("✓ a → b, naïve")
    assert log.text() == "+ a -> b, na\\xefve\n"


def test_a_name_is_never_broken_in_two() -> None:
    out = io.StringIO()
    name = 'module.a_very_long_name.aws_ec2_client_vpn_endpoint.this["and a key"]'.replace(" ", "_")
    Page(out, Color.NEVER, 40).line("see ", name, indent=2, hang=2)
    assert out.getvalue() == f"  see\n    {name}\n"


@given(st.text(), st.integers(40, 120), st.integers(0, 8), st.integers(0, 8))
def test_wrapping_loses_no_word(words: str, width: int, indent: int, hang: int) -> None:
    out = io.StringIO()
    Page(out, Color.NEVER, width).line(words, indent=indent, hang=hang)
    assert out.getvalue().split() == printable(words).split()


@given(st.text())
def test_nothing_that_is_printed_can_move_the_cursor(words: str) -> None:
    assert printable(words).isprintable()


def test_what_can_be_seen_stays_as_it_is() -> None:
    assert printable("naïve 日本 ✓") == "naïve 日本 ✓"
    assert printable("a\x1b[0m\n\u202eb\ud800") == r"a\x1b[0m\n\u202eb\ud800"
