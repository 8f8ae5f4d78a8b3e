"""A result as the JSON report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from contextvars import ContextVar
from pathlib import Path, PurePath

from pydantic_core import to_json

from tf_cvpn_lint import __version__
from tf_cvpn_lint.core.evidence import Evidence, Location
from tf_cvpn_lint.core.files import plain_path
from tf_cvpn_lint.core.records import asdict
from tf_cvpn_lint.core.verdict import Truth, all_of
from tf_cvpn_lint.reach.trace import (
    DeviceResolverReach,
    EndpointReach,
    PassedOver,
    ServerReach,
    ServerVerdict,
    Step,
    Trace,
)
from tf_cvpn_lint.report import contract, words
from tf_cvpn_lint.report.fingerprint import fingerprints
from tf_cvpn_lint.report.undecided import Undecided, undecided
from tf_cvpn_lint.result import SETTINGS, AssumptionUse, Judgement, Result, Suppression
from tf_cvpn_lint.rules import Finding


def write(result: Result) -> str:
    """The report as JSON text with a newline at its end. The same result gives the same text."""
    return "".join(parts(result))


def parts(result: Result) -> Iterator[str]:
    """The same in parts, of which no two have to be in memory together."""
    text = _around(result, []).model_dump_json(indent=2) + "\n"
    before, empty, after = text.partition(_NO_ENDPOINTS)
    assert empty
    yield before
    opening, closing = '\n  "endpoints": [', "],"
    for judgement in _each(result):
        for endpoint in judgement.endpoints:
            yield f"{opening}\n    "
            yield from _endpoint(judgement, endpoint)
            opening, closing = ",", "\n  ],"
    yield f"{opening if closing == '],' else ''}{closing}{after}"


_NO_ENDPOINTS = '\n  "endpoints": [],'


def report(result: Result) -> contract.Report:
    """The report of a run."""
    texts = ("".join(_endpoint(judgement, reach)) for judgement in _each(result) for reach in judgement.endpoints)
    return _around(result, [contract.EndpointShown.model_validate_json(text) for text in texts])


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


# Nearly all of a report is its endpoints with their traces, and making models of them takes longer than judging. So they are written as the
# text that the models of the contract write (a test holds the two together), and the models are read from that where something else asks for them.


def _endpoint(judgement: Judgement, reach: EndpointReach) -> Iterator[str]:
    """The endpoint as JSON in parts, indented as it stands in the report."""
    endpoint = reach.endpoint
    steps = _Steps(16), _Steps(18)
    fields = _fields(
        6,
        address=_quoted(str(endpoint.address)),
        input=_quoted(judgement.path),
        enabled="true" if endpoint.is_enabled else "false",
        tunnel_mode=_quoted(words.tunnel_mode(endpoint)),
        dns=_quoted(words.dns_mode(endpoint)),
        associations=_texts(6, [str(association.address) for association in reach.associations]),
    )
    yield f'{{{fields},\n      "dns_servers": '
    yield from _listed(6, (_server(judgement, reach, server, steps) for server in reach.servers))
    yield ',\n      "device_resolvers": '
    yield from _listed(6, (_device(device, steps) for device in reach.device_resolvers))
    yield "\n    }"


def _server(
    judgement: Judgement, reach: EndpointReach, server: ServerReach, steps: tuple[_Steps, _Steps]
) -> Iterator[str]:
    uses = judgement.rests_on(reach.endpoint.address, str(server.server))
    fields = _fields(
        10,
        server=_quoted_or_null(server.server.text),
        reference=_quoted_or_null(str(server.server.reference) if server.server.reference else None),
        kind=_quoted(server.kind.value),
        verdict=_quoted(server.verdict.value),
        path=_quoted(server.path.value),
        because=_quoted(_because(server.verdict, server.traces)),
        assumptions=_texts(10, [use.says for use in uses]),
    )
    return _with_traces(fields, server.traces, steps)


def _device(device: DeviceResolverReach, steps: tuple[_Steps, _Steps]) -> Iterator[str]:
    fields = _fields(
        10,
        resolver=_quoted(device.resolver),
        verdict=_quoted(device.verdict.value),
        path=_quoted(device.path.value),
        says=_quoted(device.says),
    )
    return _with_traces(fields, device.traces, steps)


def _with_traces(fields: str, traces: tuple[Trace, ...], steps: tuple[_Steps, _Steps]) -> Iterator[str]:
    yield f'{{{fields},\n          "traces": '
    yield from _listed(10, (_trace(trace, *steps) for trace in traces))
    yield "\n        }"


def _because(verdict: ServerVerdict, traces: tuple[Trace, ...]) -> str:
    decided = words.deciding(verdict, traces)
    return decided[1].says if decided else ""


def _trace(trace: Trace, there: _Steps, back: _Steps) -> Iterator[str]:
    flow, passes = trace.flow, trace.verdict.is_yes
    fields = _fields(
        14,
        association=_quoted_or_null(str(flow.association.address) if flow.association else None),
        protocol=_quoted(flow.protocol),
        port=str(flow.port),
        verdict=_quoted(words.trace_verdict(trace).value),
    )
    written = [f'{{{fields},\n              "steps": ']
    there.write(trace.steps, written)
    written.append(',\n              "way_back": ')
    if trace.back:
        answer = _answer(trace.verdict.truth if passes else all_of(step.verdict for step in trace.back).truth)
        written.append(f'{{{_fields(16, verdict=answer)},\n                "steps": ')
        back.write(trace.back, written)
        written.append("\n              }")
    else:
        written.append("null")
    assumes = "[]" if passes else _texts(14, dict.fromkeys(step.assumes or step.says for step in trace.doubts))
    written.append(f',\n              "assumes": {assumes}\n            }}')
    yield "".join(written)


class _Steps:
    """The steps of an endpoint's traces as JSON, `at` so many spaces. What decides at one of them decides at many, and is put into words once."""

    def __init__(self, at: int) -> None:
        self._at = at
        before, field = f"\n{' ' * at}", f"\n{' ' * (at + 2)}"
        self._words = (
            f'{before}{{{field}"hop": "',
            f'",{field}"verdict": ',
            f',{field}"says": ',
            f',{field}"evidence": ',
            f',{field}"passed_over": ',
            f',{field}"waits_for": ',
            f"{before}}}",
        )
        """What stands between the values of a step."""
        self._evidence: dict[tuple[Evidence, ...], str] = {}
        self._passed_over: dict[tuple[PassedOver, ...], str] = {}

    def write(self, steps: tuple[Step, ...], written: list[str]) -> None:
        """Writes the list of these steps."""
        if not steps:
            written.append("[]")
            return
        hop, verdict, says, evidence, passed_over, waits_for, end = self._words
        opening = "["
        for step in steps:  # there are more than a hundred of them for each endpoint
            truth = step.verdict.truth
            written += (
                opening,
                hop,
                step.hop,
                verdict,
                '"pass"' if truth is Truth.YES else _answer(truth),
                says,
                _quoted(step.says),
                evidence,
                self._evidence.get(step.evidence) or self._list_of_evidence(step.evidence),
                passed_over,
                self._passed_over.get(step.passed_over) or self._list_of_passed_over(step.passed_over),
                waits_for,
                _texts(self._at + 2, map(str, step.verdict.waits_for)) if truth is Truth.UNSURE else "[]",
                end,
            )
            opening = ","
        written.append(f"\n{' ' * (self._at - 2)}]")

    def _list_of_evidence(self, decided: tuple[Evidence, ...]) -> str:
        self._evidence[decided] = text = _list(self._at + 2, [_evidence(self._at + 4, each) for each in decided])
        return text

    def _list_of_passed_over(self, passed_over: tuple[PassedOver, ...]) -> str:
        told = [_passed_over(self._at + 4, passed) for passed in passed_over]
        self._passed_over[passed_over] = text = _list(self._at + 2, told)
        return text


