"""What rules ask about one endpoint beyond its traces: its parts, the addresses its servers may have, the rules that admit to them."""

from __future__ import annotations

from functools import lru_cache

from tf_cvpn_lint.core.address import Address, ModulePath
from tf_cvpn_lint.model.cidr import Cidr, contains
from tf_cvpn_lint.model.client_vpn import AuthorizationRule, ClientVpnEndpoint, DnsServer, TargetNetworkAssociation
from tf_cvpn_lint.model.network import Network
from tf_cvpn_lint.model.vpc import Subnet, Vpc
from tf_cvpn_lint.reach.classify import Candidate, candidates
from tf_cvpn_lint.reach.links import target_of, vpc_of
from tf_cvpn_lint.reach.longest import longest
from tf_cvpn_lint.reach.surroundings import Surroundings, surroundings
from tf_cvpn_lint.reach.trace import ServerReach
from tf_cvpn_lint.rules import View
from tf_cvpn_policies._terraform import network_in


@lru_cache(maxsize=2)
def _of_network(network: Network) -> dict[ClientVpnEndpoint, Surroundings]:
    return {around.endpoint: around for around in surroundings(network)}


# The rules are asked one after the other about one endpoint: what several of them ask is kept for the one in view.


@lru_cache(maxsize=1)
def around(view: View) -> Surroundings:
    """The endpoint in view with its associations, routes and rules, and what may exist of each besides."""
    return _of_network(view.network)[view.endpoint.endpoint]


def candidates_of(view: View, server: ServerReach) -> tuple[Candidate, ...]:
    """The addresses the server may turn out to have; empty where nothing is known of it."""
    return _candidates(view, server.server)


@lru_cache(maxsize=8)
def _candidates(view: View, server: DnsServer) -> tuple[Candidate, ...]:
    return candidates(view.network, view.endpoint.endpoint, around(view).home, server.address)


def subnet_of(association: TargetNetworkAssociation) -> Subnet | None:
    return target_of(association.subnet)


@lru_cache(maxsize=1)
def vpcs_of(view: View) -> tuple[Vpc, ...]:
    """The VPCs of the associations, each once; that of `vpc_id` where no association is known."""
    here = around(view)
    found = dict.fromkeys(vpc for subnet in here.subnets if (vpc := vpc_of(subnet)) is not None)
    if not found and here.home is not None:
        found[here.home] = None
    return tuple(found)


def home_networks(view: View) -> tuple[tuple[Vpc, Address, Cidr], ...]:
    """The CIDRs of VPCs in which the associated subnets lie, each with the resource whose `cidr_block` it is."""
    found: dict[Cidr, tuple[Vpc, Address, Cidr]] = {}
    for subnet in around(view).subnets:
        vpc = vpc_of(subnet)
        if vpc is None:
            continue
        owner, cidr = vpc.address, vpc.primary_cidr
        for secondary in vpc.secondary_cidrs.items:
            if contains(secondary.cidr, subnet.cidr).is_yes:
                owner, cidr = secondary.evidence.address, secondary.cidr
        found.setdefault(cidr, (vpc, owner, cidr))
    return tuple(found.values())


def sources(view: View, module: ModulePath) -> tuple[tuple[Cidr, str], ...]:
    """The networks that queries come from once they have left the endpoint, each with an expression of the module.

    Those of the associated subnets, by source NAT; the client CIDR on an endpoint that is attached to a transit gateway. Empty where one
    of them can not be written in that module.
    """
    endpoint = view.endpoint.endpoint
    if endpoint.transit_gateway is not None:
        if endpoint.client_cidr is None:
            return ()
        found = {endpoint.client_cidr: network_in(endpoint.address, "client_cidr_block", endpoint.client_cidr, module)}
    else:
        found = {each.cidr: network_in(each.address, "cidr_block", each.cidr, module) for each in around(view).subnets}
    return tuple(found.items()) if all(found.values()) else ()


@lru_cache(maxsize=2)
def in_order(associations: tuple[TargetNetworkAssociation, ...]) -> tuple[TargetNetworkAssociation, ...]:
    """As a reader meets them: by their lines where these are known and in one file, else by address."""
    if len(associations) < 2:
        return associations
    lines = [item.evidence.location for item in associations]
    if len({line.file if line else None for line in lines}) == 1 and all(lines):
        return tuple(sorted(associations, key=lambda item: (item.evidence.location, item.address)))
    return tuple(sorted(associations, key=lambda item: item.address))


def deciding_rules(view: View, server: ServerReach) -> tuple[AuthorizationRule, ...] | None:
    """The authorization rules that certainly decide about the server; None where others may.

    Empty where none covers it.
    """
    rules = around(view).rules
    found: dict[AuthorizationRule, None] = {}
    for candidate in candidates_of(view, server):
        if candidate.address is None:
            continue
        match = longest(rules, lambda rule: rule.target_network, candidate.address)
        if not match.is_certain:
            return None
        found |= dict.fromkeys(match.best)
    return tuple(found)


def homes(network: Network) -> tuple[tuple[ClientVpnEndpoint, Vpc], ...]:
    """Every endpoint of the network with the VPC it lives in, where that is known."""
    return tuple((endpoint, here.home) for endpoint, here in _of_network(network).items() if here.home is not None)
