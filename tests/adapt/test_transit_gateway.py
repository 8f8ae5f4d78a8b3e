"""Transit gateways, attachments and their tables."""

from __future__ import annotations

from typing import Any

import pytest

from tests.adapt.build import OTHER_VPC, VPC, network, ref, resource
from tf_cvpn_lint.core.link import Link, Outside, To, Unresolved
from tf_cvpn_lint.core.value import Fact, Known, Unknown
from tf_cvpn_lint.model.network import Network
from tf_cvpn_lint.model.transit_gateway import Attachment, DefaultTable

TGW: dict[str, dict[str, Any]] = {
    **VPC,
    **OTHER_VPC,
    "aws_ec2_transit_gateway.t": {},
    "aws_ec2_transit_gateway_route_table.r": {"transit_gateway_id": ref("aws_ec2_transit_gateway.t.id")},
    "aws_ec2_transit_gateway_vpc_attachment.a": {
        "transit_gateway_id": ref("aws_ec2_transit_gateway.t.id"),
        "vpc_id": ref("aws_vpc.a.id"),
        "subnet_ids": ref("aws_subnet.a.id", "aws_subnet.b.id"),
    },
}

A = "aws_ec2_transit_gateway_vpc_attachment.a"


def attachment(found: Network, name: str = A) -> Attachment:
    (only,) = (each for each in found.attachments.items if str(each.address) == name)
    return only


def plain(fact: Fact[bool]) -> bool | None:
    return fact.value if isinstance(fact, Known) else None


def end(link: Link[Any] | None) -> str:
    match link:
        case None:
            return "blackhole"
        case To(DefaultTable(gateway)):
            return f"default of {gateway.address}"
        case To(thing):
            return str(thing.address)
        case Outside(id_):
            return id_
        case Unresolved(candidates=candidates):
            return f"one of {len(candidates)}"


@pytest.mark.parametrize(
    ("gateway", "body", "associates", "propagates"),
    [
        ({}, {}, True, True),
        ({"default_route_table_association": "disable"}, {}, False, True),
        ({"default_route_table_propagation": "disable"}, {}, True, False),
        ({}, {"transit_gateway_default_route_table_association": False}, False, True),
        ({}, {"transit_gateway_default_route_table_propagation": ref("var.x")}, True, None),
        ({"default_route_table_propagation": "disable"}, {"transit_gateway_default_route_table_propagation": ref("var.x")},
         True, False),
    ],
)  # fmt: skip
def test_an_attachment_uses_the_default_table_unless_one_side_says_no(
    gateway: dict[str, Any], body: dict[str, Any], associates: bool, propagates: bool | None
) -> None:
    found = attachment(network({**TGW, "aws_ec2_transit_gateway.t": gateway, A: {**TGW[A], **body}}))
    assert (plain(found.associates_by_default), plain(found.propagates_by_default)) == (associates, propagates)
    assert [end(link) for link in found.subnets.items] == ["aws_subnet.a", "aws_subnet.b"]
    assert end(found.vpc) == "aws_vpc.a"
    assert plain(found.is_accepted)
    assert plain(found.group_references) is False


def test_group_references_need_both_sides() -> None:
    on = {"security_group_referencing_support": "enable"}
    off = {"security_group_referencing_support": "disable"}
    assert plain(attachment(network({**TGW, "aws_ec2_transit_gateway.t": on})).group_references)
    both = {**TGW, "aws_ec2_transit_gateway.t": on, A: {**TGW[A], **off}}
    assert plain(attachment(network(both)).group_references) is False


def test_a_shared_gateway_decides_elsewhere() -> None:
    outside = attachment(network({**TGW, A: {**TGW[A], "transit_gateway_id": "tgw-0shared"}}))
    assert end(outside.gateway) == "tgw-0shared"
    assert plain(outside.associates_by_default) is None
    assert plain(outside.is_accepted) is None
    read = {"data.aws_ec2_transit_gateway.d": {"id": "tgw-0shared", "default_route_table_association": "enable"}}
    found = network({**TGW, **read, A: {**TGW[A], "transit_gateway_id": "tgw-0shared"}})
    assert end(attachment(found).gateway) == "data.aws_ec2_transit_gateway.d"
    assert plain(attachment(found).associates_by_default) is True
    assert plain(attachment(found).propagates_by_default) is None
    assert not next(each for each in found.transit_gateways if each.address.mode == "data").is_managed


