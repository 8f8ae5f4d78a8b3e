"""The real Checkov with our checks: the same findings and the same exit status as our own command, and never silence."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests import samples
from tests.checkov.conftest import Installation, failing, without_keys
from tf_cvpn_lint.__main__ import main

pytestmark = pytest.mark.checkov

ROOT = Path(__file__).resolve().parent.parent.parent
NETWORKS = ROOT / "fixtures" / "networks"
STORIES = (
    "dns-instances-admit-unrelated-group",
    "environments-by-for-each",
    "environments-sharing-dev-dns",
    "guarded-by-count",
    "inbound-resolver-admits-client-cidr-only",
    "inbound-resolver-in-transit-hub-module",
    "own-amazon-dns-split",
    "seed-2-without-client-route",
)
"""Clean, broken, undecided and switched off; at the root, in modules, by count and for_each; at fault the endpoint and other resources."""
BROKEN = NETWORKS / "inbound-resolver-admits-client-cidr-only"
"""CVPN116 at a security group, for both servers."""
SOUND = NETWORKS / "own-amazon-dns-split"


def ours(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    capsys.readouterr()
    status = main(["check", "--format", "json", *arguments])
    return status, capsys.readouterr().out


def test_the_doctor_proves_it(installation: Installation) -> None:
    status, out, err = installation.ours("checkov-doctor", "--checkov", str(installation.checkov))
    assert (status, err) == (0, "")
    assert out.count("works: fails with CKV_CVPN_102 at aws_ec2_client_vpn_endpoint.this") == 2


def test_both_ways_of_reading_find_what_our_own_command_finds(
    installation: Installation, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for story in STORIES:
        shutil.copytree(NETWORKS / story, tmp_path / story)
    run = installation.run("--directory", ".", "--framework", "terraform", "terraform_plan", cwd=tmp_path)
    assert run.status == 1, run.said
    for framework, name in (("terraform", "."), ("terraform_plan", "plan.json")):
        seen = 0
        for story in STORIES:
            status, report = ours(capsys, str(tmp_path / story / name))
            expected = without_keys(failing(report))
            found = {
                (record["check_id"], record["resource"])
                for record in run.records("failed", framework)
                if record["file_path"].startswith(f"/{story}/")
            }
            assert without_keys(found) == expected, (framework, story)
            assert bool(found) == (status == 1), (framework, story)
            seen += len(found)
        assert seen > 5


@pytest.mark.parametrize(("story", "status"), [(BROKEN, 1), (SOUND, 0)])
def test_the_exit_status_is_that_of_our_own_command(
    installation: Installation, story: Path, status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ours(capsys, str(story / "plan.json"))[0] == status
    run = installation.run("--file", str(story / "plan.json"), "--framework", "terraform_plan", cwd=story)
    assert run.status == status, run.said
    assert bool(run.failures()) == (status == 1)


def test_a_record_tells_what_why_where_and_how_to_mend_it(installation: Installation) -> None:
    run = installation.run("--file", "plan.json", "--framework", "terraform_plan", cwd=BROKEN)
    by_resource = {record["resource"]: record for record in run.records("failed")}
    assert set(by_resource) == {"aws_ec2_client_vpn_endpoint.this", "aws_security_group.resolver"}
    for record in by_resource.values():
        assert record["check_name"].startswith(
            "The DNS server admits the client CIDR, which it never sees: Queries reach 10.50.21.10"
        )
        assert record["severity"] == "HIGH"
        assert record["guideline"].startswith("https://docs.aws.amazon.com/")
        details = "\n".join(record["details"])
        assert "fix: Admit udp and tcp 53" in details
        assert "dns.tf:" in details
        assert "✗ " in details
    assert by_resource["aws_ec2_client_vpn_endpoint.this"]["check_result"]["evaluated_keys"] == ["dns_servers"]
    notes = [record["check_result"]["suppress_comment"] for record in run.records("skipped")]
    assert all(note.startswith("a note fails no run here: ") for note in notes)


def test_names_can_stay_plain_and_other_reports_have_the_message(installation: Installation) -> None:
    run = installation.run(
        "-f", "plan.json", "--framework", "terraform_plan", cwd=BROKEN, TF_CVPN_LINT_CHECK_NAMES="plain"
    )
    assert {record["check_name"] for record in run.records("failed")} == {
        "The DNS server admits the client CIDR, which it never sees"
    }
    run = installation.run("-f", "plan.json", "--framework", "terraform_plan", "--output", "junitxml", cwd=BROKEN)
    assert "Queries reach 10.50.21.10 and are dropped there" in run.said


def test_severities_decide_about_failing_softly_and_hard(installation: Installation) -> None:
    plan = ("-f", "plan.json", "--framework", "terraform_plan")
    assert installation.run(*plan, "--soft-fail-on", "HIGH", cwd=BROKEN).status == 0
    assert installation.run(*plan, "--soft-fail-on", "MEDIUM", cwd=BROKEN).status == 1
    assert installation.run(*plan, "--hard-fail-on", "CRITICAL", cwd=BROKEN).status == 0


def test_the_sample_in_the_documentation_is_what_it_prints(installation: Installation, tmp_path: Path) -> None:
    shutil.copytree(NETWORKS / "transit-gateway-not-in-zone-b", tmp_path / "infra")
    given = ("--file", "infra/plan.json", "--quiet", "--compact", "--output", "cli")
    run = installation.run(*given, cwd=tmp_path)
    assert run.status == 1
    command = 'checkov --file infra/plan.json --quiet --compact --check "CKV_CVPN_*" \\\n    --external-checks-dir "$(tf-cvpn-lint checkov-dir)"'
    said = "\n".join(line.rstrip() for line in run.said.split("\n"))
    samples.holds("checkov.md", "checkov", f"$ {command}\n{said}")


def test_one_rule_can_be_asked_alone(installation: Installation) -> None:
    run = installation.run("-f", "plan.json", "--framework", "terraform_plan", cwd=BROKEN, check="CKV_CVPN_102")
    assert run.status == 0
    assert {record["check_id"] for record in run.records("passed")} == {"CKV_CVPN_102"}


def test_a_skip_in_the_block_at_fault_is_enough(installation: Installation, tmp_path: Path) -> None:
    place = tmp_path / "network"
    shutil.copytree(BROKEN, place)
    text = (place / "dns.tf").read_text("utf-8")
    head = 'resource "aws_security_group" "resolver" {\n'
    assert head in text
    (place / "dns.tf").write_text(
        text.replace(head, f"{head}  # checkov:skip=CKV_CVPN_116:the resolver is being moved\n")
    )
    run = installation.run("-d", ".", "--framework", "terraform", cwd=place)
    assert run.status == 0, run.said
    skipped = {(record["check_id"], record["resource"]): record["check_result"] for record in run.records("skipped")}
    assert skipped["CKV_CVPN_116", "aws_security_group.resolver"]["suppress_comment"] == "the resolver is being moved"
    assert (
        "the resolver is being moved" in skipped["CKV_CVPN_116", "aws_ec2_client_vpn_endpoint.this"]["suppress_comment"]
    )

    apart = tmp_path / "plans"
    apart.mkdir()
    (place / "plan.json").rename(apart / "plan.json")
    plan = ("-f", str(apart / "plan.json"), "--framework", "terraform_plan")
    assert installation.run(*plan, cwd=tmp_path).status == 1
    run = installation.run(*plan, "--repo-root-for-plan-enrichment", str(place), cwd=tmp_path)
    assert run.status == 0, run.said
    assert ("CKV_CVPN_116", "aws_security_group.resolver") in {
        (record["check_id"], record["resource"]) for record in run.records("skipped")
    }


def test_settings_count_as_in_our_own_command(installation: Installation, tmp_path: Path) -> None:
    shutil.copy(BROKEN / "plan.json", tmp_path / "plan.json")
    (tmp_path / ".tf-cvpn-lint.toml").write_text('fail-on = "never"\n')
    run = installation.run("-f", "plan.json", "--framework", "terraform_plan", cwd=tmp_path)
    assert run.status == 0
    assert ("CKV_CVPN_116", "aws_security_group.resolver") in {
        (record["check_id"], record["resource"]) for record in run.records("skipped")
    }


def test_two_roots_that_call_one_module_are_told_apart(installation: Installation, tmp_path: Path) -> None:
    endpoint = (ROOT / "linter" / "tf_cvpn_lint" / "checkov_plugin" / "known_bad" / "main.tf").read_text("utf-8")
    provider, _, resources = endpoint.partition("resource ")
    rule = """
