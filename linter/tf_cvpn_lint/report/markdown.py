"""The report as a comment on a pull request: what is broken at a glance, the way to it as a picture, the rest folded away.

The first line is a marker that stays the same, so that the next run can find the comment and replace it. The text stays below 60 kB (GitHub
takes 65,536 characters); what does not fit is counted, and the numbers at the top are those of the whole run.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from tf_cvpn_lint.core.records import dataclass, field
from tf_cvpn_lint.report import standing
from tf_cvpn_lint.report.contract import EndpointShown, GapShown, Place, Report, StepShown
from tf_cvpn_lint.report.escapes import code, fenced, markdown, mermaid

MARKER = "<!-- tf-cvpn-lint: report -->"
MOST_BYTES = 59_000
"""Of UTF-8, which is never less than what code hosts count."""
MOST_PICTURES = 6
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

    def add_all(self, blocks: Iterable[str], left_out: str, before: str = "", after: str = "") -> None:
        """As many as fit, in order, between `before` and `after`; the rest is counted with the words of `left_out`."""
        given = list(blocks)
        if not given:
            return
        frame = len(f"{before}{after}{left_out}".encode()) + 120
        if frame > self.room:
            self.room, kept = 0, 0
        else:
            self.room -= frame
            start = len(self.blocks)
            if before:
                self.blocks.append(before)
            kept = 0
            for block in given:
                if not self.add(block):
                    break
                kept += 1
            if not kept:
                del self.blocks[start:]
        if kept < len(given):
            self.blocks.append(f"*{len(given) - kept} {'more ' if kept else ''}{left_out}*")
        if kept and after:
            self.blocks.append(after)


def render(report: Report) -> str:
    """GitHub's (and GitLab's) Markdown."""
    budget = _Budget(MOST_BYTES - 400)
    budget.add(f"{MARKER}\n### {_verdict(report)}")
    budget.add(f"{markdown(standing.summary(report))}")
    rows = [row for endpoint in report.endpoints for row in _rows(report, endpoint)]
    if rows:
        header = ["endpoint", "DNS server", "verdict", "what decides it"]
        table = [f"| {' | '.join(header)} |", f"|{' --- |' * len(header)}"]
        # A table has no blank lines: it is one block, cut where half of the room is used.
        used, shown = 0, 0
        for row in rows:
            used += len(row.encode("utf-8", "surrogatepass")) + 1
            if used > budget.room // 2:
                break
            table.append(row)
            shown += 1
        if shown:
            budget.add("\n".join(table))
        if shown < len(rows):
            budget.add(f"*{len(rows) - shown} more DNS servers are not shown here.*")
    budget.add_all(_pictures(report), "ways of queries are not drawn here.")
    findings = standing.told_once(standing.worst_first(report.findings))
    budget.add_all(
        [_finding(told) for told in findings],
        "findings are not shown here: this comment would be too long. The other reports of the run have them.",
    )
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


def _verdict(report: Report) -> str:
    """The run in one heading."""
    kind, told = standing.answer(report)
    if not report.endpoints:
        return told
    return f"{ {'bad': '❌', 'doubt': '❔', 'none': 'ℹ️', 'good': '✅'}[kind] } {told}"


def _rows(report: Report, endpoint: EndpointShown) -> Iterable[str]:
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
        yield f"| {name} | {code(standing.server_name(server))} | {mark} | {_sentence(because)} |"
    for device in endpoint.device_resolvers:
        mark = f"{VERDICT_MARKS[device.verdict]} {standing.VERDICT_WORDS[device.verdict]}"
        yield f"| {name} | the device's {device.resolver} resolver | {mark} | {_sentence(device.says)} |"


def _pictures(report: Report) -> list[str]:
    """The ways that fail or are not decided, each once: of several servers that fare alike the first."""
    drawn: dict[str, str] = {}
    for endpoint in report.endpoints:
        for server in endpoint.dns_servers:
            trace = standing.deciding(server)
            if server.verdict == "reachable" or trace is None:
                continue
            steps = standing.all_steps(trace)
            # Named by what is drawn, so that two servers that fail at the same hop in the same way are one picture.
            key = "\n".join([endpoint.address, endpoint.input, *(f"{step.hop} {step.verdict}" for step in steps)])
            if key in drawn or len(drawn) == MOST_PICTURES:
                continue
            name = standing.server_name(server)
            drawn[key] = f"{fenced(picture(name, steps, len(trace.steps)), 'mermaid')}"
    return list(drawn.values())


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


def _finding(group: standing.Told) -> str:
    finding = group.finding
    level = standing.level(finding)
    place = f"{finding.location.file}:{finding.location.line}" if finding.location else ""
    where = ", ".join(code(part) for part in (place, standing.subject(finding)) if part)
    told = [f"**{LEVEL_WORDS[level]}** {code(standing.title(finding))}", f"{_sentence(group.message)}", f"at {where}"]
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
    head = "  \n".join(told)
    return f"{head}\n<details><summary>how to fix it</summary>\n\n{details}\n\n</details>"


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
