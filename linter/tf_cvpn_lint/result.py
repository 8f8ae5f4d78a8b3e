"""What a run comes to: for every input what was read, what becomes of every query, and the findings."""

from __future__ import annotations

from dataclasses import dataclass

from tf_cvpn_lint.config.configuration import Configuration
from tf_cvpn_lint.core.evidence import Gap
from tf_cvpn_lint.model.network import Network
from tf_cvpn_lint.reach.trace import EndpointReach
from tf_cvpn_lint.rules import Finding

ENDPOINT_TYPE = "aws_ec2_client_vpn_endpoint"


@dataclass(frozen=True)
class Judgement:
    """One input and everything that is said of it, in the order of the report."""

    configuration: Configuration
    network: Network
    endpoints: tuple[EndpointReach, ...]
    findings: tuple[Finding, ...]

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


@dataclass(frozen=True)
class Result:
    """All inputs of a run."""

    judgements: tuple[Judgement, ...] = ()

    @property
    def endpoints(self) -> tuple[EndpointReach, ...]:
        return tuple(endpoint for judgement in self.judgements for endpoint in judgement.endpoints)

    @property
    def findings(self) -> tuple[Finding, ...]:
        return tuple(finding for judgement in self.judgements for finding in judgement.findings)
