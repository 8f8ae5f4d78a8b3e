"""Hosts, zones, records and interface endpoints."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any

import pytest

from tests.adapt.build import OTHER_VPC, VPC, network, ref, reference
from tf_cvpn_lint.core.link import To, Unresolved
from tf_cvpn_lint.core.value import Call, Known, Literal, Unknown
from tf_cvpn_lint.model.cidr import AddressIn, KnownAddress
from tf_cvpn_lint.model.client_vpn import PushedDns
from tf_cvpn_lint.model.network import Network
from tf_cvpn_lint.model.resolver import Host

GROUP = {"aws_security_group.g": {"vpc_id": ref("aws_vpc.a.id")}}
BOTH = ref("aws_subnet.a.id", "aws_subnet.b.id", exact=False)


def host(found: Network, name: str) -> Host:
    (only,) = (each for each in found.hosts if str(each.address) == name)
    return only


def in_words(one: Host) -> list[str]:
    """`10.0.0.53 in aws_subnet.a`"""
    return [
        f"{each.ip.value if isinstance(each.ip, Known) else '?'} in "
        f"{each.subnet.target.address if isinstance(each.subnet, To) else '?'}"
        for each in one.interfaces.items
    ]


@pytest.mark.parametrize(
    ("body", "interfaces", "gaps"),
    [
        (
            {
                "ip_address": [
                    {"subnet_id": ref("aws_subnet.a.id"), "ip": "10.0.0.53"},
                    {"subnet_id": ref("aws_subnet.b.id")},
                ]
            },
            ["10.0.0.53 in aws_subnet.a", "? in aws_subnet.b"],
            0,
        ),
        # A set: the plan cannot say which block names which subnet, the address can.
        (
            {"ip_address": [{"subnet_id": BOTH, "ip": "10.0.0.53"}, {"subnet_id": BOTH, "ip": "10.0.1.53"}]},
            ["10.0.0.53 in aws_subnet.a", "10.0.1.53 in aws_subnet.b"],
            0,
        ),
        ({"ip_address": [{"subnet_id": BOTH}, {"subnet_id": BOTH}]}, ["? in aws_subnet.a", "? in aws_subnet.b"], 0),
        ({"ip_address": [{"subnet_id": Unknown(), "ip": "10.0.1.53"}]}, ["10.0.1.53 in aws_subnet.b"], 0),
        ({"ip_address": [{"subnet_id": Unknown(), "ip": "10.9.9.9"}]}, ["10.9.9.9 in ?"], 0),
        ({"ip_address": Unknown()}, [], 1),
    ],
)
def test_the_interfaces_of_a_resolver_endpoint(body: dict[str, Any], interfaces: list[str], gaps: int) -> None:
    given = {"direction": "INBOUND", "security_group_ids": ref("aws_security_group.g.id"), **body}
    one = host(network({**VPC, **GROUP, "aws_route53_resolver_endpoint.r": given}), "aws_route53_resolver_endpoint.r")
    assert in_words(one) == interfaces
    assert len(one.interfaces.gaps) == gaps
    assert one.protocols == Known(frozenset({"Do53"}))
    assert one.address_family == Known("IPV4")
    assert one.vpc == To(one.security_groups.items[0].target.vpc.target)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("body", "kind", "protocols"),
    [
        ({"direction": "INBOUND"}, "resolver_inbound", frozenset({"Do53"})),
        ({"direction": "OUTBOUND"}, "resolver_outbound", frozenset({"Do53"})),
        ({"direction": "INBOUND_DELEGATION"}, "resolver_delegation", frozenset({"Do53"})),
        ({"direction": ref("var.direction")}, "interface", frozenset({"Do53"})),
        ({"direction": "INBOUND", "protocols": ["DoH"]}, "resolver_inbound", frozenset({"DoH"})),
        ({"direction": "INBOUND", "protocols": ["Do53", "DoH"]}, "resolver_inbound", frozenset({"Do53", "DoH"})),
        ({"direction": "INBOUND", "protocols": ref("var.protocols")}, "resolver_inbound", None),
    ],
)
def test_what_a_resolver_endpoint_is(body: dict[str, Any], kind: str, protocols: frozenset[str] | None) -> None:
    (one,) = network({"aws_route53_resolver_endpoint.r": body}).hosts
    assert one.kind == kind
    assert (one.protocols.value if isinstance(one.protocols, Known) else None) == protocols


def test_a_resolver_endpoint_that_is_only_read() -> None:
    data = {"direction": "INBOUND", "ip_addresses": ["10.0.1.10", "10.0.0.10"], "vpc_id": ref("aws_vpc.a.id")}
    one = host(network({**VPC, "data.aws_route53_resolver_endpoint.r": data}), "data.aws_route53_resolver_endpoint.r")
    assert in_words(one) == ["10.0.1.10 in aws_subnet.b", "10.0.0.10 in aws_subnet.a"]
    assert not one.security_groups.is_complete


@pytest.mark.parametrize(
    ("body", "interfaces"),
    [
        ({}, ["? in aws_subnet.a", "? in aws_subnet.b"]),
        ({"dns_ip_addresses": ["10.0.1.4", "10.0.0.4"]}, ["10.0.1.4 in aws_subnet.b", "10.0.0.4 in aws_subnet.a"]),
    ],
)
def test_the_interfaces_of_a_directory(body: dict[str, Any], interfaces: list[str]) -> None:
    settings = {"vpc_id": ref("aws_vpc.a.id"), "subnet_ids": ref("aws_subnet.a.id", "aws_subnet.b.id")}
    given = {"type": "MicrosoftAD", "vpc_settings": [settings], **body}
    one = host(network({**VPC, "aws_directory_service_directory.d": given}), "aws_directory_service_directory.d")
    assert in_words(one) == interfaces
    assert one.is_managed_ad


def test_a_connector_has_no_addresses_of_its_own() -> None:
    assert network({"aws_directory_service_directory.d": {"type": "ADConnector"}}).hosts == ()


@pytest.mark.parametrize(
    ("name", "resources", "interfaces", "uses_default"),
    [
        ("aws_instance.i", {"aws_instance.i": {"subnet_id": ref("aws_subnet.a.id"), "private_ip": "10.0.0.9"}},
         ["10.0.0.9 in aws_subnet.a"], True),
        ("aws_instance.i", {"aws_instance.i": {"subnet_id": ref("aws_subnet.a.id"),
                                               "vpc_security_group_ids": ref("aws_security_group.g.id")}},
         ["? in aws_subnet.a"], False),
        ("aws_instance.i", {"aws_instance.i": {"subnet_id": ref("aws_subnet.a.id"), "security_groups": ["web"]}},
         ["? in aws_subnet.a"], False),
        ("aws_instance.i", {"aws_instance.i": {}}, ["? in ?"], True),
        ("aws_instance.i",
         {"aws_network_interface.n": {"subnet_id": ref("aws_subnet.b.id"), "private_ips": ["10.0.1.7"],
                                      "security_groups": ref("aws_security_group.g.id")},
          "aws_instance.i": {"network_interface": [{"device_index": 0, "network_interface_id": ref("aws_network_interface.n.id")}]}},
         ["10.0.1.7 in aws_subnet.b"], False),
        ("aws_network_interface.n",
         {"aws_network_interface.n": {"subnet_id": ref("aws_subnet.b.id"), "private_ips": ["10.0.1.7", "10.0.1.8"]}},
         ["10.0.1.7 in aws_subnet.b", "10.0.1.8 in aws_subnet.b"], True),
        ("aws_network_interface.n",
         {"aws_network_interface.n": {"subnet_id": ref("aws_subnet.b.id")},
          "aws_network_interface_sg_attachment.s": {"network_interface_id": ref("aws_network_interface.n.id"),
                                                    "security_group_id": ref("aws_security_group.g.id")}},
         ["? in aws_subnet.b"], False),
        ("aws_lb.l", {"aws_lb.l": {"load_balancer_type": "network", "subnet_mapping": [
            {"subnet_id": ref("aws_subnet.a.id"), "private_ipv4_address": "10.0.0.20"}]}},
         ["10.0.0.20 in aws_subnet.a"], False),
        ("aws_lb.l", {"aws_lb.l": {"load_balancer_type": "network", "subnets": ref("aws_subnet.a.id", "aws_subnet.b.id")}},
         ["? in aws_subnet.a", "? in aws_subnet.b"], False),
    ],
)  # fmt: skip
def test_other_hosts(name: str, resources: dict[str, Any], interfaces: list[str], uses_default: bool) -> None:
    one = host(network({**VPC, **GROUP, **resources}), name)
    assert in_words(one) == interfaces
    assert one.uses_vpc_default_group == uses_default
    assert one.is_unfiltered == name.startswith("aws_lb")


def test_an_application_load_balancer_answers_no_dns() -> None:
    assert network({"aws_lb.l": {"subnets": []}}).hosts == ()


def test_an_interface_of_an_endpoint_lies_in_one_of_its_subnets() -> None:
    found = network(
        {
            **VPC,
            "aws_vpc_endpoint.e": {
                "vpc_endpoint_type": "Interface",
                "subnet_ids": ref("aws_subnet.a.id", "aws_subnet.b.id"),
            },
            "data.aws_network_interface.n": {"id": ref("aws_vpc_endpoint.e.network_interface_ids", exact=False)},
        }
    )
    (interface,) = host(found, "data.aws_network_interface.n").interfaces.items
    assert isinstance(interface.subnet, Unresolved)
    assert len(interface.subnet.candidates) == 2
    assert interface.subnet.exhaustive


def test_zones_and_who_sees_them() -> None:
    found = network(
        {
            **VPC,
            **OTHER_VPC,
            "aws_route53_zone.public": {"name": "example.com"},
            "aws_route53_zone.private": {"name": "corp.internal", "vpc": [{"vpc_id": ref("aws_vpc.a.id")}]},
            "aws_route53_zone_association.x": {
                "zone_id": ref("aws_route53_zone.private.zone_id"),
                "vpc_id": ref("aws_vpc.other.id"),
            },
            "aws_route53_record.a": {
                "zone_id": ref("aws_route53_zone.private.zone_id"), "name": "a", "type": "A", "records": ["10.0.0.1"],
            },
            "aws_route53_record.i": {
                "zone_id": ref("aws_route53_zone.private.id"), "name": "i", "type": "A",
                "records": ref("aws_instance.i.private_ip"),
            },
            "aws_route53_record.c": {
                "zone_id": ref("aws_route53_zone.private.id"), "name": "c", "type": "CNAME", "records": ["a.corp.internal"],
            },
            "aws_route53_record.alias": {
                "zone_id": ref("aws_route53_zone.private.id"), "name": "s3", "type": "A",
                "alias": [{"name": ref("aws_vpc_endpoint.e.dns_entry[0].dns_name", exact=False)}],
            },
            "aws_route53_record.public": {
                "zone_id": ref("aws_route53_zone.public.zone_id"), "name": "www", "type": "A", "records": ["192.0.2.1"],
            },
            "aws_instance.i": {"subnet_id": ref("aws_subnet.a.id")},
            "aws_vpc_endpoint.e": {
                "vpc_endpoint_type": "Interface", "vpc_id": ref("aws_vpc.a.id"), "private_dns_enabled": True,
                "service_name": "com.amazonaws.eu-west-1.s3", "subnet_ids": ref("aws_subnet.a.id"),
            },
            "aws_vpc_endpoint.gateway": {"vpc_id": ref("aws_vpc.a.id")},
        }
    )  # fmt: skip
    (zone,) = found.zones
    assert zone.name == Known("corp.internal")
    assert [str(link.target.address) for link in zone.vpcs.items if isinstance(link, To)] == [
        "aws_vpc.a",
        "aws_vpc.other",
    ]
    (endpoint,) = found.interface_endpoints
    assert endpoint.private_dns == Known(True)
    records = {record.name.value: record for record in found.records.items if isinstance(record.name, Known)}
    assert set(records) == {"a", "i", "c", "s3"}
    assert records["a"].addresses.items == (KnownAddress(ip_address("10.0.0.1")),)
    (of_instance,) = records["i"].addresses.items
    assert isinstance(of_instance, AddressIn)
    assert of_instance.inside == (found.subnets[0].cidr,)
    assert records["c"].points_to == Known("a.corp.internal")
    assert records["s3"].alias == To(endpoint)


def test_a_zone_that_is_only_read() -> None:
    found = network({"data.aws_route53_zone.z": {"name": "corp.internal", "private_zone": True}})
    assert not found.zones[0].vpcs.is_complete
    assert network({"data.aws_route53_zone.z": {"name": "example.com"}}).zones == ()


def test_an_address_made_with_cidrhost_lies_in_its_network() -> None:
    base = reference("aws_vpc.i.cidr_block")
    made = ref(str(base), symbol=Call("cidrhost", (base, Literal(10))))
    found = network(
        {
            "aws_vpc.i": {"ipv4_ipam_pool_id": "p"},
            "aws_route53_record.r": {"zone_id": "Z1", "name": "r", "type": "A", "records": [made]},
        }
    )
    (address,) = found.records.items[0].addresses.items
    assert isinstance(address, AddressIn)
    assert address.inside == (found.vpcs[0].primary_cidr,)


@pytest.mark.parametrize(
    ("family", "attribute", "kind"),
    [
        ("IPV4", "ip_address", "InterfacesOf"),
        (None, "ip_address", "InterfacesOf"),
        ("DUALSTACK", "ip_address", "UnknownServer"),
        ("DUALSTACK", "ip_address[0].ip", "InterfacesOf"),
    ],
)
def test_of_a_dual_stack_endpoint_a_reference_without_its_end_may_be_to_either_family(
    family: str | None, attribute: str, kind: str
) -> None:
    """A plan shows `X.ip_address` for `[for a in X.ip_address : a.ipv6]` as for `a.ip`."""
    resources: dict[str, dict[str, Any]] = {
        "aws_vpc.main": {"cidr_block": "10.0.0.0/16"},
        "aws_subnet.a": {"vpc_id": ref("aws_vpc.main.id"), "cidr_block": "10.0.1.0/24"},
        "aws_route53_resolver_endpoint.in": {
            "direction": "INBOUND",
            "resolver_endpoint_type": family,
            "ip_address": [
                {"subnet_id": ref("aws_subnet.a.id"), "ip": ref("aws_route53_resolver_endpoint.in.ip_address")}
            ],
        },
        "aws_ec2_client_vpn_endpoint.this": {
            "client_cidr_block": "10.200.0.0/20",
            "dns_servers": ref(f"aws_route53_resolver_endpoint.in.{attribute}"),
        },
    }
    (endpoint,) = network(resources).endpoints
    assert isinstance(endpoint.dns, PushedDns)
    assert [type(server.address).__name__ for server in endpoint.dns.servers.items] == [kind]
