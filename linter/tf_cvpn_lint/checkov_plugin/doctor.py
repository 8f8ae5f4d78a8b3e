"""Whether an installation of Checkov runs our checks: proved on a network that is known to be broken."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tf_cvpn_lint.checkov_plugin.checks import check_id
from tf_cvpn_lint.checkov_plugin.command import FOLDER

KNOWN_BAD = Path(__file__).parent / "known_bad"
TIMEOUT = 600
Found = frozenset[tuple[str, str]]
"""Checks and the addresses at which they failed."""


def doctor(checkov: str) -> int:
    """Prints what works and what does not; 0, 1, or 2 where there is no Checkov."""
    found = shutil.which(checkov)
    if found is None:
        sys.stderr.write(f"tf-cvpn-lint: {checkov}: there is no such program; name it with --checkov\n")
        return 2
    print(f"Checkov    {found}, {_version(found)}")
    print(f"checks     {FOLDER}")
    sound = True
    with tempfile.TemporaryDirectory(prefix="tf-cvpn-lint-") as place:
        for framework, name in (("terraform_plan", "plan.json"), ("terraform", "main.tf")):
            directory = Path(place) / framework
            directory.mkdir()
            shutil.copy(KNOWN_BAD / name, directory / name)
            target = directory / name if name.endswith(".json") else directory
            wanted = ours(target)
            fault = _fault(found, framework, target, wanted)
            sound &= fault is None
            print(f"{framework:<15} {fault or f'works: fails with {_told(wanted)}'}")
    print("Checkov runs the checks and finds what this program finds." if sound else "Do not trust this Checkov's silence.")
    return 0 if sound else 1


def ours(target: Path) -> Found:
    """What this program itself finds that fails a run, at every place where Checkov is to show it."""
    done = subprocess.run(
        [sys.executable, "-P", "-m", "tf_cvpn_lint", "check", "--no-config", "--format", "json", str(target)],
        capture_output=True,
        check=False,
    )
    report = json.loads(done.stdout)
    return frozenset(
        (check_id(finding["rule"]), address)
        for finding in report["findings"]
        if finding["severity"] != "note" and finding["certainty"] != "unsure"
        for address in (finding["address"], finding["endpoint"])
    )


def _fault(checkov: str, framework: str, target: Path, wanted: Found) -> str | None:
    """What is wrong; None where Checkov fails as it should."""
    status, results, said = run_checkov(checkov, framework, target)
    if results is None:
        return f"FAULT: Checkov gives no report (exit status {status}): {said}"
    failed = {(record["check_id"], record["resource"]) for record in results["failed_checks"]}
    troubles = [record["check_name"] for record in results["failed_checks"] if "tf-cvpn-lint could not" in record["check_name"]]
    if troubles:
        return f"FAULT: {troubles[0]}"
    if not failed and not any(record["check_id"].startswith("CKV_CVPN_") for record in results["passed_checks"]):
        return f"FAULT: Checkov did not load the checks: {said or 'it says nothing'}"
    if failed != wanted:
        return f"FAULT: Checkov fails with {_told(failed)}, this program with {_told(wanted)}"
    if status != 1:
        return f"FAULT: Checkov ends with exit status {status}"
    return None


def run_checkov(
    checkov: str, framework: str, target: Path, *more: str, environment: Mapping[str, str] | None = None
) -> tuple[int, dict[str, Any] | None, str]:
    """Runs our checks alone: the exit status, the results, and the last line that Checkov said besides."""
    done = subprocess.run(
        [
            checkov,
            "--directory" if target.is_dir() else "--file",
            str(target),
            "--framework",
            framework,
            "--external-checks-dir",
            str(FOLDER),
            "--check",
            "CKV_CVPN_*",
            "--output",
            "json",
            "--skip-download",
            *more,
        ],
        cwd=target if target.is_dir() else target.parent,
        env={**(os.environ if environment is None else environment), "LOG_LEVEL": "WARNING"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=TIMEOUT,
        check=False,
    )
    lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
    said = lines[-1].strip() if lines else ""
    try:
        results = json.loads(done.stdout)["results"]
    except (ValueError, KeyError, TypeError):
        return done.returncode, None, said
    return done.returncode, results, said


def _version(checkov: str) -> str:
    done = subprocess.run([checkov, "--version"], stdin=subprocess.DEVNULL, capture_output=True, check=False)
    return done.stdout.decode("utf-8", "replace").strip() or "of no version"


def _told(found: Iterable[tuple[str, str]]) -> str:
    return ", ".join(f"{check} at {address}" for check, address in sorted(found)) or "nothing"
