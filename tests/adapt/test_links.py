"""Where ids and references lead."""

from __future__ import annotations

from typing import Any

import pytest

from tests.adapt.build import OTHER_VPC, VPC, configuration, network, ref, resource
from tf_cvpn_lint.adapt.links import Joins, Key, Kind
from tf_cvpn_lint.adapt.values import blocks
from tf_cvpn_lint.core.address import Address
from tf_cvpn_lint.core.link import Link, Outside, To, Unresolved
from tf_cvpn_lint.core.value import Unknown

EXISTING = {
    "aws_vpc.a": {"cidr_block": "10.0.0.0/16", "id": "vpc-0a", "default_security_group_id": "sg-0default"},
    "aws_subnet.a": {"vpc_id": "vpc-0a", "cidr_block": "10.0.0.0/24", "id": "subnet-0a"},
}

SPLAT = {
    **VPC,
    "aws_subnet.many[0]": {"vpc_id": ref("aws_vpc.a.id"), "cidr_block": "10.0.8.0/24"},
    "aws_subnet.many[1]": {"vpc_id": ref("aws_vpc.a.id"), "cidr_block": "10.0.9.0/24"},
    "aws_subnet.one[0]": {"vpc_id": ref("aws_vpc.a.id"), "cidr_block": "10.0.10.0/24"},
}

THROUGH = {
    **VPC,
    **OTHER_VPC,
    "aws_instance.i": {"subnet_id": ref("aws_subnet.a.id")},
    "aws_ec2_client_vpn_network_association.n": {"subnet_id": ref("aws_subnet.a.id")},
    "aws_ec2_client_vpn_network_association.m[0]": {"subnet_id": ref("aws_subnet.b.id")},
    "aws_vpc_ipv4_cidr_block_association.c": {"vpc_id": ref("aws_vpc.a.id"), "cidr_block": "10.1.0.0/16"},
    "data.aws_vpc.same": {"id": ref("aws_vpc.a.id")},
    "data.aws_vpc.tagged": {"tags": {"Name": "x"}},
    "aws_internet_gateway.g": {},
    "aws_internet_gateway_attachment.g": {
        "internet_gateway_id": ref("aws_internet_gateway.g.id"),
        "vpc_id": ref("aws_vpc.a.id"),
    },
    "aws_ec2_managed_prefix_list.p": {},
    "aws_ec2_managed_prefix_list_entry.e": {
        "prefix_list_id": ref("aws_ec2_managed_prefix_list.p.id"),
        "cidr": "10.9.0.0/16",
    },
    "aws_default_security_group.d": {"vpc_id": ref("aws_vpc.a.id")},
    "aws_security_group.s": {"vpc_id": ref("aws_vpc.a.id")},
    "aws_ec2_transit_gateway.t": {},
    "aws_route53_resolver_endpoint.r": {"ip_address": [{"subnet_id": ref("aws_subnet.a.id")}]},
    "aws_directory_service_directory.d": {"vpc_settings": [{"vpc_id": ref("aws_vpc.other.id")}]},
    "aws_nat_gateway.n": {"subnet_id": ref("aws_subnet.b.id")},
}


