"""The walk inside AWS, told as Terraform: one thing varied at a time, judged by what AWS documents."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest

from tests.adapt.build import VPC, ref
from tests.adapt.build import network as network_of
from tests.terraform import (
    ALL_EGRESS,
    AUTHORIZE_VPC,
    PROVIDER,
    REQUIREMENTS,
    association,
    authorization,
    endpoint,
    group,
    judge,
    loud,
    network,
    write,
)
from tf_cvpn_lint.model.cidr import AddressIn, KnownAddress, KnownCidr, parts
from tf_cvpn_lint.reach.tables import way_from

SUBNET = "10.50.1.0/24"
HALVES = ("10.50.1.0/25", "10.50.1.128/25")


def both(direction: str, *networks: str, port: int = 53) -> str:
    """Rules for udp and tcp."""
    listed = ", ".join(f'"{network}"' for network in networks)
    return "".join(
        f"""
  {direction} {{
    from_port   = {port}
    to_port     = {port}
    protocol    = "{protocol}"
    cidr_blocks = [{listed}]
  }}
"""
        for protocol in ("udp", "tcp")
    )


def server(*, address: str = 'private_ip = "10.50.2.53"', ingress: str = both("ingress", "10.50.0.0/16")) -> str:
    """A DNS server on an instance in zone b."""
    return f"""
resource "aws_security_group" "dns" {{
  name   = "dns"
  vpc_id = aws_vpc.main.id
{ingress}}}

resource "aws_instance" "dns" {{
  ami                    = "ami-0a1b2c3d4e5f60718"
  instance_type          = "t4g.small"
  subnet_id              = aws_subnet.main_b.id
  vpc_security_group_ids = [aws_security_group.dns.id]
  {address}
}}
"""


def verdict(
    directory: Path, *parts_: str, servers: str = '["10.50.2.53"]', split: bool = True
) -> tuple[str, list[str]]:
    """The verdict of the only server, and the rules that speak."""
    text = "".join(
        (
            REQUIREMENTS,
            PROVIDER,
            network("main", "10.50.0.0/16"),
            endpoint(servers, split=split),
            association(),
            *parts_,
        )
    )
    report = judge(write(directory, text))
    (only,) = report.endpoints[0].dns_servers
    return only.verdict, [finding.rule for finding in loud(report)]


@pytest.mark.parametrize(
    ("networks", "expected"),
    [
        (HALVES, "reachable"),
        (("10.50.1.0/26", "10.50.1.64/26", "10.50.1.128/25"), "reachable"),
        (HALVES[:1], "unknown"),  # the interface may get any address of the subnet
        (("10.60.0.0/16", "10.50.2.0/24"), "unreachable"),
    ],
)
def test_networks_that_hold_the_association_subnet_only_together_admit_it(
    tmp_path: Path, networks: tuple[str, ...], expected: str
) -> None:
    found, _ = verdict(tmp_path, group(ALL_EGRESS), AUTHORIZE_VPC, server(ingress=both("ingress", *networks)))
    assert found == expected


@pytest.mark.parametrize(
    ("denied", "expected"),
    [(HALVES, "unreachable"), (HALVES[:1], "unknown"), (("10.60.1.0/25",), "reachable")],
)
def test_an_acl_that_denies_the_subnet_in_parts_denies_it(
    tmp_path: Path, denied: tuple[str, ...], expected: str
) -> None:
    entries = [
        f"""
  {direction} {{
    rule_no    = {number}
    protocol   = "-1"
    action     = "{action}"
    cidr_block = "{cidr}"
    from_port  = 0
    to_port    = 0
  }}
"""
        for direction in ("ingress", "egress")
        for number, action, cidr in (
            *((10 + index, "deny", cidr) for index, cidr in enumerate(denied)),
            (100, "allow", "0.0.0.0/0"),
        )
    ]
    acl = f"""
resource "aws_network_acl" "dns" {{
  vpc_id     = aws_vpc.main.id
  subnet_ids = [aws_subnet.main_b.id]
{"".join(entries)}}}
"""
    found, rules = verdict(tmp_path, group(ALL_EGRESS), AUTHORIZE_VPC, server(), acl)
    assert found == expected
    assert rules == (["CVPN108"] if expected == "unreachable" else [])


def test_the_parts_of_an_address_are_bounded_and_whole() -> None:
    address = AddressIn((KnownCidr(ip_network(SUBNET)),))
    cuts = [KnownCidr(ip_network(text)) for text in ("10.50.1.128/26", "10.0.0.0/8", "10.51.0.0/16")]
    found = [each.inside[0] for each in parts(address, cuts) if isinstance(each, AddressIn)]
    assert [str(each) for each in found] == ["10.50.1.0/25", "10.50.1.128/26", "10.50.1.192/26"]
    hosts = [KnownCidr(ip_network(f"10.50.1.{number}/32")) for number in range(4, 200)]
    assert parts(address, hosts) == (address,)


def test_a_secondary_address_of_an_instance_is_the_instance(tmp_path: Path) -> None:
    address = 'private_ip = "10.50.2.10"\n  secondary_private_ips = ["10.50.2.53"]'
    assert verdict(tmp_path, group(ALL_EGRESS), AUTHORIZE_VPC, server(address=address)) == ("reachable", [])


# Addresses and zones that are not known

UNKNOWN_DNS = 'variable "dns" {\n  type = string\n}\n'
"""A root that is judged without its tfvars."""


@pytest.mark.parametrize(
    "closed",
    [
        pytest.param(group(""), id="no egress"),
        pytest.param(
            group(ALL_EGRESS)
            + """
