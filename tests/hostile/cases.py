"""One input and what became of it: the whole program is run, in this process, and held to what `SECURITY.md` promises."""

from __future__ import annotations

import contextlib
import io
import os
import resource
import signal
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from tf_cvpn_lint.cli import command_line

SECONDS = 10.0
"""What an input of ordinary size may take, of the processor's time."""
MEGABYTES = 600
"""How much the process may grow by one of them."""

Files = Mapping[str, bytes]
"""A directory by its relative paths."""


class TooSlowError(BaseException):
    """Raised inside of the program where it does not come to an end; no handler of its own may swallow it."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a user sees, and what is wrong with it."""

    status: int | None
    out: str
    err: str
    seconds: float
    fault: str = ""
    """Empty where every promise was kept; otherwise what broke it, with the place in the program."""


def judged(arguments: list[str], *, seconds: float = SECONDS) -> Outcome:
    """Runs the program on a command line; promises that are broken are told and not raised."""
    out, err = io.StringIO(), io.StringIO()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.process_time()
    status: int | None = None
    fault = ""
    try:
        with _alarm(seconds), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = command_line(arguments)
    except TooSlowError as slow:
        fault = f"no answer within {seconds:.0f} s {_place(slow)}"
    except Exception as bug:  # the very thing that is looked for
        fault = f"{type(bug).__name__}: {str(bug)[:200]} {_place(bug)}"
    taken = time.process_time() - start
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024
    if not fault and grown > MEGABYTES:
        fault = f"memory grew by {grown} MB"
    if not fault:
        fault = _broken(status, out.getvalue(), err.getvalue())
    return Outcome(status, out.getvalue(), err.getvalue(), taken, fault)


def asked(ask: Callable[[bytes], None], data: bytes, *, seconds: float = SECONDS) -> str:
    """What is wrong with a reader's answer to these bytes; empty where nothing is."""
    try:
        with _alarm(seconds):
            ask(data)
    except TooSlowError as slow:
        return f"no answer within {seconds:.0f} s {_place(slow)}"
    except Exception as bug:  # the very thing that is looked for
        return f"{type(bug).__name__}: {str(bug)[:200]} {_place(bug)}"
    return ""


def _broken(status: int | None, out: str, err: str) -> str:
    """What an answer must be whatever was read."""
    if status not in (0, 1, 2):
        return f"exit status {status}"
    if status == 2 and (err.count("\n") != 1 or not err.startswith("tf-cvpn-lint: ")):
        return "exit status 2 without one line on standard error"
    if status == 2 and out:
        return "exit status 2 and a report"
    for name, text in (("output", out), ("error", err)):
        if bad := next((character for character in text if not character.isprintable() and character != "\n"), ""):
            return f"{name} holds U+{ord(bad):04X}"
        try:
            text.encode()
        except UnicodeEncodeError:
            return f"{name} holds half a character"
    return ""


def _place(bug: BaseException) -> str:
    """Where in the program it was raised: the innermost frames that are its own."""
    frames = [
        f"{Path(frame.filename).name}:{frame.name}:{frame.lineno}"
        for frame in traceback.extract_tb(bug.__traceback__)
        if "tf_cvpn" in frame.filename
    ]
    return "at " + " < ".join(reversed(frames[-3:]))


@contextlib.contextmanager
def _alarm(seconds: float) -> Iterator[None]:
    def ring(_number: int, _frame: FrameType | None) -> None:
        raise TooSlowError

    # Its own time counts, not that of a crowded machine; one that only waits is stopped too, later.
    before = [signal.signal(number, ring) for number in (signal.SIGPROF, signal.SIGALRM)]
    signal.setitimer(signal.ITIMER_PROF, seconds)
    signal.setitimer(signal.ITIMER_REAL, seconds * 12)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in zip((signal.SIGPROF, signal.SIGALRM), before, strict=True):
            signal.signal(number, handler)


def write(files: Files, directory: Path) -> None:
    """The directory with these files and no others."""
    kept = {os.path.normpath(directory / name) for name in files}
    for path in sorted(directory.rglob("*"), reverse=True):
        if path.is_dir() and not path.is_symlink():
            with contextlib.suppress(OSError):
                path.rmdir()
        elif str(path) not in kept:
            path.unlink()
    for name, data in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
