"""Every hop of every query, in words."""

from __future__ import annotations

import re
from itertools import groupby

from tf_cvpn_lint.core.address import Address
from tf_cvpn_lint.core.evidence import Evidence
from tf_cvpn_lint.core.records import dataclass, replace
from tf_cvpn_lint.core.verdict import Truth
from tf_cvpn_lint.reach.flow import Flow
from tf_cvpn_lint.reach.trace import Step, Trace
from tf_cvpn_lint.report import words
from tf_cvpn_lint.report.excerpt import Sources, whole_word
from tf_cvpn_lint.report.page import BAD, DOUBT, FAINT, GOOD, STRONG, Page

STEP_MARKS = {Truth.YES: ("✓", GOOD), Truth.NO: ("✗", BAD), Truth.UNSURE: ("?", DOUBT)}


@dataclass(frozen=True, slots=True)
class Queries:
    """Queries that fare alike, hop by hop."""

    trace: Trace
    protocols: tuple[str, ...]
    associations: tuple[Address, ...]


def alike(traces: tuple[Trace, ...]) -> list[Queries]:
    """The traces, those that say the same told together, whatever their protocol and association: with all that they rest on, since one rule
    may admit what is asked over udp and another what is asked over tcp."""
    groups: dict[object, list[Trace]] = {}
    for trace in traces:
        steps = tuple(tuple(_said(step, trace.flow) for step in steps) for steps in (trace.steps, trace.back))
        groups.setdefault((steps, trace.flow.port), []).append(trace)
    return [
        Queries(
            replace(
                same[0],
                steps=tuple(map(_together, *(trace.steps for trace in same))),
                back=tuple(map(_together, *(trace.back for trace in same))),
            ),
            tuple(dict.fromkeys(trace.flow.protocol for trace in same)),
            tuple(dict.fromkeys(t.flow.association.address for t in same if t.flow.association)),
        )
        for same in groups.values()
    ]


def _together(*steps: Step) -> Step:
    """The first of steps that say the same, with the evidence of all, what is nearest to the cause first."""
    evidence = tuple(words.in_turn(step.evidence for step in steps))
    return steps[0] if evidence == steps[0].evidence else replace(steps[0], evidence=evidence)


def _told(step: Step, flow: Flow) -> tuple[object, ...]:
    """What is said of the step, but for the protocol and the server, and what it rests on."""
    return (*_said(step, flow), step.evidence)


def _said(step: Step, flow: Flow) -> tuple[object, ...]:
    def any_query(text: str) -> str:
        return _PROTOCOL.sub(r"\g<2>53", whole_word(str(flow.destination)).sub("the server", text))

    passed_over = tuple((any_query(passed.what), any_query(passed.why), passed.evidence) for passed in step.passed_over)
    return (step.hop, step.verdict.truth, any_query(step.says), passed_over)


_PROTOCOL = re.compile(r"\b(udp|tcp)([ /])53\b")


def write_queries(
    traces: tuple[Trace, ...], page: Page, sources: Sources, *, indent: int, above: Trace | None = None
) -> Trace | None:
    """The ways of these queries, one block for all that fare alike. Hops that are told `above` in the same place are only named.

    Returns the query that what follows may be compared with.
    """
    for queries in alike(traces):
        protocols = " and ".join(f"{protocol}/{queries.trace.flow.port}" for protocol in queries.protocols)
        by = f" by {words.instances(queries.associations)}" if queries.associations else ""
        page.line((f"{protocols}{by}", STRONG), indent=indent, hang=2)
        there, back = _compared(queries.trace, above)
        _steps(queries, queries.trace.steps, there, page, sources, indent + 2)
        if queries.trace.back:
            page.line(("and back", FAINT), indent=indent + 4)
            _steps(queries, queries.trace.back, back, page, sources, indent + 6)
        above = above or queries.trace
    return above


def _compared(trace: Trace, above: Trace | None) -> tuple[list[bool], list[bool]]:
    """For each step there and back, whether it is as told above: only where both have the same hops in the same order."""

    def same(steps: tuple[Step, ...], others: tuple[Step, ...]) -> list[bool]:
        if above is None or [step.hop for step in steps] != [other.hop for other in others]:
            return [False] * len(steps)
        return [_told(step, trace.flow) == _told(other, above.flow) for step, other in zip(steps, others, strict=True)]

    return same(trace.steps, above.steps if above else ()), same(trace.back, above.back if above else ())


def _steps(
    queries: Queries, steps: tuple[Step, ...], as_above: list[bool], page: Page, sources: Sources, indent: int
) -> None:
    for is_same, group in groupby(zip(steps, as_above, strict=True), key=lambda item: item[1]):
        found = [step for step, _ in group]
        if is_same:
            names = ", ".join(words.hop_name(step) for step in found)
            page.line((f"as above: {names}", FAINT), indent=indent + 2, hang=2)
            continue
        for step in found:
            _step(queries, step, page, sources, indent)


def _step(queries: Queries, step: Step, page: Page, sources: Sources, indent: int) -> None:
    mark, style = STEP_MARKS[step.verdict.truth]
    says = _PROTOCOL.sub(r"udp and tcp\g<2>53", step.says) if len(queries.protocols) > 1 else step.says
    places = "; ".join(dict.fromkeys(_place(evidence, step.says, sources) for evidence in step.evidence))
    page.line(
        (mark, style),
        " ",
        (f"{words.hop_name(step)}: ", FAINT),
        says,
        (f" [{places}]" if places else "", FAINT),
        indent=indent,
        hang=2,
    )
    for passed in step.passed_over:
        place = _place(passed.evidence, passed.what, sources) if passed.evidence else ""
        where = f" [{place}]" if place else ""
        page.line(("passed over ", FAINT), f"{passed.what}: {passed.why}", (where, FAINT), indent=indent + 2, hang=2)
    if step.verdict.is_unsure:
        assumed = step.assumes or "that it passes here"
        waits_for = ", ".join(map(str, step.verdict.waits_for))
        settled = f"; settled by {waits_for}" if waits_for else ""
        page.line((f"assumed: {assumed}{settled}", DOUBT), indent=indent + 2, hang=2)


def _place(evidence: Evidence, says: str, sources: Sources) -> str:
    """Where it is written, with its address unless the sentence has it."""
    place = sources.short(evidence.location) if evidence.location else ""
    return place if place and str(evidence.address) in says else f"{evidence.address}{' ' + place if place else ''}"
