"""Reads a directory of Terraform sources: the same `Configuration` that a plan gives, as far as anyone can evaluate without asking a provider.

Importing this package is cheap; the parser is imported when a directory mentions a Client VPN and an expression of it is needed.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tf_cvpn_lint.config.configuration import Configuration
    from tf_cvpn_lint.read.hcl.variables import HclOptions


def read_directory(
    directory: Path,
    options: HclOptions | None = None,
    *,
    types: frozenset[str] | None = None,
    name: str = "",
    unrelated: bool = False,
) -> Configuration:
    """The configuration of the root (or module looked at alone) in `directory`.

    `types` are the resource types that are wanted; None for all. `name` is how the user called the directory. A tree that nowhere mentions
    a Client VPN is an empty `Configuration`, and no parser is imported for it, unless `unrelated` asks for it all the same.
    Locations are relative to `directory`.

    Raises:
        InputError: a file given by `--var-file` cannot be read, or the parser is not the one it must be.
    """
    from tf_cvpn_lint.read.hcl.directory import read

    return read(directory, options, types, name, unrelated=unrelated)


__all__ = ["read_directory"]
