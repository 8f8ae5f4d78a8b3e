"""`regex`, `regexall` and the patterns of `replace`: RE2's language, matched without backtracking.

Python's `re` would do for most patterns, but a pattern comes from a configuration that may be anybody's, and a backtracking matcher can
be made to run for ever. So patterns are compiled here to a small machine that keeps all alternatives at once (Pike's), which takes time
in proportion to pattern × text, and that product is bounded. It finds what RE2 finds: leftmost, and of those the one a backtracking
matcher would have found first.

Not read, with that reason: scripts (`\\p{Greek}`); general categories (`\\pL`, `\\p{Lu}`) are.
Source: https://github.com/google/re2/wiki/Syntax and https://swtch.com/~rsc/regexp/regexp2.html
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import assert_never

from tf_cvpn_lint.core.records import dataclass, field
from tf_cvpn_lint.read.hcl.functions.signature import Function, FunctionError, NotEvaluatedError, Parameter, text
from tf_cvpn_lint.read.hcl.types import DYNAMIC, STRING, ListType, ObjectType, TupleType, Type, object_type
from tf_cvpn_lint.read.hcl.values import (
    MAX_TEXT,
    NullValue,
    Value,
    list_of,
    object_of,
    string,
    tuple_of,
)

MAX_REPEAT = 1000
"""RE2's own limit on `{n,m}`."""
MAX_PROGRAM = 5_000
"""The longest compiled pattern, in instructions."""
MAX_STEPS = 3_000_000
"""The most instructions that one call carries out; a second or two."""

Holds = Callable[[str], bool]

# ----------------------------------------------------------------------------------------------------------------- the machine


@dataclass(slots=True)
class _Instruction:
    """One step. `char`: consume a character that `holds`; `split`: try `first`, then `second`; `jump`; `save` a position; `assert` a
    condition on the place; `match`."""

    kind: str
    holds: Holds | None = None
    first: int = 0
    second: int = 0
    where: Callable[[str, int], bool] | None = None


@dataclass(frozen=True, slots=True)
class Pattern:
    """A compiled pattern."""

    program: tuple[_Instruction, ...]
    names: tuple[str, ...]
    """Of the capturing groups in order; empty for those without a name."""


Saved = tuple[int, ...]
"""Start and end of the match and of each group; -1 for a group that took no part."""


class _Budget:
    """Counts steps over all matches of a call."""

    __slots__ = ("left",)

    def __init__(self) -> None:
        self.left = MAX_STEPS

    def spend(self, steps: int) -> None:
        self.left -= steps
        if self.left < 0:
            raise NotEvaluatedError("matching this pattern takes too long")


def _search(pattern: Pattern, subject: str, start: int, budget: _Budget) -> Saved | None:
    """The leftmost match at or behind `start`."""
    program = pattern.program
    slots = 2 * (len(pattern.names) + 1)
    none: Saved = (-1,) * slots
    threads: list[tuple[int, Saved]] = []
    found: Saved | None = None
    for at in range(start, len(subject) + 1):
        seen: set[int] = set()
        current: list[tuple[int, Saved]] = []
        for counter, saved in threads:
            _follow(program, counter, saved, subject, at, seen, current)
        if found is None:
            _follow(program, 0, none, subject, at, seen, current)
        budget.spend(len(seen) + 1)
        threads = []
        for counter, saved in current:
            instruction = program[counter]
            if instruction.kind == "match":
                found = saved
                break  # those behind have a lower priority
            if at < len(subject) and instruction.holds is not None and instruction.holds(subject[at]):
                threads.append((counter + 1, saved))
        if not threads and found is not None:
            break
    return found


