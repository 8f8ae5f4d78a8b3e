"""Answers under Kleene's three-valued logic, with their reasons.

Learning more may settle an unsure answer and never reverses a settled one; every function here keeps that law.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import Enum
from typing import Generic, NoReturn, TypeVar

from tf_cvpn_lint.core.address import Reference
from tf_cvpn_lint.core.evidence import Evidence, Gap
from tf_cvpn_lint.core.records import dataclass

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Truth(Enum):
    """The three answers."""

    YES = "yes"
    NO = "no"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class Because:
    """One reason, in words, with what it rests on."""

    says: str
    evidence: tuple[Evidence, ...] = ()
    waits_for: tuple[Reference, ...] = ()
    """For an unsure answer: what would settle it."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Yes, no or unsure, and why. It is not a boolean and refuses to be used as one."""

    truth: Truth
    because: tuple[Because, ...] = ()

    def __bool__(self) -> NoReturn:
        raise TypeError("a verdict has three values; ask is_yes, is_no or is_unsure")

    def __invert__(self) -> Verdict:
        match self.truth:
            case Truth.YES:
                return Verdict(Truth.NO, self.because)
            case Truth.NO:
                return Verdict(Truth.YES, self.because)
            case Truth.UNSURE:
                return self

    @property
    def is_yes(self) -> bool:
        return self.truth is Truth.YES

    @property
    def is_no(self) -> bool:
        return self.truth is Truth.NO

    @property
    def is_unsure(self) -> bool:
        return self.truth is Truth.UNSURE

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """What its reasons rest on, each once, in order."""
        return tuple(dict.fromkeys(item for because in self.because for item in because.evidence))

    @property
    def waits_for(self) -> tuple[Reference, ...]:
        """What would settle it, each once, in order."""
        return tuple(dict.fromkeys(reference for because in self.because for reference in because.waits_for))


YES, NO = Verdict(Truth.YES), Verdict(Truth.NO)
"""The answers that need no reason: what `yes()` and `no()` give."""
_UNSURE = Verdict(Truth.UNSURE)


def yes(says: str = "", *evidence: Evidence) -> Verdict:
    return Verdict(Truth.YES, (Because(says, evidence),)) if says or evidence else YES


def no(says: str = "", *evidence: Evidence) -> Verdict:
    return Verdict(Truth.NO, (Because(says, evidence),)) if says or evidence else NO


def unsure(says: str, *evidence: Evidence, waits_for: tuple[Reference, ...] = ()) -> Verdict:
    return Verdict(Truth.UNSURE, (Because(says, evidence, waits_for),))


def of(answer: bool) -> Verdict:
    """The verdict of something that is certain."""
    return YES if answer else NO


def _reasoned(truth: Truth, verdicts: Iterable[Verdict]) -> Verdict:
    """This answer, with the reasons of these verdicts, each once."""
    told = [verdict.because for verdict in verdicts if verdict.because]
    if not told:
        return YES if truth is Truth.YES else NO if truth is Truth.NO else _UNSURE
    if len(told) == 1 and len(told[0]) == 1:
        return Verdict(truth, told[0])
    return Verdict(truth, tuple(dict.fromkeys([because for reasons in told for because in reasons])))


def all_of(verdicts: Iterable[Verdict]) -> Verdict:
    """No if one is no, else unsure if one is unsure, else yes; with the reasons of those that decided. Yes for none at all."""
    return _joined(verdicts, Truth.NO, Truth.YES)


def any_of(verdicts: Iterable[Verdict]) -> Verdict:
    """Yes if one is yes, else unsure if one is unsure, else no; with the reasons of those that decided. No for none at all."""
    return _joined(verdicts, Truth.YES, Truth.NO)


def _joined(verdicts: Iterable[Verdict], strong: Truth, weak: Truth) -> Verdict:
    """The strong answer if one gives it, else unsure if one is, else the weak one."""
    decided: list[Verdict] = []
    open_: list[Verdict] = []
    rest: list[Verdict] = []
    for verdict in verdicts:
        truth = verdict.truth
        (rest if truth is weak else decided if truth is strong else open_).append(verdict)
    if decided:
        return _reasoned(strong, decided)
    return _reasoned(Truth.UNSURE, open_) if open_ else _reasoned(weak, rest)


def agreed(verdicts: Iterable[Verdict]) -> Verdict:
    """What holds whichever of the verdicts is the true one: their common answer, or unsure. Unsure for none at all."""
    given = list(verdicts)
    truths = {verdict.truth for verdict in given}
    return _reasoned(truths.pop() if len(truths) == 1 else Truth.UNSURE, given)


@dataclass(frozen=True, slots=True)
class Members(Generic[T_co]):
    """A collection that knows what is missing from it. "None of them" is *no* only where `gaps` is empty."""

    items: tuple[T_co, ...] = ()
    gaps: tuple[Gap, ...] = ()

    @property
    def is_complete(self) -> bool:
        return not self.gaps

    def any(self, holds: Callable[[T_co], Verdict]) -> Verdict:
        """Whether it holds for some member, unread ones included."""
        return any_of([*map(holds, self.items), *self._unread()] if self.gaps else map(holds, self.items))

    def all(self, holds: Callable[[T_co], Verdict]) -> Verdict:
        """Whether it holds for every member, unread ones included."""
        return all_of([*map(holds, self.items), *self._unread()] if self.gaps else map(holds, self.items))

    def _unread(self) -> list[Verdict]:
        return [unsure(f"{gap.named}: {gap.why}", waits_for=gap.waits_for) for gap in self.gaps]

    def __add__(self, other: Members[T]) -> Members[T_co | T]:
        return Members(self.items + other.items, self.gaps + other.gaps)
