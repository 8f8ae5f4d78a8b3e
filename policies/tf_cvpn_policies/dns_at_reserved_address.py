"""The DNS server is an address that AWS reserves in the subnet.

The network address, the router at +1, the address at +3 and the last address of every subnet belong to AWS.

No resolver can be there, so every query to it times out.

**Fix**: use the address of a real resolver, or base+2 of the VPC's primary CIDR.

**Cannot see**: subnets that are not in this configuration.
"""

from __future__ import annotations

from collections.abc import Iterator

from tf_cvpn_lint.reach.trace import Service, ServiceFault
from tf_cvpn_lint.rules import Finding, Related, Rule, Severity, View, rule, sight
from tf_cvpn_policies._endpoint import vpcs_of
from tf_cvpn_policies._own_dns import own_dns


@rule(
    "CVPN123",
    "dns-at-reserved-address",
    Severity.ERROR,
    sources=("https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html",),
)
def check(rule: Rule, view: View) -> Iterator[Finding]:
    endpoint = view.endpoint.endpoint
    for server in view.failing:
        found = sight(server, Service, lambda step: step.verdict.is_no and step.fault is ServiceFault.RESERVED)
        if found is None:
            continue
        vpc, homes = found.step.vpc, vpcs_of(view)
        yield rule.finding(
            view,
            endpoint.dns_evidence,
            f"Queries to {server.server} get no answer: {found.step.says}. No resolver can be there.",
            "Use the address of a real resolver"
            + (
                f", or base+2 of the VPC's primary CIDR ({homes[0].primary_cidr} in {homes[0].address})."
                if homes
                else "."
            ),
            server=server,
            related=(Related(vpc.evidence, "the VPC"),) if vpc is not None else (),
            suggestion=own_dns(view),
        )