def _follow(
    program: Sequence[_Instruction],
    counter: int,
    saved: Saved,
    subject: str,
    at: int,
    seen: set[int],
    current: list[tuple[int, Saved]],
) -> None:
    """Adds the instructions that wait for a character, reached from `counter`, in the order of their priority."""
    stack = [(counter, saved)]
    while stack:
        counter, saved = stack.pop()
        if counter in seen:
            continue
        seen.add(counter)
        instruction = program[counter]
        match instruction.kind:
            case "jump":
                stack.append((instruction.first, saved))
            case "split":
                stack.append((instruction.second, saved))
                stack.append((instruction.first, saved))
            case "save":
                slot = instruction.first
                stack.append((counter + 1, (*saved[:slot], at, *saved[slot + 1 :])))
            case "assert":
                if instruction.where is not None and instruction.where(subject, at):
                    stack.append((counter + 1, saved))
            case _:
                current.append((counter, saved))


# ----------------------------------------------------------------------------------------------------------------- the pattern


@dataclass(frozen=True, slots=True)
class _Empty:
    pass


@dataclass(frozen=True, slots=True)
class _One:
    """A character that satisfies a condition."""

    holds: Holds


@dataclass(frozen=True, slots=True)
class _Place:
    """A condition on the place, such as `^`."""

    where: Callable[[str, int], bool]


@dataclass(frozen=True, slots=True)
class _Sequence:
    parts: tuple[_Node, ...]


@dataclass(frozen=True, slots=True)
class _Choice:
    parts: tuple[_Node, ...]


@dataclass(frozen=True, slots=True)
class _Repeat:
    part: _Node
    least: int
    most: int | None
    greedy: bool


@dataclass(frozen=True, slots=True)
class _Group:
    number: int
    part: _Node


_Node = _Empty | _One | _Place | _Sequence | _Choice | _Repeat | _Group


@dataclass(frozen=True, slots=True)
class _Flags:
    ignore_case: bool = False
    multi_line: bool = False
    dot_all: bool = False
    ungreedy: bool = False

    def set(self, letter: str, on: bool) -> _Flags:
        return _Flags(
            on if letter == "i" else self.ignore_case,
            on if letter == "m" else self.multi_line,
            on if letter == "s" else self.dot_all,
            on if letter == "U" else self.ungreedy,
        )


def _is_word(character: str) -> bool:
    return character.isascii() and (character.isalnum() or character == "_")


_PERL: dict[str, Holds] = {
    "d": lambda c: "0" <= c <= "9",
    "s": lambda c: c in "\t\n\f\r ",
    "w": _is_word,
}
_POSIX: dict[str, Holds] = {
    "alnum": lambda c: c.isascii() and c.isalnum(),
    "alpha": lambda c: c.isascii() and c.isalpha(),
    "ascii": lambda c: c.isascii(),
    "blank": lambda c: c in "\t ",
    "cntrl": lambda c: c < " " or c == "\x7f",
    "digit": _PERL["d"],
    "graph": lambda c: "!" <= c <= "~",
    "lower": lambda c: "a" <= c <= "z",
    "print": lambda c: " " <= c <= "~",
    "punct": lambda c: "!" <= c <= "~" and not c.isalnum(),
    "space": lambda c: c in "\t\n\v\f\r ",
    "upper": lambda c: "A" <= c <= "Z",
    "word": _is_word,
    "xdigit": lambda c: c in "0123456789abcdefABCDEF",
}
_CONTROL = {"a": "\a", "f": "\f", "t": "\t", "n": "\n", "r": "\r", "v": "\v"}
_CATEGORIES = frozenset(
    "C Cc Cf Co Cs L Ll Lm Lo Lt Lu M Mc Me Mn N Nd Nl No P Pc Pd Pe Pf Pi Po Ps S Sc Sk Sm So Z Zl Zp Zs".split()  # noqa: SIM905
)


def _negated(holds: Holds) -> Holds:
    return lambda c: not holds(c)


def _is_exactly(wanted: str) -> Holds:
    return lambda c: c == wanted


def _is_one_of(characters: frozenset[str]) -> Holds:
    return lambda c: c in characters


def _is_between(low: str, high: str) -> Holds:
    return lambda c: low <= c <= high


