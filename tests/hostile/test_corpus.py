"""`fixtures/hostile/<name>/in` and what is said of it: `expected.txt` has the exit status and words that must be there, after `not:` ones
that must not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.hostile.cases import judged

CORPUS = Path(__file__).resolve().parents[2] / "fixtures" / "hostile"


@pytest.mark.parametrize("name", sorted(path.name for path in CORPUS.iterdir() if path.is_dir()))
def test_what_is_said_of_hostile_input(name: str) -> None:
    given = CORPUS / name / "in"
    target = given / "plan.json" if (given / "plan.json").exists() else given
    outcome = judged([str(target), "--no-config", "--verbose"], seconds=20)
    assert not outcome.fault
    status, *words = (CORPUS / name / "expected.txt").read_text("utf-8").splitlines()
    assert words, "say what is expected"
    assert f"exit {outcome.status}" == status
    told = " ".join((outcome.out + outcome.err).split())
    for line in words:
        if line.startswith("not: "):
            assert line.removeprefix("not: ") not in told
        else:
            assert line in told
