"""What findings suggest, written into the Terraform files they were found in: the fault is gone, and nothing new is wrong."""

from __future__ import annotations

import re
import shutil
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from tf_cvpn_lint.rules import Certainty, Finding, Severity
from tf_cvpn_lint.run import Options, run
from tf_cvpn_policies import RULES

FIXTURES = Path(__file__).parents[2] / "fixtures"
BROKEN = sorted(
    path
    for path in (*FIXTURES.glob("rules/*/fires"), *FIXTURES.glob("networks/*"))
    if path.is_dir() and (path / "expected.json").is_file() | (path.name == "fires")
)
HALF = {"CVPN114": "the routes to the peering have to be moved to the new one"}
"""Suggestions that begin what a person has to finish."""


def name(path: Path) -> str:
    return path.relative_to(FIXTURES).as_posix()


def serious(directory: Path) -> list[Finding]:
    """Errors and warnings of the Terraform files in the directory."""
    (judgement,) = run([str(directory)], RULES, Options()).judgements
    return [
        found
        for found in judgement.findings
        if found.severity is not Severity.NOTE and found.certainty is not Certainty.UNSURE
    ]


def identities(findings: list[Finding]) -> set[tuple[str, str, str | None]]:
    return {(found.rule.id, str(found.endpoint), found.server) for found in findings}


def parts(suggestion: str, otherwise: str) -> Iterator[tuple[str, str]]:
    """(resource to write into, or nothing for blocks to add; what to write)."""
    first, *rest = re.split(r"^# in (\S+)\n", suggestion, flags=re.MULTILINE)
    if first.strip():
        yield ("" if first.startswith("resource ") else otherwise), first
    yield from zip(rest[::2], rest[1::2], strict=True)


def write(directory: Path, found: Finding) -> None:
    """Carries out one suggestion."""
    address = found.evidence.address
    file = directory / found.evidence.location.file if found.evidence.location else directory / "main.tf"
    for resource, text in parts(found.suggestion, f"{address.type}.{address.name}"):
        if resource:
            write_into(file.parent, resource.partition("[")[0], text)
        else:
            target = file.parent / f"suggested_{len(list(file.parent.glob('suggested_*.tf')))}.tf"
            target.write_text(text)


def write_into(directory: Path, resource: str, text: str) -> None:
    """Puts arguments (in place of those of the same name) and nested blocks into a resource block."""
    type_, label = resource.split(".")
    for path in sorted(directory.glob("*.tf")):
        source = path.read_text("utf-8")
        start = re.search(rf'^resource "{type_}" "{label}" \{{.*\n', source, re.MULTILINE)
        if start is None:
            continue
        end = source.index("\n}\n", start.end()) + 1
        body = source[start.end() : end]
        for statement in statements(text):
            argument = re.match(r"(\w+) *= ", statement)
            if argument is not None:
                replaced = {
                    argument.group(1),
                    *(["access_group_id"] if argument.group(1) == "authorize_all_groups" else []),
                }
                body = "".join(
                    each
                    for each in statements(body)
                    if (found := re.match(r" *(\w+) *= ", each)) is None or found.group(1) not in replaced
                )
            body += textwrap.indent(statement, "  ")
        path.write_text(source[: start.end()] + body + source[end:])
        return
    raise AssertionError(f"{resource} is not in {directory}")


def statements(body: str) -> Iterator[str]:
    """Arguments and nested blocks, each with all of its lines."""
    depth, lines = 0, []
    for line in body.splitlines():
        lines.append(f"{line}\n")
        depth += sum(line.count(each) for each in "[{(") - sum(line.count(each) for each in "]})")
        if depth == 0:
            yield "".join(lines)
            lines = []


@pytest.mark.parametrize("fixture", BROKEN, ids=name)
def test_what_is_suggested_mends_the_fault_and_breaks_nothing(fixture: Path, tmp_path: Path) -> None:
    directory = tmp_path / fixture.name
    shutil.copytree(fixture, directory, ignore=shutil.ignore_patterns("*.json"))
    before = serious(directory)
    mended = [found for found in before if found.suggestion and found.rule.id not in HALF]
    suggestions = {(found.suggestion, str(found.evidence.address)): found for found in mended}
    for found in suggestions.values():
        write(directory, found)
    after = identities(serious(directory))
    assert after & identities(mended) == set()
    assert after <= identities(before)


def test_enough_faults_are_mended_to_mean_something(tmp_path: Path) -> None:
    mended = {
        found.rule.id
        for fixture in FIXTURES.glob("rules/*/fires")
        for found in serious(fixture)
        if found.suggestion and found.rule.id == fixture.parent.name
    }
    assert len(mended) >= 30
