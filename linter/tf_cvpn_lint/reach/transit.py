"""The way through transit gateways: attachments, their zones and route tables, peerings. Used there and back alike.

Source: https://docs.aws.amazon.com/vpc/latest/tgw/how-transit-gateways-work.html
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import assert_never

from tf_cvpn_lint.core.address import Reference
from tf_cvpn_lint.core.evidence import Evidence, Gap
from tf_cvpn_lint.core.link import Link, Outside, To, Unresolved
from tf_cvpn_lint.core.records import dataclass, replace
from tf_cvpn_lint.core.value import Fact, Known, Unknown
from tf_cvpn_lint.core.verdict import Members, Verdict, any_of, no, unsure, yes
from tf_cvpn_lint.model.cidr import Cidr, HostAddress, KnownCidr, UnknownCidr, covers
from tf_cvpn_lint.model.network import Network
from tf_cvpn_lint.model.routing import NatGateway
from tf_cvpn_lint.model.transit_gateway import Attachment, DefaultTable, TransitGateway, TransitRouteTable, TransitTable
from tf_cvpn_lint.model.vpc import Subnet, Vpc
from tf_cvpn_lint.reach.links import describe, leads_to, same, target_of, waits_of
from tf_cvpn_lint.reach.longest import longest
from tf_cvpn_lint.reach.trace import Beyond, PassedOver, Step, TransitFault, TransitGatewayHop
from tf_cvpn_lint.reach.way import (
    MAXIMUM_HOPS,
    MAXIMUM_TOLD,
    AtClients,
    Crossing,
    InVpc,
    Lost,
    Way,
    assumed_beyond,
    is_public,
    unread,
)
from tf_cvpn_lint.reach.zones import same_zone

Onward = Callable[[Network, Subnet, HostAddress, tuple[Subnet, ...]], Way]
"""The way to the address out of a subnet into which an attachment delivered the packet; the subnets are those it has been in."""


def by_transit_gateway(
    network: Network,
    vpc: Vpc,
    subnet: Subnet,
    link: Link[TransitGateway],
    address: HostAddress,
    visited: tuple[Subnet, ...],
    onward: Onward,
) -> Way:
    """From a subnet of an attached VPC into the transit gateway and on; `onward` leads from the subnet of another attachment."""
    gateway = target_of(link)
    ours, sure = _attachments_to(network, vpc, link)
    if gateway is not None and sure:
        attachment = sure[0]
        entrance = _entrance(attachment, subnet)
        if entrance.lost is not None:
            return entrance.lost
        way = from_attachment(network, gateway, attachment, address, visited, subnet.zone, onward)
        return way.after(*entrance.doubts, passed=entrance.passed)
    return _by_unread_transit_gateway(network, vpc, subnet, link, address, ours, sure)


def _by_unread_transit_gateway(
    network: Network,
    vpc: Vpc,
    subnet: Subnet,
    link: Link[TransitGateway],
    address: HostAddress,
    ours: tuple[Attachment, ...],
    sure: tuple[Attachment, ...],
) -> Way:
    """Into a transit gateway that was not read, or to which the VPC is not known to be attached."""
    gateway = target_of(link)
    name = describe(link)

    def doubt(
        says: str,
        assumes: str,
        waits_for: tuple[Reference, ...] = (),
        *evidence: Evidence,
        attachment: Attachment | None = None,
    ) -> Way:
        if (known := assumed_beyond(network, address, link)) is not None:
            return known
        step = TransitGatewayHop(
            verdict=unsure(says, *evidence, waits_for=waits_for),
            says=says,
            evidence=evidence,
            assumes=assumes,
            attachment=attachment,
        )
        way = unread(network, address, step)
        if isinstance(way.arrival, InVpc) and gateway is not None:
            return replace(way, arrival=replace(way.arrival, through_transit_gateway=gateway))
        return way

    if isinstance(link, Unresolved) and gateway is None:
        return doubt(
            f"which transit gateway the route leads to is not known ({link.why})",
            f"it leads to {address}",
            link.refers_to,
        )
    if not sure:
        if ours or network.attachments.gaps or gateway is None or not gateway.is_managed or not vpc.is_managed:
            waits = tuple(reference for gap in network.attachments.gaps for reference in gap.waits_for)
            says = f"the attachment of {vpc.address} to {name} was not read"
            return doubt(says, f"{vpc.address} is attached to {name}, which routes to {address}", waits, vpc.evidence)
        says = f"{vpc.address} is not attached to {name}"
        step = TransitGatewayHop(
            verdict=no(says, gateway.evidence, vpc.evidence),
            says=says,
            evidence=(gateway.evidence, vpc.evidence),
            fault=TransitFault.NOT_ATTACHED,
        )
        return Way((step,), Lost())
    attachment = sure[0]
    entrance = _entrance(attachment, subnet)
    if entrance.lost is not None:
        return entrance.lost
    says = f"the route tables of {name} belong to another configuration"
    return doubt(
        says, f"{name} routes {address} to the VPC that holds it", (), attachment.evidence, attachment=attachment
    ).after(*entrance.doubts, passed=entrance.passed)


@lru_cache(maxsize=1024)
def _attachments_to(
    network: Network, vpc: Vpc, link: Link[TransitGateway]
) -> tuple[tuple[Attachment, ...], tuple[Attachment, ...]]:
    """The attachments of the VPC that may lead to the gateway, and those of them that certainly do."""
    ours = [item for item in network.attachments_of(vpc) if item.kind == "vpc" and not same(item.gateway, link).is_no]
    sure = [item for item in ours if isinstance(item.vpc, To) and same(item.gateway, link).is_yes]
    return tuple(ours), tuple(sure)


@dataclass(frozen=True, slots=True, eq=False)
class _Entrance:
    """How what leaves a subnet comes into an attachment of its VPC, wherever it goes."""

    lost: Way | None = None
    """Where it does not."""
    doubts: tuple[Step, ...] = ()
    passed: tuple[Crossing, ...] = ()


@lru_cache(maxsize=1024)
def _entrance(attachment: Attachment, subnet: Subnet) -> _Entrance:
    in_zone = attachment.subnets.any(lambda member: _zone_of(member, subnet))
    zone = subnet.zone.value if isinstance(subnet.zone, Known) else ""
    if in_zone.is_no:
        where = zone or f"the zone of {subnet.address}"
        says = (
            f"{attachment.address} has no subnet in {where}, and a VPC attachment carries only traffic of its own zones"
        )
        evidence = (attachment.subnets_evidence or attachment.evidence, subnet.evidence)
        step = TransitGatewayHop(
            verdict=no(says, *evidence),
            says=says,
            evidence=evidence,
            attachment=attachment,
            zone=zone,
            fault=TransitFault.NOT_IN_ZONE,
        )
        return _Entrance(Way((step,), Lost()))
    doubts: tuple[Step, ...] = ()
    if in_zone.is_unsure:
        says = f"whether {attachment.address} has a subnet in the availability zone of {subnet.address} is not known"
        doubts = (
            TransitGatewayHop(
                verdict=unsure(says, attachment.evidence, waits_for=in_zone.waits_for),
                says=says,
                evidence=(attachment.subnets_evidence or attachment.evidence, subnet.evidence),
                attachment=attachment,
                assumes=f"{attachment.address} has a subnet in the zone of {subnet.address}",
            ),
        )
    accepted = attachment.is_accepted
    if not (isinstance(accepted, Known) and accepted.value):
        says = f"whether {attachment.address} is accepted by the gateway's owner is not known"
        waits = accepted.refers_to if isinstance(accepted, Unknown) else ()
        doubts = (
            *doubts,
            TransitGatewayHop(
                verdict=unsure(says, attachment.evidence, waits_for=waits),
                says=says,
                evidence=(attachment.evidence,),
                attachment=attachment,
                assumes=f"{attachment.address} is accepted",
            ),
        )
    zones = [(target_of(member), _zone_of(member, subnet)) for member in attachment.subnets.items]
    near = tuple(place for place, answer in zones if place is not None and answer.is_yes)
    maybe = tuple(place for place, answer in zones if place is not None and answer.is_unsure)
    return _Entrance(None, doubts, (Crossing(attachment, near or maybe, True, subnet),))


def _zone_of(member: Link[Subnet], subnet: Subnet) -> Verdict:
    """Whether the attachment subnet lies in the availability zone of this one."""
    other = target_of(member)
    if other is None:
        if isinstance(member, Outside):
            return unsure(f"the zone of {member.id} is not in this configuration")
        return unsure("an attachment subnet is not known", waits_for=waits_of(member))
    if other is subnet:
        return yes()
    return same_zone(other.zone, subnet.zone)


@dataclass(frozen=True, slots=True, eq=False)
class _TransitEntry:
    cidr: Cidr
    attachment: Link[Attachment] | None
    evidence: Evidence
    is_propagated: bool


def from_attachment(
    network: Network,
    gateway: TransitGateway,
    attachment: Attachment,
    address: HostAddress,
    visited: tuple[Subnet, ...],
    zone: Fact[str] | None,
    onward: Onward,
    crossed: tuple[TransitGateway, ...] = (),
) -> Way:
    """Inside a transit gateway: the attachment's route table, then the winning attachment; `crossed` are the gateways before this one, and
    `onward` leads from the subnet of an attachment."""
    table, table_doubt = table_of(network, gateway, attachment)
    if table is None:
        if table_doubt.is_no:
            says = f"{attachment.address} is associated with no route table of {gateway.address}"
            step = TransitGatewayHop(
                verdict=no(says, attachment.evidence, gateway.evidence),
                says=says,
                evidence=(attachment.evidence, gateway.evidence),
                attachment=attachment,
                fault=TransitFault.NOT_ASSOCIATED,
            )
            return Way((step,), Lost())
        says = f"which route table of {gateway.address} serves {attachment.address} is not known"
        return _transit_doubt(network, gateway, attachment, None, address, says, table_doubt.waits_for)
    name = describe_table(table)
    table_evidence = table.evidence if isinstance(table, TransitRouteTable) else gateway.evidence
    entries, unseen = transit_entries(network, gateway, table)
    match = longest(entries, lambda entry: entry.cidr, address)
    passed_over = _transit_passed_over(match.shorter, match.others)
    hidden = bool(unseen) and not _is_kept_from(unseen, network, address, match.winners)
    if hidden and (known := assumed_beyond(network, address, To(gateway), *map(To, unseen))):
        return known
    if hidden:
        told = ", ".join(str(other.address) for other in unseen)
        beside = f"{match.winners[0][0].cidr} and " if match.winners else ""
        says = f"{name} has no route to {address} but {beside}what it learns from {told}, which is not in this configuration"
        return _transit_doubt(network, gateway, attachment, table, address, says, ())
    if not match.winners and not match.gaps:
        says = f"{name} has no route or propagation to {address}"
        step = TransitGatewayHop(
            verdict=no(says, table_evidence, attachment.evidence),
            says=says,
            evidence=(table_evidence, attachment.evidence),
            attachment=attachment,
            table=table,
            fault=TransitFault.NO_ROUTE,
            passed_over=passed_over,
        )
        return Way((step,), Lost())
    winners = tuple([min(group, key=lambda entry: entry.is_propagated) for group in match.winners])
    best = winners[0] if winners else None
    are_one = len(winners) == 1 or len({_same_attachment(winner) for winner in winners}) == 1
    if best is None or match.none_possible or match.gaps or not are_one:
        doubt = match.decide(lambda _: unsure(f"which route of {name} wins for {address} is not known"), no())
        waits = tuple(
            reference
            for winner in winners
            if isinstance(winner.cidr, UnknownCidr)
            for reference in winner.cidr.refers_to
        )
        says = "; ".join(because.says for because in doubt.because if because.says)
        return _transit_doubt(network, gateway, attachment, table, address, says, (*doubt.waits_for, *waits))
    if best.attachment is None:
        says = f"{name} sends {best.cidr} into a blackhole"
        step = TransitGatewayHop(
            verdict=no(says, best.evidence),
            says=says,
            evidence=(best.evidence, table_evidence),
            attachment=attachment,
            table=table,
            fault=TransitFault.BLACKHOLE,
            passed_over=passed_over,
        )
        return Way((step,), Lost())
    learned = "learned" if best.is_propagated else "static"
    step = TransitGatewayHop(
        verdict=yes(),
        says=f"{name} sends {best.cidr} ({learned}) to {describe(best.attachment)}",
        evidence=(best.evidence, table_evidence),
        attachment=attachment,
        table=table,
        passed_over=passed_over,
    )
    return _out_of_transit_gateway(network, gateway, best, address, visited, zone, onward, crossed).after(step)


def _transit_passed_over(
    shorter: tuple[_TransitEntry, ...], others: tuple[_TransitEntry, ...]
) -> tuple[PassedOver, ...]:
    told = [(entry, "a longer prefix wins") for entry in shorter]
    told += [(entry, "does not cover it") for entry in others[: max(MAXIMUM_TOLD - len(told), 0)]]
    return tuple([_transit_line_passed_over(entry, why) for entry, why in told[:MAXIMUM_TOLD]])


@lru_cache(maxsize=4096)
def _transit_line_passed_over(entry: _TransitEntry, why: str) -> PassedOver:
    target = describe(entry.attachment) if entry.attachment else "nothing"
    return PassedOver(f"{entry.cidr} to {target}", why, entry.evidence)


def _is_kept_from(
    unseen: tuple[Attachment, ...],
    network: Network,
    address: HostAddress,
    winners: tuple[tuple[_TransitEntry, ...], ...],
) -> bool:
    """Whether what these attachments announce certainly takes the address away from none of the table's own lines.

    It is left out of account that anybody announces part of a VPC of ours that is attached, or of the internet.
    """
    if not winners:
        return False
    if is_public(address, network):
        return True
    ends = [target_of(entry.attachment) for group in winners for entry in group if entry.attachment is not None]
    if any(attachment is None or attachment in unseen for attachment in ends):
        return True  # what lies there is not known either
    return all(any(_holds(entry, address) or _is_host_route(entry) for entry in group) for group in winners)


def _holds(entry: _TransitEntry, address: HostAddress) -> bool:
    """Whether the line leads to the very VPC in which the address lies, or to the clients."""
    attachment = target_of(entry.attachment) if entry.attachment is not None else None
    if attachment is None:
        return False
    vpc = target_of(attachment.vpc) if attachment.vpc is not None else None
    return entry.is_propagated if vpc is None else any(covers(cidr, address).is_yes for cidr in vpc.cidrs.items)


def _is_host_route(entry: _TransitEntry) -> bool:
    return isinstance(entry.cidr, KnownCidr) and entry.cidr.network.prefixlen == entry.cidr.network.max_prefixlen


def _same_attachment(entry: _TransitEntry) -> object:
    return "blackhole" if entry.attachment is None else entry.attachment


def _transit_doubt(
    network: Network,
    gateway: TransitGateway,
    attachment: Attachment,
    table: TransitTable | None,
    address: HostAddress,
    says: str,
    waits_for: tuple[Reference, ...],
) -> Way:
    if (known := assumed_beyond(network, address, To(gateway))) is not None:
        return known
    step = TransitGatewayHop(
        verdict=unsure(says, gateway.evidence, waits_for=waits_for),
        says=says,
        evidence=(gateway.evidence, attachment.evidence),
        attachment=attachment,
        table=table,
        assumes=f"{gateway.address} routes {address} to the VPC that holds it",
    )
    way = unread(network, address, step)
    if isinstance(way.arrival, InVpc):
        return replace(way, arrival=replace(way.arrival, through_transit_gateway=gateway))
    return way


@lru_cache(maxsize=4096)
def table_of(network: Network, gateway: TransitGateway, attachment: Attachment) -> tuple[TransitTable | None, Verdict]:
    """The route table that serves the attachment; without one, whether that is certain (no) or not known (unsure)."""
    associations = [
        item for item in network.transit_associations_by_attachment.of(attachment) if _may_be_at(item.table, gateway)
    ]
    explicit = [item for item in associations if leads_to(item.attachment, attachment).is_yes]
    for item in explicit:
        table = target_of(item.table)
        if table is not None:
            return table, yes()
        waits = waits_of(item.table)
        return None, unsure(f"{describe(item.table)} was not read", item.evidence, waits_for=waits)
    maybe = [item for item in associations if leads_to(item.attachment, attachment).is_unsure]
    if maybe or network.transit_associations.gaps:
        waits = tuple(reference for gap in network.transit_associations.gaps for reference in gap.waits_for)
        return None, unsure("an association may be its own", waits_for=waits)
    # A peering is attached to both of its gateways, each of which associates it as it does its others.
    by_default = gateway.default_association if attachment.kind == "peering" else attachment.associates_by_default
    if not isinstance(by_default, Known):
        return None, unsure(
            f"whether it is associated by default is not known ({by_default.why})", waits_for=by_default.refers_to
        )
    if by_default.value:
        for table in network.transit_tables_by_gateway.of(gateway):
            if table.is_default_association and leads_to(table.gateway, gateway).is_yes:
                return table, yes()
        if not gateway.is_managed:
            return None, unsure(f"the default route table of {gateway.address} was not read")
        return DefaultTable(gateway), yes()
    if not gateway.is_managed:
        return None, unsure(f"the associations of {gateway.address} belong to another configuration")
    return None, no("associated with no route table")


def _may_be_at(table: Link[TransitTable], gateway: TransitGateway) -> bool:
    """Whether the route table may be one of this gateway: a peering is associated with one at each end."""
    match target_of(table):
        case DefaultTable(owner):
            return owner is gateway
        case TransitRouteTable(gateway=owner):
            return not leads_to(owner, gateway).is_no
        case None:
            return True


@lru_cache(maxsize=1024)
def transit_entries(
    network: Network, gateway: TransitGateway, table: TransitTable
) -> tuple[Members[_TransitEntry], tuple[Attachment, ...]]:
    """Static routes of the table and the CIDRs of the attachments that propagate to it; and the attachments of which nobody
    here knows what they propagate.

    Those cannot take an address away from an attached VPC of ours: overlapping CIDRs of VPCs are not propagated
    (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateTransitGatewayVpcAttachment.html), and that others announce
    a part of a VPC's CIDR is left out of account.
    """
    entries: list[_TransitEntry] = []
    unseen: list[Attachment] = []
    gaps: list[Gap] = []

    def learn(attachment: Attachment, evidence: Evidence) -> None:
        if attachment.kind == "client vpn":
            clients = [endpoint.client_cidr for endpoint in network.endpoints if endpoint.address == attachment.address]
            entries.extend(_TransitEntry(cidr, To(attachment), evidence, True) for cidr in clients if cidr is not None)
            return
        vpc = target_of(attachment.vpc) if attachment.vpc is not None else None
        if vpc is None and attachment.kind == "vpc" and isinstance(attachment.vpc, Unresolved):
            why = attachment.vpc.why
            gaps.append(Gap(str(attachment.address), "its VPC", why, waits_for=attachment.vpc.refers_to))
            return
        if vpc is None:
            unseen.append(attachment)
            return
        entries.extend(_TransitEntry(cidr, To(attachment), evidence, True) for cidr in vpc.cidrs.items)
        gaps.extend(vpc.cidrs.gaps)

    for route in network.transit_routes_by_table.of(table):
        answer = leads_to(route.table, table)
        if answer.is_yes:
            entries.append(_TransitEntry(route.destination, route.attachment, route.evidence, False))
        elif answer.is_unsure:
            gaps.append(
                Gap(
                    str(route.evidence.address),
                    "its transit gateway route table",
                    "known after apply",
                    waits_for=answer.waits_for,
                )
            )
    propagated = set()
    for item in network.transit_propagations_by_table.of(table):
        answer = leads_to(item.table, table)
        attachment = target_of(item.attachment)
        if answer.is_yes and attachment is not None:
            propagated.add(attachment)
            learn(attachment, item.evidence)
        elif not answer.is_no:
            gaps.append(
                Gap(str(item.evidence.address), "what it propagates", "known after apply", waits_for=answer.waits_for)
            )
    is_default = isinstance(table, DefaultTable) or table.is_default_propagation
    if isinstance(table, DefaultTable):
        is_default = not any(
            other.is_default_propagation and leads_to(other.gateway, gateway).is_yes
            for other in network.transit_tables_by_gateway.of(gateway)
        )
    if is_default:
        for attachment in network.attachments_by_gateway.of(gateway):
            here = leads_to(attachment.gateway, gateway)
            if attachment in propagated or here.is_no or attachment.kind == "peering":
                continue
            flag = attachment.propagates_by_default
            if here.is_unsure:
                if flag != Known(False):
                    waits = here.waits_for
                    gaps.append(Gap(str(attachment.address), "its transit gateway", "not read", waits_for=waits))
                continue
            if isinstance(flag, Known):
                if flag.value:
                    learn(attachment, attachment.evidence)
            else:
                gaps.append(Gap(str(attachment.address), "whether it propagates", flag.why, waits_for=flag.refers_to))
    gaps += [*network.transit_routes.gaps, *network.transit_propagations.gaps, *network.attachments.gaps]
    if not gateway.is_managed or (isinstance(table, TransitRouteTable) and not table.is_managed):
        gaps.append(Gap(describe_table(table), "its routes", "it belongs to another configuration"))
    return Members(tuple(entries), tuple(gaps)), tuple(unseen)


def describe_table(table: TransitTable) -> str:
    """The route table in words."""
    match table:
        case DefaultTable(gateway):
            return f"the default route table of {gateway.address}"
        case TransitRouteTable(address=address):
            return str(address)
        case _:
            assert_never(table)


def _out_of_transit_gateway(
    network: Network,
    gateway: TransitGateway,
    entry: _TransitEntry,
    address: HostAddress,
    visited: tuple[Subnet, ...],
    zone: Fact[str] | None,
    onward: Onward,
    crossed: tuple[TransitGateway, ...],
) -> Way:
    """Through the winning attachment into its VPC, and from there on if the address lies elsewhere."""
    assert entry.attachment is not None
    attachment = target_of(entry.attachment)
    if attachment is not None and attachment.kind == "client vpn":
        return Way((), AtClients())
    if attachment is not None and (peer := _peer_of(attachment, gateway)) is not None:
        return _by_transit_peering(network, gateway, attachment, peer, address, visited, onward, crossed)
    vpc = target_of(attachment.vpc) if attachment is not None and attachment.vpc is not None else None
    if attachment is None or vpc is None:
        if (known := assumed_beyond(network, address, entry.attachment, To(gateway))) is not None:
            return known
        says = f"what lies beyond {describe(entry.attachment)} is not in this configuration"
        waits = waits_of(entry.attachment)
        step = Beyond(
            verdict=unsure(says, entry.evidence, waits_for=waits),
            says=says,
            evidence=(entry.evidence,),
            assumes=f"the network beyond {describe(entry.attachment)} leads to {address} and back",
        )
        way = unread(network, address, step)
        if isinstance(way.arrival, InVpc):
            return replace(way, arrival=replace(way.arrival, through_transit_gateway=gateway))
        return way
    holds = any_of([covers(cidr, address) for cidr in vpc.cidrs.items])
    landing, near = _landings(attachment, zone)
    if holds.is_yes:
        return Way((), InVpc(vpc, through_transit_gateway=gateway), (Crossing(attachment, near or landing, False),))
    if holds.is_no and landing:
        ways = [
            _out_of_attachment(attachment, subnet, onward(network, subnet, address, visited))
            for subnet in near or landing
        ]
        passing = [way for way in ways if not way.is_lost]
        if len(passing) in (0, len(ways)):
            return ways[0]
        lost = " and ".join(
            str(subnet.address) for subnet, way in zip(near or landing, ways, strict=True) if way.is_lost
        )
        says = f"by which zone {attachment.address} delivers it is not known, and in {lost} it is dropped"
        doubt = TransitGatewayHop(
            verdict=unsure(says, attachment.evidence),
            says=says,
            evidence=(attachment.subnets_evidence or attachment.evidence,),
            attachment=attachment,
            assumes=f"{attachment.address} delivers it in a zone that takes {address} on",
        )
        return passing[0].after(doubt)
    says = f"whether {address} is in {vpc.address} is not known"
    step = Beyond(
        verdict=unsure(says, vpc.evidence, waits_for=holds.waits_for),
        says=says,
        evidence=(vpc.evidence,),
        assumes=f"{vpc.address} takes {address} where it belongs",
    )
    return Way((step,), InVpc(vpc, assumed=True, through_transit_gateway=gateway))


@lru_cache(maxsize=1024)
def _landings(attachment: Attachment, zone: Fact[str] | None) -> tuple[tuple[Subnet, ...], tuple[Subnet, ...]]:
    """The subnets of an attachment, and those of them that are in this zone."""
    landing = tuple(subnet for subnet in map(target_of, attachment.subnets.items) if subnet is not None)
    near = tuple(subnet for subnet in landing if zone is not None and same_zone(subnet.zone, zone).is_yes)
    return landing, near


def _peer_of(attachment: Attachment, gateway: TransitGateway) -> TransitGateway | None:
    """The transit gateway at the other end of a peering attachment, where it is read."""
    if attachment.kind != "peering" or attachment.peer is None:
        return None
    one, other = target_of(attachment.gateway), target_of(attachment.peer)
    return other if one is gateway else one if other is gateway else None


def _by_transit_peering(
    network: Network,
    gateway: TransitGateway,
    attachment: Attachment,
    peer: TransitGateway,
    address: HostAddress,
    visited: tuple[Subnet, ...],
    onward: Onward,
    crossed: tuple[TransitGateway, ...],
) -> Way:
    """Over a peering of transit gateways into the other one, whose route table for the peering attachment decides.

    Source: https://docs.aws.amazon.com/vpc/latest/tgw/tgw-peering.html
    """
    if peer in crossed or len(crossed) >= MAXIMUM_HOPS:
        says = f"the packet is back in {peer.address}: the routes of the peered transit gateways make a loop"
        lost = TransitGatewayHop(
            verdict=no(says, attachment.evidence),
            says=says,
            evidence=(attachment.evidence, gateway.evidence),
            attachment=attachment,
            fault=TransitFault.NO_ROUTE,
        )
        return Way((lost,), Lost())
    way = from_attachment(network, peer, attachment, address, visited, None, onward, (*crossed, gateway))
    accepted = attachment.is_accepted
    if isinstance(accepted, Known) and accepted.value:
        return way
    says = f"whether the peering {attachment.address} with {peer.address} is accepted is not known"
    doubt = TransitGatewayHop(
        verdict=unsure(
            says, attachment.evidence, waits_for=accepted.refers_to if isinstance(accepted, Unknown) else ()
        ),
        says=says,
        evidence=(attachment.evidence,),
        attachment=attachment,
        assumes=f"{attachment.address} is accepted",
    )
    return way.after(doubt)


def _out_of_attachment(attachment: Attachment, subnet: Subnet, way: Way) -> Way:
    """The way on from this subnet of an attachment, with the interface by which it leaves the gateway."""
    first = next(iter(way.passed), None)
    beside = target_of(first.subnet) if isinstance(first, NatGateway) else None
    return way.after(passed=(Crossing(attachment, (subnet,), False, beside),))
