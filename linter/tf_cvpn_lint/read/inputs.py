"""Reads whatever the user named: a plan or state in JSON, a directory of Terraform, a `.tf` file, or standard input."""

from __future__ import annotations

import re
import stat
import sys
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from tf_cvpn_lint.config.configuration import Configuration, Input
from tf_cvpn_lint.core.errors import InputError
from tf_cvpn_lint.core.evidence import Gap
from tf_cvpn_lint.core.files import MAX_INPUT, read_below
from tf_cvpn_lint.core.records import replace
from tf_cvpn_lint.core.value import Known, Unknown, Value
from tf_cvpn_lint.read.detect import BinaryPlanError, Document, identify, installed_program, shown
from tf_cvpn_lint.read.detect import run_show as output_of_show
from tf_cvpn_lint.read.tree import mapping

if TYPE_CHECKING:
    from tf_cvpn_lint.read.hcl.variables import HclOptions, VariableValue

TERRAFORM_FILES = (".tf", ".tf.json", ".tofu", ".tofu.json")


class UnreadableError(InputError):
    """The path leads to nothing that can be opened; usually a typing error, or rights."""


def read(
    path: str,
    *,
    sources: tuple[Path, ...] = (),
    run_show: bool = False,
    stdin: BinaryIO | None = None,
    types: Collection[str] | None = None,
    hcl: HclOptions | None = None,
) -> Configuration:
    """What the path says, as far as it goes.

    Args:
        path: as the user wrote it; `-` reads standard input.
        sources: directories in which the Terraform files of a plan may lie, besides the plan's own.
        run_show: whether `terraform show -json` (or tofu's) may be run on a plan in binary form.
        stdin: what `-` reads; the process's standard input by default.
        types: the resource types to load from a plan or state; None for all.
        hcl: how to read Terraform files.

    Raises:
        InputError: it cannot be read, or is none of these.
    """
    if path == "-":
        data = (stdin or sys.stdin.buffer).read(MAX_INPUT + 1)
        _refuse_excess(data, "standard input")
        return _of_document(identify(data, "-", types), path, sources, types)
    place = Path(path)
    try:
        told = place.stat()
    except (OSError, ValueError) as fault:
        raise _unreadable(path, fault) from None
    mode = told.st_mode
    if stat.S_ISDIR(mode):
        return _of_directory(place, path, types, hcl)
    if path.endswith(TERRAFORM_FILES):
        return _of_directory(place.parent, path, types, hcl)
    if stat.S_ISCHR(mode) or stat.S_ISBLK(mode):
        raise UnreadableError(
            f"{shown(path)} is a device; pass a plan in JSON, a directory of Terraform, or - for standard input"
        )
    try:
        with place.open("rb") as file:  # a pipe too: that is what <(terraform show -json tfplan) is
            data = file.read(min(told.st_size, MAX_INPUT) + 1)  # room for all that may be read takes longer to make
            if len(data) > told.st_size:
                data += file.read(MAX_INPUT + 1 - len(data))
    except OSError as fault:
        raise _unreadable(path, fault) from None
    _refuse_excess(data, path)
    try:
        document = identify(data, path, types)
    except BinaryPlanError:
        program = installed_program()
        if not run_show or program is None:
            raise
        document = identify(output_of_show(place, program), path, types)
    return _of_document(document, path, (*sources, place.parent), types)


def _of_document(
    document: Document, path: str, directories: tuple[Path, ...], types: Collection[str] | None
) -> Configuration:
    # The readers are imported where they are used: a run pays for the one it needs.
    from tf_cvpn_lint.read.plan import read_plan
    from tf_cvpn_lint.read.state import read_state

    try:
        if document.kind == "state":
            configuration = read_state(document.tree, types)
        else:
            configuration = read_plan(document.tree, types)
            configuration = _with_sources(configuration, document, directories, types)
    except InputError as fault:
        raise InputError(f"{document.name}: {fault}") from None
    return replace(configuration, inputs=(Input(path, document.kind),))


def _with_sources(
    configuration: Configuration, document: Document, directories: tuple[Path, ...], types: Collection[str] | None
) -> Configuration:
    """The plan's configuration with the lines of its sources and, where the plan leaves an origin open, with what they say of it."""
    found = [directory for directory in directories if _may_have_sources(directory)]
    if not found or not configuration.resources:
        return configuration
    from tf_cvpn_lint.read.sources import attach_best, has_sources

    if not (found := [directory for directory in found if has_sources(directory)]):
        return configuration
    tree = mapping(document.tree.get("configuration"), "configuration")
    attached, directory = attach_best(
        configuration, mapping(tree.get("root_module"), "configuration.root_module"), found
    )
    if directory is None or not _wants_sources(attached, directory):
        return attached
    from tf_cvpn_lint.read.fusion import refine
    from tf_cvpn_lint.read.hcl import read_directory
    from tf_cvpn_lint.read.hcl.variables import HclOptions

    options = HclOptions(arguments=_variables_of(document.tree), is_root=True)
    try:
        written = read_directory(directory, options, types=None if types is None else frozenset(types))
    except InputError as fault:
        # A plan is read without the parser of sources.
        gap = Gap(str(directory), "the sources beside the plan", str(fault))
        return replace(attached, gaps=(*attached.gaps, gap))
    return refine(attached, written)


