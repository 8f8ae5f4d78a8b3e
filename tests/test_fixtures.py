"""Every fixture, read as a plan alone and as a plan beside its sources, against what was written down by hand before.

`expected.json` in `fixtures/networks` and `fixtures/estates` says what becomes of every server and which findings there are; in
`fixtures/rules` the marks `# finds: CVPN101` stand on the lines where a rule should speak, and `# should find:` on those it is known to
miss. Only rules that exist are compared.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Literal

import jsonschema
import pytest

from tf_cvpn_lint.report import document
from tf_cvpn_lint.report.contract import DnsServerShown, EndpointShown, FindingShown, Report, json_schema
from tf_cvpn_lint.run import Options, run
from tf_cvpn_policies import RULES

FIXTURES = Path(__file__).parent.parent / "fixtures"
NETWORKS = sorted(
    path.parent for place in ("networks/*", "estates/**") for path in FIXTURES.glob(f"{place}/expected.json")
)
CASES = sorted(path.parent for path in FIXTURES.glob("rules/*/*/plan.json"))
DIRECTORIES = sorted(path.parent for path in FIXTURES.glob("rules/*/*/main.tf"))
PLANS = sorted(path for path in FIXTURES.glob("*/**/plan.json") if "hostile" not in path.parts)
IDS = {rule.id for rule in RULES}
MARK = re.compile(r"#\s*(should find|finds):\s*(CVPN\d{3}(?:\s*,\s*CVPN\d{3})*)")

Mode = Literal["plan", "plan with sources", "directory"]
MODES: tuple[Mode, ...] = ("plan", "plan with sources")


def name(path: Path) -> str:
    return path.relative_to(FIXTURES).as_posix()


@cache
def judged(directory: Path, mode: Mode) -> Report:
    """The report on a fixture: its plan without sources beside it, its plan as it lies there, or its Terraform without a plan."""
    if mode == "directory":
        return document.report(run([str(directory)], RULES, Options()))
    if mode == "plan with sources":
        return document.report(run([str(directory / "plan.json")], RULES, Options()))
    with tempfile.TemporaryDirectory() as alone:
        plan = shutil.copy(directory / "plan.json", alone)
        return document.report(run([str(plan)], RULES, Options()))


def sure(report: Report) -> list[FindingShown]:
    return [finding for finding in report.findings if finding.certainty != "unsure"]


def told(endpoint: EndpointShown) -> dict[str, Any]:
    """What an expectation says of an endpoint."""
    return {
        "tunnel_mode": endpoint.tunnel_mode,
        "dns": endpoint.dns,
        "dns_servers": [
            {
                "server": server.server,
                "reference": server.reference,
                "kind": server.kind,
                "verdict": server.verdict,
                "path": server.path,
            }
            for server in endpoint.dns_servers
        ],
        "device_resolvers": [
            {"resolver": device.resolver, "verdict": device.verdict, "path": device.path}
            for device in endpoint.device_resolvers
        ],
    }


def found_in(expected: dict[str, Any], mode: Mode) -> list[dict[str, Any]]:
    """The findings expected; the sources may settle more of them."""
    alone: list[dict[str, Any]] = expected["findings"]
    return alone if mode == "plan" else expected.get("findings_with_sources", alone)


def expectation(directory: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((directory / "expected.json").read_text("utf-8"))
    return read


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("network", NETWORKS, ids=name)
def test_a_network_is_judged_as_expected(network: Path, mode: Mode) -> None:
    expected = expectation(network)
    endpoints = expected["endpoints"] | (expected.get("with_sources", {}) if mode == "plan with sources" else {})
    report = judged(network, mode)
    assert {endpoint.address: told(endpoint) for endpoint in report.endpoints} == endpoints, expected["because"]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("network", NETWORKS, ids=name)
def test_a_network_has_the_findings_expected_and_no_others(network: Path, mode: Mode) -> None:
    expected = expectation(network)
    wanted = [
        (finding["rule"], finding["endpoint"], finding["server"])
        for finding in found_in(expected, mode)
        if finding["rule"] in IDS
    ]
    found = [(finding.rule, finding.endpoint, finding.server) for finding in sure(judged(network, mode))]
    assert sorted(found, key=str) == sorted(wanted, key=str), expected["because"]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("network", [path for path in NETWORKS if expectation(path)["clean"]], ids=name)
def test_a_clean_network_has_no_errors_and_no_warnings(network: Path, mode: Mode) -> None:
    assert [finding for finding in sure(judged(network, mode)) if finding.severity != "note"] == []


def marks(directory: Path, word: str) -> set[tuple[int, str]]:
    """(line, rule) of the marks in `main.tf`, of the rules that exist."""
    return {
        (number, rule)
        for number, line in enumerate((directory / "main.tf").read_text("utf-8").splitlines(), 1)
        for mark in MARK.finditer(line)
        if mark.group(1) == word
        for rule in re.split(r"\s*,\s*", mark.group(2))
        if rule in IDS
    }


@pytest.mark.parametrize("case", CASES, ids=name)
def test_rules_speak_on_the_lines_that_are_marked_and_on_no_others(case: Path) -> None:
    findings = sure(judged(case, "plan with sources"))
    found = {(finding.location.line if finding.location else 0, finding.rule) for finding in findings}
    assert found == marks(case, "finds")


@pytest.mark.parametrize("case", CASES, ids=name)
def test_a_plan_alone_says_nothing_that_the_sources_would_take_back(case: Path) -> None:
    found = {finding.rule for finding in sure(judged(case, "plan"))}
    assert found <= {rule for _, rule in marks(case, "finds")}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule.id))
def test_a_rule_has_fixtures_in_which_it_speaks_and_in_which_it_does_not(rule: Any) -> None:
    directory = FIXTURES / "rules" / rule.id
    assert rule.id in {
        found for _, found in marks(directory / "fires", "finds") | marks(directory / "fires", "should find")
    }
    assert rule.id not in {found for _, found in marks(directory / "silent", "finds")}
    assert (directory / "unsure" / "main.tf").is_file()


@pytest.mark.parametrize("plan", PLANS, ids=name)
def test_every_report_keeps_to_the_published_schema(plan: Path) -> None:
    report = judged(plan.parent, "plan with sources").model_dump(mode="json")
    jsonschema.Draft202012Validator(json_schema()).validate(report)


@pytest.mark.parametrize("network", NETWORKS, ids=name)
def test_a_server_without_a_verdict_is_among_the_gaps(network: Path) -> None:
    report = judged(network, "plan")
    for endpoint in report.endpoints:
        for server in endpoint.dns_servers:
            if server.verdict == "unknown":
                what = f"DNS server {server.server or server.reference}"
                assert any(gap.what == what and endpoint.address in gap.endpoints for gap in report.gaps)


SETTLED = {"reachable", "unreachable", "intermittent"}

KNOWN_MISSES: set[tuple[str, str]] = set()
"""Rules that do not speak in a directory yet, on record."""


def verdicts(report: Report) -> dict[tuple[str, int], str]:
    """By endpoint and position. A plan alone has one entry for a list of which nothing is known."""
    return {
        (endpoint.address, position): server.verdict
        for endpoint in report.endpoints
        for position, server in enumerate(endpoint.dns_servers)
    }


PLANNED = sorted(
    {*NETWORKS, *CASES, *(path.parent for path in FIXTURES.glob("quiet/*/*/plan.json"))},
    key=name,
)
"""Every fixture with a plan and sources that say the same."""
PAIRS: tuple[tuple[Mode, Mode], ...] = (
    ("directory", "plan with sources"),
    ("directory", "plan"),
    ("plan", "plan with sources"),
)
"""Ways of reading that never contradict each other; the second sees more than the first, or other things."""


def contradictions(one: Report, other: Report) -> Iterator[str]:
    """Where two reports on one configuration say different things for sure: of endpoints, servers, hops, and devices' own resolvers."""
    found = {endpoint.address: endpoint for endpoint in one.endpoints}
    for theirs in other.endpoints:
        mine = found.get(theirs.address)
        if mine is None:
            continue
        yield from _differ(mine.address, "tunnel", mine.tunnel_mode, theirs.tunnel_mode)
        yield from _differ(mine.address, "dns", mine.dns, theirs.dns)
        for a, b in zip(mine.device_resolvers, theirs.device_resolvers, strict=False):
            yield from _differ(mine.address, f"resolver of the device: {a.resolver}", a.verdict, b.verdict)
        if len(mine.dns_servers) != len(theirs.dns_servers):
            known = [all(server.server for server in one.dns_servers) for one in (mine, theirs) if one.dns == "pushed"]
            if len(known) == 2 and all(known):
                yield f"{mine.address}: {len(mine.dns_servers)} servers and {len(theirs.dns_servers)}"
            continue
        for position, (mine_, theirs_) in enumerate(zip(mine.dns_servers, theirs.dns_servers, strict=True)):
            yield from _servers_differ(f"{mine.address}[{position}]", mine_, theirs_)


