"""Facts about Terraform's plan JSON that bite, each on a plan that Terraform made. The Terraform lies beside the plan."""

from __future__ import annotations

import pytest

from tests.read.fixture_plans import exactly, known, named, perhaps, plan, reference, resource, value
from tf_cvpn_lint.core.address import Name, Reference
from tf_cvpn_lint.core.evidence import Evidence
from tf_cvpn_lint.core.value import Absent, Known, Unknown

HIDDEN = Unknown(why="comes from a dynamic block")


def test_ids_are_unknown_on_create_and_joined_by_reference() -> None:
    read = plan("ids-unknown-on-create")
    association = "aws_ec2_client_vpn_network_association.a"
    assert value(read, association, "client_vpn_endpoint_id") == exactly("aws_ec2_client_vpn_endpoint.this.id")
    assert value(read, association, "subnet_id") == exactly("aws_subnet.a.id")
    assert value(read, association, "vpc_id") == Absent()
    endpoint = "aws_ec2_client_vpn_endpoint.this"
    assert value(read, endpoint, "vpc_id") == exactly("aws_vpc.main.id")
    assert value(read, endpoint, "security_group_ids") == exactly(
        "aws_security_group.vpn.id", "aws_security_group.audit.id"
    )
    assert value(read, endpoint, "dns_servers") == known("10.0.0.2")
    assert resource(read, endpoint).lifecycle == "created"
    assert resource(read, endpoint).provider == "aws"
    assert resource(read, endpoint).region == "eu-west-1"
    assert resource(read, endpoint).location is None
    assert read.gaps == ()


def test_one_unknown_server_hides_the_whole_list() -> None:
    servers = value(plan("one-unknown-server"), "aws_ec2_client_vpn_endpoint.this", "dns_servers")
    assert servers == exactly("aws_instance.bind.private_ip")


@pytest.mark.parametrize(
    ("endpoint", "servers"), [("unset", Absent()), ("empty", Known(())), ("pushed", known("10.0.0.2", "10.0.0.53"))]
)
def test_servers_are_unset_or_known(endpoint: str, servers: object) -> None:
    assert value(plan("dns-servers-tri-state"), f"aws_ec2_client_vpn_endpoint.{endpoint}", "dns_servers") == servers


def test_a_server_computed_from_a_network_is_known_unless_ipam_gives_the_network() -> None:
    read = plan("cidrhost-literal-and-ipam")
    assert value(read, "aws_ec2_client_vpn_endpoint.literal", "dns_servers") == known("10.0.0.2")
    assert value(read, "aws_ec2_client_vpn_endpoint.ipam", "dns_servers") == exactly("aws_vpc.ipam.cidr_block")
    assert value(read, "aws_vpc.ipam", "cidr_block") == Absent()


def test_a_security_group_without_egress_leaves_it_unset() -> None:
    read = plan("security-group-without-egress")
    assert value(read, "aws_security_group.unset", "egress") == Absent()
    assert value(read, "aws_security_group.empty", "egress") == Known(())
    assert value(read, "aws_security_group.open", "egress", 0, "cidr_blocks") == known("0.0.0.0/0")


def test_an_egress_that_a_variable_leaves_null_is_unset() -> None:
    read = plan("security-group-without-egress")
    assert value(read, "aws_security_group.null_by_variable", "egress") == Absent()


def test_a_rule_of_a_dynamic_block_is_read_though_the_configuration_does_not_show_it() -> None:
    read = plan("security-group-without-egress")
    rule = ("aws_security_group.dynamic", "egress", 0)
    assert value(read, *rule, "cidr_blocks") == known("10.0.0.0/16")
    assert value(read, *rule, "description") == HIDDEN


def test_an_adopted_default_security_group_leaves_its_rules_unset() -> None:
    read = plan("default-security-group-adopted")
    assert value(read, "aws_default_security_group.stripped", "ingress") == Absent()
    assert value(read, "aws_default_security_group.stripped", "egress") == Absent()
    assert value(read, "aws_default_security_group.stripped", "vpc_id") == exactly("aws_vpc.main.id")