def _is_any(conditions: Sequence[Holds]) -> Holds:
    given = tuple(conditions)
    return lambda c: any(holds(c) for holds in given)


def _in_category(name: str) -> Holds:
    return lambda c: unicodedata.category(c).startswith(name)


def _variants(character: str) -> frozenset[str]:
    """The character in either case."""
    found = {character, character.lower(), character.upper(), character.swapcase()}
    return frozenset(one for one in found if len(one) == 1)


def _ignoring_case(holds: Holds) -> Holds:
    return lambda c: any(holds(one) for one in _variants(c))


def _at_start(_: str, at: int) -> bool:
    return at == 0


def _at_end(subject: str, at: int) -> bool:
    return at == len(subject)


def _at_line_start(subject: str, at: int) -> bool:
    return at == 0 or subject[at - 1] == "\n"


def _at_line_end(subject: str, at: int) -> bool:
    return at == len(subject) or subject[at] == "\n"


def _at_word_boundary(subject: str, at: int) -> bool:
    before = at > 0 and _is_word(subject[at - 1])
    after = at < len(subject) and _is_word(subject[at])
    return before != after


def _inside_word(subject: str, at: int) -> bool:
    return not _at_word_boundary(subject, at)


@dataclass(slots=True)
class _Parser:
    source: str
    at: int = 0
    names: list[str] = field(default_factory=list)
    depth: int = 0

    def fail(self, why: str) -> FunctionError:
        return FunctionError(f"invalid regexp pattern: {why}")

    def peek(self) -> str:
        return self.source[self.at] if self.at < len(self.source) else ""

    def take(self) -> str:
        if self.at >= len(self.source):
            raise self.fail("it ends too early")
        self.at += 1
        return self.source[self.at - 1]

    def eat(self, wanted: str) -> bool:
        if self.source.startswith(wanted, self.at):
            self.at += len(wanted)
            return True
        return False

    def choice(self, flags: _Flags) -> _Node:
        parts: list[_Node] = []
        self.depth += 1
        if self.depth > 100:
            raise NotEvaluatedError("a pattern that is nested too deeply")
        while True:
            sequence, flags = self.sequence(flags)
            parts.append(sequence)
            if not self.eat("|"):
                break
        self.depth -= 1
        return parts[0] if len(parts) == 1 else _Choice(tuple(parts))

    def sequence(self, flags: _Flags) -> tuple[_Node, _Flags]:
        parts: list[_Node] = []
        while self.at < len(self.source) and self.peek() not in "|)":
            if self.eat("\\Q"):
                end = self.source.find("\\E", self.at)
                behind = len(self.source) if end < 0 else end
                parts.extend(self.literal(one, flags) for one in self.source[self.at : behind])
                self.at = behind if end < 0 else end + 2
                parts[-1:] = [self.repeated(parts[-1], flags)] if parts else []
                continue
            if self.source.startswith("(?", self.at) and (changed := self.inline_flags(flags)) is not None:
                flags = changed
                if self.peek() in tuple("*+?{"):
                    raise NotEvaluatedError("a pattern that repeats flags")
                continue
            parts.append(self.repeated(self.atom(flags), flags))
        return (_Sequence(tuple(parts)) if parts else _Empty()), flags

    def inline_flags(self, flags: _Flags) -> _Flags | None:
        """`(?i)`: None where it is a group instead."""
        end = self.at + 2
        while end < len(self.source) and self.source[end] in "imsU-":
            end += 1
        if end < len(self.source) and self.source[end] == ")":
            changed = self.apply(self.source[self.at + 2 : end], flags)
            self.at = end + 1
            return changed
        return None

    def apply(self, letters: str, flags: _Flags) -> _Flags:
        on = True
        for letter in letters:
            if letter == "-":
                if not on:
                    raise self.fail("a second - in flags")
                on = False
            elif letter in "imsU":
                flags = flags.set(letter, on)
            else:
                raise self.fail(f"unknown flag {letter}")
        return flags

    def atom(self, flags: _Flags) -> _Node:
        character = self.take()
        match character:
            case "(":
                return self.group(flags)
            case "[":
                return _One(self.character_class(flags))
            case ".":
                return _One((lambda _: True) if flags.dot_all else _negated(_is_exactly("\n")))
            case "^":
                return _Place(_at_line_start if flags.multi_line else _at_start)
            case "$":
                return _Place(_at_line_end if flags.multi_line else _at_end)
            case "\\":
                return self.escape(flags)
            case "*" | "+" | "?":
                raise self.fail(f"missing argument to repetition operator: {character}")
            case _:
                return self.literal(character, flags)

    def literal(self, character: str, flags: _Flags) -> _Node:
        if flags.ignore_case:
            return _One(_is_one_of(_variants(character)))
        return _One(_is_exactly(character))

    def group(self, flags: _Flags) -> _Node:
        number = 0
        if self.eat("?P<") or (self.eat("?<") and self.peek() not in ("=", "!")):
            end = self.source.find(">", self.at)
            name = self.source[self.at : end] if end > 0 else ""
            if not name or not all(_is_word(one) for one in name):
                raise self.fail("invalid named capture")
            if name in self.names:
                raise NotEvaluatedError(f"a pattern with two groups of the name {name}")
            self.at = end + 1
            self.names.append(name)
            number = len(self.names)
        elif self.source.startswith("?", self.at):
            if (
                self.source[self.at : self.at + 2] in ("?=", "?!", "?<")
                or self.source[self.at - 1 : self.at + 1] == "?<"
            ):
                raise self.fail("invalid or unsupported Perl syntax")
            end = self.source.find(":", self.at)
            if end < 0:
                raise self.fail("invalid or unsupported Perl syntax")
            flags = self.apply(self.source[self.at + 1 : end], flags)
            self.at = end + 1
        elif self.source[self.at - 1] != "(":
            raise self.fail("invalid or unsupported Perl syntax")
        else:
            self.names.append("")
            number = len(self.names)
        inner = self.choice(flags)
        if not self.eat(")"):
            raise self.fail("missing closing )")
        return _Group(number, inner) if number else inner

    def escape(self, flags: _Flags) -> _Node:
        character = self.take()
        match character:
            case "A":
                return _Place(_at_start)
            case "z":
                return _Place(_at_end)
            case "b":
                return _Place(_at_word_boundary)
            case "B":
                return _Place(_inside_word)
            case "C":
                raise NotEvaluatedError("\\C in a pattern is not read")
            case _:
                return self.escaped_character(character, flags)

    def escaped_character(self, character: str, flags: _Flags) -> _Node:
        holds = self.class_escape(character)
        if holds is not None:
            return _One(holds)
        return self.literal(self.character_escape(character), flags)

    def class_escape(self, character: str) -> Holds | None:
        """What `\\d`, `\\W` or `\\p{Lu}` stand for; None for the escape of one character."""
        if character.lower() in _PERL:
            holds = _PERL[character.lower()]
            return holds if character.islower() else _negated(holds)
        if character in "pP":
            name = self.take()
            if name == "{":
                end = self.source.find("}", self.at)
                if end < 0:
                    raise self.fail("invalid character class range")
                name = self.source[self.at : end]
                self.at = end + 1
            negative = name.startswith("^")
            name = name.removeprefix("^")
            if name == "Any":
                holds = lambda _: True  # noqa: E731
            elif name in _CATEGORIES:
                holds = _in_category(name)
            else:
                raise NotEvaluatedError(f"the class {name} in a pattern is not read")
            return _negated(holds) if negative != (character == "P") else holds
        return None

    def character_escape(self, character: str) -> str:
        if character in _CONTROL:
            return _CONTROL[character]
        if character == "x":
            if self.eat("{"):
                end = self.source.find("}", self.at)
                digits = self.source[self.at : end] if end > 0 else ""
                self.at = end + 1
            else:
                digits = self.source[self.at : self.at + 2]
                self.at += 2
            try:
                return chr(int(digits, 16))
            except (ValueError, OverflowError):
                raise self.fail("invalid escape sequence") from None
        if character in "01234567":
            if character != "0" and self.peek() not in tuple("01234567"):
                raise self.fail(f"invalid escape sequence: \\{character}")
            digits = character
            while len(digits) < 3 and self.peek() in tuple("01234567"):
                digits += self.take()
            return chr(int(digits, 8))
        if character.isascii() and not character.isalnum():
            return character
        raise self.fail(f"invalid escape sequence: \\{character}")

    def character_class(self, flags: _Flags) -> Holds:
        negative = self.eat("^")
        conditions: list[Holds] = []
        first = True
        while first or self.peek() != "]":
            if self.at >= len(self.source):
                raise self.fail("missing closing ]")
            conditions.append(self.class_item())
            first = False
        self.at += 1
        holds = _is_any(conditions)
        if flags.ignore_case:
            holds = _ignoring_case(holds)
        return _negated(holds) if negative else holds

    def class_item(self) -> Holds:
        if self.eat("[:"):
            end = self.source.find(":]", self.at)
            name = self.source[self.at : end] if end > 0 else ""
            negative = name.startswith("^")
            if name.removeprefix("^") not in _POSIX:
                raise self.fail("invalid character class range")
            self.at = end + 2
            holds = _POSIX[name.removeprefix("^")]
            return _negated(holds) if negative else holds
        low = self.class_character()
        if not isinstance(low, str):
            return low
        if self.peek() == "-" and self.source[self.at + 1 : self.at + 2] not in ("]", ""):
            self.at += 1
            high = self.class_character()
            if not isinstance(high, str) or high < low:
                raise self.fail("invalid character class range")
            return _is_between(low, high)
        return _is_exactly(low)

    def class_character(self) -> str | Holds:
        character = self.take()
        if character != "\\":
            return character
        escaped = self.take()
        return self.class_escape(escaped) or self.character_escape(escaped)

    def repeated(self, part: _Node, flags: _Flags) -> _Node:
        repeats = 0
        while (bounds := self.bounds()) is not None:
            least, most = bounds
            repeats += 1
            if repeats > 1:
                raise self.fail("invalid nested repetition operator")
            greedy = not self.eat("?")
            part = _Repeat(part, least, most, greedy != flags.ungreedy)
        return part

    def bounds(self) -> tuple[int, int | None] | None:
        """What a quantifier at this place says; None where there is none, or a `{` that stands for itself."""
        match self.peek():
            case "*":
                self.at += 1
                return 0, None
            case "+":
                self.at += 1
                return 1, None
            case "?":
                self.at += 1
                return 0, 1
            case "{":
                return self.counted_bounds()
            case _:
                return None

    def counted_bounds(self) -> tuple[int, int | None] | None:
        end = self.source.find("}", self.at)
        low, comma, high = self.source[self.at + 1 : end].partition(",") if end > 0 else ("", "", "")
        if not low.isdecimal() or not low.isascii() or (high and not (high.isdecimal() and high.isascii())):
            return None
        if len(low) > 4 or len(high) > 4:
            raise self.fail("invalid repeat count")
        least = int(low)
        most = least if not comma else int(high) if high else None
        if max(least, most or 0) > MAX_REPEAT or (most is not None and most < least):
            raise self.fail("invalid repeat count")
        self.at = end + 1
        return least, most


