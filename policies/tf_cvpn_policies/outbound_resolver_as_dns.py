"""An outbound resolver endpoint is used as DNS server.

An outbound Route 53 Resolver endpoint sends queries from a VPC to other networks. It does not take any.

Queries to its addresses time out.

**Fix**: make an inbound endpoint (`direction = "INBOUND"`) and push its addresses.

**Cannot see**: endpoints of other configurations.
"""

from __future__ import annotations

from collections.abc import Iterator

from tf_cvpn_lint.reach.trace import Service, ServiceFault
from tf_cvpn_lint.rules import Finding, Related, Rule, Severity, View, rule, sight
from tf_cvpn_policies._own_dns import own_dns


@rule(
    "CVPN125",
    "outbound-resolver-as-dns",
    Severity.ERROR,
    sources=("https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-choose-vpc.html",),
)
def check(rule: Rule, view: View) -> Iterator[Finding]:
    endpoint = view.endpoint.endpoint
    for server in view.failing:
        found = sight(server, Service, lambda step: step.verdict.is_no and step.fault is ServiceFault.OUTBOUND)
        if found is None or found.step.host is None:
            continue
        host = found.step.host
        yield rule.finding(
            view,
            endpoint.dns_evidence,
            f"Queries to {server.server} get no answer: it belongs to {host.address}, an outbound endpoint, which takes no queries.",
            'Push the addresses of an inbound endpoint (direction = "INBOUND").',
            server=server,
            related=(Related(host.evidence, "the outbound endpoint"),),
            suggestion=own_dns(view),
        )