def _servers_differ(where: str, mine: DnsServerShown, theirs: DnsServerShown) -> Iterator[str]:
    yield from _differ(where, "address", mine.server, theirs.server)
    yield from _differ(where, "kind", mine.kind, theirs.kind)
    yield from _differ(where, "verdict", mine.verdict, theirs.verdict)
    yield from _differ(where, "path", mine.path, theirs.path)
    hops = {(trace.association, trace.protocol): trace.steps for trace in mine.traces}
    for trace in theirs.traces:
        steps = hops.get((trace.association, trace.protocol), [])
        for hop in dict.fromkeys(step.hop for step in trace.steps):
            # A kind of hop may be met more than once: where both met it as often, each time is the same place.
            ours, others = ([step.verdict for step in one if step.hop == hop] for one in (steps, trace.steps))
            for one, other in zip(ours, others, strict=True) if len(ours) == len(others) else ():
                yield from _differ(where, f"{trace.association} {trace.protocol} {hop}", one, other)


def _differ(where: str, what: str, mine: str | None, theirs: str | None) -> Iterator[str]:
    if mine != theirs and not {mine, theirs} & {None, "unknown", "unsure"}:
        yield f"{where}: {what}: {mine} and {theirs}"


@pytest.mark.parametrize("pair", PAIRS, ids=" and ".join)
@pytest.mark.parametrize("directory", PLANNED, ids=name)
def test_no_way_of_reading_is_contrary_to_another(directory: Path, pair: tuple[Mode, Mode]) -> None:
    one, other = (judged(directory, mode) for mode in pair)
    assert list(contradictions(one, other)) == []


