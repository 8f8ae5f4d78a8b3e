"""A private DNS server is not routed in split tunnel.

In split tunnel a client sends only those networks into the tunnel that the Client VPN route table lists; each association adds the route of
its own VPC. A private DNS server in none of them is asked on the user's own network.

There nothing has that address, or something else has: lookups time out although the VPN shows as connected. Both servers matter, since
clients may ask either.

**Fix**: add a Client VPN route to the server's network for every associated subnet, and authorize it.

**Cannot see**: routes that users add to their `.ovpn` file, and routes made by scripts or by another configuration.
"""

from __future__ import annotations

from collections.abc import Iterator

from tf_cvpn_lint.reach.entry import authorize
from tf_cvpn_lint.reach.trace import ClientRoute, ServerReach
from tf_cvpn_lint.rules import Finding, Rule, Severity, View, rule, sight
from tf_cvpn_policies._endpoint import around, candidates_of
from tf_cvpn_policies._terraform import authorization, client_routes, for_every_association, home_of, in_words


@rule(
    "CVPN101",
    "dns-not-routed-in-split-tunnel",
    Severity.ERROR,
    sources=(
        "https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/split-tunnel-vpn.html",
        "https://repost.aws/knowledge-center/client-vpn-how-dns-works-with-endpoint",
    ),
)
def check(rule: Rule, view: View) -> Iterator[Finding]:
    endpoint = view.endpoint.endpoint
    for server in view.failing:
        if sight(server, ClientRoute) is None:
            continue
        network = home_of(server)
        routes = client_routes(endpoint, view.endpoint.associations, network, f"dns {in_words(network)}")
        closed = _is_closed(view, server)
        yield rule.finding(
            view,
            endpoint.dns_evidence,
            f"Queries to {server.server} never enter the tunnel: it is split, and no Client VPN route covers that address. "
            "They leave on the user's own network, where nothing answers.",
            f"Add a Client VPN route to {in_words(network)}{for_every_association(endpoint)}"
            + (f", and an authorization rule for {server.server}: none covers it either." if closed else "."),
            server=server,
            suggestion="\n\n".join(
                filter(None, [authorization(endpoint, server) if closed and routes else "", routes])
            ),
        )


def _is_closed(view: View, server: ServerReach) -> bool:
    """Whether the endpoint would drop the query too, once it entered the tunnel."""
    addresses = [candidate.address for candidate in candidates_of(view, server) if candidate.address is not None]
    return bool(addresses) and all(authorize(around(view), address).verdict.is_no for address in addresses)
