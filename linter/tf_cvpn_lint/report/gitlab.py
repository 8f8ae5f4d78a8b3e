"""The report as GitLab's code quality artifact, which merge requests show.

Source: https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
"""

from __future__ import annotations

import json
from hashlib import sha256

from tf_cvpn_lint.report import standing
from tf_cvpn_lint.report.contract import FindingShown, Report, Severity
from tf_cvpn_lint.report.escapes import plain

SEVERITIES: dict[Severity, str] = {"error": "critical", "warning": "major", "note": "info"}


def render(report: Report) -> str:
    """A JSON array, the worst first. A finding without a line stands at the first line of its input, since GitLab wants one."""
    taken: set[str] = set()
    entries = [_entry(finding, taken) for finding in standing.worst_first(report.findings)]
    return json.dumps(entries, indent=2, ensure_ascii=False) + "\n"


def _entry(finding: FindingShown, taken: set[str]) -> dict[str, object]:
    place = finding.location
    path = place.file if place else finding.input
    where = "" if place else f"{standing.subject(finding)}: "
    said = standing.aside(finding)
    aside = f"({said}) " if said else ""
    return {
        "description": plain(f"{aside}{where}{finding.message}{standing.also(finding)} Fix: {finding.fix}"),
        "check_name": f"{finding.rule} {finding.name}",
        "fingerprint": _unique(finding, taken),
        "severity": SEVERITIES[standing.level(finding)],
        "location": {
            "path": plain(path),
            "lines": {"begin": place.line, "end": place.end_line} if place else {"begin": 1},
        },
    }


def _unique(finding: FindingShown, taken: set[str]) -> str:
    """The fingerprint; two plans of one root share theirs, and GitLab would show only one of the findings."""
    mark = finding.fingerprint
    while mark in taken:
        mark = sha256(f"{mark}\0{finding.input}".encode("utf-8", "surrogatepass")).hexdigest()[:32]
    taken.add(mark)
    return mark
