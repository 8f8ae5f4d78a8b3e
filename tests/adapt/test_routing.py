"""Route tables in every form, where routes lead, and which table serves a subnet."""

from __future__ import annotations

from typing import Any

import pytest

from tests.adapt.build import OTHER_VPC, VPC, network, ref, resource
from tf_cvpn_lint.core.link import Link, Outside, To, Unresolved
from tf_cvpn_lint.core.value import Known, Unknown
from tf_cvpn_lint.model.network import Network
from tf_cvpn_lint.model.routing import ImplicitMainTable, RouteTable, RouteTarget, ToAppliance, ToNothing, ToUnknown

THINGS: dict[str, dict[str, Any]] = {
    **VPC,
    **OTHER_VPC,
    "aws_internet_gateway.i": {"vpc_id": ref("aws_vpc.a.id")},
    "aws_nat_gateway.n": {"subnet_id": ref("aws_subnet.a.id")},
    "aws_vpn_gateway.v": {"vpc_id": ref("aws_vpc.a.id")},
    "aws_vpc_peering_connection.p": {"vpc_id": ref("aws_vpc.a.id"), "peer_vpc_id": ref("aws_vpc.other.id")},
    "aws_ec2_transit_gateway.t": {},
    "aws_vpc_endpoint.e": {"vpc_endpoint_type": "GatewayLoadBalancer"},
    "aws_network_interface.n": {"subnet_id": ref("aws_subnet.a.id")},
    "aws_egress_only_internet_gateway.e": {"vpc_id": ref("aws_vpc.a.id")},
}


def table(found: Network, name: str = "aws_route_table.r") -> RouteTable:
    (only,) = (each for each in found.route_tables if str(each.address) == name)
    return only


def target(given: RouteTarget) -> str:
    """`ToNatGateway aws_nat_gateway.n`"""
    name = type(given).__name__
    match given:
        case ToAppliance(kind, named):
            return f"{name} {kind} {named}"
        case ToUnknown(why) | ToNothing(why):
            return f"{name} {why}"
        case _:
            links = [getattr(given, field) for field in ("gateway", "peering") if hasattr(given, field)]
            return " ".join([name, *(end(link) for link in links)])


def end(link: Link[Any]) -> str:
    match link:
        case To(thing):
            return str(thing.address)
        case Outside(id_):
            return id_
        case Unresolved(candidates=candidates):
            return f"one of {len(candidates)}"


def routes(one: RouteTable) -> list[str]:
    return [f"{route.destination} {target(route.target)}" for route in one.routes.items]


@pytest.mark.parametrize(
    ("named", "leads_to"),
    [
        ({"gateway_id": ref("aws_internet_gateway.i.id")}, "ToInternetGateway aws_internet_gateway.i"),
        ({"gateway_id": ref("aws_vpn_gateway.v.id")}, "ToVpnGateway aws_vpn_gateway.v"),
        ({"gateway_id": "igw-0elsewhere"}, "ToInternetGateway igw-0elsewhere"),
        ({"gateway_id": "vgw-0elsewhere"}, "ToVpnGateway vgw-0elsewhere"),
        ({"gateway_id": "vpce-0s3"}, "ToAppliance VPC endpoint vpce-0s3"),
        ({"gateway_id": ref("local.gateway")}, "ToUnknown known after apply"),
        ({"nat_gateway_id": ref("aws_nat_gateway.n.id"), "gateway_id": ""}, "ToNatGateway aws_nat_gateway.n"),
        ({"transit_gateway_id": ref("aws_ec2_transit_gateway.t.id")}, "ToTransitGateway aws_ec2_transit_gateway.t"),
        ({"transit_gateway_id": "tgw-0shared"}, "ToTransitGateway tgw-0shared"),
        ({"vpc_peering_connection_id": ref("aws_vpc_peering_connection.p.id")}, "ToPeering aws_vpc_peering_connection.p"),
        ({"egress_only_gateway_id": ref("aws_egress_only_internet_gateway.e.id")}, "ToEgressOnlyGateway"),
        ({"vpc_endpoint_id": ref("aws_vpc_endpoint.e.id")}, "ToAppliance VPC endpoint aws_vpc_endpoint.e"),
        ({"network_interface_id": ref("aws_network_interface.n.id")}, "ToAppliance network interface aws_network_interface.n"),
        ({"core_network_arn": "arn:aws:networkmanager::1:core-network/c"},
         "ToAppliance core network arn:aws:networkmanager::1:core-network/c"),
        ({"network_interface_id": Unknown(), "gateway_id": "igw-0x"}, "ToInternetGateway igw-0x"),
        ({"nat_gateway_id": ref("aws_nat_gateway.n.id"), "gateway_id": ref("aws_internet_gateway.i.id")},
         "ToUnknown which target it has is not known"),
        ({}, "ToUnknown it has no target"),
        ({"state": "blackhole", "nat_gateway_id": "nat-0gone"}, "ToNatGateway nat-0gone"),
    ],
)  # fmt: skip
def test_a_route_leads_to_what_it_names(named: dict[str, Any], leads_to: str) -> None:
    standalone = {
        "aws_route_table.r": {"vpc_id": ref("aws_vpc.a.id")},
        "aws_route.x": {"route_table_id": ref("aws_route_table.r.id"), "destination_cidr_block": "0.0.0.0/0", **named},
    }
    one = table(network({**THINGS, **standalone}))
    assert routes(one) == [f"0.0.0.0/0 {leads_to}"]
    assert one.routes.is_complete
    if "state" not in named:
        inline = {"aws_route_table.r": {"vpc_id": ref("aws_vpc.a.id"), "route": [{"cidr_block": "0.0.0.0/0", **named}]}}
        assert routes(table(network({**THINGS, **inline}))) == [f"0.0.0.0/0 {leads_to}"]


