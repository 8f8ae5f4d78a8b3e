"""Parsing with python-hcl2: the only module that knows that package and lark.

What python-hcl2 is given is not the text as written but a text of the same length that it reads as HashiCorp's parser reads the original:
comments and the newlines inside parentheses are blanks, and templates, heredocs, stacked unary operators and foreign letters are covered up.
What stands where something is covered is read from the original at the same offset, so every offset is true.
Of python-hcl2 the parse tree is used (rule names and offsets), never its dictionaries: those return expressions as text.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import os
import re
import stat
import sys
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from tf_cvpn_lint.core.errors import InputError
from tf_cvpn_lint.core.evidence import Location
from tf_cvpn_lint.read.hcl.blocks import Block, Lines, UnfinishedError, end_of_heredoc, end_of_string, unescape, unquote
from tf_cvpn_lint.read.hcl.plain import NotPlain, Plain
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
    Interpolation,
    Name,
    NestedBlock,
    Number,
    ObjectCons,
    Part,
    Span,
    Splat,
    SplatItem,
    Template,
    TupleCons,
    Unary,
)
from tf_cvpn_lint.read.hcl.templates import HclSyntaxError, parse_template

MAX_BRACKETS = 1_000
"""Brackets within each other, those in texts counted too; what has more is not given to the parser."""
MAX_DEPTH = 200
"""Expressions nested deeper than this are not read: no configuration needs it, and Python's stack has an end."""

# ---------------------------------------------------------------- the parser and its cache


_OURS = "_attribute_name"
"""A rule that python-hcl2's grammar has since 8.0. Checkov's fork overwrites the grammar and leaves the modules of python-hcl2 that it has not."""


def check_parser() -> str:
    """The grammar of the module `hcl2`, once it is sure that it is python-hcl2's.

    Raises:
        InputError: checkov's fork is installed in its place or over it, or nothing is.
    """
    spec = importlib.util.find_spec("hcl2")
    if spec is None or importlib.util.find_spec("lark") is None:
        raise InputError(
            "python-hcl2 is missing, which reads Terraform sources: pip install 'python-hcl2>=8.1.2,<9' (plans are read without it)"
        )
    package = Path(spec.origin or "").parent  # by its files: importing it costs what a run without it saves
    grammar = package / "hcl2.lark"
    text = grammar.read_text(encoding="utf-8") if grammar.is_file() else ""
    if not (package / "postlexer.py").is_file() or _OURS not in text:
        raise InputError(
            "the module hcl2 here is not python-hcl2 (checkov brings its own of the same name): install tf-cvpn-lint in an environment "
            "without checkov, or give it a plan, which is read without hcl2"
        )
    return text


@lru_cache(maxsize=1)
def _parser() -> Any:
    text = check_parser()
    import lark
    from hcl2.postlexer import PostLexer

    options = {"parser": "lalr", "propagate_positions": False, "postlex": PostLexer(), "maybe_placeholders": False}
    cache = _cache_file(text + lark.__version__)
    if cache is None:
        return lark.Lark(text, **options)
    if cache.exists():
        return lark.Lark(
            text, cache=str(cache), **options
        )  # lark makes the tables anew where the cache is not what it wrote
    # Under a name of its own first: another process may be starting at this moment.
    draft = cache.with_name(f"{cache.name}.{os.getpid()}")
    built = lark.Lark(text, cache=str(draft), **options)
    with contextlib.suppress(OSError):
        draft.replace(cache)
    return built


def _cache_file(text: str) -> Path | None:
    """Where the grammar's tables may be kept: a directory of the user's own that nobody else can write, or None.

    lark's cache is a pickle, and unpickling what somebody else wrote runs their code. So: a directory and a file that belong to this user
    and that no one else may write to, symbolic links not followed; otherwise no cache, which costs a second a run.
    """
    # A user without a home (a container's `--user 12345`) keeps the `~`, which is no absolute path.
    if not hasattr(os, "getuid"):
        base = os.environ.get("LOCALAPPDATA")
    elif sys.platform == "darwin":
        base = os.path.expanduser("~/Library/Caches")  # noqa: PTH111
    else:
        base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")  # noqa: PTH111
    if not base or not Path(base).is_absolute():
        return None
    directory = Path(base, "tf-cvpn-lint")
    name = hashlib.sha256(f"{text}{sys.version_info[:2]}".encode()).hexdigest()[:16]
    file = directory / f"grammar-{name}.bin"
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        if hasattr(os, "getuid"):
            found = directory.lstat()
            if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o022:
                return None
            if file.is_symlink() or (
                file.exists() and (file.lstat().st_uid != os.getuid() or file.lstat().st_mode & 0o022)
            ):
                return None
        if not os.access(directory, os.W_OK):
            return file if file.exists() else None
    except OSError:
        return None
    return file