variable "authorized" {
  type = bool
}

resource "aws_ec2_client_vpn_authorization_rule" "this" {
  count                  = var.authorized ? 1 : 0
  client_vpn_endpoint_id = aws_ec2_client_vpn_endpoint.this.id
  target_network_cidr    = "10.0.0.0/16"
  authorize_all_groups   = true
}
"""
    for name, authorized in (("open", "true"), ("closed", "false")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "main.tf").write_text(
            f'{provider}module "{name}" {{\n  source     = "../module"\n  authorized = {authorized}\n}}\n'
        )
    (tmp_path / "module").mkdir()
    (tmp_path / "module" / "main.tf").write_text(f"resource {resources}{rule}")
    run = installation.run("-d", ".", "--framework", "terraform", cwd=tmp_path)
    endpoints = {resource for check, resource in run.failures() if check == "CKV_CVPN_102"}
    assert endpoints == {"module.closed.aws_ec2_client_vpn_endpoint.this"}
    assert ("CKV_CVPN_107", "module.open.aws_security_group.this") in run.failures()


def test_what_checkov_does_not_see_is_told_at_the_call(installation: Installation, tmp_path: Path) -> None:
    shutil.copytree(BROKEN, tmp_path / ".terraform" / "modules" / "vpn")
    (tmp_path / ".terraform" / "modules" / "vpn" / "versions.tf").unlink()
    (tmp_path / "main.tf").write_text(
        'provider "aws" {\n  region = "eu-west-1"\n}\n\n'
        'module "vpn" {\n  source  = "example.com/team/client-vpn/aws"\n  version = "1.0.0"\n}\n'
    )
    (tmp_path / ".terraform" / "modules" / "modules.json").write_text(
        json.dumps(
            {
                "Modules": [
                    {
                        "Key": "vpn",
                        "Source": "example.com/team/client-vpn/aws",
                        "Version": "1.0.0",
                        "Dir": ".terraform/modules/vpn",
                    }
                ]
            }
        )
    )
    assert installation.ours("check", ".", cwd=tmp_path)[0] == 1
    run = installation.run("-d", ".", "--framework", "terraform", cwd=tmp_path)
    assert run.status == 1, run.said
    assert {resource for check, resource in run.failures() if check == "CKV_CVPN_116"} == {"vpn"}


@pytest.mark.parametrize("framework", ["terraform", "terraform_plan"])
def test_any_trouble_of_ours_fails_with_its_reason(installation: Installation, tmp_path: Path, framework: str) -> None:
    shutil.copytree(SOUND, tmp_path / "network")
    target = ("-d", ".") if framework == "terraform" else ("-f", "plan.json")
    run = installation.run(
        *target, "--framework", framework, cwd=tmp_path / "network", TF_CVPN_LINT_PYTHON=str(installation.checkov)
    )
    assert run.status == 1
    assert {"CKV_CVPN_000", "CKV_CVPN_101", "CKV_CVPN_406"} <= {check for check, _ in run.failures()}
    assert all("tf-cvpn-lint could not say: " in record["check_name"] for record in run.records("failed"))
    assert {resource for _, resource in run.failures()} == {"aws_ec2_client_vpn_endpoint.this"}
    (tmp_path / "network" / ".tf-cvpn-lint.toml").write_text("nonsense = true\n")
    run = installation.run(*target, "--framework", framework, cwd=tmp_path / "network", check="CKV_CVPN_102")
    assert run.status == 1
    (record,) = run.records("failed")
    assert "nonsense" in record["check_name"]


def test_nothing_in_the_scanned_directory_is_run(installation: Installation, tmp_path: Path) -> None:
    shutil.copytree(SOUND, tmp_path / "network")
    for name in ("tf_cvpn_lint", "json", "netaddr", "csv"):
        (tmp_path / "network" / f"{name}.py").write_text("raise SystemExit('was run')\n")
    run = installation.run(
        "-d", ".", "--framework", "terraform", cwd=tmp_path / "network", PYTHONPATH=str(tmp_path / "nowhere")
    )
    assert run.status == 0, run.said
    assert not run.failures()


def test_the_doctor_sees_checks_that_do_not_load(installation: Installation, tmp_path: Path) -> None:
    program = tmp_path / "checkov"
    program.write_text(
        f'#!/bin/sh\nexec "{installation.checkov}" $(printf "%s " "$@" | sed "s#--external-checks-dir [^ ]*##" | tr -d "*")\n'
    )
    program.chmod(0o755)
    status, out, _ = installation.ours("checkov-doctor", "--checkov", str(program))
    assert status == 1
    assert "FAULT" in out
    assert "Do not trust this Checkov's silence." in out
