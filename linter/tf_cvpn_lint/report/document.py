"""A result as the JSON report.

It is written as text at once. The models of its contract, from which its published schema is made, are the readers of that text: importing
them takes longer than judging a small plan, and making them of hundreds of endpoints longer than judging those. A test holds that they write the
very same text.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from contextvars import ContextVar
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

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
from tf_cvpn_lint.report import words
from tf_cvpn_lint.report.fingerprint import fingerprints
from tf_cvpn_lint.report.printable import encodable
from tf_cvpn_lint.report.undecided import Undecided, undecided
from tf_cvpn_lint.result import SETTINGS, AssumptionUse, Judgement, Result, Suppression
from tf_cvpn_lint.rules import Finding, Related, Severity

if TYPE_CHECKING:
    from tf_cvpn_lint.report.contract import Report

SCHEMA_VERSION = 1


def report(result: Result) -> Report:
    """The report of a run."""
    from tf_cvpn_lint.report.contract import EndpointShown, Report

    around = Report.model_validate_json(f"{_before(result)}[]{_after(result)}")
    texts = ("".join(_endpoint(judgement, reach)) for judgement in _each(result) for reach in judgement.endpoints)
    return around.model_copy(update={"endpoints": [EndpointShown.model_validate_json(text) for text in texts]})


def write(result: Result) -> str:
    """The report as JSON text with a newline at its end. The same result gives the same text."""
    return "".join(parts(result))


def parts(result: Result) -> Iterator[str]:
    """The same in parts, of which no two have to be in memory together."""
    yield _before(result)
    yield from _listed(2, (_endpoint(judgement, reach) for judgement in _each(result) for reach in judgement.endpoints))
    yield _after(result)


def _before(result: Result) -> str:
    """What stands before the list of endpoints."""
    read = [read for judgement in result.judgements for read in judgement.configuration.inputs]
    fields = _fields(
        2,
        schema_version=str(SCHEMA_VERSION),
        tool=_object(2, name=_quoted("tf-cvpn-lint"), version=_quoted(__version__)),
        inputs=_list(2, [_object(4, path=_quoted(each.path), kind=_quoted(each.kind)) for each in read]),
    )
    return f'{{{fields},\n  "endpoints": '


def _after(result: Result) -> str:
    """What stands behind it."""
    marks = iter(fingerprints(finding for finding, _ in result.all_marked))
    findings = [
        _finding(judgement, finding, next(marks), suppression)
        for judgement in _each(result)
        for finding, suppression in judgement.all_marked
    ]
    fields = _fields(
        2,
        findings=_list(2, findings),
        gaps=_list(2, [_gap(judgement, gap) for judgement in _each(result) for gap in undecided(judgement)]),
        assumptions=_list(
            2, [_assumption(judgement, use) for judgement in _each(result) for use in judgement.assumptions]
        ),
        removable=_list(
            2,
            [_object(4, **{name: _quoted(text) for name, text in asdict(entry).items()}) for entry in result.removable],
        ),
        summary=_summary(result),
    )
    return f",{fields}\n}}\n"


def _endpoint(judgement: Judgement, reach: EndpointReach) -> Iterator[str]:
    """The endpoint as JSON in parts, indented as it stands in the report."""
    endpoint = reach.endpoint
    steps = _Steps(16), _Steps(18)
    fields = _fields(
        6,
        address=_quoted(str(endpoint.address)),
        input=_quoted(judgement.path),
        enabled=_boolean(endpoint.is_enabled),
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


def _boolean(value: bool) -> str:
    return "true" if value else "false"


def _quoted(text: str) -> str:
    return to_json(text if text.isascii() else encodable(text)).decode()


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


def _place(at: int, location: Location | None) -> str:
    return "null" if location is None else _place_in(at, _file(location), location)


def _place_in_settings(at: int, location: Location | None) -> str:
    """Where the settings say it: their file is named from where the program runs, whatever the input."""
    return "null" if location is None else _place_in(at, PurePath(location.file).as_posix(), location)


def _place_in(at: int, file: str, location: Location) -> str:
    return _object(
        at,
        file=_quoted(file),
        line=str(location.line),
        column=str(location.column),
        end_line=str(location.end_line),
    )


def _finding(judgement: Judgement, finding: Finding, fingerprint: str, suppression: Suppression | None) -> str:
    instances = [
        _object(
            8,
            input=_quoted(instance.input),
            endpoint=_quoted_or_null(str(instance.endpoint) if instance.endpoint else None),
            server=_quoted_or_null(instance.server),
            reference=_quoted_or_null(instance.reference),
            address=_quoted(str(instance.address)),
        )
        for instance in finding.instances
    ]
    in_settings = finding.evidence.address.type == SETTINGS
    return _object(
        4,
        rule=_quoted(finding.rule.id),
        name=_quoted(finding.rule.name),
        severity=_quoted(finding.severity.value),
        certainty=_quoted(finding.certainty.value),
        input=_quoted(judgement.path),
        endpoint=_quoted_or_null(str(finding.endpoint) if finding.endpoint else None),
        server=_quoted_or_null(finding.server),
        reference=_quoted_or_null(finding.reference),
        address=_quoted(str(finding.evidence.address)),
        attribute=_quoted_or_null(finding.evidence.attribute or None),
        location=(_place_in_settings if in_settings else _place)(6, finding.evidence.location),
        message=_quoted(finding.message),
        fix=_quoted(finding.fix),
        suggestion=_quoted_or_null(finding.suggestion or None),
        related=_list(6, [_related(related) for related in finding.related]),
        help=_quoted(f"tf-cvpn-lint explain {finding.rule.id}"),
        fingerprint=_quoted(fingerprint),
        enabled=_boolean(finding.enabled),
        instances=_list(6, instances),
        suppressed="null" if suppression is None else _suppression(suppression),
    )


def _related(related: Related) -> str:
    return _object(
        8,
        address=_quoted(str(related.evidence.address)),
        attribute=_quoted_or_null(related.evidence.attribute or None),
        location=_place(10, related.evidence.location),
        message=_quoted(related.message),
    )


def _suppression(suppression: Suppression) -> str:
    in_settings = suppression.by == "settings"
    return _object(
        6,
        by=_quoted(suppression.by),
        reason=_quoted(suppression.reason),
        until=_quoted_or_null(suppression.until.isoformat() if suppression.until else None),
        location=(_place_in_settings if in_settings else _place)(8, suppression.location),
    )


def _assumption(judgement: Judgement, use: AssumptionUse) -> str:
    servers = [_object(8, endpoint=_quoted(str(endpoint)), server=_quoted(server)) for endpoint, server in use.servers]
    return _object(
        4,
        input=_quoted(judgement.path),
        says=_quoted(use.says),
        reason=_quoted(use.reason),
        location=_place_in_settings(6, use.location),
        applies=_boolean(use.applies),
        servers=_list(6, servers),
        decides_findings=_boolean(use.decides_findings),
    )


def _gap(judgement: Judgement, gap: Undecided) -> str:
    return _object(
        4,
        input=_quoted(judgement.path),
        address=_quoted(gap.address),
        what=_quoted(gap.what),
        why=_quoted(gap.why),
        location=_place(6, gap.location),
        waits_for=_texts(6, gap.waits_for),
        endpoints=_texts(6, gap.endpoints),
    )


def _summary(result: Result) -> str:
    verdicts = Counter(server.verdict for reach in result.endpoints for server in reach.servers)
    severities = Counter(finding.severity for finding in result.findings)
    return _object(
        2,
        endpoints=str(len(result.endpoints)),
        servers=_object(4, **{verdict.value: str(verdicts[verdict]) for verdict in ServerVerdict}),
        findings=_object(4, **{severity.value: str(severities[severity]) for severity in Severity}),
        suppressed=str(len(result.suppressed)),
    )
