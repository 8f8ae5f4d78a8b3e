"""Lines for what a plan holds: each resource's block is looked up in the `.tf` files of its module.

Where the files and the plan disagree (a block that is not there) nothing is attached.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic_core import from_json

from tf_cvpn_lint.config.configuration import Body, Configuration, Resource
from tf_cvpn_lint.core.address import ModulePath
from tf_cvpn_lint.core.evidence import Location
from tf_cvpn_lint.core.files import may_enter, read_below, read_regular
from tf_cvpn_lint.core.records import dataclass, field, replace
from tf_cvpn_lint.core.value import Known, Unknown, Value
from tf_cvpn_lint.read.hcl.blocks import Block, Lines, attribute_locations, split_blocks, statements
from tf_cvpn_lint.read.matching import matched

_SUFFIXES = (".tf", ".tofu")
_LITERAL = re.compile(r'"((?:[^"\\$%]|\$(?!\{)|%(?!\{))*)"|(-?\d+)|(true|false)')

Names = tuple[str, ...]
"""A module by the names of its calls; all its instances are written in one place."""


def attach_sources(configuration: Configuration, root_module: Mapping[str, Any], directory: Path) -> Configuration:
    """The configuration with the lines of every resource that is found below `directory`.

    Args:
        root_module: the plan's `configuration.root_module`; its module calls say where the modules lie.
        directory: the root module's, as the user named it; files in locations begin with it.
    """
    return _Sources(root_module, directory).attached(configuration)


def attach_best(
    configuration: Configuration, root_module: Mapping[str, Any], directories: Iterable[Path]
) -> tuple[Configuration, Path | None]:
    """The same with the one of several directories in which most of the resources are written (the first of equals), and which one it is;
    None where none of them is written anywhere."""
    best: tuple[Configuration, Path | None] = (configuration, None)
    most = 0
    for directory in dict.fromkeys(directories):
        attached = attach_sources(configuration, root_module, directory)
        count = sum(resource.location is not None for resource in attached.resources)
        if count > most:
            best, most = (attached, directory), count
    return best


def has_sources(directory: Path) -> bool:
    """Whether Terraform would find anything to read in the directory."""
    try:
        return any(_is_source(name) or name.endswith((".tf.json", ".tofu.json")) for name in _names(directory))
    except OSError:
        return False


def _names(directory: Path) -> list[str]:
    return [entry.name for entry in directory.iterdir()]


def _is_source(name: str) -> bool:
    return name.endswith(_SUFFIXES) and not name.startswith((".", "#")) and not name.endswith("~")


@dataclass(slots=True)
class _Nested:
    """A nested block as it is written."""

    location: Location
    arguments: dict[str, Location]
    literals: dict[str, str]
    """The arguments that are written as plain texts, numbers or flags."""


@dataclass(slots=True)
class _Written:
    """A resource block, read on demand."""

    block: Block
    arguments: Mapping[str, Location] = field(default_factory=dict)
    nested: dict[str, list[_Nested]] = field(default_factory=dict)
    is_read: bool = False

    def read(self) -> None:
        if not self.is_read:
            self.is_read = True
            self.arguments = attribute_locations(self.block)
            self.nested = _nested(self.block)


class _Sources:
    def __init__(self, root_module: Mapping[str, Any], directory: Path) -> None:
        self._root_module = root_module
        self._directory = directory
        self._installed = _installed_modules(directory)
        self._blocks: dict[Names, dict[tuple[str, str, str], _Written]] = {}
        self._directories: dict[Names, Path | None] = {(): directory}

    def attached(self, configuration: Configuration) -> Configuration:
        return replace(configuration, resources=tuple(self._located(resource) for resource in configuration.resources))

    def _located(self, resource: Resource) -> Resource:
        address = resource.address
        blocks = self._module(address.module)
        written = blocks.get((address.mode, address.type, address.name))
        if written is None:
            return resource
        written.read()
        locations = dict(written.arguments)
        for name, nested in written.nested.items():
            locations.update(_places(name, nested, resource.body.get(name)))
        return replace(resource, location=written.block.location, body=Body(resource.body.values, locations))

    def _module(self, path: ModulePath) -> dict[tuple[str, str, str], _Written]:
        names = tuple(step.name for step in path)
        if (found := self._blocks.get(names)) is None:
            directory = self._directory_of(names)
            found = self._blocks[names] = {} if directory is None else _blocks(directory, self._directory)
        return found

    def _directory_of(self, names: Names) -> Path | None:
        if names in self._directories:
            return self._directories[names]
        found: Path | None = None
        if (installed := self._installed.get(".".join(names))) is not None:
            found = self._directory / installed
        else:
            source = self._source(names)
            parent = self._directory_of(names[:-1])
            if parent is not None and source.startswith(("./", "../")):
                found = parent / source
        if found is not None and not may_enter(found, self._directory):
            found = None
        self._directories[names] = found
        return found

    def _source(self, names: Names) -> str:
        """The `source` of the last of these calls; empty where the plan does not say."""
        module: Any = self._root_module
        source: Any = ""
        for name in names:
            calls = module.get("module_calls") if isinstance(module, dict) else None
            call = calls.get(name) if isinstance(calls, dict) else None
            if not isinstance(call, dict):
                return ""
            source, module = call.get("source"), call.get("module")
        return source if isinstance(source, str) and "\0" not in source else ""


def _installed_modules(directory: Path) -> dict[str, str]:
    """Where `terraform init` put the modules, by their dotted names. It lists local modules too.

    The file is Terraform's own and is not documented; without it local modules are found by their `source`.
    """
    try:
        listed = from_json(read_regular(directory / ".terraform" / "modules" / "modules.json"))
    except (OSError, ValueError):
        return {}
    found = {}
    for module in listed.get("Modules") or () if isinstance(listed, dict) else ():
        if isinstance(module, dict) and isinstance(module.get("Key"), str) and isinstance(module.get("Dir"), str):
            if module["Key"] and "\0" not in module["Dir"]:
                found[module["Key"]] = module["Dir"]
    return found


def _blocks(directory: Path, root: Path) -> dict[tuple[str, str, str], _Written]:
    """The resource blocks of a directory. Override files change blocks and do not move them, so they come last."""
    try:
        names = sorted(filter(_is_source, _names(directory)), key=lambda name: (_is_override(name), name))
    except OSError:
        return {}
    found: dict[tuple[str, str, str], _Written] = {}
    for name in names:
        path = directory / name
        try:
            text = read_below(path, root).decode("utf-8-sig", "replace")
        except (OSError, ValueError):
            continue
        for block in split_blocks(text, os.path.normpath(path)):
            if block.type in ("resource", "data") and len(block.labels) == 2 and not block.fault:
                mode = "managed" if block.type == "resource" else "data"
                found.setdefault((mode, block.labels[0], block.labels[1]), _Written(block))
    return found


def _is_override(name: str) -> bool:
    stem = name.rpartition(".")[0]
    return stem == "override" or stem.endswith("_override")


def _nested(block: Block) -> dict[str, list[_Nested]]:
    """The nested blocks by name, without those of names that also have a `dynamic` one: which is which could not be told."""
    lines = Lines(block.text)

    def location(start: int, end: int) -> Location:
        written = block.text[start:end].rstrip()
        first, last = lines.line(start), lines.line(start + max(0, len(written) - 1))
        column = lines.column(start) + (block.column - 1 if first == 1 else 0)
        return Location(block.file, first + block.line - 1, column, last + block.line - 1)

    found: dict[str, list[_Nested]] = {}
    dynamic: set[str] = set()
    for statement in statements(block.text, block.body_start, block.body_end):
        if not statement.is_block:
            continue
        if statement.is_dynamic:
            dynamic.add(statement.name)
        nested = _Nested(location(statement.start, statement.end), {}, {})
        for inner in statements(block.text, statement.value, statement.end - 1):
            nested.arguments.setdefault(inner.name, location(inner.start, inner.end))
            if not inner.is_block and (literal := _LITERAL.fullmatch(block.text[inner.value : inner.end].strip())):
                nested.literals[inner.name] = next(group for group in literal.groups() if group is not None)
        found.setdefault(statement.name, []).append(nested)
    return {name: blocks for name, blocks in found.items() if name not in dynamic}


def _places(name: str, written: list[_Nested], value: Value) -> dict[str, Location]:
    """Lines of the nested blocks by their place in the plan (`route[1]`, `route[1].gateway_id`), which is not that in the file."""
    planned = value.value if isinstance(value, Known) and isinstance(value.value, tuple) else ()
    if len(planned) != len(written):
        return {}
    possible = [{index for index, one in enumerate(written) if _fits(block, one.literals)} for block in planned]
    found: dict[str, Location] = {}
    for index, candidates in enumerate(matched(possible, [repr(block) for block in planned])):
        if len(candidates) == 1:
            block = written[candidates[0]]
            found[f"{name}[{index}]"] = block.location
            for argument, location in block.arguments.items():
                found[f"{name}[{index}].{argument}"] = location
    return found


def _fits(planned: Value, literals: Mapping[str, str]) -> bool:
    """Whether the planned block has every argument that the file writes out."""
    if not isinstance(planned, Known) or not isinstance(planned.value, Mapping):
        return True
    for name, literal in literals.items():
        match planned.value.get(name):
            case Known(value=tuple() | Mapping()) | Unknown():
                continue  # of another form, or sensitive
            case Known(value=value) if str(value).lower() == literal.lower():
                continue
            case _:
                return False
    return True
