"""The association has security groups, which provider 5 removed.

Up to version 4 of the AWS provider `aws_ec2_client_vpn_network_association` had the argument `security_groups`; from 5.0 on it has not.

Terraform refuses the configuration, so there is no plan. Where the argument is merely dropped, the VPC's default group applies instead.

**Fix**: move the groups to `security_group_ids` of the endpoint, with `vpc_id`.

**Cannot see**: which provider version is meant where no constraint says so.
"""

from __future__ import annotations

from collections.abc import Iterator

from tf_cvpn_lint.core.evidence import Gap
from tf_cvpn_lint.core.value import Known, Unknown
from tf_cvpn_lint.rules import Finding, Related, Rule, Severity, View, rule
from tf_cvpn_policies._endpoint import in_order


@rule(
    "CVPN314",
    "removed-association-security-groups",
    Severity.ERROR,
    sources=(
        "https://github.com/hashicorp/terraform-provider-aws/blob/main/website/docs/guides/version-5-upgrade.html.markdown",
        "https://github.com/hashicorp/terraform-provider-aws/pull/31396",
    ),
)
def check(rule: Rule, view: View) -> Iterator[Finding | Gap]:
    endpoint = view.endpoint.endpoint
    for item in in_order(view.endpoint.associations):
        if item.names_security_groups and isinstance(item.provider_knows_security_groups, Unknown):
            why = "which version of the AWS provider this is for is not known; from 5.0 on Terraform refuses security_groups here"
            yield rule.waits(item.security_groups_evidence or item.evidence, why)
        if not item.names_security_groups or item.provider_knows_security_groups != Known(False):
            continue
        yield rule.finding(
            view,
            item.security_groups_evidence or item.evidence,
            f"{item.address} has security_groups, which version 5 of the AWS provider removed: Terraform refuses the configuration.",
            f"Move the groups to security_group_ids of {view.address}, and set its vpc_id.",
            related=(Related(endpoint.security_groups_evidence or endpoint.evidence, "where the groups belong"),),
        )
