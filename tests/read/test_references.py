"""References through modules, instances and keys, on a plan that Terraform made, and on bent ones."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from tests.read.fixture_plans import exactly, perhaps, plan, reference, resource, tree, value
from tf_cvpn_lint.config.configuration import Configuration
from tf_cvpn_lint.core.address import Address, Name, Reference
from tf_cvpn_lint.core.value import Absent, Known, Unknown
from tf_cvpn_lint.read.plan import read_plan


@pytest.fixture(scope="module")
def estate() -> Configuration:
    return plan("modules-and-instances")


@pytest.mark.parametrize(
    ("address", "attribute", "source"),
    [
        # through outputs and variables, in the module instance that was meant
        ("module.vpn.aws_ec2_client_vpn_endpoint.this", "vpc_id", 'module.network["dev"].aws_vpc.this.id'),
        ("module.vpn.module.inner.aws_security_group.this", "vpc_id", 'module.network["dev"].aws_vpc.this.id'),
        ('module.network["prod"].aws_subnet.this["a"]', "vpc_id", 'module.network["prod"].aws_vpc.this.id'),
        ("module.counted[1].aws_ec2_client_vpn_network_association.this[0]", "client_vpn_endpoint_id",
         "module.counted[1].aws_ec2_client_vpn_endpoint.this.id"),
        # a list that goes through an output and a variable, one member each
        ("module.vpn.aws_ec2_client_vpn_network_association.this[0]", "subnet_id", 'module.network["dev"].aws_subnet.this["a"]'),
        ("module.vpn.aws_ec2_client_vpn_network_association.this[1]", "subnet_id", 'module.network["dev"].aws_subnet.this["b"]'),
        ('module.vpn.aws_ec2_client_vpn_route.zone["b"]', "target_vpc_subnet_id", 'module.network["dev"].aws_subnet.this["b"].id'),
        # keys
        ('aws_route_table_association.by_key["b"]', "subnet_id", 'aws_subnet.dns["b"]'),
        ('aws_route_table_association.by_value["b"]', "subnet_id", 'aws_subnet.dns["b"].id'),
        ('aws_route_table_association.by_set["b"]', "subnet_id", 'aws_subnet.dns["b"]'),
        ('aws_route_table_association.by_field["one"]', "subnet_id", 'aws_subnet.dns["b"]'),
        ('aws_route_table_association.by_value["b"]', "route_table_id", 'aws_route_table.by_key["a"].id'),
        ("aws_route_table_association.same_count[2]", "subnet_id", "aws_subnet.counted[2]"),
        ("aws_route_table_association.same_count[2]", "route_table_id", "aws_route_table.counted[2]"),
        ("aws_nat_gateway.single[0]", "subnet_id", "aws_subnet.counted[0].id"),
        # try(aws_vpc.none[0].id, …) where there is none
        ("aws_route_table.counted[1]", "vpc_id", 'module.network["dev"].aws_vpc.this.id'),
        # through each.value of a resource
        ('aws_route_table.by_key["a"]', "vpc_id", 'aws_subnet.dns["a"].vpc_id'),
    ],
)  # fmt: skip
def test_a_reference_is_followed_to_one_instance(
    estate: Configuration, address: str, attribute: str, source: str
) -> None:
    assert value(estate, address, attribute) == exactly(source)


def test_a_splat_keeps_all_instances(estate: Configuration) -> None:
    subnets = value(estate, "aws_ec2_transit_gateway_vpc_attachment.all", "subnet_ids")
    assert subnets == exactly('aws_subnet.dns["a"]', 'aws_subnet.dns["b"]')


def test_a_map_of_ids_leaves_each_of_them_possible(estate: Configuration) -> None:
    subnet = value(estate, 'aws_route_table_association.by_map["first"]', "subnet_id")
    assert subnet == perhaps('aws_subnet.dns["a"].id', 'aws_subnet.dns["b"].id')


def test_a_count_that_does_not_match_leaves_each_instance_possible(estate: Configuration) -> None:
    # It is aws_subnet.counted[count.index + 1], of which the plan tells as much as of [count.index].
    subnet = value(estate, "aws_route_table_association.fewer[0]", "subnet_id")
    assert subnet == perhaps(*(f"aws_subnet.counted[{index}]" for index in range(3)))


def test_which_output_of_an_indexed_module_is_meant_is_lost(estate: Configuration) -> None:
    subnet = value(estate, "module.counted[0].aws_ec2_client_vpn_network_association.this[0]", "subnet_id")
    assert isinstance(subnet, Unknown)
    assert not subnet.exact
    assert reference('module.network["dev"].aws_subnet.this["a"]') in subnet.refers_to


def test_a_variable_that_is_null_leaves_the_argument_unset(estate: Configuration) -> None:
    assert value(estate, "aws_security_group.optional_vpc", "vpc_id") == Absent()


def test_providers_and_regions_are_those_of_the_root(estate: Configuration) -> None:
    vpc = resource(estate, "module.hub.aws_vpc.this")
    assert (vpc.provider, vpc.region) == ("aws.hub", "eu-central-1")
    vpc = resource(estate, 'module.network["dev"].aws_vpc.this')
    assert (vpc.provider, vpc.region) == ("aws", "eu-west-1")


def test_depends_on_names_resources_and_those_of_modules(estate: Configuration) -> None:
    late = resource(estate, "aws_vpc_ipv4_cidr_block_association.late")
    assert Address.parse("aws_subnet.dns") in late.depends_on
    assert Address.parse("module.vpn.aws_ec2_client_vpn_network_association.this") in late.depends_on
    assert Address.parse("module.vpn.module.inner.aws_security_group.this") in late.depends_on


# Bent plans: what is rare, old or of OpenTofu


def _root(bent: dict[str, Any]) -> Any:
    return bent["configuration"]["root_module"]


def _block(bent: dict[str, Any], address: str) -> Any:
    return next(block for block in _root(bent)["resources"] if block["address"] == address)


def _bend_subnet(references: list[str]) -> Configuration:
    """The association's subnet, with these references instead."""
    bent = tree("ids-unknown-on-create")
    _block(bent, "aws_ec2_client_vpn_network_association.a")["expressions"]["subnet_id"] = {"references": references}
    bent["variables"] = {"flag": {"value": True}, "secret": {"value": "subnet-secret"}}
    _root(bent)["variables"] = {"secret": {"sensitive": True}}
    return read_plan(bent)


