"""What a run that takes longer is doing: one line on standard error, only on a terminal and only after a second."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TextIO

from tf_cvpn_lint.report.printable import printable

PATIENCE = 1.0
"""Seconds after which a run says what it does."""
EVERY = 0.5
"""Seconds after which it says so again."""
NARROW = 80
"""Cells of a terminal that does not say how wide it is."""

_CLEAR = "\r\x1b[2K"


class Progress:
    """What is being done, of which another thread tells."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.number = 0
        self.doing = ""

    def through(self, paths: Iterable[str]) -> Iterator[str]:
        """The paths, each told when it is begun."""
        for path in paths:
            self.number += 1
            self.doing = path
            yield path

    def line(self, seconds: float, width: int) -> str:
        """`judging infra/plan.json, 3 of 60 … 12 s`, on one line whatever the path is: one that wraps could not be taken away."""
        of = f", {self.number} of {self.count}" if self.count > 1 and self.number else ""
        end = f"{of} … {seconds:.0f} s"
        room = max(width - len("judging ") - len(end) - 1, 8)
        told = printable(self.doing) or ("one input" if self.count == 1 else f"{self.count} inputs")
        return f"judging {told if len(told) <= room else f'…{told[1 - room :]}'}{end}"


@contextmanager
def progress(stream: TextIO, count: int, *, patience: float = PATIENCE) -> Iterator[Progress]:
    """Shows on the stream what is done with `count` inputs for as long as the block goes on after `patience` seconds, and takes it away again."""
    watched = Progress(count)
    if not stream.isatty():
        yield watched
        return
    import threading

    begun, done = time.monotonic(), threading.Event()
    shown = False

    def show() -> None:
        nonlocal shown
        wait = patience
        while not done.wait(wait):
            shown, wait = True, EVERY
            stream.write(f"{_CLEAR}{watched.line(time.monotonic() - begun, _width(stream))}")
            stream.flush()

    teller = threading.Thread(target=show, daemon=True)
    teller.start()
    try:
        yield watched
    finally:
        done.set()
        teller.join()
        if shown:
            stream.write(_CLEAR)
            stream.flush()


def _width(stream: TextIO) -> int:
    try:
        return os.get_terminal_size(stream.fileno()).columns or NARROW
    except (OSError, ValueError):
        return NARROW
