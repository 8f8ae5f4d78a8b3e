"""The network ACLs of the subnets on the way, as steps of a query: of the associated subnet, the server's, and those of gateways between.

Source: https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from tf_cvpn_lint.core.evidence import Evidence
from tf_cvpn_lint.core.link import Link, Unresolved
from tf_cvpn_lint.core.verdict import Verdict, all_of, no, unsure, yes
from tf_cvpn_lint.model.cidr import AddressIn, HostAddress
from tf_cvpn_lint.model.filters import Direction, NetworkAcl, PortRange
from tf_cvpn_lint.model.network import Network
from tf_cvpn_lint.model.routing import NatGateway
from tf_cvpn_lint.model.vpc import Subnet
from tf_cvpn_lint.reach.filters import DNS, EPHEMERAL, acl_allows, doubts_of
from tf_cvpn_lint.reach.flow import Protocol
from tf_cvpn_lint.reach.hops import ByProtocol, Hop
from tf_cvpn_lint.reach.links import describe, target_of, waits_of
from tf_cvpn_lint.reach.trace import Acl, AclSide
from tf_cvpn_lint.reach.way import Crossing, Way, interface_in


def acl_hop(
    network: Network, subnet: Subnet, side: AclSide, other: HostAddress, *, attachment_delivers: bool = False
) -> Hop:
    """The network ACL of a subnet, for the query and for its answer.

    `attachment_delivers`: what arrives in the subnet comes from a transit gateway attachment that lies in it too. AWS's page on transit
    gateways says that no rule is asked then, its page on network ACLs makes no such exception: a denial is not certain.
    https://docs.aws.amazon.com/vpc/latest/tgw/tgw-nacls.html
    """
    link: Link[NetworkAcl] | None = network.acl_of_subnet.get(subnet)
    if link is None:
        if subnet.is_managed:
            return _untouched_acl(subnet, side)
        link = Unresolved(why="it belongs to another configuration")
    acl = target_of(link)
    if acl is None:
        says = f"the network ACL of {subnet.address} was not read ({link.why if isinstance(link, Unresolved) else describe(link)})"
        waits = waits_of(link)
        return Acl(
            verdict=unsure(says, subnet.evidence, waits_for=waits),
            says=says,
            side=side,
            evidence=(subnet.evidence,),
            assumes=f"the network ACL of {subnet.address} lets DNS through both ways",
        )
    return ByProtocol(lambda protocol: (_acl_step(acl, subnet, side, protocol, other, attachment_delivers),))


def _acl_step(
    acl: NetworkAcl, subnet: Subnet, side: AclSide, protocol: Protocol, other: HostAddress, attachment_delivers: bool
) -> Acl:
    out: Direction = "egress" if side is AclSide.CLIENT else "ingress"
    back: Direction = "ingress" if side is AclSide.CLIENT else "egress"
    asked = ((out, DNS), (back, EPHEMERAL))
    asks, answers = (acl_allows(acl, direction, protocol, ports, other) for direction, ports in asked)
    if attachment_delivers and side is AclSide.CLIENT:
        answers = _unless_not_asked(answers, acl, subnet)
    elif attachment_delivers:
        asks = _unless_not_asked(asks, acl, subnet)
    toward = f"to {other}" if side is AclSide.CLIENT else f"from {other}"
    both = all_of([asks, answers])
    if both.is_yes:
        return Acl(
            verdict=yes(),
            says=f"{acl.address} lets the query and its answer through",
            side=side,
            acl=acl,
            evidence=tuple(dict.fromkeys((*both.evidence, acl.evidence))),
        )
    closed = [
        words
        for words, answer in ((f"{protocol}/53 {toward}", asks), (f"the way back on {protocol} 1024-65535", answers))
        if answer.is_no
    ]
    if both.is_no:
        denied = " and ".join(closed)
        says = f"{acl.address} denies {denied}"
        evidence = tuple(dict.fromkeys((*both.evidence, acl.evidence)))
        return Acl(
            verdict=no(says, *evidence), says=says, side=side, acl=acl, denied=denied, evidence=evidence, asked=asked
        )
    says = f"whether {acl.address} lets the query and its answer through is not known: {doubts_of(both)}"
    return Acl(
        verdict=unsure(says, acl.evidence, waits_for=both.waits_for),
        says=says,
        side=side,
        acl=acl,
        evidence=(acl.evidence,),
        assumes=f"{acl.address} lets DNS through both ways",
    )


@lru_cache(maxsize=1024)
def _untouched_acl(subnet: Subnet, side: AclSide) -> Acl:
    says = f"{subnet.address} has its VPC's default network ACL, which allows everything"
    return Acl(verdict=yes(), says=says, side=side, evidence=(subnet.evidence,))


def _unless_not_asked(answer: Verdict, acl: NetworkAcl, subnet: Subnet) -> Verdict:
    if not answer.is_no:
        return answer
    return unsure(
        f"{acl.address} denies what a transit gateway attachment in {subnet.address} delivers there, and AWS's documents conflict on "
        "whether it is asked",
        acl.evidence,
    )


_Asked = tuple[Direction, PortRange, HostAddress]
"""What an ACL is asked to let through: direction, destination ports, the address on the other side."""


def nat_acls(
    network: Network, way: Way, subnet: Subnet | None, source: AddressIn, address: HostAddress
) -> Iterator[Hop]:
    """The network ACLs of the subnets of NAT gateways on the way, for the query and for its answer.

    Source: https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-troubleshooting.html
    """
    before: Subnet | None = subnet
    is_certain = way.is_certain
    for passed in way.passed:
        if isinstance(passed, Crossing):
            before = None if passed.is_inward or len(passed.places) != 1 else passed.places[0]
            continue
        place = target_of(passed.subnet)
        if place is None:
            continue
        asked: tuple[_Asked, ...] = (("egress", DNS, address), ("ingress", EPHEMERAL, address))
        if before is not place:
            asked = (("ingress", DNS, source), ("egress", EPHEMERAL, source), *asked)
        elif before is not subnet:  # it comes from an attachment in its own subnet: only the answer is seen
            asked = (("egress", EPHEMERAL, source), *asked)
        else:
            asked = ()  # that of the association's subnet has been asked
        yield from _gateway_acl(network, {place: asked}, passed.evidence, is_certain=is_certain)
        before, source = place, interface_in(place)


def crossing_acls(
    network: Network,
    way: Way,
    end: Subnet | None,
    source: AddressIn,
    destination: HostAddress,
    ports: PortRange,
) -> Iterator[Hop]:
    """The network ACLs of the subnets of transit gateway attachments that a packet passes; `end` is the subnet it goes to.

    Inbound rules see what comes from the VPC's interfaces, outbound rules what goes to them, and neither what an attachment delivers to
    its own subnet. From an interface to an attachment in its own subnet the inbound rules see the very packet that leaves.
    Source: https://docs.aws.amazon.com/vpc/latest/tgw/tgw-nacls.html
    """
    is_certain = way.is_certain
    for position, passed in enumerate(way.passed):
        if isinstance(passed, NatGateway):
            place = target_of(passed.subnet)
            source = interface_in(place) if place is not None else AddressIn(())
            continue
        if not any(place in network.acl_of_subnet for place in passed.places):
            continue
        beside = end if passed.beside is None and position == len(way.passed) - 1 else passed.beside
        asked: dict[Subnet, tuple[_Asked, ...]] = {
            place: (("ingress", ports, source),)
            if passed.is_inward
            else (() if place is beside else (("egress", ports, destination),))
            for place in passed.places
        }
        doubtful = passed.is_inward and passed.beside in passed.places
        where = passed.attachment.evidence
        yield from _gateway_acl(network, asked, where, is_certain=is_certain, is_documented_once=doubtful)


def _gateway_acl(
    network: Network,
    asked: dict[Subnet, tuple[_Asked, ...]],
    gateway: Evidence,
    *,
    is_certain: bool,
    is_documented_once: bool = False,
) -> Iterator[Hop]:
    """One step where an ACL that is known does not let everything asked through; none where all is well.

    Several subnets: the packet passes one of them, and which is not known. `is_certain`: that it comes this way is.
    """
    if any(place in network.acl_of_subnet for place in asked):
        yield ByProtocol(
            lambda protocol: _gateway_acl_steps(network, asked, protocol, gateway, is_certain, is_documented_once)
        )


def _gateway_acl_steps(
    network: Network,
    asked: dict[Subnet, tuple[_Asked, ...]],
    protocol: Protocol,
    gateway: Evidence,
    is_certain: bool,
    is_documented_once: bool,
) -> Iterator[Acl]:
    answers: list[tuple[NetworkAcl, Verdict, tuple[_Asked, ...]]] = []
    for place, wanted in asked.items():
        link = network.acl_of_subnet.get(place)
        acl = target_of(link) if link is not None else None
        if acl is not None:
            allowed = all_of(acl_allows(acl, direction, protocol, ports, other) for direction, ports, other in wanted)
            answers.append((acl, allowed, wanted))
    closed = [each for each in answers if not each[1].is_yes]
    if not closed:
        return
    acl, answer, wanted = closed[0]
    what = {
        (True, True): f"{protocol} 53 or its answers",
        (True, False): f"{protocol} 53",
        (False, True): f"the answers on {protocol} 1024-65535",
    }[any(ports == DNS for _, ports, _ in wanted), any(ports == EPHEMERAL for _, ports, _ in wanted)]
    evidence = tuple(dict.fromkeys((*answer.evidence, acl.evidence, gateway)))
    certain = (
        is_certain and not is_documented_once and len(closed) == len(asked) and all(each[1].is_no for each in closed)
    )
    if certain:
        says = f"{acl.address}, the network ACL of a subnet of {gateway.address}, denies {what}"
        yield Acl(
            verdict=no(says, *evidence),
            says=says,
            side=AclSide.GATEWAY,
            acl=acl,
            denied=what,
            evidence=evidence,
            asked=tuple((direction, ports) for direction, ports, _ in wanted),
        )
        return
    says = f"{acl.address}, the network ACL of a subnet of {gateway.address}, may deny {what}"
    if is_documented_once:
        says += (
            ": the attachment lies in the subnet of the interface, and AWS's documents conflict on whether it is asked"
        )
    yield Acl(
        verdict=unsure(says, *evidence, waits_for=answer.waits_for),
        says=says,
        side=AclSide.GATEWAY,
        acl=acl,
        evidence=evidence,
        assumes=f"{acl.address} lets DNS through to {gateway.address}",
    )
