"""`yamlencode` and `yamldecode`.

Written here because no dependency is wanted for it. The reader knows what configurations use: block and flow collections, plain and
quoted scalars, also over several lines, literal and folded blocks, anchors and merge keys, `!!str`, comments. Other tags, complex keys and
several documents are not read, and the result is then unknown with that reason.
Source: https://yaml.org/spec/1.2.2/ and, for what plain scalars stand for, https://github.com/zclconf/go-cty-yaml
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from tf_cvpn_lint.core.records import dataclass, field
from tf_cvpn_lint.read.hcl import bigfloat
from tf_cvpn_lint.read.hcl.conversion import convert
from tf_cvpn_lint.read.hcl.functions.signature import Function, FunctionError, NotEvaluatedError, Parameter, text
from tf_cvpn_lint.read.hcl.types import DYNAMIC, STRING
from tf_cvpn_lint.read.hcl.values import (
    MAX_TEXT,
    NULL,
    BoolValue,
    ListValue,
    MapValue,
    NullValue,
    NumberValue,
    ObjectValue,
    SetValue,
    StringValue,
    TupleValue,
    UnknownValue,
    Value,
    boolean,
    number,
    object_of,
    string,
    text_of,
    tuple_of,
)

_LINE_WIDTH = 80
"""Longer text is folded by the encoder; how is not followed here."""

# -------------------------------------------------------------------------------------------------------------------- writing

_ESCAPES = {
    "\0": "\\0",
    "\a": "\\a",
    "\b": "\\b",
    "\t": "\\t",
    "\n": "\\n",
    "\v": "\\v",
    "\f": "\\f",
    "\r": "\\r",
    "\x1b": "\\e",
    '"': '\\"',
    "\\": "\\\\",
}


def _is_printable(character: str) -> bool:
    code = ord(character)
    return 0x20 <= code <= 0x7E or (0xA0 <= code <= 0xFFFD and code != 0xFEFF and not 0xD800 <= code <= 0xDFFF)


def _escape(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if _is_printable(character):
        return character
    code = ord(character)
    if code <= 0xFF:
        return f"\\x{code:02X}"
    return f"\\u{code:04X}" if code <= 0xFFFF else f"\\U{code:08X}"


def _quoted(plain: str, column: int) -> str:
    made = '"' + "".join(_escape(one) for one in plain) + '"'
    if " " in plain and column + len(made) > _LINE_WIDTH:
        raise NotEvaluatedError("YAML text that is folded over several lines")
    return made


def _is_block(plain: str) -> bool:
    if any(one in plain for one in "\x85\u2028\u2029"):
        raise NotEvaluatedError("YAML text with rare line breaks")
    return (
        "\n" in plain
        and not plain.endswith(" ")
        and " \n" not in plain
        and all(one == "\n" or _is_printable(one) for one in plain)
    )


def _block(plain: str, indent: int) -> Iterator[str]:
    hint = "2" if plain[0] in " \n" else ""
    chomp = ("+" if plain == "\n" or plain.endswith("\n\n") else "") if plain.endswith("\n") else "-"
    yield f"|{hint}{chomp}"
    for line in plain.removesuffix("\n").split("\n"):
        yield " " * indent + line if line else ""


def _lines(value: Value, indent: int, column: int) -> Iterator[str]:
    """The lines of a value; the first goes behind what stands at `column` already, the others have their indentation."""
    match value:
        case StringValue() if _is_block(value.text):
            yield from _block(value.text, indent + 2)
        case StringValue():
            yield _quoted(value.text, column)
        case NumberValue():
            yield str(value)
        case BoolValue():
            yield "true" if value.flag else "false"
        case NullValue():
            yield "null"
        case ListValue() | SetValue() | TupleValue():
            if not value.items:
                yield "[]"
            for position, item in enumerate(value.items):
                inner = _lines(item, indent if isinstance(item, StringValue) else indent + 2, indent + 2)
                yield f"{' ' * indent if position else ''}- {next(inner)}"
                yield from inner
        case MapValue(items=items) | ObjectValue(attributes=items):
            if not items:
                yield "{}"
            for position, (key, item) in enumerate(items.items()):
                yield from _entry(key, item, indent, first=not position)
        case UnknownValue():
            raise AssertionError("an unknown has no YAML text")


def _entry(key: str, item: Value, indent: int, *, first: bool) -> Iterator[str]:
    if len(key) > 100 or "\n" in key:
        raise NotEvaluatedError("YAML with a key that is not on one line")
    start = f"{'' if first else ' ' * indent}{_quoted(key, indent)}:"
    match item:
        case ListValue() | SetValue() | TupleValue() if item.items:
            yield start
            inner = _lines(item, indent, indent)
            yield " " * indent + next(inner)
            yield from inner
        case MapValue(items=items) | ObjectValue(attributes=items) if items:
            yield start
            inner = _lines(item, indent + 2, indent + 2)
            yield " " * (indent + 2) + next(inner)
            yield from inner
        case _:
            inner = _lines(item, indent, indent + len(start) + 1)
            yield f"{start} {next(inner)}"
            yield from inner


def _yamlencode(value: Value) -> Value:
    made: list[str] = []
    length = 0
    for line in _lines(value, 0, 0):
        made.append(line)
        length += len(line) + 1
        if length > MAX_TEXT:
            raise NotEvaluatedError(f"text of more than {MAX_TEXT:,} characters")
    if isinstance(value, NumberValue | BoolValue | NullValue):
        made.append("...")
    return text_of("\n".join(made) + "\n")


# -------------------------------------------------------------------------------------------------------------------- reading

_TRUE = frozenset("y Y yes Yes YES true True TRUE on On ON".split())  # noqa: SIM905
_FALSE = frozenset("n N no No NO false False FALSE off Off OFF".split())  # noqa: SIM905
_NULLS = frozenset(["", "~", "null", "Null", "NULL"])
_INTEGER = re.compile(r"(?a:[-+]?\d+)")
_FLOAT = re.compile(r"(?a:[-+]?(\.\d+|\d+(\.\d*)?)([eE][-+]?\d+)?)")
_BASED = re.compile(r"0o([0-7]+)|0x([0-9a-fA-F]+)")
_DATE = re.compile(r"(?a:(\d{4})-(\d\d?)-(\d\d?))")
_HEADER = re.compile(r"([|>])([+-]?)([1-9]?)([+-]?)\s*(?:\s#.*)?")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"|\'((?:[^\']|\'\')*)\'')
_KEY = re.compile(
    r'(?:"(?:[^"\\]|\\.)*"|\'(?:[^\']|\'\')*\'|[^"\'\s\[\]{},&*!|>%@`#?-][^#]*?|[?-](?=\S)[^#]*?)\s*:(?=\s|$)'
)
_SIMPLE_ESCAPES = {
    "0": "\0",
    "a": "\a",
    "b": "\b",
    "t": "\t",
    "n": "\n",
    "v": "\v",
    "f": "\f",
    "r": "\r",
    "e": "\x1b",
    " ": " ",
    '"': '"',
    "/": "/",
    "\\": "\\",
    "N": "\x85",
    "_": "\xa0",
    "L": "\u2028",
    "P": "\u2029",
}
_ESCAPED = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))", re.DOTALL)


def _plain(source: str) -> Value:
    """What a plain scalar stands for."""
    if source in _NULLS:
        return NULL
    if source in _TRUE or source in _FALSE:
        return boolean(source in _TRUE)
    if source.lower() in (".nan",):
        raise FunctionError("floating point NaN is not supported")
    if source.lower().lstrip("+-") == ".inf":
        raise NotEvaluatedError("an infinite number")
    if found := _DATE.match(source):
        return _timestamp(source, found)
    if based := _BASED.fullmatch(source):
        return number(int(based[1], 8) if based[1] else int(based[2], 16))
    if _INTEGER.fullmatch(source) or _FLOAT.fullmatch(source):
        try:
            return number(bigfloat.parse(source))
        except bigfloat.NumberTooLargeError as fault:
            raise NotEvaluatedError(str(fault)) from None
    return string(source)


def _timestamp(source: str, found: re.Match[str]) -> Value:
    if found.end() < len(source):
        if source[found.end()] in "Tt ":
            raise NotEvaluatedError("a YAML timestamp")
        return string(source)
    try:
        date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return string(source)
    return string(f"{found[1]}-{int(found[2]):02d}-{int(found[3]):02d}T00:00:00Z")


def _unescape(found: re.Match[str]) -> str:
    digits = found[1] or found[2] or found[3]
    if digits:
        code = int(digits, 16)
        if code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
            raise FunctionError("found an invalid Unicode character escape code")
        return chr(code)
    if found[4] not in _SIMPLE_ESCAPES:
        raise FunctionError("found an unknown escape character")
    return _SIMPLE_ESCAPES[found[4]]


def _unquote(found: re.Match[str]) -> str:
    if found[1] is not None:
        return _ESCAPED.sub(_unescape, found[1])
    return found[2].replace("''", "'")


@dataclass(slots=True)
class _Line:
    indent: int
    content: str
    raw: str
    """The whole line as it was written, for blocks of text."""


def _is_blank(line: _Line) -> bool:
    return not line.content or line.content.startswith("#")


_CONTROL = re.compile("[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f\\u2028\\u2029]")
_ANCHOR = re.compile(r"&([^\s,\[\]{}]+)(?:\s+|$)")
_ALIAS = re.compile(r"\*([^\s,\[\]{}]+)")
_MERGE = "<<"


def _anchor(written: str) -> tuple[str, str]:
    """The name that stands before a value, or none, and the value."""
    found = _ANCHOR.match(written)
    return (found[1], written[found.end() :]) if found else ("", written)


def _referred(anchors: dict[str, Value], name: str) -> Value:
    if name not in anchors:
        raise FunctionError(f'reference to undefined anchor "{name}"')
    return anchors[name]


def _merge(entries: dict[str, Value], value: Value) -> None:
    """Later entries win, whichever stand in the merged mapping: so it is in go-cty-yaml, though not in YAML."""
    if not isinstance(value, ObjectValue):
        raise FunctionError("cannot merge this into a mapping")
    entries.update(value.attributes)


def _joined(pieces: list[str]) -> str:
    """Lines of a scalar as one text: a line break is a blank, and every empty line a line break."""
    text_ = ""
    breaks = 0
    for position, piece in enumerate(pieces):
        if not piece:
            breaks += 1
            continue
        text_ += ("\n" * breaks if breaks else " ") if position else "\n" * breaks
        text_ += piece
        breaks = 0
    return text_


@dataclass(slots=True)
class _Document:
    lines: list[_Line] = field(default_factory=list)
    at: int = 0
    depth: int = 0
    anchors: dict[str, Value] = field(default_factory=dict)
    ends_open: bool = False
    """The last line has no line break."""

    @classmethod
    def of(cls, source: str) -> _Document:
        if _CONTROL.search(source):
            raise NotEvaluatedError("YAML with control characters, or line breaks of its own kind")
        made = cls(ends_open=not source.endswith("\n"))
        for raw in source.replace("\r\n", "\n").removeprefix("\ufeff").removesuffix("\n").split("\n"):
            content = raw.lstrip(" ")
            if content.startswith("\t") and content.strip():
                raise NotEvaluatedError("YAML with tabs before a value")
            made.lines.append(_Line(len(raw) - len(content), content.rstrip(), raw))
        if made.ends_open and not made.lines[-1].content:
            made.lines.pop()  # spaces at the very end are no line
            made.ends_open = False
        return made

    def peek(self) -> _Line | None:
        """The next line with something on it."""
        while self.at < len(self.lines) and _is_blank(self.lines[self.at]):
            self.at += 1
        return self.lines[self.at] if self.at < len(self.lines) else None

    def whole(self) -> Value:
        line = self.peek()
        if line is not None and line.raw.startswith("%"):
            raise NotEvaluatedError("YAML directives")
        if line is not None and re.fullmatch(r"---(\s+#.*)?", line.raw.rstrip()):
            self.at += 1
        if any(re.match(r"---(\s|$)", line.raw) for line in self.lines[self.at :]):
            raise FunctionError("only a single document is allowed")
        while self.lines and (not self.lines[-1].raw.strip() or re.fullmatch(r"\.\.\.\s*", self.lines[-1].raw)):
            self.lines.pop()
        if any(re.match(r"\.\.\.(\s|$)", line.raw) for line in self.lines[self.at :]):
            raise NotEvaluatedError("a YAML document with an end mark")
        if self.peek() is None:
            if self.at and any(line.raw.startswith("---") for line in self.lines):
                return NULL
            raise FunctionError("expecting value but found end of stream")
        value = self.block(-1)
        if self.peek() is not None:
            raise NotEvaluatedError("YAML that is indented in an unusual way")
        return value

    def block(self, parent: int) -> Value:
        """The value on the next line, which is indented by more than `parent`."""
        line = self.peek()
        assert line is not None
        self.depth += 1
        if self.depth > 60:
            raise NotEvaluatedError("YAML that is nested too deeply")
        if re.match(r"-(\s|$)", line.content):
            value = self.sequence(line.indent)
        elif _KEY.match(line.content):
            value = self.mapping(line.indent)
        else:
            self.at += 1
            value = self.inline(line.content, parent)
        self.depth -= 1
        return value

    def sequence(self, indent: int) -> Value:
        items: list[Value] = []
        while (line := self.peek()) is not None and line.indent == indent and re.match(r"-(\s|$)", line.content):
            rest = line.content[1:].lstrip(" ")
            if rest.startswith("\t"):
                raise NotEvaluatedError("YAML with tabs before a value")
            name, rest = _anchor(rest)
            if not rest or rest.startswith("#"):
                self.at += 1
                items.append(self.named(name, self.nested(indent, same=False)))
                continue
            column = indent + len(line.content) - len(rest)
            if name and (re.match(r"-(\s|$)", rest) or _KEY.match(rest)):
                raise NotEvaluatedError("a YAML anchor before a key")
            if re.match(r"-(\s|$)", rest) or _KEY.match(rest):
                self.lines[self.at] = _Line(column, rest, " " * column + rest)
                items.append(self.block(indent))
            else:
                self.at += 1
                items.append(self.named(name, self.inline(rest, indent)))
        self.ends(indent)
        return tuple_of(items)

    def named(self, name: str, value: Value) -> Value:
        if name:
            self.anchors[name] = value
        return value

    def mapping(self, indent: int) -> Value:
        entries: dict[str, Value] = {}
        while (line := self.peek()) is not None and line.indent == indent:
            found = _KEY.match(line.content)
            if not found:
                raise NotEvaluatedError(f"the YAML line {line.content[:40]!r}")
            key = self.key(found.group()[:-1].rstrip())
            rest = line.content[found.end() :].strip()
            self.at += 1
            name, rest = _anchor(rest)
            if not rest or rest.startswith("#"):
                value = self.named(name, self.nested(indent, same=True))
            else:
                value = self.named(name, self.inline(rest, indent))
            if key == _MERGE:
                _merge(entries, value)
            else:
                entries[key] = value
        self.ends(indent)
        return object_of(entries)

    def ends(self, indent: int) -> None:
        line = self.peek()
        if line is not None and line.indent > indent:
            raise NotEvaluatedError(f"the YAML line {line.content[:40]!r}")

    def key(self, written: str) -> str:
        if found := _QUOTED.fullmatch(written):
            return _unquote(found)
        if written == _MERGE:
            return written
        if ": " in written or written.startswith(("? ", "- ")):
            raise NotEvaluatedError(f"the YAML key {written[:40]!r}")
        named = convert(_plain(written), STRING)
        if not isinstance(named, StringValue):
            raise FunctionError("mapping key cannot be null")
        return named.text

    def nested(self, indent: int, *, same: bool) -> Value:
        """What stands on the following lines; null if they belong to something else. In a mapping a sequence needs no indentation."""
        line = self.peek()
        if line is None or line.indent < indent:
            return NULL
        if line.indent == indent:
            return self.sequence(indent) if same and re.match(r"-(\s|$)", line.content) else NULL
        return self.block(indent)

    def inline(self, written: str, indent: int) -> Value:
        """A scalar or flow collection that begins on a line."""
        first = written[0]
        if first in "|>":
            return self.text_block(written, indent)
        if first in "[{":
            while not _is_balanced(written) and self.at < len(self.lines):
                written += "\n" + self.lines[self.at].content
                self.at += 1
            reader = _Flow(written, self.anchors)
            value = reader.value()
            reader.ends()
            return value
        if alias := re.fullmatch(_ALIAS.pattern + r"\s*(?:\s#.*)?", written):
            return self.alone(_referred(self.anchors, alias[1]), indent)
        if tagged := re.match(r"!!str\s+(?=[^\s#])", written):
            return self.as_text(written[tagged.end() :], indent)
        if first in "\"'" and not _QUOTED.match(written):
            written = self.quoted_lines(written)
        if found := _QUOTED.match(written):
            if not re.fullmatch(r"\s*(\s#.*)?", written[found.end() :]):
                raise NotEvaluatedError(f"the YAML text {written[:40]!r}")
            return self.alone(string(_unquote(found)), indent)
        return self.alone(_plain(self.plain_lines(written, indent)), indent)

    def plain_lines(self, written: str, indent: int) -> str:
        """A plain scalar with the lines it goes on over: those that are indented by more, up to a comment."""
        _refuse_indicator(written)
        pieces: list[str] = []
        at = self.at
        while True:
            plain = re.split(r"(?:^|\s)#", written, maxsplit=1)[0].rstrip()
            if re.search(r":(\s|$)", plain):
                raise FunctionError("mapping values are not allowed in this context")
            pieces.append(plain)
            if plain:
                self.at = at  # empty lines count only where more follows
            if plain != written.rstrip() or at >= len(self.lines) or indent < 0:
                break
            line = self.lines[at]
            if line.content and (line.indent <= indent or line.content.startswith("#")):
                break
            written = line.content
            at += 1
        while pieces and not pieces[-1]:
            pieces.pop()
        if not pieces:  # nothing but white space that is none to YAML
            raise NotEvaluatedError(f"the YAML text {written[:40]!r}")
        return _joined(pieces)

    def quoted_lines(self, written: str) -> str:
        """A quoted scalar with the lines it goes on over, as if it were written on one."""
        pieces = [written.rstrip()]
        while self.at < len(self.lines):
            if pieces[-1].endswith("\\"):
                raise NotEvaluatedError("an escaped line break in YAML")
            pieces.append(self.lines[self.at].content)
            self.at += 1
            whole = _joined(pieces)
            if _QUOTED.match(whole):
                return whole.replace("\n", "\\n") if written[0] == '"' else whole
        raise NotEvaluatedError(f"the YAML text {written[:40]!r}")

    def as_text(self, written: str, indent: int) -> Value:
        if found := _QUOTED.match(written):
            if not re.fullmatch(r"\s*(\s#.*)?", written[found.end() :]):
                raise NotEvaluatedError(f"the YAML text {written[:40]!r}")
            return self.alone(string(_unquote(found)), indent)
        return self.alone(string(self.plain_lines(written, indent)), indent)

    def alone(self, value: Value, indent: int) -> Value:
        line = self.peek()
        if line is not None and line.indent > indent:
            raise NotEvaluatedError("a YAML scalar over several lines")
        return value

    def text_block(self, written: str, indent: int) -> Value:
        found = _HEADER.fullmatch(written)
        if not found or (found[2] and found[4]):
            raise NotEvaluatedError(f"the YAML text {written[:40]!r}")
        chomp = found[2] or found[4]
        lines: list[str] = []
        width = max(indent, 0) + int(found[3]) if found[3] else 0
        while self.at < len(self.lines):
            line = self.lines[self.at]
            if line.raw.strip(" "):
                if not width:
                    width = line.indent
                if line.indent < width or width <= max(indent, 0):
                    break
            lines.append(line.raw[width:] if width else "")
            self.at += 1
        shown = _folded(lines, chomp) if found[1] == ">" else _chomped(lines, chomp)
        if self.ends_open and self.at == len(self.lines) and lines and lines[-1]:
            shown = shown.removesuffix("\n")  # the last line has no end that could be kept
        # read as if it were plain and then made text: an empty block is null, and `yes` is "true"
        return convert(_plain(shown), STRING)


def _chomped(lines: list[str], chomp: str) -> str:
    count = len(lines)
    while count and not lines[count - 1]:
        count -= 1
    body = "\n".join(lines[:count])
    match chomp:
        case "-":
            return body
        case "+":
            return "\n".join(lines) + "\n" if lines else ""
        case _:
            return body + "\n" if body else ""


def _folded(lines: list[str], chomp: str) -> str:
    if any(line.startswith((" ", "\t")) for line in lines) or (lines and not lines[0]):
        raise NotEvaluatedError("a folded YAML text with indented lines")
    count = len(lines)
    while count and not lines[count - 1]:
        count -= 1
    body = re.sub(r"(?<!\n)\n(?!\n)", " ", "\n".join(lines[:count]))
    body = re.sub(r"\n(\n+)", r"\1", body)
    return body + _chomped(["x", *lines[count:]], chomp)[1:] if body else ""


def _is_balanced(written: str) -> bool:
    bare = re.sub(r"\s#.*", "", _QUOTED.sub("", written))
    return bare.count("[") + bare.count("{") <= bare.count("]") + bare.count("}")


def _refuse_indicator(written: str) -> None:
    if written[0] in "&*!|>%@`,]}#'\"" or re.match(r"[?:-](\s|$)", written):
        raise NotEvaluatedError(f"the YAML text {written[:40]!r}")


@dataclass(slots=True)
class _Flow:
    """`[a, {b: c}]`."""

    source: str
    anchors: dict[str, Value] = field(default_factory=dict)
    at: int = 0
    depth: int = 0

    def skip(self) -> None:
        found = re.compile(r"(\s|(?<=\s)#[^\n]*)*").match(self.source, self.at)
        self.at = found.end() if found else self.at

    def peek(self) -> str:
        self.skip()
        return self.source[self.at : self.at + 1]

    def ends(self) -> None:
        if self.peek():
            raise NotEvaluatedError(f"the YAML text {self.source[:40]!r}")

    def value(self) -> Value:
        self.depth += 1
        if self.depth > 60:
            raise NotEvaluatedError("YAML that is nested too deeply")
        first = self.peek()
        name = ""
        if first == "&" and (found := _ANCHOR.match(self.source, self.at)):
            name = found[1]
            self.at = found.end()
            first = self.peek()
        match first:
            case "[":
                value = self.sequence()
            case "{":
                value = self.mapping()
            case "*" if alias := _ALIAS.match(self.source, self.at):
                self.at = alias.end()
                value = _referred(self.anchors, alias[1])
            case _:
                value = self.scalar()
        if name:
            self.anchors[name] = value
        self.depth -= 1
        return value

    def sequence(self) -> Value:
        self.at += 1
        items: list[Value] = []
        while self.peek() != "]":
            items.append(self.value())
            if self.peek() == ":":
                raise NotEvaluatedError("a YAML pair in a list")
            self.comma("]")
        self.at += 1
        return tuple_of(items)

    def mapping(self) -> Value:
        self.at += 1
        entries: dict[str, Value] = {}
        while self.peek() != "}":
            key = convert(self.scalar(), STRING)
            if not isinstance(key, StringValue):
                raise NotEvaluatedError("a YAML key that is null")
            value: Value = NULL
            if self.peek() == ":":
                self.at += 1
                value = NULL if self.peek() in (",", "}") else self.value()
            if key.text == _MERGE:
                _merge(entries, value)
            else:
                entries[key.text] = value
            self.comma("}")
        self.at += 1
        return object_of(entries)

    def comma(self, end: str) -> None:
        if self.peek() == ",":
            self.at += 1
        elif self.peek() != end:
            raise FunctionError(f"did not find expected ',' or '{end}'")

    def scalar(self) -> Value:
        self.skip()
        if found := _QUOTED.match(self.source, self.at):
            self.at = found.end()
            return string(_unquote(found))
        plain = re.compile(r"(?:[^,\[\]{}:#\n]|:(?![\s,\[\]{}]|$)|(?<!\s)#)*").match(self.source, self.at)
        written = plain.group().rstrip() if plain else ""
        if not written:
            raise NotEvaluatedError(f"the YAML text {self.source[:40]!r}")
        _refuse_indicator(written)
        self.at += len(written)
        if self.source[self.at :].lstrip(" ").startswith("\n") and self.peek() not in (",", "]", "}", ":"):
            raise NotEvaluatedError("a YAML scalar over several lines")
        return _plain(written)


def _yamldecode(source: Value) -> Value:
    return _Document.of(text(source)).whole()


FUNCTIONS = (
    Function("yamlencode", _yamlencode, (Parameter("value", DYNAMIC, null=True),), returns=STRING),
    Function("yamldecode", _yamldecode, (Parameter("src", STRING),), nullable=True),
)
