"""The report as text: for each endpoint its servers and findings, then what was not decided, then one line of numbers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from pathlib import Path

from tf_cvpn_lint.core.address import Address
from tf_cvpn_lint.core.evidence import Evidence
from tf_cvpn_lint.reach.trace import EndpointReach, ServerReach, ServerVerdict, Trace
from tf_cvpn_lint.report import words
from tf_cvpn_lint.report.excerpt import Sources, whole_word
from tf_cvpn_lint.report.instances import merged
from tf_cvpn_lint.report.page import BAD, DOUBT, ERROR, FAINT, GOOD, NOTE, PLAIN, STRONG, WARNING, Page
from tf_cvpn_lint.report.trace import write_queries
from tf_cvpn_lint.report.undecided import Undecided, undecided
from tf_cvpn_lint.result import Judgement, Result
from tf_cvpn_lint.rules import Certainty, Finding, Severity

MARKS = {
    ServerVerdict.REACHABLE: ("✓", GOOD),
    ServerVerdict.UNREACHABLE: ("✗", BAD),
    ServerVerdict.INTERMITTENT: ("✗", BAD),
    ServerVerdict.UNKNOWN: ("?", DOUBT),
}
SEVERITY_STYLES = {Severity.ERROR: ERROR, Severity.WARNING: WARNING, Severity.NOTE: NOTE}
WIDEST_SERVER = 15
"""Cells that an address is padded to; what is longer stands as it is."""
MOST_UNDECIDED = 12
MOST_BLOCKS = 2
"""Of a suggestion; of a longer one the first block shows how it is done."""


def write(result: Result, page: Page, sources: tuple[Path, ...], *, verbose: bool = False) -> None:
    """The whole report. `verbose` adds every hop of every query, and the gaps that no endpoint depends on."""
    result = merged(result)
    elsewhere = _told_elsewhere(result)
    for judgement in result.judgements:
        reader = sources_of(judgement, sources)
        by_endpoint: dict[Address | None, list[Finding]] = {}
        for finding in judgement.findings:
            by_endpoint.setdefault(finding.endpoint, []).append(finding)
        for reach in judgement.endpoints:
            address = reach.endpoint.address
            write_heading(reach, judgement, result, page, reader)
            write_servers(reach, page, reader, hops=verbose, judgement=judgement)
            write_findings(by_endpoint.get(address, ()), page, reader, verbose=verbose)
            write_told_elsewhere(elsewhere.get((judgement.path, address), ()), judgement, page)
            page.blank()
        if about_none := by_endpoint.get(None):
            write_findings(about_none, page, reader)
            page.blank()
    write_undecided(result, page, sources, verbose=verbose)
    write_assumptions(result, page, sources, verbose=verbose)
    if verbose:
        write_suppressed(result, page, sources)
    write_summary(result, page)


def write_traces(result: Result, page: Page, sources: tuple[Path, ...]) -> None:
    """Every hop of every query."""
    for judgement in result.judgements:
        for reach in judgement.endpoints:
            reader = sources_of(judgement, sources)
            write_heading(reach, judgement, result, page, reader)
            write_servers(reach, page, reader, hops=True)
            page.blank()


def write_only_findings(
    result: Result, page: Page, sources: tuple[Path, ...], shown: Callable[[int, Finding], bool]
) -> None:
    """The findings that are `shown`, by the number of their input, and nothing else."""
    result = merged(result)
    for number, judgement in enumerate(result.judgements):
        reader = sources_of(judgement, sources)
        told = [finding for finding in judgement.findings if shown(number, finding)]
        for endpoint, findings in groupby(told, key=lambda finding: finding.endpoint):
            page.line((str(endpoint or judgement.path), STRONG))
            write_findings(list(findings), page, reader)
            page.blank()


def sources_of(judgement: Judgement, sources: tuple[Path, ...]) -> Sources:
    """The files that the locations of one input name."""
    if judgement.path in ("", "-"):
        return Sources(sources)
    path = Path(judgement.path)
    return Sources((path if path.is_dir() else path.parent, *sources))


def write_heading(reach: EndpointReach, judgement: Judgement, result: Result, page: Page, sources: Sources) -> None:
    """The endpoint's address and place, and how it is set up."""
    endpoint = reach.endpoint
    where = [sources.place(endpoint.evidence.location)] if endpoint.evidence.location else []
    if len(result.judgements) > 1:
        where.append(judgement.path)
    page.line((str(endpoint.address), STRONG), (f"  {', '.join(where)}" if where else "", FAINT), hang=2)
    setup = [
        words.TUNNEL_WORDS[words.tunnel_mode(endpoint)],
        words.DNS_WORDS[words.dns_mode(endpoint)],
        "attached to a transit gateway" if endpoint.transit_gateway else _count(len(reach.associations), "association"),
    ]
    page.line("; ".join(setup), indent=2, hang=2)
    if not endpoint.is_enabled:
        page.line(("switched off here; judged as if it were on, and fails no run", DOUBT), indent=2, hang=2)