@pytest.mark.parametrize(
    ("resources", "given", "kind", "leads_to"),
    [
        # certain
        (VPC, ref("aws_subnet.a.id"), "subnet", "aws_subnet.a"),
        (VPC, ref("aws_vpc.a.arn"), "vpc", "aws_vpc.a"),
        (VPC, ref("aws_vpc.a"), "vpc", "aws_vpc.a"),
        (EXISTING, "subnet-0a", "subnet", "aws_subnet.a"),
        (EXISTING, "arn:aws:ec2:eu-west-1:123456789012:subnet/subnet-0a", "subnet", "aws_subnet.a"),
        (SPLAT, ref("aws_subnet.one.id"), "subnet", "aws_subnet.one[0]"),
        (SPLAT, ref("aws_subnet.many[1]"), "subnet", "aws_subnet.many[1]"),
        # through another resource
        (THROUGH, ref("aws_instance.i.subnet_id"), "subnet", "aws_subnet.a"),
        (THROUGH, ref("aws_ec2_client_vpn_network_association.n.subnet_id"), "subnet", "aws_subnet.a"),
        (THROUGH, ref("aws_ec2_client_vpn_network_association.m[0]"), "subnet", "aws_subnet.b"),
        (THROUGH, ref("aws_ec2_client_vpn_network_association.n.vpc_id"), "vpc", "aws_vpc.a"),
        (THROUGH, ref("aws_vpc_ipv4_cidr_block_association.c.vpc_id"), "vpc", "aws_vpc.a"),
        (THROUGH, ref("data.aws_vpc.same.id"), "vpc", "aws_vpc.a"),
        (THROUGH, ref("data.aws_vpc.tagged.id"), "vpc", "data.aws_vpc.tagged"),
        (
            THROUGH,
            ref("aws_internet_gateway_attachment.g.internet_gateway_id"),
            "internet_gateway",
            "aws_internet_gateway.g",
        ),
        (
            THROUGH,
            ref("aws_ec2_managed_prefix_list_entry.e.prefix_list_id"),
            "prefix_list",
            "aws_ec2_managed_prefix_list.p",
        ),
        (THROUGH, ref("aws_route53_resolver_endpoint.r.host_vpc_id"), "vpc", "aws_vpc.a"),
        (THROUGH, ref("aws_directory_service_directory.d.vpc_settings[0].vpc_id"), "vpc", "aws_vpc.other"),
        (THROUGH, ref("aws_nat_gateway.n.subnet_id"), "subnet", "aws_subnet.b"),
        # one candidate of the kind among references that the plan could not tell apart
        (THROUGH, ref("aws_subnet.a", "aws_subnet.b", "aws_vpc.a.id", exact=False), "vpc", "aws_vpc.a"),
        # parts that AWS makes with a VPC
        (THROUGH, ref("aws_vpc.a.default_security_group_id"), "security_group", "aws_default_security_group.d"),
        (EXISTING, "sg-0default", "security_group", "aws_vpc.a default_security_group"),
        (
            THROUGH,
            ref("aws_vpc.other.default_security_group_id"),
            "security_group",
            "aws_vpc.other default_security_group",
        ),
        (THROUGH, ref("data.aws_vpc.same.main_route_table_id"), "route_table", "aws_vpc.a default_route_table"),
        (THROUGH, ref("aws_vpc.a.main_route_table_id"), "route_table", "aws_vpc.a default_route_table"),
        (THROUGH, ref("aws_vpc.a.default_network_acl_id"), "network_acl", "aws_vpc.a default_network_acl"),
        (
            THROUGH,
            ref("aws_ec2_transit_gateway.t.association_default_route_table_id"),
            "transit_table",
            "aws_ec2_transit_gateway.t default_table",
        ),
        # elsewhere
        (VPC, "subnet-0elsewhere", "subnet", "outside subnet-0elsewhere"),
        (VPC, "123456789012/sg-0elsewhere", "security_group", "outside sg-0elsewhere"),
        # not certain
        (SPLAT, ref("aws_subnet.many.id"), "subnet", "one of aws_subnet.many[0] aws_subnet.many[1]"),
        (VPC, ref("aws_subnet.a.id", "var.other", exact=False), "subnet", "perhaps aws_subnet.a"),
        (VPC, ref("aws_subnet.a.id", exact=False), "subnet", "perhaps aws_subnet.a"),
        (VPC, ref("aws_subnet.a.id", "aws_subnet.b.id"), "subnet", "one of aws_subnet.a aws_subnet.b"),
        (VPC, ref("local.subnet"), "subnet", "perhaps"),
        (VPC, Unknown(), "subnet", "perhaps"),
        (VPC, ref("aws_db_subnet_group.x.subnet_ids"), "subnet", "perhaps"),
        (VPC, ref("aws_subnet.gone.id"), "subnet", "perhaps"),
        (VPC, ref("aws_vpc.a.id"), "subnet", "perhaps"),
        (VPC, None, "subnet", "perhaps"),
        (VPC, "", "subnet", "perhaps"),
    ],
)
def test_a_link_leads_where_the_value_says(resources: dict[str, Any], given: Any, kind: Kind, leads_to: str) -> None:
    joins = Joins(configuration(resources))
    made = resource("aws_x.x", {"it": given})
    assert _said(joins.link(made.body.get("it"), kind)) == leads_to


def _said(link: Link[Key]) -> str:
    def name(key: Key) -> str:
        return f"{key.address} {key.part}".strip()

    match link:
        case To(key):
            return name(key)
        case Outside(id_):
            return f"outside {id_}"
        case Unresolved(candidates=candidates, exhaustive=exhaustive):
            return " ".join(["one of" if exhaustive else "perhaps", *(name(key) for key in candidates)])