resource "aws_network_acl" "vpn" {
  vpc_id     = aws_vpc.main.id
  subnet_ids = [aws_subnet.main_a.id]
}
""",
            id="an ACL that denies all",
        ),
    ],
)
@pytest.mark.parametrize(
    ("servers", "expected"),
    [
        ("[var.dns]", "unknown"),
        ("[cidrhost(var.dns, 2)]", "unknown"),
        ("[cidrhost(var.dns, 10)]", "unreachable"),
        ('["10.50.2.53"]', "unreachable"),
    ],
)
def test_what_may_be_the_amazon_dns_server_is_not_said_to_be_filtered(
    tmp_path: Path, closed: str, servers: str, expected: str
) -> None:
    if "10)" in servers and "acl" in closed:
        expected = "unknown"  # it may be in the association subnet itself, where no ACL is asked
    found, rules = verdict(tmp_path, UNKNOWN_DNS, closed, authorization("0.0.0.0/0"), servers=servers, split=False)
    assert found == expected
    assert rules or expected == "unknown"


ZONES = 'data "aws_availability_zones" "here" {\n  state = "available"\n}\n'


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ("HERE.names[0]", ("reachable", [])),
        ("HERE.names[1]", ("unreachable", ["CVPN111"])),
        ("HERE.zone_ids[0]", ("unknown", [])),
        ("slice(HERE.names, 0, 2)[0]", ("reachable", [])),
        ("slice(HERE.names, 1, 3)[0]", ("unreachable", ["CVPN111"])),
        ("element(slice(HERE.names, 0, 2), 2)", ("reachable", [])),
        ("element(slice(HERE.names, 0, 2), 3)", ("unreachable", ["CVPN111"])),
        ("element(HERE.names, 1)", ("unknown", [])),  # the data source may have found only one
    ],
)
def test_zones_at_different_places_of_one_list_are_different_zones(
    tmp_path: Path, place: str, expected: tuple[str, list[str]]
) -> None:
    parts_ = [text.replace('"eu-west-1a"', "data.aws_availability_zones.here.names[0]") for text in peered(THERE, BACK)]
    parts_[3] = parts_[3].replace("aws_subnet.main_a.id", "aws_subnet.attached.id")
    attached = f"""
resource "aws_subnet" "attached" {{
  vpc_id            = aws_vpc.main.id
  cidr_block        = "10.50.9.0/28"
  availability_zone = {place.replace("HERE", "data.aws_availability_zones.here")}
}}
"""
    main = network("main", "10.50.0.0/16").replace('"eu-west-1a"', "data.aws_availability_zones.here.names[0]")
    text = "".join((REQUIREMENTS, PROVIDER, main, ZONES, attached, endpoint('["10.60.1.53"]'), association(), *parts_))
    report = judge(write(tmp_path, text))
    (only,) = report.endpoints[0].dns_servers
    assert (only.verdict, [finding.rule for finding in loud(report)]) == expected


# NAT instances

INTERNET = f"""
resource "aws_internet_gateway" "main" {{
  vpc_id = aws_vpc.main.id
}}

resource "aws_route_table" "public" {{
  vpc_id = aws_vpc.main.id

  route {{
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.main.id
  }}
}}

resource "aws_route_table_association" "public" {{
  subnet_id      = aws_subnet.main_b.id
  route_table_id = aws_route_table.public.id
}}

resource "aws_route_table" "vpn" {{
  vpc_id = aws_vpc.main.id
}}

resource "aws_route_table_association" "vpn" {{
  subnet_id      = aws_subnet.main_a.id
  route_table_id = aws_route_table.vpn.id
}}

resource "aws_ec2_client_vpn_route" "default" {{
  client_vpn_endpoint_id = aws_ec2_client_vpn_endpoint.this.id
  destination_cidr_block = "0.0.0.0/0"
  target_vpc_subnet_id   = aws_ec2_client_vpn_network_association.a.subnet_id
}}
{authorization("0.0.0.0/0", "everything")}
resource "aws_route" "default" {{
  route_table_id         = aws_route_table.vpn.id
  destination_cidr_block = "0.0.0.0/0"
  network_interface_id   = TARGET
}}
"""
WEB = both("ingress", "10.50.0.0/16", port=443)
EVERYTHING = both("ingress", "10.50.0.0/16", port=443) + both("ingress", SUBNET)


def nat_instance(ingress: str) -> str:
    return f"""
resource "aws_security_group" "nat" {{
  name   = "nat"
  vpc_id = aws_vpc.main.id
{ingress}{ALL_EGRESS}}}

resource "aws_instance" "nat" {{
  ami                    = "ami-0a1b2c3d4e5f60718"
  instance_type          = "t4g.small"
  subnet_id              = aws_subnet.main_b.id
  source_dest_check      = false
  vpc_security_group_ids = [aws_security_group.nat.id]
}}
"""


def nat_interface(groups: str) -> str:
    return f"""
resource "aws_security_group" "nat" {{
  name   = "nat"
  vpc_id = aws_vpc.main.id
{WEB}}}

