"""The endpoint's security groups let no DNS out.

Queries leave the tunnel through network interfaces in the associated subnets. The security groups of these interfaces must let port 53 out
to the server, over udp and over tcp. The groups are those of `security_group_ids`, else the VPC's default group.

Without udp every lookup times out; without tcp alone (a warning) only answers too large for udp fail, which looks like a fault of single
names. A security group that Terraform makes has no egress rule at all unless one is written, and a default group that it adopts loses all
of its rules.

**Fix**: let udp and tcp 53 out to the server. Queries to the VPC's own Amazon DNS are never filtered.

**Cannot see**: rules added outside Terraform.
"""

from __future__ import annotations

from collections.abc import Iterator

from tf_cvpn_lint.reach.trace import EndpointSecurityGroup
from tf_cvpn_lint.rules import Finding, Related, Rule, Severity, View, rule, sight
from tf_cvpn_policies._terraform import dns_rules, in_words, network_of
from tf_cvpn_policies._words import outcome, port_53


@rule(
    "CVPN107",
    "endpoint-security-group-blocks-dns",
    Severity.ERROR,
    sources=(
        "https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/client-authorization.html",
        "https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html",
        "https://github.com/hashicorp/terraform-provider-aws/blob/main/website/docs/r/security_group.html.markdown",
    ),
)
def check(rule: Rule, view: View) -> Iterator[Finding]:
    endpoint = view.endpoint.endpoint
    dropped = [
        (server, found) for server in view.failing if (found := sight(server, EndpointSecurityGroup)) is not None
    ]
    for server, found in dropped:
        groups = found.step.groups
        implied = "; it applies because security_group_ids is unset" if found.step.is_implied_default else ""
        # One suggestion for all the servers that this group drops.
        alike = [other for other, seen in dropped if seen.step.groups == groups and seen.protocols == found.protocols]
        networks = tuple(dict.fromkeys(map(network_of, alike)))
        yield rule.finding(
            view,
            found.step.evidence[0],
            f"Queries to {server.server} are dropped at the endpoint's network interfaces{found.where}: {found.step.says}{implied}. "
            f"{outcome(found.protocols)}.",
            f"Let {port_53(found.protocols)} out to {' and '.join(map(in_words, networks))} in "
            f"{groups[0].in_words if groups else 'a security group of the endpoint'}.",
            server=server,
            severity=Severity.WARNING if found.only_tcp else Severity.ERROR,
            related=(
                Related(endpoint.security_groups_evidence or endpoint.evidence, "the endpoint's security groups"),
                *found.others,
            ),
            suggestion=dns_rules(groups[0], "egress", found.protocols, networks, name="dns to servers")
            if groups
            else "",
        )
