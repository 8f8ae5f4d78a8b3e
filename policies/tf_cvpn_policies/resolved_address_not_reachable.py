"""A name resolves to an address that clients cannot reach.

The resolver that clients ask knows a private name (a record of a private hosted zone, or an interface endpoint with private DNS) whose address
no Client VPN route takes into the split tunnel, or no authorization rule covers.

The name resolves and the connection does not: it leaves on the user's own network or is dropped at the endpoint, and times out. Such a name is
as dead as none.

**Fix**: add a Client VPN route and an authorization rule for the network of the address.

**Cannot see**: records made outside Terraform, and what else lies on the way to the address.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from tf_cvpn_lint.core.address import Address
from tf_cvpn_lint.core.evidence import Evidence, Gap
from tf_cvpn_lint.core.records import dataclass
from tf_cvpn_lint.core.value import Known
from tf_cvpn_lint.model.cidr import AddressIn, HostAddress, KnownAddress, covers
from tf_cvpn_lint.model.network import Network
from tf_cvpn_lint.model.resolver import HostedZone, InterfaceEndpoint, ZoneRecord
from tf_cvpn_lint.model.vpc import Vpc
from tf_cvpn_lint.reach.classify import Candidate, is_private
from tf_cvpn_lint.reach.entry import client_route
from tf_cvpn_lint.reach.links import leads_to, target_of
from tf_cvpn_lint.reach.surroundings import Surroundings
from tf_cvpn_lint.reach.trace import ServerKind, ServerVerdict
from tf_cvpn_lint.rules import Finding, Related, Rule, Severity, View, rule
from tf_cvpn_policies._endpoint import around
from tf_cvpn_policies._names import answering_vpc, known, private_endpoints_of
from tf_cvpn_policies._terraform import authorization_of_network, client_routes, expression_of, in_words


@dataclass(frozen=True, slots=True)
class _Answer:
    """A name that clients are given, and an address they get for it."""

    name: str
    address: HostAddress
    evidence: Evidence
    """Of the record or the interface endpoint."""


@dataclass(frozen=True, slots=True)
class _Fate:
    """What becomes of a connection to the address."""

    is_routed: bool
    is_authorized: bool


@rule(
    "CVPN206",
    "resolved-address-not-reachable",
    Severity.WARNING,
    sources=(
        "https://repost.aws/knowledge-center/client-vpn-how-dns-works-with-endpoint",
        "https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/split-tunnel-vpn.html",
        "https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/cvpn-working-rules.html",
    ),
)
def check(rule: Rule, view: View) -> Iterator[Finding | Gap]:
    endpoint = view.endpoint.endpoint
    here = around(view)
    yield from _waits(rule, view)
    dead: dict[Address, list[tuple[_Answer, _Fate]]] = {}
    for answer in dict.fromkeys(_answers(view)):
        fate = _fate(here, answer.address)
        if fate is not None:
            dead.setdefault(answer.evidence.address.resource, []).append((answer, fate))
    for found in dead.values():
        answer, fate = found[0]
        names = list(dict.fromkeys(each.name for each, _ in found))
        addresses = list(dict.fromkeys(_in_words(each.address) for each, _ in found))
        network = expression_of(answer.address)
        wanted, made = [], []
        if not fate.is_routed:
            wanted.append("a Client VPN route")
            made.append(client_routes(endpoint, view.endpoint.associations, network, f"to {names[0]}"))
        if not fate.is_authorized:
            wanted.append("an authorization rule")
            made.append(authorization_of_network(endpoint, network, f"to {names[0]}"))
        yield rule.finding(
            view,
            answer.evidence,
            f"{_few(names)} resolves for clients to {_few(addresses)}, {_why(fate)} and time out.",
            f"Add {' and '.join(wanted)} for {in_words(network)}, or for its network.",
            related=(
                Related(endpoint.dns_evidence, "clients ask a resolver that knows the name"),
                *(
                    Related(each.evidence, f"{each.name} as well")
                    for each, _ in found[1:]
                    if each.evidence != answer.evidence
                ),
            ),
            suggestion="\n\n".join(made),
        )


def _waits(rule: Rule, view: View) -> Iterator[Gap]:
    """Records whose addresses are not known, not even the network they are in."""
    for vpc in _asked(view):
        for record, zone in _records_of(view.network, vpc):
            unplaced = [
                each for each in record.addresses.items if not isinstance(each, KnownAddress) and not each.inside
            ]
            if unplaced or record.addresses.gaps:
                gaps = record.addresses.gaps
                why = f"the address that {_full_name(record, zone)} resolves to is not known"
                yield rule.waits(record.evidence, why, (each for gap in gaps for each in gap.waits_for))


def _why(fate: _Fate) -> str:
    if fate.is_authorized:
        return "which no Client VPN route covers: connections leave on the user's own network"
    if fate.is_routed:
        return "which no authorization rule covers: connections are dropped at the endpoint"
    return (
        "which neither a Client VPN route nor an authorization rule covers: connections leave on the user's own network"
    )


def _few(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _in_words(address: HostAddress) -> str:
    return str(address) if isinstance(address, KnownAddress) else f"an address in {address.inside[0]}"


@lru_cache(maxsize=1)
def _asked(view: View) -> tuple[Vpc, ...]:
    """The VPCs whose resolvers clients reach."""
    vpcs: dict[Vpc, None] = {}
    for server in view.endpoint.servers:
        vpc = answering_vpc(view, server)
        if vpc is not None and server.verdict is not ServerVerdict.UNREACHABLE:
            vpcs[vpc] = None
    return tuple(vpcs)


def _answers(view: View) -> Iterator[_Answer]:
    """What the resolvers that clients reach answer with."""
    for vpc in _asked(view):
        for record, zone in _records_of(view.network, vpc):
            yield from _of_record(record, zone, vpc)
        for item in private_endpoints_of(view.network, vpc):
            name = f"{known(item.service, 'the service')} (by private DNS of {item.address})"
            yield from (_Answer(name, address, item.evidence) for address in _of_interfaces(item))


@lru_cache(maxsize=4)
def _records_of(network: Network, vpc: Vpc) -> tuple[tuple[ZoneRecord, HostedZone], ...]:
    """The records of its zones, in the order of all records."""
    found = {
        record: zone
        for zone in network.zones_of(vpc)
        for record in network.records_by_zone.of(zone)
        if target_of(record.zone) is zone
    }
    return tuple(sorted(found.items(), key=lambda item: _positions(network)[item[0]]))


@lru_cache(maxsize=2)
def _positions(network: Network) -> dict[ZoneRecord, int]:
    return {record: position for position, record in enumerate(network.records.items)}


def _of_record(record: ZoneRecord, zone: HostedZone, vpc: Vpc) -> Iterator[_Answer]:
    """The record's own addresses, or those of the interface endpoint it leads to.

    One that leads to another record, or to an interface endpoint with private DNS in this VPC, dies with that one, where it is told.
    """
    name = _full_name(record, zone)
    for address in record.addresses.items:
        if isinstance(address, KnownAddress) or address.inside:
            yield _Answer(name, address, record.evidence)
    item = target_of(record.alias)
    if item is not None and not (item.private_dns == Known(True) and leads_to(item.vpc, vpc).is_yes):
        yield from (_Answer(name, address, record.evidence) for address in _of_interfaces(item))


def _of_interfaces(item: InterfaceEndpoint) -> Iterator[HostAddress]:
    for subnet in map(target_of, item.subnets.items):
        if subnet is not None:
            yield AddressIn((subnet.cidr,))


def _full_name(record: ZoneRecord, zone: HostedZone) -> str:
    name, domain = known(record.name, str(record.evidence.address)), known(zone.name, "")
    if not domain or not isinstance(record.name, Known) or name == domain or name.endswith(f".{domain}"):
        return name
    return f"{name}.{domain}" if name else domain


def _is_authorized(here: Surroundings, address: HostAddress) -> bool:
    """Whether an authorization rule covers the address, or may. For whom does not matter: one that admits nobody is CVPN312."""
    if here.rules.gaps:
        return True
    return any(not covers(rule.target_network, address).is_no for rule in here.rules.items)


def _fate(here: Surroundings, address: HostAddress) -> _Fate | None:
    """What is certainly missing on the way to the address; None where nothing is."""
    candidate = Candidate(ServerKind.UNKNOWN, address)
    enters = client_route(here, candidate, address).enters_tunnel
    if enters.is_no and isinstance(address, KnownAddress) and not is_private(address.ip):
        return None  # reached by the user's own network
    is_authorized = _is_authorized(here, address)
    if enters.is_no or not is_authorized:
        return _Fate(not enters.is_no, is_authorized)
    return None
