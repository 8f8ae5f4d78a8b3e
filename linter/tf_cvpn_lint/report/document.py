"""A result as the JSON report.

It is made of plain dictionaries and written by msgspec. The models of its contract, from which its published schema is made, are for those that
read it: importing them takes longer than judging a small plan. A test holds that they write the very same text.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextvars import ContextVar
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

import msgspec

from tf_cvpn_lint import __version__
from tf_cvpn_lint.core.evidence import Evidence, Location
from tf_cvpn_lint.core.files import plain_path
from tf_cvpn_lint.core.records import asdict
from tf_cvpn_lint.core.verdict import Truth, Verdict, all_of
from tf_cvpn_lint.reach.trace import EndpointReach, PassedOver, ServerVerdict, Step, Trace
from tf_cvpn_lint.report import words
from tf_cvpn_lint.report.fingerprint import fingerprints
from tf_cvpn_lint.report.printable import encodable
from tf_cvpn_lint.report.undecided import Undecided, undecided
from tf_cvpn_lint.result import SETTINGS, AssumptionUse, Judgement, Result, Suppression
from tf_cvpn_lint.rules import Finding, Severity

if TYPE_CHECKING:
    from tf_cvpn_lint.report.contract import Report

SCHEMA_VERSION = 1

_Tree = dict[str, Any]
"""An object of the report."""


def report(result: Result) -> Report:
    """The report of a run."""
    from tf_cvpn_lint.report.contract import EndpointShown, Report

    endpoints = [EndpointShown.model_validate(_encodable(endpoint)) for endpoint in _endpoints(result)]
    return Report.model_validate(_encodable(_around(result))).model_copy(update={"endpoints": endpoints})


def write(result: Result) -> str:
    """The report as JSON text with a newline at its end. The same result gives the same text."""
    return "".join(parts(result))


def parts(result: Result) -> Iterator[str]:
    """The same in parts, of which no two have to be in memory together: nearly all of a report is its endpoints."""
    before, empty, after = _text(_around(result)).partition(_NO_ENDPOINTS)
    assert empty
    yield before
    opening, closing = '\n  "endpoints": [', "],"
    for endpoint in _endpoints(result):
        text = _text(endpoint).replace("\n", "\n    ")
        yield f"{opening}\n    {text}"
        opening, closing = ",", "\n  ],"
    yield f"{opening if closing == '],' else ''}{closing}{after}\n"


_NO_ENDPOINTS = '\n  "endpoints": [],'


def _text(tree: _Tree) -> str:
    try:
        written = msgspec.json.encode(tree)
    except UnicodeEncodeError:  # a name holds half of a surrogate pair
        written = msgspec.json.encode(_encodable(tree))
    return msgspec.json.format(written, indent=2).decode()


def _encodable(tree: Any) -> Any:
    match tree:
        case str():
            return encodable(tree)
        case list():
            return [_encodable(item) for item in tree]
        case dict():
            return {name: _encodable(item) for name, item in tree.items()}
        case _:
            return tree


def _around(result: Result) -> _Tree:
    """All but the endpoints."""
    marks = iter(fingerprints(finding for finding, _ in result.all_marked))
    return {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "tf-cvpn-lint", "version": __version__},
        "inputs": [
            {"path": read.path, "kind": read.kind}
            for judgement in result.judgements
            for read in judgement.configuration.inputs
        ],
        "endpoints": [],
        "findings": [
            _finding(judgement, finding, next(marks), suppression)
            for judgement in _each(result)
            for finding, suppression in judgement.all_marked
        ],
        "gaps": [_gap(judgement, gap) for judgement in _each(result) for gap in undecided(judgement)],
        "assumptions": [_assumption(judgement, use) for judgement in _each(result) for use in judgement.assumptions],
        "removable": [asdict(entry) for entry in result.removable],
        "summary": _summary(result),
    }


def _endpoints(result: Result) -> Iterator[_Tree]:
    return (_endpoint(judgement, reach) for judgement in _each(result) for reach in judgement.endpoints)


def _endpoint(judgement: Judgement, reach: EndpointReach) -> _Tree:
    endpoint = reach.endpoint
    steps = _Steps()
    return {
        "address": str(endpoint.address),
        "input": judgement.path,
        "enabled": endpoint.is_enabled,
        "tunnel_mode": words.tunnel_mode(endpoint),
        "dns": words.dns_mode(endpoint),
        "associations": [str(association.address) for association in reach.associations],
        "dns_servers": [
            {
                "server": server.server.text,
                "reference": str(server.server.reference) if server.server.reference else None,
                "kind": server.kind.value,
                "verdict": server.verdict.value,
                "path": server.path.value,
                "because": _because(server.verdict, server.traces),
                "assumptions": [use.says for use in judgement.rests_on(endpoint.address, str(server.server))],
                "traces": [_trace(trace, steps) for trace in server.traces],
            }
            for server in reach.servers
        ],
        "device_resolvers": [
            {
                "resolver": device.resolver,
                "verdict": device.verdict.value,
                "path": device.path.value,
                "says": device.says,
                "traces": [_trace(trace, steps) for trace in device.traces],
            }
            for device in reach.device_resolvers
        ],
    }


def _because(verdict: ServerVerdict, traces: tuple[Trace, ...]) -> str:
    decided = words.deciding(verdict, traces)
    return decided[1].says if decided else ""


def _trace(trace: Trace, steps: _Steps) -> _Tree:
    flow = trace.flow
    return {
        "association": str(flow.association.address) if flow.association else None,
        "protocol": flow.protocol,
        "port": flow.port,
        "verdict": words.trace_verdict(trace).value,
        "steps": steps.trees(trace.steps),
        "way_back": {
            "verdict": _answer(all_of([step.verdict for step in trace.back])),
            "steps": steps.trees(trace.back),
        }
        if trace.back
        else None,
        "assumes": list(dict.fromkeys(step.assumes or step.says for step in trace.doubts)),
    }


class _Steps:
    """The steps of an endpoint's traces. One that is met on several ways is told once, and so is what decides at several."""

    def __init__(self) -> None:
        self._steps: dict[int, _Tree] = {}
        self._evidence: dict[tuple[Evidence, ...], list[_Tree]] = {}
        self._passed_over: dict[tuple[PassedOver, ...], list[_Tree]] = {}

    def trees(self, steps: tuple[Step, ...]) -> list[_Tree]:
        known = self._steps
        return [known.get(id(step)) or self._tree(step) for step in steps]  # they live as long as the result

    def _tree(self, step: Step) -> _Tree:
        verdict = step.verdict
        if (evidence := self._evidence.get(step.evidence)) is None:
            evidence = self._evidence[step.evidence] = [_evidence(each) for each in step.evidence]
        if (passed_over := self._passed_over.get(step.passed_over)) is None:
            passed_over = self._passed_over[step.passed_over] = [_passed_over(each) for each in step.passed_over]
        tree: _Tree = {
            "hop": step.hop,
            "verdict": _answer(verdict),
            "says": step.says,
            "evidence": evidence,
            "passed_over": passed_over,
            "waits_for": [str(reference) for reference in verdict.waits_for] if verdict.is_unsure else [],
        }
        self._steps[id(step)] = tree
        return tree


