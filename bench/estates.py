"""Estates as large as one likes: as Terraform, and as the plans that Terraform would write of them.

The plans are grown from small real ones (`real/`, made with `terraform plan` of what `write` gives): an instance more is a real instance with
another key. A test grows each to the size of a larger real plan and compares the two.
"""

from __future__ import annotations

import copy
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

Json = dict[str, Any]

ROOT = Path(__file__).resolve().parent.parent
REAL = Path(__file__).resolve().parent / "real"
SITE = ROOT / "fixtures" / "networks" / "seed-2-inbound-endpoints-through-transit-gateway"
"""One endpoint, two inbound resolver endpoints behind a transit gateway, every hop of the packet path: about 30 resources."""

AUTHORIZED, ELSEWHERE = "10.10.0.0/16", "10.99.0.0/16"
"""What a site authorizes: the network of its DNS servers; a broken one another."""

# ---------------------------------------------------------------- sites


def _authorizes(number: int) -> str:
    """Every third site is broken."""
    return ELSEWHERE if number % 3 == 2 else AUTHORIZED


def write_sites(directory: Path, copies: int) -> None:
    """`module "site" { for_each = … }`, one endpoint in each instance."""
    inner = directory / "site"
    inner.mkdir(parents=True)
    for file in sorted(SITE.glob("*.tf")):
        text = file.read_text("utf-8")
        if file.name == "versions.tf":
            (directory / file.name).write_text(text, "utf-8")
            text = text.partition("provider ")[0].rstrip() + "\n"
        written = 'resource "aws_ec2_client_vpn_authorization_rule" "shared" {\n'
        before, found, after = text.partition(written)
        after = after.replace("aws_vpc.shared.cidr_block", "var.authorized", 1)
        (inner / file.name).write_text(before + found + after, "utf-8")
    (inner / "authorized.tf").write_text('variable "authorized" {\n  type = string\n}\n', "utf-8")
    sites = "".join(f'    "{number:04}" = "{_authorizes(number)}"\n' for number in range(copies))
    main = (
        f"locals {{\n  sites = {{\n{sites}  }}\n}}\n\n"
        'module "site" {\n  source     = "./site"\n  for_each   = local.sites\n  authorized = each.value\n}\n'
    )
    (directory / "main.tf").write_text(main, "utf-8")


def sites(copies: int) -> Json:
    """The plan of so many sites."""
    real = _real("sites-3")
    modules = {child["address"]: child for child in real["planned_values"]["root_module"]["child_modules"]}
    changes: dict[str, list[Json]] = {address: [] for address in modules}
    for change in real["resource_changes"]:
        changes[change["module_address"]].append(change)

    def renamed(number: int, parts: Mapping[str, Any]) -> Any:
        """The parts of the site that stands for this one, under its name."""
        model = f'module.site["{2 if number % 3 == 2 else 0:04}"]'
        return _readdressed(parts[model], model, f'module.site["{number:04}"]')

    relevant: dict[str, list[Json]] = {address: [] for address in modules}
    for attribute in real["relevant_attributes"]:
        relevant[attribute["resource"].partition(".aws_")[0]].append(attribute)
    made = _without(real, "planned_values", "resource_changes", "relevant_attributes")
    made["relevant_attributes"] = [each for number in range(copies) for each in renamed(number, relevant)]
    made["planned_values"] = {
        "root_module": {"child_modules": [renamed(number, modules) for number in range(copies)]},
    }
    made["resource_changes"] = [change for number in range(copies) for change in renamed(number, changes)]
    return made


# ---------------------------------------------------------------- one site beside others


def write_beside(directory: Path, others: int) -> None:
    """A site, and queues that nothing of it refers to."""
    directory.mkdir(parents=True)
    for file in sorted(SITE.glob("*.tf")):
        (directory / file.name).write_text(file.read_text("utf-8"), "utf-8")
    (directory / "queues.tf").write_text(
        f"""locals {{
  queues = {{ for number in range({others}) : format("queue-%06d", number) => {{ name = format("queue-%06d", number) }} }}
}}

resource "aws_sqs_queue" "this" {{
  for_each = local.queues

  name = each.value.name

  tags = {{
    team    = "platform"
    service = each.key
  }}
}}
""",
        "utf-8",
    )


QUEUE = "aws_sqs_queue.this"


