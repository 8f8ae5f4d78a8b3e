"""The DNS server is authorized for some groups only.

The longest authorization network that covers the server names groups, while other rules of the endpoint let in other groups, or everyone.
Shorter networks do not count: the endpoint looks at the longest one alone.

Whoever is in none of its groups connects, reaches the networks that are open to them, and gets no answer to any lookup. It works for the one
who tests it and fails for the rest.

**Fix**: authorize the server's own /32 for everyone, or for every group that another rule lets in.

**Cannot see**: who is in which group.
"""

from __future__ import annotations

from collections.abc import Iterator

from tf_cvpn_lint.core.value import Known
from tf_cvpn_lint.model.client_vpn import AuthorizationRule, Everyone, OneGroup
from tf_cvpn_lint.reach.trace import TunnelPath
from tf_cvpn_lint.rules import Finding, Related, Rule, Severity, View, rule
from tf_cvpn_policies._endpoint import around, deciding_rules
from tf_cvpn_policies._terraform import authorization, authorization_of_group, network_of


@rule(
    "CVPN103",
    "dns-authorized-for-groups-only",
    Severity.WARNING,
    sources=(
        "https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/cvpn-working-rules.html",
        "https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/ad-group-auth-rules.html",
    ),
)
def check(rule: Rule, view: View) -> Iterator[Finding]:
    endpoint = view.endpoint.endpoint
    if endpoint.authenticates_groups == Known(False):
        return  # nobody is in any group: CVPN313
    for server in view.endpoint.servers:
        if server.path is not TunnelPath.TUNNEL:
            continue
        deciding = deciding_rules(view, server)
        admitted = _groups(deciding or ())
        if not deciding or admitted is None:
            continue
        others = [item for item in around(view).rules.items if _lets_in_more(item, admitted)]
        users = view.network.assumed.groups_of(view.address)
        if not others or (users and users <= admitted):
            continue
        everyone = any(isinstance(item.audience, Everyone) for item in others)
        left_out = sorted(
            {item.audience.id for item in others if isinstance(item.audience, OneGroup) and item.audience.id}
        )
        who = "everyone else" if everyone else f"{', '.join(left_out)}, whom other rules let in,"
        network = deciding[0].target_network
        yield rule.finding(
            view,
            endpoint.dns_evidence,
            f"Queries to {server.server} are answered for {', '.join(sorted(admitted))} only: {deciding[0].address} for {network} is the "
            f"longest match and names no other group. For {who} the endpoint drops them and lookups time out.",
            f"Authorize {network_of(server)} for {'everyone' if everyone else ' and '.join(left_out) + ' as well'}.",
            server=server,
            related=(
                *(Related(item.evidence, "the longest match, which decides alone") for item in deciding),
                *(Related(item.evidence, f"lets others in, for {item.target_network}") for item in others),
            ),
            suggestion=authorization(endpoint, server)
            if everyone
            else "\n\n".join(
                authorization_of_group(endpoint, server, group) for group in [*left_out, *sorted(admitted)]
            ),
        )


def _groups(rules: tuple[AuthorizationRule, ...]) -> frozenset[str] | None:
    """The groups that the rules admit; None where they admit everyone, nobody, or somebody who is not known."""
    found = set()
    for item in rules:
        if not isinstance(item.audience, OneGroup) or item.audience.id is None:
            return None
        found.add(item.audience.id)
    return frozenset(found) or None


def _lets_in_more(item: AuthorizationRule, admitted: frozenset[str]) -> bool:
    match item.audience:
        case Everyone():
            return True
        case OneGroup(str() as id_):
            return id_ not in admitted
        case _:
            return False
