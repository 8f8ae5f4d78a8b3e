"""A private zone is not associated with the VPC whose resolver answers.

Clients ask the Amazon DNS of one VPC: the endpoint's own for base+2, that of the inbound endpoint otherwise. It knows the private hosted zones
that are associated with that VPC, and this one is associated with others only.

Clients get no such name (NXDOMAIN) or its public namesake, while everything in the other VPC resolves it.

**Fix**: associate the zone with that VPC.

**Cannot see**: Resolver rules and Route 53 Profiles that forward or share the zone. It is quiet where another Client VPN endpoint of the
configuration serves the zone, or where the VPC has a zone of the same name.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import lru_cache

from tf_cvpn_lint.core.link import Link, Outside
from tf_cvpn_lint.core.value import Known
from tf_cvpn_lint.core.verdict import Verdict, unsure
from tf_cvpn_lint.model.network import Network
from tf_cvpn_lint.model.resolver import HostedZone
from tf_cvpn_lint.model.vpc import Vpc
from tf_cvpn_lint.reach.links import describe, leads_to
from tf_cvpn_lint.rules import Finding, Related, Rule, Severity, View, rule
from tf_cvpn_policies._endpoint import homes
from tf_cvpn_policies._names import answering_vpcs, zone_in_words
from tf_cvpn_policies._terraform import attribute_of, nested, within


@rule(
    "CVPN203",
    "private-zone-not-associated",
    Severity.WARNING,
    sources=(
        "https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/hosted-zone-private-considerations.html",
        "https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-choose-vpc.html",
    ),
)
def check(rule: Rule, view: View) -> Iterator[Finding]:
    answering = answering_vpcs(view)
    if not answering:
        return
    known = frozenset.intersection(*(frozenset(view.network.zones_of(vpc)) for vpc in answering))
    named_alike = frozenset.intersection(
        *(frozenset(_name(zone) for zone in view.network.zones_of(vpc)) for vpc in answering)
    )
    for zone in _in_question(view.network, answering, named_alike):
        if zone in known:
            continue
        lacking = [vpc for vpc in answering if _associated(zone, vpc).is_no]
        if not lacking:
            continue
        vpc = lacking[0]
        if any(_same_name(zone, other) for other in view.network.zones_of(vpc)):
            continue
        server = answering[vpc]
        associated = " and ".join(map(describe, zone.vpcs.items))
        id_ = attribute_of(vpc.address, "id", zone.address.module)
        yield rule.finding(
            view,
            zone.evidence,
            f"Names of {zone_in_words(zone)} do not resolve for clients that ask {server.server}: the resolver of {vpc.address} answers there, "
            f"and the zone is associated with {associated} only.",
            f"Associate {zone.address} with {vpc.address}.",
            related=(
                Related(view.endpoint.endpoint.dns_evidence, f"clients ask the resolver of {vpc.address}"),
                Related(vpc.evidence, "the VPC whose resolver answers"),
            ),
            suggestion=within(zone.address, nested("vpc", vpc_id=id_))
            if id_ and zone.address.mode == "managed"
            else "",
        )


@lru_cache(maxsize=2)
def _served(network: Network) -> dict[HostedZone, tuple[Vpc, ...]]:
    """For each zone the VPCs of Client VPN endpoints that it is certainly associated with."""
    found: dict[HostedZone, dict[Vpc, None]] = {}
    for _, home in homes(network):
        for zone in network.zones_of(home):
            found.setdefault(zone, {})[home] = None
    return {zone: tuple(vpcs) for zone, vpcs in found.items()}


def _in_question(network: Network, answering: Collection[Vpc], names: frozenset[str | None]) -> list[HostedZone]:
    """The zones that have none of these names and are certainly associated with no VPC of a Client VPN endpoint but those that answer here,
    in order."""
    served = _served(network)
    own = (
        zone for vpc in answering for zone in network.zones_of(vpc) if _name(zone) is None or _name(zone) not in names
    )
    found = {zone for zone in own if all(vpc in answering for vpc in served.get(zone, ()))}
    for name, zones in _unserved_by_name(network).items():
        if name is None or name not in names:
            found.update(zones)
    return sorted(found, key=_positions(network).__getitem__)


@lru_cache(maxsize=2)
def _unserved_by_name(network: Network) -> dict[str | None, list[HostedZone]]:
    """Those that are certainly associated with no VPC of a Client VPN endpoint."""
    found: dict[str | None, list[HostedZone]] = {}
    for zone in network.zones:
        if zone not in _served(network):
            found.setdefault(_name(zone), []).append(zone)
    return found


@lru_cache(maxsize=2)
def _positions(network: Network) -> dict[HostedZone, int]:
    return {zone: position for position, zone in enumerate(network.zones)}


def _name(zone: HostedZone) -> str | None:
    """None where it is not known."""
    return zone.name.value if isinstance(zone.name, Known) else None


def _associated(zone: HostedZone, vpc: Vpc) -> Verdict:
    return zone.vpcs.any(lambda link: _leads_to(link, vpc))


def _leads_to(link: Link[Vpc], vpc: Vpc) -> Verdict:
    """A VPC without a known id may be the one that the zone names by its id."""
    if isinstance(link, Outside) and vpc.id is None:
        return unsure(f"the id of {vpc.address} is not known")
    return leads_to(link, vpc)


def _same_name(zone: HostedZone, other: HostedZone) -> bool:
    return isinstance(zone.name, Known) and isinstance(other.name, Known) and zone.name.value == other.name.value
