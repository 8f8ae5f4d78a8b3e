"""A link-local address of Amazon DNS is pushed to clients.

169.254.169.253 and fd00:ec2::253 answer instances inside a VPC. On a user's device the same addresses are link-local to the user's own
network.

Without a /32 route in split tunnel the query stays on the user's LAN. With one, or in full tunnel, AWS does not document an answer.

**Fix**: push base+2 of the VPC's primary CIDR: the same resolver, at an address that can be routed.

**Cannot see**: whether AWS answers where a route and an authorization rule exist.
"""

from __future__ import annotations

from collections.abc import Iterator

from tf_cvpn_lint.reach.trace import Service, ServiceFault
from tf_cvpn_lint.rules import Certainty, Finding, Rule, Severity, View, rule, sight
from tf_cvpn_policies._own_dns import own_dns


@rule(
    "CVPN120",
    "amazon-dns-link-local",
    Severity.ERROR,
    sources=(
        "https://docs.aws.amazon.com/vpc/latest/userguide/AmazonDNS-concepts.html",
        "https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Route_Tables.html",
    ),
)
def check(rule: Rule, view: View) -> Iterator[Finding]:
    endpoint = view.endpoint.endpoint
    for server in view.failing:
        found = sight(server, Service, lambda step: step.fault is ServiceFault.LINK_LOCAL)
        if found is None:
            continue
        certain = found.step.verdict.is_no
        outcome = (
            "no Client VPN route takes it into the tunnel, so the query stays on the user's own network and times out"
            if certain
            else "AWS documents it for instances inside a VPC only, so it likely does not answer VPN clients"
        )
        yield rule.finding(
            view,
            endpoint.dns_evidence,
            f"{server.server} is a link-local address: {outcome}.",
            "Push base+2 of the VPC's primary CIDR instead: the same resolver, at an address that can be routed.",
            server=server,
            severity=Severity.ERROR if certain else Severity.WARNING,
            certainty=Certainty.CERTAIN if certain else Certainty.LIKELY,
            suggestion=own_dns(view),
        )