def test_inline_routes_of_a_plan_are_told_apart_by_the_kind_of_their_target() -> None:
    pool = ref("aws_internet_gateway.i.id", "aws_ec2_transit_gateway.t.id", "var.office", exact=False)
    inline = [
        {"cidr_block": "0.0.0.0/0", "gateway_id": pool, "transit_gateway_id": ""},
        {"cidr_block": "10.10.0.0/16", "gateway_id": "", "transit_gateway_id": pool},
    ]
    assert routes(table(network({**THINGS, "aws_route_table.r": {"route": inline}}))) == [
        "0.0.0.0/0 ToInternetGateway aws_internet_gateway.i",
        "10.10.0.0/16 ToTransitGateway aws_ec2_transit_gateway.t",
    ]


def test_a_route_by_prefix_list_is_one_route_for_each_entry() -> None:
    named = {"transit_gateway_id": "tgw-0x", "route_table_id": ref("aws_route_table.r.id")}
    lists = {"aws_ec2_managed_prefix_list.p": {"entry": [{"cidr": "10.1.0.0/16"}, {"cidr": "10.2.0.0/16"}]}}
    by_list = {"aws_route.x": {"destination_prefix_list_id": ref("aws_ec2_managed_prefix_list.p.id"), **named}}
    one = table(network({**lists, **by_list, "aws_route_table.r": {}}))
    assert routes(one) == ["10.1.0.0/16 ToTransitGateway tgw-0x", "10.2.0.0/16 ToTransitGateway tgw-0x"]
    outside = {"aws_route.x": {"destination_prefix_list_id": "pl-0aws", **named}}
    one = table(network({**outside, "aws_route_table.r": {}}))
    assert routes(one) == []
    assert "pl-0aws" in one.routes.gaps[0].what
    read = {"data.aws_ec2_managed_prefix_list.p": {"id": "pl-0aws", "entries": [{"cidr": "10.3.0.0/16"}]}}
    one = table(network({**outside, **read, "aws_route_table.r": {}}))
    assert routes(one) == ["10.3.0.0/16 ToTransitGateway tgw-0x"]


def test_existing_tables() -> None:
    def existing(**body: Any) -> RouteTable:
        return table(network([resource("aws_route_table.r", body, lifecycle="existing")]))

    assert not existing().routes.is_complete
    assert existing(route=[]).routes.is_complete
    found = network(
        [
            resource(
                "aws_route_table.r",
                {"id": "rtb-0r", "route": [{"cidr_block": "0.0.0.0/0", "nat_gateway_id": "nat-0x"}]},
                lifecycle="existing",
            ),
            resource(
                "aws_route.x",
                {
                    "route_table_id": "rtb-0r",
                    "destination_cidr_block": "0.0.0.0/0",
                    "nat_gateway_id": "nat-0x",
                    "state": "blackhole",
                },
                lifecycle="existing",
            ),
        ]
    )
    assert routes(table(found)) == ["0.0.0.0/0 ToNothing its state is blackhole"]


