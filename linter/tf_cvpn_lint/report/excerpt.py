"""Source lines with what matters underlined. Files are opened only for what is shown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from tf_cvpn_lint.core.evidence import Location
from tf_cvpn_lint.core.files import plain_path, read_below
from tf_cvpn_lint.core.records import dataclass, field
from tf_cvpn_lint.report.page import cell_width
from tf_cvpn_lint.report.printable import printable

MOST_LINES = 6
LONGEST = 4_000
"""Characters of a line that are looked at: far more than any terminal shows of it."""
MOST_BYTES = 4_000_000
"""A larger file is no Terraform that somebody wrote."""


@dataclass(frozen=True, slots=True)
class ExcerptLine:
    number: int
    text: str
    marks: str
    """Carets under `text`, or nothing."""


@dataclass(slots=True)
class Sources:
    """The files that locations name: relative to the directory an input was named by, or to a `--source`."""

    roots: tuple[Path, ...] = ()
    _lines: dict[str, tuple[Path, list[str]] | None] = field(default_factory=dict)

    def place(self, location: Location) -> str:
        """`file:line` as it can be opened from here; the file's own name where it was not found."""
        found = self._read(location.file)
        return printable(f"{plain_path(found[0]) if found else location.file}:{location.line}")

    def short(self, location: Location) -> str:
        """`file:line` without the directory of the input, where the file lies in it."""
        file = Path(location.file)
        for root in self.roots:
            if file.is_relative_to(root):
                return printable(f"{file.relative_to(root)}:{location.line}")
        return printable(str(location))

    def excerpt(self, location: Location, marked: Iterable[str], width: int) -> list[ExcerptLine]:
        """The lines of the location, each cut to `width` cells, with the `marked` texts underlined.

        Where none of them occurs, what the location points at is. Empty where the file cannot be read or has changed.
        """
        found = self._read(location.file)
        if not found or not 1 <= location.line <= len(found[1]):
            return []
        last = min(location.end_line, len(found[1]), location.line + MOST_LINES - 1)
        lines = [(number, found[1][number - 1][:LONGEST]) for number in range(location.line, last + 1)]
        last = next((number for number, text in lines if _SECRET.search(text)), last)
        lines = [(number, _SECRET.sub("sensitive(…)", text)) for number, text in lines if number <= last]
        pattern = whole_word(*marked)
        spans = {number: [match.span() for match in pattern.finditer(_code(text))] for number, text in lines}
        if not any(spans.values()):
            spans = {location.line: [_whole(lines[0][1], location.column)]}
            if _code(lines[0][1]).rstrip().endswith("{"):  # a block is pointed at by its header
                return [_line(location.line, lines[0][1], spans[location.line], width)]
        shown = [_line(number, text, spans.get(number, []), width) for number, text in lines]
        if last < location.end_line:
            shown.append(ExcerptLine(last + 1, "…", ""))
        return shown

    def _read(self, file: str) -> tuple[Path, list[str]] | None:
        if file not in self._lines:
            self._lines[file] = next(self._candidates(file), None)
        return self._lines[file]

    def _candidates(self, file: str) -> Iterator[tuple[Path, list[str]]]:
        for root in dict.fromkeys((*self.roots, Path())):
            path = root / file
            try:
                yield path, read_below(path, root, limit=MOST_BYTES).decode("utf-8-sig", "replace").splitlines()
            except (OSError, ValueError):  # unreadable, or a name no file can have
                continue


_SECRET = re.compile(r"(?<![\w])sensitive\s*\(.*")
"""What stands in this call, and all that follows it, on further lines too: where the call ends is not looked for."""


def whole_word(*texts: str) -> re.Pattern[str]:
    """Matches any of the texts where it is not part of a longer name or address; never, where there are none."""
    return re.compile("|".join(rf"(?<![\w.:]){re.escape(text)}(?![\w:]|\.\w)" for text in texts) or r"(?!)")


def _code(line: str) -> str:
    """The line without a comment at its end (a `#` inside quotes stays)."""
    for match in re.finditer(r'"(?:[^"\\]|\\.)*"|(#|//)', line):
        if match.group(1):
            return line[: match.start()]
    return line


def _whole(line: str, column: int) -> tuple[int, int]:
    code = _code(line).rstrip().removesuffix("{").rstrip()
    start = max(column - 1, len(code) - len(code.lstrip()))
    return (min(start, len(code)), len(code))


def _line(number: int, line: str, spans: list[tuple[int, int]], width: int) -> ExcerptLine:
    marked = {index for start, end in spans for index in range(start, end)}
    pieces = [(printable(character.expandtabs(2)), index in marked) for index, character in enumerate(line.rstrip())]
    first = next((index for index, (_, mark) in enumerate(pieces) if mark), 0)
    last = max((index for index, (_, mark) in enumerate(pieces) if mark), default=0)
    start = 0
    if _width(pieces) > width and _width(pieces[: last + 1]) >= width:
        start = max(first - width // 3, 0)
    text = "…" if start else ""
    marks = " " if start else ""
    for index in range(start, len(pieces)):
        piece, mark = pieces[index]
        if cell_width(text) + cell_width(piece) > width - (index < len(pieces) - 1):
            return ExcerptLine(number, text + "…", marks.rstrip())
        text += piece
        marks += ("^" if mark else " ") * cell_width(piece)
    return ExcerptLine(number, text, marks.rstrip())


def _width(pieces: list[tuple[str, bool]]) -> int:
    return sum(cell_width(piece) for piece, _ in pieces)
