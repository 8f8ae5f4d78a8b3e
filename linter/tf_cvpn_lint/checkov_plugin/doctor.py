"""Whether an installation of Checkov runs our checks: proved on a network that is known to be broken."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tf_cvpn_lint.checkov_plugin.checks import check_id
from tf_cvpn_lint.checkov_plugin.command import FOLDER

KNOWN_BAD = Path(__file__).parent / "known_bad"
INPUTS = {"terraform": ".", "terraform_plan": "plan.json"}
"""Frameworks of Checkov, and what of the known-bad directory each of them reads."""
TIMEOUT = 600
Found = frozenset[tuple[str, str]]
"""Checks and the addresses at which they failed."""


def doctor(checkov: str) -> int:
    """Prints what works and what does not; 0, 1, or 2 where there is no Checkov."""
    program = shutil.which(checkov)
    if program is None:
        sys.stderr.write(f"tf-cvpn-lint: {checkov}: there is no such program; name it with --checkov\n")
        return 2
    print(f"Checkov         {program}, {_version(program)}")
    print(f"checks          {FOLDER}")
    with tempfile.TemporaryDirectory(prefix="tf-cvpn-lint-") as place:
        directory = Path(place) / "known_bad"
        shutil.copytree(KNOWN_BAD, directory)
        status, reports, said = _run(program, directory)
        faults = [
            *_faults_of_frameworks(directory, reports, said),
            *([] if status == 1 else [f"Checkov ends with exit status {status}, and 1 is right"]),
        ]
    for fault in faults:
        print(f"FAULT           {fault}")
    print(
        "Do not trust this Checkov's silence."
        if faults
        else "Checkov runs the checks and finds what this program finds."
    )
    return 1 if faults else 0


def _faults_of_frameworks(directory: Path, reports: dict[str, Any], said: str) -> Iterable[str]:
    for framework, name in INPUTS.items():
        wanted = ours(directory / name)
        if not wanted:
            yield f"{framework}: this program does not find itself what is wrong with {name}; run tf-cvpn-lint on {KNOWN_BAD}"
        elif framework not in reports:
            yield f"{framework}: Checkov gives no report: {said or 'it says nothing'}"
        elif (fault := _fault(reports[framework], wanted)) is not None:
            yield f"{framework}: {fault}"
        else:
            print(f"{framework:<15} works: fails with {_told(wanted)}")


def _fault(results: dict[str, Any], wanted: Found) -> str | None:
    """What is wrong with a report of Checkov; None where it fails as it should."""
    records = [*results["failed_checks"], *results["passed_checks"], *results["skipped_checks"]]
    if not any(record["check_id"].startswith("CKV_CVPN_") for record in records):
        return "Checkov did not load the checks; it logs why (LOG_LEVEL=INFO)"
    for record in results["failed_checks"]:
        if "tf-cvpn-lint could not" in record["check_name"]:
            return str(record["check_name"])
    failed = frozenset((record["check_id"], record["resource"]) for record in results["failed_checks"])
    return None if failed == wanted else f"Checkov fails with {_told(failed)}, this program with {_told(wanted)}"


def ours(target: Path) -> Found:
    """What this program itself finds that fails a run, at every place where Checkov is to show it; nothing where it does not run."""
    done = subprocess.run(
        [sys.executable, "-P", "-m", "tf_cvpn_lint", "check", "--no-config", "--format", "json", str(target)],
        capture_output=True,
        check=False,
    )
    try:
        findings = json.loads(done.stdout)["findings"]
    except (ValueError, KeyError):
        return frozenset()
    return frozenset(
        (check_id(finding["rule"]), address)
        for finding in findings
        if finding["severity"] != "note" and finding["certainty"] != "unsure"
        for address in (finding["address"], finding["endpoint"])
    )


def _run(checkov: str, directory: Path) -> tuple[int, dict[str, Any], str]:
    """Runs our checks alone: the exit status, the results by framework, and the last line that Checkov said besides."""
    command = [checkov, "--directory", str(directory), "--framework", *INPUTS, "--external-checks-dir", str(FOLDER)]
    done = subprocess.run(
        [*command, "--check", "CKV_CVPN_*", "--output", "json", "--skip-download"],
        cwd=directory,
        env={**os.environ, "LOG_LEVEL": "WARNING"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=TIMEOUT,
        check=False,
    )
    lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
    try:
        told = json.loads(done.stdout)
    except ValueError:
        told = []
    reports = told if isinstance(told, list) else [told]
    results = {report["check_type"]: report["results"] for report in reports if "results" in report}
    return done.returncode, results, lines[-1].strip() if lines else ""


def _version(checkov: str) -> str:
    done = subprocess.run([checkov, "--version"], stdin=subprocess.DEVNULL, capture_output=True, check=False)
    return done.stdout.decode("utf-8", "replace").strip() or "of no version"


def _told(found: Iterable[tuple[str, str]]) -> str:
    return ", ".join(f"{check} at {address}" for check, address in sorted(found)) or "nothing"
