"""Two associations are in one availability zone.

An endpoint takes one target network in each availability zone, and two of its associations name subnets of the same zone (or the same subnet).

The second association fails at the apply.

**Fix**: associate a subnet of another zone, or leave the second association out.

**Cannot see**: zones that AWS picks at the apply.
"""

from __future__ import annotations

from collections.abc import Iterator

from tf_cvpn_lint.core.evidence import Gap
from tf_cvpn_lint.core.link import Outside
from tf_cvpn_lint.core.value import Known
from tf_cvpn_lint.model.cidr import KnownCidr
from tf_cvpn_lint.model.client_vpn import TargetNetworkAssociation
from tf_cvpn_lint.model.vpc import Subnet
from tf_cvpn_lint.reach.links import leads_to, same, vpc_of
from tf_cvpn_lint.reach.zones import same_zone
from tf_cvpn_lint.rules import Finding, Related, Rule, Severity, View, rule
from tf_cvpn_policies._endpoint import around, in_order, subnet_of
from tf_cvpn_policies._terraform import attribute_of, within


@rule(
    "CVPN305",
    "two-associations-in-one-zone",
    Severity.ERROR,
    sources=("https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/cvpn-working-target.html",),
)
def check(rule: Rule, view: View) -> Iterator[Finding | Gap]:
    before: list[TargetNetworkAssociation] = []
    for item in in_order(view.endpoint.associations):
        first = next((other for other in before if _clash(other, item)), None)
        earlier = tuple(before)
        before.append(item)
        if first is None:
            yield from _waits(rule, item, earlier)
            continue
        subnet = subnet_of(item)
        zone = (
            subnet.zone.value if subnet is not None and isinstance(subnet.zone, Known) else "the same availability zone"
        )
        other_subnet = _elsewhere(view, item)
        yield rule.finding(
            view,
            item.evidence,
            f"{item.address} and {first.address} are both in {zone}, and an endpoint takes one association in each zone: the apply fails.",
            "Associate a subnet of another zone instead, or leave this association out.",
            related=(
                Related(first.evidence, "the other association in that zone"),
                *(() if subnet is None else (Related(subnet.evidence, "its subnet"),)),
            ),
            suggestion=within(item.address, f"subnet_id = {other_subnet}") if other_subnet else "",
        )


def _waits(rule: Rule, item: TargetNetworkAssociation, earlier: tuple[TargetNetworkAssociation, ...]) -> Iterator[Gap]:
    """Another association of the same VPC that may turn out to be in the same zone."""
    subnet = subnet_of(item)
    for other in earlier:
        before = subnet_of(other)
        if subnet is None or before is None or same(subnet.vpc, before.vpc).is_no:
            continue
        answer = same_zone(subnet.zone, before.zone)
        if answer.is_unsure:
            why = f"whether {subnet.address} and {before.address} are in one availability zone is not known"
            yield rule.waits(item.evidence, why, answer.waits_for)
            return


def _clash(one: TargetNetworkAssociation, other: TargetNetworkAssociation) -> bool:
    if isinstance(one.subnet, Outside) and isinstance(other.subnet, Outside):
        return one.subnet.id == other.subnet.id
    first, second = subnet_of(one), subnet_of(other)
    if first is None or second is None or same(first.vpc, second.vpc).is_no:
        return False  # in different VPCs: CVPN306
    return first is second or same_zone(first.zone, second.zone).is_yes


def _elsewhere(view: View, association: TargetNetworkAssociation) -> str:
    """A subnet of the same VPC in a zone without an association, large enough; empty where none is known."""
    subnet = subnet_of(association)
    vpc = vpc_of(subnet) if subnet is not None else None
    if vpc is None:
        return ""
    used = around(view).subnets

    def is_free(candidate: Subnet) -> bool:
        return (
            leads_to(candidate.vpc, vpc).is_yes
            and isinstance(candidate.cidr, KnownCidr)
            and candidate.cidr.network.prefixlen <= 27
            and all(same_zone(candidate.zone, each.zone).is_no for each in used)
        )

    ids = [
        attribute_of(each.address, "id", association.address.module) for each in view.network.subnets if is_free(each)
    ]
    return next(filter(None, ids), "")
