"""Top-level blocks of a file of HCL, found without parsing it.

Only the few blocks that matter for a Client VPN are ever parsed (14% of the bytes of real configurations), and a mistake in one block
costs that block and not the file. The scanner knows what hides a brace (strings with templates, heredocs, comments) and nothing else.
Source of the lexical rules: https://github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping

from tf_cvpn_lint.core.evidence import Location
from tf_cvpn_lint.core.records import dataclass


@dataclass(frozen=True, slots=True)
class Block:
    """A top-level block as it is written. Offsets count characters of the file's text; lines count from 1."""

    type: str
    """`resource`, `variable`, …; empty for text that is no block (see `fault`)."""
    labels: tuple[str, ...]
    file: str
    line: int
    end_line: int
    text: str
    """The whole block, from its type to its closing brace."""
    start: int = 0
    """Where `text` begins in the file."""
    body_start: int = 0
    """Where the body begins in `text`, after the opening brace."""
    body_end: int = 0
    """Where the body ends in `text`, before the closing brace."""
    column: int = 1
    fault: str = ""
    """Why the block could not be delimited; its text then runs to where the scanner got back in step, or to the end of the file."""

    @property
    def location(self) -> Location:
        return Location(self.file, self.line, self.column, self.end_line)

    @property
    def body(self) -> str:
        return self.text[self.body_start : self.body_end]


_QUOTED = r'"(?>[^"\\$%\n]+|\\.|\$\$\{|%%\{|\$(?!\{)|%(?!\{))*+"'
_CODE = re.compile(
    rf"""(?P<comment>\#[^\n]*|//[^\n]*|/\*.*?(?:\*/|\Z))
       |(?P<quoted>{_QUOTED})
       |(?P<quote>")
       |<<-?(?P<heredoc>[^\W\d][\w.-]*)[ \t]*\r?\n
       |(?P<open>[\[({{])
       |(?P<close>[\])}}])
       |(?P<newline>\n)""",
    re.S | re.X,
)
_IN_STRING = re.compile(r'[^"\\$%\n]+|\\.|\$\$\{|%%\{|(?P<end>")|(?P<template>[$%]\{)|(?P<newline>\n)|.', re.S)
_LABEL = r'(?:"(?:[^"\\\n]|\\.)*"|[^\W\d][\w-]*)'
# Possessive throughout: without it an identifier could be split into labels in exponentially many ways.
_HEADER = re.compile(r'([^\W\d][\w-]*+)((?:[ \t]*+"(?:[^"\\\n]|\\.)*+"|[ \t]++[^\W\d][\w-]*+)*+)[ \t]*+\{')
_ATTRIBUTE = re.compile(r'("(?:[^"\\\n]|\\.)*"|[^\W\d][\w-]*)[ \t]*=(?![=>])')
_LABELS = re.compile(_LABEL)
_BLANK = re.compile(r"(?>\s+|\#[^\n]*|//[^\n]*|/\*.*?\*/|\ufeff)*", re.S)
_PAIRS = {")": "(", "]": "[", "}": "{"}


@dataclass(frozen=True, slots=True)
class Token:
    """Something that delimits: `open`, `close`, `newline`, `comment`, `quoted` (a string, whatever it holds), `heredoc`, `end`."""

    kind: str
    start: int
    end: int
    text: str = ""


class UnfinishedError(Exception):
    """A string, heredoc or template that never ends."""


def tokens(text: str, at: int = 0) -> Iterator[Token]:
    """The delimiters of `text` from `at` on; strings and heredocs are passed over whole, with the templates in them.

    An unfinished string, heredoc or comment gives one token `fault` and ends the iteration.
    """
    while found := _CODE.search(text, at):
        kind = found.lastgroup or ""
        start, at = found.start(), found.end()
        try:
            if kind == "quote":
                kind, at = "quoted", end_of_string(text, at)
            elif kind == "heredoc":
                at = end_of_heredoc(text, at, found["heredoc"])
            elif kind == "comment" and found.group().startswith("/*") and not found.group().endswith("*/"):
                raise UnfinishedError("a comment is not closed")
        except UnfinishedError as fault:
            yield Token("fault", start, len(text), str(fault))
            return
        yield Token(kind, start, at, found.group() if kind in ("open", "close") else "")


def _heredoc_pattern(marker: str) -> re.Pattern[str]:
    name = re.escape(marker)
    return re.compile(rf"(?P<end>^[ \t]*{name}[ \t]*(?=\r?$))|(?P<escape>\$\$\{{|%%\{{)|(?P<template>[$%]\{{)", re.M)


def end_of_heredoc(text: str, at: int, marker: str) -> int:
    """Where the heredoc whose body begins at `at` ends: after its marker, before the newline."""
    return _end_of_template(text, at, _heredoc_pattern(marker), f"the heredoc {marker} is not closed")


def end_of_string(text: str, at: int) -> int:
    """Where the string whose content begins at `at` ends: after its closing quote."""
    return _end_of_template(text, at, _IN_STRING, "a string is not closed")


