"""`--var` and `--var-file` in the order in which they were given: the later one wins, whichever of the two it is."""

from __future__ import annotations

from collections.abc import Sequence

from tf_cvpn_lint.core.errors import InputError
from tf_cvpn_lint.core.records import dataclass

_OPTIONS = ("--var", "--var-file")


@dataclass(frozen=True, slots=True)
class VariableArgument:
    """`name=value`, or the path of a file."""

    text: str
    is_file: bool


def numbered_variables(arguments: Sequence[str]) -> list[str]:
    """The arguments with the value of every `--var` and `--var-file` led by its number (`--var 2:name=value`).

    A parser of command lines gives the values of each option, and no order between two of them. Terraform's own spelling with one dash is
    taken as well.
    """
    told: list[str] = []
    number = 0
    waiting = False
    for position, argument in enumerate(arguments):
        if waiting:
            told.append(f"{number}:{argument}")
            waiting = False
            continue
        if argument == "--":
            return [*told, *arguments[position:]]
        name, equals, value = argument.partition("=")
        if name in ("-var", "-var-file"):
            name = f"-{name}"
        if name not in _OPTIONS:
            told.append(argument)
            continue
        number += 1
        told.append(f"{name}={number}:{value}" if equals else name)
        waiting = not equals
    return told


def variable_arguments(values: Sequence[str], files: Sequence[str]) -> tuple[VariableArgument, ...]:
    """Both in the order in which they were given.

    Raises:
        InputError: a `--var` is not `name=value`.
    """
    found = []
    for texts, is_file in ((values, False), (files, True)):
        for text in texts:
            number, _, rest = text.partition(":")
            if not is_file and not rest.partition("=")[1]:
                raise InputError(f"--var {rest}: write it as name=value")
            found.append((int(number), VariableArgument(rest, is_file)))
    return tuple(argument for _, argument in sorted(found, key=lambda pair: pair[0]))