@pytest.mark.parametrize("directory", CASES, ids=name)
def test_what_a_directory_finds_for_sure_its_plan_finds_too(directory: Path) -> None:
    plan, found = (
        {(finding.rule, finding.endpoint) for finding in sure(judged(directory, mode))}
        for mode in ("plan with sources", "directory")
    )
    off = {endpoint.address for endpoint in judged(directory, "directory").endpoints if not endpoint.enabled}
    assert {(rule, endpoint) for rule, endpoint in found if endpoint not in off} <= plan


@pytest.mark.parametrize("network", NETWORKS, ids=name)
def test_a_directory_has_no_finding_that_its_plan_has_not(network: Path) -> None:
    expected = {(finding["rule"], finding["endpoint"]) for finding in found_in(expectation(network), "directory")}
    assert {(finding.rule, finding.endpoint) for finding in sure(judged(network, "directory"))} <= expected


def test_directories_are_nearly_as_sure_as_plans() -> None:
    settled = [
        verdicts(judged(network, "directory")).get(server) in SETTLED
        for network in PLANNED
        for server, verdict in verdicts(judged(network, "plan with sources")).items()
        if verdict in SETTLED
    ]
    print(f"as sure as the plan: {sum(settled)} of {len(settled)} servers ({sum(settled) / len(settled):.1%})")
    assert sum(settled) / len(settled) > 0.95, "data sources and prior state are all that a directory does not know"


@pytest.mark.parametrize("case", DIRECTORIES, ids=name)
def test_rules_speak_in_a_directory_as_they_do_in_a_plan(case: Path) -> None:
    if (case.parent.name, case.name) in KNOWN_MISSES:
        pytest.xfail("on record")
    findings = sure(judged(case, "directory"))
    found = {(finding.location.line if finding.location else 0, finding.rule) for finding in findings}
    if case.name == "fires":
        assert found == marks(case, "finds")
    else:
        assert found <= marks(case, "finds")