def _deepest(text: str) -> int:
    """How many brackets of the text are open at once at most."""
    deepest = depth = 0
    for found in _BRACKET.finditer(text):
        depth += 1 if found[0] in "([{" else -1
        deepest = max(deepest, depth)
    return deepest


_BRACKET = re.compile(r"[()\[\]{}]")


# ---------------------------------------------------------------- the text python-hcl2 is given

_TOKEN = re.compile(
    r"""(?P<comment>\#[^\n]*|//[^\n]*|/\*.*?(?:\*/|\Z))
       |"(?P<plain>(?>[^"\\$%\n]+|\\.|\$(?![\$]?\{)|%(?![%]?\{))*+)"
       |(?P<quote>")
       |<<(?P<flush>-?)(?P<heredoc>[^\W\d][\w.-]*)[ \t]*\r?\n
       |(?P<word>[^\W\d][\w-]*)
       |(?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)
       |(?P<open>[\[({])
       |(?P<close>[\])}])
       |(?P<newline>\n)
       |(?P<space>[ \t\r]+)
       |(?P<two>::|==|!=|<=|>=|=>|&&|\|\||\.\.\.)
       |(?P<unary>[!-])
       |(?P<other>.)""",
    re.S | re.X,
)
_COVER = re.compile(r"[^\n]")


class _Portable:
    """The covered-up text, and what was covered."""

    __slots__ = ("heredocs", "stacked", "text")

    def __init__(self, text: str, start: int, end: int, *, newlines_matter: bool) -> None:
        self.stacked: dict[int, str] = {}
        """Operators that stand before the one at this offset: `!!x`."""
        self.heredocs: dict[int, tuple[int, int, bool]] = {}
        """Heredocs by offset: where the body begins and ends, and whether it is a `<<-`."""
        out: list[str] = []
        stack = [newlines_matter]
        after_operand = False
        pending = ""
        at = start
        while at < end:
            found = _TOKEN.match(text, at, end)
            assert found is not None
            kind, written = found.lastgroup, found.group()
            begin, at = at, found.end()
            if kind == "space":
                out.append(written)
                continue
            if kind == "comment":
                if written.startswith("/*") and not (written.endswith("*/") and len(written) > 3):
                    raise HclSyntaxError("a comment is not closed", begin)
                # A comment to the end of the line leaves its newline, which may end an attribute.
                out.append(" " * len(written))
                continue
            if kind == "newline":
                out.append("\n" if stack[-1] else " ")
                after_operand = False if stack[-1] else after_operand
                continue
            if kind == "unary" and not after_operand:
                following = _TOKEN.match(text, at, end)
                while following and following.lastgroup in ("space", "comment", "newline"):
                    following = _TOKEN.match(text, following.end(), end)
                if following and following.lastgroup == "unary":
                    pending += written
                    out.append(" ")
                else:
                    if pending:
                        self.stacked[begin] = pending
                        pending = ""
                    out.append(written)
                continue
            if kind == "quote":
                try:
                    at = end_of_string(text, at)
                except UnfinishedError as fault:
                    raise HclSyntaxError(str(fault), begin) from None
                out.append('"' + _COVER.sub("_", text[begin + 1 : at - 1]) + '"')
            elif kind == "heredoc":
                body = at
                try:
                    at = end_of_heredoc(text, at, found["heredoc"])
                except UnfinishedError as fault:
                    raise HclSyntaxError(str(fault), begin) from None
                self.heredocs[begin] = (body, text.rfind("\n", body - 1, at) + 1, bool(found["flush"]))
                out.append('"' + _COVER.sub("_", text[begin + 1 : at - 1]) + '"')
            elif kind == "word" and not written.isascii():
                out.append("".join(letter if letter.isascii() else "_" for letter in written))
            elif written == "::":
                out.append("__")
            elif kind == "open":
                stack.append(written == "{" and not _FOR_INTRO.match(text, at, end))
                out.append(written)
            elif kind == "close":
                if len(stack) > 1:
                    stack.pop()
                out.append(written)
            else:
                out.append(written)
            after_operand = kind in ("plain", "quote", "heredoc", "word", "number", "close")
            if written in ("in", "if"):
                after_operand = False
        self.text = "".join(out)


