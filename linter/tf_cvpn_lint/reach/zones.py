"""Whether two availability zones are one, when a zone may be known by its name, by its id, or by how it is made."""

from __future__ import annotations

from tf_cvpn_lint.core.value import Call, Fact, Known, Literal, Symbol, Unknown
from tf_cvpn_lint.core.verdict import Verdict, no, unsure, yes


def same_zone(one: Fact[str], other: Fact[str]) -> Verdict:
    """Whether two zones are one; a name (`eu-west-1a`) and an id (`euw1-az1`) cannot be compared."""
    if isinstance(one, Known) and isinstance(other, Known):
        if ("-az" in one.value) != ("-az" in other.value):
            return unsure(f"whether zone {one.value} is {other.value} depends on the account")
        return yes() if one.value == other.value else no()
    if (
        isinstance(one, Unknown)
        and isinstance(other, Unknown)
        and one.symbol is not None
        and one.symbol == other.symbol
    ):
        return yes()
    if isinstance(one, Unknown) and isinstance(other, Unknown) and _differ(one.symbol, other.symbol):
        return no()
    waits = tuple(reference for zone in (one, other) if isinstance(zone, Unknown) for reference in zone.refers_to)
    return unsure("an availability zone is not known", waits_for=waits)


def _differ(one: Symbol | None, other: Symbol | None) -> bool:
    """Whether two texts are certainly not equal: said to be two, or made of the same parts but for one literal (`"${region}a"`, `"${region}b"`)."""
    match one, other:
        case Call("distinct", (mine, _)), Call("distinct", (theirs, _)) if mine == theirs:
            return True
        case Call("template", first), Call("template", second) if len(first) == len(second):
            unlike = [(a, b) for a, b in zip(first, second, strict=True) if a != b]
            return len(unlike) == 1 and all(isinstance(part, Literal) for part in unlike[0])
        case _:
            return False
