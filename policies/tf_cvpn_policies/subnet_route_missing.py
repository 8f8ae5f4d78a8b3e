"""The associated subnet has no route to the DNS server.

After the endpoint, the query follows the route table of the associated subnet. The server is in another network, and that table has no route
to it (the default route to the internet leads to no private address).

The query is dropped at the edge of the VPC; lookups time out.

**Fix**: add a route to the server's network by the transit gateway, peering connection or VPN gateway that leads there.

**Cannot see**: routes that a VPN gateway learns, and route tables of other configurations.
"""

from __future__ import annotations

from collections.abc import Iterator

from tf_cvpn_lint.reach.trace import NatGatewayHop, RouteFault, ServerReach, SubnetRoute
from tf_cvpn_lint.rules import Finding, Rule, Severity, View, rule, sight
from tf_cvpn_policies._terraform import home_of, in_words
from tf_cvpn_policies._words import besides

_MISSING = (RouteFault.MISSING, RouteFault.WRONG_DESTINATION)


@rule(
    "CVPN109",
    "subnet-route-missing",
    Severity.ERROR,
    sources=("https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Route_Tables.html",),
)
def check(rule: Rule, view: View) -> Iterator[Finding]:
    for server in view.endpoint.servers:
        found = sight(server, SubnetRoute, lambda step: step.verdict.is_no and step.fault in _MISSING, back=False)
        if found is None:
            continue
        first, says = found.step, found.step.says
        if (before := _before_nat(server, found.step)) is not None:
            # The table to change is that of the subnet whose default route took the query to the NAT gateway.
            first, says = before, f"{before.says}, and {says}"
        yield rule.finding(
            view,
            first.evidence[0],
            f"Queries to {server.server} are dropped after the tunnel{found.where}: {says}. Lookups time out.",
            f"Add a route to {in_words(home_of(server))} in the route table of {first.subnet.address}.",
            server=server,
            related=besides(found, first.evidence[0]),
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
