"""Suppression comments against the findings: which are quiet, and what is wrong with the comments themselves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from tf_cvpn_lint.config.configuration import Configuration
from tf_cvpn_lint.controls.engine_rules import (
    ENGINE_RULES,
    SUPPRESSION_EXPIRED,
    SUPPRESSION_MALFORMED,
    SUPPRESSION_UNUSED,
    finding_of,
)
from tf_cvpn_lint.core.address import Address, ModuleStep
from tf_cvpn_lint.core.evidence import Location
from tf_cvpn_lint.core.records import dataclass, replace
from tf_cvpn_lint.result import Suppression
from tf_cvpn_lint.rules import Finding, Rule

if TYPE_CHECKING:
    from tf_cvpn_lint.controls.comments import Comment
    from tf_cvpn_lint.controls.source_tree import Extent, Module, SourceTree


@dataclass(frozen=True)
class Suppressions:
    """The comments of one configuration's sources."""

    tree: SourceTree
    comments: tuple[Comment, ...]
    today: date
    names: dict[Path, str]
    """The files as the locations of this configuration name them."""

    def suppression(self, finding: Finding) -> Suppression | None:
        """What keeps the finding quiet, as the report tells it."""
        comment = self.of(finding)
        if comment is None:
            return None
        return Suppression("comment", comment.reason, comment.until, self._located(comment))

    def of(self, finding: Finding) -> Comment | None:
        """The comment that keeps the finding quiet: the nearest to it, where several do."""
        found = [each for each in self.comments if self._counts(each) and self._concerns(each, finding)]
        return min(found, key=lambda each: _size(each.target), default=None)

    def _counts(self, comment: Comment) -> bool:
        return not comment.fault and (comment.until is None or comment.until >= self.today)

    def _concerns(self, comment: Comment, finding: Finding) -> bool:
        location, target = finding.evidence.location, comment.target
        if location is None or target is None or not comment.names(finding.rule):
            return False
        module = self.tree.module(finding.evidence.address)
        if module is None:
            return False
        file = self.tree.file_at(module.names, location.file)
        if file is not None and file.path.resolve() == comment.file.path.resolve():
            return target.holds(location.line)
        return any(called == comment.file and block == target.block for called, block in module.called_at)

    def faults(self, findings: tuple[Finding, ...], unasked: Iterable[Rule]) -> Iterator[Finding]:
        """What is wrong with the comments themselves. Each comment is told once, however many modules its file is read for.

        Args:
            findings: all that there are at their places.
            unasked: the rules that were not asked, of which a comment may be waiting for a finding.
        """
        silent = frozenset(unasked)
        used = {id(comment) for comment in map(self.of, findings) if comment is not None}
        told: set[tuple[Path, int, int]] = set()
        used_places = {_place(comment) for comment in self.comments if id(comment) in used}
        for comment in self.comments:
            if _place(comment) in told:
                continue
            told.add(_place(comment))
            if comment.fault:
                yield self._finding(
                    SUPPRESSION_MALFORMED,
                    comment,
                    f"This suppression cannot be read and suppresses nothing: {comment.fault}{'' if comment.fault.endswith('?') else '.'}",
                    'Write tf-cvpn-lint:ignore CVPN102 reason="why" until=2027-01-31.',
                )
            elif not self._counts(comment):
                yield self._finding(
                    SUPPRESSION_EXPIRED,
                    comment,
                    f"This suppression counted until {comment.until} and has expired; what it hid is reported again.",
                    "Mend what it hid and remove it, or decide again and give it another date.",
                )
            elif _place(comment) not in used_places and not any(map(comment.names, silent)):
                what = "any rule" if comment.names_all else " or ".join(rule.id for rule in comment.rules)
                near = self._near(comment, findings)
                yield self._finding(
                    SUPPRESSION_UNUSED,
                    comment,
                    f"This suppression suppresses nothing: {_stands_for(comment)}, and no finding of {what} is there"
                    + (f" (one is at line {near})." if near else "."),
                    f"Remove it, or put it behind line {near} or above the whole block." if near else "Remove it.",
                )

    def _near(self, comment: Comment, findings: Iterable[Finding]) -> int | None:
        """The line in the comment's file of a finding that it names, the nearest to it."""
        lines = [
            finding.evidence.location.line
            for finding in findings
            if finding.evidence.location is not None
            and comment.names(finding.rule)
            and self.of(finding) is None
            and (module := self.tree.module(finding.evidence.address)) is not None
            and (file := self.tree.file_at(module.names, finding.evidence.location.file)) is not None
            and file.path.resolve() == comment.file.path.resolve()
        ]
        return min(lines, key=lambda line: (abs(line - comment.location.line), line), default=None)

    def _finding(self, rule: Rule, comment: Comment, message: str, fix: str) -> Finding:
        location = self._located(comment)
        return finding_of(rule, _address(comment), location, message, fix, attribute=_what(comment))

    def _located(self, comment: Comment) -> Location:
        name = self.names.get(comment.file.path.resolve(), str(comment.file.path))
        return replace(comment.location, file=name)


