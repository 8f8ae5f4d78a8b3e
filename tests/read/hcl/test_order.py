"""What Terraform makes before a resource: by reference, however it gets there, and by `depends_on`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.read.hcl.sources import read
from tf_cvpn_lint.core.address import Address

CIDR = "aws_vpc_ipv4_cidr_block_association.more"
ROOT = """
resource "aws_vpc" "main" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_vpc_ipv4_cidr_block_association" "more" {
  vpc_id     = aws_vpc.main.id
  cidr_block = "100.64.0.0/16"
}
"""


def waits(directory: Path, files: dict[str, str] | str, address: str) -> list[str]:
    found = read(directory, files if isinstance(files, dict) else {"main.tf": ROOT + files}).get(Address.parse(address))
    assert found is not None
    return sorted(map(str, found.depends_on))


@pytest.mark.parametrize(
    "written",
    [
        f"vpc_id = {CIDR}.vpc_id",
        f'vpc_id = "${{{CIDR}.vpc_id}}"',
        f"vpc_id = var.x ? {CIDR}.vpc_id : aws_vpc.main.id",
        f"vpc_id = element([for x in [{CIDR}] : x.vpc_id], 0)",
        f"vpc_id = one({CIDR}[*].vpc_id)",
        "vpc_id = local.vpc_id",
        "vpc_id = local.twice.id",
        f"vpc_id = aws_vpc.main.id\n  depends_on = [{CIDR}]",
        f"vpc_id = aws_vpc.main.id\n  timeouts {{\n    create = {CIDR}.id\n  }}",
    ],
)
def test_a_subnet_waits_for_all_that_its_block_names(tmp_path: Path, written: str) -> None:
    found = waits(
        tmp_path,
        f"""
        variable "x" {{
          default = true
        }}

        locals {{
          vpc_id = {CIDR}.vpc_id
          twice  = {{ id = local.vpc_id }}
        }}

        resource "aws_subnet" "a" {{
          cidr_block = "100.64.1.0/24"
          {written}
        }}
        """,
        "aws_subnet.a",
    )
    assert CIDR in found


def test_a_subnet_waits_for_nothing_else(tmp_path: Path) -> None:
    text = """
    resource "aws_subnet" "a" {
      vpc_id     = aws_vpc.main.id
      cidr_block = cidrsubnet(aws_vpc.main.cidr_block, 8, each.value)
      for_each   = { a = 1 }
    }
    """
    assert waits(tmp_path, text, 'aws_subnet.a["a"]') == ["aws_vpc.main"]


NETWORK = """
variable "vpc_id" {
  type = string
}

resource "aws_subnet" "a" {
  vpc_id     = var.vpc_id
  cidr_block = "100.64.1.0/24"
}

output "subnet_id" {
  value = aws_subnet.a.id
}
"""
VPN = """
variable "subnet_id" {
  type = string
}

resource "aws_ec2_client_vpn_network_association" "this" {
  client_vpn_endpoint_id = "cvpn-endpoint-0"
  subnet_id              = var.subnet_id
}
"""


@pytest.mark.parametrize(
    ("network", "vpn", "subnet_waits", "association_waits"),
    [
        (f"vpc_id = {CIDR}.vpc_id", "subnet_id = module.network.subnet_id", {CIDR}, {"module.network.aws_subnet.a"}),
        ("vpc_id = aws_vpc.main.id", f"subnet_id = module.network.subnet_id\n depends_on = [{CIDR}]", set(), {CIDR}),
        ("vpc_id = aws_vpc.main.id", 'subnet_id = "s"\n depends_on = [module.network]', set(), {"module.network.aws_subnet.a"}),
        ("vpc_id = module.network.subnet_id", "subnet_id = module.network.subnet_id", set(), set()),
    ],
)  # fmt: skip
def test_references_are_followed_through_modules(
    tmp_path: Path, network: str, vpn: str, subnet_waits: set[str], association_waits: set[str]
) -> None:
    calls = f"""
    module "network" {{
      source = "./network"
      {network}
    }}

    module "vpn" {{
      source = "./vpn"
      {vpn}
    }}
    """
    files = {"main.tf": ROOT + calls, "network/main.tf": NETWORK, "vpn/main.tf": VPN}
    assert subnet_waits <= set(waits(tmp_path, files, "module.network.aws_subnet.a"))
    association = "module.vpn.aws_ec2_client_vpn_network_association.this"
    assert association_waits <= set(waits(tmp_path, files, association))


def test_long_chains_and_modules_that_call_themselves_come_to_an_end(tmp_path: Path) -> None:
    chain = "\n".join(f"  l{number} = local.l{number + 1}" for number in range(3000))
    files = {
        "main.tf": ROOT
        + f"""
        locals {{
        {chain}
          l3000 = {CIDR}.vpc_id
        }}

        resource "aws_subnet" "a" {{
          vpc_id     = local.l0
          cidr_block = module.again.cidr
          depends_on = [module.again]
        }}

        module "again" {{
          source = "./again"
        }}
        """,
        "again/main.tf": 'module "again" {\n  source = "../again"\n}\noutput "cidr" {\n  value = module.again.cidr\n}\n',
    }
    assert CIDR in waits(tmp_path, files, "aws_subnet.a")
