"""The longest prefix that covers an address, when some networks and the address itself may be known only in part."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from tf_cvpn_lint.core.evidence import Gap
from tf_cvpn_lint.core.records import dataclass
from tf_cvpn_lint.core.verdict import Members, Truth, Verdict, agreed, unsure
from tf_cvpn_lint.model.cidr import (
    AddressIn,
    Cidr,
    HostAddress,
    KnownAddress,
    KnownCidr,
    covers,
    is_host_route_of,
)

E = TypeVar("E")


@dataclass(frozen=True, slots=True)
class Match(Generic[E]):
    """Which entries may win. Certain where there is one group, `none_possible` is false and nothing is unread."""

    winners: tuple[tuple[E, ...], ...]
    """Groups of entries for one and the same network, the longest and surest first; each group may be the one that decides."""
    none_possible: bool
    shorter: tuple[E, ...]
    """Entries that cover the address and lose to a longer one."""
    others: tuple[E, ...]
    """Entries that do not cover it."""
    gaps: tuple[Gap, ...]

    @property
    def best(self) -> tuple[E, ...]:
        """The group that wins if what is unknown does not; empty if none covers."""
        return self.winners[0] if self.winners else ()

    @property
    def is_certain(self) -> bool:
        return len(self.winners) + self.none_possible == 1 and not self.gaps

    def decide(self, outcome: Callable[[tuple[E, ...]], Verdict], none: Verdict) -> Verdict:
        """What holds whichever group wins; `none` is the answer where no entry covers the address."""
        outcomes = [outcome(group) for group in self.winners]
        if self.none_possible:
            outcomes.append(none)
        verdict = agreed(outcomes)
        if self.gaps:
            waits = tuple(dict.fromkeys(reference for gap in self.gaps for reference in gap.waits_for))
            told = "; ".join(dict.fromkeys(f"it depends on {gap.named} ({gap.why})" for gap in self.gaps))
            return agreed([verdict, unsure(told, waits_for=waits)])
        return verdict


def longest(entries: Members[E], cidr_of: Callable[[E], Cidr], address: HostAddress) -> Match[E]:
    """The entries of a table that may decide for `address`: longest prefix first."""
    sure: list[tuple[int, E, Cidr]] = []
    maybe: list[tuple[int, E, Cidr]] = []
    others: list[E] = []
    floor = -1
    for entry in entries.items:
        cidr = cidr_of(entry)
        truth = covers(cidr, address).truth
        if truth is Truth.NO:
            others.append(entry)
            continue
        length = _length(cidr, address)
        if truth is Truth.UNSURE:
            maybe.append((length, entry, cidr))
            continue
        sure.append((length, entry, cidr))
        # A symbolic network that holds the address is narrower than the default route.
        floor = max(floor, 1 if length == _UNKNOWN_LENGTH else length)

    if len(sure) > 1:
        sure.sort(key=lambda found: -found[0])
    groups: dict[object, list[E]] = {}
    # No network is longer than that of the single address: what may turn out to be the same decides beside those that are.
    single = floor == _longest_possible(address)
    beside = [entry for length, entry, _ in sure if length == floor] if single else []
    for length, entry, cidr in (*sure, *maybe):
        if length >= floor:
            is_unknown = length == _UNKNOWN_LENGTH
            if isinstance(cidr, KnownCidr):
                key: object = (cidr.first, length)
            else:
                key = id(entry) if cidr.symbol is None else cidr
            groups.setdefault(key, list(beside) if is_unknown else []).append(entry)
    return Match(
        winners=tuple(map(tuple, groups.values())),
        none_possible=not sure,
        shorter=tuple([entry for length, entry, _ in sure if length < floor]),
        others=tuple(others),
        gaps=() if single else entries.gaps,
    )


def _longest_possible(address: HostAddress) -> int:
    """The prefix of a single address: no unread entry can be longer, and one of the same network takes nothing away."""
    return address.ip.max_prefixlen if isinstance(address, KnownAddress) else 32


def _length(cidr: Cidr, address: HostAddress) -> int:
    """Prefix length; unknown networks sort as if they were very long, since they are usually a VPC's or a subnet's."""
    if isinstance(cidr, KnownCidr):
        return cidr.network.prefixlen
    if isinstance(address, AddressIn) and is_host_route_of(cidr, address):
        return _longest_possible(address)
    return _UNKNOWN_LENGTH


_UNKNOWN_LENGTH = 129
