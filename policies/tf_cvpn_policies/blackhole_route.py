"""The route that wins for the DNS server is a blackhole.

A route table takes the longest prefix that covers the server, and that route leads nowhere: it is a blackhole, or its target is not attached
to this VPC.

The query (or its answer) is dropped, even where a shorter prefix would have worked; lookups time out.

**Fix**: remove the route, point it at a target that is attached, or attach the target.

**Cannot see**: targets that are deleted outside Terraform.
"""

from __future__ import annotations

from collections.abc import Iterator

from tf_cvpn_lint.core.evidence import Evidence
from tf_cvpn_lint.reach.trace import RouteFault, ServerReach, SubnetRoute, TransitFault, TransitGatewayHop
from tf_cvpn_lint.rules import Finding, Rule, Severity, Sighting, View, rule, sight
from tf_cvpn_policies._terraform import removal

_LOST = (RouteFault.BLACKHOLE, RouteFault.NOT_ATTACHED)
_LOST_IN_TRANSIT = (TransitFault.BLACKHOLE, TransitFault.NOT_ATTACHED)

_ROUTES = ("aws_route", "aws_ec2_transit_gateway_route")
"""Routes that are resources of their own, so that they can go alone."""


@rule(
    "CVPN110",
    "blackhole-route",
    Severity.ERROR,
    sources=(
        "https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Route_Tables.html",
        "https://docs.aws.amazon.com/vpc/latest/tgw/how-transit-gateways-work.html",
    ),
)
def check(rule: Rule, view: View) -> Iterator[Finding]:
    for server in view.failing:
        found = _lost(server)
        if found is None:
            continue
        what = "Answers from" if found.on_the_way_back else "Queries to"
        evidence = found.step.evidence[0]
        if isinstance(found.step, TransitGatewayHop) and found.step.fault is TransitFault.NOT_ATTACHED:
            # The line to change is the route that leads to the gateway, one step earlier.
            evidence = _leading(server, back=found.on_the_way_back) or evidence
        yield rule.finding(
            view,
            evidence,
            f"{what} {server.server} are dropped{found.where}: {found.step.says}. Lookups time out.",
            "Remove the route, or point it at a target that is attached to this VPC and leads to the server.",
            server=server,
            related=found.others,
            suggestion=removal(evidence.address) if evidence.address.type in _ROUTES else "",
        )


def _leading(server: ServerReach, *, back: bool) -> Evidence | None:
    """The first route that takes queries (or answers) on their way."""
    for trace in server.traces:
        for step in trace.back if back else trace.steps:
            if isinstance(step, SubnetRoute) and step.verdict.is_yes:
                return step.evidence[0]
    return None


def _lost(server: ServerReach) -> Sighting[SubnetRoute] | Sighting[TransitGatewayHop] | None:
    return sight(server, SubnetRoute, lambda step: step.verdict.is_no and step.fault in _LOST) or sight(
        server, TransitGatewayHop, lambda step: step.verdict.is_no and step.fault in _LOST_IN_TRANSIT
    )
