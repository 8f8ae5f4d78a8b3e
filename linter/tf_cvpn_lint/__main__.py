"""The program. What needs no judging is answered here, without importing what judging takes."""

from __future__ import annotations

import gc
import sys

from tf_cvpn_lint import __version__
from tf_cvpn_lint.usage import USAGE


def main(arguments: list[str] | None = None) -> int:
    """Runs the command line and returns the exit status: 0, 1, 2, or 130 where the user interrupted."""
    given = sys.argv[1:] if arguments is None else arguments
    if arguments is None:
        # What is made is kept to the end, and the process ends with it: looking for cycles took a third of the time of a large plan.
        gc.disable()
    if given == ["--version"]:
        print(f"tf-cvpn-lint {__version__}")
        return 0
    if given in (["--help"], ["-h"], ["help"]):
        print(USAGE, end="")
        return 0
    try:
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
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
