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
        seen = 0
        # links are not followed: one may lead out of the tree, or round in a circle
        for directory, names, files in os.walk(top):
            names.sort()
            seen += len(names) + len(files)
            if seen > MAX_ENTRIES:
                raise NotEvaluatedError(f"{path} holds more than {MAX_ENTRIES:,} files")
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
        matches = compile_glob(text(pattern))
        found = [string(name) for name in files.below(text(path)) if matches.fullmatch(name)]
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


def compile_glob(pattern: str) -> re.Pattern[str]:
    """The regular expression of a glob with `*`, `**`, `?`, `[a-z]` and `{a,b}`.

    Raises:
        FunctionError: a bracket or brace is not closed.
        NotEvaluatedError: the pattern has more wildcards than can be matched in a bounded time.
    """
    if len(pattern) > 500 or pattern.count("*") > 12:
        raise NotEvaluatedError("a file pattern with too many wildcards")
    made: list[str] = []
    at = 0
    braces = 0
    while at < len(pattern):
        rest = pattern[at:]
        if rest.startswith("**/"):
            made.append("(?:[^/]+/)*")
            at += 3
        elif rest.startswith("**"):
            made.append(".*")
            at += 2
        elif rest[0] == "*":
            made.append("[^/]*")
            at += 1
        elif rest[0] == "?":
            made.append("[^/]")
            at += 1
        elif rest[0] == "[":
            end = pattern.find("]", at + 2)
            if end < 0:
                raise FunctionError(f"failed to glob pattern {pattern}: syntax error in pattern")
            inner = pattern[at + 1 : end]
            negative = inner[:1] in ("!", "^")
            inner = inner[1:] if negative else inner
            made.append("[" + ("^" if negative else "") + re.sub(r"([\\\[\]^&~|])", r"\\\1", inner) + "]")
            at = end + 1
        elif rest[0] == "{":
            made.append("(?:")
            braces += 1
            at += 1
        elif rest[0] == "}" and braces:
            made.append(")")
            braces -= 1
            at += 1
        elif rest[0] == "," and braces:
            made.append("|")
            at += 1
        elif rest[0] == "\\" and len(rest) > 1:
            made.append(re.escape(rest[1]))
            at += 2
        else:
            made.append(re.escape(rest[0]))
            at += 1
    if braces:
        raise FunctionError(f"failed to glob pattern {pattern}: syntax error in pattern")
    try:
        return re.compile("".join(made), re.DOTALL)
    except re.error:
        raise FunctionError(f"failed to glob pattern {pattern}: syntax error in pattern") from None


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
