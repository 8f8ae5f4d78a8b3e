"""What a walk over both protocols meets: hops, of which some filter by protocol, and the way back among them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from tf_cvpn_lint.reach.flow import PROTOCOLS, Protocol
from tf_cvpn_lint.reach.trace import Step


class ByProtocol:
    """A hop where something filters: what becomes of the query there may depend on its protocol. `steps`: the steps there, none to any number,
    of a query over each of `PROTOCOLS`."""

    __slots__ = ("steps",)

    def __init__(self, steps_of: Callable[[Protocol], Iterable[Step]]) -> None:
        self.steps: dict[Protocol, tuple[Step, ...]] = {protocol: tuple(steps_of(protocol)) for protocol in PROTOCOLS}


Hop = Step | ByProtocol
"""The query takes the same way over every protocol, so that a way is walked once for all."""


class Back:
    """The way back, among the hops there."""

    __slots__ = ("hops",)

    def __init__(self, hops: tuple[Hop, ...]) -> None:
        self.hops = hops


def steps_over(hops: Iterable[Hop], protocol: Protocol) -> tuple[Step, ...]:
    """What these hops are to a query over this protocol."""
    steps: list[Step] = []
    for hop in hops:
        if isinstance(hop, ByProtocol):
            steps += hop.steps[protocol]
        else:
            steps.append(hop)
    return tuple(steps)


def apart(walk: Callable[[Protocol], Iterable[Hop | Back]]) -> Iterator[Hop | Back]:
    """The hops of queries that go different ways, each walked for itself."""
    items = {protocol: tuple(walk(protocol)) for protocol in PROTOCOLS}
    yield ByProtocol(
        lambda protocol: steps_over((item for item in items[protocol] if not isinstance(item, Back)), protocol)
    )
    backs = {
        protocol: [hop for item in items[protocol] if isinstance(item, Back) for hop in item.hops]
        for protocol in PROTOCOLS
    }
    yield Back((ByProtocol(lambda protocol: steps_over(backs[protocol], protocol)),))


def changed(item: Hop | Back, change: Callable[[Step], Step]) -> Hop | Back:
    """The same hop, each of its steps changed."""
    if isinstance(item, Back):
        return Back(tuple(changed_hop(hop, change) for hop in item.hops))
    return changed_hop(item, change)


def changed_hop(hop: Hop, change: Callable[[Step], Step]) -> Hop:
    """The same of a hop that is no way back."""
    if isinstance(hop, ByProtocol):
        return ByProtocol(lambda protocol: map(change, hop.steps[protocol]))
    return change(hop)
