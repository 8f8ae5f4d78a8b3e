"""The DNS server is in a network that home routers hand out.

The address of the server lies in a network that many routers give to the devices behind them. A device there has a route to its own LAN that is
as specific as the tunnel's, or more.

Users at home in such a network ask their own LAN and get no answer; everybody else is fine.

**Fix**: put resolvers into other networks, or enforce the client routes (`client_route_enforcement_options`).

**Cannot see**: the networks of the users.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network

from tf_cvpn_lint.core.evidence import Gap
from tf_cvpn_lint.core.value import Known
from tf_cvpn_lint.model.cidr import KnownAddress, KnownCidr, UnknownCidr, disjoint
from tf_cvpn_lint.model.client_vpn import AmazonDnsOf
from tf_cvpn_lint.reach.trace import ServerKind, TunnelPath
from tf_cvpn_lint.rules import Finding, Rule, Severity, View, rule
from tf_cvpn_policies._terraform import nested, within

HOME_LANS = tuple(
    map(
        IPv4Network,
        (
            "10.0.0.0/24",
            "10.0.1.0/24",
            "192.168.0.0/24",
            "192.168.1.0/24",
            "192.168.2.0/24",
            "192.168.8.0/24",
            "192.168.10.0/24",
            "192.168.50.0/24",
            "192.168.86.0/24",
            "192.168.88.0/24",
            "192.168.100.0/24",
            "192.168.178.0/24",
        ),
    )
)
"""What routers hand out unless told otherwise, by common observation; no list of it is authoritative."""

_LAN_AT = {int(lan.network_address) >> 8: lan for lan in HOME_LANS}
"""By the first 24 bits, which are those of every one of them."""

_ELSEWHERE = (ServerKind.PUBLIC, ServerKind.INVALID, ServerKind.CLIENT_CIDR, ServerKind.RESERVED)


@rule(
    "CVPN405",
    "dns-in-common-home-lan",
    Severity.NOTE,
    sources=("https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/cvpn-working-cre.html",),
)
def check(rule: Rule, view: View) -> Iterator[Finding | Gap]:
    endpoint = view.endpoint.endpoint
    if endpoint.route_enforcement == Known(True):
        return  # takes the device's own routes away
    for server in view.endpoint.servers:
        address = server.server.address
        if isinstance(address, AmazonDnsOf) and server.path is TunnelPath.TUNNEL:
            cidr = address.vpc.primary_cidr
            if not all(disjoint(KnownCidr(lan), cidr).is_yes for lan in HOME_LANS):
                why = f"whether the Amazon DNS of {address.vpc.address} is in a network that home routers hand out is not known"
                yield rule.waits(endpoint.dns_evidence, why, cidr.refers_to if isinstance(cidr, UnknownCidr) else ())
        if not isinstance(address, KnownAddress) or server.kind in _ELSEWHERE or server.path is not TunnelPath.TUNNEL:
            continue
        if (known := view.network.assumed.lan_holding(view.address, address)) is not None:
            yield rule.finding(
                view,
                endpoint.dns_evidence,
                f"{server.server} is in {known}, in which users of this endpoint sit: they ask their own network instead and get no answer.",
                "Put the resolver into a network that no user sits in, or enforce the client routes.",
                server=server,
                severity=Severity.WARNING,
            )
            continue
        lan = _LAN_AT.get(int(address.ip) >> 8) if address.ip.version == 4 else None
        if lan is None:
            continue
        yield rule.finding(
            view,
            endpoint.dns_evidence,
            f"{server.server} is in {lan}, which many home routers hand out: a user in such a network asks its own LAN instead and gets no "
            "answer.",
            "Put the resolver into a network that home routers do not use, or enforce the client routes.",
            server=server,
            suggestion=_enforcement(view),
        )


def _enforcement(view: View) -> str:
    endpoint = view.endpoint.endpoint
    return (
        within(view.address, nested("client_route_enforcement_options", enforced="true")) if endpoint.is_managed else ""
    )