@pytest.mark.parametrize(
    ("resources", "open_types"),
    [
        ({"aws_route_table.r": {"route": Unknown()}}, {}),
        ({"aws_route_table.r": {}}, {"aws_route": "for_each"}),
        ({"aws_route_table.r": {}, "aws_route.x": {"route_table_id": ref("local.table")}}, {}),
        (
            {
                "aws_route_table.r": {},
                "aws_route_table.s": {},
                "aws_route.x": {"route_table_id": ref("aws_route_table.r.id", "aws_route_table.s.id", exact=False)},
            },
            {},
        ),
    ],
)
def test_routes_may_be_missing(resources: dict[str, Any], open_types: dict[str, str]) -> None:
    assert not table(network(resources, open_types)).routes.is_complete


def serves(found: Network, subnet: str = "aws_subnet.a") -> str:
    (one,) = (each for each in found.subnets if str(each.address) == subnet)
    link = found.table_of_subnet[one]
    match link:
        case To(ImplicitMainTable() as implicit):
            return f"main of {implicit.vpc.address}"
        case To(table_):
            assert isinstance(table_, RouteTable)
            return f"{table_.address}{' (main)' if table_.is_main else ''}"
        case Outside(id_):
            return id_
        case Unresolved(candidates=candidates):
            return f"one of {len(candidates)}"


R: dict[str, dict[str, Any]] = {"aws_route_table.r": {"vpc_id": ref("aws_vpc.a.id")}}
ASSOCIATED = {"subnet_id": ref("aws_subnet.a.id"), "route_table_id": ref("aws_route_table.r.id")}
DEFAULT = {"aws_default_route_table.d": {"default_route_table_id": ref("aws_vpc.a.default_route_table_id")}}


@pytest.mark.parametrize(
    ("more", "table_"),
    [
        ({}, "main of aws_vpc.a"),
        (R, "main of aws_vpc.a"),
        ({**R, "aws_route_table_association.x": ASSOCIATED}, "aws_route_table.r"),
        (
            {**R, "aws_route_table_association.x": {"gateway_id": ref("aws_internet_gateway.i.id"), "subnet_id": Unknown(),
                                                    "route_table_id": ref("aws_route_table.r.id")}},
            "main of aws_vpc.a",
        ),
        ({**R, "aws_route_table_association.x": {**ASSOCIATED, "subnet_id": ref("aws_subnet.b.id")}}, "main of aws_vpc.a"),
        (DEFAULT, "aws_default_route_table.d (main)"),
        (
            {**DEFAULT, **R, "aws_main_route_table_association.m": {
                "vpc_id": ref("aws_vpc.a.id"), "route_table_id": ref("aws_route_table.r.id")
            }},
            "aws_route_table.r (main)",
        ),
        ({**R, "aws_route_table_association.x": {**ASSOCIATED, "route_table_id": "rtb-0elsewhere"}}, "rtb-0elsewhere"),
        (
            {"aws_route.x": {"route_table_id": ref("aws_vpc.a.main_route_table_id"), "gateway_id": "igw-0x",
                             "destination_cidr_block": "0.0.0.0/0"}},
            "aws_vpc.a (main)",
        ),
        (
            {"aws_route_table_association.x": {**ASSOCIATED, "route_table_id": ref("aws_vpc.a.main_route_table_id")}},
            "main of aws_vpc.a",
        ),
        (
            {"data.aws_route_table.m": {"vpc_id": ref("aws_vpc.a.id"),
                                        "filter": [{"name": "association.main", "values": ["true"]}]},
             "aws_route.x": {"route_table_id": ref("data.aws_route_table.m.id"), "gateway_id": "igw-0x",
                             "destination_cidr_block": "0.0.0.0/0"}},
            "aws_vpc.a (main)",
        ),
        # not known
        ({"data.aws_route_table.m": {"vpc_id": ref("aws_vpc.a.id")}}, "one of 2"),
        ({**R, "aws_route_table_association.x": {**ASSOCIATED, "subnet_id": ref("local.subnet")}}, "one of 2"),
        (
            {**R, "aws_route_table_association.x": {**ASSOCIATED, "subnet_id": ref("aws_subnet.a.id", "var.x", exact=False)}},
            "one of 2",
        ),
        ({"aws_default_route_table.d": {"default_route_table_id": ref("local.table")}}, "one of 2"),
    ],
)  # fmt: skip
def test_the_table_of_a_subnet(more: dict[str, Any], table_: str) -> None:
    assert serves(network({**VPC, **more})) == table_


