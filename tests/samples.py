"""Samples in the documentation that only other people's programs can produce: the tests that run those programs hold them to it."""

from __future__ import annotations

import os
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ACCEPT = "TF_CVPN_LINT_ACCEPT"


def holds(page: str, name: str, text: str) -> None:
    """Compares the block after `<!-- sample: name -->` of a page with what was produced; where TF_CVPN_LINT_ACCEPT=1, writes it there."""
    file = ROOT / "docs" / page
    told = file.read_text("utf-8")
    pattern = re.compile(rf"(<!-- sample: {re.escape(name)} -->\n```\w*\n)(?:.*?\n)?(```\n)", re.DOTALL)
    assert len(pattern.findall(told)) == 1, f"{page} has no sample {name}"
    wanted = pattern.sub(lambda match: f"{match[1]}{text.strip(chr(10))}\n{match[2]}", told)
    if os.environ.get(ACCEPT) == "1":
        file.write_text(wanted, "utf-8")
        told = wanted
    assert told == wanted, f"the sample {name} of docs/{page} is stale; {ACCEPT}=1 and this test write it"


def holds_file(name: str, text: str) -> None:
    """The same for a sample that is a file."""
    file = ROOT / "docs" / "samples" / name
    if os.environ.get(ACCEPT) == "1":
        file.write_text(text, "utf-8")
    told = file.read_text("utf-8") if file.exists() else ""
    assert told == text, f"docs/samples/{name} is stale; {ACCEPT}=1 and this test write it"
