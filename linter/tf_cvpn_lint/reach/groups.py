"""The security groups of the endpoint's interface and of the server, as steps of a query.

Source: https://docs.aws.amazon.com/vpc/latest/userguide/vpc-security-groups.html
"""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network

from tf_cvpn_lint.core.evidence import Evidence, Gap
from tf_cvpn_lint.core.link import Link, To
from tf_cvpn_lint.core.records import replace
from tf_cvpn_lint.core.value import Fact, Known
from tf_cvpn_lint.core.verdict import Members, Verdict, all_of, any_of, no, unsure, yes
from tf_cvpn_lint.model.cidr import AddressIn, HostAddress, KnownCidr, contains
from tf_cvpn_lint.model.filters import (
    ALL_PORTS,
    Direction,
    GroupName,
    Peer,
    PeerGroup,
    SecurityGroup,
    SecurityGroupRule,
)
from tf_cvpn_lint.model.network import Network
from tf_cvpn_lint.model.resolver import Host
from tf_cvpn_lint.model.vpc import Vpc
from tf_cvpn_lint.reach.classify import Candidate
from tf_cvpn_lint.reach.filters import (
    Remote,
    any_known_cidr_admits,
    describe_rules,
    doubts_of,
    group_admits,
    groups_admit,
)
from tf_cvpn_lint.reach.flow import Protocol
from tf_cvpn_lint.reach.links import describe, leads_to, target_of
from tf_cvpn_lint.reach.surroundings import Surroundings
from tf_cvpn_lint.reach.trace import (
    EndpointSecurityGroup,
    PassedOver,
    ServerGroupFault,
    ServerSecurityGroup,
    Service,
    ServiceFault,
    Step,
)
from tf_cvpn_lint.reach.way import InVpc


def default_groups(network: Network, vpc: Vpc | None) -> Members[Link[SecurityGroup]]:
    """The VPC's default security group, be it AWS's untouched one."""
    if vpc is None:
        return Members(gaps=(Gap("the VPC", "its default security group", "the VPC was not read"),))
    link = network.default_group_of_vpc.get(vpc)
    if link is not None:
        return Members((link,))
    if vpc.is_managed:
        return Members((To(_factory_group(vpc)),))
    return Members(gaps=(Gap(str(vpc.address), "the default security group", "it belongs to another configuration"),))


@lru_cache(maxsize=1024)
def _factory_group(vpc: Vpc) -> SecurityGroup:
    """A default group that nobody has touched: everything out, everything in from its own members.

    Source: https://docs.aws.amazon.com/vpc/latest/userguide/default-security-group.html
    """
    name = GroupName(vpc.address)
    everywhere: Members[Peer] = Members((KnownCidr(IPv4Network("0.0.0.0/0")), KnownCidr(IPv6Network("::/0"))))
    rules = (
        SecurityGroupRule("egress", Known("all"), Known(ALL_PORTS), everywhere, vpc.evidence),
        SecurityGroupRule("ingress", Known("all"), Known(ALL_PORTS), Members((PeerGroup(To(name)),)), vpc.evidence),
    )
    return SecurityGroup(vpc.address, vpc.evidence, None, To(vpc), Members(rules), is_default=True, name=name)


