"""Paths as a repository knows them: what code hosts show findings by."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from tf_cvpn_lint.core.records import dataclass, field

if TYPE_CHECKING:
    from tf_cvpn_lint.report.contract import Report


@dataclass(frozen=True, slots=True)
class Repository:
    """The directory that paths are told from, the one that relative paths start in, and where sources are besides the inputs' own."""

    root: Path
    here: Path
    sources: tuple[Path, ...] = ()
    _known: dict[tuple[str, str], str] = field(default_factory=dict, compare=False)

    @classmethod
    def around(cls, directory: Path, sources: tuple[Path, ...] = ()) -> Repository:
        """The repository that holds the directory; the directory itself where none does.

        A worktree and a submodule have a file called `.git` instead of a directory; both are roots of their own.
        """
        here = Path(os.path.abspath(directory))  # noqa: PTH100 - resolve() would follow the links a user walks by
        root = next((parent for parent in (here, *here.parents) if (parent / ".git").exists()), here)
        return cls(root, here, sources)

    def path(self, file: str) -> str:
        """The file relative to the root, with `/`; as it was given where it lies outside, or is no file."""
        if file in ("", "-"):
            return file
        try:
            plain = Path(os.path.abspath(self.here / file))  # noqa: PTH100 - as above
            for candidate, root in ((plain, self.root), (plain.resolve(), self.root.resolve())):
                if candidate.is_relative_to(root):
                    return candidate.relative_to(root).as_posix()
        except (OSError, ValueError, RuntimeError):  # a name that no file can have, a loop of links
            pass
        return PurePosixPath(file).as_posix()

    def source(self, file: str, input_: str) -> str:
        """The path of a file that a location of this input names: relative to the input's directory, to a `--source`, or to here."""
        key = (file, input_)
        if key not in self._known:
            self._known[key] = self.path(str(self._found(file, input_)))
        return self._known[key]

    def _found(self, file: str, input_: str) -> Path:
        beside = Path() if input_ in ("", "-") else Path(input_)
        places = []
        for directory in (beside, *self.sources, Path()):
            try:
                at = self.here / directory
                place = (at if at.is_dir() else at.parent) / file
                if place.is_file():
                    return place
            except (OSError, ValueError):  # a name that no file can have
                continue
            places.append(place)
        return Path(file) if not places or input_ in ("", "-") else places[0]

    def told(self, report: Report) -> Report:
        """The report with every path as the repository knows it: those of the inputs and of all locations."""
        return type(report).model_validate(self._told(report.model_dump(), ""))

    def _told(self, part: Any, input_: str) -> Any:
        if isinstance(part, list):
            return [self._told(item, input_) for item in part]
        if not isinstance(part, dict):
            return part
        input_ = part.get("input", input_)
        moved = {name: self._told(value, input_) for name, value in part.items()}
        if isinstance(file := part.get("file"), str):
            moved["file"] = self.source(file, input_)
        if "input" in part:
            moved["input"] = self.path(input_)
        if "kind" in part and "path" in part and len(part) == 2:  # an entry of `inputs`
            moved["path"] = self.path(part["path"])
        return moved


def is_inside(path: str) -> bool:
    """Whether a path that a repository told lies in it."""
    return bool(path) and path != "-" and not path.startswith(("/", "../")) and path != ".." and path[1:3] != ":/"


def uri(path: str) -> str:
    """The path as a URI reference (RFC 3986), relative wherever the path is. No colon is left bare, which would make a scheme of the rest."""
    return f"{'file://' if path.startswith('/') else ''}{quote(path, safe='/')}"
