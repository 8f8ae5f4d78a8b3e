"""Templates: the inside of quoted strings and heredocs, cut into literal text, interpolations and directives.

python-hcl2 leaves heredocs as one token and refuses some valid templates, so templates are read here, and only the expressions in them are
given to it. How strip markers and heredoc indentation act was read off `terraform console` 1.11: a marker reaches to the end of its own
line in a heredoc and across lines in a quoted string, and it is applied before the indentation is taken off.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from tf_cvpn_lint.core.records import dataclass
from tf_cvpn_lint.read.hcl.blocks import end_of_interpolation, unescape
from tf_cvpn_lint.read.hcl.syntax import Expression, ForDirective, IfDirective, Interpolation, Part


class HclSyntaxError(Exception):
    """Text that is not HCL (or that the parser cannot read), with the offset where that shows."""

    def __init__(self, why: str, offset: int = 0) -> None:
        super().__init__(why)
        self.why = why
        self.offset = offset


@dataclass(slots=True)
class _Text:
    value: str
    ends_line: bool = False
    """Whether the next piece begins a line of a heredoc."""


@dataclass(slots=True)
class _Sequence:
    """`${…}` or `%{…}`: offsets of what is between the markers."""

    kind: str
    start: int
    end: int


_OPEN = re.compile(r"\$\$\{|%%\{|\\.|([$%])\{", re.S)
_OPEN_BARE = re.compile(r"\$\$\{|%%\{|([$%])\{")
_KEYWORD = re.compile(r"\s*(if|else|endif|for|endfor)\b\s*")
_FOR = re.compile(r"([^\W\d][\w-]*)\s*(?:,\s*([^\W\d][\w-]*)\s*)?\bin\b")


def parse_template(
    text: str,
    start: int,
    end: int,
    expression: Callable[[int, int], Expression],
    *,
    heredoc: bool = False,
    flush: bool = False,
    escapes: bool = False,
) -> tuple[Part, ...]:
    """The parts of the template that lies in `text` from `start` to `end`.

    `expression` parses the part of `text` between two offsets. `flush` is for `<<-`; `escapes` for quoted strings, which alone know backslashes.

    Raises:
        HclSyntaxError: a sequence or directive is not closed.
    """
    pieces = _pieces(text, start, end, heredoc, escapes)
    if flush:
        _take_indentation_off(pieces)
    parts, at, _ = _assemble(text, pieces, 0, expression, ())
    assert at == len(pieces)
    return parts


def _pieces(text: str, start: int, end: int, heredoc: bool, escapes: bool) -> list[_Text | _Sequence]:
    pattern = _OPEN if escapes else _OPEN_BARE
    pieces: list[_Text | _Sequence] = []
    trims_next = False
    at = literal = start

    def flush_literal(upto: int) -> None:
        nonlocal trims_next
        written = text[literal:upto]
        for line in written.splitlines(keepends=True) if heredoc else [written] if written else []:
            value = unescape(line, backslashes=escapes)
            if trims_next:
                value, trims_next = value.lstrip(), False
            pieces.append(_Text(value, heredoc and value.endswith("\n")))

    while found := pattern.search(text, at, end):
        at = found.end()
        if found[1] is None:
            continue
        flush_literal(found.start())
        close = end_of_interpolation(text, at)
        if close is None or close > end:
            raise HclSyntaxError("a template sequence is not closed", found.start())
        inner_start, inner_end = at, close - 1
        if text.startswith("~", inner_start):
            inner_start += 1
            if pieces and isinstance(last := pieces[-1], _Text):
                last.value = last.value.rstrip()
        trims_next = inner_end > inner_start and text[inner_end - 1] == "~"
        pieces.append(_Sequence(found[1], inner_start, inner_end - trims_next))
        at = literal = close
    flush_literal(end)
    return pieces


def _take_indentation_off(pieces: list[_Text | _Sequence]) -> None:
    """What `<<-` does: as many characters as the least indented line has; blank lines do not count."""
    starts_line, least = True, None
    lines: list[_Text] = []
    for piece in pieces:
        if starts_line:
            indentation: int | None = 0
            if isinstance(piece, _Text):
                stripped = piece.value.lstrip()
                if not stripped and piece.ends_line:
                    indentation = None
                else:
                    indentation = len(piece.value) - len(stripped)
                    lines.append(piece)
            if indentation is not None:
                least = indentation if least is None else min(least, indentation)
        starts_line = isinstance(piece, _Text) and piece.ends_line and piece.value.endswith("\n")
    for line in lines:
        line.value = line.value[least or 0 :]


def _assemble(
    text: str,
    pieces: list[_Text | _Sequence],
    at: int,
    expression: Callable[[int, int], Expression],
    ends: tuple[str, ...],
) -> tuple[tuple[Part, ...], int, str]:
    """The parts from `pieces[at]` up to a directive in `ends`, where to go on after it, and which directive it was."""
    parts: list[Part] = []
    while at < len(pieces):
        piece = pieces[at]
        at += 1
        if isinstance(piece, _Text):
            if parts and isinstance(parts[-1], str):
                parts[-1] += piece.value
            elif piece.value:
                parts.append(piece.value)
            continue
        if piece.kind == "$":
            parts.append(Interpolation(expression(piece.start, piece.end)))
            continue
        keyword = _KEYWORD.match(text, piece.start, piece.end)
        if keyword is None:
            raise HclSyntaxError("a template directive is none that Terraform knows", piece.start)
        word, inner = keyword[1], keyword.end()
        if word in ends:
            return tuple(parts), at, word
        if word == "if":
            condition = expression(inner, piece.end)
            then, at, closed_by = _assemble(text, pieces, at, expression, ("else", "endif"))
            otherwise: tuple[Part, ...] = ()
            if closed_by == "else":
                otherwise, at, _ = _assemble(text, pieces, at, expression, ("endif",))
            parts.append(IfDirective(condition, then, otherwise))
        elif word == "for" and (intro := _FOR.match(text, inner, piece.end)):
            collection = expression(intro.end(), piece.end)
            body, at, _ = _assemble(text, pieces, at, expression, ("endfor",))
            key, value = (intro[1], intro[2]) if intro[2] else ("", intro[1])
            parts.append(ForDirective(key, value, collection, body))
        else:
            raise HclSyntaxError(f"the template directive {word!r} is out of place", piece.start)
    if ends:
        last = pieces[-1]
        offset = last.start if isinstance(last, _Sequence) else 0
        raise HclSyntaxError(f"a template directive is not closed ({' or '.join(ends)} is missing)", offset)
    return tuple(parts), at, ""
