"""Functions on files, which read nothing outside of the configuration's own tree.

An evaluator hands in a `Files`; `ConfigurationFiles` is the one for a directory on disk. A path that leads out of the tree, also over a
symbolic link, is not read and the result is unknown; so is anything but a regular file, and what is larger than `MAX_FILE`.
Source: https://developer.hashicorp.com/terraform/language/functions, "Filesystem Functions".
"""

from __future__ import annotations

import base64
import os
import posixpath
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from tf_cvpn_lint.core.records import dataclass
from tf_cvpn_lint.read.hcl.functions.encoding import digest
from tf_cvpn_lint.read.hcl.functions.signature import Function, FunctionError, NotEvaluatedError, Parameter, text
from tf_cvpn_lint.read.hcl.types import BOOL, STRING, SetType
from tf_cvpn_lint.read.hcl.values import Value, boolean, set_of, string, text_of

MAX_FILE = 2**20
"""The largest file that is read, in bytes."""
MAX_ENTRIES = 20_000
"""The most directory entries that `fileset` looks at."""
MAX_NAMES = 2**21
"""The most characters that the paths of these may have together."""
MAX_PATTERN = 500
MAX_BRACES = 20


class Files(Protocol):
    """What the functions see of a disk. Paths are as written in the configuration; relative ones start at the root module.

    Raises `FunctionError` where Terraform would fail too, and `NotEvaluatedError` for what is not looked at.
    """

    def read(self, path: str) -> bytes: ...

    def exists(self, path: str) -> bool: ...

    def below(self, path: str) -> Iterator[str]:
        """The regular files below a directory, as paths relative to it with forward slashes."""
        ...

    def absolute(self, path: str) -> str: ...

    def __hash__(self) -> int: ...


@dataclass(frozen=True, slots=True)
class NoFiles:
    """No disk at all: for expressions that stand nowhere."""

    def read(self, path: str) -> bytes:
        raise NotEvaluatedError(f"no files are read here, so {path} is not")

    def exists(self, path: str) -> bool:
        raise NotEvaluatedError(f"no files are read here, so {path} is not")

    def below(self, path: str) -> Iterator[str]:
        raise NotEvaluatedError(f"no files are read here, so {path} is not")

    def absolute(self, path: str) -> str:
        raise NotEvaluatedError(f"no files are read here, so {path} has no place")


@dataclass(frozen=True, slots=True)
class ConfigurationFiles:
    """The files of a configuration."""

    tree: Path
    """Nothing outside of this directory is read."""
    working_directory: Path
    """The root module's directory: where relative paths start, as `terraform` is run there."""

    def _inside(self, path: str) -> Path:
        """The path with its links followed.

        Raises:
            NotEvaluatedError: it is not in the tree.
        """
        if "\0" in path:
            raise FunctionError("a path with a null character")
        if path.startswith("~"):
            raise NotEvaluatedError(f"{path} is in somebody's home directory")
        try:
            place = (self.working_directory / path).resolve()
            tree = self.tree.resolve()
        except (OSError, RuntimeError, ValueError):
            raise NotEvaluatedError(f"{path} cannot be followed") from None
        if place != tree and tree not in place.parents:
            raise NotEvaluatedError(f"{path} is outside of the configuration's directory")
        return place

    def read(self, path: str) -> bytes:
        place = self._inside(path)
        try:
            # not to wait for a pipe that took the file's place, and not to follow a link that did
            handle = os.open(place, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0))
        except (FileNotFoundError, NotADirectoryError):
            raise FunctionError(f'no file exists at "{path}"') from None
        except OSError as fault:
            raise NotEvaluatedError(f"{path} cannot be read: {fault.strerror}") from None
        mode = os.fstat(handle).st_mode
        if not stat.S_ISREG(mode):
            os.close(handle)
            if stat.S_ISDIR(mode):
                raise FunctionError(f"{path} is a directory, not a file")
            raise NotEvaluatedError(f"{path} is not a regular file")
        with os.fdopen(handle, "rb") as file:
            content = file.read(MAX_FILE + 1)
        if len(content) > MAX_FILE:
            raise NotEvaluatedError(f"{path} is larger than {MAX_FILE:,} bytes")
        return content

    def exists(self, path: str) -> bool:
        place = self._inside(path)
        try:
            mode = place.stat().st_mode
        except (FileNotFoundError, NotADirectoryError):
            return False
        except OSError as fault:
            raise NotEvaluatedError(f"{path} cannot be read: {fault.strerror}") from None
        if stat.S_ISDIR(mode):
            raise FunctionError(f"{path} is a directory, not a file")
        if not stat.S_ISREG(mode):
            raise FunctionError(f"{path} is not a regular file")
        return True

    def below(self, path: str) -> Iterator[str]:
        top = self._inside(path)
        seen = letters = 0
        # links are not followed: one may lead out of the tree, or round in a circle
        for directory, names, files in os.walk(top):
            names.sort()
            seen += len(names) + len(files)
            if seen > MAX_ENTRIES:
                raise NotEvaluatedError(f"{path} holds more than {MAX_ENTRIES:,} files")
            letters += sum(len(directory) + len(name) for name in files)
            if letters > MAX_NAMES:
                raise NotEvaluatedError(f"{path} holds files whose paths have more than {MAX_NAMES:,} characters")
            for name in files:
                place = Path(directory) / name
                if place.is_symlink():
                    try:
                        self._inside(str(place))
                    except NotEvaluatedError:
                        continue
                if place.is_file():
                    yield place.relative_to(top).as_posix()

    def absolute(self, path: str) -> str:
        return posixpath.normpath(posixpath.join(self.working_directory.absolute().as_posix(), path))


