"""A page of text: colour, width and indentation. Everything that is printed for people goes through here."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, TextIO

from tf_cvpn_lint.report.printable import inert, printable
from tf_cvpn_lint.settings import Color

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

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
        self._stream = stream
        self._console = _console(stream, self.width) if _is_colored(stream, color) else None
        """None on a page without colours: there rich has nothing to do, and is not imported."""
        self._is_plain = not _takes(stream, "✓✗≠…│→")

    def line(self, *parts: str | tuple[str, str], indent: int = 0, hang: int = 0) -> None:
        """One paragraph of texts or (text, style) pairs; lines after the first are indented by `hang` more."""
        room = max(self.width - indent - hang, NARROWEST)
        if self._console is None:
            plain = self._plain(parts)
            for number, line in enumerate(_lines(plain, room, room + hang)):
                self._write(" " * (indent + (hang if number else 0)) + plain[line])
            return
        from rich.text import Text

        styled = self._styled(parts)
        for number, line in enumerate(_lines(styled.plain, room, room + hang)):
            self._print(self._console, Text(" " * (indent + (hang if number else 0))) + styled[line])

    def exact(self, *parts: str | tuple[str, str], indent: int = 0) -> None:
        """One line as it is, never wrapped: code."""
        if self._console is None:
            self._write(" " * indent + self._plain(parts))
        else:
            self._print(self._console, self._styled((" " * indent, *parts)))

    def blank(self) -> None:
        self._stream.write("\n")

    def _plain(self, parts: tuple[str | tuple[str, str], ...]) -> str:
        return self._drawn("".join([printable(part[0] if isinstance(part, tuple) else part) for part in parts]))

    def _styled(self, parts: tuple[str | tuple[str, str], ...]) -> Text:
        from rich.text import Text

        text = Text()
        for part in parts:
            words, style = part if isinstance(part, tuple) else (part, PLAIN)
            text.append(self._drawn(printable(words)), style)
        return text

    def _write(self, line: str) -> None:
        self._stream.write(f"{inert(line.expandtabs(8).rstrip())}\n")

    def _print(self, console: Console, text: Text) -> None:
        text.rstrip()
        if (safe := inert(text.plain)) != text.plain:
            text.plain = safe  # the styles may slip by a few characters; nobody writes this who wants it to look well
        console.print(text, soft_wrap=True)

    def _drawn(self, words: str) -> str:
        return words.translate(_ASCII) if self._is_plain else words


_ASCII = str.maketrans({"✓": "+", "✗": "x", "≠": "!", "…": "...", "│": "|", "→": "->", "’": "'", "·": "-"})


def _lines(text: str, room: int, first: int) -> Iterator[slice]:
    """Where lines of at most `room` cells (`first` for the first) begin and end, broken at spaces only."""
    # Nearly every line fits as it is. A character that is not ASCII takes two bytes or more, and two cells or less.
    if len(text) <= first and (text.isascii() or len(text.encode(errors="surrogatepass")) <= first):
        yield slice(0, len(text.rstrip()))
        return
    start = end = cells = 0
    limit = first
    for match in re.finditer(r"\S+", text):  # `\s*\S+` would look at spaces at the end once for each of them
        word = text[end : match.end()]
        width = cell_width(word)
        if end > start and cells + width > limit:
            yield slice(start, end)
            limit = room
            start = match.end() - len(word.lstrip())
            cells = cell_width(text[start : match.end()])
        else:
            cells += width
        end = match.end()
    yield slice(start, end)


def cell_width(text: str) -> int:
    """How wide it is on a terminal."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def _console(stream: TextIO, width: int) -> Console:
    from rich.console import Console

    return Console(
        file=stream,
        force_terminal=True,
        no_color=False,
        color_system="standard",
        width=width,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
    )


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
    columns = os.environ.get("COLUMNS", "")[:9]
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
