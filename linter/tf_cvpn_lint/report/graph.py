"""The network model as a graph, in the DOT language or as a mermaid flowchart: what can be drawn in a README or a wiki.

Drawn is what an endpoint is tied to, however far; the nodes are AWS's own things by their Terraform addresses. What leads outside the
configuration, or to something that is not known, is a dashed node of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol, assert_never

from tf_cvpn_lint.core.address import Address
from tf_cvpn_lint.core.link import Link, Outside, To, Unresolved
from tf_cvpn_lint.core.records import dataclass, field
from tf_cvpn_lint.core.value import Known
from tf_cvpn_lint.model.cidr import KnownAddress
from tf_cvpn_lint.model.client_vpn import (
    BetweenClients,
    ClientVpnEndpoint,
    Everyone,
    InterfacesOf,
    Nobody,
    OneGroup,
    ThroughSubnet,
    ThroughTransitGateway,
    UnknownAudience,
)
from tf_cvpn_lint.model.network import Network
from tf_cvpn_lint.model.routing import (
    ImplicitMainTable,
    Route,
    RouteTable,
    ToAppliance,
    ToEgressOnlyGateway,
    ToInternetGateway,
    ToLocal,
    ToNatGateway,
    ToNothing,
    ToPeering,
    ToTransitGateway,
    ToUnknown,
    ToVpnGateway,
)
from tf_cvpn_lint.model.transit_gateway import Attachment, DefaultTable, TransitTable
from tf_cvpn_lint.model.vpc import Vpc
from tf_cvpn_lint.reach.trace import EndpointReach, ServerVerdict
from tf_cvpn_lint.report import words
from tf_cvpn_lint.report.escapes import dot as quoted
from tf_cvpn_lint.report.escapes import mermaid as entities
from tf_cvpn_lint.result import Judgement, Result

MOST_EDGES = 400
"""Of a mermaid chart: the readers on code hosts refuse more than 500."""
MOST_LINES = 8
"""Of one label."""
HOST_WORDS = {
    "resolver_inbound": "inbound resolver endpoint",
    "resolver_outbound": "outbound resolver endpoint",
    "resolver_delegation": "delegation resolver endpoint",
    "load_balancer": "load balancer",
    "interface": "network interface",
}


class Addressed(Protocol):
    """Whatever Terraform has an address for."""

    @property
    def address(self) -> Address: ...


@dataclass(frozen=True, slots=True)
class Node:
    """A thing. `group` is the VPC it lies in, or nothing."""

    key: str
    lines: tuple[str, ...]
    kind: str
    """`endpoint`, `subnet`, `gateway`, `table`, `host`, `server`, `outside`; with a verdict for a server, or `fault` for what drops queries."""
    group: str = ""
    verdict: str = ""


@dataclass(slots=True)
class Edge:
    """From one thing to another; several destinations of the same kind share one edge."""

    start: str
    end: str
    labels: list[str]
    is_dashed: bool = False


@dataclass(slots=True)
class Graph:
    """What is drawn of one input, in the order of the model."""

    nodes: dict[str, Node] = field(default_factory=dict)
    groups: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """VPCs: the lines of their labels."""
    edges: dict[tuple[str, str, bool], Edge] = field(default_factory=dict)

    def node(self, key: str, kind: str, *lines: str, group: str = "", verdict: str = "") -> str:
        """Adds it unless it is there."""
        self.nodes.setdefault(key, Node(key, tuple(line for line in lines if line), kind, group, verdict))
        return key

    def edge(self, start: str, end: str, label: str = "", *, is_dashed: bool = False) -> None:
        edge = self.edges.setdefault((start, end, is_dashed), Edge(start, end, [], is_dashed))
        if label and label not in edge.labels:
            edge.labels.append(label)

    def tied_to(self, starts: Iterable[str]) -> Graph:
        """The part that hangs together with these nodes; things in one VPC do not by that alone."""
        beside: dict[str, list[str]] = {}
        for edge in self.edges.values():
            beside.setdefault(edge.start, []).append(edge.end)
            beside.setdefault(edge.end, []).append(edge.start)
        seen: set[str] = set()
        waiting = [start for start in starts if start in self.nodes]
        while waiting:
            if (key := waiting.pop()) not in seen:
                seen.add(key)
                waiting += beside.get(key, [])
        used = {node.group for node in self.nodes.values() if node.key in seen}
        return Graph(
            {key: node for key, node in self.nodes.items() if key in seen},
            {key: lines for key, lines in self.groups.items() if key in used},
            {key: edge for key, edge in self.edges.items() if edge.start in seen and edge.end in seen},
        )


def dot(result: Result) -> str:
    """One digraph in the DOT language."""
    told = ["digraph client_vpn {", "  rankdir=LR;", '  node [shape=box, style=rounded, fontname="sans-serif"];']
    told.append('  edge [fontname="sans-serif", fontsize=10];')
    told.append('  graph [fontname="sans-serif", fontsize=12];')
    for number, graph in enumerate(graphs(result)):
        told += _dot(graph, f"g{number}_")
    return "\n".join([*told, "}"]) + "\n"


def mermaid(result: Result) -> str:
    """One flowchart, cut where readers would refuse it, which it then says."""
    told = ["flowchart LR"]
    room = MOST_EDGES
    for number, graph in enumerate(graphs(result)):
        edges = list(graph.edges.values())[:room]
        room -= len(edges)
        told += _mermaid(graph, edges, f"g{number}_")
        if left := len(graph.edges) - len(edges):
            told.append(f'  g{number}_more["{entities(f"and {left} more edges; the dot format has them all")}"]')
    return "\n".join([*told, *MERMAID_CLASSES]) + "\n"


MERMAID_CLASSES = (
    "  classDef endpoint fill:#ddf4ff,stroke:#0a57b8,color:#0a2540",
    "  classDef reachable fill:#dafbe1,stroke:#1a7f37,color:#0f3d1f",
    "  classDef unreachable fill:#ffebe9,stroke:#cf222e,color:#6b0c12,stroke-width:3px",
    "  classDef intermittent fill:#ffebe9,stroke:#cf222e,color:#6b0c12,stroke-dasharray:6",
    "  classDef fault fill:#fff1f0,stroke:#cf222e,color:#6b0c12,stroke-width:3px",
    "  classDef unknown fill:#fff8c5,stroke:#9a6700,color:#4d3300,stroke-dasharray:4",
    "  classDef outside fill:none,stroke-dasharray:4",
)


def graphs(result: Result) -> list[Graph]:
    """One for every input with an endpoint."""
    return [graph_of(judgement) for judgement in result.judgements if judgement.endpoints]


def graph_of(judgement: Judgement) -> Graph:
    """The part of one network that its endpoints are tied to."""
    made = _Drawing(judgement.network)
    made.draw(judgement.endpoints)
    _mark_faults(made.graph, judgement.endpoints)
    return made.graph.tied_to(str(reach.endpoint.address) for reach in judgement.endpoints)


def _mark_faults(graph: Graph, endpoints: Sequence[EndpointReach]) -> None:
    """Marks where queries are dropped: at what decided it, as far as that is drawn, else at the endpoint."""
    told: dict[str, dict[str, list[str]]] = {}
    for reach in endpoints:
        for server in reach.servers:
            if server.verdict not in (ServerVerdict.UNREACHABLE, ServerVerdict.INTERMITTENT):
                continue
            decided = words.deciding(server.verdict, server.traces)
            if decided is None or not decided[1].verdict.is_no:
                continue
            trace, step = decided
            named = [str(evidence.address) for evidence in step.evidence]
            at = next((key for key in named if key in graph.nodes), str(reach.endpoint.address))
            hop = f"{'on the way back, ' if any(step is other for other in trace.back) else ''}{words.hop_name(step)}"
            told.setdefault(at, {}).setdefault(hop, []).append(str(server.server))
    for key, hops in told.items():
        node = graph.nodes[key]
        lines = tuple(
            f"✗ {hop}: {', '.join(servers[:4])}{' and more' if len(servers) > 4 else ''}"
            for hop, servers in hops.items()
        )
        graph.nodes[key] = Node(key, (*node.lines[:1], *lines, *node.lines[1:]), node.kind, node.group, FAULT)


FAULT = "fault"


class _Drawing:
    """Draws a network into a graph."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.graph = Graph()

    def draw(self, endpoints: Sequence[EndpointReach]) -> None:
        network = self.network
        for vpc in network.vpcs:
            cidrs = ", ".join(str(cidr) for cidr in vpc.cidrs.items)
            self.graph.groups[str(vpc.address)] = (f"VPC {vpc.address}", cidrs)
        for subnet in network.subnets:
            zone = subnet.zone.value if isinstance(subnet.zone, Known) else ""
            key = str(subnet.address)
            self.graph.node(
                key, "subnet", f"subnet {subnet.address}", str(subnet.cidr), zone, group=self._vpc(subnet.vpc)
            )
        self._endpoints(endpoints)
        self._gateways()
        self._tables()
        self._transit()
        self._hosts()

    def _vpc(self, link: Link[Vpc] | None) -> str:
        return str(link.target.address) if isinstance(link, To) else ""

    def _at(self, link: Link[Addressed], what: str) -> str:
        """The node that a link leads to, made where it is none of the configuration's."""
        match link:
            case To(target):
                return self.graph.node(str(target.address), "gateway", f"{what} {target.address}")
            case Outside(id_):
                return self.graph.node(f"outside {id_}", "outside", f"{what} {id_}", "of another configuration")
            case Unresolved():
                names = ", ".join(str(reference) for reference in link.refers_to[:3]) or link.why
                return self.graph.node(f"unresolved {what} {names}", "outside", f"{what} {names}", "not known")
            case _:
                assert_never(link)

    def _endpoints(self, endpoints: Sequence[EndpointReach]) -> None:
        for reach in endpoints:
            endpoint = reach.endpoint
            key = self.graph.node(
                str(endpoint.address),
                "endpoint",
                f"Client VPN endpoint {endpoint.address}",
                words.TUNNEL_WORDS[words.tunnel_mode(endpoint)],
                *self._authorization(endpoint),
            )
            for association in reach.associations:
                self.graph.edge(key, self._at(association.subnet, "subnet"), "association")
            if endpoint.transit_gateway:
                gateway = endpoint.transit_gateway.gateway
                self.graph.edge(key, self._at(gateway, "transit gateway"), "attachment")
            self._client_routes(endpoint, key)
            self._servers(reach, key)

    def _authorization(self, endpoint: ClientVpnEndpoint) -> list[str]:
        told = []
        for rule in self.network.authorization_rules.items:
            if not (isinstance(rule.endpoint, To) and rule.endpoint.target is endpoint):
                continue
            match rule.audience:
                case Everyone():
                    who = "everyone"
                case OneGroup(id_):
                    who = f"group {id_}" if id_ else "one group"
                case Nobody():
                    who = "nobody"
                case UnknownAudience():
                    who = "not known for whom"
                case _:
                    assert_never(rule.audience)
            told.append(f"authorized: {rule.target_network} for {who}")
        return told

    def _client_routes(self, endpoint: ClientVpnEndpoint, key: str) -> None:
        for route in self.network.client_routes.items:
            if not (isinstance(route.endpoint, To) and route.endpoint.target is endpoint):
                continue
            match route.target:
                case ThroughSubnet(subnet):
                    self.graph.edge(key, self._at(subnet, "subnet"), f"route {route.destination}")
                case ThroughTransitGateway():
                    if endpoint.transit_gateway:
                        gateway = endpoint.transit_gateway.gateway
                        self.graph.edge(key, self._at(gateway, "transit gateway"), f"route {route.destination}")
                case BetweenClients():
                    self.graph.edge(key, key, f"route {route.destination} between clients")
                case _:
                    assert_never(route.target)

    def _servers(self, reach: EndpointReach, key: str) -> None:
        for number, server in enumerate(reach.servers, start=1):
            told = self.graph.node(
                f"{key} server {number}",
                "server",
                f"DNS server {server.server}",
                words.KIND_WORDS[server.kind],
                words.VERDICT_WORDS[server.verdict],
                verdict=server.verdict.value,
            )
            self.graph.edge(key, told, f"gives clients, as {number}", is_dashed=True)
            match server.server.address:
                case KnownAddress(ip):
                    hosts = [host for host, _ in self.network.interfaces_at(ip)]
                case InterfacesOf(hosts_):
                    hosts = list(hosts_)
                case _:
                    hosts = []
            for host in hosts:
                self.graph.edge(told, self._host(str(host.address), host.kind), "is", is_dashed=True)

    def _host(self, address: str, kind: str) -> str:
        return self.graph.node(address, "host", f"{HOST_WORDS.get(kind, kind)} {address}")

    def _gateways(self) -> None:
        for internet in self.network.internet_gateways:
            group = next((self._vpc(vpc) for vpc in internet.vpcs.items), "")
            self.graph.node(str(internet.address), "gateway", f"internet gateway {internet.address}", group=group)
        for nat in self.network.nat_gateways:
            at = self.graph.node(str(nat.address), "gateway", f"NAT gateway {nat.address}")
            self.graph.edge(at, self._at(nat.subnet, "subnet"), "lies in", is_dashed=True)
        for peering in self.network.peerings:
            ends = [
                f"{what} {end.target.address}"
                for what, end in (("requester", peering.requester), ("accepter", peering.accepter))
                if isinstance(end, To)
            ]
            self.graph.node(str(peering.address), "gateway", f"peering connection {peering.address}", *ends)

    def _tables(self) -> None:
        for subnet, link in self.network.table_of_subnet.items():
            match link:
                case To(RouteTable() as table):
                    key = self.graph.node(
                        str(table.address), "table", f"route table {table.address}", group=self._vpc(table.vpc)
                    )
                case To(ImplicitMainTable(vpc)):
                    key = self.graph.node(
                        f"main table of {vpc.address}", "table", "main route table", group=str(vpc.address)
                    )
                case _:
                    continue
            self.graph.edge(str(subnet.address), key, is_dashed=True)
        for table in self.network.route_tables:
            if str(table.address) in self.graph.nodes:
                for route in table.routes.items:
                    self._route(str(table.address), route)

    def _route(self, key: str, route: Route) -> None:
        label = str(route.destination)
        match route.target:
            case ToLocal():
                return
            case ToInternetGateway(internet):
                end = self._at(internet, "internet gateway")
            case ToNatGateway(nat):
                end = self._at(nat, "NAT gateway")
            case ToTransitGateway(transit):
                end = self._at(transit, "transit gateway")
            case ToPeering(peering):
                end = self._at(peering, "peering connection")
            case ToVpnGateway(vpn):
                end = self._at(vpn, "VPN gateway")
            case ToAppliance(kind, name):
                end = self.graph.node(f"{kind} {name}", "outside", f"{kind} {name}")
            case ToEgressOnlyGateway():
                end = self.graph.node(f"{key} egress-only", "gateway", "egress-only internet gateway")
            case ToNothing(why):
                end = self.graph.node(f"{key} blackhole", "outside", "blackhole", why)
            case ToUnknown(why):
                end = self.graph.node(f"{key} not known", "outside", "target not known", why)
            case _:
                assert_never(route.target)
        self.graph.edge(key, end, label)

    def _transit(self) -> None:
        for gateway in self.network.transit_gateways:
            self.graph.node(str(gateway.address), "gateway", f"transit gateway {gateway.address}")
        for attachment in self.network.attachments.items:
            kind = "VPC attachment" if attachment.kind == "vpc" else f"{attachment.kind} attachment"
            key = self.graph.node(
                str(attachment.address), "gateway", f"{kind} {attachment.address}", group=self._vpc(attachment.vpc)
            )
            self.graph.edge(self._at(attachment.gateway, "transit gateway"), key)
            for subnet in attachment.subnets.items:
                self.graph.edge(key, self._at(subnet, "subnet"))
        for association in self.network.transit_associations.items:
            self._of_table(association.table, association.attachment, "associated with")
        for propagation in self.network.transit_propagations.items:
            self._of_table(propagation.table, propagation.attachment, "propagates to")
        for route in self.network.transit_routes.items:
            if route.attachment is None:
                table = self._table(route.table)
                end = self.graph.node(f"{table} blackhole", "outside", "blackhole")
                self.graph.edge(table, end, str(route.destination))
            else:
                end = self._at(route.attachment, "attachment")
                self.graph.edge(self._table(route.table), end, str(route.destination))

    def _of_table(self, table: Link[TransitTable], attachment: Link[Attachment], label: str) -> None:
        self.graph.edge(self._at(attachment, "attachment"), self._table(table), label, is_dashed=True)

    def _table(self, link: Link[TransitTable]) -> str:
        match link:
            case To(target):
                if isinstance(target, DefaultTable):
                    key = f"default table of {target.gateway.address}"
                    return self.graph.node(key, "table", f"default route table of {target.gateway.address}")
                return self.graph.node(str(target.address), "table", f"transit gateway route table {target.address}")
            case Outside(id_):
                return self._at(Outside(id_), "transit gateway route table")
            case Unresolved(refers_to, why):
                return self._at(Unresolved(refers_to, why), "transit gateway route table")
            case _:
                assert_never(link)

    def _hosts(self) -> None:
        for host in self.network.hosts:
            key = self._host(str(host.address), host.kind)
            for interface in host.interfaces.items:
                ip = str(interface.ip.value) if isinstance(interface.ip, Known) else ""
                self.graph.edge(key, self._at(interface.subnet, "subnet"), ip)


