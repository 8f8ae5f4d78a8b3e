"""One healthy estate, as the readers would read it, and what the rules say when something of it is changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.adapt.build import configuration, ref
from tf_cvpn_lint.rules import Certainty, Finding
from tf_cvpn_lint.run import examine
from tf_cvpn_policies import RULES

Resources = Mapping[str, Mapping[str, Any] | None]
"""Arguments by address; None takes the resource away."""

ENDPOINT = "aws_ec2_client_vpn_endpoint.this"
ANY = ["0.0.0.0/0"]


def port(protocol: str, number: int, cidrs: list[str]) -> dict[str, Any]:
    """An inline security group rule."""
    return {"protocol": protocol, "from_port": number, "to_port": number, "cidr_blocks": cidrs}


def subnet(cidr: str, zone: str, vpc: str = "aws_vpc.main") -> dict[str, Any]:
    return {"vpc_id": ref(f"{vpc}.id"), "cidr_block": cidr, "availability_zone": zone}


HEALTHY: dict[str, dict[str, Any]] = {
    "aws_vpc.main": {"cidr_block": "10.42.0.0/16", "enable_dns_hostnames": True},
    "aws_subnet.vpn": subnet("10.42.1.0/24", "eu-west-1a"),
    "aws_subnet.dns_a": subnet("10.42.11.0/24", "eu-west-1a"),
    "aws_subnet.dns_b": subnet("10.42.12.0/24", "eu-west-1b"),
    "aws_security_group.vpn": {
        "vpc_id": ref("aws_vpc.main.id"),
        "egress": [{"protocol": "-1", "from_port": 0, "to_port": 0, "cidr_blocks": ANY}],
    },
    "aws_security_group.resolver": {
        "vpc_id": ref("aws_vpc.main.id"),
        "ingress": [port("udp", 53, ["10.42.1.0/24"]), port("tcp", 53, ["10.42.1.0/24"])],
    },
    "aws_route53_resolver_endpoint.inbound": {
        "direction": "INBOUND",
        "security_group_ids": [ref("aws_security_group.resolver.id")],
        "ip_address": [
            {"subnet_id": ref("aws_subnet.dns_a.id"), "ip": "10.42.11.10"},
            {"subnet_id": ref("aws_subnet.dns_b.id"), "ip": "10.42.12.10"},
        ],
    },
    ENDPOINT: {
        "client_cidr_block": "172.20.0.0/16",
        "vpc_id": ref("aws_vpc.main.id"),
        "security_group_ids": [ref("aws_security_group.vpn.id")],
        "split_tunnel": True,
        "dns_servers": ["10.42.11.10", "10.42.12.10"],
        "authentication_options": [{"type": "federated-authentication"}],
    },
    "aws_ec2_client_vpn_network_association.vpn": {
        "client_vpn_endpoint_id": ref(f"{ENDPOINT}.id"),
        "subnet_id": ref("aws_subnet.vpn.id"),
    },
    "aws_ec2_client_vpn_authorization_rule.vpc": {
        "client_vpn_endpoint_id": ref(f"{ENDPOINT}.id"),
        "target_network_cidr": "10.42.0.0/16",
        "authorize_all_groups": True,
    },
}
"""Split tunnel to an inbound endpoint in the same VPC: nothing is wrong with it."""


def authorization(network: str, group: str | None = None) -> dict[str, Any]:
    """An authorization rule for everyone or for one group."""
    whom = {"authorize_all_groups": True} if group is None else {"access_group_id": group}
    return {"client_vpn_endpoint_id": ref(f"{ENDPOINT}.id"), "target_network_cidr": network, **whom}


def route(network: Any, target: Any = None) -> dict[str, Any]:
    """A Client VPN route, by the associated subnet unless told otherwise."""
    return {
        "client_vpn_endpoint_id": ref(f"{ENDPOINT}.id"),
        "destination_cidr_block": network,
        "target_vpc_subnet_id": ref("aws_subnet.vpn.id") if target is None else target,
    }


def findings(changes: Resources, base: Resources = HEALTHY) -> list[Finding]:
    """All that the rules say of the estate; a changed resource keeps the arguments that are not named."""
    made: dict[str, dict[str, Any]] = {name: dict(body) for name, body in base.items() if body is not None}
    for name, body in changes.items():
        if body is None:
            made.pop(name, None)
        else:
            made[name] = {**made.get(name, {}), **body}
    return list(examine(configuration(made), RULES).findings)


def told(changes: Resources, base: Resources = HEALTHY) -> set[str]:
    """The ids of the rules that speak, whatever they say of single servers; unsure findings do not count."""
    return {found.rule.id for found in findings(changes, base) if found.certainty is not Certainty.UNSURE}


def only(changes: Resources, rule: str, base: Resources = HEALTHY) -> list[Finding]:
    """What one rule says, where no other rule says anything."""
    assert told(changes, base) == {rule}
    return findings(changes, base)
