"""The laboratory's answers beside the model's verdicts: every server × association × protocol.

| model | agrees where |
|---|---|
| yes | every client of the association was answered, whichever of the server's addresses it asked |
| no | none was |
| unsure | the laboratory had to choose something that the network leaves open (`Experiment.undecided`) |

Where the network leaves nothing open, *unsure* is a disagreement too. A question on which the two differ is asked once more with more
patience before it counts.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from ipaddress import IPv4Address

from tf_cvpn_lint.core.verdict import Truth
from tf_cvpn_lint.model.cidr import KnownAddress
from tf_cvpn_lint.model.client_vpn import ClientVpnEndpoint, DnsServer, TargetNetworkAssociation
from tf_cvpn_lint.model.network import Network
from tf_cvpn_lint.reach import judge as reach_judge
from tf_cvpn_lint.reach.trace import EndpointReach, ServerVerdict, Trace, TunnelPath

from .facts import NotRepresentedError
from .laboratory import Answer, Laboratory, LaboratoryError
from .topology import Experiment, Skipped
from .translate import PUBLIC_RESOLVER, translate

Judge = Callable[[Network], tuple[EndpointReach, ...]]


@dataclass(frozen=True, slots=True)
class Disagreement:
    """One question on which laboratory and model differ."""

    server: str
    where: str
    """Association and protocol."""
    model: str
    laboratory: str
    decided_by: str
    """What the model says decided it."""

    def __str__(self) -> str:
        return f"{self.server} on {self.where}: the model says {self.model} ({self.decided_by}); laboratory: {self.laboratory}"


@dataclass(slots=True)
class Tally:
    """What was compared."""

    networks: int = 0
    agreed: int = 0
    open: int = 0
    """The model is unsure, and may be."""
    answered: int = 0
    """Of those that agree: how many were answered."""
    skipped: list[Skipped] = field(default_factory=list)
    disagreements: list[Disagreement] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        self.networks += other.networks
        self.agreed += other.agreed
        self.open += other.open
        self.answered += other.answered
        self.skipped += other.skipped
        self.disagreements += other.disagreements

    def skipped_by_name(self) -> dict[str, int]:
        counts: dict[str, int] = {}
        for skip in self.skipped:
            counts[skip.what] = counts.get(skip.what, 0) + 1
        return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))

    def __str__(self) -> str:
        counts = f"{self.agreed} questions agree ({self.answered} answered), {self.open} open"
        failed = f"{len(self.disagreements)} disagree, {len(self.skipped)} skipped"
        lines = [f"{self.networks} networks: {counts}, {failed}"]
        lines += [f"  skipped {count} × {what}" for what, count in self.skipped_by_name().items()]
        lines += [f"  {disagreement}" for disagreement in self.disagreements]
        return "\n".join(lines)


def compare(network: Network, judge: Judge = reach_judge.judge) -> Tally:
    """Builds a laboratory for every endpoint of the network and compares."""
    tally = Tally(networks=1)
    verdicts = {reach.endpoint: reach for reach in judge(network)}
    for endpoint in network.endpoints:
        tally.add(compare_endpoint(network, endpoint, verdicts[endpoint]))
    return tally


def compare_endpoint(network: Network, endpoint: ClientVpnEndpoint, reach: EndpointReach) -> Tally:
    try:
        experiment = translate(network, endpoint, public=_public_resolver(reach))
    except NotRepresentedError as why:
        return Tally(skipped=[Skipped(why.what, why.subject)])
    try:
        return _ask_and_judge(experiment, reach)
    except (
        LaboratoryError,
        subprocess.TimeoutExpired,
    ):  # of a machine with too much to do: once more, and then it counts
        return _ask_and_judge(experiment, reach)


def _public_resolver(reach: EndpointReach) -> IPv4Address:
    """The one that the model takes for an example."""
    for device in reach.device_resolvers:
        for trace in device.traces:
            destination = trace.flow.destination
            if isinstance(destination, KnownAddress) and isinstance(destination.ip, IPv4Address):
                return destination.ip
    return PUBLIC_RESOLVER


def _ask_and_judge(experiment: Experiment, reach: EndpointReach) -> Tally:
    with Laboratory(experiment) as lab:
        tally = judge_answers(experiment, lab.ask_all(), reach)
        if tally.disagreements:  # a slow machine is no verdict
            tally = judge_answers(experiment, lab.ask_all(seconds=3), reach)
    return tally


@dataclass(frozen=True, slots=True)
class Observation:
    """A laboratory's experiment with its answers: what several models can be held against."""

    experiment: Experiment
    answers: tuple[Answer, ...]