@lru_cache(maxsize=256)
def endpoint_groups(
    around: Surroundings, vpc: Vpc | None, candidate: Candidate, address: HostAddress, protocol: Protocol
) -> EndpointSecurityGroup:
    """`vpc` is the one the endpoint is in; None where that was not read."""
    endpoint = around.endpoint
    implied = endpoint.uses_vpc_default_group
    evidence = (endpoint.security_groups_evidence or endpoint.evidence,)
    if not isinstance(implied, Known):
        says = f"which security groups apply is not known ({implied.why})"
        return EndpointSecurityGroup(
            verdict=unsure(says, *evidence, waits_for=implied.refers_to),
            says=says,
            evidence=evidence,
            assumes=f"its security groups let {protocol} 53 out to {address}",
        )
    groups = endpoint.security_groups
    if implied.value:
        groups = default_groups(around.network, vpc)
    known = tuple(group for group in map(target_of, groups.items) if group is not None)
    answer = groups_admit(groups, "egress", protocol, Remote(address, _groups_of(around.network, candidate), yes()))
    named = ", ".join(describe(link) for link in groups.items) or "no security group"
    group_evidence = tuple(group.evidence for group in known) or evidence
    passed_over = rules_passed_over(known, "egress", protocol)
    if answer.is_yes:
        return EndpointSecurityGroup(
            verdict=yes(),
            says=f"{named} {_do(groups, 'let')} {protocol} 53 out to {address}",
            evidence=_deciding(answer, group_evidence),
            groups=known,
            is_implied_default=implied.value,
        )
    if answer.is_no:
        told = rules_told(known, "egress")
        says = f"{named} {_do(groups, 'let')} no {protocol} 53 out to {address} ({told})"
        return EndpointSecurityGroup(
            verdict=no(says, *group_evidence),
            says=says,
            evidence=group_evidence,
            groups=known,
            is_implied_default=implied.value,
            passed_over=passed_over,
        )
    says = f"whether {named} lets {protocol} 53 out is not known: {doubts_of(answer)}"
    return EndpointSecurityGroup(
        verdict=unsure(says, *group_evidence, waits_for=answer.waits_for),
        says=says,
        evidence=group_evidence,
        groups=known,
        is_implied_default=implied.value,
        passed_over=passed_over,
        assumes=f"{named} lets {protocol} 53 out to {address}",
    )


def _deciding(answer: Verdict, groups: tuple[Evidence, ...]) -> tuple[Evidence, ...]:
    """The first rule that admits, one is enough; then the groups."""
    return tuple(dict.fromkeys((*answer.evidence[:1], *groups)))


def _do(groups: Members[Link[SecurityGroup]], verb: str) -> str:
    """The verb of a sentence about the groups."""
    return verb if len(groups.items) > 1 else f"{verb}s"


def rules_told(groups: tuple[SecurityGroup, ...], direction: Direction) -> str:
    """The rules of one direction in a few words, at most four of them."""
    rules = [words for group in groups for words, _ in describe_rules(group, direction)]
    return "; ".join(rules[:4]) + ("; …" if len(rules) > 4 else "") if rules else f"it has no {direction} rule"


def rules_passed_over(
    groups: tuple[SecurityGroup, ...], direction: Direction, protocol: Protocol
) -> tuple[PassedOver, ...]:
    """The rules of one direction, none of which admits port 53 over this protocol."""
    return tuple(
        PassedOver(words, f"does not admit {protocol} 53 here", rule.evidence)
        for group in groups
        for words, rule in describe_rules(group, direction)
    )[:12]


def _groups_of(network: Network, candidate: Candidate) -> Members[Link[SecurityGroup]]:
    """The security groups of the server's interface, as rules that name groups see them."""
    if candidate.host is not None:
        return host_groups(network, candidate.host, candidate.vpc)
    if candidate.vpc is None:
        return Members()
    return Members(
        gaps=(Gap(str(candidate.address), "its security groups", "no resource of this configuration has the address"),)
    )


def host_groups(network: Network, host: Host, vpc: Vpc | None) -> Members[Link[SecurityGroup]]:
    """The groups of a host, the VPC's default group where it has none of its own."""
    if host.uses_vpc_default_group and vpc is not None:
        return default_groups(network, vpc)
    return host.security_groups


def own_groups(around: Surroundings, vpc: Vpc | None) -> Members[Link[SecurityGroup]]:
    """The groups of the endpoint's interfaces, as rules that name groups see them; none for one without interfaces."""
    if vpc is None:
        return Members()
    implied = around.endpoint.uses_vpc_default_group
    if isinstance(implied, Known) and implied.value:
        return default_groups(around.network, vpc)
    return around.endpoint.security_groups


