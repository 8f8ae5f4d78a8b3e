"""Workflow commands as GitHub's runner reads them."""

from __future__ import annotations

import re

from hypothesis import given

from tests.builders import evidence, finding, reach, result
from tests.report.reports import CLEAN, EVERYTHING, NOTE, UNREACHABLE, hostile, named, shown
from tf_cvpn_lint.report import github
from tf_cvpn_lint.result import Result

COMMAND = re.compile(r"::(error|warning|notice) ([^:]*)::(.*)")


def told(of: Result) -> list[tuple[str, dict[str, str], str]]:
    """As the runner splits them: level, properties, message."""
    commands = []
    for line in github.render(shown(of)).splitlines():
        match = COMMAND.fullmatch(line)
        assert match, line
        properties = dict(part.split("=", 1) for part in match[2].split(","))
        commands.append((match[1], properties, match[3]))
    return commands


def test_a_finding_is_an_annotation_on_its_line() -> None:
    level, properties, text = told(EVERYTHING)[0]
    assert level == "error"
    assert properties == {
        "file": "vpn.tf",
        "line": "5",
        "endLine": "5",
        "col": "3",
        "title": "CVPN101 dns-not-routed",
    }
    assert text.startswith("Queries to 10.10.1.228 never enter the tunnel. Fix: ")


def test_a_finding_without_a_line_names_its_resource() -> None:
    assert told(EVERYTHING)[2][2].startswith("aws_ec2_client_vpn_endpoint.this.dns_servers: ")


def test_a_clean_run_says_nothing() -> None:
    assert github.render(shown(CLEAN)) == ""


def test_ten_are_shown_and_the_eleventh_makes_the_last_one_count() -> None:
    def run(notes: int, errors: int) -> Result:
        found = [finding(None, by=NOTE, message=f"n{number}") for number in range(notes)]
        found += [finding(None, message=f"e{number}") for number in range(errors)]
        return result(reach({"10.0.0.1": UNREACHABLE}), findings=tuple(found))

    assert len(told(run(7, 3))) == 10
    commands = told(run(9, 4))
    assert len(commands) == 10
    assert [level for level, _, _ in commands] == ["error"] * 4 + ["notice"] * 6
    assert commands[-1][2] == "and 4 more findings (4 notes) are in the log and the other reports of this run"


def test_the_rest_is_counted_in_findings() -> None:
    servers = [f"10.0.{number // 2}.{number % 2}" for number in range(24)]
    found = [
        finding(server, at=evidence(line=number // 2 + 1, attribute="dns_servers"))
        for number, server in enumerate(servers)
    ]
    commands = told(result(reach({"10.0.0.1": UNREACHABLE}), findings=tuple(found)))
    assert len(commands) == 10
    assert commands[0][2].startswith("Queries to 10.0.0.0 never enter the tunnel. The same for 10.0.0.1. ")
    assert commands[-1][2].startswith("and 6 more findings (6 errors)")


@given(hostile)
def test_no_name_makes_a_command(text: str) -> None:
    written = github.render(shown(named(text)))
    assert len(written.splitlines()) == len(written.split("\n")) - 1 == 2
    assert len(told(named(text))) == 2
    assert "\x1b" not in written
