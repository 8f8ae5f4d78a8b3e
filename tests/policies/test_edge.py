"""What is decided before a query leaves the endpoint: whether it enters the tunnel, who may ask, and which faults are one."""

from __future__ import annotations

from typing import Any

import pytest

from tests.adapt.build import configuration, ref
from tests.policies.situations import ENDPOINT, HEALTHY, Resources, authorization, findings, only, route, told
from tf_cvpn_lint.reach.trace import EndpointReach
from tf_cvpn_lint.rules import Certainty, Severity
from tf_cvpn_lint.run import examine
from tf_cvpn_policies import RULES

PUBLIC = ["8.8.8.8", "8.8.4.4"]
UNKNOWN = ref("var.split")
SPLIT_UNKNOWN = {ENDPOINT: {"dns_servers": PUBLIC, "split_tunnel": UNKNOWN}}
ASSOCIATION = "aws_ec2_client_vpn_network_association"
RULE = "aws_ec2_client_vpn_authorization_rule"
ROUTE = "aws_ec2_client_vpn_route"


def judged(changes: Resources) -> EndpointReach:
    made: dict[str, dict[str, Any]] = {name: dict(body) for name, body in HEALTHY.items()}
    for name, body in changes.items():
        if body is None:
            made.pop(name, None)
        else:
            made[name] = {**made.get(name, {}), **body}
    (endpoint,) = examine(configuration(made), RULES).endpoints
    return endpoint


def verdicts(changes: Resources) -> list[str]:
    return [server.verdict.value for server in judged(changes).servers]


def devices(changes: Resources) -> dict[str, tuple[str, str]]:
    return {device.resolver: (device.verdict.value, device.path.value) for device in judged(changes).device_resolvers}


# ------------------------------------------------------------------------------------------------- entering the tunnel


def test_what_would_drop_a_public_query_in_the_tunnel_is_not_certain_where_it_may_not_enter() -> None:
    assert verdicts(SPLIT_UNKNOWN) == ["unknown", "unknown"]
    assert told(SPLIT_UNKNOWN) == set()


@pytest.mark.parametrize("destination", [ref("var.routed"), "0.0.0.0/0"])
def test_a_route_that_may_cover_a_public_server_decides_nothing_until_it_is_known(destination: Any) -> None:
    changes = {ENDPOINT: {"dns_servers": PUBLIC}, f"{ROUTE}.more": route(destination)}
    is_known = isinstance(destination, str)
    assert verdicts(changes) == (["unreachable"] * 2 if is_known else ["unknown"] * 2)
    assert ("CVPN102" in told(changes)) is is_known


def test_a_private_server_that_nothing_routes_is_dead_whether_its_query_enters_or_not() -> None:
    changes = {ENDPOINT: {"dns_servers": ["172.31.0.10"], "split_tunnel": UNKNOWN}}
    assert verdicts(changes) == ["unreachable"]  # in split nothing routes it, in full nothing admits it


@pytest.mark.parametrize("split", [True, UNKNOWN])
def test_a_route_that_full_tunnel_would_need_is_told_in_full_tunnel_only(split: Any) -> None:
    changes = {
        ENDPOINT: {"dns_servers": ["172.31.0.10", "10.42.0.2"], "split_tunnel": split},
        f"{RULE}.all": authorization("0.0.0.0/0"),
    }
    assert "CVPN105" not in told(changes)
    assert "CVPN105" in told({**changes, ENDPOINT: {**changes[ENDPOINT], "split_tunnel": False}})


def test_a_local_route_leads_to_other_clients_and_nowhere_else() -> None:
    changes = {
        ENDPOINT: {"dns_servers": ["172.31.0.10", "10.42.0.2"]},
        f"{RULE}.all": authorization("0.0.0.0/0"),
        f"{ROUTE}.misused": route("172.31.0.0/16", "local"),
    }
    (found,) = only(changes, "CVPN101")
    assert found.server == "172.31.0.10"
    assert verdicts(changes) == ["unreachable", "reachable"]


# ------------------------------------------------------------------------------------------------------ device resolvers


def test_a_route_to_one_public_resolver_says_nothing_of_others_in_split_tunnel() -> None:
    changes = {ENDPOINT: {"dns_servers": None}, f"{ROUTE}.google": route("8.8.8.0/24")}
    assert devices(changes)["public"] == ("reachable", "local")
    assert told(changes) == {"CVPN406"}


def test_a_default_route_in_split_tunnel_takes_public_resolvers_along() -> None:
    changes = {ENDPOINT: {"dns_servers": None}, f"{ROUTE}.all": route("0.0.0.0/0")}
    assert devices(changes)["public"] == ("unreachable", "tunnel")
    assert told(changes) == {"CVPN404", "CVPN406"}