def _read(files: Files, path: Value) -> bytes:
    return files.read(text(path))


def _file(files: Files) -> Function:
    def body(path: Value) -> Value:
        try:
            return text_of(_read(files, path).decode("utf-8"))
        except UnicodeDecodeError:
            raise FunctionError(f"contents of {text(path)} are not valid UTF-8; use filebase64 instead") from None

    return Function("file", body, (_PATH,), returns=STRING)


def _filebase64(files: Files) -> Function:
    def body(path: Value) -> Value:
        return text_of(base64.b64encode(_read(files, path)).decode("ascii"))

    return Function("filebase64", body, (_PATH,), returns=STRING)


_DIGESTS = {
    "filemd5": ("md5", "hex"),
    "filesha1": ("sha1", "hex"),
    "filesha256": ("sha256", "hex"),
    "filesha512": ("sha512", "hex"),
    "filebase64sha256": ("sha256", "base64"),
    "filebase64sha512": ("sha512", "base64"),
}


def _file_digest(files: Files, name: str) -> Function:
    algorithm, form = _DIGESTS[name]

    def body(path: Value) -> Value:
        return string(digest(algorithm, _read(files, path), form))

    return Function(name, body, (_PATH,), returns=STRING)


def _fileexists(files: Files) -> Function:
    def body(path: Value) -> Value:
        return boolean(files.exists(text(path)))

    return Function("fileexists", body, (_PATH,), returns=BOOL)


def _fileset(files: Files) -> Function:
    def body(path: Value, pattern: Value) -> Value:
        matching = compile_glob(text(pattern))
        found = [string(name) for name in files.below(text(path)) if matching.matches(name)]
        return set_of(STRING, found)

    return Function("fileset", body, (_PATH, Parameter("pattern", STRING)), returns=SetType(STRING))


def _abspath(files: Files) -> Function:
    def body(path: Value) -> Value:
        return string(files.absolute(text(path)))

    return Function("abspath", body, (_PATH,), returns=STRING)


def _pathexpand(path: Value) -> Value:
    written = text(path)
    if written.startswith("~"):
        raise NotEvaluatedError("where a home directory is depends on who runs Terraform")
    return string(written)


def _basename(path: Value) -> Value:
    written = text(path)
    if not written:
        return string(".")
    return string(written.rstrip("/").rpartition("/")[2] or "/")


def _dirname(path: Value) -> Value:
    head, slash, _ = text(path).rpartition("/")
    return string(_clean(head + slash))


def _clean(path: str) -> str:
    cleaned = posixpath.normpath(path) if path else "."
    return "/" + cleaned.lstrip("/") if cleaned.startswith("/") else cleaned


@dataclass(frozen=True, slots=True)
class Glob:
    """A pattern with `*`, `**`, `?`, `[a-z]` and `{a,b}`, as steps; matched in a time that grows with the pattern and the name.

    The places of a name that the pattern up to a step may reach are the bits of one number, so nothing is ever tried a second time.
    """

    steps: tuple[_Step, ...]

    def matches(self, name: str) -> bool:
        """Whether all of the name fits, a path with forward slashes."""
        inside = sum(1 << at for at, letter in enumerate(name) if letter != "/")
        behind = sum(2 << at for at, letter in enumerate(name) if letter == "/")
        places: dict[str, int] = {}
        for at, letter in enumerate(name):
            places[letter] = places.get(letter, 0) | 1 << at
        reached = _walk(self.steps, 1, _Name(places, inside, behind, (2 << len(name)) - 1))
        return bool(reached >> len(name) & 1)


