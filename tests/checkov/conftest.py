"""The real Checkov, and our package installed as a user has it."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from tests.checkov import environments
from tests.project import copy_project

Failure = tuple[str, str]
"""A check and the address at which it failed."""


@dataclass(frozen=True)
class Run:
    """What a run of Checkov comes to."""

    status: int
    reports: dict[str, dict[str, list[dict[str, Any]]]]
    """Records by framework and result (`failed_checks`, …)."""
    said: str

    def records(self, result: str, framework: str = "") -> list[dict[str, Any]]:
        return [
            record
            for name, told in self.reports.items()
            if framework in ("", name)
            for record in told[f"{result}_checks"]
        ]

    def failures(self, framework: str = "") -> set[Failure]:
        return {(record["check_id"], record["resource"]) for record in self.records("failed", framework)}


@dataclass(frozen=True)
class Installation:
    """Checkov and our package, each in an environment of its own."""

    checkov: Path
    python: Path

    @cached_property
    def folder(self) -> str:
        """What `tf-cvpn-lint checkov-dir` prints."""
        status, out, err = self.ours("checkov-dir")
        assert (status, err) == (0, "")
        return out.strip()

    def ours(self, *arguments: str, cwd: Path | None = None) -> tuple[int, str, str]:
        """Our program's exit status and what it prints."""
        done = subprocess.run(
            [self.python, "-m", "tf_cvpn_lint", *arguments], cwd=cwd, capture_output=True, encoding="utf-8", check=False
        )
        return done.returncode, done.stdout, done.stderr

    def run(
        self, *arguments: str, cwd: Path, folder: str | None = None, check: str = "CKV_CVPN_*", **variables: str
    ) -> Run:
        """Runs Checkov with our checks; the report is JSON."""
        output = () if "--output" in arguments else ("--output", "json")
        done = subprocess.run(
            [
                self.checkov,
                *arguments,
                *output,
                "--external-checks-dir",
                folder or self.folder,
                "--check",
                check,
                "--skip-download",
            ],
            cwd=cwd,
            env={**_plain(), **variables},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=300,
            check=False,
        )
        try:
            told = json.loads(done.stdout)
        except ValueError:
            told = []
        reports = told if isinstance(told, list) else [told]
        found = {report["check_type"]: report["results"] for report in reports if "results" in report}
        return Run(done.returncode, found, done.stdout + done.stderr)


def _plain() -> dict[str, str]:
    hidden = ("TF_", "PYTHON", "BC_", "CKV_", "CHECKOV_", "VIRTUAL_ENV")
    return {name: value for name, value in os.environ.items() if not name.startswith(hidden)} | {"LOG_LEVEL": "WARNING"}


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """Both environments; without Checkov the test is skipped, or fails where TF_CVPN_LINT_REQUIRE_CHECKOV=1 says that it must not be."""
    try:
        checkov = environments.checkov()
    except environments.AbsentError as absent:
        if os.environ.get(environments.REQUIRE) == "1" or os.environ.get(environments.GIVEN):
            pytest.fail(str(absent))
        pytest.skip(str(absent))
    place = tmp_path_factory.mktemp("our package")
    copy_project(place / "project")
    return Installation(checkov, environments.with_our_package(place / "environment", place / "project"))


def failing(report: str, *, notes: bool = False) -> set[Failure]:
    """What fails a run by our JSON report, at the resource at fault and at the endpoint."""
    return {
        (f"CKV_CVPN_{finding['rule'][4:]}", address)
        for finding in json.loads(report)["findings"]
        if finding["enabled"] and finding["suppressed"] is None and finding["certainty"] != "unsure"
        if notes or finding["severity"] != "note"
        for address in (finding["address"], finding["endpoint"])
    }


def without_keys(failures: Sequence[Failure] | set[Failure]) -> set[Failure]:
    """Without instance keys, of which Checkov does not know all."""
    from tf_cvpn_lint.checkov_plugin.checks import without_keys as plain

    return {(check, plain(address)) for check, address in failures}
