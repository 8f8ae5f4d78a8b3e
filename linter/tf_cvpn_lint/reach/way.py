"""A way through the network: the steps taken, where they end, and what is passed; and where it cannot be followed."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from tf_cvpn_lint.core.link import Link
from tf_cvpn_lint.core.records import dataclass, field, settle
from tf_cvpn_lint.core.verdict import yes
from tf_cvpn_lint.model.cidr import AddressIn, Cidr, HostAddress, KnownAddress, UnknownCidr
from tf_cvpn_lint.model.network import Network
from tf_cvpn_lint.model.routing import NatGateway, PeeringConnection
from tf_cvpn_lint.model.transit_gateway import Attachment, TransitGateway
from tf_cvpn_lint.model.vpc import Subnet, Vpc
from tf_cvpn_lint.reach.links import describe, target_of, vpc_of
from tf_cvpn_lint.reach.trace import Beyond, Step

MAXIMUM_TOLD = 12
"""Lines of a table that a step lists as passed over."""

MAXIMUM_HOPS = 8
"""VPCs and NAT subnets a way may cross; more than any real one, and a bound on routing loops."""


@dataclass(frozen=True, slots=True)
class InVpc:
    """It arrives in this VPC, whose `local` route takes it to the interface."""

    vpc: Vpc
    assumed: bool = False
    """The last hops were not read; the address lies in this VPC's CIDR."""
    through_transit_gateway: TransitGateway | None = None
    through_peering: PeeringConnection | None = None


@dataclass(frozen=True, slots=True)
class AtInternet:
    """It leaves to the internet."""


@dataclass(frozen=True, slots=True)
class AtClients:
    """It reaches the clients of an endpoint that is attached to the transit gateway itself."""


@dataclass(frozen=True, slots=True)
class AtAssumed:
    """It reaches a network outside the configuration of which somebody says that it answers, and leads back."""


@dataclass(frozen=True, slots=True)
class Lost:
    """Dropped."""


@dataclass(frozen=True, slots=True)
class Unseen:
    """Past what Terraform tells."""


Arrival = InVpc | AtInternet | AtClients | AtAssumed | Lost | Unseen


@dataclass(frozen=True, slots=True)
class Crossing:
    """The interface of a transit gateway attachment by which the packet leaves a VPC, or comes into one."""

    attachment: Attachment
    places: tuple[Subnet, ...]
    """The subnets it may lie in; one where the zones are known."""
    is_inward: bool
    """Into the gateway."""
    beside: Subnet | None = None
    """The subnet that the packet comes from (inward), or that of the NAT gateway it goes to next; None where it goes to its destination."""


@dataclass(frozen=True, slots=True)
class Way:
    """The steps taken and where they end."""

    steps: tuple[Step, ...]
    arrival: Arrival
    passed: tuple[NatGateway | Crossing, ...] = ()
    """Interfaces on the way whose subnets have network ACLs, in order. NAT gateways replace the source address."""
    _is_certain: bool = field(init=False, repr=False, compare=False)

    @property
    def is_lost(self) -> bool:
        return isinstance(self.arrival, Lost) or any(step.verdict.is_no for step in self.steps)

    @property
    def is_certain(self) -> bool:
        """Whether none of its steps is unsure."""
        try:
            return self._is_certain
        except AttributeError:
            settle(self, "_is_certain", not any(step.verdict.is_unsure for step in self.steps))
            return self._is_certain

    @property
    def nats(self) -> tuple[NatGateway, ...]:
        return tuple([each for each in self.passed if isinstance(each, NatGateway)]) if self.passed else ()

    def after(self, *steps: Step, passed: tuple[NatGateway | Crossing, ...] = ()) -> Way:
        """The same way with these steps before it."""
        return Way((*steps, *self.steps), self.arrival, (*passed, *self.passed) if passed else self.passed)


@lru_cache(maxsize=1024)
def interface_in(subnet: Subnet) -> AddressIn:
    """The address of an interface in the subnet, of which AWS picks the number."""
    vpc = vpc_of(subnet)
    inside: tuple[Cidr, ...] = (subnet.cidr,)
    if isinstance(subnet.cidr, UnknownCidr) and vpc is not None and vpc.cidrs.is_complete and len(vpc.cidrs.items) == 1:
        inside = (subnet.cidr, vpc.primary_cidr)
    return AddressIn(inside)


@lru_cache(maxsize=1024)
def is_public(address: HostAddress, network: Network) -> bool:
    """A global address that lies in no VPC of ours: only the internet leads there."""
    return isinstance(address, KnownAddress) and address.ip.is_global and vpc_holding(address, network) is None


def vpc_holding(address: HostAddress, network: Network, *, but: Vpc | None = None) -> Vpc | None:
    """The only VPC whose CIDR certainly holds the address."""
    found = [vpc for vpc in network.vpcs_holding(address) if vpc is not but]
    return found[0] if len(found) == 1 else None


def unread(network: Network, address: HostAddress, *steps: Step) -> Way:
    """A way that cannot be followed further: taken to arrive in the VPC that holds the address, if one does."""
    vpc = vpc_holding(address, network)
    return Way(steps, InVpc(vpc, assumed=True) if vpc else Unseen())


def assumed_beyond(network: Network, address: HostAddress, *things: Link[Any]) -> Way | None:
    """The way into a network that is said to lie beyond one of these gateways or attachments."""
    names = {name for thing in things for name in (describe(thing), getattr(target_of(thing), "id", None)) if name}
    if (found := network.assumed.network_beyond(frozenset(names), address)) is None:
        return None
    beyond, cidr = found
    says = f"beyond {describe(things[0])} lies {cidr}, which leads to {address} and back: assumed ({beyond.reason})"
    return Way((Beyond(verdict=yes(), says=says),), AtAssumed())
