"""What the fixtures show of every rule: `python -m tools.catalogue` (or `make catalogue`).

A row for each rule: what it does in the fixture in which it should speak, in the one in which it should be quiet, and in the one in which
nobody can tell, from the plan alone and from the directory. Then in how many of the clean fixtures (the rules' silent ones, and clean
networks) a rule speaks that should not. 1 where one does otherwise than it should.

    speaks    the rule has a finding on every marked line, and no other rule has one that is not marked
    quiet     no rule has a finding that is not marked
    waits     the rule has no finding that is sure, and the report says what is not known
    no plan   Terraform's provider at hand makes no plan of it (the fixture says why)
"""

from __future__ import annotations

import json
import re
import shutil
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from tf_cvpn_lint.report import document
from tf_cvpn_lint.report.contract import Report
from tf_cvpn_lint.rules import Rule
from tf_cvpn_lint.run import Options, run
from tf_cvpn_policies import RULES

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
CASES = ("fires", "silent", "unsure")
Mode = Literal["plan", "directory"]
MODES: tuple[Mode, ...] = ("plan", "directory")
MARK = re.compile(r"#\s*finds:\s*(CVPN\d{3}(?:\s*,\s*CVPN\d{3})*)")
GOOD = {"fires": "speaks", "silent": "quiet", "unsure": "waits"}


def judged(directory: Path, mode: Mode) -> Report | None:
    """The report on a fixture: on its plan with nothing beside it, or on its Terraform; None where it has no plan."""
    if mode == "directory":
        return document.report(run([str(directory)], RULES, Options()))
    if not (directory / "plan.json").is_file():
        return None
    with tempfile.TemporaryDirectory() as alone:
        return document.report(run([str(shutil.copy(directory / "plan.json", alone))], RULES, Options()))


def marked(directory: Path) -> set[tuple[int, str]]:
    """(line, rule) of the marks."""
    return {
        (number, rule)
        for number, line in enumerate((directory / "main.tf").read_text("utf-8").splitlines(), 1)
        for mark in MARK.finditer(line)
        for rule in re.split(r"\s*,\s*", mark[1])
    }


def does(rule: Rule, case: str, mode: Mode) -> str:
    """What the rule does in one of its fixtures: a word of the table, or what is wrong."""
    directory = FIXTURES / "rules" / rule.id / case
    report = judged(directory, mode)
    if report is None:
        return "no plan" if (directory / "no-plan").is_file() else "no plan, and nothing says why"
    sure = [found for found in report.findings if found.certainty != "unsure"]
    places = {(found.location.line if found.location else 0, found.rule) for found in sure}
    wanted = marked(directory)
    rules, rules_wanted = {found for _, found in places}, {found for _, found in wanted}
    if rules - rules_wanted:
        return f"{', '.join(sorted(rules - rules_wanted))} speaks"
    match case:
        case "fires":
            seen = places >= wanted if mode == "directory" else rules >= rules_wanted
            return "speaks" if rule.id in rules_wanted and seen else "does not speak"
        case "silent":
            return "quiet" if rule.id not in rules else "speaks"
        case _:
            return "waits" if report.gaps and rule.id not in rules else "says nothing"


def clean(mode: Mode) -> list[tuple[str, list[str]]]:
    """The fixtures in which nothing is wrong, rules' and networks', each with the rules that speak in it and should not."""
    found = []
    for directory in sorted(path.parent for path in FIXTURES.glob("rules/*/silent/main.tf")):
        report = judged(directory, mode)
        if report is not None:
            loud = {each.rule for each in report.findings if each.certainty != "unsure"}
            found.append((directory.parent.name, sorted(loud - {rule for _, rule in marked(directory)})))
    for file in sorted(FIXTURES.glob("networks/*/expected.json")):
        if json.loads(file.read_text("utf-8"))["clean"] and (report := judged(file.parent, mode)) is not None:
            loud = {each.rule for each in report.findings if each.certainty != "unsure" and each.severity != "note"}
            found.append((file.parent.name, sorted(loud)))
    return found


def table(rows: Iterable[tuple[Rule, dict[tuple[str, Mode], str]]]) -> str:
    """The rows as Markdown."""
    head = [f"{case}, {mode}" for case in CASES for mode in MODES]
    lines = [f"| rule | {' | '.join(head)} |", f"|{' --- |' * (len(head) + 1)}"]
    for rule, cells in rows:
        told = (cells[case, mode] for case in CASES for mode in MODES)
        lines.append(f"| {rule.id} {rule.name} | {' | '.join(told)} |")
    return "\n".join(lines)


def rows() -> list[tuple[Rule, dict[tuple[str, Mode], str]]]:
    return [(rule, {(case, mode): does(rule, case, mode) for case in CASES for mode in MODES}) for rule in RULES]


def main() -> int:
    """1 where a rule does otherwise than its fixtures say."""
    made = rows()
    print(table(made))
    failed = 0
    for mode in MODES:
        for case in CASES:
            words = [cells[case, mode] for _, cells in made]
            good = words.count(GOOD[case])
            none = words.count("no plan")
            failed += len(words) - good - none
            print(
                f"{case}, {mode}: {good} of {len(words) - none} {GOOD[case]}{f', {none} without a plan' if none else ''}"
            )
        others = clean(mode)
        loud = [(name, rules) for name, rules in others if rules]
        failed += len(loud)
        print(f"clean fixtures, {mode}: in {len(loud)} of {len(others)} a rule speaks {loud or ''}".rstrip())
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
