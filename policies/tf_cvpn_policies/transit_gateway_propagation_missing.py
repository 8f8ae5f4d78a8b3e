"""The transit gateway does not learn the client CIDR.

The endpoint is attached to a transit gateway itself. There is no source NAT, so answers are addressed to the client CIDR, and the gateway's
route tables know that only by propagation from the Client VPN attachment. It is off by default here, and nothing propagates it.

Queries arrive and answers find no way back: lookups time out.

**Fix**: propagate the Client VPN attachment to the route table of the attachments that hold the servers.

**Cannot see**: propagation that is made where the transit gateway is.
"""

from __future__ import annotations

from collections.abc import Iterator

from tf_cvpn_lint.model.transit_gateway import Attachment, DefaultTable
from tf_cvpn_lint.reach.links import describe, same, target_of
from tf_cvpn_lint.reach.transit import table_of
from tf_cvpn_lint.rules import Finding, Rule, Severity, View, rule
from tf_cvpn_policies._native import attachment_of, is_propagated
from tf_cvpn_policies._terraform import attribute_of, block, name_in_module


@rule(
    "CVPN133",
    "transit-gateway-propagation-missing",
    Severity.ERROR,
    sources=(
        "https://docs.aws.amazon.com/vpc/latest/tgw/tgw-client-vpn-attachments.html",
        "https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/cvpn-tgw.html",
    ),
)
def check(rule: Rule, view: View) -> Iterator[Finding]:
    endpoint = view.endpoint.endpoint
    settings = endpoint.transit_gateway
    attachment = attachment_of(view)
    if settings is None or attachment is None or not is_propagated(view).is_no:
        return
    gateway = describe(settings.gateway)
    yield rule.finding(
        view,
        settings.evidence,
        f"Answers to clients are dropped in {gateway}: no route table of it learns {endpoint.client_cidr} from this endpoint's attachment, "
        "since propagation is off by default there and nothing propagates it. Lookups time out.",
        f"Propagate the endpoint's attachment to the route table of {gateway} that serves the DNS servers' VPC.",
        suggestion=_propagation(view, attachment),
    )


def _propagation(view: View, attachment: Attachment) -> str:
    """To the first table that serves another attachment of the same gateway."""
    gateway = target_of(attachment.gateway)
    if gateway is None:
        return ""
    for other in view.network.attachments.items:
        if other is attachment or not same(other.gateway, attachment.gateway).is_yes:
            continue
        table, _ = table_of(view.network, gateway, other)
        if table is None:
            continue
        named, attribute = (
            (table.gateway.address, "association_default_route_table_id")
            if isinstance(table, DefaultTable)
            else (table.address, "id")
        )
        if table_id := attribute_of(named, attribute, view.address.module):
            return block(
                "aws_ec2_transit_gateway_route_table_propagation",
                "clients",
                transit_gateway_attachment_id=(
                    f"{name_in_module(view.address)}.transit_gateway_configuration[0].transit_gateway_attachment_id"
                ),
                transit_gateway_route_table_id=table_id,
            )
    return ""
