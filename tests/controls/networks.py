"""Configurations for the tests of the controls: fixtures, and small Terraform written into a directory."""

from __future__ import annotations

from pathlib import Path

from tf_cvpn_lint.adapt import TYPES
from tf_cvpn_lint.config.configuration import Configuration
from tf_cvpn_lint.controls.in_force import Controls
from tf_cvpn_lint.read.inputs import read
from tf_cvpn_lint.result import Judgement
from tf_cvpn_lint.run import examine
from tf_cvpn_policies import RULES

ROOT = Path(__file__).parent.parent.parent
FIXTURES = ROOT / "fixtures"
STORIES = FIXTURES / "networks"
ENDPOINT = "aws_ec2_client_vpn_endpoint.this"

NOT_AUTHORIZED = (FIXTURES / "rules" / "CVPN102" / "fires" / "main.tf").read_text("utf-8")
"""One endpoint whose Amazon DNS server nobody may ask."""


def plan(story: str) -> Configuration:
    """The plan of a story, with its sources."""
    return read(str(STORIES / story / "plan.json"), types=TYPES)


def directory(at: Path, text: str, name: str = "main.tf") -> Configuration:
    """Terraform written into a directory and read as such."""
    at.mkdir(parents=True, exist_ok=True)
    (at / name).write_text(text, "utf-8")
    return read(str(at), types=TYPES)


def judged(configuration: Configuration, controls: Controls | None = None) -> Judgement:
    return examine(configuration, RULES, controls or Controls())


def rules_of(judgement: Judgement) -> list[str]:
    return [finding.rule.id for finding in judgement.findings]


def verdicts(judgement: Judgement) -> dict[str, str]:
    return {str(server.server): server.verdict.value for reach in judgement.endpoints for server in reach.servers}
