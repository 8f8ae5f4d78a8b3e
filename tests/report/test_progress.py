"""Progress is for people who wait at a terminal, and leaves nothing behind."""

from __future__ import annotations

import io
import threading

import pytest

from tf_cvpn_lint.report.progress import Progress, progress


class Terminal(io.StringIO):
    """A terminal that tells when something was written to it."""

    def __init__(self) -> None:
        super().__init__()
        self.written = threading.Event()

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        count = super().write(text)
        self.written.set()
        return count


def test_a_run_that_takes_longer_says_what_it_does_and_clears_the_line() -> None:
    terminal = Terminal()
    with progress(terminal, 2, patience=0.0) as watched:
        for path in watched.through(["plan\x1b.json", "other.json"]):
            terminal.written.clear()
            assert terminal.written.wait(10)
            assert path in ("plan\x1b.json", "other.json")
    written = terminal.getvalue()
    assert "\r\x1b[2Kjudging plan\\x1b.json, 1 of 2 … " in written
    assert "\r\x1b[2Kjudging other.json, 2 of 2 … " in written
    assert written.endswith("\r\x1b[2K")
    assert "\n" not in written


@pytest.mark.parametrize("width", [20, 40, 80])
def test_what_it_does_stays_on_one_line(width: int) -> None:
    watched = Progress(60)
    assert list(watched.through(["a/very/long/path" * 20])) == ["a/very/long/path" * 20]
    line = watched.line(12.4, width)
    assert len(line) < max(width, 40)
    assert line.startswith("judging …")
    assert line.endswith("path, 1 of 60 … 12 s")


def test_one_input_is_not_counted() -> None:
    watched = Progress(1)
    assert list(watched.through(["plan.json"])) == ["plan.json"]
    assert watched.line(1.0, 80) == "judging plan.json … 1 s"


def test_a_short_run_says_nothing() -> None:
    terminal = Terminal()
    with progress(terminal, 1, patience=60):
        pass
    assert terminal.getvalue() == ""


def test_nothing_is_shown_where_nobody_watches() -> None:
    stream = io.StringIO()
    with progress(stream, 1, patience=0.0) as watched:
        assert list(watched.through(["a"])) == ["a"]
    assert stream.getvalue() == ""


def test_a_run_that_fails_leaves_nothing_behind_either() -> None:
    terminal = Terminal()

    def fails() -> None:
        with progress(terminal, 1, patience=0.0):
            assert terminal.written.wait(10)
            raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        fails()
    assert terminal.getvalue().endswith("\r\x1b[2K")
