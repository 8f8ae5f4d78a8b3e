"""A baseline: the findings there were when it was written. They stay in the report and fail no run; new ones do."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from tf_cvpn_lint import __version__
from tf_cvpn_lint.controls.engine_rules import ENGINE_RULES
from tf_cvpn_lint.core.errors import InputError
from tf_cvpn_lint.core.files import UnfitError, read_named, read_regular
from tf_cvpn_lint.core.records import asdict
from tf_cvpn_lint.report.files import write_files
from tf_cvpn_lint.result import BaselineEntry
from tf_cvpn_lint.rules import Finding

VERSION = 1
_FIELDS = ("fingerprint", "rule", "endpoint", "server", "address")


def entry(finding: Finding) -> BaselineEntry:
    """The finding as a baseline keeps it. Entries of equal fingerprints are told apart by their addresses, if at all."""
    from tf_cvpn_lint.report.fingerprint import identity

    return BaselineEntry(
        identity(finding),
        finding.rule.id,
        str(finding.endpoint or ""),
        finding.server or finding.reference or "",
        str(finding.evidence.address),
    )


def entries(findings: Iterable[Finding]) -> tuple[BaselineEntry, ...]:
    """The baseline of these findings, sorted. Those about the controls themselves (CVPN9) are left out: one edit puts them right."""
    return tuple(sorted(entry(finding) for finding in findings if finding.rule not in ENGINE_RULES))


def known(
    findings: Sequence[Finding], baseline: Iterable[BaselineEntry]
) -> tuple[frozenset[int], tuple[BaselineEntry, ...]]:
    """The positions of the findings that the baseline holds, and its entries that no finding has any more.

    An entry stands for one finding. Where more findings share a fingerprint than the baseline has entries of it (a module is called once
    more), those at the addresses that the entries name are the known ones.
    """
    waiting: dict[str, list[BaselineEntry]] = defaultdict(list)
    for each in baseline:
        waiting[each.fingerprint].append(each)
    described = {
        position: entry(finding) for position, finding in enumerate(findings) if finding.rule not in ENGINE_RULES
    }
    found: set[int] = set()
    for same_place in (True, False):
        for position, own in described.items():
            left = waiting.get(own.fingerprint, [])
            match = next((each for each in left if not same_place or each == own), None)
            if position not in found and match is not None:
                left.remove(match)
                found.add(position)
    return frozenset(found), tuple(sorted(each for left in waiting.values() for each in left))


def write(path: Path, findings: Iterable[Finding]) -> int:
    """Writes the baseline, whole or not at all, and returns the number of its entries.

    Raises:
        InputError: it cannot be written.
    """
    kept = entries(findings)
    text = json.dumps(
        {
            "tool": {"name": "tf-cvpn-lint", "version": __version__},
            "baseline_version": VERSION,
            "findings": [asdict(each) for each in kept],
        },
        indent=2,
        ensure_ascii=True,
    )
    try:
        write_files([(path, f"{text}\n")])
    except InputError as fault:
        why = getattr(fault.__cause__, "strerror", None) or fault.__cause__
        raise InputError(f"--write-baseline {path}: cannot be written: {why}") from None
    return len(kept)


def read(path: Path, *, is_named: bool = True) -> tuple[BaselineEntry, ...]:
    """The entries of a baseline. One that nobody named, but the settings did, is an ordinary file.

    Raises:
        InputError: it cannot be read, or is none.
    """
    try:
        tree: Any = json.loads((read_named if is_named else read_regular)(path))
    except (OSError, UnfitError) as fault:
        why = fault.strerror if isinstance(fault, OSError) and fault.strerror else fault
        raise InputError(f"{path}: the baseline cannot be read: {why}") from None
    except (ValueError, RecursionError):
        raise InputError(f"{path} is no baseline; make one: tf-cvpn-lint --write-baseline {path.name} PATH") from None
    if not isinstance(tree, dict) or not isinstance(tree.get("findings"), list):
        raise InputError(f"{path} is no baseline; make one: tf-cvpn-lint --write-baseline {path.name} PATH")
    if tree.get("baseline_version") != VERSION:
        raise InputError(f"{path} is a baseline of another version; write it again: --write-baseline {path.name}")
    read_ = []
    for number, each in enumerate(tree["findings"]):
        if not isinstance(each, dict) or not all(isinstance(each.get(name), str) for name in _FIELDS):
            raise InputError(f"{path}: entry {number} is no finding; write the baseline again")
        read_.append(BaselineEntry(*(each[name] for name in _FIELDS)))
    return tuple(read_)
