"""Fixes as Terraform: blocks that use the names of the configuration at hand.

A suggestion is whole blocks to add, then, below a comment that names a resource, arguments and nested blocks to write into that one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Protocol, TypeVar, assert_never

from tf_cvpn_lint.core.address import Address, ModulePath, quote_key
from tf_cvpn_lint.core.link import Link, Outside
from tf_cvpn_lint.core.value import Known
from tf_cvpn_lint.model.cidr import AddressIn, Cidr, HostAddress, KnownAddress, KnownCidr, covers
from tf_cvpn_lint.model.client_vpn import ClientVpnEndpoint, TargetNetworkAssociation
from tf_cvpn_lint.model.filters import Direction, NetworkAcl, PortRange, SecurityGroup
from tf_cvpn_lint.model.routing import ImplicitMainTable, RouteTable
from tf_cvpn_lint.model.vpc import Vpc
from tf_cvpn_lint.reach.links import target_of
from tf_cvpn_lint.reach.trace import ServerReach


class _Named(Protocol):
    @property
    def address(self) -> Address: ...

    @property
    def id(self) -> str | None: ...


N = TypeVar("N", bound=_Named)


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
    return expression_of(server.traces[0].flow.destination) if server.traces else '"0.0.0.0/0"'


def home_of(server: ServerReach) -> str:
    """An expression for the network to route: the CIDR of the server's VPC that holds it, where known, else as `network_of`."""
    address = server.traces[0].flow.destination if server.traces else None
    if server.vpc is not None and address is not None:
        for cidr in server.vpc.cidrs.items:
            if isinstance(cidr, KnownCidr) and covers(cidr, address).is_yes:
                return cidr_expression(cidr)
    return network_of(server)


def in_words(expression: str) -> str:
    """An expression as a sentence shows it: a literal without its quotes."""
    return expression.strip('"')


def expression_of(address: HostAddress) -> str:
    """An expression for the /32 of the address, or for the nearest network that is known to hold it."""
    match address:
        case KnownAddress(ip):
            return f'"{ip}/{ip.max_prefixlen}"'
        case AddressIn(inside):
            return cidr_expression(inside[0]) if inside else '"0.0.0.0/0"'
        case _:
            assert_never(address)


def cidr_expression(cidr: Cidr) -> str:
    """The network as an expression: its numbers, or the reference it comes from."""
    if isinstance(cidr, KnownCidr):
        return f'"{cidr.network}"'
    return str(cidr.symbol or (cidr.refers_to[0] if cidr.refers_to else '"0.0.0.0/0"'))


def authorization(endpoint: ClientVpnEndpoint, server: ServerReach) -> str:
    """An authorization rule that opens the server to everyone."""
    return authorization_of_network(endpoint, network_of(server), f"dns {server.server}")


def authorization_of_network(endpoint: ClientVpnEndpoint, network: str, name: str) -> str:
    """An authorization rule that opens the network (an expression) to everyone."""
    return block(
        "aws_ec2_client_vpn_authorization_rule",
        label(name),
        client_vpn_endpoint_id=f"{name_in_module(endpoint.address)}.id",
        target_network_cidr=network,
        authorize_all_groups="true",
    )


def authorization_of_group(endpoint: ClientVpnEndpoint, server: ServerReach, name: str, group: str) -> str:
    """An authorization rule that opens the server to one group (an expression)."""
    return block(
        "aws_ec2_client_vpn_authorization_rule",
        label(f"dns {server.server} {name}"),
        client_vpn_endpoint_id=f"{name_in_module(endpoint.address)}.id",
        target_network_cidr=network_of(server),
        access_group_id=group,
    )


