"""The Terraform files of a root and of the modules it calls, for what stands in them beside Terraform: comments.

The same for a directory and for a plan beside its sources, so that a comment counts in both.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from tf_cvpn_lint.config.configuration import Configuration
from tf_cvpn_lint.core.address import Address
from tf_cvpn_lint.core.files import may_enter, read_regular
from tf_cvpn_lint.core.records import dataclass, field
from tf_cvpn_lint.read.hcl.blocks import Block, Lines, split_blocks, statements
from tf_cvpn_lint.read.hcl.sources import configuration_files, read_text

Names = tuple[str, ...]
"""A module by the names of its calls, from the root down; all its instances are written in one place."""
DEEPEST = 100
"""Blocks within blocks in which a comment still finds its own statement; deeper, the one around counts."""
MAX_MODULES = 5_000
"""Modules that are looked into for comments."""


@dataclass(frozen=True, slots=True)
class Extent:
    """The lines that a statement takes, both ends included, and those of what stands in it."""

    first: int
    last: int
    inner: tuple[Extent, ...] = ()
    block: Block | None = None
    """Of a top-level block."""

    def holds(self, line: int) -> bool:
        return self.first <= line <= self.last


@dataclass(frozen=True)
class SourceFile:
    """One file of a module."""

    path: Path
    name: str
    """As a location names it."""
    text: str

    @cached_property
    def blank_lines(self) -> tuple[int, ...]:
        """Their numbers."""
        return tuple(number for number, text in enumerate(self.text.split("\n"), 1) if not text.strip())

    @cached_property
    def lines(self) -> Lines:
        return Lines(self.text)

    @property
    def is_json(self) -> bool:
        """Whether it is written in Terraform's JSON syntax."""
        return self.path.suffix == ".json"

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """The top-level blocks; none of JSON, whose lines nobody has told apart."""
        if self.is_json:
            return ()
        return tuple(block for block in split_blocks(self.text, self.name) if not block.fault)

    @cached_property
    def extents(self) -> tuple[Extent, ...]:
        """The top-level blocks with what is in them. Asked for only where there is a comment to place."""
        return tuple(
            Extent(
                block.line,
                block.end_line,
                tuple(_within(block, Lines(block.text), block.body_start, block.body_end)),
                block,
            )
            for block in self.blocks
        )


def _within(block: Block, lines: Lines, start: int, end: int, depth: int = 0) -> Iterator[Extent]:
    for statement in statements(block.text, start, end):
        written = block.text[statement.start : statement.end].rstrip()
        first = lines.line(statement.start) + block.line - 1
        last = lines.line(statement.start + max(0, len(written) - 1)) + block.line - 1
        inner: tuple[Extent, ...] = ()
        if statement.is_block and depth < DEEPEST:
            inner = tuple(_within(block, lines, statement.value, statement.end - 1, depth + 1))
        yield Extent(first, last, inner)


@dataclass(frozen=True)
class Module:
    """One module of the tree."""

    names: Names
    files: tuple[SourceFile, ...]
    called_at: tuple[tuple[SourceFile, Block], ...] = ()
    """The calls that lead to it, the nearest to the root first."""


