"""The network model as a graph."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from tests.report.reports import NOTHING, hostile, named
from tf_cvpn_lint.report import graph
from tf_cvpn_lint.result import Result
from tf_cvpn_lint.run import Options, run

NETWORKS = Path(__file__).parent.parent.parent / "fixtures" / "networks"


def network(name: str) -> Result:
    return run([str(NETWORKS / name / "plan.json")], (), Options())


def test_what_the_endpoint_is_tied_to_is_drawn() -> None:
    (drawn,) = graph.graphs(network("seed-2-without-client-route"))
    told = {node.lines[0] for node in drawn.nodes.values()}
    assert told >= {
        "Client VPN endpoint aws_ec2_client_vpn_endpoint.this",
        'subnet aws_subnet.vpn["a"]',
        "transit gateway aws_ec2_transit_gateway.core",
        "DNS server 10.10.1.228",
        "inbound resolver endpoint aws_route53_resolver_endpoint.inbound",
        'subnet aws_subnet.shared["b"]',
    }
    edges = {(edge.start, edge.end): edge.labels for edge in drawn.edges.values()}
    assert edges["aws_route_table.vpn", "aws_ec2_transit_gateway.core"] == ["10.10.0.0/16"]
    assert drawn.groups["aws_vpc.shared"] == ("VPC aws_vpc.shared", "10.10.0.0/16")


def test_a_server_has_the_colour_of_its_verdict() -> None:
    of = network("seed-2-without-client-route")
    assert "class g0_n5 unreachable\n" in graph.mermaid(of)
    assert (
        'label="DNS server 10.10.1.228\\ninbound resolver endpoint\\nunreachable", shape=oval, style=filled'
        in graph.dot(of)
    )


def test_what_drops_the_queries_is_marked() -> None:
    of = network("transit-gateway-not-in-zone-b")
    (drawn,) = graph.graphs(of)
    node = drawn.nodes["aws_ec2_transit_gateway_vpc_attachment.vpn"]
    assert (node.verdict, node.lines[1]) == ("fault", "✗ transit gateway: 10.70.1.53, 10.70.2.53")
    assert [one.key for one in drawn.nodes.values() if one.verdict == "fault"] == [node.key]
    # What is no thing of its own in the picture is told at the endpoint.
    (drawn,) = graph.graphs(network("no-authorization-rules"))
    (at,) = (one for one in drawn.nodes.values() if one.verdict == "fault")
    assert at.kind == "endpoint"
    assert at.lines[1].startswith("✗ authorization: ")
    (drawn,) = graph.graphs(network("own-amazon-dns-split"))
    assert not any(one.verdict == "fault" for one in drawn.nodes.values())


def test_what_is_not_tied_to_an_endpoint_is_left_out() -> None:
    made = graph.Graph()
    for key in ("endpoint", "subnet", "lonely"):
        made.node(key, "subnet", key)
    made.edge("endpoint", "subnet")
    assert list(made.tied_to(["endpoint"]).nodes) == ["endpoint", "subnet"]


def test_a_chart_that_readers_would_refuse_is_cut_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graph, "MOST_EDGES", 3)
    told = graph.mermaid(network("seed-2-without-client-route"))
    assert len(re.findall("-->|-.->", told)) == 3
    assert "and 17 more edges#59; the dot format has them all" in told


def test_a_run_without_endpoints_is_an_empty_graph() -> None:
    assert graph.dot(NOTHING).endswith("}\n")
    assert graph.mermaid(NOTHING).startswith("flowchart LR\n")


def test_every_network_is_drawn_the_same_twice() -> None:
    for plan in sorted(NETWORKS.glob("*/plan.json"))[::12]:
        of = network(plan.parent.name)
        assert graph.dot(of) == graph.dot(network(plan.parent.name))
        assert graph.mermaid(of) == graph.mermaid(network(plan.parent.name))


STATEMENT = re.compile(
    r"flowchart LR|  class(Def)? \w+ [\w:#,-]+|  end|  subgraph \w+\[\"[^\"]*\"\]|"
    r" +\w+(\[\"[^\"]*\"\]|\(\[\"[^\"]*\"\]\))|  \w+ (-->|-\.->)(\|\"[^\"]*\"\|)? \w+"
)


@given(hostile)
def test_no_name_is_a_statement_of_mermaid(text: str) -> None:
    for line in graph.mermaid(named(text)).splitlines():
        assert STATEMENT.fullmatch(line), line
        label = line.replace("<br/>", "")
        assert "<" not in label
        assert "`" not in label
        assert line.isprintable()


QUOTED = r'"(?:[^"\\]|\\.)*"'
DOT_LINE = re.compile(
    rf"digraph client_vpn {{|  rankdir=LR;| *\w+ \[[\w=, #.]*(?:(?:label|style|fontname|fillcolor|color)={QUOTED}[\w=, #.]*)*\];|"
    rf"  subgraph \w+ {{|    label={QUOTED};|  \w+ -> \w+(?: \[(?:label={QUOTED})?[\w=, ]*\])?;|  }}|}}"
)


@given(hostile)
def test_no_name_is_a_statement_of_dot(text: str) -> None:
    told = graph.dot(named(text))
    told.encode()
    for line in told.splitlines():
        assert DOT_LINE.fullmatch(line), line
        assert not re.search(r"(?<!\\)(?:\\\\)*\\[^n\"\\]", line), line


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(hostile)
def test_graphviz_reads_it_whatever_the_names(text: str) -> None:
    done = subprocess.run(["dot", "-Tcanon"], input=graph.dot(named(text)).encode(), capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
