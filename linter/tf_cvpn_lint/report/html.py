"""The report as one page of HTML: no network, no other file, light and dark, phone and desktop, mouse and keyboard.

Everything is in the page as text; the script only filters the findings and opens a hop that is chosen in a path. Without a script all of it
can still be read: a hop is a `<details>`, a path is a list of links. A content security policy lets nothing run but this style and script.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from hashlib import sha256

from tf_cvpn_lint.report import standing, words
from tf_cvpn_lint.report.contract import (
    DnsServerShown,
    EndpointShown,
    EvidenceShown,
    GapShown,
    Report,
    StepShown,
    TraceShown,
)
from tf_cvpn_lint.report.escapes import lines, markup

STYLE = """
:root{color-scheme:light dark;--paper:#fff;--ink:#1f2328;--faint:#59636e;--line:#d1d9e0;--panel:#f6f8fa;--focus:#0969da;
--good:#1a7f37;--good-bg:#dafbe1;--bad:#b3151d;--bad-bg:#ffebe9;--doubt:#7d4e00;--doubt-bg:#fff8c5;--note:#0a57b8;--note-bg:#ddf4ff}
@media(prefers-color-scheme:dark){:root{--paper:#0d1117;--ink:#e6edf3;--faint:#9198a1;--line:#3d444d;--panel:#161b22;--focus:#4493f8;
--good:#56d364;--good-bg:#12261e;--bad:#ff8f87;--bad-bg:#33171a;--doubt:#e3b341;--doubt-bg:#2e2611;--note:#79c0ff;--note-bg:#121d2f}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:70rem;padding:1rem 1rem 4rem;background:var(--paper);color:var(--ink);
font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
h1{font-size:1.5rem;margin:.5rem 0}h2{font-size:1.2rem;margin:2rem 0 .5rem;overflow-wrap:anywhere}h3{font-size:1rem;margin:0;overflow-wrap:anywhere}
code,pre{font:.875em/1.45 ui-monospace,SFMono-Regular,Menlo,"DejaVu Sans Mono",monospace}code{overflow-wrap:anywhere}
pre{margin:.5rem 0;padding:.75rem;overflow-x:auto;background:var(--panel);border:1px solid var(--line);border-radius:6px}
a{color:var(--note)}ul{padding-left:1.25rem}p{margin:.4rem 0}
:focus-visible{outline:3px solid var(--focus);outline-offset:2px;border-radius:4px}
.skip{position:absolute;left:-99rem}.skip:focus{left:1rem;background:var(--paper);padding:.5rem;z-index:1}
.faint{color:var(--faint)}.badge{display:inline-block;padding:.05rem .55rem;border-radius:1rem;font-size:.875rem;font-weight:600}
.reachable,.pass{color:var(--good);background:var(--good-bg)}.unreachable,.intermittent,.drop,.error{color:var(--bad);background:var(--bad-bg)}
.unknown,.unsure,.warning{color:var(--doubt);background:var(--doubt-bg)}.note{color:var(--note);background:var(--note-bg)}
.summary{display:flex;flex-wrap:wrap;gap:.5rem;margin:.5rem 0;padding:0;list-style:none}
.card{border:1px solid var(--line);border-radius:8px;padding:.75rem 1rem;margin:.75rem 0;overflow-wrap:anywhere}
.head{display:flex;flex-wrap:wrap;gap:.25rem .75rem;align-items:baseline}
.path{display:flex;flex-wrap:wrap;gap:.35rem 0;margin:.6rem 0;padding:0;list-style:none}
.path li{display:flex;align-items:center}.path li+li:before{content:"";width:1.1rem;border-top:2px solid var(--line)}
.path li.lost+li:before,.path li.lost~li:before{border-top-style:dotted;border-color:var(--bad)}
.path li>*{display:inline-block;padding:.3rem .6rem;border:1.5px solid currentColor;border-radius:6px;font-size:.875rem;text-decoration:none}
.path .end{color:var(--faint);border-radius:1rem}.path .drop{border-width:3px;font-weight:700}.path li.lost~li>*{opacity:.75}
details.hop{border-left:4px solid var(--line);margin:.25rem 0;padding:.1rem 0 .1rem .75rem}
details.hop.of-drop{border-color:var(--bad)}details.hop.of-unsure{border-color:var(--doubt)}details.hop.of-pass{border-color:var(--good)}
.rest>summary{color:var(--faint)}details.hop:target{background:var(--panel)}summary{cursor:pointer;padding:.25rem 0;overflow-wrap:anywhere}
form{display:flex;flex-wrap:wrap;gap:.5rem 1rem;align-items:center;margin:.5rem 0}
input[type=search]{flex:1 1 14rem;min-width:0;padding:.4rem .6rem;font:inherit;color:inherit;background:var(--paper);
border:1px solid var(--line);border-radius:6px}
label{white-space:nowrap;padding:.3rem 0}input[type=checkbox]{width:1.1rem;height:1.1rem;vertical-align:-.15rem}
[hidden]{display:none!important}.no-script form{display:none}
@media print{form,.skip{display:none}body{max-width:none}}
"""

SCRIPT = """
"use strict";
document.body.classList.remove("no-script");
const form = document.querySelector("form");
const found = Array.from(document.querySelectorAll("[data-finding]"));
const told = document.querySelector("output");
function filter() {
  const wanted = form.elements.namedItem("text").value.trim().toLowerCase();
  const levels = new Set(Array.from(form.querySelectorAll("input[name=level]:checked"), box => box.value));
  let shown = 0;
  for (const card of found) {
    card.hidden = !levels.has(card.dataset.finding) || !card.textContent.toLowerCase().includes(wanted);
    shown += !card.hidden;
  }
  told.textContent = `${shown} of ${found.length} shown`;
}
if (form) { form.addEventListener("input", filter); form.addEventListener("submit", event => event.preventDefault()); filter(); }
function open() {
  const chosen = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
  if (!chosen) { return; }
  for (let at = chosen; at; at = at.parentElement) { if (at.tagName === "DETAILS") { at.open = true; } }
  const summary = chosen.querySelector("summary");
  if (summary) { summary.focus({preventScroll: true}); chosen.scrollIntoView({block: "nearest"}); }
}
addEventListener("hashchange", open);
// A path that leads to the hop that is open already changes no address.
document.addEventListener("click", event => { if (event.target.closest(".path a")) { setTimeout(open); } });
open();
"""


def render(report: Report) -> str:
    """A page of HTML. The same report gives the same bytes."""
    return "\n".join(_page(report)) + "\n"


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(sha256(text.encode()).digest()).decode()}'"


POLICY = (
    f"default-src 'none'; style-src {_hash(STYLE)}; script-src {_hash(SCRIPT)}; base-uri 'none'; form-action 'none'"
)


def _page(report: Report) -> Iterator[str]:
    yield "<!doctype html>"
    yield '<html lang="en"><head><meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
    yield '<meta name="viewport" content="width=device-width,initial-scale=1">'
    yield '<meta name="referrer" content="no-referrer">'
    yield f"<title>{markup(report.tool.name)}: {markup(standing.summary(report))}</title>"
    yield f"<style>{STYLE}</style></head>"
    yield '<body class="no-script"><a class="skip" href="#findings">To the findings</a>'
    yield "<header><h1>AWS Client VPN: can clients reach DNS?</h1>"
    yield from _summary(report)
    inputs = ", ".join(f"<code>{markup(read.path)}</code> ({markup(read.kind)})" for read in report.inputs)
    yield f'<p class="faint">Judged: {inputs or "nothing"}; by {markup(report.tool.name)} {markup(report.tool.version)}.</p></header>'
    yield "<main>"
    if not report.endpoints:
        yield "<p>No Client VPN endpoint here, nothing to judge.</p>"
    for number, endpoint in enumerate(report.endpoints):
        yield from _endpoint(report, endpoint, f"e{number}")
    yield from _findings(report)
    yield from _gaps(report)
    yield from _assumptions(report)
    yield f"</main><script>{SCRIPT}</script></body></html>"


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


def _endpoint(report: Report, endpoint: EndpointShown, key: str) -> Iterator[str]:
    yield f'<section aria-labelledby="{key}"><h2 id="{key}"><code>{markup(endpoint.address)}</code></h2>'
    setup = [
        words.TUNNEL_WORDS[endpoint.tunnel_mode],
        words.DNS_WORDS[endpoint.dns],
        standing.counted(len(endpoint.associations), "association"),
    ]
    if len(report.inputs) > 1:
        setup.append(f"in {endpoint.input}")
    yield f'<p class="faint">{markup("; ".join(setup))}</p>'
    if not endpoint.enabled:
        yield '<p class="badge unsure">switched off here; judged as if it were on, and fails no run</p>'
    for number, server in enumerate(endpoint.dns_servers):
        about = f"{standing.KIND_WORDS[server.kind]}, {standing.PATH_WORDS[server.path]}"
        name = f"<code>{markup(standing.server_name(server))}</code>"
        yield from _answer(name, server.verdict, about, server.because, server.traces, f"{key}s{number}", server)
    for number, device in enumerate(endpoint.device_resolvers):
        name = f"the device's {markup(device.resolver)} resolver"
        about = standing.PATH_WORDS[device.path]
        yield from _answer(name, device.verdict, about, device.says, device.traces, f"{key}d{number}", None)
    yield "</section>"


def _answer(
    name: str, verdict: str, about: str, says: str, traces: list[TraceShown], key: str, server: DnsServerShown | None
) -> Iterator[str]:
    """A server, or a resolver that the device had, with every way to it that differs: `name` is markup."""
    yield f'<article class="card" aria-labelledby="{key}"><div class="head"><h3 id="{key}">{name}</h3>'
    yield f'<span class="badge {verdict}">{standing.MARKS[verdict]} {standing.VERDICT_WORDS[verdict]}</span>'
    yield f'<span class="faint">{markup(about)}</span></div>'
    if says:
        yield f"<p>{markup(says)}</p>"
    if server and server.assumptions:
        yield f'<p class="faint">It is so only under what was assumed: {markup("; ".join(server.assumptions))}.</p>'
    end = markup(standing.server_name(server)) if server else name
    for number, way in enumerate(standing.ways(traces)):
        by = f" by {', '.join(way.associations)}" if way.associations else ""
        yield f'<p class="faint">{markup(way.queries)}{markup(by)}</p>'
        yield from _path(way, end, f"{key}w{number}")
    yield "</article>"


def _path(way: standing.Way, end: str, key: str) -> Iterator[str]:
    """The path as a row of hops, each a link to what is said of it below."""
    steps = standing.all_steps(way.trace)
    there = len(way.trace.steps)
    yield '<ol class="path" aria-label="Path of the query"><li><span class="end">VPN client</span></li>'
    for number, step in enumerate(steps):
        if number == there:
            yield f'<li><span class="end">{end}</span></li>'
        lost = ' class="lost"' if step.verdict == "drop" else ""
        back = "back, " if number >= there else ""
        yield (
            f'<li{lost}><a class="{step.verdict}" href="#{key}h{number}" aria-label="'
            f'{markup(f"{back}{standing.hop_name(step.hop)}: {standing.STEP_WORDS[step.verdict]}")}">'
            f"{standing.STEP_MARKS[step.verdict]} {back}{markup(standing.hop_name(step.hop))}</a></li>"
        )
    if there >= len(steps):
        yield f'<li><span class="end">{end}</span></li>'
    yield "</ol>"
    hops = [
        (step.verdict, _hop(way, step, f"{key}h{number}", "back, " if number >= there else ""))
        for number, step in enumerate(steps)
    ]
    for verdict, told in hops:
        if verdict != "pass":
            yield from told
    if passed := [told for verdict, told in hops if verdict == "pass"]:
        others = "other " if len(passed) < len(hops) else ""
        yield f'<details class="rest"><summary>The {others}{standing.counted(len(passed), "hop")} in words</summary>'
        for told in passed:
            yield from told
        yield "</details>"


def _hop(way: standing.Way, step: StepShown, key: str, back: str) -> Iterator[str]:
    yield f'<details class="hop of-{step.verdict}" id="{key}"><summary>{standing.STEP_MARKS[step.verdict]} {back}'
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


def _evidence(evidence: EvidenceShown) -> str:
    name = f"{evidence.address}{'.' + evidence.attribute if evidence.attribute else ''}"
    where = f" at <code>{markup(f'{evidence.file}:{evidence.line}')}</code>" if evidence.file is not None else ""
    return f"<code>{markup(name)}</code>{where}"


def _findings(report: Report) -> Iterator[str]:
    findings = standing.worst_first(report.findings)
    suppressed = [finding for finding in report.findings if finding.suppressed is not None]
    yield '<section aria-labelledby="findings"><h2 id="findings" tabindex="-1">Findings</h2>'
    if findings:
        yield '<form role="search" aria-label="Filter the findings">'
        yield '<input type="search" name="text" placeholder="rule, address, word" aria-label="Only findings with these words">'
        present = {standing.level(finding) for finding in findings}
        for level in ("error", "warning", "note"):
            if level in present:
                yield f'<label><input type="checkbox" name="level" value="{level}" checked> {level}s</label>'
        yield '<output aria-live="polite" class="faint"></output></form>'
    else:
        yield "<p>None.</p>"
    for told in standing.told_once(findings):
        yield from _finding(told)
    if suppressed:
        yield f"<details><summary>Suppressed: {standing.counted(len(suppressed), 'finding')}</summary>"
        for finding in suppressed:
            yield f"<p>{markup(finding.suppressed.words if finding.suppressed else '')}</p>"
            yield from _finding(standing.Told(finding, ()), filtered=False)
        yield "</details>"
    yield "</section>"


def _finding(group: standing.Told, *, filtered: bool = True) -> Iterator[str]:
    finding = group.finding
    level = standing.level(finding)
    mark = f' data-finding="{level}"' if filtered else ""
    yield f'<article class="card"{mark}><div class="head"><span class="badge {level}">{level}</span>'
    yield f"<h3>{markup(standing.title(finding))}</h3></div>"
    yield f"<p>{markup(group.message)}</p>"
    where = f"<code>{markup(standing.subject(finding))}</code>"
    if finding.location:
        where = f"<code>{markup(f'{finding.location.file}:{finding.location.line}')}</code>, {where}"
    yield f'<p class="faint">at {where}</p>'
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


def _gaps(report: Report) -> Iterator[str]:
    touching = [gap for gap in report.gaps if gap.endpoints]
    others = [gap for gap in report.gaps if not gap.endpoints]
    yield '<section aria-labelledby="undecided"><h2 id="undecided">What was not decided</h2>'
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
        yield '<section aria-labelledby="assumed"><h2 id="assumed">What was assumed</h2><ul>'
        for assumption in report.assumptions:
            yield f"<li>{markup(standing.assumed(assumption))}</li>"
        yield "</ul></section>"
