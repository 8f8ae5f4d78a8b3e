"""A network ACL drops queries or their answers.

A network ACL is stateless: that of the associated subnet must let port 53 out to the server and the answers back in to the ephemeral ports
1024-65535; that of the server's subnet the inverse. The lowest rule number that matches decides, and what no rule matches is denied.

Often the way back is forgotten, or opened for tcp alone: queries arrive, answers are dropped, and lookups time out.

**Fix**: allow udp and tcp 53 one way and 1024-65535 the other, on both sides. ACLs do not see traffic within one subnet, nor queries to the
VPC's own Amazon DNS.

**Cannot see**: ACLs of other configurations.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from tf_cvpn_lint.model.cidr import AddressIn, HostAddress
from tf_cvpn_lint.model.filters import Direction, NetworkAcl, PortRange
from tf_cvpn_lint.reach.filters import DNS, EPHEMERAL, acl_allows
from tf_cvpn_lint.reach.judge import PROTOCOLS
from tf_cvpn_lint.reach.trace import Acl, AclSide, ServerReach
from tf_cvpn_lint.rules import Finding, Rule, Severity, Sighting, View, rule, sight
from tf_cvpn_policies._endpoint import sources
from tf_cvpn_policies._terraform import acl_rules, network_of
from tf_cvpn_policies._words import outcome


@rule(
    "CVPN108",
    "network-acl-blocks-dns",
    Severity.ERROR,
    sources=("https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html",),
)
def check(rule: Rule, view: View) -> Iterator[Finding]:
    for server in view.endpoint.servers:
        for acl, found in _closed(server):
            step = found.step
            yield rule.finding(
                view,
                step.evidence[0],
                f"Queries to {server.server} or their answers are dropped at the {step.side.value}{found.where}: {step.says}. "
                f"{outcome(found.protocols)}.",
                f"In {acl.address} allow {_both_ways(found)}.",
                server=server,
                related=found.others,
                suggestion=_allow(view, acl, step.side),
            )


def _closed(server: ServerReach) -> Iterator[tuple[NetworkAcl, Sighting[Acl]]]:
    """The ACLs that drop something, in the order traffic meets them."""
    drops = [step for trace in server.traces for step in trace.steps if isinstance(step, Acl) and step.verdict.is_no]
    for acl in dict.fromkeys(step.acl for step in drops if step.acl is not None):
        found = sight(server, Acl, partial(_drops_at, acl))
        if found is not None:
            yield acl, found


def _both_ways(found: Sighting[Acl]) -> str:
    """`udp 53 out and udp 1024-65535 in`."""
    there, back = ("out", "in") if found.step.side is AclSide.CLIENT else ("in", "out")
    spoken = " and ".join(found.protocols)
    return f"{spoken} 53 {there} and {spoken} {EPHEMERAL.first}-{EPHEMERAL.last} {back}"


def _drops_at(acl: NetworkAcl, step: Acl) -> bool:
    return step.verdict.is_no and step.acl is acl


def _allow(view: View, acl: NetworkAcl, side: AclSide) -> str:
    """Entries for all that is denied to any of the servers: towards them on the clients' side, towards where queries come from on theirs.

    The same for each of the servers, so that the numbers are free.
    """
    client = side is AclSide.CLIENT
    asks: Direction = "egress" if client else "ingress"
    answers: Direction = "ingress" if client else "egress"
    denied: dict[tuple[Direction, str, PortRange, str], None] = {}
    for server in view.endpoint.servers:
        found = sight(server, Acl, partial(_drops_at, acl))
        if found is None:
            continue
        others: dict[HostAddress, str] = {}
        if client:
            others = {trace.flow.destination: network_of(server) for trace in server.traces[:1]}
        else:
            others = {AddressIn((cidr,)): expression for cidr, expression in sources(view, acl.address.module)}
        for address, network in others.items():
            for protocol in PROTOCOLS:
                for direction, ports in ((asks, DNS), (answers, EPHEMERAL)):
                    if protocol in found.protocols and not acl_allows(acl, direction, protocol, ports, address).is_yes:
                        denied[direction, protocol, ports, network] = None
    return acl_rules(acl, denied)
