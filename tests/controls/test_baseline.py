"""Baselines: what they hide, what they outlive, and how they are written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import evidence, finding
from tests.builders import judgement as a_judgement
from tests.builders import rule as a_rule
from tests.controls.networks import FIXTURES, judged, plan, verdicts
from tf_cvpn_lint.adapt import TYPES
from tf_cvpn_lint.controls import baseline
from tf_cvpn_lint.controls.engine_rules import EXPECTATION_BROKEN, finding_of
from tf_cvpn_lint.core.address import Address
from tf_cvpn_lint.core.errors import InputError
from tf_cvpn_lint.core.records import replace
from tf_cvpn_lint.read.inputs import read
from tf_cvpn_lint.report.fingerprint import fingerprints, identity
from tf_cvpn_lint.result import Result
from tf_cvpn_lint.rules import Certainty, Finding
from tf_cvpn_lint.run import Options, run, with_baseline
from tf_cvpn_policies import RULES

STORY = "seed-2-without-client-route"


def at(text: str, server: str = "10.0.0.2", rule: str = "CVPN102") -> Finding:
    address = Address.parse(text)
    return finding(server, by=a_rule(rule, "some-fault"), at=evidence(address, "dns_servers"), about=address)


PLACES = st.sampled_from(
    [
        "aws_ec2_client_vpn_endpoint.this",
        'module.a.aws_ec2_client_vpn_endpoint.this["x"]',
        'module.b.aws_ec2_client_vpn_endpoint.this["x"]',
        "module.a[0].aws_ec2_client_vpn_endpoint.this",
        "module.a[1].aws_ec2_client_vpn_endpoint.this",
    ]
)
FINDINGS = st.lists(
    st.builds(at, PLACES, st.sampled_from(["10.0.0.2", "10.0.0.3"]), st.sampled_from(["CVPN101", "CVPN102"])),
    max_size=8,
)


@given(FINDINGS)
def test_a_baseline_holds_exactly_the_findings_it_was_made_of(findings: list[Finding]) -> None:
    known, removable = baseline.known(findings, baseline.entries(findings))
    assert known == set(range(len(findings)))
    assert removable == ()


@given(FINDINGS, FINDINGS)
def test_a_baseline_hides_no_more_findings_than_it_has_entries_and_tells_the_rest(
    before: list[Finding], after: list[Finding]
) -> None:
    entries = baseline.entries(before)
    known, removable = baseline.known(after, entries)
    assert len(known) + len(removable) == len(entries)
    for position in known:
        assert identity(after[position]) in {entry.fingerprint for entry in entries}
    for position, one in enumerate(after):
        if position not in known:
            assert sum(identity(each) == identity(one) for each in after) > sum(
                entry.fingerprint == identity(one) for entry in entries
            )


@pytest.mark.parametrize("story", [STORY, "contractors-without-dns", "network-acl-denies-dns-out"])
def test_a_report_with_its_own_baseline_has_no_findings_and_the_same_verdicts(story: str) -> None:
    result = Result((judged(plan(story)),))
    assert result.findings
    hidden = with_baseline(result, baseline.entries(result.findings))
    assert hidden.findings == ()
    assert hidden.removable == ()
    assert [each for each, _ in hidden.all_marked] == [each for each, _ in result.all_marked]
    assert verdicts(hidden.judgements[0]) == verdicts(result.judgements[0])
    assert with_baseline(result, ()).findings == result.findings


def test_a_new_finding_is_not_hidden_and_a_fixed_one_is_told() -> None:
    old, new = at("aws_ec2_client_vpn_endpoint.this"), at("aws_ec2_client_vpn_endpoint.this", "10.0.0.3")
    result = with_baseline(Result((a_judgement(findings=(new,)),)), baseline.entries([old]))
    assert result.findings == (new,)
    assert [entry.server for entry in result.removable] == ["10.0.0.2"]


def test_renaming_a_module_call_or_moving_lines_keeps_a_finding_known() -> None:
    old = at('module.vpn.aws_ec2_client_vpn_endpoint.this["a"]')
    renamed = at('module.client_vpn.module.inner.aws_ec2_client_vpn_endpoint.this["a"]')
    moved = replace(
        renamed, evidence=evidence(renamed.evidence.address, "dns_servers", 99, "elsewhere.tf"), message="Better."
    )
    assert baseline.known([moved], baseline.entries([old])) == (frozenset({0}), ())


def test_an_instance_that_is_added_is_new_and_the_others_stay_known() -> None:
    old = [at(f'module.vpn["{key}"].aws_ec2_client_vpn_endpoint.this') for key in "bd"]
    grown = [at(f'module.vpn["{key}"].aws_ec2_client_vpn_endpoint.this') for key in "abcd"]
    known, removable = baseline.known(grown, baseline.entries(old))
    assert known == {1, 3}
    assert removable == ()


def test_of_module_calls_that_differ_in_name_alone_the_new_one_is_new() -> None:
    old = [at(f"module.{name}.aws_ec2_client_vpn_endpoint.this") for name in ("dev", "prod")]
    more = [at(f"module.{name}.aws_ec2_client_vpn_endpoint.this") for name in ("dev", "live", "prod")]
    assert baseline.known(more, baseline.entries(old)) == (frozenset({0, 2}), ())


def test_the_controls_own_findings_are_never_known() -> None:
    expectation = finding_of(EXPECTATION_BROKEN, Address("settings", "expect", 0), None, "It is not.", "Mend it.")
    assert baseline.entries([expectation]) == ()
    assert baseline.known([expectation], ()) == (frozenset(), ())


def test_positions_of_blocks_and_names_of_modules_are_no_part_of_a_fingerprint() -> None:
    one = at("module.a.aws_route_table.x")
    other = at("module.b.aws_route_table.x")
    assert identity(replace(one, evidence=evidence(one.evidence.address, "route[0].gateway_id"))) == identity(
        replace(other, evidence=evidence(other.evidence.address, "route[3].gateway_id"))
    )
    assert identity(one) != identity(at("module.a.aws_route_table.y"))
    assert identity(one) != identity(at("module.a[0].aws_route_table.x"))
    waiting = [
        replace(one, server=None, reference=text)
        for text in ("aws_lb.dns.subnet_mapping[0].private_ipv4_address", 'module.z["a"].aws_lb.dns')
    ]
    assert len({identity(each) for each in waiting}) == 1


def test_findings_of_one_identity_have_fingerprints_of_their_own() -> None:
    pair = [at("module.a.aws_vpc.x"), at("module.b.aws_vpc.x")]
    assert len(set(fingerprints(pair))) == 2


MODES = sorted(path.parent for path in FIXTURES.glob("networks/*/plan.json") if list(path.parent.glob("*.tf")))[::5]


@pytest.mark.parametrize("story", MODES, ids=lambda path: path.name)
def test_a_fault_has_one_fingerprint_in_a_plan_and_in_its_directory(story: Path) -> None:
    def found(path: Path) -> dict[tuple[str, str], set[str]]:
        told: dict[tuple[str, str], set[str]] = {}
        for one in judged(read(str(path), types=TYPES)).findings:
            if one.certainty is not Certainty.UNSURE and one.rule.id < "CVPN9":
                told.setdefault((one.rule.id, str(one.endpoint)), set()).add(identity(one))
        return told

    of_plan, of_directory = found(story / "plan.json"), found(story)
    for key in of_plan.keys() & of_directory.keys():
        assert of_plan[key] <= of_directory[key] or of_directory[key] <= of_plan[key]


def test_a_baseline_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    file = tmp_path / "known.json"
    findings = [at("aws_vpc.b"), at("aws_vpc.a")]
    assert baseline.write(file, findings) == 2
    assert baseline.read(file) == baseline.entries(findings)
    assert len(json.loads(file.read_text())["findings"]) == 2
    with pytest.raises(InputError, match=r"--write-baseline .*cannot be written"):
        baseline.write(tmp_path / "missing" / "known.json", findings)
    assert [path.name for path in tmp_path.iterdir()] == ["known.json"]


def test_writing_the_same_findings_again_gives_the_same_bytes(tmp_path: Path) -> None:
    findings = [at("aws_vpc.b"), at("aws_vpc.a")]
    baseline.write(tmp_path / "one.json", findings)
    baseline.write(tmp_path / "other.json", findings[::-1])
    assert (tmp_path / "one.json").read_bytes() == (tmp_path / "other.json").read_bytes()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"findings": {}}',
        '{"baseline_version": 2, "findings": []}',
        '{"baseline_version": 1, "findings": [1]}',
    ],
)
def test_what_is_no_baseline_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "known.json").write_text(text)
    with pytest.raises(InputError, match=r"known\.json"):
        baseline.read(tmp_path / "known.json")
    with pytest.raises(InputError, match="cannot be read"):
        baseline.read(tmp_path / "none.json")


def test_a_suppressed_finding_needs_no_entry(tmp_path: Path) -> None:
    result = run([str(FIXTURES / "networks" / STORY / "plan.json")], RULES, Options())
    entries = baseline.entries(result.findings)
    hidden = with_baseline(result, entries)
    assert with_baseline(hidden, entries).removable == tuple(sorted(entries))
