"""Patterns of Terraform addresses: `module.*.aws_ec2_client_vpn_endpoint.this[*]`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from tf_cvpn_lint.core.address import Address, ModuleStep, format_module
from tf_cvpn_lint.core.records import replace


@lru_cache(maxsize=256)
def _expression(pattern: str) -> re.Pattern[str]:
    # Brackets are an address's own, so fnmatch, which gives them a meaning, cannot be used. As there, what stands between two stars is
    # taken where it occurs first and never looked for again: another place could not help what follows.
    first, *others = (
        "".join("." if letter == "?" else re.escape(letter) for letter in part) for part in re.split(r"\*+", pattern)
    )
    if not others:
        return re.compile(first, re.DOTALL)
    return re.compile(first + "".join(rf"(?>.*?{part})" for part in others[:-1]) + f".*{others[-1]}", re.DOTALL)


def matches_text(pattern: str, text: str) -> bool:
    """Whether the whole text fits: `*` stands for any characters, dots and brackets too, and `?` for one."""
    return _expression(pattern).fullmatch(text) is not None


def matches(pattern: str, address: Address) -> bool:
    """Whether the pattern names the resource: its instance, the resource without its key (all instances), or a module it is in; a module
    without its key is all of its instances.

    That is how `terraform plan -target` takes an address: https://developer.hashicorp.com/terraform/cli/commands/plan#targeting
    """
    return any(matches_text(pattern, name) for name in _names(address))


def _names(address: Address) -> Iterator[str]:
    yield str(address)
    yield str(address.resource)
    path = address.module
    for depth in range(1, len(path) + 1):
        yield format_module(path[:depth])
    if any(step.key is not None for step in path):
        bare = tuple(ModuleStep(step.name) for step in path)
        yield str(replace(address, module=bare))
        yield str(replace(address.resource, module=bare))
        for depth in range(1, len(path) + 1):
            yield format_module(bare[:depth])
            yield format_module((*path[: depth - 1], bare[depth - 1]))
