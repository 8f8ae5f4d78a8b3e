"""The DNS server is the Amazon DNS of another VPC.

The Amazon DNS server at base+2 of a VPC answers only inside that VPC. Queries that come through peering, a transit gateway or a VPN get no
answer.

Whatever routes and rules exist, lookups time out. An endpoint that is attached to a transit gateway has no VPC of its own and can use none.

**Fix**: use base+2 of the endpoint's own VPC, or a Route 53 Resolver inbound endpoint in the other one.

**Cannot see**: forwarders in the other VPC.
"""

from __future__ import annotations

from collections.abc import Iterator

from tf_cvpn_lint.reach.trace import Service, ServiceFault
from tf_cvpn_lint.rules import Finding, Related, Rule, Severity, View, rule, sight
from tf_cvpn_policies._own_dns import own_dns


@rule(
    "CVPN119",
    "amazon-dns-of-another-vpc",
    Severity.ERROR,
    sources=(
        "https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html",
        "https://docs.aws.amazon.com/vpc/latest/userguide/AmazonDNS-concepts.html",
    ),
)
def check(rule: Rule, view: View) -> Iterator[Finding]:
    endpoint = view.endpoint.endpoint
    for server in view.failing:
        found = sight(server, Service, lambda step: step.verdict.is_no and step.fault is ServiceFault.OTHER_VPC)
        if found is None or found.step.vpc is None:
            continue
        other = found.step.vpc
        yield rule.finding(
            view,
            endpoint.dns_evidence,
            f"Queries to {server.server} get no answer: it is the Amazon DNS server of {other.address}, which answers only inside that VPC.",
            "Push base+2 of the endpoint's own VPC, or a Route 53 Resolver inbound endpoint in "
            f"{other.address} with a Client VPN route and an authorization rule for it.",
            server=server,
            related=(Related(other.evidence, "the VPC whose resolver it is"),),
            suggestion=own_dns(view),
        )
