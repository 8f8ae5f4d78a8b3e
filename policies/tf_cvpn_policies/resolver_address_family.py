"""The resolver endpoint is of the other address family.

The DNS server is an IPv4 address of a Route 53 Resolver endpoint of type IPV6, or an IPv6 address of one of type IPV4.

An endpoint has addresses of its own family only: nothing answers at the one that is pushed, or the apply fails.

**Fix**: set `resolver_endpoint_type` to the family of the servers, or to DUALSTACK.

**Cannot see**: changes made outside Terraform.
"""

from __future__ import annotations

from collections.abc import Iterator

from tf_cvpn_lint.core.value import Known
from tf_cvpn_lint.model.cidr import KnownAddress
from tf_cvpn_lint.reach.trace import Service, ServiceFault
from tf_cvpn_lint.rules import Finding, Related, Rule, Severity, View, rule, sight
from tf_cvpn_policies._terraform import within


@rule(
    "CVPN128",
    "resolver-address-family",
    Severity.ERROR,
    sources=(
        "https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-forwarding-inbound-queries-values.html",
        "https://docs.aws.amazon.com/Route53/latest/APIReference/API_route53resolver_CreateResolverEndpoint.html",
    ),
)
def check(rule: Rule, view: View) -> Iterator[Finding]:
    for server in view.failing:
        found = sight(server, Service, lambda step: step.verdict.is_no and step.fault is ServiceFault.ADDRESS_FAMILY)
        host = found.step.host if found is not None else None
        if host is None:
            continue
        family = host.address_family.value if isinstance(host.address_family, Known) else "another type"
        address = server.traces[0].flow.destination
        version = address.ip.version if isinstance(address, KnownAddress) else 4
        wanted = "IPV4" if version == 4 else "DUALSTACK"
        yield rule.finding(
            view,
            host.address_family_evidence or host.evidence,
            f"Queries to {server.server} get no answer: it is an IPv{version} address, and {host.address} is an {family} endpoint.",
            f"Set resolver_endpoint_type of {host.address} to {wanted}, or push addresses of its own family.",
            server=server,
            related=(Related(view.endpoint.endpoint.dns_evidence, "pushed to clients here"),),
            suggestion=within(host.address, f'resolver_endpoint_type = "{wanted}"'),
        )