_FOR_INTRO = re.compile(r"(?>\s+|\#[^\n]*\n|//[^\n]*\n|/\*.*?\*/)*+for\s+[^\W\d]", re.S)

# ---------------------------------------------------------------- from the parse tree to our own


def parse_body(block: Block) -> BlockBody:
    """What is between the braces of the block.

    Raises:
        HclSyntaxError: it is not HCL, or python-hcl2 cannot read it, or it is nested too deeply.
    """
    reader = _Reader(block.text, block.file, block.line, block.column)
    return reader.body(block.body_start, block.body_end)


def parse_file_body(text: str, file: str) -> BlockBody:
    """A whole file as one body: `.tfvars`, and the fallback where the blocks of a file could not be told apart.

    Raises:
        HclSyntaxError: see `parse_body`.
    """
    return _Reader(text, file, 1, 1).body(0, len(text))


def parse_expression(text: str, file: str = "", line: int = 1, column: int = 1) -> Expression:
    """One expression; newlines in it do not matter.

    Raises:
        HclSyntaxError: see `parse_body`.
    """
    return _Reader(text, file, line, column).expression(0, len(text))


def parse_template_text(text: str, file: str = "", line: int = 1, column: int = 1) -> Expression:
    """A string of Terraform's JSON syntax, or a template file: a template without quotes around it, and without backslash escapes.

    Raises:
        HclSyntaxError: see `parse_body`.
    """
    if "${" not in text and "%{" not in text:
        return Constant(text, Span(line, column, line))
    reader = _Reader(text, file, line, column)
    return reader.template(0, len(text), reader.span(0, len(text)))


class _Reader:
    """Turns one text into trees; offsets are offsets of that text."""

    def __init__(self, text: str, file: str, line: int, column: int) -> None:
        self.source = text
        self.file = file
        self._line = line - 1
        self._column = column - 1
        self._lines = Lines(text)
        self._depth = 0
        self._expressions: dict[tuple[int, int], Expression] = {}

    def span(self, start: int, end: int) -> Span:
        first = self._lines.line(start)
        column = self._lines.column(start) + (self._column if first == 1 else 0)
        return Span(first + self._line, column, self._lines.line(max(start, end - 1)) + self._line)

    def body(self, start: int, end: int) -> BlockBody:
        body: BlockBody = self._parse(start, end, "", newlines_matter=True, convert=lambda tree: tree.body(tree.root))
        return body

    def expression(self, start: int, end: int) -> Expression:
        # Kept, because a text that turns out not to be plain is read again, and so are the templates within its templates.
        if (known := self._expressions.get((start, end))) is not None:
            return known
        expression: Expression = self._parse(
            start, end, "_=", newlines_matter=False, convert=lambda tree: tree.only_expression()
        )
        self._expressions[start, end] = expression
        return expression

    def template(
        self, start: int, end: int, span: Span, *, heredoc: bool = False, flush: bool = False, escapes: bool = False
    ) -> Expression:
        parts = parse_template(self.source, start, end, self.expression, heredoc=heredoc, flush=flush, escapes=escapes)
        return as_expression(parts, span)

    def _parse(
        self, start: int, end: int, before: str, *, newlines_matter: bool, convert: Callable[[_Tree], Any]
    ) -> Any:
        if self._depth > MAX_DEPTH // 10:
            raise HclSyntaxError("templates are nested too deeply", start)
        if (plain := self._plain(start, end, newlines_matter)) is not None:
            return plain
        portable = _Portable(self.source, start, end, newlines_matter=newlines_matter)
        if _deepest(portable.text) > MAX_BRACKETS:
            raise HclSyntaxError("nested too deeply", start)  # the parser would take long to find out
        self._depth += 1
        try:
            root = _parser().parse(f"{before}{portable.text}\n")
            return convert(_Tree(self, root, portable, start - len(before)))
        except RecursionError:
            raise HclSyntaxError("nested too deeply", start) from None
        except HclSyntaxError:
            raise
        except Exception as fault:
            if not _is_parse_fault(fault):
                raise
            position = getattr(fault, "pos_in_stream", None)
            offset = start + max(0, position - len(before)) if isinstance(position, int) else start
            raise HclSyntaxError(_words(fault), min(offset, len(self.source))) from None
        finally:
            self._depth -= 1

    def _plain(self, start: int, end: int, newlines_matter: bool) -> BlockBody | Expression | None:
        """The tree without python-hcl2, where the text is plain."""
        self._depth += 1
        try:
            where = self.span(start, start)
            plain = Plain(self.source, start, end, where, self.file, self.string, newlines_matter=newlines_matter)
            return plain.body() if newlines_matter else plain.expression()
        except (NotPlain, RecursionError):
            return None
        finally:
            self._depth -= 1

    def string(self, start: int, end: int, span: Span) -> Expression:
        """The quoted string that lies there."""
        written = self.source[start + 1 : end - 1]
        if "${" not in written and "%{" not in written:
            return Constant(unescape(written), span)
        return self.template(start + 1, end - 1, span, escapes=True)


