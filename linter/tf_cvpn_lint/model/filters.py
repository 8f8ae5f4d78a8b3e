"""Security groups (stateful) and network ACLs (stateless).

Sources: https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html,
https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from tf_cvpn_lint.core.address import Address
from tf_cvpn_lint.core.evidence import Evidence, Gap
from tf_cvpn_lint.core.link import Link, To
from tf_cvpn_lint.core.records import dataclass, field
from tf_cvpn_lint.core.value import Fact
from tf_cvpn_lint.core.verdict import Members
from tf_cvpn_lint.model.cidr import Cidr
from tf_cvpn_lint.model.vpc import Vpc

Direction = Literal["ingress", "egress"]


@dataclass(frozen=True, slots=True)
class PortRange:
    """Both ends included."""

    first: int
    last: int

    def __contains__(self, port: int) -> bool:
        return self.first <= port <= self.last

    def covers(self, other: PortRange) -> bool:
        return self.first <= other.first and other.last <= self.last


ALL_PORTS = PortRange(0, 65535)


@dataclass(frozen=True, slots=True)
class PeerGroup:
    """Traffic to or from the interfaces of a security group. The group is named by identity, since groups refer to each other."""

    group: Link[GroupName]


@dataclass(frozen=True, slots=True)
class GroupName:
    """A security group as others refer to it."""

    address: Address
    id: str | None = None


Peer = Cidr | PeerGroup


@dataclass(frozen=True, slots=True, eq=False)
class SecurityGroupRule:
    """One permission: protocol, ports and peers. It admits where any of its peers matches."""

    direction: Direction
    protocol: Fact[str]
    """`tcp`, `udp`, `icmp`, `icmpv6`, another number as text, or `all` for -1."""
    ports: Fact[PortRange]
    """All ports for protocol `all`."""
    peers: Members[Peer]
    """Prefix lists are expanded; one that cannot be is a gap."""
    evidence: Evidence


@dataclass(frozen=True, slots=True, eq=False)
class SecurityGroup:
    """A security group with all that is known of its rules, whichever resources make them."""

    address: Address
    evidence: Evidence
    id: str | None
    vpc: Link[Vpc]
    rules: Members[SecurityGroupRule]
    """A gap stands for rules that may exist and were not read."""
    is_default: bool = False
    name: GroupName | None = None
    one_way: Mapping[Gap, Direction] = field(default_factory=dict)
    """The gaps that hide rules of one direction only."""

    def towards(self, direction: Direction) -> Members[SecurityGroupRule]:
        """Its rules of this direction."""
        gaps = self.rules.gaps
        if gaps:
            gaps = tuple(gap for gap in gaps if self.one_way.get(gap, direction) == direction)
        return Members(tuple([rule for rule in self.rules.items if rule.direction == direction]), gaps)

    @property
    def in_words(self) -> str:
        """Its address; a VPC's default group that no resource adopts has none of its own."""
        is_untouched = isinstance(self.vpc, To) and self.vpc.target.address == self.address
        return f"the default security group of {self.address}" if is_untouched else str(self.address)


@dataclass(frozen=True, slots=True, eq=False)
class AclEntry:
    """One numbered rule of a network ACL."""

    direction: Direction
    number: Fact[int]
    allows: Fact[bool]
    protocol: Fact[str]
    """As in security group rules."""
    ports: Fact[PortRange]
    cidr: Cidr
    evidence: Evidence


@dataclass(frozen=True, slots=True, eq=False)
class NetworkAcl:
    """A network ACL; what no entry matches is denied."""

    address: Address
    evidence: Evidence
    id: str | None
    vpc: Link[Vpc]
    entries: Members[AclEntry]
    is_default: bool = False
