"""The pull request comment."""

from __future__ import annotations

import re

from hypothesis import given

from tests.builders import finding, reach, result
from tests.report.reports import (
    CLEAN,
    EVERYTHING,
    INTERMITTENT,
    NOTHING,
    REACHABLE,
    UNKNOWN,
    UNREACHABLE,
    hostile,
    named,
    shown,
)
from tf_cvpn_lint.core.address import Address
from tf_cvpn_lint.core.records import settle
from tf_cvpn_lint.report import markdown
from tf_cvpn_lint.result import Result

KINDS_OF_TAGS = {"details", "/details", "summary", "/summary", "sub", "/sub", "code", "/code", "br/", "!-- --"}
"""All HTML that the comment is made of, besides its marker."""


def told(of: Result) -> str:
    return markdown.render(shown(of))


def test_the_first_line_is_the_same_for_every_run() -> None:
    assert {told(of).split("\n")[0] for of in (EVERYTHING, CLEAN, NOTHING)} == {"<!-- tf-cvpn-lint: report -->"}


def test_the_heading_is_the_verdict() -> None:
    def heading(of: Result) -> str:
        return told(of).split("\n")[1]

    assert heading(EVERYTHING) == "### ❌ Clients cannot rely on 2 of 4 DNS servers"
    assert heading(CLEAN) == "### ✅ Clients reach their DNS server"
    assert heading(NOTHING) == "### No Client VPN endpoint here, nothing to judge"
    assert heading(result(reach({"10.0.0.1": UNKNOWN}))) == "### ❔ 1 of 1 DNS server not decided"
    assert heading(result(reach({}))) == "### ℹ️ No DNS server is pushed to clients"


def test_every_server_has_a_row_with_its_verdict_and_the_hop_that_decided() -> None:
    text = told(EVERYTHING)
    assert (
        "| `aws_ec2_client_vpn_endpoint.this` | `10.10.1.228` | ❌ unreachable | client route: no Client VPN route "
        "covers 10.10.1.228, so the query leaves on the user's own network |\n"
    ) in text
    assert "| `10.0.0.2` | ✅ reachable | inbound resolver endpoint, through the tunnel |\n" in text
    assert "(switched off) | the device's lan resolver | ✅ reachable |" in text


def test_the_broken_way_is_drawn_with_its_hop_marked() -> None:
    charts = re.findall(r"```mermaid\n(.*?)```", told(EVERYTHING), re.DOTALL)
    assert len(charts) == 3  # the server that is never reached, the one by some associations, the undecided one
    for chart in charts[:2]:
        assert "  class h0 drop\n" in chart
        assert "  h0 -.-x server\n" in chart
    assert "  class h1 unsure\n" in charts[2]


def test_one_fault_of_two_servers_is_told_once() -> None:
    made = (finding("10.0.0.1"), finding("10.0.0.2"))
    text = told(result(reach({"10.0.0.1": UNREACHABLE, "10.0.0.2": UNREACHABLE}), findings=made))
    assert text.count("CVPN101 dns-not-routed") == 1
    assert "Queries to 10.0.0.1 never enter the tunnel. The same for 10.0.0.2." in text
    for each in made:
        settle(each, "fix", "Route 10.0.0.1/32 and 10.0.0.2/32.")
    text = told(result(reach({"10.0.0.1": UNREACHABLE, "10.0.0.2": UNREACHABLE}), findings=made))
    assert text.count("CVPN101 dns-not-routed") == 1


def test_the_fix_and_what_was_not_decided_are_folded() -> None:
    text = told(EVERYTHING)
    assert '```hcl\nresource "x" "y" {\n  a = 1\n}\n```' in text
    assert "<details><summary>Not decided: 1 thing</summary>" in text
    assert "Settled by `data.aws_security_group.dns.id`." in text
    assert text.count("<details>") == text.count("</details>")


def test_a_comment_that_would_be_too_long_is_cut_and_says_by_how_much() -> None:
    many = tuple(finding(None, message=f"fault {number} " + "long " * 100) for number in range(500))
    text = told(result(reach({f"10.0.0.{number}": INTERMITTENT for number in range(200)}), findings=many))
    assert len(text.encode()) < 60_000
    shown_ = text.count("🛑 error")
    assert f"*{500 - shown_} more findings are not shown here" in text
    rows = len(re.findall(r"^\| `aws_ec2", text, re.MULTILINE))
    assert 50 < rows < 200
    assert f"*{200 - rows} more DNS servers are not shown here: {200 - rows} intermittent.*" in text
    assert text.count("<details>") == text.count("</details>")
    assert "servers: 200 intermittent; 500 errors" in text


