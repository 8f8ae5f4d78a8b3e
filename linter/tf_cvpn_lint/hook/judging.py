"""Judges the configurations of a commit, all in one run; each by the settings that are its own."""

from __future__ import annotations

from collections.abc import Sequence

from tf_cvpn_lint.commands import plainly_asked, run_command


def judge(paths: Sequence[str], options: Sequence[str]) -> int:
    """`check` with these options on these directories, and its status."""
    arguments = ["check", *options, "--", *paths]
    if (plain := plainly_asked(arguments)) is not None:
        return run_command(plain)
    from tf_cvpn_lint.cli import command_line

    return command_line(arguments)
