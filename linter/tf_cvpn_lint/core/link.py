"""Edges between things. `aws_subnet.a.id` is unknown text and a perfectly known edge; the edge is the fact."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

from tf_cvpn_lint.core.address import Reference
from tf_cvpn_lint.core.evidence import Evidence
from tf_cvpn_lint.core.records import dataclass, field
from tf_cvpn_lint.core.value import Symbol

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class To(Generic[T_co]):
    """It leads to this object."""

    target: T_co
    evidence: Evidence | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Outside:
    """It leads to something with a known id that this configuration does not hold."""

    id: str
    evidence: Evidence | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Unresolved(Generic[T_co]):
    """Where it leads is not known; `candidates` are the objects it may lead to, if those are all (`exhaustive`)."""

    refers_to: tuple[Reference, ...] = ()
    why: str = "known after apply"
    candidates: tuple[T_co, ...] = ()
    exhaustive: bool = False
    evidence: Evidence | None = field(default=None, compare=False)
    symbol: Symbol | None = None
    """How the id is made, where the source says: links of equal symbols lead to the same thing."""


Link = To[T_co] | Outside | Unresolved[T_co]

P = TypeVar("P")
T = TypeVar("T")


class ByEnd(Generic[P, T]):
    """Things by the other end of an edge of theirs, so that asking for one end does not visit the things of all others."""

    def __init__(self, things: Iterable[P], link_of: Callable[[P], Link[T] | None]) -> None:
        self._certain: dict[T, list[tuple[int, P]]] = {}
        self._open: list[tuple[int, P]] = []
        for place in enumerate(things):
            link = link_of(place[1])
            if isinstance(link, To):
                self._certain.setdefault(link.target, []).append(place)
            elif link is not None:
                self._open.append(place)

    def of(self, end: T) -> tuple[P, ...]:
        """In order: those whose edge certainly ends there, and those of which that is not certain. The edges of all others do not."""
        certain = self._certain.get(end, [])
        places = sorted([*certain, *self._open], key=lambda place: place[0]) if self._open else certain
        return tuple(thing for _, thing in places)
