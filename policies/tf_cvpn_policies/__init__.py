"""The rules: what about a network is wrong, and why it should be believed. One module per rule."""

from __future__ import annotations

from tf_cvpn_lint.rules import Rule
from tf_cvpn_policies import (
    amazon_dns_disabled,
    amazon_dns_link_local,
    amazon_dns_not_documented,
    amazon_dns_of_another_vpc,
    blackhole_route,
    device_dns_in_split_tunnel,
    device_dns_without_internet_path,
    dns_at_reserved_address,
    dns_inside_client_cidr,
    dns_not_authorized,
    dns_not_routed_in_split_tunnel,
    dns_route_missing_on_association,
    dns_server_not_an_address,
    dns_without_endpoint_route,
    endpoint_without_target_network,
    lan_resolver_cut_off,
    mixed_private_and_public_dns,
    no_dns_in_full_tunnel,
    no_internet_path_for_public_dns,
    outbound_resolver_as_dns,
    public_dns_outside_tunnel,
    single_dns_server,
    subnet_route_missing,
    too_many_dns_servers,
)

RULES: tuple[Rule, ...] = (
    dns_not_routed_in_split_tunnel.check,
    dns_not_authorized.check,
    dns_route_missing_on_association.check,
    dns_without_endpoint_route.check,
    no_internet_path_for_public_dns.check,
    subnet_route_missing.check,
    blackhole_route.check,
    endpoint_without_target_network.check,
    amazon_dns_of_another_vpc.check,
    amazon_dns_link_local.check,
    amazon_dns_disabled.check,
    amazon_dns_not_documented.check,
    dns_at_reserved_address.check,
    dns_inside_client_cidr.check,
    outbound_resolver_as_dns.check,
    lan_resolver_cut_off.check,
    no_dns_in_full_tunnel.check,
    device_dns_without_internet_path.check,
    mixed_private_and_public_dns.check,
    public_dns_outside_tunnel.check,
    dns_server_not_an_address.check,
    too_many_dns_servers.check,
    single_dns_server.check,
    device_dns_in_split_tunnel.check,
)
"""The catalogue, in the order of the ids."""
