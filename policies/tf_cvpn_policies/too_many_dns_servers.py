"""More than two DNS servers.

A Client VPN endpoint takes at most two DNS servers. The provider does not check, and lists often grow by a splat over the addresses of a
resolver endpoint.

The plan succeeds and the apply fails.

**Fix**: keep two, in different availability zones: `slice(…, 0, 2)`.

**Cannot see**: lists whose length is known only after the apply.
"""

from __future__ import annotations

from collections.abc import Iterator

from tf_cvpn_lint.rules import Finding, Rule, Severity, View, rule

MAXIMUM = 2
"""Source: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateClientVpnEndpoint.html"""


@rule(
    "CVPN302",
    "too-many-dns-servers",
    Severity.ERROR,
    sources=("https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateClientVpnEndpoint.html",),
)
def check(rule: Rule, view: View) -> Iterator[Finding]:
    servers = view.endpoint.servers
    if len(servers) <= MAXIMUM:
        return
    yield rule.finding(
        view,
        view.endpoint.endpoint.dns_evidence,
        f"{len(servers)} DNS servers are given ({', '.join(str(server.server) for server in servers)}) and AWS takes two: the apply fails.",
        "Keep two of them, in different availability zones.",
    )
