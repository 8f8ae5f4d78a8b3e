"""Small configurations written for one test."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

from tf_cvpn_lint.config.configuration import Configuration
from tf_cvpn_lint.core.address import Address
from tf_cvpn_lint.core.value import Absent, Known, Unknown, Value
from tf_cvpn_lint.read.hcl import read_directory
from tf_cvpn_lint.read.hcl.variables import HclOptions


def write(directory: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text))
    return directory


def read(directory: Path, files: dict[str, str] | str, options: HclOptions | None = None) -> Configuration:
    """What is read of these files (or of one main.tf), whatever they are about."""
    write(directory, {"main.tf": files} if isinstance(files, str) else files)
    return read_directory(directory, options or HclOptions(is_root=True), unrelated=True)


def plain(value: Value) -> object:
    """A value without its evidence: Python's own values; an unknown as `<what it refers to>`, or as why."""
    match value:
        case Known(value=tuple() as items):
            return [plain(item) for item in items]
        case Known(value=dict() as inner):
            return {name: plain(part) for name, part in inner.items()}
        case Known(value=scalar):
            return scalar
        case Absent():
            return None
        case Unknown():
            return f"<{', '.join(str(one) for one in value.refers_to) or value.why}>"
        case _:
            raise AssertionError(value)


def items(value: Value) -> tuple[Value, ...]:
    """The elements of a known list."""
    assert isinstance(value, Known)
    assert isinstance(value.value, tuple)
    return value.value


def attribute(configuration: Configuration, address: str, name: str) -> object:
    resource = configuration.get(Address.parse(address))
    assert resource is not None, [str(resource.address) for resource in configuration.resources]
    return plain(resource.body.get(name))


def addresses(configuration: Configuration, *, enabled: bool = True) -> list[str]:
    return [str(resource.address) for resource in configuration.resources if resource.enabled is enabled]