def _is_parse_fault(fault: Exception) -> bool:
    import lark

    return isinstance(fault, lark.exceptions.LarkError)


def _words(fault: Exception) -> str:
    """A parser's error in a few words."""
    import lark

    if isinstance(fault, lark.exceptions.UnexpectedToken):
        text = str(fault.token).strip()
        return f"unexpected {text[:40]!r}" if text else "an expression ends too early"
    if isinstance(fault, lark.exceptions.UnexpectedCharacters):
        return f"unexpected {fault.char!r}"
    return "not valid HCL"


def as_expression(parts: tuple[Part, ...], span: Span) -> Expression:
    """A template as the expression it is: text, what its only interpolation says, or a template."""
    if not parts:
        return Constant("", span)
    if len(parts) == 1:
        only = parts[0]
        if isinstance(only, str):
            return Constant(only, span)
        if isinstance(only, Interpolation):
            return only.value
    return Template(parts, span)


class _Tree:
    """One parse tree. Rule and token names are those of python-hcl2 8.1's grammar; a contract test holds them."""

    def __init__(self, reader: _Reader, root: Any, portable: _Portable, shift: int) -> None:
        self.reader = reader
        self.root = root
        self.portable = portable
        self.shift = shift
        self.depth = 0

    # offsets and spans

    def start(self, node: Any) -> int:
        # Positions are those of the outermost tokens: lark's own bookkeeping of them costs a quarter of a parse.
        while hasattr(node, "children"):
            node = next(child for child in node.children if _rule(child) != "new_line_or_comment")
        position = node.start_pos
        assert isinstance(position, int)
        return position + self.shift

    def end(self, node: Any) -> int:
        while hasattr(node, "children"):
            # A binary operation ends, for python-hcl2, after the newline and comment that follow it.
            node = next(child for child in reversed(node.children) if _rule(child) != "new_line_or_comment")
        position = node.end_pos
        assert isinstance(position, int)
        return position + self.shift

    def span(self, node: Any) -> Span:
        return self.reader.span(self.start(node), self.end(node))

    def text(self, node: Any) -> str:
        return self.reader.source[self.start(node) : self.end(node)]

    @staticmethod
    def children(node: Any) -> list[Any]:
        return [child for child in node.children if _rule(child) != "new_line_or_comment"]

    def rules(self, node: Any) -> list[Any]:
        return [child for child in self.children(node) if _rule(child)]

    # bodies

    def body(self, node: Any) -> BlockBody:
        if _rule(node) == "start":
            node = node.children[0]
        attributes: dict[str, Attribute] = {}
        blocks: list[NestedBlock] = []
        duplicates: list[Attribute] = []
        for child in self.rules(node):
            if _rule(child) == "attribute":
                attribute = self.attribute(child)
                if attribute.name in attributes:
                    duplicates.append(attribute)
                else:
                    attributes[attribute.name] = attribute
            else:
                blocks.append(self.block(child))
        return BlockBody(attributes, tuple(blocks), tuple(duplicates))

    def attribute(self, node: Any) -> Attribute:
        name, value = self.rules(node)
        expression = self.expression(value)
        span = self.span(name)
        location = Location(self.reader.file, span.line, span.column, max(span.end_line, expression.span.end_line))
        return Attribute(self.text(name), expression, location)

    def block(self, node: Any) -> NestedBlock:
        *labels, body = self.rules(node)
        names = [unquote(self.text(label)) for label in labels]
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise HclSyntaxError("blocks are nested too deeply", self.start(node))
        inner = self.body(body)
        self.depth -= 1
        return NestedBlock(names[0], tuple(names[1:]), inner, self.span(node).location(self.reader.file))

    # expressions

    def only_expression(self) -> Expression:
        attribute, *others = self.rules(self.root.children[0])
        if others:  # the parser found an end and another attribute in it: `1.0false = 2`
            raise HclSyntaxError("more than one expression", self.start(others[0]))
        return self.expression(self.rules(attribute)[1])

    def expression(self, node: Any) -> Expression:
        while _rule(node) == "expr_term":
            (node,) = self.rules(node)
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise HclSyntaxError("nested too deeply", self.start(node))
        try:
            convert = _CONVERSIONS[_rule(node)]
        except KeyError:
            raise HclSyntaxError(
                f"python-hcl2 gave {_rule(node)!r}, which is not known here", self.start(node)
            ) from None
        expression = convert(self, node)
        self.depth -= 1
        return expression

    def stacked(self, node: Any, expression: Expression) -> Expression:
        for operator in reversed(self.portable.stacked.get(self.start(node), "")):
            expression = Unary(operator, expression, expression.span)
        return expression

    def identifier(self, node: Any) -> Expression:
        return Name(self.text(node), self.span(node))

    def literal_value(self, node: Any) -> Expression:
        return Constant({"true": True, "false": False, "null": None}[self.text(node)], self.span(node))

    def number(self, node: Any) -> Expression:
        text = "".join(self.text(node).split())
        # "-1" is one token for python-hcl2 and an operator with a number for HCL; that is the same value.
        number: Expression = Number(text.lstrip("-"), self.span(node))
        if text.startswith("-"):
            number = Unary("-", number, self.span(node))
        return self.stacked(node, number)

    def string(self, node: Any) -> Expression:
        start, end = self.start(node), self.end(node)
        if heredoc := self.portable.heredocs.get(start):
            return self.reader.template(heredoc[0], heredoc[1], self.span(node), heredoc=True, flush=heredoc[2])
        return self.reader.string(start, end, self.span(node))

    def unary(self, node: Any) -> Expression:
        operator, operand = node.children[0], self.rules(node)[-1]
        return self.stacked(node, Unary(str(operator).strip(), self.expression(operand), self.span(node)))

    def binary(self, node: Any) -> Expression:
        # Chains lean to the left and may be long; they are walked down without recursion.
        terms: list[tuple[str, Expression]] = []
        while _rule(node) == "binary_op":
            left, term = self.rules(node)
            operator, right = self.rules(term)
            terms.append((str(operator.children[0]).strip(), self.expression(right)))
            node = left
            while _rule(node) == "expr_term" and _rule(self.rules(node)[0]) != "binary_op" and len(node.children) == 1:
                (node,) = self.rules(node)
        if len(terms) > MAX_DEPTH:
            raise HclSyntaxError("more operators in a row than are read", self.start(node))
        result = self.expression(node)
        for operator, right in reversed(terms):
            span = Span(result.span.line, result.span.column, right.span.end_line)
            result = Binary(operator, result, right, span)
        return result

    def conditional(self, node: Any) -> Expression:
        condition, then, otherwise = (self.expression(child) for child in self.rules(node))
        return Conditional(condition, then, otherwise, self.span(node))

    def tuple_cons(self, node: Any) -> Expression:
        return TupleCons(tuple(self.expression(child) for child in self.rules(node)), self.span(node))

    def object_cons(self, node: Any) -> Expression:
        items: list[tuple[Expression, Expression]] = []
        for element in self.rules(node):
            key, value = self.rules(element)
            items.append((self.object_key(key), self.expression(value)))
        return ObjectCons(tuple(items), self.span(node))

    def object_key(self, node: Any) -> Expression:
        (inner,) = self.rules(node)
        if _rule(inner) == "keyword":
            return Constant(self.text(inner), self.span(inner))
        if _rule(inner) == "expr_term" and len(inner.children) == 1:
            bare = inner.children[0]
            if _rule(bare) in ("identifier", "literal_value"):
                return Constant(self.text(bare), self.span(bare))
        return self.expression(inner)

    def call(self, node: Any) -> Expression:
        rules = self.rules(node)
        arguments = rules[-1] if _rule(rules[-1]) == "arguments" else None
        names = rules[:-1] if arguments is not None else rules
        name = "".join(self.reader.source[self.start(names[0]) : self.end(names[-1])].split())
        if arguments is None:
            return FunctionCall(name, (), False, self.span(node))
        values = tuple(self.expression(child) for child in self.rules(arguments))
        expands = any(getattr(child, "type", "") == "ELLIPSIS" for child in arguments.children)
        return FunctionCall(name, values, expands, self.span(node))

    def traversal(self, node: Any) -> Expression:
        """`x.a`, `x[0]`, `x.*.a`, `x[*].a`, and chains of them."""
        links: list[Any] = []
        while _rule(node) in _TRAVERSALS:
            inner, link = self.rules(node)
            links.append(link)
            node = inner
            while _rule(node) == "expr_term" and len(node.children) == 1:
                (node,) = self.rules(node)
        if len(links) > MAX_DEPTH:
            raise HclSyntaxError("a traversal is longer than are read", self.start(node))
        return self.links(self.expression(node), self.start(node), list(reversed(links)))

    def links(self, value: Expression, start: int, links: list[Any]) -> Expression:
        for at, link in enumerate(links):
            kind = _rule(link)
            span = self.reader.span(start, self.end(link))
            if kind == "attr_splat":
                steps = self.rules(link)
                # python-hcl2 keeps `[0]` inside `x.*.y[0]`; for HCL it is (x.*.y)[0].
                cut = next((n for n, step in enumerate(steps) if _rule(step) == "braces_index"), len(steps))
                value = Splat(value, self.links(SplatItem(span), start, steps[:cut]), span)
                value = self.links(value, start, steps[cut:])
            elif kind == "full_splat":
                # Whatever follows a [*], further splats included, is asked of each element.
                rest = [*self.rules(link), *links[at + 1 :]]
                end = self.end(links[-1])
                return Splat(value, self.links(SplatItem(span), start, rest), self.reader.span(start, end))
            else:
                value = self.step(value, link, span)
        return value

    def step(self, value: Expression, link: Any, span: Span) -> Expression:
        match _rule(link):
            case "get_attr":
                return GetAttr(value, self.text(self.rules(link)[0]), span)
            case "short_index":
                text = self.text(link).lstrip(". \t\n")
                return Index(value, Number(text, span), span)
            case "braces_index":
                return Index(value, self.expression(self.rules(link)[0]), span)
            case other:
                raise HclSyntaxError(f"python-hcl2 gave {other!r}, which is not known here", self.start(link))

    def for_intro(self, node: Any) -> tuple[str, str, Expression]:
        *names, collection = self.rules(node)
        texts = [self.text(name) for name in names]
        key, value = texts if len(texts) == 2 else ("", texts[0])
        return key, value, self.expression(collection)

    def for_parts(self, node: Any) -> Iterator[Any]:
        for child in self.rules(node):
            if _rule(child) != "for_cond":
                yield child

    def for_condition(self, node: Any) -> Expression | None:
        for child in self.rules(node):
            if _rule(child) == "for_cond":
                return self.expression(self.rules(child)[0])
        return None

    def for_tuple(self, node: Any) -> Expression:
        intro, result = self.for_parts(node)
        key, value, collection = self.for_intro(intro)
        return ForTuple(key, value, collection, self.expression(result), self.for_condition(node), self.span(node))

    def for_object(self, node: Any) -> Expression:
        intro, result_key, result = self.for_parts(node)
        key, value, collection = self.for_intro(intro)
        groups = any(getattr(child, "type", "") == "ELLIPSIS" for child in node.children)
        condition = self.for_condition(node)
        return ForObject(
            key,
            value,
            collection,
            self.expression(result_key),
            self.expression(result),
            groups,
            condition,
            self.span(node),
        )


def _rule(node: Any) -> str:
    """The name of a rule; empty for a token."""
    return str(getattr(node, "data", ""))


_TRAVERSALS = frozenset({"index_expr_term", "get_attr_expr_term", "attr_splat_expr_term", "full_splat_expr_term"})

_CONVERSIONS: dict[str, Callable[[_Tree, Any], Expression]] = {
    "identifier": _Tree.identifier,
    "keyword": _Tree.identifier,
    "literal_value": _Tree.literal_value,
    "int_lit": _Tree.number,
    "float_lit": _Tree.number,
    "string": _Tree.string,
    "unary_op": _Tree.unary,
    "binary_op": _Tree.binary,
    "conditional": _Tree.conditional,
    "tuple": _Tree.tuple_cons,
    "object": _Tree.object_cons,
    "function_call": _Tree.call,
    "index_expr_term": _Tree.traversal,
    "get_attr_expr_term": _Tree.traversal,
    "attr_splat_expr_term": _Tree.traversal,
    "full_splat_expr_term": _Tree.traversal,
    "for_tuple_expr": _Tree.for_tuple,
    "for_object_expr": _Tree.for_object,
}