def write_servers(
    reach: EndpointReach, page: Page, sources: Sources, *, hops: bool = False, judgement: Judgement | None = None
) -> None:
    """Every server (or resolver of the device) with its verdict and the hop that decided it, or with all `hops`; and with the assumptions
    of the `judgement` that the verdict rests on."""
    names = [str(server.server) for server in reach.servers]
    padding = min(max(map(len, names), default=0), WIDEST_SERVER)
    room = max((len(words.VERDICT_WORDS[server.verdict]) for server in reach.servers), default=0)
    decisions = [_decision(server) for server in reach.servers]
    above: Trace | None = None
    for number, server in enumerate(reach.servers):
        about = f"{words.KIND_WORDS[server.kind]}, {words.PATH_WORDS[server.path]}"
        _verdict(page, server.verdict, names[number].ljust(padding), about, room)
        if hops:
            above = write_queries(server.traces, page, sources, indent=6, above=above)
        elif decisions[number : number + 1] != decisions[number + 1 : number + 2]:
            for what, says in decisions[number]:
                page.line((what, FAINT), says, indent=6, hang=2)
        for use in judgement.rests_on(reach.endpoint.address, names[number]) if judgement else ():
            page.line(("assumed: ", FAINT), use.says, indent=6, hang=2)
    for device in reach.device_resolvers:
        name = words.RESOLVER_WORDS.get(device.resolver, device.resolver)
        _verdict(page, device.verdict, name, words.PATH_WORDS[device.path])
        page.line(device.says, indent=6)
        if hops:
            above = write_queries(device.traces, page, sources, indent=6, above=above)


def _verdict(page: Page, verdict: ServerVerdict, name: str, about: str, room: int = 0) -> None:
    mark, style = MARKS[verdict]
    page.line(
        (mark, style),
        " ",
        (name, STRONG),
        "  ",
        (words.VERDICT_WORDS[verdict].ljust(room), style),
        f"  {about}",
        indent=2,
        hang=4,
    )


def _decision(server: ServerReach) -> list[tuple[str, str]]:
    """What happens at the hop that decided, and where the associations differ which answer: pairs of a label and a sentence."""
    decided = words.deciding(server.verdict, server.traces)
    if not decided:
        return []
    trace, step = decided
    back = "on the way back, " if trace.back and any(step is other for other in trace.back) else ""
    told = [(f"{back}{words.hop_name(step)}: ", step.says)]
    if server.verdict is ServerVerdict.INTERMITTENT:
        by_answer: dict[ServerVerdict, list[Address]] = {}
        for query in server.traces:
            if query.flow.protocol == "udp" and query.flow.association:
                by_answer.setdefault(words.trace_verdict(query), []).append(query.flow.association.address)
        told += [(f"{words.VERDICT_WORDS[answer]} by ", words.instances(by)) for answer, by in by_answer.items()]
    return told


