"""Patterns of Terraform addresses: `module.*.aws_ec2_client_vpn_endpoint.this[*]`."""

from __future__ import annotations

import re
from functools import lru_cache

from tf_cvpn_lint.core.address import Address, format_module


@lru_cache(maxsize=256)
def _expression(pattern: str) -> re.Pattern[str]:
    # Brackets are an address's own, so fnmatch, which gives them a meaning, cannot be used.
    parts = re.split(r"([*?])", pattern)
    return re.compile("".join({"*": ".*", "?": "."}.get(part, re.escape(part)) for part in parts), re.DOTALL)


def matches_text(pattern: str, text: str) -> bool:
    """Whether the whole text fits: `*` stands for any characters, dots and brackets too, and `?` for one."""
    return _expression(pattern).fullmatch(text) is not None


def matches(pattern: str, address: Address) -> bool:
    """Whether the pattern names the resource: its instance, the resource without its key (all instances), or a module it is in.

    That is how `terraform plan -target` takes an address: https://developer.hashicorp.com/terraform/cli/commands/plan#targeting
    """
    names = [str(address), str(address.resource)]
    names += [format_module(address.module[:depth]) for depth in range(1, len(address.module) + 1)]
    return any(matches_text(pattern, name) for name in names)
