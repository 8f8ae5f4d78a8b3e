"""What holds wherever a client lands is said although no association could be read: a module alone, subnets looked up by a data source."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

from tf_cvpn_lint.report import document
from tf_cvpn_lint.report.contract import Report
from tf_cvpn_lint.run import Options, run
from tf_cvpn_policies import RULES

CERTIFICATE = "arn:aws:acm:eu-west-1:123456789012:certificate/0f6f2c9e-3a1b-4d57-9c55-6b7f0d1e2a34"

MODULE = """
variable "subnet_ids" {
  type = list(string)
}

resource "aws_ec2_client_vpn_endpoint" "this" {
  server_certificate_arn = "CERTIFICATE"
  client_cidr_block      = "10.100.0.0/16"
  dns_servers            = SERVERS
  split_tunnel           = SPLIT
  vpc_id                 = aws_vpc.vpn.id
  security_group_ids     = [aws_security_group.vpn.id]

  authentication_options {
    type                       = "certificate-authentication"
    root_certificate_chain_arn = "CERTIFICATE"
  }

  connection_log_options {
    enabled = false
  }
}

resource "aws_ec2_client_vpn_network_association" "this" {
  count = length(var.subnet_ids)

  client_vpn_endpoint_id = aws_ec2_client_vpn_endpoint.this.id
  subnet_id              = var.subnet_ids[count.index]
}

resource "aws_ec2_client_vpn_authorization_rule" "all" {
  client_vpn_endpoint_id = aws_ec2_client_vpn_endpoint.this.id
  target_network_cidr    = "0.0.0.0/0"
  authorize_all_groups   = true
}

resource "aws_vpc" "vpn" {
  cidr_block         = "10.50.0.0/16"
  enable_dns_support = DNS_SUPPORT
}

resource "aws_vpc" "services" {
  cidr_block = "10.70.0.0/16"
}

resource "aws_security_group" "vpn" {
  vpc_id = aws_vpc.vpn.id
EGRESS
}
"""
EGRESS = """
  egress {
    from_port   = 0
    to_port     = 0
    protocol    = "-1"
    cidr_blocks = ["0.0.0.0/0"]
  }
"""
ROUTE = """
variable "routes" {
  type = list(string)
}

resource "aws_ec2_client_vpn_route" "more" {
  count = length(var.routes)

  client_vpn_endpoint_id = aws_ec2_client_vpn_endpoint.this.id
  destination_cidr_block = var.routes[count.index]
  target_vpc_subnet_id   = var.subnet_ids[0]
}
"""


def judged(
    directory: Path, servers: str, *, split: str = "true", support: str = "true", egress: str = EGRESS, more: str = ""
) -> tuple[list[str], set[tuple[str, str, str]]]:
    """The verdicts of the servers, and the rules that speak of a fault with their severity and certainty."""
    text = dedent(MODULE)
    for name, value in (
        ("CERTIFICATE", CERTIFICATE),
        ("SERVERS", servers),
        ("SPLIT", split),
        ("DNS_SUPPORT", support),
        ("EGRESS", egress),
    ):
        text = text.replace(name, value)
    (directory / "main.tf").write_text(text + more)
    report: Report = document.report(run([str(directory)], RULES, Options()))
    (endpoint,) = report.endpoints
    spoken: set[tuple[str, str, str]] = {
        (item.rule, item.severity, item.certainty) for item in report.findings if item.severity != "note"
    }
    return [server.verdict for server in endpoint.dns_servers], spoken


def test_link_local_dns_in_a_split_tunnel_without_any_route(tmp_path: Path) -> None:
    assert judged(tmp_path, '["169.254.169.253"]') == (["unreachable"], {("CVPN120", "error", "certain")})


def test_link_local_dns_where_the_caller_gives_the_routes(tmp_path: Path) -> None:
    assert judged(tmp_path, '["169.254.169.253"]', more=ROUTE) == (["unknown"], {("CVPN120", "warning", "likely")})


def test_amazon_dns_that_is_switched_off(tmp_path: Path) -> None:
    assert judged(tmp_path, '["10.50.0.2"]', support="false") == (["unreachable"], {("CVPN121", "error", "certain")})


def test_amazon_dns_of_another_vpc(tmp_path: Path) -> None:
    verdicts, spoken = judged(tmp_path, '["10.70.0.2"]', split="false")
    assert (verdicts, spoken) == (["unreachable"], {("CVPN119", "error", "certain")})


def test_a_group_that_lets_nothing_out(tmp_path: Path) -> None:
    verdicts, spoken = judged(tmp_path, '["10.50.21.10"]', split="false", egress="")
    assert (verdicts, spoken) == (["unreachable"], {("CVPN107", "error", "certain")})


def test_a_sound_module_is_not_decided(tmp_path: Path) -> None:
    assert judged(tmp_path, '["10.50.21.10"]', split="false") == (["unknown"], set())
