"""How the findings of a report stand: which are shown, in which order, how loudly, and on which way of which query."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Literal

from tf_cvpn_lint.core.records import dataclass
from tf_cvpn_lint.report import words
from tf_cvpn_lint.report.contract import (
    AssumptionShown,
    DnsServerShown,
    EndpointShown,
    FindingShown,
    Report,
    Severity,
    StepShown,
    TraceShown,
)
from tf_cvpn_lint.report.excerpt import whole_word

RANKS: dict[Severity, int] = {"error": 3, "warning": 2, "note": 1}
VERDICT_WORDS = {verdict.value: told for verdict, told in words.VERDICT_WORDS.items()}
KIND_WORDS = {kind.value: told for kind, told in words.KIND_WORDS.items()}
PATH_WORDS = {path.value: told for path, told in words.PATH_WORDS.items()}
MARKS = {"reachable": "✓", "unreachable": "✗", "intermittent": "✗", "unknown": "?"}
STEP_MARKS = {"pass": "✓", "drop": "✗", "unsure": "?"}
STEP_WORDS = {"pass": "passes", "drop": "dropped here", "unsure": "not decided"}


def hop_name(hop: str) -> str:
    """`client route`, `network ACL`."""
    return words.HOP_WORDS.get(hop, hop.replace("_", " "))


def level(finding: FindingShown) -> Severity:
    """Its severity where it can fail a run; `note` where it is unsure, or on an endpoint that is switched off."""
    return finding.severity if finding.certainty != "unsure" and finding.enabled else "note"


def aside(finding: FindingShown) -> str:
    """What has to be said with it: `likely`, `unsure`, `when switched on`; mostly nothing."""
    told = [finding.certainty] if finding.certainty != "certain" else []
    return ", ".join([*told, *([] if finding.enabled else ["when switched on"])])


def title(finding: FindingShown) -> str:
    """`CVPN101 dns-not-routed-in-split-tunnel (likely)`."""
    said = aside(finding)
    return f"{finding.rule} {finding.name}{f' ({said})' if said else ''}"


def subject(finding: FindingShown) -> str:
    """The resource and attribute that a reader would change."""
    return f"{finding.address}{'.' + finding.attribute if finding.attribute else ''}"


def also(finding: FindingShown) -> str:
    """` The same line is at fault for …`, where several module instances have it; nothing otherwise."""
    first, others = finding.instances[:1], finding.instances[1:]
    several_inputs = any(one.input != first[0].input for one in others)
    told = dict.fromkeys(f"{one.endpoint}{f' of {one.input}' if several_inputs else ''}" for one in others)
    return f" The same line is at fault for {', '.join(told)}." if told else ""


def worst_first(findings: Iterable[FindingShown]) -> list[FindingShown]:
    """Those that are not suppressed: the loudest first, in the order of the report otherwise."""
    shown = [finding for finding in findings if finding.suppressed is None]
    return sorted(shown, key=lambda finding: -RANKS[level(finding)])


@dataclass(frozen=True, slots=True)
class Told:
    """Findings that say the same of the same place about several servers: the first of them, and the servers of the others."""

    finding: FindingShown
    others: tuple[str, ...]
    count: int = 1
    """How many findings they are."""

    @property
    def message(self) -> str:
        """What happens, with what else it happens to."""
        told = f"{self.finding.message} The same for {', '.join(self.others)}." if self.others else self.finding.message
        return f"{told}{also(self.finding)}"


def told_once(findings: Iterable[FindingShown]) -> list[Told]:
    """The findings, those that differ in their server alone together with the first of them."""
    groups: dict[tuple[object, ...], list[FindingShown]] = {}
    known: dict[str, str] = {}
    for finding in findings:
        own = finding.server if finding.server is not None else finding.reference
        name = whole_word(own) if own else whole_word()
        # A text that names several servers is the same for each of them.
        texts = (finding.message, finding.fix, finding.suggestion or "")
        said = tuple(known.setdefault(text, name.sub("\0", text)) for text in texts)
        place = (finding.rule, finding.severity, aside(finding), subject(finding), finding.location, finding.input)
        groups.setdefault((*place, finding.endpoint, said), []).append(finding)
    told = []
    for same in groups.values():
        names = (finding.server if finding.server is not None else finding.reference for finding in same[1:])
        told.append(Told(same[0], tuple(dict.fromkeys(name for name in names if name)), len(same)))
    return told


def server_name(server: DnsServerShown) -> str:
    """Its address, or what that waits for."""
    return server.server if server.server is not None else server.reference or "an unknown server"


def findings_of(report: Report, endpoint: EndpointShown) -> list[FindingShown]:
    """Those about one endpoint, suppressed ones left out."""
    return [
        finding
        for finding in report.findings
        if finding.endpoint == endpoint.address and finding.input == endpoint.input and finding.suppressed is None
    ]


def is_about(finding: FindingShown, server: DnsServerShown) -> bool:
    """Whether a finding of the endpoint is about this server."""
    if finding.server is not None:
        return finding.server == server.server
    return finding.reference is not None and finding.reference == server.reference


def all_steps(trace: TraceShown) -> list[StepShown]:
    """There, then back."""
    return [*trace.steps, *(trace.way_back.steps if trace.way_back else ())]


def decided_by(trace: TraceShown) -> StepShown | None:
    """The first drop, else the first doubt, else the last step of the way there."""
    steps = all_steps(trace)
    for answer in ("drop", "unsure"):
        if found := next((step for step in steps if step.verdict == answer), None):
            return found
    return trace.steps[-1] if trace.steps else None


def deciding(server: DnsServerShown) -> TraceShown | None:
    """The query that decided the verdict of the server: the first over udp that fares so."""
    wanted = "unreachable" if server.verdict == "intermittent" else server.verdict
    ordered = sorted(server.traces, key=lambda trace: trace.protocol != "udp")
    return next((trace for trace in ordered if trace.verdict == wanted), ordered[0] if ordered else None)


def way_of(report: Report, finding: FindingShown) -> TraceShown | None:
    """The query that shows the fault: one that meets the resource at fault where it fails, else one that fails at all, else any.

    None where the fault is not that of a server.
    """
    traces = [
        trace
        for endpoint in report.endpoints
        if endpoint.address == finding.endpoint and endpoint.input == finding.input
        for server in endpoint.dns_servers
        if is_about(finding, server)
        for trace in server.traces
    ]

    def merit(trace: TraceShown) -> tuple[bool, bool, bool]:
        at_fault = any(
            evidence.address == finding.address
            for step in all_steps(trace)
            if step.verdict != "pass"
            for evidence in step.evidence
        )
        return (not at_fault, trace.verdict == "reachable", trace.protocol != "udp")

    return min(traces, key=merit, default=None)


@dataclass(frozen=True, slots=True)
class Way:
    """Queries that fare alike, hop by hop."""

    trace: TraceShown
    protocols: tuple[str, ...]
    associations: tuple[str, ...]

    @property
    def queries(self) -> str:
        """`udp and tcp/53`."""
        return f"{' and '.join(self.protocols)}/{self.trace.port}"

    def says(self, step: StepShown) -> str:
        """What happens there, for all protocols."""
        return _PROTOCOL.sub(r"udp and tcp\g<2>53", step.says) if len(self.protocols) > 1 else step.says


def ways(traces: Sequence[TraceShown]) -> list[Way]:
    """The traces, those that say the same of every hop told together, whatever their protocol and association: with all that they rest on,
    since one rule may admit what is asked over udp and another what is asked over tcp."""
    groups: dict[str, list[TraceShown]] = {}
    for trace in traces:
        told = trace.model_dump_json(
            include={"port": True, "steps": _SAID, "way_back": {"verdict": True, "steps": _SAID}}
        )
        groups.setdefault(_PROTOCOL.sub(r"\g<2>53", told), []).append(trace)
    return [
        Way(
            _together(same),
            tuple(dict.fromkeys(trace.protocol for trace in same)),
            tuple(dict.fromkeys(trace.association for trace in same if trace.association is not None)),
        )
        for same in groups.values()
    ]


_PROTOCOL = re.compile(r"\b(udp|tcp)([ /])53\b")
_SAID = {"__all__": {"hop": True, "verdict": True, "says": True, "passed_over": True, "waits_for": True}}


def _together(same: Sequence[TraceShown]) -> TraceShown:
    """The first of traces that say the same, each hop with the evidence of all, what is nearest to the cause first."""
    if len(same) == 1:
        return same[0]
    way_back = same[0].way_back
    if way_back is not None:
        backs = [trace.way_back.steps for trace in same if trace.way_back is not None]
        way_back = way_back.model_copy(update={"steps": _hops_together(backs)})
    return same[0].model_copy(update={"steps": _hops_together([trace.steps for trace in same]), "way_back": way_back})


def _hops_together(lists: Sequence[Sequence[StepShown]]) -> list[StepShown]:
    return [
        steps[0].model_copy(update={"evidence": words.in_turn(step.evidence for step in steps)})
        for steps in zip(*lists, strict=True)
    ]


def assumed(assumption: AssumptionShown) -> str:
    """One assumption in a sentence: what it says, why, where, and whether anything rests on it."""
    at = f" ({assumption.location.file}:{assumption.location.line})" if assumption.location else ""
    reason = f", because {assumption.reason}" if assumption.reason else ""
    servers = ", ".join(dict.fromkeys(server.server for server in assumption.servers))
    if servers:
        use = f"the verdict of {servers} rests on it"
    elif assumption.decides_findings:
        use = "findings rest on it"
    else:
        use = "nothing rests on it" if assumption.applies else "there is nothing here that it could settle"
    return f"{assumption.says}{reason}{at}: {use}"


def answer(report: Report) -> tuple[Literal["bad", "doubt", "good", "none"], str]:
    """The run in one sentence, and how it stands."""
    servers = report.summary.servers
    if not report.endpoints:
        return "none", "No Client VPN endpoint here, nothing to judge"
    total = servers.reachable + servers.unreachable + servers.intermittent + servers.unknown
    if broken := servers.unreachable + servers.intermittent:
        return "bad", f"Clients cannot rely on {broken} of {counted(total, 'DNS server')}"
    loud = [finding for finding in report.findings if finding.suppressed is None and level(finding) == "error"]
    if loud:
        return "bad", f"{counted(len(loud), 'error')} on the way to DNS"
    if servers.unknown:
        return "doubt", f"{servers.unknown} of {counted(total, 'DNS server')} not decided"
    if not total:
        return "none", "No DNS server is pushed to clients"
    return "good", f"Clients reach {'their DNS server' if total == 1 else f'all {total} DNS servers'}"


def counted(number: int, noun: str) -> str:
    """`no findings`, `1 finding`, `2 findings`."""
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"


def summary(report: Report) -> str:
    """The run in one line: `1 endpoint; servers: 2 unreachable; 2 errors`."""
    servers = report.summary.servers
    of_servers = [
        f"{count} {VERDICT_WORDS[answer]}"
        for answer, count in (
            ("reachable", servers.reachable),
            ("unreachable", servers.unreachable),
            ("intermittent", servers.intermittent),
            ("unknown", servers.unknown),
        )
        if count
    ]
    found = report.summary.findings
    of_findings = [
        counted(count, name)
        for name, count in (("error", found.error), ("warning", found.warning), ("note", found.note))
        if count
    ]
    return "; ".join(
        [
            counted(report.summary.endpoints, "endpoint"),
            *([f"servers: {', '.join(of_servers)}"] if of_servers else []),
            ", ".join(of_findings) or "no findings",
            *([f"{report.summary.suppressed} suppressed"] if report.summary.suppressed else []),
        ]
    )