resource "aws_network_interface" "nat" {{
  subnet_id         = aws_subnet.main_b.id
  source_dest_check = false
{groups}}}
"""


@pytest.mark.parametrize(
    ("target", "appliance", "expected"),
    [
        ("aws_instance.nat.primary_network_interface_id", nat_instance(WEB), ("unreachable", ["CVPN106"])),
        ("aws_instance.nat.primary_network_interface_id", nat_instance(EVERYTHING), ("unknown", [])),
        (
            "aws_network_interface.nat.id",
            nat_interface("  security_groups   = [aws_security_group.nat.id]\n"),
            ("unreachable", ["CVPN106"]),
        ),
        ("aws_network_interface.nat.id", nat_interface(""), ("unknown", [])),  # nobody said which groups it has
    ],
)
def test_a_nat_instance_whose_own_group_admits_no_dns_is_no_way_out(
    tmp_path: Path, target: str, appliance: str, expected: tuple[str, list[str]]
) -> None:
    internet = INTERNET.replace("TARGET", target)
    assert verdict(tmp_path, group(ALL_EGRESS), internet, appliance, servers='["9.9.9.9"]', split=False) == expected


# Peered transit gateways

PEERED = """
resource "aws_ec2_transit_gateway" "main" {
  default_route_table_association = "ASSOCIATES"
}

resource "aws_ec2_transit_gateway" "far" {
  provider = aws.far
}

resource "aws_ec2_transit_gateway_vpc_attachment" "main" {
  transit_gateway_id = aws_ec2_transit_gateway.main.id
  vpc_id             = aws_vpc.main.id
  subnet_ids         = [aws_subnet.main_a.id]
}

resource "aws_ec2_transit_gateway_vpc_attachment" "far" {
  provider           = aws.far
  transit_gateway_id = aws_ec2_transit_gateway.far.id
  vpc_id             = aws_vpc.far.id
  subnet_ids         = [aws_subnet.far_a.id]
}

resource "aws_ec2_transit_gateway_peering_attachment" "far" {
  transit_gateway_id      = aws_ec2_transit_gateway.main.id
  peer_transit_gateway_id = aws_ec2_transit_gateway.far.id
  peer_region             = "us-west-2"
}

resource "aws_route" "main" {
  route_table_id         = aws_vpc.main.main_route_table_id
  destination_cidr_block = "10.60.0.0/16"
  transit_gateway_id     = aws_ec2_transit_gateway.main.id
}

resource "aws_route" "far" {
  provider               = aws.far
  route_table_id         = aws_vpc.far.main_route_table_id
  destination_cidr_block = "10.50.0.0/16"
  transit_gateway_id     = aws_ec2_transit_gateway.far.id
}

resource "aws_security_group" "dns" {
  provider = aws.far
  name     = "dns"
  vpc_id   = aws_vpc.far.id
INGRESS}

resource "aws_instance" "dns" {
  provider               = aws.far
  ami                    = "ami-0a1b2c3d4e5f60718"
  instance_type          = "t4g.small"
  subnet_id              = aws_subnet.far_a.id
  private_ip             = "10.60.1.53"
  vpc_security_group_ids = [aws_security_group.dns.id]
}

resource "aws_ec2_client_vpn_route" "far" {
  client_vpn_endpoint_id = aws_ec2_client_vpn_endpoint.this.id
  destination_cidr_block = "10.60.0.0/16"
  target_vpc_subnet_id   = aws_ec2_client_vpn_network_association.a.subnet_id
}
"""
ACCEPTER = """
resource "aws_ec2_transit_gateway_peering_attachment_accepter" "far" {
  provider                      = aws.far
  transit_gateway_attachment_id = aws_ec2_transit_gateway_peering_attachment.far.id
}
"""
FAR_PROVIDER = 'provider "aws" {\n  alias  = "far"\n  region = "us-west-2"\n}\n'
AT_MAIN, AT_FAR = (f"aws_ec2_transit_gateway.{name}.association_default_route_table_id" for name in ("main", "far"))
THERE = ("there", AT_MAIN, "10.60.0.0/16", "aws_ec2_transit_gateway_peering_attachment.far.id")
BACK = ("back", AT_FAR, "10.50.0.0/16", "aws_ec2_transit_gateway_peering_attachment_accepter.far.id")
REFERENCE = '\n  ingress {\n    from_port = 0\n    to_port = 0\n    protocol = "-1"\n    security_groups = [aws_security_group.vpn.id]\n  }\n'


def transit_route(name: str, table: str, cidr: str, attachment: str) -> str:
    return f"""
resource "aws_ec2_transit_gateway_route" "{name}" {{
  transit_gateway_route_table_id = {table}
  destination_cidr_block         = "{cidr}"
  transit_gateway_attachment_id  = {attachment}
}}
"""


def peered(
    *routes: tuple[str, str, str, str],
    more: str = ACCEPTER,
    ingress: str = both("ingress", "10.50.0.0/16"),
    own: str = "enable",
) -> tuple[str, ...]:
    far = (
        network("far", "10.60.0.0/16").replace("eu-west-1", "us-west-2").replace('" {\n', '" {\n  provider = aws.far\n')
    )
    text = PEERED.replace("INGRESS", ingress).replace("ASSOCIATES", own)
    return (
        FAR_PROVIDER,
        group(ALL_EGRESS),
        far,
        text,
        *(transit_route(*route) for route in routes),
        more,
        authorization("10.0.0.0/8"),
    )


OWN_TABLE = """
resource "aws_ec2_transit_gateway_route_table" "main" {
  transit_gateway_id = aws_ec2_transit_gateway.main.id
}

