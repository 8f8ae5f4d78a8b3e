"""JUnit XML as continuous integration reads it."""

from __future__ import annotations

from xml.etree import ElementTree

import junitparser
from hypothesis import given

from tests.report.reports import CLEAN, EVERYTHING, NOTHING, hostile, named, shown
from tf_cvpn_lint.report import junit
from tf_cvpn_lint.result import Result


def read(of: Result, *fails: int) -> dict[tuple[str, str], junitparser.TestCase]:
    suites = junitparser.JUnitXml.fromstring(junit.render(shown(of), fails).encode())
    return {(suite.name, case.name): case for suite in suites for case in suite}


def kinds(case: junitparser.TestCase) -> list[str]:
    return [type(entry).__name__ for entry in case.result]


def test_an_independent_reader_counts_the_same() -> None:
    text = junit.render(shown(EVERYTHING), [0, 1])
    counted = junitparser.JUnitXml.fromstring(text.encode())
    told = (counted.tests, counted.failures, counted.skipped, counted.errors)
    counted.update_statistics()  # type: ignore[no-untyped-call]
    assert told == (counted.tests, counted.failures, counted.skipped, counted.errors) == (6, 2, 1, 0)


def test_a_server_fails_with_what_fails_the_run_and_an_undecided_one_is_skipped() -> None:
    cases = read(EVERYTHING, 0, 1)
    this = "aws_ec2_client_vpn_endpoint.this"
    failed = cases[this, "DNS server 1 (10.10.1.228) is reachable"]
    assert kinds(failed) == ["Failure"]
    assert failed.result[0].message.startswith("error CVPN101 dns-not-routed: Queries to 10.10.1.228")
    assert "at aws_ec2_client_vpn_endpoint.this.dns_servers (vpn.tf:5)" in failed.result[0].text
    assert kinds(cases[this, "DNS server 3 (10.0.0.2) is reachable"]) == []
    assert kinds(cases[this, "DNS server 4 (module.dns.server_address) is reachable"]) == ["Skipped"]
    assert kinds(cases[this, "the endpoint is set up well"]) == []


def test_nothing_fails_where_nothing_fails_the_run() -> None:
    cases = read(EVERYTHING)
    assert not any("Failure" in kinds(case) for case in cases.values())
    out = cases["aws_ec2_client_vpn_endpoint.this", "DNS server 1 (10.10.1.228) is reachable"].system_out
    assert out is not None
    assert "✗ client route: no Client VPN route covers 10.10.1.228" in out
    assert "error CVPN101 dns-not-routed" in out


def test_the_tests_of_a_clean_run_are_those_of_a_broken_one() -> None:
    assert list(read(CLEAN)) == [
        ("aws_ec2_client_vpn_endpoint.this", "DNS server 1 (10.0.0.2) is reachable"),
        ("aws_ec2_client_vpn_endpoint.this", "the endpoint is set up well"),
    ]
    assert read(NOTHING) == {}


@given(hostile)
def test_no_name_makes_an_element(text: str) -> None:
    report = shown(named(text))
    written = junit.render(report, [0, 1])
    written.encode()
    found = [element.tag for element in ElementTree.fromstring(written).iter()]
    plain = [element.tag for element in ElementTree.fromstring(junit.render(shown(named("a")), [0, 1])).iter()]
    assert found == plain
    assert "\x1b" not in written