def beside(others: int) -> Iterator[str]:
    """The text of the plan, in parts, so that one larger than the memory can be written."""
    real = _real("beside-1")
    root = real["planned_values"]["root_module"]
    model = next(one for one in root["resources"] if one["address"].startswith(QUEUE))
    change = next(one for one in real["resource_changes"] if one["address"].startswith(QUEUE))
    kept = [one for one in root["resources"] if one is not model]
    changes = [one for one in real["resource_changes"] if one is not change]
    place = sum(one["address"] < QUEUE for one in kept)
    """Where Terraform, which sorts them, has the queues."""
    first = sum(one["address"] < QUEUE for one in changes)
    made = _without(real, "planned_values", "resource_changes")
    yield _compact(made)[:-1]
    yield ',"planned_values":{"root_module":{"resources":['
    yield from _listed(kept[:place], (_queue(model, number) for number in range(others)), kept[place:])
    yield ']}},"resource_changes":['
    yield from _listed(changes[:first], (_queue(change, number) for number in range(others)), changes[first:])
    yield "]}"


def _queue(model: Json, number: int) -> Json:
    """The real queue's entry as that of another."""
    text = json.dumps(model)
    parsed: Json = json.loads(text.replace("queue-000000", f"queue-{number:06}"))
    return parsed


def _listed(*groups: Iterable[Json]) -> Iterator[str]:
    comma = ""
    for group in groups:
        for one in group:
            yield comma + _compact(one)
            comma = ","


# ---------------------------------------------------------------- one busy endpoint


def write_busy(directory: Path, rules: int, routes: int, group_rules: int) -> None:
    """One endpoint with five associations, so many authorization rules, so many routes through each association; and so many rules of the
    security group of its DNS server."""
    directory.mkdir(parents=True)
    (directory / "main.tf").write_text(
        BUSY.replace("RULES", str(rules)).replace("ROUTES", str(routes)).replace("PORTS", str(group_rules)), "utf-8"
    )


BUSY = """terraform {
  required_version = ">= 1.5"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.0"
    }
  }
}

provider "aws" {
  region = "us-east-1"
}

locals {
  certificate = "arn:aws:acm:us-east-1:123456789012:certificate/0f6f2c9e-3a1b-4d57-9c55-6b7f0d1e2a34"
  zones       = { a = 0, b = 1, c = 2, d = 3, f = 4 }
  authorized  = { for number in range(RULES) : format("%04d", number) => format("10.%d.%d.0/24", 100 + floor(number / 250), number % 250) }
  networks    = { for number in range(ROUTES) : format("%04d", number) => format("10.%d.%d.0/24", 150 + floor(number / 250), number % 250) }
  routes = merge([
    for zone, _ in local.zones : { for key, network in local.networks : "${zone}-${key}" => { zone = zone, network = network } }
  ]...)
  ports = { for number in range(PORTS) : format("%04d", number) => 1024 + number }
}

resource "aws_vpc" "this" {
  cidr_block           = "10.0.0.0/16"
  enable_dns_hostnames = true
}

resource "aws_subnet" "this" {
  for_each = local.zones

  vpc_id            = aws_vpc.this.id
  cidr_block        = cidrsubnet("10.0.0.0/16", 8, each.value)
  availability_zone = "us-east-1${each.key}"
}

resource "aws_security_group" "vpn" {
  name   = "client-vpn"
  vpc_id = aws_vpc.this.id

  egress {
    from_port   = 0
    to_port     = 0
    protocol    = "-1"
    cidr_blocks = ["0.0.0.0/0"]
  }
}

resource "aws_security_group" "resolver" {
  name   = "resolver"
  vpc_id = aws_vpc.this.id
}

resource "aws_vpc_security_group_ingress_rule" "service" {
  for_each = local.ports

  security_group_id = aws_security_group.resolver.id
  ip_protocol       = "tcp"
  from_port         = each.value
  to_port           = each.value
  cidr_ipv4         = "10.0.0.0/16"
}

resource "aws_vpc_security_group_ingress_rule" "dns" {
  for_each = toset(["tcp", "udp"])

  security_group_id = aws_security_group.resolver.id
  ip_protocol       = each.value
  from_port         = 53
  to_port           = 53
  cidr_ipv4         = "10.0.0.0/16"
}

resource "aws_route53_resolver_endpoint" "this" {
  direction          = "INBOUND"
  security_group_ids = [aws_security_group.resolver.id]

  ip_address {
    subnet_id = aws_subnet.this["a"].id
    ip        = "10.0.0.10"
  }

  ip_address {
    subnet_id = aws_subnet.this["b"].id
    ip        = "10.0.1.10"
  }
}

resource "aws_ec2_client_vpn_endpoint" "this" {
  server_certificate_arn = local.certificate
  client_cidr_block      = "172.20.0.0/16"
  dns_servers            = ["10.0.0.10", "10.0.1.10"]
  split_tunnel           = true
  vpc_id                 = aws_vpc.this.id
  security_group_ids     = [aws_security_group.vpn.id]

  authentication_options {
    type                       = "certificate-authentication"
    root_certificate_chain_arn = local.certificate
  }

  connection_log_options {
    enabled = false
  }
}

resource "aws_ec2_client_vpn_network_association" "this" {
  for_each = aws_subnet.this

  client_vpn_endpoint_id = aws_ec2_client_vpn_endpoint.this.id
  subnet_id              = each.value.id
}

resource "aws_ec2_client_vpn_authorization_rule" "vpc" {
  client_vpn_endpoint_id = aws_ec2_client_vpn_endpoint.this.id
  target_network_cidr    = aws_vpc.this.cidr_block
  authorize_all_groups   = true
}

resource "aws_ec2_client_vpn_authorization_rule" "more" {
  for_each = local.authorized

  client_vpn_endpoint_id = aws_ec2_client_vpn_endpoint.this.id
  target_network_cidr    = each.value
  authorize_all_groups   = true
}

resource "aws_ec2_client_vpn_route" "this" {
  for_each = local.routes

  client_vpn_endpoint_id = aws_ec2_client_vpn_endpoint.this.id
  destination_cidr_block = each.value.network
  target_vpc_subnet_id   = aws_subnet.this[each.value.zone].id

  depends_on = [aws_ec2_client_vpn_network_association.this]
}
"""