def _answer(verdict: Verdict) -> str:
    truth = verdict.truth
    return "pass" if truth is Truth.YES else "drop" if truth is Truth.NO else "unsure"


def _passed_over(passed: PassedOver) -> _Tree:
    return {
        "what": passed.what,
        "why": passed.why,
        "evidence": _evidence(passed.evidence) if passed.evidence else None,
    }


def _evidence(evidence: Evidence) -> _Tree:
    location = evidence.location
    return {
        "address": str(evidence.address),
        "attribute": evidence.attribute or None,
        "file": _file(location) if location else None,
        "line": location.line if location else None,
    }


_directory: ContextVar[PurePath] = ContextVar("_directory")
"""Of the judgement that is being written: the directory that its locations are relative to."""


def _each(result: Result) -> Iterator[Judgement]:
    """The judgements one after the other, each as the one that is being written."""
    for judgement in result.judgements:
        kinds = {read.kind for read in judgement.configuration.inputs}
        path = PurePath(judgement.path)
        # What a plan's locations are relative to is where the program runs.
        named = (
            path.parent if path.suffix in (".tf", ".tofu") or path.name.endswith((".tf.json", ".tofu.json")) else path
        )
        _directory.set(named if kinds == {"configuration"} else PurePath())
        yield judgement


def _file(location: Location) -> str:
    """What opens the file from where the program runs."""
    file = PurePath(location.file)
    directory = _directory.get(PurePath())
    written = file if file.is_relative_to(directory) else directory / file
    return (plain_path(Path(written)) if ".." in written.parts else written).as_posix()