def observe(network: Network, endpoint: ClientVpnEndpoint, is_expected: Callable[[Answer], bool]) -> Observation:
    """The answers alone; what is not as expected is asked once more with more patience.

    Raises:
        NotRepresentedError: something in the network cannot be built, or is not known.
    """
    experiment = translate(network, endpoint)
    with Laboratory(experiment) as lab:
        answers = lab.ask_all()
        if not all(is_expected(answer) for answer in answers):
            answers = lab.ask_all(seconds=3)
        return Observation(experiment, answers)


def judge_answers(experiment: Experiment, answers: Iterable[Answer], reach: EndpointReach) -> Tally:
    """Holds the model's verdicts against what was answered."""
    tally = Tally(skipped=list(experiment.skipped))
    answers = tuple(answers)
    for server in reach.servers:
        mine = [answer for answer in answers if answer.server.server == server.server]
        if not mine:
            continue
        for trace in server.traces:
            landing = trace.flow.association
            asked = [
                each
                for each in mine
                if each.protocol == trace.flow.protocol and _name(each.session.association) == _name(landing)
            ]
            _judge_trace(tally, experiment, server.server, trace, asked)
        _judge_path(tally, experiment, str(server.server), server.path, mine)
        _judge_server(tally, experiment, server.server, server.verdict, mine)
    for device in reach.device_resolvers:
        mine = [answer for answer in answers if answer.server.server == device.resolver]
        for trace in device.traces:
            landing = trace.flow.association
            asked = [
                each
                for each in mine
                if each.protocol == trace.flow.protocol and _name(each.session.association) == _name(landing)
            ]
            _judge_trace(tally, experiment, device.resolver, trace, asked)
        _judge_path(tally, experiment, device.resolver, device.path, mine)
        _judge_server(tally, experiment, device.resolver, device.verdict, mine)
    return tally


def _observed(answers: list[Answer]) -> str:
    if all(answer.is_answered for answer in answers):
        return "answered"
    if not any(answer.is_answered for answer in answers):
        return "silent"
    return "; ".join(f"{each.session}, {each.server.address}: {each.by or 'silent'}" for each in answers)


def _judge_trace(tally: Tally, experiment: Experiment, key: DnsServer | str, trace: Trace, asked: list[Answer]) -> None:
    if not asked:
        raise AssertionError(f"nobody asked {key} over {trace.flow.protocol} on {_name(trace.flow.association)}")
    seen = _observed(asked)
    decided = trace.decided_by
    match trace.verdict.truth, seen:
        case Truth.YES, "answered":
            tally.agreed += 1
            tally.answered += 1
        case Truth.NO, "silent":
            tally.agreed += 1
        case Truth.UNSURE, _ if experiment.undecided[key]:
            tally.open += 1
        case truth, _:
            told = f"{decided.hop}: {decided.says}" if decided else "nothing"
            where = f"{_name(trace.flow.association)}/{trace.flow.protocol}"
            tally.disagreements.append(Disagreement(str(key), where, truth.value, seen, told))


def _judge_path(tally: Tally, experiment: Experiment, name: str, path: TunnelPath, answers: list[Answer]) -> None:
    # the part of the client CIDR that a client is given is AWS's choice
    seen = {answer.path for answer in answers if answer.server.address not in experiment.clients}
    if not seen:
        return
    if path is not TunnelPath.UNKNOWN and seen != {path.value}:
        tally.disagreements.append(Disagreement(name, "path", path.value, ", ".join(sorted(seen)), "client_route"))


def _judge_server(
    tally: Tally, experiment: Experiment, key: DnsServer | str, verdict: ServerVerdict, answers: list[Answer]
) -> None:
    """The verdict over all associations, that of udp."""
    by_landing: dict[TargetNetworkAssociation | None, list[Answer]] = {}
    for answer in answers:
        if answer.protocol == "udp":
            by_landing.setdefault(answer.session.association, []).append(answer)
    seen = {_observed(asked) for asked in by_landing.values()}
    agrees = {
        ServerVerdict.REACHABLE: seen == {"answered"},
        ServerVerdict.UNREACHABLE: seen == {"silent"},
        ServerVerdict.INTERMITTENT: {"answered", "silent"} <= seen
        or (len(seen) > 1 and bool(experiment.undecided[key])),
        ServerVerdict.UNKNOWN: bool(experiment.undecided[key]),
    }[verdict]
    if not agrees:
        tally.disagreements.append(
            Disagreement(str(key), "all associations", verdict.value, ", ".join(sorted(seen)), "verdict of the server")
        )


def _name(association: TargetNetworkAssociation | None) -> str:
    return str(association.address) if association else "the transit gateway"
