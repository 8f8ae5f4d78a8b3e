"""The rules about what is resolved: which resolver knows which names, and whether the answer is of use."""

from __future__ import annotations

from typing import Any

import pytest

from tests.adapt.build import ref
from tests.policies.situations import ENDPOINT, authorization, findings, only, route, subnet, told

ZONE: dict[str, dict[str, Any]] = {
    "aws_route53_zone.corp": {"name": "corp.internal", "vpc": [{"vpc_id": ref("aws_vpc.main.id")}]}
}
OTHER = {"aws_vpc.other": {"cidr_block": "10.60.0.0/16", "enable_dns_hostnames": True}}
ZONE_OF_OTHER: dict[str, dict[str, Any]] = {
    **OTHER,
    "aws_route53_zone.corp": {"name": "corp.internal", "vpc": [{"vpc_id": ref("aws_vpc.other.id")}]},
}
SERVICE: dict[str, dict[str, Any]] = {
    "aws_vpc_endpoint.ec2": {
        "vpc_id": ref("aws_vpc.main.id"),
        "vpc_endpoint_type": "Interface",
        "service_name": "com.amazonaws.eu-west-1.ec2",
        "private_dns_enabled": True,
        "subnet_ids": [ref("aws_subnet.dns_a.id")],
    }
}
PUBLIC = {ENDPOINT: {"dns_servers": ["1.1.1.1", "9.9.9.9"]}}
UNSET = {ENDPOINT: {"dns_servers": None}}


def record(name: str, address: Any, type_: str = "A") -> dict[str, Any]:
    return {"zone_id": ref("aws_route53_zone.corp.zone_id"), "name": name, "type": type_, "records": [address]}


@pytest.mark.parametrize(
    ("names", "servers", "said"),
    [
        ({}, UNSET, {"CVPN406"}),
        ({}, PUBLIC, {"CVPN205"}),
        (ZONE, {}, set()),
        (ZONE, UNSET, {"CVPN201", "CVPN406"}),
        (ZONE, PUBLIC, {"CVPN201", "CVPN205"}),
        (ZONE_OF_OTHER, UNSET, {"CVPN406"}),
        (SERVICE, UNSET, {"CVPN201", "CVPN406"}),
        (
            {"aws_vpc_endpoint.ec2": {**SERVICE["aws_vpc_endpoint.ec2"], "private_dns_enabled": False}},
            UNSET,
            {"CVPN406"},
        ),
        (ZONE, {ENDPOINT: {"dns_servers": ["10.42.11.10", "1.1.1.1"]}}, {"CVPN204", "CVPN205"}),
    ],
)
def test_private_names_need_a_resolver_that_knows_them(
    names: dict[str, Any], servers: dict[str, Any], said: set[str]
) -> None:
    assert told({**names, **servers}) == said


@pytest.mark.parametrize("servers", [["10.42.0.2"], ["10.42.11.10", "10.42.12.10"]])
def test_hostnames_that_are_off_matter_where_there_are_private_names(servers: list[str]) -> None:
    off: dict[str, Any] = {"aws_vpc.main": {"enable_dns_hostnames": None}, ENDPOINT: {"dns_servers": servers}}
    assert told(off) == set()
    (found,) = only({**off, **ZONE}, "CVPN202")
    assert found.server is None
    assert found.suggestion == "# in aws_vpc.main\nenable_dns_hostnames = true"
    assert told({**off, **SERVICE}) == {"CVPN202"}
    assert told({**off, **ZONE_OF_OTHER}) == {"CVPN203"}


def test_without_dns_support_hostnames_do_not_matter() -> None:
    off: dict[str, Any] = {"enable_dns_hostnames": False, "enable_dns_support": False}
    assert told({"aws_vpc.main": off, ENDPOINT: {"dns_servers": ["10.42.0.2"]}, **ZONE}) == {"CVPN121"}


def test_a_zone_of_another_vpc_is_told_once_whatever_the_servers() -> None:
    (found,) = only(ZONE_OF_OTHER, "CVPN203")
    assert found.server is None
    assert "aws_vpc.other only" in found.message
    assert found.suggestion == "# in aws_route53_zone.corp\nvpc {\n  vpc_id = aws_vpc.main.id\n}"


