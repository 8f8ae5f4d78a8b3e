"""Each thing that is not a plan is told by its content and answered in one line with a command."""

from __future__ import annotations

import gzip
import io
import json
import stat
import sys
import zipfile
from pathlib import Path
from typing import BinaryIO

import pytest

from tests.read.fixture_plans import PLANS
from tf_cvpn_lint.core.errors import InputError
from tf_cvpn_lint.read.detect import identify
from tf_cvpn_lint.read.inputs import read

PLAN = (PLANS / "ids-unknown-on-create" / "plan.json").read_bytes()
SHOW = "terraform show -json"


def zipped(*members: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for member in members:
            archive.writestr(member, b"x")
    return buffer.getvalue()


LOG = b'{"@level":"info","@message":"Terraform 1.11.4","type":"version","ui":"1.2"}\n{"@level":"info","@message":"Plan: 1 to add"}\n'
HUMAN = b"\nTerraform used the selected providers to generate the following execution plan.\n\n  + create\n"
STATE_FILE = b'{"version":4,"terraform_version":"1.11.4","serial":8,"lineage":"d8bc46fd","outputs":{},"resources":[]}'


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "is empty"),
        (b" \r\n\t", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        (
            zipped("tfplan", "tfstate", "tfconfig/modules.json"),
            f"binary form; make JSON of it: terraform {SHOW.split(' ', 1)[1]} input > input.json",
        ),
        (zipped("report.txt"), "a zip archive and not a plan"),
        (zipped("tfplan")[:40], "a zip archive that is cut off"),
        (gzip.compress(PLAN), "compressed with gzip"),
        (PLAN.decode().encode("utf-16"), "text in UTF-16"),
        (PLAN.decode().encode("utf-16-le"), "text in UTF-16"),
        (PLAN.decode().encode("utf-16-be"), "text in UTF-16"),
        (PLAN.decode().encode("utf-32"), "text in UTF-32"),
        (PLAN.decode().encode("utf-32-le"), "text in UTF-32"),
        (b"\x7fELF\x02\x01\x01\0\0\0", "a binary file"),
        (PLAN[:2000], "JSON that breaks off at line 1"),
        (PLAN + PLAN, "more than one JSON document at line 2"),
        (LOG, "the log of terraform plan -json"),
        (LOG.split(b"\n")[0], "the log of terraform plan -json"),
        (STATE_FILE, "Terraform's own state file; make JSON of it: terraform show -json input"),
        (b'{"format_version":"1.0","provider_schemas":{}}', "a provider schema"),
        (b'{"format_version":"1.0","valid":true,"error_count":0,"diagnostics":[]}', "terraform validate -json"),
        (b'{"vpc_id":{"sensitive":false,"type":"string","value":"vpc-1"}}', "terraform output -json"),
        (b'{"resource":{"aws_vpc":{"main":{}}}}', "Terraform source in JSON"),
        (b'{"AWSTemplateFormatVersion":"2010-09-09"}', "JSON and not a plan"),
        (b'{"format_version":"1.2","terraform_version":"1.11.4","timestamp":"x"}', "JSON and not a plan"),
        (b'{"format_version":1.2,"planned_values":{}}', "JSON and not a plan"),
        (b"[1, 2]", "JSON and not a plan"),
        (b'"plan"', "JSON and not a plan"),
        (b"null", "JSON and not a plan"),
        (PLAN.replace(b'"format_version":"1.2"', b'"format_version":"0.2"'), "Terraform wrote before 1.1"),
        (PLAN.replace(b'"format_version":"1.2"', b'"format_version":"2.0"'), "knows 1.x"),
        (b'resource "aws_vpc" "main" {\n  cidr_block = "10.0.0.0/16"\n}\n', "Terraform source and not a plan"),
        (b'region = "eu-west-1"\n', "Terraform source and not a plan"),
        (HUMAN, "a plan as people read it"),
        (b"Warning: old provider\n" + PLAN, "other output before the JSON"),
        (b"{'format_version': '1.2'}", "is not JSON: key must be a string"),
        (b'{"a": NaN}', "is not JSON"),
        (b'{"a": ' + b"1" * 5000 + b"}", "is not JSON: number out of range"),
        (b'{"a":' * 300, "nested too deep"),
        (b'{"a":"\xff"}', "is not JSON"),
        (b"<html><body>Sign in</body></html>", "is not JSON"),
    ],
)
def test_what_is_no_plan_is_named_in_one_line(data: bytes, says: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(InputError) as fault:
        identify(data, "input")
    message = str(fault.value)
    assert message.startswith("input ")
    assert says in message
    assert "\n" not in message
    assert "terraform" in message or "tf-cvpn-lint" in message


def test_a_byte_order_mark_is_no_matter() -> None:
    assert identify(b"\xef\xbb\xbf" + PLAN, "plan.json").kind == "plan"


def test_space_around_a_plan_is_no_matter() -> None:
    assert identify(b"\n  " + PLAN + b"\n\n", "plan.json").kind == "plan"


def test_a_name_stays_on_the_line() -> None:
    with pytest.raises(InputError) as fault:
        identify(b"", "a\nb\x1b[31m\udcff")
    assert str(fault.value).isprintable()


# Files and other things


def said(path: object, **options: object) -> str:
    with pytest.raises(InputError) as fault:
        read(str(path), **options)  # type: ignore[arg-type]  # options are read()'s own
    assert "\n" not in str(fault.value)
    return str(fault.value)


def test_a_missing_file(tmp_path: Path) -> None:
    assert "there is no such file" in said(tmp_path / "plan.json")
    (tmp_path / "file").write_bytes(PLAN)
    assert "there is no such file" in said(tmp_path / "file" / "plan.json")


def test_a_path_that_is_none() -> None:
    assert "is no path" in said("a\0b")
    assert "cannot be read" in said("x" * 5000)


def test_a_directory_without_terraform(tmp_path: Path) -> None:
    assert "holds no Terraform files; pass" in said(tmp_path)
    (tmp_path / "plan.json").write_bytes(PLAN)
    assert "did you mean" in said(tmp_path)


def test_a_device() -> None:
    assert "is a device" in said("/dev/zero")


@pytest.mark.skipif(sys.platform == "win32", reason="rights are others there")
def test_rights_that_are_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "plan.json"
    path.write_bytes(PLAN)
    path.chmod(0)
    try:
        path.read_bytes()
    except PermissionError:
        assert "permission to read it is missing" in said(path)
    else:
        # The superuser may read everything.
        def refuse(_: Path, _mode: str) -> BinaryIO:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(Path, "open", refuse)
        assert "permission to read it is missing" in said(path)


def test_a_pipe_is_read(tmp_path: Path) -> None:
    import os
    import threading

    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=(PLAN,))
    writer.start()
    configuration = read(str(path))
    writer.join()
    assert configuration.inputs[0].kind == "plan"


