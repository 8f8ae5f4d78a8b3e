"""Opening files that somebody else may have prepared: a link to a secret, a pipe nobody writes to, a file without an end.

What is linted may be a stranger's pull request, so nothing below an input is opened in another way.
"""

from __future__ import annotations

import os
import stat
from functools import lru_cache
from pathlib import Path

MAX_FILE = 32 * 2**20
"""Larger source files are not read, in bytes."""
MAX_INPUT = 2**30
"""Larger plans and states are not read, in bytes; decoding takes several times that."""


class UnfitError(ValueError):
    """There is a file, and it is not read: it is too large, no regular file, or a link leads out of the configuration's tree to it."""


def tree_of(directory: Path) -> Path | None:
    """The root of the repository around a directory, its links followed; None outside of any."""
    return _repository(os.path.realpath(directory))


@lru_cache(maxsize=256)
def _repository(real: str) -> Path | None:
    here = Path(real)
    return next((each for each in (here, *here.parents) if (each / ".git").exists()), None)


def is_within(path: Path, tree: Path) -> bool:
    """Whether the path, with its links followed, is the tree or below it."""
    place, root = os.path.realpath(path), os.path.realpath(tree)
    return place == root or place.startswith(root.rstrip(os.sep) + os.sep)


def may_enter(directory: Path, root: Path) -> bool:
    """Whether a directory that a configuration names is read.

    In a repository it is where it lies in that, its links followed. Outside of one it may be anywhere it is written to be (`../network`), but
    no link may lead out of the root module's directory.
    """
    if "\0" in str(directory):
        return False
    if (tree := tree_of(root)) is not None:
        return is_within(directory, tree)
    real = os.path.realpath(root)
    written = os.path.normpath(os.path.join(real, os.path.relpath(directory, root)))  # noqa: PTH118 - the links stay as they are
    return os.path.realpath(directory) == written or is_within(directory, root)


def plain_path(path: Path) -> Path:
    """The path without the `..` in it, where it leads to the same file without: a directory before a `..` may be a link."""
    plain = Path(os.path.normpath(path))
    try:
        return plain if plain != path and plain.samefile(path) else path
    except (OSError, ValueError):  # not there, or a name that no file can have
        return path


def read_below(path: Path, root: Path, *, limit: int = MAX_FILE) -> bytes:
    """A file of the configuration whose root module is the directory `root`; its own directory is one that may be entered.

    A link may lead to any place in the repository around it; outside of a repository, to any in `root` or in the file's own directory.

    Raises:
        OSError: it cannot be opened.
        UnfitError: it is not read; the words say why.
    """
    if path.is_symlink():
        trees = (tree,) if (tree := tree_of(root)) is not None else (root, path.parent)
        if not any(is_within(path, tree) for tree in trees):
            raise UnfitError("a link that leads out of the configuration's tree")
    return read_regular(path, limit=limit)


def read_named(path: Path, *, limit: int = MAX_FILE) -> bytes:
    """The bytes of a file that the user named, which may be a pipe (`<(sops -d prod.tfvars)`), but no device, and has a bounded size.

    Raises:
        OSError: it cannot be opened.
        UnfitError: it is a device, or too large.
    """
    mode = path.stat().st_mode
    if not stat.S_ISFIFO(mode):
        return read_regular(path, limit=limit)
    with path.open("rb") as file:
        data = file.read(limit + 1)
    if len(data) > limit:
        raise UnfitError(f"larger than {limit // 2**20} MiB")
    return data


def read_regular(path: Path, *, limit: int = MAX_FILE) -> bytes:
    """The bytes of a regular file of bounded size.

    Raises:
        OSError: it cannot be opened.
        UnfitError: it is no regular file, or too large.
    """
    # Opening a pipe would wait for somebody to write; opening a terminal would make it ours.
    handle = os.open(
        path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0) | getattr(os, "O_BINARY", 0)
    )
    with os.fdopen(handle, "rb") as file:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise UnfitError("not a regular file")
        # Files that a kernel makes up say they are empty and do not end.
        data = file.read(limit + 1) if status.st_size <= limit else b""
        if status.st_size > limit or len(data) > limit:
            raise UnfitError(f"larger than {limit // 2**20} MiB")
    return data