def end_of_interpolation(text: str, at: int) -> int | None:
    """Where the `${` or `%{` sequence whose content begins at `at` ends: after its closing brace. None where it does not end."""
    try:
        return _end_of_code(text, at)
    except UnfinishedError:
        return None


def _end_of_template(text: str, at: int, pattern: re.Pattern[str], fault: str) -> int:
    # A stack of our own: depth is the file's author's choice, Python's is not ours to spend.
    stack: list[tuple[re.Pattern[str] | None, str]] = [(pattern, fault)]
    return _run(text, at, stack)


def _end_of_code(text: str, at: int) -> int:
    return _run(text, at, [(None, "a template is not closed")])


def _run(text: str, at: int, stack: list[tuple[re.Pattern[str] | None, str]]) -> int:
    """Scans until the stack is empty. An entry without a pattern is code up to its closing brace."""
    while stack:
        pattern, fault = stack[-1]
        found = (pattern or _CODE).search(text, at)
        if found is None:
            raise UnfinishedError(fault)
        at = found.end()
        kind = found.lastgroup or ""
        if pattern is not None:
            if kind == "end":
                stack.pop()
            elif kind == "template":
                stack.append((None, "a template is not closed"))
            elif kind == "newline":
                raise UnfinishedError(fault)
        elif kind == "quote":
            stack.append((_IN_STRING, "a string is not closed"))
        elif kind == "heredoc":
            stack.append((_heredoc_pattern(found["heredoc"]), f"the heredoc {found['heredoc']} is not closed"))
        elif kind == "open" and found.group() == "{":
            stack.append((None, "a brace is not closed"))
        elif kind == "close" and found.group() == "}":
            stack.pop()
    return at


class Lines:
    """Line and column of an offset."""

    __slots__ = ("_starts",)

    def __init__(self, text: str) -> None:
        self._starts = [0, *(found.end() for found in re.finditer("\n", text))]

    def line(self, offset: int) -> int:
        return bisect_right(self._starts, offset)

    def column(self, offset: int) -> int:
        return offset - self._starts[self.line(offset) - 1] + 1


def unquote(label: str) -> str:
    """The text of a label or key that may be quoted; escapes are undone."""
    if not label.startswith('"'):
        return label
    return unescape(label[1:-1])


