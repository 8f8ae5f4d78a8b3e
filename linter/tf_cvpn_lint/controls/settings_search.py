"""Where the settings of an input are: in its directory, or in one above it up to the repository's root or the home directory.

Looking costs nothing: what checks a settings file is imported where one is found.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tf_cvpn_lint.core.files import read_below

NAME = ".tf-cvpn-lint.toml"
PROJECT = "pyproject.toml"
TOOL = "tf-cvpn-lint"
LARGEST = 2**20
"""Larger files are no settings, in bytes."""


def find(start: Path) -> Path | None:
    """The settings file for an input in this directory; None where there is none up to the repository's root or the home directory.

    In one directory `.tf-cvpn-lint.toml` comes before `pyproject.toml`; a `pyproject.toml` without the table is passed over.
    """
    try:
        home = Path.home().resolve()
    except RuntimeError:
        home = None
    for directory in _upwards(start):
        if (path := directory / NAME).is_file():
            return path
        if (path := directory / PROJECT).is_file() and _has_table(path):
            return path
        if (directory / ".git").exists() or directory == home:
            return None
    return None


def _upwards(start: Path) -> Iterator[Path]:
    here = start.resolve()
    yield here
    yield from here.parents


def _has_table(path: Path) -> bool:
    try:
        text = read_below(path, path.parent, limit=LARGEST).decode("utf-8")
    except (OSError, ValueError):
        return False
    if TOOL not in text:
        return False
    import tomllib

    try:
        tool = tomllib.loads(text).get("tool")
    except (ValueError, RecursionError):
        return False  # other tools will say so
    return isinstance(tool, dict) and TOOL in tool
