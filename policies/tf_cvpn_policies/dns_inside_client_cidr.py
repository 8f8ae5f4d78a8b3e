"""The DNS server is inside the client CIDR.

The addresses of `client_cidr_block` are given to clients as they connect. No resolver of the VPC can have one.

Without client-to-client traffic (a `local` route and an authorization rule for the client CIDR) queries are dropped. With it they reach
whichever client got that address.

**Fix**: use the address of a resolver in the VPC, for example base+2 of its CIDR.

**Cannot see**: a client that really runs a resolver; its address changes at every connection.
"""

from __future__ import annotations

from collections.abc import Iterator

from tf_cvpn_lint.reach.trace import Service, ServiceFault
from tf_cvpn_lint.rules import Finding, Related, Rule, Severity, View, rule, sight
from tf_cvpn_policies._own_dns import own_dns

_INSIDE = (ServiceFault.CLIENT_CIDR, ServiceFault.CLIENT_TO_CLIENT)


@rule(
    "CVPN124",
    "dns-inside-client-cidr",
    Severity.ERROR,
    sources=("https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/scenario-client-to-client.html",),
)
def check(rule: Rule, view: View) -> Iterator[Finding]:
    endpoint = view.endpoint.endpoint
    for server in view.failing:
        found = sight(server, Service, lambda step: step.fault in _INSIDE)
        if found is None:
            continue
        dead = found.step.verdict.is_no
        outcome = "nothing answers there" if dead else "only another client could answer there, and its address changes"
        yield rule.finding(
            view,
            endpoint.dns_evidence,
            f"Queries to {server.server} go to the client CIDR {endpoint.client_cidr}, whose addresses belong to connected clients: {outcome}.",
            "Use the address of a resolver in the VPC, for example base+2 of its CIDR.",
            server=server,
            severity=Severity.ERROR if dead else Severity.WARNING,
            related=(Related(endpoint.client_cidr_evidence, "the client CIDR"),),
            suggestion=own_dns(view),
        )
