"""A public DNS server in split tunnel is asked outside the tunnel.

No Client VPN route covers the server, so queries leave by the user's own network and are answered there.

Public names resolve; private hosted zones and private endpoint names do not.

**Fix**: none is needed if only public names matter; else push the VPC's own resolver.

**Cannot see**: user networks that block foreign resolvers.
"""

from __future__ import annotations

from collections.abc import Iterator

from tf_cvpn_lint.reach.trace import TunnelPath
from tf_cvpn_lint.rules import Finding, Rule, Severity, View, rule


@rule(
    "CVPN205",
    "public-dns-outside-tunnel",
    Severity.NOTE,
    sources=("https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/split-tunnel-vpn.html",),
)
def check(rule: Rule, view: View) -> Iterator[Finding]:
    for server in view.endpoint.servers:
        if not server.is_public or server.path is not TunnelPath.LOCAL:
            continue
        yield rule.finding(
            view,
            view.endpoint.endpoint.dns_evidence,
            f"Queries to {server.server} leave by the user's own network, since the tunnel is split and no Client VPN route covers it: public "
            "names resolve there, private names do not.",
            "Nothing, if public names are all that is wanted; else push the VPC's own resolver.",
            server=server,
        )