@lru_cache(maxsize=1024)
def _group_references(network: Network, arrival: InVpc, vpc: Vpc | None) -> Verdict:
    """Whether a rule that names a security group sees the endpoint's interface across this path."""
    if vpc is None:
        return no()
    if arrival.vpc is vpc:
        return yes()
    if arrival.through_peering is not None:
        if arrival.vpc.region and vpc.region and arrival.vpc.region != vpc.region:
            return no("security groups are not seen across Regions")
        return (
            yes() if arrival.vpc.region == vpc.region else unsure("whether the peer is in the same Region is not known")
        )
    if arrival.through_transit_gateway is not None:
        gateway = arrival.through_transit_gateway
        ends = [
            [item for item in network.attachments_of(each) if not leads_to(item.gateway, gateway).is_no]
            for each in (arrival.vpc, vpc)
        ]
        if not all(ends):
            if all(network.attachments_of(each) for each in (arrival.vpc, vpc)) and network.attachments.is_complete:
                return no("security groups are not seen across peered transit gateways")
            return unsure(f"what is attached to {gateway.address} was not read")
        facts = [gateway.group_references, *(item.group_references for items in ends for item in items)]
        what = "security_group_referencing_support of the transit gateway and of both attachments"
        return all_of(_fact(fact, what) for fact in facts)
    return unsure("how the query arrives is not known")


def _fact(fact: Fact[bool], what: str) -> Verdict:
    if isinstance(fact, Known):
        return yes() if fact.value else no(f"{what} is not on")
    return unsure(f"{what} is not known ({fact.why})", waits_for=fact.refers_to)


def server_groups(
    around: Surroundings,
    candidate: Candidate,
    address: HostAddress,
    protocol: Protocol,
    arrival: InVpc,
    source: AddressIn,
    vpc: Vpc | None,
) -> Step:
    """What admits the query to the server in the VPC where it arrives. `source`: where it comes from there; `vpc`: that of the endpoint, None for one
    on a transit gateway, which has no interface and no groups."""
    host = candidate.host
    if host is None:
        says = f"no resource of this configuration has the address {address}, so what admits queries there was not read"
        return ServerSecurityGroup(
            verdict=unsure(says, arrival.vpc.evidence),
            says=says,
            evidence=(arrival.vpc.evidence,),
            assumes=f"a DNS server at {address} admits {protocol} 53 from {source}",
        )
    return _host_groups_admit(around, host, candidate.vpc, protocol, arrival, source, vpc)


@lru_cache(maxsize=256)
def _host_groups_admit(
    around: Surroundings,
    host: Host,
    home: Vpc | None,
    protocol: Protocol,
    arrival: InVpc,
    source: AddressIn,
    vpc: Vpc | None,
) -> Step:
    """The same for all addresses of the host, which lies in the VPC `home`."""
    network, endpoint = around.network, around.endpoint
    if host.kind == "directory":
        return _directory_group(network, host, protocol, arrival, source, vpc)
    if host.is_unfiltered:
        says = f"{host.address} has no security group"
        return ServerSecurityGroup(verdict=yes(), says=says, evidence=(host.evidence,), host=host)
    groups = host_groups(network, host, home)
    ours = own_groups(around, vpc)
    if arrival.assumed and vpc is not None:
        ours = Members(
            gaps=(
                Gap(str(endpoint.address), "the interface its queries come from", "something on the way was not read"),
            )
        )
    known = tuple(group for group in map(target_of, groups.items) if group is not None)
    named = ", ".join(describe(link) for link in groups.items) or (
        f"the default security group of {arrival.vpc.address}"
    )
    evidence = tuple(group.evidence for group in known) or (host.evidence,)
    seen = _group_references(network, arrival, vpc)
    asked = _from_outside(groups, arrival.vpc) if arrival.assumed and arrival.vpc is not vpc else groups
    answer = groups_admit(asked, "ingress", protocol, Remote(source, ours, seen))
    if answer.is_yes:
        return ServerSecurityGroup(
            verdict=yes(),
            says=f"{named} {_do(groups, 'admit')} {protocol} 53 from {source}",
            evidence=_deciding(answer, evidence),
            groups=known,
            host=host,
        )
    passed_over = rules_passed_over(known, "ingress", protocol)
    if answer.is_unsure:
        where = "where the query comes out" if arrival.assumed else str(source)
        why = "what was not read on the way may replace its source address" if arrival.assumed else doubts_of(answer)
        says = f"whether {named} {_do(groups, 'admit')} {protocol} 53 from {where} is not known: {why}"
        return ServerSecurityGroup(
            verdict=unsure(says, *evidence, waits_for=answer.waits_for),
            says=says,
            evidence=evidence,
            groups=known,
            host=host,
            passed_over=passed_over,
            assumes=f"{named} {_do(groups, 'admit')} {protocol} 53 from {where}",
        )
    hidden = (
        any_known_cidr_admits(known, protocol, endpoint.client_cidr)
        if vpc is not None and isinstance(endpoint.client_cidr, KnownCidr)
        else ()
    )
    told = rules_told(known, "ingress")
    says = f"{named} {_do(groups, 'admit')} no {protocol} 53 from {source} ({told})"
    if not seen.is_yes and groups_admit(groups, "ingress", protocol, Remote(source, ours, yes())).is_yes:
        says += "; a rule that names the endpoint's group does not count there, since " + doubts_of(seen)
    return ServerSecurityGroup(
        verdict=no(says, *evidence),
        says=says,
        evidence=(*(rule.evidence for rule in hidden), *evidence),
        groups=known,
        host=host,
        fault=ServerGroupFault.CLIENT_CIDR_ONLY if hidden else ServerGroupFault.NOT_ADMITTED,
        passed_over=passed_over,
    )