@pytest.mark.parametrize("type_", ["aws_route_table_association", "aws_main_route_table_association", "*"])
def test_the_table_is_not_known_where_associations_were_not_read(type_: str) -> None:
    assert serves(network(VPC, {type_: "module not downloaded"})) == "one of 1"
    sure = {**R, "aws_route_table_association.x": ASSOCIATED}
    assert serves(network({**VPC, **sure}, {type_: "module not downloaded"})) == "aws_route_table.r"


@pytest.mark.parametrize(
    ("resources", "table_"),
    [
        ({"data.aws_vpc.v": {"id": "vpc-0v"}, "aws_subnet.a": {"vpc_id": "vpc-0v"}}, "one of 0"),
        ({"aws_subnet.a": {"vpc_id": "vpc-0elsewhere"}}, "one of 0"),
        ({"aws_default_vpc.d": {}, "aws_subnet.a": {"vpc_id": ref("aws_default_vpc.d.id")}}, "one of 0"),
        (
            {
                "data.aws_vpc.v": {"id": "vpc-0v"},
                "aws_subnet.a": {"vpc_id": "vpc-0v"},
                "data.aws_route_table.m": {"vpc_id": "vpc-0v", "id": "rtb-0m", "routes": [], "associations": [{"main": True}]},
            },
            "data.aws_route_table.m (main)",
        ),
        (
            {
                "data.aws_vpc.v": {"id": "vpc-0v", "main_route_table_id": "rtb-0m"},
                "aws_subnet.a": {"vpc_id": "vpc-0v"},
                "data.aws_route_table.m": {"id": "rtb-0m", "route_table_id": "rtb-0m", "routes": [], "associations": []},
            },
            "data.aws_route_table.m (main)",
        ),
        ({"data.aws_vpc.v": {"id": "vpc-0v", "main_route_table_id": "rtb-0m"}, "aws_subnet.a": {"vpc_id": "vpc-0v"}}, "one of 0"),
    ],
)  # fmt: skip
def test_the_main_table_of_a_vpc_that_is_not_made_here(resources: dict[str, Any], table_: str) -> None:
    assert serves(network(resources)) == table_


def test_a_data_table_serves_the_subnets_it_says() -> None:
    data: dict[str, dict[str, Any]] = {
        "data.aws_subnet.s": {"id": "subnet-0s", "cidr_block": "10.0.0.0/24"},
        "data.aws_route_table.t": {
            "id": "rtb-0t",
            "associations": [{"subnet_id": "subnet-0s", "main": False}],
            "routes": [
                {"cidr_block": "10.0.0.0/16", "gateway_id": "local"},
                {"cidr_block": "0.0.0.0/0", "gateway_id": "igw-0x"},
            ],
        },
    }
    found = network(data)
    assert serves(found, "data.aws_subnet.s") == "data.aws_route_table.t"
    assert routes(table(found, "data.aws_route_table.t"))[1] == "0.0.0.0/0 ToInternetGateway igw-0x"
    looked_up = {**data, "data.aws_route_table.t": {"id": "rtb-0t", "subnet_id": "subnet-0s"}}
    found = network(looked_up)
    assert serves(found, "data.aws_subnet.s") == "data.aws_route_table.t"
    assert not table(found, "data.aws_route_table.t").routes.is_complete


