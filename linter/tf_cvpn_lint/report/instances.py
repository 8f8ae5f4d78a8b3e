"""One finding for one line: a line of a module that several callers, or several instances, have is told once, with the instances listed."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Hashable, Iterator
from pathlib import Path

from tf_cvpn_lint.core.address import Address
from tf_cvpn_lint.core.evidence import Location
from tf_cvpn_lint.core.records import replace
from tf_cvpn_lint.result import Judgement, Result, Suppressed, Suppression
from tf_cvpn_lint.rules import Finding, Instance


def merged(result: Result) -> Result:
    """The result with the findings that one rule has of one line of a module, about the same kind of server, as one finding each.

    It stands where the first of them stood. Two resources of one module instance are never merged, nor are a finding that is suppressed
    and one that is not.
    """
    groups: dict[Hashable, list[tuple[int, Finding]]] = {}
    keys: list[Hashable] = []
    met: Counter[Hashable] = Counter()
    for number, judgement in enumerate(result.judgements):
        kinds = _kinds(judgement)
        for finding, suppression in judgement.all_marked:
            key: Hashable = _key(judgement, finding, suppression, kinds)
            key = object() if key is None else key
            # What one module instance has twice is two faults: the first is merged with the first of the others, the second with theirs.
            again = (key, number, finding.evidence.address.module)
            met[again] += 1
            key = (key, met[again])
            keys.append(key)
            groups.setdefault(key, []).append((number, finding))
    if len(groups) == len(keys):
        return result
    remaining = iter(keys)
    told: set[Hashable] = set()
    judgements = []
    for judgement in result.judgements:
        marked: list[tuple[Finding, Suppression | None]] = []
        for finding, suppression in judgement.all_marked:
            key = next(remaining)
            if key not in told:
                told.add(key)
                marked.append((_with_instances(finding, groups[key], result), suppression))
        judgements.append(_of(judgement, marked))
    return replace(result, judgements=tuple(judgements))


def _kinds(judgement: Judgement) -> dict[tuple[Address, str], tuple[str, int]]:
    """Kind and position of every server, by endpoint and name."""
    return {
        (reach.endpoint.address, name): (server.kind.value, server.server.position)
        for reach in judgement.endpoints
        for server in reach.servers
        for name in _names(server.server.text, str(server.server.reference or ""))
    }


def _names(*texts: str | None) -> Iterator[str]:
    return (text for text in texts if text)


def _key(
    judgement: Judgement,
    finding: Finding,
    suppression: Suppression | None,
    kinds: dict[tuple[Address, str], tuple[str, int]],
) -> Hashable | None:
    """Equal for findings that are one; None for one that stands alone, since it is not of a line in a module."""
    address, endpoint = finding.evidence.address, finding.endpoint
    if not address.module or endpoint is None:
        return None
    name = finding.server or finding.reference
    return (
        finding.rule.id,
        _place(judgement, finding.evidence.location, address),
        finding.evidence.attribute,
        _within(address),
        _within(endpoint),
        kinds.get((endpoint, name)) if name else None,
        finding.severity,
        finding.certainty,
        finding.enabled,
        suppression,
    )


def _place(judgement: Judgement, location: Location | None, address: Address) -> Hashable:
    """The line, wherever it was read from; without sources the resource in the module, whichever its instance, of this one input."""
    if location is None:
        return (judgement.path, tuple(step.name for step in address.module))
    base = Path(judgement.path)
    file = os.path.normpath((base if base.is_dir() else base.parent) / location.file)
    whose = "" if Path(file).is_file() else judgement.path
    return (whose, file, location.line, location.column)


def _within(address: Address) -> Hashable:
    """A resource instance inside its module."""
    return (address.mode, address.type, address.name, address.key)


def _with_instances(finding: Finding, group: list[tuple[int, Finding]], result: Result) -> Finding:
    instances = dict.fromkeys(
        Instance(result.judgements[number].path, one.endpoint, one.server, one.reference, one.evidence.address)
        for number, one in group
    )
    return replace(finding, instances=tuple(instances)) if len(instances) > 1 else finding


def _of(judgement: Judgement, marked: list[tuple[Finding, Suppression | None]]) -> Judgement:
    return replace(
        judgement,
        findings=tuple(finding for finding, suppression in marked if suppression is None),
        suppressed=tuple(
            Suppressed(finding, suppression, position)
            for position, (finding, suppression) in enumerate(marked)
            if suppression is not None
        ),
    )
