"""Deliberate errors in the walk, at least one for every hop, and the cases whose packets show them.

Each replaces one function of `reach` by a wrong one. A network is built anew for every judgement, since `reach` remembers what it looked up.

    python -m tests.netlab.mutations           lists them
    python -m tests.netlab.mutations --write   writes the list into README.md
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

import pytest

from tf_cvpn_lint.core.link import To
from tf_cvpn_lint.core.records import dataclass, replace
from tf_cvpn_lint.core.value import Known
from tf_cvpn_lint.core.verdict import Members, no, yes
from tf_cvpn_lint.model.cidr import AddressIn, Cidr, KnownCidr
from tf_cvpn_lint.model.network import Network
from tf_cvpn_lint.model.routing import ToNothing
from tf_cvpn_lint.reach import (
    acls,
    back,
    classify,
    entry,
    filters,
    forward,
    groups,
    judge,
    longest,
    service,
    tables,
    transit,
    way,
    zones,
)
from tf_cvpn_lint.reach.trace import EndpointReach, ServerKind

Wrong = Callable[..., Any]
"""Gets the right function first, then its arguments."""


MODULES = (acls, back, classify, entry, filters, forward, groups, judge, longest, service, tables, transit, way, zones)
CACHED = (tables.way_from, transit.transit_entries)


@dataclass(frozen=True, slots=True)
class Mutation:
    """One error: `module.name` is replaced by `wrong`, also where others import it."""

    hop: str
    module: Any
    name: str
    wrong: Wrong
    caught_by: tuple[str, ...]
    """Cases, each of which shows it."""

    def judge(self, network: Network) -> tuple[EndpointReach, ...]:
        """What the model says with this error in it."""
        right = getattr(self.module, self.name)
        with pytest.MonkeyPatch.context() as patch:
            for module in MODULES:
                if getattr(module, self.name, None) is right:
                    patch.setattr(module, self.name, lambda *given, **named: self.wrong(right, *given, **named))
            for cached in CACHED:
                cached.cache_clear()
            try:
                return judge.judge(network)
            finally:
                for cached in CACHED:
                    cached.cache_clear()


def _always(answer: Any) -> Wrong:
    def wrong(right: Wrong, *given: Any, **named: Any) -> Any:
        return answer

    return wrong


def _passes(right: Wrong, *given: Any, **named: Any) -> Any:
    """The same step with the answer yes."""
    return replace(right(*given, **named), verdict=yes())


def _longest_reversed(right: Wrong, cidr: Cidr, *given: Any) -> Any:
    return 128 - cidr.network.prefixlen if isinstance(cidr, KnownCidr) else right(cidr, *given)


def _inside_the_tunnel(right: Wrong, *given: Any) -> Any:
    return replace(right(*given), enters_tunnel=yes(), verdict=yes())


def _without_source_nat(right: Wrong, subnet: Any) -> AddressIn:
    return AddressIn((CLIENTS,))


def _tcp_forgotten(right: Wrong, protocol: Any, wanted: str) -> Any:
    return right(protocol, "udp")


def _stateful(right: Wrong, acl: Any, direction: Any, protocol: Any, ports: Any, address: Any) -> Any:
    return yes() if ports == filters.EPHEMERAL else right(acl, direction, protocol, ports, address)


def _last_number_first(right: Wrong, entry: Any) -> Any:
    return -right(entry)


def _blackhole_ignored(right: Wrong, leg: Any, entry: Any) -> Any:
    if entry.route is not None and isinstance(entry.route.target, ToNothing):
        return _delivered(leg.network, leg.address)
    return right(leg, entry)


def _transitive(right: Wrong, leg: Any, *given: Any) -> Any:
    found = right(leg, *given)
    return _delivered(leg.network, leg.address) if isinstance(found.arrival, way.Lost) else found


def _untouched(right: Wrong, way: Any) -> Any:
    return way.steps


def _delivered(network: Network, address: Any) -> way.Way:
    vpc = way.vpc_holding(address, network)
    assert vpc is not None
    return way.Way((), way.InVpc(vpc))


def _always_associated(right: Wrong, network: Network, gateway: Any, attachment: Any) -> Any:
    table, _ = right(network, gateway, attachment)
    return table or network.transit_tables[0], yes()


def _everything_propagates(right: Wrong, network: Network, gateway: Any, table: Any) -> Any:
    entries, unseen = right(network, gateway, table)
    learned = [
        transit._TransitEntry(cidr, To(attachment), attachment.evidence, True)
        for attachment in network.attachments.items
        if isinstance(attachment.vpc, To)
        for cidr in attachment.vpc.target.cidrs.items
    ]
    return Members((*entries.items, *learned), entries.gaps), unseen


def _propagated_before_static(right: Wrong, network: Network, gateway: Any, table: Any) -> Any:
    entries, unseen = right(network, gateway, table)
    turned = tuple(replace(entry, is_propagated=not entry.is_propagated) for entry in entries.items)
    return Members(turned, entries.gaps), unseen


def _no_blackholes_at_the_gateway(right: Wrong, network: Network, gateway: Any, table: Any) -> Any:
    entries, unseen = right(network, gateway, table)
    return Members(tuple(entry for entry in entries.items if entry.attachment is not None), entries.gaps), unseen


def _amazon_dns_for_all(right: Wrong, vpc: Any, home: Any, address: Any, endpoint: Any) -> Any:
    return replace(right(vpc, home, address, endpoint), kind=ServerKind.AMAZON_PROVIDED, fault=None)


def _without_enforcement(right: Wrong, around: Any) -> Any:
    return right(replace(around, endpoint=replace(around.endpoint, route_enforcement=Known(False))))


CLIENTS = KnownCidr(IPv4Network("10.200.0.0/22"))

MUTATIONS: dict[str, Mutation] = {
    "longest prefix reversed": Mutation(
        "subnet_route", longest, "_length", _longest_reversed, ("blackhole is longer", "blackhole is shorter")
    ),
    "authorization skipped": Mutation("authorization", entry, "authorize", _passes, ("nothing is authorized",)),
    "everything enters the tunnel": Mutation(
        "client_route", entry, "client_route", _inside_the_tunnel, ("public server outside the tunnel",)
    ),
    "client route of any association": Mutation(
        "endpoint_route", entry, "_leaves_by", _always(yes()), ("client route on one association",)
    ),
    "source nat ignored": Mutation(
        "source_nat",
        way,
        "interface_in",
        _without_source_nat,
        ("ingress from the client cidr in the endpoint's vpc", "through a transit gateway"),
    ),
    "endpoint's groups skipped": Mutation(
        "endpoint_security_group", groups, "endpoint_groups", _passes, ("no egress", "egress for tcp alone")
    ),
    "tcp forgotten": Mutation(
        "endpoint_security_group", filters, "_speaks", _tcp_forgotten, ("egress for tcp alone", "ingress for udp alone")
    ),
    "server's groups skipped": Mutation(
        "destination_security_group", groups, "server_groups", _passes, ("ingress from the client cidr",)
    ),
    "group references count everywhere": Mutation(
        "destination_security_group",
        groups,
        "_group_references",
        _always(yes()),
        ("ingress by group over a transit gateway",),
    ),
    "network acls skipped": Mutation(
        "network_acl", acls, "_acl_step", _passes, ("acl denies before it allows", "acl within a subnet")
    ),
    "network acls of attachments skipped": Mutation(
        "network_acl",
        acls,
        "crossing_acls",
        _always(()),
        ("acl of the attachment's subnet", "acl of the attachment's subnet before the nat gateway"),
    ),
    "network acls of nat gateways skipped": Mutation(
        "network_acl", acls, "nat_acls", _always(()), ("acl of the nat gateway's subnet",)
    ),
    "network acls remember": Mutation(
        "network_acl",
        filters,
        "acl_allows",
        _stateful,
        ("acl forgets the answers", "acl of the server's subnet lets no answer out"),
    ),
    "network acls from the last number": Mutation(
        "network_acl", filters, "_number", _last_number_first, ("acl denies before it allows",)
    ),
    "blackholes ignored": Mutation("subnet_route", tables, "_take", _blackhole_ignored, ("blackhole is longer",)),
    "zone ignored": Mutation(
        "transit_gateway",
        zones,
        "same_zone",
        _always(yes()),
        ("not attached in one zone", "the server's zone is not attached"),
    ),
    "association ignored": Mutation("transit_gateway", transit, "table_of", _always_associated, ("not associated",)),
    "propagation ignored": Mutation(
        "transit_gateway", transit, "transit_entries", _everything_propagates, ("not propagated",)
    ),
    "propagated before static": Mutation(
        "transit_gateway",
        transit,
        "transit_entries",
        _propagated_before_static,
        ("static blackhole beats what is learned",),
    ),
    "blackholes of the gateway ignored": Mutation(
        "transit_gateway",
        transit,
        "transit_entries",
        _no_blackholes_at_the_gateway,
        ("longer blackhole at the gateway", "static blackhole beats what is learned"),
    ),
    "peerings are transitive": Mutation("peering", tables, "_by_peering", _transitive, ("two peerings",)),
    "nat ignored": Mutation(
        "nat_gateway",
        tables,
        "_by_nat_gateway",
        _always(way.Way((), way.AtInternet())),
        ("nat subnet without internet gateway", "private nat gateway"),
    ),
    "internet gateways let everybody out": Mutation(
        "internet_gateway",
        tables,
        "_by_internet_gateway",
        _always(way.Way((), way.AtInternet())),
        ("transit gateway straight to an internet gateway", "blocked public access"),
    ),
    "a block of public access spares nobody": Mutation(
        "internet_gateway", tables, "_is_open", _always(no()), ("nat gateway where only ingress is blocked",)
    ),
    "return path skipped": Mutation("return", back, "way_back", _always(()), ("no route back",)),
    "answers pass nat gateways": Mutation(
        "return", back, "_translated", _untouched, ("the answer goes through a nat gateway",)
    ),
    "dns support ignored": Mutation("dns_service", service, "amazon_dns_answers", _passes, ("dns support off",)),
    "amazon dns answers other vpcs": Mutation(
        "dns_service", classify, "_amazon", _amazon_dns_for_all, ("amazon dns of the peer",)
    ),
    "every resolver endpoint answers": Mutation(
        "dns_service", service, "resolver_answers", _passes, ("resolver without do53",)
    ),
    "clients answer": Mutation("dns_service", service, "inside_client_cidr", _passes, ("server in the client cidr",)),
    "route enforcement ignored": Mutation(
        "client_route", judge, "_lan_resolver", _without_enforcement, ("lan resolver under route enforcement",)
    ),
}

README = Path(__file__).with_name("README.md")
BEGIN, END = "<!-- errors: python -m tests.netlab.mutations --write -->", "<!-- end of the errors -->"


def table() -> str:
    """The errors by hop, as Markdown."""
    rows = [
        f"| `{error.hop}` | {name} | {'; '.join(error.caught_by)} |"
        for name, error in sorted(MUTATIONS.items(), key=lambda item: list(_HOPS).index(item[1].hop))
    ]
    return "\n".join(["| hop | error | caught by the packets of |", "| --- | --- | --- |", *rows]) + "\n"


_HOPS = dict.fromkeys(error.hop for error in MUTATIONS.values())


def listed(text: str) -> str:
    """What README.md lists at present."""
    return text.partition(BEGIN)[2].partition(END)[0].strip("\n") + "\n"


def main(arguments: list[str]) -> int:
    if "--write" not in arguments:
        print(table())
        return 0
    text = README.read_text()
    README.write_text(f"{text.partition(BEGIN)[0]}{BEGIN}\n\n{table()}\n{END}{text.partition(END)[2]}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
