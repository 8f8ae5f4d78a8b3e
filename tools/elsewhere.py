"""Samples of places where other people's programs print what this one says: written as they print it, with our part as it is now.

The tests that run those programs (pre-commit, Checkov, the action's steps) hold these samples to what really comes out.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.hook.estate import ENDPOINT, PROVIDER, call
from tf_cvpn_lint.checkov_plugin.checks import check_id, rules

ROOT = Path(__file__).resolve().parent.parent
NETWORK = ROOT / "fixtures" / "networks" / "transit-gateway-not-in-zone-b"
SEVERITIES = {"error": "HIGH", "warning": "MEDIUM", "note": "LOW"}


def generated() -> Iterator[tuple[Path, str]]:
    """Every page with a sample of these, and the samples that are files."""
    yield ROOT / "docs" / "hooks.md", _in_page("hooks.md", "hook", hook())
    yield ROOT / "docs" / "checkov.md", _in_page("checkov.md", "checkov", checkov())
    yield ROOT / "docs" / "samples" / "pull-request.md", comment()


def _in_page(page: str, name: str, text: str) -> str:
    """The page with the block after `<!-- sample: name -->` as it should be."""
    pattern = re.compile(rf"(<!-- sample: {re.escape(name)} -->\n```\w*\n)(?:.*?\n)?(```\n)", re.DOTALL)
    told, count = pattern.subn(
        lambda match: f"{match[1]}{text.strip(chr(10))}\n{match[2]}", (ROOT / "docs" / page).read_text("utf-8")
    )
    if count != 1:
        raise SystemExit(f"docs/{page} has no sample {name}")
    return told


def hook() -> str:
    """What `git commit` prints where a module that two roots call has lost its authorization rule."""
    with tempfile.TemporaryDirectory() as place:
        for name, text in (
            ("envs/dev", PROVIDER + call("../../modules/vpn")),
            ("envs/prod", PROVIDER + call("../../modules/vpn")),
            ("modules/vpn", ENDPOINT),
        ):
            (Path(place) / name).mkdir(parents=True)
            (Path(place) / name / "main.tf").write_text(text, "utf-8")
        told = _said(place, "check", "envs/dev", "envs/prod")
    frame = "AWS Client VPN DNS reachability".ljust(73, ".") + "Failed\n- hook id: tf-cvpn-lint\n- exit code: 1\n"
    return f"$ git rm -q modules/vpn/rules.tf && git commit -m 'fewer rules'\n{frame}\n{told}"


def checkov() -> str:
    """What Checkov prints of a network with one fault, told at the endpoint and at the resource at fault."""
    with tempfile.TemporaryDirectory() as place:
        shutil.copytree(NETWORK, Path(place) / "infra")
        answer = json.loads(_said(place, "checkov-report", "--", "infra/plan.json"))
    known = {rule.check: rule for rule in rules()}
    records = []
    for finding in answer["findings"]:
        rule = known[check_id(finding["rule"])]
        details = f"\n{' ' * 9}".join([finding["message"], *finding["details"]])
        records += [
            f'Check: {rule.check}: "{rule.title}: {finding["message"]}"\n'
            f"\tFAILED for resource: {address}\n\tSeverity: {SEVERITIES[rule.severity]}\n"
            f"\tDetails: {details}\n\tFile: /plan.json:0-0\n\tGuide: {rule.guideline}"
            for address in (finding["endpoint"], finding["address"])
        ]
    passed = len(known) + 1 - len(answer["findings"])
    told = "\n".join(records).replace(f"\n{' ' * 9}", f"\n\t{' ' * 9}")
    command = (
        'checkov --file infra/plan.json --quiet --compact --check "CKV_CVPN_*" \\\n'
        '    --external-checks-dir "$(tf-cvpn-lint checkov-dir)"'
    )
    counts = f"Passed checks: {passed}, Failed checks: {len(records)}, Skipped checks: 0"
    return f"$ {command}\nterraform_plan scan results:\n\n{counts}\n\n{told}\n"


def comment() -> str:
    """What the action writes on a pull request."""
    with tempfile.TemporaryDirectory() as place:
        (Path(place) / ".git").mkdir()
        shutil.copytree(NETWORK, Path(place) / "infra")
        return _said(place, "check", "--format", "markdown", "infra/plan.json")


def _said(directory: str, *arguments: str) -> str:
    paths = os.pathsep.join(str(ROOT / name) for name in ("linter", "policies"))
    plain = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "FORCE_COLOR")}
    done = subprocess.run(
        [sys.executable, "-m", "tf_cvpn_lint", *arguments],
        cwd=directory,
        env={**plain, "PYTHONPATH": paths, "PYTHONUTF8": "1", "NO_COLOR": "1"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    if done.returncode != 1:
        raise SystemExit(f"a network with a fault passes: {done.stderr}")
    return done.stdout