def test_a_public_resolver_is_not_lost_for_certain_where_the_tunnel_may_be_split() -> None:
    changes = {ENDPOINT: {"dns_servers": None, "split_tunnel": UNKNOWN}}
    assert devices(changes) == {"lan": ("reachable", "local"), "public": ("unknown", "unknown")}
    assert told(changes) == set()


# ---------------------------------------------------------------------------------------------------------- one fault


@pytest.mark.parametrize(("admitted", "said"), [("0.0.0.0/0", {"CVPN120"}), ("10.42.0.0/16", {"CVPN102", "CVPN120"})])
def test_no_route_is_asked_for_to_a_link_local_server(admitted: str, said: set[str]) -> None:
    changes: Resources = {
        ENDPOINT: {"dns_servers": ["169.254.169.253", "10.42.0.2"], "split_tunnel": False},
        f"{RULE}.vpc": {"target_network_cidr": admitted},
    }
    assert told(changes) == said


def test_an_association_in_another_vpc_is_the_one_thing_that_is_told() -> None:
    changes: Resources = {
        ENDPOINT: {"dns_servers": ["10.42.0.2"]},
        "aws_vpc.two": {"cidr_block": "10.43.0.0/16"},
        "aws_subnet.two": {
            "vpc_id": ref("aws_vpc.two.id"),
            "cidr_block": "10.43.1.0/24",
            "availability_zone": "eu-west-1b",
        },
        f"{ASSOCIATION}.two": {
            "client_vpn_endpoint_id": ref(f"{ENDPOINT}.id"),
            "subnet_id": ref("aws_subnet.two.id"),
        },
    }
    only(changes, "CVPN306")
    assert verdicts(changes) == ["intermittent"]


@pytest.mark.parametrize(
    ("rule", "severity", "verdict"),
    [
        (authorization("172.20.0.0/16"), Severity.WARNING, "unknown"),
        (authorization("172.20.0.0/16", "engineers"), Severity.ERROR, "unreachable"),
        (authorization("172.16.0.0/12"), Severity.WARNING, "unknown"),
        (authorization("172.20.128.0/17"), Severity.ERROR, "unreachable"),
    ],
)
def test_clients_reach_each_other_only_where_everyone_may(rule: Any, severity: Severity, verdict: str) -> None:
    changes = {
        ENDPOINT: {"dns_servers": ["172.20.0.9", "10.42.0.2"]},
        f"{RULE}.clients": rule,
        f"{ROUTE}.clients": route("172.20.0.0/16", "local"),
    }
    (found,) = only(changes, "CVPN124")
    assert found.severity is severity
    assert verdicts(changes) == [verdict, "reachable"]


# -------------------------------------------------------------------------------------------------------------- groups

GROUP_A, GROUP_B = "aws_identitystore_group.a.group_id", "aws_identitystore_group.b.group_id"


def group_rule(network: str, group: Any) -> dict[str, Any]:
    return {**authorization(network, "x"), "access_group_id": group}


@pytest.mark.parametrize(
    ("deciding", "other", "speaks"),
    [
        ("a", "b", True),
        ("a", "a", False),
        (ref(GROUP_A), None, True),
        (ref("var.group"), None, True),
        (ref(GROUP_A), ref(GROUP_B), True),
        (ref(GROUP_A), ref(GROUP_A), False),
        (ref('aws_identitystore_group.g["a"].group_id'), ref('aws_identitystore_group.g["b"].group_id'), True),
        (ref('aws_identitystore_group.g["a"].group_id'), ref("aws_identitystore_group.g.group_id"), False),
        (ref("var.group"), ref("var.other"), False),
        (ref("data.aws_identitystore_group.a.id"), ref("data.aws_identitystore_group.b.id"), False),
        (ref(GROUP_A), "b", False),
        (ref(GROUP_A, GROUP_B), ref(GROUP_B), False),
    ],
)
def test_groups_of_which_no_id_is_known_are_two_where_two_resources_make_them(
    deciding: Any, other: Any, speaks: bool
) -> None:
    changes = {
        f"{RULE}.vpc": group_rule("10.42.0.0/16", deciding) | {"authorize_all_groups": None},
        f"{RULE}.other": authorization("0.0.0.0/0") if other is None else group_rule("10.60.0.0/16", other),
    }
    found = [each for each in findings(changes) if each.rule.id == "CVPN103"]
    assert [each.server for each in found] == (["10.42.11.10", "10.42.12.10"] if speaks else [])
    assert all(each.certainty is Certainty.CERTAIN for each in found)


