"""The DNS server is authorized for some groups only.

The longest authorization network that covers the server names groups, while other rules of the endpoint let in other groups, or everyone.
Shorter networks do not count: the endpoint looks at the longest one alone.

Whoever is in none of its groups connects, reaches the networks that are open to them, and gets no answer to any lookup. It works for the one
who tests it and fails for the rest.

**Fix**: authorize the server's own /32 for everyone, or for every group that another rule lets in.

**Cannot see**: who is in which group.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from tf_cvpn_lint.core.address import Address, ModulePath, Name, Reference
from tf_cvpn_lint.core.value import Known
from tf_cvpn_lint.model.client_vpn import AuthorizationRule, Everyone, OneGroup
from tf_cvpn_lint.reach.trace import ServerKind, TunnelPath
from tf_cvpn_lint.rules import Finding, Related, Rule, Severity, View, rule
from tf_cvpn_policies._endpoint import around, deciding_rules
from tf_cvpn_policies._terraform import attribute_of, authorization, authorization_of_group, in_words, network_of


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
    if not any(isinstance(item.audience, OneGroup) for item in around(view).rules.items):
        return
    for server in view.endpoint.servers:
        if server.path is not TunnelPath.TUNNEL or server.kind is ServerKind.CLIENT_CIDR:
            continue  # no resolver is inside the client CIDR: dns-inside-client-cidr
        deciding = deciding_rules(view, server)
        admitted = _groups(deciding or ())
        if not deciding or not admitted:
            continue
        others = [item for item in around(view).rules.items if _lets_in_more(item, admitted)]
        users = view.network.assumed.groups_of(view.address)
        if not others or (users and users <= {group.id for group in admitted}):
            continue
        everyone = any(isinstance(item.audience, Everyone) for item in others)
        left_out = _distinct(item.audience for item in others if isinstance(item.audience, OneGroup))
        excluded = ", ".join(map(_name, left_out))
        who = "everyone else" if everyone else f"{excluded}, whom other rules let in,"
        network = deciding[0].target_network
        module = endpoint.address.module
        yield rule.finding(
            view,
            endpoint.dns_evidence,
            f"Queries to {server.server} are answered for {', '.join(map(_name, admitted))} only: {deciding[0].address} for {network} is the "
            f"longest match and names no other group. For {who} the endpoint drops them and lookups time out.",
            f"Authorize {in_words(network_of(server))} for "
            f"{'everyone' if everyone else ' and '.join(map(_name, left_out)) + ' as well'}.",
            server=server,
            related=(
                *(Related(item.evidence, "the longest match, which decides alone") for item in deciding),
                *(Related(item.evidence, f"lets others in, for {item.target_network}") for item in others),
            ),
            suggestion=authorization(endpoint, server)
            if everyone
            else "\n\n".join(
                authorization_of_group(endpoint, server, _label(group), written)
                for group in (*left_out, *admitted)
                if (written := _expression(group, module))
            ),
        )


def _groups(rules: tuple[AuthorizationRule, ...]) -> tuple[OneGroup, ...]:
    """The groups that the rules admit; none where they admit everyone, nobody, or somebody of whom nothing is known."""
    found = []
    for item in rules:
        if not isinstance(item.audience, OneGroup) or not (item.audience.id or item.audience.refers_to):
            return ()
        found.append(item.audience)
    return _distinct(found)


def _distinct(groups: Iterable[OneGroup]) -> tuple[OneGroup, ...]:
    return tuple(sorted(dict.fromkeys(groups), key=_name))


def _lets_in_more(item: AuthorizationRule, admitted: tuple[OneGroup, ...]) -> bool:
    match item.audience:
        case Everyone():
            return True
        case OneGroup() as group:
            return all(_are_two(group, other) for other in admitted)
        case _:
            return False


def _are_two(one: OneGroup, other: OneGroup) -> bool:
    """Whether they are certainly not the same group: by their ids, or made by two resources."""
    if one.id is not None and other.id is not None:
        return one.id != other.id
    match one.refers_to, other.refers_to:
        case (Reference(Address() as first, name),), (Reference(Address() as second, other_name),):
            if one.id is not None or other.id is not None or name != other_name:
                return False
            if first.mode != "managed" or second.mode != "managed":
                return False
            # A reference without a key may mean any of the instances.
            return first != second and (first.resource != second.resource or None not in (first.key, second.key))
        case _:
            return False


def _name(group: OneGroup) -> str:
    return group.id if group.id is not None else " or ".join(map(str, group.refers_to))


def _label(group: OneGroup) -> str:
    """What to call the group in the name of a resource."""
    target = group.refers_to[0].target if group.id is None and group.refers_to else None
    if isinstance(target, Address):
        return target.name if target.key is None else f"{target.name} {target.key}"
    return _name(group)


def _expression(group: OneGroup, module: ModulePath) -> str:
    """The group as the module may write it; empty where it has no name there."""
    if group.id is not None:
        return json.dumps(group.id)
    match group.refers_to:
        case (Reference(Address() as target, attribute),):
            return attribute_of(target, attribute, module) if attribute else ""
        case (Reference(Name() as target),):
            return target.text if target.module == module and target.text.startswith("var.") else ""
        case _:
            return ""
