"""From changed files to the configurations they belong to: their owners and, through local module calls, all who call those."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from tf_cvpn_lint.hook.directories import TERRAFORM, Directories, Directory, closure

VARIABLES = (".tfvars", ".tfvars.json", ".tofuvars", ".tofuvars.json")
SETTINGS = (".tf-cvpn-lint.toml", "pyproject.toml")


def owners(directories: Directories, changed: Iterable[str], arguments: Iterable[str]) -> set[str]:
    """The directories whose own words a change concerns, by their paths without symbolic links; also of some that are gone.

    Args:
        changed: files, or directories (a submodule, a link to a directory); whether they are still there or not.
        arguments: of the options of this run; a change to a file among them concerns every directory.
    """
    given = {os.path.realpath(argument) for argument in arguments if argument}
    linked: dict[str, list[str]] = {}
    for directory in directories.known.values():
        for target in directory.linked:
            linked.setdefault(target, []).append(directory.path)
    found: set[str] = set()
    for file in changed:
        real = os.path.realpath(file)
        if real in given:
            return set(directories.known)
        found.update(linked.get(real, ()))
        found.update(_owners_of(directories, file, real))
    return found


def _owners_of(directories: Directories, file: str, real: str) -> Iterator[str]:
    path, name = os.path.split(os.path.abspath(file))
    # The directory may be reached through a link; the name of the file itself counts as it is written.
    path = os.path.realpath(path)
    if os.path.isdir(real):
        yield from _below(directories, real)
    if name.endswith(TERRAFORM):
        yield path
    elif name.endswith(VARIABLES):
        nearest = directories.nearest(path)
        if nearest is not None:
            yield nearest.path
    elif name in SETTINGS:
        yield from _below(directories, path)
    else:
        # A file that an expression reads. Of a directory that is gone, or a link to one, who called what was in it is asked by its path.
        yield from (each.path for each in directories.known.values() if each.reads(os.path.join(path, name)))
        yield os.path.join(path, name)


def _below(directories: Directories, path: str) -> Iterator[str]:
    inside = path.rstrip(os.sep) + os.sep
    yield from (each for each in directories.known if each == path or each.startswith(inside))


def candidates(directories: Directories, owned: set[str]) -> set[str]:
    """The owners and all that may call them, directly or not. Some of them may be gone."""
    callers = directories.callers()
    return closure(owned, lambda path: callers.get(path, ()))


def roots(directories: Directories, owned: set[str], among: set[str]) -> list[str]:
    """The configurations to judge: of the owners and of all that really call them, those that nobody calls; in order.

    Where modules call each other in a circle there is no such; then it is the owners themselves.

    Args:
        among: who may call whom, as `candidates` gives them.
    """
    callers: dict[str, set[str]] = {}
    for path in among:
        directory = directories.known.get(path)
        if directory is not None and directory.calls:
            for called in _really_called(directory):
                callers.setdefault(called, set()).add(path)
    affected = closure(owned, lambda path: callers.get(path, ())) & directories.known.keys()
    found = {path for path in affected if not callers.get(path, set()) - {path}}
    covered = {inner for path in found for inner in directories.reach(path)}
    return sorted(found | {path for path in owned & directories.known.keys() if path not in covered})


def _really_called(directory: Directory) -> Iterator[str]:
    from tf_cvpn_lint.read.hcl.directory import calls
    from tf_cvpn_lint.read.hcl.sources import read_sources

    for _, source in calls(read_sources(Path(directory.path), "")):
        if source.startswith("."):
            yield os.path.realpath(os.path.join(directory.path, source))
