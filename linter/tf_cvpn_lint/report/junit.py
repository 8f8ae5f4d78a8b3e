"""The report as JUnit XML: a suite for each endpoint, a test for each DNS server and one for the endpoint itself.

A test fails where a finding about it fails the run, so that the tests and the exit status agree. What was not decided is skipped.
The form that readers share: https://github.com/testmoapp/junitxml
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from tf_cvpn_lint.report import standing
from tf_cvpn_lint.report.contract import DnsServerShown, EndpointShown, FindingShown, Report
from tf_cvpn_lint.report.escapes import lines, markup

NAME = "tf-cvpn-lint"


class _Suite:
    """One `<testsuite>`, with its counts."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.tests = self.failures = self.skipped = 0
        self.lines: list[str] = []

    def add(self, name: str, failing: Sequence[str], skipped: str | None, out: Sequence[str]) -> None:
        self.tests += 1
        opening = f'    <testcase classname="{markup(self.name)}" name="{markup(name)}" time="0"'
        if not failing and skipped is None and not out:
            self.lines.append(f"{opening}/>")
            return
        self.lines.append(f"{opening}>")
        if failing:
            self.failures += 1
            text = "\n\n".join(_block(entry) for entry in failing)
            first = failing[0].partition("\n")
            self.lines.append(
                f'      <failure type="{markup(first[0].split(" ")[1])}" message="{markup(first[0])}">{text}</failure>'
            )
        elif skipped is not None:
            self.skipped += 1
            self.lines.append(f'      <skipped message="{markup(skipped)}"/>')
        if out:
            self.lines.append(f"      <system-out>{_block(chr(10).join(out))}</system-out>")
        self.lines.append("    </testcase>")

    def __str__(self) -> str:
        counts = f'tests="{self.tests}" failures="{self.failures}" errors="0" skipped="{self.skipped}" time="0"'
        return "\n".join([f'  <testsuite name="{markup(self.name)}" {counts}>', *self.lines, "  </testsuite>"])


def render(report: Report, fails: Collection[int]) -> str:
    """JUnit XML. `fails` are the positions in `report.findings` of those that fail the run."""
    failing = {id(report.findings[position]) for position in fails}
    suites = []
    for endpoint in report.endpoints:
        suite = _Suite(endpoint.address if len(report.inputs) < 2 else f"{endpoint.address} ({endpoint.input})")
        found = standing.findings_of(report, endpoint)
        for position, server in enumerate(endpoint.dns_servers, start=1):
            mine = [finding for finding in found if standing.is_about(finding, server)]
            found = [finding for finding in found if finding not in mine]
            name = f"DNS server {position} ({standing.server_name(server)}) is reachable"
            unsure = f"not decided: {server.because}" if server.verdict == "unknown" else None
            suite.add(name, *_told(mine, failing, unsure), [*_facts(server), *_rest(mine, failing)])
        suite.add(
            "the endpoint is set up well",
            *_told(found, failing, None),
            [*_setup(endpoint), *_rest(found, failing)],
        )
        suites.append(suite)
    about_none = [finding for finding in report.findings if finding.endpoint is None and finding.suppressed is None]
    if about_none:
        suite = _Suite("configuration")
        suite.add(
            "the configuration is set up well",
            *_told(about_none, failing, None),
            _rest(about_none, failing),
        )
        suites.append(suite)
    counts = {name: sum(getattr(suite, name) for suite in suites) for name in ("tests", "failures", "skipped")}
    top = f'tests="{counts["tests"]}" failures="{counts["failures"]}" errors="0" skipped="{counts["skipped"]}" time="0"'
    body = "".join(f"{suite}\n" for suite in suites)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="{NAME}" {top}>\n{body}</testsuites>\n'


def _told(findings: list[FindingShown], failing: set[int], unsure: str | None) -> tuple[list[str], str | None]:
    worst = sorted(
        (finding for finding in findings if id(finding) in failing),
        key=lambda finding: -standing.RANKS[finding.severity],
    )
    return [_finding(finding) for finding in worst], unsure


def _rest(findings: list[FindingShown], failing: set[int]) -> list[str]:
    return [_finding(finding) for finding in findings if id(finding) not in failing]


def _finding(finding: FindingShown) -> str:
    """The first line is `error CVPN101 name: message`."""
    told = [f"{finding.severity} {standing.title(finding)}: {finding.message}", f"at {standing.subject(finding)}"]
    if finding.location:
        told[1] += f" ({finding.location.file}:{finding.location.line})"
    told.append(f"fix: {finding.fix}")
    if finding.suggestion:
        told.append(finding.suggestion.strip("\n"))
    return "\n".join(told)


def _facts(server: DnsServerShown) -> list[str]:
    told = [
        f"{standing.VERDICT_WORDS[server.verdict]}: {standing.KIND_WORDS[server.kind]}, {standing.PATH_WORDS[server.path]}"
    ]
    told += [f"assumed: {says}" for says in server.assumptions]
    for way in standing.ways(server.traces):
        told.append(f"{way.queries}{' by ' + ', '.join(way.associations) if way.associations else ''}")
        there = len(way.trace.steps)
        for number, step in enumerate(standing.all_steps(way.trace)):
            mark = f"{'  back: ' if number >= there else '  '}{standing.STEP_MARKS[step.verdict]}"
            told.append(f"{mark} {standing.hop_name(step.hop)}: {way.says(step)}")
    return told


def _setup(endpoint: EndpointShown) -> list[str]:
    off = [] if endpoint.enabled else ["switched off here; judged as if it were on, and fails no run"]
    devices = [
        f"the device's {device.resolver} resolver: {standing.VERDICT_WORDS[device.verdict]}: {device.says}"
        for device in endpoint.device_resolvers
    ]
    return [*off, *devices]


def _block(text: str) -> str:
    return "\n".join(markup(line) for line in lines(text).split("\n"))
