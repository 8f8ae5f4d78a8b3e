"""The rules about what AWS refuses, and the notes."""

from __future__ import annotations

from typing import Any

import pytest

from tests.adapt.build import ref
from tests.policies.situations import ENDPOINT, HEALTHY, authorization, findings, only, route, subnet, told
from tf_cvpn_lint.rules import Severity


def association(subnet_id: Any) -> dict[str, Any]:
    return {"client_vpn_endpoint_id": ref(f"{ENDPOINT}.id"), "subnet_id": subnet_id}


VPN_B = "aws_ec2_client_vpn_network_association.vpn_b"


@pytest.mark.parametrize(
    ("client", "said"),
    [
        ("172.20.0.0/16", set()),
        ("10.42.0.0/16", {"CVPN303"}),
        ("10.40.0.0/14", {"CVPN303"}),
        ("10.43.0.0/16", set()),
        ("172.20.0.0/22", set()),
        ("172.20.0.0/23", {"CVPN304"}),
        ("172.16.0.0/12", set()),
        ("172.0.0.0/11", {"CVPN304"}),
        ("172.20.0.1/22", {"CVPN304"}),
        (ref("aws_vpc_ipam_pool_cidr_allocation.x.cidr"), set()),
    ],
)
def test_the_client_cidr_is_a_network_of_its_own_and_of_a_size_that_aws_takes(client: Any, said: set[str]) -> None:
    # With a public server no address of the VPC is in the client CIDR, which would be CVPN124's.
    public = {"client_cidr_block": client, "dns_servers": ["1.1.1.1", "9.9.9.9"]}
    assert told({ENDPOINT: public}) == {*said, "CVPN205"}


@pytest.mark.parametrize(
    ("destination", "said"),
    [
        ("172.20.4.0/24", {"CVPN303"}),
        ("172.21.0.0/16", set()),
        ("0.0.0.0/0", {"CVPN404"}),
    ],
)
def test_a_route_must_not_overlap_the_client_cidr_but_for_the_default_one(destination: str, said: set[str]) -> None:
    assert told({"aws_ec2_client_vpn_route.x": route(destination)}) == said


def test_the_route_between_clients_is_the_client_cidr() -> None:
    assert told({"aws_ec2_client_vpn_route.clients": route("172.20.0.0/16", "local")}) == set()


@pytest.mark.parametrize(("client", "better"), [("10.42.16.0/20", "172.16.0.0/20"), ("10.40.0.0/13", "172.16.0.0/16")])
def test_the_client_cidr_that_is_suggested_is_free(client: str, better: str) -> None:
    changes = {ENDPOINT: {"client_cidr_block": client}, "aws_vpc.other": {"cidr_block": "172.17.0.0/16"}}
    (found,) = [each for each in findings(changes) if each.rule.id == "CVPN303"]
    assert found.suggestion == f'# in {ENDPOINT}\nclient_cidr_block = "{better}"'
    taken = {**changes, "aws_vpc.third": {"cidr_block": "172.16.0.0/16"}}
    (found,) = [each for each in findings(taken) if each.rule.id == "CVPN303"]
    assert better not in found.suggestion


def test_a_client_cidr_that_is_too_small_is_widened_in_place() -> None:
    (found,) = only({ENDPOINT: {"client_cidr_block": "172.20.9.0/24"}}, "CVPN304")
    assert found.suggestion == f'# in {ENDPOINT}\nclient_cidr_block = "172.20.8.0/22"'


@pytest.mark.parametrize(
    ("zone", "said"), [("eu-west-1b", set()), ("eu-west-1a", {"CVPN305"}), ("euw1-az1", set()), (None, set())]
)
def test_two_associations_are_in_two_zones(zone: str | None, said: set[str]) -> None:
    made = {"aws_subnet.vpn_b": subnet("10.42.2.0/24", zone or ""), VPN_B: association(ref("aws_subnet.vpn_b.id"))}
    assert told({**made, "aws_security_group.resolver": {"ingress": _from_anywhere()}}) == said