def test_network_acls_without_rules() -> None:
    read = plan("network-acls-without-rules")
    assert value(read, "aws_default_network_acl.stripped", "egress") == Known(())
    assert value(read, "aws_default_network_acl.stripped", "ingress") == Known(())
    assert value(read, "aws_network_acl.bare", "egress") == Absent()
    assert value(read, "aws_network_acl.inline", "ingress") == Absent()
    assert value(read, "aws_network_acl.inline", "egress", 0, "rule_no") == Known(100)


def test_an_adopted_default_route_table_leaves_its_routes_unset() -> None:
    read = plan("default-route-table-adopted")
    assert value(read, "aws_default_route_table.wiped", "route") == Absent()
    table = value(read, "aws_default_route_table.wiped", "default_route_table_id")
    assert table == exactly("aws_vpc.main.default_route_table_id")


def test_transit_gateway_defaults_are_known_and_those_of_attachments_unset() -> None:
    read = plan("transit-gateway-defaults")
    flag = "transit_gateway_default_route_table_association"
    assert value(read, "aws_ec2_transit_gateway.hub", "default_route_table_association") == Known("enable")
    assert value(read, "aws_ec2_transit_gateway_vpc_attachment.left_alone", flag) == Absent()
    assert value(read, "aws_ec2_transit_gateway_vpc_attachment.off", flag) == Known(False)


def test_an_inline_route_shows_which_kind_of_target_it_has() -> None:
    read = plan("inline-route-targets")
    one = ("aws_route_table.one", "route", 0)
    assert value(read, *one, "gateway_id") == exactly("aws_internet_gateway.main.id")
    assert value(read, *one, "nat_gateway_id") == Known("")
    two = ("aws_route_table.two", "route", 1)
    assert value(read, *two, "cidr_block") == Known("10.10.0.0/16")
    assert value(read, *two, "gateway_id") == Known("")
    # The plan lists the references of both routes together; what is known already is no source of what is not.
    assert value(read, *two, "transit_gateway_id") == perhaps(
        "aws_internet_gateway.main.id", "aws_ec2_transit_gateway.hub.id"
    )


def test_what_is_known_beside_a_route_does_not_blur_its_target() -> None:
    read = plan("inline-route-targets")
    for index in (0, 1):
        target = value(read, "aws_route_table.known_sources_beside", "route", index, "transit_gateway_id")
        assert target == exactly("aws_ec2_transit_gateway.hub.id")


def test_nat_gateways_are_public_by_default() -> None:
    read = plan("nat-gateway-connectivity")
    assert value(read, "aws_nat_gateway.default", "connectivity_type") == Known("public")
    assert value(read, "aws_nat_gateway.private", "connectivity_type") == Known("private")
    assert value(read, "aws_nat_gateway.default", "subnet_id") == exactly("aws_subnet.public.id")


def test_addresses_that_aws_chooses_are_unset_and_chosen_ones_known() -> None:
    read = plan("server-addresses-known-and-unknown")
    assert value(read, "aws_directory_service_directory.corp", "dns_ip_addresses") == Absent()
    assert value(read, "aws_instance.left_to_aws", "private_ip") == Absent()
    assert value(read, "aws_instance.chosen", "private_ip") == Known("10.0.1.10")
    servers = value(read, "aws_ec2_client_vpn_endpoint.directory", "dns_servers")
    assert servers == exactly("aws_directory_service_directory.corp.dns_ip_addresses")


@pytest.mark.parametrize(
    ("endpoint", "addresses"),
    [
        ("chosen", [(Known("10.0.1.53"), "aws_subnet.a.id"), (Known("10.0.2.53"), "aws_subnet.b.id")]),
        ("left_to_aws", [(Absent(), "aws_subnet.a.id"), (Absent(), "aws_subnet.b.id")]),
        # The plan has them in another order than the file.
        ("half", [(Known("10.0.1.54"), "aws_subnet.a.id"), (Absent(), "aws_subnet.b.id")]),
    ],
)
def test_blocks_of_a_set_are_told_apart_by_what_is_known(endpoint: str, addresses: list[tuple[object, str]]) -> None:
    read = plan("server-addresses-known-and-unknown")
    for index, (ip, subnet) in enumerate(addresses):
        block = (f"aws_route53_resolver_endpoint.{endpoint}", "ip_address", index)
        assert value(read, *block, "ip") == ip
        assert value(read, *block, "subnet_id") == exactly(subnet)
        assert value(read, *block, "ip_id") == Absent()


