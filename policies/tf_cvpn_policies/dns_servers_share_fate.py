"""Both DNS servers fail together.

The two servers are one and the same address, or lie in one subnet or one availability zone.

What takes down the first takes down the second, so that clients have no server to turn to.

**Fix**: push servers in two availability zones. The VPC's own resolver (base+2) needs no second.

**Cannot see**: zones that AWS picks at the apply, and servers of other configurations.
"""

from __future__ import annotations

from collections.abc import Iterator

from tf_cvpn_lint.core.evidence import Gap
from tf_cvpn_lint.core.value import Known
from tf_cvpn_lint.core.verdict import all_of
from tf_cvpn_lint.model.cidr import KnownAddress
from tf_cvpn_lint.model.client_vpn import AmazonDnsOf
from tf_cvpn_lint.model.vpc import Subnet
from tf_cvpn_lint.reach.trace import ServerKind, ServerReach
from tf_cvpn_lint.reach.zones import same_zone
from tf_cvpn_lint.rules import Finding, Related, Rule, Severity, View, rule
from tf_cvpn_policies._endpoint import candidates_of

_IN_A_SUBNET = (
    ServerKind.RESOLVER_INBOUND,
    ServerKind.DIRECTORY,
    ServerKind.VPC_HOST,
    ServerKind.PEERED_VPC_HOST,
    ServerKind.TRANSIT_VPC_HOST,
)


@rule(
    "CVPN402",
    "dns-servers-share-fate",
    Severity.NOTE,
    sources=("https://repost.aws/knowledge-center/client-vpn-how-dns-works-with-endpoint",),
)
def check(rule: Rule, view: View) -> Iterator[Finding | Gap]:
    servers = view.endpoint.servers
    if len(servers) < 2:
        return
    placed = [_subnets(view, server) for server in servers]
    shared = _shared(servers, placed)
    if not shared:
        yield from _waits(rule, view, placed)
        return
    subnets = dict.fromkeys(subnet for found in placed for subnet in found)
    yield rule.finding(
        view,
        view.endpoint.endpoint.dns_evidence,
        f"{' and '.join(dict.fromkeys(str(server.server) for server in servers))} {shared}: what takes down one takes down the other, and "
        "nothing resolves.",
        "Push servers in two availability zones.",
        related=tuple(Related(subnet.evidence, "holds a server") for subnet in subnets if subnet is not None),
    )


_Subnets = tuple[Subnet | None, ...]


def _shared(servers: tuple[ServerReach, ...], placed: list[_Subnets]) -> str:
    """What all the servers certainly share, in words; empty if nothing."""
    addresses = [server.server.address for server in servers]
    if all(isinstance(each, KnownAddress) for each in addresses) and len(set(addresses)) == 1:
        return "is given twice"
    if len({each.vpc if isinstance(each, AmazonDnsOf) else each for each in addresses}) == 1 and isinstance(
        addresses[0], AmazonDnsOf
    ):
        return "is given twice"
    found = [subnet for subnets in placed for subnet in subnets]
    first = found[0] if found else None
    if first is None or not all(placed):
        return ""
    if all(subnet is first for subnet in found):
        return f"are both in {first.address}"
    if all(subnet is not None and same_zone(subnet.zone, first.zone).is_yes for subnet in found):
        zone = first.zone.value if isinstance(first.zone, Known) else "one"
        return f"are both in availability zone {zone}"
    return ""


def _waits(rule: Rule, view: View, placed: list[_Subnets]) -> Iterator[Gap]:
    """Zones that may turn out to be one."""
    found = [subnet for subnets in placed for subnet in subnets]
    known = list(dict.fromkeys(subnet for subnet in found if subnet is not None))
    if len(known) < 2 or len(known) != len(found):
        return
    answers = [same_zone(known[0].zone, other.zone) for other in known[1:]]
    if all_of(answers).is_unsure:
        told = " and ".join(str(subnet.address) for subnet in known)
        waits = [reference for answer in answers for reference in answer.waits_for]
        yield rule.waits(
            view.endpoint.endpoint.dns_evidence, f"whether {told} are in one availability zone is not known", waits
        )


def _subnets(view: View, server: ServerReach) -> _Subnets:
    """The subnets of the addresses the server may have; None for one that is in none that is known."""
    return tuple(
        candidate.subnet if candidate.kind in _IN_A_SUBNET else None for candidate in candidates_of(view, server)
    )
