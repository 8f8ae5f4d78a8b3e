"""Networks as they are written."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from tf_cvpn_lint.adapt.cidr import parse_network


@pytest.mark.parametrize(
    "written",
    ["10.0.0.0/8", "10.1.2.3/24", "10.1.2.3/032", "0.0.0.0/0", "::/0", "2001:db8::1/64", "::ffff:10.1.2.3/96"],
)
def test_a_network_is_what_ipaddress_takes_it_for(written: str) -> None:
    assert parse_network(written) == ip_network(written, strict=False)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "10.0.0.0",
        "10.0.0.0/",
        "/8",
        "10.0.0/8",
        "10.0.0.0/33",
        "10.0.0.0/-1",
        "10.0.0.0/8/8",
        "10.0.0.0/255.0.0.0",
        " 10.0.0.0/8",
        "010.0.0.0/8",
        "10.0.0.0/\u0668",
        "2001:db8::/129",
        "fe80::1%eth0/64",
        "10.0.0.0/" + "9" * 5000,
    ],
)
def test_what_is_no_network_is_none(written: str) -> None:
    assert parse_network(written) is None
