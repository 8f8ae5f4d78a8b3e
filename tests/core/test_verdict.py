"""Kleene's laws, against a truth table that is written out, and what verdicts promise beside them."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tf_cvpn_lint.core.address import Address, Reference
from tf_cvpn_lint.core.evidence import Gap
from tf_cvpn_lint.core.verdict import Because, Members, Truth, Verdict, agreed, all_of, any_of, no, of, unsure, yes

Y, N, U = Truth.YES, Truth.NO, Truth.UNSURE

AND = {(Y, Y): Y, (Y, N): N, (Y, U): U, (N, Y): N, (N, N): N, (N, U): N, (U, Y): U, (U, N): N, (U, U): U}
OR = {(Y, Y): Y, (Y, N): Y, (Y, U): Y, (N, Y): Y, (N, N): N, (N, U): U, (U, Y): Y, (U, N): U, (U, U): U}
NOT = {Y: N, N: Y, U: U}

WAITS = Reference(Address("aws_vpc", "a"), "id")

truths = st.sampled_from(Truth)
becauses = st.builds(Because, st.sampled_from(["one", "two", "three"]))
verdicts = st.builds(Verdict, truths, st.lists(becauses, max_size=2).map(tuple))


@pytest.mark.parametrize(("one", "other"), list(product(Truth, Truth)))
def test_two_verdicts_join_as_the_truth_table_says(one: Truth, other: Truth) -> None:
    assert all_of([Verdict(one), Verdict(other)]).truth is AND[one, other]
    assert any_of([Verdict(one), Verdict(other)]).truth is OR[one, other]
    assert (~Verdict(one)).truth is NOT[one]
    assert agreed([Verdict(one), Verdict(other)]).truth is (one if one is other else U)


@given(st.lists(verdicts, max_size=6))
def test_many_verdicts_join_as_two_by_two(given_: list[Verdict]) -> None:
    both, either = Y, N
    for verdict in given_:
        both, either = AND[both, verdict.truth], OR[either, verdict.truth]
    assert all_of(given_).truth is both
    assert any_of(given_).truth is either


@given(st.lists(verdicts, min_size=1, max_size=6))
def test_reasons_come_from_the_verdicts_that_decided(given_: list[Verdict]) -> None:
    for joined in (all_of(given_), any_of(given_)):
        deciding = {because for verdict in given_ if verdict.truth is joined.truth for because in verdict.because}
        assert set(joined.because) == deciding
    assert set(agreed(given_).because) == {because for verdict in given_ for because in verdict.because}


@given(st.lists(verdicts, max_size=5), st.data())
def test_learning_more_settles_and_never_reverses(given_: list[Verdict], data: st.DataObject) -> None:
    learned = [Verdict(data.draw(truths)) if verdict.truth is U else Verdict(verdict.truth) for verdict in given_]
    for join in (all_of, any_of):
        before, after = join(given_).truth, join(learned).truth
        assert before in (U, after)


@given(st.lists(verdicts, max_size=5))
def test_de_morgan(given_: list[Verdict]) -> None:
    assert (~all_of(given_)).truth is any_of(~verdict for verdict in given_).truth


@given(verdicts)
def test_denying_twice_changes_nothing(verdict: Verdict) -> None:
    assert ~~verdict == verdict


def test_the_joins_of_nothing() -> None:
    assert all_of([]).is_yes
    assert any_of([]).is_no
    assert agreed([]).is_unsure


@given(verdicts)
def test_a_verdict_is_no_boolean(verdict: Verdict) -> None:
    with pytest.raises(TypeError, match="three values"):
        bool(verdict)
    with pytest.raises(TypeError):
        assert not verdict


@given(truths)
def test_exactly_one_question_is_answered_yes(truth: Truth) -> None:
    verdict = Verdict(truth)
    assert [verdict.is_yes, verdict.is_no, verdict.is_unsure].count(True) == 1


def test_what_verdicts_wait_for_is_named_once() -> None:
    joined = all_of([unsure("a", waits_for=(WAITS,)), unsure("b", waits_for=(WAITS,)), yes("c")])
    assert joined.waits_for == (WAITS,)
    assert [because.says for because in joined.because] == ["a", "b"]


def test_certain_answers() -> None:
    assert of(True).is_yes
    assert of(False).is_no
    assert yes().because == ()
    assert no("why").because == (Because("why"),)


# Collections that know what is missing

GAP = Gap("aws_security_group.dns", "the rules", "belongs to another configuration", waits_for=(WAITS,))
members = st.builds(Members, st.lists(truths, max_size=4).map(tuple), st.lists(st.just(GAP), max_size=2).map(tuple))


@given(members)
def test_of_all_members_an_unread_one_may_be_any(given_: Members[Truth]) -> None:
    unread = [U] * len(given_.gaps)
    assert given_.any(Verdict).truth is any_of(map(Verdict, (*given_.items, *unread))).truth
    assert given_.all(Verdict).truth is all_of(map(Verdict, (*given_.items, *unread))).truth


@given(members)
def test_none_of_them_needs_all_of_them(given_: Members[Truth]) -> None:
    if given_.any(Verdict).is_no:
        assert given_.is_complete
    if given_.all(Verdict).is_yes:
        assert given_.is_complete


@given(members, members)
def test_together_they_hold_what_each_holds(one: Members[Truth], other: Members[Truth]) -> None:
    both = one + other
    assert both.items == one.items + other.items
    assert both.gaps == one.gaps + other.gaps
    assert both.is_complete is (one.is_complete and other.is_complete)


def test_an_unread_member_says_what_it_waits_for() -> None:
    verdict = Members((N,), (GAP,)).any(Verdict)
    assert verdict.is_unsure
    assert verdict.waits_for == (WAITS,)
    assert "belongs to another configuration" in verdict.because[0].says
