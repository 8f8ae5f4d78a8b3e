"""Full tunnel without DNS servers.

`dns_servers` is unset, so devices keep the resolver they have; AWS does not fall back to the VPC's. Windows forces all DNS into a full tunnel
and needs a server there.

On Windows nothing resolves. Elsewhere the LAN's resolver answers, and private names do not resolve.

**Fix**: set `dns_servers`, for example to base+2 of the VPC.

**Cannot see**: which systems users have.
"""

from __future__ import annotations

from collections.abc import Iterator

from tf_cvpn_lint.core.value import Known
from tf_cvpn_lint.reach.trace import ServerVerdict
from tf_cvpn_lint.rules import Certainty, Finding, Rule, Severity, View, rule
from tf_cvpn_policies._own_dns import own_dns


@rule(
    "CVPN131",
    "no-dns-in-full-tunnel",
    Severity.WARNING,
    sources=("https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/what-is-best-practices.html",),
)
def check(rule: Rule, view: View) -> Iterator[Finding]:
    endpoint = view.endpoint.endpoint
    full = isinstance(endpoint.split_tunnel, Known) and not endpoint.split_tunnel.value
    lan = [device for device in view.endpoint.device_resolvers if device.resolver == "lan"]
    if not full or not lan or lan[0].verdict is ServerVerdict.UNREACHABLE:
        return  # where the LAN's resolver is cut off, lan-resolver-cut-off says more
    yield rule.finding(
        view,
        endpoint.evidence,
        "The tunnel is full and pushes no DNS server. Windows sends all DNS into the tunnel and finds none there; other systems keep the "
        "resolver of their own network, which knows no private names.",
        "Set dns_servers, for example to base+2 of the VPC's CIDR.",
        certainty=Certainty.LIKELY,
        suggestion=own_dns(view),
    )
