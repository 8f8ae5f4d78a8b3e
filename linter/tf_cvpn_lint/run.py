"""The pipeline: paths in; what was read, what becomes of every query, and the findings out.

The rules are given by the front end; nothing here knows which there are.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tf_cvpn_lint.adapt import TYPES, adapt
from tf_cvpn_lint.config.configuration import Configuration
from tf_cvpn_lint.model.network import Network
from tf_cvpn_lint.reach.judge import judge
from tf_cvpn_lint.reach.trace import EndpointReach
from tf_cvpn_lint.read.inputs import read
from tf_cvpn_lint.result import Judgement, Result
from tf_cvpn_lint.rules import Finding, Rule, View


@dataclass(frozen=True, slots=True)
class Options:
    """How to read."""

    sources: tuple[Path, ...] = ()
    """Directories with the Terraform files of the plans, besides the directory each plan lies in."""
    run_show: bool = False
    """Whether `terraform show -json` may be run on a plan in Terraform's binary form."""


def run(paths: Iterable[str], rules: tuple[Rule, ...], options: Options) -> Result:
    """Reads and judges every path, each once, in the order given.

    Raises:
        InputError: a path cannot be read or is nothing that can be judged.
    """
    judgements = []
    for path in dict.fromkeys(paths):
        configuration = read(
            path, sources=options.sources, run_show=options.run_show, stdin=sys.stdin.buffer, types=TYPES
        )
        judgements.append(examine(configuration, rules))
    return Result(tuple(judgements))


def examine(configuration: Configuration, rules: tuple[Rule, ...]) -> Judgement:
    """What is said of one configuration. A rule that fails is a bug, and is seen as one."""
    network = adapt(configuration)
    endpoints = tuple(sorted(judge(network), key=lambda reach: reach.endpoint.address))
    findings = tuple(finding for endpoint in endpoints for finding in findings_of(network, endpoint, rules))
    return Judgement(configuration, network, endpoints, findings)


def findings_of(network: Network, endpoint: EndpointReach, rules: Iterable[Rule]) -> Iterator[Finding]:
    """The findings about one endpoint: the worst first, then in the order of its servers, of the rules and of the places."""
    view = View(network, endpoint)
    positions = {str(reach.server): reach.server.position for reach in endpoint.servers}

    def order(finding: Finding) -> tuple[object, ...]:
        return (
            -finding.severity.rank,
            positions.get(finding.server or finding.reference or "", -1),
            finding.rule.id,
            str(finding.evidence),
            finding.message,
            finding.fix,
        )

    yield from sorted(dict.fromkeys(finding for rule in rules for finding in rule.check(view)), key=order)
