"""More than two DNS servers.

A Client VPN endpoint takes at most two DNS servers. The provider does not check, and lists often grow by a splat over the addresses of a
resolver endpoint.

The plan succeeds and the apply fails.

**Fix**: keep two, in different availability zones: `slice(…, 0, 2)`.

**Cannot see**: lists whose length is known only after the apply.
"""

from __future__ import annotations

from collections.abc import Iterator

from tf_cvpn_lint.core.value import Fact, Unknown
from tf_cvpn_lint.reach.trace import ServerReach
from tf_cvpn_lint.reach.zones import same_zone
from tf_cvpn_lint.rules import Finding, Rule, Severity, View, rule
from tf_cvpn_policies._endpoint import candidates_of
from tf_cvpn_policies._terraform import within

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
        suggestion=_two(view, servers),
    )


def _two(view: View, servers: tuple[ServerReach, ...]) -> str:
    """The first server and the first that is certainly in another zone, else the second; empty where their addresses are not known."""
    first, *rest = servers
    zone = _zone(view, first)
    second = next((server for server in rest if same_zone(zone, _zone(view, server)).is_no), rest[0])
    if first.server.text is None or second.server.text is None:
        return ""
    return within(view.address, f'dns_servers = ["{first.server.text}", "{second.server.text}"]')


def _zone(view: View, server: ServerReach) -> Fact[str]:
    subnets = {candidate.subnet for candidate in candidates_of(view, server)}
    subnet = subnets.pop() if len(subnets) == 1 else None
    return subnet.zone if subnet is not None else Unknown()
