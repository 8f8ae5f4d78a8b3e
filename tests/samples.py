"""Samples in the documentation of what other people's programs print: the tests that run those programs hold them to it."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STALE = "is not what is printed; where python -m tools.docs does not mend it, tools/elsewhere.py writes it otherwise"


def holds(page: str, name: str, text: str) -> None:
    """Compares the block after `<!-- sample: name -->` of a page with what was printed."""
    told = (ROOT / "docs" / page).read_text("utf-8")
    blocks = re.findall(rf"<!-- sample: {re.escape(name)} -->\n```\w*\n(.*?\n)```\n", told, re.DOTALL)
    assert len(blocks) == 1, f"docs/{page} has no sample {name}"
    text = "\n".join(line.rstrip() for line in text.strip("\n").split("\n"))
    assert text == blocks[0].strip("\n"), f"the sample {name} of docs/{page} {STALE}"


def holds_file(name: str, text: str) -> None:
    """The same for a sample that is a file."""
    assert (ROOT / "docs" / "samples" / name).read_text("utf-8") == text, f"docs/samples/{name} {STALE}"
