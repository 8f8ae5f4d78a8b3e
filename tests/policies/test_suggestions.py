"""What findings suggest, written into the Terraform files they were found in: the fault is gone, and nothing new is wrong."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tools import plans
from tools.suggestions import FIXTURES, broken, identities, mend, mendable, planned, serious

REQUIRE = "TF_CVPN_LINT_REQUIRE_TERRAFORM"
NETWORKS = (
    "contractors-without-dns",
    "default-security-group-stripped",
    "dns-hostnames-left-at-default",
    "dns-instances-admit-unrelated-group",
    "endpoint-without-association",
    "inbound-resolver-admits-client-cidr-only",
    "managed-ad-over-peering",
    "network-acl-forgets-the-way-back",
    "no-authorization-rules",
    "peering-nobody-accepts",
    "peering-without-return-route",
    "private-record-outside-the-tunnel",
    "public-dns-without-default-client-route",
    "route-on-one-association-to-transit",
    "seed-2-without-client-route",
    "transit-gateway-not-in-zone-b",
)
"""Broken networks of as many kinds, whose suggestions are tried with Terraform itself. `python -m tools.suggestions` tries all there are."""


def name(path: Path) -> str:
    return path.relative_to(FIXTURES).as_posix()


@pytest.mark.parametrize("fixture", broken(), ids=name)
def test_what_is_suggested_mends_the_fault_and_breaks_nothing(fixture: Path, tmp_path: Path) -> None:
    directory = tmp_path / fixture.name
    shutil.copytree(fixture, directory, ignore=shutil.ignore_patterns("*.json"))
    before = serious(directory)
    mended = mendable(before)
    mend(directory, mended)
    after = identities(serious(directory))
    assert after & identities(mended) == set()
    assert after <= identities(before)


@pytest.mark.parametrize("network", NETWORKS)
def test_terraform_plans_what_is_suggested_and_its_plan_is_mended(network: str, tmp_path: Path) -> None:
    """Where Terraform is at hand with its provider; with TF_CVPN_LINT_REQUIRE_TERRAFORM=1 it has to be."""
    if not os.environ.get(REQUIRE) and not (shutil.which(plans.TERRAFORM) and os.environ.get("TF_PLUGIN_MIRROR")):
        pytest.skip(f"no Terraform with TF_PLUGIN_MIRROR; {REQUIRE}=1 makes this a failure")
    before, mended, after, written = planned(FIXTURES / "networks" / network, tmp_path)
    assert written
    assert identities(after) & identities(mended) == set()
    assert identities(after) <= identities(before)


def test_enough_faults_are_mended_to_mean_something() -> None:
    mended = {
        found.rule.id
        for fixture in FIXTURES.glob("rules/*/fires")
        for found in mendable(serious(fixture))
        if found.rule.id == fixture.parent.name
    }
    assert len(mended) >= 30
