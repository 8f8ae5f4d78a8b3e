"""A network ACL drops queries or their answers.

A network ACL is stateless: that of the associated subnet must let port 53 out to the server and the answers back in to the ephemeral ports
1024-65535; that of the server's subnet the inverse. The lowest rule number that matches decides, and what no rule matches is denied.

Often the way back is forgotten, or opened for tcp alone: queries arrive, answers are dropped, and lookups time out.

**Fix**: allow udp and tcp 53 one way and 1024-65535 the other, on both sides. ACLs do not see traffic within one subnet, nor queries to the
VPC's own Amazon DNS. Those of the subnets in which NAT gateways and transit gateway attachments lie see what passes there.

**Cannot see**: ACLs of other configurations.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from tf_cvpn_lint.model.cidr import AddressIn, HostAddress
from tf_cvpn_lint.model.filters import Direction, NetworkAcl, PortRange
from tf_cvpn_lint.reach.filters import DNS, acl_allows
from tf_cvpn_lint.reach.flow import PROTOCOLS
from tf_cvpn_lint.reach.trace import Acl, ServerReach
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
    for server in view.failing:
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
                suggestion=_allow(view, acl),
            )


def _closed(server: ServerReach) -> Iterator[tuple[NetworkAcl, Sighting[Acl]]]:
    """The ACLs that drop something, in the order traffic meets them."""
    steps = (met.step for met in server.failing.get(Acl, ()))
    drops = [step for step in steps if isinstance(step, Acl) and step.verdict.is_no]
    for acl in dict.fromkeys(step.acl for step in drops if step.acl is not None):
        found = sight(server, Acl, partial(_drops_at, acl))
        if found is not None:
            yield acl, found


def _both_ways(found: Sighting[Acl]) -> str:
    """`udp 53 out and udp 1024-65535 in`."""
    spoken = " and ".join(found.protocols)
    return " and ".join(
        f"{spoken} {ports.first if ports.first == ports.last else f'{ports.first}-{ports.last}'} {_WORDS[direction]}"
        for direction, ports in _asked(found)
    )


_WORDS: dict[Direction, str] = {"egress": "out", "ingress": "in"}


def _asked(found: Sighting[Acl]) -> tuple[tuple[Direction, PortRange], ...]:
    """What the ACL must let through, in the order traffic meets it."""
    return tuple(dict.fromkeys(each for step in found.steps for each in step.asked))


def _is_toward_server(direction: Direction, ports: PortRange) -> bool:
    """Whether the address on the other side is the server's: of queries the destination, of answers the source."""
    return (direction == "egress") == (ports == DNS)


def _drops_at(acl: NetworkAcl, step: Acl) -> bool:
    return step.verdict.is_no and step.acl is acl


def _allow(view: View, acl: NetworkAcl) -> str:
    """Entries for all that is denied to any of the servers: towards the servers, and towards where queries come from.

    The same for each of the servers, so that the numbers are free.
    """
    denied: dict[tuple[Direction, str, PortRange, str], None] = {}
    for server in view.failing:
        found = sight(server, Acl, partial(_drops_at, acl))
        if found is None:
            continue
        servers: dict[HostAddress, str] = {trace.flow.destination: network_of(server) for trace in server.traces[:1]}
        clients: dict[HostAddress, str] = {
            AddressIn((cidr,)): expression for cidr, expression in sources(view, acl.address.module)
        }
        asked = _asked(found)
        ends = (clients, servers)
        wanted = [
            (address, network, protocol, direction, ports)
            for addresses in ends
            for address, network in addresses.items()
            for protocol in PROTOCOLS
            for direction, ports in asked
            if (servers if _is_toward_server(direction, ports) else clients) is addresses
        ]
        for address, network, protocol, direction, ports in wanted:
            if protocol in found.protocols and not acl_allows(acl, direction, protocol, ports, address).is_yes:
                denied[direction, protocol, ports, network] = None
    return acl_rules(acl, denied)