ASSOCIATION = "aws_ec2_client_vpn_network_association.a"


def test_of_a_choice_between_two_both_stay_possible() -> None:
    read = _bend_subnet(["var.flag", "aws_subnet.a.id", "aws_subnet.a", "aws_vpc.main.id", "aws_vpc.main"])
    assert value(read, ASSOCIATION, "subnet_id") == perhaps("aws_subnet.a.id", "aws_vpc.main.id")


def test_a_single_value_is_made_of_its_only_unknown_source() -> None:
    read = _bend_subnet(["var.flag", "aws_subnet.a.id", "aws_subnet.a", "aws_subnet.a.cidr_block", "aws_subnet.a"])
    assert value(read, ASSOCIATION, "subnet_id") == exactly("aws_subnet.a.id")


def test_a_local_beside_a_resource_may_be_the_source() -> None:
    read = _bend_subnet(["local.subnet", "aws_subnet.a.id", "aws_subnet.a"])
    expected = Unknown((Reference(Name("local.subnet")), reference("aws_subnet.a.id")))
    assert value(read, ASSOCIATION, "subnet_id") == expected


def test_a_sensitive_variable_is_named_and_not_read() -> None:
    read = _bend_subnet(["var.secret"])
    assert value(read, ASSOCIATION, "subnet_id") == Unknown((Reference(Name("var.secret")),))
    assert "subnet-secret" not in repr(read)


def test_a_traversal_is_kept_beside_a_longer_one_of_the_same_resource() -> None:
    # [aws_subnet.a.id, aws_subnet.a]: each is listed with its prefixes, the longest first.
    read = _bend_subnet(["aws_subnet.a.id", "aws_subnet.a", "aws_subnet.a"])
    assert value(read, ASSOCIATION, "subnet_id") == exactly("aws_subnet.a.id", "aws_subnet.a")


