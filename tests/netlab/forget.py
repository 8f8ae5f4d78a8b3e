"""Networks of which something is not known: one fact after another is taken out of a network that was built in full.

What is left could still turn out to be that network. So whatever a model settles about it must hold for the network in full: learning more
may settle an answer and never reverses one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random
from typing import Any

from tf_cvpn_lint.core.evidence import Gap
from tf_cvpn_lint.core.link import To, Unresolved
from tf_cvpn_lint.core.records import settle
from tf_cvpn_lint.core.value import Known, Unknown
from tf_cvpn_lint.core.verdict import Members
from tf_cvpn_lint.model import routing
from tf_cvpn_lint.model.cidr import KnownCidr, UnknownCidr
from tf_cvpn_lint.model.client_vpn import ThroughSubnet, UnknownAudience
from tf_cvpn_lint.model.network import Network

NOT_READ = Gap("something", "what it is", "not read")

Forgetting = tuple[str, Callable[[], None]]
"""What is forgotten, and how. The network is changed in place: its things are told apart by identity."""


def forget(network: Network, random: Random, count: int = 1) -> tuple[str, ...]:
    """Takes out so many facts; what they were."""
    facts = list(forgettable(network, random))
    chosen = [random.choice(facts) for _ in range(count)]
    for _, lose in chosen:
        lose()
    return tuple(name for name, _ in chosen)


def forgettable(network: Network, random: Random) -> Iterator[Forgetting]:
    """Everything that may be unknown in a network without being another network."""
    for name in (
        "associations",
        "client_routes",
        "authorization_rules",
        "attachments",
        "transit_routes",
        "transit_associations",
        "transit_propagations",
    ):
        yield f"Network.{name}", lambda name=name: _lose_one(network, name, random)  # type: ignore[misc] # bound at once
    for thing in _things(network):
        for name in type(thing).__struct_fields__:
            if name not in _NEVER_LOST:
                yield from _of_field(thing, name, random)
    for subnet in network.subnets:
        yield "the route table of a subnet", _setting(network.table_of_subnet, subnet)
        yield "the ACL of a subnet", _setting(network.acl_of_subnet, subnet)
    for vpc in network.vpcs:
        yield "the default group of a VPC", _setting(network.default_group_of_vpc, vpc)
    for rule in network.authorization_rules.items:
        yield "whom a rule admits", _field(rule, "audience", UnknownAudience((), "not read"))
    for route in network.client_routes.items:
        if isinstance(route.target, ThroughSubnet):
            yield "where a Client VPN route leads", _field(route, "target", ThroughSubnet(Unresolved()))
    for table in network.route_tables:
        for line in table.routes.items:
            yield "where a route leads", _field(line, "target", routing.ToUnknown("not read"))
            kind: Any = type(line.target)
            for name in {"gateway", "peering"} & set(kind.__struct_fields__):
                yield f"which {name} a route leads to", _field(line, "target", kind(Unresolved()))


_NEVER_LOST = frozenset({"primary_cidr", "kind", "target", "audience", "is_managed", "traffic_family"})
"""Handled apart, or part of what a thing is. Without the CIDR of its VPC an address is nobody's, and nothing else is left to judge."""


def _things(network: Network) -> Iterator[Any]:
    yield from network.endpoints
    yield from network.associations.items
    yield from network.client_routes.items
    yield from network.authorization_rules.items
    for vpc in network.vpcs:
        yield vpc
        yield from vpc.secondary_cidrs.items
    yield from network.subnets
    for table in network.route_tables:
        yield table
        yield from table.routes.items
    for group in network.security_groups:
        yield group
        yield from group.rules.items
    for link in network.acl_of_subnet.values():
        if isinstance(link, To):
            yield link.target
            yield from link.target.entries.items
    yield from network.internet_gateways
    yield from network.vpn_gateways
    yield from network.nat_gateways
    yield from network.peerings
    yield from network.transit_gateways
    yield from network.attachments.items
    yield from network.transit_routes.items
    yield from network.transit_associations.items
    yield from network.transit_propagations.items
    for host in network.hosts:
        yield host
        yield from host.interfaces.items
    yield from network.public_access_blocks


def _of_field(thing: Any, name: str, random: Random) -> Iterator[Forgetting]:
    value, what = getattr(thing, name), f"{type(thing).__name__}.{name}"
    match value:
        case Known():
            yield what, _field(thing, name, Unknown())
        case To():
            yield what, _field(thing, name, Unresolved())
        case KnownCidr():
            yield what, _field(thing, name, UnknownCidr())
        case Members(items=items):
            yield f"{what}, perhaps more", _field(thing, name, Members(items, (NOT_READ,)))
            yield f"{what}, one less", lambda: _lose_one(thing, name, random)
        case _:
            pass


def _field(thing: object, name: str, value: object) -> Callable[[], None]:
    return lambda: settle(thing, name, value)


def _setting(table: dict[Any, Any], key: object) -> Callable[[], None]:
    def lose() -> None:
        table[key] = Unresolved()

    return lose


def _lose_one(thing: Any, name: str, random: Random) -> None:
    items = list(getattr(thing, name).items)
    if items:
        items.pop(random.randrange(len(items)))
    settle(thing, name, Members(tuple(items), (NOT_READ,)))
