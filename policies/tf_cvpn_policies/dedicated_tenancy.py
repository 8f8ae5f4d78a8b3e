"""The VPC has dedicated tenancy.

Client VPN makes no association with subnets of a VPC whose `instance_tenancy` is `dedicated`. Nor do Route 53 Resolver endpoints work there.

The association fails at the apply.

**Fix**: set `instance_tenancy = "default"`; single instances may still be dedicated. From dedicated to default AWS changes a VPC in place.

**Cannot see**: the tenancy of VPCs of other configurations.
"""

from __future__ import annotations

from collections.abc import Iterator

from tf_cvpn_lint.core.evidence import Gap
from tf_cvpn_lint.core.value import Known, Unknown
from tf_cvpn_lint.reach.links import vpc_of
from tf_cvpn_lint.rules import Finding, Related, Rule, Severity, View, rule
from tf_cvpn_policies._endpoint import in_order, subnet_of
from tf_cvpn_policies._terraform import within


@rule(
    "CVPN308",
    "dedicated-tenancy",
    Severity.ERROR,
    sources=(
        "https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/what-is-best-practices.html",
        "https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-choose-vpc.html",
    ),
)
def check(rule: Rule, view: View) -> Iterator[Finding | Gap]:
    subnets = [
        (item, subnet) for item in in_order(view.endpoint.associations) if (subnet := subnet_of(item)) is not None
    ]
    for vpc in dict.fromkeys(vpc_of(subnet) for _, subnet in subnets):
        if vpc is not None and vpc.is_managed and isinstance(vpc.tenancy, Unknown):
            why = f"the tenancy of {vpc.address} is not known before the apply"
            yield rule.waits(vpc.tenancy_evidence or vpc.evidence, why, vpc.tenancy.refers_to)
        if vpc is None or vpc.tenancy != Known("dedicated"):
            continue
        here = [item for item, subnet in subnets if vpc_of(subnet) is vpc]
        yield rule.finding(
            view,
            vpc.tenancy_evidence or vpc.evidence,
            f"{vpc.address} has dedicated tenancy, in which Client VPN makes no association: {' and '.join(str(item.address) for item in here)} "
            "fails at the apply.",
            f'Set instance_tenancy = "default" in {vpc.address}, or associate subnets of another VPC.',
            related=tuple(Related(item.evidence, "an association in this VPC") for item in here),
            suggestion=within(vpc.address, 'instance_tenancy = "default"') if vpc.is_managed else "",
        )
