"""Fingerprints: what may move and what may not."""

from __future__ import annotations

from tests.builders import ENDPOINT, evidence, finding, rule
from tf_cvpn_lint.core.address import Address
from tf_cvpn_lint.core.evidence import Evidence
from tf_cvpn_lint.core.records import replace
from tf_cvpn_lint.report.fingerprint import fingerprints

OTHER = Address("aws_ec2_client_vpn_endpoint", "other")


def test_lines_and_words_may_change() -> None:
    one = finding(at=evidence(attribute="dns_servers", line=3))
    moved = replace(one, evidence=evidence(attribute="dns_servers", line=99, file="moved.tf"), message="Said better.")
    assert fingerprints([one]) == fingerprints([moved])


def test_rule_endpoint_server_and_place_each_make_another_fault() -> None:
    one = finding()
    others = [
        replace(one, rule=rule("CVPN102", "dns-not-authorized")),
        replace(one, endpoint=OTHER),
        replace(one, server="10.10.0.43"),
        replace(one, evidence=Evidence(OTHER, "dns_servers")),
        replace(one, evidence=Evidence(ENDPOINT, "split_tunnel")),
    ]
    assert len(set(fingerprints([one, *others]))) == 6


def test_two_faults_that_agree_in_all_of_these_are_still_two() -> None:
    one = finding()
    assert len(set(fingerprints([one, replace(one, message="And another thing.")]))) == 2