@pytest.mark.parametrize("endpoint", ["dynamic", "dynamic_unknown"])
def test_nothing_is_said_of_the_blocks_that_a_dynamic_block_makes(endpoint: str) -> None:
    read = plan("server-addresses-known-and-unknown")
    for index in (0, 1):
        for argument in ("ip", "subnet_id"):
            address = f"aws_route53_resolver_endpoint.{endpoint}"
            assert value(read, address, "ip_address", index, argument) == HIDDEN


def test_references_of_rules_are_pooled_and_planned_rules_complete() -> None:
    read = plan("rules-as-attributes")
    dns = "aws_security_group.dns"
    assert value(read, dns, "egress", 1, "cidr_blocks") == known("192.0.2.0/24")  # made by `dynamic`
    assert value(read, dns, "ingress", 0, "cidr_blocks") == known("192.0.2.0/24")
    for index in (1, 2):
        groups = value(read, dns, "ingress", index, "security_groups")
        assert groups == perhaps("aws_security_group.vpn.id", "aws_security_group.web.id")


def test_one_pooled_reference_of_one_rule_is_that_rules() -> None:
    read = plan("rules-as-attributes")
    groups = value(read, "aws_security_group.one_source", "ingress", 0, "security_groups")
    assert groups == exactly("aws_security_group.vpn.id")
    assert value(read, "aws_security_group.dynamic_only", "ingress", 0, "security_groups") == HIDDEN


@pytest.mark.parametrize("endpoint", ["for", "splat"])
def test_a_for_over_addresses_keeps_the_resource(endpoint: str) -> None:
    servers = value(plan("for-over-addresses"), f"aws_ec2_client_vpn_endpoint.{endpoint}", "dns_servers")
    assert servers == exactly("aws_route53_resolver_endpoint.inbound.ip_address")


@pytest.mark.parametrize("association", ['through_local["a"]', 'through_local["b"]', "indexed_local"])
def test_subnets_through_locals_leave_no_trace(association: str) -> None:
    read = plan("subnets-through-locals")
    subnet = value(read, f"aws_ec2_client_vpn_network_association.{association}", "subnet_id")
    assert subnet == named("local.vpn_subnets")


# Beyond the table: `dynamic` over something unknown


def test_a_dynamic_block_over_something_unknown_is_not_read_as_unset() -> None:
    read = plan("dynamic-over-unknown")
    assert value(read, "aws_default_network_acl.rules", "egress") == HIDDEN
    assert value(read, "aws_default_network_acl.rules", "ingress") == Known(())
    assert value(read, "aws_route53_resolver_endpoint.addresses", "ip_address") == HIDDEN


def test_a_placeholder_rule_is_a_gap_and_no_rule() -> None:
    group = resource(plan("dynamic-over-unknown"), "aws_security_group.rules")
    rules = group.body.blocks("egress", Evidence(group.address))
    assert rules.items == ()
    assert [gap.why for gap in rules.gaps] == ["comes from a dynamic block"]


def test_where_a_dynamic_block_may_have_made_the_route_its_target_is_not_exact() -> None:
    read = plan("dynamic-over-unknown")
    for index in (0, 1):
        target = value(read, "aws_route_table.static_and_dynamic", "route", index, "gateway_id")
        assert target == Unknown((reference("aws_internet_gateway.main.id"), Reference(Name("route.value"))))


def test_what_a_data_source_will_read_is_unknown_and_not_unset() -> None:
    read = plan("dynamic-over-unknown")
    assert value(read, "data.aws_vpc.main", "cidr_block") == Unknown()
    assert value(read, "data.aws_vpc.main", "id") == exactly("aws_vpc.main.id")
    assert resource(read, "data.aws_vpc.main").lifecycle == "read"
