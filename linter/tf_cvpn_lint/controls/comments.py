"""Suppression comments: what they say, and which lines they stand for.

    # tf-cvpn-lint:ignore CVPN102, dns-not-routed-in-split-tunnel reason="migrated in March" until=2027-01-31
    # checkov:skip=CKV_CVPN_102:migrated in March

A comment beside code stands for the statement that begins on its line; a comment on a line of its own for the statement below it, and as
the first or the last thing in a block for that block. A statement is an argument, a nested block, a resource, or a module call with all that
is in it; a comment anywhere in a module call stands for the call, since no finding is at an argument of one. `checkov:skip` stands for the
whole block it is in, as in Checkov (https://www.checkov.io/2.Basics/Suppressing%20and%20Skipping%20Policies.html).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from datetime import date

from tf_cvpn_lint.controls.selection import suggestion
from tf_cvpn_lint.controls.source_tree import Extent, Module, SourceFile
from tf_cvpn_lint.core.evidence import Location
from tf_cvpn_lint.core.records import dataclass
from tf_cvpn_lint.read.hcl.blocks import tokens
from tf_cvpn_lint.rules import Rule

MARK = re.compile(
    r"\btf-cvpn-lint:\s*(?P<word>ignore|disable|skip|suppress|allow|noqa|off|ign\w*|ing\w*)\b(?P<rest>[^\n]*)"
    r"|\bcheckov:skip=CKV_CVPN_?(?P<checkov>[^\s:,]*)(?::(?P<why>[^\n]*))?"
)
"""A suppression, or what somebody takes for one: `tf-cvpn-lint:disable` suppresses nothing, and that is told."""
_NAME = re.compile(r"[A-Za-z0-9][\w-]*")
_OPTION = re.compile(r'(reason|until)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",]+))')


@dataclass(frozen=True, slots=True)
class Comment:
    """One suppression comment."""

    rules: tuple[Rule, ...]
    """Those it names; empty where it names all."""
    names_all: bool
    reason: str
    until: date | None
    location: Location
    module: Module
    file: SourceFile
    target: Extent | None
    """The statement it stands for; None where there is none."""
    fault: str = ""
    """Why it cannot be read; it then suppresses nothing."""

    def names(self, rule: Rule) -> bool:
        return self.names_all or rule in self.rules


def comments(modules: Iterable[Module], rules: tuple[Rule, ...], *, require_reason: bool) -> Iterator[Comment]:
    """The suppression comments of every file, each once."""
    seen = set()
    for module in modules:
        for file in module.files:
            # The files of a module that is called twice are read for each call: a comment in them stands for both.
            if not MARK.search(file.text):
                continue
            if file.is_json:
                yield from _in_json(file, module)
                continue
            for token in tokens(file.text):
                if token.kind == "comment" and (module.names, file.path, token.start) not in seen:
                    seen.add((module.names, file.path, token.start))
                    yield from _in_comment(file, module, token.start, token.end, rules, require_reason)


def _in_comment(
    file: SourceFile, module: Module, start: int, end: int, rules: tuple[Rule, ...], require_reason: bool
) -> Iterator[Comment]:
    first, last = file.lines.line(start), file.lines.line(max(start, end - 1))
    line_start = start - file.lines.column(start) + 1
    behind, _, _ = file.text[max(start, end - 1) :].partition("\n")
    is_own_line = not file.text[line_start:start].strip() and not behind[1:].strip()
    for found in MARK.finditer(file.text, start, end):
        at = file.lines.line(found.start())
        location = Location(file.name, at, file.lines.column(found.start()), at)
        checkov = found["checkov"]
        if checkov is not None:
            target = _innermost(file.extents, first, blocks=True) or _below(file, first, last)
            named, is_all, reason, until, fault = _of_checkov(checkov, found["why"] or "", rules)
        else:
            target = _around_call(file.extents, first) or (
                _below(file, first, last)
                if is_own_line
                else _behind(file.extents, first if file.text[line_start:start].strip() else last)
            )
            named, is_all, reason, until, fault = _of_ours(found["rest"].removesuffix("*/"), rules)
            if (word := found["word"]) != "ignore":
                named, is_all, fault = (), False, f"{word} is not understood; the word is ignore"
        if not fault and require_reason and not reason.strip():
            fault = "it has no reason, and reasons are required"
        yield Comment(named, is_all, reason.strip(), until, location, module, file, target, fault)


_Read = tuple[tuple[Rule, ...], bool, str, date | None, str]


def _of_checkov(number: str, why: str, rules: tuple[Rule, ...]) -> _Read:
    found = next((rule for rule in rules if rule.id == f"CVPN{number}"), None)
    if found is None:
        return (), False, why, None, f"CKV_CVPN_{number}: no rule has this id{suggestion(f'CVPN{number}', rules)}"
    return (found,), False, why, None, ""


def _of_ours(rest: str, rules: tuple[Rule, ...]) -> _Read:
    named: list[Rule] = []
    options: dict[str, str] = {}
    names_all = False
    at = 0

    def broken(why: str) -> _Read:
        return (), False, options.get("reason", ""), None, why

    while at < len(rest):
        if rest[at] in " \t,\r":
            at += 1
        elif option := _OPTION.match(rest, at):
            if option[1] in options:
                return broken(f"{option[1]}= stands there twice")
            value = option[2] if option[2] is not None else option[3]
            options[option[1]] = value.replace('\\"', '"')
            at = option.end()
        elif (name := _NAME.match(rest, at)) and not options and rest[name.end() : name.end() + 1] != "=":
            wanted = name.group()
            found = next((rule for rule in rules if wanted.upper() == rule.id or wanted.lower() == rule.name), None)
            if wanted.lower() == "all":
                names_all = True
            elif found is None:
                if any(rule.id.startswith(wanted.upper()) for rule in rules):
                    return broken(f"{wanted} is the beginning of several ids; a comment names whole ids, names, or all")
                return broken(f"{wanted}: no rule has this id or name{suggestion(wanted, rules)}")
            else:
                named.append(found)
            at = name.end()
        else:
            return broken(f'{rest[at:].strip()!r} is neither a rule nor reason="…" nor until=YYYY-MM-DD')
    until = None
    if "until" in options:
        try:
            until = date.fromisoformat(options["until"])
        except ValueError:
            return broken(f"until={options['until']}: no date; write it as 2027-01-31")
    if not named and not names_all:
        return broken("it names no rule; write ids or names, or all")
    return tuple(dict.fromkeys(named)), names_all, options.get("reason", ""), until, ""


def _in_json(file: SourceFile, module: Module) -> Iterator[Comment]:
    """What is written like a suppression in JSON syntax, where there are no comments that could be one."""
    for found in MARK.finditer(file.text):
        at = file.lines.line(found.start())
        location = Location(file.name, at, file.lines.column(found.start()), at)
        why = "JSON has no comments; name the resource's address under [[per-address]] in the settings"
        yield Comment((), False, "", None, location, module, file, None, why)


def _around_call(extents: Iterable[Extent], line: int) -> Extent | None:
    """The module call that holds the line, if one does."""
    holding = _innermost(extents, line, blocks=True)
    return holding if holding is not None and holding.block is not None and holding.block.type == "module" else None


def _behind(extents: Iterable[Extent], line: int) -> Extent | None:
    """The outermost statement that begins on the line, else the innermost that holds it."""
    holding = next((extent for extent in extents if extent.holds(line)), None)
    if holding is None or holding.first == line:
        return holding
    return _behind(holding.inner, line) or holding


def _innermost(extents: Iterable[Extent], line: int, *, blocks: bool) -> Extent | None:
    """The top-level block that holds the line."""
    return next((extent for extent in extents if extent.holds(line) and (extent.block is not None or not blocks)), None)


def _below(file: SourceFile, first: int, line: int) -> Extent | None:
    """The statement below a comment that takes these lines: on the next line that is neither blank nor a comment. The block it is in where it
    is the first or the last thing there."""
    holder: Extent | None = None
    level: tuple[Extent, ...] = file.extents
    while True:
        holding = next((extent for extent in level if extent.first < line <= extent.last), None)
        if holding is None:
            break
        holder, level = holding, holding.inner
    if holder is not None and level and level[0].first > line and _only_comments_between(file, holder.first, first):
        return holder
    following = next((extent for extent in level if extent.first > line), None)
    if following is not None and _only_comments_between(file, line, following.first):
        return following
    return holder


def _only_comments_between(file: SourceFile, line: int, first: int) -> bool:
    """Whether no blank line separates the comment from the statement."""
    at = bisect_right(file.blank_lines, line)
    return at == len(file.blank_lines) or file.blank_lines[at] >= first
