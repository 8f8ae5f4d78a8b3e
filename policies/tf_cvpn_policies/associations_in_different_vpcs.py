"""Associations are in different VPCs.

An endpoint lives in one VPC: that of its first association, or of `vpc_id`. Another association names a subnet of another VPC.

That association fails at the apply.

**Fix**: associate subnets of one VPC, and reach the other by peering or a transit gateway with Client VPN routes.

**Cannot see**: the VPCs of subnets of other configurations.
"""

from __future__ import annotations

from collections.abc import Iterator

from tf_cvpn_lint.core.evidence import Gap
from tf_cvpn_lint.core.verdict import Verdict, no, unsure, yes
from tf_cvpn_lint.model.client_vpn import TargetNetworkAssociation
from tf_cvpn_lint.model.vpc import Vpc
from tf_cvpn_lint.reach.links import target_of, vpc_of
from tf_cvpn_lint.rules import Finding, Related, Rule, Severity, View, rule
from tf_cvpn_policies._endpoint import in_order, subnet_of


@rule(
    "CVPN306",
    "associations-in-different-vpcs",
    Severity.ERROR,
    sources=("https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/cvpn-working-target.html",),
)
def check(rule: Rule, view: View) -> Iterator[Finding | Gap]:
    placed = [(item, vpc) for item in in_order(view.endpoint.associations) if (vpc := _vpc_of(item)) is not None]
    if not placed:
        return
    named = target_of(view.endpoint.endpoint.vpc)
    first, home = next(((item, vpc) for item, vpc in placed if vpc is named), placed[0])
    for item, vpc in placed:
        if not _same_vpc(vpc, home).is_no:
            if _same_vpc(vpc, home).is_unsure:
                why = f"whether {vpc.address} and {home.address} are one VPC is not known"
                yield rule.waits(item.evidence, why)
            continue
        yield rule.finding(
            view,
            item.evidence,
            f"{item.address} is in {vpc.address} and {first.address} in {home.address}, and an endpoint takes subnets of one VPC: the apply "
            "fails.",
            f"Associate a subnet of {home.address}, or make an endpoint of its own for {vpc.address}.",
            related=(
                Related(first.evidence, f"in {home.address}"),
                Related(vpc.evidence, "the other VPC"),
            ),
        )


def _vpc_of(association: TargetNetworkAssociation) -> Vpc | None:
    subnet = subnet_of(association)
    return vpc_of(subnet) if subnet is not None else None


def _same_vpc(one: Vpc, other: Vpc) -> Verdict:
    """A VPC that is made here and one that a data source found without an id may turn out to be the same."""
    if one is other:
        return yes()
    if one.is_managed and other.is_managed:
        return no()
    if one.id is None or other.id is None:
        return unsure("a VPC has no id yet")
    return yes() if one.id == other.id else no()
