"""Carries out what findings suggest, and judges again: `python -m tools.suggestions [DIRECTORY …]` (or `make suggestions`).

Each broken fixture (by default every one whose errors and warnings suggest something) is copied, the suggestions are written into the
copy, `terraform validate` and `terraform plan` are run on it, and the real plan is judged: what was mended has to be gone, and nothing new
may be wrong. Needs what `tools.plans` needs. Prints a line for each and a sum; 1 where one fails.
"""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
import textwrap
from collections.abc import Iterator
from pathlib import Path

from tf_cvpn_lint.core.records import replace
from tf_cvpn_lint.rules import Certainty, Finding, Severity
from tf_cvpn_lint.run import Options, run
from tf_cvpn_policies import RULES
from tools import plans

FIXTURES = plans.FIXTURES
HALF = {"CVPN114": "the routes to the peering have to be moved to the new one"}
"""Suggestions that begin what a person has to finish."""


def broken() -> list[Path]:
    """The fixtures in which something may be wrong."""
    return sorted(
        path
        for path in (*FIXTURES.glob("rules/*/fires"), *FIXTURES.glob("networks/*"))
        if path.is_dir() and (path / "expected.json").is_file() | (path.name == "fires")
    )


def serious(path: Path) -> list[Finding]:
    """Errors and warnings of a directory or plan."""
    (judgement,) = run([str(path)], RULES, Options()).judgements
    return [
        found
        for found in judgement.findings
        if found.severity is not Severity.NOTE and found.certainty is not Certainty.UNSURE
    ]


def identities(findings: list[Finding]) -> set[tuple[str, str, str | None]]:
    return {(found.rule.id, str(found.endpoint), found.server) for found in findings}


def mendable(findings: list[Finding]) -> list[Finding]:
    """Those with a suggestion that is whole."""
    return [found for found in findings if found.suggestion and found.rule.id not in HALF]


def mend(directory: Path, findings: list[Finding]) -> int:
    """Carries out what the findings suggest, each suggestion once, and returns how many there were."""
    suggestions = {(found.suggestion, str(found.evidence.address)): found for found in findings}
    for found in suggestions.values():
        write(directory, found)
    return len(suggestions)


def parts(suggestion: str, otherwise: str) -> Iterator[tuple[str, str]]:
    """(resource to write into, or nothing for blocks to add; what to write)."""
    first, *rest = re.split(r"^# in (\S+)\n", suggestion, flags=re.MULTILINE)
    if first.strip():
        yield ("" if first.startswith("resource ") else otherwise), first
    yield from zip(rest[::2], rest[1::2], strict=True)


def write(directory: Path, found: Finding) -> None:
    """Carries out one suggestion."""
    address = found.evidence.address
    root, _, text = found.suggestion.partition("# in the root module:\n")
    if text:
        (directory / f"suggested_{len(list(directory.glob('suggested_*.tf')))}.tf").write_text(text, "utf-8")
        found = replace(found, suggestion=root)
    file = directory / found.evidence.location.file if found.evidence.location else directory / "main.tf"
    for gone in re.findall(r"^# remove (\S+)$", found.suggestion, re.MULTILINE):
        remove(file.parent, gone)
    kept = re.sub(r"^# remove \S+\n?", "", found.suggestion, flags=re.MULTILINE)
    for resource, text in parts(kept, f"{address.type}.{address.name}"):
        if resource:
            write_into(file.parent, resource.partition("[")[0], text)
        else:
            target = file.parent / f"suggested_{len(list(file.parent.glob('suggested_*.tf')))}.tf"
            target.write_text(text)


def remove(directory: Path, resource: str) -> None:
    """Takes a resource block out."""
    type_, label = resource.split(".")
    for path in sorted(directory.glob("*.tf")):
        source = path.read_text("utf-8")
        path.write_text(
            re.sub(rf'^resource "{type_}" "{label}" \{{.*\n(?:.*\n)*?\}}\n', "", source, flags=re.MULTILINE), "utf-8"
        )


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


def planned(fixture: Path, scratch: Path) -> tuple[list[Finding], list[Finding], list[Finding], int]:
    """What was wrong with a fixture's plan, what of it was mended, what is wrong afterwards, and how many suggestions were written.

    Raises:
        RuntimeError: Terraform refuses what was suggested.
    """
    directory = scratch / fixture.name
    shutil.copytree(fixture, directory)
    before = serious(directory / "plan.json")
    mended = mendable(before)
    (directory / "plan.json").unlink()
    written = mend(directory, mended)
    plans.make(directory)
    return before, mended, serious(directory / "plan.json"), written


def main() -> int:
    """1 where a suggestion does not mend what it is for, or breaks something."""
    wanted = [Path(argument).resolve() for argument in sys.argv[1:]] or [
        path for path in broken() if (path / "plan.json").is_file()
    ]
    tried = suggestions = failed = 0
    for fixture in wanted:
        if not mendable(serious(fixture / "plan.json")):
            continue
        tried += 1
        try:
            with tempfile.TemporaryDirectory() as scratch:
                before, mended, after, written = planned(fixture, Path(scratch))
        except (RuntimeError, AssertionError) as fault:
            failed += 1
            print(f"FAILED  {fixture.parent.name}/{fixture.name}: {fault}", flush=True)
            continue
        suggestions += written
        left, new = identities(after) & identities(mended), identities(after) - identities(before)
        failed += bool(left or new)
        rules = " ".join(sorted({found.rule.id for found in mended}))
        rest = " ".join(sorted({found.rule.id for found in after})) or "nothing"
        what = f"FAILED, left {sorted(map(str, left))}, new {sorted(map(str, new))}" if left or new else "mended"
        print(f"{what}  {fixture.relative_to(FIXTURES).as_posix()}: {rules}; wrong afterwards: {rest}", flush=True)
    print(f"{tried} fixtures, {suggestions} suggestions valid for Terraform and judged on its plan, {failed} failed")
    return 1 if failed or not tried else 0


if __name__ == "__main__":
    sys.exit(main())
