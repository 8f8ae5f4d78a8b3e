"""Private names do not resolve for clients.

The endpoint's VPC has private names (a private hosted zone, or an interface endpoint with private DNS), which only the VPC's own resolver
knows. Clients are given no DNS server, so they keep their own, or public ones alone.

Names of the zone do not resolve at all, and those of AWS services resolve to public addresses. Unset does not mean the VPC's resolver.

**Fix**: push the VPC's resolver (base+2 of its CIDR) or a Route 53 Resolver inbound endpoint, and authorize it.

**Cannot see**: resolvers that users set themselves, and conditional forwarding on their networks.
"""

from __future__ import annotations

from collections.abc import Iterator

from tf_cvpn_lint.core.evidence import Gap
from tf_cvpn_lint.model.client_vpn import DeviceDns
from tf_cvpn_lint.reach.trace import ServerKind
from tf_cvpn_lint.rules import Finding, Related, Rule, Severity, View, rule
from tf_cvpn_policies._endpoint import around
from tf_cvpn_policies._names import endpoint_in_words, private_endpoints_of, zone_in_words
from tf_cvpn_policies._own_dns import own_dns


@rule(
    "CVPN201",
    "private-names-without-vpc-dns",
    Severity.WARNING,
    sources=(
        "https://repost.aws/knowledge-center/client-vpn-how-dns-works-with-endpoint",
        "https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/hosted-zone-private-considerations.html",
    ),
)
def check(rule: Rule, view: View) -> Iterator[Finding | Gap]:
    endpoint = view.endpoint.endpoint
    home = around(view).home
    servers = view.endpoint.servers
    unset = isinstance(endpoint.dns, DeviceDns)
    all_public = (
        bool(servers)
        and view.endpoint.all_servers_known
        and all(server.kind is ServerKind.PUBLIC for server in servers)
    )
    if not (unset or all_public):
        return
    if home is None:
        private = view.network.zones or view.network.interface_endpoints
        if private and endpoint.transit_gateway is None:
            why = "whether the endpoint's VPC has private names is not known: which VPC that is was not read"
            yield rule.waits(endpoint.evidence, why)
        return
    zones, endpoints = view.network.zones_of(home), private_endpoints_of(view.network, home)
    names = [*map(zone_in_words, zones), *map(endpoint_in_words, endpoints)]
    if not names:
        return
    given = (
        "no DNS server and keep their own"
        if unset
        else f"public DNS servers only ({', '.join(str(each.server) for each in servers)})"
    )
    told = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    yield rule.finding(
        view,
        endpoint.evidence if unset else endpoint.dns_evidence,
        f"Clients are given {given}, and only the resolver of {home.address} knows its private names: {told}. They do not resolve, or resolve "
        "to public addresses.",
        f"Set dns_servers to the resolver of {home.address}, base+2 of its CIDR, and authorize it.",
        related=(
            *(Related(zone.evidence, "known to the VPC's resolver only") for zone in zones),
            *(Related(item.evidence, "its private names are known to the VPC's resolver only") for item in endpoints),
        ),
        suggestion=own_dns(view),
    )
