"""The report as a comment on a pull request: what is broken at a glance, the way to it as a picture, the rest folded away.

The first line is a marker that stays the same, so that the next run can find the comment and replace it. The text stays below 60 kB (GitHub
takes 65,536 characters); what does not fit is counted, and the numbers at the top are those of the whole run.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import pairwise

from tf_cvpn_lint.core.records import dataclass, field
from tf_cvpn_lint.report import standing
from tf_cvpn_lint.report.contract import EndpointShown, GapShown, Place, Report, ServerAnswer, StepShown, TraceShown
from tf_cvpn_lint.report.escapes import code, fenced, markdown, mermaid

MARKER = "<!-- tf-cvpn-lint: report -->"
MOST_BYTES = 59_000
"""Of UTF-8, which is never less than what code hosts count."""
MOST_PICTURES = 6
MANY_ROWS = 12
"""In a longer table, the servers that are in order are folded away."""
WORST_FIRST: tuple[ServerAnswer, ...] = ("unreachable", "intermittent", "unknown", "reachable")
LEVEL_WORDS = {"error": "🛑 error", "warning": "⚠️ warning", "note": "ℹ️ note"}
VERDICT_MARKS = {"reachable": "✅", "unreachable": "❌", "intermittent": "❌", "unknown": "❔"}
MOST_SENTENCE = 2_000
"""Characters of one sentence; a longer one is made of something that nobody reads."""


@dataclass(slots=True)
class _Budget:
    """Blocks of text as long as they fit."""

    room: int
    blocks: list[str] = field(default_factory=list)

    def add(self, block: str) -> bool:
        size = len(block.encode("utf-8", "surrogatepass")) + 2
        if size > self.room:
            return False
        self.room -= size
        self.blocks.append(block)
        return True

    def add_all(
        self, blocks: Iterable[str], left_out: str, before: str = "", after: str = "", *, most: int | None = None
    ) -> None:
        """As many as fit (into `most` bytes), in order, between `before` and `after`; the rest is counted with the words of `left_out`."""
        given = list(blocks)
        if not given:
            return
        held = 0 if most is None else max(self.room - most, 0)
        self.room -= held
        frame = len(f"{before}{after}{left_out}".encode()) + 120
        kept = 0
        if frame > self.room:
            self.room = 0
        else:
            self.room -= frame
            start = len(self.blocks)
            if before:
                self.blocks.append(before)
            for block in given:
                if not self.add(block):
                    break
                kept += 1
            if not kept:
                del self.blocks[start:]
        self.room += held
        if kept < len(given):
            self.blocks.append(f"*{len(given) - kept} {'more ' if kept else ''}{left_out}*")
        if kept and after:
            self.blocks.append(after)


def render(report: Report) -> str:
    """GitHub's (and GitLab's) Markdown."""
    budget = _Budget(MOST_BYTES - 400)
    budget.add(f"{MARKER}\n### {_verdict(report)}")
    budget.add(f"{markdown(standing.summary(report))}")
    _add_table(budget, report)
    budget.add_all(_pictures(report), "ways of queries are not drawn here.", most=budget.room // 4)
    folded = bool(report.gaps or report.assumptions or report.summary.suppressed)
    _add_findings(budget, standing.told_once(standing.worst_first(report.findings)), budget.room // 5 if folded else 0)
    undecided = [gap for gap in report.gaps if gap.endpoints]
    budget.add_all(
        [_gap(gap) for gap in undecided],
        "undecided things are not shown here.",
        f"<details><summary>Not decided: {standing.counted(len(undecided), 'thing')}</summary>",
        "</details>",
    )
    budget.add_all(
        [f"- {_sentence(standing.assumed(assumption))}" for assumption in report.assumptions],
        "assumptions are not shown here.",
        f"<details><summary>Assumed: {standing.counted(len(report.assumptions), 'thing')}</summary>",
        "</details>",
    )
    suppressed = [finding for finding in report.findings if finding.suppressed is not None]
    budget.add_all(
        [
            f"- {code(standing.title(finding))} at {code(standing.subject(finding))}: "
            f"{_sentence(finding.suppressed.words if finding.suppressed else '')}"
            for finding in suppressed
        ],
        "suppressed findings are not shown here.",
        f"<details><summary>Suppressed: {standing.counted(len(suppressed), 'finding')}</summary>",
        "</details>",
    )
    budget.blocks.append(f"<sub>{markdown(report.tool.name)} {markdown(report.tool.version)}</sub>")
    return "\n\n".join(budget.blocks) + "\n"


def _add_table(budget: _Budget, report: Report) -> None:
    """The servers, the worst first, so that what is cut off is what is in order; where there are many, that is folded away."""
    rows = sorted(
        ((verdict, row) for endpoint in report.endpoints for verdict, row in _rows(report, endpoint)),
        key=lambda row: WORST_FIRST.index(row[0]),
    )
    good = [row for row in rows if row[0] == "reachable"]
    bad = [row for row in rows if row[0] != "reachable"]
    is_folded = len(rows) > MANY_ROWS and bool(bad)
    left = _add_rows(budget, bad if is_folded else rows, budget.room // 3)
    if is_folded and good:
        before = f"<details><summary>Reachable: {standing.counted(len(good), 'DNS server')}</summary>"
        left += _add_rows(budget, good, budget.room // 6, before, "</details>")
    if left:
        counts = Counter(standing.VERDICT_WORDS[verdict] for verdict, _ in left)
        told = ", ".join(f"{count} {verdict}" for verdict, count in counts.items())
        budget.add(f"*{len(left)} more DNS servers are not shown here: {told}.*")


def _add_rows(
    budget: _Budget, rows: list[tuple[ServerAnswer, str]], most: int, before: str = "", after: str = ""
) -> list[tuple[ServerAnswer, str]]:
    """A table of as many rows as fit, and the rows that do not. It has no blank lines: to a reader of Markdown it is one block."""
    header = ["endpoint", "DNS server", "verdict", "what decides it"]
    table = [f"| {' | '.join(header)} |", f"|{' --- |' * len(header)}"]
    used, shown = 200, 0
    for _, row in rows:
        used += len(row.encode("utf-8", "surrogatepass")) + 1
        if used > most:
            break
        table.append(row)
        shown += 1
    if shown:
        budget.add("\n\n".join(part for part in (before, "\n".join(table), after) if part))
    return rows[shown:]


def _add_findings(budget: _Budget, findings: list[standing.Told], kept: int) -> None:
    """Every finding with its fix, as far as half of the room goes; then as many others as fit, and their fixes where there is room left.

    `kept` bytes are left for what follows.
    """
    heads = [_head(told) for told in findings]
    fixes = [_fix(told) for told in findings]
    sizes = [(_size(head) + 2, _size(fix) + 1) for head, fix in zip(heads, fixes, strict=True)]
    room = max(budget.room - kept - 400, 0)
    with_fix: set[int] = set()
    shown = 0
    for number, (head, fix) in enumerate(sizes):
        is_full = number == len(with_fix) and head + fix <= room - (budget.room - kept) // 2
        if head > room:
            break
        room -= head + (fix if is_full else 0)
        with_fix.update([number] if is_full else [])
        shown += 1
    for number in range(shown):
        if number not in with_fix and sizes[number][1] <= room:
            room -= sizes[number][1]
            with_fix.add(number)
    for number in range(shown):
        budget.add(f"{heads[number]}\n{fixes[number]}" if number in with_fix else heads[number])
    if shown < len(findings):
        more = "more " if shown else ""
        budget.add(
            f"*{len(findings) - shown} {more}findings are not shown here: this comment would be too long. "
            "The other reports of the run have them.*"
        )
    if without := shown - len(with_fix):
        budget.add(f"*Of {without} the fix is not shown here; the other reports of the run have it.*")


def _size(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


def _verdict(report: Report) -> str:
    """The run in one heading."""
    kind, told = standing.answer(report)
    if not report.endpoints:
        return told
    return f"{ {'bad': '❌', 'doubt': '❔', 'none': 'ℹ️', 'good': '✅'}[kind] } {told}"


def _rows(report: Report, endpoint: EndpointShown) -> Iterable[tuple[ServerAnswer, str]]:
    name = code(endpoint.address) + (f" in {code(endpoint.input)}" if len(report.inputs) > 1 else "")
    if not endpoint.enabled:
        name += " (switched off)"
    for server in endpoint.dns_servers:
        mark = f"{VERDICT_MARKS[server.verdict]} {standing.VERDICT_WORDS[server.verdict]}"
        if server.verdict == "reachable":
            because = f"{standing.KIND_WORDS[server.kind]}, {standing.PATH_WORDS[server.path]}"
        else:
            trace = standing.deciding(server)
            step = standing.decided_by(trace) if trace else None
            because = f"{standing.hop_name(step.hop)}: {step.says}" if step else server.because
        if server.assumptions:
            because += f" (assumed: {'; '.join(server.assumptions)})"
        yield server.verdict, f"| {name} | {code(standing.server_name(server))} | {mark} | {_sentence(because)} |"
    for device in endpoint.device_resolvers:
        mark = f"{VERDICT_MARKS[device.verdict]} {standing.VERDICT_WORDS[device.verdict]}"
        yield (
            device.verdict,
            f"| {name} | the device's {device.resolver} resolver | {mark} | {_sentence(device.says)} |",
        )


def _pictures(report: Report) -> list[str]:
    """The ways that fail or are not decided, each once: of several servers that fare alike the first, which names the others."""
    drawn: dict[tuple[object, ...], tuple[EndpointShown, TraceShown, str, list[str]]] = {}
    for endpoint in report.endpoints:
        for server in endpoint.dns_servers:
            trace = standing.deciding(server)
            if server.verdict == "reachable" or trace is None:
                continue
            # Known by what is drawn, so that two servers that fail at the same hop in the same way are one picture.
            steps = [(step.hop, step.verdict) for step in standing.all_steps(trace)]
            by = f" by {code(_short(trace.association or ''))}" if server.verdict == "intermittent" else ""
            key = (endpoint.address, endpoint.input, by, *steps)
            drawn.setdefault(key, (endpoint, trace, by, []))[3].append(standing.server_name(server))
    worst = sorted(drawn.values(), key=lambda one: one[1].verdict != "unreachable")
    return [_picture(report, *one) for one in worst[:MOST_PICTURES]]


def _picture(report: Report, endpoint: EndpointShown, trace: TraceShown, by: str, names: list[str]) -> str:
    """A chart under a line that says whose it is, and `by` which association where the others fare otherwise."""
    first, *others = names
    of = f" of {code(_short(endpoint.address))}" if len(report.endpoints) > 1 else ""
    of += f" in {code(_short(endpoint.input))}" if len(report.inputs) > 1 else ""
    alike = f"; {', '.join(code(_short(name)) for name in others[:4])} the same" if others else ""
    more = f", and {len(others) - 4} more" if len(others) > 4 else ""
    chart = picture(first, standing.all_steps(trace), len(trace.steps))
    return f"The way to {code(_short(first))}{of}{by}{alike}{more}:\n\n{fenced(chart, 'mermaid')}"


def picture(server: str, steps: list[StepShown], there: int) -> str:
    """A mermaid flowchart of one query: a node for each hop, the one that drops it marked, what comes after it pale.

    `there` is how many of the steps lead to the server; the rest lead back.
    """
    told = ["flowchart LR", '  client(["VPN client"])']
    edges = ["client"]
    classes = []
    broken = False
    for number, step in enumerate(steps):
        if number == there:
            told.append(f'  server(["{mermaid(_short(server))}"])')
            edges.append("server")
        back = "back, " if number >= there else ""
        mark = standing.STEP_MARKS[step.verdict]
        told.append(f'  h{number}["{mermaid(f"{mark} {back}{standing.hop_name(step.hop)}")}"]')
        edges.append(f"h{number}")
        classes.append(f"  class h{number} {'after' if broken and step.verdict == 'pass' else step.verdict}")
        broken = broken or step.verdict == "drop"
    if there >= len(steps):
        told.append(f'  server(["{mermaid(_short(server))}"])')
        edges.append("server")
    arrows = []
    lost = False
    for one, other in pairwise(edges):
        lost = lost or (one[0] == "h" and steps[int(one[1:])].verdict == "drop")
        arrows.append(f"  {one} {'-.-x' if lost else '-->'} {other}")
    return "\n".join(
        [
            *told,
            *arrows,
            "  classDef pass fill:#dafbe1,stroke:#1a7f37,color:#0f3d1f",
            "  classDef drop fill:#ffebe9,stroke:#cf222e,color:#6b0c12,stroke-width:3px",
            "  classDef unsure fill:#fff8c5,stroke:#9a6700,color:#4d3300,stroke-dasharray:4",
            "  classDef after fill:#f6f8fa,stroke:#8c959f,color:#57606a,stroke-dasharray:2",
            *classes,
        ]
    )


def _head(group: standing.Told) -> str:
    """What is wrong, and where."""
    finding = group.finding
    place = f"{finding.location.file}:{finding.location.line}" if finding.location else ""
    where = ", ".join(code(part) for part in (place, standing.subject(finding)) if part)
    told = [f"**{LEVEL_WORDS[standing.level(finding)]}** {code(standing.title(finding))}"]
    return "  \n".join([*told, _sentence(group.message), f"at {where}"])


def _fix(group: standing.Told) -> str:
    """What to write instead, folded away."""
    finding = group.finding
    folded = [f"**Fix:** {_sentence(finding.fix)}"]
    if finding.suggestion and len(finding.suggestion) <= MOST_SENTENCE * 2:
        folded.append(fenced(finding.suggestion, "hcl"))
    seen = [
        f"- {code(related.address)}{_at(related.location)}{': ' + _sentence(related.message) if related.message else ''}"
        for related in finding.related[:8]
    ]
    if len(finding.related) > len(seen):
        seen.append(f"- and {len(finding.related) - len(seen)} more")
    if seen:
        folded.append("\n".join(seen))
    folded.append(f"{code(finding.help)} tells more.")
    details = "\n\n".join(folded)
    return f"<details><summary>how to fix it</summary>\n\n{details}\n\n</details>"


def _gap(gap: GapShown) -> str:
    waits = f" Settled by {', '.join(code(name) for name in gap.waits_for[:8])}." if gap.waits_for else ""
    more = f" And {len(gap.waits_for) - 8} more." if len(gap.waits_for) > 8 else ""
    return f"- {_sentence(gap.what)} of {code(gap.address)}{_at(gap.location)}: {_sentence(gap.why)}.{waits}{more}"


def _at(place: Place | None) -> str:
    return f" ({code(f'{place.file}:{place.line}')})" if place else ""


def _sentence(text: str) -> str:
    """Escaped, and cut where it is absurdly long."""
    return markdown(text if len(text) <= MOST_SENTENCE else f"{text[:MOST_SENTENCE]}…")


def _short(name: str) -> str:
    return name if len(name) <= 60 else f"{name[:59]}…"