def test_a_zone_is_quiet_where_the_vpc_has_one_of_the_same_name() -> None:
    twin = {"aws_route53_zone.twin": {"name": "corp.internal", "vpc": [{"vpc_id": ref("aws_vpc.main.id")}]}}
    assert told({**ZONE_OF_OTHER, **twin}) == set()


def test_a_zone_is_quiet_where_another_endpoint_serves_it() -> None:
    other = "aws_ec2_client_vpn_endpoint.other"
    environment: dict[str, dict[str, Any]] = {
        "aws_subnet.other": subnet("10.60.1.0/24", "eu-west-1a", "aws_vpc.other"),
        other: {
            "client_cidr_block": "172.24.0.0/16",
            "vpc_id": ref("aws_vpc.other.id"),
            "security_group_ids": [ref("aws_security_group.vpn.id")],
            "split_tunnel": True,
            "dns_servers": ["10.60.0.2"],
        },
        "aws_ec2_client_vpn_network_association.other": {
            "client_vpn_endpoint_id": ref(f"{other}.id"),
            "subnet_id": ref("aws_subnet.other.id"),
        },
        "aws_ec2_client_vpn_authorization_rule.other": {
            **authorization("10.60.0.0/16"),
            "client_vpn_endpoint_id": ref(f"{other}.id"),
        },
    }
    assert told({**ZONE_OF_OTHER, **environment}) == set()


def test_a_zone_whose_associations_were_not_all_read_is_not_told() -> None:
    read = {"data.aws_route53_zone.corp": {"name": "corp.internal", "private_zone": True, "vpc_id": "vpc-1"}}
    assert told({**OTHER, **read}) == set()


def test_a_zone_of_a_vpc_that_is_named_by_its_id_is_not_told_where_ours_has_no_id_yet() -> None:
    named = {"aws_route53_zone.corp": {"name": "corp.internal", "vpc": [{"vpc_id": "vpc-0123"}]}}
    assert told(named) == set()
    assert told({**named, "aws_vpc.main": {"id": "vpc-0456"}}) == {"CVPN203"}


@pytest.mark.parametrize(
    ("address", "more", "said"),
    [
        ("10.42.20.1", {}, set()),
        ("10.60.1.10", {}, {"CVPN206"}),
        ("10.60.1.10", {"aws_ec2_client_vpn_route.x": route("10.60.0.0/16")}, {"CVPN206"}),
        ("10.60.1.10", {"aws_ec2_client_vpn_authorization_rule.x": authorization("10.60.0.0/16")}, {"CVPN206"}),
        (
            "10.60.1.10",
            {
                "aws_ec2_client_vpn_route.x": route("10.60.0.0/16"),
                "aws_ec2_client_vpn_authorization_rule.x": authorization("10.60.0.0/16"),
            },
            set(),
        ),
        ("10.60.1.10", {"aws_ec2_client_vpn_route.x": route(ref("var.network"))}, {"CVPN206"}),
        ("203.0.114.7", {}, set()),
        ("203.0.114.7", {ENDPOINT: {"split_tunnel": False}}, {"CVPN206"}),
        (ref("aws_cloudformation_stack.x.outputs"), {}, set()),
    ],
)
def test_an_answer_is_of_use_where_it_is_routed_and_authorized(
    address: Any, more: dict[str, Any], said: set[str]
) -> None:
    assert told({**ZONE, "aws_route53_record.wiki": record("wiki", address), **more}) == said


def test_what_is_missing_is_what_is_told_and_suggested() -> None:
    base = {**ZONE, "aws_route53_record.wiki": record("wiki", "10.60.1.10")}
    (found,) = only(base, "CVPN206")
    assert found.message.startswith("wiki.corp.internal resolves for clients to 10.60.1.10")
    assert "neither a Client VPN route nor an authorization rule" in found.message
    routed = {"aws_ec2_client_vpn_route.x": route("10.60.0.0/16")}
    (found,) = only({**base, **routed}, "CVPN206")
    assert "connections are dropped at the endpoint" in found.message
    assert "aws_ec2_client_vpn_route" not in found.suggestion


