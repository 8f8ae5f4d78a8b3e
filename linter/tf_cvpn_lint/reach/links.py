"""Questions about edges whose other end may not be known."""

from __future__ import annotations

from typing import TypeVar, assert_never

from tf_cvpn_lint.core.address import Reference
from tf_cvpn_lint.core.link import Link, Outside, To, Unresolved
from tf_cvpn_lint.core.verdict import NO, YES, Verdict, no, unsure, yes
from tf_cvpn_lint.model.filters import SecurityGroup
from tf_cvpn_lint.model.vpc import Subnet, Vpc

T = TypeVar("T")


def leads_to(link: Link[T], target: T) -> Verdict:
    """Whether the edge ends at this very object."""
    match link:
        case To(found):
            return YES if found is target or found == target else NO
        case Outside(id_):
            known = getattr(target, "id", None)
            return yes() if known == id_ else no()
        case Unresolved():
            if link.exhaustive and not any(candidate is target for candidate in link.candidates):
                return no()
            if link.exhaustive and len(link.candidates) == 1:
                return yes()
            return unsure(f"where it leads is not known ({link.why})", waits_for=link.refers_to)
        case _:
            assert_never(link)


def same(one: Link[T], other: Link[T]) -> Verdict:
    """Whether two edges end at the same thing."""
    if isinstance(one, To):
        return leads_to(other, one.target)
    if isinstance(other, To):
        return leads_to(one, other.target)
    if isinstance(one, Outside) and isinstance(other, Outside):
        return yes() if one.id == other.id else no()
    if isinstance(one, Unresolved) and isinstance(other, Unresolved):
        # Equal references are not enough: `each.value` refers to the same map in every instance.
        if one.symbol is not None and one.symbol == other.symbol:
            return yes()
    waits = tuple(reference for link in (one, other) if isinstance(link, Unresolved) for reference in link.refers_to)
    return unsure("whether the two are the same is not known", waits_for=waits)


def target_of(link: Link[T] | None) -> T | None:
    """The object at the end of the edge, where it is certain."""
    if isinstance(link, To):
        return link.target
    if isinstance(link, Unresolved) and link.exhaustive and len(link.candidates) == 1:
        return link.candidates[0]
    return None


def waits_of(link: Link[T]) -> tuple[Reference, ...]:
    """What would settle where the edge ends; nothing where that is known."""
    return link.refers_to if isinstance(link, Unresolved) else ()


def vpc_of(subnet: Subnet) -> Vpc | None:
    """The VPC of the subnet, where it is certain."""
    return target_of(subnet.vpc)


def describe(link: Link[T]) -> str:
    """The other end in words: an address, an id, or what it waits for."""
    if isinstance(link, To):
        found = link.target
        return found.in_words if isinstance(found, SecurityGroup) else str(getattr(found, "address", found))
    if isinstance(link, Outside):
        return link.id
    return " or ".join(map(str, link.refers_to)) or "something that is not known yet"