_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))|\$\$(?=\{)|%%(?=\{)", re.S)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}


def unescape(text: str, *, backslashes: bool = True) -> str:
    r"""The text that the inside of a quoted string stands for. Heredocs know `$${` and `%%{`, and no backslashes."""
    if "\\" not in text and "{" not in text:
        return text

    def one(found: re.Match[str]) -> str:
        short, long, simple = found.groups()
        if found.group()[0] != "\\":
            return found.group()[0]
        if not backslashes:
            return found.group()
        if simple is not None:
            return _ESCAPES.get(simple, found.group())
        code = int(short or long, 16)
        # A surrogate or a number past Unicode has no text; U+FFFD is what Go prints for it.
        return chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else "\ufffd"

    return _ESCAPE.sub(one, text)


MAX_UNCLOSED = 16 * 2**20
"""Characters looked at, in all, behind blocks of a file that are not closed (of a large file, eight times its own); then the rest of the file
is one."""


def split_blocks(text: str, file: str) -> tuple[Block, ...]:
    """The top-level blocks of `text`, in order.

    Never raises. What is no block, or is not closed, is given as a block with a `fault`; where braces are out of balance the next line
    that looks like the start of a top-level block (in its first column) is taken for one.
    """
    blocks: list[Block] = []
    lines: Lines | None = None
    at, spare = 0, max(MAX_UNCLOSED, 8 * len(text))
    while True:
        blank = _BLANK.match(text, at)
        at = blank.end() if blank else at
        if at >= len(text):
            return tuple(blocks)
        lines = lines or Lines(text)
        is_rest = spare <= 0
        header = None if is_rest else _HEADER.match(text, at)
        fault = ""
        if header:
            end, fault = _end_of_block(text, header.end())
            spare -= len(text) - header.end() if fault else 0
        elif is_rest:
            end, fault = len(text), "is not read: too much before it is not closed"
        else:
            end, fault = _end_of_statement(text, at), "is not a block"
        if fault and not is_rest:
            restart = _next_block(text, at + 1)
            end = min(end, restart) if not header else restart
        body_start = header.end() - at if header else 0
        written = text[at:end].rstrip() if fault else text[at:end]
        blocks.append(
            Block(
                type=header[1] if header else "",
                labels=tuple(unquote(label) for label in _LABELS.findall(header[2])) if header else (),
                file=file,
                line=lines.line(at),
                end_line=lines.line(max(at, at + len(written) - 1)),
                text=written,
                start=at,
                body_start=body_start,
                body_end=len(written) - (0 if fault else 1),
                column=lines.column(at),
                fault=fault,
            )
        )
        at = max(end, at + 1)


_TOP_LEVEL = re.compile(
    r"^(?:resource|data|module|variable|output|locals|provider|terraform|moved|import|removed|check|ephemeral)\b[^\n=]*\{",
    re.M,
)


def _next_block(text: str, at: int) -> int:
    found = _TOP_LEVEL.search(text, at)
    return found.start() if found else len(text)


_BRACE = re.compile(
    rf"""[^"\#/<{{}}]*+(?:(?P<open>\{{)|(?P<close>\}})|(?P<quoted>{_QUOTED})|(?P<comment>\#[^\n]*|//[^\n]*|/\*.*?\*/)
       |<<-?(?P<heredoc>[^\W\d][\w.-]*)[ \t]*\r?\n|(?P<quote>")|(?P<unclosed>/\*)|.)""",
    re.S | re.X,
)


def _end_of_block(text: str, at: int) -> tuple[int, str]:
    """Where the block whose body begins at `at` ends (after its brace), and what is wrong with it."""
    depth = 1
    match = _BRACE.match
    while found := match(text, at):
        at = found.end()
        kind = found.lastgroup
        if kind == "open":
            depth += 1
        elif kind == "close":
            depth -= 1
            if not depth:
                return at, ""
        elif kind in ("quote", "heredoc", "unclosed"):
            try:
                if kind == "unclosed":
                    raise UnfinishedError("a comment is not closed")
                at = end_of_string(text, at) if kind == "quote" else end_of_heredoc(text, at, found["heredoc"])
            except UnfinishedError as fault:
                return len(text), str(fault)
    return len(text), "a brace is not closed"


def _end_of_statement(text: str, at: int) -> int:
    depth = 0
    for token in tokens(text, at):
        if token.kind == "open":
            depth += 1
        elif token.kind == "close":
            depth = max(0, depth - 1)
        elif token.kind == "newline" and not depth:
            return token.end
    return len(text)


@dataclass(frozen=True, slots=True)
class Statement:
    """An attribute or nested block at the first level of a body, by offsets into the text that was scanned."""

    name: str
    """The attribute's name, or the nested block's type; of `dynamic "x"` it is `x`."""
    start: int
    end: int
    value: int
    """Where an attribute's expression begins; of a block, where its body begins."""
    is_block: bool = False
    labels: tuple[str, ...] = ()
    is_dynamic: bool = False


def is_blank(text: str, start: int, end: int) -> bool:
    """Whether there is nothing but blanks and comments between these offsets."""
    return _BLANK.fullmatch(text, start, end) is not None


def statements(text: str, at: int = 0, end: int | None = None) -> Iterator[Statement]:
    """The attributes and nested blocks of the body that lies in `text` from `at` to `end`, found by their shape alone.

    Text that is neither is passed over.
    """
    stop = len(text) if end is None else end
    while True:
        blank = _BLANK.match(text, at, stop)
        at = blank.end() if blank else at
        if at >= stop:
            return
        if header := _HEADER.match(text, at, stop):
            close, fault = _end_of_block(text, header.end())
            close = stop if fault else close
            labels = tuple(unquote(label) for label in _LABELS.findall(header[2]))
            dynamic = header[1] == "dynamic" and len(labels) == 1
            name = labels[0] if dynamic else header[1]
            yield Statement(name, at, close, header.end(), True, labels, dynamic)
            at = close
        elif found := _ATTRIBUTE.match(text, at, stop):
            close = _end_of_line(text, found.end(), stop)
            yield Statement(unquote(found[1]), at, close, found.end())
            at = close
        else:
            at = max(_end_of_line(text, at, stop), at + 1)


def _end_of_line(text: str, at: int, stop: int) -> int:
    """Where the expression that begins at `at` ends: before its comment or newline, or before the brace of the block it is in."""
    depth = 0
    for token in tokens(text, at):
        if token.start >= stop:
            break
        if token.kind == "open":
            depth += 1
        elif token.kind == "close":
            depth -= 1
            if depth < 0:
                return token.start
        elif depth == 0 and (
            token.kind == "newline" or (token.kind == "comment" and text[token.start : token.start + 2] != "/*")
        ):
            return token.start
    return stop


def attribute_locations(block: Block) -> Mapping[str, Location]:
    """Where each attribute and nested block at the block's first level is written; of nested blocks of one name, the first.

    A `dynamic "x"` block counts as `x`. `end_line` is the last line of the expression or block.
    """
    lines = Lines(block.text)
    found: dict[str, Location] = {}
    for statement in statements(block.text, block.body_start, block.body_end):
        if statement.name in found:
            continue
        written = block.text[statement.start : statement.end].rstrip()
        first = lines.line(statement.start)
        last = lines.line(statement.start + max(0, len(written) - 1))
        column = lines.column(statement.start) + (block.column - 1 if first == 1 else 0)
        offset = block.line - 1
        found[statement.name] = Location(block.file, first + offset, column, last + offset)
    return found
