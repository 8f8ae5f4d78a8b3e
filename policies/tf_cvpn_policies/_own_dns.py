"""The fix that needs least: the Amazon DNS of the endpoint's own VPC in the place of a server that cannot answer."""

from __future__ import annotations

from tf_cvpn_lint.core.value import Known
from tf_cvpn_lint.model.cidr import KnownAddress, KnownCidr
from tf_cvpn_lint.model.vpc import Vpc
from tf_cvpn_lint.reach.classify import is_private
from tf_cvpn_lint.reach.entry import authorize
from tf_cvpn_lint.reach.trace import ServerReach, ServerVerdict
from tf_cvpn_lint.rules import View
from tf_cvpn_policies._endpoint import around
from tf_cvpn_policies._terraform import amazon_dns_of, authorization_of_network, within


def own_dns(view: View) -> str:
    """`dns_servers` with base+2 of the endpoint's VPC and the private server beside it that clients reach, and the authorization that takes.

    Empty where the VPC is not known, or where its resolver is off.
    """
    endpoint, home = view.endpoint.endpoint, around(view).home
    if home is None or endpoint.transit_gateway is not None or home.dns_support == Known(False):
        return ""
    expression = amazon_dns_of(home, endpoint.address.module)
    own = _address(home)
    if not expression:
        return ""
    kept = [f'"{server.server.text}"' for server in view.endpoint.servers if _serves(server, own)]
    parts = [within(endpoint.address, f"dns_servers = [{', '.join([expression, *kept][:2])}]")]
    if own is not None and authorize(around(view), own).verdict.is_no:
        parts.insert(0, authorization_of_network(endpoint, f'"{own.ip}/32"', f"dns {own.ip}"))
    return "\n".join(f"{part}\n" if part.startswith("resource") else part for part in parts)


def _address(vpc: Vpc) -> KnownAddress | None:
    cidr = vpc.primary_cidr
    return KnownAddress(cidr.network.network_address + 2) if isinstance(cidr, KnownCidr) else None


def _serves(server: ServerReach, own: KnownAddress | None) -> bool:
    """Whether the server may stay: private, reachable, and not the resolver itself."""
    address = server.traces[0].flow.destination if server.traces else None
    return (
        server.verdict is ServerVerdict.REACHABLE
        and isinstance(address, KnownAddress)
        and is_private(address.ip)
        and address != own
    )