resource "aws_ec2_transit_gateway_route_table_association" "both" {
  for_each = {
    vpc     = aws_ec2_transit_gateway_vpc_attachment.main.id
    peering = aws_ec2_transit_gateway_peering_attachment.far.id
  }
  transit_gateway_attachment_id  = each.value
  transit_gateway_route_table_id = aws_ec2_transit_gateway_route_table.main.id
}

resource "aws_ec2_transit_gateway_route_table_propagation" "main" {
  transit_gateway_attachment_id  = aws_ec2_transit_gateway_vpc_attachment.main.id
  transit_gateway_route_table_id = aws_ec2_transit_gateway_route_table.main.id
}
"""
IN_OWN_TABLE = (THERE[0], "aws_ec2_transit_gateway_route_table.main.id", *THERE[2:])
LOOP = ("loop", AT_FAR, "10.60.1.0/24", "aws_ec2_transit_gateway_peering_attachment.far.id")


@pytest.mark.parametrize(
    ("parts_", "expected"),
    [
        pytest.param(peered(THERE, BACK), ("reachable", []), id="whole"),
        pytest.param(peered(BACK), ("unreachable", ["CVPN112"]), id="no route there"),
        pytest.param(peered(THERE), ("unreachable", ["CVPN112"]), id="no route back"),
        pytest.param(peered(IN_OWN_TABLE, BACK, more=ACCEPTER + OWN_TABLE), ("reachable", []), id="own table"),
        pytest.param(peered(THERE, BACK, own="disable"), ("unreachable", ["CVPN112"]), id="not associated"),
        pytest.param(peered(THERE, BACK, ingress=REFERENCE), ("unreachable", ["CVPN115"]), id="group reference"),
        pytest.param(peered(THERE, BACK, LOOP), ("unreachable", ["CVPN112"]), id="loop"),
        pytest.param(
            peered(THERE, (*BACK[:3], "aws_ec2_transit_gateway_peering_attachment.far.id"), more=""),
            ("unknown", []),
            id="nobody accepts",
        ),
    ],
)
def test_a_peering_of_transit_gateways_is_followed_into_the_other_one(
    tmp_path: Path, parts_: tuple[str, ...], expected: tuple[str, list[str]]
) -> None:
    assert verdict(tmp_path, *parts_, servers='["10.60.1.53"]') == expected


# Which of the tables is not known, and makes no difference


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        ({"gateway_id": ref("aws_internet_gateway.i.id")}, ["yes", "yes"]),
        ({"gateway_id": ref("aws_vpn_gateway.v.id")}, ["unsure"]),
    ],
)
def test_tables_that_lead_one_way_need_not_be_told_apart(second: dict[str, Any], expected: list[str]) -> None:
    def table(target: dict[str, Any]) -> dict[str, Any]:
        return {"vpc_id": ref("aws_vpc.a.id"), "route": [{"cidr_block": "0.0.0.0/0", **target}]}

    found = network_of(
        {
            **VPC,
            "aws_internet_gateway.i": {"vpc_id": ref("aws_vpc.a.id")},
            "aws_vpn_gateway.v": {"vpc_id": ref("aws_vpc.a.id")},
            "aws_route_table.one": table({"gateway_id": ref("aws_internet_gateway.i.id")}),
            "aws_route_table.two": table(second),
            **{
                f'aws_route_table_association.each["{name}"]': {
                    "subnet_id": ref("aws_subnet.a.id", "aws_subnet.b.id"),
                    "route_table_id": ref(f"aws_route_table.{name}.id"),
                }
                for name in ("one", "two")
            },
        }
    )
    way = way_from(found, found.subnets[0], KnownAddress(ip_address("9.9.9.9")))
    assert [step.verdict.truth.name.lower() for step in way.steps] == expected


# What is said, and where


def findings(
    directory: Path, *parts_: str, servers: str = '["10.50.2.53"]', split: bool = True
) -> list[tuple[str, str, str, str]]:
    """Rule, resource, message and fix of every finding that fails a run."""
    text = "".join(
        (
            REQUIREMENTS,
            PROVIDER,
            network("main", "10.50.0.0/16"),
            endpoint(servers, split=split),
            association(),
            *parts_,
        )
    )
    report = judge(write(directory, text))
    return [(each.rule, each.address, each.message, each.fix) for each in loud(report)]


def test_the_default_group_that_nobody_wrote_is_called_so_and_the_host_is_where_to_change_it(tmp_path: Path) -> None:
    bare = server().replace("  vpc_security_group_ids = [aws_security_group.dns.id]\n", "")
    ((rule, address, message, fix),) = findings(tmp_path, group(ALL_EGRESS), AUTHORIZE_VPC, bare)
    assert (rule, address) == ("CVPN115", "aws_instance.dns")
    assert "the default security group of aws_vpc.main admits no udp 53" in message
    assert "its own members" in message
    assert "give aws_instance.dns a security group" in fix


def test_a_group_that_is_not_seen_across_gateways_is_told_as_the_reason(tmp_path: Path) -> None:
    ((rule, address, message, _),) = findings(
        tmp_path, *peered(THERE, BACK, ingress=REFERENCE), servers='["10.60.1.53"]'
    )
    assert (rule, address) == ("CVPN115", "aws_security_group.dns")
    assert "security groups are not seen across peered transit gateways" in message


def test_a_query_that_falls_into_a_nat_gateway_is_a_route_missing_in_the_associated_subnets_table(
    tmp_path: Path,
) -> None:
    nat = """