def write_findings(findings: Sequence[Finding], page: Page, sources: Sources, *, verbose: bool = False) -> None:
    """Findings, the worst first. What one rule says of one place about several servers is told once."""
    together: dict[tuple[object, ...], list[Finding]] = {}
    for finding in findings:
        key = (finding.rule.id, finding.severity, finding.certainty, finding.evidence, finding.enabled)
        together.setdefault(key, []).append(finding)
    for group in together.values():
        _finding(group, page, sources, verbose=verbose)


def _told_elsewhere(result: Result) -> dict[tuple[str, Address | None], list[Finding]]:
    """For the endpoints of all inputs the findings about them that are told with another instance of the module."""
    found: dict[tuple[str, Address | None], list[Finding]] = {}
    for finding in result.findings:
        for place in dict.fromkeys((one.input, one.endpoint) for one in finding.instances[1:]):
            found.setdefault(place, []).append(finding)
    return found


def write_told_elsewhere(findings: Iterable[Finding], judgement: Judgement, page: Page) -> None:
    """The findings about an endpoint that were told with another instance of the module: only where."""
    told: dict[str, list[Finding]] = {}
    for finding in findings:
        first = finding.instances[0]
        whose = str(first.endpoint) if first.input == judgement.path else f"{first.endpoint} of {first.input}"
        told.setdefault(
            f"{finding.severity.value} {finding.rule.id} {finding.rule.name}: as told of {whose}", []
        ).append(finding)
    for number, (sentence, same) in enumerate(told.items()):
        if not number:
            page.blank()
        page.line((sentence, SEVERITY_STYLES[same[0].severity]), indent=2, hang=2)


def _finding(group: list[Finding], page: Page, sources: Sources, *, verbose: bool) -> None:
    first = group[0]
    servers = [finding.server for finding in group if finding.server]
    page.blank()
    asides = []
    if first.certainty is not Certainty.CERTAIN:
        asides.append(first.certainty.value)
    if not first.enabled:
        asides.append("when switched on")
    page.line(
        (first.severity.value, SEVERITY_STYLES[first.severity]),
        (f" {first.rule.id} {first.rule.name}", STRONG),
        (f" ({', '.join(asides)})" if asides else "", DOUBT),
        indent=2,
        hang=2,
    )
    for message in _told_once([(finding.message, finding.server or finding.reference) for finding in group]):
        page.line(message, indent=4)
    _place(first.evidence, servers, page, sources)
    _instances(group, page)
    fixes = _told_once([(finding.fix, finding.server or finding.reference) for finding in group])
    for fix in fixes:
        page.line(("fix: ", GOOD), fix, indent=4, hang=5)
    # Where one sentence is the fix for all servers, its Terraform for the first shows how it is done.
    shown = group[: len(fixes)] if len(fixes) == 1 else group
    blocks = [
        block
        for suggestion in dict.fromkeys(finding.suggestion for finding in shown if finding.suggestion)
        for block in re.split(r"\n\n(?=\S)", suggestion.strip("\n"))
    ]
    kept = blocks if verbose or len(blocks) <= MOST_BLOCKS else blocks[:1]
    for number, block in enumerate(kept):
        if number:
            page.blank()
        for line in block.split("\n"):
            page.exact(line, indent=9)
    if len(kept) < len(blocks):
        page.line(
            (f"and {len(blocks) - 1} more blocks: --verbose and --format json have them", FAINT), indent=9, hang=2
        )
    _related(group, page, sources)


def _instances(group: list[Finding], page: Page) -> None:
    """The other instances of the module that have this line."""
    own = group[0].instances[0].input if group[0].instances else ""
    servers: dict[str, list[str]] = {}
    for instance in (instance for finding in group for instance in finding.instances[1:]):
        where = str(instance.endpoint) if instance.input == own else f"{instance.endpoint} of {instance.input}"
        name = instance.server or instance.reference
        servers.setdefault(where, []).extend([name] if name else [])
    if servers:
        told = [f"{where} ({', '.join(dict.fromkeys(names))})" if names else where for where, names in servers.items()]
        page.line(("the same line for: ", FAINT), "; ".join(told), indent=4, hang=5)


