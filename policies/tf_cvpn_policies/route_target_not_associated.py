"""A Client VPN route leads through a subnet that is not associated.

`target_vpc_subnet_id` names a subnet with no association to this endpoint.

AWS refuses the route and the apply fails; the network stays out of reach, DNS servers in it included.

**Fix**: name an associated subnet, and make one route for each of them; or associate this subnet.

**Cannot see**: associations made by scripts or in another configuration.
"""

from __future__ import annotations

from collections.abc import Iterator

from tf_cvpn_lint.core.link import Link, Outside, To
from tf_cvpn_lint.core.verdict import Verdict, unsure
from tf_cvpn_lint.model.client_vpn import ClientVpnRoute, TargetNetworkAssociation, ThroughSubnet
from tf_cvpn_lint.model.vpc import Subnet
from tf_cvpn_lint.reach.links import describe, same
from tf_cvpn_lint.rules import Finding, Related, Rule, Severity, View, rule
from tf_cvpn_policies._endpoint import around, in_order
from tf_cvpn_policies._terraform import attribute_of, cidr_expression, client_routes, within


@rule(
    "CVPN309",
    "route-target-not-associated",
    Severity.ERROR,
    sources=("https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateClientVpnRoute.html",),
)
def check(rule: Rule, view: View) -> Iterator[Finding]:
    here = around(view)
    associations = in_order(here.associations.items)
    if not associations or not here.associations.is_complete:
        return  # without any the endpoint has no target network: CVPN118
    for route in here.routes.items:
        if not isinstance(route.target, ThroughSubnet) or not _is_elsewhere(view, route.target.subnet):
            continue
        lacking = _without_it(view, route, associations)
        yield rule.finding(
            view,
            route.target_evidence,
            f"{route.address} leads to {route.destination} through {describe(route.target.subnet)}, which is not associated with "
            f"{view.address}: AWS refuses it and the apply fails.",
            f"Name an associated subnet ({', '.join(describe(item.subnet) for item in lacking)}), or associate this one."
            if lacking
            else f"Remove {route.address}: every associated subnet has that route already.",
            related=tuple(Related(item.evidence, "associates another subnet") for item in associations),
            suggestion=_leading(view, route, lacking),
        )


def _is_elsewhere(view: View, subnet: Link[Subnet]) -> bool:
    associations = around(view).associations
    if isinstance(subnet, To):
        for item in associations.items:
            if isinstance(item.subnet, To) and item.subnet.target is subnet.target:
                return False
    return associations.all(lambda item: ~_same_subnet(item.subnet, subnet)).is_yes


def _same_subnet(one: Link[Subnet], other: Link[Subnet]) -> Verdict:
    """A subnet without a known id may be the one that another place names by its id."""
    for named, found in ((one, other), (other, one)):
        if isinstance(named, Outside) and isinstance(found, To) and found.target.id is None:
            return unsure(f"the id of {found.target.address} is not known")
    return same(one, other)


def _without_it(
    view: View, route: ClientVpnRoute, associations: tuple[TargetNetworkAssociation, ...]
) -> tuple[TargetNetworkAssociation, ...]:
    """The associations that have no route to the same network."""
    targets = [
        other.target.subnet
        for other in around(view).routes.items
        if other is not route and isinstance(other.target, ThroughSubnet) and other.destination == route.destination
    ]
    return tuple(item for item in associations if not any(same(item.subnet, target).is_yes for target in targets))


def _leading(view: View, route: ClientVpnRoute, lacking: tuple[TargetNetworkAssociation, ...]) -> str:
    """The route by the first of these associations, and routes of the same kind by the others."""
    if not lacking:
        return ""
    first, *others = lacking
    target = attribute_of(first.address, "subnet_id", route.address.module)
    destination = cidr_expression(route.destination)
    more = client_routes(view.endpoint.endpoint, tuple(others), destination, f"{route.address.name} more")
    return (
        "\n\n".join(filter(None, [more, within(route.address, f"target_vpc_subnet_id = {target}")])) if target else ""
    )
