"""Which written block a planned one is, against every assignment there could be."""

from __future__ import annotations

from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from tf_cvpn_lint.read.matching import matched

SIZE = 4


def assignments(possible: list[set[int]]) -> list[tuple[int, ...]]:
    """Every way to give each planned block a written one of its own."""
    order = permutations(range(len(possible)))
    return [one for one in order if all(chosen in possible[index] for index, chosen in enumerate(one))]


@given(st.integers(1, SIZE).flatmap(lambda n: st.lists(st.sets(st.integers(0, n - 1)), min_size=n, max_size=n)))
def test_no_assignment_is_ruled_out(possible: list[set[int]]) -> None:
    looks = [str(index) for index in range(len(possible))]
    found = matched(possible, looks)
    for assignment in assignments(possible):
        assert all(chosen in found[index] for index, chosen in enumerate(assignment))


@given(st.permutations(range(SIZE)))
def test_blocks_that_are_told_apart_are_found(order: list[int]) -> None:
    # The first may be any, the second any but one, and so on.
    possible = [set(order[index:]) for index in range(SIZE)]
    assert matched(possible, list("abcd")) == [(chosen,) for chosen in order]


def test_blocks_that_look_the_same_are_each_given_one() -> None:
    assert matched([{0, 1}, {0, 1}], ["same", "same"]) == [(0,), (1,)]
    assert matched([{0, 1}, {0, 1}], ["one", "other"]) == [(0, 1), (0, 1)]
    assert matched([{0, 1, 2}, {0, 1, 2}, {2}], ["same", "same", "other"]) == [(0,), (1,), (2,)]