resource "aws_eip" "nat" {
  domain = "vpc"
}

resource "aws_nat_gateway" "nat" {
  subnet_id     = aws_subnet.main_b.id
  allocation_id = aws_eip.nat.id
}
"""
    internet = INTERNET.replace("network_interface_id   = TARGET", "nat_gateway_id         = aws_nat_gateway.nat.id")
    ((rule, address, message, fix),) = findings(
        tmp_path, group(ALL_EGRESS), internet, nat, servers='["10.77.0.53"]', split=False
    )
    assert (rule, address) == ("CVPN109", "aws_route.default")
    assert "aws_nat_gateway.nat" in message
    assert "the route table of aws_subnet.main_a" in fix


def test_a_nat_gateway_in_a_subnet_that_routes_to_it_is_a_loop_told_at_that_route(tmp_path: Path) -> None:
    nat = """
resource "aws_nat_gateway" "nat" {
  subnet_id         = aws_subnet.main_a.id
  connectivity_type = "private"
}
"""
    internet = INTERNET.replace("network_interface_id   = TARGET", "nat_gateway_id         = aws_nat_gateway.nat.id")
    ((rule, address, message, _),) = findings(
        tmp_path, group(ALL_EGRESS), internet, nat, servers='["9.9.9.9"]', split=False
    )
    assert (rule, address) == ("CVPN106", "aws_route.default")
    assert "which lies in aws_subnet.main_a itself" in message


def test_a_route_back_is_asked_for_the_cidr_in_which_the_associated_subnet_lies(tmp_path: Path) -> None:
    secondary = """
resource "aws_vpc_ipv4_cidr_block_association" "more" {
  vpc_id     = aws_vpc.main.id
  cidr_block = "100.64.0.0/16"
}
"""
    parts_ = peered(THERE, BACK, ingress=both("ingress", "0.0.0.0/0"))
    main = network("main", "10.50.0.0/16").replace("10.50.1.0/24", "100.64.1.0/24")
    text = "".join((REQUIREMENTS, PROVIDER, main, secondary, endpoint('["10.60.1.53"]'), association(), *parts_))
    ((rule, fix),) = [(each.rule, each.fix) for each in loud(judge(write(tmp_path, text)))]
    assert rule == "CVPN117"
    assert "100.64.0.0/16 (aws_vpc.main)" in fix


@pytest.mark.parametrize(
    ("servers", "split", "expected"),
    [
        ('["9.9.9.9"]', False, "internet gateway"),
        ('["10.99.0.53"]', False, "VPN gateway or transit gateway"),
    ],
)
def test_what_lies_beyond_a_peer_is_to_be_reached_another_way(
    tmp_path: Path, servers: str, split: bool, expected: str
) -> None:
    peering = """
resource "aws_vpc_peering_connection" "far" {
  vpc_id      = aws_vpc.main.id
  peer_vpc_id = aws_vpc.far.id
  auto_accept = true
}
"""
    internet = INTERNET.replace(
        "network_interface_id   = TARGET", "vpc_peering_connection_id = aws_vpc_peering_connection.far.id"
    )
    parts_ = (group(ALL_EGRESS), network("far", "10.60.0.0/16"), peering, internet)
    ((rule, _, message, fix),) = findings(tmp_path, *parts_, servers=servers, split=split)
    assert rule == "CVPN114"
    assert ", are" not in message
    assert expected in fix


# Rules and routes that somebody else keeps

FAR_AWAY = "\n  lifecycle {\n    ignore_changes = IGNORED\n  }\n"
ACL = """
resource "aws_network_acl" "vpn" {
  vpc_id     = aws_vpc.main.id
  subnet_ids = [aws_subnet.main_a.id]
IGNORED}
"""
TABLE = """
resource "aws_route_table" "vpn" {
  vpc_id = aws_vpc.main.id
IGNORED}

resource "aws_route_table_association" "vpn" {
  subnet_id      = aws_subnet.main_a.id
  route_table_id = aws_route_table.vpn.id
}
"""


@pytest.mark.parametrize("ignored", ["[tags]", "all", "NAMED"])
@pytest.mark.parametrize(
    ("named", "parts_", "rule"),
    [
        ("[egress]", (group("IGNORED"), server()), "CVPN107"),
        ("[ingress]", (group(ALL_EGRESS), server(ingress="IGNORED")), "CVPN115"),
        ("[ingress, egress]", (group(ALL_EGRESS), server(), ACL), "CVPN108"),
    ],
)
def test_rules_that_terraform_leaves_alone_are_not_said_to_be_missing(
    tmp_path: Path, ignored: str, named: str, parts_: tuple[str, ...], rule: str
) -> None:
    lifecycle = FAR_AWAY.replace("IGNORED", ignored.replace("NAMED", named))
    found = verdict(tmp_path, AUTHORIZE_VPC, *(part.replace("IGNORED", lifecycle) for part in parts_))
    assert found == (("unreachable", [rule]) if ignored == "[tags]" else ("unknown", []))


@pytest.mark.parametrize(
    ("ignored", "expected"),
    [("[tags]", ("unreachable", ["CVPN109"])), ("[route]", ("unknown", [])), ("all", ("unknown", []))],
)
def test_routes_that_terraform_leaves_alone_are_not_said_to_be_missing(
    tmp_path: Path, ignored: str, expected: tuple[str, list[str]]
) -> None:
    table = TABLE.replace("IGNORED", FAR_AWAY.replace("IGNORED", ignored))
    assert verdict(tmp_path, *peered(THERE, BACK), table, servers='["10.60.1.53"]') == expected


def test_an_inline_rule_beside_those_of_others_still_counts(tmp_path: Path) -> None:
    lifecycle = FAR_AWAY.replace("IGNORED", "[egress]")
    assert verdict(tmp_path, AUTHORIZE_VPC, group(ALL_EGRESS + lifecycle), server()) == ("reachable", [])


def test_an_internet_gateway_that_is_asked_for_by_its_vpc_is_attached_to_it(tmp_path: Path) -> None:
    gateway = """
