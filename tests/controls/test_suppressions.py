"""Suppression comments: where they stand, what they say, and that they change no verdict."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.controls.networks import FIXTURES, NOT_AUTHORIZED, directory, judged, rules_of, verdicts
from tf_cvpn_lint.adapt import TYPES
from tf_cvpn_lint.controls.in_force import Controls
from tf_cvpn_lint.controls.selection import Selection
from tf_cvpn_lint.read.inputs import read
from tf_cvpn_lint.result import Judgement

TODAY = date(2026, 11, 23)
HEADER = 'resource "aws_ec2_client_vpn_endpoint" "this" {'


def written(path: Path, place: str, comment: str, *, own_line: bool = False, **controls: object) -> Judgement:
    """The endpoint that nobody may ask, with a comment behind (or above) the line that begins so."""
    lines = []
    found = False
    for line in NOT_AUTHORIZED.split("\n"):
        if line.startswith(place):
            found = True
            if own_line:
                lines.append(f"{line[: len(line) - len(line.lstrip())]}{comment}")
            else:
                line = f"{line} {comment}"
        lines.append(line)
    assert found
    return judged(directory(path, "\n".join(lines)), Controls(today=TODAY, **controls))  # type: ignore[arg-type]


@pytest.mark.parametrize("own_line", [False, True])
@pytest.mark.parametrize("place", ["  dns_servers ", HEADER])
@pytest.mark.parametrize(
    "comment",
    [
        "# tf-cvpn-lint:ignore CVPN102",
        '// tf-cvpn-lint: ignore cvpn102 reason="the rule is made by hand" until=2027-01-31',
        "/* tf-cvpn-lint:ignore dns-not-authorized */",
        "# tf-cvpn-lint:ignore CVPN101, CVPN102 until=2026-11-23",
        "# tf-cvpn-lint:ignore all",
        "# see #12 tf-cvpn-lint:ignore CVPN102",
        "# checkov:skip=CKV_CVPN_102:the rule is made by hand",
    ],
)
def test_a_comment_on_the_line_above_it_or_on_its_block_suppresses(
    tmp_path: Path, place: str, own_line: bool, comment: str
) -> None:
    judgement = written(tmp_path, place, comment, own_line=own_line)
    assert "CVPN102" not in rules_of(judgement)
    (suppressed,) = [each for each in judgement.suppressed if each.finding.rule.id == "CVPN102"]
    assert suppressed.suppression.by == "comment"
    assert suppressed.suppression.location is not None
    assert suppressed.suppression.location.file == "main.tf"


@pytest.mark.parametrize(
    ("place", "own_line", "comment"),
    [
        ("  split_tunnel ", False, "# tf-cvpn-lint:ignore CVPN102"),
        ("  dns_servers ", False, "# tf-cvpn-lint:ignore CVPN101"),
        ("  authentication_options ", True, "# tf-cvpn-lint:ignore CVPN102"),
        ('resource "aws_vpc" "main" {', True, "# tf-cvpn-lint:ignore CVPN102"),
    ],
)
def test_a_comment_elsewhere_or_about_something_else_does_not_and_is_unused(
    tmp_path: Path, place: str, own_line: bool, comment: str
) -> None:
    judgement = written(tmp_path, place, comment, own_line=own_line)
    assert {"CVPN102", "CVPN903"} <= set(rules_of(judgement))


@pytest.mark.parametrize(
    ("place", "comment"),
    [
        (HEADER, "  # tf-cvpn-lint:ignore CVPN102"),
        (HEADER, "  # a remark\n  # tf-cvpn-lint:ignore CVPN102\n  # another"),
        (HEADER, "\n  # tf-cvpn-lint:ignore CVPN102\n"),
    ],
)
def test_a_comment_that_a_block_begins_with_stands_for_the_block(tmp_path: Path, place: str, comment: str) -> None:
    assert place in NOT_AUTHORIZED
    judgement = judged(directory(tmp_path, NOT_AUTHORIZED.replace(place, f"{place}\n{comment}")))
    assert not {"CVPN102", "CVPN903"} & set(rules_of(judgement))


def test_a_comment_before_code_on_its_line_stands_for_what_begins_there(tmp_path: Path) -> None:
    comment = "/* tf-cvpn-lint:ignore CVPN102 */"
    for number, place in enumerate(("dns_servers ", HEADER)):
        judgement = judged(directory(tmp_path / str(number), NOT_AUTHORIZED.replace(place, f"{comment} {place}")))
        assert not {"CVPN102", "CVPN903"} & set(rules_of(judgement))
    judgement = judged(
        directory(tmp_path / "other", NOT_AUTHORIZED.replace("split_tunnel ", f"{comment} split_tunnel "))
    )
    assert {"CVPN102", "CVPN903"} <= set(rules_of(judgement))


def test_an_unused_comment_says_what_it_stands_for_and_where_the_finding_is(tmp_path: Path) -> None:
    judgement = written(tmp_path, "  split_tunnel ", "# tf-cvpn-lint:ignore CVPN102", own_line=True)
    (unused,) = [found for found in judgement.findings if found.rule.id == "CVPN903"]
    (found,) = [found for found in judgement.findings if found.rule.id == "CVPN102"]
    assert unused.evidence.location is not None
    assert found.evidence.location is not None
    assert f"it stands for line {unused.evidence.location.line + 1}," in unused.message
    assert f"one is at line {found.evidence.location.line})" in unused.message
    assert f"behind line {found.evidence.location.line}" in unused.fix


def test_what_stands_in_a_json_file_like_a_suppression_is_told_to_suppress_nothing(tmp_path: Path) -> None:
    (tmp_path / "vpn.tf.json").write_text('{\n  "locals": {\n    "//": "tf-cvpn-lint:ignore CVPN102"\n  }\n}\n')
    judgement = judged(directory(tmp_path, NOT_AUTHORIZED))
    assert "CVPN102" in rules_of(judgement)
    (told,) = [found for found in judgement.findings if found.rule.id == "CVPN901"]
    assert "[[per-address]]" in told.message
    assert told.evidence.location is not None
    assert (Path(told.evidence.location.file).name, told.evidence.location.line) == ("vpn.tf.json", 3)


def test_a_comment_in_a_module_that_json_calls_counts(tmp_path: Path) -> None:
    module_root(tmp_path, 'provider "aws" {\n  region = "eu-west-1"\n}\n')
    (tmp_path / "calls.tf.json").write_text('{"module": {"lab": {"source": "./vpn"}}}')
    file = tmp_path / "vpn" / "main.tf"
    file.write_text(file.read_text().replace(HEADER, f"# tf-cvpn-lint:ignore CVPN102\n{HEADER}"))
    judgement = judged(read(str(tmp_path), types=TYPES))
    assert "CVPN102" in {each.finding.rule.id for each in judgement.suppressed}
    assert "CVPN102" not in rules_of(judgement)


def test_text_in_a_string_or_a_heredoc_is_no_comment(tmp_path: Path) -> None:
    text = NOT_AUTHORIZED.replace('"Staff VPN"', '"# tf-cvpn-lint:ignore CVPN102"')
    text += "\nlocals {\n  note = <<-END\n    # tf-cvpn-lint:ignore CVPN999\n  END\n}\n"
    assert [each for each in rules_of(judged(directory(tmp_path, text))) if each in ("CVPN102", "CVPN901")] == [
        "CVPN102"
    ]


def test_a_comment_separated_by_a_blank_line_stands_for_its_block_alone(tmp_path: Path) -> None:
    """A remark at the head of a file is not about the first resource."""
    judgement = judged(directory(tmp_path, f"# tf-cvpn-lint:ignore CVPN102\n\n{NOT_AUTHORIZED}"))
    assert {"CVPN102", "CVPN903"} <= set(rules_of(judgement))


def test_a_suppression_counts_on_its_last_day_and_not_after_it(tmp_path: Path) -> None:
    comment = "# tf-cvpn-lint:ignore CVPN102 until=2026-11-22"
    judgement = written(tmp_path, "  dns_servers ", comment)
    assert {"CVPN102", "CVPN902"} <= set(rules_of(judgement))
    assert "CVPN903" not in rules_of(judgement)
    on_the_day = judged(judgement.configuration, Controls(today=date(2026, 11, 22)))
    assert not {"CVPN102", "CVPN902"} & set(rules_of(on_the_day))


@pytest.mark.parametrize(
    ("comment", "says"),
    [
        ("# tf-cvpn-lint:ignore", "names no rule"),
        ("# tf-cvpn-lint:ignore CVPN1O2", "did you mean CVPN102"),
        ("# tf-cvpn-lint:ignore CVPN1", "a comment names whole ids"),
        ("# tf-cvpn-lint:disable CVPN102", "the word is ignore"),
        ("# tf-cvpn-lint: ingore CVPN102", "the word is ignore"),
        ("# tf-cvpn-lint:ignore=CVPN102", "=CVPN102"),
        ("# tf-cvpn-lint:ignore CVPN102 until=soon", "no date"),
        ("# tf-cvpn-lint:ignore CVPN102 because I say so", "because"),
        ('# tf-cvpn-lint:ignore CVPN102 reason="open', "reason="),
        ("# tf-cvpn-lint:ignore CVPN102 until=2027-01-31 until=2028-01-31", "twice"),
        ("# tf-cvpn-lint:ignore CVPN102 until=2027-01-31 CVPN103", "CVPN103"),
        ("# checkov:skip=CKV_CVPN_999:why", "CKV_CVPN_999"),
    ],
)
def test_a_comment_that_cannot_be_read_suppresses_nothing_and_is_told(tmp_path: Path, comment: str, says: str) -> None:
    judgement = written(tmp_path, "  dns_servers ", comment)
    assert "CVPN102" in rules_of(judgement)
    (told,) = [finding for finding in judgement.findings if finding.rule.id == "CVPN901"]
    assert says in told.message
    assert told.evidence.location is not None
    assert NOT_AUTHORIZED.split("\n")[told.evidence.location.line - 1].startswith("  dns_servers ")


def test_a_remark_about_the_tool_is_no_suppression(tmp_path: Path) -> None:
    judgement = written(tmp_path, "  dns_servers ", "# tf-cvpn-lint: see the runbook before you change this")
    assert not {"CVPN901", "CVPN903"} & set(rules_of(judgement))


def test_other_checkov_skips_are_none_of_ours(tmp_path: Path) -> None:
    judgement = written(tmp_path, "  dns_servers ", "# checkov:skip=CKV_AWS_23:why")
    assert not {"CVPN901", "CVPN903"} & set(rules_of(judgement))


def test_a_reason_can_be_required(tmp_path: Path) -> None:
    without = written(tmp_path / "a", "  dns_servers ", "# tf-cvpn-lint:ignore CVPN102", require_reason=True)
    assert {"CVPN102", "CVPN901"} <= set(rules_of(without))
    comment = '# tf-cvpn-lint:ignore CVPN102 reason="why"'
    assert "CVPN102" not in rules_of(written(tmp_path / "b", "  dns_servers ", comment, require_reason=True))


def test_suppressions_can_be_left_aside(tmp_path: Path) -> None:
    judgement = written(tmp_path, "  dns_servers ", "# tf-cvpn-lint:ignore CVPN102", suppressions=False)
    assert "CVPN102" in rules_of(judgement)
    assert judgement.suppressed == ()


def test_a_comment_for_a_rule_that_was_not_asked_is_not_unused(tmp_path: Path) -> None:
    for select, told in ((("CVPN1",), False), (("all",), True)):
        judgement = written(
            tmp_path, "  split_tunnel ", "# tf-cvpn-lint:ignore CVPN401", selection=Selection(select, ("CVPN403",))
        )
        assert ("CVPN903" in rules_of(judgement)) is told
    everything = written(tmp_path, "  region", "# tf-cvpn-lint:ignore all", selection=Selection(("CVPN1",)))
    assert "CVPN903" not in rules_of(everything)


def module_root(path: Path, root: str) -> None:
    (path / "vpn").mkdir(parents=True)
    (path / "main.tf").write_text(root)
    inner = NOT_AUTHORIZED[NOT_AUTHORIZED.index('resource "aws_vpc"') :]
    (path / "vpn" / "main.tf").write_text(inner)


def test_a_comment_on_a_module_call_stands_for_all_that_is_in_the_module_and_for_no_other_call(tmp_path: Path) -> None:
    module_root(
        tmp_path,
        'terraform {\n  backend "s3" {}\n}\n# tf-cvpn-lint:ignore CVPN102 reason="a laboratory"\nmodule "lab" {\n  source = "./vpn"\n}\n'
        'module "live" {\n  source = "./vpn"\n}\n',
    )
    judgement = judged(read(str(tmp_path), types=TYPES))
    assert [str(finding.endpoint) for finding in judgement.findings if finding.rule.id == "CVPN102"] == [
        "module.live.aws_ec2_client_vpn_endpoint.this"
    ]
    assert [str(each.finding.endpoint) for each in judgement.suppressed if each.finding.rule.id == "CVPN102"] == [
        "module.lab.aws_ec2_client_vpn_endpoint.this"
    ]


@pytest.mark.parametrize(
    "call",
    [
        'module "lab" {\n  # tf-cvpn-lint:ignore CVPN102\n  source = "./vpn"\n}\n',
        'module "lab" {\n  source = "./vpn" # tf-cvpn-lint:ignore CVPN102\n}\n',
        'module "lab" {\n  source = "./vpn"\n\n  # tf-cvpn-lint:ignore CVPN102\n  providers = { aws = aws }\n}\n',
    ],
)
def test_a_comment_anywhere_in_a_module_call_stands_for_the_call(tmp_path: Path, call: str) -> None:
    """No finding is at an argument of a call: who writes a comment there means what the module makes of it."""
    module_root(tmp_path, f'terraform {{\n  backend "s3" {{}}\n}}\n{call}')
    judgement = judged(read(str(tmp_path), types=TYPES))
    assert not {"CVPN102", "CVPN903"} & set(rules_of(judgement))


def test_a_comment_in_a_module_stands_for_every_call_of_it(tmp_path: Path) -> None:
    module_root(
        tmp_path,
        'terraform {\n  backend "s3" {}\n}\nmodule "lab" {\n  source = "./vpn"\n}\nmodule "live" {\n  source = "./vpn"\n}\n',
    )
    file = tmp_path / "vpn" / "main.tf"
    file.write_text(file.read_text().replace(HEADER, f"# tf-cvpn-lint:ignore CVPN102\n# a remark\n{HEADER}"))
    judgement = judged(read(str(tmp_path), types=TYPES))
    assert "CVPN102" not in rules_of(judgement)
    assert len([each for each in judgement.suppressed if each.finding.rule.id == "CVPN102"]) == 2
    assert "CVPN903" not in rules_of(judgement)


def test_a_plan_beside_its_sources_is_suppressed_as_the_directory_is(tmp_path: Path) -> None:
    shutil.copytree(FIXTURES / "networks" / "seed-2-without-client-route", tmp_path, dirs_exist_ok=True)
    file = tmp_path / "vpn.tf"
    comment = '# tf-cvpn-lint:ignore CVPN101 reason="next week" until=2027-01-31'
    file.write_text(
        "".join(
            f"{line}\n" if "dns_servers" not in line else f"{line} {comment}\n"
            for line in file.read_text().splitlines()
        )
    )
    told = []
    for path in (tmp_path, tmp_path / "plan.json"):
        judgement = judged(read(str(path), types=TYPES), Controls(today=TODAY))
        assert "CVPN101" not in rules_of(judgement)
        told.append([each.suppression.reason for each in judgement.suppressed if each.finding.rule.id == "CVPN101"])
        place = judgement.suppressed[0].suppression.location
        assert place is not None
        assert place.line == judgement.suppressed[0].finding.evidence.location.line  # type: ignore[union-attr]
    assert told == [["next week", "next week"]] * 2


def test_a_plan_alone_has_no_comments(tmp_path: Path) -> None:
    shutil.copy(FIXTURES / "networks" / "seed-2-without-client-route" / "plan.json", tmp_path)
    (tmp_path / "other.tf").write_text("# tf-cvpn-lint:ignore CVPN101\n")
    judgement = judged(read(str(tmp_path / "plan.json"), types=TYPES), Controls(today=TODAY))
    assert "CVPN101" in rules_of(judgement)
    assert "CVPN903" not in rules_of(judgement)


LINES = NOT_AUTHORIZED.split("\n")


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    number=st.integers(0, len(LINES) - 1),
    names=st.sampled_from(["all", "CVPN102", "CVPN1, CVPN401", "single-dns-server", "CVPN102 until=2020-01-01"]),
)
def test_suppressing_changes_no_verdict_and_loses_no_finding(tmp_path: Path, number: int, names: str) -> None:
    text = "\n".join([*LINES[:number], f"# tf-cvpn-lint:ignore {names}", *LINES[number:]])
    plain = judged(directory(tmp_path / "plain", NOT_AUTHORIZED), Controls(today=TODAY))
    other = judged(directory(tmp_path / "other", text), Controls(today=TODAY))
    assert verdicts(other) == verdicts(plain)
    assert [finding.rule.id for finding, _ in other.all_marked if finding.rule.id < "CVPN9"] == [
        finding.rule.id for finding, _ in plain.all_marked
    ]


def test_the_report_keeps_what_is_suppressed_and_does_not_count_it(tmp_path: Path) -> None:
    from tf_cvpn_lint.report import document
    from tf_cvpn_lint.result import Result

    judgement = written(tmp_path, "  dns_servers ", '# tf-cvpn-lint:ignore CVPN102 reason="why" until=2027-01-31')
    report = json.loads(document.write(Result((judgement,))))
    (shown,) = [finding for finding in report["findings"] if finding["rule"] == "CVPN102"]
    assert shown["suppressed"] == {
        "by": "comment",
        "reason": "why",
        "until": "2027-01-31",
        "location": {
            "file": (tmp_path / "main.tf").as_posix(),
            "line": shown["location"]["line"],
            "column": 86,
            "end_line": shown["location"]["line"],
        },
    }
    assert report["summary"]["suppressed"] == len(judgement.suppressed) == 1
    assert report["summary"]["findings"]["error"] == 0
