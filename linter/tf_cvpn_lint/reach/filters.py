"""Whether security groups and network ACLs let a query, or its answer, through.

Sources: https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html (stateful, any rule admits),
https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html (stateless, the lowest matching number decides).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import assert_never

from tf_cvpn_lint.core.link import Link, Outside, To, Unresolved
from tf_cvpn_lint.core.records import dataclass, replace
from tf_cvpn_lint.core.value import Fact, Known
from tf_cvpn_lint.core.verdict import NO, YES, Members, Verdict, agreed, all_of, no, unsure, yes
from tf_cvpn_lint.model.cidr import Cidr, HostAddress, KnownCidr, covers, parts
from tf_cvpn_lint.model.filters import (
    AclEntry,
    Direction,
    GroupName,
    NetworkAcl,
    PeerGroup,
    PortRange,
    SecurityGroup,
    SecurityGroupRule,
)
from tf_cvpn_lint.reach.flow import DNS_PORT, Protocol

DNS = PortRange(DNS_PORT, DNS_PORT)
EPHEMERAL = PortRange(1024, 65535)
"""Source ports of a query after address translation: a superset of every system's ephemeral range."""


@dataclass(frozen=True, slots=True)
class Remote:
    """The other side as a security group sees it."""

    address: HostAddress
    groups: Members[Link[SecurityGroup]]
    """Groups of the interface on the other side."""
    groups_count: Verdict
    """Whether references to groups work on this path: within a VPC and to a peered one in the same Region; across a transit gateway
    only where it is switched on at the gateway and both attachments."""


def doubts_of(answer: Verdict) -> str:
    """Why an answer is unsure, for a sentence."""
    return (
        "; ".join(dict.fromkeys(because.says for because in answer.because if because.says)) or "a value is not known"
    )


def groups_admit(
    groups: Members[Link[SecurityGroup]], direction: Direction, protocol: Protocol, remote: Remote
) -> Verdict:
    """Whether one rule of one of the groups admits port 53 to (from) the other side."""
    answer = _any_admits(groups, direction, protocol, remote)
    if not answer.is_unsure or len(cases := parts(remote.address, _networks(groups, direction))) == 1:
        return answer
    return _by_cases(
        answer, (_any_admits(groups, direction, protocol, replace(remote, address=case)) for case in cases)
    )


def _any_admits(
    groups: Members[Link[SecurityGroup]], direction: Direction, protocol: Protocol, remote: Remote
) -> Verdict:
    return groups.any(lambda link: _link_admits(link, direction, protocol, remote))


def _networks(groups: Members[Link[SecurityGroup]], direction: Direction) -> Iterator[Cidr]:
    """The networks that rules of the groups name."""
    for link in groups.items:
        some = (link.target,) if isinstance(link, To) else link.candidates if isinstance(link, Unresolved) else ()
        for group in some:
            for rule in group.rules.items:
                if rule.direction == direction:
                    yield from (peer for peer in rule.peers.items if not isinstance(peer, PeerGroup))


def _by_cases(answer: Verdict, cases: Iterable[Verdict]) -> Verdict:
    """What holds in every case where they agree, else the answer given without telling them apart."""
    decided = agreed(cases)
    return answer if decided.is_unsure else decided


def _link_admits(link: Link[SecurityGroup], direction: Direction, protocol: Protocol, remote: Remote) -> Verdict:
    match link:
        case To(group):
            return group_admits(group, direction, protocol, remote)
        case Outside(id_):
            return unsure(f"the rules of {id_} belong to another configuration")
        case Unresolved():
            if link.exhaustive and link.candidates:
                return agreed(group_admits(group, direction, protocol, remote) for group in link.candidates)
            return unsure(f"which security group applies is not known ({link.why})", waits_for=link.refers_to)
        case _:
            assert_never(link)


def group_admits(group: SecurityGroup, direction: Direction, protocol: Protocol, remote: Remote) -> Verdict:
    """Whether one rule of the group admits port 53; with the admitting rule as evidence."""
    return group.towards(direction).any(lambda rule: _rule_admits(rule, protocol, remote))


def _rule_admits(rule: SecurityGroupRule, protocol: Protocol, remote: Remote) -> Verdict:
    speaks, holds = _speaks(rule.protocol, protocol), _holds(rule.ports, DNS)
    if speaks.is_no or holds.is_no:
        return NO
    address = remote.address
    peers = rule.peers.any(
        lambda peer: _is_peer(peer, remote) if isinstance(peer, PeerGroup) else covers(peer, address)
    )
    answer = all_of([speaks, holds, peers])
    return yes("", rule.evidence) if answer.is_yes else answer


def _is_peer(peer: PeerGroup, remote: Remote) -> Verdict:
    member = remote.groups.any(lambda link: _is_group(peer.group, link))
    return all_of([member, remote.groups_count])


def _is_group(named: Link[GroupName], link: Link[SecurityGroup]) -> Verdict:
    match named, link:
        case To(name), To(group):
            return YES if name.address == group.address or (name.id is not None and name.id == group.id) else NO
        case To(name), Outside(id_):
            return YES if name.id == id_ else NO
        case Outside(id_), To(group):
            return YES if group.id == id_ else NO
        case Outside(one), Outside(other):
            return YES if one == other else NO
        case _:
            waits = tuple(
                reference for end in (named, link) if isinstance(end, Unresolved) for reference in end.refers_to
            )
            return unsure("which security group is meant is not known", waits_for=waits)


