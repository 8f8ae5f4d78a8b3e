"""What is written to a log is no command to the system that keeps the log."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.hostile.cases import judged
from tests.hostile.test_secrets import ENDPOINT, PLAIN
from tf_cvpn_lint.report.printable import inert
from tf_cvpn_lint.settings import ReportFormat

NAMES = (
    "##[error]x",
    "##vso[task.setvariable variable=PATH]/tmp",
    "##teamcity[buildStatus text='x']",
    "a ::error file=x::b",
    "::stop-commands::x",
    "x ::add-mask::a",
    "##[add-path]/tmp",
)
COMMAND = re.compile(r"##(?:\[|vso\[|teamcity\[)|^\s*::[a-z-]+(?:\s[^\n]*)?::", re.IGNORECASE | re.MULTILINE)


def tree(directory: Path) -> Path:
    keys = "toset([" + ", ".join(json.dumps(name) for name in ("a", *NAMES)) + "])"
    servers = "[" + ", ".join(json.dumps(name) for name in NAMES) + "]"
    values = {**PLAIN, "each": keys, "servers": servers, "certificate": json.dumps(NAMES[0])}
    text = ENDPOINT.format(**values).replace(
        'subnet_id              = aws_subnet.this["a"].id', "subnet_id = aws_subnet.this[each.key].id"
    )
    header = '"aws_ec2_client_vpn_network_association" "this" {'
    text = text.replace(header, f"{header}\n  for_each = {keys}")
    (directory / "main.tf").write_text(text, "utf-8")
    return directory


@pytest.mark.parametrize(
    ("format_", "columns"),
    [
        *((format_, "100") for format_ in ReportFormat),
        *((ReportFormat.TEXT, width) for width in ("40", "63", "77", "120")),
    ],
)
def test_no_name_is_a_command_to_what_reads_the_log(
    format_: ReportFormat, columns: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    outcome = judged([str(tree(tmp_path)), "--no-config", "--verbose", "--format", format_.value], seconds=60)
    assert not outcome.fault
    assert outcome.out
    ours = r"(?m)^::(?:error|warning|notice) " if format_ is ReportFormat.GITHUB else "(?!)"
    assert not COMMAND.search(re.sub(ours, "", outcome.out))
    assert not COMMAND.search(outcome.err)
    if format_ is ReportFormat.JSON:
        report = json.loads(outcome.out)
        assert [server["server"] for server in report["endpoints"][0]["dns_servers"]] == list(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_neither_do_values_and_words_about_the_run(name: str, tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text("locals {}\n", "utf-8")
    for arguments in (["eval", str(tmp_path), json.dumps([name])], [name], ["explain", name], ["--select", name, "."]):
        outcome = judged(arguments)
        assert not COMMAND.search(outcome.out + outcome.err), arguments


@pytest.mark.parametrize(
    "text", ["::1", "::/0 and ::1", "fe80::1", "  ::ffff:10.0.0.1 or ::1", "# heading", "a ## b", "x::y::z"]
)
def test_addresses_and_words_stay_as_they_are(text: str) -> None:
    assert inert(text) == text