def test_what_a_data_source_read_of_a_main_table_counts() -> None:
    """Somebody may have added routes to the main table of a VPC that exists."""
    found = network(
        [
            resource(
                "aws_vpc.a",
                {"id": "vpc-0a", "main_route_table_id": "rtb-0m", "default_route_table_id": "rtb-0m"},
                lifecycle="existing",
            ),
            resource("aws_subnet.a", {"vpc_id": "vpc-0a"}, lifecycle="existing"),
            resource(
                "data.aws_route_table.m",
                {"id": "rtb-0m", "vpc_id": "vpc-0a", "routes": [{"cidr_block": "0.0.0.0/0", "gateway_id": "igw-0x"}]},
            ),
        ]
    )
    assert serves(found) == "data.aws_route_table.m (main)"


def test_learned_routes() -> None:
    gateways: dict[str, dict[str, Any]] = {"aws_vpn_gateway.v": {}, "aws_vpn_gateway.w": {}}
    propagation = {
        "aws_vpn_gateway_route_propagation.p": {
            "vpn_gateway_id": ref("aws_vpn_gateway.w.id"),
            "route_table_id": ref("aws_route_table.r.id"),
        }
    }
    body = {"aws_route_table.r": {"propagating_vgws": ref("aws_vpn_gateway.v.id")}}
    one = table(network({**gateways, **propagation, **body}))
    assert [end(link) for link in one.propagates.items] == ["aws_vpn_gateway.v", "aws_vpn_gateway.w"]


@pytest.mark.parametrize(
    ("body", "more", "is_active"),
    [
        ({"auto_accept": True}, {}, True),
        ({}, {}, False),
        ({}, {"aws_vpc_peering_connection_accepter.x": {
            "vpc_peering_connection_id": ref("aws_vpc_peering_connection.p.id"), "auto_accept": True}}, True),
        ({}, {"aws_vpc_peering_connection_accepter.x": {
            "vpc_peering_connection_id": ref("aws_vpc_peering_connection.p.id")}}, False),
        ({}, {"aws_vpc_peering_connection_accepter.x": {"vpc_peering_connection_id": ref("local.p"), "auto_accept": True}}, None),
        ({"auto_accept": ref("var.accept")}, {}, None),
        ({"peer_vpc_id": "vpc-0elsewhere", "peer_owner_id": "123456789012"}, {}, None),
        ({"peer_vpc_id": "vpc-0elsewhere", "accept_status": "active"}, {}, True),
        ({"peer_vpc_id": "vpc-0elsewhere", "accept_status": "rejected"}, {}, False),
        ({"peer_vpc_id": ref("data.aws_vpc.d.id")}, {"data.aws_vpc.d": {"id": "vpc-0d"}}, None),
    ],
)  # fmt: skip
def test_a_peering_is_active_once_somebody_accepts_it(
    body: dict[str, Any], more: dict[str, Any], is_active: bool | None
) -> None:
    sides = {"vpc_id": ref("aws_vpc.a.id"), "peer_vpc_id": ref("aws_vpc.other.id")}
    found = network({**VPC, **OTHER_VPC, "aws_vpc_peering_connection.p": {**sides, **body}, **more})
    (peering,) = (each for each in found.peerings if str(each.address) == "aws_vpc_peering_connection.p")
    assert (peering.is_active.value if isinstance(peering.is_active, Known) else None) == is_active
    assert end(peering.requester) == "aws_vpc.a"


def test_gateways() -> None:
    found = network(
        {
            **VPC,
            "aws_internet_gateway.i": {},
            "aws_internet_gateway_attachment.i": {
                "internet_gateway_id": ref("aws_internet_gateway.i.id"),
                "vpc_id": ref("aws_vpc.a.id"),
            },
            "aws_internet_gateway.loose": {},
            "data.aws_internet_gateway.d": {"attachments": [{"vpc_id": "vpc-0x"}]},
            "aws_nat_gateway.public": {"subnet_id": ref("aws_subnet.a.id")},
            "aws_nat_gateway.private": {"subnet_id": ref("aws_subnet.a.id"), "connectivity_type": "private"},
            "data.aws_nat_gateway.d": {},
            "data.aws_vpn_gateway.d": {"attached_vpc_id": "vpc-0x"},
        }
    )
    assert {str(each.address): [end(link) for link in each.vpcs.items] for each in found.internet_gateways} == {
        "data.aws_internet_gateway.d": ["vpc-0x"],
        "aws_internet_gateway.i": ["aws_vpc.a"],
        "aws_internet_gateway.loose": [],
    }
    assert all(each.vpcs.is_complete for each in found.internet_gateways)
    assert {str(each.address): each.is_public for each in found.nat_gateways} == {
        "data.aws_nat_gateway.d": Unknown(why="belongs to another configuration"),
        "aws_nat_gateway.private": Known(False),
        "aws_nat_gateway.public": Known(True),
    }
    (virtual,) = found.vpn_gateways
    assert [end(link) for link in virtual.vpcs.items] == ["vpc-0x"]