def test_an_attachment_of_another_account_waits_to_be_accepted() -> None:
    def accepted(gateway: dict[str, Any], **more: dict[str, Any]) -> bool | None:
        resources = [
            *(resource(name, body) for name, body in TGW.items() if name not in (A, "aws_ec2_transit_gateway.t")),
            resource("aws_ec2_transit_gateway.t", gateway, provider="aws.hub"),
            resource(A, TGW[A]),
            *(resource(name.replace("__", "."), body, provider="aws.hub") for name, body in more.items()),
        ]
        return plain(attachment(network(resources)).is_accepted)

    assert accepted({}) is None
    assert accepted({"auto_accept_shared_attachments": "enable"}) is True
    accepter = {"transit_gateway_attachment_id": ref(f"{A}.id")}
    assert accepted({}, aws_ec2_transit_gateway_vpc_attachment_accepter__x=accepter) is True


def test_an_accepter_of_an_attachment_made_here_is_no_second_one_and_its_flags_count() -> None:
    accepter = {
        "aws_ec2_transit_gateway_vpc_attachment_accepter.x": {
            "transit_gateway_attachment_id": ref(f"{A}.id"),
            "transit_gateway_default_route_table_association": False,
        }
    }
    found = network({**TGW, **accepter})
    (only,) = found.attachments.items
    assert plain(only.associates_by_default) is False
    elsewhere = {
        "aws_ec2_transit_gateway_vpc_attachment_accepter.x": {"transit_gateway_attachment_id": "tgw-attach-0x"}
    }
    found = network({**TGW, **elsewhere})
    assert len(found.attachments.items) == 2
    assert not attachment(found, "aws_ec2_transit_gateway_vpc_attachment_accepter.x").subnets.is_complete


TABLE = {"transit_gateway_route_table_id": ref("aws_ec2_transit_gateway_route_table.r.id")}


@pytest.mark.parametrize(
    ("body", "more", "expected"),
    [
        ({"transit_gateway_attachment_id": ref(f"{A}.id")}, {}, A),
        ({"blackhole": True}, {}, "blackhole"),
        ({"blackhole": True, "transit_gateway_attachment_id": ref(f"{A}.id")}, {}, "blackhole"),
        ({"blackhole": ref("var.closed"), "transit_gateway_attachment_id": ref(f"{A}.id")}, {}, "one of 1"),
        ({"transit_gateway_attachment_id": "tgw-attach-0x"}, {}, "tgw-attach-0x"),
        (
            {"transit_gateway_attachment_id": ref("aws_vpn_connection.v.transit_gateway_attachment_id")},
            {"aws_vpn_connection.v": {"transit_gateway_id": ref("aws_ec2_transit_gateway.t.id")}},
            "aws_vpn_connection.v",
        ),
        (
            {"transit_gateway_attachment_id": ref("data.aws_ec2_transit_gateway_vpn_attachment.v.id")},
            {
                "aws_vpn_connection.v": {"transit_gateway_id": ref("aws_ec2_transit_gateway.t.id")},
                "data.aws_ec2_transit_gateway_vpn_attachment.v": {
                    "vpn_connection_id": ref("aws_vpn_connection.v.id"),
                    "transit_gateway_id": ref("aws_ec2_transit_gateway.t.id"),
                },
            },
            "aws_vpn_connection.v",
        ),
        (
            {"transit_gateway_attachment_id": ref("data.aws_ec2_transit_gateway_dx_gateway_attachment.x.id")},
            {"data.aws_ec2_transit_gateway_dx_gateway_attachment.x": {}},
            "data.aws_ec2_transit_gateway_dx_gateway_attachment.x",
        ),
    ],
)
def test_a_static_route_leads_to_an_attachment(body: dict[str, Any], more: dict[str, Any], expected: str) -> None:
    route = {"aws_ec2_transit_gateway_route.x": {"destination_cidr_block": "10.0.0.0/8", **TABLE, **body}}
    (only,) = network({**TGW, **more, **route}).transit_routes.items
    assert end(only.attachment) == expected
    assert end(only.table) == "aws_ec2_transit_gateway_route_table.r"


def test_relations_of_tables() -> None:
    found = network(
        {
            **TGW,
            "aws_ec2_transit_gateway_route_table_association.x": {
                **TABLE,
                "transit_gateway_attachment_id": ref(f"{A}.id"),
            },
            "aws_ec2_transit_gateway_route_table_propagation.x": {
                "transit_gateway_route_table_id": ref("aws_ec2_transit_gateway.t.propagation_default_route_table_id"),
                "transit_gateway_attachment_id": ref(f"{A}.id"),
            },
            "aws_ec2_managed_prefix_list.p": {"entry": [{"cidr": "10.1.0.0/16"}, {"cidr": "10.2.0.0/16"}]},
            "aws_ec2_transit_gateway_prefix_list_reference.x": {
                **TABLE,
                "prefix_list_id": ref("aws_ec2_managed_prefix_list.p.id"),
                "transit_gateway_attachment_id": ref(f"{A}.id"),
            },
            "aws_ec2_transit_gateway_default_route_table_association.x": {
                "transit_gateway_id": ref("aws_ec2_transit_gateway.t.id"),
                **TABLE,
            },
        }
    )
    (association,) = found.transit_associations.items
    assert (end(association.table), end(association.attachment)) == ("aws_ec2_transit_gateway_route_table.r", A)
    (propagation,) = found.transit_propagations.items
    assert end(propagation.table) == "default of aws_ec2_transit_gateway.t"
    assert [str(route.destination) for route in found.transit_routes.items] == ["10.1.0.0/16", "10.2.0.0/16"]
    (table,) = found.transit_tables
    assert (table.is_default_association, table.is_default_propagation) == (True, False)


