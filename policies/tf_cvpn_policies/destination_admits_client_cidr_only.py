"""The DNS server admits the client CIDR, which it never sees.

The security groups of the server admit port 53 from `client_cidr_block`, and not from the associated subnets. The endpoint translates the
source of every packet to an address of its network interface, so nothing ever arrives from the client CIDR.

The rule looks right and admits nobody: queries are dropped at the server and lookups time out.

**Fix**: admit the associated subnets, or the endpoint's security group where both are in one VPC, instead of the client CIDR.

**Cannot see**: rules added outside Terraform.
"""

from __future__ import annotations

from collections.abc import Iterator

from tf_cvpn_lint.reach.trace import ServerGroupFault, ServerSecurityGroup
from tf_cvpn_lint.rules import Finding, Related, Rule, Severity, View, rule, sight
from tf_cvpn_policies._endpoint import sources
from tf_cvpn_policies._terraform import dns_rules
from tf_cvpn_policies._words import besides, outcome, port_53


@rule(
    "CVPN116",
    "destination-admits-client-cidr-only",
    Severity.ERROR,
    sources=(
        "https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/what-is-best-practices.html",
        "https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html",
    ),
)
def check(rule: Rule, view: View) -> Iterator[Finding]:
    endpoint = view.endpoint.endpoint
    for server in view.failing:
        found = sight(server, ServerSecurityGroup)
        hidden = (
            next((step for step in found.steps if step.fault is ServerGroupFault.CLIENT_CIDR_ONLY), None)
            if found
            else None
        )
        if found is None or hidden is None:
            continue
        groups = hidden.groups
        evidence = groups[0].evidence if groups else hidden.evidence[0]
        networks = sources(view, groups[0].address.module) if groups else ()
        told = " and ".join(str(cidr) for cidr, _ in networks) or "the associated subnets"
        yield rule.finding(
            view,
            evidence,
            f"Queries reach {server.server} and are dropped there{found.where}: its security group admits the client CIDR "
            f"{endpoint.client_cidr}, but source NAT makes them come from {told}. {outcome(found.protocols)}.",
            f"Admit {port_53(found.protocols)} from {told} instead of the client CIDR.",
            server=server,
            related=(
                *besides(found, evidence),
                Related(endpoint.client_cidr_evidence, "the client CIDR, which the server never sees"),
            ),
            suggestion=dns_rules(
                groups[0], "ingress", found.protocols, tuple(each for _, each in networks), name="dns from client vpn"
            )
            if groups
            else "",
        )
