"""The DNS server's subnet has no route back.

Answers leave by the route table of the server's subnet. They go to the endpoint's network interface in the associated subnet, since the
endpoint translates the clients' addresses (on an endpoint that is attached to a transit gateway, to the client CIDR), and that table has no
route there.

Queries arrive, and every answer is lost on its way back: lookups time out, while the server's log shows them answered.

**Fix**: add a route to the associated subnets' VPC (or the client CIDR) by the way the query came.

**Cannot see**: routes that a VPN gateway learns, and route tables of other configurations.
"""

from __future__ import annotations

from collections.abc import Iterator

from tf_cvpn_lint.core.address import ModulePath
from tf_cvpn_lint.model.routing import ImplicitMainTable
from tf_cvpn_lint.reach.trace import PeeringHop, RouteFault, ServerReach, SubnetRoute, TransitGatewayHop
from tf_cvpn_lint.rules import Finding, Rule, Severity, View, rule, sight
from tf_cvpn_policies._endpoint import home_networks
from tf_cvpn_policies._terraform import attribute_of, id_of, network_in, vpc_route
from tf_cvpn_policies._words import outcome

_MISSING = (RouteFault.MISSING, RouteFault.WRONG_DESTINATION)


@rule(
    "CVPN117",
    "return-route-missing",
    Severity.ERROR,
    sources=(
        "https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Route_Tables.html",
        "https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/cvpn-tgw.html",
    ),
)
def check(rule: Rule, view: View) -> Iterator[Finding]:
    for server in view.failing:
        found = sight(server, SubnetRoute, lambda step: step.verdict.is_no and step.fault in _MISSING, back=True)
        if found is None:
            continue
        step = found.step
        arrives = not any(each.verdict.is_unsure for trace in server.traces for each in trace.steps)
        what = (
            f"Queries reach {server.server}, and its answers are dropped"
            if arrives
            else f"Whether queries reach {server.server} is not known, but its answers are dropped"
        )
        yield rule.finding(
            view,
            step.evidence[0],
            f"{what}{found.where}: {step.says}. {outcome(found.protocols)}.",
            f"Add a route back to {_destination_in_words(view)} in the route table of {step.subnet.address}.",
            server=server,
            related=found.others,
            suggestion=_route_back(view, server, step),
        )


def _destination_in_words(view: View) -> str:
    endpoint = view.endpoint.endpoint
    if endpoint.transit_gateway is not None:
        return f"the client CIDR {endpoint.client_cidr}"
    return " and ".join(f"{cidr} ({vpc.address})" for vpc, _, cidr in home_networks(view)) or "the associated subnets"


def _route_back(view: View, server: ServerReach, step: SubnetRoute) -> str:
    """By the peering or transit gateway through which the query came."""
    if step.table is None:
        return ""
    module = step.subnet.address.module if isinstance(step.table, ImplicitMainTable) else step.table.address.module
    endpoint = view.endpoint.endpoint
    if endpoint.transit_gateway is not None:
        cidr = endpoint.client_cidr
        destination = network_in(endpoint.address, "client_cidr_block", cidr, module) if cidr is not None else ""
    else:
        homes = home_networks(view)
        destination = network_in(homes[0][1], "cidr_block", homes[0][2], module) if homes else ""
    target, id_ = _carrier(server, module)
    return vpc_route(step.table, destination, target, id_)


def _carrier(server: ServerReach, module: ModulePath) -> tuple[str, str]:
    """The argument of a route and the id that lead back the way the query came; an empty id where it has no name there."""
    for trace in server.traces:
        for step in reversed(trace.steps):
            if isinstance(step, PeeringHop) and step.peering is not None:
                return "vpc_peering_connection_id", attribute_of(step.peering.address, "id", module)
            if isinstance(step, TransitGatewayHop) and step.attachment is not None:
                return "transit_gateway_id", id_of(step.attachment.gateway, module)
    return "transit_gateway_id", ""
