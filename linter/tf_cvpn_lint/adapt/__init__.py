"""From Terraform's words to AWS's: the only code that knows both, and where the provider's defaults live."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, TypeVar

from tf_cvpn_lint.adapt import client_vpn, filters, links, public_access, resolver, routing, transit_gateway, vpc
from tf_cvpn_lint.adapt.cidr import Symbols
from tf_cvpn_lint.config.configuration import Configuration
from tf_cvpn_lint.core.address import Address
from tf_cvpn_lint.core.verdict import Members
from tf_cvpn_lint.model.network import Network

TYPES: frozenset[str] = (
    links.TYPES
    | public_access.TYPES
    | vpc.TYPES
    | filters.TYPES
    | transit_gateway.TYPES
    | routing.TYPES
    | resolver.TYPES
    | client_vpn.TYPES
)
"""Every resource type and data source that `adapt` reads; nothing else of a configuration matters here."""


class _Addressed(Protocol):
    @property
    def address(self) -> Address: ...


A = TypeVar("A", bound=_Addressed)


def adapt(configuration: Configuration) -> Network:
    """The network that the configuration makes and reads."""
    joins = links.Joins(configuration)
    places = vpc.places(joins, Symbols(joins))
    lists = filters.prefix_lists(places)
    groups = filters.security_groups(places, lists)
    acls = filters.network_acls(places)
    transit = transit_gateway.transit(places, lists)
    routes = routing.routing(places, transit, lists)
    hosts = resolver.hosts(places, groups)
    names = resolver.names(places, hosts)
    vpn = client_vpn.client_vpn(places, groups, transit, hosts)
    order = {resource.address: place for place, resource in enumerate(configuration.resources)}

    def in_order(things: Iterable[A]) -> tuple[A, ...]:
        return tuple(sorted(things, key=lambda thing: order[thing.address]))

    return Network(
        endpoints=in_order(vpn.endpoints.values()),
        associations=vpn.associations,
        client_routes=vpn.routes,
        authorization_rules=vpn.authorization_rules,
        vpcs=in_order(places.vpcs.values()),
        subnets=in_order(places.subnets.values()),
        route_tables=in_order(routes.tables.values()),
        table_of_subnet=routes.of_subnet,
        security_groups=in_order(groups.by_key.values()),
        default_group_of_vpc=groups.default_of_vpc,
        acl_of_subnet=acls.of_subnet,
        internet_gateways=in_order(routes.gateways.internet.values()),
        nat_gateways=in_order(routes.gateways.nat.values()),
        peerings=in_order(routes.gateways.peerings.values()),
        vpn_gateways=in_order(routes.gateways.vpn.values()),
        transit_gateways=in_order(transit.gateways.values()),
        attachments=Members(in_order(transit.attachments.values()), transit.unread_attachments),
        transit_tables=in_order(transit.route_tables),
        transit_routes=transit.routes,
        transit_associations=transit.associations,
        transit_propagations=transit.propagations,
        hosts=in_order(hosts.by_key.values()),
        zones=in_order(names.zones.values()),
        records=names.records,
        interface_endpoints=in_order(names.endpoints.values()),
        public_access_blocks=public_access.blocks(places),
        public_access_exclusions=public_access.exclusions(places),
        gaps=configuration.gaps,
    )
