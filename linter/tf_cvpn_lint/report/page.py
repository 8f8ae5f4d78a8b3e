"""A page of text: colour, width and indentation. Everything that is printed for people goes through here."""

from __future__ import annotations

import os
import re
from typing import TextIO

from rich.console import Console
from rich.text import Text

from tf_cvpn_lint.report.printable import printable
from tf_cvpn_lint.settings import Color

WIDTH_OF_LOGS = 100
WIDEST = 120
NARROWEST = 40

# Colours that can be read on a dark and on a light background.
ERROR, WARNING, NOTE = "bold red", "bold magenta", "bold cyan"
GOOD, BAD, DOUBT = "green", "red", "magenta"
STRONG, FAINT, PLAIN = "bold", "dim", ""


class Page:
    """Writes styled lines to a stream, wrapped to its width with hanging indentation. Names are never broken in two."""

    def __init__(self, stream: TextIO, color: Color = Color.AUTO, width: int | None = None) -> None:
        self.width = width or _width(stream)
        colored = _is_colored(stream, color)
        self._console = Console(
            file=stream,
            force_terminal=colored,
            no_color=not colored,
            color_system="standard" if colored else None,
            width=self.width,
            highlight=False,
            markup=False,
            emoji=False,
            legacy_windows=False,
        )
        self._is_plain = not _takes(stream, "✓✗≠…│→")

    def line(self, *parts: str | tuple[str, str], indent: int = 0, hang: int = 0) -> None:
        """One paragraph of texts or (text, style) pairs; lines after the first are indented by `hang` more."""
        text = Text()
        for part in parts:
            words, style = part if isinstance(part, tuple) else (part, PLAIN)
            text.append(self._drawn(printable(words)), style)
        room = max(self.width - indent - hang, NARROWEST)
        for number, line in enumerate(_wrapped(text, room, room + hang)):
            self._write(Text(" " * (indent + (hang if number else 0))) + line)

    def exact(self, *parts: str | tuple[str, str], indent: int = 0) -> None:
        """One line as it is, never wrapped: code."""
        text = Text(" " * indent)
        for part in parts:
            words, style = part if isinstance(part, tuple) else (part, PLAIN)
            text.append(self._drawn(printable(words)), style)
        self._write(text)

    def blank(self) -> None:
        self._console.print()

    def _write(self, text: Text) -> None:
        text.rstrip()
        self._console.print(text, soft_wrap=True)

    def _drawn(self, words: str) -> str:
        return words.translate(_ASCII) if self._is_plain else words


_ASCII = str.maketrans({"✓": "+", "✗": "x", "≠": "!", "…": "...", "│": "|", "→": "->", "’": "'", "·": "-"})


def _wrapped(text: Text, room: int, first: int) -> list[Text]:
    """The text in lines of at most `room` cells (`first` for the first), broken at spaces only."""
    lines: list[Text] = []
    line = Text()
    for match in re.finditer(r"\s*\S+", text.plain):
        word = text[match.start() : match.end()]
        limit = room if lines else first
        if line and line.cell_len + word.cell_len > limit:
            lines.append(line)
            line = text[match.start() + len(match.group()) - len(match.group().lstrip()) : match.end()]
        else:
            line = line + word
    return [*lines, line]


def _takes(stream: TextIO, characters: str) -> bool:
    try:
        characters.encode(getattr(stream, "encoding", None) or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _is_colored(stream: TextIO, color: Color) -> bool:
    """`--color` first, then `NO_COLOR` (https://no-color.org), then `FORCE_COLOR` (https://force-color.org), then the terminal."""
    if color is not Color.AUTO:
        return color is Color.ALWAYS
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def _width(stream: TextIO) -> int:
    """`COLUMNS`, else that of the terminal, else what reads well in a log; never so wide that lines are hard to follow."""
    columns = os.environ.get("COLUMNS", "")
    if columns.isdecimal() and int(columns) > 0:
        found = int(columns)
    elif stream.isatty():
        try:
            found = os.get_terminal_size(stream.fileno()).columns or WIDTH_OF_LOGS
        except (OSError, ValueError):
            found = WIDTH_OF_LOGS
    else:
        found = WIDTH_OF_LOGS
    return max(min(found, WIDEST), NARROWEST)