def suppressions(
    configuration: Configuration,
    sources: tuple[Path, ...],
    rules: tuple[Rule, ...],
    today: date,
    *,
    require_reason: bool,
) -> Suppressions | None:
    """The comments in the sources of what was read; None where the sources are not at hand."""
    if all(resource.location is None for resource in configuration.resources):
        return None  # a plan alone, which pays for no parser of sources
    from tf_cvpn_lint.controls.comments import comments
    from tf_cvpn_lint.controls.source_tree import source_tree

    tree = source_tree(configuration, sources)
    if tree is None:
        return None
    found = tuple(comments(tree.modules(), (*rules, *ENGINE_RULES), require_reason=require_reason))
    return Suppressions(tree, found, today, _names(configuration, tree) if found else {})


def _names(configuration: Configuration, tree: SourceTree) -> dict[Path, str]:
    """How this configuration's locations name the files."""
    is_directory = configuration.inputs[0].kind == "configuration"
    found: dict[Path, str] = {}
    for module in tree.modules():
        for file in module.files:
            if is_directory:
                try:
                    found[file.path.resolve()] = file.path.relative_to(tree.directory).as_posix()
                except ValueError:
                    found[file.path.resolve()] = str(file.path)
            else:
                found[file.path.resolve()] = str(file.path)
    for resource in configuration.resources:
        if resource.location is not None and (module_ := tree.module(resource.address)) is not None:
            if (known := tree.file_at(module_.names, resource.location.file)) is not None:
                found[known.path.resolve()] = resource.location.file
    return found


def _size(extent: Extent | None) -> int:
    return extent.last - extent.first if extent else 0


def _stands_for(comment: Comment) -> str:
    """`it stands for lines 12 to 18`."""
    target = comment.target
    if target is None:
        return "no statement begins right below it"
    lines = f"line {target.first}" if target.first == target.last else f"lines {target.first} to {target.last}"
    called = target.block is not None and target.block.type == "module"
    return f"it stands for {lines}{' and all that is in the module' if called else ''}"


def _place(comment: Comment) -> tuple[Path, int, int]:
    return comment.file.path.resolve(), comment.location.line, comment.location.column


def _what(comment: Comment) -> str:
    """Tells two comments at one block apart, whatever their lines."""
    if comment.fault:
        return "suppression"
    named = "all" if comment.names_all else ", ".join(rule.id for rule in comment.rules)
    return f"suppression of {named}"


def _address(comment: Comment) -> Address:
    """The block that the comment is in or above, by Terraform's name for it where it has one."""
    path = _steps(comment.module)
    holder = next((each for each in comment.file.extents if each.holds(comment.location.line)), None)
    within = holder or comment.target
    block = within.block if within else None
    match (block.type if block else "", block.labels if block else ()):
        case ("resource", (type_, name)):
            return Address(type_, name, None, path)
        case ("data", (type_, name)):
            return Address(type_, name, None, path, "data")
        case (kind, (label, *_)) if kind:
            return Address(kind, label, None, path)
        case _:
            return Address("file", comment.file.path.name, None, path)


def _steps(module: Module) -> tuple[ModuleStep, ...]:
    return tuple(ModuleStep(name) for name in module.names)
