"""What git knows: where the repository is, which Terraform files it holds, and what a commit changes that pre-commit does not name."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass

PATTERNS = ("*.tf", "*.tofu", "*.tf.json", "*.tofu.json")
_LINK, _SUBMODULE = "120000", "160000"
"""Modes of the entries of a tree: a symbolic link, and the commit of a submodule."""


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository, its worktree or a submodule of it."""

    top: str
    """The directory that its paths are told from."""
    index: str | None
    """The index of a commit under way, where it is not the repository's own (`git commit FILE`, `git commit --all`)."""

    def _run(self, *arguments: str) -> bytes | None:
        return _git(self.top, *arguments, index=self.index)

    def files(self) -> tuple[list[str], list[str]] | None:
        """The Terraform files that git tracks, and those it neither tracks nor ignores; None where it does not say."""
        told = self._run("ls-files", "-z", "-t", "--cached", "--others", "--exclude-standard", "--", *PATTERNS)
        if told is None:
            return None
        tracked: list[str] = []
        others: list[str] = []
        for entry in map(os.fsdecode, told.split(b"\0")):
            if entry:
                (others if entry[0] == "?" else tracked).append(os.path.join(self.top, entry[2:]))
        return tracked, others

    def submodules(self) -> list[str]:
        """The directories of the submodules."""
        told = self._run("config", "--file", ".gitmodules", "-z", "--get-regexp", r"^submodule\..*\.path$")
        entries = map(os.fsdecode, (told or b"").split(b"\0"))
        return [os.path.join(self.top, entry.partition("\n")[2]) for entry in entries if entry]

    def unnamed_changes(self) -> list[str]:
        """What the commit changes besides ordinary files: files that are gone (also under their old names), links, submodules.

        pre-commit names the ordinary files only. It says in its own variables when it compares two commits instead (`--from-ref`, pushes):
        https://pre-commit.com/#pre-commit-run
        """
        environment = os.environ
        old = environment.get("PRE_COMMIT_FROM_REF") or environment.get("PRE_COMMIT_ORIGIN")
        new = environment.get("PRE_COMMIT_TO_REF") or environment.get("PRE_COMMIT_SOURCE")
        options = ("diff", "--raw", "-z", "--no-renames", "--no-ext-diff", "--ignore-submodules=none", "--no-abbrev")
        if old and new and not (old.startswith("-") or new.startswith("-")):
            told = self._run(*options, f"{old}...{new}", "--") or self._run(*options, f"{old}..{new}", "--")
        else:
            told = self._run(*options, "--cached", "--")
        parts = [os.fsdecode(part) for part in (told or b"").split(b"\0")]
        found = []
        for about, name in zip(parts[::2], parts[1::2], strict=False):
            before, after, *_, status = about.lstrip(":").split(" ")
            if status == "D" or {before, after} & {_LINK, _SUBMODULE}:
                found.append(os.path.join(self.top, name))
        return found


def repository(here: str) -> Repository | None:
    """The repository around the directory; None where there is none, or no git.

    While a commit runs, git tells its hooks by variables (`GIT_DIR`, `GIT_INDEX_FILE`, …) where it works, and whatever they start in other
    repositories inherits them. So all are left aside, but for an index that lies in this very repository: it is what is being committed.
    """
    told = _git(here, "rev-parse", "--show-toplevel", "--absolute-git-dir")
    lines = os.fsdecode(told or b"").splitlines()
    if len(lines) != 2:
        return None
    top, directory = lines
    index = os.environ.get("GIT_INDEX_FILE")
    if index:
        index = os.path.realpath(os.path.join(top, index))
        if not index.startswith(os.path.realpath(directory) + os.sep) or not os.path.isfile(index):
            index = None
    return Repository(top, index or None)


def _git(directory: str, *arguments: str, index: str | None = None) -> bytes | None:
    """What git prints; None where it fails."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    environment |= {"GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
    if index:
        environment["GIT_INDEX_FILE"] = index
    try:
        done = subprocess.run(
            ["git", "-c", "core.fsmonitor=false", *arguments],
            cwd=directory,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
    except OSError:
        return None
    return done.stdout if done.returncode == 0 else None
