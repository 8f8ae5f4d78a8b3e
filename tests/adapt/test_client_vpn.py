"""Endpoints, their DNS servers, associations, routes and authorization rules."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.adapt.build import VPC, configuration, network, ref, reference, resource
from tf_cvpn_lint.adapt import TYPES, adapt, links
from tf_cvpn_lint.core.link import Outside, To, Unresolved
from tf_cvpn_lint.core.value import Call, Fact, Known, Literal, Unknown
from tf_cvpn_lint.model.cidr import KnownAddress
from tf_cvpn_lint.model.client_vpn import (
    AmazonDnsOf,
    BetweenClients,
    ClientVpnEndpoint,
    DeviceDns,
    DnsSetting,
    Everyone,
    InterfacesOf,
    Nobody,
    NotAnAddress,
    OneGroup,
    PushedDns,
    ThroughSubnet,
    ThroughTransitGateway,
    UnknownAudience,
    UnknownDns,
    UnknownServer,
)
from tf_cvpn_lint.model.network import Network

E = "aws_ec2_client_vpn_endpoint.e"
IPAM: dict[str, dict[str, Any]] = {
    "aws_vpc.ipam": {"ipv4_ipam_pool_id": "p"},
    "aws_subnet.ipam": {"vpc_id": ref("aws_vpc.ipam.id"), "cidr_block": ref("aws_vpc.ipam.cidr_block")},
    "data.aws_vpc.ipam": {"id": ref("aws_vpc.ipam.id")},
}
HOSTS: dict[str, dict[str, Any]] = {
    **VPC,
    "aws_route53_resolver_endpoint.in": {"direction": "INBOUND", "ip_address": [{"subnet_id": ref("aws_subnet.a.id")}]},
    "aws_route53_resolver_endpoint.out": {"direction": "OUTBOUND"},
    "aws_route53_resolver_endpoint.each[0]": {"direction": "INBOUND"},
    "aws_route53_resolver_endpoint.each[1]": {"direction": "INBOUND"},
    "data.aws_route53_resolver_endpoint.same": {"resolver_endpoint_id": ref("aws_route53_resolver_endpoint.in.id")},
    "aws_directory_service_directory.d": {"type": "MicrosoftAD"},
    "aws_directory_service_directory.connector": {
        "type": "ADConnector", "connect_settings": [{"customer_dns_ips": ["192.168.1.10", "192.168.1.11"]}],
    },
    "aws_instance.unknown": {"subnet_id": ref("aws_subnet.a.id")},
    "aws_instance.known": {"subnet_id": ref("aws_subnet.a.id"), "private_ip": "10.0.0.9"},
    "aws_network_interface.n": {"subnet_id": ref("aws_subnet.a.id")},
}  # fmt: skip


def endpoint(found: Network) -> ClientVpnEndpoint:
    (only,) = found.endpoints
    return only


def dns(given: Any, more: dict[str, Any] | None = None, *, mode: str = "") -> DnsSetting:
    return endpoint(network({f"{mode}{E}": {"dns_servers": given}, **(more or {})})).dns


def servers(setting: DnsSetting) -> list[str]:
    """`10.0.0.2`, `not x`, `dns of aws_vpc.a`, `interfaces of …`, `unknown …`, each with the reference it is shown as."""
    assert isinstance(setting, PushedDns)
    words = []
    for position, server in enumerate(setting.servers.items):
        assert server.position == position
        match server.address:
            case KnownAddress(ip):
                words.append(str(ip))
            case NotAnAddress(text):
                words.append(f"not {text}")
            case AmazonDnsOf(vpc):
                words.append(f"dns of {vpc.address}")
            case InterfacesOf(hosts):
                words.append(f"interfaces of {' '.join(str(host.address) for host in hosts)} as {server.reference}")
            case UnknownServer():
                words.append(f"unknown as {server.reference}")
    return words


@pytest.mark.parametrize("given", [None, []])
def test_no_servers_are_the_same_as_none_set(given: Any) -> None:
    assert dns(given) == DeviceDns()


@pytest.mark.parametrize(
    ("written", "server"),
    [
        ("10.0.0.2", "10.0.0.2"),
        ("fd00:ec2::253", "fd00:ec2::253"),
        ("10.0.0.2 ", "not 10.0.0.2 "),
        ("10.0.0.2/32", "not 10.0.0.2/32"),
        ("10.0.0.02", "not 10.0.0.02"),
        ("notanip", "not notanip"),
        ("", "not "),
        ("fe80::1%en0", "not fe80::1%en0"),
    ],
)
def test_a_server_is_an_address_only_if_it_is_written_as_one(written: str, server: str) -> None:
    assert servers(dns([written])) == [server]


CIDR = reference("aws_vpc.ipam.cidr_block")
DATA_CIDR = reference("data.aws_vpc.ipam.cidr_block")
SUBNET_CIDR = reference("aws_subnet.ipam.cidr_block")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        # members of a list
        ([ref(str(CIDR), symbol=Call("cidrhost", (CIDR, Literal(2)))), "8.8.8.8"], ["dns of aws_vpc.ipam", "8.8.8.8"]),
        ([ref(str(DATA_CIDR), symbol=Call("cidrhost", (DATA_CIDR, Literal(2))))], ["dns of aws_vpc.ipam"]),
        ([ref(str(CIDR), symbol=Call("cidrhost", (CIDR, Literal(10))))], ["unknown as aws_vpc.ipam.cidr_block"]),
        ([ref("aws_route53_resolver_endpoint.in.ip_address[0].ip")],
         ["interfaces of aws_route53_resolver_endpoint.in as aws_route53_resolver_endpoint.in.ip_address"]),
        ([ref("var.server")], ["unknown as var.server"]),
        ([ref("aws_instance.known.private_ip", symbol=reference("aws_instance.known.private_ip"))], ["10.0.0.9"]),
        # lists that are unknown as a whole: one entry for each thing
        (ref("aws_route53_resolver_endpoint.in.ip_address"),
         ["interfaces of aws_route53_resolver_endpoint.in as aws_route53_resolver_endpoint.in.ip_address"]),
        (ref("aws_route53_resolver_endpoint.in"),
         ["interfaces of aws_route53_resolver_endpoint.in as aws_route53_resolver_endpoint.in.ip_address"]),
        (ref("aws_route53_resolver_endpoint.in.ip_address[0].ip", "aws_route53_resolver_endpoint.in.ip_address[1].ip"),
         ["interfaces of aws_route53_resolver_endpoint.in as aws_route53_resolver_endpoint.in.ip_address"]),
        (ref("aws_route53_resolver_endpoint.in.ip_address", "aws_directory_service_directory.d.dns_ip_addresses"),
         ["interfaces of aws_route53_resolver_endpoint.in as aws_route53_resolver_endpoint.in.ip_address",
          "interfaces of aws_directory_service_directory.d as aws_directory_service_directory.d.dns_ip_addresses"]),
        (ref("aws_route53_resolver_endpoint.each.ip_address"),
         [("interfaces of aws_route53_resolver_endpoint.each[0] aws_route53_resolver_endpoint.each[1]"
          " as aws_route53_resolver_endpoint.each.ip_address")]),
        (ref("data.aws_route53_resolver_endpoint.same.ip_addresses"),
         ["interfaces of aws_route53_resolver_endpoint.in as data.aws_route53_resolver_endpoint.same.ip_addresses"]),
        (ref("aws_directory_service_directory.connector.dns_ip_addresses"), ["192.168.1.10", "192.168.1.11"]),
        (ref("aws_instance.known.private_ip", "aws_instance.unknown.private_ip"),
         ["10.0.0.9", "interfaces of aws_instance.unknown as aws_instance.unknown.private_ip"]),
        (ref("aws_network_interface.n.private_ips"),
         ["interfaces of aws_network_interface.n as aws_network_interface.n.private_ips"]),
        # Without the source nobody knows what was done with it.
        (ref("aws_vpc.ipam.cidr_block"), ["unknown as aws_vpc.ipam.cidr_block"]),
        (ref("aws_vpc.a.cidr_block", "aws_instance.unknown.private_ip"),
         ["unknown as aws_vpc.a.cidr_block", "interfaces of aws_instance.unknown as aws_instance.unknown.private_ip"]),
        (ref("aws_instance.unknown.public_ip"), ["unknown as aws_instance.unknown.public_ip"]),
        (ref("module.dns.servers"), ["unknown as module.dns.servers"]),
        (Unknown(), ["unknown as None"]),
    ],
)  # fmt: skip
def test_servers_that_are_not_known_keep_what_is_known_of_them(given: Any, expected: list[str]) -> None:
    setting = dns(given, {**HOSTS, **IPAM})
    assert servers(setting) == expected
    assert isinstance(setting, PushedDns)
    assert setting.is_counted == isinstance(given, list)
    assert setting.servers.is_complete


def test_a_conditional_list_may_hold_others() -> None:
    given = ref("aws_route53_resolver_endpoint.in.ip_address", "var.private", exact=False)
    setting = dns(given, HOSTS)
    assert servers(setting) == [
        "interfaces of aws_route53_resolver_endpoint.in as aws_route53_resolver_endpoint.in.ip_address"
    ]
    assert isinstance(setting, PushedDns)
    assert not setting.servers.is_complete


def test_nothing_but_a_variable_may_be_null() -> None:
    assert isinstance(dns(ref("var.dns_servers")), UnknownDns)
    assert isinstance(dns(None, mode="data."), UnknownDns)


def test_where_an_address_of_unknown_numbers_lies() -> None:
    setting = dns([ref(str(SUBNET_CIDR), symbol=Call("cidrhost", (SUBNET_CIDR, Literal(5))))], IPAM)
    assert isinstance(setting, PushedDns)
    address = setting.servers.items[0].address
    assert isinstance(address, UnknownServer)
    assert address.within is not None
    (network_,) = address.within.inside
    assert str(network_) == "aws_subnet.ipam.cidr_block"


def plain(fact: Fact[Any]) -> Any:
    return fact.value if isinstance(fact, Known) else None


def test_what_an_endpoint_is_when_nothing_is_said() -> None:
    one = endpoint(network({E: {"client_cidr_block": "10.200.0.0/22"}}))
    assert plain(one.split_tunnel) is False
    assert plain(one.route_enforcement) is False
    assert plain(one.traffic_family) == "ipv4"
    assert one.uses_vpc_default_group == Known(True)
    assert one.vpc is None
    assert one.transit_gateway is None
    assert one.may_have_more == ()
    assert endpoint(network({E: {}})).client_cidr is None


@pytest.mark.parametrize(
    ("body", "field", "expected"),
    [
        ({"split_tunnel": True}, "split_tunnel", True),
        ({"split_tunnel": ref("var.split")}, "split_tunnel", None),
        ({"client_route_enforcement_options": [{"enforced": True}]}, "route_enforcement", True),
        ({"client_route_enforcement_options": [{}]}, "route_enforcement", False),
        ({"client_route_enforcement_options": Unknown()}, "route_enforcement", None),
        ({"traffic_ip_address_type": "dual-stack"}, "traffic_family", "dual-stack"),
        ({"security_group_ids": ["sg-0x"]}, "uses_vpc_default_group", False),
        ({"security_group_ids": []}, "uses_vpc_default_group", True),
        ({"security_group_ids": ref("var.groups", exact=False)}, "uses_vpc_default_group", None),
        ({"authentication_options": [{"type": "certificate-authentication"}]}, "authenticates_groups", False),
        ({"authentication_options": [{"type": "certificate-authentication"}, {"type": "federated-authentication"}]},
         "authenticates_groups", True),
        ({"authentication_options": [{"type": "directory-service-authentication"}]}, "authenticates_groups", True),
        ({"authentication_options": [{"type": ref("var.type")}]}, "authenticates_groups", None),
        ({}, "authenticates_groups", None),
    ],
)  # fmt: skip
def test_what_an_endpoint_says(body: dict[str, Any], field: str, expected: Any) -> None:
    assert plain(getattr(endpoint(network({E: body})), field)) == expected


def test_who_may_add_to_an_endpoint() -> None:
    assert endpoint(adapt(configuration({E: {}}, is_root=False))).may_have_more
    one = endpoint(network({f"data.{E}": {"client_vpn_endpoint_id": "cvpn-endpoint-0x"}}))
    assert one.may_have_more
    assert not one.is_managed
    assert plain(one.split_tunnel) is None
    assert plain(one.uses_vpc_default_group) is None


def test_a_data_source_of_an_endpoint_made_here_is_that_endpoint() -> None:
    found = network(
        {
            E: {},
            "data.aws_ec2_client_vpn_endpoint.d": {"client_vpn_endpoint_id": ref(f"{E}.id")},
            "aws_ec2_client_vpn_network_association.n": {
                "client_vpn_endpoint_id": ref("data.aws_ec2_client_vpn_endpoint.d.id")
            },
        }
    )
    assert found.associations.items[0].endpoint == To(endpoint(found))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"target_vpc_subnet_id": "local"}, BetweenClients()),
        ({}, ThroughTransitGateway()),
        ({"target_vpc_subnet_id": "subnet-0x"}, ThroughSubnet(Outside("subnet-0x"))),
    ],
)
def test_where_a_client_route_goes(body: dict[str, Any], expected: Any) -> None:
    route = {"client_vpn_endpoint_id": ref(f"{E}.id"), "destination_cidr_block": "10.0.0.0/8", **body}
    (only,) = network({E: {}, "aws_ec2_client_vpn_route.r": route}).client_routes.items
    assert only.target == expected


def test_a_client_route_through_the_subnet_of_an_association() -> None:
    found = network(
        {
            **VPC,
            E: {},
            "aws_ec2_client_vpn_network_association.n[0]": {
                "client_vpn_endpoint_id": ref(f"{E}.id"), "subnet_id": ref("aws_subnet.b.id"),
            },
            "aws_ec2_client_vpn_route.r": {
                "client_vpn_endpoint_id": ref("aws_ec2_client_vpn_network_association.n.client_vpn_endpoint_id"),
                "target_vpc_subnet_id": ref("aws_ec2_client_vpn_network_association.n[0]"),
            },
        }
    )  # fmt: skip
    (route,) = found.client_routes.items
    assert route.endpoint == To(endpoint(found))
    assert route.target == ThroughSubnet(To(found.subnets[1]))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"authorize_all_groups": True}, Everyone()),
        ({"access_group_id": "S-1-2-3"}, OneGroup("S-1-2-3")),
        ({"access_group_id": ref("aws_identitystore_group.g.group_id")},
         OneGroup(None, (reference("aws_identitystore_group.g.group_id"),))),
        ({"authorize_all_groups": False}, Nobody()),
        ({}, Nobody()),
        ({"authorize_all_groups": ref("var.all")}, UnknownAudience((reference("var.all"),), "known after apply")),
        ({"authorize_all_groups": False, "access_group_id": ""}, Nobody()),
    ],
)  # fmt: skip
def test_whom_a_rule_admits(body: dict[str, Any], expected: Any) -> None:
    rule = {"client_vpn_endpoint_id": ref(f"{E}.id"), "target_network_cidr": "10.0.0.0/8", **body}
    (only,) = network({E: {}, "aws_ec2_client_vpn_authorization_rule.r": rule}).authorization_rules.items
    assert only.audience == expected


def test_what_belongs_to_an_endpoint_may_be_missing() -> None:
    found = network({E: {}}, {"aws_ec2_client_vpn_authorization_rule": "for_each"})
    assert not found.authorization_rules.is_complete
    assert found.client_routes.is_complete
    rule = {"aws_ec2_client_vpn_authorization_rule.r": {"client_vpn_endpoint_id": ref("local.endpoint")}}
    (only,) = network({E: {}, **rule}).authorization_rules.items
    assert isinstance(only.endpoint, Unresolved)


def test_what_is_switched_off_is_judged_alone() -> None:
    parts = [
        resource(E, {}, enabled=False),
        resource("aws_ec2_client_vpn_network_association.n", {"client_vpn_endpoint_id": ref(f"{E}.id")}, enabled=False),
    ]
    found = network([*parts, resource("aws_ec2_client_vpn_endpoint.on", {})])
    assert [one.is_enabled for one in found.endpoints] == [False, True]
    assert [one.is_enabled for one in found.associations.items] == [False]


def test_every_type_that_is_read_is_loaded() -> None:
    """A type in `adapt`'s own text that the readers do not load is never seen."""
    sources = "\n".join(path.read_text(encoding="utf-8") for path in Path(links.__file__).parent.glob("*.py"))
    assert set(re.findall(r'"(aws_[a-z0-9_]+)"', sources)) <= TYPES
