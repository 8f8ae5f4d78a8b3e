"""The transit gateway attachment has no subnet in the zone.

A transit gateway takes traffic from a VPC only in the availability zones in which its attachment has a subnet. Queries leave the VPC in the
zone of the associated subnet; answers leave the server's VPC in the zone of the server.

In a zone without an attachment subnet they are dropped, although every route is there. If only some associations are in such a zone, names
resolve for some users and not for others.

**Fix**: add a subnet of that zone to the attachment.

**Cannot see**: zones that AWS picks at the apply.
"""

from __future__ import annotations

from collections.abc import Iterator

from tf_cvpn_lint.reach.trace import TransitFault, TransitGatewayHop
from tf_cvpn_lint.rules import Finding, Rule, Severity, View, rule, sight
from tf_cvpn_policies._terraform import id_of, name_in_module, within


@rule(
    "CVPN111",
    "transit-gateway-not-in-zone",
    Severity.ERROR,
    sources=("https://docs.aws.amazon.com/vpc/latest/tgw/tgw-vpc-attachments.html",),
)
def check(rule: Rule, view: View) -> Iterator[Finding]:
    for server in view.failing:
        for back in (False, True):
            found = sight(server, TransitGatewayHop, _is_outside, back=back)
            if found is None:
                continue
            step = found.step
            what = f"Answers from {server.server}" if back else f"Queries to {server.server}"
            zone = step.zone or "the zone they leave from"
            yield rule.finding(
                view,
                step.evidence[0],
                f"{what} are dropped at the transit gateway{found.where}: {step.says}. Lookups time out.",
                f"Add a subnet of {zone} to subnet_ids.",
                server=server,
                related=found.others,
                suggestion=_with_subnet(step),
            )


def _is_outside(step: TransitGatewayHop) -> bool:
    return step.verdict.is_no and step.fault is TransitFault.NOT_IN_ZONE


def _with_subnet(step: TransitGatewayHop) -> str:
    """The attachment's subnets and the one the traffic leaves from; empty where they have no names in its module."""
    attachment = step.attachment
    if attachment is None or not attachment.subnets.is_complete or len(step.evidence) < 2:
        return ""
    left = step.evidence[1].address
    module = attachment.address.module
    ids = [id_of(link, module) for link in attachment.subnets.items]
    if left.module != module or not all(ids):
        return ""
    return within(attachment.address, f"subnet_ids = [{', '.join([*ids, f'{name_in_module(left)}.id'])}]")