def test_standard_input_is_read() -> None:
    configuration = read("-", stdin=io.BytesIO(PLAN))
    assert (configuration.inputs[0].path, configuration.inputs[0].kind) == ("-", "plan")
    assert all(resource.location is None for resource in configuration.resources)
    with pytest.raises(InputError, match=r"^standard input is empty"):
        read("-", stdin=io.BytesIO())


def test_a_state_is_read() -> None:
    path = PLANS / "nothing-to-change" / "state.json"
    assert read(str(path)).inputs[0].kind == "state"


def test_a_broken_plan_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_text(json.dumps({"format_version": "1.2", "resource_changes": {}}), "utf-8")
    assert said(path).startswith(f"{path}: resource_changes is not a list")


# --run-show


def install(directory: Path, name: str, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    program = directory / "bin" / name
    program.parent.mkdir()
    program.write_text(f"#!{sys.executable}\n{script}", "utf-8")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(program.parent))


PRINTS = f"""
import os, pathlib, sys
assert sys.argv[1:] == ["show", "-json", "-no-color", "./tfplan"], sys.argv
assert pathlib.Path(sys.argv[-1]).exists()
sys.stdout.write(pathlib.Path({str(PLANS / "ids-unknown-on-create" / "plan.json")!r}).read_text("utf-8"))
"""
FAILS = """
import sys
sys.stderr.write("\\n╷\\n│ Error: Failed to load plugin schemas\\n│ \\n│ more\\n╵\\n")
sys.exit(1)
"""


@pytest.fixture
def binary(tmp_path: Path) -> Path:
    path = tmp_path / "tfplan"
    path.write_bytes(zipped("tfplan"))
    return path


@pytest.mark.parametrize("program", ["terraform", "tofu"])
def test_a_binary_plan_is_shown_where_that_is_asked_for(
    binary: Path, program: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(binary.parent, program, PRINTS, monkeypatch)
    assert f"or let {program} do it: --run-show" in said(binary)
    configuration = read(str(binary), run_show=True)
    assert configuration.inputs[0].path == str(binary)
    assert configuration.resources


def test_a_program_that_fails_is_quoted_in_a_line(binary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(binary.parent, "terraform", FAILS, monkeypatch)
    assert said(binary, run_show=True).endswith("terraform show -json failed: Error: Failed to load plugin schemas")


def test_run_show_is_not_offered_where_nothing_can_run(binary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert "--run-show" not in said(binary)
    assert f"{SHOW} {binary}" in said(binary, run_show=True)
