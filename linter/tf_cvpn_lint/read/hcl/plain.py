"""The plain part of HCL, read without a parser generator: what nearly every block of nearly every configuration is written in.

python-hcl2 is the judge of what HCL is. Its tables take a tenth of a second to load (a second where they are not cached) and its parser
half a millisecond a block. What is read here is a part of the language on which there are no two opinions: attributes and nested blocks of
names, literals, strings, traversals, splats, calls, operators, conditionals, collections and `for`. Everything else, and everything that is
wrong, is `NotPlain`: the whole text is then given to python-hcl2, whose tree or fault it is. A test holds the two to the same trees and spans.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NoReturn

from tf_cvpn_lint.core.evidence import Location
from tf_cvpn_lint.read.hcl.blocks import UnfinishedError, end_of_string, unescape, unquote
from tf_cvpn_lint.read.hcl.syntax import (
    Attribute,
    Binary,
    BlockBody,
    Conditional,
    Constant,
    Expression,
    ForObject,
    ForTuple,
    FunctionCall,
    GetAttr,
    Index,
    Name,
    NestedBlock,
    Number,
    ObjectCons,
    Span,
    Splat,
    SplatItem,
    TupleCons,
    Unary,
)

MAX_PLAIN_DEPTH = 40
"""Expressions nested deeper than this are left to python-hcl2, whose adapter has the bounds that count."""

_TOKEN = re.compile(
    r"""[ \t\r]*+(?:
        (?P<word>[A-Za-z_][A-Za-z0-9_-]*+)
       |(?P<newline>\n)
       |(?P<plain>"(?>[^"\\$%\n]+|\\[^\n]|\$(?!\$?\{)|%(?!%?\{))*+")
       |(?P<two>==|!=|<=|>=|=>|&&|\|\||\.\.\.|\.\*|\[\*\]|<<|::)
       |(?P<number>\d++(?:\.\d++)?+(?:[eE][+-]?\d++)?+)(?![\w.])
       |(?P<comment>\#[^\n]*+|//[^\n]*+|/\*(?:[^\n*]|\*(?!/))*+\*/)
       |(?P<open>/\*)
       |(?P<mark>[][(){}=,.:?+*/%!<>-])
       |(?P<quote>")
       |(?P<end>\Z))""",
    re.X,
)
_BLANK_LINES = re.compile(r"[ \t\r]*\n(?:[ \t\r]*\n)*")
_FOR_INTRO = re.compile(r"\s*for\s+[^\W\d]")
_KEYWORDS = frozenset({"if", "in", "for", "for_each", "else", "endif", "endfor"})
_LITERALS: dict[str, bool | None] = {"true": True, "false": False, "null": None}
_BINARY = {
    "||": 1,
    "&&": 2,
    "==": 3,
    "!=": 3,
    "<": 4,
    ">": 4,
    "<=": 4,
    ">=": 4,
    "+": 5,
    "-": 5,
    "*": 6,
    "/": 6,
    "%": 6,
}
_CLOSING = {"(": ")", "[": "]", "{": "}"}

StringReader = Callable[[int, int, Span], Expression]
"""Makes an expression of the quoted string that begins and ends at these offsets."""


class NotPlain(Exception):  # noqa: N818 - no error: the other reader's turn
    """The text is more than plain HCL, or wrong."""


class _Step:
    """What follows a value: `.name`, `[key]`, or a splat with the steps that belong to it."""

    __slots__ = ("at", "key", "kind", "name", "steps")

    def __init__(self, kind: str, at: int, name: str = "", key: Expression | None = None) -> None:
        self.kind = kind
        self.at = at
        """The position of its last token."""
        self.name = name
        self.key = key
        self.steps: list[_Step] = []


class Plain:
    """One text, or a part of it, as tokens; newlines that end nothing are not among them.

    Raises:
        NotPlain: there is something in it that no plain text has. So does every method.
    """

    __slots__ = (
        "_at",
        "_columns",
        "_depth",
        "_end_lines",
        "_ends",
        "_file",
        "_kinds",
        "_lines",
        "_starts",
        "_strings",
        "_text",
    )

    def __init__(
        self, text: str, start: int, end: int, where: Span, file: str, strings: StringReader, *, newlines_matter: bool
    ) -> None:
        """`where` is where `start` stands in the file."""
        self._text = text
        self._file = file
        self._strings = strings
        self._at = 0
        self._depth = 0
        self._kinds: list[str] = []
        self._starts: list[int] = []
        self._ends: list[int] = []
        self._lines: list[int] = []
        self._columns: list[int] = []
        self._end_lines: list[int] = []
        self._tokens(start, end, where, newlines_matter)

    def _tokens(self, start: int, end: int, where: Span, newlines_matter: bool) -> None:
        text, line, zero = self._text, where.line, start - where.column
        kinds, starts, ends = self._kinds, self._starts, self._ends
        lines, columns, end_lines = self._lines, self._columns, self._end_lines
        open_: list[str] = []
        matter = [newlines_matter]
        at, match = start, _TOKEN.match
        while True:
            found = match(text, at, end)
            if found is None:
                raise NotPlain
            kind = found.lastgroup
            begin, at = found.span(kind)  # type: ignore[arg-type] # one group has always matched
            if kind == "newline":
                if matter[-1] and kinds and kinds[-1] != "newline":
                    kinds.append("newline")
                    starts.append(begin)
                    ends.append(at)
                    lines.append(line)
                    columns.append(0)
                    end_lines.append(line)
                line += 1
                zero = at - 1
                continue
            if kind == "comment":
                continue
            if kind == "open":
                raise NotPlain  # a comment that ends on another line, or never: what follows is not looked at again for each
            here, column = line, begin - zero
            if kind == "mark" or kind == "two":
                kind = text[begin:at]
                if kind in _CLOSING:
                    matter.append(kind == "{" and not _FOR_INTRO.match(text, at, end))
                    open_.append(_CLOSING[kind])
                elif kind in ")]}":
                    if not open_ or open_.pop() != kind:
                        raise NotPlain
                    matter.pop()
                elif kind == "<<" or kind == "::":
                    raise NotPlain
            elif kind == "quote":
                try:
                    at = end_of_string(text, at)
                except UnfinishedError:
                    raise NotPlain from None
                if at > end:
                    raise NotPlain
                if inner := text.count("\n", begin, at):
                    line += inner
                    zero = text.rfind("\n", begin, at)
            elif kind == "end":
                if open_:
                    raise NotPlain
                kind = "end"
            kinds.append(kind or "")
            starts.append(begin)
            ends.append(at)
            lines.append(here)
            columns.append(column)
            end_lines.append(line)
            if kind == "end":
                return

    # what is asked for

    def body(self) -> BlockBody:
        """All of it as the body of a block."""
        return self._body("end")

    def expression(self) -> Expression:
        """All of it as one expression."""
        found = self._expression()
        if self._kinds[self._at] != "end":
            raise NotPlain
        return found

    # tokens

    def _span(self, first: int, last: int) -> Span:
        return Span(self._lines[first], self._columns[first], self._end_lines[last])

    def _word(self, at: int) -> str:
        return self._text[self._starts[at] : self._ends[at]]

    def _take(self, kind: str) -> int:
        """The position of the token that stands here, which must be of this kind; it is passed."""
        at = self._at
        if self._kinds[at] != kind:
            raise NotPlain
        self._at = at + 1
        return at

    # bodies

    def _body(self, closing: str) -> BlockBody:
        kinds = self._kinds
        attributes: dict[str, Attribute] = {}
        blocks: list[NestedBlock] = []
        duplicates: list[Attribute] = []
        self._deeper()
        while True:
            kind = kinds[self._at]
            if kind == "newline":
                self._at += 1
                continue
            if kind == closing:
                self._depth -= 1
                return BlockBody(attributes, tuple(blocks), tuple(duplicates))
            first = self._take("word")
            if kinds[self._at] == "=":
                self._at += 1
                expression = self._expression()
                name = self._word(first)
                end_line = max(self._end_lines[first], expression.span.end_line)
                location = Location(self._file, self._lines[first], self._columns[first], end_line)
                attribute = Attribute(name, expression, location)
                if name in attributes:
                    duplicates.append(attribute)
                else:
                    attributes[name] = attribute
            else:
                labels: list[str] = []
                while (kind := kinds[self._at]) in ("word", "plain"):
                    labels.append(unquote(self._word(self._at)))
                    self._at += 1
                self._take("{")
                inner = self._body("}")
                last = self._take("}")
                span = self._span(first, last)
                blocks.append(NestedBlock(self._word(first), tuple(labels), inner, span.location(self._file)))
            if kinds[self._at] not in ("newline", closing):
                raise NotPlain

    # expressions

    def _deeper(self) -> None:
        self._depth += 1
        if self._depth > MAX_PLAIN_DEPTH:
            raise NotPlain

    def _expression(self) -> Expression:
        first = self._at
        self._deeper()
        found = self._binary(1)
        if self._kinds[self._at] == "?":
            self._at += 1
            then = self._expression()
            self._take(":")
            otherwise = self._expression()
            found = Conditional(found, then, otherwise, self._span(first, self._at - 1))
        self._depth -= 1
        return found

    def _binary(self, least: int) -> Expression:
        left = self._unary()
        while (rank := _BINARY.get(operator := self._kinds[self._at], 0)) >= least:
            self._at += 1
            right = self._binary(rank + 1)
            left = Binary(operator, left, right, Span(left.span.line, left.span.column, right.span.end_line))
        return left

    def _unary(self) -> Expression:
        first = self._at
        operator = self._kinds[first]
        if operator != "-" and operator != "!":
            return self._term()
        self._at += 1
        kind = self._kinds[self._at]
        if kind == "-" or kind == "!":
            raise NotPlain
        if kind == "number" and (not self._word(self._at).isdigit() or len(self._word(self._at)) > 1):
            raise NotPlain  # `-12` and `-1.5` are one token for python-hcl2, and `-1` is two: only spans tell
        operand = self._term()
        return Unary(operator, operand, self._span(first, self._at - 1))

    def _term(self) -> Expression:
        """A value with what follows it: attributes, indexes, splats."""
        first = self._at
        kind = self._kinds[first]
        self._at += 1
        value: Expression
        if kind == "word":
            value = self._named(first)
        elif kind == "plain":
            value = Constant(
                unescape(self._text[self._starts[first] + 1 : self._ends[first] - 1]), self._span(first, first)
            )
        elif kind == "number":
            value = Number(self._word(first), self._span(first, first))
            if self._kinds[self._at] in (".", "[", ".*", "[*]"):
                raise NotPlain
        elif kind == "quote":
            value = self._strings(self._starts[first], self._ends[first], self._span(first, first))
        elif kind == "(":
            value = self._expression()
            self._take(")")
        elif kind == "[":
            value = self._for_tuple(first) if self._is_for() else self._tuple(first)
        elif kind == "{":
            value = self._for_object(first) if self._is_for() else self._object(first)
        else:
            raise NotPlain
        if self._kinds[self._at] in (".", "[", ".*", "[*]"):
            return self._walked(value, first, self._steps())
        return value

    def _named(self, first: int) -> Expression:
        word = self._word(first)
        if word in _LITERALS:
            return Constant(_LITERALS[word], self._span(first, first))
        if word in _KEYWORDS:
            raise NotPlain
        if self._kinds[self._at] != "(":
            return Name(word, self._span(first, first))
        self._at += 1
        arguments: list[Expression] = []
        expands = False
        while self._kinds[self._at] != ")":
            arguments.append(self._expression())
            if self._kinds[self._at] == ",":
                self._at += 1
            elif self._kinds[self._at] == "...":
                self._at += 1
                expands = True
                break
            else:
                break
        last = self._take(")")
        return FunctionCall(word, tuple(arguments), expands, self._span(first, last))

    def _tuple(self, first: int) -> Expression:
        items: list[Expression] = []
        while self._kinds[self._at] != "]":
            items.append(self._expression())
            if self._kinds[self._at] != ",":
                break
            self._at += 1
        last = self._take("]")
        return TupleCons(tuple(items), self._span(first, last))

    def _object(self, first: int) -> Expression:
        kinds = self._kinds
        items: list[tuple[Expression, Expression]] = []
        while True:
            while kinds[self._at] == "newline":
                self._at += 1
            if kinds[self._at] == "}":
                break
            at = self._at
            key: Expression
            if kinds[at] == "word" and kinds[at + 1] in ("=", ":"):
                key = Constant(self._word(at), self._span(at, at))
                self._at += 1
            else:
                key = self._expression()
            if kinds[self._at] != "=" and kinds[self._at] != ":":
                raise NotPlain
            self._at += 1
            items.append((key, self._expression()))
            if kinds[self._at] == ",":
                self._at += 1
            elif kinds[self._at] not in ("newline", "}"):
                raise NotPlain
        last = self._take("}")
        return ObjectCons(tuple(items), self._span(first, last))

    # for

    def _is_for(self) -> bool:
        at = self._at
        return self._kinds[at] == "word" and self._kinds[at + 1] == "word" and self._word(at) == "for"

    def _for_intro(self) -> tuple[str, str, Expression]:
        self._at += 1
        key, value = "", self._variable()
        if self._kinds[self._at] == ",":
            self._at += 1
            key, value = value, self._variable()
        if self._word(self._take("word")) != "in":
            raise NotPlain
        collection = self._expression()
        self._take(":")
        return key, value, collection

    def _variable(self) -> str:
        word = self._word(self._take("word"))
        if word in _KEYWORDS or word in _LITERALS:
            raise NotPlain
        return word

    def _for_condition(self) -> Expression | None:
        if self._kinds[self._at] != "word":
            return None
        if self._word(self._at) != "if":
            raise NotPlain
        self._at += 1
        return self._expression()

    def _for_tuple(self, first: int) -> Expression:
        key, value, collection = self._for_intro()
        result = self._expression()
        condition = self._for_condition()
        last = self._take("]")
        return ForTuple(key, value, collection, result, condition, self._span(first, last))

    def _for_object(self, first: int) -> Expression:
        key, value, collection = self._for_intro()
        result_key = self._expression()
        self._take("=>")
        result = self._expression()
        groups = self._kinds[self._at] == "..."
        self._at += groups
        condition = self._for_condition()
        last = self._take("}")
        return ForObject(key, value, collection, result_key, result, groups, condition, self._span(first, last))

    # traversals

    def _steps(self) -> list[_Step]:
        """What follows here. The attributes and indexes behind a splat are among its own, up to the next splat."""
        found: list[_Step] = []
        steps = found
        while True:
            match self._kinds[self._at]:
                case ".":
                    self._at += 1
                    at = self._take("word")
                    name = self._word(at)
                    if name in _KEYWORDS or name in _LITERALS:
                        raise NotPlain
                    steps.append(_Step("attribute", at, name))
                case "[":
                    self._at += 1
                    key = self._expression()
                    steps.append(_Step("index", self._take("]"), key=key))
                case ".*" | "[*]" as kind:
                    splat = _Step(kind, self._at)
                    self._at += 1
                    found.append(splat)
                    steps = splat.steps
                case _:
                    return found

    def _end_of(self, step: _Step) -> int:
        return step.steps[-1].at if step.steps else step.at

    def _walked(self, value: Expression, first: int, steps: list[_Step]) -> Expression:
        """The value with these steps taken; `first` is where the whole traversal begins."""
        for position, step in enumerate(steps):
            span = self._span(first, self._end_of(step))
            match step.kind:
                case "attribute":
                    value = GetAttr(value, step.name, span)
                case "index" if step.key is not None:
                    value = Index(value, step.key, span)
                case ".*":
                    inner = step.steps
                    cut = next((n for n, one in enumerate(inner) if one.kind == "index"), len(inner))
                    value = Splat(value, self._walked(SplatItem(span), first, inner[:cut]), span)
                    value = self._walked(value, first, inner[cut:])
                case "[*]":
                    rest = [*step.steps, *steps[position + 1 :]]
                    whole = self._span(first, self._end_of(steps[-1]))
                    return Splat(value, self._walked(SplatItem(span), first, rest), whole)
                case _:
                    _unknown(step)
        return value


def _unknown(step: _Step) -> NoReturn:
    raise AssertionError(step.kind)
