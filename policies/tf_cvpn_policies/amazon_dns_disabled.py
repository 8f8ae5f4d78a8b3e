"""The VPC's DNS support is off.

The DNS server is the VPC's own Amazon DNS at base+2, and the VPC has `enable_dns_support = false`.

The resolver does not answer in such a VPC: every lookup times out.

**Fix**: set `enable_dns_support = true` (it is the default).

**Cannot see**: changes made outside Terraform.
"""

from __future__ import annotations

from collections.abc import Iterator

from tf_cvpn_lint.reach.trace import Service, ServiceFault
from tf_cvpn_lint.rules import Finding, Related, Rule, Severity, View, rule, sight
from tf_cvpn_policies._terraform import within


@rule(
    "CVPN121",
    "amazon-dns-disabled",
    Severity.ERROR,
    sources=("https://docs.aws.amazon.com/vpc/latest/userguide/AmazonDNS-concepts.html",),
)
def check(rule: Rule, view: View) -> Iterator[Finding]:
    for server in view.failing:
        found = sight(server, Service, lambda step: step.verdict.is_no and step.fault is ServiceFault.DNS_SUPPORT_OFF)
        if found is None or found.step.vpc is None:
            continue
        vpc = found.step.vpc
        yield rule.finding(
            view,
            vpc.dns_support_evidence or vpc.evidence,
            f"Queries to {server.server} get no answer: it is the Amazon DNS server of {vpc.address}, where enable_dns_support is false.",
            f"Set enable_dns_support = true in {vpc.address}.",
            server=server,
            related=(Related(view.endpoint.endpoint.dns_evidence, "pushed to clients here"),),
            suggestion=within(vpc.address, "enable_dns_support = true") if vpc.is_managed else "",
        )
