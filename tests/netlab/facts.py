"""Taking certain facts out of the model: what is not certain is not represented, and says so by name."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network
from typing import TypeVar, assert_never

from tf_cvpn_lint.core.link import Link, Outside, To, Unresolved
from tf_cvpn_lint.core.value import Fact, Known
from tf_cvpn_lint.core.verdict import Members
from tf_cvpn_lint.model.cidr import Cidr, KnownCidr, UnknownCidr

T = TypeVar("T")


class NotRepresentedError(Exception):
    """The laboratory cannot represent this network. `what` is a name to count by, `subject` whose fact it is."""

    def __init__(self, what: str, subject: object) -> None:
        super().__init__(f"{what} ({subject})")
        self.what = what
        self.subject = str(subject)


def known(fact: Fact[T], what: str, subject: object) -> T:
    """The value.

    Raises:
        NotRepresentedError: nobody knows it yet.
    """
    if isinstance(fact, Known):
        return fact.value
    raise NotRepresentedError(f"{what} is not known", subject)


def whole(members: Members[T], what: str, subject: object) -> tuple[T, ...]:
    """The members, where all of them were read.

    Raises:
        NotRepresentedError: some were not.
    """
    if members.gaps:
        raise NotRepresentedError(f"{what} not all read", subject)
    return members.items


def end(link: Link[T], what: str, subject: object) -> T:
    """The object at the end of the edge.

    Raises:
        NotRepresentedError: it is not certain, or belongs to another configuration.
    """
    match link:
        case To(target):
            return target
        case Outside():
            raise NotRepresentedError(f"{what} of another configuration", subject)
        case Unresolved():
            if link.exhaustive and len(link.candidates) == 1:
                return link.candidates[0]
            raise NotRepresentedError(f"{what} is not known", subject)
        case _:
            assert_never(link)


def leads_to(link: Link[T], target: T) -> bool:
    """Whether the edge ends at this object, or at one equal to it (names and default tables compare by value)."""
    return isinstance(link, To) and (link.target is target or link.target == target)


def ipv4(cidr: Cidr, what: str, subject: object) -> IPv4Network | None:
    """The network, or None for IPv6, which no IPv4 packet meets.

    Raises:
        NotRepresentedError: its numbers are not known.
    """
    match cidr:
        case KnownCidr(network):
            return network if isinstance(network, IPv4Network) else None
        case UnknownCidr():
            raise NotRepresentedError(f"{what} is not known", subject)
        case _:
            assert_never(cidr)


def only_ipv4(cidr: Cidr, what: str, subject: object) -> IPv4Network:
    network = ipv4(cidr, what, subject)
    if network is None:
        raise NotRepresentedError(f"{what} is IPv6", subject)
    return network


def reserved(network: IPv4Network) -> tuple[IPv4Address, ...]:
    """Addresses of a subnet that AWS keeps: base, router, +2, +3 and the last.

    Source: https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html
    """
    return (network[0], network[1], network[2], network[3], network[-1])
