"""Split tunnel without DNS servers.

`dns_servers` is unset, so clients keep their own resolver; AWS does not fall back to the VPC's.

Public names resolve as before; private names do not, and the VPC is reachable by address only.

**Fix**: push base+2 of the VPC if private names matter.

**Cannot see**: `.ovpn` files that set a resolver themselves.
"""

from __future__ import annotations

from collections.abc import Iterator

from tf_cvpn_lint.core.value import Known
from tf_cvpn_lint.model.client_vpn import DeviceDns
from tf_cvpn_lint.rules import Finding, Rule, Severity, View, rule
from tf_cvpn_policies._own_dns import own_dns


@rule(
    "CVPN406",
    "device-dns-in-split-tunnel",
    Severity.NOTE,
    sources=("https://repost.aws/knowledge-center/client-vpn-how-dns-works-with-endpoint",),
)
def check(rule: Rule, view: View) -> Iterator[Finding]:
    endpoint = view.endpoint.endpoint
    if not isinstance(endpoint.dns, DeviceDns):
        return
    if not (isinstance(endpoint.split_tunnel, Known) and endpoint.split_tunnel.value):
        return
    yield rule.finding(
        view,
        endpoint.evidence,
        "No DNS server is pushed and the tunnel is split: clients keep their own resolver, which knows no private names of the VPC.",
        "Set dns_servers to base+2 of the VPC's CIDR if private names should resolve.",
        suggestion=own_dns(view),
    )