def test_a_group_without_a_known_id_is_told_by_its_name() -> None:
    changes = {
        f"{RULE}.vpc": group_rule("10.42.0.0/16", ref(GROUP_A)) | {"authorize_all_groups": None},
        f"{RULE}.other": group_rule("10.60.0.0/16", ref(GROUP_B)),
    }
    first, _ = only(changes, "CVPN103")
    assert first.fix == f"Authorize 10.42.11.10/32 for {GROUP_B} as well."


def test_what_covers_an_address_that_is_not_known_is_said_to_be_open() -> None:
    changes = {ENDPOINT: {"dns_servers": [ref("aws_lb.dns.dns_name"), "10.42.0.2"]}}
    first, _ = judged(changes).servers
    says = [step.says for trace in first.traces for step in trace.steps if step.hop == "authorization"]
    assert set(says) == {f"whether {RULE}.vpc covers aws_lb.dns.dns_name is not known"}


# ---------------------------------------------------------------------------------------------- transit gateways, IPv6


def test_an_endpoint_without_subnets_is_not_told_to_route_them() -> None:
    changes: Resources = {
        "aws_ec2_transit_gateway.hub": {},
        f"{ASSOCIATION}.vpn": None,
        ENDPOINT: {
            "dns_servers": PUBLIC,
            "vpc_id": None,
            "security_group_ids": None,
            "transit_gateway_configuration": [{"transit_gateway_id": ref("aws_ec2_transit_gateway.hub.id")}],
        },
        f"{RULE}.all": authorization("0.0.0.0/0"),
        f"{ROUTE}.all": {
            "client_vpn_endpoint_id": ref(f"{ENDPOINT}.id"),
            "destination_cidr_block": "8.8.0.0/16",
        },
    }
    first, _ = only(changes, "CVPN106")
    assert "subnets" not in first.fix
    assert "transit gateway's route table" in first.fix


def test_what_becomes_of_an_ipv4_server_where_only_ipv6_is_carried_is_not_known() -> None:
    changes: Resources = {
        ENDPOINT: {"dns_servers": ["10.42.0.2"], "client_cidr_block": None, "traffic_ip_address_type": "ipv6"},
        f"{RULE}.vpc": {"target_network_cidr": "::/0"},
    }
    assert verdicts(changes) == ["unknown"]
    assert told(changes) == set()


def test_a_data_source_that_is_read_later_may_push_servers_or_none() -> None:
    data = "data.aws_ec2_client_vpn_endpoint.corp"
    later = ref(f"{data}.dns_servers")
    (endpoint,) = examine(configuration({data: {"id": "cvpn-endpoint-1", "dns_servers": later}}), RULES).endpoints
    assert endpoint.servers == ()
    assert any(gap.what == "dns_servers" for gap in endpoint.gaps)


# --------------------------------------------------------------------------------------------------------- suggestions


def test_an_attached_endpoint_gets_routes_without_subnets() -> None:
    changes: Resources = {
        "aws_ec2_transit_gateway.hub": {},
        f"{ASSOCIATION}.vpn": None,
        ENDPOINT: {
            "dns_servers": ["172.31.0.10", "172.31.0.11"],
            "vpc_id": None,
            "security_group_ids": None,
            "transit_gateway_configuration": [{"transit_gateway_id": ref("aws_ec2_transit_gateway.hub.id")}],
        },
    }
    first, _ = [each for each in findings(changes) if each.rule.id == "CVPN101"]
    assert "target_vpc_subnet_id" not in first.suggestion
    assert 'destination_cidr_block = "172.31.0.10/32"' in first.suggestion
    assert "subnet" not in first.fix


@pytest.mark.parametrize(("provider", "said"), [("~> 4.0", set()), ("~> 5.0", {"CVPN314", "CVPN403"}), ("", set())])
def test_groups_of_an_association_are_not_the_default_group_where_they_count(provider: str, said: set[str]) -> None:
    made = {
        **HEALTHY,
        ENDPOINT: {
            name: given for name, given in HEALTHY[ENDPOINT].items() if name not in ("security_group_ids", "vpc_id")
        },
        f"{ASSOCIATION}.vpn": {**HEALTHY[f"{ASSOCIATION}.vpn"], "security_groups": [ref("aws_security_group.vpn.id")]},
    }
    judgement = examine(configuration(made, aws_provider_version=provider), RULES)
    assert {found.rule.id for found in judgement.findings} == said
    verdict = "reachable" if said else "unknown"
    assert [server.verdict.value for each in judgement.endpoints for server in each.servers] == [verdict] * 2