def test_pooled_references_are_told_apart_by_what_they_lead_to() -> None:
    """A plan lists the targets of all inline routes together."""
    joins = Joins(
        configuration(
            {"aws_nat_gateway.n": {}, "aws_internet_gateway.i": {}, "aws_internet_gateway.j": {}, "aws_vpc.a": {}}
        )
    )
    pool = ref("aws_internet_gateway.i.id", "aws_nat_gateway.n.id", "var.cidr", "aws_vpc.a.cidr_block", exact=False)
    assert _said(joins.link(pool, "nat_gateway", pooled=True)) == "aws_nat_gateway.n"
    assert _said(joins.link(pool, "internet_gateway", pooled=True)) == "aws_internet_gateway.i"
    two = ref("aws_internet_gateway.i.id", "aws_internet_gateway.j.id", exact=False)
    assert (
        _said(joins.link(two, "internet_gateway", pooled=True))
        == "one of aws_internet_gateway.i aws_internet_gateway.j"
    )
    hidden = ref("aws_nat_gateway.n.id", "module.egress.nat_id", exact=False)
    assert _said(joins.link(hidden, "nat_gateway", pooled=True)) == "perhaps aws_nat_gateway.n"


@pytest.mark.parametrize(
    ("given", "links", "gaps"),
    [
        ([ref("aws_subnet.a.id"), ref("aws_subnet.b.id")], ["aws_subnet.a", "aws_subnet.b"], 0),
        (ref("aws_subnet.a.id", "aws_subnet.b.id"), ["aws_subnet.a", "aws_subnet.b"], 0),
        (ref("aws_subnet.many.id"), ["aws_subnet.many[0]", "aws_subnet.many[1]"], 0),
        (["subnet-0x", ref("aws_subnet.a.id")], ["outside subnet-0x", "aws_subnet.a"], 0),
        (
            [ref("aws_subnet.a.id", "aws_subnet.b.id"), ref("aws_subnet.a.id", "aws_subnet.b.id")],
            ["aws_subnet.a", "aws_subnet.b"],
            0,
        ),
        (ref("aws_subnet.a.id", "var.more", exact=False), ["perhaps aws_subnet.a"], 1),
        (ref("aws_subnet.a.id", exact=False), ["perhaps aws_subnet.a"], 1),
        (ref("local.subnets"), [], 1),
        (None, [], 0),
        ([], [], 0),
    ],
)
def test_a_list_of_ids_is_complete_only_where_everything_in_it_is_sure(given: Any, links: list[str], gaps: int) -> None:
    made = resource("aws_lb.x", {"subnets": given})
    joins = Joins(configuration([*configuration(SPLAT).resources, made]))
    found = joins.links(made, made.body.get("subnets"), "subnet", "subnets")
    assert [_said(link) for link in found.items] == links
    assert len(found.gaps) == gaps


def test_a_data_source_with_the_id_of_a_managed_vpc_is_that_vpc() -> None:
    found = network(
        [
            resource("aws_vpc.a", {"id": "vpc-0a", "cidr_block": "10.0.0.0/16"}, lifecycle="existing"),
            resource("data.aws_vpc.a", {"id": "vpc-0a", "cidr_block": "10.0.0.0/16"}),
            resource("data.aws_subnet.s", {"id": "subnet-0s", "vpc_id": "vpc-0a", "cidr_block": "10.0.3.0/24"}),
            resource("data.aws_subnet.again", {"id": "subnet-0s", "vpc_id": "vpc-0a", "cidr_block": "10.0.3.0/24"}),
        ]
    )
    assert [vpc.address for vpc in found.vpcs] == [Address.parse("aws_vpc.a")]
    (subnet,) = found.subnets
    assert subnet.vpc == To(found.vpcs[0])
    assert not subnet.is_managed


def test_data_sources_that_look_each_other_up_do_not_go_round_for_ever() -> None:
    found = network(
        {
            "data.aws_vpc.x": {"id": ref("data.aws_vpc.y.id")},
            "data.aws_vpc.y": {"id": ref("data.aws_vpc.x.id")},
            "aws_subnet.s": {"vpc_id": ref("aws_subnet.s.vpc_id")},
        }
    )
    assert found.vpcs
    assert isinstance(found.subnets[0].vpc, Unresolved)


def test_hidden_members_of_a_block_list_keep_the_positions_of_the_others() -> None:
    made = resource("aws_route_table.x", {"route": [Unknown(), {"cidr_block": "10.0.0.0/8"}]})
    assert [path for path, _ in blocks(made, "route").items] == ["route[1]"]
