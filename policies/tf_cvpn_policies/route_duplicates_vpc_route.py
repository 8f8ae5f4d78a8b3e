"""A Client VPN route repeats the automatic one.

Each association adds a route to its VPC's CIDR by itself. This route has the same destination, through an associated subnet.

AWS refuses it (`InvalidClientVpnDuplicateRoute`) and the apply fails.

**Fix**: remove the route.

**Cannot see**: networks that are known only after the apply.
"""

from __future__ import annotations

from collections.abc import Iterator

from tf_cvpn_lint.core.evidence import Gap
from tf_cvpn_lint.core.verdict import Verdict, no
from tf_cvpn_lint.model.cidr import Cidr, KnownCidr, UnknownCidr, disjoint, is_default
from tf_cvpn_lint.model.client_vpn import ThroughSubnet
from tf_cvpn_lint.model.vpc import Vpc
from tf_cvpn_lint.reach.links import same, vpc_of
from tf_cvpn_lint.rules import Finding, Related, Rule, Severity, View, rule
from tf_cvpn_policies._endpoint import around, subnet_of
from tf_cvpn_policies._terraform import removal


@rule(
    "CVPN310",
    "route-duplicates-vpc-route",
    Severity.ERROR,
    sources=(
        "https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/cvpn-working-routes.html",
        "https://github.com/hashicorp/terraform-provider-aws/issues/18080",
    ),
)
def check(rule: Rule, view: View) -> Iterator[Finding | Gap]:
    here = around(view)
    for route in here.routes.items:
        if not isinstance(route.target, ThroughSubnet):
            continue
        for item in here.associations.items:
            subnet = subnet_of(item)
            vpc = vpc_of(subnet) if subnet is not None else None
            if vpc is None or not same(route.target.subnet, item.subnet).is_yes:
                continue
            if not any(_equal(route.destination, cidr) for cidr in _automatic(vpc)):
                doubts = [
                    answer for cidr in _automatic(vpc) if (answer := _may_equal(route.destination, cidr)).is_unsure
                ]
                if doubts:
                    why = f"whether the destination of {route.address} is the CIDR of {vpc.address} is not known"
                    waits = [reference for answer in doubts for reference in answer.waits_for]
                    yield rule.waits(route.destination.evidence or route.evidence, why, waits)
                    break
                continue
            yield rule.finding(
                view,
                route.destination.evidence or route.evidence,
                f"{route.address} repeats the route to {route.destination} that {item.address} adds by itself: AWS refuses it "
                "(InvalidClientVpnDuplicateRoute) and the apply fails.",
                f"Remove {route.address}.",
                related=(Related(item.evidence, "adds the route"), Related(vpc.evidence, "the VPC whose CIDR it is")),
                suggestion=removal(route.address),
            )
            break


def _automatic(vpc: Vpc) -> Iterator[Cidr]:
    """The CIDRs that every association certainly finds there."""
    yield vpc.primary_cidr
    for secondary in vpc.secondary_cidrs.items:
        if secondary.precedes_association and not secondary.follows_association:
            yield secondary.cidr


def _may_equal(one: Cidr, other: Cidr) -> Verdict:
    """Whether two networks that are not certainly one may turn out to be."""
    if isinstance(one, KnownCidr) and isinstance(other, KnownCidr):
        return no()
    return no() if is_default(one) or disjoint(one, other).is_yes else ~disjoint(one, other)


def _equal(one: Cidr, other: Cidr) -> bool:
    match one, other:
        case KnownCidr(), KnownCidr():
            return one.network == other.network
        case UnknownCidr(), UnknownCidr():
            return one.symbol is not None and one.symbol == other.symbol
        case _:
            return False
