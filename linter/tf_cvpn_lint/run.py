"""The pipeline: paths in; what was read, what becomes of every query, and the findings out.

The rules are given by the front end; nothing here knows which there are.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tf_cvpn_lint.adapt import TYPES, adapt
from tf_cvpn_lint.config.configuration import Configuration
from tf_cvpn_lint.model.network import Network
from tf_cvpn_lint.reach.judge import judge
from tf_cvpn_lint.reach.trace import EndpointReach
from tf_cvpn_lint.read.inputs import TERRAFORM_FILES, read
from tf_cvpn_lint.result import Judgement, Result
from tf_cvpn_lint.rules import Finding, Rule, View
from tf_cvpn_lint.variable_arguments import VariableArgument

if TYPE_CHECKING:
    from tf_cvpn_lint.read.hcl.variables import HclOptions


@dataclass(frozen=True, slots=True)
class Options:
    """How to read."""

    sources: tuple[Path, ...] = ()
    """Directories with the Terraform files of the plans, besides the directory each plan lies in."""
    variables: tuple[VariableArgument, ...] = ()
    """For directories of Terraform: `--var` and `--var-file`, in order."""
    workspace: str | None = None
    """For directories of Terraform: what `terraform.workspace` is; None: as the environment or `.terraform` say."""
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
            path,
            sources=options.sources,
            run_show=options.run_show,
            stdin=sys.stdin.buffer,
            types=TYPES,
            hcl=hcl_options(options) if Path(path).is_dir() or path.endswith(TERRAFORM_FILES) else None,
        )
        judgements.append(examine(configuration, rules))
    return Result(tuple(judgements))


def hcl_options(options: Options) -> HclOptions:
    """How a directory of Terraform is evaluated, with the environment's `TF_VAR_*` and `TF_WORKSPACE`."""
    from tf_cvpn_lint.read.hcl.variables import HclOptions, Variable, VariableFile

    def one(argument: VariableArgument) -> Variable | VariableFile:
        if argument.is_file:
            return VariableFile(Path(argument.text))
        name, _, value = argument.text.partition("=")
        return Variable(name.strip(), value)

    return HclOptions(
        arguments=tuple(map(one, options.variables)), environment=dict(os.environ), workspace=options.workspace
    )


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
