"""The report as one page of HTML: no network, no other file, light and dark, phone and desktop, mouse and keyboard.

Everything is in the page as text; the script only filters the findings and opens a hop that is chosen in a path. Without a script all of it
can still be read: a hop is a `<details>`, a path is a list of links. A content security policy lets nothing run but this style and script.
"""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Iterator, Sequence
from hashlib import sha256

from tf_cvpn_lint.core.evidence import Location
from tf_cvpn_lint.core.records import dataclass
from tf_cvpn_lint.report import standing, words
from tf_cvpn_lint.report.contract import (
    DnsServerShown,
    EndpointShown,
    EvidenceShown,
    FindingShown,
    GapShown,
    Report,
    ServerAnswer,
    StepShown,
    TraceShown,
)
from tf_cvpn_lint.report.escapes import lines, markup
from tf_cvpn_lint.report.excerpt import Sources

STYLE = """
:root{color-scheme:light dark;--paper:#fff;--ink:#1f2328;--faint:#59636e;--line:#d1d9e0;--panel:#f6f8fa;--focus:#0969da;
--good:#116329;--good-bg:#dafbe1;--bad:#b3151d;--bad-bg:#ffebe9;--doubt:#7d4e00;--doubt-bg:#fff8c5;--note:#0a57b8;--note-bg:#ddf4ff}
@media(prefers-color-scheme:dark){:root{--paper:#0d1117;--ink:#e6edf3;--faint:#9198a1;--line:#3d444d;--panel:#161b22;--focus:#4493f8;
--good:#56d364;--good-bg:#12261e;--bad:#ff8f87;--bad-bg:#33171a;--doubt:#e3b341;--doubt-bg:#2e2611;--note:#79c0ff;--note-bg:#121d2f}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:70rem;padding:1rem 1rem 4rem;background:var(--paper);color:var(--ink);overflow-wrap:anywhere;
font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
h1{font-size:1.1rem;margin:.5rem 0 0;color:var(--faint);font-weight:600}h2{font-size:1.2rem;margin:2.25rem 0 .5rem}h3{font-size:1rem;margin:0}
code,pre{font:.875em/1.45 ui-monospace,SFMono-Regular,Menlo,"DejaVu Sans Mono",monospace}
pre{margin:.5rem 0;padding:.6rem .75rem;overflow-x:auto;background:var(--panel);border:1px solid var(--line);border-radius:6px;
overflow-wrap:normal}
pre b{color:var(--bad)}a{color:var(--note)}ul{margin:.3rem 0;padding-left:1.25rem}p{margin:.4rem 0}
:focus-visible{outline:3px solid var(--focus);outline-offset:2px;border-radius:4px}
.skip{position:absolute;left:-99rem}.skip:focus{left:1rem;background:var(--paper);padding:.5rem;z-index:1}
.answer{font-size:1.6rem;line-height:1.3;font-weight:700;margin:.15rem 0 .6rem}
.answer.bad{color:var(--bad)}.answer.good{color:var(--good)}.answer.doubt{color:var(--doubt)}
.faint{color:var(--faint)}.badge{display:inline-block;padding:.05rem .55rem;border-radius:1rem;font-size:.875rem;font-weight:600}
.reachable,.pass{color:var(--good);background:var(--good-bg)}.unreachable,.intermittent,.drop,.error{color:var(--bad);background:var(--bad-bg)}
.unknown,.unsure,.warning{color:var(--doubt);background:var(--doubt-bg)}.note{color:var(--note);background:var(--note-bg)}
.summary{display:flex;flex-wrap:wrap;gap:.5rem;margin:.5rem 0;padding:0;list-style:none}
nav{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;margin:.75rem 0 0;padding:.5rem 0;border-block:1px solid var(--line)}
.overview{margin:.5rem 0;padding:0;list-style:none}
.overview li{display:flex;flex-wrap:wrap;gap:.15rem .6rem;align-items:baseline;padding:.35rem 0;border-bottom:1px solid var(--line)}
.card{border:1px solid var(--line);border-radius:8px;padding:.75rem 1rem;margin:.75rem 0}
.card.of-unreachable,.card.of-intermittent,.card.of-error{border-left:5px solid var(--bad)}
.card.of-unknown,.card.of-warning{border-left:5px solid var(--doubt)}.card.of-reachable{border-left:5px solid var(--good)}
.card.of-note{border-left:5px solid var(--note)}
.head{display:flex;flex-wrap:wrap;gap:.25rem .75rem;align-items:baseline}
.way{margin:.5rem 0}.row{display:flex;gap:.6rem;align-items:baseline;margin:.35rem 0}
.row>.faint{flex:0 0 2.6rem;font-size:.875rem}.row .path{flex:1;min-width:0}
.path{display:flex;flex-wrap:wrap;gap:.35rem 0;margin:0;padding:0;list-style:none}
.path li{display:flex;align-items:center;max-width:100%}
.path li+li:before{content:"";flex:none;width:1.1rem;border-top:2px solid var(--line)}
.path li.lost+li:before,.path li.lost~li:before{border-top-style:dotted;border-color:var(--bad)}
.path li>*{display:inline-block;padding:.3rem .6rem;border:1.5px solid currentColor;border-radius:6px;font-size:.875rem;text-decoration:none}
.path a:hover{text-decoration:underline}.path a[aria-current]{box-shadow:0 0 0 3px var(--focus)}
.path .end{color:var(--faint);border-radius:1rem}.path .drop{border-width:3px;font-weight:700}.path li.lost~li>*{border-style:dashed}
.path .unsure{border-style:dashed}
details.hop{border-left:4px solid var(--line);margin:.25rem 0;padding:.1rem 0 .1rem .75rem}
details.hop.of-drop{border-color:var(--bad)}details.hop.of-unsure{border-color:var(--doubt)}details.hop.of-pass{border-color:var(--good)}
details.hop:target{background:var(--panel)}.rest>summary{color:var(--faint)}summary{cursor:pointer;padding:.25rem 0}
form{display:flex;flex-wrap:wrap;gap:.5rem 1rem;align-items:center;margin:.5rem 0}
input[type=search]{flex:1 1 14rem;min-width:0;padding:.4rem .6rem;font:inherit;color:inherit;background:var(--paper);
border:1px solid var(--faint);border-radius:6px}
label{white-space:nowrap;padding:.3rem 0}input[type=checkbox]{width:1.1rem;height:1.1rem;vertical-align:-.15rem}
kbd{font:.8em ui-monospace,"DejaVu Sans Mono",monospace;border:1px solid var(--line);border-radius:4px;padding:0 .3rem}
[hidden]{display:none!important}.no-script .scripted{display:none}
@media(max-width:30rem),(hover:none){.keys{display:none}}
@media(max-width:30rem){.row{display:block}.answer{font-size:1.35rem}.card{padding:.6rem .75rem}}
@media print{form,nav,.skip,.scripted{display:none}body{max-width:none}}
"""