data "aws_internet_gateway" "main" {
  filter {
    name   = "attachment.vpc-id"
    values = [aws_vpc.VPC.id]
  }
}
"""
    internet = INTERNET.replace('resource "aws_internet_gateway" "main" {\n  vpc_id = aws_vpc.main.id\n}\n', gateway)
    internet = internet.replace(
        "network_interface_id   = TARGET", "gateway_id             = data.aws_internet_gateway.main.id"
    )
    internet = internet.replace(
        "gateway_id = aws_internet_gateway.main.id", "gateway_id = data.aws_internet_gateway.main.id"
    )
    parts_ = (group(ALL_EGRESS), network("far", "10.60.0.0/16"))
    own = verdict(tmp_path / "own", *parts_, internet.replace("VPC", "main"), servers='["9.9.9.9"]', split=False)
    other = verdict(tmp_path / "far", *parts_, internet.replace("VPC", "far"), servers='["9.9.9.9"]', split=False)
    assert (own, other) == (("reachable", []), ("unreachable", ["CVPN110"]))


# What a VPN announces to a transit gateway

HUB = """
resource "aws_ec2_transit_gateway" "main" {
}

resource "aws_ec2_transit_gateway_vpc_attachment" "main" {
  transit_gateway_id = aws_ec2_transit_gateway.main.id
  vpc_id             = aws_vpc.main.id
  subnet_ids         = [aws_subnet.main_a.id, aws_subnet.main_b.id]
}

resource "aws_ec2_transit_gateway_vpc_attachment" "egress" {
  transit_gateway_id = aws_ec2_transit_gateway.main.id
  vpc_id             = aws_vpc.egress.id
  subnet_ids         = [aws_subnet.egress_a.id]
}

resource "aws_ec2_transit_gateway_route" "default" {
  transit_gateway_route_table_id = aws_ec2_transit_gateway.main.association_default_route_table_id
  destination_cidr_block         = "0.0.0.0/0"
  transit_gateway_attachment_id  = aws_ec2_transit_gateway_vpc_attachment.egress.id
}

resource "aws_route" "main" {
  route_table_id         = aws_vpc.main.main_route_table_id
  destination_cidr_block = "0.0.0.0/0"
  transit_gateway_id     = aws_ec2_transit_gateway.main.id
}

resource "aws_ec2_client_vpn_route" "office" {
  client_vpn_endpoint_id = aws_ec2_client_vpn_endpoint.this.id
  destination_cidr_block = "10.99.0.0/16"
  target_vpc_subnet_id   = aws_ec2_client_vpn_network_association.a.subnet_id
}
"""
OFFICE = """
resource "aws_customer_gateway" "office" {
  bgp_asn    = 65000
  ip_address = "203.0.113.10"
  type       = "ipsec.1"
}

resource "aws_vpn_connection" "office" {
  customer_gateway_id = aws_customer_gateway.office.id
  transit_gateway_id  = aws_ec2_transit_gateway.main.id
  type                = "ipsec.1"
}
"""


@pytest.mark.parametrize(
    ("office", "expected"),
    [(OFFICE, ("unknown", [])), ("", ("unreachable", ["CVPN109"]))],
    ids=["with a vpn", "without"],
)
def test_what_a_vpn_announces_may_be_longer_than_the_default_route(
    tmp_path: Path, office: str, expected: tuple[str, list[str]]
) -> None:
    egress = network("egress", "10.60.0.0/16")
    everything = authorization("10.0.0.0/8")
    assert verdict(tmp_path, group(ALL_EGRESS), egress, HUB, office, everything, servers='["10.99.0.53"]') == expected


# A gateway of another account

SHARED = """
resource "aws_ec2_transit_gateway_vpc_attachment" "main" {
  transit_gateway_id = "tgw-0123456789abcdef0"
  vpc_id             = aws_vpc.main.id
  subnet_ids         = [aws_subnet.main_a.id]
}

resource "aws_route" "main" {
  route_table_id         = aws_vpc.main.main_route_table_id
  destination_cidr_block = "10.60.0.0/16"
  transit_gateway_id     = "tgw-0123456789abcdef0"
}

resource "aws_route_table" "far" {
  vpc_id = aws_vpc.far.id
BACK}

resource "aws_route_table_association" "far" {
  subnet_id      = aws_subnet.far_a.id
  route_table_id = aws_route_table.far.id
}

