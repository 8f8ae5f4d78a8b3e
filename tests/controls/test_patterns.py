"""Patterns of addresses."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tf_cvpn_lint.controls.patterns import matches, matches_text
from tf_cvpn_lint.core.address import Address

ONE = 'module.vpn["dev"].aws_ec2_client_vpn_endpoint.this[0]'


@pytest.mark.parametrize(
    "pattern",
    [
        "module.other.*",
        "aws_ec2_client_vpn_endpoint.this",
        "module.*.aws_ec2_client_vpn_endpoint.this[1]",
        "module.vp",
        'module.vpn["prod"]',
    ],
)
def test_other_addresses_do_not_fit(pattern: str) -> None:
    assert not matches(pattern, Address.parse(ONE))


@pytest.mark.parametrize(
    "pattern",
    [
        ONE,
        "module.*.aws_ec2_client_vpn_endpoint.this[*]",
        'module.vpn["dev"].aws_ec2_client_vpn_endpoint.this',
        'module.vpn["dev"]',
        "module.vpn[*]",
        "*",
        "*.this[?]",
        "module.vpn",
        "module.vpn.aws_ec2_client_vpn_endpoint.this",
        "module.vpn.aws_ec2_client_vpn_endpoint.this[0]",
    ],
)
def test_an_instance_its_resource_and_its_modules_fit(pattern: str) -> None:
    assert matches(pattern, Address.parse(ONE))


KEYED = r'module.vpn["eu.west-1 \"main\""].module.end["a"].aws_ec2_client_vpn_endpoint.this["staff.eu"]'


@pytest.mark.parametrize(
    ("pattern", "fits"),
    [
        (KEYED, True),
        ('*.aws_ec2_client_vpn_endpoint.this["staff.eu"]', True),
        ('*.aws_ec2_client_vpn_endpoint.this["staff"]', False),
        ('*.this["staff.*"]', True),
        (r'module.vpn["eu.west-1 \"main\""]', True),
        (r'module.vpn["eu.west-1 \"main\""].module.end', True),
        ("module.vpn.module.end", True),
        ('module.vpn["eu', False),
    ],
)
def test_keys_with_dots_and_quotes_are_spelled_as_terraform_spells_them(pattern: str, fits: bool) -> None:
    assert matches(pattern, Address.parse(KEYED)) is fits


@given(st.text(alphabet='ab.[]*?"\\', max_size=12))
def test_a_text_without_wildcards_fits_itself_alone(text: str) -> None:
    plain = text.replace("*", "").replace("?", "")
    assert matches_text(plain, plain)
    assert not matches_text(plain, f"{plain}x")
    assert matches_text("*", text)


def by_trying(pattern: str, text: str) -> bool:
    """Slow, and obviously right."""
    if not pattern:
        return not text
    if pattern[0] == "*":
        return any(by_trying(pattern[1:], text[at:]) for at in range(len(text) + 1))
    return bool(text) and pattern[0] in ("?", text[0]) and by_trying(pattern[1:], text[1:])


@given(st.text(alphabet="ab*?.", max_size=7), st.text(alphabet="ab.\n", max_size=7))
def test_a_pattern_fits_what_trying_finds(pattern: str, text: str) -> None:
    assert matches_text(pattern, text) == by_trying(pattern, text)


def test_a_pattern_of_many_stars_takes_a_bounded_time() -> None:
    """Settings come with what is linted."""
    started = time.process_time()
    assert not matches_text("*a" * 200 + "*b", "a" * 5000)
    assert time.process_time() - started < 5