def _from_outside(groups: Members[Link[SecurityGroup]], vpc: Vpc) -> Members[Link[SecurityGroup]]:
    """The groups without what they admit from within their own VPC: no query from outside comes from an address of it, whatever lies
    between."""

    def is_within(group: SecurityGroup, peer: Peer) -> bool:
        if isinstance(peer, PeerGroup):
            return isinstance(peer.group, To) and peer.group.target.address == group.address
        return any(contains(cidr, peer).is_yes for cidr in vpc.cidrs.items)

    def seen(link: Link[SecurityGroup]) -> Link[SecurityGroup]:
        if not isinstance(link, To) or not vpc.cidrs.is_complete:
            return link
        group = link.target
        rules = tuple(
            replace(
                rule,
                peers=Members(tuple(peer for peer in rule.peers.items if not is_within(group, peer)), rule.peers.gaps),
            )
            for rule in group.rules.items
        )
        return To(replace(group, rules=Members(rules, group.rules.gaps)), link.evidence)

    return Members(tuple(map(seen, groups.items)), groups.gaps)


def _directory_group(
    network: Network, host: Host, protocol: Protocol, arrival: InVpc, source: AddressIn, vpc: Vpc | None
) -> Step:
    """AWS opens a directory's DNS ports to its own VPC only; rules that somebody added to its group may open them further.

    Source: https://docs.aws.amazon.com/directoryservice/latest/devguide/API_AddIpRoutes.html
    """
    evidence = (host.evidence,)
    if arrival.vpc is vpc:
        says = f"the security group that AWS makes for {host.address} admits its own VPC"
        return ServerSecurityGroup(verdict=yes(), says=says, evidence=evidence, host=host)
    remote = Remote(source, Members(), _group_references(network, arrival, vpc))
    known = tuple(group for group in map(target_of, host.security_groups.items) if group is not None)
    answer = any_of(group_admits(_without_own_rules(group), "ingress", protocol, remote) for group in known)
    if answer.is_yes:
        says = f"a rule added to the security group of {host.address} admits {protocol} 53 from {source}"
        return ServerSecurityGroup(
            verdict=yes(), says=says, evidence=_deciding(answer, evidence), groups=known, host=host
        )
    says = f"the security group that AWS makes for {host.address} admits only its own VPC unless somebody widens it"
    if answer.is_unsure:
        says = f"whether a rule added to the security group of {host.address} admits {source} is not known: {doubts_of(answer)}"
    return Service(
        verdict=unsure(says, host.evidence, waits_for=answer.waits_for),
        says=says,
        evidence=evidence,
        host=host,
        fault=ServiceFault.DIRECTORY_CLOSED if host.is_managed_ad and answer.is_no else None,
        assumes=f"the security group of {host.address} admits the endpoint's subnets",
    )


def _without_own_rules(group: SecurityGroup) -> SecurityGroup:
    """The directory's group without the gap that stands for the rules AWS gives it, which admit only the directory's VPC."""
    gaps = tuple(gap for gap in group.rules.gaps if gap.why != "made by Directory Service")
    return replace(group, rules=Members(group.rules.items, gaps))