def _from_anywhere() -> list[dict[str, Any]]:
    return [{"protocol": "-1", "from_port": 0, "to_port": 0, "cidr_blocks": ["0.0.0.0/0"]}]


def test_one_subnet_cannot_be_associated_twice() -> None:
    (found,) = only({VPN_B: association(ref("aws_subnet.vpn.id"))}, "CVPN305")
    assert str(found.evidence.address) == VPN_B
    assert found.suggestion == f"# in {VPN_B}\nsubnet_id = aws_subnet.dns_b.id"


def test_subnets_that_are_not_known_are_not_said_to_be_one() -> None:
    made = {
        f'aws_ec2_client_vpn_network_association.each["{key}"]': association(ref("local.subnets", exact=False))
        for key in "ab"
    }
    assert "CVPN305" not in told(made)


def test_the_vpc_that_the_endpoint_names_is_the_right_one() -> None:
    other = {
        "aws_vpc.other": {"cidr_block": "10.60.0.0/16"},
        "aws_subnet.other": subnet("10.60.1.0/24", "eu-west-1a", "aws_vpc.other"),
        "aws_ec2_client_vpn_network_association.another": association(ref("aws_subnet.other.id")),
        ENDPOINT: {"dns_servers": None},
    }
    (found,) = [each for each in findings(other) if each.severity is Severity.ERROR]
    assert found.rule.id == "CVPN306"
    assert str(found.evidence.address) == "aws_ec2_client_vpn_network_association.another"


@pytest.mark.parametrize(
    ("cidr", "said"), [("10.42.1.0/27", set()), ("10.42.1.0/28", {"CVPN307"}), (ref("var.cidr"), set())]
)
def test_an_associated_subnet_is_large_enough(cidr: Any, said: set[str]) -> None:
    assert (
        told({"aws_subnet.vpn": {"cidr_block": cidr}, "aws_security_group.resolver": {"ingress": _from_anywhere()}})
        == said
    )


def test_a_subnet_is_not_widened_over_its_neighbour() -> None:
    small = {"aws_subnet.vpn": {"cidr_block": "10.42.1.0/28"}}
    (found,) = only(small, "CVPN307")
    assert found.suggestion == '# in aws_subnet.vpn\ncidr_block = "10.42.1.0/27"'
    (found,) = only({**small, "aws_subnet.next": subnet("10.42.1.16/28", "eu-west-1b")}, "CVPN307")
    assert found.suggestion == ""


@pytest.mark.parametrize(
    ("target", "said"),
    [
        (ref("aws_subnet.vpn.id"), set()),
        (ref("aws_subnet.dns_a.id"), {"CVPN309"}),
        (ref("aws_cloudformation_stack.x.outputs"), set()),
        ("local", set()),
    ],
)
def test_a_route_leads_through_an_associated_subnet(target: Any, said: set[str]) -> None:
    assert told({"aws_ec2_client_vpn_route.x": route("10.99.0.0/16", target)}) == said


def test_a_subnet_that_is_named_by_its_id_may_be_the_one_without_a_known_id() -> None:
    assert told({"aws_ec2_client_vpn_route.x": route("10.99.0.0/16", "subnet-0123")}) == set()


def test_without_any_association_that_is_what_is_told() -> None:
    alone = {
        "aws_ec2_client_vpn_network_association.vpn": None,
        "aws_ec2_client_vpn_route.x": route("10.99.0.0/16"),
    }
    assert told(alone) == {"CVPN118"}


