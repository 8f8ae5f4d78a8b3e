"""The transit gateway has no route for the query or its answer.

Inside a transit gateway the route table that an attachment is associated with decides. Either this attachment is associated with none, or
its table has neither a route nor a propagation to the network at the other end.

The transit gateway drops the packet, although the VPC routes to it; lookups time out.

**Fix**: associate the attachment with a route table, and propagate the other end's attachment to it (or add a static route).

**Cannot see**: route tables of transit gateways of other configurations.
"""

from __future__ import annotations

from collections.abc import Iterator

from tf_cvpn_lint.core.address import Address
from tf_cvpn_lint.core.link import Link, To
from tf_cvpn_lint.core.value import Known
from tf_cvpn_lint.model.transit_gateway import Attachment, DefaultTable, TransitGateway, TransitRouteTable
from tf_cvpn_lint.model.vpc import Vpc
from tf_cvpn_lint.reach.links import describe, leads_to, same, target_of
from tf_cvpn_lint.reach.trace import ServerReach, TransitFault, TransitGatewayHop
from tf_cvpn_lint.reach.way import vpc_holding
from tf_cvpn_lint.rules import Finding, Rule, Severity, View, rule, sight
from tf_cvpn_policies._endpoint import vpcs_of
from tf_cvpn_policies._native import is_propagated
from tf_cvpn_policies._terraform import attribute_of, block, label, name_in_module, within
from tf_cvpn_policies._words import besides

_MISSING = (TransitFault.NOT_ASSOCIATED, TransitFault.NO_ROUTE)


@rule(
    "CVPN112",
    "transit-gateway-route-missing",
    Severity.ERROR,
    sources=("https://docs.aws.amazon.com/vpc/latest/tgw/how-transit-gateways-work.html",),
)
def check(rule: Rule, view: View) -> Iterator[Finding]:
    for server in view.failing:
        for back in (False, True):
            if server.is_public and not back:
                continue  # a missing way to the internet: CVPN106
            if back and view.endpoint.endpoint.transit_gateway is not None and not is_propagated(view).is_yes:
                continue  # CVPN133
            found = sight(server, TransitGatewayHop, _is_missing, back=back)
            if found is None:
                continue
            step = found.step
            attachment = step.attachment
            what = f"Answers from {server.server}" if back else f"Queries to {server.server}"
            evidence = attachment.evidence if attachment is not None else step.evidence[0]
            unassociated = step.fault is TransitFault.NOT_ASSOCIATED
            yield rule.finding(
                view,
                evidence,
                f"{what} are dropped in the transit gateway{found.where}: {step.says}. Lookups time out.",
                "Associate the attachment with a route table that leads to the other end."
                if unassociated
                else _instead(view, server, step, back),
                server=server,
                related=besides(found, evidence),
                suggestion=""
                if attachment is None
                else _association(view, attachment)
                if unassociated
                else _propagation(view, server, step, back),
            )


def _is_missing(step: TransitGatewayHop) -> bool:
    return step.verdict.is_no and step.fault in _MISSING


def _association(view: View, attachment: Attachment) -> str:
    """With the gateway's default table, else its first one in the same module; empty where there is none."""
    gateway = target_of(attachment.gateway)
    module = attachment.address.module
    if gateway is not None and gateway.default_association == Known(True) and attachment.kind == "vpc":
        return within(attachment.address, "transit_gateway_default_route_table_association = true")
    for table in view.network.transit_tables:
        if same(table.gateway, attachment.gateway).is_yes and (id_ := attribute_of(table.address, "id", module)):
            return _joining("association", attachment.address, id_, attachment)
    return ""


def _far_vpcs(view: View, server: ServerReach, back: bool) -> tuple[Vpc, ...]:
    """Where the packet is going."""
    holder = vpc_holding(server.traces[0].flow.destination, view.network)
    return vpcs_of(view) if back else (holder,) if holder is not None else ()


def _instead(view: View, server: ServerReach, step: TransitGatewayHop, back: bool) -> str:
    """What to do about a route table without a route: the other end may be attached to another gateway."""
    far = _far_vpcs(view, server, back)
    attachments = [item for vpc in far for item in view.network.attachments_of(vpc)]
    here = _gateway_of(step)
    if here is None or not attachments or any(not same(item.gateway, here).is_no for item in attachments):
        return "Propagate the attachment at the other end to that route table, or add a static route to it."
    for peering in view.network.attachments.items:
        ends = (peering.gateway, peering.peer) if peering.kind == "peering" and peering.peer is not None else ()
        if any(same(end, here).is_yes for end in ends) and any(
            same(end, item.gateway).is_yes for end in ends for item in attachments
        ):
            return f"Add a static route to that route table, by {peering.address}: a peering propagates nothing."
    return f"Attach {far[0].address} to {describe(here)}, or route to the gateway that it is attached to, {describe(attachments[0].gateway)}."


def _gateway_of(step: TransitGatewayHop) -> Link[TransitGateway] | None:
    match step.table:
        case DefaultTable(gateway):
            return To(gateway)
        case TransitRouteTable(gateway=link):
            return link
        case None:
            return step.attachment.gateway if step.attachment is not None else None


def _propagation(view: View, server: ServerReach, step: TransitGatewayHop, back: bool) -> str:
    """Of the attachment at the other end; empty where that is not in this configuration."""
    table = step.table
    if step.attachment is None or not isinstance(table, TransitRouteTable):
        return ""
    far = _far_vpcs(view, server, back)
    for other in view.network.attachments.items:
        if other.vpc is None or not same(other.gateway, step.attachment.gateway).is_yes:
            continue
        if any(leads_to(other.vpc, vpc).is_yes for vpc in far) and other.address.module == table.address.module:
            return _joining("propagation", other.address, f"{name_in_module(table.address)}.id", other)
    return ""


def _joining(how: str, named: Address, table_id: str, attachment: Attachment) -> str:
    return block(
        f"aws_ec2_transit_gateway_route_table_{how}",
        f"{label(named.name)}_for_vpn_clients",
        transit_gateway_attachment_id=f"{name_in_module(attachment.address)}.id",
        transit_gateway_route_table_id=table_id,
    )
