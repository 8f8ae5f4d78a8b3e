"""Holds the lower bounds of `pyproject.toml` to what they say: `python -m tools.lowest` (or `make lowest`).

An environment of its own gets every dependency in the lowest version that is allowed, and a part of the tests that asks each of them.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import tomllib
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TESTS = (
    "tests/core",
    "tests/cli/test_command_line.py",
    "tests/controls/test_settings.py",
    "tests/hostile/test_corpus.py",
    "tests/read/test_outline.py",
    "tests/read/test_plan.py",
    "tests/read/hcl/test_parse.py",
    "tests/report/test_document.py",
    "tests/report/test_text.py",
)
TOOLS = ("pytest", "hypothesis", "jsonschema")
"""What these tests import, as the `dev` extra has it."""


def lowest(requirements: list[str]) -> list[str]:
    """`a>=1.2,<3` as `a==1.2`.

    Raises:
        ValueError: one has no lower bound.
    """
    pinned = []
    for requirement in requirements:
        found = re.match(r"([\w.-]+)\s*>=\s*([\w.]+)", requirement)
        if found is None:
            raise ValueError(f"{requirement}: no lower bound")
        pinned.append(f"{found[1]}=={found[2]}")
    return pinned


def main() -> int:
    """The status of the tests."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    pinned = lowest(project["dependencies"])
    tools = [each for each in project["optional-dependencies"]["dev"] if re.match(r"[\w-]+", each)[0] in TOOLS]  # type: ignore[index]
    print(f"with {', '.join(pinned)}", flush=True)
    with tempfile.TemporaryDirectory() as directory:
        venv.create(directory, with_pip=True)
        python = str(Path(directory, "Scripts" if sys.platform == "win32" else "bin", "python"))
        install = (python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
        subprocess.run([*install, *pinned, *tools], check=True)
        subprocess.run([*install, "--no-deps", "-e", str(ROOT)], check=True)
        return subprocess.run(
            [python, "-m", "pytest", "-q", "-W", "default::DeprecationWarning", *TESTS, *sys.argv[1:]],
            cwd=ROOT,
            check=False,
        ).returncode


if __name__ == "__main__":
    sys.exit(main())
