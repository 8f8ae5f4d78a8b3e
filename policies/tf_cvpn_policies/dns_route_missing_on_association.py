"""The Client VPN route to the DNS server is missing on some associations.

A Client VPN route leads out by one associated subnet. Clients land on any of the associations; where the one they land on has no route to the
server, the endpoint has nowhere to send the query.

Names resolve for some users and not for others, and for the same user after a reconnect: the hardest form of the fault to find.

**Fix**: add the same route for every associated subnet.

**Cannot see**: which association a client lands on.
"""

from __future__ import annotations

from collections.abc import Iterator

from tf_cvpn_lint.reach.trace import EndpointRoute, EndpointRouteFault
from tf_cvpn_lint.rules import Finding, Related, Rule, Severity, View, rule, sight
from tf_cvpn_policies._terraform import cidr_expression, client_routes


@rule(
    "CVPN104",
    "dns-route-missing-on-association",
    Severity.ERROR,
    sources=(
        "https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/cvpn-working-routes.html",
        "https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/intermittent-access.html",
    ),
)
def check(rule: Rule, view: View) -> Iterator[Finding]:
    for server in view.failing:
        found = sight(
            server, EndpointRoute, lambda step: step.verdict.is_no and step.fault is EndpointRouteFault.MISSING_HERE
        )
        if found is None:
            continue
        route = found.step.routes[0]
        lacking = ", ".join(str(item.address) for item in found.associations)
        yield rule.finding(
            view,
            route.evidence,
            f"Queries to {server.server} are dropped for clients that land on {lacking}: the Client VPN route to {route.destination} "
            "exists for other associated subnets only, so names resolve for some users and not for others.",
            f"Add the route to {route.destination} for every associated subnet.",
            server=server,
            related=tuple(Related(item.evidence, "has no route to the server") for item in found.associations),
            suggestion=client_routes(
                view.endpoint.endpoint,
                found.associations,
                cidr_expression(route.destination),
                f"{route.address.name} more",
            ),
        )