def _may_be_empty(node: _Node) -> bool:
    """Whether it matches without consuming anything."""
    match node:
        case _Empty() | _Place():
            return True
        case _One():
            return False
        case _Sequence(parts):
            return all(_may_be_empty(part) for part in parts)
        case _Choice(parts):
            return any(_may_be_empty(part) for part in parts)
        case _Group(_, part):
            return _may_be_empty(part)
        case _Repeat():
            return node.least == 0 or _may_be_empty(node.part)
        case _:
            assert_never(node)


@dataclass(slots=True)
class _Compiler:
    program: list[_Instruction] = field(default_factory=list)

    def emit(self, instruction: _Instruction) -> _Instruction:
        if len(self.program) >= MAX_PROGRAM:
            raise NotEvaluatedError("a pattern that is too long")
        self.program.append(instruction)
        return instruction

    def compile(self, node: _Node) -> None:
        match node:
            case _Empty():
                pass
            case _One(holds):
                self.emit(_Instruction("char", holds=holds))
            case _Place(where):
                self.emit(_Instruction("assert", where=where))
            case _Sequence(parts):
                for part in parts:
                    self.compile(part)
            case _Choice(parts):
                self.compile_choice(parts)
            case _Group(number, part):
                self.emit(_Instruction("save", first=2 * number))
                self.compile(part)
                self.emit(_Instruction("save", first=2 * number + 1))
            case _Repeat():
                self.compile_repeat(node)

    def compile_choice(self, parts: Sequence[_Node]) -> None:
        jumps: list[_Instruction] = []
        for part in parts[:-1]:
            split = self.emit(_Instruction("split"))
            split.first = len(self.program)
            self.compile(part)
            jumps.append(self.emit(_Instruction("jump")))
            split.second = len(self.program)
        self.compile(parts[-1])
        for jump in jumps:
            jump.first = len(self.program)

    def compile_repeat(self, node: _Repeat) -> None:
        if node.most is None:
            self.compile_endless(node)
            return
        for _ in range(node.least):
            self.compile(node.part)
        splits: list[tuple[_Instruction, int]] = []
        for _ in range(node.most - node.least):
            split = self.emit(_Instruction("split"))
            splits.append((split, len(self.program)))
            self.compile(node.part)
        for split, inside in splits:
            self.aim(split, inside, len(self.program), node.greedy)

    def compile_endless(self, node: _Repeat) -> None:
        """`x*`, `x+` and `x{n,}`, in the shapes of Go, on which it depends what groups hold where `x` may be empty."""
        if node.least == 0 and not _may_be_empty(node.part):
            split = self.emit(_Instruction("split"))
            start, inside = len(self.program) - 1, len(self.program)
            self.compile(node.part)
            self.emit(_Instruction("jump", first=start))
            self.aim(split, inside, len(self.program), node.greedy)
            return
        # (x+)? for x*, so that an empty round ends the loop where a backtracking matcher ends it: https://go.dev/issue/46123
        around = self.emit(_Instruction("split")) if node.least == 0 else None
        outside = len(self.program)
        for _ in range(node.least - 1):
            self.compile(node.part)
        inside = len(self.program)
        self.compile(node.part)
        again = self.emit(_Instruction("split"))
        self.aim(again, inside, len(self.program), node.greedy)
        if around is not None:
            self.aim(around, outside, len(self.program), node.greedy)

    def aim(self, split: _Instruction, inside: int, behind: int, greedy: bool) -> None:
        split.first, split.second = (inside, behind) if greedy else (behind, inside)