def _answer(truth: Truth) -> str:
    return '"pass"' if truth is Truth.YES else '"drop"' if truth is Truth.NO else '"unsure"'


def _passed_over(at: int, passed: PassedOver) -> str:
    evidence = _evidence(at + 2, passed.evidence) if passed.evidence else "null"
    return _object(at, what=_quoted(passed.what), why=_quoted(passed.why), evidence=evidence)


def _evidence(at: int, evidence: Evidence) -> str:
    location = evidence.location
    return _object(
        at,
        address=_quoted(str(evidence.address)),
        attribute=_quoted(evidence.attribute) if evidence.attribute else "null",
        file=_quoted(_file(location)) if location else "null",
        line=str(location.line) if location else "null",
    )


def _fields(at: int, **fields: str) -> str:
    """Fields that are JSON already, each on a line that begins with so many spaces."""
    separator = _SEPARATORS[at]
    return separator[1:] + separator.join([f'"{name}": {text}' for name, text in fields.items()])


_SEPARATORS = [f",\n{' ' * at}" for at in range(32)]


def _object(at: int, **fields: str) -> str:
    """An object of them whose bracket closes `at` so many spaces."""
    separator = _SEPARATORS[at + 2]
    inside = separator.join([f'"{name}": {text}' for name, text in fields.items()])
    return f"{{{separator[1:]}{inside}{_SEPARATORS[at][1:]}}}"


def _list(at: int, items: list[str]) -> str:
    """The same of a list."""
    if not items:
        return "[]"
    between = f"\n{' ' * (at + 2)}"
    return f"[{between}{f',{between}'.join(items)}\n{' ' * at}]"


def _listed(at: int, items: Iterable[Iterator[str]]) -> Iterator[str]:
    """The same of items that come in parts."""
    opening = "["
    for item in items:
        yield f"{opening}\n{' ' * (at + 2)}"
        yield from item
        opening = ","
    yield "[]" if opening == "[" else f"\n{' ' * at}]"


def _texts(at: int, texts: Iterable[str]) -> str:
    return _list(at, [_quoted(text) for text in texts])


def _quoted(text: str) -> str:
    return to_json(text if text.isascii() else contract.encodable(text)).decode()


def _quoted_or_null(text: str | None) -> str:
    return "null" if text is None else _quoted(text)


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