def test_what_is_switched_off_is_not_mixed_into_what_is_on() -> None:
    route = {
        "route_table_id": ref("aws_route_table.r.id"),
        "destination_cidr_block": "0.0.0.0/0",
        "gateway_id": "igw-0x",
    }

    def known(*, endpoint: bool, table_: bool) -> list[str]:
        return routes(
            table(
                network(
                    [
                        resource("aws_ec2_client_vpn_endpoint.e", {}, enabled=endpoint),
                        resource("aws_route_table.r", {}, enabled=table_),
                        resource("aws_route.x", route, enabled=False),
                    ]
                )
            )
        )

    assert known(endpoint=True, table_=True) == []
    assert known(endpoint=True, table_=False) == ["0.0.0.0/0 ToInternetGateway igw-0x"]
    assert known(endpoint=False, table_=True) == ["0.0.0.0/0 ToInternetGateway igw-0x"]


def test_what_a_table_shows_beside_its_route_resources_may_be_gone_after_the_apply() -> None:
    def shown(*destinations: str) -> RouteTable:
        inline = [{"cidr_block": each, "gateway_id": "igw-0x"} for each in destinations]
        route = {"route_table_id": "rtb-0r", "destination_cidr_block": "10.0.0.0/8", "gateway_id": "igw-0x"}
        return table(
            network(
                [
                    resource("aws_route_table.r", {"id": "rtb-0r", "route": inline}, lifecycle="existing"),
                    resource("aws_route.x", route, lifecycle="existing"),
                ]
            )
        )

    assert shown("10.0.0.0/8").routes.is_complete
    stale = shown("10.0.0.0/8", "0.0.0.0/0")
    assert routes(stale) == ["10.0.0.0/8 ToInternetGateway igw-0x"]
    assert not stale.routes.is_complete


EITHER = ref("aws_subnet.a.id", "aws_subnet.b.id")
"""`each.value` of `for_each = { x = aws_subnet.a.id, y = aws_subnet.b.id }`, as a plan tells it."""


def shared(*tables: str, subnets: Unknown = EITHER) -> Network:
    """One association for each of the tables, of an unknown one of the subnets."""
    associations = {
        f'aws_route_table_association.each["{key}"]': {
            "subnet_id": subnets,
            "route_table_id": ref(f"aws_route_table.{name}.id"),
        }
        for key, name in enumerate(tables)
    }
    return network(
        {
            **THINGS,
            "aws_route_table.r": {"vpc_id": ref("aws_vpc.a.id")},
            "aws_route_table.q": {"vpc_id": ref("aws_vpc.a.id")},
            **associations,
        }
    )


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (shared("r", "r"), ["aws_route_table.r", "aws_route_table.r"]),
        (shared("r", "q"), ["one of 2 for sure", "one of 2 for sure"]),
        (shared("r"), ["one of 2", "one of 2"]),  # the other one is left to the main table
        (
            shared("r", "r", subnets=ref("aws_subnet.a.id", "aws_subnet.b.id", "var.more", exact=False)),
            ["one of 2", "one of 2"],
        ),
    ],
)
def test_as_many_associations_as_subnets_are_one_for_each(found: Network, expected: list[str]) -> None:
    links = [
        found.table_of_subnet[subnet]
        for subnet in found.subnets
        if str(subnet.address) in ("aws_subnet.a", "aws_subnet.b")
    ]
    sure = [" for sure" if isinstance(link, Unresolved) and link.exhaustive else "" for link in links]
    assert [f"{end(link)}{word}" for link, word in zip(links, sure, strict=True)] == expected
