"""Roots of Terraform: the site of a fixture, or none, and other resources beside it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench.estates import SITE

OTHERS: tuple[Callable[[int], str], ...] = (
    lambda n: (
        f"""resource "aws_s3_bucket" "b{n}" {{
  bucket = "${{var.server_certificate_arn}}-{n}"

  tags = {{
    Name  = "bucket-{n}"
    Owner = "team-{n % 7}"
  }}
}}
"""
    ),
    lambda n: (
        f"""resource "aws_security_group" "s{n}" {{
  name        = "service-{n}"
  description = "Service {n}"
  vpc_id      = aws_vpc.shared.id

  ingress {{
    from_port   = {1024 + n % 60000}
    to_port     = {1024 + n % 60000}
    protocol    = "tcp"
    cidr_blocks = [aws_vpc.vpn.cidr_block, cidrsubnet(aws_vpc.shared.cidr_block, 8, {n % 256})]
  }}
}}
"""
    ),
    lambda n: (
        f"""resource "aws_cloudwatch_metric_alarm" "a{n}" {{
  alarm_name          = "queue-{n}"
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = {1 + n % 5}
  threshold           = {n}

  dimensions = {{
    QueueName = format("queue-%03d", {n})
  }}
}}
"""
    ),
    lambda n: (
        f"""resource "aws_vpc_security_group_egress_rule" "r{n}" {{
  security_group_id = aws_security_group.resolver.id
  ip_protocol       = "tcp"
  from_port         = {1 + n % 60000}
  to_port           = {1 + n % 60000}
  cidr_ipv4         = "10.{n % 250}.0.0/16"
}}
"""
    ),
    lambda n: (
        f"""resource "aws_iam_role" "i{n}" {{
  name = "role-{n}"

  assume_role_policy = jsonencode({{
    Version = "2012-10-17"
    Statement = [{{
      Action    = "sts:AssumeRole"
      Effect    = "Allow"
      Principal = {{ Service = "ecs-tasks.amazonaws.com" }}
    }}]
  }})
}}
"""
    ),
)
"""What else is in a root: two in five are of types that are read."""


@dataclass(frozen=True, slots=True)
class Root:
    """So many resources in so many files."""

    files: int
    resources: int
    has_site: bool = True
    """Without it nothing in the root mentions a Client VPN."""

    def write(self, directory: Path) -> Path:
        """The directory with its files."""
        directory.mkdir()
        site = sorted(SITE.glob("*.tf")) if self.has_site else []
        for file in site:
            shutil.copy(file, directory)
        mine = sum(len(re.findall(r"(?m)^resource ", file.read_text("utf-8"))) for file in site)
        others = self.files - len(site)
        for number in range(others):
            made = (OTHERS[n % len(OTHERS)](n) for n in range(number, self.resources - mine, others))
            (directory / f"others_{number:03}.tf").write_text("\n".join(made), "utf-8")
        return directory
