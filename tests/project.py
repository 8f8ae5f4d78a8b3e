"""A copy of this project as it stands in the working tree, to install from."""

from __future__ import annotations

import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PARTS = (
    ".pre-commit-hooks.yaml",
    "CHANGELOG.md",
    "LICENSE",
    "README.md",
    "docs",
    "linter",
    "policies",
    "pyproject.toml",
)
"""What the package is built from."""


def copy_project(path: Path) -> None:
    """Copies what the package is built from, without what only lies about."""
    path.mkdir(parents=True, exist_ok=True)
    for part in PARTS:
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, path / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / part, path / part)
