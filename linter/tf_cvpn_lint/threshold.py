"""When a run fails: exit status 0 or 1. (Status 2 is for what could not be judged at all.)"""

from __future__ import annotations

from typing import assert_never

from tf_cvpn_lint.core.records import dataclass
from tf_cvpn_lint.report.undecided import undecided_servers
from tf_cvpn_lint.result import Result
from tf_cvpn_lint.rules import Certainty, Finding, Severity
from tf_cvpn_lint.settings import FailOn


def least_rank(fail_on: FailOn) -> int:
    """The least `Severity.rank` that fails; above all of them for `never`."""
    match fail_on:
        case FailOn.NEVER:
            return Severity.ERROR.rank + 1
        case FailOn.NOTE | FailOn.WARNING | FailOn.ERROR:
            return Severity(fail_on.value).rank
        case _:
            assert_never(fail_on)


@dataclass(frozen=True, slots=True)
class Threshold:
    """What fails a run."""

    fail_on: FailOn = FailOn.WARNING
    strict: bool = False
    """Unsure findings count, and so does a DNS server that stayed undecided."""

    def is_failed_by(self, finding: Finding) -> bool:
        """Whether this finding fails the run. One on an endpoint that is switched off never does."""
        counts = finding.certainty is not Certainty.UNSURE or self.strict
        return finding.enabled and counts and finding.severity.rank >= least_rank(self.fail_on)

    def exit_status(self, result: Result) -> int:
        """0 or 1."""
        if any(self.is_failed_by(finding) for finding in result.findings):
            return 1
        if self.strict and any(undecided_servers(reach) for reach in result.endpoints if reach.endpoint.is_enabled):
            return 1
        return 0
