"""Expectations: tests of the network in the settings."""

from __future__ import annotations

import pytest

from tests.controls.networks import ENDPOINT, judged, plan
from tf_cvpn_lint.controls.expectations import Expectation, broken
from tf_cvpn_lint.controls.in_force import Controls
from tf_cvpn_lint.controls.selection import Selection
from tf_cvpn_lint.core.evidence import Location
from tf_cvpn_lint.result import Result
from tf_cvpn_lint.run import concluded

STORY = "seed-2-without-client-route"


def told(*expectations: Expectation, **controls: object) -> list[tuple[str, str, str | None]]:
    given = Controls(expectations=expectations, **controls)  # type: ignore[arg-type]
    result = concluded(Result((judged(plan(STORY), given),)), given)
    return [
        (finding.rule.id, finding.message, finding.server)
        for finding in result.findings
        if finding.rule.id == "CVPN904"
    ]


@pytest.mark.parametrize(
    "expectation",
    [
        Expectation(ENDPOINT, "10.10.1.228", "unreachable"),
        Expectation("*", "*", "unreachable"),
        Expectation("aws_ec2_client_vpn_endpoint.*", "10.10.*", "unreachable"),
    ],
)
def test_an_expectation_that_holds_is_quiet(expectation: Expectation) -> None:
    assert told(expectation) == []


def test_every_server_that_fares_otherwise_is_told_at_the_line_of_the_expectation() -> None:
    at = Location(".tf-cvpn-lint.toml", 7)
    expectation = Expectation("*", "10.10.*", "reachable", "The intranet needs it.", at, 3)
    assert [(rule, server) for rule, _, server in told(expectation)] == [
        ("CVPN904", "10.10.1.228"),
        ("CVPN904", "10.10.0.43"),
    ]
    (first, *_) = broken([expectation], judged(plan(STORY)).endpoints)
    assert (first.evidence.location, str(first.evidence.address)) == (at, "settings.expect[3]")
    assert f"10.10.1.228 of {ENDPOINT} is expected to be reachable and is unreachable: " in first.message
    assert "no Client VPN route" in first.message, "at which hop it is lost"
    assert first.message.endswith("It is expected because: The intranet needs it.")


def test_of_a_server_that_is_lost_on_some_associations_the_lost_query_is_told() -> None:
    given = judged(plan("route-on-one-association-to-transit"))
    (first, *_) = broken([Expectation("*", "*", "reachable")], given.endpoints)
    assert "is intermittent: " in first.message
    lost = [trace.decided_by for trace in given.endpoints[0].servers[0].traces if trace.verdict.is_no]
    assert lost[0] is not None
    assert lost[0].says in first.message


def test_an_expectation_of_nothing_that_exists_is_broken() -> None:
    (no_endpoint,) = told(Expectation("module.gone.*", "*", "reachable"))
    assert f"no endpoint here fits module.gone.* (there is {ENDPOINT})" in no_endpoint[1]
    (no_server,) = told(Expectation(ENDPOINT, "10.99.*", "reachable"))
    assert "no DNS server" in no_server[1]
    assert "(there is 10.10.1.228, 10.10.0.43)" in no_server[1]


def test_with_several_inputs_an_expectation_has_to_fit_one_of_them() -> None:
    expectation = Expectation(ENDPOINT, "10.10.1.228", "unreachable")
    given = Controls(expectations=(expectation,))
    judgements = tuple(judged(plan(story), given) for story in ("own-amazon-dns-split", STORY))
    found = [finding.rule.id for finding in concluded(Result(judgements), given).findings]
    assert "CVPN904" not in found


def test_resolvers_of_the_device_can_be_expected_too() -> None:
    given = Controls(expectations=(Expectation("*", "lan", "unreachable"),))
    result = concluded(Result((judged(plan("device-dns-in-split-tunnel"), given),)), given)
    assert "CVPN904" in [finding.rule.id for finding in result.findings]


def test_a_broken_expectation_can_be_ignored_only_by_name() -> None:
    expectation = Expectation("*", "*", "reachable")
    assert told(expectation, selection=Selection(("CVPN4",)))
    assert not told(expectation, selection=Selection(ignore=("CVPN904",)))