@lru_cache(maxsize=256)
def compile_pattern(source: str) -> Pattern:
    """The pattern, ready to match.

    Raises:
        FunctionError: RE2 refuses it.
        NotEvaluatedError: it is too long, or uses what is not read.
    """
    parser = _Parser(source)
    node = parser.choice(_Flags())
    if parser.at < len(source):
        raise parser.fail("unexpected )")
    compiler = _Compiler()
    compiler.compile(_Group(0, node))
    compiler.emit(_Instruction("match"))
    return Pattern(tuple(compiler.program), tuple(parser.names))


def _find_all(pattern: Pattern, subject: str) -> Iterator[Saved]:
    """All matches that do not overlap; an empty one right behind another does not count, as in Go."""
    budget = _Budget()
    at = 0
    before = -1
    while at <= len(subject):
        found = _search(pattern, subject, at, budget)
        if found is None:
            return
        start, end = found[0], found[1]
        if not (end == start == before):
            yield found
        before = end
        at = end if end > at else at + 1


# ------------------------------------------------------------------------------------------------------------------- functions


def _result_type(pattern: Pattern) -> Type:
    if not pattern.names:
        return STRING
    if all(pattern.names):
        return object_type(dict.fromkeys(pattern.names, STRING))
    if any(pattern.names):
        raise FunctionError("invalid regexp pattern: cannot mix both named and unnamed capture groups")
    return TupleType((STRING,) * len(pattern.names))