def test_relations_may_be_missing() -> None:
    found = network(
        TGW, {"aws_ec2_transit_gateway_route": "for_each", "aws_ec2_transit_gateway_vpc_attachment": "for_each"}
    )
    assert not found.transit_routes.is_complete
    assert not found.attachments.is_complete
    assert found.transit_associations.is_complete


def test_kinds_of_attachments() -> None:
    found = network(
        {
            **TGW,
            "aws_vpn_connection.to_tgw": {"transit_gateway_id": ref("aws_ec2_transit_gateway.t.id")},
            "aws_vpn_connection.to_vgw": {"vpn_gateway_id": "vgw-0x"},
            "aws_dx_gateway_association.to_tgw": {"associated_gateway_id": ref("aws_ec2_transit_gateway.t.id")},
            "aws_dx_gateway_association.to_vgw": {"associated_gateway_id": "vgw-0x"},
            "aws_ec2_transit_gateway.far": {},
            "aws_ec2_transit_gateway_peering_attachment.p": {
                "transit_gateway_id": ref("aws_ec2_transit_gateway.t.id"),
                "peer_transit_gateway_id": ref("aws_ec2_transit_gateway.far.id"),
            },
            "aws_ec2_transit_gateway_connect.c": {"transit_gateway_id": ref("aws_ec2_transit_gateway.t.id")},
            "aws_ec2_client_vpn_endpoint.e": {
                "transit_gateway_configuration": [{"transit_gateway_id": ref("aws_ec2_transit_gateway.t.id")}]
            },
            "data.aws_ec2_transit_gateway_attachment.d": {
                "resource_type": "vpc",
                "resource_id": ref("aws_vpc.other.id"),
            },
        }
    )
    kinds = {str(each.address): each.kind for each in found.attachments.items}
    assert kinds == {
        A: "vpc",
        "aws_vpn_connection.to_tgw": "vpn",
        "aws_dx_gateway_association.to_tgw": "direct connect",
        "aws_ec2_transit_gateway_peering_attachment.p": "peering",
        "aws_ec2_transit_gateway_connect.c": "connect",
        "aws_ec2_client_vpn_endpoint.e": "client vpn",
        "data.aws_ec2_transit_gateway_attachment.d": "vpc",
    }
    peering = attachment(found, "aws_ec2_transit_gateway_peering_attachment.p")
    assert end(peering.peer) == "aws_ec2_transit_gateway.far"
    assert isinstance(peering.is_accepted, Unknown)
    assert end(attachment(found, "data.aws_ec2_transit_gateway_attachment.d").vpc) == "aws_vpc.other"
    (endpoint,) = found.endpoints
    assert endpoint.transit_gateway is not None
    assert end(endpoint.transit_gateway.gateway) == "aws_ec2_transit_gateway.t"
    assert endpoint.uses_vpc_default_group == Known(False)


def test_siblings_that_differ_in_nothing_else_name_one_thing_each() -> None:
    either = ref(f"{A}.id", "aws_ec2_transit_gateway_peering_attachment.p.id")
    found = network(
        {
            **TGW,
            "aws_ec2_transit_gateway_peering_attachment.p": {"transit_gateway_id": ref("aws_ec2_transit_gateway.t.id")},
            **{
                f'aws_ec2_transit_gateway_route_table_association.each["{key}"]': {
                    "transit_gateway_attachment_id": either,
                    "transit_gateway_route_table_id": ref("aws_ec2_transit_gateway_route_table.r.id"),
                }
                for key in ("x", "y")
            },
        }
    )
    assert {end(each.attachment) for each in found.transit_associations.items} == {
        A,
        "aws_ec2_transit_gateway_peering_attachment.p",
    }


def test_a_subnet_among_the_outputs_of_a_module_names_no_attachment() -> None:
    outputs = Unknown((*ref(f"{A}.id", "aws_vpc.a.id").refers_to, *ref("aws_subnet.a", "aws_subnet.b").refers_to))
    found = network(
        {
            **TGW,
            "aws_ec2_transit_gateway_route_table_association.one": {
                "transit_gateway_attachment_id": outputs,
                "transit_gateway_route_table_id": ref("aws_ec2_transit_gateway_route_table.r.id"),
            },
        }
    )
    (association,) = found.transit_associations.items
    assert end(association.attachment) == A