@dataclass
class SourceTree:
    """The modules below a root directory."""

    directory: Path
    _modules: dict[Names, Module] = field(default_factory=dict)
    _files: dict[Path, tuple[SourceFile, ...]] = field(default_factory=dict)

    def modules(self) -> tuple[Module, ...]:
        """Every module, the root first."""
        if not self._modules:
            installed = _installed(self.directory)
            self._read((), self.directory, (), installed, ())
        return tuple(self._modules.values())

    def module(self, address: Address) -> Module | None:
        """The module that the resource is written in."""
        self.modules()
        return self._modules.get(tuple(step.name for step in address.module))

    def file_at(self, names: Names, file: str) -> SourceFile | None:
        """The file of the module that a location names."""
        self.modules()
        module = self._modules.get(names)
        base = Path(file).name
        found = [each for each in module.files if each.path.name == base] if module else []
        return found[0] if found else None

    def _read(
        self,
        names: Names,
        directory: Path,
        calls: tuple[tuple[SourceFile, Block], ...],
        installed: dict[str, str],
        callers: tuple[Path, ...],
    ) -> None:
        # Nobody writes more modules, or one that calls itself; somebody may make some.
        if len(names) > 16 or len(self._modules) >= MAX_MODULES or directory in callers:
            return
        if (files := self._files.get(directory)) is None:
            files = self._files[directory] = tuple(_files(directory, self.directory))
        self._modules[names] = Module(names, files, calls)
        for file in files:
            for name, source in _calls_in_json(file):
                inner = (*names, name)
                place = self._at(inner, directory, source, installed)
                if place is not None and inner not in self._modules:
                    self._read(inner, place, calls, installed, (*callers, directory))
            for block in file.blocks:
                if block.type != "module" or len(block.labels) != 1:
                    continue
                inner = (*names, block.labels[0])
                place = self._place(inner, directory, block, installed)
                if place is not None and inner not in self._modules:
                    self._read(inner, place, (*calls, (file, block)), installed, (*callers, directory))

    def _place(self, names: Names, parent: Path, block: Block, installed: dict[str, str]) -> Path | None:
        sources = (
            block.text[statement.value : statement.end].strip().strip('"')
            for statement in statements(block.text, block.body_start, block.body_end)
            if statement.name == "source" and not statement.is_block
        )
        return self._at(names, parent, next(sources, ""), installed)

    def _at(self, names: Names, parent: Path, source: str, installed: dict[str, str]) -> Path | None:
        if (known := installed.get(".".join(names))) is not None:
            return Path(os.path.normpath(self.directory / known))
        if source.startswith(("./", "../")) and "\0" not in source:
            return Path(os.path.normpath(parent / source))
        return None


def _files(directory: Path, root: Path) -> Iterator[SourceFile]:
    if not may_enter(directory, root):
        return
    try:
        plain, overriding = configuration_files(directory)
    except OSError:
        return
    for path in (*plain, *overriding):
        try:
            yield SourceFile(path, path.name, read_text(path, root))
        except (OSError, ValueError):
            continue  # the readers report it


def _calls_in_json(file: SourceFile) -> Iterator[tuple[str, str]]:
    """The module calls of a file in JSON syntax: their names and sources."""
    if not file.is_json or '"module"' not in file.text:
        return
    try:
        tree = json.loads(file.text)
    except (ValueError, RecursionError):
        return  # the readers report it
    calls = tree.get("module") if isinstance(tree, dict) else None
    for each in calls if isinstance(calls, list) else [calls]:
        for name, body in each.items() if isinstance(each, dict) else ():
            for one in body if isinstance(body, list) else [body]:
                if isinstance(one, dict) and isinstance(one.get("source"), str):
                    yield name, one["source"]


def _installed(directory: Path) -> dict[str, str]:
    """Where `terraform init` put the modules, by their dotted names."""
    try:
        listed = json.loads(read_regular(directory / ".terraform" / "modules" / "modules.json"))
    except (OSError, ValueError, RecursionError):
        return {}
    found = {}
    for module in (listed.get("Modules") or ()) if isinstance(listed, dict) else ():
        if isinstance(module, dict) and isinstance(module.get("Key"), str) and isinstance(module.get("Dir"), str):
            if module["Key"] and "\0" not in module["Dir"]:
                found[module["Key"]] = module["Dir"]
    return found


def source_tree(configuration: Configuration, sources: tuple[Path, ...]) -> SourceTree | None:
    """The sources of what was read: the directory itself, or for a plan the one in which most of its resources are written.

    None where no resource's place is known.
    """
    located = [resource for resource in configuration.resources if resource.location is not None]
    if not located or not configuration.inputs:
        return None
    given = configuration.inputs[0]
    if given.kind == "configuration":
        path = Path(given.path)
        return SourceTree(path if path.is_dir() else path.parent)
    candidates = [*sources, *(() if given.path == "-" else (Path(given.path).parent,))]
    best: SourceTree | None = None
    most = 0
    for directory in dict.fromkeys(candidates):
        tree = SourceTree(directory)
        # A location names its file from the input's directory or from here, as its reader has it; its own name is the same in both.
        written = {module.names: {file.path.name for file in module.files} for module in tree.modules()}
        count = sum(
            Path(resource.location.file).name in written.get(tuple(step.name for step in resource.address.module), ())
            for resource in located
            if resource.location is not None
        )
        if count > most:
            best, most = tree, count
    return best
