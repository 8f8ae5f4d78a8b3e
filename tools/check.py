"""Everything CI runs, one thing after the other: `python -m tools.check` (or `make check`)."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SCRIPTS = Path(sysconfig.get_path("scripts"))
STEPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("lint", (sys.executable, "-m", "ruff", "check", "--quiet", ".")),
    ("format", (sys.executable, "-m", "ruff", "format", "--quiet", "--check", ".")),
    ("types", (sys.executable, "-m", "mypy")),
    ("imports", (str(SCRIPTS / "lint-imports"), "--no-cache")),
    ("tests", (sys.executable, "-m", "pytest", "-q", *sys.argv[1:])),
    ("fuzzing", (sys.executable, "-m", "tests.hostile.fuzz", "--seconds", "120")),
    ("bench runs", (sys.executable, "-m", "bench.run", "--smoke")),
)


def main() -> int:
    """Runs all steps, also after one has failed; 1 where one has."""
    failed = []
    for name, command in STEPS:
        print(f"== {name}", flush=True)
        start = time.monotonic()
        if subprocess.run(command, cwd=ROOT, check=False).returncode:
            failed.append(name)
        print(f"   {time.monotonic() - start:.0f} s", flush=True)
    print(f"FAILED: {', '.join(failed)}" if failed else "all passed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
