"""No authorization rule covers the DNS server.

The query enters the tunnel, but an endpoint denies whatever no authorization rule allows, and none of its rules covers the server.

The endpoint drops the query without a word; lookups time out. Often only the application subnets are authorized, and the VPC's resolver at
base+2 lies in none of them.

**Fix**: authorize the network of the server, or its own /32.

**Cannot see**: rules made by scripts (`aws ec2 authorize-client-vpn-ingress`) or kept in another configuration.
"""

from __future__ import annotations

from collections.abc import Iterator

from tf_cvpn_lint.reach.trace import Authorization
from tf_cvpn_lint.rules import Finding, Related, Rule, Severity, View, rule, sight
from tf_cvpn_policies._terraform import authorization, in_words, network_of


@rule(
    "CVPN102",
    "dns-not-authorized",
    Severity.ERROR,
    sources=("https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/cvpn-working-rules.html",),
)
def check(rule: Rule, view: View) -> Iterator[Finding]:
    endpoint = view.endpoint.endpoint
    for server in view.failing:
        found = sight(server, Authorization, lambda step: step.verdict.is_no and not step.winners)
        if found is None:
            continue
        rules = [item for item in found.step.passed_over if item.evidence is not None]
        others = (
            f" ({', '.join(item.what for item in rules[:3])} {'do' if len(rules) > 1 else 'does'} not)" if rules else ""
        )
        yield rule.finding(
            view,
            endpoint.dns_evidence,
            f"Queries to {server.server} enter the tunnel, but no authorization rule covers it{others}: the endpoint drops them "
            "and lookups time out.",
            f"Authorize {in_words(network_of(server))}, or the network it lies in.",
            server=server,
            related=tuple(
                Related(item.evidence, "covers another network") for item in rules if item.evidence is not None
            ),
            suggestion=authorization(endpoint, server),
        )
