"""The associated subnet has no route to the DNS server.

After the endpoint, the query follows the route table of the associated subnet. The server is in another network, and that table has no route
to it (the default route to the internet leads to no private address).

The query is dropped at the edge of the VPC; lookups time out.

**Fix**: add a route to the server's network by the transit gateway, peering connection or VPN gateway that leads there.

**Cannot see**: routes that a VPN gateway learns, and route tables of other configurations.
"""

from __future__ import annotations

from collections.abc import Iterator

from tf_cvpn_lint.reach.trace import RouteFault, SubnetRoute
from tf_cvpn_lint.rules import Finding, Rule, Severity, View, rule, sight
from tf_cvpn_policies._terraform import home_of, in_words

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
        yield rule.finding(
            view,
            found.step.evidence[0],
            f"Queries to {server.server} are dropped after the tunnel{found.where}: {found.step.says}.",
            f"Add a route to {in_words(home_of(server))} in the route table of {found.step.subnet.address}.",
            server=server,
            related=found.others,
        )
