"""One private and one public DNS server.

Clients ask the second server only when the first is unreachable, never after it has answered SERVFAIL or NXDOMAIN; some systems ask both at
once or choose freely.

Private names resolve or not, by chance: flapping that looks like a fault of the application.

**Fix**: use two private resolvers that also resolve public names.

**Cannot see**: in which order a client asks.
"""

from __future__ import annotations

from collections.abc import Iterator

from tf_cvpn_lint.reach.trace import ServerKind, ServerReach
from tf_cvpn_lint.rules import Finding, Rule, Severity, View, rule
from tf_cvpn_policies._own_dns import own_dns
from tf_cvpn_policies._terraform import within

_NEITHER = (ServerKind.UNKNOWN, ServerKind.INVALID)
_NOT_TO_KEEP = (
    ServerKind.AMAZON_LINK_LOCAL,
    ServerKind.AMAZON_OF_ANOTHER_VPC,
    ServerKind.RESOLVER_OUTBOUND,
    ServerKind.RESERVED,
    ServerKind.CLIENT_CIDR,
)
"""Private, but nobody's resolver: a rule of its own says so."""


@rule(
    "CVPN204",
    "mixed-private-and-public-dns",
    Severity.WARNING,
    sources=("https://repost.aws/knowledge-center/client-vpn-how-dns-works-with-endpoint",),
)
def check(rule: Rule, view: View) -> Iterator[Finding]:
    endpoint = view.endpoint.endpoint
    public = [server for server in view.endpoint.servers if server.kind is ServerKind.PUBLIC]
    private = [
        server
        for server in view.endpoint.servers
        if server.kind is not ServerKind.PUBLIC and server.kind not in _NEITHER
    ]
    if not public or not private:
        return
    yield rule.finding(
        view,
        endpoint.dns_evidence,
        f"{private[0].server} is private and {public[0].server} is public: a client that asks the public one gets no private names, and one "
        "that got an answer from either does not ask the other.",
        "Push private resolvers alone; they resolve public names as well.",
        suggestion=_private_alone(view, private),
    )


def _private_alone(view: View, private: list[ServerReach]) -> str:
    """The private servers that may stay, as they are; base+2 by the VPC's name, and where none may stay."""
    kept = [server for server in private if server.kind not in _NOT_TO_KEEP]
    if not kept or any(server.kind is ServerKind.AMAZON_PROVIDED for server in kept):
        return own_dns(view)
    texts = [f'"{server.server.text}"' for server in kept if server.server.text is not None]
    return within(view.address, f"dns_servers = [{', '.join(texts)}]") if len(texts) == len(kept) else ""
