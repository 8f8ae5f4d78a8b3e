"""Progress is for people who wait at a terminal, and leaves nothing behind."""

from __future__ import annotations

import io
import threading

from tf_cvpn_lint.report.progress import progress


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
    with progress(terminal, "judging plan\x1b.json", patience=0.0):
        assert terminal.written.wait(10)
    assert terminal.getvalue() == "\r\x1b[2Kjudging plan\\x1b.json …\r\x1b[2K"


def test_a_short_run_says_nothing() -> None:
    terminal = Terminal()
    with progress(terminal, "judging plan.json", patience=60):
        pass
    assert terminal.getvalue() == ""


def test_nothing_is_shown_where_nobody_watches() -> None:
    stream = io.StringIO()
    with progress(stream, "judging plan.json", patience=0.0):
        pass
    assert stream.getvalue() == ""