def _result(pattern: Pattern, type_: Type, subject: str, found: Saved) -> Value:
    groups: list[Value] = [
        string(subject[found[2 * number] : found[2 * number + 1]]) if found[2 * number] >= 0 else NullValue(of=STRING)
        for number in range(1, len(pattern.names) + 1)
    ]
    match type_:
        case TupleType():
            return tuple_of(groups)
        case ObjectType():
            return object_of(dict(zip(pattern.names, groups, strict=True)))
        case _:
            return string(subject[found[0] : found[1]])


def _regex(pattern: Value, subject: Value) -> Value:
    compiled = compile_pattern(text(pattern))
    type_ = _result_type(compiled)
    found = _search(compiled, text(subject), 0, _Budget())
    if found is None:
        raise FunctionError("pattern did not match any part of the given string")
    return _result(compiled, type_, text(subject), found)


def _regexall(pattern: Value, subject: Value) -> Value:
    compiled = compile_pattern(text(pattern))
    type_ = _result_type(compiled)
    plain = text(subject)
    return list_of(type_, (_result(compiled, type_, plain, found) for found in _find_all(compiled, plain)))


def replace_pattern(source: str, subject: str, template: str) -> str:
    """The text with every match replaced; `$1`, `${1}` and `${name}` in the template stand for groups, `$$` for a dollar sign.

    Raises:
        FunctionError: the pattern is refused.
        NotEvaluatedError: a limit is reached.
    """
    pattern = compile_pattern(source)
    made: list[str] = []
    length = 0
    at = 0
    for found in _find_all(pattern, subject):
        for piece in (subject[at : found[0]], "".join(_expand(template, pattern, subject, found))):
            made.append(piece)
            length += len(piece)
        at = found[1]
        if length > MAX_TEXT:
            raise NotEvaluatedError(f"text of more than {MAX_TEXT:,} characters")
    made.append(subject[at:])
    return "".join(made)


