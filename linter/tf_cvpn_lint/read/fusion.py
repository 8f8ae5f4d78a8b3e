"""A plan and its sources together: values from the plan; lines, instance keys and origins of what is unknown from the sources.

A plan tells of an unknown value only which references its expression mentions, without the keys, and of a list with one unknown element
nothing at all; what goes through locals and `dynamic` blocks leaves no trace in it. The sources say all that, and the plan says what is so:
where they disagree (the sources may be newer), the plan's word stands.
"""

from __future__ import annotations

from collections.abc import Mapping

from tf_cvpn_lint.config.configuration import Body, Configuration, Resource
from tf_cvpn_lint.core.address import Address
from tf_cvpn_lint.core.evidence import Gap, Location
from tf_cvpn_lint.core.records import replace
from tf_cvpn_lint.core.value import Absent, Known, Unknown, Value
from tf_cvpn_lint.read.commands import HIDDEN, MADE, NOT_READ


def refine(plan: Configuration, sources: Configuration) -> Configuration:
    """The plan's configuration, with what the sources add to it. Resources that only the sources have are left out."""
    resources = tuple(_resource(resource, sources.get(resource.address)) for resource in plan.resources)
    open_types = {type_: [gap for gap in gaps if not _is_read(gap, sources)] for type_, gaps in plan.open_types.items()}
    commands: list[Gap] = []
    for type_, gaps in sources.open_types.items():
        # A command that a provisioner runs makes things that no plan shows.
        made = [gap for gap in gaps if gap.why in (MADE, NOT_READ)]
        commands.extend(gap for gap in made if gap not in plan.gaps)
        if made:
            known = open_types.setdefault(type_, [])
            known.extend(gap for gap in made if not any(gap.subject == other.subject for other in known))
    return replace(
        plan,
        resources=resources,
        gaps=(*(gap for gap in plan.gaps if not _is_read(gap, sources)), *dict.fromkeys(commands)),
        open_types={type_: tuple(gaps) for type_, gaps in open_types.items() if gaps},
    )


def _is_read(gap: Gap, sources: Configuration) -> bool:
    """Whether the plan's gap is about a command that the sources show."""
    return gap.why in (HIDDEN, NOT_READ) and any(gap.subject == str(address) for address in sources.commands)


def _resource(planned: Resource, written: Resource | None) -> Resource:
    if written is None:
        return planned
    values: dict[str, Value] = {}
    for name, value in planned.body.values.items():
        values[name] = _value(value, written.body.get(name))
    for name, value in written.body.values.items():
        if name not in values and _hides_something(value):
            values[name] = value
    return replace(
        planned,
        body=Body(values, {**_places(planned, written), **planned.body.locations}),
        location=planned.location or written.location,
        provider=planned.provider or written.provider,
        region=planned.region or written.region,
        depends_on=tuple(dict.fromkeys((*planned.depends_on, *written.depends_on))),
    )


def _places(planned: Resource, written: Resource) -> dict[str, Location]:
    """The lines that only the evaluated sources know, in files as the plan's lines name them. Where the plan's own places of nested blocks
    are known the written order of those blocks does not count: a set has another one there."""
    if planned.location is None or written.location is None:
        return dict(written.body.locations)
    told = {key.partition("[")[0] for key in planned.body.locations if "[" in key}
    return {
        key: replace(place, file=planned.location.file)
        for key, place in written.body.locations.items()
        if place.file == written.location.file and not ("[" in key and key.partition("[")[0] in told)
    }


def _hides_something(value: Value) -> bool:
    """Nested blocks that the plan cannot show: a `dynamic` block over something unknown, or what no plan carries."""
    match value:
        case Unknown():
            return True
        case Known(value=tuple() as items):
            return any(isinstance(item, Unknown) for item in items)
        case _:
            return False


def _value(planned: Value, written: Value) -> Value:
    match planned, written:
        case (Unknown(), Unknown()):
            return _unknown(planned, written)
        case (Unknown(), Known()) if "sensitive" not in planned.why:
            return replace(written, evidence=planned.evidence)
        case (Known(value=tuple() as items), Known(value=tuple() as others)):
            return replace(planned, value=_items(items, others), evidence=planned.evidence)
        case (Known(value=Mapping() as inner), Known(value=Mapping() as other)):
            fused = {name: _value(value, other.get(name, Absent())) for name, value in inner.items()}
            return replace(planned, value=fused, evidence=planned.evidence)
        case (Known(value=Mapping()), Known(value=(Known(value=Mapping()) as only,))):
            return _value(planned, only)
        case _:
            return replace(planned, evidence=planned.evidence)


def _unknown(planned: Unknown, written: Unknown) -> Unknown:
    evidence = planned.evidence
    exact_origin = bool(written.refers_to) and all(isinstance(one.target, Address) for one in written.refers_to)
    if "sensitive" in written.why or (planned.refers_to and not exact_origin):
        # The plan follows references into modules that are not downloaded here, and knows every variable.
        return replace(planned, evidence=evidence)
    return Unknown(written.refers_to or planned.refers_to, planned.why, written.symbol, written.exact, evidence)


def _items(planned: tuple[Value, ...], written: tuple[Value, ...]) -> tuple[Value, ...]:
    """Elements fused in pairs that can be the same one.

    The plan does not say which of its lists are sets, and a set is in another order there than in the sources: what two elements have in
    common decides, and their places only where that is equal.
    """
    if len(planned) != len(written):
        return planned
    left = dict(enumerate(written))
    partners: dict[int, Value] = {}
    for position in sorted(range(len(planned)), key=lambda at: -_likeness(planned[at], planned[at])):
        one = planned[position]
        fitting = [at for at, other in left.items() if _may_be_same(one, other)]
        if not fitting:
            return planned
        best = max(fitting, key=lambda at: (_likeness(one, left[at]), at == position, -at))
        partners[position] = left.pop(best)
    return tuple(_value(value, partners[position]) for position, value in enumerate(planned))


def _likeness(one: Value, other: Value) -> int:
    """How many known values the two have in common."""
    match one, other:
        case (Known(value=Mapping() as inner), Known(value=Mapping() as outer)):
            return sum(_likeness(value, outer.get(name, Absent())) for name, value in inner.items())
        case (Known(value=tuple() as items), Known(value=tuple() as others)):
            return sum(_likeness(a, b) for a, b in zip(items, others, strict=False))
        case (Known(value=a), Known(value=b)) if not isinstance(a, tuple | Mapping) and not isinstance(
            b, tuple | Mapping
        ):
            return int(_equal(a, b))
        case _:
            return 0


def _equal(one: object, other: object) -> bool:
    return one == other or str(one).lower() == str(other).lower()


def _may_be_same(planned: Value, written: Value) -> bool:
    match planned, written:
        case (Unknown(), _) | (_, Unknown()):
            return True
        case (Absent(), Absent()):
            return True
        case (Absent(), Known(value=other)):
            return other in ("", False) or other == ()
        case (Known(), Absent()):
            return True  # the provider's default
        case (Known(value=Mapping() as inner), Known(value=Mapping() as other)):
            return all(_may_be_same(inner.get(name, Absent()), value) for name, value in other.items())
        case (Known(value=tuple() as items), Known(value=tuple() as others)):
            return len(items) == len(others)
        case (Known(value=one), Known(value=other)):
            return _equal(one, other)
        case _:
            return False