def _speaks(protocol: Fact[str], wanted: Protocol) -> Verdict:
    if isinstance(protocol, Known):
        return YES if protocol.value in ("all", wanted) else NO
    return unsure(f"the protocol is not known ({protocol.why})", waits_for=protocol.refers_to)


def _holds(ports: Fact[PortRange], wanted: PortRange) -> Verdict:
    if isinstance(ports, Known):
        return YES if ports.value.covers(wanted) else NO
    return unsure(f"the ports are not known ({ports.why})", waits_for=ports.refers_to)


def acl_allows(
    acl: NetworkAcl, direction: Direction, protocol: Protocol, ports: PortRange, address: HostAddress
) -> Verdict:
    """Whether all of `ports` pass. Unsure where only some of them do."""
    entries = [entry for entry in acl.entries.items if entry.direction == direction]
    answer = _all_pass(acl, entries, protocol, ports, address)
    if not answer.is_unsure or len(cases := parts(address, (entry.cidr for entry in entries))) == 1:
        return answer
    return _by_cases(answer, (_all_pass(acl, entries, protocol, ports, case) for case in cases))


def _all_pass(
    acl: NetworkAcl, entries: list[AclEntry], protocol: Protocol, ports: PortRange, address: HostAddress
) -> Verdict:
    edges = {ports.first}
    for entry in entries:
        if isinstance(entry.ports, Known):
            edges |= {entry.ports.value.first, entry.ports.value.last + 1}
    starts = sorted(edge for edge in edges if ports.first <= edge <= ports.last)
    segments = [PortRange(start, end - 1) for start, end in zip(starts, [*starts[1:], ports.last + 1], strict=True)]
    answers = [_first_match(acl, entries, protocol, segment, address) for segment in segments]
    if any(answer.is_no for answer in answers) and not all(answer.is_no for answer in answers):
        closed = ", ".join(
            f"{segment.first}-{segment.last}" for segment, answer in zip(segments, answers, strict=True) if answer.is_no
        )
        return unsure(f"{acl.address} denies {protocol} ports {closed}, which the query may use")
    return agreed(answers)


def _first_match(
    acl: NetworkAcl, entries: list[AclEntry], protocol: Protocol, ports: PortRange, address: HostAddress
) -> Verdict:
    """The answer of the lowest rule number that matches; a rule that only may match leaves both answers open."""
    outcomes = [unsure(f"it depends on {gap.named} ({gap.why})", waits_for=gap.waits_for) for gap in acl.entries.gaps]
    doubts: list[Verdict] = []
    for entry in sorted(entries, key=_number):
        matches = all_of([_speaks(entry.protocol, protocol), _holds(entry.ports, ports), covers(entry.cidr, address)])
        if matches.is_no:
            continue
        outcomes.append(_entry_answer(entry))
        if matches.is_yes and isinstance(entry.number, Known):
            break
        doubts.append(matches)
    else:
        which = f"{entries[0].direction} rule" if entries else "rule"
        outcomes.append(no(f"no {which} of {acl.address} matches", acl.evidence))
    answer = agreed(outcomes)
    return all_of([answer, *doubts]) if answer.is_unsure else answer


def _number(entry: AclEntry) -> int:
    return entry.number.value if isinstance(entry.number, Known) else -1


def _entry_answer(entry: AclEntry) -> Verdict:
    if not isinstance(entry.allows, Known):
        return unsure(f"whether {entry.evidence} allows or denies is not known", waits_for=entry.allows.refers_to)
    return yes("", entry.evidence) if entry.allows.value else no(f"{entry.evidence} denies it", entry.evidence)


def describe_rules(group: SecurityGroup, direction: Direction) -> tuple[tuple[str, SecurityGroupRule], ...]:
    """The rules of one direction, each in a few words: `tcp 443 to 0.0.0.0/0`."""
    return tuple((_in_words(group, rule), rule) for rule in group.rules.items if rule.direction == direction)


def _in_words(group: SecurityGroup, rule: SecurityGroupRule) -> str:
    protocol = rule.protocol.value if isinstance(rule.protocol, Known) else "some protocol"
    ports = ""
    if isinstance(rule.ports, Known) and protocol != "all":
        first, last = rule.ports.value.first, rule.ports.value.last
        ports = f" {first}" if first == last else " all ports" if (first, last) == (0, 65535) else f" {first}-{last}"
    names = []
    for peer in rule.peers.items:
        if isinstance(peer, PeerGroup):
            match peer.group:
                case To(name):
                    names.append("its own members" if name.address == group.address else str(name.address))
                case Outside(id_):
                    names.append(id_)
                case _:
                    names.append("a security group")
        else:
            names.append(str(peer))
    word = "to" if rule.direction == "egress" else "from"
    shown = "all protocols" if protocol == "all" else protocol
    return f"{shown}{ports} {word} {', '.join(names) or ('what is not known' if rule.peers.gaps else 'nobody')}"


def any_known_cidr_admits(
    groups: tuple[SecurityGroup, ...], protocol: Protocol, cidr: KnownCidr
) -> tuple[SecurityGroupRule, ...]:
    """Ingress rules for port 53 whose sources are within this network (a client CIDR that source NAT hides)."""
    found = []
    for group in groups:
        for rule in group.rules.items:
            if rule.direction != "ingress" or not _speaks(rule.protocol, protocol).is_yes:
                continue
            if not _holds(rule.ports, DNS).is_yes:
                continue
            for peer in rule.peers.items:
                if (
                    isinstance(peer, KnownCidr)
                    and peer.network.version == cidr.network.version
                    and peer.network.overlaps(cidr.network)
                ):
                    found.append(rule)
                    break
    return tuple(found)
