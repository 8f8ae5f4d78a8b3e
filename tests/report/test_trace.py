"""Queries told hop by hop."""

from __future__ import annotations

import io

from tests.builders import (
    ENDPOINT,
    association,
    endpoint,
    evidence,
    reach,
    reachable_steps,
    result,
    traces,
    unsure_steps,
)
from tf_cvpn_lint.core.address import Address
from tf_cvpn_lint.core.records import replace, settle
from tf_cvpn_lint.core.verdict import no, yes
from tf_cvpn_lint.reach.trace import ServerSecurityGroup, ServerVerdict, Service, Trace
from tf_cvpn_lint.report import document, text
from tf_cvpn_lint.report.excerpt import Sources
from tf_cvpn_lint.report.page import Page
from tf_cvpn_lint.report.standing import ways
from tf_cvpn_lint.report.trace import alike, write_queries
from tf_cvpn_lint.settings import Color


def told(of: tuple[Trace, ...]) -> str:
    stream = io.StringIO()
    write_queries(of, Page(stream, Color.NEVER, 120), Sources(), indent=0)
    return stream.getvalue()


def test_queries_that_fare_alike_are_told_together() -> None:
    (server,) = reach({"10.10.1.228": ServerVerdict.UNREACHABLE}).servers
    assert len(server.traces) == 4
    assert told(server.traces).startswith(
        'udp/53 and tcp/53 by aws_ec2_client_vpn_network_association.this["a"], ["b"]\n  ✗ client route: '
    )


def test_queries_that_differ_in_one_hop_are_told_apart() -> None:
    (server,) = reach({"10.10.1.228": ServerVerdict.INTERMITTENT}).servers
    assert [[str(address.key) for address in queries.associations] for queries in alike(server.traces)] == [
        ["a"],
        ["b"],
    ]


def test_a_protocol_that_fails_alone_is_told_apart() -> None:
    (server,) = reach({"10.0.0.2": ServerVerdict.REACHABLE}, by=("a",)).servers
    udp, tcp = server.traces
    tcp = replace(tcp, steps=(*tcp.steps[:-1], Service(verdict=no(), says="tcp/53 is refused")))
    assert [queries.protocols for queries in alike((udp, tcp))] == [("udp",), ("tcp",)]


def test_what_differs_only_in_the_rule_that_admits_it_is_told_together_with_both_rules() -> None:
    made = reach({"10.0.0.2": ServerVerdict.REACHABLE}, by=("a",))
    (server,) = made.servers
    group = evidence(Address("aws_security_group", "dns"), line=9)

    def admitted(trace: Trace, line: int) -> Trace:
        rule = evidence(Address("aws_vpc_security_group_ingress_rule", trace.flow.protocol), line=line)
        says = f"it admits {trace.flow.protocol} 53"
        return replace(trace, steps=(ServerSecurityGroup(verdict=yes(), says=says, evidence=(rule, group)),))

    of = tuple(admitted(trace, line) for trace, line in zip(server.traces, (3, 6), strict=True))
    assert " ".join(told(of).split()).endswith(
        "it admits udp and tcp 53 [aws_vpc_security_group_ingress_rule.udp vpn.tf:3; "
        "aws_vpc_security_group_ingress_rule.tcp vpn.tf:6; aws_security_group.dns vpn.tf:9]"
    )
    settle(server, "traces", of)
    (way,) = ways(document.report(result(made)).endpoints[0].dns_servers[0].traces)
    assert way.protocols == ("udp", "tcp")
    assert [at.line for at in way.trace.steps[0].evidence] == [3, 6, 9]


def test_the_way_back_is_told_beneath_the_way_there() -> None:
    landed = association("a")
    of = traces(endpoint(), "10.0.0.2", (Service(verdict=yes(), says="it answers"),), (landed,))
    back = tuple(replace(trace, back=(Service(verdict=no(), says="no route leads back"),)) for trace in of)
    assert told(back).endswith("  ✓ DNS service: it answers\n    and back\n      ✗ DNS service: no route leads back\n")


def test_what_was_passed_over_and_what_is_assumed_are_told() -> None:
    (server,) = reach({"10.10.1.228": ServerVerdict.UNREACHABLE}).servers
    assert "passed over 10.123.0.0/16: does not cover 10.10.1.228\n" in told(server.traces)
    unsure = traces(endpoint(), "10.0.0.2", unsure_steps("10.0.0.2"), ())
    assert "assumed: the server's group admits the query; settled by data.aws_security_group.dns.id\n" in told(unsure)


def test_the_trace_command_tells_every_server() -> None:
    stream = io.StringIO()
    of = result(reach({"10.10.1.228": ServerVerdict.UNREACHABLE, "10.0.0.2": ServerVerdict.REACHABLE}))
    text.write_traces(of, Page(stream, Color.NEVER, 120), ())
    assert stream.getvalue().count("udp/53 and tcp/53 by ") == 2


def test_after_the_first_block_only_the_hops_that_differ_are_told() -> None:
    a, b = association("a"), association("b")
    of = endpoint()
    first = traces(of, "10.0.0.2", reachable_steps("10.0.0.2"), (a,))
    second = traces(of, "10.0.0.2", (*reachable_steps("10.0.0.2")[:2], Service(verdict=no(), says="no answer")), (b,))
    assert told(first + second).endswith(
        'aws_ec2_client_vpn_network_association.this["b"]\n'
        "    as above: client route, authorization\n"
        "  ✗ DNS service: no answer\n"
    )


def test_what_decided_is_named_where_the_sentence_does_not_name_it() -> None:
    at = evidence(line=40)
    (trace, _) = traces(endpoint(), "10.0.0.2", (Service(verdict=yes(), says="it answers", evidence=(at,)),), ())
    assert "it answers [aws_ec2_client_vpn_endpoint.this vpn.tf:40]\n" in told((trace,))
    (trace, _) = traces(endpoint(), "10.0.0.2", (Service(verdict=yes(), says=f"{ENDPOINT} does", evidence=(at,)),), ())
    assert "this does [vpn.tf:40]\n" in told((trace,))
