"""VPCs, subnets and their networks."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_network
from typing import Any

import pytest

from tests.adapt.build import VPC, network, ref, reference, resource
from tf_cvpn_lint.core.address import Address
from tf_cvpn_lint.core.link import To, Unresolved
from tf_cvpn_lint.core.value import Call, Known, Literal, Unknown
from tf_cvpn_lint.model.cidr import KnownCidr, UnknownCidr
from tf_cvpn_lint.model.vpc import VpcCidr


@pytest.mark.parametrize(
    ("address", "body", "dns_support", "dns_hostnames", "tenancy"),
    [
        ("aws_vpc.x", {}, True, False, "default"),
        ("aws_vpc.x", {"enable_dns_support": False, "enable_dns_hostnames": True}, False, True, "default"),
        ("aws_vpc.x", {"enable_dns_support": "false", "instance_tenancy": "dedicated"}, False, False, "dedicated"),
        ("aws_default_vpc.x", {}, True, True, "default"),
        ("data.aws_vpc.x", {}, None, None, None),
        ("data.aws_vpc.x", {"enable_dns_support": True, "instance_tenancy": "default"}, True, None, "default"),
        ("aws_vpc.x", {"enable_dns_support": ref("var.dns")}, None, False, "default"),
    ],
)
def test_what_a_vpc_is_when_little_is_said(
    address: str, body: dict[str, Any], dns_support: bool | None, dns_hostnames: bool | None, tenancy: str | None
) -> None:
    (vpc,) = network({address: body}).vpcs

    def plain(fact: Any) -> Any:
        return fact.value if isinstance(fact, Known) else None

    assert (plain(vpc.dns_support), plain(vpc.dns_hostnames), plain(vpc.tenancy)) == (
        dns_support,
        dns_hostnames,
        tenancy,
    )
    assert vpc.is_managed == (not address.startswith("data."))


def test_a_subnet_of_unknown_numbers_lies_in_the_only_network_of_its_vpc() -> None:
    body = {"vpc_id": ref("aws_vpc.a.id"), "cidr_block": ref("aws_vpc.a.cidr_block")}
    ipam: dict[str, dict[str, Any]] = {"aws_vpc.a": {"ipv4_ipam_pool_id": "ipam-pool-0a"}, "aws_subnet.s": body}
    found = network(ipam)
    (subnet,) = found.subnets
    itself = reference("aws_subnet.s.cidr_block")
    assert isinstance(subnet.cidr, UnknownCidr)
    assert subnet.cidr.symbol == itself
    assert subnet.cidr.inside == (found.vpcs[0].primary_cidr,)
    assert found.vpcs[0].primary_cidr == UnknownCidr(
        (reference("aws_vpc.a.cidr_block"),), symbol=reference("aws_vpc.a.cidr_block")
    )
    more = {"aws_vpc_ipv4_cidr_block_association.m": {"vpc_id": ref("aws_vpc.a.id"), "cidr_block": "10.1.0.0/16"}}
    (subnet,) = network({**ipam, **more}).subnets
    assert isinstance(subnet.cidr, UnknownCidr)
    assert subnet.cidr.inside == ()


def test_symbols_come_to_one_form() -> None:
    vpc = reference("data.aws_vpc.x.cidr_block")
    found = network(
        {
            "aws_vpc.a": {"ipv4_ipam_pool_id": "p"},
            "aws_vpc.k": {"cidr_block": "10.3.0.0/16"},
            "data.aws_vpc.x": {"id": ref("aws_vpc.a.id")},
            "data.aws_vpc.y": {"id": ref("aws_vpc.k.id")},
            "aws_subnet.one": {"cidr_block": ref(str(vpc), symbol=Call("cidrsubnet", (vpc, Literal(8), Literal(1))))},
            "aws_subnet.two": {
                "cidr_block": ref(
                    "data.aws_vpc.y.cidr_block",
                    symbol=Call("cidrsubnet", (reference("data.aws_vpc.y.cidr_block"), Literal(8), Literal(1))),
                )
            },
        }
    )
    one, two = found.subnets
    assert isinstance(one.cidr, UnknownCidr)
    assert one.cidr.symbol == Call("cidrsubnet", (reference("aws_vpc.a.cidr_block"), Literal(8), Literal(1)))
    assert two.cidr == KnownCidr(ip_network("10.3.1.0/24"))


@pytest.mark.parametrize(
    ("written", "network_", "has_host_bits"),
    [
        ("10.0.0.0/16", "10.0.0.0/16", False),
        ("10.0.0.5/16", "10.0.0.0/16", True),
        ("xxx.xxx.xxx.xxx/xx", None, False),
        ("10.0.0.0", None, False),
        ("10.0.0.0/255.255.0.0", None, False),
        ("010.0.0.0/8", None, False),
    ],
)
def test_a_network_is_taken_only_as_aws_takes_it(written: str, network_: str | None, has_host_bits: bool) -> None:
    (vpc,) = network({"aws_vpc.x": {"cidr_block": written}}).vpcs
    if network_ is None:
        assert isinstance(vpc.primary_cidr, UnknownCidr)
        assert written in vpc.primary_cidr.why
    else:
        assert vpc.primary_cidr == KnownCidr(ip_network(network_))
        assert isinstance(vpc.primary_cidr, KnownCidr)
        assert vpc.primary_cidr.has_host_bits == has_host_bits


def secondary(*, lifecycle: str = "created", association: Mapping[str, Any] | None = None, **cidr: Any) -> VpcCidr:
    """The secondary CIDR of `aws_vpc.a`, which has one target network association."""
    depends_on = tuple(Address.parse(each) for each in cidr.pop("depends_on", ()))
    given = dict(association or {})
    of_association = {
        "lifecycle": given.pop("lifecycle", "created"),
        "depends_on": tuple(Address.parse(each) for each in given.pop("depends_on", ())),
    }
    late = {"vpc_id": ref("aws_vpc.a.id"), "cidr_block": "100.64.0.0/16", **cidr}
    rest = {
        **VPC,
        "aws_subnet.late": {
            "vpc_id": ref("aws_vpc_ipv4_cidr_block_association.late.vpc_id"),
            "cidr_block": "100.64.0.0/24",
        },
        "aws_ec2_client_vpn_route.r": {
            "target_vpc_subnet_id": ref("aws_ec2_client_vpn_network_association.n.subnet_id")
        },
    }
    found = network(
        [
            *(resource(name, body) for name, body in rest.items()),
            resource(
                "aws_ec2_client_vpn_network_association.n",
                {"subnet_id": ref("aws_subnet.a.id"), **given},
                **of_association,
            ),
            resource("aws_vpc_ipv4_cidr_block_association.late", late, lifecycle=lifecycle, depends_on=depends_on),
        ]
    )
    (only,) = found.vpcs[0].secondary_cidrs.items
    return only


NETWORK_ASSOCIATION = "aws_ec2_client_vpn_network_association.n"
CIDR_ASSOCIATION = "aws_vpc_ipv4_cidr_block_association.late"


@pytest.mark.parametrize(
    ("given", "follows", "precedes"),
    [
        ({}, False, False),
        ({"depends_on": ["aws_subnet.a"]}, False, False),
        ({"depends_on": [NETWORK_ASSOCIATION]}, True, False),
        ({"depends_on": ["aws_ec2_client_vpn_route.r"]}, True, False),
        ({"vpc_id": ref(f"{NETWORK_ASSOCIATION}.vpc_id")}, True, False),
        ({"association": {"lifecycle": "existing"}}, True, False),
        ({"association": {"depends_on": [CIDR_ASSOCIATION]}}, False, True),
        ({"association": {"depends_on": ["aws_subnet.late"]}}, False, True),
        ({"association": {"subnet_id": ref("aws_subnet.late.id")}}, False, True),
        ({"association": {"subnet_id": ref("local.subnet")}}, False, False),
        ({"association": {"subnet_id": "subnet-0elsewhere"}}, False, True),
        ({"lifecycle": "existing"}, False, True),
        ({"lifecycle": "existing", "association": {"lifecycle": "existing"}}, False, True),
    ],
)
def test_whether_a_cidr_is_there_when_the_association_is_made(
    given: dict[str, Any], follows: bool, precedes: bool
) -> None:
    found = secondary(**given)
    assert (found.follows_association, found.precedes_association) == (follows, precedes)


def test_secondary_networks_may_be_missing() -> None:
    (vpc,) = network({"data.aws_vpc.x": {"cidr_block": "10.0.0.0/16"}}).vpcs
    assert not vpc.secondary_cidrs.is_complete
    read = {"cidr_block_associations": [{"cidr_block": "10.0.0.0/16"}, {"cidr_block": "10.1.0.0/16"}]}
    (vpc,) = network({"data.aws_vpc.x": {"cidr_block": "10.0.0.0/16", **read}}).vpcs
    assert vpc.secondary_cidrs.is_complete
    assert [each.cidr for each in vpc.secondary_cidrs.items] == [KnownCidr(ip_network("10.1.0.0/16"))]
    (vpc,) = network(
        {"aws_vpc.x": {"cidr_block": "10.0.0.0/16"}}, {"aws_vpc_ipv4_cidr_block_association": "for_each"}
    ).vpcs
    assert not vpc.secondary_cidrs.is_complete
    unplaced = {"aws_vpc_ipv4_cidr_block_association.u": {"vpc_id": ref("local.vpc"), "cidr_block": "10.2.0.0/16"}}
    (vpc,) = network({"aws_vpc.x": {"cidr_block": "10.0.0.0/16"}, **unplaced}).vpcs
    assert not vpc.secondary_cidrs.is_complete


def test_a_default_subnet_lies_in_the_default_vpc_of_its_provider() -> None:
    found = network(
        [
            resource("aws_default_vpc.d", {}),
            resource("aws_default_subnet.s", {"availability_zone": "eu-west-1a"}),
            resource("aws_default_subnet.other", {"availability_zone": "us-east-1a"}, provider="aws.us"),
        ]
    )
    other, own = found.subnets
    assert own.vpc == To(found.vpcs[0])
    assert isinstance(other.vpc, Unresolved)


def test_a_zone_that_aws_chooses_is_unknown() -> None:
    (subnet,) = network({"aws_subnet.s": {"cidr_block": "10.0.0.0/24"}}).subnets
    assert isinstance(subnet.zone, Unknown)
    (subnet,) = network({"aws_subnet.s": {"availability_zone_id": "euw1-az1"}}).subnets
    assert subnet.zone == Known("euw1-az1")
