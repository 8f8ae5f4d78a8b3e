"""The report as SARIF 2.1.0, for code scanning and editors.

Source: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html, and for what GitHub reads of it
https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning

GitHub refuses a whole file in which a location has no artifact. So a place that is known by its Terraform address alone gets, besides the
logical location, the plan it was read from; only where the plan came by standard input is there none.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from tf_cvpn_lint.report import standing
from tf_cvpn_lint.report.catalogue import markdown_page
from tf_cvpn_lint.report.contract import EvidenceShown, FindingShown, GapShown, Place, Report, StepShown, TraceShown
from tf_cvpn_lint.report.escapes import lines, plain
from tf_cvpn_lint.report.repository import is_inside, uri
from tf_cvpn_lint.rules import Rule

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
BASE = "%SRCROOT%"
IMPORTANCE = {"drop": "essential", "unsure": "important", "pass": "unimportant"}
Json = dict[str, object]


def render(report: Report, rules: Sequence[Rule]) -> str:
    """SARIF text with a newline at its end. All rules are in it, also those that found nothing."""
    index = {rule.id: number for number, rule in enumerate(rules)}
    log = {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": report.tool.name,
                        "version": report.tool.version,
                        "semanticVersion": report.tool.version,
                        "rules": [_rule(rule) for rule in rules],
                    }
                },
                "automationDetails": {"id": _category(report)},
                "columnKind": "unicodeCodePoints",
                "originalUriBaseIds": {BASE: {"description": {"text": "The root of the repository."}}},
                "invocations": [
                    {
                        "executionSuccessful": True,
                        "toolExecutionNotifications": [_notification(gap) for gap in report.gaps],
                    }
                ],
                "results": [_result(report, finding, index) for finding in report.findings],
            }
        ],
    }
    return json.dumps(log, indent=2, ensure_ascii=False) + "\n"


def _category(report: Report) -> str:
    """What keeps the runs of several roots of one repository apart."""
    paths = [plain(read.path) for read in report.inputs if is_inside(read.path)]
    return "/".join([report.tool.name, *dict.fromkeys(path for path in paths if path != "."), ""])


def _rule(rule: Rule) -> Json:
    return {
        "id": rule.id,
        "name": rule.name,
        "shortDescription": {"text": f"{rule.title}."},
        "fullDescription": {"text": rule.condition or f"{rule.title}."},
        "help": {"text": rule.page, "markdown": markdown_page(rule)},
        **({"helpUri": rule.sources[0]} if rule.sources else {}),
        "defaultConfiguration": {"level": rule.severity.value},
        "properties": {
            "tags": ["aws", "client-vpn", "dns", "terraform"],
            "precision": "high",
            "problem.severity": {"note": "recommendation"}.get(rule.severity.value, rule.severity.value),
        },
    }


def _result(report: Report, finding: FindingShown, index: dict[str, int]) -> Json:
    said = standing.aside(finding)
    way = standing.way_of(report, finding)
    made: Json = {
        "ruleId": finding.rule,
        **({"ruleIndex": index[finding.rule]} if finding.rule in index else {}),
        "level": standing.level(finding),
        "message": {
            "text": _text(f"{f'({said}) ' if said else ''}{finding.message}{standing.also(finding)} Fix: {finding.fix}")
        },
        "locations": [_location(finding.address, finding.attribute, finding.location, finding.input)],
        "partialFingerprints": {"tfCvpnLint/v1": finding.fingerprint},
        "suppressions": []
        if finding.suppressed is None
        else [
            {
                "kind": "inSource" if finding.suppressed.by == "comment" else "external",
                "status": "accepted",
                "justification": plain(finding.suppressed.words),
            }
        ],
        "properties": {
            "certainty": finding.certainty,
            "enabled": finding.enabled,
            "input": plain(finding.input),
            **({"endpoint": plain(finding.endpoint)} if finding.endpoint is not None else {}),
            **({"server": plain(finding.server)} if finding.server is not None else {}),
            **({"suggestion": lines(finding.suggestion)} if finding.suggestion else {}),
        },
    }
    if finding.related:
        made["relatedLocations"] = [
            {
                "id": number,
                **_location(related.address, related.attribute, related.location, finding.input),
                "message": {"text": _text(related.message or related.address)},
            }
            for number, related in enumerate(finding.related)
        ]
    if way:
        made["codeFlows"] = [_flow(way, finding.input)]
    return made


def _flow(way: TraceShown, input_: str) -> Json:
    """One way of one query, a location for each hop, there and back."""
    by = f" by {way.association}" if way.association else ""
    name = f"{way.protocol}/{way.port}{by}"
    return {
        "message": {"text": _text(f"The way of the query: {name}")},
        "threadFlows": [
            {
                "id": plain(name),
                "locations": [
                    {
                        "location": {
                            **_hop(step, input_),
                            "message": {
                                "text": _text(
                                    f"{'back: ' if number > len(way.steps) else ''}{standing.hop_name(step.hop)}: "
                                    f"{standing.STEP_WORDS[step.verdict]}: {step.says}"
                                )
                            },
                        },
                        "executionOrder": number,
                        "importance": IMPORTANCE[step.verdict],
                    }
                    for number, step in enumerate(standing.all_steps(way), start=1)
                ],
            }
        ],
    }


def _hop(step: StepShown, input_: str) -> Json:
    """Where what decided the hop is written: what has a line before what has none."""
    decided: EvidenceShown | None = min(step.evidence, key=lambda evidence: evidence.line is None, default=None)
    if decided is None:
        return {**_input(input_), "logicalLocations": [{"name": plain(step.hop), "kind": "hop"}]}
    place = (
        Place(file=decided.file, line=decided.line, column=1, end_line=decided.line)
        if decided.file is not None and decided.line is not None
        else None
    )
    return _location(decided.address, decided.attribute, place, input_, whole_line=True)


def _location(
    address: str,
    attribute: str | None,
    place: Place | None,
    input_: str,
    *,
    whole_line: bool = False,
) -> Json:
    logical = {
        "name": plain(address) or "(no name)",
        "fullyQualifiedName": plain(f"{address}{'.' + attribute if attribute else ''}") or "(no name)",
        "kind": "resource",
    }
    if place is None:
        return {**_input(input_), "logicalLocations": [logical]}
    region = {"startLine": place.line} if whole_line else {"startLine": place.line, "startColumn": place.column}
    if place.end_line > place.line:
        region["endLine"] = place.end_line
    return {
        "physicalLocation": {"artifactLocation": _artifact(place.file), "region": region},
        "logicalLocations": [logical],
    }


def _input(input_: str) -> Json:
    if input_ in ("", "-"):
        return {}
    return {"physicalLocation": {"artifactLocation": _artifact(input_)}}


def _artifact(file: str) -> Json:
    based = {"uriBaseId": BASE} if is_inside(file) else {}
    return {"uri": uri(file), **based}


def _notification(gap: GapShown) -> Json:
    waits = f"; settled by {', '.join(gap.waits_for)}" if gap.waits_for else ""
    return {
        "level": "note",
        "message": {"text": _text(f"Not decided: {gap.what} of {gap.address}: {gap.why}{waits}")},
        "locations": [_location(gap.address, None, gap.location, gap.input)],
    }


def _text(text: str) -> str:
    """A plain text message, in which `[…](…)` would be a link (3.11.6) and a brace a placeholder (3.11.5)."""
    return plain(text).replace("](", "] (") or "(no words)"
