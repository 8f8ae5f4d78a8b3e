"""What is asked: one query of one client to one server."""

from __future__ import annotations

from typing import Literal

from tf_cvpn_lint.core.records import dataclass
from tf_cvpn_lint.model.cidr import HostAddress
from tf_cvpn_lint.model.client_vpn import ClientVpnEndpoint, TargetNetworkAssociation

Protocol = Literal["udp", "tcp"]
PROTOCOLS: tuple[Protocol, ...] = ("udp", "tcp")
"""Over which a query is asked, in the order of a server's traces."""

DNS_PORT = 53


@dataclass(frozen=True, slots=True)
class Flow:
    """A query from a client of the endpoint, which has landed on this association, to port 53 of the destination."""

    endpoint: ClientVpnEndpoint
    association: TargetNetworkAssociation | None
    """None on an endpoint that is attached to a transit gateway instead, and where the query never gets as far."""
    destination: HostAddress
    protocol: Protocol
    port: int = DNS_PORT
