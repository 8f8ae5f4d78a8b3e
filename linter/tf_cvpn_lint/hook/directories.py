"""The directories of Terraform in a repository and who calls whom, by their text alone: cheap, and never too few.

What only looks like a call (in a comment, an argument `source` of something else) counts as one here; `roots` looks closer.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from tf_cvpn_lint.hook.git import Repository

TERRAFORM = (".tf", ".tofu", ".tf.json", ".tofu.json")
MENTIONS = re.compile(rb"client_vpn|client-vpn", re.IGNORECASE)
"""The same words that `read.hcl.sources.MENTIONS` looks for; a test holds the two together."""
_CALL = re.compile(rb"""\bsource"?\s*[=:]\s*"(\.\.?[/\\][^"\r\n]*)\"""")
_READS_FILES = re.compile(rb"\b(?:file\w*|templatefile)\s*\(")
_SKIPPED = (".terraform", ".terragrunt-cache", ".git")
_MAX_FILE = 32 * 2**20


@dataclass(slots=True)
class Directory:
    """One directory with Terraform files."""

    path: str
    """Without symbolic links."""
    files: list[str] = field(default_factory=list)
    linked: set[str] = field(default_factory=set)
    """Where those of its files lie that are symbolic links."""
    untracked: list[str] = field(default_factory=list)
    """Files that git does not know."""
    _text: bytes | None = None
    _calls: frozenset[str] | None = None
    _mentions: bool | None = None

    @property
    def text(self) -> bytes:
        """All its files."""
        if self._text is None:
            self._text = b"\n".join(map(_read, sorted(self.files)))
        return self._text

    @property
    def calls(self) -> frozenset[str]:
        """The directories of the local modules it may call, without symbolic links; whether they are there or not."""
        if self._calls is None:
            found = (os.fsdecode(call).replace("\\", "/") for call in _CALL.findall(self.text))
            self._calls = frozenset(os.path.realpath(os.path.join(self.path, call)) for call in found)
        return self._calls

    @property
    def mentions(self) -> bool:
        """Whether it names a Client VPN."""
        if self._mentions is None:
            self._mentions = MENTIONS.search(self.text) is not None
        return self._mentions

    def reads(self, file: str) -> bool:
        """Whether an expression of it may read the file: it reads files, and names this one or holds it."""
        if not _READS_FILES.search(self.text):
            return False
        return os.fsencode(os.path.basename(file)) in self.text or file.startswith(self.path + os.sep)


@dataclass(slots=True)
class Directories:
    """All directories with Terraform files, by their paths without symbolic links."""

    known: dict[str, Directory] = field(default_factory=dict)

    @classmethod
    def of(cls, repository: Repository | None, here: str) -> Directories:
        """Those of the repository and of its submodules; without git, those in and below `here`."""
        found = cls()
        files = repository.files() if repository else None
        if repository is None or files is None:
            found.walk(here)
            return found
        tracked, others = files
        for file in tracked:
            found.add(file)
        for file in others:
            found.add(file, untracked=True)
        for directory in repository.submodules():
            found.walk(directory)
        return found

    def add(self, file: str, *, untracked: bool = False) -> None:
        """Takes a file in, where it is there and is none of Terraform's own copies."""
        path, name = os.path.split(file)
        if name.startswith((".", "#")) or any(f"/{part}/" in f"{path.replace(os.sep, '/')}/" for part in _SKIPPED):
            return
        if not os.path.isfile(file):
            return
        path = os.path.realpath(path)
        directory = self.known.setdefault(path, Directory(path))
        directory.files.append(file)
        if os.path.islink(file):
            directory.linked.add(os.path.realpath(file))
        if untracked:
            directory.untracked.append(file)

    def walk(self, start: str) -> None:
        """Takes in everything below a directory."""
        for current, inner, files in os.walk(start):
            inner[:] = [name for name in inner if not name.startswith(".")]
            for name in files:
                if name.endswith(TERRAFORM):
                    self.add(os.path.join(current, name))

    def nearest(self, path: str) -> Directory | None:
        """The directory itself, or the first above it that has Terraform files."""
        while path not in self.known:
            path, before = os.path.dirname(path), path
            if path == before:
                return None
        return self.known[path]

    def callers(self) -> dict[str, set[str]]:
        """For every directory, those that may call it as a module."""
        found: dict[str, set[str]] = {}
        for directory in self.known.values():
            for called in directory.calls:
                found.setdefault(called, set()).add(directory.path)
        return found

    def reach(self, start: str) -> set[str]:
        """The directory and all that it may call."""
        return closure([start], lambda path: self.known[path].calls & self.known.keys() if path in self.known else ())

    def mentions(self, start: str, seen: dict[str, bool]) -> bool:
        """Whether the configuration that starts in this directory names a Client VPN: it, what it calls, or what is installed for it."""
        if start not in seen:
            seen[start] = any(self.known[path].mentions for path in self.reach(start)) or any(
                MENTIONS.search(_read(file)) for file in _installed(start)
            )
        return seen[start]


def closure(start: Iterable[str], following: Callable[[str], Iterable[str]]) -> set[str]:
    """Everything that is reached from the start, the start included."""
    seen: set[str] = set()
    waiting = list(start)
    while waiting:
        current = waiting.pop()
        if current not in seen:
            seen.add(current)
            waiting.extend(following(current))
    return seen


def _installed(directory: str) -> Iterator[str]:
    """The Terraform files of the modules that `terraform init` has put in place."""
    data = os.environ.get("TF_DATA_DIR") or ".terraform"
    for current, inner, files in os.walk(os.path.join(directory, data, "modules")):
        inner[:] = [name for name in inner if not name.startswith(".")]
        yield from (os.path.join(current, name) for name in files if name.endswith(TERRAFORM))


def _read(file: str) -> bytes:
    try:
        status = os.stat(file)
        if not stat.S_ISREG(status.st_mode) or status.st_size > _MAX_FILE:
            return b""  # opening a pipe would wait for somebody to write
        with open(file, "rb") as stream:
            return stream.read()
    except OSError:
        return b""