SCRIPT = """
"use strict";
document.body.classList.remove("no-script");
const forms = Array.from(document.querySelectorAll("form[data-filters]"));
function filter(form) {
  const words = form.elements.namedItem("text").value.trim().toLowerCase().split(/\\s+/);
  const kinds = new Set(Array.from(form.querySelectorAll("input[name=kind]:checked"), box => box.value));
  const cards = Array.from(document.querySelectorAll(`[data-${form.dataset.filters}]`));
  let shown = 0;
  for (const card of cards) {
    const around = card.closest("[data-endpoint]");
    const told = `${around ? around.dataset.endpoint : ""} ${card.textContent}`.toLowerCase();
    card.hidden = !kinds.has(card.dataset[form.dataset.filters]) || !words.every(word => told.includes(word));
    shown += !card.hidden;
  }
  form.querySelector("output").textContent = `${shown} of ${cards.length} shown`;
  if (form.dataset.filters === "server") {
    for (const section of document.querySelectorAll("section[data-endpoint]")) {
      const inside = Array.from(section.querySelectorAll("[data-server]"));
      section.hidden = inside.length ? inside.every(card => card.hidden)
        : !words.every(word => section.textContent.toLowerCase().includes(word));
      for (const link of document.querySelectorAll(`.overview a[href="#${section.id}"]`)) {
        link.closest("li").hidden = section.hidden;
      }
    }
  }
}
for (const form of forms) {
  form.addEventListener("input", () => filter(form));
  form.addEventListener("submit", event => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(() => filter(form)));
  filter(form);
}
function open() {
  const chosen = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
  for (const link of document.querySelectorAll(".path a[aria-current]")) { link.removeAttribute("aria-current"); }
  if (!chosen) { return; }
  if (chosen.closest("[hidden]")) { for (const form of forms) { form.reset(); filter(form); } }
  for (let at = chosen; at; at = at.parentElement) { if (at.tagName === "DETAILS") { at.open = true; } }
  const link = document.querySelector(`.path a[href="#${chosen.id}"]`);
  if (link) { link.setAttribute("aria-current", "true"); }
  (chosen.querySelector("summary") || chosen).focus({preventScroll: true});
  chosen.scrollIntoView({block: chosen.tagName === "DETAILS" ? "nearest" : "start"});
}
addEventListener("hashchange", open);
// A link to what is chosen already changes no address.
document.addEventListener("click", event => { if (event.target.closest("a[href^='#']")) { setTimeout(open); } });
document.addEventListener("keydown", event => {
  if (event.altKey || event.ctrlKey || event.metaKey) { return; }
  const at = document.activeElement;
  const link = at.closest(".path a"), hop = at.closest("details.hop");
  if (link) {
    const links = Array.from(link.closest(".way").querySelectorAll(".path a")), here = links.indexOf(link);
    const to = {ArrowRight: here + 1, ArrowLeft: here - 1, Home: 0, End: links.length - 1}[event.key];
    if (to !== undefined) { event.preventDefault(); (links[to] || link).focus(); }
  }
  if (hop && event.key === "Escape") {
    hop.open = false;
    const back = document.querySelector(`.path a[href="#${hop.id}"]`);
    if (back) { back.focus(); }
  } else if (event.key === "/" && at.tagName !== "INPUT" && forms.length) {
    event.preventDefault();
    const search = forms[0].elements.namedItem("text");
    search.focus();
    search.scrollIntoView({block: "nearest"});
  }
});
open();
"""

