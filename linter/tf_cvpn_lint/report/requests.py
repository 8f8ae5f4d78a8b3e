"""Which reports a run is asked for: `--format`, which may be repeated, and the `--output` that follows it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from tf_cvpn_lint.core.errors import InputError
from tf_cvpn_lint.core.records import dataclass
from tf_cvpn_lint.settings import ReportFormat


@dataclass(frozen=True, slots=True)
class Request:
    """One report. Without a file it goes to standard output."""

    format: ReportFormat
    file: Path | None = None


def numbered(arguments: Sequence[str]) -> list[str]:
    """The arguments with every `--output FILE` turned into `--output N:FILE`: it follows the Nth `--format`.

    A parser of command lines gives the values of each option, and no order between two of them.
    """
    told: list[str] = []
    formats = 0
    before = ""
    for position, argument in enumerate(arguments):
        if argument == "--":
            return [*told, *arguments[position:]]
        if before == "--output":
            told.append(f"{formats}:{argument}")
            before = ""
            continue
        name, equals, value = argument.partition("=")
        if name == "--format" and before != "--format":
            formats += 1
        if name == "--output" and equals:
            told.append(f"--output={formats}:{value}")
        else:
            told.append(argument)
        before = argument if before not in ("--format", "--output") else ""
    return told


def requests(formats: Sequence[ReportFormat], outputs: Sequence[str]) -> tuple[Request, ...]:
    """The reports, in the order of their formats; text on standard output where none is named.

    `outputs` are as `numbered` gives them.

    Raises:
        InputError: an output has no format or a format has two, or several reports would go to one place.
    """
    asked = list(formats) or [ReportFormat.TEXT]
    files: dict[int, Path | None] = {}
    for output in outputs:
        number, _, name = output.partition(":")
        if not name:
            raise InputError("--output: a file name is missing; - is standard output")
        # One of each belong together, whichever stands first.
        position = 0 if len(asked) == 1 and len(outputs) == 1 else int(number) - 1
        if position < 0:
            raise InputError(f"--output {name}: say its --format before it")
        if position in files:
            raise InputError(f"--output {name}: --format {asked[position]} has a file already; repeat --format")
        files[position] = None if name == "-" else Path(name)
    made = tuple(Request(format_, files.get(position)) for position, format_ in enumerate(asked))
    _refuse_crowds(made)
    return made


def _refuse_crowds(made: tuple[Request, ...]) -> None:
    """Workflow commands are made to stand among other lines of a log; every other report wants its place for itself."""
    alone = [request for request in made if request.file is None and request.format is not ReportFormat.GITHUB]
    together = [request for request in made if request.file is None and request.format is ReportFormat.GITHUB]
    if len(alone) > 1 or len(together) > 1 or (together and alone and alone[0].format is not ReportFormat.TEXT):
        last = (alone + together)[-1]
        raise InputError(
            f"--format {last.format}: another report goes to standard output; give it a file with --output"
        )
    taken: dict[str, Request] = {}
    for request in made:
        if request.file is None:
            continue
        if request.file.is_dir() or not request.file.parent.is_dir():
            what = "is a directory" if request.file.is_dir() else f"there is no directory {request.file.parent}"
            raise InputError(f"--output {request.file}: {what}")
        if taken.setdefault(os.path.realpath(request.file), request) is not request:
            raise InputError(f"--output {request.file}: two reports would be written to this file")
