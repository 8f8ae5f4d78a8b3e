"""Route enforcement cuts off the resolver of the user's LAN, and no other is given.

With Client Route Enforcement a full tunnel takes even the user's own LAN. The endpoint pushes no DNS server, so devices keep the resolver of
that LAN.

They can no longer reach it: nothing resolves from the moment the VPN connects.

**Fix**: set `dns_servers`, for example to base+2 of the VPC, or switch enforcement off.

**Cannot see**: devices whose resolver is public.
"""

from __future__ import annotations

from collections.abc import Iterator

from tf_cvpn_lint.core.value import Known
from tf_cvpn_lint.reach.trace import ServerVerdict
from tf_cvpn_lint.rules import Finding, Related, Rule, Severity, View, rule
from tf_cvpn_policies._own_dns import own_dns


@rule(
    "CVPN130",
    "lan-resolver-cut-off",
    Severity.ERROR,
    sources=("https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/cvpn-working-cre.html",),
)
def check(rule: Rule, view: View) -> Iterator[Finding]:
    endpoint = view.endpoint.endpoint
    for device in view.endpoint.device_resolvers:
        if device.resolver != "lan" or device.verdict is not ServerVerdict.UNREACHABLE:
            continue
        if not isinstance(endpoint.route_enforcement, Known):
            continue
        how = "in full tunnel" if endpoint.split_tunnel == Known(False) else "with a 0.0.0.0/0 route"
        yield rule.finding(
            view,
            endpoint.route_enforcement_evidence,
            f"Devices keep the resolver of their own LAN, since dns_servers is unset, and route enforcement {how} takes that LAN "
            "away: nothing resolves once the VPN is connected.",
            "Set dns_servers to a resolver inside the tunnel, for example base+2 of the VPC's CIDR.",
            related=(Related(endpoint.evidence, "pushes no DNS server"),),
            suggestion=own_dns(view),
        )
