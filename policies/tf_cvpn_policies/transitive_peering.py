"""The DNS server lies beyond the peer.

The route leads into a VPC peering connection, and the server is not in the VPC at its other end: it is behind a second peering, or behind a
transit gateway, VPN or internet gateway of the peer. Peering is not transitive and has no edge-to-edge routing.

The packet is dropped at the peer whatever its route tables say; lookups time out.

**Fix**: peer the endpoint's VPC with the server's VPC directly, or connect both to a transit gateway.

**Cannot see**: forwarders in the peer, which could be used as DNS servers instead.
"""

from __future__ import annotations

from collections.abc import Iterator

from tf_cvpn_lint.model.routing import PeeringConnection
from tf_cvpn_lint.model.vpc import Vpc
from tf_cvpn_lint.reach.links import describe, target_of
from tf_cvpn_lint.reach.trace import PeeringFault, PeeringHop, ServerReach
from tf_cvpn_lint.reach.way import vpc_holding
from tf_cvpn_lint.rules import Finding, Related, Rule, Severity, View, rule, sight
from tf_cvpn_policies._endpoint import around
from tf_cvpn_policies._terraform import attribute_of, block, label


@rule(
    "CVPN114",
    "transitive-peering",
    Severity.ERROR,
    sources=("https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html",),
)
def check(rule: Rule, view: View) -> Iterator[Finding]:
    for server in view.failing:
        found = sight(server, PeeringHop, lambda step: step.verdict.is_no and step.fault is PeeringFault.TRANSITIVE)
        if found is None or found.step.peering is None:
            continue
        peering = found.step.peering
        holder = _holder(view, server)
        home = around(view).home
        what = "Answers from" if found.on_the_way_back else "Queries to"
        where = f", which is in {holder.address}," if holder is not None else ""
        yield rule.finding(
            view,
            peering.evidence,
            f"{what} {server.server}{where} are routed into {peering.address}, which connects "
            f"{describe(peering.requester)} and {describe(peering.accepter)}{found.where}: peering carries nothing beyond the peer, so they are "
            "dropped and lookups time out.",
            _instead(server, home.address if home else "the VPC of the endpoint", holder),
            server=server,
            related=() if holder is None else (Related(holder.evidence, "holds the server"),),
            suggestion=_direct(home, holder, peering),
        )


def _instead(server: ServerReach, home: object, holder: Vpc | None) -> str:
    if server.is_public:
        return f"Route 0.0.0.0/0 to an internet gateway or a public NAT gateway of {home} itself: a peer's is for the peer alone."
    if holder is None:
        return (
            f"Route to the server by a VPN gateway or transit gateway to which {home} itself is attached, or by a peering "
            "with the VPC that holds the server."
        )
    return f"Peer {home} with {holder.address} directly and route to that connection on both sides, or connect both to a transit gateway."


def _holder(view: View, server: ServerReach) -> Vpc | None:
    return vpc_holding(server.traces[0].flow.destination, view.network) if server.traces else None


def _direct(home: Vpc | None, holder: Vpc | None, peering: PeeringConnection) -> str:
    """A peering of the two VPCs; empty where they are not of one account, Region and module."""
    module = peering.address.module
    if home is None or holder is None or target_of(peering.requester) is None:
        return ""
    ours, theirs = attribute_of(home.address, "id", module), attribute_of(holder.address, "id", module)
    if not ours or not theirs or (home.provider, home.region) != (holder.provider, holder.region):
        return ""
    return block(
        "aws_vpc_peering_connection",
        label(f"dns {holder.address.name}"),
        vpc_id=ours,
        peer_vpc_id=theirs,
        auto_accept="true",
    )
