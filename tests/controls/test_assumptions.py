"""Assumptions: what they settle, what they leave alone, and what rests on them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.adapt.build import configuration, ref
from tests.controls.networks import ENDPOINT, NOT_AUTHORIZED, STORIES, directory, judged, plan, rules_of, verdicts
from tf_cvpn_lint.adapt import adapt
from tf_cvpn_lint.config.configuration import Configuration
from tf_cvpn_lint.controls.assumptions import (
    Admits,
    Assumption,
    Behind,
    Elsewhere,
    Fact,
    Groups,
    Lan,
    ValueOf,
    parse_value,
    premises,
    subject_of,
)
from tf_cvpn_lint.controls.in_force import Controls
from tf_cvpn_lint.core.address import Reference
from tf_cvpn_lint.core.errors import InputError
from tf_cvpn_lint.core.value import Known
from tf_cvpn_lint.result import Judgement

OFFICE = ("192.168.40.0/24", "192.168.41.0/24")


def assuming(of: Configuration, *facts: Fact) -> Judgement:
    given = tuple(Assumption(fact, f"reason {number}", None, number) for number, fact in enumerate(facts))
    return judged(of, Controls(assumptions=given))


def resting(judgement: Judgement) -> list[list[str]]:
    return [[server for _, server in use.servers] for use in judgement.assumptions]


@pytest.mark.parametrize(
    ("story", "gateway"),
    [
        ("office-dns-through-virtual-private-gateway", "aws_vpn_gateway.main"),
        ("office-dns-through-direct-connect", "aws_vpn_gateway.*"),
        ("office-dns-through-transit-gateway-vpn", "aws_vpn_connection.office"),
        ("office-dns-through-transit-gateway-vpn", "aws_ec2_transit_gateway.core"),
    ],
)
def test_networks_behind_a_gateway_settle_what_is_routed_there(story: str, gateway: str) -> None:
    assert set(verdicts(judged(plan(story))).values()) == {"unknown"}
    judgement = assuming(plan(story), Behind(gateway, OFFICE))
    assert set(verdicts(judgement).values()) == {"reachable"}
    assert resting(judgement) == [["192.168.40.10", "192.168.41.10"]]
    half = assuming(plan(story), Behind(gateway, OFFICE[:1]))
    assert verdicts(half) == {"192.168.40.10": "reachable", "192.168.41.10": "unknown"}


def test_networks_behind_another_gateway_settle_nothing() -> None:
    judgement = assuming(
        plan("office-dns-through-virtual-private-gateway"),
        Behind("vgw-0abc", OFFICE),
        Behind("aws_customer_gateway.x", OFFICE),
    )
    assert set(verdicts(judgement).values()) == {"unknown"}
    assert [use.applies for use in judgement.assumptions] == [False, False]


def test_the_way_to_the_gateway_is_still_judged() -> None:
    """An assumption about what lies behind it is none about the authorization before it."""
    story = plan("no-authorization-rules")
    before = verdicts(judged(story))
    assert verdicts(assuming(story, Behind("*", ("0.0.0.0/0",)))) == before
    assert "unreachable" in before.values()


@pytest.mark.parametrize(
    ("groups", "verdict", "speaks"),
    [
        (("5c1f0a2e-engineering",), "reachable", False),
        (("90e3c2d8-contractors",), "unreachable", True),
        (("5c1f0a2e-engineering", "90e3c2d8-contractors"), "unknown", True),
    ],
)
def test_the_groups_of_the_users_settle_who_may_ask(groups: tuple[str, ...], verdict: str, speaks: bool) -> None:
    judgement = assuming(plan("contractors-without-dns"), Groups(groups))
    assert set(verdicts(judgement).values()) == {verdict}
    assert ("CVPN103" in rules_of(judgement)) is speaks
    elsewhere = assuming(plan("contractors-without-dns"), Groups(groups, "module.other.*"))
    assert verdicts(elsewhere) == verdicts(judged(plan("contractors-without-dns")))


def test_groups_that_no_rule_names_contradict_what_was_read() -> None:
    judgement = assuming(plan("contractors-without-dns"), Groups(("sg-nobody",)))
    assert "CVPN905" in rules_of(judgement)
    assert verdicts(judgement) == verdicts(judged(plan("contractors-without-dns")))


def by_variable(**endpoint: object) -> Configuration:
    """One endpoint in a VPC whose DNS servers come from elsewhere, as a plan tells it."""
    return configuration(
        {
            "aws_vpc.main": {"id": "vpc-0a", "cidr_block": "10.0.0.0/16"},
            "aws_subnet.a": {"id": "subnet-0a", "vpc_id": "vpc-0a", "cidr_block": "10.0.1.0/24"},
            "aws_security_group.vpn": {
                "id": "sg-0a",
                "vpc_id": "vpc-0a",
                "egress": [{"protocol": "-1", "from_port": 0, "to_port": 0, "cidr_blocks": ["0.0.0.0/0"]}],
            },
            ENDPOINT: {
                "id": "cvpn-endpoint-0a",
                "client_cidr_block": "172.20.0.0/16",
                "vpc_id": "vpc-0a",
                "security_group_ids": ["sg-0a"],
                "split_tunnel": True,
                "dns_servers": ref("var.resolvers"),
                "authentication_options": [{"type": "certificate-authentication"}],
                **endpoint,
            },
            "aws_ec2_client_vpn_network_association.a": {
                "client_vpn_endpoint_id": "cvpn-endpoint-0a",
                "subnet_id": "subnet-0a",
            },
            "aws_ec2_client_vpn_authorization_rule.all": {
                "client_vpn_endpoint_id": "cvpn-endpoint-0a",
                "target_network_cidr": "0.0.0.0/0",
                "authorize_all_groups": True,
            },
        }
    )


@pytest.mark.parametrize("attribute", ["var.resolvers", f"{ENDPOINT}.dns_servers"])
def test_addresses_made_elsewhere_are_judged_like_any_other(attribute: str) -> None:
    judgement = assuming(by_variable(), ValueOf(attribute, ["10.0.0.2", "8.8.8.8"]))
    assert verdicts(judgement) == {"10.0.0.2": "reachable", "8.8.8.8": "reachable"}
    assert resting(judgement) == [["10.0.0.2", "8.8.8.8"]]


def test_a_network_is_not_put_where_an_address_was_made_from_it() -> None:
    """A plan does not show `cidrhost(var.resolvers, 2)`: it refers to the variable and is not its value."""
    judgement = assuming(by_variable(), ValueOf("var.resolvers", "10.0.0.0/16"))
    assert verdicts(judgement) == verdicts(judged(by_variable()))


def test_what_was_read_is_not_overridden() -> None:
    read = by_variable(dns_servers=["10.0.0.2"])
    judgement = assuming(read, ValueOf(f"{ENDPOINT}.dns_servers", ["10.0.0.9"]))
    assert verdicts(judgement) == {"10.0.0.2": "reachable"}
    (told,) = [finding for finding in judgement.findings if finding.rule.id == "CVPN905"]
    assert '["10.0.0.2"]' in told.message
    agreeing = assuming(read, ValueOf(f"{ENDPOINT}.dns_servers", ["10.0.0.2"]))
    assert "CVPN905" not in rules_of(agreeing)


def test_an_argument_that_is_not_set_was_read_as_its_default() -> None:
    judgement = assuming(by_variable(), ValueOf("aws_vpc.main.enable_dns_support", False))
    assert "CVPN905" in rules_of(judgement)


def in_another_configuration() -> Configuration:
    return configuration(
        {
            ENDPOINT: {
                "id": "cvpn-endpoint-0a",
                "client_cidr_block": "172.20.0.0/16",
                "security_group_ids": ["sg-0b"],
                "vpc_id": "vpc-0b",
                "split_tunnel": True,
                "dns_servers": ["10.8.0.2"],
                "authentication_options": [{"type": "certificate-authentication"}],
            },
            "aws_ec2_client_vpn_network_association.a": {
                "client_vpn_endpoint_id": "cvpn-endpoint-0a",
                "subnet_id": "subnet-0b",
            },
            "aws_ec2_client_vpn_authorization_rule.all": {
                "client_vpn_endpoint_id": "cvpn-endpoint-0a",
                "target_network_cidr": "0.0.0.0/0",
                "authorize_all_groups": True,
            },
        }
    )


def test_things_of_another_configuration_are_known_by_their_ids() -> None:
    assert verdicts(judged(in_another_configuration())) == {"10.8.0.2": "unknown"}
    judgement = assuming(
        in_another_configuration(),
        Elsewhere("vpc-0b", {"cidr_block": "10.8.0.0/16", "enable_dns_support": True}),
        Elsewhere("subnet-0b", {"vpc_id": "vpc-0b", "cidr_block": "10.8.1.0/24", "availability_zone": "eu-west-1a"}),
        Elsewhere("vpc-0f", {"cidr_block": "10.9.0.0/16"}),
    )
    assert verdicts(judgement) == {"10.8.0.2": "reachable"}
    assert [use.applies for use in judgement.assumptions] == [True, True, False]
    assert resting(judgement)[0] == ["10.8.0.2"]


def steps(judgement: Judgement, hop: str) -> set[str]:
    return {
        step.verdict.truth.value
        for reach in judgement.endpoints
        for trace in reach.traces
        for step in trace.steps
        if step.hop == hop
    }


def test_a_security_group_of_another_configuration_lets_out_what_is_assumed_and_is_unsure_of_the_rest() -> None:
    read = by_variable(dns_servers=["10.0.2.9"], security_group_ids=["sg-0f"])
    assert steps(judged(read), "endpoint_security_group") == {"unsure"}
    admitted = assuming(read, Admits("sg-0f", (), ("10.0.0.0/16",)))
    assert steps(admitted, "endpoint_security_group") == {"yes"}
    other = assuming(read, Admits("sg-0f", (), ("10.9.0.0/16",)))
    assert steps(other, "endpoint_security_group") == {"unsure"}


def test_a_security_group_that_was_read_whole_takes_no_more_rules() -> None:
    judgement = assuming(by_variable(), Admits("aws_security_group.vpn", ("10.0.0.0/8",)))
    assert "CVPN905" in rules_of(judgement)


def test_two_assumptions_of_which_one_is_enough_leave_one_to_rest_on() -> None:
    story = plan("office-dns-through-virtual-private-gateway")
    judgement = assuming(
        story, Behind("aws_vpn_gateway.main", OFFICE), Behind("aws_vpn_gateway.main", ("192.168.0.0/16",))
    )
    assert resting(judgement) == [[], ["192.168.40.10", "192.168.41.10"]]


def test_a_lan_that_is_no_private_network_loses_its_resolver() -> None:
    story = plan("device-dns-in-split-tunnel")

    def resolvers(judgement: Judgement) -> dict[str, str]:
        return {device.resolver: device.verdict.value for device in judgement.endpoints[0].device_resolvers}

    assert set(resolvers(judged(story))) == {"lan", "public"}
    assert resolvers(assuming(story, Lan("203.0.113.0/24")))["lan"] == "unreachable"
    assert set(resolvers(assuming(story, Lan("192.168.7.0/24", "192.168.7.1")))) == {"lan"}
    assert set(resolvers(assuming(story, Lan("192.168.7.0/24", "9.9.9.9")))) == {"public"}


def test_a_server_in_a_lan_of_the_users_is_a_warning(tmp_path: Path) -> None:
    judgement = assuming(directory(tmp_path, NOT_AUTHORIZED), Lan("10.42.0.0/24"))
    (told,) = [finding for finding in judgement.findings if finding.rule.id == "CVPN405"]
    assert told.severity.value == "warning"


STORY_NAMES = sorted(path.parent.name for path in STORIES.glob("*/expected.json"))


@pytest.mark.parametrize("story", STORY_NAMES)
def test_an_assumption_reverses_no_settled_verdict(story: str) -> None:
    of = plan(story)
    before = verdicts(judged(of))
    after = verdicts(assuming(of, Behind("*", ("0.0.0.0/1", "128.0.0.0/1"))))
    assert set(after) == set(before)
    settled = {server: verdict for server, verdict in before.items() if verdict != "unknown"}
    assert {server: after[server] for server in settled} == settled


@pytest.mark.parametrize(
    ("text", "target", "attribute"),
    [
        ("var.resolvers", "var.resolvers", ""),
        ("module.hub.resolvers", "module.hub.resolvers", ""),
        ("module.a.module.hub.resolvers", "module.a.module.hub.resolvers", ""),
        ("module.a.var.x", "module.a.var.x", ""),
        ("aws_instance.dns.private_ip", "aws_instance.dns", "private_ip"),
        ('module.a["x.y"].aws_instance.dns["k"].private_ip', 'module.a["x.y"].aws_instance.dns["k"]', "private_ip"),
        ("data.aws_vpc.x.cidr_block", "data.aws_vpc.x", "cidr_block"),
        ("aws_route53_resolver_endpoint.in.ip_address[0].ip", "aws_route53_resolver_endpoint.in", "ip_address[0].ip"),
        ("data.terraform_remote_state.hub.outputs.dns", "data.terraform_remote_state.hub", "outputs.dns"),
    ],
)
def test_an_attribute_is_read_as_terraform_writes_it(text: str, target: str, attribute: str) -> None:
    subject = subject_of(text)
    assert (str(subject.target), subject.attribute) == (target, attribute)
    assert isinstance(subject, Reference)


@pytest.mark.parametrize("text", ["", "x", "aws_instance.dns", "data.aws_vpc.x", "module.a", "a..b", "aws_vpc.x[.id"])
def test_what_is_no_attribute_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        subject_of(text)


@pytest.mark.parametrize(
    ("text", "value"), [("10.0.0.2", "10.0.0.2"), ('["a", 1]', ["a", 1]), ("true", True), ("null", "null"), ("3", 3)]
)
def test_a_value_is_json_or_a_text(text: str, value: object) -> None:
    assert parse_value(text) == value


def test_a_value_fills_what_is_unknown_within_a_block() -> None:
    of = configuration(
        {
            "aws_route53_resolver_endpoint.in": {
                "direction": "INBOUND",
                "ip_address": [{"subnet_id": "subnet-0a", "ip": ref("aws_route53_resolver_endpoint.in.ip_address")}],
            }
        }
    )
    fact = ValueOf("aws_route53_resolver_endpoint.in.ip_address[0].ip", "10.0.1.9")
    made = premises(of, adapt(of), [Assumption(fact, "why")])
    assert [str(contradiction) for contradiction in made.contradictions] == []
    (resource,) = made.configuration.resources
    addresses = resource.body.get("ip_address")
    assert addresses == Known((Known({"subnet_id": Known("subnet-0a"), "ip": Known("10.0.1.9")}),))


def test_a_variable_of_a_directory_may_be_assumed_and_what_is_made_of_it_is_not_taken_for_it(tmp_path: Path) -> None:
    text = NOT_AUTHORIZED.replace("[cidrhost(aws_vpc.main.cidr_block, 2)]", "[var.resolver, cidrhost(var.network, 2)]")
    text += '\nvariable "resolver" {}\nvariable "network" {}\n'
    of = directory(tmp_path, text)
    assert "10.42.10.7" not in verdicts(judged(of))
    judgement = assuming(of, ValueOf("var.resolver", "10.42.10.7"), ValueOf("var.network", "10.42.0.0"))
    assert set(verdicts(judgement)) == {"10.42.10.7", "var.network"}
    assert [use.applies for use in judgement.assumptions] == [True, False]


def test_addresses_that_aws_chooses_may_be_assumed() -> None:
    story = plan("inbound-resolver-addresses-chosen-by-aws")
    (name,) = {str(server.server) for reach in judged(story).endpoints for server in reach.servers}
    endpoint = subject_of(name).target
    facts = [ValueOf(f"{endpoint}.ip_address[{number}].ip", f"10.0.9.{number + 4}") for number in range(2)]
    judgement = assuming(story, *facts)
    assert "CVPN905" not in rules_of(judgement)
    assert all(use.applies for use in judgement.assumptions)