def client_routes(
    endpoint: ClientVpnEndpoint, associations: tuple[TargetNetworkAssociation, ...], destination: str, name: str
) -> str:
    """A Client VPN route to `destination` (an expression) by each of the associations; on an endpoint that is attached to a transit gateway
    one without a subnet.

    Beside the associations, where these are in another module than the endpoint; they have its id as well.
    """
    if endpoint.transit_gateway is not None:
        return block(
            "aws_ec2_client_vpn_route",
            label(name),
            client_vpn_endpoint_id=f"{name_in_module(endpoint.address)}.id",
            destination_cidr_block=destination,
        )
    made: dict[ModulePath, list[str]] = {}
    for number, association in enumerate(associations):
        suffix = f"_{number + 1}" if len(associations) > 1 else ""
        module = association.address.module
        id_ = f"{name_in_module(endpoint.address)}.id"
        if module != endpoint.address.module:
            id_ = f"{name_in_module(association.address)}.client_vpn_endpoint_id"
        made.setdefault(module, []).append(
            block(
                "aws_ec2_client_vpn_route",
                f"{label(name)}{suffix}",
                client_vpn_endpoint_id=id_,
                destination_cidr_block=destination,
                target_vpc_subnet_id=_subnet_id(association),
            )
        )
    return "\n\n".join(
        ("" if module == endpoint.address.module else f"{in_module(module)}\n") + "\n\n".join(blocks)
        for module, blocks in sorted(made.items(), key=lambda item: item[0] != endpoint.address.module)
    )


def in_module(module: ModulePath) -> str:
    """The line above blocks that belong into another module than the finding's."""
    return f"# in {'.'.join(f'module.{step.name}' for step in module) or 'the root module'}:"


def for_every_association(endpoint: ClientVpnEndpoint) -> str:
    """How often a route is needed, to go behind a sentence."""
    return "" if endpoint.transit_gateway is not None else " for every associated subnet"


def _subnet_id(association: TargetNetworkAssociation) -> str:
    """The subnet as the association has it, so that the route waits for the association."""
    return f"{name_in_module(association.address)}.subnet_id"


def within(address: Address, body: str) -> str:
    """Arguments or nested blocks to write into a resource that exists, with a comment that names it."""
    return f"# in {name_in_module(address)}\n{body}"


def removal(address: Address) -> str:
    """That a resource goes; empty for one of several instances, which cannot go alone."""
    return f"# remove {name_in_module(address)}" if address.key is None and address.mode == "managed" else ""


def nested(name: str, **arguments: str) -> str:
    """A nested block; the arguments are expressions, aligned as `terraform fmt` does."""
    width = max(map(len, arguments))
    return "\n".join([f"{name} {{", *(f"  {key.ljust(width)} = {value}" for key, value in arguments.items()), "}"])


def attribute_of(address: Address, attribute: str, module: ModulePath) -> str:
    """`aws_vpc.main.id` as the module may write it; empty where the resource belongs to another module."""
    return f"{name_in_module(address)}.{attribute}" if address.module == module else ""


def id_of(link: Link[N] | None, module: ModulePath) -> str:
    """The id at the other end of an edge, as an expression of the module; empty where it has none there."""
    if isinstance(link, Outside):
        return f'"{link.id}"'
    target = target_of(link)
    if target is None:
        return ""
    return attribute_of(target.address, "id", module) or (f'"{target.id}"' if target.id is not None else "")


def network_in(owner: Address, attribute: str, cidr: Cidr, module: ModulePath) -> str:
    """The network of a VPC or subnet as an expression of the module: by name, else by its numbers, else empty."""
    return attribute_of(owner, attribute, module) or (f'"{cidr.network}"' if isinstance(cidr, KnownCidr) else "")


def amazon_dns_of(vpc: Vpc, module: ModulePath) -> str:
    """base+2 of the VPC as an expression of the module; empty where its CIDR has none there."""
    network = network_in(vpc.address, "cidr_block", vpc.primary_cidr, module)
    return f"cidrhost({network}, 2)" if network else ""


