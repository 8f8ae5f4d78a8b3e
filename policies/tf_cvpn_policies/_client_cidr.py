"""Networks for clients that collide with nothing that is known."""

from __future__ import annotations

from ipaddress import IPv4Network, ip_network
from itertools import islice

from tf_cvpn_lint.model.cidr import IpNetwork, KnownCidr
from tf_cvpn_lint.model.network import Network

LARGEST, SMALLEST = 12, 22
"""Prefix lengths that AWS takes: https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/what-is-best-practices.html"""

_POOLS = tuple(map(IPv4Network, ("172.16.0.0/12", "10.0.0.0/8", "100.64.0.0/10")))


def free(network: Network, like: IpNetwork) -> IPv4Network | None:
    """A private network of a size that AWS takes, as near to `like` as that is, with no known VPC or Client VPN route in it."""
    length = min(max(like.prefixlen, 16), SMALLEST)
    taken = [
        cidr.network
        for cidr in (
            *(cidr for vpc in network.vpcs for cidr in vpc.cidrs.items),
            *(route.destination for route in network.client_routes.items),
            *(endpoint.client_cidr for endpoint in network.endpoints if endpoint.client_cidr is not None),
        )
        if isinstance(cidr, KnownCidr) and cidr.network.prefixlen > 0
    ]
    for pool in _POOLS:
        for found in islice(pool.subnets(new_prefix=length), 4096):
            if not any(other.version == 4 and found.overlaps(ip_network(other)) for other in taken):
                return found
    return None
