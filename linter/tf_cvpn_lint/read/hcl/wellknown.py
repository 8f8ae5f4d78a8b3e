"""Public modules that are known by their documentation, for roots on which `terraform init` was never run.

Only what every version promises is in a summary; everything else such a module makes is open (see `OPEN_TYPES`).
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from tf_cvpn_lint.read.hcl.sources import ModuleSources, read_summary

_SUMMARIES = Path(__file__).with_name("summaries")
_VPC = re.compile(
    r"(?:registry\.(?:terraform\.io|opentofu\.org)/)?terraform-aws-modules/vpc/aws"
    r"|(?:git::)?(?:https://|ssh://git@|git@)?github\.com[/:]terraform-aws-modules/terraform-aws-vpc(?:\.git)?(?:\?[^/]*)?"
)

OPEN_TYPES = (
    "aws_customer_gateway",
    "aws_default_network_acl",
    "aws_default_route_table",
    "aws_default_security_group",
    "aws_default_vpc",
    "aws_egress_only_internet_gateway",
    "aws_eip",
    "aws_nat_gateway",
    "aws_network_acl",
    "aws_network_acl_rule",
    "aws_route",
    "aws_route_table",
    "aws_route_table_association",
    "aws_subnet",
    "aws_vpc_block_public_access_exclusion",
    "aws_vpc_block_public_access_options",
    "aws_vpc_dhcp_options",
    "aws_vpc_dhcp_options_association",
    "aws_vpc_endpoint",
    "aws_vpn_gateway",
    "aws_vpn_gateway_attachment",
    "aws_vpn_gateway_route_propagation",
)
"""What terraform-aws-modules/vpc/aws may make besides what its summary says, by the resource lists of its documentation (versions 2 to 6)."""


def sources(source: str) -> ModuleSources | None:
    """The summary of the module that this source names; None for any other."""
    return _vpc() if _VPC.fullmatch(source) else None


@lru_cache(maxsize=1)
def _vpc() -> ModuleSources:
    name = "terraform-aws-modules-vpc.tf"
    return read_summary((_SUMMARIES / name).read_text(encoding="utf-8"), name, _SUMMARIES)
