"""What belongs to one endpoint: its associations, routes and rules, and the VPC it lives in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from functools import cached_property, lru_cache
from typing import Generic, TypeVar

from tf_cvpn_lint.core.evidence import Gap
from tf_cvpn_lint.core.link import Link, To, Unresolved
from tf_cvpn_lint.core.records import dataclass
from tf_cvpn_lint.core.verdict import Members
from tf_cvpn_lint.model.client_vpn import AuthorizationRule, ClientVpnEndpoint, ClientVpnRoute, TargetNetworkAssociation
from tf_cvpn_lint.model.network import Network
from tf_cvpn_lint.model.vpc import Subnet, Vpc
from tf_cvpn_lint.reach.links import target_of, vpc_of

P = TypeVar("P", AuthorizationRule, ClientVpnRoute, TargetNetworkAssociation)


@dataclass(frozen=True, eq=False)
class Surroundings:
    """An endpoint with all that was read of it; the gaps say what may exist besides."""

    network: Network
    endpoint: ClientVpnEndpoint
    associations: Members[TargetNetworkAssociation]
    routes: Members[ClientVpnRoute]
    rules: Members[AuthorizationRule]

    @cached_property
    def home(self) -> Vpc | None:
        """The VPC of the associations, where they disagree the one that `vpc_id` names; that one too where no association is known."""
        named = target_of(self.endpoint.vpc) if self.endpoint.vpc is not None else None
        found = [vpc for vpc in self._vpcs.values() if vpc is not None]
        return named if named in found or not found else found[0]

    @cached_property
    def associated_vpcs(self) -> tuple[Vpc, ...]:
        """The VPCs of the associations that are known, each once; that of the endpoint where none is."""
        found = dict.fromkeys(vpc for vpc in self._vpcs.values() if vpc is not None)
        if not found and self.endpoint.transit_gateway is None and self.home is not None:
            found[self.home] = None  # the route comes with the first association
        return tuple(found)

    @property
    def subnets(self) -> tuple[Subnet, ...]:
        """The associated subnets that are known."""
        return tuple(
            subnet for subnet in (target_of(item.subnet) for item in self.associations.items) if subnet is not None
        )

    def vpc_of(self, association: TargetNetworkAssociation) -> Vpc | None:
        """The VPC of the subnet of one of its associations. Where the subnet was not read it is that of the endpoint: all its associations,
        and its `vpc_id`, are of one VPC (https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/cvpn-working-target.html)."""
        return self._vpcs[association]

    @cached_property
    def _vpcs(self) -> dict[TargetNetworkAssociation, Vpc | None]:
        named = target_of(self.endpoint.vpc) if self.endpoint.vpc is not None else None
        found: dict[TargetNetworkAssociation, Vpc | None] = {}
        for association in self.associations.items:
            vpcs = {vpc_of(subnet) for subnet in landing_subnets(association)}
            vpc = vpcs.pop() if len(vpcs) == 1 else None
            found[association] = named if vpc is None else vpc
        return found


def landing_subnets(association: TargetNetworkAssociation) -> tuple[Subnet, ...]:
    """The associated subnet; or, where only that is certain, all that it may be; empty where it was not read."""
    match association.subnet:
        case To(subnet):
            return (subnet,)
        case Unresolved(candidates=found, exhaustive=True):
            return found
        case _:
            return ()


@dataclass(slots=True)
class _Shared(Generic[P]):
    """The parts of each endpoint, and the gaps that belong to some or all of them."""

    of: dict[ClientVpnEndpoint, list[P]]
    gaps_of: dict[ClientVpnEndpoint, list[Gap]]
    gaps_of_all: list[Gap]

    def members(self, endpoint: ClientVpnEndpoint, what: str) -> Members[P]:
        gaps = [*self.gaps_of[endpoint], *self.gaps_of_all, *endpoint.may_have_more]
        if not endpoint.is_managed:
            gaps.append(
                Gap(str(endpoint.address), what, "they belong to another configuration", endpoint.evidence.location)
            )
        return Members(tuple(self.of[endpoint]), tuple(dict.fromkeys(gaps)))


@lru_cache(maxsize=2)
def surroundings(network: Network) -> tuple[Surroundings, ...]:
    """One for each endpoint of the network, in order."""
    associations = _share(network.associations, lambda item: item.endpoint)
    routes = _share(network.client_routes, lambda item: item.endpoint)
    rules = _share(network.authorization_rules, lambda item: item.endpoint)
    return tuple(
        Surroundings(
            network,
            endpoint,
            associations.members(endpoint, "its target network associations"),
            routes.members(endpoint, "its routes"),
            rules.members(endpoint, "its authorization rules"),
        )
        for endpoint in network.endpoints
    )


def _share(parts: Members[P], endpoint_of: Callable[[P], Link[ClientVpnEndpoint]]) -> _Shared[P]:
    of: dict[ClientVpnEndpoint, list[P]] = defaultdict(list)
    gaps_of: dict[ClientVpnEndpoint, list[Gap]] = defaultdict(list)
    gaps_of_all = list(parts.gaps)
    for part in parts.items:
        link = endpoint_of(part)
        target = target_of(link)
        if target is not None:
            of[target].append(part)
        elif isinstance(link, Unresolved):
            gap = Gap(str(part.address), "client_vpn_endpoint_id", link.why, part.evidence.location, link.refers_to)
            if link.candidates:
                for candidate in link.candidates:
                    gaps_of[candidate].append(gap)
            else:
                gaps_of_all.append(gap)
    return _Shared(of, gaps_of, gaps_of_all)
