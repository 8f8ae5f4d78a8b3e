"""Measures directories of Terraform against python-hcl2 parsing every file of them: `python -m bench.hcl`. README.md has the method."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench.run import ROOT, Cost, cost, median

SITE = ROOT / "fixtures" / "networks" / "seed-2-inbound-endpoints-through-transit-gateway"
PARSE = """
import pathlib, sys
import hcl2
if len(sys.argv) > 2:
    sys.modules["hcl2.parser"].PARSER_FILE = pathlib.Path(sys.argv[2])
for path in sorted(pathlib.Path(sys.argv[1]).glob("*.tf")):
    hcl2.parses(path.read_text("utf-8"))
"""
"""Parses every file; with a second argument the grammar's cache is kept there."""

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
    """A root directory: the site of a fixture, and other resources beside it."""

    name: str
    files: int
    resources: int

    def write(self, directory: Path) -> Path:
        """The directory with its files."""
        directory.mkdir()
        for file in SITE.glob("*.tf"):
            shutil.copy(file, directory)
        mine = sum(file.read_text("utf-8").count("\nresource ") for file in SITE.glob("*.tf"))
        others = self.files - len(list(directory.iterdir()))
        for number in range(others):
            made = (OTHERS[n % len(OTHERS)](n) for n in range(number, self.resources - mine, others))
            (directory / f"others_{number:03}.tf").write_text("\n".join(made), "utf-8")
        return directory


def roots(smoke: bool) -> list[Root]:
    """25 files and 25 KB, as the median public root; and the large ones."""
    if smoke:
        return [Root("25 files", 25, 60)]
    return [Root("25 files", 25, 90), Root("1,000 resources", 60, 1_000), Root("10,000 resources", 200, 10_000)]


def measured(root: Path, rounds: int, *, cold: bool, scratch: Path) -> tuple[Cost, Cost]:
    """The medians of ours and of parsing everything, in turn. Cold is without the grammar's tables, as on the first run of a machine."""
    pairs = []
    warm = scratch / "cache"
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(str(ROOT / name) for name in ("linter", "policies")),
        "PYTHONPYCACHEPREFIX": str(scratch / "compiled"),
    }
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    command = (sys.executable, "-m", "tf_cvpn_lint", "check", str(root))
    parse = (sys.executable, "-c", PARSE, str(root))
    if not cold:
        cost(command, environment | {"XDG_CACHE_HOME": str(warm)})
        cost((*parse, str(scratch / "theirs")), environment)
    for number in range(rounds):
        fresh = scratch / f"fresh-{root.name}-{number}"
        ours = cost(command, environment | {"XDG_CACHE_HOME": str(fresh if cold else warm)})
        theirs = cost((*parse, str(fresh / "theirs" if cold else scratch / "theirs")), environment)
        pairs.append((ours, theirs))
    ours_all, theirs_all = zip(*pairs, strict=True)
    return median(ours_all), median(theirs_all)


def main() -> None:
    """Writes the roots, measures, prints medians and ratios as a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--smoke", action="store_true", help="only show that it runs: one small root, once")
    options = parser.parse_args()
    rounds = 1 if options.smoke else options.rounds
    with tempfile.TemporaryDirectory() as directory:
        scratch = Path(directory)
        print(f"median of {rounds}\n")
        print("| root | KiB | CPU, s | peak, MiB | parsing all of it: CPU, s | peak, MiB | ratio |")
        print("|---|---:|---:|---:|---:|---:|---:|")
        for root in roots(options.smoke):
            written = root.write(scratch / root.name.replace(" ", "-").replace(",", ""))
            size = sum(file.stat().st_size for file in written.iterdir()) / 1024
            for cold in (False, True) if root.files == 25 else (False,):
                ours, theirs = measured(written, rounds, cold=cold, scratch=scratch)
                name = f"{root.name}, {'cold' if cold else 'warm'}"
                told = f"{ours.cpu:.2f} | {ours.memory:.0f} | {theirs.cpu:.2f} | {theirs.memory:.0f}"
                print(f"| {name} | {size:.0f} | {told} | {ours.cpu / theirs.cpu:.2f} |", flush=True)


if __name__ == "__main__":
    main()
