"""Every reader, asked what fuzzing asks it: a little of it, each time the tests are run."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.hostile.cases import asked
from tests.hostile.fuzz import at_random
from tests.hostile.readers import READERS

EVERY = pytest.mark.parametrize("name", sorted(READERS))


@EVERY
def test_what_cases_are_made_from_is_read(name: str) -> None:
    seeds = READERS[name].seeds()
    assert seeds, "there is nothing to damage"
    for data in seeds[:20]:
        assert not asked(READERS[name].ask, data)


@EVERY
@given(data=st.binary(max_size=60) | st.text(max_size=60).map(lambda text: text.encode("utf-8", "replace")))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes(name: str, data: bytes) -> None:
    assert not asked(READERS[name].ask, data)


@EVERY
@given(chance=st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_what_is_damaged(name: str, chance: random.Random) -> None:
    seeds = READERS[name].seeds()
    data = READERS[name].mutate(chance, chance.choice(seeds), chance.choice(seeds))
    assert not asked(READERS[name].ask, data)


def test_what_breaks_a_promise_is_kept_and_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The fuzzer itself: a reader that fails is found."""

    def fails(data: bytes) -> None:
        if len(data) > 5:
            raise KeyError(data)

    broken = READERS["address"].__class__(fails, READERS["address"].seeds, READERS["address"].mutate)
    monkeypatch.setitem(READERS, "address", broken)
    assert at_random(("address",), 1, 1, tmp_path) == 1
    (found,) = tmp_path.iterdir()
    assert len((found / "case" / "address.bytes").read_bytes()) > 5
    assert "KeyError" in (found / "fault.txt").read_text("utf-8")


FOUND = {"expression": (b"0.0false = 110.0.0.0/-1", b"1.0true = 2")}
"""What fuzzing found once."""


@pytest.mark.parametrize(("name", "data"), [(name, data) for name, all_ in FOUND.items() for data in all_])
def test_what_was_found_stays_mended(name: str, data: bytes) -> None:
    assert not asked(READERS[name].ask, data)