def test_instances_of_one_record_are_one_finding() -> None:
    records = {
        f'aws_route53_record.host["{name}"]': record(name, f"10.60.1.{number}") for number, name in enumerate("abcd", 1)
    }
    (found,) = only({**ZONE, **records}, "CVPN206")
    assert "a.corp.internal, b.corp.internal, c.corp.internal and 1 more" in found.message
    assert len(found.related) == 4


def test_names_that_nobody_is_given_are_not_told() -> None:
    unreachable = {
        **ZONE,
        "aws_route53_record.wiki": record("wiki", "10.60.1.10"),
        "aws_security_group.vpn": {"egress": []},
    }
    assert told(unreachable) == {"CVPN107"}


def test_an_interface_endpoint_in_an_unauthorized_subnet_is_as_dead_as_none() -> None:
    narrow = {"aws_ec2_client_vpn_authorization_rule.vpc": {"target_network_cidr": "10.42.11.10/32"}}
    second = {"aws_ec2_client_vpn_authorization_rule.second": authorization("10.42.12.10/32")}
    assert told({**narrow, **second}) == set()
    inside = {"aws_vpc_endpoint.ec2": {**SERVICE["aws_vpc_endpoint.ec2"], "subnet_ids": [ref("aws_subnet.vpn.id")]}}
    (found,) = only({**inside, **narrow, **second}, "CVPN206")
    assert "com.amazonaws.eu-west-1.ec2" in found.message
    assert found.suggestion.count("target_network_cidr") == 1
    assert '"10.42.1.0/24"' in found.suggestion


@pytest.mark.parametrize(
    "leads",
    [
        {"type": "A", "alias": [{"name": ref("aws_vpc_endpoint.ec2.dns_entry[0].dns_name"), "zone_id": "Z1"}]},
        {"type": "CNAME", "records": [ref("aws_vpc_endpoint.ec2.dns_entry[0].dns_name")]},
        {"type": "CNAME", "records": ref("aws_vpc_endpoint.ec2.dns_entry[0].dns_name")},
    ],
)
def test_a_record_leads_to_the_interfaces_of_its_endpoint(leads: dict[str, Any]) -> None:
    service = {**SERVICE["aws_vpc_endpoint.ec2"], "subnet_ids": [ref("aws_subnet.vpn.id")]}
    narrow = {
        "aws_ec2_client_vpn_authorization_rule.vpc": {"target_network_cidr": "10.42.11.10/32"},
        "aws_ec2_client_vpn_authorization_rule.second": authorization("10.42.12.10/32"),
        "aws_route53_record.ec2": {"zone_id": ref("aws_route53_zone.corp.zone_id"), "name": "ec2", **leads},
    }
    quiet = {"aws_vpc_endpoint.ec2": {**service, "private_dns_enabled": False}}
    assert [str(found.evidence.address) for found in findings({**ZONE, **narrow, **quiet})] == [
        "aws_route53_record.ec2"
    ]
    # With private DNS the endpoint's own names are as dead; one fault, one finding.
    both = findings({**ZONE, **narrow, "aws_vpc_endpoint.ec2": service})
    assert [str(found.evidence.address) for found in both] == ["aws_vpc_endpoint.ec2"]


@pytest.mark.parametrize(
    ("private", "kept"),
    [
        ("10.42.11.10", '"10.42.11.10"'),
        ("169.254.169.253", "cidrhost(aws_vpc.main.cidr_block, 2)"),
        ("172.20.0.5", "cidrhost(aws_vpc.main.cidr_block, 2)"),
    ],
)
def test_of_a_mixed_pair_only_a_resolver_is_suggested_to_stay(private: str, kept: str) -> None:
    servers = {ENDPOINT: {"dns_servers": [private, "1.1.1.1"]}}
    (found,) = (each for each in findings(servers) if each.rule.id == "CVPN204")
    assert f"dns_servers = [{kept}]" in found.suggestion
