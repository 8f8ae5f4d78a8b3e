"""Paths as a repository knows them: what code hosts show findings by."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import quote


@dataclass(frozen=True, slots=True)
class Repository:
    """The directory that paths are told from, and the one that relative paths start in."""

    root: Path
    here: Path

    @classmethod
    def around(cls, directory: Path) -> Repository:
        """The repository that holds the directory; the directory itself where none does.

        A worktree and a submodule have a file called `.git` instead of a directory; both are roots of their own.
        """
        here = Path(os.path.abspath(directory))  # noqa: PTH100 - resolve() would follow the links a user walks by
        root = next((parent for parent in (here, *here.parents) if (parent / ".git").exists()), here)
        return cls(root, here)

    def path(self, file: str) -> str:
        """The file relative to the root, with `/`; as it was given where it lies outside."""
        found = self._inside(file)
        return found if found is not None else PurePosixPath(file).as_posix()

    def holds(self, file: str) -> bool:
        """Whether it lies in the repository."""
        return self._inside(file) is not None

    def uri(self, file: str) -> str:
        """The path as a URI reference (RFC 3986), relative wherever the path is."""
        path = self.path(file)
        # A colon in the first segment would make it a scheme, so that none is left bare.
        return f"{'file://' if path.startswith('/') else ''}{quote(path, safe='/')}"

    def _inside(self, file: str) -> str | None:
        if file in ("", "-"):
            return None
        try:
            plain = Path(os.path.abspath(self.here / file))  # noqa: PTH100 - as above
            for candidate, root in ((plain, self.root), (plain.resolve(), self.root.resolve())):
                if candidate.is_relative_to(root):
                    return candidate.relative_to(root).as_posix()
        except (OSError, ValueError, RuntimeError):  # a name that no file can have, a loop of links
            pass
        return None