def _related(group: list[Finding], page: Page, sources: Sources) -> None:
    told: set[Evidence] = {finding.evidence for finding in group if finding.evidence.location}
    unexplained = []
    for other in dict.fromkeys(related for finding in group for related in finding.related):
        location = other.evidence.location
        place = f"{sources.short(location)}, {_name(other.evidence)}" if location else _name(other.evidence)
        if other.message:
            page.line(("see: ", FAINT), f"{place}: {other.message}", indent=4, hang=5)
        elif other.evidence not in told:
            unexplained.append(place)
    if unexplained:
        page.line(("see: ", FAINT), "; ".join(unexplained), indent=4, hang=5)


def _name(evidence: Evidence) -> str:
    return f"{evidence.address}{'.' + evidence.attribute if evidence.attribute else ''}"


def _told_once(sentences: Iterable[tuple[str, str | None]]) -> list[str]:
    """Sentences that differ in their server alone become the first of them, and `The same for` the others."""
    others: dict[str, list[tuple[str, str | None]]] = {}
    known: dict[str, str] = {}
    for sentence, server in sentences:
        pattern = whole_word(server) if server else whole_word()
        # One that names several servers is the same for each of them.
        said = known.setdefault(sentence, pattern.sub("\0", sentence))
        others.setdefault(said, []).append((sentence, server))
    told = []
    for same in others.values():
        sentence, _ = same[0]
        differing = [server for other, server in same if server and other != sentence]
        rest = ", ".join(dict.fromkeys(differing))
        told.append(f"{sentence} The same for {rest}." if rest else sentence)
    return told


def _place(evidence: Evidence, marked: list[str], page: Page, sources: Sources) -> None:
    page.line(("at ", FAINT), _named(evidence, sources), indent=4, hang=3)
    if not evidence.location:
        return
    gutter = len(str(evidence.location.end_line))
    for line in sources.excerpt(evidence.location, marked, page.width - gutter - 8):
        page.exact((f"{line.number:>{gutter}} │ ", FAINT), line.text, indent=5)
        if line.marks:
            page.exact((f"{'':>{gutter}} │ ", FAINT), (line.marks, BAD), indent=5)


def _named(evidence: Evidence, sources: Sources) -> str:
    return f"{sources.place(evidence.location)}, {_name(evidence)}" if evidence.location else _name(evidence)


def write_undecided(result: Result, page: Page, sources: tuple[Path, ...], *, verbose: bool = False) -> None:
    """What is not known, and what would settle it; what no endpoint depends on is only counted."""
    entries = [(judgement, entry) for judgement in result.judgements for entry in undecided(judgement)]
    touching = [(judgement, entry) for judgement, entry in entries if entry.endpoints or verbose]
    others = len(entries) - len(touching)
    if not result.endpoints or not entries:
        return
    if touching:
        page.line(("Not decided", STRONG))
    together: dict[tuple[str, str, tuple[str, ...]], list[tuple[Judgement, Undecided]]] = {}
    for judgement, entry in touching:
        together.setdefault((entry.address, entry.why, entry.waits_for), []).append((judgement, entry))
    shown = list(together.values()) if verbose else list(together.values())[:MOST_UNDECIDED]
    for group in shown:
        judgement, first = group[0]
        whats = ", ".join(dict.fromkeys(entry.what for _, entry in group))
        if first.server:
            subject = f"{whats} of {first.address}" if len(result.endpoints) > 1 else whats
        else:
            place = f" ({sources_of(judgement, sources).place(first.location)})" if first.location else ""
            subject = f"{whats} of {first.address}{place}"
        page.line(("? ", DOUBT), f"{subject}: {first.why}", indent=2, hang=2)
        if first.waits_for:
            names = ", ".join(first.waits_for[:4]) + (
                f" and {len(first.waits_for) - 4} more" if len(first.waits_for) > 4 else ""
            )
            page.line(("settled by: ", FAINT), names, indent=4, hang=2)
    if hidden := len(together) - len(shown):
        page.line((f"and {hidden} more: --verbose and --format json list them", FAINT), indent=2, hang=2)
    if others:
        what = "thing was" if others == 1 else "things were"
        page.line(
            (f"{others} {what} not read that no endpoint here was seen to depend on: --verbose lists them", FAINT),
            indent=2 if touching else 0,
            hang=2,
        )
    page.blank()


