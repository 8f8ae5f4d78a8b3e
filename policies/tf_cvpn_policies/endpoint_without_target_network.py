"""The endpoint has no target network.

An endpoint without an associated subnet (or a transit gateway attachment) stays in the state `pending-associate`.

Nobody can connect to it, so nothing resolves.

**Fix**: associate at least one subnet, better two in different availability zones.

**Cannot see**: associations made by scripts or in another configuration.
"""

from __future__ import annotations

from collections.abc import Iterator

from tf_cvpn_lint.model.cidr import KnownCidr, disjoint
from tf_cvpn_lint.reach.links import leads_to, target_of
from tf_cvpn_lint.rules import Finding, Rule, Severity, View, rule
from tf_cvpn_policies._terraform import block, label, name_in_module

SMALLEST = 27
"""Prefix length of a target network: https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/what-is-best-practices.html"""


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
        suggestion=_association(view),
    )


def _association(view: View) -> str:
    """An association with a subnet of the endpoint's VPC that is large enough; empty where the module has none that is known."""
    endpoint = view.endpoint.endpoint
    vpc = target_of(endpoint.vpc) if endpoint.vpc is not None else None
    fitting = [
        subnet
        for subnet in view.network.subnets
        if subnet.address.module == endpoint.address.module
        and (vpc is None or leads_to(subnet.vpc, vpc).is_yes)
        and isinstance(subnet.cidr, KnownCidr)
        and subnet.cidr.network.prefixlen <= SMALLEST
        and (endpoint.client_cidr is None or not disjoint(endpoint.client_cidr, subnet.cidr).is_no)
    ]
    if not fitting:
        return ""
    return block(
        "aws_ec2_client_vpn_network_association",
        label(fitting[0].address.name),
        client_vpn_endpoint_id=f"{name_in_module(endpoint.address)}.id",
        subnet_id=f"{name_in_module(fitting[0].address)}.id",
    )
