"""What a reader sees in a terminal or a log."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from tests.builders import ENDPOINT, evidence, finding, judgement, reach, result, rule
from tf_cvpn_lint.core.address import Address
from tf_cvpn_lint.core.evidence import Evidence, Gap, Location
from tf_cvpn_lint.core.records import settle
from tf_cvpn_lint.reach.trace import ServerVerdict
from tf_cvpn_lint.report import text
from tf_cvpn_lint.report.page import Page
from tf_cvpn_lint.result import Result
from tf_cvpn_lint.rules import Certainty, Related, Severity
from tf_cvpn_lint.settings import Color

REACHABLE, UNREACHABLE = ServerVerdict.REACHABLE, ServerVerdict.UNREACHABLE
INTERMITTENT, UNKNOWN = ServerVerdict.INTERMITTENT, ServerVerdict.UNKNOWN
VPN_TF = """\
resource "aws_ec2_client_vpn_endpoint" "this" {
  client_cidr_block = "192.168.0.0/16"
  dns_servers       = ["10.10.1.228", "10.10.0.43"] # both are inbound resolver addresses
}
"""


def shown(
    of: Result, *, width: int = 80, verbose: bool = False, color: Color = Color.NEVER, sources: tuple[Path, ...] = ()
) -> str:
    stream = io.StringIO()
    text.write(of, Page(stream, color, width), sources, verbose=verbose)
    return stream.getvalue()


def test_every_server_stands_with_its_verdict_and_the_hop_that_decided_it() -> None:
    told = shown(result(reach({"10.10.1.228": UNREACHABLE, "10.0.0.2": REACHABLE})), width=120)
    assert "✗ 10.10.1.228  unreachable  inbound resolver endpoint, outside the tunnel\n" in told
    assert "client route: no Client VPN route covers 10.10.1.228" in told
    assert "✓ 10.0.0.2     reachable    inbound resolver endpoint, through the tunnel\n" in told
    assert "DNS service: 10.0.0.2 answers" in told
    assert "split tunnel; DNS pushed to clients; 2 associations\n" in told


def test_an_intermittent_server_says_on_which_associations_it_answers() -> None:
    told = shown(result(reach({"10.10.1.228": INTERMITTENT}, by=("a", "b", "c"))))
    assert 'reachable by aws_ec2_client_vpn_network_association.this["a"]\n' in told
    assert 'unreachable by aws_ec2_client_vpn_network_association.this["b"], ["c"]\n' in told


def test_the_devices_own_resolvers_are_told_where_no_server_is_pushed() -> None:
    told = shown(result(reach({}, split=False)))
    assert "full tunnel; no DNS pushed: clients keep their own; 2 associations\n" in told
    assert "✓ the device's LAN resolver  reachable  outside the tunnel\n      the lan resolver is reachable\n" in told


def test_one_fault_of_two_servers_is_told_once_with_its_line_and_carets(tmp_path: Path) -> None:
    (tmp_path / "vpn.tf").write_text(VPN_TF)
    at = Evidence(ENDPOINT, "dns_servers", Location("vpn.tf", 3, 3))
    findings = (finding("10.10.1.228", at=at), finding("10.10.0.43", at=at))
    told = shown(
        result(reach({"10.10.1.228": UNREACHABLE, "10.10.0.43": UNREACHABLE}), findings=findings),
        width=120,
        sources=(tmp_path,),
    )
    assert told.count("CVPN101") == 1
    assert "Queries to 10.10.1.228 never enter the tunnel. The same for 10.10.0.43." in told
    source, carets = (line.partition("│ ")[2] for line in told.split("\n") if "│" in line)
    assert source == VPN_TF.split("\n")[2]
    assert [source[index] for index, mark in enumerate(carets) if mark == "^"] == list("10.10.1.22810.10.0.43")


def test_findings_that_differ_in_more_than_their_server_are_all_told() -> None:
    findings = (finding("10.0.0.1", message="10.0.0.1 is dead."), finding("10.0.0.2", message="10.0.0.2 is slow."))
    told = shown(result(reach({"10.0.0.1": UNREACHABLE}), findings=findings))
    assert "10.0.0.1 is dead.\n" in told
    assert "10.0.0.2 is slow.\n" in told


def test_certainty_and_a_switched_off_endpoint_are_said_where_they_matter() -> None:
    off = finding(enabled=False, certainty=Certainty.LIKELY)
    told = shown(result(reach({"10.10.1.228": UNREACHABLE}, enabled=False), findings=(off,)))
    assert "error CVPN101 dns-not-routed (likely, when switched on)\n" in told
    assert "switched off here; judged as if it were on, and fails no run\n" in told


def test_related_places_and_the_suggestion_follow_the_fix() -> None:
    made = finding(suggestion='resource "x" "y" {\n  a = 1\n}')
    related = (Related(evidence(line=7), "the route"), Related(evidence(line=8), ""), Related(evidence(line=9), ""))
    settle(made, "related", related)
    told = shown(result(reach({"10.10.1.228": UNREACHABLE}), findings=(made,)))
    assert '         resource "x" "y" {\n           a = 1\n         }\n    see: vpn.tf:7, ' in told
    assert "the route\n    see: vpn.tf:8, aws_ec2_client_vpn_endpoint.this; vpn.tf:9," in told


def test_what_is_not_decided_names_what_would_settle_it() -> None:
    told = shown(result(reach({"10.10.1.228": UNKNOWN})), width=120)
    assert "? DNS server 10.10.1.228: whether the server's group admits 10.10.1.228 is not known\n" in told
    assert "settled by: data.aws_security_group.dns.id\n" in told


def test_gaps_that_no_endpoint_depends_on_are_counted_and_listed_on_demand() -> None:
    of = result(
        reach({"10.0.0.2": REACHABLE}, gaps=(Gap("aws_vpc.a", "its routes", "known after apply"),)),
        gaps=(
            Gap("aws_lb.x", "its addresses", "known after apply"),
            Gap("aws_vpc.a", "its routes", "known after apply"),
        ),
    )
    told = shown(of, width=120)
    assert told.count("the routes of aws_vpc.a: known after apply") == 1
    assert "aws_lb.x" not in told
    assert "1 thing was not read that no endpoint here was seen to depend on: --verbose lists them\n" in told
    assert "the addresses of aws_lb.x: known after apply\n" in shown(of, verbose=True)


def test_the_last_line_is_the_run_in_numbers() -> None:
    of = result(
        reach({"10.10.1.228": UNREACHABLE, "10.0.0.2": REACHABLE}),
        findings=(finding(), finding(None, by=rule("CVPN401", "single", Severity.NOTE))),
    )
    assert shown(of).splitlines()[-1] == "1 endpoint; servers: 1 reachable, 1 unreachable; 1 error, 1 note"
    assert (
        shown(result(reach({"10.0.0.2": REACHABLE}))).splitlines()[-1]
        == "1 endpoint; servers: 1 reachable; no findings"
    )
    waiting = result(reach({"10.10.1.228": UNKNOWN}), findings=(finding(), finding(certainty=Certainty.UNSURE)))
    assert shown(waiting).splitlines()[-1] == "1 endpoint; servers: 1 not decided; 1 error, 1 unsure"


def test_several_inputs_are_told_apart() -> None:
    both = Result(
        (
            judgement(reach({"10.0.0.2": REACHABLE}), path="a.json"),
            judgement(reach({"10.0.0.2": REACHABLE}), path="b.json"),
        )
    )
    told = shown(both)
    assert "aws_ec2_client_vpn_endpoint.this  a.json\n" in told
    assert "aws_ec2_client_vpn_endpoint.this  b.json\n" in told


@pytest.mark.parametrize("width", [80, 120])
def test_no_line_is_wider_than_the_terminal_unless_a_name_is(width: int, tmp_path: Path) -> None:
    (tmp_path / "vpn.tf").write_text(VPN_TF)
    at = Evidence(ENDPOINT, "dns_servers", Location("vpn.tf", 3, 3))
    of = result(
        reach({"10.10.1.228": UNREACHABLE, "10.10.0.43": INTERMITTENT, "module.x.some_output": UNKNOWN}),
        findings=(finding(at=at),),
    )
    for line in shown(of, width=width, verbose=True, sources=(tmp_path,)).splitlines():
        assert len(line) <= width, line


def test_names_cannot_write_control_characters_lines_or_colours() -> None:
    hostile = Address("aws_ec2_client_vpn_endpoint", "this", "\x1b[31m\r\nFAKE\u202e\x07")
    of = result(
        reach({"10.10.1.228": UNREACHABLE}, address=hostile),
        findings=(finding(message="a\x1b[2Jb\nFAKE c", suggestion="x\x1b]0;t\x07", about=hostile),),
    )
    told = shown(of, verbose=True)
    assert "\x1b" not in told
    assert "\x07" not in told
    assert "\u202e" not in told
    assert not any(line.startswith("FAKE") for line in told.splitlines())
    assert r"a\x1b[2Jb\nFAKE c" in told


def test_colour_is_styling_only() -> None:
    of = result(reach({"10.10.1.228": UNREACHABLE}), findings=(finding(),))
    colored, plain = shown(of, color=Color.ALWAYS), shown(of)
    assert "\x1b[" in colored
    assert "\x1b" not in plain
    assert _without_escapes(colored) == plain


def _without_escapes(colored: str) -> str:
    import re

    return re.sub(r"\x1b\[[0-9;]*m", "", colored)


def test_quiet_shows_the_findings_that_fail_and_nothing_else() -> None:
    error, note = finding(), finding(None, by=rule("CVPN401", "single", Severity.NOTE))
    stream = io.StringIO()
    of = result(reach({"10.10.1.228": UNREACHABLE}), findings=(error, note))
    text.write_only_findings(of, Page(stream, Color.NEVER, 80), (), lambda _, found: found.severity is Severity.ERROR)
    assert stream.getvalue().startswith("aws_ec2_client_vpn_endpoint.this\n\n  error CVPN101")
    assert "CVPN401" not in stream.getvalue()
    assert "✗" not in stream.getvalue()


def test_the_same_result_gives_the_same_text() -> None:
    of = result(reach({"10.10.1.228": UNREACHABLE, "10.0.0.2": UNKNOWN}), findings=(finding(),))
    assert shown(of) == shown(of)


def test_a_fix_that_names_no_server_is_told_once() -> None:
    findings = (finding("10.0.0.1"), finding("10.0.0.2"))
    for made in findings:
        settle(made, "fix", "Route 10.0.0.0/24.")
    told = shown(result(reach({"10.0.0.1": UNREACHABLE, "10.0.0.2": UNREACHABLE}), findings=findings))
    assert "    fix: Route 10.0.0.0/24.\n" in told


def test_a_fix_that_names_every_server_is_told_once() -> None:
    findings = (finding("10.0.0.1"), finding("10.0.0.2"))
    for made in findings:
        settle(made, "fix", "Let 53 out to 10.0.0.1 and 10.0.0.2.")
    told = shown(result(reach({"10.0.0.1": UNREACHABLE, "10.0.0.2": UNREACHABLE}), findings=findings))
    assert told.count("    fix: Let 53 out to 10.0.0.1 and 10.0.0.2.\n") == 1


def test_of_a_long_suggestion_the_first_block_is_shown_and_the_rest_on_demand() -> None:
    made = finding(suggestion="\n\n".join(f'resource "x" "y{number}" {{\n}}' for number in range(4)))
    of = result(reach({"10.10.1.228": UNREACHABLE}), findings=(made,))
    assert 'resource "x" "y1"' not in shown(of)
    assert "and 3 more blocks: --verbose and --format json have them\n" in shown(of)
    assert 'resource "x" "y3"' in shown(of, verbose=True)
