"""The JSON report and its schema."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import jsonschema
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.builders import DNS_GROUP, ENDPOINT, finding, judgement, reach, result, rule
from tf_cvpn_lint.core.address import Address
from tf_cvpn_lint.core.evidence import Evidence, Gap, Location
from tf_cvpn_lint.core.records import replace
from tf_cvpn_lint.core.verdict import no, unsure, yes
from tf_cvpn_lint.reach.trace import DeviceResolverReach, PassedOver, ServerKind, ServerVerdict, Service, TunnelPath
from tf_cvpn_lint.report import contract, document
from tf_cvpn_lint.report.contract import json_schema
from tf_cvpn_lint.result import AssumptionUse, BaselineEntry, Result, Suppressed, Suppression
from tf_cvpn_lint.rules import Instance, Related, Severity

EVERY_KIND_OF_THING = result(
    reach(
        {
            "10.10.1.228": ServerVerdict.UNREACHABLE,
            "10.10.0.43": ServerVerdict.INTERMITTENT,
            "10.0.0.2": ServerVerdict.REACHABLE,
            "module.dns.server_address": ServerVerdict.UNKNOWN,
            "resolver.example.com": ServerVerdict.UNREACHABLE,
        }
    ),
    reach({}, address=Address("aws_ec2_client_vpn_endpoint", "other"), enabled=False),
    findings=(
        finding(at=Evidence(ENDPOINT, "dns_servers", Location("vpn.tf", 3, 3))),
        finding("module.dns.server_address"),
        finding(None, by=rule("CVPN401", "single", Severity.NOTE)),
    ),
    gaps=(Gap("aws_lb.x", "its addresses", "known after apply", Location("lb.tf", 1)),),
)

PROMISED: dict[str, Any] = {
    "schema_version": {},
    "tool": {"name": {}, "version": {}},
    "inputs": {"path": {}, "kind": {}},
    "endpoints": {
        "address": {},
        "tunnel_mode": {},
        "dns": {},
        "associations": {},
        "dns_servers": {
            "server": {},
            "reference": {},
            "kind": {},
            "verdict": {},
            "path": {},
            "traces": {
                "association": {},
                "protocol": {},
                "port": {},
                "verdict": {},
                "steps": {
                    "hop": {},
                    "verdict": {},
                    "says": {},
                    "evidence": {"address": {}, "attribute": {}, "file": {}, "line": {}},
                    "passed_over": {},
                },
                "assumes": {},
            },
        },
        "device_resolvers": {"resolver": {}, "verdict": {}, "path": {}, "says": {}},
    },
    "findings": {
        "rule": {},
        "name": {},
        "severity": {},
        "certainty": {},
        "endpoint": {},
        "server": {},
        "address": {},
        "location": {"file": {}, "line": {}, "column": {}, "end_line": {}},
        "message": {},
        "fix": {},
        "related": {},
        "help": {},
        "fingerprint": {},
        "suppressed": {},
    },
    "gaps": {"address": {}, "what": {}, "why": {}, "location": {}},
    "summary": {
        "endpoints": {},
        "servers": {"reachable": {}, "unreachable": {}, "intermittent": {}, "unknown": {}},
        "findings": {"error": {}, "warning": {}, "note": {}},
        "suppressed": {},
    },
}
"""The fields that users were promised. More may come; none of these may go."""


def written(of: Result) -> Any:
    return json.loads(document.write(of))


def test_the_published_schema_is_valid_and_holds_a_report_of_everything() -> None:
    jsonschema.Draft202012Validator.check_schema(json_schema())
    jsonschema.validate(written(EVERY_KIND_OF_THING), json_schema())


def test_the_schema_refuses_a_report_without_a_promised_field() -> None:
    for field in PROMISED:
        report = written(EVERY_KIND_OF_THING)
        del report[field]
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(report, json_schema())


def test_a_reader_with_an_older_schema_accepts_a_field_that_was_added() -> None:
    report = written(EVERY_KIND_OF_THING)
    report["endpoints"][0]["new"] = 1
    jsonschema.validate(report, json_schema())


def test_every_promised_field_is_in_the_schema() -> None:
    schema = json_schema()
    definitions = schema["$defs"]
    assert isinstance(definitions, dict)

    def properties(of: dict[str, Any]) -> dict[str, Any]:
        for part in (of, of.get("items", {}), *of.get("anyOf", ())):
            if "$ref" in part:
                found: dict[str, Any] = definitions[part["$ref"].rpartition("/")[2]]["properties"]
                return found
        return {}

    def missing(promised: dict[str, Any], of: dict[str, Any], path: str) -> list[str]:
        return [
            found
            for name, fields in promised.items()
            for found in (missing(fields, properties(of[name]), f"{path}.{name}") if name in of else [f"{path}.{name}"])
        ]

    top = schema["properties"]
    assert isinstance(top, dict)
    assert missing(PROMISED, top, "report") == []


def test_the_schema_describes_what_a_name_does_not_say() -> None:
    definitions = json_schema()["$defs"]
    assert isinstance(definitions, dict)
    assert "waits for" in definitions["DnsServerShown"]["properties"]["reference"]["description"]


def test_a_server_without_an_address_is_named_by_its_reference() -> None:
    servers = written(EVERY_KIND_OF_THING)["endpoints"][0]["dns_servers"]
    assert [(entry["server"], entry["reference"]) for entry in servers[2:]] == [
        ("10.0.0.2", None),
        (None, "module.dns.server_address"),
        ("resolver.example.com", None),
    ]
    finding_ = written(EVERY_KIND_OF_THING)["findings"][1]
    assert (finding_["server"], finding_["reference"]) == (None, "module.dns.server_address")


def test_every_word_the_judge_may_say_is_in_the_contract() -> None:
    assert set(contract.Kind.__args__) >= {kind.value for kind in ServerKind}  # type: ignore[attr-defined] # of a Literal
    assert set(contract.ServerAnswer.__args__) == {verdict.value for verdict in ServerVerdict}  # type: ignore[attr-defined]


def test_an_undecided_server_is_a_gap_that_names_what_it_waits_for() -> None:
    gaps = written(EVERY_KIND_OF_THING)["gaps"]
    assert gaps[0]["what"] == "DNS server module.dns.server_address"
    assert gaps[0]["waits_for"] == ["data.aws_security_group.dns.id"]
    assert gaps[0]["endpoints"] == ["aws_ec2_client_vpn_endpoint.this"]
    assert gaps[-1] == {
        "input": "plan.json",
        "address": "aws_lb.x",
        "what": "the addresses",
        "why": "known after apply",
        "location": {"file": "lb.tf", "line": 1, "column": 1, "end_line": 1},
        "waits_for": [],
        "endpoints": [],
    }


def test_the_summary_counts_servers_and_findings() -> None:
    assert written(EVERY_KIND_OF_THING)["summary"] == {
        "endpoints": 2,
        "servers": {"reachable": 1, "unreachable": 2, "intermittent": 1, "unknown": 1},
        "findings": {"error": 2, "warning": 0, "note": 1},
        "suppressed": 0,
    }


def test_the_same_result_gives_the_same_bytes() -> None:
    assert document.write(EVERY_KIND_OF_THING) == document.write(EVERY_KIND_OF_THING)


def test_a_name_that_is_no_text_does_not_break_the_report() -> None:
    of = Result((judgement(reach({"half\ud800": ServerVerdict.UNREACHABLE}), path="pl\udcffan.json"),))
    report = written(of)
    assert report["inputs"][0]["path"] == r"pl\udcffan.json"
    assert report["endpoints"][0]["dns_servers"][0]["server"] == r"half\ud800"


DEVICE = ServerVerdict.UNREACHABLE, TunnelPath.TUNNEL


def every_field() -> Result:
    """A result in which everything is filled that may be empty or null."""
    at = Location("vpn.tf", 3, 5, 9)
    place = Evidence(ENDPOINT, "dns_servers", at)
    fault = replace(
        finding(at=place, suggestion='dns_servers = ["10.0.0.2"]'),
        related=(Related(place, "as well"), Related(Evidence(ENDPOINT), "")),
        instances=(Instance("a", ENDPOINT, "10.0.0.2", None, ENDPOINT), Instance("b", None, None, "x.y", ENDPOINT)),
    )
    settings = replace(fault, evidence=Evidence(Address("settings", "expect", 0), "", at), endpoint=None)
    passed = PassedOver("a route", "is shorter", place)
    steps = (
        Service(verdict=yes(), says="yes", evidence=(place, Evidence(ENDPOINT)), passed_over=(passed, passed)),
        Service(verdict=unsure("?", waits_for=(DNS_GROUP,)), says="?", assumes="that"),
        Service(verdict=no("no"), says="no"),
    )
    told = reach({"10.0.0.2": ServerVerdict.REACHABLE})
    queries = tuple(replace(trace, steps=steps, back=steps[number % 3 :]) for number, trace in enumerate(told.traces))
    of = judgement(
        replace(told, servers=(replace(told.servers[0], traces=queries),)),
        replace(reach({}), device_resolvers=(DeviceResolverReach("lan", *DEVICE, "says", queries),)),
        findings=(fault,),
    )
    use = AssumptionUse("it is so", "because", at, applies=True, servers=((ENDPOINT, "10.0.0.2"),))
    suppressed = (
        Suppressed(fault, Suppression("comment", "known", date(2027, 1, 31), at), 1),
        Suppressed(settings, Suppression("settings", "", None, at), 2),
    )
    entry = BaselineEntry("0" * 32, "CVPN101", "endpoint", "server", "address")
    return Result((replace(of, suppressed=suppressed, assumptions=(use, replace(use, location=None))),), (entry, entry))


@pytest.mark.parametrize(
    "told",
    [
        EVERY_KIND_OF_THING,
        every_field(),
        result(),
        result(reach({"10.0.0.2": ServerVerdict.REACHABLE, "h\ud800": ServerVerdict.UNKNOWN})),
    ],
    ids=["everything", "every field", "no endpoint", "half of a surrogate pair"],
)
def test_the_models_write_the_same_text(told: Result) -> None:
    assert document.write(told) == document.report(told).model_dump_json(indent=2) + "\n"


@given(st.text(min_size=1))
@example("".join(map(chr, range(0x20))) + '"\\/\x7f\x85\u2028\ud800')
def test_any_text_is_written_as_the_models_write_it(text: str) -> None:
    told = result(reach({text: ServerVerdict.UNKNOWN}))
    assert document.write(told) == document.report(told).model_dump_json(indent=2) + "\n"