def _place(location: Location | None) -> _Tree | None:
    return None if location is None else _place_in(_file(location), location)


def _place_in_settings(location: Location | None) -> _Tree | None:
    """Where the settings say it: their file is named from where the program runs, whatever the input."""
    return None if location is None else _place_in(PurePath(location.file).as_posix(), location)


def _place_in(file: str, location: Location) -> _Tree:
    return {"file": file, "line": location.line, "column": location.column, "end_line": location.end_line}


def _finding(judgement: Judgement, finding: Finding, fingerprint: str, suppression: Suppression | None) -> _Tree:
    evidence = finding.evidence
    return {
        "rule": finding.rule.id,
        "name": finding.rule.name,
        "severity": finding.severity.value,
        "certainty": finding.certainty.value,
        "input": judgement.path,
        "endpoint": str(finding.endpoint) if finding.endpoint else None,
        "server": finding.server,
        "reference": finding.reference,
        "address": str(evidence.address),
        "attribute": evidence.attribute or None,
        "location": _place_in_settings(evidence.location)
        if evidence.address.type == SETTINGS
        else _place(evidence.location),
        "message": finding.message,
        "fix": finding.fix,
        "suggestion": finding.suggestion or None,
        "related": [
            {
                "address": str(related.evidence.address),
                "attribute": related.evidence.attribute or None,
                "location": _place(related.evidence.location),
                "message": related.message,
            }
            for related in finding.related
        ],
        "help": f"tf-cvpn-lint explain {finding.rule.id}",
        "fingerprint": fingerprint,
        "enabled": finding.enabled,
        "instances": [
            {
                "input": instance.input,
                "endpoint": str(instance.endpoint) if instance.endpoint else None,
                "server": instance.server,
                "reference": instance.reference,
                "address": str(instance.address),
            }
            for instance in finding.instances
        ],
        "suppressed": None if suppression is None else _suppression(suppression),
    }


def _suppression(suppression: Suppression) -> _Tree:
    return {
        "by": suppression.by,
        "reason": suppression.reason,
        "until": suppression.until.isoformat() if suppression.until else None,
        "location": _place_in_settings(suppression.location)
        if suppression.by == "settings"
        else _place(suppression.location),
    }


def _assumption(judgement: Judgement, use: AssumptionUse) -> _Tree:
    return {
        "input": judgement.path,
        "says": use.says,
        "reason": use.reason,
        "location": _place_in_settings(use.location),
        "applies": use.applies,
        "servers": [{"endpoint": str(endpoint), "server": server} for endpoint, server in use.servers],
        "decides_findings": use.decides_findings,
    }


def _gap(judgement: Judgement, gap: Undecided) -> _Tree:
    return {
        "input": judgement.path,
        "address": gap.address,
        "what": gap.what,
        "why": gap.why,
        "location": _place(gap.location),
        "waits_for": list(gap.waits_for),
        "endpoints": list(gap.endpoints),
    }


def _summary(result: Result) -> _Tree:
    verdicts = Counter(server.verdict for reach in result.endpoints for server in reach.servers)
    severities = Counter(finding.severity for finding in result.findings)
    return {
        "endpoints": len(result.endpoints),
        "servers": {verdict.value: verdicts[verdict] for verdict in ServerVerdict},
        "findings": {severity.value: severities[severity] for severity in Severity},
        "suppressed": len(result.suppressed),
    }
