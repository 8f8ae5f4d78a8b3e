"""Every report that is text made of a result, by its format. What terminals are shown is `text`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, assert_never

from tf_cvpn_lint.report import document
from tf_cvpn_lint.report.excerpt import Sources
from tf_cvpn_lint.report.instances import merged
from tf_cvpn_lint.report.repository import Repository
from tf_cvpn_lint.result import Result
from tf_cvpn_lint.rules import Finding, Rule
from tf_cvpn_lint.settings import ReportFormat

if TYPE_CHECKING:
    from tf_cvpn_lint.report.contract import Report

RenderedFormat = Literal[
    ReportFormat.JSON,
    ReportFormat.SARIF,
    ReportFormat.JUNIT,
    ReportFormat.GITHUB,
    ReportFormat.GITLAB,
    ReportFormat.MARKDOWN,
    ReportFormat.HTML,
    ReportFormat.DOT,
    ReportFormat.MERMAID,
]


def render(
    format_: RenderedFormat,
    result: Result,
    rules: Sequence[Rule],
    fails: Callable[[int, Finding], bool],
    here: Path,
    sources: tuple[Path, ...] = (),
) -> str:
    """The report. Paths are told from the root of the repository around `here`, the directory the program runs in;
    `sources` are the directories of `--source`.

    `fails` says which findings of the inputs, by their numbers, fail the run; where a format has a word for that, it agrees with the exit
    status. What goes by findings tells the same line of several module instances once; what goes by endpoints (JUnit, the graphs) tells
    each.
    """
    repository = Repository.around(here, sources)

    def report() -> Report:
        return repository.told(document.report(merged(result)))

    match format_:
        case ReportFormat.JSON:
            return document.write(merged(result))
        case ReportFormat.SARIF:
            from tf_cvpn_lint.report import sarif

            return sarif.render(report(), rules)
        case ReportFormat.JUNIT:
            from tf_cvpn_lint.report import junit

            marked = [
                suppression is None and fails(number, finding)
                for number, judgement in enumerate(result.judgements)
                for finding, suppression in judgement.all_marked
            ]
            failing = [position for position, fails_run in enumerate(marked) if fails_run]
            return junit.render(repository.told(document.report(result)), failing)
        case ReportFormat.GITHUB:
            from tf_cvpn_lint.report import github

            return github.render(report())
        case ReportFormat.GITLAB:
            from tf_cvpn_lint.report import gitlab

            return gitlab.render(report())
        case ReportFormat.MARKDOWN:
            from tf_cvpn_lint.report import markdown

            return markdown.render(report())
        case ReportFormat.HTML:
            from tf_cvpn_lint.report import html

            return html.render(report(), Sources((repository.root, here)))
        case ReportFormat.DOT:
            from tf_cvpn_lint.report import graph

            return graph.dot(result)
        case ReportFormat.MERMAID:
            from tf_cvpn_lint.report import graph

            return graph.mermaid(result)
        case _:
            assert_never(format_)
