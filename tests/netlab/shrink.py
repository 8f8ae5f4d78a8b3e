"""Making a network smaller as long as it shows the same fault.

Hypothesis shrinks choices, most of which change nothing, and every try is a laboratory; here one thing is taken away at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TypeVar

from .blueprint import Blueprint, Vpc

T = TypeVar("T")

MAXIMUM_TRIES = 80


def shrink(blueprint: Blueprint, shows_it: Callable[[Blueprint], bool], tries: int = MAXIMUM_TRIES) -> Blueprint:
    """The smallest network found from which nothing more can be taken, or the smallest after so many tries."""
    while True:
        for candidate in smaller(blueprint):
            if tries == 0:
                return blueprint
            tries -= 1
            if shows_it(candidate):
                blueprint = candidate
                break
        else:
            return blueprint


def smaller(blueprint: Blueprint) -> Iterator[Blueprint]:
    """Networks with one thing less, the largest things first."""
    if blueprint.dns_servers and len(blueprint.dns_servers) > 1:
        for server in blueprint.dns_servers:
            yield replace(blueprint, dns_servers=(server,))
    if len(blueprint.associations) > 1:
        last = len(blueprint.associations) - 1
        routes = tuple(route for route in blueprint.routes if route.association != last)
        yield replace(blueprint, associations=blueprint.associations[:-1], routes=routes)
    for plain in (
        blueprint if blueprint.is_native else replace(blueprint, transit=None),
        replace(blueprint, zones=()),
        replace(blueprint, public_access="off"),
        replace(blueprint, enforces_routes=False),
        replace(blueprint, has_user_groups=True),
        replace(blueprint, endpoint_groups=None),
        replace(blueprint, is_split=True),
    ):
        if plain != blueprint:
            yield plain
    for number, vpc in enumerate(blueprint.vpcs):
        for less in _smaller_vpcs(vpc):
            yield replace(blueprint, vpcs=_with(blueprint.vpcs, number, less))
    for rules in _one_less(blueprint.rules):
        yield replace(blueprint, rules=rules)
    for routes in _one_less(blueprint.routes):
        yield replace(blueprint, routes=routes)
    for number, rule in enumerate(blueprint.rules):
        if rule.group is not None:
            yield replace(blueprint, rules=_with(blueprint.rules, number, replace(rule, group=None)))
    for number, group in enumerate(blueprint.groups):
        for group_rules in _one_less(group.rules):
            yield replace(blueprint, groups=_with(blueprint.groups, number, replace(group, rules=group_rules)))
    if blueprint.transit is not None:
        for transit_routes in _one_less(blueprint.transit.routes):
            yield replace(blueprint, transit=replace(blueprint.transit, routes=transit_routes))


def _smaller_vpcs(vpc: Vpc) -> Iterator[Vpc]:
    for plain in (
        replace(vpc, cidrs=vpc.cidrs[:1], late_cidrs=0),
        replace(vpc, dns_support=True),
        replace(vpc, has_internet_gateway=False),
    ):
        if plain != vpc:
            yield plain
    for number, subnet in enumerate(vpc.subnets):
        for less in (replace(subnet, acl=None), replace(subnet, table=None)):
            if less != subnet:
                yield replace(vpc, subnets=_with(vpc.subnets, number, less))
    for number, table in enumerate(vpc.tables):
        for routes in _one_less(table):
            yield replace(vpc, tables=_with(vpc.tables, number, routes))
    for number, acl in enumerate(vpc.acls):
        for rules in _one_less(acl):
            yield replace(vpc, acls=_with(vpc.acls, number, rules))


def _one_less(items: tuple[T, ...]) -> Iterator[tuple[T, ...]]:
    for number in range(len(items)):
        yield items[:number] + items[number + 1 :]


def _with(items: tuple[T, ...], number: int, item: T) -> tuple[T, ...]:
    return (*items[:number], item, *items[number + 1 :])
