"""A default route in split tunnel.

The tunnel is split, and the endpoint's route table has a route to 0.0.0.0/0, which clients are given as well.

Everything enters the tunnel after all. On Windows the route captures the way to the endpoint itself: the client connects and disconnects
without end.

**Fix**: remove the route, or switch split tunnel off.

**Cannot see**: clients that filter pushed routes.
"""

from __future__ import annotations

from collections.abc import Iterator

from tf_cvpn_lint.core.value import Known
from tf_cvpn_lint.model.cidr import is_default
from tf_cvpn_lint.model.client_vpn import BetweenClients
from tf_cvpn_lint.rules import Finding, Related, Rule, Severity, View, rule
from tf_cvpn_policies._endpoint import around


@rule(
    "CVPN404",
    "default-route-in-split-tunnel",
    Severity.WARNING,
    sources=("https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/split-tunnel-vpn.html",),
)
def check(rule: Rule, view: View) -> Iterator[Finding]:
    endpoint = view.endpoint.endpoint
    if endpoint.split_tunnel != Known(True):
        return
    routes = [
        route
        for route in around(view).routes.items
        if is_default(route.destination) and not isinstance(route.target, BetweenClients)
    ]
    if not routes:
        return
    first, *more = routes
    yield rule.finding(
        view,
        first.destination.evidence or first.evidence,
        f"{first.address} gives clients a route to {first.destination} although the tunnel is split: all their traffic enters it, and Windows "
        "clients connect and disconnect without end.",
        f"Remove {' and '.join(str(route.address) for route in routes)}, or set split_tunnel = false.",
        related=(
            Related(endpoint.split_tunnel_evidence, "the tunnel is split"),
            *(Related(route.destination.evidence or route.evidence, "another default route") for route in more),
        ),
    )
