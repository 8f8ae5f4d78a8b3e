"""Where the keys of a TOML file are written. `tomllib` does not say, and a message without a line is a search."""

from __future__ import annotations

import re

Path = tuple[str | int, ...]
"""`("assume", 0, "networks")`."""

_HEADER = re.compile(r"^\s*+(\[\[?)([^\]\[]+)\]\]?\s*+(?:#.*)?$")
_KEY = re.compile(r"""^\s*((?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"|'[^']*'))*)\s*=""")
_PART = re.compile(r"""[\w-]+|"[^"]*"|'[^']*'""")
_QUOTES = re.compile(r'"""|\'\'\'')


def key_lines(text: str) -> dict[Path, int]:
    """The line of every table and key that begins one, counted from 1. What stands in inline tables has the line of its key alone."""
    found: dict[Path, int] = {}
    counts: dict[Path, int] = {}
    table: Path = ()
    quote = ""
    for number, line in enumerate(text.split("\n"), 1):
        if quote:
            if quote in line:
                quote = ""
            continue
        if header := _HEADER.match(line):
            names = _names(header[2])
            table = _resolved(names, counts)
            if header[1] == "[[":
                counts[table] = counts.get(table, -1) + 1
                table = (*table, counts[table])
            found.setdefault(table, number)
        elif key := _KEY.match(line):
            found.setdefault((*table, *_names(key[1])), number)
            opened = _QUOTES.findall(line[key.end() :])
            if len(opened) % 2:
                quote = opened[-1]
    return found


def _names(text: str) -> Path:
    return tuple(part.strip("\"'") for part in _PART.findall(text))


def _resolved(names: Path, counts: dict[Path, int]) -> Path:
    """The path with the index of the last member of each array of tables on the way."""
    path: Path = ()
    for name in names[:-1]:
        path = (*path, name)
        if path in counts:
            path = (*path, counts[path])
    return (*path, names[-1]) if names else ()


def line_of(lines: dict[Path, int], path: Path) -> int | None:
    """The line of the key, else of the first thing in it (`[a.b]` begins a), or of the nearest table or key around it."""
    while path:
        if path in lines:
            return lines[path]
        within = [line for key, line in lines.items() if key[: len(path)] == path]
        if within:
            return min(within)
        path = path[:-1]
    return None
