"""A result as the JSON report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextvars import ContextVar
from pathlib import Path, PurePath

from pydantic_core import to_json

from tf_cvpn_lint import __version__
from tf_cvpn_lint.core.evidence import Evidence, Location
from tf_cvpn_lint.core.files import plain_path
from tf_cvpn_lint.core.records import asdict
from tf_cvpn_lint.core.verdict import Truth, Verdict, all_of
from tf_cvpn_lint.reach.trace import EndpointReach, PassedOver, ServerVerdict, Step, Trace
from tf_cvpn_lint.report import contract, words
from tf_cvpn_lint.report.fingerprint import fingerprints
from tf_cvpn_lint.report.undecided import Undecided, undecided
from tf_cvpn_lint.result import SETTINGS, AssumptionUse, Judgement, Result, Suppression
from tf_cvpn_lint.rules import Finding

HOP_ANSWERS: dict[Truth, contract.HopAnswer] = {Truth.YES: "pass", Truth.NO: "drop", Truth.UNSURE: "unsure"}


def write(result: Result) -> str:
    """The report as JSON text with a newline at its end. The same result gives the same text."""
    return "".join(parts(result))


def parts(result: Result) -> Iterator[str]:
    """The same in parts, of which no two have to be in memory together."""
    # Nearly all of a report is its traces; making models of them takes longer than judging. A test holds the two ways together.
    text = _around(result, []).model_dump_json(indent=2) + "\n"
    before, empty, after = text.partition(_NO_ENDPOINTS)
    assert empty
    yield before
    opening, closing = '\n  "endpoints": [', "],"
    for judgement in _each(result):
        for endpoint in judgement.endpoints:
            yield f"{opening}\n    {_endpoint_text(_endpoint(judgement, endpoint))}"
            opening, closing = ",", "\n  ],"
    yield f"{opening if closing == '],' else ''}{closing}{after}"


def _endpoint_text(endpoint: dict[str, object]) -> str:
    try:
        text = to_json(endpoint, indent=2).decode()
    except ValueError:
        # A name holds half of a surrogate pair, for which the models write its escape.
        text = contract.EndpointShown.model_validate(endpoint).model_dump_json(indent=2)
    return text.replace("\n", "\n    ")


_NO_ENDPOINTS = '\n  "endpoints": [],'


def report(result: Result) -> contract.Report:
    """The report of a run."""
    endpoints = [_endpoint(judgement, endpoint) for judgement in _each(result) for endpoint in judgement.endpoints]
    return _around(result, [contract.EndpointShown.model_validate(endpoint) for endpoint in endpoints])


def _around(result: Result, endpoints: list[contract.EndpointShown]) -> contract.Report:
    marks = iter(fingerprints(finding for finding, _ in result.all_marked))
    return contract.Report(
        schema_version=contract.SCHEMA_VERSION,
        tool=contract.Tool(name="tf-cvpn-lint", version=__version__),
        inputs=[
            contract.InputRead(path=read.path, kind=read.kind)
            for judgement in result.judgements
            for read in judgement.configuration.inputs
        ],
        endpoints=endpoints,
        findings=[
            _finding(judgement, finding, next(marks), suppression)
            for judgement in _each(result)
            for finding, suppression in judgement.all_marked
        ],
        gaps=[_gap(judgement, gap) for judgement in _each(result) for gap in undecided(judgement)],
        assumptions=[_assumption(judgement, use) for judgement in _each(result) for use in judgement.assumptions],
        removable=[contract.BaselineEntryShown(**asdict(entry)) for entry in result.removable],
        summary=_summary(result),
    )


def _endpoint(judgement: Judgement, reach: EndpointReach) -> dict[str, object]:
    endpoint = reach.endpoint
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
                "traces": [_trace(trace) for trace in server.traces],
            }
            for server in reach.servers
        ],
        "device_resolvers": [
            {
                "resolver": device.resolver,
                "verdict": device.verdict.value,
                "path": device.path.value,
                "says": device.says,
                "traces": [_trace(trace) for trace in device.traces],
            }
            for device in reach.device_resolvers
        ],
    }


def _because(verdict: ServerVerdict, traces: tuple[Trace, ...]) -> str:
    decided = words.deciding(verdict, traces)
    return decided[1].says if decided else ""


def _trace(trace: Trace) -> dict[str, object]:
    flow = trace.flow
    return {
        "association": str(flow.association.address) if flow.association else None,
        "protocol": flow.protocol,
        "port": flow.port,
        "verdict": words.trace_verdict(trace).value,
        "steps": [_step(step) for step in trace.steps],
        "way_back": {
            "verdict": _answer(all_of(step.verdict for step in trace.back)),
            "steps": [_step(step) for step in trace.back],
        }
        if trace.back
        else None,
        "assumes": list(dict.fromkeys(step.assumes or step.says for step in trace.doubts)),
    }


def _step(step: Step) -> dict[str, object]:
    return {
        "hop": step.hop,
        "verdict": _answer(step.verdict),
        "says": step.says,
        "evidence": [_evidence(evidence) for evidence in step.evidence],
        "passed_over": [_passed_over(passed) for passed in step.passed_over],
        "waits_for": [str(reference) for reference in step.verdict.waits_for] if step.verdict.is_unsure else [],
    }


def _answer(verdict: Verdict) -> contract.HopAnswer:
    return HOP_ANSWERS[verdict.truth]


def _passed_over(passed: PassedOver) -> dict[str, object]:
    return {
        "what": passed.what,
        "why": passed.why,
        "evidence": _evidence(passed.evidence) if passed.evidence else None,
    }


def _evidence(evidence: Evidence) -> dict[str, object]:
    return {
        "address": str(evidence.address),
        "attribute": evidence.attribute or None,
        "file": _file(evidence.location) if evidence.location else None,
        "line": evidence.location.line if evidence.location else None,
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


def _place(location: Location | None) -> contract.Place | None:
    if location is None:
        return None
    return contract.Place(file=_file(location), line=location.line, column=location.column, end_line=location.end_line)


def _place_in_settings(location: Location | None) -> contract.Place | None:
    """Where the settings say it: their file is named from where the program runs, whatever the input."""
    if location is None:
        return None
    file = PurePath(location.file).as_posix()
    return contract.Place(file=file, line=location.line, column=location.column, end_line=location.end_line)


def _finding(
    judgement: Judgement, finding: Finding, fingerprint: str, suppression: Suppression | None
) -> contract.FindingShown:
    return contract.FindingShown(
        rule=finding.rule.id,
        name=finding.rule.name,
        severity=finding.severity.value,
        certainty=finding.certainty.value,
        input=judgement.path,
        endpoint=str(finding.endpoint) if finding.endpoint else None,
        server=finding.server,
        reference=finding.reference,
        address=str(finding.evidence.address),
        attribute=finding.evidence.attribute or None,
        location=_place_in_settings(finding.evidence.location)
        if finding.evidence.address.type == SETTINGS
        else _place(finding.evidence.location),
        message=finding.message,
        fix=finding.fix,
        suggestion=finding.suggestion or None,
        related=[
            contract.RelatedShown(
                address=str(related.evidence.address),
                attribute=related.evidence.attribute or None,
                location=_place(related.evidence.location),
                message=related.message,
            )
            for related in finding.related
        ],
        help=f"tf-cvpn-lint explain {finding.rule.id}",
        fingerprint=fingerprint,
        enabled=finding.enabled,
        instances=[
            contract.InstanceShown(
                input=instance.input,
                endpoint=str(instance.endpoint) if instance.endpoint else None,
                server=instance.server,
                reference=instance.reference,
                address=str(instance.address),
            )
            for instance in finding.instances
        ],
        suppressed=None if suppression is None else _suppression(suppression),
    )


def _suppression(suppression: Suppression) -> contract.SuppressionShown:
    return contract.SuppressionShown(
        by=suppression.by,
        reason=suppression.reason,
        until=suppression.until.isoformat() if suppression.until else None,
        location=_place_in_settings(suppression.location)
        if suppression.by == "settings"
        else _place(suppression.location),
    )


def _assumption(judgement: Judgement, use: AssumptionUse) -> contract.AssumptionShown:
    return contract.AssumptionShown(
        input=judgement.path,
        says=use.says,
        reason=use.reason,
        location=_place_in_settings(use.location),
        applies=use.applies,
        servers=[contract.ServerNamed(endpoint=str(endpoint), server=server) for endpoint, server in use.servers],
        decides_findings=use.decides_findings,
    )


def _gap(judgement: Judgement, gap: Undecided) -> contract.GapShown:
    return contract.GapShown(
        input=judgement.path,
        address=gap.address,
        what=gap.what,
        why=gap.why,
        location=_place(gap.location),
        waits_for=list(gap.waits_for),
        endpoints=list(gap.endpoints),
    )


def _summary(result: Result) -> contract.Summary:
    verdicts = Counter(server.verdict.value for reach in result.endpoints for server in reach.servers)
    severities = Counter(finding.severity.value for finding in result.findings)
    return contract.Summary(
        endpoints=len(result.endpoints),
        servers=contract.ServerCounts(
            **{answer: verdicts[answer] for answer in ("reachable", "unreachable", "intermittent", "unknown")}
        ),
        findings=contract.FindingCounts(
            **{severity: severities[severity] for severity in ("error", "warning", "note")}
        ),
        suppressed=len(result.suppressed),
    )