def test_of_many_servers_the_worst_stand_first_and_what_is_in_order_is_folded() -> None:
    verdicts = (REACHABLE, UNKNOWN, INTERMITTENT, UNREACHABLE)
    offices = [
        reach(
            {f"10.{number}.0.2": verdicts[number % 4 if number < 40 else 0]},
            address=Address("aws_ec2_client_vpn_endpoint", f"office{number}"),
        )
        for number in range(400)
    ]
    text = told(result(*offices))
    assert len(text.encode()) < 60_000
    told_ = re.findall(r"^\| `aws_ec2.*\| `[\d.]+` \| . (.*?) \|", text, re.MULTILINE)
    assert told_[:30] == ["unreachable"] * 10 + ["intermittent"] * 10 + ["not decided"] * 10
    good = len(told_) - 30
    assert 20 < good < 370
    assert set(told_[30:]) == {"reachable"}
    assert "<details><summary>Reachable: 370 DNS servers</summary>\n\n| endpoint |" in text
    assert f"*{370 - good} more DNS servers are not shown here: {370 - good} reachable.*" in text
    assert text.count("<details>") == text.count("</details>")
    assert "<details><summary>Not decided: 10 things</summary>" in text  # also where much is said before
    assert text.count("```mermaid") == 6


def test_what_is_wrong_is_told_before_how_to_mend_everything() -> None:
    long = "\n".join(["# a line of Terraform that somebody may want to paste"] * 40)
    many = tuple(finding(None, message=f"fault {number}", suggestion=long) for number in range(100))
    text = told(result(reach({"10.0.0.1": UNREACHABLE}), findings=many))
    assert len(text.encode()) < 60_000
    assert text.count("🛑 error") == 100
    fixes = text.count("how to fix it")
    assert 10 < fixes < 100
    assert f"*Of {100 - fixes} the fix is not shown here" in text
    assert "more findings are not shown" not in text


def test_a_chart_says_whose_way_it_draws() -> None:
    text = told(result(reach({"10.0.0.1": UNREACHABLE, "10.0.0.2": UNREACHABLE, "10.0.0.3": INTERMITTENT})))
    assert "The way to `10.0.0.1`" in text
    assert "; `10.0.0.2` the same" in text
    assert text.count("```mermaid") == 2
    assert "The way to `10.0.0.3`" in text


def test_endless_names_do_not_make_it_too_long() -> None:
    about = Address("aws_ec2_client_vpn_endpoint", "漢" * 40_000)
    of = result(reach({"10.0.0.1": UNREACHABLE}, address=about), findings=(finding(about=about, message="ü" * 90_000),))
    assert len(told(of).encode()) < 60_000
    assert "1 error" in told(of)


@given(hostile)
def test_no_name_does_anything(text: str) -> None:
    written = told(named(text))
    written.encode()
    assert "\x1b" not in written
    outside = without_code(written)
    assert set(re.findall(r"(?s)<(.*?)>", outside.split("\n", 1)[1])) <= KINDS_OF_TAGS
    # Nothing that becomes a link, a mention, a picture or a formula by itself.
    assert not re.search(r"(?<!\\)\]\(|(?<!\\)!\[|@\w|(?<![&\w])#\d|https?://|www\.|\$\w", outside)
    # No line is a heading, list, quote, table or block of another kind than with a harmless name.
    assert blocks(outside) == blocks(without_code(told(named("a"))))


def blocks(outside: str) -> list[str]:
    """What kind of block each line begins."""
    pattern = re.compile(r"(#+ |> |=+|[-+:]+|\* |\*\*|\d+[.)]|\||</?\w+|    |)")
    return [match[0] for line in outside.split("\n") if line and (match := pattern.match(line))]


def without_code(written: str) -> str:
    """The comment without its fenced blocks and code spans, which show what they hold as it is."""
    kept: list[str] = []
    fence = ""
    for line in written.split("\n"):
        if fence:
            fence = "" if line == fence else fence
        elif match := re.match(r"`{3,}", line):
            fence = match[0]
        else:
            kept.append(re.sub(r"(?<!\\)`[^`]*`", "", line))
    assert not fence
    return "\n".join(kept)
