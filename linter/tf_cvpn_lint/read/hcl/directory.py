"""From a directory to its `Configuration`: the cheap checks first, then the evaluation."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from tf_cvpn_lint.config.configuration import Configuration, Input
from tf_cvpn_lint.core.evidence import Gap
from tf_cvpn_lint.core.files import read_below
from tf_cvpn_lint.core.records import replace
from tf_cvpn_lint.read.hcl.sources import MENTIONS, Declaration, ModuleSources, Reader, is_ignored, read_sources
from tf_cvpn_lint.read.hcl.variables import HclOptions, VariableFile

TERRAFORM_FILES = (".tf", ".tofu", ".tf.json", ".tofu.json")
STACK = 12_000
"""Frames of Python for `evaluate.MAX_DEPTH` expressions within each other; Python's own limit of 1,000 ends far too early."""


def read(
    directory: Path, options: HclOptions | None, types: frozenset[str] | None, name: str, *, unrelated: bool = False
) -> Configuration:
    """See `read_directory`."""
    options = options or HclOptions()
    inputs = (Input(name or str(directory), "configuration"),)
    missing: list[Gap] = []
    reader = Reader(directory)
    if not unrelated and not any(MENTIONS.search(text) for text in _texts(directory, reader, missing)):
        open_types = {"*": tuple(missing)} if missing else {}
        return Configuration(gaps=tuple(missing), inputs=inputs, open_types=open_types)
    from tf_cvpn_lint.read.hcl.modules import Engine, is_root_module
    from tf_cvpn_lint.read.hcl.resources import build

    is_root = options.is_root
    if is_root is None:
        sources = reader.sources(directory)
        is_root = is_root_module(sources) or _is_given_values(sources, options)
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, STACK))
    try:
        configuration = build(Engine(directory, options, is_root=is_root, reader=reader), types, inputs)
        if is_root:
            return configuration
        anyhow = Engine(directory, options, is_root=False, reader=reader, keeps_defaults=False)
        return replace(configuration, for_any_input=build(anyhow, types, inputs))
    finally:
        sys.setrecursionlimit(limit)


def _is_given_values(sources: ModuleSources, options: HclOptions) -> bool:
    """Whether the user gives values to its variables: a root's alone can be given."""
    declared = {label for declaration in sources.of_type("variable") for label in declaration.labels}
    return bool(declared) and any(
        isinstance(argument, VariableFile) or argument.name in declared for argument in options.arguments
    )


def _texts(directory: Path, reader: Reader, missing: list[Gap]) -> Iterator[str]:
    """The text of every file of the directory, of the local modules it calls, and of the modules Terraform has installed for it."""
    seen: set[Path] = set()
    waiting = [Path(os.path.normpath(directory))]
    while waiting:
        current = waiting.pop()
        if current in seen:
            continue
        seen.add(current)
        sources = reader.sources(current)
        for declarations in sources.declarations.values():
            for declaration in declarations:
                yield declaration.text
        for gap, text in sources.unread:
            if text is not None:
                yield text
            else:
                missing.append(gap)
        for call, source in calls(sources):
            if source.startswith("."):
                waiting.append(Path(os.path.normpath(current / source)))
            elif current == Path(os.path.normpath(directory)) and not (current / ".terraform" / "modules").is_dir():
                yield source
                subject = f"module.{'.'.join(call.labels)}"
                missing.append(
                    Gap(
                        subject,
                        "the resources of this module",
                        f"{source} is not downloaded (terraform init)",
                        call.location,
                    )
                )
    installed = directory / ".terraform" / "modules"
    if installed.is_dir():
        for found, directories, files in os.walk(installed):
            directories[:] = [one for one in directories if not one.startswith(".")]
            for file in files:
                if file.endswith(TERRAFORM_FILES):
                    try:
                        yield read_below(Path(found, file), directory).decode("utf-8", "replace")
                    except (OSError, ValueError):
                        continue


def calls(sources: ModuleSources) -> Iterator[tuple[Declaration, str]]:
    """The module calls with their sources, without parsing; calls whose source is no plain string are left out."""
    import re

    for declaration in sources.of_type("module"):
        if declaration.location.file.endswith(".json"):
            from tf_cvpn_lint.read.hcl.modules import constant_text

            source = constant_text(declaration.body, "source")
        else:
            found = re.search(r'(?m)(?:^|\{)[ \t]*source[ \t]*=[ \t]*"([^"$\n]*)"', declaration.text)
            source = found[1] if found else None
        if source:
            yield declaration, source


def find_roots(directories: Iterable[Path]) -> tuple[Path, ...]:
    """The directories under these that hold configurations nobody else among them calls: roots, and modules without a caller.

    A called module is judged through its callers. Hidden directories (`.terraform` among them) are passed over.
    """
    found: dict[Path, ModuleSources] = {}
    for start in directories:
        for current, inner, files in os.walk(start):
            inner[:] = sorted(one for one in inner if not is_ignored(one))
            if any(file.endswith(TERRAFORM_FILES) and not is_ignored(file) for file in files):
                path = Path(os.path.normpath(current))
                found.setdefault(path, read_sources(path, ""))
    called = {
        Path(os.path.normpath(path / source)).resolve()
        for path, sources in found.items()
        for _, source in calls(sources)
        if source.startswith(".")
    }
    return tuple(path for path in found if path.resolve() not in called)


def judged_directories(paths: Iterable[str]) -> tuple[str, ...]:
    """What a run judges of the paths it is given, each once and in their order; what is no directory stays as it is.

    A directory without Terraform files of its own stands for the configurations below it that mention a Client VPN (all, where none
    does). A module that another directory of the run calls is judged through that caller, and is left out.
    """
    wanted: dict[str, Path | None] = {}
    for path in paths:
        place = Path(path)
        if not place.is_dir():
            wanted.setdefault(path, None)
        elif _holds_terraform(place):
            wanted.setdefault(path, place)
        else:
            below = find_roots([place])
            about = [root for root in below if _mentions_client_vpn(root)] or below
            found: dict[str, Path | None] = {str(root): root for root in about}
            wanted.update(found or {path: None})
    directories = [place for place in wanted.values() if place is not None]
    if len(directories) < 2:
        return tuple(wanted)
    called = {path for place in directories for path in _called_by(place)}
    return tuple(path for path, place in wanted.items() if place is None or place.resolve() not in called)


def _holds_terraform(directory: Path) -> bool:
    try:
        return any(entry.name.endswith(TERRAFORM_FILES) for entry in directory.iterdir())
    except OSError:
        return True  # the reader says what is wrong with it


def _mentions_client_vpn(directory: Path) -> bool:
    return any(MENTIONS.search(text) for text in _texts(directory, Reader(directory), []))


def _called_by(directory: Path) -> set[Path]:
    """The directories of the local modules it calls, and of those that they call; never itself."""
    here = directory.resolve()
    seen: set[Path] = set()
    waiting = [here]
    while waiting:
        current = waiting.pop()
        for _, source in calls(read_sources(current, "")):
            called = Path(os.path.normpath(current / source)).resolve() if source.startswith(".") else here
            if called != here and called not in seen:
                seen.add(called)
                waiting.append(called)
    return seen
