"""`python -m tools.rule`: a new rule stands where it belongs, and nothing of it is taken for done."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tf_cvpn_policies import RULES
from tools.rule import CLEAN, ROOT, RefusedError, start


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """As much of the project as a rule is made of."""
    shutil.copytree(ROOT / "policies", tmp_path / "policies", ignore=shutil.ignore_patterns("__pycache__"))
    clean = tmp_path / "fixtures" / "rules" / CLEAN
    clean.mkdir(parents=True)
    shutil.copy(ROOT / "fixtures" / "rules" / CLEAN / "main.tf", clean)
    return tmp_path


def catalogue(root: Path) -> list[str]:
    """The ids in the catalogue of the copy, read by a fresh interpreter."""
    paths = os.pathsep.join(str(path) for path in (root / "policies", ROOT / "linter"))
    code = "from tf_cvpn_policies import RULES; print(*(rule.id for rule in RULES))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.split()


def test_a_new_rule_is_in_the_catalogue_in_the_order_of_the_ids(copy: Path) -> None:
    files = start(copy, "CVPN199", "answer-of-the-wrong-kind", "The answer is of the wrong kind", "warning")
    ids = [rule.id for rule in RULES]
    assert catalogue(copy) == sorted([*ids, "CVPN199"])
    assert [file.relative_to(copy).as_posix() for file in files] == [
        "policies/tf_cvpn_policies/answer_of_the_wrong_kind.py",
        "fixtures/rules/CVPN199/fires/main.tf",
        "fixtures/rules/CVPN199/silent/main.tf",
        "fixtures/rules/CVPN199/unsure/main.tf",
        "policies/tf_cvpn_policies/__init__.py",
    ]
    assert "# finds: CVPN199" in files[1].read_text("utf-8")


def test_modules_stay_in_the_order_of_the_alphabet(copy: Path) -> None:
    start(copy, "CVPN299", "zone-without-names", "The zone has no names", "note")
    text = (copy / "policies" / "tf_cvpn_policies" / "__init__.py").read_text("utf-8")
    modules = text.partition("import (\n")[2].partition(")")[0].split()
    assert modules == sorted(modules)
    assert "zone_without_names," in modules


@pytest.mark.parametrize(
    ("id_", "name", "title"),
    [
        ("CVPN102", "dns-of-another-kind", "Taken"),
        ("CVPN198", "dns-not-authorized", "Taken"),
        ("CVPN901", "dns-of-another-kind", "One of the engine's own"),
        ("102", "dns-of-another-kind", "No id"),
        ("CVPN198", "DnsOfAnotherKind", "No name"),
        ("CVPN198", "dns-of-another-kind", "With its full stop."),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_written(copy: Path, id_: str, name: str, title: str) -> None:
    before = sorted(copy.rglob("*"))
    with pytest.raises(RefusedError):
        start(copy, id_, name, title, "error")
    assert sorted(copy.rglob("*")) == before
