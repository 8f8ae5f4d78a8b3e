"""What a run that takes longer is doing: one line on standard error, only on a terminal and only after a second."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from tf_cvpn_lint.report.printable import printable

PATIENCE = 1.0
"""Seconds after which a run says what it does."""

_CLEAR = "\r\x1b[2K"


@contextmanager
def progress(stream: TextIO, doing: str, *, patience: float = PATIENCE) -> Iterator[None]:
    """Shows `doing` on the stream for as long as the block goes on after `patience` seconds, and takes it away again."""
    if not stream.isatty():
        yield
        return
    shown = threading.Event()

    def show() -> None:
        shown.set()
        stream.write(f"{_CLEAR}{printable(doing)} …")
        stream.flush()

    timer = threading.Timer(patience, show)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
        if shown.is_set():
            stream.write(_CLEAR)
            stream.flush()