def _shown(lines: Sequence[str]) -> list[str]:
    shown = list(lines[:MOST_LINES])
    if len(lines) > len(shown):
        shown.append(f"and {len(lines) - len(shown)} more")
    return shown


DOT_STYLES = {
    "endpoint": 'style="rounded,filled", fillcolor="#ddf4ff", color="#0a57b8"',
    "outside": 'style="rounded,dashed"',
    "table": "shape=note",
    "server": "shape=oval",
    FAULT: 'style="rounded,filled", fillcolor="#fff1f0", color="#cf222e", penwidth=3',
    ServerVerdict.REACHABLE.value: 'style=filled, fillcolor="#dafbe1", color="#1a7f37"',
    ServerVerdict.UNREACHABLE.value: 'style=filled, fillcolor="#ffebe9", color="#cf222e", penwidth=3',
    ServerVerdict.INTERMITTENT.value: 'style="filled,dashed", fillcolor="#ffebe9", color="#cf222e", penwidth=3',
    ServerVerdict.UNKNOWN.value: 'style="filled,dashed", fillcolor="#fff8c5", color="#9a6700"',
}


def _dot(graph: Graph, prefix: str) -> list[str]:
    names = {key: f"{prefix}n{number}" for number, key in enumerate(graph.nodes)}

    def node(one: Node, indent: str) -> str:
        styles = [DOT_STYLES[style] for style in (one.kind, one.verdict) if style in DOT_STYLES]
        return f"{indent}{names[one.key]} [{', '.join([f'label={_dot_label(one.lines)}', *styles])}];"

    told = []
    for number, (group, lines) in enumerate(graph.groups.items()):
        told += [f"  subgraph cluster_{prefix}{number} {{", f"    label={_dot_label(lines)};"]
        told += [node(one, "    ") for one in graph.nodes.values() if one.group == group]
        told.append("  }")
    told += [node(one, "  ") for one in graph.nodes.values() if one.group not in graph.groups]
    for edge in graph.edges.values():
        label = f"label={_dot_label(edge.labels)}" if edge.labels else ""
        style = "style=dashed" if edge.is_dashed else ""
        attributes = ", ".join(part for part in (label, style) if part)
        told.append(f"  {names[edge.start]} -> {names[edge.end]}{f' [{attributes}]' if attributes else ''};")
    return told


