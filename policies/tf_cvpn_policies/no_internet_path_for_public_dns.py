"""A public DNS server is asked through the tunnel, and the VPC has no way to the internet.

The query leaves the endpoint in an associated subnet. That subnet's route table must lead to an internet gateway, or to a public NAT gateway
whose own subnet does.

Without it every lookup times out, public names included: in full tunnel a total outage.

**Fix**: route 0.0.0.0/0 of the associated subnets to an internet or NAT gateway, or push the VPC's own resolver (base+2), which needs none.

**Cannot see**: proxies, and internet egress behind a firewall or in another account.
"""

from __future__ import annotations

from collections.abc import Iterator

from tf_cvpn_lint.core.evidence import Evidence
from tf_cvpn_lint.reach.trace import (
    InternetGatewayHop,
    NatGatewayHop,
    RouteFault,
    ServerReach,
    SubnetRoute,
    TransitFault,
    TransitGatewayHop,
)
from tf_cvpn_lint.rules import Finding, Rule, Severity, View, rule, sight
from tf_cvpn_policies._own_dns import own_dns


@rule(
    "CVPN106",
    "no-internet-path-for-public-dns",
    Severity.ERROR,
    sources=(
        "https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/no-internet-access.html",
        "https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/scenario-internet.html",
    ),
)
def check(rule: Rule, view: View) -> Iterator[Finding]:
    for server in view.failing:
        found = _closed(server)
        if found is None:
            continue
        evidence, why, where = found
        yield rule.finding(
            view,
            evidence,
            f"Queries to {server.server} enter the tunnel and find no way to the internet: {why}. Lookups time out{where}.",
            _FIX if view.endpoint.endpoint.transit_gateway is None else _FIX_AT_TRANSIT_GATEWAY,
            server=server,
            suggestion=own_dns(view),
        )


def _closed(server: ServerReach) -> tuple[Evidence, str, str] | None:
    """Where the way to the internet ends: what to change, why, and for whom."""
    route = sight(server, SubnetRoute, lambda step: step.verdict.is_no and step.fault is RouteFault.NO_INTERNET)
    if route is not None:
        return route.step.evidence[0], route.step.says, route.where
    nat = sight(server, NatGatewayHop, lambda step: step.verdict.is_no and step.fault is RouteFault.NO_INTERNET)
    if nat is not None:
        return nat.step.evidence[0], nat.step.says, nat.where
    gateway = sight(server, InternetGatewayHop, lambda step: step.verdict.is_no)
    if gateway is not None:
        return gateway.step.evidence[0], gateway.step.says, gateway.where
    transit = sight(
        server, TransitGatewayHop, lambda step: step.verdict.is_no and step.fault is TransitFault.NO_ROUTE, back=False
    )
    if transit is not None and server.is_public:
        return transit.step.evidence[0], transit.step.says, transit.where
    return None


_FIX = (
    "Route 0.0.0.0/0 of the associated subnets to an internet gateway or a public NAT gateway, or push the VPC's own resolver (base+2 of its "
    "CIDR)."
)
_FIX_AT_TRANSIT_GATEWAY = (
    "Route 0.0.0.0/0 in the transit gateway's route table to a VPC with a way to the internet, or push a Route 53 Resolver inbound endpoint "
    "in an attached VPC."
)
