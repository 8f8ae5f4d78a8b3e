"""What a run comes to: for every input what was read, what becomes of every query, and the findings."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Literal

from tf_cvpn_lint.config.configuration import Configuration
from tf_cvpn_lint.core.address import Address
from tf_cvpn_lint.core.evidence import Gap, Location
from tf_cvpn_lint.core.records import dataclass
from tf_cvpn_lint.model.network import Network
from tf_cvpn_lint.reach.trace import EndpointReach
from tf_cvpn_lint.rules import Finding

ENDPOINT_TYPE = "aws_ec2_client_vpn_endpoint"
SETTINGS = "settings"
"""What stands in the place of a resource type where a finding is about the settings (`settings.expect[0]`)."""


@dataclass(frozen=True, slots=True)
class Suppression:
    """Why a finding is not held against the run."""

    by: Literal["comment", "settings", "baseline"]
    reason: str
    until: date | None = None
    """The last day on which it counts."""
    location: Location | None = None
    """Where that is written."""


@dataclass(frozen=True, slots=True)
class Suppressed:
    """A finding that is told and not held against the run."""

    finding: Finding
    suppression: Suppression
    position: int
    """Where it stands among all findings of its judgement, from 0."""


@dataclass(frozen=True, slots=True)
class AssumptionUse:
    """An assumption and what rests on it."""

    says: str
    reason: str
    location: Location | None
    """Where it is written; None where it was given on the command line."""
    applies: bool
    """Whether there was something here that it settles."""
    servers: tuple[tuple[Address, str], ...] = ()
    """The servers (endpoint, server) whose verdict is another without it."""
    decides_findings: bool = False
    """Whether the findings are others without it."""


@dataclass(frozen=True)
class Judgement:
    """One input and everything that is said of it, in the order of the report."""

    configuration: Configuration
    network: Network
    endpoints: tuple[EndpointReach, ...]
    findings: tuple[Finding, ...]
    """Those that are held against the run."""
    suppressed: tuple[Suppressed, ...] = ()
    """Those that are not; in the order of their positions."""
    assumptions: tuple[AssumptionUse, ...] = ()
    """Every assumption that was made about this input, in the order they were given."""

    @property
    def all_marked(self) -> tuple[tuple[Finding, Suppression | None], ...]:
        """All findings in the order in which they were found, each with what suppresses it."""
        merged: list[tuple[Finding, Suppression | None]] = [(finding, None) for finding in self.findings]
        for each in self.suppressed:
            merged.insert(each.position, (each.finding, each.suppression))
        return tuple(merged)

    def rests_on(self, endpoint: Address, server: str) -> tuple[AssumptionUse, ...]:
        """The assumptions without which the verdict of this server is another."""
        if not self.assumptions:
            return ()
        return tuple(each for each in self.assumptions if (endpoint, server) in each.servers)

    @property
    def path(self) -> str:
        """The input as the user wrote it."""
        return self.configuration.inputs[0].path if self.configuration.inputs else ""

    @property
    def unread(self) -> tuple[Gap, ...]:
        """What was not read, whether an endpoint touches it or not."""
        return tuple(dict.fromkeys((*self.configuration.gaps, *self.network.gaps)))

    @property
    def may_hide_endpoints(self) -> tuple[Gap, ...]:
        """Why there may be endpoints that were not read."""
        return self.configuration.unread(ENDPOINT_TYPE)


@dataclass(frozen=True, slots=True, order=True)
class BaselineEntry:
    """A finding that was there when the baseline was written."""

    fingerprint: str
    rule: str
    endpoint: str
    server: str
    address: str


@dataclass(frozen=True)
class Result:
    """All inputs of a run."""

    judgements: tuple[Judgement, ...] = ()

    removable: tuple[BaselineEntry, ...] = ()
    """Entries of the baseline that no finding has any more."""

    def among(self, paths: Sequence[str], chosen: Collection[str]) -> Result:
        """The judgements of the chosen inputs. `paths` names the inputs of all, in their order."""
        return Result(tuple(judged for path, judged in zip(paths, self.judgements, strict=True) if path in chosen))

    @property
    def endpoints(self) -> tuple[EndpointReach, ...]:
        return tuple(endpoint for judgement in self.judgements for endpoint in judgement.endpoints)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Those that are held against the run."""
        return tuple(finding for judgement in self.judgements for finding in judgement.findings)

    @property
    def all_marked(self) -> tuple[tuple[Finding, Suppression | None], ...]:
        """All findings, each with what suppresses it."""
        return tuple(marked for judgement in self.judgements for marked in judgement.all_marked)

    @property
    def suppressed(self) -> tuple[Suppressed, ...]:
        return tuple(each for judgement in self.judgements for each in judgement.suppressed)