def busy(rules: int, routes: int, group_rules: int) -> Json:
    """The plan of the busy endpoint."""
    grown = _real("busy-1")
    numbered: dict[str, dict[str, Json]] = {
        "aws_ec2_client_vpn_authorization_rule.more": {
            f"{number:04}": {"target_network_cidr": f"10.{100 + number // 250}.{number % 250}.0/24"}
            for number in range(rules)
        },
        "aws_ec2_client_vpn_route.this": {
            f"{zone}-{number:04}": {"destination_cidr_block": f"10.{150 + number // 250}.{number % 250}.0/24"}
            for zone in "abcdf"
            for number in range(routes)
        },
        "aws_vpc_security_group_ingress_rule.service": {
            f"{number:04}": {"from_port": 1024 + number, "to_port": 1024 + number} for number in range(group_rules)
        },
    }
    for resource, instances in numbered.items():
        grown["resource_changes"] = _grown(
            grown["resource_changes"], resource, instances, lambda one: one["change"]["after"]
        )
        root = grown["planned_values"]["root_module"]
        root["resources"] = _grown(root["resources"], resource, instances, lambda one: one["values"])
    return grown


def _grown(
    entries: list[Json], resource: str, instances: Mapping[str, Json], values: Callable[[Json], Json]
) -> list[Json]:
    """The entries with these instances of the resource in place of the few that there are."""
    place = next(index for index, one in enumerate(entries) if one["address"].startswith(f"{resource}["))
    model = entries[place]
    made = []
    for key, own in instances.items():
        one = copy.deepcopy(model)
        one["address"], one["index"] = f'{resource}["{key}"]', key
        values(one).update(own)
        made.append(one)
    others = [one for one in entries if not one["address"].startswith(f"{resource}[")]
    return [*others[:place], *made, *others[place:]]


# ---------------------------------------------------------------- plans


def _real(name: str) -> Json:
    plan: Json = json.loads((REAL / f"{name}.json").read_bytes())
    return plan


def _without(plan: Json, *names: str) -> Json:
    return {name: copy.deepcopy(value) for name, value in plan.items() if name not in names}


def _readdressed(part: Any, old: str, new: str) -> Any:
    """The part with the addresses in it as they are in another instance of the module."""
    if isinstance(part, dict):
        return {
            name: value.replace(old, new, 1)
            if name in ("address", "module_address", "resource")
            else _readdressed(value, old, new)
            if name in ("resources", "child_modules")
            else value
            for name, value in part.items()
        }
    return [_readdressed(one, old, new) for one in part]


def _compact(part: Any) -> str:
    return json.dumps(part, separators=(",", ":"))


KINDS = "sites N, beside N, or busy RULES,ROUTES,GROUP_RULES"


def main() -> None:
    """`python -m bench.estates plan|terraform KIND SIZE PATH`"""
    if len(sys.argv) != 5:
        raise SystemExit(f"python -m bench.estates plan|terraform KIND SIZE PATH, where KIND and SIZE are {KINDS}")
    form, kind, size, path = sys.argv[1:]
    numbers = [int(number) for number in size.split(",")]
    if form == "terraform":
        writers: dict[str, Callable[..., None]] = {"sites": write_sites, "beside": write_beside, "busy": write_busy}
        writers[kind](Path(path), *numbers)
        return
    makers: dict[str, Callable[..., Iterable[str]]] = {
        "sites": lambda copies: [_compact(sites(copies))],
        "beside": beside,
        "busy": lambda *sizes: [_compact(busy(*sizes))],
    }
    with Path(path).open("w", encoding="utf-8") as stream:
        stream.writelines(makers[kind](*numbers))


if __name__ == "__main__":
    main()
