"""The DNS server is a delegation endpoint of Route 53 Resolver.

An endpoint of direction INBOUND_DELEGATION answers name servers that follow an NS record to it. AWS does not document that it answers the
recursive queries that devices send.

Likely nothing resolves, or only the names of the delegated zones.

**Fix**: push the addresses of an endpoint of direction INBOUND.

**Cannot see**: how the endpoint treats such queries; the finding is *likely*.
"""

from __future__ import annotations

from collections.abc import Iterator

from tf_cvpn_lint.reach.trace import Service, ServiceFault
from tf_cvpn_lint.rules import Certainty, Finding, Related, Rule, Severity, View, rule, sight
from tf_cvpn_policies._terraform import within


@rule(
    "CVPN127",
    "delegation-resolver-as-dns",
    Severity.WARNING,
    sources=(
        "https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-forwarding-inbound-queries-values.html",
    ),
)
def check(rule: Rule, view: View) -> Iterator[Finding]:
    for server in view.failing:
        found = sight(server, Service, lambda step: step.fault is ServiceFault.DELEGATION)
        host = found.step.host if found is not None else None
        if host is None:
            continue
        yield rule.finding(
            view,
            host.direction_evidence or host.evidence,
            f"Queries to {server.server} are likely not answered: {host.address} is an INBOUND_DELEGATION endpoint, which serves name servers "
            "that follow a delegation and not the recursive queries of clients.",
            'Push the addresses of an endpoint of direction "INBOUND".',
            server=server,
            certainty=Certainty.LIKELY,
            related=(Related(view.endpoint.endpoint.dns_evidence, "pushed to clients here"),),
            suggestion=within(host.address, 'direction = "INBOUND"'),
        )
