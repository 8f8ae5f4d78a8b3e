"""Which rules are asked, and how severe they are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import evidence, finding
from tests.builders import rule as a_rule
from tf_cvpn_lint.controls.engine_rules import ENGINE_RULES, EXPECTATION_BROKEN
from tf_cvpn_lint.controls.selection import PerAddress, Selection, UnknownRuleError, known
from tf_cvpn_lint.core.address import Address
from tf_cvpn_lint.rules import Severity
from tf_cvpn_policies import RULES

SELECTORS = st.sampled_from(["all", "CVPN", "CVPN1", "cvpn10", "CVPN101", "dns-not-authorized", "CVPN4", "CVPN9"])


def ids(selection: Selection) -> set[str]:
    return {rule.id for rule in selection.rules((*RULES, *ENGINE_RULES))}


def test_all_rules_are_asked_unless_something_is_said() -> None:
    assert ids(Selection()) == {rule.id for rule in (*RULES, *ENGINE_RULES)}


def test_the_beginning_of_an_id_selects_its_hundred() -> None:
    chosen = ids(Selection(select=("CVPN1",)))
    assert {each for each in chosen if not each.startswith("CVPN9")} == {
        rule.id for rule in RULES if rule.id.startswith("CVPN1")
    }


def test_select_narrows_the_catalogue_and_leaves_the_controls_own_rules() -> None:
    assert {rule.id for rule in ENGINE_RULES} <= ids(Selection(select=("CVPN102",)))
    assert EXPECTATION_BROKEN.id not in ids(Selection(ignore=("expectation-broken",)))


def test_the_more_exact_selector_counts_and_of_equals_ignore() -> None:
    assert "CVPN102" in ids(Selection(select=("CVPN102",), ignore=("CVPN1",)))
    assert "CVPN102" in ids(Selection(select=("dns-not-authorized",), ignore=("CVPN10",)))
    assert "CVPN102" not in ids(Selection(select=("CVPN1",), ignore=("CVPN102",)))
    assert "CVPN102" not in ids(Selection(select=("CVPN102",), ignore=("CVPN102",)))


@given(st.lists(SELECTORS, max_size=3), st.lists(SELECTORS, max_size=3), SELECTORS)
def test_ignoring_more_never_asks_more(select: list[str], ignore: list[str], more: str) -> None:
    assert ids(Selection(tuple(select), (*ignore, more))) <= ids(Selection(tuple(select), tuple(ignore)))


@pytest.mark.parametrize(
    ("selector", "says"),
    [
        ("CVPN198", "did you mean CVPN1"),
        ("dns-not-autorized", "did you mean dns-not-authorized?"),
        ("", "empty"),
        ("zzz", "lists them"),
    ],
)
def test_a_selector_that_fits_nothing_is_refused(selector: str, says: str) -> None:
    with pytest.raises(UnknownRuleError, match=says):
        known(selector, RULES)


def test_severities_follow_the_most_exact_selector_and_the_address() -> None:
    at = Address.parse("module.lab.aws_ec2_client_vpn_endpoint.this[0]")
    one = finding(by=a_rule("CVPN102", "dns-not-authorized"), at=evidence(at), about=at)
    selection = Selection(severity={"CVPN1": Severity.NOTE, "CVPN102": Severity.WARNING})
    assert selection.weighed(one).severity is Severity.WARNING
    there = PerAddress("module.lab", severity={"all": Severity.NOTE})
    elsewhere = PerAddress("module.live", severity={"all": Severity.ERROR})
    assert Selection(severity=selection.severity, per_address=(there, elsewhere)).weighed(one).severity is Severity.NOTE


def test_a_rule_is_quiet_at_the_addresses_where_it_is_ignored() -> None:
    at = Address.parse('module.dev["a"].aws_ec2_client_vpn_endpoint.this[0]')
    one = finding(by=a_rule("CVPN102", "dns-not-authorized"), at=evidence(at), about=at)
    quiet = PerAddress("module.*.aws_ec2_client_vpn_endpoint.this[*]", ("CVPN1",), reason="a laboratory")
    assert Selection(per_address=(PerAddress("module.live", ("all",)),)).suppression(one) is None
    assert Selection(per_address=(PerAddress(quiet.pattern, ("CVPN2",)),)).suppression(one) is None
    found = Selection(per_address=(quiet,)).suppression(one)
    assert found is not None
    assert (found.by, found.reason) == ("settings", "a laboratory")
