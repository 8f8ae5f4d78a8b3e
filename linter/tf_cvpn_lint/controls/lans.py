"""What becomes of the resolvers that devices have, where it is said which networks the users sit in."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_network

from tf_cvpn_lint.core.records import replace
from tf_cvpn_lint.model.assumed import Assumed, UserLan
from tf_cvpn_lint.model.cidr import KnownCidr, contains
from tf_cvpn_lint.reach.trace import DeviceResolverReach, EndpointReach, ServerVerdict, TunnelPath

PRIVATE = tuple(
    KnownCidr(ip_network(text)) for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16")
)
"""A LAN in none of these is taken away from the device: the endpoint pushes `redirect-gateway block-local`.

Source: https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/what-is-best-practices.html
"""


def with_lans(reach: EndpointReach, assumed: Assumed) -> EndpointReach:
    """The endpoint with the resolvers that its users have, and no others."""
    lans = [lan for lan in assumed.lans if reach.endpoint.address in lan.endpoints]
    if not lans or not reach.device_resolvers:
        return reach
    return replace(reach, device_resolvers=tuple(_of_users(reach.device_resolvers, lans)))


def _of_users(devices: tuple[DeviceResolverReach, ...], lans: list[UserLan]) -> Iterator[DeviceResolverReach]:
    resolvers = [lan.resolver for lan in lans]
    for device in devices:
        if device.resolver == "public" and all(
            resolver is not None and not resolver.is_global for resolver in resolvers
        ):
            continue  # nobody has one
        if device.resolver == "lan" and all(resolver is not None and resolver.is_global for resolver in resolvers):
            continue
        if device.resolver == "lan" and (cut := [lan for lan in lans if not _is_private(lan)]):
            told = " and ".join(str(lan.network) for lan in cut)
            yield DeviceResolverReach(
                "lan",
                ServerVerdict.UNREACHABLE if len(cut) == len(lans) else ServerVerdict.INTERMITTENT,
                TunnelPath.TUNNEL if len(cut) == len(lans) else TunnelPath.UNKNOWN,
                f"{told} is no private network, so the endpoint forces the user's LAN into the tunnel, and its resolver with it",
            )
            continue
        yield device


def _is_private(lan: UserLan) -> bool:
    return any(contains(private, KnownCidr(lan.network)).is_yes for private in PRIVATE)