FEW = 6
"""With no more DNS servers than this, everything that is said of them is open from the beginning; of more, what is in order is folded."""


def render(report: Report, sources: Sources | None = None) -> str:
    """A page of HTML. The same report gives the same bytes. Where `sources` has the lines that are to be changed, findings show them."""
    return "\n".join(_Page(report, sources).written()) + "\n"


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(sha256(text.encode()).digest()).decode()}'"


POLICY = (
    f"default-src 'none'; style-src {_hash(STYLE)}; script-src {_hash(SCRIPT)}; base-uri 'none'; form-action 'none'"
)


@dataclass(frozen=True, slots=True)
class _Answer:
    """A DNS server, or a resolver that the device had: what is said of it, and the findings about it by their number on the page."""

    key: str
    name: str
    """Markup."""
    verdict: ServerAnswer
    about: str
    says: str
    traces: list[TraceShown]
    server: DnsServerShown | None
    findings: tuple[tuple[int, FindingShown], ...]


class _Page:
    """What is on the page, and what leads to what."""

    def __init__(self, report: Report, sources: Sources | None) -> None:
        self.report = report
        self.sources = sources
        self.findings = standing.told_once(standing.worst_first(report.findings))
        self.endpoints = [(endpoint, self._answers(endpoint, f"e{n}")) for n, endpoint in enumerate(report.endpoints)]
        self.is_short = sum(len(answers) for _, answers in self.endpoints) <= FEW

    def _answers(self, endpoint: EndpointShown, key: str) -> list[_Answer]:
        mine = [
            (number, group)
            for number, group in enumerate(self.findings)
            if (group.finding.endpoint, group.finding.input) == (endpoint.address, endpoint.input)
        ]
        answers = []
        for number, server in enumerate(endpoint.dns_servers):
            about = f"{standing.KIND_WORDS[server.kind]}, {standing.PATH_WORDS[server.path]}"
            name = standing.server_name(server)
            findings = tuple(
                (position, group.finding)
                for position, group in mine
                if standing.is_about(group.finding, server) or name in group.others
            )
            shown, key_ = f"<code>{markup(name)}</code>", f"{key}s{number}"
            answers.append(_Answer(key_, shown, server.verdict, about, server.because, server.traces, server, findings))
        for number, device in enumerate(endpoint.device_resolvers):
            shown, key_ = f"the device's {markup(device.resolver)} resolver", f"{key}d{number}"
            about = standing.PATH_WORDS[device.path]
            answers.append(_Answer(key_, shown, device.verdict, about, device.says, device.traces, None, ()))
        return answers

    def written(self) -> Iterator[str]:
        report = self.report
        yield "<!doctype html>"
        yield '<html lang="en"><head><meta charset="utf-8">'
        yield f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        yield '<meta name="viewport" content="width=device-width,initial-scale=1">'
        yield '<meta name="referrer" content="no-referrer">'
        yield f"<title>{markup(report.tool.name)}: {markup(standing.summary(report))}</title>"
        yield f"<style>{STYLE}</style></head>"
        yield '<body class="no-script"><a class="skip" href="#findings">To the findings</a>'
        yield "<header><h1>AWS Client VPN: can clients reach DNS?</h1>"
        kind, answer = standing.answer(report)
        mark = {"bad": "✗ ", "good": "✓ ", "doubt": "? "}.get(kind, "")
        yield f'<p class="answer {kind}">{mark}{markup(answer)}</p>'
        yield from _summary(report)
        yield from self._inputs()
        yield from self._contents()
        yield "</header><main>"
        if len(self.endpoints) > 1 or not self.is_short:
            yield from self._overview()
        for number, (endpoint, answers) in enumerate(self.endpoints):
            yield from self._endpoint(endpoint, answers, f"e{number}")
        yield from self._findings()
        yield from _gaps(report)
        yield from _assumptions(report)
        yield f"</main><script>{SCRIPT}</script></body></html>"

    def _inputs(self) -> Iterator[str]:
        inputs = [f"<code>{markup(read.path)}</code> ({markup(read.kind)})" for read in self.report.inputs]
        by = f"by {markup(self.report.tool.name)} {markup(self.report.tool.version)}"
        if len(inputs) <= 3:
            yield f'<p class="faint">Judged: {", ".join(inputs) or "nothing"}; {by}.</p>'
            return
        yield f'<details class="faint"><summary>Judged: {len(inputs)} inputs; {by}</summary><ul>'
        yield from (f"<li>{told}</li>" for told in inputs)
        yield "</ul></details>"

    def _contents(self) -> Iterator[str]:
        """Links to what is on the page, and the keys that lead about."""
        report = self.report
        open_ = sum(bool(gap.endpoints) for gap in report.gaps)
        first = "overview" if len(self.endpoints) > 1 or not self.is_short else "e0"
        links = [
            (first, standing.counted(len(self.endpoints), "endpoint")) if self.endpoints else None,
            ("findings", standing.counted(len(self.findings), "finding")),
            ("undecided", f"{open_} not decided" if open_ else "everything is decided"),
            ("assumed", f"{len(report.assumptions)} assumed") if report.assumptions else None,
        ]
        yield '<nav aria-label="On this page">'
        yield from (f'<a href="#{link[0]}">{link[1]}</a>' for link in links if link)
        yield '<span class="faint scripted keys">Keys: <kbd>←</kbd> <kbd>→</kbd> along a path, <kbd>Enter</kbd> opens a hop,'
        yield "<kbd>Esc</kbd> leads back, <kbd>/</kbd> searches</span></nav>"

    def _overview(self) -> Iterator[str]:
        yield '<section aria-labelledby="overview"><h2 id="overview" tabindex="-1">Endpoints</h2>'
        present = {answer.verdict for _, answers in self.endpoints for answer in answers}
        kinds = [(verdict, standing.VERDICT_WORDS[verdict]) for verdict in WORST_FIRST if verdict in present]
        if kinds:
            yield from _filter("server", "address, server, rule, word", "Only servers with these words", kinds)
        yield '<ul class="overview">'
        ordered = sorted(enumerate(self.endpoints), key=lambda numbered: _badness(numbered[1][1]))
        for number, (endpoint, answers) in ordered:
            where = f' <span class="faint">{markup(endpoint.input)}</span>' if len(self.report.inputs) > 1 else ""
            yield f'<li><a href="#e{number}"><code>{markup(endpoint.address)}</code></a>{where}{_standing(endpoint, answers)}</li>'
        yield "</ul></section>"

    def _endpoint(self, endpoint: EndpointShown, answers: list[_Answer], key: str) -> Iterator[str]:
        named = markup(f"{endpoint.address} {endpoint.input}")
        yield f'<section id="{key}" tabindex="-1" aria-labelledby="{key}n" data-endpoint="{named}">'
        yield f'<h2 id="{key}n"><code>{markup(endpoint.address)}</code></h2>'
        setup = [
            words.TUNNEL_WORDS[endpoint.tunnel_mode],
            words.DNS_WORDS[endpoint.dns],
            standing.counted(len(endpoint.associations), "association"),
        ]
        if len(self.report.inputs) > 1:
            setup.append(f"in {endpoint.input}")
        yield f'<p class="faint">{markup("; ".join(setup))}</p>'
        if not endpoint.enabled:
            yield '<p class="badge unsure">switched off here; judged as if it were on, and fails no run</p>'
        if not answers:
            yield '<p class="faint">No DNS server is known here.</p>'
        for answer in answers:
            yield from self._answer(answer)
        yield "</section>"

    def _answer(self, answer: _Answer) -> Iterator[str]:
        """A server, or a resolver that the device had, with every way to it that differs."""
        key, verdict, server = answer.key, answer.verdict, answer.server
        ways = sorted(standing.ways(answer.traces), key=lambda way: WORST_FIRST.index(way.trace.verdict))
        yield f'<article class="card of-{verdict}" data-server="{verdict}" aria-labelledby="{key}">'
        yield f'<div class="head"><h3 id="{key}" tabindex="-1">{answer.name}</h3>'
        yield f'<span class="badge {verdict}">{standing.MARKS[verdict]} {standing.VERDICT_WORDS[verdict]}</span>'
        yield f'<span class="faint">{markup(answer.about)}</span></div>'
        told = {way.says(step) for way in ways for step in standing.all_steps(way.trace) if step.verdict != "pass"}
        if answer.says and answer.says not in told:
            yield f"<p>{markup(answer.says)}</p>"
        if server and server.assumptions:
            yield f'<p class="faint">It is so only under what was assumed: {markup("; ".join(server.assumptions))}.</p>'
        if answer.findings:
            links = ", ".join(
                f'<a href="#f{number}">{markup(standing.title(finding))}</a>' for number, finding in answer.findings
            )
            yield f'<p class="faint">What is wrong: {links}</p>'
        end = markup(standing.server_name(server)) if server else answer.name
        for number, way in enumerate(ways):
            is_open = self.is_short or (way.trace.verdict != "reachable" and verdict != "reachable")
            yield from self._way(way, end, f"{key}w{number}", is_open=is_open)
        yield "</article>"

    def _way(self, way: standing.Way, end: str, key: str, *, is_open: bool) -> Iterator[str]:
        """The path there and the path back, each hop a link to what is said of it below."""
        steps, there = standing.all_steps(way.trace), len(way.trace.steps)
        by = f" by {', '.join(way.associations)}" if way.associations else ""
        verdict = way.trace.verdict
        yield f'<details class="way"{" open" if is_open else ""}><summary>{standing.MARKS[verdict]} {markup(way.queries)}{markup(by)}'
        yield f'<span class="faint">({standing.VERDICT_WORDS[verdict]}, {standing.counted(len(steps), "hop")})</span></summary>'
        client = '<li><span class="end">VPN client</span></li>'
        server = f'<li><span class="end">{end}</span></li>'
        for label, first, last, numbered in (
            ("there", client, server, list(enumerate(steps))[:there]),
            ("back", server, client, list(enumerate(steps))[there:]),
        ):
            if numbered or label == "there":
                name = "Path of the query" if label == "there" else "Path of the answer"
                yield f'<div class="row"><span class="faint">{label}</span><ol class="path" aria-label="{name}">{first}'
                for number, step in numbered:
                    yield _chip(step, f"{key}h{number}", "back, " if label == "back" else "")
                yield f"{last}</ol></div>"
        hops = [
            (step.verdict, self._hop(way, step, f"{key}h{number}", "back, " if number >= there else ""))
            for number, step in enumerate(steps)
        ]
        for answer, told in hops:
            if answer != "pass":
                yield from told
        if passed := [told for answer, told in hops if answer == "pass"]:
            others = "other " if len(passed) < len(hops) else ""
            yield f'<details class="rest"><summary>The {others}{standing.counted(len(passed), "hop")} in words</summary>'
            for told in passed:
                yield from told
            yield "</details>"
        yield "</details>"

    def _hop(self, way: standing.Way, step: StepShown, key: str, back: str) -> Iterator[str]:
        is_open = " open" if self.is_short and step.verdict == "drop" else ""
        yield f'<details class="hop of-{step.verdict}" id="{key}"{is_open}><summary>{standing.STEP_MARKS[step.verdict]} {back}'
        yield f"<strong>{markup(standing.hop_name(step.hop))}</strong>: {markup(way.says(step))}</summary>"
        if step.evidence:
            yield "<p>Decided by</p><ul>"
            for evidence in step.evidence:
                yield f"<li>{_evidence(evidence)}</li>"
            yield "</ul>"
        if step.passed_over:
            yield "<p>Passed over</p><ul>"
            for passed in step.passed_over:
                where = f" ({_evidence(passed.evidence)})" if passed.evidence else ""
                yield f"<li><code>{markup(passed.what)}</code>: {markup(passed.why)}{where}</li>"
            yield "</ul>"
        if step.waits_for:
            yield f"<p>Settled by {', '.join(f'<code>{markup(name)}</code>' for name in step.waits_for)}.</p>"
        if not (step.evidence or step.passed_over or step.waits_for):
            yield '<p class="faint">No resource decides this hop.</p>'
        yield "</details>"

    def _findings(self) -> Iterator[str]:
        findings = self.findings
        suppressed = [finding for finding in self.report.findings if finding.suppressed is not None]
        yield '<section aria-labelledby="findings"><h2 id="findings" tabindex="-1">Findings</h2>'
        if len(findings) > 1:
            present = {standing.level(group.finding) for group in findings}
            kinds = [(level, f"{level}s") for level in ("error", "warning", "note") if level in present]
            yield from _filter("finding", "rule, address, word", "Only findings with these words", kinds)
        elif not findings:
            yield "<p>None.</p>"
        for number, group in enumerate(findings):
            yield from self._finding(group, f"f{number}")
        if suppressed:
            yield f"<details><summary>Suppressed: {standing.counted(len(suppressed), 'finding')}</summary>"
            for finding in suppressed:
                yield f"<p>{markup(finding.suppressed.words if finding.suppressed else '')}</p>"
                yield from self._finding(standing.Told(finding, ()), "")
            yield "</details>"
        yield "</section>"

    def _finding(self, group: standing.Told, key: str) -> Iterator[str]:
        """A finding; one that is suppressed has no key, and no filter looks at it."""
        finding = group.finding
        level = standing.level(finding)
        mark = f' id="{key}" tabindex="-1" data-finding="{level}"' if key else ""
        yield f'<article class="card of-{level}"{mark}><div class="head"><span class="badge {level}">{level}</span>'
        yield f"<h3>{markup(standing.title(finding))}</h3></div>"
        yield f"<p>{markup(group.message)}</p>"
        if links := self._concerned(group):
            yield f'<p class="faint">See the path to {links}</p>'
        where = f"<code>{markup(standing.subject(finding))}</code>"
        if finding.location:
            where = f"<code>{markup(f'{finding.location.file}:{finding.location.line}')}</code>, {where}"
        yield f'<p class="faint">at {where}</p>'
        yield from self._excerpt(group)
        yield f"<p><strong>Fix:</strong> {markup(finding.fix)}</p>"
        if finding.suggestion:
            code = "\n".join(markup(line) for line in lines(finding.suggestion).strip("\n").split("\n"))
            yield f'<pre tabindex="0" aria-label="The fix as Terraform">{code}</pre>'
        if finding.related:
            yield f"<details><summary>{standing.counted(len(finding.related), 'related place')}</summary><ul>"
            for related in finding.related:
                place = (
                    f" at <code>{markup(f'{related.location.file}:{related.location.line}')}</code>"
                    if related.location
                    else ""
                )
                said = f": {markup(related.message)}" if related.message else ""
                yield f"<li><code>{markup(related.address)}</code>{place}{said}</li>"
            yield "</ul></details>"
        yield f'<p class="faint"><code>{markup(finding.help)}</code> tells more.</p></article>'

    def _concerned(self, group: standing.Told) -> str:
        """Links to the servers that a finding is about."""
        return ", ".join(
            f'<a href="#{answer.key}">{answer.name}</a>'
            for _, answers in self.endpoints
            for answer in answers
            if any(finding is group.finding for _, finding in answer.findings)
        )

    def _excerpt(self, group: standing.Told) -> Iterator[str]:
        place = group.finding.location
        if place is None or self.sources is None:
            return
        marked = [name for name in (group.finding.server, *group.others) if name]
        location = Location(place.file, place.line, place.column, place.end_line)
        told = []
        for line in self.sources.excerpt(location, marked, EXCERPT_WIDTH):
            gutter = len(str(place.end_line))
            told.append(f"{line.number:>{gutter}} │ {markup(line.text)}")
            if line.marks:
                told.append(f"{'':>{gutter}} │ <b>{markup(line.marks)}</b>")
        if told:
            yield f'<pre tabindex="0" aria-label="The lines at fault">{chr(10).join(told)}</pre>'


