"""The resolver endpoint does not speak plain DNS.

The DNS server is a Route 53 Resolver inbound endpoint whose `protocols` hold DNS over HTTPS only. Client VPN pushes plain server addresses,
and devices ask them over udp and tcp port 53 (Do53).

The endpoint does not listen there: lookups time out.

**Fix**: add `Do53` to `protocols`; it is the default where `protocols` is unset.

**Cannot see**: changes made outside Terraform.
"""

from __future__ import annotations

from collections.abc import Iterator

from tf_cvpn_lint.core.value import Known
from tf_cvpn_lint.reach.trace import Service, ServiceFault
from tf_cvpn_lint.rules import Finding, Related, Rule, Severity, View, rule, sight
from tf_cvpn_policies._terraform import within


@rule(
    "CVPN126",
    "resolver-without-do53",
    Severity.ERROR,
    sources=(
        "https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-forwarding-inbound-queries-values.html",
        "https://docs.aws.amazon.com/Route53/latest/APIReference/API_route53resolver_CreateResolverEndpoint.html",
    ),
)
def check(rule: Rule, view: View) -> Iterator[Finding]:
    for server in view.failing:
        found = sight(server, Service, lambda step: step.verdict.is_no and step.fault is ServiceFault.NOT_DO53)
        host = found.step.host if found is not None else None
        if host is None:
            continue
        spoken = sorted(host.protocols.value) if isinstance(host.protocols, Known) else []
        listed = ", ".join(f'"{protocol}"' for protocol in ["Do53", *spoken])
        yield rule.finding(
            view,
            host.protocols_evidence or host.evidence,
            f"Queries to {server.server} get no answer: {host.address} speaks {' and '.join(spoken)} only, and clients ask over plain DNS "
            "(Do53).",
            f"Add Do53 to the protocols of {host.address}.",
            server=server,
            related=(Related(view.endpoint.endpoint.dns_evidence, "pushed to clients here"),),
            suggestion=within(host.address, f"protocols = [{listed}]"),
        )