def _may_have_sources(directory: Path) -> bool:
    try:
        return any(entry.name.endswith(TERRAFORM_FILES) for entry in directory.iterdir())
    except OSError:
        return False


def _wants_sources(configuration: Configuration, directory: Path) -> bool:
    """Whether the sources could say more than the plan: it has a value that is more than one resource's id, blocks that it hides, or an index
    that is worked out from `count.index`, which a plan shows as if it were that.

    Evaluating the sources costs several times what reading the plan does.
    """
    if any(
        _is_open(name, value) for resource in configuration.resources for name, value in resource.body.values.items()
    ):
        return True
    return any(
        _HIDDEN_IN_PLANS.search(_bytes(path, directory))
        for path in sorted(directory.rglob("*.tf"))
        if ".terraform" not in path.parts
    )


def _bytes(path: Path, directory: Path) -> bytes:
    """A source file, empty where it is not read; the readers report that."""
    try:
        return read_below(path, directory, limit=_MAXIMUM_SOURCE)
    except (OSError, ValueError):
        return b""


def _refuse_excess(data: bytes, name: str) -> None:
    if len(data) > MAX_INPUT:
        raise UnreadableError(f"{shown(name)} is larger than {MAX_INPUT // 2**30} GiB; plan fewer resources at once")


_MAXIMUM_SOURCE = 2**20
_HIDDEN_IN_PLANS = re.compile(
    rb"dynamic |provisioner "
    rb"|\[(?:[^\[\]\n]*[^\[\]\s])?\s*count\.index\s*[^\]\s]"  # x[count.index % 2]
    rb"|\[[^\[\]\n]*[^\[\]\s]\s*count\.index"  # x[2 - count.index], x[min(1, count.index)]
)


def _is_open(name: str, value: Value) -> bool:
    """Whether the plan tells less of the value than the sources might: all of an id is known when it is exactly another resource's."""
    match value:
        case Unknown(exact=exact):
            return not exact or not name.endswith(("_id", "_ids", "_arn"))
        case Known(value=tuple() as items):
            return any(_is_open(name, item) for item in items)
        case Known(value=Mapping() as inner):
            return any(_is_open(key, item) for key, item in inner.items())
        case _:
            return False


def _variables_of(tree: Mapping[str, Any]) -> tuple[VariableValue, ...]:
    """The root variables as the plan was made with them, whichever file or flag they came from."""
    from tf_cvpn_lint.read.hcl.variables import VariableValue

    given = tree.get("variables")
    if not isinstance(given, Mapping):
        return ()
    root = mapping(mapping(tree.get("configuration"), "configuration").get("root_module"), "configuration.root_module")
    declared = mapping(root.get("variables"), "configuration.variables")

    def is_secret(name: str) -> bool:
        variable = mapping(declared.get(name), "configuration.variables")
        return variable.get("sensitive") is True or variable.get("ephemeral") is True

    return tuple(
        VariableValue(name, entry["value"], is_secret(name))
        for name, entry in given.items()
        if isinstance(name, str) and isinstance(entry, Mapping) and "value" in entry
    )


def _of_directory(directory: Path, path: str, types: Collection[str] | None, hcl: HclOptions | None) -> Configuration:
    try:
        names = {entry.name for entry in directory.iterdir()}
    except OSError as fault:
        raise _unreadable(path, fault) from None
    if not any(name.endswith(TERRAFORM_FILES) for name in names):
        plans = [name for name in ("plan.json", "tfplan.json") if name in names]
        hint = (
            f"; did you mean {shown(str(directory / plans[0]))}?"
            if plans
            else "; pass a directory with *.tf files, or a plan in JSON"
        )
        raise UnreadableError(f"{shown(path)} holds no Terraform files{hint}")
    from tf_cvpn_lint.read.hcl import read_directory

    return read_directory(directory, hcl, types=None if types is None else frozenset(types), name=path)


def _unreadable(path: str, fault: OSError | ValueError) -> InputError:
    name = shown(path)
    match fault:
        case FileNotFoundError() | NotADirectoryError():
            return UnreadableError(f"{name}: there is no such file or directory")
        case PermissionError():
            return UnreadableError(f"{name}: permission to read it is missing")
        case OSError():
            return UnreadableError(f"{name} cannot be read: {fault.strerror or type(fault).__name__}")
        case ValueError():
            return UnreadableError(f"{name} is no path")
