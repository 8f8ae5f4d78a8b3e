"""The VPC's default security group applies.

`security_group_ids` is unset, so the network interfaces of the endpoint get the default security group of the VPC.

It lets everything out as AWS makes it, and stops doing so on the day somebody hardens it; other resources that nobody assigned a group share it.

**Fix**: give the endpoint a security group of its own, with `security_group_ids` and `vpc_id`.

**Cannot see**: rules of the default group that are made elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator

from tf_cvpn_lint.core.evidence import Gap
from tf_cvpn_lint.core.value import Known, Unknown
from tf_cvpn_lint.rules import Finding, Rule, Severity, View, rule
from tf_cvpn_policies._endpoint import around
from tf_cvpn_policies._terraform import attribute_of, within


@rule(
    "CVPN403",
    "default-security-group-implied",
    Severity.NOTE,
    sources=("https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/client-authorization.html",),
)
def check(rule: Rule, view: View) -> Iterator[Finding | Gap]:
    endpoint = view.endpoint.endpoint
    if not endpoint.is_managed or endpoint.transit_gateway is not None:
        return
    if isinstance(endpoint.uses_vpc_default_group, Unknown):
        unknown = endpoint.uses_vpc_default_group
        why = f"whether security_group_ids is set is not known ({unknown.why})"
        yield rule.waits(endpoint.security_groups_evidence or endpoint.evidence, why, unknown.refers_to)
    elif endpoint.uses_vpc_default_group == Known(False) and not endpoint.security_groups.items:
        gaps = endpoint.security_groups.gaps
        waits = [reference for gap in gaps for reference in gap.waits_for]
        yield rule.waits(
            endpoint.security_groups_evidence or endpoint.evidence,
            "whether security_group_ids names any group is not known",
            waits,
        )
    if endpoint.uses_vpc_default_group != Known(True):
        return
    home = around(view).home
    vpc_id = attribute_of(home.address, "id", view.address.module) if home is not None else ""
    yield rule.finding(
        view,
        endpoint.evidence,
        f"{view.address} names no security group, so its interfaces get the default group of {home.address if home else 'the VPC'}: whoever "
        "hardens that group cuts off the VPN clients.",
        "Make a security group for the endpoint, and name it in security_group_ids (with vpc_id).",
        suggestion=f"{_GROUP.format(vpc_id=vpc_id)}\n\n{within(view.address, _naming(vpc_id))}" if vpc_id else "",
    )


def _naming(vpc_id: str) -> str:
    return f"vpc_id             = {vpc_id}\nsecurity_group_ids = [aws_security_group.client_vpn.id]"


_GROUP = """resource "aws_security_group" "client_vpn" {{
  name_prefix = "client-vpn-"
  description = "Client VPN network interfaces"
  vpc_id      = {vpc_id}

  egress {{
    from_port   = 0
    to_port     = 0
    protocol    = "-1"
    cidr_blocks = ["0.0.0.0/0"]
  }}
}}"""
