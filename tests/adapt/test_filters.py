"""Security groups and network ACLs in every form."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Any

import pytest

from tests.adapt.build import OTHER_VPC, VPC, network, ref, resource
from tf_cvpn_lint.core.address import Address
from tf_cvpn_lint.core.link import Outside, To, Unresolved
from tf_cvpn_lint.core.value import Known, Unknown
from tf_cvpn_lint.model.cidr import KnownCidr
from tf_cvpn_lint.model.filters import ALL_PORTS, NetworkAcl, PeerGroup, PortRange, SecurityGroup
from tf_cvpn_lint.model.network import Network

ALL_OUT = {"protocol": "-1", "from_port": 0, "to_port": 0, "cidr_blocks": ["0.0.0.0/0"]}
DNS_IN = {"protocol": "udp", "from_port": 53, "to_port": 53, "cidr_blocks": ["10.0.0.0/16"]}


def group(found: Network, name: str) -> SecurityGroup:
    (only,) = (each for each in found.security_groups if str(each.address) == name)
    return only


def in_words(one: SecurityGroup) -> list[str]:
    """`egress all 0-65535 0.0.0.0/0`"""
    words = []
    for rule in one.rules.items:
        protocol = rule.protocol.value if isinstance(rule.protocol, Known) else "?"
        ports = f"{rule.ports.value.first}-{rule.ports.value.last}" if isinstance(rule.ports, Known) else "?"
        peers = [_peer(peer) for peer in rule.peers.items] + ["…"] * len(rule.peers.gaps)
        words.append(" ".join([rule.direction, protocol, ports, *peers]))
    return words


def _peer(peer: Any) -> str:
    if isinstance(peer, PeerGroup):
        match peer.group:
            case To(name):
                return f"group {name.address}"
            case Outside(id_):
                return f"group {id_}"
            case Unresolved():
                return "some group"
    return str(peer)


@pytest.mark.parametrize(
    ("body", "more", "rules", "gaps"),
    [
        # A group that is made here has no rules but those that are written.
        ({}, {}, [], 0),
        ({"egress": []}, {}, [], 0),
        ({"egress": [ALL_OUT], "ingress": [DNS_IN]}, {}, ["ingress udp 53-53 10.0.0.0/16", "egress all 0-65535 0.0.0.0/0"], 0),
        ({"egress": Unknown()}, {}, [], 1),
        ({"egress": [ALL_OUT, Unknown()]}, {}, ["egress all 0-65535 0.0.0.0/0"], 1),
        (
            {"ingress": [{**DNS_IN, "protocol": "17", "self": True, "cidr_blocks": [], "ipv6_cidr_blocks": ["::/0"]}]},
            {},
            ["ingress udp 53-53 ::/0 group aws_security_group.g"],
            0,
        ),
        (
            {"ingress": [{**DNS_IN, "cidr_blocks": [], "security_groups": [
                ref("aws_security_group.h.id", "module.x.group", exact=False)
            ]}]},
            {"aws_security_group.h": {}},
            ["ingress udp 53-53 some group"],
            0,
        ),
        (
            {"ingress": [{**DNS_IN, "cidr_blocks": [], "security_groups": [ref("aws_security_group.h.id")]}]},
            {"aws_security_group.h": {}},
            ["ingress udp 53-53 group aws_security_group.h"],
            0,
        ),
        (
            {"ingress": [{**DNS_IN, "cidr_blocks": [ref("aws_vpc.a.cidr_block")]}]},
            {},
            ["ingress udp 53-53 aws_vpc.a.cidr_block"],
            0,
        ),
        ({"ingress": [{**DNS_IN, "cidr_blocks": ref("local.networks")}]}, {}, ["ingress udp 53-53 …"], 0),
        (
            {},
            {"aws_security_group_rule.r": {
                "security_group_id": ref("aws_security_group.g.id"), "type": "egress", **ALL_OUT
            }},
            ["egress all 0-65535 0.0.0.0/0"],
            0,
        ),
        (
            {},
            {"aws_security_group_rule.r": {
                "security_group_id": ref("aws_security_group.g.id"), "type": "ingress", "protocol": "tcp",
                "from_port": 53, "to_port": 53, "source_security_group_id": "sg-0elsewhere",
            }},
            ["ingress tcp 53-53 group sg-0elsewhere"],
            0,
        ),
        (
            {},
            {"aws_security_group_rule.r": {
                "security_group_id": ref("aws_security_group.g.id"), "type": "ingress", "protocol": "6",
                "from_port": 0, "to_port": 65535, "self": True, "source_security_group_id": Unknown(),
            }},
            ["ingress tcp 0-65535 group aws_security_group.g"],
            0,
        ),
        (
            {},
            {"aws_vpc_security_group_egress_rule.r": {
                "security_group_id": ref("aws_security_group.g.id"), "ip_protocol": "-1", "cidr_ipv4": "0.0.0.0/0"
            }},
            ["egress all 0-65535 0.0.0.0/0"],
            0,
        ),
        (
            {},
            {"aws_vpc_security_group_ingress_rule.r": {
                "security_group_id": ref("aws_security_group.g.id"), "ip_protocol": "udp", "from_port": 53, "to_port": 53,
                "referenced_security_group_id": ref("aws_security_group.h.id"),
            }, "aws_security_group.h": {}},
            ["ingress udp 53-53 group aws_security_group.h"],
            0,
        ),
        (
            {},
            {
                "aws_ec2_managed_prefix_list.p": {"entry": [{"cidr": "10.1.0.0/16"}]},
                "aws_ec2_managed_prefix_list_entry.e": {
                    "prefix_list_id": ref("aws_ec2_managed_prefix_list.p.id"), "cidr": "10.2.0.0/16"
                },
                "aws_vpc_security_group_ingress_rule.r": {
                    "security_group_id": ref("aws_security_group.g.id"), "ip_protocol": "udp", "from_port": 53,
                    "to_port": 53, "prefix_list_id": ref("aws_ec2_managed_prefix_list.p.id"),
                },
            },
            ["ingress udp 53-53 10.1.0.0/16 10.2.0.0/16"],
            0,
        ),
        (
            {},
            {"aws_vpc_security_group_ingress_rule.r": {
                "security_group_id": ref("aws_security_group.g.id"), "ip_protocol": "-1", "prefix_list_id": "pl-0aws"
            }},
            ["ingress all 0-65535 …"],
            0,
        ),
        # What may belong to it.
        ({}, {"aws_security_group_rule.r": {"security_group_id": ref("local.group"), "type": "egress", **ALL_OUT}}, [], 1),
        (
            {},
            {
                "aws_security_group.h": {},
                "aws_security_group_rule.r": {
                    "security_group_id": ref("aws_security_group.g.id", "aws_security_group.h.id"),
                    "type": "egress", **ALL_OUT,
                },
            },
            [],
            1,
        ),
        (
            {},
            {
                "aws_security_group.h": {},
                "aws_security_group_rule.r": {"security_group_id": ref("aws_security_group.h.id"), "type": "egress", **ALL_OUT},
            },
            [],
            0,
        ),
        (
            {},
            {"aws_security_group_rule.r": {
                "security_group_id": ref("aws_security_group.g.id"), "type": ref("var.direction"), **ALL_OUT
            }},
            [],
            1,
        ),
    ],
)  # fmt: skip
def test_the_rules_of_a_group(body: dict[str, Any], more: dict[str, Any], rules: list[str], gaps: int) -> None:
    vpc = {"aws_vpc.a": {"ipv4_ipam_pool_id": "p"}}
    found = network({**vpc, "aws_security_group.g": {"vpc_id": ref("aws_vpc.a.id"), **body}, **more})
    one = group(found, "aws_security_group.g")
    assert in_words(one) == rules
    assert len(one.rules.gaps) == gaps


def test_a_group_that_exists_keeps_what_was_not_read() -> None:
    def gaps(**more: Any) -> int:
        found = network([resource("aws_security_group.g", more, lifecycle="existing")])
        return len(group(found, "aws_security_group.g").rules.gaps)

    assert gaps(egress=[]) == 0
    assert gaps(egress=[ALL_OUT]) == 0
    assert gaps() == 1
    assert gaps(egress=Unknown()) == 1


def test_rule_resources_that_were_not_read_are_a_gap_of_every_group() -> None:
    found = network({"aws_security_group.g": {}}, {"aws_security_group_rule": "unknown for_each"})
    assert not group(found, "aws_security_group.g").rules.is_complete


def test_the_rules_of_a_group_that_is_only_read_are_not_known() -> None:
    found = network(
        {
            "data.aws_security_group.d": {"id": "sg-0d"},
            "aws_security_group_rule.r": {
                "security_group_id": ref("data.aws_security_group.d.id"),
                "type": "egress",
                **ALL_OUT,
            },
        }
    )
    one = group(found, "data.aws_security_group.d")
    assert in_words(one) == ["egress all 0-65535 0.0.0.0/0"]
    assert not one.rules.is_complete


def test_exclusive_rules_leave_nothing_else() -> None:
    def rule(cidr: str) -> dict[str, Any]:
        return {"security_group_id": ref("aws_security_group.g.id"), "ip_protocol": "-1", "cidr_ipv4": cidr}

    found = network(
        {
            "aws_security_group.g": {},
            "aws_vpc_security_group_egress_rule.kept": rule("10.0.0.0/8"),
            "aws_vpc_security_group_egress_rule.dropped": rule("0.0.0.0/0"),
            "aws_vpc_security_group_rules_exclusive.x": {
                "security_group_id": ref("aws_security_group.g.id"),
                "ingress_rule_ids": [],
                "egress_rule_ids": [ref("aws_vpc_security_group_egress_rule.kept.id")],
            },
        }
    )
    assert in_words(group(found, "aws_security_group.g")) == ["egress all 0-65535 10.0.0.0/8"]


FACTORY = ["egress all 0-65535 0.0.0.0/0 ::/0", "ingress all 0-65535 group aws_vpc.a"]


@pytest.mark.parametrize(
    ("more", "address", "rules", "gaps"),
    [
        ({}, "aws_vpc.a", FACTORY, 0),
        # Adoption takes every rule away.
        ({"aws_default_security_group.d": {"vpc_id": ref("aws_vpc.a.id")}}, "aws_default_security_group.d", [], 0),
        ({"aws_default_security_group.d": {"vpc_id": ref("aws_vpc.other.id")}}, "aws_vpc.a", FACTORY, 0),
        (
            {"aws_default_security_group.d": {"vpc_id": ref("aws_vpc.a.id"), "egress": [ALL_OUT]}},
            "aws_default_security_group.d",
            ["egress all 0-65535 0.0.0.0/0"],
            0,
        ),
        (
            {"aws_security_group_rule.r": {
                "security_group_id": ref("aws_vpc.a.default_security_group_id"), "type": "ingress", **DNS_IN
            }},
            "aws_vpc.a",
            [*FACTORY, "ingress udp 53-53 10.0.0.0/16"],
            0,
        ),
        (
            {
                "data.aws_security_group.d": {"name": "default", "vpc_id": ref("aws_vpc.a.id")},
                "aws_security_group_rule.r": {
                    "security_group_id": ref("data.aws_security_group.d.id"), "type": "ingress", **DNS_IN
                },
            },
            "aws_vpc.a",
            [*FACTORY, "ingress udp 53-53 10.0.0.0/16"],
            0,
        ),
    ],
)  # fmt: skip
def test_the_default_group_of_a_vpc(more: dict[str, Any], address: str, rules: list[str], gaps: int) -> None:
    found = network({**VPC, **OTHER_VPC, **more})
    (vpc,) = (each for each in found.vpcs if str(each.address) == "aws_vpc.a")
    link = found.default_group_of_vpc[vpc]
    assert isinstance(link, To)
    assert str(link.target.address) == address
    assert in_words(link.target) == rules
    assert len(link.target.rules.gaps) == gaps


@pytest.mark.parametrize(
    "resources",
    [
        {"aws_vpc.a": {}, "aws_default_security_group.d": {"vpc_id": ref("local.vpc")}},
        {"data.aws_vpc.a": {"id": "vpc-0a"}},
    ],
)
def test_the_default_group_is_not_known(resources: dict[str, Any]) -> None:
    found = network(resources)
    assert isinstance(found.default_group_of_vpc[found.vpcs[0]], Unresolved)


def test_what_may_adopt_the_default_group_is_not_known_where_some_adopters_were_not_read() -> None:
    found = network({"aws_vpc.a": {}}, {"aws_default_security_group": "module not downloaded"})
    assert isinstance(found.default_group_of_vpc[found.vpcs[0]], Unresolved)
    (found_vpc,) = network({"aws_default_vpc.d": {}}).vpcs
    found = network({"aws_default_vpc.d": {}})
    link = found.default_group_of_vpc[found.vpcs[0]]
    assert found_vpc.address == Address.parse("aws_default_vpc.d")
    assert isinstance(link, To)
    assert not link.target.rules.is_complete


def test_the_group_of_a_managed_directory_lets_dns_in_from_its_own_vpc() -> None:
    found = network(
        {
            **VPC,
            "aws_directory_service_directory.d": {
                "type": "MicrosoftAD",
                "vpc_settings": [{"vpc_id": ref("aws_vpc.a.id"), "subnet_ids": ref("aws_subnet.a.id", "aws_subnet.b.id")}],
            },
            "aws_security_group_rule.more": {
                "security_group_id": ref("aws_directory_service_directory.d.security_group_id"),
                "type": "ingress", "protocol": "udp", "from_port": 53, "to_port": 53, "cidr_blocks": ["10.9.0.0/16"],
            },
        }
    )  # fmt: skip
    (host,) = found.hosts
    (link,) = host.security_groups.items
    assert isinstance(link, To)
    assert in_words(link.target) == [
        "ingress tcp 53-53 10.0.0.0/16",
        "ingress udp 53-53 10.0.0.0/16",
        "ingress udp 53-53 10.9.0.0/16",
    ]
    assert not link.target.rules.is_complete
    assert host.is_managed_ad


# Network ACLs

ENTRY = {"rule_no": 100, "action": "allow", "protocol": "-1", "from_port": 0, "to_port": 0, "cidr_block": "0.0.0.0/0"}


def acl_of(found: Network, name: str = "aws_subnet.a") -> Any:
    (subnet,) = (each for each in found.subnets if str(each.address) == name)
    return found.acl_of_subnet.get(subnet)


def entries(acl: NetworkAcl) -> list[str]:
    return [
        f"{each.direction} {each.number.value} {'allow' if each.allows.value else 'deny'} {each.cidr}"
        for each in acl.entries.items
        if isinstance(each.number, Known) and isinstance(each.allows, Known)
    ]


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"aws_network_acl.n": {"vpc_id": ref("aws_vpc.a.id"), "subnet_ids": ref("aws_subnet.a.id")}}, []),
        (
            {"aws_network_acl.n": {"subnet_ids": [ref("aws_subnet.a.id")], "egress": [ENTRY]}},
            ["egress 100 allow 0.0.0.0/0"],
        ),
        (
            {
                "aws_network_acl.n": {},
                "aws_network_acl_association.n": {
                    "network_acl_id": ref("aws_network_acl.n.id"), "subnet_id": ref("aws_subnet.a.id")
                },
                "aws_network_acl_rule.late": {
                    "network_acl_id": ref("aws_network_acl.n.id"), "rule_number": 200, "egress": True,
                    "rule_action": "allow", "protocol": "udp", "from_port": 53, "to_port": 53, "cidr_block": "0.0.0.0/0",
                },
                "aws_network_acl_rule.early": {
                    "network_acl_id": ref("aws_network_acl.n.id"), "rule_number": 50, "egress": True,
                    "rule_action": "deny", "protocol": "17", "from_port": 53, "to_port": 53, "cidr_block": "10.0.0.0/8",
                },
                "aws_network_acl_rule.in": {
                    "network_acl_id": ref("aws_network_acl.n.id"), "rule_number": 10,
                    "rule_action": "ALLOW", "protocol": "all", "cidr_block": "10.0.0.0/8",
                },
            },
            ["ingress 10 allow 10.0.0.0/8", "egress 50 deny 10.0.0.0/8", "egress 200 allow 0.0.0.0/0"],
        ),
        (
            {"aws_default_network_acl.d": {
                "default_network_acl_id": ref("aws_vpc.a.default_network_acl_id"), "ingress": [], "egress": []
            }},
            [],
        ),
        (
            {"aws_network_acl_rule.added": {
                "network_acl_id": ref("aws_vpc.a.default_network_acl_id"), "rule_number": 50, "egress": True,
                "rule_action": "deny", "protocol": "udp", "from_port": 53, "to_port": 53, "cidr_block": "10.10.0.0/16",
            }},
            [
                "ingress 100 allow 0.0.0.0/0", "ingress 101 allow ::/0", "egress 50 deny 10.10.0.0/16",
                "egress 100 allow 0.0.0.0/0", "egress 101 allow ::/0",
            ],
        ),
    ],
)  # fmt: skip
def test_the_network_acl_of_a_subnet(more: dict[str, Any], expected: list[str]) -> None:
    link = acl_of(network({**VPC, **more}))
    assert isinstance(link, To)
    assert entries(link.target) == expected
    assert link.target.entries.is_complete


def test_a_subnet_that_nothing_names_has_the_untouched_default_acl() -> None:
    found = network({**VPC, **OTHER_VPC, "aws_network_acl.n": {"subnet_ids": [ref("aws_subnet.b.id")]}})
    assert acl_of(found) is None
    other = {"aws_default_network_acl.d": {"default_network_acl_id": ref("aws_vpc.other.default_network_acl_id")}}
    assert acl_of(network({**VPC, **OTHER_VPC, **other})) is None


@pytest.mark.parametrize(
    ("resources", "open_types"),
    [
        ({**VPC, "aws_network_acl.n": {"subnet_ids": ref("local.subnets")}}, {}),
        ({**VPC, "aws_network_acl.n": {"subnet_ids": ref("aws_subnet.a.id", "var.x", exact=False)}}, {}),
        (
            {
                **VPC,
                "aws_network_acl.n": {"subnet_ids": [ref("aws_subnet.a.id")]},
                "aws_network_acl.m": {"subnet_ids": [ref("aws_subnet.a.id")]},
            },
            {},
        ),
        (VPC, {"aws_network_acl": "module not downloaded"}),
        (VPC, {"*": "module not downloaded"}),
        ({"data.aws_vpc.v": {"id": "vpc-0v"}, "aws_subnet.a": {"vpc_id": "vpc-0v"}}, {}),
        ({"aws_subnet.a": {"vpc_id": "vpc-0elsewhere"}}, {}),
    ],
)
def test_the_network_acl_is_not_known(resources: dict[str, Any], open_types: dict[str, str]) -> None:
    assert isinstance(acl_of(network(resources, open_types)), Unresolved)


def test_a_data_subnet_has_the_acl_that_it_is_given_here_and_no_other_known_one() -> None:
    data = {"data.aws_subnet.a": {"id": "subnet-0a", "vpc_id": ref("aws_vpc.a.id"), "cidr_block": "10.0.0.0/24"}, **VPC}
    assert isinstance(acl_of(network(data), "data.aws_subnet.a"), Unresolved)
    link = acl_of(network({**data, "aws_network_acl.n": {"subnet_ids": ["subnet-0a"]}}), "data.aws_subnet.a")
    assert isinstance(link, To)


def test_ports_and_families_of_acl_entries() -> None:
    entry = {**ENTRY, "protocol": "6", "from_port": 1024, "to_port": 65535, "ipv6_cidr_block": "::/0"}
    link = acl_of(network({**VPC, "aws_network_acl.n": {"subnet_ids": [ref("aws_subnet.a.id")], "ingress": [entry]}}))
    v4, v6 = link.target.entries.items
    assert (v4.protocol, v4.ports, v4.cidr) == (
        Known("tcp"),
        Known(PortRange(1024, 65535)),
        KnownCidr(ip_network("0.0.0.0/0")),
    )
    assert v6.cidr == KnownCidr(ip_network("::/0"))
    assert ALL_PORTS.covers(v4.ports.value)


def test_what_a_group_shows_beside_its_rule_resources_may_be_gone_after_the_apply() -> None:
    """The state of a group lists the rules of rule resources too, also of those that this plan deletes."""
    rule = {"security_group_id": "sg-0g", "type": "egress", **ALL_OUT, "cidr_blocks": ["10.0.0.0/8"]}

    def shown(*cidrs: str) -> SecurityGroup:
        body = {"id": "sg-0g", "ingress": [], "egress": [{**ALL_OUT, "cidr_blocks": list(cidrs)}]}
        existing = [
            resource("aws_security_group.g", body, lifecycle="existing"),
            resource("aws_security_group_rule.r", rule, lifecycle="existing"),
        ]
        return group(network(existing), "aws_security_group.g")

    assert shown("10.0.0.0/8").rules.is_complete
    stale = shown("10.0.0.0/8", "0.0.0.0/0")
    assert in_words(stale) == ["egress all 0-65535 10.0.0.0/8"]
    assert not stale.rules.is_complete