EXCERPT_WIDTH = 160
WORST_FIRST: tuple[ServerAnswer, ...] = ("unreachable", "intermittent", "unknown", "reachable")


def _badness(answers: list[_Answer]) -> int:
    """Where an endpoint stands among others: by the worst of its servers."""
    return min((WORST_FIRST.index(answer.verdict) for answer in answers), default=len(WORST_FIRST))


def _standing(endpoint: EndpointShown, answers: list[_Answer]) -> str:
    """How many of its servers fare how."""
    counts = Counter(answer.verdict for answer in answers)
    told = [
        f' <span class="badge {verdict}">{standing.MARKS[verdict]} {counts[verdict]} {standing.VERDICT_WORDS[verdict]}</span>'
        for verdict in WORST_FIRST
        if counts[verdict]
    ]
    off = "" if endpoint.enabled else ' <span class="faint">switched off</span>'
    return "".join(told) + off


def _filter(what: str, placeholder: str, label: str, kinds: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Words and kinds by which the cards with a `data-…` of this name are shown or not."""
    yield f'<form class="scripted" role="search" data-filters="{what}" aria-label="{label}">'
    yield f'<input type="search" name="text" placeholder="{placeholder}" aria-label="{label}">'
    for kind, told in kinds:
        yield f'<label><input type="checkbox" name="kind" value="{kind}" checked> {told}</label>'
    yield '<output aria-live="polite" class="faint"></output></form>'


def _chip(step: StepShown, key: str, back: str) -> str:
    """A hop in a path."""
    lost = ' class="lost"' if step.verdict == "drop" else ""
    name = standing.hop_name(step.hop)
    said = markup(f"{back}{name}: {standing.STEP_WORDS[step.verdict]}")
    return (
        f'<li{lost}><a class="{step.verdict}" href="#{key}" aria-label="{said}">'
        f"{standing.STEP_MARKS[step.verdict]} {markup(name)}</a></li>"
    )


def _summary(report: Report) -> Iterator[str]:
    servers, findings = report.summary.servers, report.summary.findings
    yield '<ul class="summary" aria-label="Summary">'
    for verdict, count in (
        ("unreachable", servers.unreachable),
        ("intermittent", servers.intermittent),
        ("unknown", servers.unknown),
        ("reachable", servers.reachable),
    ):
        if count:
            noun = "DNS server" if count == 1 else "DNS servers"
            yield f'<li class="badge {verdict}">{standing.MARKS[verdict]} {count} {noun} {standing.VERDICT_WORDS[verdict]}</li>'
    for level, count in (("error", findings.error), ("warning", findings.warning), ("note", findings.note)):
        if count:
            yield f'<li class="badge {level}">{standing.counted(count, level)}</li>'
    if report.summary.suppressed:
        yield f'<li class="badge">{report.summary.suppressed} suppressed</li>'
    yield "</ul>"


def _evidence(evidence: EvidenceShown) -> str:
    name = f"{evidence.address}{'.' + evidence.attribute if evidence.attribute else ''}"
    where = f" at <code>{markup(f'{evidence.file}:{evidence.line}')}</code>" if evidence.file is not None else ""
    return f"<code>{markup(name)}</code>{where}"


def _gaps(report: Report) -> Iterator[str]:
    touching = [gap for gap in report.gaps if gap.endpoints]
    others = [gap for gap in report.gaps if not gap.endpoints]
    yield '<section aria-labelledby="undecided"><h2 id="undecided" tabindex="-1">What was not decided</h2>'
    if not report.gaps:
        yield "<p>Nothing: everything that was needed could be read.</p>"
    elif touching:
        yield "<ul>"
        for gap in touching:
            yield _gap(gap)
        yield "</ul>"
    if others:
        said = "thing was" if len(others) == 1 else "things were"
        yield f"<details><summary>{len(others)} {said} not read that no endpoint here was seen to depend on</summary><ul>"
        for gap in others:
            yield _gap(gap)
        yield "</ul></details>"
    yield "</section>"


def _gap(gap: GapShown) -> str:
    place = f" at <code>{markup(f'{gap.location.file}:{gap.location.line}')}</code>" if gap.location else ""
    settled = ", ".join(f"<code>{markup(name)}</code>" for name in gap.waits_for)
    waits = f'<br><span class="faint">Settled by {settled}.</span>' if settled else ""
    return f"<li>{markup(gap.what)} of <code>{markup(gap.address)}</code>{place}: {markup(gap.why)}{waits}</li>"


def _assumptions(report: Report) -> Iterator[str]:
    if report.assumptions:
        yield '<section aria-labelledby="assumed"><h2 id="assumed" tabindex="-1">What was assumed</h2><ul>'
        for assumption in report.assumptions:
            yield f"<li>{markup(standing.assumed(assumption))}</li>"
        yield "</ul></section>"