resource "aws_security_group" "dns" {
  name   = "dns"
  vpc_id = aws_vpc.far.id
INGRESS}

resource "aws_instance" "dns" {
  ami                    = "ami-0a1b2c3d4e5f60718"
  instance_type          = "t4g.small"
  subnet_id              = aws_subnet.far_a.id
  private_ip             = "10.60.1.53"
  vpc_security_group_ids = [aws_security_group.dns.id]
}

resource "aws_ec2_client_vpn_route" "far" {
  client_vpn_endpoint_id = aws_ec2_client_vpn_endpoint.this.id
  destination_cidr_block = "10.60.0.0/16"
  target_vpc_subnet_id   = aws_ec2_client_vpn_network_association.a.subnet_id
}
"""


@pytest.mark.parametrize(
    ("back", "expected"),
    [
        ("", ("unreachable", ["CVPN117"])),
        (
            '  route {\n    cidr_block = "10.60.2.0/24"\n    vpc_endpoint_id = "vpce-0"\n  }\n',
            ("unreachable", ["CVPN117"]),
        ),
        (
            '  route {\n    ipv6_cidr_block = "::/0"\n    egress_only_gateway_id = "eigw-0"\n  }\n',
            ("unreachable", ["CVPN117"]),
        ),
        # What comes from the shared gateway may have had its source replaced there.
        (
            '  route {\n    cidr_block = "10.0.0.0/8"\n    transit_gateway_id = "tgw-0123456789abcdef0"\n  }\n',
            ("unknown", []),
        ),
        (
            '  route {\n    cidr_block = "172.16.0.0/12"\n    transit_gateway_id = "tgw-0123456789abcdef0"\n  }\n',
            ("unknown", []),
        ),
        ('  propagating_vgws = ["vgw-0"]\n', ("unknown", [])),
    ],
)
def test_a_server_whose_subnet_leads_nowhere_answers_nobody_outside_whatever_lies_between(
    tmp_path: Path, back: str, expected: tuple[str, list[str]]
) -> None:
    shared = SHARED.replace("BACK", back).replace("INGRESS", both("ingress", "10.50.0.0/16"))
    parts_ = (group(ALL_EGRESS), network("far", "10.60.0.0/16"), shared, authorization("10.0.0.0/8"))
    assert verdict(tmp_path, *parts_, servers='["10.60.1.53"]') == expected


@pytest.mark.parametrize(
    ("ingress", "expected"),
    [
        (both("ingress", "10.60.0.0/16"), ("unreachable", ["CVPN115"])),
        (both("ingress", "10.60.1.0/24", "10.60.2.0/24"), ("unreachable", ["CVPN115"])),
        (
            '\n  ingress {\n    from_port = 0\n    to_port = 0\n    protocol = "-1"\n    self = true\n  }\n',
            ("unreachable", ["CVPN115"]),
        ),
        (both("ingress", "10.60.0.0/16", "10.99.0.0/16"), ("unknown", [])),
        (both("ingress", "0.0.0.0/0"), ("unknown", [])),
    ],
)
def test_a_group_that_admits_its_own_vpc_only_admits_nobody_outside_whatever_lies_between(
    tmp_path: Path, ingress: str, expected: tuple[str, list[str]]
) -> None:
    back = '  route {\n    cidr_block = "10.0.0.0/8"\n    transit_gateway_id = "tgw-0123456789abcdef0"\n  }\n'
    shared = SHARED.replace("BACK", back).replace("INGRESS", ingress)
    parts_ = (group(ALL_EGRESS), network("far", "10.60.0.0/16"), shared, authorization("10.0.0.0/8"))
    assert verdict(tmp_path, *parts_, servers='["10.60.1.53"]') == expected


def test_answers_that_are_lost_are_not_said_to_be_of_queries_that_arrive(tmp_path: Path) -> None:
    shared = SHARED.replace("BACK", "").replace("INGRESS", both("ingress", "10.50.0.0/16"))
    parts_ = (group(ALL_EGRESS), network("far", "10.60.0.0/16"), shared, authorization("10.0.0.0/8"))
    ((rule, address, message, _),) = findings(tmp_path, *parts_, servers='["10.60.1.53"]')
    assert (rule, address) == ("CVPN117", "aws_route_table.far")
    assert message.startswith("Whether queries reach 10.60.1.53 is not known, but its answers are dropped")


def test_an_address_that_is_reserved_in_another_vpc_answers_nobody(tmp_path: Path) -> None:
    everything = authorization("10.0.0.0/8")
    egress = network("egress", "10.60.0.0/16")
    told = verdict(tmp_path, group(ALL_EGRESS), egress, HUB, everything, servers='["10.60.1.3"]')
    assert told == ("unreachable", ["CVPN123"])


def decided_by(directory: Path, hop: str, protocol: str, *parts_: str) -> list[tuple[str, str | None]]:
    """What the hop of the only server's query rests on: addresses and attributes."""
    text = "".join(
        (REQUIREMENTS, PROVIDER, network("main", "10.50.0.0/16"), endpoint('["10.50.2.53"]'), association(), *parts_)
    )
    report = judge(write(directory, text))
    (only,) = report.endpoints[0].dns_servers
    trace = next(trace for trace in only.traces if trace.protocol == protocol)
    step = next(step for step in reversed(trace.steps) if step.hop == hop)
    assert step.verdict == "pass"
    return [(evidence.address, evidence.attribute) for evidence in step.evidence]


