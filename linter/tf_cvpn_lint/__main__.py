"""The program. What needs no judging is answered here, without importing what judging takes."""

from __future__ import annotations

import gc
import os
import sys

if __name__ == "__main__" and __spec__ is not None and not sys.flags.safe_path:
    del sys.path[0]  # where `python -m` is run, which is where the linted tree is: its modules are none of ours

from tf_cvpn_lint import __version__
from tf_cvpn_lint.usage import USAGE

PROGRAM = "tf-cvpn-lint"


def program() -> None:
    """The process. It ends with what was made: taking a large plan and its report apart object by object took a tenth of the time."""
    status = main()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError):
        sys.exit(status)  # the interpreter says that they cannot be written
    if sys.gettrace() is None and sys.getprofile() is None:
        os._exit(status)
    sys.exit(status)  # who watches the process is told of its end


def main(arguments: list[str] | None = None) -> int:
    """Runs the command line and returns the exit status: 0, 1, 2, or 130 where the user interrupted."""
    given = sys.argv[1:] if arguments is None else arguments
    if arguments is None:
        # What is made is kept to the end, and the process ends with it: looking for cycles took a third of the time of a large plan.
        gc.disable()
    try:
        _open_streams()
        return _run(given)
    except KeyboardInterrupt:
        return 130
    except Exception as bug:  # the last resort: whatever it is, it is told in a line and is no verdict
        return _failed(bug)


def _run(given: list[str]) -> int:
    if given == ["--version"]:
        return _told(f"tf-cvpn-lint {__version__}\n")
    if given in (["--help"], ["-h"], ["help"]):
        return _told(USAGE)
    match given:
        case ["hook", *rest]:
            from tf_cvpn_lint.hook.command import hook

            return hook(rest)
        case ["checkov-dir" | "checkov-doctor" | "checkov-report" as command, *rest]:
            from tf_cvpn_lint.checkov_plugin.command import checkov_command

            return checkov_command(command, rest)
        case _:
            pass
    from tf_cvpn_lint.commands import plainly_asked, run_command

    if (plain := plainly_asked(given)) is not None:
        return run_command(plain)
    from tf_cvpn_lint.cli import command_line

    return command_line(given)


def _told(text: str) -> int:
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError as fault:
        os.dup2(
            os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno()
        )  # what is still buffered is not written again at the end
        if not isinstance(fault, BrokenPipeError):
            sys.stderr.write(f"{PROGRAM}: standard output cannot be written: {fault.strerror}\n")
            return 2
    return 0


def _open_streams() -> None:
    """A stream that the caller closed (`<&-`, `2>&-`) is nothing to read from and nowhere to write to."""
    if sys.stdin is None:
        sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: PTH123, SIM115 - open as long as the program runs
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115


def _failed(bug: Exception) -> int:
    """One line about a fault of ours. Its message stays out: it may quote what was read."""
    import contextlib
    import traceback

    if os.environ.get("TF_CVPN_LINT_TRACEBACK"):
        traceback.print_exception(bug)
    frames = [frame for frame in traceback.extract_tb(bug.__traceback__) if "tf_cvpn_" in frame.filename]
    place = (
        f" at {frames[-1].filename.replace(os.sep, '/').rpartition('/')[2]}:{frames[-1].lineno} ({frames[-1].name})"
        if frames
        else ""
    )
    if isinstance(bug, MemoryError):
        told = f"there is not enough memory to judge this{place}"
    else:
        told = (
            f"this is a bug: {type(bug).__name__}{place}; TF_CVPN_LINT_TRACEBACK=1 shows all of it, with what was read"
        )
    with contextlib.suppress(OSError):
        sys.stderr.write(f"{PROGRAM}: {told}\n")
    return 2


if __name__ == "__main__":
    program()
