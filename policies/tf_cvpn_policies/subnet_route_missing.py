"""The associated subnet has no route to the DNS server.

After the endpoint, the query follows the route table of the associated subnet. The server is in another network, and that table has no route
to it (the default route to the internet leads to no private address).

The query is dropped at the edge of the VPC; lookups time out.

**Fix**: add a route to the server's network by the transit gateway, peering connection or VPN gateway that leads there.

**Cannot see**: routes that a VPN gateway learns, and route tables of other configurations.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from tf_cvpn_lint.model.routing import ImplicitMainTable, PeeringConnection
from tf_cvpn_lint.model.transit_gateway import Attachment
from tf_cvpn_lint.reach.links import describe, same, target_of, vpc_of
from tf_cvpn_lint.reach.trace import NatGatewayHop, RouteFault, ServerReach, SubnetRoute
from tf_cvpn_lint.rules import Finding, Rule, Severity, View, rule, sight
from tf_cvpn_policies._endpoint import vpcs_of
from tf_cvpn_policies._terraform import attribute_of, home_of, id_of, in_words, vpc_route
from tf_cvpn_policies._words import besides, outcome

_MISSING = (RouteFault.MISSING, RouteFault.WRONG_DESTINATION)


@rule(
    "CVPN109",
    "subnet-route-missing",
    Severity.ERROR,
    sources=("https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Route_Tables.html",),
)
def check(rule: Rule, view: View) -> Iterator[Finding]:
    for server in view.failing:
        found = sight(server, SubnetRoute, lambda step: step.verdict.is_no and step.fault in _MISSING, back=False)
        if found is None:
            continue
        first, says = found.step, found.step.says
        if (before := _before_nat(server, found.step)) is not None:
            # The table to change is that of the subnet whose default route took the query to the NAT gateway.
            first, says = before, f"{before.says}, and {says}"
        carrier = _carrier(view, server) if vpc_of(first.subnet) in vpcs_of(view) else None
        yield rule.finding(
            view,
            first.evidence[0],
            f"Queries to {server.server} are dropped after the tunnel{found.where}: {says}. {outcome(found.protocols)}.",
            f"Add a route to {in_words(home_of(server))} in the route table of {first.subnet.address}{_in_words(carrier)}.",
            server=server,
            related=besides(found, first.evidence[0]),
            suggestion=_route(server, first, carrier),
        )


def _before_nat(server: ServerReach, lost: SubnetRoute) -> SubnetRoute | None:
    """The lookup whose route led to the NAT gateway in whose subnet the query is lost; None where none did."""
    for trace in server.traces:
        before: SubnetRoute | None = None
        for step, following in zip(trace.steps, trace.steps[1:], strict=False):
            if isinstance(step, SubnetRoute):
                before = step
            if isinstance(step, NatGatewayHop) and following is lost:
                return before
    return None


def _carrier(view: View, server: ServerReach) -> PeeringConnection | Attachment | None:
    """What connects the endpoint's VPC with the server's: a peering, or an attachment to a transit gateway that both have.

    Of a server in no VPC that is known here: the transit gateway, where the endpoint's VPC is attached to one and has no other way.
    """
    homes = vpcs_of(view)
    if len(homes) != 1:
        return None
    network, (home,) = view.network, homes
    if server.vpc is None:
        only = [attachment for attachment in network.attachments_of(home) if target_of(attachment.vpc) is home]
        return only[0] if len(only) == 1 and not network.peerings_of(home) else None
    for peering in network.peerings_of(home):
        if any(target_of(end) is server.vpc for end in (peering.requester, peering.accepter)):
            return peering
    theirs = [
        attachment for attachment in network.attachments_of(server.vpc) if target_of(attachment.vpc) is server.vpc
    ]
    for own in network.attachments_of(home):
        if target_of(own.vpc) is home and any(same(own.gateway, other.gateway).is_yes for other in theirs):
            return own
    return None


def _in_words(carrier: PeeringConnection | Attachment | None) -> str:
    """`, by aws_vpc_peering_connection.hub`."""
    match carrier:
        case PeeringConnection(address=address):
            return f", by {address}"
        case Attachment(gateway=gateway):
            return f", by {describe(gateway)}"
        case None:
            return ""
        case _:
            assert_never(carrier)


def _route(server: ServerReach, step: SubnetRoute, carrier: PeeringConnection | Attachment | None) -> str:
    if step.table is None or carrier is None:
        return ""
    module = step.subnet.address.module if isinstance(step.table, ImplicitMainTable) else step.table.address.module
    if isinstance(carrier, PeeringConnection):
        return vpc_route(
            step.table,
            home_of(server),
            "vpc_peering_connection_id",
            attribute_of(carrier.address, "id", module),
            "to dns",
        )
    return vpc_route(step.table, home_of(server), "transit_gateway_id", id_of(carrier.gateway, module), "to dns")
