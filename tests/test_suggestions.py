"""What all suggestions have in common: names that exist, and names of their own for what they add."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from tests.terraform import (
    ALL_EGRESS,
    PROVIDER,
    REQUIREMENTS,
    association,
    authorization,
    endpoint,
    group,
    network,
    write,
)
from tf_cvpn_lint.rules import Finding
from tf_cvpn_lint.run import Options, run
from tf_cvpn_policies import RULES

FIXTURES = Path(__file__).parent.parent / "fixtures"
PLANS = sorted(path for path in FIXTURES.glob("*/**/plan.json") if "hostile" not in path.parts)
REFERENCE = re.compile(r"(?<![\w.])((?:data\.)?aws_\w+\.\w+)")


@cache
def findings(path: str) -> tuple[Finding, ...]:
    return tuple(found for judgement in run([path], RULES, Options()).judgements for found in judgement.findings)


def suggestion(directory: Path, rule: str, endpoint_name: str = "aws_ec2_client_vpn_endpoint.this") -> str:
    (found,) = [
        found for found in findings(str(directory)) if found.rule.id == rule and str(found.endpoint) == endpoint_name
    ]
    return found.suggestion


@pytest.mark.parametrize("plan", PLANS, ids=lambda path: path.parent.relative_to(FIXTURES).as_posix())
def test_a_suggestion_names_what_its_module_has(plan: Path) -> None:
    (judgement,) = run([str(plan)], RULES, Options()).judgements
    existing: dict[tuple[str, ...], set[str]] = {}
    for resource in judgement.configuration.resources:
        names = existing.setdefault(tuple(step.name for step in resource.address.module), set())
        prefix = "data." if resource.address.mode == "data" else ""
        names.add(f"{prefix}{resource.address.type}.{resource.address.name}")
    blocks: dict[tuple[object, ...], str] = {}
    for found in judgement.findings:
        module = tuple(step.name for step in found.evidence.address.module)
        made = re.findall(r'(?m)^(resource "(\w+)" "(\w+)" \{\n(?:.*\n)*?\})$', found.suggestion)
        code = re.sub(r"#.*", "", found.suggestion)
        own = {f"{type_}.{label}" for _, type_, label in made}
        assert set(REFERENCE.findall(code)) <= existing[module] | own if found.suggestion else True
        assert not own & existing.get(module, set())
        for body, type_, label in made:
            assert blocks.setdefault((module, type_, label), body) == body


def vpn(name: str) -> str:
    """An endpoint of this name with its association."""
    return (
        (endpoint('["10.50.0.2"]') + association())
        .replace('"this"', f'"{name}"')
        .replace(".this.", f".{name}.")
        .replace('"a" {', f'"{name}" {{')
        .replace("10.200.0.0/20", "10.201.0.0/20" if name != "this" else "10.200.0.0/20")
    )


BASE = REQUIREMENTS + PROVIDER + network("main", "10.50.0.0/16") + group(ALL_EGRESS)


def test_what_is_added_for_two_endpoints_has_two_names(tmp_path: Path) -> None:
    directory = write(tmp_path, BASE + vpn("this") + vpn("other"))
    one, two = (suggestion(directory, "CVPN102", f"aws_ec2_client_vpn_endpoint.{name}") for name in ("other", "this"))
    assert '"aws_ec2_client_vpn_authorization_rule" "dns_10_50_0_2" {' in one
    assert '"aws_ec2_client_vpn_authorization_rule" "dns_10_50_0_2_2" {' in two
    assert "aws_ec2_client_vpn_endpoint.this.id" in two


def test_what_is_added_has_no_name_that_is_taken(tmp_path: Path) -> None:
    taken = """
resource "aws_ec2_client_vpn_authorization_rule" "dns_10_50_0_2" {
  client_vpn_endpoint_id = aws_ec2_client_vpn_endpoint.this.id
  target_network_cidr    = "10.50.0.3/32"
  authorize_all_groups   = true
}
"""
    directory = write(tmp_path, BASE + vpn("this") + taken)
    assert '"dns_10_50_0_2_2" {' in suggestion(directory, "CVPN102")


def test_an_address_of_one_instance_is_not_written_into_a_module_of_several(tmp_path: Path) -> None:
    """The endpoints are told another VPC's resolver; what is right for the one is wrong for the other."""
    inner = """
variable "vpc_id" { type = string }
variable "subnet_id" { type = string }
variable "dns" { type = list(string) }
"""
    inner += (endpoint("var.dns", vpc="var.vpc_id", groups=None) + association()).replace(
        "aws_subnet.main_a.id", "var.subnet_id"
    )
    write(tmp_path / "vpn", inner)

    def call(name: str, vpc: str, server: str) -> str:
        return f"""
module "{name}" {{
  source    = "./vpn"
  vpc_id    = aws_vpc.{vpc}.id
  subnet_id = aws_subnet.{vpc}_a.id
  dns       = ["{server}"]
}}
"""

    networks = REQUIREMENTS + PROVIDER + network("main", "10.50.0.0/16") + network("test", "10.60.0.0/16")
    one = write(tmp_path, networks + call("a", "main", "10.60.0.2"))
    name = "module.a.aws_ec2_client_vpn_endpoint.this"
    assert 'dns_servers = [cidrhost("10.50.0.0/16", 2)]' in suggestion(one, "CVPN119", name)
    findings.cache_clear()
    two = write(tmp_path, networks + call("a", "main", "10.60.0.2") + call("b", "test", "10.60.0.2"))
    assert suggestion(two, "CVPN119", name) == ""


