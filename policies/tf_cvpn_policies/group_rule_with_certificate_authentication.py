"""A group is named where certificates carry none.

Clients authenticate with certificates alone, and the authorization rule that decides about the DNS server names a group. Only Active Directory
and SAML tell which groups a user is in.

Nobody is in the group, so queries are dropped at the endpoint and lookups time out.

**Fix**: set `authorize_all_groups = true` in place of `access_group_id`, or add an authentication by directory or SAML.

**Cannot see**: whether an authentication option is added elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator

from tf_cvpn_lint.core.value import Known
from tf_cvpn_lint.model.client_vpn import OneGroup
from tf_cvpn_lint.reach.trace import ServerKind, TunnelPath
from tf_cvpn_lint.rules import Finding, Related, Rule, Severity, View, rule
from tf_cvpn_policies._endpoint import around, deciding_rules
from tf_cvpn_policies._terraform import within


@rule(
    "CVPN313",
    "group-rule-with-certificate-authentication",
    Severity.WARNING,
    sources=(
        "https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/scenario-restrict.html",
        "https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/client-authorization.html",
    ),
)
def check(rule: Rule, view: View) -> Iterator[Finding]:
    endpoint = view.endpoint.endpoint
    if endpoint.authenticates_groups != Known(False):
        return
    if not any(isinstance(item.audience, OneGroup) for item in around(view).rules.items):
        return
    for server in view.endpoint.servers:
        if server.path is not TunnelPath.TUNNEL or server.kind is ServerKind.CLIENT_CIDR:
            continue
        deciding = deciding_rules(view, server)
        if not deciding:
            continue
        first, *more = deciding
        if not all(isinstance(item.audience, OneGroup) for item in deciding):
            continue
        group = first.audience.id if isinstance(first.audience, OneGroup) and first.audience.id else "a group"
        yield rule.finding(
            view,
            first.audience_evidence or first.evidence,
            f"Queries to {server.server} are dropped: {first.address} admits {group} only, and clients authenticate with certificates, which "
            "carry no groups. Lookups time out.",
            "Set authorize_all_groups = true in place of access_group_id.",
            server=server,
            related=(
                *(Related(item.evidence, "admits a group for the same network") for item in more),
                Related(endpoint.dns_evidence, "pushed to clients here"),
            ),
            suggestion=within(first.address, "authorize_all_groups = true"),
        )
