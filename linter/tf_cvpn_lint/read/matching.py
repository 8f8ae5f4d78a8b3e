"""Which of the written nested blocks a planned one is: sets are planned in an order of their own, and what is known tells blocks apart."""

from __future__ import annotations

from collections.abc import Sequence


def matched(possible: Sequence[set[int]], looks: Sequence[str]) -> list[tuple[int, ...]]:
    """For each planned block the written blocks that it may be made from, as far as these exclude each other.

    Args:
        possible: for each planned block those it may be made from when it is looked at alone.
        looks: for each planned block what is known of it. Those that look the same may change places, so each is given one of its own.
    """
    remaining = [set(candidates) for candidates in possible]
    groups: dict[str, list[int]] = {}
    for index, look in enumerate(looks):
        groups.setdefault(look, []).append(index)
    for members in groups.values():
        shared = set.intersection(*(remaining[index] for index in members))
        for index in members:
            remaining[index] = set(shared)
    changed = True
    while changed:
        changed = False
        for members in groups.values():
            taken = remaining[members[0]]
            if len(taken) != len(members):
                continue
            for index, candidates in enumerate(remaining):
                if index not in members and candidates & taken:
                    candidates -= taken
                    changed = True
    found: list[tuple[int, ...]] = [()] * len(possible)
    for members in groups.values():
        left = tuple(sorted(remaining[members[0]]))
        for place, index in enumerate(members):
            found[index] = (left[place],) if len(left) == len(members) else left
    return found
