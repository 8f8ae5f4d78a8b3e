"""What the checks of Checkov are told of one plan, state or directory: the findings, and which of them fail a run of ours."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from tf_cvpn_lint import __version__
from tf_cvpn_lint.checkov_plugin.checks import BRIDGE
from tf_cvpn_lint.commands import Reading, judge, printed, write_utf8
from tf_cvpn_lint.controls.flags import Flags
from tf_cvpn_lint.report import document, standing
from tf_cvpn_lint.report.contract import FindingShown, Place, Report
from tf_cvpn_lint.report.escapes import plain
from tf_cvpn_lint.report.repository import Repository
from tf_cvpn_lint.variable_arguments import VariableArgument


def answer(path: str, sources: Sequence[str], variable_files: Sequence[str], config: str | None) -> int:
    """Prints the answer about one input and returns the exit status of a run of ours.

    Raises:
        InputError: it cannot be judged.
    """
    flags = Flags(config=Path(config) if config else None, sources=tuple(map(Path, sources)))
    variables = tuple(VariableArgument(file, is_file=True) for file in variable_files)
    judged = judge(Reading((path,), run_show=False, variables=variables), flags, quiet=True)
    result, status = judged.result, judged.exit_status
    report = Repository.around(Path.cwd(), judged.sources).told(document.report(result))
    failing = [
        suppression is None and judged.is_failed_by(number, finding)
        for number, judgement in enumerate(result.judgements)
        for finding, suppression in judgement.all_marked
    ]
    together: dict[str | None, list[FindingShown]] = {}
    for finding, fails in zip(report.findings, failing, strict=True):
        together.setdefault(None if fails else _why_quiet(finding), []).append(finding)
    told = {
        "bridge": BRIDGE,
        "version": __version__,
        "status": status,
        "endpoints": [
            {"address": endpoint.address, "undecided": _undecided(report, endpoint.address)}
            for endpoint in report.endpoints
        ],
        "findings": [
            {
                "rule": group.finding.rule,
                "address": group.finding.address,
                "endpoint": group.finding.endpoint,
                "attribute": group.finding.attribute,
                "fails": quiet is None,
                "quiet": None if quiet is None else plain(quiet),
                "message": plain(group.message),
                "details": [plain(line) for line in _details(report, group.finding)],
            }
            for quiet, findings in together.items()
            for group in standing.told_once(findings)
        ],
    }
    text = json.dumps(told, ensure_ascii=False) + "\n"
    printed(lambda: write_utf8(text))
    return status


def _undecided(report: Report, address: str) -> list[str]:
    """The servers of the endpoint that have no verdict, with what that waits for."""
    return [
        plain(f"{server.server or server.reference or 'a server that is not known'}: {server.because}")
        for endpoint in report.endpoints
        if endpoint.address == address and endpoint.enabled
        for server in endpoint.dns_servers
        if server.verdict == "unknown"
    ]


def _why_quiet(finding: FindingShown) -> str:
    if finding.suppressed is not None:
        return finding.suppressed.words
    if not finding.enabled:
        return "the endpoint is switched off"
    if finding.certainty == "unsure":
        return "not sure"
    return f"a {finding.severity} fails no run here"


def _details(report: Report, finding: FindingShown) -> Iterator[str]:
    """What Checkov shows under a failed check: the place, what else matters, the way of the query, and the fix."""
    yield f"at {standing.subject(finding)}{_at(finding.location)}"
    for other in finding.related:
        attribute = f".{other.attribute}" if other.attribute else ""
        yield f"see {other.address}{attribute}{_at(other.location)}{': ' + other.message if other.message else ''}"
    for endpoint in report.endpoints:
        for server in endpoint.dns_servers if endpoint.address == finding.endpoint else ():
            if not standing.is_about(finding, server):
                continue
            failing = next((trace for trace in server.traces if trace.verdict == "unreachable"), None)
            for step in standing.all_steps(failing) if failing else ():
                yield f"{standing.STEP_MARKS[step.verdict]} {standing.hop_name(step.hop)}: {step.says}"
    yield f"fix: {finding.fix}"
    if finding.suggestion:
        yield from finding.suggestion.strip("\n").split("\n")
    yield f"more: {finding.help}"


def _at(place: Place | None) -> str:
    return f" ({place.file}:{place.line})" if place else ""
