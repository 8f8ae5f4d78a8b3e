"""Devices with a public resolver lose it in the tunnel.

The tunnel is full and no DNS server is pushed. A device whose resolver is public (8.8.8.8, say) sends its queries into the tunnel, and the
endpoint has no way to the internet.

Those queries time out: the founding scenario of this tool.

**Fix**: push a resolver that is reachable inside the tunnel, or open the internet path (route, authorization, gateway).

**Cannot see**: which resolver a user's device has.
"""

from __future__ import annotations

from collections.abc import Iterator

from tf_cvpn_lint.core.value import Known
from tf_cvpn_lint.reach.trace import ServerVerdict, TunnelPath
from tf_cvpn_lint.rules import Certainty, Finding, Related, Rule, Severity, View, rule
from tf_cvpn_policies._own_dns import own_dns

_DEAD = (ServerVerdict.UNREACHABLE, ServerVerdict.INTERMITTENT)


@rule(
    "CVPN132",
    "device-dns-without-internet-path",
    Severity.WARNING,
    sources=("https://repost.aws/knowledge-center/client-vpn-how-dns-works-with-endpoint",),
)
def check(rule: Rule, view: View) -> Iterator[Finding]:
    endpoint = view.endpoint.endpoint
    if endpoint.split_tunnel != Known(False):
        return
    for device in view.endpoint.device_resolvers:
        if device.resolver != "public" or device.path is not TunnelPath.TUNNEL or device.verdict not in _DEAD:
            continue
        drops = [step for trace in device.traces for step in trace.drops]
        if view.endpoint.has_no_target_network or not drops:
            continue
        reasons = "; ".join(dict.fromkeys(step.says for step in drops))
        related = dict.fromkeys(item for step in drops for item in step.evidence if item != endpoint.evidence)
        yield rule.finding(
            view,
            endpoint.evidence,
            "Devices that use a public resolver, such as 8.8.8.8, send their queries into the tunnel, since it is full and pushes no DNS "
            f"server, and get no answer: {reasons}.",
            "Set dns_servers to a resolver inside the tunnel (base+2 of the VPC's CIDR), or open 0.0.0.0/0: a Client VPN route per "
            "associated subnet, an authorization rule, and an internet or NAT gateway.",
            certainty=Certainty.LIKELY,
            related=tuple(Related(item, "") for item in related),
            suggestion=own_dns(view),
        )
