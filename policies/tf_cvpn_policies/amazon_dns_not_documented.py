"""Base+2 of a secondary CIDR or of a subnet is used as DNS server.

AWS documents its resolver at base+2 of the VPC's primary CIDR. The same offset in a secondary CIDR or in a subnet is reserved by AWS, and not
documented to answer.

Lookups may time out, or work today and not tomorrow.

**Fix**: use base+2 of the primary CIDR.

**Cannot see**: what AWS really does at that address.
"""

from __future__ import annotations

from collections.abc import Iterator

from tf_cvpn_lint.reach.trace import Service, ServiceFault
from tf_cvpn_lint.rules import Certainty, Finding, Related, Rule, Severity, View, rule, sight
from tf_cvpn_policies._own_dns import own_dns


@rule(
    "CVPN122",
    "amazon-dns-not-documented",
    Severity.WARNING,
    sources=(
        "https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html",
        "https://docs.aws.amazon.com/vpc/latest/userguide/AmazonDNS-concepts.html",
    ),
)
def check(rule: Rule, view: View) -> Iterator[Finding]:
    endpoint = view.endpoint.endpoint
    for server in view.failing:
        found = sight(server, Service, lambda step: step.fault is ServiceFault.UNDOCUMENTED)
        if found is None or found.step.vpc is None:
            continue
        vpc = found.step.vpc
        yield rule.finding(
            view,
            endpoint.dns_evidence,
            f"{found.step.says}: queries to it likely get no answer.",
            f"Use base+2 of the primary CIDR of {vpc.address} ({vpc.primary_cidr}).",
            server=server,
            certainty=Certainty.LIKELY,
            related=(Related(vpc.evidence, "the VPC"),),
            suggestion=own_dns(view),
        )