def dns_rules(
    group: SecurityGroup,
    direction: Direction,
    protocols: tuple[str, ...],
    networks: tuple[str, ...],
    *,
    id_: str = "",
    name: str = "dns",
) -> str:
    """Rules that admit port 53 over each of the protocols to (from) each of the networks.

    In the group itself where it has its rules in blocks of its own, since those and separate rules overwrite each other.
    Source: https://github.com/hashicorp/terraform-provider-aws/blob/main/website/docs/r/security_group.html.markdown
    """
    if not networks:
        return ""
    of_vpc = group.address.type in (
        "aws_vpc",
        "aws_default_vpc",
    )  # the default group that nobody adopts has no block of its own
    if of_vpc:
        id_ = id_ or f"{name_in_module(group.address)}.default_security_group_id"
    own = group.is_default or any(rule.evidence.address == group.address for rule in group.rules.items)
    if own and not of_vpc and group.address.mode == "managed":
        listed = ", ".join(networks)
        blocks = [
            nested(direction, from_port="53", to_port="53", protocol=f'"{protocol}"', cidr_blocks=f"[{listed}]")
            for protocol in protocols
        ]
        return within(group.address, "\n\n".join(blocks))
    return "\n\n".join(
        block(
            f"aws_vpc_security_group_{direction}_rule",
            f"{label(name)}_{protocol}" + (f"_{number}" if len(networks) > 1 else ""),
            security_group_id=id_ or f"{name_in_module(group.address)}.id",
            cidr_ipv4=network,
            ip_protocol=f'"{protocol}"',
            from_port="53",
            to_port="53",
        )
        for protocol in protocols
        for number, network in enumerate(networks, 1)
    )


def acl_rules(acl: NetworkAcl, permissions: Iterable[tuple[Direction, str, PortRange, str]]) -> str:
    """Entries that allow a protocol and ports to (from) a network (an expression), numbered before all that there are.

    Empty where no number is left.
    """
    made: list[str] = []
    taken = {
        direction: {
            entry.number.value
            for entry in acl.entries.items
            if entry.direction == direction and isinstance(entry.number, Known)
        }
        for direction in ("egress", "ingress")
    }
    own = acl.is_default or any(entry.evidence.address == acl.address for entry in acl.entries.items)
    for direction, protocol, ports, network in permissions:
        first = min(taken[direction], default=110)
        number = first - 10 if first > 10 else first - 1
        if number < 1:
            return ""
        taken[direction].add(number)
        if own:
            made.append(
                nested(
                    direction,
                    rule_no=str(number),
                    action='"allow"',
                    protocol=f'"{protocol}"',
                    from_port=str(ports.first),
                    to_port=str(ports.last),
                    cidr_block=network,
                )
            )
        else:
            made.append(
                block(
                    "aws_network_acl_rule",
                    f"dns_{direction}_{number}",
                    network_acl_id=f"{name_in_module(acl.address)}.id",
                    egress="true" if direction == "egress" else "false",
                    rule_number=str(number),
                    rule_action='"allow"',
                    protocol=f'"{protocol}"',
                    from_port=str(ports.first),
                    to_port=str(ports.last),
                    cidr_block=network,
                )
            )
    if not made:
        return ""
    return within(acl.address, "\n\n".join(made)) if own else "\n\n".join(made)


def vpc_route(
    table: RouteTable | ImplicitMainTable, destination: str, target: str, id_: str, purpose: str = "to vpn clients"
) -> str:
    """A route in the table: in the table itself where it has routes in blocks of its own. Empty where something has no name there.

    `target` is the argument that names the target (`transit_gateway_id`), `id_` and `destination` are expressions.
    """
    if not destination or not id_:
        return ""
    match table:
        case ImplicitMainTable(vpc):
            name, table_id = vpc.address.name, f"{name_in_module(vpc.address)}.main_route_table_id"
        case RouteTable(address=address):
            own = address.type == "aws_default_route_table" or any(
                route.evidence.address == address for route in table.routes.items
            )
            if own and address.mode == "managed":
                return within(address, nested("route", cidr_block=destination, **{target: id_}))
            name, table_id = address.name, f"{name_in_module(address)}.id"
        case _:
            assert_never(table)
    return block(
        "aws_route",
        label(f"{name} {purpose}"),
        route_table_id=table_id,
        destination_cidr_block=destination,
        **{target: id_},
    )
