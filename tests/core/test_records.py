"""Records are dataclasses in all that the rest of the program relies on."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from functools import cached_property
from typing import ClassVar, Generic, TypeVar

import pytest

from tf_cvpn_lint.core.records import dataclass, field, replace, settle

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Box(Generic[T]):
    content: T
    label: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True, eq=False)
class Thing:
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    hop: ClassVar[str] = "step"
    says: str
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate(Step):
    hop: ClassVar[str] = "gate"
    door: str
    """Without a default, after one that has one."""


@dataclass(frozen=True, slots=True)
class Sum:
    parts: tuple[int, ...]
    total: int = field(init=False, compare=False)

    def __post_init__(self) -> None:
        settle(self, "total", sum(self.parts))


@dataclass
class Tally:
    counts: dict[str, int] = field(default_factory=dict)

    @cached_property
    def size(self) -> int:
        return len(self.counts)


def test_equal_fields_make_equal_records_of_one_class_only() -> None:
    assert Step(says="a") == Step(says="a")
    assert hash(Step(says="a")) == hash(Step(says="a"))
    assert Step(says="a") != Step(says="b")
    assert Step(says="a", evidence=()) != Gate(says="a", door="")


def test_a_field_that_is_not_compared_is_not_hashed_either() -> None:
    assert Box(1, "x") == Box(1, "y")
    assert len({Box(1, "x"), Box(1, "y"), Box(2, "x")}) == 2
    assert Box(1) != object()


def test_without_eq_a_record_is_equal_to_itself_alone() -> None:
    one, other = Thing("a"), Thing("a")
    assert one != other
    assert len({one, other, one}) == 2


def test_a_frozen_record_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        Thing("a").name = "b"  # type: ignore[misc]
    with pytest.raises(AttributeError):
        Thing("a").other = "b"  # type: ignore[attr-defined]


def test_an_inherited_default_may_come_before_a_field_without_one() -> None:
    gate = Gate(says="open", door="north")
    assert (gate.evidence, gate.door, gate.hop, Step.hop) == ((), "north", "gate", "step")
    match gate:
        case Step(says=says):
            assert says == "open"


def test_positional_patterns_follow_the_order_of_the_fields() -> None:
    match Box(3, "three"):
        case Box(content, label):
            assert (content, label) == (3, "three")


def test_replace_works_out_again_what_is_settled() -> None:
    assert replace(Sum((1, 2)), parts=(3, 4)).total == 7
    assert Sum((1, 2)) == Sum((1, 2))


def test_every_record_has_a_default_of_its_own() -> None:
    one, other = Tally(), Tally()
    one.counts["a"] = 1
    assert (one.size, other.size) == (1, 0)
    with pytest.raises(TypeError):
        hash(one)


def test_records_are_no_dataclasses_at_run_time() -> None:
    # Were they, every one of them would be compiled on import again.
    assert not dataclasses.is_dataclass(Thing)


def test_judging_imports_no_dataclasses_module() -> None:
    script = "import sys, tf_cvpn_lint.run, tf_cvpn_policies; sys.exit('dataclasses' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
