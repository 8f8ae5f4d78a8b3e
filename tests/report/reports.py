"""Reports to render: one with something of everything, one with nothing, and names that somebody chose to do harm with."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.builders import ENDPOINT, evidence, finding, judgement, reach, result, rule
from tf_cvpn_lint.core.address import Address
from tf_cvpn_lint.core.evidence import Evidence, Gap, Location
from tf_cvpn_lint.core.records import settle
from tf_cvpn_lint.core.verdict import no
from tf_cvpn_lint.reach.trace import (
    Authorization,
    PassedOver,
    ServerVerdict,
    Trace,
)
from tf_cvpn_lint.report import document
from tf_cvpn_lint.report.contract import Report
from tf_cvpn_lint.result import Result
from tf_cvpn_lint.rules import Certainty, Finding, Related, Severity

REACHABLE, UNREACHABLE = ServerVerdict.REACHABLE, ServerVerdict.UNREACHABLE
INTERMITTENT, UNKNOWN = ServerVerdict.INTERMITTENT, ServerVerdict.UNKNOWN
OFF = Address("aws_ec2_client_vpn_endpoint", "off")
ERROR, WARNING, NOTE = rule(), rule("CVPN204", "mixed", Severity.WARNING), rule("CVPN401", "single", Severity.NOTE)
RULES = (ERROR, WARNING, NOTE)
AT_LINE_5 = Evidence(ENDPOINT, "dns_servers", Location("vpn.tf", 5, 3))


def with_related(made: Finding, *related: Related) -> Finding:
    settle(made, "related", related)
    return made


EVERYTHING: Result = result(
    reach(
        {
            "10.10.1.228": UNREACHABLE,
            "10.10.0.43": INTERMITTENT,
            "10.0.0.2": REACHABLE,
            "module.dns.server_address": UNKNOWN,
        },
        line=1,
    ),
    reach({}, address=OFF, enabled=False),
    findings=(
        with_related(
            finding(at=AT_LINE_5, suggestion='resource "x" "y" {\n  a = 1\n}'),
            Related(evidence(line=7), "the route"),
            Related(evidence(Address("aws_vpc", "a")), ""),
        ),
        finding("10.10.0.43", at=AT_LINE_5),
        finding("module.dns.server_address", by=WARNING, certainty=Certainty.UNSURE),
        finding(None, by=NOTE),
        finding(None, about=OFF, enabled=False, at=evidence(OFF)),
    ),
    gaps=(Gap("aws_lb.x", "its addresses", "known after apply", Location("lb.tf", 1)),),
)
NOTHING = result()
CLEAN = result(reach({"10.0.0.2": REACHABLE}))


def shown(of: Result) -> Report:
    return document.report(of)


PIECES = (
    "\x1b[31m",
    "\x1b]8;;http://evil/\x07",
    "\r\n",
    "\n::error::x",
    "\u202e",
    "\u2028",
    "\x00",
    "\ud800",
    "<script>alert(1)</script>",
    "</style><img src=x onerror=alert(1)>",
    "]]>",
    "-->",
    "<!--",
    "&amp;",
    '"',
    "'",
    "`",
    "```\n",
    "~~~",
    "| a | b |",
    "](http://evil/)",
    "![x](http://evil/x.png)",
    "[x]: http://evil/",
    "<http://evil/>",
    "https://evil.example/x",
    "www.evil.example",
    "@team/all",
    "#123",
    "GH-12",
    "!45",
    "$x^2$",
    "%0A::set-output name=x::y",
    "##[add-path]x",
    "::add-mask::a",
    ",file=x",
    "*bold* _it_ ~gone~",
    "\n# title\n",
    "\n- item",
    "\\",
    "\\N\\G",
    '"]; x --> y; click x "javascript:alert(1)"',
    "%%{init: {}}%%",
    "end",
    "#quot;",
    "${jndi}",
    "javascript:alert(1)",
    "</details>",
    "{0}",
    "a",
    " ",
    "ü漢",
)
"""Each breaks out of some format that does not look."""


def hostile_names() -> list[str]:
    """Those that would be code somewhere on a page."""
    return [piece for piece in PIECES if "<" in piece or "javascript:" in piece] + ["".join(PIECES)]


hostile = (
    st.lists(st.sampled_from(PIECES) | st.text(max_size=6), min_size=1, max_size=6)
    .map("".join)
    .map(lambda text: text or "x")
)


def named(text: str) -> Result:
    """Everything that has a name or a sentence has this one."""
    about = Address("aws_ec2_client_vpn_endpoint", "this", text)
    at = Evidence(about, text, Location(text or "x", 3, 1, 4))
    step = Authorization(
        verdict=no(text),
        says=text,
        evidence=(at,),
        passed_over=(PassedOver(text, text, at),),
    )
    made = reach({f"{text}!": UNREACHABLE, "module.a_b": UNKNOWN}, address=about)
    server = made.servers[0]
    traces = tuple(Trace(trace.flow, (step, step), (step,)) for trace in server.traces)
    settle(server, "traces", traces)
    found = (
        with_related(
            finding(f"{text}!", at=at, message=f"{text} is dead.", suggestion=text, about=about), Related(at, text)
        ),
        finding(None, at=Evidence(about, text), message=text, about=about, by=NOTE),
    )
    gaps = (Gap(text, text, text, Location(text or "x", 1)),)
    return Result((judgement(made, findings=found, gaps=gaps, path=text or "x"), judgement(made, path="other.json")))