def write_assumptions(result: Result, page: Page, sources: tuple[Path, ...], *, verbose: bool = False) -> None:
    """What was taken for granted and decides something here, with its reason; what decides nothing only where `verbose`."""
    told = [
        (judgement, use)
        for judgement in result.judgements
        for use in judgement.assumptions
        if use.servers or use.decides_findings or verbose
    ]
    if not told:
        return
    page.line(("Assumed", STRONG))
    for judgement, use in told:
        at = f", {sources_of(judgement, sources).place(use.location)}" if use.location else ""
        idle = (
            ""
            if use.servers or use.decides_findings
            else "; decides nothing here"
            if use.applies
            else "; concerns nothing here"
        )
        page.line(("~ ", DOUBT), use.says, (f" ({use.reason}{at}){idle}", FAINT), indent=2, hang=2)
    page.blank()


def write_suppressed(result: Result, page: Page, sources: tuple[Path, ...]) -> None:
    """The findings that are not held against the run, each with why."""
    if not result.suppressed:
        return
    page.line(("Suppressed", STRONG))
    for judgement in result.judgements:
        reader = sources_of(judgement, sources)
        for each in judgement.suppressed:
            rule, why = each.finding.rule, each.suppression
            at = f" ({reader.place(why.location)})" if why.location else ""
            until = f", until {why.until}" if why.until else ""
            words_ = f"{rule.id} {rule.name} at {_named(each.finding.evidence, reader)}"
            page.line(
                ("- ", FAINT), words_, (f": {why.reason or f'by a {why.by}'}{until}{at}", FAINT), indent=2, hang=2
            )
    page.blank()


def write_summary(result: Result, page: Page) -> None:
    """The run in one line."""
    servers = Counter(server.verdict for reach in result.endpoints for server in reach.servers)
    findings = Counter(finding.severity for finding in result.findings if finding.certainty is not Certainty.UNSURE)
    unsure = len(result.findings) - findings.total()
    parts: list[tuple[str, str]] = [(_count(len(result.endpoints), "endpoint"), PLAIN)]
    if servers:
        listed = [
            (f"{servers[verdict]} {words.VERDICT_WORDS[verdict]}", MARKS[verdict][1]) for verdict in ServerVerdict
        ]
        parts += [("; servers: ", PLAIN), *_list(listed, [servers[verdict] for verdict in ServerVerdict])]
    counted = [(_count(findings[severity], severity.value), SEVERITY_STYLES[severity]) for severity in Severity]
    counted.append((f"{unsure} unsure", FAINT))
    counts = [*(findings[severity] for severity in Severity), unsure]
    parts += [("; ", PLAIN), *(_list(counted, counts) or [("no findings", GOOD)])]
    if result.suppressed:
        parts.append((f"; {len(result.suppressed)} suppressed", PLAIN))
    page.line(*parts)


def _list(parts: list[tuple[str, str]], counts: list[int]) -> list[tuple[str, str]]:
    """Those that are not zero, with commas."""
    found = [part for part, count in zip(parts, counts, strict=True) if count]
    return [piece for part in found for piece in ((", ", PLAIN), part)][1:]


def _count(number: int, noun: str) -> str:
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"
