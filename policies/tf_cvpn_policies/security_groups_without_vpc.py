"""Security groups are given without their VPC.

`security_group_ids` is set and `vpc_id` is not. AWS takes security groups for an endpoint only together with the VPC they belong to.

The apply fails, or the groups are set only once an association has told the VPC.

**Fix**: set `vpc_id`.

**Cannot see**: values that are known only after the apply.
"""

from __future__ import annotations

from collections.abc import Iterator

from tf_cvpn_lint.core.evidence import Gap
from tf_cvpn_lint.core.link import Unresolved
from tf_cvpn_lint.core.value import Known
from tf_cvpn_lint.reach.links import target_of
from tf_cvpn_lint.rules import Finding, Rule, Severity, View, rule
from tf_cvpn_policies._endpoint import around
from tf_cvpn_policies._terraform import id_of, within


@rule(
    "CVPN311",
    "security-groups-without-vpc",
    Severity.WARNING,
    sources=("https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateClientVpnEndpoint.html",),
)
def check(rule: Rule, view: View) -> Iterator[Finding | Gap]:
    endpoint = view.endpoint.endpoint
    if not endpoint.is_managed or endpoint.transit_gateway is not None:
        return
    if endpoint.uses_vpc_default_group != Known(False):
        return
    if isinstance(endpoint.vpc, Unresolved) and not endpoint.vpc.candidates:
        yield rule.waits(
            endpoint.evidence, f"whether vpc_id is set is not known ({endpoint.vpc.why})", endpoint.vpc.refers_to
        )
    if endpoint.vpc is not None:
        return
    group = next((found for found in map(target_of, endpoint.security_groups.items) if found is not None), None)
    home = around(view).home
    vpc = id_of(group.vpc, view.address.module) if group is not None else ""
    named = home.address if home is not None else "the VPC of the security groups"
    yield rule.finding(
        view,
        endpoint.security_groups_evidence or endpoint.evidence,
        f"{view.address} has security_group_ids and no vpc_id: AWS takes the groups only together with their VPC, so the apply fails or leaves "
        "the VPC's default group in place.",
        f"Set vpc_id to {named}.",
        suggestion=within(view.address, f"vpc_id = {vpc}") if vpc else "",
    )