def test_a_list_that_a_variable_may_add_to_is_not_exact() -> None:
    groups = "security_group_ids"
    for extra, is_exact in ([], True), (["10.0.0.0/8"], True), (["sg-0123456789abcdef0"], False):
        bent = tree("ids-unknown-on-create")
        expressions = _block(bent, "aws_ec2_client_vpn_endpoint.this")["expressions"]
        expressions[groups] = {"references": ["aws_security_group.vpn.id", "aws_security_group.vpn", "var.extra"]}
        bent["variables"] = {"extra": {"value": extra}}
        found = value(read_plan(bent), "aws_ec2_client_vpn_endpoint.this", groups)
        assert found == Unknown((reference("aws_security_group.vpn.id"),), exact=is_exact)


def test_a_known_text_selects_an_instance() -> None:
    bent = tree("modules-and-instances")
    block = _block(bent, "aws_route_table_association.by_map")
    block["expressions"]["subnet_id"] = {"references": ["aws_subnet.dns", "var.zone"]}
    bent["variables"]["zone"] = {"value": "b"}
    read = read_plan(bent)
    assert value(read, 'aws_route_table_association.by_map["first"]', "subnet_id") == exactly('aws_subnet.dns["b"]')


def test_a_member_of_an_output_that_is_a_splat() -> None:
    bent = tree("modules-and-instances")
    block = _block(bent, "aws_nat_gateway.single")
    dev = 'module.network["dev"]'
    block["expressions"]["subnet_id"] = {"references": [f"{dev}.subnet_ids[1]", f"{dev}.subnet_ids", dev]}
    assert value(read_plan(bent), "aws_nat_gateway.single[0]", "subnet_id") == exactly(f'{dev}.aws_subnet.this["b"]')
    block["expressions"]["subnet_id"] = {
        "references": [f'{dev}.subnets["b"].id', f'{dev}.subnets["b"]', f"{dev}.subnets", dev]
    }
    assert value(read_plan(bent), "aws_nat_gateway.single[0]", "subnet_id") == exactly(f'{dev}.aws_subnet.this["b"].id')


def test_a_circle_of_variables_ends() -> None:
    bent = tree("modules-and-instances")
    calls = _root(bent)["module_calls"]
    calls["vpn"]["expressions"]["vpc_id"] = {"references": ["module.vpn.loop", "module.vpn"]}
    calls["vpn"]["module"]["outputs"] = {"loop": {"expression": {"references": ["var.vpc_id"]}}}
    found = value(read_plan(bent), "module.vpn.aws_ec2_client_vpn_endpoint.this", "vpc_id")
    assert isinstance(found, Unknown)
    assert not found.exact


def test_a_module_that_the_plan_does_not_show_is_named() -> None:
    bent = tree("modules-and-instances")
    del _root(bent)["module_calls"]["network"]
    found = value(read_plan(bent), "aws_ec2_transit_gateway_vpc_attachment.all", "vpc_id")
    assert found == Unknown((Reference(Name('module.network["dev"].vpc_id')),))


def test_the_providers_of_opentofu_are_followed_to_the_root() -> None:
    bent = tree("modules-and-instances")
    inner = _root(bent)["module_calls"]["vpn"]["module"]["module_calls"]["inner"]["module"]
    inner["resources"][0]["provider_config_key"] = "module.vpn.module.inner:aws"
    group = resource(read_plan(bent), "module.vpn.module.inner.aws_security_group.this")
    assert (group.provider, group.region) == ("aws", "eu-west-1")


def test_the_region_argument_of_provider_6_comes_first() -> None:
    bent = tree("ids-unknown-on-create")
    change = next(change for change in bent["resource_changes"] if change["address"] == "aws_vpc.main")
    change["change"]["after"]["region"] = "us-east-2"
    assert resource(read_plan(bent), "aws_vpc.main").region == "us-east-2"


def test_without_after_sensitive_the_name_tells_lists() -> None:
    bent = tree("ids-unknown-on-create")
    for change in bent["resource_changes"]:
        del change["change"]["after_sensitive"]
    assert read_plan(bent).resources == read_plan(tree("ids-unknown-on-create")).resources


def test_the_order_of_changes_makes_no_difference() -> None:
    bent = copy.deepcopy(tree("modules-and-instances"))
    bent["resource_changes"].reverse()
    assert read_plan(bent) == read_plan(tree("modules-and-instances"))


def test_a_network_that_is_known_is_no_source_of_an_unknown_rule() -> None:
    read = plan("inline-route-targets")
    assert value(read, "aws_route_table.known_sources_beside", "route", 0, "cidr_block") == Known("10.10.0.0/16")
