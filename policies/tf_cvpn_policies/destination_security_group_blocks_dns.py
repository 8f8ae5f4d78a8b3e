"""The DNS server's security groups do not admit the queries.

Queries come from the endpoint's network interfaces: their source is an address of an associated subnet, and their security groups are those
of the endpoint. The groups of the server must admit port 53, over udp and over tcp, from that network or from those groups.

The packet arrives in the server's subnet and is dropped there; lookups time out. Without tcp alone only answers too large for udp fail.

**Fix**: admit udp and tcp 53 from the associated subnets, or from the endpoint's security group where both are in one VPC.

**Cannot see**: rules added outside Terraform.
"""

from __future__ import annotations

from collections.abc import Iterator

from tf_cvpn_lint.reach.trace import ServerGroupFault, ServerSecurityGroup
from tf_cvpn_lint.rules import Finding, Rule, Severity, View, rule, sight
from tf_cvpn_policies._endpoint import sources
from tf_cvpn_policies._terraform import dns_rules
from tf_cvpn_policies._words import besides, outcome, port_53


@rule(
    "CVPN115",
    "destination-security-group-blocks-dns",
    Severity.ERROR,
    sources=(
        "https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-forwarding-inbound-queries-values.html",
        "https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html",
    ),
)
def check(rule: Rule, view: View) -> Iterator[Finding]:
    for server in view.failing:
        found = sight(server, ServerSecurityGroup)
        if found is None or any(step.fault is ServerGroupFault.CLIENT_CIDR_ONLY for step in found.steps):
            continue  # CVPN116
        groups = found.step.groups
        evidence = groups[0].evidence if groups else found.step.evidence[0]
        host = found.step.host
        is_bare = host is not None and host.uses_vpc_default_group
        if is_bare and host is not None and groups and groups[0].in_words != str(groups[0].address):
            evidence = host.evidence  # the group that AWS made with the VPC is written nowhere
        networks = sources(view, groups[0].address.module) if groups else ()
        told = " and ".join(str(cidr) for cidr, _ in networks) or "the associated subnets"
        yield rule.finding(
            view,
            evidence,
            f"Queries reach {server.server} and are dropped there{found.where}: {found.step.says}. {outcome(found.protocols)}.",
            f"Admit {port_53(found.protocols)} from {told} in {groups[0].in_words if groups else 'a security group of the server'}"
            f"{f', or give {host.address} a security group that does' if is_bare and host is not None else ''}.",
            server=server,
            related=besides(found, evidence),
            suggestion=dns_rules(
                groups[0], "ingress", found.protocols, tuple(each for _, each in networks), name="dns from client vpn"
            )
            if groups
            else "",
        )
