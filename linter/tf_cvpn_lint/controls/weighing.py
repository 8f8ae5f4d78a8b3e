"""What an assumption decides: the verdicts and findings that are others without it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tf_cvpn_lint.controls.assumptions import Assumption
from tf_cvpn_lint.core.address import Address
from tf_cvpn_lint.core.records import dataclass
from tf_cvpn_lint.reach.trace import EndpointReach, ServerVerdict
from tf_cvpn_lint.result import AssumptionUse
from tf_cvpn_lint.rules import Finding

ServerName = tuple[Address, str]
"""An endpoint and one of its servers."""


@dataclass(frozen=True)
class Outcome:
    """What a configuration comes to under some assumptions."""

    verdicts: Mapping[ServerName, ServerVerdict]
    findings: frozenset[tuple[str, str]]

    @classmethod
    def of(cls, endpoints: tuple[EndpointReach, ...], findings: tuple[Finding, ...]) -> Outcome:
        from tf_cvpn_lint.report.fingerprint import identity

        verdicts: dict[ServerName, ServerVerdict] = {}
        for reach in endpoints:
            verdicts |= {(reach.endpoint.address, str(server.server)): server.verdict for server in reach.servers}
            verdicts |= {(reach.endpoint.address, device.resolver): device.verdict for device in reach.device_resolvers}
        return cls(verdicts, frozenset((identity(finding), finding.certainty.value) for finding in findings))


Judge = Callable[[tuple[Assumption, ...]], Outcome]


def uses(
    assumptions: tuple[Assumption, ...], applied: tuple[Assumption, ...], outcome: Outcome, judge: Judge
) -> tuple[AssumptionUse, ...]:
    """What rests on each of the assumptions.

    A verdict rests on those without any one of which it is another. Where several suffice each by itself, it rests on the last of those
    that together are just enough.

    Args:
        applied: those for which there is something in the configuration; the others decide nothing.
        outcome: under all of them.
        judge: the outcome under some of them; it is asked once for each, and a few times more where they stand in for one another.
    """
    known: dict[tuple[int, ...], Outcome] = {_positions(applied): outcome}

    def under(some: tuple[Assumption, ...]) -> Outcome:
        key = _positions(some)
        if key not in known:
            known[key] = judge(some)
        return known[key]

    def without(one: Assumption, some: tuple[Assumption, ...] = applied) -> tuple[Assumption, ...]:
        return tuple(each for each in some if each is not one)

    resting: dict[ServerName, set[int]] = {}
    deciding: set[int] = set()
    for assumption in applied:
        other = under(without(assumption))
        for server in _differing(outcome, other):
            resting.setdefault(server, set()).add(assumption.position)
        if other.findings != outcome.findings:
            deciding.add(assumption.position)
    if applied:
        for server in _differing(outcome, under(())):
            needed = tuple(each for each in applied if each.position in resting.get(server, set()))
            if needed and under(needed).verdicts.get(server) == outcome.verdicts.get(server):
                continue
            enough = applied
            for assumption in applied:
                fewer = without(assumption, enough)
                if under(fewer).verdicts.get(server) == outcome.verdicts.get(server):
                    enough = fewer
            resting[server] = {each.position for each in enough}
    return tuple(
        AssumptionUse(
            assumption.says,
            assumption.reason,
            assumption.location,
            assumption.position in _positions(applied),
            tuple(server for server in outcome.verdicts if assumption.position in resting.get(server, ())),
            assumption.position in deciding,
        )
        for assumption in assumptions
    )


def _positions(assumptions: tuple[Assumption, ...]) -> tuple[int, ...]:
    return tuple(each.position for each in assumptions)


def _differing(one: Outcome, other: Outcome) -> list[ServerName]:
    return [server for server, verdict in one.verdicts.items() if other.verdicts.get(server) != verdict]
