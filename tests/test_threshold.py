"""When a run fails."""

from __future__ import annotations

import pytest

from tests.builders import finding, judgement, reach, result, rule
from tf_cvpn_lint.core.evidence import Gap
from tf_cvpn_lint.core.records import settle
from tf_cvpn_lint.core.verdict import Members
from tf_cvpn_lint.model.client_vpn import PushedDns, UnknownDns
from tf_cvpn_lint.reach.trace import EndpointReach, ServerVerdict
from tf_cvpn_lint.result import Result
from tf_cvpn_lint.rules import Certainty, Severity
from tf_cvpn_lint.settings import FailOn
from tf_cvpn_lint.threshold import Threshold


@pytest.mark.parametrize(
    ("fail_on", "severity", "status"),
    [
        (FailOn.NOTE, Severity.NOTE, 1),
        (FailOn.WARNING, Severity.NOTE, 0),
        (FailOn.WARNING, Severity.WARNING, 1),
        (FailOn.WARNING, Severity.ERROR, 1),
        (FailOn.ERROR, Severity.WARNING, 0),
        (FailOn.ERROR, Severity.ERROR, 1),
        (FailOn.NEVER, Severity.ERROR, 0),
    ],
)
def test_a_finding_at_or_above_the_threshold_fails(fail_on: FailOn, severity: Severity, status: int) -> None:
    of = result(findings=(finding(by=rule(severity=severity)),))
    assert Threshold(fail_on).exit_status(of) == status


def test_an_unsure_finding_fails_only_a_strict_run() -> None:
    of = result(findings=(finding(certainty=Certainty.UNSURE),))
    assert Threshold().exit_status(of) == 0
    assert Threshold(strict=True).exit_status(of) == 1


def test_a_likely_finding_counts() -> None:
    assert Threshold().exit_status(result(findings=(finding(certainty=Certainty.LIKELY),))) == 1


def test_an_undecided_server_fails_only_a_strict_run() -> None:
    of = result(reach({"10.0.0.2": ServerVerdict.UNKNOWN}))
    assert Threshold().exit_status(of) == 0
    assert Threshold(strict=True).exit_status(of) == 1
    assert Threshold(FailOn.NEVER, strict=True).exit_status(of) == 1


def test_an_endpoint_that_is_switched_off_fails_no_run() -> None:
    off = reach({"10.0.0.2": ServerVerdict.UNKNOWN}, enabled=False)
    of = result(off, findings=(finding(enabled=False),))
    assert Threshold(FailOn.NOTE, strict=True).exit_status(of) == 0


def test_servers_of_which_nothing_is_known_are_undecided() -> None:
    one = reach({})
    settle(one.endpoint, "dns", UnknownDns((), "known after apply"))
    unknown = EndpointReach(one.endpoint, (), (), ())
    assert Threshold(strict=True).exit_status(Result((judgement(unknown),))) == 1
    unread = Gap("aws_ec2_client_vpn_endpoint.this", "dns_servers", "known after apply")
    settle(one.endpoint, "dns", PushedDns(Members((), (unread,))))
    assert Threshold(strict=True).exit_status(Result((judgement(unknown),))) == 1


def test_a_run_without_findings_passes() -> None:
    assert Threshold(FailOn.NOTE, strict=True).exit_status(result(reach({"10.0.0.2": ServerVerdict.REACHABLE}))) == 0
