"""`checkov-dir`, `checkov-doctor`, and what the folder's checks call: `checkov-report`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

FOLDER = Path(__file__).parent / "checks"
DOCTOR_USAGE = """\
Runs Checkov with our checks on a network that is known to be broken, as Terraform and as a plan, and compares what it finds with
what this program finds itself.

usage: tf-cvpn-lint checkov-doctor [--checkov PROGRAM]   by default the checkov on PATH

exit status  0: the checks work   1: they do not, and it says why   2: no Checkov, or bad usage
"""
DIR_USAGE = """\
Prints the folder of our checks for Checkov.

usage: checkov --external-checks-dir "$(tf-cvpn-lint checkov-dir)" …
"""


def checkov_command(command: str, arguments: Sequence[str]) -> int:
    """Runs one of the commands and returns the exit status."""
    if "--help" in arguments or "-h" in arguments:
        sys.stdout.write(DIR_USAGE if command == "checkov-dir" else DOCTOR_USAGE)
        return 0
    match command:
        case "checkov-dir":
            return _refuse(f"checkov-dir takes no {arguments[0]}") if arguments else _directory()
        case "checkov-doctor":
            from tf_cvpn_lint.checkov_plugin.doctor import doctor

            checkov = _value(arguments, "--checkov") if arguments else "checkov"
            return _refuse("write checkov-doctor --checkov PROGRAM") if checkov is None else doctor(checkov)
        case _:
            return _report(arguments)


def _directory() -> int:
    """Prints the folder. That the checks in it will find this very Python again is looked at, and said where they will not."""
    from tf_cvpn_lint.checkov_plugin.checks import TroubleError, program

    try:
        found = Path(program()[0])
        if not (found.is_file() and found.parent.resolve() == Path(sys.executable).parent.resolve()):
            _remark(
                f"the checks will run {found}; set TF_CVPN_LINT_PYTHON={sys.executable} to have this installation run"
            )
    except TroubleError:
        _remark(f"the checks will not find this installation by themselves; set TF_CVPN_LINT_PYTHON={sys.executable}")
    print(FOLDER)
    return 0


def _report(arguments: Sequence[str]) -> int:
    from tf_cvpn_lint.checkov_plugin.answer import answer
    from tf_cvpn_lint.commands import run_command

    options: dict[str, list[str]] = {"--source": [], "--var-file": [], "--config": []}
    *told, dashes, path = arguments if len(arguments) > 1 else ("", "", "")
    for argument in told:
        name, _, value = argument.partition("=")
        if name not in options:
            return _refuse(f"checkov-report knows no {name}")
        options[name].append(value)
    if dashes != "--":
        return _refuse("checkov-report takes one path, behind --")
    config = options["--config"][-1] if options["--config"] else None
    return run_command(lambda: answer(path, options["--source"], options["--var-file"], config))


def _value(arguments: Sequence[str], option: str) -> str | None:
    match arguments:
        case [given, value] if given == option:
            return value
        case [one] if one.startswith(f"{option}="):
            return one.partition("=")[2]
        case _:
            return None


def _refuse(words: str) -> int:
    _remark(words)
    return 2


def _remark(words: str) -> None:
    from tf_cvpn_lint.commands import remark

    remark(words)