def _expand(template: str, pattern: Pattern, subject: str, found: Saved) -> Iterator[str]:
    at = 0
    while at < len(template):
        dollar = template.find("$", at)
        if dollar < 0:
            yield template[at:]
            return
        yield template[at:dollar]
        at = dollar + 1
        if template.startswith("$", at):
            yield "$"
            at += 1
            continue
        name, behind = _group_name(template, at)
        if not name:
            yield "$"
            continue
        at = behind
        number = _group_number(pattern, name)
        if number is not None and found[2 * number] >= 0:
            yield subject[found[2 * number] : found[2 * number + 1]]


def _group_name(template: str, at: int) -> tuple[str, int]:
    """The name behind a dollar sign, and where it ends; empty where there is none."""
    brace = template.startswith("{", at)
    start = at + 1 if brace else at
    end = start
    while end < len(template) and (template[end].isalnum() or template[end] == "_"):
        end += 1
    if end == start or (brace and not template.startswith("}", end)):
        return "", at
    return template[start:end], end + 1 if brace else end


def _group_number(pattern: Pattern, name: str) -> int | None:
    if name.isdecimal() and name.isascii():
        number = int(name[:6])
        return number if number <= len(pattern.names) else None
    return pattern.names.index(name) + 1 if name in pattern.names else None


_PARAMETERS = (Parameter("pattern", STRING), Parameter("string", STRING))

FUNCTIONS = (
    Function("regex", _regex, _PARAMETERS),
    Function("regexall", _regexall, _PARAMETERS, returns=ListType(DYNAMIC)),
)
