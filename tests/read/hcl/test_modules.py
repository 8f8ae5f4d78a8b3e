"""Names, instances and modules: what each refers to, and what is there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.read.hcl.sources import addresses, attribute, items, plain, read, write
from tf_cvpn_lint.config.configuration import Configuration
from tf_cvpn_lint.core.address import Address, Reference
from tf_cvpn_lint.core.value import Call, Literal, Unknown
from tf_cvpn_lint.read.hcl import read_directory
from tf_cvpn_lint.read.hcl.console import evaluate_text
from tf_cvpn_lint.read.hcl.directory import find_roots
from tf_cvpn_lint.read.hcl.variables import HclOptions

VPC = 'resource "aws_vpc" "a" {\n  cidr_block = "10.0.0.0/16"\n}\n'


def unknown(configuration: Configuration, address: str, name: str) -> Unknown:
    resource = configuration.get(Address.parse(address))
    assert resource is not None
    value = resource.body.get(name)
    assert isinstance(value, Unknown), value
    return value


def test_a_configured_attribute_is_worth_its_expression_and_a_computed_one_is_its_reference(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        VPC
        + """
        resource "aws_subnet" "s" {
          vpc_id     = aws_vpc.a.id
          cidr_block = cidrsubnet(aws_vpc.a.cidr_block, 8, 1)
        }
        """,
    )
    assert attribute(found, "aws_subnet.s", "cidr_block") == "10.0.1.0/24"
    vpc_id = unknown(found, "aws_subnet.s", "vpc_id")
    reference = Reference(Address("aws_vpc", "a"), "id")
    assert (vpc_id.refers_to, vpc_id.symbol, vpc_id.exact) == ((reference,), reference, True)


def test_how_an_unknown_is_made_is_kept(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        """
        resource "aws_vpc" "a" {
          ipv4_ipam_pool_id = "ipam-pool-1"
        }
        locals {
          dns = cidrhost(aws_vpc.a.cidr_block, 2)
        }
        resource "aws_ec2_client_vpn_endpoint" "e" {
          dns_servers = [local.dns, "10.9.9.9"]
          vpc_id      = var.choice ? aws_vpc.a.id : aws_vpc.b.id
        }
        resource "aws_ec2_client_vpn_authorization_rule" "r" {
          target_network_cidr = "${local.dns}/32"
        }
        resource "aws_vpc" "b" {}
        variable "choice" {}
        """,
    )
    block = Reference(Address("aws_vpc", "a"), "cidr_block")
    dns = Call("cidrhost", (block, Literal(2)))
    rule = unknown(found, "aws_ec2_client_vpn_authorization_rule.r", "target_network_cidr")
    assert rule.symbol == Call("template", (dns, Literal("/32")))
    assert rule.refers_to == (block,)
    assert rule.exact
    endpoint = found.get(Address("aws_ec2_client_vpn_endpoint", "e"))
    assert endpoint is not None
    first, second = items(endpoint.body.get("dns_servers"))
    assert isinstance(first, Unknown)
    assert first.symbol == dns
    assert plain(second) == "10.9.9.9"
    chosen = unknown(found, "aws_ec2_client_vpn_endpoint.e", "vpc_id")
    assert not chosen.exact
    assert {str(one) for one in chosen.refers_to} == {"var.choice", "aws_vpc.a.id", "aws_vpc.b.id"}


def test_instances_have_their_keys_in_addresses_and_references(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        """
        variable "zones" {
          default = { a = "10.0.0.0/24", b = "10.0.1.0/24" }
        }
        resource "aws_subnet" "s" {
          for_each   = var.zones
          cidr_block = each.value
          tags       = { Name = each.key }
        }
        resource "aws_eip" "ip" {
          count = 2
        }
        resource "aws_x" "uses" {
          all     = values(aws_subnet.s)[*].id
          one     = aws_subnet.s["b"].id
          made    = [for k, s in aws_subnet.s : s.cidr_block]
          count_  = length(aws_eip.ip)
          splat   = aws_eip.ip[*].id
          old     = aws_eip.ip.1.id
          beyond  = try(aws_eip.ip[7].id, "none")
          element = element(aws_eip.ip, 3).id
        }
        """,
    )
    assert addresses(found) == [
        "aws_eip.ip[0]",
        "aws_eip.ip[1]",
        'aws_subnet.s["a"]',
        'aws_subnet.s["b"]',
        "aws_x.uses",
    ]
    assert attribute(found, 'aws_subnet.s["b"]', "tags") == {"Name": "b"}
    assert attribute(found, "aws_x.uses", "all") == ['<aws_subnet.s["a"].id>', '<aws_subnet.s["b"].id>']
    assert attribute(found, "aws_x.uses", "one") == '<aws_subnet.s["b"].id>'
    assert attribute(found, "aws_x.uses", "made") == ["10.0.0.0/24", "10.0.1.0/24"]
    assert attribute(found, "aws_x.uses", "count_") == 2
    assert attribute(found, "aws_x.uses", "splat") == ["<aws_eip.ip[0].id>", "<aws_eip.ip[1].id>"]
    assert attribute(found, "aws_x.uses", "old") == "<aws_eip.ip[1].id>"
    assert attribute(found, "aws_x.uses", "beyond") == "none"
    assert attribute(found, "aws_x.uses", "element") == "<aws_eip.ip[1].id>"


def test_unknown_instances_are_open_and_not_invented(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        """
        data "aws_subnets" "private" {}
        resource "aws_ec2_client_vpn_network_association" "a" {
          for_each  = toset(data.aws_subnets.private.ids)
          subnet_id = each.value
        }
        resource "aws_x" "y" {
          ids = aws_ec2_client_vpn_network_association.a[*].id
        }
        """,
    )
    assert addresses(found) == ["data.aws_subnets.private", "aws_x.y"] or addresses(found) == [
        "aws_x.y",
        "data.aws_subnets.private",
    ]
    (gap,) = found.unread("aws_ec2_client_vpn_network_association")
    assert str(gap.waits_for[0]) == "data.aws_subnets.private.ids"
    assert gap.location is not None
    assert gap.location.line == 3


def test_nested_blocks_dynamic_ones_and_what_they_hide(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        """
        variable "ports" {
          default = [53, 443]
        }
        resource "aws_security_group" "g" {
          ingress {
            from_port = 22
          }
          dynamic "ingress" {
            for_each = toset(var.ports)
            iterator = port
            content {
              from_port   = port.value
              description = "p${port.key}"
            }
          }
          dynamic "egress" {
            for_each = data.aws_ip_ranges.all.cidr_blocks
            content {
              cidr_blocks = [egress.value]
            }
          }
          dynamic "timeouts_" {
            for_each = []
            content {}
          }
        }
        data "aws_ip_ranges" "all" {}
        """,
    )
    ports = [{"from_port": 22}, {"from_port": 53, "description": "p53"}, {"from_port": 443, "description": "p443"}]
    assert attribute(found, "aws_security_group.g", "ingress") == ports
    assert attribute(found, "aws_security_group.g", "egress") == ["<data.aws_ip_ranges.all.cidr_blocks>"]
    assert attribute(found, "aws_security_group.g", "timeouts_") is None


def test_what_is_read_through_a_nested_block_of_another_resource(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        """
        resource "aws_route53_resolver_endpoint" "in" {
          ip_address {
            subnet_id = aws_subnet.b.id
            ip        = "10.0.1.10"
          }
          ip_address {
            subnet_id = aws_subnet.a.id
            ip        = "10.0.0.9"
          }
        }
        resource "aws_route53_resolver_endpoint" "auto" {
          ip_address {
            subnet_id = aws_subnet.a.id
          }
          ip_address {
            subnet_id = aws_subnet.b.id
          }
        }
        resource "aws_subnet" "a" {}
        resource "aws_subnet" "b" {}
        resource "aws_x" "y" {
          by_for   = [for a in aws_route53_resolver_endpoint.in.ip_address : a.ip]
          by_index = tolist(aws_route53_resolver_endpoint.in.ip_address)[0].ip
          auto     = aws_route53_resolver_endpoint.auto.ip_address[*].ip
        }
        """,
    )
    # a set: in the provider's order, and without indexes while its parts are unknown (seen in real plans)
    assert attribute(found, "aws_x.y", "by_for") == ["10.0.0.9", "10.0.1.10"]
    assert attribute(found, "aws_x.y", "by_index") == "<aws_route53_resolver_endpoint.in.ip_address>"
    assert attribute(found, "aws_x.y", "auto") == ["<aws_route53_resolver_endpoint.auto.ip_address>"] * 2
    resource = found.get(Address("aws_x", "y"))
    assert resource is not None
    symbols = {one.symbol for one in items(resource.body.get("auto")) if isinstance(one, Unknown)}
    assert len(symbols) == 2


MODULES = {
    "main.tf": """
        provider "aws" {
          region = "eu-west-1"
        }
        provider "aws" {
          alias  = "hub"
          region = "eu-central-1"
        }
        variable "enabled" {
          default = true
        }
        module "net" {
          for_each = { dev = "10.1.0.0/16", prod = "10.2.0.0/16" }
          source   = "./modules/net"
          cidr     = each.value
          providers = {
            aws = aws.hub
          }
        }
        module "vpn" {
          source  = "./modules/vpn"
          vpc_id  = module.net["dev"].vpc_id
          dns     = [module.net["dev"].dns, module.net["prod"].dns]
          subnets = module.net["dev"].subnets
        }
        """,
    "modules/net/main.tf": """
        variable "cidr" {
          type = string
        }
        resource "aws_vpc" "this" {
          cidr_block = var.cidr
        }
        resource "aws_subnet" "s" {
          count      = 2
          vpc_id     = aws_vpc.this.id
          cidr_block = cidrsubnet(var.cidr, 8, count.index)
        }
        output "vpc_id" {
          value = aws_vpc.this.id
        }
        output "dns" {
          value = cidrhost(aws_vpc.this.cidr_block, 2)
        }
        output "subnets" {
          value = { for i, s in aws_subnet.s : "s${i}" => s.id }
        }
        """,
    "modules/vpn/main.tf": """
        variable "vpc_id" {}
        variable "dns" {
          type = list(string)
        }
        variable "subnets" {
          type = map(string)
        }
        resource "aws_ec2_client_vpn_endpoint" "this" {
          vpc_id      = var.vpc_id
          dns_servers = var.dns
        }
        resource "aws_ec2_client_vpn_network_association" "this" {
          for_each               = var.subnets
          subnet_id              = each.value
          client_vpn_endpoint_id = aws_ec2_client_vpn_endpoint.this.id
        }
        """,
}


def test_values_pass_through_modules_with_their_origin(tmp_path: Path) -> None:
    found = read(tmp_path, MODULES)
    endpoint = "module.vpn.aws_ec2_client_vpn_endpoint.this"
    assert attribute(found, endpoint, "dns_servers") == ["10.1.0.2", "10.2.0.2"]
    assert attribute(found, endpoint, "vpc_id") == '<module.net["dev"].aws_vpc.this.id>'
    association = 'module.vpn.aws_ec2_client_vpn_network_association.this["s1"]'
    assert attribute(found, association, "subnet_id") == '<module.net["dev"].aws_subnet.s[1].id>'
    resource = found.get(Address.parse(association))
    assert resource is not None
    assert resource.location is not None
    assert (resource.location.file, resource.location.line) == ("modules/vpn/main.tf", 13)


def test_each_resource_has_its_provider_and_region(tmp_path: Path) -> None:
    found = read(tmp_path, MODULES)
    net = found.get(Address.parse('module.net["dev"].aws_vpc.this'))
    vpn = found.get(Address.parse("module.vpn.aws_ec2_client_vpn_endpoint.this"))
    assert net is not None
    assert vpn is not None
    assert (net.provider, net.region) == ("aws.hub", "eu-central-1")
    assert (vpn.provider, vpn.region) == ("aws", "eu-west-1")


def test_a_module_that_is_not_downloaded_is_open_and_its_outputs_say_so(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        """
        module "dns" {
          source  = "example/dns/aws"
          version = "1.0.0"
        }
        resource "aws_ec2_client_vpn_endpoint" "e" {
          dns_servers = [module.dns.address]
        }
        """,
    )
    assert attribute(found, "aws_ec2_client_vpn_endpoint.e", "dns_servers") == ["<module.dns.address>"]
    (gap,) = found.unread("aws_vpc")
    assert gap.subject == "module.dns"
    assert "terraform init" in gap.why


def test_a_module_that_terraform_has_installed_is_read_from_there(tmp_path: Path) -> None:
    listed = {
        "Modules": [
            {"Key": "", "Source": "", "Dir": "."},
            {"Key": "dns", "Source": "x", "Dir": ".terraform/modules/dns/sub"},
        ]
    }
    found = read(
        tmp_path,
        {
            "main.tf": """
                module "dns" {
                  source = "git::https://example.com/dns.git//sub"
                }
                resource "aws_ec2_client_vpn_endpoint" "e" {
                  dns_servers = [module.dns.address]
                }
                """,
            ".terraform/modules/modules.json": json.dumps(listed),
            ".terraform/modules/dns/sub/main.tf": 'output "address" {\n  value = "10.0.0.53"\n}\n',
        },
    )
    assert attribute(found, "aws_ec2_client_vpn_endpoint.e", "dns_servers") == ["10.0.0.53"]
    assert not found.unread("aws_vpc")


def test_the_public_vpc_module_is_known_by_its_documentation(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        """
        module "vpc" {
          source          = "terraform-aws-modules/vpc/aws"
          version         = "~> 5.0"
          cidr            = "10.7.0.0/16"
          private_subnets = ["10.7.1.0/24", "10.7.2.0/24"]
          azs             = ["eu-west-1a", "eu-west-1b"]
        }
        resource "aws_ec2_client_vpn_endpoint" "e" {
          vpc_id      = module.vpc.vpc_id
          dns_servers = [cidrhost(module.vpc.vpc_cidr_block, 2)]
          one         = module.vpc.private_subnets[1]
          tables      = module.vpc.private_route_table_ids
        }
        """,
    )
    endpoint = "aws_ec2_client_vpn_endpoint.e"
    assert attribute(found, endpoint, "dns_servers") == ["10.7.0.2"]
    assert attribute(found, endpoint, "vpc_id") == "<module.vpc.aws_vpc.this[0].id>"
    assert attribute(found, endpoint, "one") == "<module.vpc.aws_subnet.private[1].id>"
    assert attribute(found, endpoint, "tables") == "<module.vpc.private_route_table_ids>"
    assert attribute(found, "module.vpc.aws_subnet.private[1]", "availability_zone") == "eu-west-1b"
    assert attribute(found, "module.vpc.aws_vpc.this[0]", "enable_dns_support") is True
    assert found.unread("aws_route_table")
    assert not found.unread("aws_ec2_client_vpn_route")
    vpc = found.get(Address.parse("module.vpc.aws_vpc.this[0]"))
    assert vpc is not None
    assert vpc.location is not None
    assert (vpc.location.file, vpc.location.line) == ("main.tf", 2)


def test_what_the_public_vpc_module_does_with_an_address_pool_and_with_zone_ids(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        """
        module "vpc" {
          source        = "terraform-aws-modules/vpc/aws"
          use_ipam_pool = true
          cidr          = "10.7.0.0/16"
          intra_subnets = ["10.7.1.0/24"]
          azs           = ["euw1-az1"]
        }
        resource "aws_ec2_client_vpn_endpoint" "e" {
          vpc_id      = module.vpc.vpc_id
          dns_servers = [cidrhost(module.vpc.vpc_cidr_block, 2)]
        }
        """,
    )
    servers = attribute(found, "aws_ec2_client_vpn_endpoint.e", "dns_servers")
    assert servers == ["<module.vpc.aws_vpc.this[0].cidr_block>"]
    assert attribute(found, "module.vpc.aws_subnet.intra[0]", "availability_zone") is None


def test_resources_passed_whole_have_what_the_variables_type_asks_for(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        {
            "main.tf": """
                resource "aws_subnet" "s" {
                  for_each   = toset(["a"])
                  cidr_block = "10.0.1.0/24"
                }
                module "net" {
                  source = "./net"
                }
                module "dns" {
                  source  = "./dns"
                  subnets = aws_subnet.s
                  network = module.net
                }
                resource "aws_ec2_client_vpn_endpoint" "e" {
                  dns_servers = module.dns.addresses
                  vpc_id      = module.dns.network
                }
                """,
            "net/main.tf": """
                resource "aws_vpc" "v" {
                }
                output "vpc_id" {
                  value = aws_vpc.v.id
                }
                """,
            "dns/main.tf": """
                variable "subnets" {
                  type = map(object({ id = string, cidr_block = string }))
                }
                variable "network" {
                  type = object({ vpc_id = string, zone = optional(string, "a") })
                }
                locals {
                  servers = { for key, subnet in var.subnets : key => merge(subnet, { ip = cidrhost(subnet.cidr_block, 53) }) }
                }
                output "addresses" {
                  value = [for server in local.servers : server.ip]
                }
                output "network" {
                  value = merge(var.network, { more = true }).vpc_id
                }
                output "zone" {
                  value = var.network.zone
                }
                resource "aws_eip" "zone" {
                  zone = var.network.zone
                }
                """,
        },
    )
    assert attribute(found, "aws_ec2_client_vpn_endpoint.e", "dns_servers") == ["10.0.1.53"]
    assert attribute(found, "aws_ec2_client_vpn_endpoint.e", "vpc_id") == "<module.net.aws_vpc.v.id>"
    assert attribute(found, "module.dns.aws_eip.zone", "zone") == "a"


GUARDED = """
    variable "enabled" {
      default = false
    }
    variable "other" {
      default = false
    }
    locals {
      on = var.enabled && true
    }
    resource "aws_vpc" "a" {
      cidr_block = "10.0.0.0/16"
    }
    resource "aws_ec2_client_vpn_endpoint" "e" {
      count       = local.on ? 1 : 0
      dns_servers = [cidrhost(aws_vpc.a.cidr_block, 2)]
    }
    resource "aws_ec2_client_vpn_network_association" "n" {
      for_each               = var.enabled ? toset(["a", "b"]) : toset([])
      client_vpn_endpoint_id = aws_ec2_client_vpn_endpoint.e[0].id
      note                   = one(aws_ec2_client_vpn_endpoint.e[*].id)
    }
    resource "aws_nat_gateway" "unrelated" {
      count = var.other ? 1 : 0
    }
    resource "aws_x" "counts" {
      endpoints = length(aws_ec2_client_vpn_endpoint.e)
      id        = try(aws_ec2_client_vpn_endpoint.e[0].id, "none")
    }
    """


def test_what_a_guard_switches_off_is_read_as_if_it_were_on(tmp_path: Path) -> None:
    found = read(tmp_path, GUARDED)
    off = ["aws_ec2_client_vpn_endpoint.e[0]", *(f'aws_ec2_client_vpn_network_association.n["{key}"]' for key in "ab")]
    assert addresses(found, enabled=False) == off
    assert attribute(found, off[0], "dns_servers") == ["10.0.0.2"]
    assert attribute(found, off[1], "client_vpn_endpoint_id") == "<aws_ec2_client_vpn_endpoint.e[0].id>"
    assert attribute(found, off[1], "note") == "<aws_ec2_client_vpn_endpoint.e[0].id>"
    # and what really is there sees what really is there
    assert attribute(found, "aws_x.counts", "endpoints") == 0
    assert attribute(found, "aws_x.counts", "id") == "none"


@pytest.mark.parametrize("count", ["0", "length(var.none)"])
def test_no_instances_without_a_guard_are_none(tmp_path: Path, count: str) -> None:
    found = read(
        tmp_path,
        f'variable "none" {{\n  default = []\n}}\nresource "aws_ec2_client_vpn_endpoint" "e" {{\n  count = {count}\n}}\n',
    )
    assert not found.resources
    assert not found.open_types


def test_a_module_that_is_switched_off_is_read_as_if_it_were_on(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        {
            "main.tf": """
                variable "vpn" {
                  default = false
                }
                module "vpn" {
                  count  = var.vpn ? 1 : 0
                  source = "./vpn"
                }
                """,
            "vpn/main.tf": 'resource "aws_ec2_client_vpn_endpoint" "e" {\n  split_tunnel = true\n}\n',
        },
    )
    assert addresses(found) == []
    assert addresses(found, enabled=False) == ["module.vpn[0].aws_ec2_client_vpn_endpoint.e"]


def test_a_guard_nobody_can_read_is_open_and_read_as_if_it_were_on(tmp_path: Path) -> None:
    found = read(
        tmp_path, 'variable "on" {}\nresource "aws_ec2_client_vpn_endpoint" "e" {\n  count = var.on ? 1 : 0\n}\n'
    )
    assert addresses(found, enabled=False) == ["aws_ec2_client_vpn_endpoint.e[0]"]
    assert [str(gap.waits_for[0]) for gap in found.unread("aws_ec2_client_vpn_endpoint")] == ["var.on"]


ALONE = """
    variable "cidr" {}
    variable "split" {
      default = true
    }
    variable "dns" {
      default = []
    }
    resource "aws_ec2_client_vpn_endpoint" "e" {
      split_tunnel = var.split
      dns_servers  = var.dns
      cidr         = var.cidr
    }
    """


@pytest.mark.parametrize(
    ("extra", "is_root", "dns"),
    [
        ({}, False, "<var.dns>"),
        ({"providers.tf": 'provider "aws" {\n  region = "eu-west-1"\n}\n'}, True, []),
        ({"versions.tf": 'terraform {\n  backend "s3" {}\n}\n'}, True, []),
        ({"dev.auto.tfvars": 'dns = ["10.0.0.9"]\n'}, True, ["10.0.0.9"]),
        (
            {"versions.tf": 'terraform {\n  required_version = ">= 1.5"\n}\nprovider "aws" {\n  alias = "hub"\n}\n'},
            False,
            "<var.dns>",
        ),
    ],
)
def test_a_root_and_a_module_alone_are_told_apart(
    tmp_path: Path, extra: dict[str, str], is_root: bool, dns: object
) -> None:
    found = read(tmp_path, {"main.tf": ALONE, **extra}, HclOptions())
    assert found.is_root is is_root
    endpoint = "aws_ec2_client_vpn_endpoint.e"
    assert attribute(found, endpoint, "split_tunnel") is True
    assert attribute(found, endpoint, "dns_servers") == dns
    assert attribute(found, endpoint, "cidr") == "<var.cidr>"


def test_called_directories_are_not_looked_at_alone(tmp_path: Path) -> None:
    write(
        tmp_path,
        {f"infra/{name}": text for name, text in MODULES.items()} | {"other/main.tf": ALONE, ".hidden/x.tf": ALONE},
    )
    assert [path.relative_to(tmp_path).as_posix() for path in find_roots([tmp_path])] == ["infra", "other"]


def test_commands_in_provisioners_open_the_types_they_make(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        """
        resource "null_resource" "authorize" {
          provisioner "local-exec" {
            command = "aws ec2 authorize-client-vpn-ingress --target-network-cidr 0.0.0.0/0"
          }
        }
        """,
    )
    (gap,) = found.unread("aws_ec2_client_vpn_authorization_rule")
    assert gap.subject == "null_resource.authorize"
    assert not found.unread("aws_ec2_client_vpn_route")
    assert attribute(found, "null_resource.authorize", "provisioner") == [
        {"command": "aws ec2 authorize-client-vpn-ingress --target-network-cidr 0.0.0.0/0", "type": "local-exec"}
    ]


def test_a_directory_without_client_vpn_is_empty_and_imports_no_parser(tmp_path: Path) -> None:
    write(tmp_path, {"main.tf": VPC})
    program = (
        "import sys; from pathlib import Path; from tf_cvpn_lint.read.hcl import read_directory;"
        "found = read_directory(Path(sys.argv[1])); print(len(found.resources), 'lark' in sys.modules, 'hcl2' in sys.modules)"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=True, env=environment
    )
    assert done.stdout.split() == ["0", "False", "False"]


def test_only_the_wanted_types_are_read(tmp_path: Path) -> None:
    write(tmp_path, {"main.tf": VPC + 'resource "aws_ec2_client_vpn_endpoint" "e" {\n  vpc_id = aws_vpc.a.id\n}\n'})
    found = read_directory(tmp_path, types=frozenset({"aws_ec2_client_vpn_endpoint"}))
    assert addresses(found) == ["aws_ec2_client_vpn_endpoint.e"]
    assert attribute(found, "aws_ec2_client_vpn_endpoint.e", "vpc_id") == "<aws_vpc.a.id>"


def test_what_a_data_source_reads_is_unknown_and_not_a_default(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        """
        data "aws_vpc" "shared" {
          id = "vpc-0abc"
        }
        resource "aws_x" "y" {
          id   = data.aws_vpc.shared.id
          cidr = data.aws_vpc.shared.cidr_block
          dns  = cidrhost(data.aws_vpc.shared.cidr_block, 2)
        }
        """,
    )
    assert attribute(found, "data.aws_vpc.shared", "id") == "vpc-0abc"
    assert attribute(found, "data.aws_vpc.shared", "enable_dns_support") == "<data.aws_vpc.shared.enable_dns_support>"
    assert attribute(found, "aws_x.y", "id") == "vpc-0abc"
    assert attribute(found, "aws_x.y", "dns") == "<data.aws_vpc.shared.cidr_block>"


def test_a_data_source_asked_for_by_a_resources_id_is_that_resource(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        {
            "main.tf": """
                resource "aws_vpc" "hub" {
                  cidr_block = "10.3.0.0/16"
                }
                module "vpn" {
                  source = "./vpn"
                  vpc_id = aws_vpc.hub.id
                }
                """,
            "vpn/main.tf": """
                variable "vpc_id" {}
                data "aws_vpc" "this" {
                  id = var.vpc_id
                }
                resource "aws_ec2_client_vpn_endpoint" "e" {
                  dns_servers = [cidrhost(data.aws_vpc.this.cidr_block, 2)]
                  group       = data.aws_vpc.this.default_security_group_id
                }
                """,
        },
    )
    endpoint = "module.vpn.aws_ec2_client_vpn_endpoint.e"
    assert attribute(found, endpoint, "dns_servers") == ["10.3.0.2"]
    assert attribute(found, endpoint, "group") == "<aws_vpc.hub.default_security_group_id>"
    assert attribute(found, "module.vpn.data.aws_vpc.this", "cidr_block") == "10.3.0.0/16"


def test_a_set_of_known_and_unknown_texts_has_no_order(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        """
        resource "aws_instance" "a" {}
        locals {
          mixed = toset(["10.0.0.2", aws_instance.a.private_ip])
        }
        resource "aws_x" "y" {
          listed  = [for one in local.mixed : one]
          splat   = local.mixed[*]
          unknown = [for one in toset([aws_instance.a.private_ip]) : one]
          known   = [for one in toset(["b", "a"]) : one]
        }
        """,
    )
    for name in ("listed", "splat"):
        assert [str(one) for one in unknown(found, "aws_x.y", name).refers_to] == ["aws_instance.a.private_ip"]
    assert attribute(found, "aws_x.y", "unknown") == ["<aws_instance.a.private_ip>"]
    assert attribute(found, "aws_x.y", "known") == ["a", "b"]


def test_what_a_call_that_was_read_in_part_passes_is_not_the_default(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "main.tf").write_text(
        'variable "cidr" {\n  default = "10.0.0.0/16"\n}\n\noutput "cidr" {\n  value = var.cidr\n}\n', "utf-8"
    )
    call = 'module "inner" {\n  source = "./inner"\n%s}\n'
    (tmp_path / "main.tf").write_text(call % "", "utf-8")
    assert evaluate_text(tmp_path, "module.inner.cidr") == '"10.0.0.0/16"'
    (tmp_path / "main.tf").write_text(call % '  @@@ cidr = "10.9.0.0/16"\n', "utf-8")
    assert "the call of module.inner could not be read whole" in evaluate_text(tmp_path, "module.inner.cidr")