@pytest.mark.parametrize(
    ("destination", "said"),
    [("10.42.0.0/16", {"CVPN310"}), ("10.42.0.0/17", set()), ("10.0.0.0/8", set()), (ref("var.network"), set())],
)
def test_the_route_to_the_vpc_is_made_by_the_association(destination: Any, said: set[str]) -> None:
    assert told({"aws_ec2_client_vpn_route.x": route(destination)}) == said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"vpc_id": None}, {"CVPN311"}),
        ({"vpc_id": ref("var.vpc_id")}, set()),
        ({"vpc_id": None, "security_group_ids": None}, {"CVPN403"}),
        ({"security_group_ids": None}, {"CVPN403"}),
        ({"security_group_ids": ref("var.groups", exact=False)}, set()),
    ],
)
def test_security_groups_come_with_their_vpc_or_not_at_all(arguments: dict[str, Any], said: set[str]) -> None:
    assert told({ENDPOINT: {"dns_servers": ["10.42.0.2"], **arguments}}) == said


@pytest.mark.parametrize(
    ("tenancy", "said"), [("default", set()), ("dedicated", {"CVPN308"}), (ref("var.tenancy"), set())]
)
def test_a_vpc_of_dedicated_tenancy_takes_no_association(tenancy: Any, said: set[str]) -> None:
    assert told({"aws_vpc.main": {"instance_tenancy": tenancy}}) == said


# Notes


@pytest.mark.parametrize(
    ("servers", "said"),
    [
        (["10.42.11.10", "10.42.12.10"], set()),
        (["10.42.11.10", "10.42.11.10"], {"CVPN402"}),
        (["10.42.0.2", "10.42.0.2"], {"CVPN402"}),
        (["10.42.0.2", "10.42.11.10"], set()),
        (["10.42.11.10"], {"CVPN401"}),
    ],
)
def test_two_servers_are_two(servers: list[str], said: set[str]) -> None:
    assert told({ENDPOINT: {"dns_servers": servers}}) == said


def test_servers_in_two_subnets_of_one_zone_share_its_fate() -> None:
    (found,) = only({"aws_subnet.dns_b": {"availability_zone": "eu-west-1a"}}, "CVPN402")
    assert "availability zone eu-west-1a" in found.message
    assert told({"aws_subnet.dns_b": {"availability_zone": None}}) == set()


HOME: dict[str, dict[str, Any]] = {
    **HEALTHY,
    "aws_vpc.main": {"cidr_block": "192.168.0.0/16", "enable_dns_hostnames": True},
    "aws_subnet.vpn": subnet("192.168.7.0/24", "eu-west-1a"),
    "aws_ec2_client_vpn_authorization_rule.vpc": authorization("192.168.0.0/16"),
}
for _name in ("aws_route53_resolver_endpoint.inbound", "aws_subnet.dns_a", "aws_subnet.dns_b"):
    del HOME[_name]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({}, {"CVPN405"}),
        ({"split_tunnel": False}, {"CVPN405"}),
        ({"client_route_enforcement_options": [{"enforced": True}]}, set()),
    ],
)
def test_a_resolver_in_a_home_network_is_shadowed_unless_routes_are_enforced(
    more: dict[str, Any], said: set[str]
) -> None:
    assert told({ENDPOINT: {"dns_servers": ["192.168.0.2"], **more}}, HOME) == said


def test_a_default_route_is_told_once_with_all_its_places() -> None:
    second = {"aws_subnet.vpn_b": subnet("10.42.2.0/24", "eu-west-1b"), VPN_B: association(ref("aws_subnet.vpn_b.id"))}
    routes = {
        "aws_ec2_client_vpn_route.a": route("0.0.0.0/0"),
        "aws_ec2_client_vpn_route.b": route("0.0.0.0/0", ref("aws_subnet.vpn_b.id")),
    }
    changes = {**second, **routes, "aws_security_group.resolver": {"ingress": _from_anywhere()}}
    (found,) = only(changes, "CVPN404")
    assert [str(each.evidence.address) for each in found.related] == [ENDPOINT, "aws_ec2_client_vpn_route.b"]
    assert told({**changes, ENDPOINT: {"split_tunnel": False}}) == set()
