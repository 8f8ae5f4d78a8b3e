"""Terraform's functions, as of 1.11.

`call(name, arguments, files)` is all an evaluator needs, besides `SPECIAL_FORMS`, which it does itself because they look at expressions
and not at values:

- `try(a, b, …)`: the first argument whose value holds no failure (`UnknownValue.is_failure`, at any depth); an unknown that is no
  failure is an answer too.
- `can(a)`: false for a value that holds a failure, unknown for one that is not wholly known, else true.
- `templatefile(path, vars)`: `call("file", …)` gives the text; then as `templatestring`. No template function inside it.
- `templatestring(text, vars)`: the text parsed as a template and evaluated with `vars` as its only names.

A call never raises; what Terraform refuses is a failure (`values.failure`), what is not known or not read is unknown with the reason.
Source: https://developer.hashicorp.com/terraform/language/functions; signatures: `terraform metadata functions -json`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from tf_cvpn_lint.read.hcl.functions import (
    collections,
    dates,
    encoding,
    formatting,
    impure,
    json_text,
    network,
    numeric,
    regular_expressions,
    strings,
    yaml,
)
from tf_cvpn_lint.read.hcl.functions import files as file_functions
from tf_cvpn_lint.read.hcl.functions.files import ConfigurationFiles, Files, NoFiles
from tf_cvpn_lint.read.hcl.functions.signature import Function
from tf_cvpn_lint.read.hcl.values import Value, failure, unknown_from

SPECIAL_FORMS = frozenset({"try", "can", "templatefile", "templatestring"})
"""What only an evaluator can do."""

_MODULES = (
    collections,
    dates,
    encoding,
    file_functions,
    formatting,
    impure,
    json_text,
    network,
    numeric,
    regular_expressions,
    strings,
    yaml,
)

_PURE: dict[str, Function] = {function.name: function for module in _MODULES for function in module.FUNCTIONS}


@cache
def _on(files: Files) -> dict[str, Function]:
    return {function.name: function for function in file_functions.functions_on(files)}


NAMES = frozenset(_PURE) | frozenset(_on(NoFiles())) | SPECIAL_FORMS
"""All functions, special forms included."""


def call(name: str, arguments: Sequence[Value], files: Files | None = None) -> Value:
    """The result of a function that is no special form. `files` must be hashable; without it no file is read."""
    plain = name.removeprefix("core::")
    if plain.startswith("provider::"):
        return unknown_from(plain, *arguments, why=f"{plain} is defined by a provider")
    function = _PURE.get(plain) or _on(files or NoFiles()).get(plain)
    if function is None:
        return failure(f'there is no function named "{name}"', *arguments)
    return function(*arguments)


__all__ = ["NAMES", "SPECIAL_FORMS", "ConfigurationFiles", "Files", "NoFiles", "call"]
