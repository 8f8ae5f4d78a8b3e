"""A plan decoded in outline says the same as one decoded whole."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic_core import from_json

from tf_cvpn_lint.adapt import TYPES
from tf_cvpn_lint.read import detect
from tf_cvpn_lint.read import outline as outlines
from tf_cvpn_lint.read.outline import outline
from tf_cvpn_lint.read.plan import read_plan

FIXTURES = Path(__file__).parent.parent.parent / "fixtures"
PLANS = sorted(FIXTURES.glob("*/*/**/plan.json"))
BUCKET = "aws_s3_bucket"


@pytest.mark.parametrize("path", PLANS, ids=lambda path: str(path.parent.relative_to(FIXTURES)))
def test_the_outline_of_a_plan_is_read_as_the_plan(path: Path) -> None:
    text = path.read_bytes()
    parts = outline(text, TYPES)
    if parts is None:
        assert "complete" not in json.loads(text)
    else:
        assert read_plan(parts, TYPES) == read_plan(from_json(text), TYPES)


@pytest.mark.parametrize("piece", [1, 3])
def test_a_list_that_is_looked_at_piece_by_piece_says_the_same(monkeypatch: pytest.MonkeyPatch, piece: int) -> None:
    texts = [path.read_bytes() for path in PLANS]
    whole = [outline(text, TYPES) for text in texts]
    assert any(whole)
    monkeypatch.setattr(outlines, "_AT_ONCE", 0)
    monkeypatch.setattr(outlines, "_PIECE", piece)
    assert [outline(text, TYPES) for text in texts] == whole


def test_most_fixtures_can_be_outlined() -> None:
    assert sum(outline(path.read_bytes(), TYPES) is not None for path in PLANS) > len(PLANS) / 2


def bucket(module: str, name: str, actions: list[str]) -> dict[str, Any]:
    address = f"{module}.{BUCKET}.{name}" if module else f"{BUCKET}.{name}"
    inside = {"module_address": module} if module else {}
    after = None if actions == ["delete"] else {"bucket": name}
    change = {"actions": actions, "before": None, "after": after, "after_unknown": {"id": True}, "after_sensitive": {}}
    return {"address": address, **inside, "mode": "managed", "type": BUCKET, "name": name, "change": change}


def plan(*changes: dict[str, Any], **parts: Any) -> bytes:
    root = {
        "resources": [{"address": f"{BUCKET}.a", "mode": "managed", "type": BUCKET, "name": "a", "expressions": {}}]
    }
    made = {
        "format_version": "1.2",
        "complete": True,
        "resource_changes": list(changes),
        "configuration": {"root_module": root},
        **parts,
    }
    return json.dumps(made).encode()


def test_what_nothing_refers_to_never_becomes_an_object() -> None:
    parts = outline(plan(*(bucket("", name, ["create"]) for name in "abcdef")), TYPES)
    assert parts is not None
    assert len(parts["resource_changes"]) == 1  # its module exists
    assert parts["configuration"]["root_module"]["resources"] == []


def test_a_module_whose_last_resource_is_deleted_is_not_there() -> None:
    entry = {**bucket("module.m", "a", ["delete"]), "values": {}}
    values = {"root_module": {"child_modules": [{"address": "module.m", "resources": [entry]}]}}
    parts = outline(plan(bucket("module.m", "a", ["delete"]), prior_state={"values": values}), TYPES)
    assert parts is not None
    assert parts["resource_changes"] == []
    assert parts["prior_state"]["values"]["root_module"]["child_modules"][0]["resources"] == []


def test_a_large_file_that_is_no_plan_gets_the_answer_of_a_small_one(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = plan(bucket("", "a", ["create"]))[:-2]
    with pytest.raises(detect.NotJsonError) as small:
        detect.identify(broken, "plan.json", TYPES)
    monkeypatch.setattr(detect, "LARGE", 0)
    with pytest.raises(detect.NotJsonError) as large:
        detect.identify(broken, "plan.json", TYPES)
    assert str(large.value) == str(small.value)


def test_a_large_file_that_is_nested_too_deep_gets_the_answer_of_a_small_one(monkeypatch: pytest.MonkeyPatch) -> None:
    deep = plan(bucket("", "a", ["create"]), timestamp=0).replace(
        b'"timestamp": 0', b'"x": ' + b"[" * 5000 + b"]" * 5000
    )
    monkeypatch.setattr(detect, "LARGE", 0)
    with pytest.raises(detect.NotJsonError, match="nested too deep"):
        detect.identify(deep, "plan.json", TYPES)


def test_what_a_change_does_not_name_is_read_from_the_values() -> None:
    vpc = {
        "address": "module.m.aws_vpc.a",
        "mode": "managed",
        "type": "aws_vpc",
        "name": "a",
        "values": {"cidr_block": "10.0.0.0/16"},
    }
    values = {
        "root_module": {"child_modules": [{"address": "module.m", "resources": [bucket("module.m", "b", []), vpc]}]}
    }
    parts = outline(plan(bucket("", "c", ["create"]), prior_state={"values": values}), TYPES)
    assert parts is not None
    (module,) = parts["prior_state"]["values"]["root_module"]["child_modules"]
    assert [entry["type"] for entry in module["resources"]] == [BUCKET, "aws_vpc"]  # the first for its module
    assert module["resources"][1] == vpc
