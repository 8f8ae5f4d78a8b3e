"""What a plan leaves behind: created, kept, changed, moved, read; and what it does not show."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.read.fixture_plans import PLANS, exactly, known, plan, resource, tree, value
from tf_cvpn_lint.core.address import Name, Reference
from tf_cvpn_lint.core.errors import InputError
from tf_cvpn_lint.core.value import Absent, Known, Unknown
from tf_cvpn_lint.read.detect import identify
from tf_cvpn_lint.read.plan import read_plan


def addresses(fact: str) -> dict[str, str]:
    return {str(resource.address): resource.lifecycle for resource in plan(fact).resources}


def test_resources_are_read_as_they_will_be() -> None:
    assert addresses("existing-and-changing") == {
        "aws_route_table.later": "created",
        "aws_security_group.vpn": "existing",
        "aws_subnet.created": "created",
        "aws_subnet.kept": "existing",
        "aws_subnet.new_name": "existing",  # moved from aws_subnet.old_name
        "aws_subnet.replaced": "created",
        "aws_vpc.main": "existing",
        "data.aws_subnet.read_later": "read",
        "data.aws_vpc.read_now": "read",
    }


def test_an_update_is_judged_on_what_will_be() -> None:
    read = plan("existing-and-changing")
    assert value(read, "aws_vpc.main", "enable_dns_hostnames") == Known(False)
    assert value(read, "aws_subnet.replaced", "cidr_block") == Known("10.0.20.0/24")
    assert value(read, "aws_subnet.kept", "vpc_id") == value(read, "aws_vpc.main", "id")


def test_an_existing_group_keeps_the_egress_that_the_configuration_does_not_mention() -> None:
    read = plan("existing-and-changing")
    assert value(read, "aws_security_group.vpn", "egress", 0, "cidr_blocks") == known("0.0.0.0/0")


def test_a_chain_through_a_data_source_stops_at_the_data_source() -> None:
    read = plan("existing-and-changing")
    assert value(read, "aws_route_table.later", "vpc_id") == exactly("data.aws_subnet.read_later.vpc_id")
    assert value(read, "data.aws_subnet.read_later", "vpc_id") == Unknown()


def test_after_a_destroy_nothing_is_left() -> None:
    read = plan("destroyed")
    assert read.resources == ()
    assert read.gaps == ()


@pytest.mark.parametrize("fact", ["refresh-only", "nothing-to-change"])
def test_without_changes_everything_stays(fact: str) -> None:
    read = plan(fact)
    assert len(read.resources) == 7
    assert {resource.lifecycle for resource in read.resources} == {"existing"}
    assert {resource.region for resource in read.resources} == {"eu-west-1"}
    assert read.gaps == ()


def test_with_target_the_rest_stays_and_what_is_left_out_is_a_gap() -> None:
    read = plan("targeted")
    assert resource(read, "aws_subnet.created").lifecycle == "created"
    assert resource(read, "aws_subnet.deleted").lifecycle == "existing"  # its deletion was not asked for
    assert value(read, "aws_subnet.replaced", "cidr_block") == Known("10.0.2.0/24")
    assert [gap.subject for gap in read.unread("aws_route_table")] == ["aws_route_table.later"]
    assert read.unread("aws_subnet") == ()


def test_with_target_the_rest_is_missed_where_the_plan_does_not_say_that_it_is_incomplete() -> None:
    bent = tree("targeted")
    del bent["complete"]  # Terraform before 1.8, OpenTofu
    assert [gap.subject for gap in read_plan(bent).unread("aws_route_table")] == ["aws_route_table.later"]


def test_a_plan_that_failed_may_miss_anything() -> None:
    bent = tree("ids-unknown-on-create")
    bent["errored"] = True
    assert [gap.why for gap in read_plan(bent).unread("aws_vpc")] == ["terraform plan failed before it was done"]


def test_deferred_changes_are_gaps_of_their_type() -> None:
    bent = tree("ids-unknown-on-create")
    change = next(change for change in bent["resource_changes"] if change["address"] == "aws_subnet.a")
    bent["resource_changes"].remove(change)
    bent["deferred_changes"] = [{"reason": "instance_count_unknown", "resource_change": change}]
    read = read_plan(bent)
    assert [gap.why for gap in read.unread("aws_subnet")] == ["how many there will be is not known"]
    assert read.unread("aws_vpc") == ()


def test_a_deposed_object_is_on_its_way_out() -> None:
    bent = tree("nothing-to-change")
    change = next(change for change in bent["resource_changes"] if change["address"] == "aws_subnet.kept")
    gone = {**change["change"], "actions": ["delete"], "after": None}
    bent["resource_changes"].append({**change, "deposed": "00000001", "change": gone})
    assert read_plan(bent) == plan("nothing-to-change")


def test_a_plan_without_its_changes_is_read_from_planned_values() -> None:
    bent = tree("ids-unknown-on-create")
    del bent["resource_changes"]
    read = read_plan(bent)
    association = "aws_ec2_client_vpn_network_association.a"
    assert value(read, association, "subnet_id") == exactly("aws_subnet.a.id")
    assert value(read, "aws_vpc.main", "cidr_block") == Known("10.0.0.0/16")


def test_only_the_types_that_are_wanted_are_loaded() -> None:
    read = read_plan(tree("ids-unknown-on-create"), {"aws_ec2_client_vpn_network_association"})
    assert [str(resource.address) for resource in read.resources] == ["aws_ec2_client_vpn_network_association.a"]
    association = "aws_ec2_client_vpn_network_association.a"
    assert value(read, association, "subnet_id") == exactly("aws_subnet.a.id")


# Secrets


def test_sensitive_values_are_unknown_with_their_source() -> None:
    read = plan("sensitive-values")
    office = Unknown((Reference(Name("var.office")),), why="marked sensitive")
    assert value(read, "aws_ec2_client_vpn_authorization_rule.office", "target_network_cidr") == office
    assert value(read, "aws_security_group.dns", "ingress") == office


def test_of_a_list_only_the_sensitive_member_is_unknown() -> None:
    servers = value(plan("sensitive-values"), "aws_ec2_client_vpn_endpoint.this", "dns_servers")
    resolver = Unknown((Reference(Name("var.resolver")),), why="marked sensitive")
    assert servers == Known((Known("10.0.0.2"), resolver))


SECRETS = ("10.0.0.53", "198.51.100.0/24", "hunter2-hunter2")


def test_no_secret_is_in_what_was_read() -> None:
    path = PLANS / "sensitive-values" / "plan.json"
    data = path.read_text("utf-8")
    document = identify(data.encode(), "plan.json")
    for secret in SECRETS:
        assert secret in data
        assert secret not in repr(read_plan(document.tree))
        assert secret not in repr(document)


def test_no_secret_is_in_an_error() -> None:
    bent = tree("sensitive-values")
    variables = bent["configuration"]["root_module"]["variables"]
    for name, broken in (("resource_changes", "hunter2-hunter2"), ("variables", ["hunter2-hunter2"])):
        with pytest.raises(InputError) as fault:
            read_plan({**bent, name: broken})
        assert "hunter2" not in str(fault.value)
    assert set(variables) == {"office", "resolver"}


def test_user_data_and_passwords_are_never_loaded() -> None:
    read = plan("server-addresses-known-and-unknown")
    assert value(read, "aws_instance.chosen", "user_data") == Absent()
    assert value(read, "aws_directory_service_directory.corp", "password") == Absent()


# Broken plans


def _bent(path: str, broken: Any) -> dict[str, Any]:
    bent = tree("modules-and-instances")
    place: Any = bent
    *way, last = path.split("/")
    for step in way:
        place = place[int(step)] if isinstance(place, list) else place[step]
    place[int(last) if isinstance(place, list) else last] = broken
    return bent


@pytest.mark.parametrize(
    ("path", "broken"),
    [
        ("resource_changes", {}),
        ("resource_changes/0", None),
        ("resource_changes/0/type", 1),
        ("resource_changes/0/index", [1]),
        ("resource_changes/0/module_address", "x y"),
        ("resource_changes/0/change/actions", "create"),
        ("resource_changes/0/change/after", "x"),
        ("configuration/root_module", []),
        ("configuration/root_module/resources", {"a": 1}),
        ("configuration/root_module/module_calls/vpn/expressions", [1]),
        ("configuration/provider_config", "aws"),
        ("prior_state/values", 7),
        ("variables", ["x"]),
        ("resource_changes/0/change/after", {"amazon_side_asn": float("inf")}),
    ],
)
def test_a_plan_that_is_not_built_like_one_is_refused_in_a_line(path: str, broken: Any) -> None:
    with pytest.raises(InputError) as fault:
        read_plan(_bent(path, broken))
    assert "\n" not in str(fault.value)


def test_a_state_has_everything_and_all_of_it_known() -> None:
    from tf_cvpn_lint.read.state import read_state

    path = PLANS / "nothing-to-change" / "state.json"
    document = identify(path.read_bytes(), path.name)
    assert document.kind == "state"
    read = read_state(document.tree)
    assert len(read.resources) == 7
    assert {resource.lifecycle for resource in read.resources} == {"existing"}
    vpc = resource(read, "aws_vpc.main")
    assert vpc.region == "eu-west-1"  # from its ARN
    assert value(read, "aws_subnet.kept", "vpc_id") == vpc.body.get("id")
    assert [str(address) for address in resource(read, "aws_subnet.kept").depends_on] == ["aws_vpc.main"]
    assert read_state(document.tree, {"aws_vpc"}).resources == (vpc,)


def test_an_empty_state_is_empty() -> None:
    from tf_cvpn_lint.read.state import read_state

    document = identify(b'{"format_version":"1.0"}\n', "state.json")
    assert document.kind == "state"
    assert read_state(document.tree).resources == ()


def test_sensitive_values_of_a_state_are_not_read() -> None:
    from tf_cvpn_lint.read.state import read_state

    state = json.loads((PLANS / "nothing-to-change" / "state.json").read_text("utf-8"))
    for entry in state["values"]["root_module"]["resources"]:
        entry["sensitive_values"] = {"cidr_block": True}
    read = read_state(state)
    assert value(read, "aws_vpc.main", "cidr_block") == Unknown(why="marked sensitive")
    assert "10.0.0.0/16" not in repr(read)


def test_values_as_deep_as_json_may_be() -> None:
    bent = tree("ids-unknown-on-create")
    deep, marks, shape = "x", True, {"references": ["aws_vpc.main.id", "aws_vpc.main"]}
    values: Any = None
    unknown: Any = marks
    expression: Any = shape
    for _ in range(90):
        values, unknown, expression = [{"inner": values, "name": deep}], [{"inner": unknown}], [{"inner": expression}]
    change = next(change for change in bent["resource_changes"] if change["address"] == "aws_vpc.main")["change"]
    change["after"]["outer"], change["after_unknown"]["outer"] = values, unknown
    blocks = bent["configuration"]["root_module"]["resources"]
    next(block for block in blocks if block["address"] == "aws_vpc.main")["expressions"]["outer"] = expression
    document = identify(json.dumps(bent).encode(), "plan.json")
    outer = value(read_plan(document.tree), "aws_vpc.main", "outer", 0, "inner", 0, "name")
    assert outer == Known("x")


# What no plan shows


def _with_command(command: dict[str, Any], source: str = "aws_ec2_client_vpn_endpoint.this") -> dict[str, Any]:
    bent = tree("ids-unknown-on-create")
    bent["configuration"]["root_module"]["resources"].append(
        {
            "address": "terraform_data.command",
            "mode": "managed",
            "type": "terraform_data",
            "name": "command",
            "provisioners": [{"type": "local-exec", "expressions": {"command": command}}],
            "expressions": {"input": {"references": [f"{source}.id", source]}},
        }
    )
    change = {"actions": ["create"], "before": None, "after": {}, "after_unknown": {"id": True}, "after_sensitive": {}}
    bent["resource_changes"].append(
        {
            "address": "terraform_data.command",
            "mode": "managed",
            "type": "terraform_data",
            "name": "command",
            "change": change,
        }
    )
    return bent


def test_a_command_that_makes_rules_leaves_the_rules_open() -> None:
    read = read_plan(_with_command({"constant_value": "aws ec2 authorize-client-vpn-ingress --authorize-all-groups"}))
    assert [gap.why for gap in read.unread("aws_ec2_client_vpn_authorization_rule")] == ["made by a provisioner"]
    assert read.unread("aws_ec2_client_vpn_route") == ()


def test_a_command_that_is_not_shown_may_make_anything_for_the_endpoint() -> None:
    hidden = {"references": ["self.input", "self"]}
    read = read_plan(_with_command(hidden))
    for type_ in ("authorization_rule", "route", "network_association"):
        assert [gap.subject for gap in read.unread(f"aws_ec2_client_vpn_{type_}")] == ["terraform_data.command"]
    assert read_plan(_with_command(hidden, "aws_vpc.main")).open_types == {}
