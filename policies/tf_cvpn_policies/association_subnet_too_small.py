"""The associated subnet is too small.

A target network needs a CIDR of at least /27 and 20 free addresses, and this subnet is smaller.

The association fails at the apply.

**Fix**: associate a subnet of /27 or larger.

**Cannot see**: how many addresses are free.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network

from tf_cvpn_lint.core.evidence import Gap
from tf_cvpn_lint.model.cidr import KnownCidr, contains, disjoint
from tf_cvpn_lint.model.vpc import Subnet
from tf_cvpn_lint.reach.links import leads_to, vpc_of
from tf_cvpn_lint.rules import Finding, Related, Rule, Severity, View, rule
from tf_cvpn_policies._endpoint import in_order, subnet_of
from tf_cvpn_policies._terraform import within

SMALLEST = 27
"""Source: https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/what-is-best-practices.html"""


@rule(
    "CVPN307",
    "association-subnet-too-small",
    Severity.ERROR,
    sources=("https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/what-is-best-practices.html",),
)
def check(rule: Rule, view: View) -> Iterator[Finding | Gap]:
    told: set[Subnet] = set()
    for item in in_order(view.endpoint.associations):
        subnet = subnet_of(item)
        if subnet is None or subnet in told:
            continue
        if not isinstance(subnet.cidr, KnownCidr):
            told.add(subnet)
            why = f"the CIDR of {subnet.address} is not known"
            yield rule.waits(subnet.cidr_evidence or subnet.evidence, why, subnet.cidr.refers_to)
            continue
        if subnet.cidr.network.version == 6 or subnet.cidr.network.prefixlen <= SMALLEST:
            continue
        told.add(subnet)
        larger = _larger(view, subnet)
        yield rule.finding(
            view,
            subnet.cidr_evidence or subnet.evidence,
            f"{subnet.address} ({subnet.cidr}) is smaller than a /{SMALLEST}, which {item.address} needs: the apply fails.",
            f"Associate a subnet of /{SMALLEST} or larger.",
            related=(Related(item.evidence, "associates it"),),
            suggestion=within(subnet.address, f'cidr_block = "{larger}"') if larger is not None else "",
        )


def _larger(view: View, subnet: Subnet) -> IPv4Network | None:
    """The /27 around the subnet, where the VPC has it and no other subnet is in it."""
    vpc = vpc_of(subnet)
    if vpc is None or not subnet.is_managed or not isinstance(subnet.cidr, KnownCidr):
        return None
    if not isinstance(subnet.cidr.network, IPv4Network):
        return None
    wider = KnownCidr(subnet.cidr.network.supernet(new_prefix=SMALLEST))
    others = [each for each in view.network.subnets if each is not subnet and not leads_to(each.vpc, vpc).is_no]
    inside = any(contains(cidr, wider).is_yes for cidr in vpc.cidrs.items)
    if not inside or not all(disjoint(wider, each.cidr).is_yes for each in others):
        return None
    return subnet.cidr.network.supernet(new_prefix=SMALLEST)