@pytest.mark.parametrize(("protocol", "rule"), [("udp", "ingress[1]"), ("tcp", "ingress[2]")])
def test_a_query_that_a_security_group_admits_rests_on_the_rule_that_admits_it(
    tmp_path: Path, protocol: str, rule: str
) -> None:
    ingress = both("ingress", "10.60.0.0/16", port=443).partition("\n\n")[0] + both("ingress", "10.50.0.0/16")
    parts_ = (group(ALL_EGRESS), AUTHORIZE_VPC, server(ingress=ingress))
    found = decided_by(tmp_path, "destination_security_group", protocol, *parts_)
    assert found == [("aws_security_group.dns", rule), ("aws_security_group.dns", None)]


def test_a_rule_of_its_own_that_admits_a_query_is_what_the_step_rests_on(tmp_path: Path) -> None:
    rules = """
resource "aws_vpc_security_group_egress_rule" "web" {
  security_group_id = aws_security_group.vpn.id
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_ipv4         = "0.0.0.0/0"
}

resource "aws_vpc_security_group_egress_rule" "all" {
  security_group_id = aws_security_group.vpn.id
  ip_protocol       = "-1"
  cidr_ipv4         = "0.0.0.0/0"
}
"""
    parts_ = (group(""), rules, AUTHORIZE_VPC, server())
    found = decided_by(tmp_path, "endpoint_security_group", "udp", *parts_)
    assert [address for address, _ in found] == ["aws_vpc_security_group_egress_rule.all", "aws_security_group.vpn"]


def test_a_query_that_a_network_acl_lets_through_rests_on_the_entries_for_it_and_its_answer(tmp_path: Path) -> None:
    acl = """
resource "aws_network_acl" "dns" {
  vpc_id     = aws_vpc.main.id
  subnet_ids = [aws_subnet.main_b.id]

  ingress {
    rule_no    = 10
    protocol   = "udp"
    action     = "allow"
    cidr_block = "10.50.0.0/16"
    from_port  = 53
    to_port    = 53
  }

  egress {
    rule_no    = 20
    protocol   = "-1"
    action     = "allow"
    cidr_block = "0.0.0.0/0"
    from_port  = 0
    to_port    = 0
  }
}
"""
    found = decided_by(tmp_path, "network_acl", "udp", group(ALL_EGRESS), AUTHORIZE_VPC, server(), acl)
    at = "aws_network_acl.dns"
    assert found == [(at, "ingress[0]"), (at, "egress[0]"), (at, None)]


OPEN_INGRESS = """
  dynamic "ingress" {
    for_each = var.open
    content {
      from_port   = ingress.value
      to_port     = ingress.value
      protocol    = "udp"
      cidr_blocks = ["10.0.0.0/8"]
    }
  }
"""
OPEN_EGRESS = OPEN_INGRESS.replace("ingress", "egress")
OPEN = '\nvariable "open" {\n  type = set(number)\n}\n'


def open_rules(kind: str, group_name: str) -> str:
    """Rules of their own, of which it is not known how many there are."""
    return f"""
resource "aws_vpc_security_group_{kind}_rule" "open" {{
  for_each          = var.open
  security_group_id = aws_security_group.{group_name}.id
  ip_protocol       = "udp"
  from_port         = each.value
  to_port           = each.value
  cidr_ipv4         = "10.0.0.0/8"
}}
"""


def typed_rule(kind: str) -> str:
    """A rule of the older resource, whose type says the direction; of which group it is is not known."""
    return f"""
variable "group" {{
  type = string
}}

resource "aws_security_group_rule" "open" {{
  type              = "{kind}"
  security_group_id = var.group
  protocol          = "udp"
  from_port         = 53
  to_port           = 53
  cidr_blocks       = ["10.0.0.0/8"]
}}
"""


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"),
    [
        (group(ALL_EGRESS + OPEN_INGRESS), server(), "reachable"),
        (group(OPEN_EGRESS), server(), "unknown"),
        (group(OPEN_INGRESS + both("egress", "10.60.0.0/16")), server(), "unreachable"),
        (group(ALL_EGRESS), server(ingress=both("ingress", "10.50.0.0/16") + OPEN_EGRESS), "reachable"),
        (group(ALL_EGRESS), server(ingress=both("ingress", "10.60.0.0/16") + OPEN_EGRESS), "unreachable"),
        (group(ALL_EGRESS), server(ingress=both("ingress", "10.60.0.0/16") + OPEN_INGRESS), "unknown"),
        (group(both("egress", "10.60.0.0/16")) + open_rules("ingress", "vpn"), server(), "unreachable"),
        (group(both("egress", "10.60.0.0/16")) + open_rules("egress", "vpn"), server(), "unknown"),
        (group(both("egress", "10.60.0.0/16")) + typed_rule("ingress"), server(), "unreachable"),
        (group(both("egress", "10.60.0.0/16")) + typed_rule("egress"), server(), "unknown"),
    ],
)
def test_rules_that_were_not_read_of_one_direction_leave_the_other_sure(
    tmp_path: Path, ours: str, theirs: str, expected: str
) -> None:
    found, _ = verdict(tmp_path, OPEN, ours, AUTHORIZE_VPC, theirs)
    assert found == expected
