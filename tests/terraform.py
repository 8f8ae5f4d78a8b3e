"""Terraform written in tests: the parts of a small Client VPN, each as a person would write it."""

from __future__ import annotations

from pathlib import Path

from tf_cvpn_lint.report import document
from tf_cvpn_lint.report.contract import FindingShown, Report
from tf_cvpn_lint.report.instances import merged
from tf_cvpn_lint.run import Options, run
from tf_cvpn_policies import RULES

CERTIFICATE = "arn:aws:acm:eu-west-1:123456789012:certificate/0f6f2c9e-3a1b-4d57-9c55-6b7f0d1e2a34"
PROVIDER = """
provider "aws" {
  region = "eu-west-1"
}
"""
REQUIREMENTS = """
terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.0"
    }
  }
}
"""
ALL_EGRESS = """
  egress {
    from_port   = 0
    to_port     = 0
    protocol    = "-1"
    cidr_blocks = ["0.0.0.0/0"]
  }
"""
PUBLIC_DNS = '["9.9.9.9", "149.112.112.112"]'


def network(name: str, cidr_block: str) -> str:
    """A VPC with a subnet in each of two zones."""
    prefix = ".".join(cidr_block.split(".")[:2])
    subnets = "".join(
        f"""
resource "aws_subnet" "{name}_{zone}" {{
  vpc_id            = aws_vpc.{name}.id
  cidr_block        = "{prefix}.{number}.0/24"
  availability_zone = "eu-west-1{zone}"
}}
"""
        for number, zone in ((1, "a"), (2, "b"))
    )
    return f"""
resource "aws_vpc" "{name}" {{
  cidr_block           = "{cidr_block}"
  enable_dns_hostnames = true
}}
{subnets}"""


def group(body: str) -> str:
    """The endpoint's security group."""
    return f"""
resource "aws_security_group" "vpn" {{
  name   = "client-vpn"
  vpc_id = aws_vpc.main.id
{body}}}
"""


def endpoint(
    servers: str,
    *,
    split: bool = True,
    vpc: str | None = "aws_vpc.main.id",
    groups: str | None = "[aws_security_group.vpn.id]",
) -> str:
    """The endpoint `this`; arguments are expressions."""
    optional = (f"  vpc_id                 = {vpc}\n" if vpc else "") + (
        f"  security_group_ids     = {groups}\n" if groups else ""
    )
    return f"""
resource "aws_ec2_client_vpn_endpoint" "this" {{
  server_certificate_arn = "{CERTIFICATE}"
  client_cidr_block      = "10.200.0.0/20"
  dns_servers            = {servers}
  split_tunnel           = {str(split).lower()}
{optional}
  authentication_options {{
    type                       = "certificate-authentication"
    root_certificate_chain_arn = "{CERTIFICATE}"
  }}

  connection_log_options {{
    enabled = false
  }}
}}
"""


def association() -> str:
    """The endpoint's association with the subnet in zone a."""
    return """
resource "aws_ec2_client_vpn_network_association" "a" {
  client_vpn_endpoint_id = aws_ec2_client_vpn_endpoint.this.id
  subnet_id              = aws_subnet.main_a.id
}
"""


def authorization(cidr_block: str, name: str = "all") -> str:
    """A rule that lets everybody into the network."""
    return f"""
resource "aws_ec2_client_vpn_authorization_rule" "{name}" {{
  client_vpn_endpoint_id = aws_ec2_client_vpn_endpoint.this.id
  target_network_cidr    = "{cidr_block}"
  authorize_all_groups   = true
}}
"""


AUTHORIZE_VPC = authorization("10.50.0.0/16").replace('"10.50.0.0/16"', "aws_vpc.main.cidr_block")


def resolver(a: str, b: str) -> str:
    """An inbound resolver endpoint in the VPC `main`, open to it."""
    return f"""
resource "aws_security_group" "resolver" {{
  name   = "resolver"
  vpc_id = aws_vpc.main.id

  dynamic "ingress" {{
    for_each = toset(["udp", "tcp"])

    content {{
      from_port   = 53
      to_port     = 53
      protocol    = ingress.key
      cidr_blocks = [aws_vpc.main.cidr_block]
    }}
  }}
}}

resource "aws_route53_resolver_endpoint" "inbound" {{
  direction          = "INBOUND"
  security_group_ids = [aws_security_group.resolver.id]

  ip_address {{
    subnet_id = aws_subnet.main_a.id
    ip        = "{a}"
  }}

  ip_address {{
    subnet_id = aws_subnet.main_b.id
    ip        = "{b}"
  }}
}}
"""


def write(directory: Path, text: str) -> Path:
    """The directory, with this as its `main.tf`."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "main.tf").write_text(text, encoding="utf-8")
    return directory


def judge(*paths: Path, options: Options = Options(), merge: bool = False) -> Report:  # noqa: B008 - immutable
    """The report on these paths; where `merge`, as it is told, with a line of several module instances once."""
    result = run([str(path) for path in paths], RULES, options)
    return document.report(merged(result) if merge else result)


def loud(report: Report) -> list[FindingShown]:
    """What fails a run: sure errors and warnings of what is switched on."""
    return [
        finding
        for finding in report.findings
        if finding.certainty != "unsure" and finding.severity != "note" and finding.enabled
    ]
