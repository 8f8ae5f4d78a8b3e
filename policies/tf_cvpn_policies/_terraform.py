"""Fixes as Terraform: blocks that use the names of the configuration at hand."""

from __future__ import annotations

import re

from tf_cvpn_lint.core.address import Address, quote_key
from tf_cvpn_lint.model.cidr import AddressIn, Cidr, KnownAddress, KnownCidr
from tf_cvpn_lint.model.client_vpn import ClientVpnEndpoint, TargetNetworkAssociation
from tf_cvpn_lint.reach.trace import ServerReach


def name_in_module(address: Address) -> str:
    """How the resource is written inside its own module: `aws_subnet.a[0]`, `data.aws_vpc.main`."""
    prefix = "data." if address.mode == "data" else ""
    return f"{prefix}{address.type}.{address.name}{quote_key(address.key)}"


def label(text: str) -> str:
    """A resource name made of any text."""
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_") or "dns"


def block(type_: str, name: str, **arguments: str) -> str:
    """A resource block; the arguments are expressions, aligned as `terraform fmt` does."""
    width = max(map(len, arguments))
    lines = [f"  {key.ljust(width)} = {value}" for key, value in arguments.items()]
    return "\n".join([f'resource "{type_}" "{name}" {{', *lines, "}"])


def network_of(server: ServerReach) -> str:
    """An expression for the network to route or to authorize: the server's subnet where known, else its own /32."""
    trace = server.traces[0] if server.traces else None
    address = trace.flow.destination if trace else None
    if isinstance(address, KnownAddress):
        return f'"{address.ip}/{address.ip.max_prefixlen}"'
    if isinstance(address, AddressIn) and address.inside:
        return cidr_expression(address.inside[0])
    return '"0.0.0.0/0"'


def cidr_expression(cidr: Cidr) -> str:
    """The network as an expression: its numbers, or the reference it comes from."""
    if isinstance(cidr, KnownCidr):
        return f'"{cidr.network}"'
    return str(cidr.symbol or (cidr.refers_to[0] if cidr.refers_to else '"0.0.0.0/0"'))


def authorization(endpoint: ClientVpnEndpoint, server: ServerReach) -> str:
    """An authorization rule that opens the server to everyone."""
    return block(
        "aws_ec2_client_vpn_authorization_rule",
        label(f"dns {server.server}"),
        client_vpn_endpoint_id=f"{name_in_module(endpoint.address)}.id",
        target_network_cidr=network_of(server),
        authorize_all_groups="true",
    )


def client_routes(
    endpoint: ClientVpnEndpoint, associations: tuple[TargetNetworkAssociation, ...], destination: str, name: str
) -> str:
    """A Client VPN route to `destination` (an expression) by each of the associations."""
    blocks = []
    for number, association in enumerate(associations):
        suffix = f"_{number + 1}" if len(associations) > 1 else ""
        blocks.append(
            block(
                "aws_ec2_client_vpn_route",
                f"{label(name)}{suffix}",
                client_vpn_endpoint_id=f"{name_in_module(endpoint.address)}.id",
                destination_cidr_block=destination,
                target_vpc_subnet_id=_subnet_id(association),
            )
        )
    return "\n\n".join(blocks)


def _subnet_id(association: TargetNetworkAssociation) -> str:
    """The subnet as the association has it, so that the route waits for the association."""
    return f"{name_in_module(association.address)}.subnet_id"
