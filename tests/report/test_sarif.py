"""SARIF as code scanning reads it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from sarif import loader

from tests.builders import ENDPOINT, finding, reach, result
from tests.report.reports import CLEAN, EVERYTHING, RULES, UNREACHABLE, hostile, named, shown
from tests.report.sarif_schema import LOG
from tf_cvpn_lint.core.evidence import Evidence
from tf_cvpn_lint.report import sarif
from tf_cvpn_lint.report.contract import SuppressionShown
from tf_cvpn_lint.result import Result


def log(of: Result) -> Any:
    return json.loads(sarif.render(shown(of), RULES))


def results(of: Result) -> list[Any]:
    found: list[Any] = log(of)["runs"][0]["results"]
    return found


@pytest.mark.parametrize("of", [EVERYTHING, CLEAN, result()])
def test_it_is_what_the_standard_asks_for(of: Result) -> None:
    jsonschema.Draft202012Validator(LOG).validate(log(of))


@given(hostile)
def test_no_name_makes_it_anything_else(text: str) -> None:
    written = sarif.render(shown(named(text)), RULES)
    jsonschema.Draft202012Validator(LOG).validate(json.loads(written))
    written.encode()
    assert all(line.isprintable() for text in strings(json.loads(written)) for line in text.split("\n"))
    for found in json.loads(written)["runs"][0]["results"]:
        assert "](" not in found["message"]["text"]


def strings(part: Any) -> list[str]:
    if isinstance(part, str):
        return [part]
    inner = part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
    return [text for item in inner for text in strings(item)]


def test_an_independent_reader_finds_the_same(tmp_path: Path) -> None:
    file = tmp_path / "report.sarif"
    file.write_text(sarif.render(shown(EVERYTHING), RULES), "utf-8")
    read = loader.load_sarif_file(str(file))
    assert [
        (record["Code"], record["Severity"], record["Location"], str(record["Line"])) for record in read.get_records()
    ] == [(found["ruleId"], found["level"], uri_of(found), line_of(found)) for found in results(EVERYTHING)]
    assert read.get_distinct_tool_names() == ["tf-cvpn-lint"]


def uri_of(found: Any) -> str:
    return str(found["locations"][0]["physicalLocation"]["artifactLocation"]["uri"])


def line_of(found: Any) -> str:
    return str(found["locations"][0]["physicalLocation"].get("region", {}).get("startLine", 1))


def test_a_clean_run_has_all_rules_and_no_result() -> None:
    run = log(CLEAN)["runs"][0]
    assert run["results"] == []
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == [rule.id for rule in RULES]
    assert run["tool"]["driver"]["rules"][0]["help"]["markdown"].startswith("# CVPN101 dns-not-routed\n")


def test_a_result_points_at_the_line_and_at_its_rule() -> None:
    found = results(EVERYTHING)[0]
    assert found["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "vpn.tf", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 5, "startColumn": 3},
    }
    assert RULES[found["ruleIndex"]].id == found["ruleId"]
    assert len(found["partialFingerprints"]["tfCvpnLint/v1"]) == 32


def test_a_finding_of_a_plan_alone_has_a_logical_location_and_the_plan() -> None:
    (place,) = results(result(reach({"10.0.0.1": UNREACHABLE}), findings=(finding(at=Evidence(ENDPOINT, "x")),)))[0][
        "locations"
    ]
    assert place["logicalLocations"][0]["fullyQualifiedName"] == "aws_ec2_client_vpn_endpoint.this.x"
    assert place["physicalLocation"] == {"artifactLocation": {"uri": "plan.json", "uriBaseId": "%SRCROOT%"}}


def test_the_code_flow_has_a_location_for_each_hop_of_the_query_that_fails() -> None:
    (flow,) = results(EVERYTHING)[1]["codeFlows"]  # of the server that fails on the second association
    (thread,) = flow["threadFlows"]
    assert thread["id"] == 'udp/53 by aws_ec2_client_vpn_network_association.this["b"]'
    assert [hop["location"]["message"]["text"] for hop in thread["locations"]] == [
        "client route: dropped here: no Client VPN route covers 10.10.0.43, so the query leaves on the user's own network"
    ]
    (flow,) = results(EVERYTHING)[2]["codeFlows"]
    hops = flow["threadFlows"][0]["locations"]
    assert [hop["importance"] for hop in hops] == ["unimportant", "important"]
    assert "codeFlows" not in results(EVERYTHING)[3]  # not of one server


def test_what_cannot_fail_a_run_is_a_note() -> None:
    assert [found["level"] for found in results(EVERYTHING)] == ["error", "error", "note", "note", "note"]


def test_related_places_have_ids_and_words() -> None:
    related = results(EVERYTHING)[0]["relatedLocations"]
    assert [(place["id"], place["message"]["text"]) for place in related] == [(0, "the route"), (1, "aws_vpc.a")]


@pytest.mark.parametrize(("by", "kind"), [("comment", "inSource"), ("settings", "external"), ("baseline", "external")])
def test_a_suppressed_finding_stays_with_its_reason(by: Any, kind: str) -> None:
    report = shown(EVERYTHING)
    suppressed = SuppressionShown(by=by, reason="accepted risk", until=None, location=None)
    first = report.findings[0].model_copy(update={"suppressed": suppressed})
    report = report.model_copy(update={"findings": [first, *report.findings[1:]]})
    found = json.loads(sarif.render(report, RULES))["runs"][0]["results"]
    assert found[0]["suppressions"] == [{"kind": kind, "status": "accepted", "justification": "accepted risk"}]
    assert found[1]["suppressions"] == []


def test_what_was_not_decided_is_a_notification() -> None:
    (invocation,) = log(EVERYTHING)["runs"][0]["invocations"]
    told = [entry["message"]["text"] for entry in invocation["toolExecutionNotifications"]]
    assert any("settled by data.aws_security_group.dns.id" in text for text in told)
    assert "Not decided: the addresses of aws_lb.x: known after apply" in told
