"""A default route in split tunnel.

The tunnel is split, and the endpoint's route table has a route to 0.0.0.0/0, which clients are given as well.

Everything enters the tunnel after all. On Windows the route captures the way to the endpoint itself: the client connects and disconnects
without end.

**Fix**: remove the route, or switch split tunnel off.

**Cannot see**: clients that filter pushed routes.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from tf_cvpn_lint.core.address import Reference
from tf_cvpn_lint.core.evidence import Gap
from tf_cvpn_lint.core.value import Known
from tf_cvpn_lint.model.cidr import UnknownCidr, is_default
from tf_cvpn_lint.model.client_vpn import BetweenClients
from tf_cvpn_lint.model.network import Network
from tf_cvpn_lint.rules import Finding, Related, Rule, Severity, View, rule
from tf_cvpn_policies._endpoint import around
from tf_cvpn_policies._terraform import removal


@rule(
    "CVPN404",
    "default-route-in-split-tunnel",
    Severity.WARNING,
    sources=("https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/split-tunnel-vpn.html",),
)
def check(rule: Rule, view: View) -> Iterator[Finding | Gap]:
    endpoint = view.endpoint.endpoint
    if endpoint.split_tunnel != Known(True):
        return
    routes = [
        route
        for route in around(view).routes.items
        if is_default(route.destination) and not isinstance(route.target, BetweenClients)
    ]
    if not routes:
        yield from _waits(rule, view)
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
        suggestion="\n".join(gone) if all(gone := [removal(route.address) for route in routes]) else "",
    )


def _waits(rule: Rule, view: View) -> Iterator[Gap]:
    """Routes whose destination may turn out to be the default one: of which nothing is known, not even that it is somebody's CIDR."""
    for route in around(view).routes.items:
        destination = route.destination
        if not isinstance(destination, UnknownCidr) or destination.inside:
            continue
        if destination.refers_to not in _unknown_networks(view.network):
            if not any(reference.attribute == "cidr_block" for reference in destination.refers_to):
                why = f"whether {route.address} is a default route is not known ({destination.why})"
                yield rule.waits(destination.evidence or route.evidence, why, destination.refers_to)


@lru_cache(maxsize=2)
def _unknown_networks(network: Network) -> frozenset[tuple[Reference, ...]]:
    """What the networks of VPCs and subnets wait for, where they are not known."""
    cidrs = (*(cidr for vpc in network.vpcs for cidr in vpc.cidrs.items), *(subnet.cidr for subnet in network.subnets))
    return frozenset(cidr.refers_to for cidr in cidrs if isinstance(cidr, UnknownCidr))
