"""Every rule speaks in its own fixture, is quiet in its clean one, and says what it waits for where nobody can tell; in plans and directories."""

from __future__ import annotations

import pytest

from tf_cvpn_lint.rules import Rule
from tf_cvpn_policies import RULES
from tools.catalogue import CASES, FIXTURES, GOOD, MODES, Mode, does, table

WITHOUT_A_PLAN = {("CVPN127", "fires"), ("CVPN127", "unsure"), ("CVPN314", "fires"), ("CVPN314", "unsure")} | {
    ("CVPN133", case) for case in CASES
}
"""Their Terraform needs a provider that is newer or older than the one that plans are made with."""


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule.id))
def test_a_rule_does_in_its_fixture_what_it_should(rule: Rule, case: str, mode: Mode) -> None:
    wanted = "no plan" if mode == "plan" and (rule.id, case) in WITHOUT_A_PLAN else GOOD[case]
    assert does(rule, case, mode) == wanted


def test_there_is_no_fixture_without_a_rule() -> None:
    assert sorted(path.name for path in FIXTURES.glob("rules/*")) == [rule.id for rule in RULES]


def test_the_table_has_a_row_for_every_rule() -> None:
    lines = table([(rule, {(case, mode): "x" for case in CASES for mode in MODES}) for rule in RULES]).splitlines()
    assert len(lines) == len(RULES) + 2
    assert {line.count("|") for line in lines} == {len(CASES) * len(MODES) + 2}
