"""The endpoint has no target network.

An endpoint without an associated subnet (or a transit gateway attachment) stays in the state `pending-associate`.

Nobody can connect to it, so nothing resolves.

**Fix**: associate at least one subnet, better two in different availability zones.

**Cannot see**: associations made by scripts or in another configuration.
"""

from __future__ import annotations

from collections.abc import Iterator

from tf_cvpn_lint.rules import Finding, Rule, Severity, View, rule
from tf_cvpn_policies._terraform import block, name_in_module


@rule(
    "CVPN118",
    "endpoint-without-target-network",
    Severity.ERROR,
    sources=("https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/cvpn-working-target.html",),
)
def check(rule: Rule, view: View) -> Iterator[Finding]:
    endpoint = view.endpoint.endpoint
    if endpoint.transit_gateway is not None or not view.endpoint.has_no_target_network:
        return
    yield rule.finding(
        view,
        endpoint.evidence,
        f"{endpoint.address} has no target network: it stays in pending-associate, and nobody can connect.",
        "Associate at least one subnet with it.",
        suggestion=block(
            "aws_ec2_client_vpn_network_association",
            endpoint.address.name,
            client_vpn_endpoint_id=f"{name_in_module(endpoint.address)}.id",
            subnet_id="aws_subnet.private.id # a subnet of the VPC, /27 or larger",
        ),
    )
