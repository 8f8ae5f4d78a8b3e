"""Judges the configurations of a commit: in one run, or in one for each settings file where they have different ones."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from tf_cvpn_lint.commands import PROGRAM, plainly_asked, run_command


def judge(paths: Sequence[str], options: Sequence[str]) -> int:
    """`check` with these options on these directories; the worst of the statuses of its runs."""
    groups = _by_settings(paths, options)
    if len(groups) > 1 and any(option.partition("=")[0] == "--output" for option in options):
        sys.stderr.write(
            f"{PROGRAM}: --output: {paths[0]} and others have settings of their own, and one file holds one report\n"
        )
        return 2
    return max(_run(["check", *options, "--", *group]) for group in groups)


def _run(arguments: Sequence[str]) -> int:
    if (plain := plainly_asked(arguments)) is not None:
        return run_command(plain)
    from tf_cvpn_lint.cli import command_line

    return command_line(arguments)


def _by_settings(paths: Sequence[str], options: Sequence[str]) -> list[list[str]]:
    """The paths, those together that one run can judge: a run has one settings file."""
    if any(option.partition("=")[0] in ("--config", "--no-config") for option in options):
        return [list(paths)]
    from tf_cvpn_lint.controls.settings_search import find

    groups: dict[Path | None, list[str]] = {}
    for path in paths:
        try:
            file = find(Path(path))
        except (OSError, ValueError):
            file = None
        groups.setdefault(file, []).append(path)
    return list(groups.values())
