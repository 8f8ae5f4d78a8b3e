"""The rules about single hops: how bad, whose fault, and what stays quiet beside them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.adapt.build import ref
from tests.policies.situations import ANY, ENDPOINT, HEALTHY, authorization, only, port, route, subnet, told
from tf_cvpn_lint.rules import Severity

UDP, TCP = port("udp", 53, ANY), port("tcp", 53, ANY)
SOURCE = ["10.42.1.0/24"]
CLIENTS = ["172.20.0.0/16"]


def test_nothing_is_wrong_with_the_healthy_estate() -> None:
    assert told({}) == set()


@pytest.mark.parametrize(
    ("egress", "severity", "says"),
    [
        ([UDP], Severity.WARNING, "lets no tcp 53 out"),
        ([TCP], Severity.ERROR, "lets no udp 53 out"),
        ([], Severity.ERROR, "it has no egress rule"),
    ],
)
def test_an_endpoint_group_without_tcp_alone_is_a_warning(egress: list[Any], severity: Severity, says: str) -> None:
    first, second = only({"aws_security_group.vpn": {"egress": egress}}, "CVPN107")
    assert (first.severity, second.severity) == (severity, severity)
    assert (first.server, second.server) == ("10.42.11.10", "10.42.12.10")
    assert says in first.message
    assert str(first.evidence.address) == "aws_security_group.vpn"


def test_large_answers_are_what_a_group_without_tcp_loses() -> None:
    first, _ = only({"aws_security_group.vpn": {"egress": [UDP]}}, "CVPN107")
    assert "lookups whose answer is too large" in first.message
    assert 'protocol    = "tcp"' in first.suggestion
    assert "udp" not in first.suggestion


def test_security_groups_do_not_stand_before_the_amazon_dns_of_the_vpc() -> None:
    assert told({"aws_security_group.vpn": {"egress": []}, ENDPOINT: {"dns_servers": ["10.42.0.2"]}}) == set()


@pytest.mark.parametrize(
    ("ingress", "rule"),
    [
        ([], "CVPN115"),
        ([port("udp", 53, SOURCE)], "CVPN115"),
        ([port("udp", 53, CLIENTS), port("tcp", 53, CLIENTS)], "CVPN116"),
        ([port("udp", 53, CLIENTS)], "CVPN116"),
        ([port("udp", 53, SOURCE), port("tcp", 53, CLIENTS)], "CVPN116"),
        ([port("udp", 443, CLIENTS)], "CVPN115"),
    ],
)
def test_a_group_that_admits_the_client_cidr_is_told_once(ingress: list[Any], rule: str) -> None:
    first, _ = only({"aws_security_group.resolver": {"ingress": ingress}}, rule)
    assert first.severity is Severity.ERROR
    assert "aws_subnet.vpn.cidr_block" in first.suggestion


def test_rules_beside_the_group_are_suggested_where_it_has_none_of_its_own() -> None:
    separate = {
        "aws_vpc_security_group_ingress_rule.udp": {
            "security_group_id": ref("aws_security_group.resolver.id"),
            "cidr_ipv4": "10.42.1.0/24",
            "ip_protocol": "udp",
            "from_port": 53,
            "to_port": 53,
        }
    }
    group = {"vpc_id": ref("aws_vpc.main.id")}
    base = {**HEALTHY, "aws_security_group.resolver": group}
    first, second = only(separate, "CVPN115", base)
    assert first.suggestion == second.suggestion
    assert first.suggestion.splitlines() == [
        'resource "aws_vpc_security_group_ingress_rule" "dns_from_client_vpn_tcp" {',
        "  security_group_id = aws_security_group.resolver.id",
        "  cidr_ipv4         = aws_subnet.vpn.cidr_block",
        '  ip_protocol       = "tcp"',
        "  from_port         = 53",
        "  to_port           = 53",
        "}",
    ]


def acl(name: str, subnets: list[str], egress: list[Any], ingress: list[Any]) -> dict[str, Any]:
    return {
        f"aws_network_acl.{name}": {
            "vpc_id": ref("aws_vpc.main.id"),
            "subnet_ids": [ref(f"aws_subnet.{each}.id") for each in subnets],
            "egress": egress,
            "ingress": ingress,
        }
    }


def entry(number: int, action: str, protocol: str = "-1", first: int = 0, last: int = 0) -> dict[str, Any]:
    return {
        "rule_no": number,
        "action": action,
        "protocol": protocol,
        "from_port": first,
        "to_port": last,
        "cidr_block": "0.0.0.0/0",
    }


def test_each_network_acl_that_drops_is_a_finding_of_its_own() -> None:
    everything = [entry(100, "allow")]
    found = only(
        {**acl("vpn", ["vpn"], everything, []), **acl("dns", ["dns_a", "dns_b"], [], everything)},
        "CVPN108",
    )
    assert [(each.server, str(each.evidence.address)) for each in found] == [
        ("10.42.11.10", "aws_network_acl.dns"),
        ("10.42.11.10", "aws_network_acl.vpn"),
        ("10.42.12.10", "aws_network_acl.dns"),
        ("10.42.12.10", "aws_network_acl.vpn"),
    ]
    assert all(each.severity is Severity.ERROR for each in found)


def test_suggested_acl_entries_go_before_the_rule_that_denies_and_serve_all_servers() -> None:
    egress = [entry(50, "deny", "udp", 53, 53), entry(100, "allow")]
    first, second = only(acl("vpn", ["vpn"], egress, [entry(100, "allow")]), "CVPN108")
    assert first.suggestion == second.suggestion
    assert [line.strip() for line in first.suggestion.splitlines() if "rule_no" in line or "cidr" in line] == [
        "rule_no    = 40",
        'cidr_block = "10.42.11.10/32"',
        "rule_no    = 30",
        'cidr_block = "10.42.12.10/32"',
    ]


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ({"dns": ("10.42.8.0/21", "dev"), "all": ("10.42.0.0/16", None)}, {"CVPN103"}),
        ({"dns": ("10.42.8.0/21", "dev"), "all": ("10.99.0.0/16", "ops")}, {"CVPN103"}),
        ({"dns": ("10.42.8.0/21", "dev"), "same": ("10.42.8.0/21", "ops"), "all": ("10.42.0.0/16", "ops")}, set()),
        ({"dns": ("10.42.8.0/21", "dev"), "same": ("10.42.8.0/21", None), "all": ("10.42.0.0/16", None)}, set()),
        ({"dns": ("10.42.8.0/21", "dev"), "all": ("10.42.0.0/16", "dev")}, set()),
    ],
)
def test_groups_that_other_rules_let_in_are_left_out(rules: dict[str, tuple[str, str | None]], said: set[str]) -> None:
    made = {f"aws_ec2_client_vpn_authorization_rule.{name}": authorization(*rule) for name, rule in rules.items()}
    assert told({"aws_ec2_client_vpn_authorization_rule.vpc": None, **made}) == said


def test_a_group_that_is_not_known_is_not_said_to_be_left_out() -> None:
    unknown = {**authorization("10.99.0.0/16"), "authorize_all_groups": None, "access_group_id": ref("var.group")}
    made = {
        "aws_ec2_client_vpn_authorization_rule.vpc": {"authorize_all_groups": None, "access_group_id": "dev"},
        "aws_ec2_client_vpn_authorization_rule.other": unknown,
    }
    assert told(made) == set()


def test_where_clients_have_no_groups_that_is_what_is_told() -> None:
    made = {
        ENDPOINT: {"authentication_options": [{"type": "certificate-authentication"}]},
        "aws_ec2_client_vpn_authorization_rule.dns": authorization("10.42.8.0/21", "dev"),
    }
    first, _ = only(made, "CVPN313")
    assert str(first.evidence.address) == "aws_ec2_client_vpn_authorization_rule.dns"


def test_a_rule_that_admits_nobody_is_not_a_missing_rule() -> None:
    assert told({"aws_ec2_client_vpn_authorization_rule.vpc": {"authorize_all_groups": False}}) == {"CVPN312"}


# Networks beyond the VPC

SHARED: dict[str, dict[str, Any]] = {
    **HEALTHY,
    "aws_vpc.shared": {"cidr_block": "10.50.0.0/16", "enable_dns_hostnames": True},
    "aws_subnet.dns_a": subnet("10.50.1.0/24", "eu-west-1a", "aws_vpc.shared"),
    "aws_subnet.dns_b": subnet("10.50.2.0/24", "eu-west-1b", "aws_vpc.shared"),
    "aws_security_group.resolver": {**HEALTHY["aws_security_group.resolver"], "vpc_id": ref("aws_vpc.shared.id")},
    "aws_route53_resolver_endpoint.inbound": {
        **HEALTHY["aws_route53_resolver_endpoint.inbound"],
        "ip_address": [
            {"subnet_id": ref("aws_subnet.dns_a.id"), "ip": "10.50.1.10"},
            {"subnet_id": ref("aws_subnet.dns_b.id"), "ip": "10.50.2.10"},
        ],
    },
    ENDPOINT: {**HEALTHY[ENDPOINT], "dns_servers": ["10.50.1.10", "10.50.2.10"]},
    "aws_ec2_client_vpn_authorization_rule.vpc": authorization("10.0.0.0/8"),
    "aws_ec2_client_vpn_route.shared": route("10.50.0.0/16"),
    "aws_ec2_transit_gateway.core": {"default_route_table_association": "enable"},
    **{
        f"aws_ec2_transit_gateway_vpc_attachment.{name}": {
            "transit_gateway_id": ref("aws_ec2_transit_gateway.core.id"),
            "vpc_id": ref(f"aws_vpc.{name}.id"),
            "subnet_ids": [ref(f"aws_subnet.{each}.id") for each in subnets],
        }
        for name, subnets in {"main": ["vpn"], "shared": ["dns_a", "dns_b"]}.items()
    },
    **{
        f"aws_route_table.{name}": {
            "vpc_id": ref(f"aws_vpc.{name}.id"),
            "route": [{"cidr_block": "10.0.0.0/8", "transit_gateway_id": ref("aws_ec2_transit_gateway.core.id")}],
        }
        for name in ("main", "shared")
    },
    **{
        f"aws_route_table_association.{name}": {
            "subnet_id": ref(f"aws_subnet.{name}.id"),
            "route_table_id": ref(f"aws_route_table.{table}.id"),
        }
        for name, table in {"vpn": "main", "dns_a": "shared", "dns_b": "shared"}.items()
    },
}
"""The resolver is in another VPC, behind a transit gateway with its default route table."""

MAIN = "aws_ec2_transit_gateway_vpc_attachment.main"
FAR = "aws_ec2_transit_gateway_vpc_attachment.shared"


def test_nothing_is_wrong_with_the_shared_estate() -> None:
    assert told({}, SHARED) == set()


def test_a_zone_is_missed_there_and_on_the_way_back() -> None:
    there: dict[str, dict[str, Any]] = {
        "aws_subnet.vpn": {"availability_zone": "eu-west-1c"},
        MAIN: {"subnet_ids": [ref("aws_subnet.tgw.id")]},
    }
    there["aws_subnet.tgw"] = subnet("10.42.9.0/28", "eu-west-1a")
    first, _ = only(there, "CVPN111", SHARED)
    assert first.message.startswith("Queries to 10.50.1.10")
    assert first.suggestion == (
        "# in aws_ec2_transit_gateway_vpc_attachment.main\nsubnet_ids = [aws_subnet.tgw.id, aws_subnet.vpn.id]"
    )
    (back,) = only({FAR: {"subnet_ids": [ref("aws_subnet.dns_a.id")]}}, "CVPN111", SHARED)
    assert back.message.startswith("Answers from 10.50.2.10")
    assert back.evidence.attribute == "subnet_ids"
    assert str(back.evidence.address) == FAR


@pytest.mark.parametrize(
    ("changes", "words", "where"),
    [
        ({MAIN: {"transit_gateway_default_route_table_association": False}}, "Queries to", MAIN),
        ({FAR: {"transit_gateway_default_route_table_propagation": False}}, "Queries to", MAIN),
        ({FAR: {"transit_gateway_default_route_table_association": False}}, "Answers from", FAR),
        ({MAIN: {"transit_gateway_default_route_table_propagation": False}}, "Answers from", FAR),
    ],
)
def test_a_transit_gateway_route_is_missed_there_and_on_the_way_back(
    changes: dict[str, dict[str, Any]], words: str, where: str
) -> None:
    first, second = only(changes, "CVPN112", SHARED)
    assert first.message.startswith(f"{words} 10.50.1.10")
    assert (str(first.evidence.address), str(second.evidence.address)) == (where, where)


def test_a_missing_way_back_is_not_a_missing_way_there() -> None:
    first, second = only({"aws_route_table.shared": {"route": []}}, "CVPN117", SHARED)
    assert first.suggestion == second.suggestion
    assert "transit_gateway_id     = aws_ec2_transit_gateway.core.id" in first.suggestion
    assert "destination_cidr_block = aws_vpc.main.cidr_block" in first.suggestion
    assert told({"aws_route_table.main": {"route": []}}, SHARED) == {"CVPN109"}


def test_two_missing_things_are_two_findings() -> None:
    changes: dict[str, dict[str, Any]] = {
        "aws_route_table.shared": {"route": []},
        "aws_security_group.vpn": {"egress": []},
    }
    assert told(changes, SHARED) == {"CVPN107", "CVPN117"}