@dataclass(frozen=True, slots=True)
class _Step:
    """One part of a pattern."""

    kind: str
    """`text`, `class`, `?`, `*`, `**`, `**/` or `{`."""
    text: str = ""
    letters: re.Pattern[str] | None = None
    branches: tuple[tuple[_Step, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class _Name:
    """A name, as bits for its places."""

    places: dict[str, int]
    """Where each letter stands."""
    inside: int
    """What is no slash."""
    behind: int
    """The places behind slashes."""
    everywhere: int


def _walk(steps: tuple[_Step, ...], reached: int, name: _Name) -> int:
    """The places that are reached from these by the steps."""
    for step in steps:
        if not reached:
            return 0
        match step.kind:
            case "text":
                reached = (reached & name.places.get(step.text, 0)) << 1
            case "class":
                assert step.letters is not None
                fitting = sum(where for letter, where in name.places.items() if step.letters.fullmatch(letter))
                reached = (reached & fitting) << 1
            case "?":
                reached = (reached & name.inside) << 1
            case "*":
                # Adding carries each bit to the end of the run of letters it is in; what was carried over is what changed.
                reached |= ((reached & name.inside) + name.inside) ^ name.inside
            case "**":
                reached |= name.everywhere & -(reached & -reached)
            case "**/":
                if first := reached & name.inside:
                    reached |= name.behind & -(first & -first)
            case _:
                reached = _any_of(_walk(branch, reached, name) for branch in step.branches)
    return reached


def _any_of(numbers: Iterator[int]) -> int:
    """All bits that are set in any of the numbers."""
    found = 0
    for number in numbers:
        found |= number
    return found


def compile_glob(pattern: str) -> Glob:
    """The glob of a pattern.

    Raises:
        FunctionError: a bracket or brace is not closed.
        NotEvaluatedError: the pattern is longer, or has more braces within each other, than anybody writes.
    """
    if len(pattern) > MAX_PATTERN:
        raise NotEvaluatedError(f"a file pattern of more than {MAX_PATTERN} characters")
    open_: list[tuple[list[_Step], list[tuple[_Step, ...]]]] = []
    made: list[_Step] = []
    at = 0
    while at < len(pattern):
        letter = pattern[at]
        if letter == "*":
            kind = next(stars for stars in ("**/", "**", "*") if pattern.startswith(stars, at))
            made.append(_Step(kind))
            at += len(kind)
        elif letter == "?":
            made.append(_Step("?"))
            at += 1
        elif letter == "[":
            end = pattern.find("]", at + 2)
            if end < 0:
                raise _not_a_pattern(pattern)
            made.append(_Step("class", letters=_class(pattern[at + 1 : end], pattern)))
            at = end + 1
        elif letter == "{":
            if len(open_) >= MAX_BRACES:
                raise NotEvaluatedError(f"a file pattern with more than {MAX_BRACES} braces within each other")
            open_.append((made, []))
            made = []
            at += 1
        elif letter in ",}" and open_:
            outer, branches = open_[-1]
            branches.append(tuple(made))
            made = []
            if letter == "}":
                open_.pop()
                outer.append(_Step("{", branches=tuple(branches)))
                made = outer
            at += 1
        else:
            at += letter == "\\" and at + 1 < len(pattern)
            made.append(_Step("text", pattern[at]))
            at += 1
    if open_:
        raise _not_a_pattern(pattern)
    return Glob(tuple(made))


def _class(inner: str, pattern: str) -> re.Pattern[str]:
    negative = inner[:1] in ("!", "^")
    inner = inner[1:] if negative else inner
    escaped = re.sub(r"([\\\[\]^&~|])", r"\\\1", inner)
    try:
        return re.compile(f"[{'^' if negative else ''}{escaped}]", re.DOTALL)
    except re.error:
        raise _not_a_pattern(pattern) from None


def _not_a_pattern(pattern: str) -> FunctionError:
    return FunctionError(f"failed to glob pattern {pattern}: syntax error in pattern")


_PATH = Parameter("path", STRING)

FUNCTIONS = (
    Function("basename", _basename, (_PATH,), returns=STRING),
    Function("dirname", _dirname, (_PATH,), returns=STRING),
    Function("pathexpand", _pathexpand, (_PATH,), returns=STRING),
)


def functions_on(files: Files) -> tuple[Function, ...]:
    """The functions that look at files, on these."""
    return (
        _file(files),
        _filebase64(files),
        _fileexists(files),
        _fileset(files),
        _abspath(files),
        *(_file_digest(files, name) for name in _DIGESTS),
    )
