"""Repositories with Terraform in them, as the tests of the hook need them."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent

ENDPOINT = """\
resource "aws_ec2_client_vpn_endpoint" "this" {
  server_certificate_arn = "arn:aws:acm:eu-west-1:123456789012:certificate/0f6f2c9e-3a1b-4d57-9c55-6b7f0d1e2a34"
  client_cidr_block      = "10.96.0.0/20"
  split_tunnel           = true
  vpc_id                 = aws_vpc.this.id
  dns_servers            = ["10.0.0.2"]

  authentication_options {
    type                       = "certificate-authentication"
    root_certificate_chain_arn = "arn:aws:acm:eu-west-1:123456789012:certificate/0f6f2c9e-3a1b-4d57-9c55-6b7f0d1e2a34"
  }

  connection_log_options {
    enabled = false
  }
}

resource "aws_vpc" "this" {
  cidr_block           = "10.0.0.0/16"
  enable_dns_hostnames = true
}

resource "aws_subnet" "this" {
  vpc_id     = aws_vpc.this.id
  cidr_block = "10.0.1.0/24"
}

resource "aws_ec2_client_vpn_network_association" "this" {
  client_vpn_endpoint_id = aws_ec2_client_vpn_endpoint.this.id
  subnet_id              = aws_subnet.this.id
}
"""
"""An endpoint with its association; whether its DNS server is authorized stands in a file of its own."""
AUTHORIZATION = """\
resource "aws_ec2_client_vpn_authorization_rule" "this" {
  client_vpn_endpoint_id = aws_ec2_client_vpn_endpoint.this.id
  target_network_cidr    = "10.0.0.0/16"
  authorize_all_groups   = true
}
"""
PROVIDER = 'provider "aws" {\n  region = "eu-west-1"\n}\n'
"""What tells a root from a module that somebody else calls."""


class Estate:
    """A git repository in a directory of its own."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir(parents=True, exist_ok=True)
        self.git("init", "--quiet", "--initial-branch=main")

    def git(self, *arguments: str, check: bool = True, **variables: str) -> str:
        done = subprocess.run(
            ["git", *arguments], cwd=self.path, env=environment(**variables), capture_output=True, check=False
        )
        said = (done.stdout + done.stderr).decode("utf-8", "replace")
        assert not check or done.returncode == 0, said
        return said

    def write(self, **files: str) -> None:
        """Files by their paths, in which `__` stands for `/` (`infra__main` is `infra/main.tf`)."""
        for name, text in files.items():
            self.write_file(f"{name.replace('__', '/')}.tf", text)

    def write_file(self, name: str, text: str) -> None:
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")

    def commit(self, message: str = "change") -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--no-verify", "-m", message)


def environment(**variables: str) -> dict[str, str]:
    """That of this process, without what git or the reader's own settings would add to it."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "PRE_COMMIT", "TF_"))}
    return plain | {
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_SYSTEM": os.devnull,
        "GIT_AUTHOR_NAME": "A",
        "GIT_AUTHOR_EMAIL": "a@example.com",
        "GIT_COMMITTER_NAME": "A",
        "GIT_COMMITTER_EMAIL": "a@example.com",
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "protocol.file.allow",
        "GIT_CONFIG_VALUE_0": "always",
        **variables,
    }


def call(source: str, name: str = "inner") -> str:
    return f'module "{name}" {{\n  source = "{source}"\n}}\n'
