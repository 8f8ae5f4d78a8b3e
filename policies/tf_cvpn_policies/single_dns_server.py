"""A single DNS server.

One server is pushed, and it is not the VPC's own Amazon DNS, which is redundant by itself.

When it fails, or its availability zone does, nothing resolves for any client.

**Fix**: push a second one in another availability zone.

**Cannot see**: a virtual address that several machines share.
"""

from __future__ import annotations

from collections.abc import Iterator

from tf_cvpn_lint.reach.trace import ServerKind
from tf_cvpn_lint.rules import Finding, Rule, Severity, View, rule

_EXEMPT = (ServerKind.AMAZON_PROVIDED, ServerKind.UNKNOWN)


@rule(
    "CVPN401",
    "single-dns-server",
    Severity.NOTE,
    sources=("https://repost.aws/knowledge-center/client-vpn-how-dns-works-with-endpoint",),
)
def check(rule: Rule, view: View) -> Iterator[Finding]:
    servers = view.endpoint.servers
    if len(servers) != 1 or not view.endpoint.all_servers_known or servers[0].kind in _EXEMPT:
        return
    yield rule.finding(
        view,
        view.endpoint.endpoint.dns_evidence,
        f"{servers[0].server} is the only DNS server: when it fails, nothing resolves for any client.",
        "Push a second server in another availability zone.",
    )
