"""`tf-cvpn-lint hook`: judges the configurations that changed files belong to, each whole and once."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from tf_cvpn_lint.hook.affected import candidates, owners, roots
from tf_cvpn_lint.hook.directories import TERRAFORM, Directories
from tf_cvpn_lint.hook.git import Repository, repository
from tf_cvpn_lint.usage import HOOK_USAGE, TAKES_VALUE

ALL = "--all"
PROGRAM = "tf-cvpn-lint"


def hook(arguments: Sequence[str]) -> int:
    """Runs `hook` with its options and files and returns the exit status: that of `check` on the configurations concerned.

    Where none of them mentions a Client VPN it is 0, and neither a parser nor what reads command lines has been imported.
    """
    options, files = split(arguments)
    if "--help" in options or "-h" in options:
        sys.stdout.write(HOOK_USAGE)
        return 0
    here = os.getcwd()
    around = repository(here)
    wanted = concerned(Directories.of(around, here), around, options, files)
    if not wanted:
        return 0
    passed = [option for option in options if option != ALL]
    from tf_cvpn_lint.hook.judging import judge

    return judge([_shown(path, here) for path in wanted], passed)


def concerned(
    directories: Directories, around: Repository | None, options: Sequence[str], files: Sequence[str]
) -> list[str]:
    """The directories of the configurations to judge, in order."""
    if ALL in options:
        owned = set(directories.known)
    else:
        changed = [*files, *(around.unnamed_changes() if around else ())]
        for file in files:
            _take_in(directories, file)
        owned = owners(directories, changed, [option.partition("=")[2] or option for option in options])
    among = candidates(directories, owned)
    seen: dict[str, bool] = {}
    if not any(directories.mentions(path, seen) for path in among & directories.known.keys()):
        return []
    found = [path for path in roots(directories, owned, among) if directories.mentions(path, seen)]
    _tell_untracked(directories, found)
    return found


def split(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """Options (with their values) and files. What begins with a dash and is a file is a file; so is everything after `--`."""
    options: list[str] = []
    files: list[str] = []
    rest = iter(arguments)
    for argument in rest:
        if argument == "--":
            files.extend(rest)
        elif argument.startswith("-") and not os.path.lexists(argument):
            options.append(argument)
            if argument in TAKES_VALUE and (value := next(rest, None)) is not None:
                options.append(value)
        else:
            files.append(argument)
    return options, files


def _take_in(directories: Directories, file: str) -> None:
    """A file outside of the repository has neighbours too."""
    path = os.path.realpath(os.path.dirname(os.path.abspath(file)))
    if path not in directories.known and os.path.isdir(path):
        with os.scandir(path) as entries:
            for entry in entries:
                if entry.name.endswith(TERRAFORM):
                    directories.add(entry.path)


def _tell_untracked(directories: Directories, found: Sequence[str]) -> None:
    inner = {each for path in found for each in directories.reach(path)}
    names = sorted(_shown(file, os.getcwd()) for path in inner for file in directories.known[path].untracked)
    if names:
        more = f" and {len(names) - 5} more" if len(names) > 5 else ""
        from tf_cvpn_lint.commands import remark

        told = ", ".join(name.encode("unicode_escape").decode("ascii") for name in names[:5])
        remark(f"read with the rest, though git does not track them: {told}{more}")


def _shown(path: str, here: str) -> str:
    """The path as it can be opened from here."""
    try:
        told = os.path.relpath(path, os.path.realpath(here))
    except ValueError:  # another drive
        return path
    return told if len(told) < len(path) + 12 else path
