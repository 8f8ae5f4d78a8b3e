"""A line that several module instances have is told once."""

from __future__ import annotations

import io
import shutil
from pathlib import Path

import pytest

from tf_cvpn_lint.controls import baseline
from tf_cvpn_lint.report import document, text
from tf_cvpn_lint.report.instances import merged
from tf_cvpn_lint.report.page import Page
from tf_cvpn_lint.result import Result
from tf_cvpn_lint.run import Options, run, with_baseline
from tf_cvpn_lint.settings import Color
from tf_cvpn_policies import RULES

FIXTURES = Path(__file__).parents[2] / "fixtures"
STAGES = FIXTURES / "estates" / "stages-from-one-module-line"
ENDPOINT = "aws_ec2_client_vpn_endpoint.this"


def judged(*paths: Path) -> Result:
    return run([str(path) for path in paths], RULES, Options())


@pytest.mark.parametrize("way", ["directory", "plan", "plan alone"])
def test_one_finding_for_each_server_of_the_module_with_its_instances(way: str, tmp_path: Path) -> None:
    plan = STAGES / "plan.json"
    path = {"directory": STAGES, "plan": plan}.get(way) or Path(shutil.copy(plan, tmp_path))
    result = judged(path)
    assert len(result.findings) == 6
    report = document.report(merged(result))
    assert [[instance.server for instance in finding.instances] for finding in report.findings] == [
        ["10.20.21.53", "10.40.21.53", "10.30.21.53"],
        ["10.20.22.53", "10.40.22.53", "10.30.22.53"],
    ]
    assert report.summary.findings.error == 2
    assert report.findings[0].instances[1].address == f'module.stage["prod"].{ENDPOINT}'


def test_the_text_tells_it_with_the_first_and_says_where_for_the_others() -> None:
    stream = io.StringIO()
    text.write(judged(STAGES), Page(stream, Color.NEVER), ())
    told = " ".join(stream.getvalue().split())
    assert told.count("endpoint drops them") == 1
    assert f'the same line for: module.stage["prod"].{ENDPOINT} (10.40.21.53, 10.40.22.53);' in told
    assert told.count(f'error CVPN102 dns-not-authorized: as told of module.stage["dev"].{ENDPOINT}') == 2


def test_instances_of_a_resource_in_one_module_are_findings_of_their_own() -> None:
    result = judged(FIXTURES / "estates" / "default-route-over-an-unassociated-subnet")
    assert [finding.rule.id for finding in merged(result).findings] == ["CVPN309", "CVPN309"]


def test_a_line_of_the_root_is_a_finding_in_each_root() -> None:
    twice = judged(FIXTURES / "rules" / "CVPN102" / "fires", FIXTURES / "rules" / "CVPN309" / "fires")
    assert merged(twice) == twice


def test_a_comment_on_the_line_suppresses_it_for_all_instances(tmp_path: Path) -> None:
    shutil.copytree(STAGES, tmp_path / "stages")
    module = tmp_path / "stages" / "modules" / "stage" / "main.tf"
    line = "  dns_servers            = module.resolver.planned_addresses"
    written = module.read_text("utf-8")
    assert line in written
    module.write_text(written.replace(line, f'{line} # tf-cvpn-lint:ignore CVPN102 reason="a test"'), "utf-8")
    quiet = merged(judged(tmp_path / "stages"))
    assert quiet.findings == ()
    assert [len(each.finding.instances) for each in quiet.suppressed] == [3, 3]


def test_what_is_known_and_what_is_new_stay_apart() -> None:
    result = judged(STAGES)
    known = with_baseline(result, baseline.entries(result.findings[:1]))
    told = merged(known)
    assert [[each.server for each in finding.instances] for finding in told.findings] == [
        ["10.20.22.53", "10.40.22.53", "10.30.22.53"],
        ["10.40.21.53", "10.30.21.53"],
    ]
    assert [(each.finding.server, each.finding.instances) for each in told.suppressed] == [("10.20.21.53", ())]