def _dot_label(lines: Sequence[str]) -> str:
    """The lines, told apart by the one escape that is ours."""
    return '"' + "\\n".join(quoted(line)[1:-1] for line in _shown(lines)) + '"'


def _mermaid(graph: Graph, edges: Sequence[Edge], prefix: str) -> list[str]:
    names = {key: f"{prefix}n{number}" for number, key in enumerate(graph.nodes)}

    def node(one: Node) -> str:
        opening, closing = ("([", "])") if one.kind == "server" else ("[", "]")
        return f'{names[one.key]}{opening}"{_mermaid_label(one.lines)}"{closing}'

    told = []
    for number, (group, lines) in enumerate(graph.groups.items()):
        told.append(f'  subgraph {prefix}v{number}["{_mermaid_label(lines)}"]')
        told += [f"    {node(one)}" for one in graph.nodes.values() if one.group == group]
        told.append("  end")
    told += [f"  {node(one)}" for one in graph.nodes.values() if one.group not in graph.groups]
    for edge in edges:
        arrow = "-.->" if edge.is_dashed else "-->"
        label = f'|"{_mermaid_label(edge.labels)}"|' if edge.labels else ""
        told.append(f"  {names[edge.start]} {arrow}{label} {names[edge.end]}")
    for one in graph.nodes.values():
        style = one.verdict or (one.kind if one.kind in ("endpoint", "outside") else "")
        if style:
            told.append(f"  class {names[one.key]} {style}")
    return told


def _mermaid_label(lines: Sequence[str]) -> str:
    return "<br/>".join(entities(line) for line in _shown(lines))
