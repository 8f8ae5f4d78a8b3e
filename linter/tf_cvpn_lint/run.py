"""The pipeline: paths in; what was read, what becomes of every query, and the findings out.

The rules are given by the front end; nothing here knows which there are.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tf_cvpn_lint.adapt import TYPES, adapt
from tf_cvpn_lint.config.configuration import Configuration
from tf_cvpn_lint.controls import baseline as baselines
from tf_cvpn_lint.controls.assumptions import Assumption, Contradiction, premises
from tf_cvpn_lint.controls.engine_rules import ASSUMPTION_CONTRADICTED, finding_of
from tf_cvpn_lint.controls.expectations import broken, fits_something
from tf_cvpn_lint.controls.in_force import Controls
from tf_cvpn_lint.controls.lans import with_lans
from tf_cvpn_lint.controls.weighing import Outcome, uses
from tf_cvpn_lint.core.address import Address, Name
from tf_cvpn_lint.core.evidence import Gap
from tf_cvpn_lint.core.records import dataclass, replace
from tf_cvpn_lint.core.value import Unknown
from tf_cvpn_lint.model.network import Network
from tf_cvpn_lint.reach.judge import judge
from tf_cvpn_lint.reach.trace import EndpointReach
from tf_cvpn_lint.read.inputs import TERRAFORM_FILES, read
from tf_cvpn_lint.result import SETTINGS, BaselineEntry, Judgement, Result, Suppressed, Suppression
from tf_cvpn_lint.rules import Certainty, Finding, Rule, View
from tf_cvpn_lint.suggestions import fitted
from tf_cvpn_lint.variable_arguments import VariableArgument

if TYPE_CHECKING:
    from tf_cvpn_lint.read.hcl.variables import HclOptions

NONE = Controls()
"""All rules as they are; suppression comments count and never expire."""


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


def run(paths: Iterable[str], rules: tuple[Rule, ...], options: Options, controls: Controls = NONE) -> Result:
    """Reads and judges every path, each once, in the order given; of a directory without Terraform files what lies below it.

    Raises:
        InputError: a path cannot be read or is nothing that can be judged.
    """
    return concluded(Result(examined(inputs(paths), rules, options, controls)), controls)


def examined(
    paths: Iterable[str], rules: tuple[Rule, ...], options: Options, controls: Controls = NONE
) -> tuple[Judgement, ...]:
    """What is said of each of these inputs by itself.

    Raises:
        InputError: a path cannot be read or is nothing that can be judged.
    """
    judgements = []
    for path in paths:
        configuration = read(
            path,
            sources=options.sources,
            run_show=options.run_show,
            stdin=sys.stdin.buffer,
            types=TYPES,
            hcl=hcl_options(options) if Path(path).is_dir() or path.endswith(TERRAFORM_FILES) else None,
        )
        judgements.append(examine(configuration, rules, controls, options.sources))
    return tuple(judgements)


def inputs(paths: Iterable[str]) -> tuple[str, ...]:
    """What is judged of the paths that were named, each once: of a directory without Terraform files what lies below it."""
    paths = tuple(dict.fromkeys(paths))
    if not any(Path(path).is_dir() for path in paths):
        return paths
    from tf_cvpn_lint.read.hcl.directory import judged_directories

    return judged_directories(paths)


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


def examine(
    configuration: Configuration,
    rules: tuple[Rule, ...],
    controls: Controls = NONE,
    sources: tuple[Path, ...] = (),
) -> Judgement:
    """What is said of one configuration. A rule that fails is a bug, and is seen as one.

    Args:
        sources: where the Terraform files of a plan may be, besides its own directory; for the comments in them.
    """
    asked = controls.selection.rules(rules)
    network = adapt(configuration)
    scene = premises(configuration, network, controls.assumptions)
    if scene.applied:
        network = scene.complete(adapt(scene.configuration))
    endpoints, findings = _judged(network, asked)
    findings = tuple(fitted(configuration, findings))

    def outcome(assumptions: tuple[Assumption, ...]) -> Outcome:
        fewer = premises(configuration, bare, assumptions)
        return Outcome.of(*_judged(fewer.complete(adapt(fewer.configuration)), asked))

    bare = network if not scene.applied else adapt(configuration)
    assumed = (
        uses(controls.assumptions, scene.applied, Outcome.of(endpoints, findings), outcome)
        if controls.assumptions
        else ()
    )
    if configuration.for_any_input is not None and findings:
        findings = tuple(_for_any_input(configuration.for_any_input, findings, asked, controls))
    findings = (*findings, *map(_contradicted, scene.contradictions))
    judgement = Judgement(configuration, network, endpoints, (), (), assumed)
    return _marked(judgement, _by_comments(configuration, findings, rules, controls, sources), controls)


def _judged(network: Network, rules: tuple[Rule, ...]) -> tuple[tuple[EndpointReach, ...], tuple[Finding, ...]]:
    reaches = sorted(
        (with_lans(reach, network.assumed) for reach in judge(network)), key=lambda reach: reach.endpoint.address
    )
    endpoints: list[EndpointReach] = []
    findings: list[Finding] = []
    for reach in reaches:
        found, gaps = asked(network, reach, rules)
        endpoints.append(replace(reach, gaps=tuple(dict.fromkeys((*reach.gaps, *gaps)))) if gaps else reach)
        findings += found
    return tuple(endpoints), tuple(findings)


def _for_any_input(
    anyhow: Configuration, findings: tuple[Finding, ...], rules: tuple[Rule, ...], controls: Controls
) -> Iterator[Finding]:
    """The findings about a module alone: what does not hold for every caller waits for what the caller says."""
    scene = premises(anyhow, adapt(anyhow), controls.assumptions)
    _, settled = _judged(scene.complete(adapt(scene.configuration)), rules)

    def place(finding: Finding) -> tuple[object, ...]:
        return finding.rule.id, finding.endpoint, finding.server, finding.reference

    held = {place(finding): finding for finding in fitted(anyhow, settled) if finding.certainty is not Certainty.UNSURE}
    for finding in findings:
        certain = held.get(place(finding))
        if certain is not None:
            same = certain.severity is finding.severity
            yield replace(finding, certainty=certain.certainty) if same else certain
        else:
            message = f"{finding.message.rstrip('.')}; so it is where a caller leaves {_defaults(anyhow, finding)}."
            yield replace(finding, certainty=Certainty.UNSURE, message=message)


def _defaults(anyhow: Configuration, finding: Finding) -> str:
    """The variables at their defaults on which the fault rests, as far as the endpoint and the argument at fault tell."""
    places: list[tuple[Address | None, str]] = [
        (finding.evidence.address, finding.evidence.attribute),
        (finding.endpoint, "dns_servers"),
        (finding.endpoint, "split_tunnel"),
    ]
    names: dict[str, None] = {}
    for address, attribute in places:
        resource = None if address is None else anyhow.get(address)
        value = None if resource is None else resource.body.get(attribute.partition("[")[0])
        for reference in value.refers_to if isinstance(value, Unknown) else ():
            if isinstance(reference.target, Name) and reference.target.text.startswith("var."):
                names.setdefault(str(reference.target))
    if not names:
        return "this module's variables at their defaults"
    return f"{' and '.join(names)} at {'its default' if len(names) == 1 else 'their defaults'}"


def _contradicted(contradiction: Contradiction) -> Finding:
    assumption = contradiction.assumption
    return finding_of(
        ASSUMPTION_CONTRADICTED,
        Address(SETTINGS, "assume", assumption.position),
        assumption.location,
        f"It is assumed that {assumption.says}; but {contradiction.message}, and what was read counts.",
        "Remove the assumption, or write what is true.",
    )


Marked = tuple[Finding, Suppression | None]
"""A finding and why it is not held against the run."""


def _by_comments(
    configuration: Configuration,
    findings: tuple[Finding, ...],
    rules: tuple[Rule, ...],
    controls: Controls,
    sources: tuple[Path, ...],
) -> list[Marked]:
    """The findings with the comments that suppress them, and those about the comments."""
    if not controls.suppressions or not configuration.resources:
        return [(finding, None) for finding in findings]
    from tf_cvpn_lint.controls.suppressions import suppressions

    comments = suppressions(configuration, sources, rules, controls.today, require_reason=controls.require_reason)
    if comments is None or not comments.comments:
        return [(finding, None) for finding in findings]
    unasked = [rule for rule in rules if not controls.selection.is_on(rule)]
    faults = comments.faults(findings, unasked)
    return [*((finding, comments.suppression(finding)) for finding in findings), *((fault, None) for fault in faults)]


def _marked(judgement: Judgement, marked: Iterable[Marked], controls: Controls) -> Judgement:
    """The judgement with these findings more: those of rules that are off left out, each as severe as asked, and quiet where asked."""
    selection = controls.selection
    told = [
        *judgement.all_marked,
        *(
            (selection.weighed(finding), suppression or selection.suppression(finding))
            for finding, suppression in marked
            if selection.is_on(finding.rule)
        ),
    ]
    return _with(judgement, told)


def _with(judgement: Judgement, told: Iterable[Marked]) -> Judgement:
    told = tuple(told)
    return replace(
        judgement,
        findings=tuple(finding for finding, suppression in told if suppression is None),
        suppressed=tuple(
            Suppressed(finding, suppression, position)
            for position, (finding, suppression) in enumerate(told)
            if suppression is not None
        ),
    )


def concluded(result: Result, controls: Controls) -> Result:
    """The result with what can be said of all inputs only together: the expectations, and the baseline."""
    judgements = []
    for position, judgement in enumerate(result.judgements):
        fitting = [each for each in controls.expectations if fits_something(each, judgement.endpoints)]
        found = list(broken(fitting, judgement.endpoints))
        if not position:
            # What fits nothing anywhere is told once, with the first input.
            missing = [each for each in controls.expectations if not fits_something(each, result.endpoints)]
            found += broken(missing, result.endpoints)
        judgements.append(_marked(judgement, [(finding, None) for finding in found], controls))
    result = Result(tuple(judgements))
    return result if controls.baseline is None else with_baseline(result, controls.baseline)


def together(paths: Sequence[str], parts: Sequence[Sequence[str]], results: Sequence[Result]) -> Result:
    """The results of the parts as one, its inputs in the order of `paths`."""
    found = {
        path: judgement
        for theirs, result in zip(parts, results, strict=True)
        for path, judgement in zip(theirs, result.judgements, strict=True)
    }
    return Result(tuple(found[path] for path in paths))


def with_baseline(result: Result, baseline: tuple[BaselineEntry, ...]) -> Result:
    """The result with the findings that the baseline holds suppressed. Those that are suppressed already need no entry of it."""
    open_ = result.findings
    known, removable = baselines.known(open_, baseline)
    judgements = []
    position = 0
    for judgement in result.judgements:
        told: list[Marked] = []
        for finding, suppression in judgement.all_marked:
            is_known = suppression is None and position in known
            told.append((finding, KNOWN if is_known else suppression))
            position += suppression is None
        judgements.append(_with(judgement, told))
    return Result(tuple(judgements), removable)


KNOWN = Suppression("baseline", "in the baseline")


def asked(
    network: Network, endpoint: EndpointReach, rules: Iterable[Rule]
) -> tuple[tuple[Finding, ...], tuple[Gap, ...]]:
    """The findings about one endpoint, the worst first, then in the order of its servers, of the rules and of the places; and what the rules
    wait for."""
    view = View(network, endpoint)
    told = dict.fromkeys(each for rule in rules for each in rule.check(view))
    if not told:
        return (), ()
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

    findings = [each for each in told if isinstance(each, Finding)]
    return tuple(sorted(findings, key=order)), tuple(each for each in told if isinstance(each, Gap))