def test_a_route_to_a_server_that_nobody_may_ask_comes_with_the_authorization(tmp_path: Path) -> None:
    given = endpoint('["10.70.1.53"]') + association()
    directory = write(tmp_path, BASE + network("hub", "10.70.0.0/16") + given)
    made = suggestion(directory, "CVPN101")
    assert re.findall(r'resource "(\w+)"', made) == [
        "aws_ec2_client_vpn_authorization_rule",
        "aws_ec2_client_vpn_route",
    ]
    directory = write(tmp_path / "open", BASE + network("hub", "10.70.0.0/16") + given + authorization("10.70.0.0/16"))
    assert re.findall(r'resource "(\w+)"', suggestion(directory, "CVPN101")) == ["aws_ec2_client_vpn_route"]


def test_routes_stand_beside_the_associations_where_the_endpoint_is_in_a_module(tmp_path: Path) -> None:
    inner = 'variable "vpc_id" { type = string }\n' + endpoint('["10.70.1.53"]', vpc="var.vpc_id", groups=None)
    write(tmp_path / "vpn", inner + 'output "id" { value = aws_ec2_client_vpn_endpoint.this.id }\n')
    call = 'module "vpn" {\n  source = "./vpn"\n  vpc_id = aws_vpc.main.id\n}\n'
    networks = network("main", "10.50.0.0/16") + network("hub", "10.70.0.0/16")
    outer = association().replace("aws_ec2_client_vpn_endpoint.this.id", "module.vpn.id")
    rule = authorization("10.70.0.0/16").replace("aws_ec2_client_vpn_endpoint.this.id", "module.vpn.id")
    directory = write(tmp_path, REQUIREMENTS + PROVIDER + networks + call + outer + rule)
    made = suggestion(directory, "CVPN101", "module.vpn.aws_ec2_client_vpn_endpoint.this")
    assert made.startswith('# in the root module:\nresource "aws_ec2_client_vpn_route" "dns_10_70_0_0_16" {\n')
    assert "= aws_ec2_client_vpn_network_association.a.client_vpn_endpoint_id\n" in made
    (directory / "suggested.tf").write_text(made)
    findings.cache_clear()
    assert "CVPN101" not in {found.rule.id for found in findings(str(directory)) if found.endpoint is not None}


def test_a_subnet_route_is_suggested_by_what_leads_there(tmp_path: Path) -> None:
    peering = """
resource "aws_vpc_peering_connection" "hub" {
  vpc_id      = aws_vpc.main.id
  peer_vpc_id = aws_vpc.hub.id
  auto_accept = true
}
"""
    attachments = """
resource "aws_ec2_transit_gateway" "core" {}
""" + "".join(
        f"""
resource "aws_ec2_transit_gateway_vpc_attachment" "{name}" {{
  transit_gateway_id = aws_ec2_transit_gateway.core.id
  vpc_id             = aws_vpc.{name}.id
  subnet_ids         = [aws_subnet.{name}_a.id, aws_subnet.{name}_b.id]
}}
"""
        for name in ("main", "hub")
    )
    route = """
resource "aws_ec2_client_vpn_route" "hub" {
  client_vpn_endpoint_id = aws_ec2_client_vpn_endpoint.this.id
  destination_cidr_block = aws_vpc.hub.cidr_block
  target_vpc_subnet_id   = aws_ec2_client_vpn_network_association.a.subnet_id
}
"""
    given = BASE + network("hub", "10.70.0.0/16") + endpoint('["10.70.1.53"]') + association() + route
    given += authorization("10.70.0.0/16")
    one = suggestion(write(tmp_path / "peering", given + peering), "CVPN109")
    assert '"aws_route" "main_to_dns" {' in one
    assert "vpc_peering_connection_id = aws_vpc_peering_connection.hub.id" in one
    assert 'destination_cidr_block    = "10.70.0.0/16"' in one
    other = suggestion(write(tmp_path / "transit", given + attachments), "CVPN109")
    assert "transit_gateway_id     = aws_ec2_transit_gateway.core.id" in other
    assert suggestion(write(tmp_path / "neither", given), "CVPN109") == ""


def test_a_default_route_is_not_suggested_into_a_module_of_which_another_instance_is_split() -> None:
    story = FIXTURES / "networks" / "one-module-split-and-full"
    (found, *_) = [found for found in findings(str(story)) if found.rule.id == "CVPN105"]
    assert found.suggestion == ""
    assert "0.0.0.0/0" in found.fix
