"""Full tunnel, and no Client VPN route covers the DNS server.

In full tunnel every query enters the tunnel. The endpoint knows the route to its own VPC only; any other network needs a Client VPN route for
each association. For a public server that is documented, and without the route lookups time out.

For private servers outside the VPC AWS's pages conflict: most ask for a route, one says that a peered VPC is reachable by default in full
tunnel. Such a finding is *likely*.

**Fix**: add a Client VPN route to the server's network (0.0.0.0/0 for public servers) for every associated subnet.

**Cannot see**: routes made by scripts or by another configuration.
"""

from __future__ import annotations

from collections.abc import Iterator

from tf_cvpn_lint.core.value import Known
from tf_cvpn_lint.reach.trace import EndpointRoute, EndpointRouteFault, ServerKind
from tf_cvpn_lint.rules import Certainty, Finding, Rule, Severity, View, rule, sight
from tf_cvpn_policies._terraform import client_routes, for_every_association, home_of, in_words


@rule(
    "CVPN105",
    "dns-without-endpoint-route",
    Severity.ERROR,
    sources=(
        "https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/cvpn-working-routes.html",
        "https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/no-internet-access.html",
    ),
)
def check(rule: Rule, view: View) -> Iterator[Finding]:
    endpoint = view.endpoint.endpoint
    if endpoint.split_tunnel != Known(False):
        return
    for server in view.failing:
        found = sight(server, EndpointRoute, lambda step: step.fault is EndpointRouteFault.MISSING)
        if found is None or server.kind is ServerKind.AMAZON_LINK_LOCAL:
            continue  # no route would help that one: amazon-dns-link-local
        certain = found.step.verdict.is_no
        network = '"0.0.0.0/0"' if server.is_public else home_of(server)
        outcome = (
            "so they are dropped and lookups time out"
            if certain
            else "so they are likely dropped (AWS's documents conflict)"
        )
        yield rule.finding(
            view,
            endpoint.dns_evidence,
            f"Queries to {server.server} enter the tunnel, which is full, but no Client VPN route covers it, {outcome}.",
            f"Add a Client VPN route to {in_words(network)}{for_every_association(endpoint)}.",
            server=server,
            severity=Severity.ERROR if certain else Severity.WARNING,
            certainty=Certainty.CERTAIN if certain else Certainty.LIKELY,
            suggestion=client_routes(endpoint, view.endpoint.associations, network, f"dns {in_words(network)}"),
        )
