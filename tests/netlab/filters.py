"""Security groups, network ACLs and authorization rules as nftables text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from ipaddress import IPv4Address, IPv4Network

from tf_cvpn_lint.model.client_vpn import AuthorizationRule, Everyone, Nobody, OneGroup
from tf_cvpn_lint.model.filters import AclEntry, Direction, NetworkAcl, PeerGroup, PortRange, SecurityGroupRule

from .facts import NotRepresentedError, ipv4, known, only_ipv4, whole

Matches = tuple[str, ...]
"""Beginnings of nftables rules; a packet that one of them matches is meant."""


def _ports(protocol: str, ports: PortRange, subject: object) -> Matches:
    """`udp dport 53`: what of a rule is about udp and tcp; the rest never meets a DNS packet."""
    match protocol:
        case "all":
            return ("ip protocol { udp, tcp }",)
        case "udp" | "tcp":
            if (ports.first, ports.last) == (0, 65535):
                return (f"ip protocol {protocol}",)
            return (f"{protocol} dport {ports.first}-{ports.last}",)
        case "17" | "6":
            raise NotRepresentedError("protocol number of udp or tcp left in the model", subject)
        case _:
            return ()


def group_chain(
    rules: Iterable[SecurityGroupRule],
    direction: Direction,
    members: Callable[[PeerGroup], Iterable[IPv4Address]],
    exempt: IPv4Address | None = None,
) -> list[str]:
    """A chain's lines for one direction of all groups of an interface: what a rule names is accepted, the rest dropped.

    Stateful: answers to what was admitted pass. `exempt` is the VPC's own Amazon DNS, which no group can filter.
    """
    field = "daddr" if direction == "egress" else "saddr"
    lines = ["ct state established,related accept"]
    if exempt is not None:
        lines.append(f"ip {field} {exempt} accept")
    for rule in rules:
        if rule.direction != direction:
            continue
        where = rule.evidence
        networks: list[IPv4Network | IPv4Address] = []
        for peer in whole(rule.peers, "peers of a security group rule", where):
            if isinstance(peer, PeerGroup):
                networks.extend(members(peer))
            elif (network := ipv4(peer, "peer of a security group rule", where)) is not None:
                networks.append(network)
        protocol = known(rule.protocol, "protocol of a security group rule", where)
        ports = known(rule.ports, "ports of a security group rule", where)
        for meant in dict.fromkeys(networks):
            lines += [f"ip {field} {meant} {match} accept" for match in _ports(protocol, ports, where)]
    return [*lines, "drop"]


def acl_chain(acl: NetworkAcl, direction: Direction) -> list[str]:
    """A chain's lines for one direction of a network ACL: the lowest number that matches decides, nothing is remembered."""
    field = "daddr" if direction == "egress" else "saddr"
    lines = []
    for entry in acl_entries(acl, direction):
        network = only_ipv4(entry.cidr, "network of a network ACL entry", entry.evidence)
        verdict = "return" if known(entry.allows, "action of a network ACL entry", entry.evidence) else "drop"
        protocol = known(entry.protocol, "protocol of a network ACL entry", entry.evidence)
        ports = known(entry.ports, "ports of a network ACL entry", entry.evidence)
        lines += [f"ip {field} {network} {match} {verdict}" for match in _ports(protocol, ports, entry.evidence)]
    return [*lines, "drop"]


def acl_entries(acl: NetworkAcl, direction: Direction) -> list[AclEntry]:
    """The IPv4 entries of one direction in the order of their numbers."""
    entries = [
        entry
        for entry in whole(acl.entries, "entries of a network ACL", acl.address)
        if entry.direction == direction
        and ipv4(entry.cidr, "network of a network ACL entry", entry.evidence) is not None
    ]
    return sorted(entries, key=lambda entry: known(entry.number, "number of a network ACL entry", entry.evidence))


def lets_everything_through(entries: Iterable[AclEntry]) -> bool:
    """Whether these entries, in their order, begin with one that allows everything."""
    first = next(iter(entries), None)
    return (
        first is not None
        and known(first.allows, "action of a network ACL entry", first.evidence)
        and known(first.protocol, "protocol of a network ACL entry", first.evidence) == "all"
        and only_ipv4(first.cidr, "network of a network ACL entry", first.evidence).prefixlen == 0
    )


def authorization_chains(
    rules: Iterable[AuthorizationRule], members: Callable[[str], Iterable[IPv4Address]]
) -> Iterator[tuple[str, list[str]]]:
    """The chain `authorize` and one chain per network: the longest network that covers the destination decides alone.

    `members` gives the tunnel addresses of the clients in a group. What is admitted returns, what is not is dropped.
    """
    by_network: dict[IPv4Network, list[AuthorizationRule]] = {}
    for rule in rules:
        network = ipv4(rule.target_network, "network of an authorization rule", rule.address)
        if network is not None and not isinstance(rule.audience, Nobody):
            by_network.setdefault(network, []).append(rule)
    order = sorted(by_network, key=lambda network: -network.prefixlen)
    yield (
        "authorize",
        [*(f"ip daddr {network} goto authorized_{index}" for index, network in enumerate(order)), "drop"],
    )
    for index, network in enumerate(order):
        lines: list[str] = []
        for rule in by_network[network]:
            match rule.audience:
                case Everyone():
                    lines.append("return")
                case OneGroup(str() as group):
                    lines += [f"ip saddr {address} return" for address in members(group)]
                case _:
                    raise NotRepresentedError("whom an authorization rule admits is not known", rule.address)
        yield f"authorized_{index}", [*lines, "drop"]


def table_of_chains(chains: Iterable[tuple[str, list[str]]]) -> list[str]:
    """One nftables table with these chains."""
    lines = ["table ip lab {"]
    for name, body in chains:
        lines.append(f"chain {name} {{")
        lines += body
        lines.append("}")
    return [*lines, "}"]


def one_of(addresses: Iterable[IPv4Network | IPv4Address]) -> str:
    """A set in braces; nftables refuses networks that overlap in one."""
    return "{ " + ", ".join(sorted(map(str, addresses))) + " }"
