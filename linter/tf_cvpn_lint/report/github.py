"""The report as workflow commands: annotations on the lines of a pull request.

GitHub shows at most ten of a kind for one step; so does this, all kinds together, the worst first, and the last then counts the rest.
Source: https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions
"""

from __future__ import annotations

from collections import Counter

from tf_cvpn_lint.report import standing
from tf_cvpn_lint.report.contract import Report, Severity
from tf_cvpn_lint.report.escapes import workflow_data, workflow_property

MOST = 10
WHERE = "are in the log and the other reports of this run"
COMMANDS: dict[Severity, str] = {"error": "error", "warning": "warning", "note": "notice"}


def render(report: Report) -> str:
    """One command a line, for what one rule says of one place about several servers too. Nothing at all where nothing was found."""
    groups = standing.told_once(standing.worst_first(report.findings))
    shown = groups if len(groups) <= MOST else groups[: MOST - 1]
    told = [_annotation(group) for group in shown]
    if rest := groups[len(shown) :]:
        counts: Counter[Severity] = Counter()
        for group in rest:
            counts[standing.level(group.finding)] += group.count
        listed = ", ".join(standing.counted(counts[level], level) for level in COMMANDS if counts[level])
        told.append(
            f"::notice title=tf-cvpn-lint::{workflow_data(f'and {counts.total()} more findings ({listed}) {WHERE}')}"
        )
    return "".join(f"{line}\n" for line in told)


def _annotation(group: standing.Told) -> str:
    finding = group.finding
    properties = {"title": standing.title(finding)}
    if place := finding.location:
        properties = {
            "file": place.file,
            "line": str(place.line),
            "endLine": str(place.end_line),
            # Columns are of use within one line only; GitHub wants none otherwise.
            **({"col": str(place.column)} if place.end_line == place.line else {}),
            **properties,
        }
    where = "" if finding.location else f"{standing.subject(finding)}: "
    said = ",".join(f"{name}={workflow_property(value)}" for name, value in properties.items())
    text = workflow_data(f"{where}{group.message} Fix: {finding.fix}")
    return f"::{COMMANDS[standing.level(finding)]} {said}::{text}"
