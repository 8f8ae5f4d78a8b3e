"""The two environments of these tests: one with Checkov and nothing of ours, one with our package and nothing of Checkov."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
CHECKOV = "checkov==3.3.30"
REQUIRE = "TF_CVPN_LINT_REQUIRE_CHECKOV"
GIVEN = "TF_CVPN_LINT_CHECKOV"
INSTALLING = 1200
"""Seconds that installing Checkov may take; with a near index it takes one or two minutes."""


class AbsentError(Exception):
    """There is no Checkov to test with."""


def cache() -> Path:
    """Where the environment with Checkov is kept between runs, outside of the repository."""
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    digest = hashlib.sha256(f"{CHECKOV} {sys.version_info[:2]} {sys.base_prefix}".encode()).hexdigest()[:12]
    return base / "tf-cvpn-lint" / "tests" / f"checkov-{digest}"


def checkov() -> Path:
    """The program: the one that TF_CVPN_LINT_CHECKOV names, or with TF_CVPN_LINT_REQUIRE_CHECKOV=1 one made earlier or now.

    Each of its runs takes seconds, so nobody gets them unasked.

    Raises:
        AbsentError: there is none, with what to do.
    """
    if named := os.environ.get(GIVEN):
        if not Path(named).is_file():
            raise AbsentError(f"{GIVEN}={named}: there is no such file")
        return Path(named)
    if os.environ.get(REQUIRE) != "1":
        raise AbsentError(
            f"not asked for; {REQUIRE}=1 {Path(sys.executable).name} -m pytest -m checkov installs Checkov, once"
        )
    place = cache()
    done = place / "complete"
    if not done.is_file():
        _make(place, CHECKOV)
        done.write_text(f"{CHECKOV}\n")
    return place / "bin" / "checkov"


def _make(place: Path, requirement: str) -> None:
    venv.EnvBuilder(with_pip=True, clear=True).create(place)
    _run([str(place / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", requirement])


def with_our_package(place: Path, project: Path) -> Path:
    """The Python of a new environment with our package installed by pip; its dependencies are those of the environment we run in."""
    venv.EnvBuilder(with_pip=False).create(place)
    python = place / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--disable-pip-version-check"]
    _run([*pip, "--no-deps", str(project)])
    site = next((place / "lib").glob("python*/site-packages"))
    (site / "dependencies.pth").write_text(f"{sysconfig.get_path('purelib')}\n")
    return python


def _run(command: list[str]) -> None:
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=INSTALLING,
        check=False,
    )
    if done.returncode:
        raise AbsentError(f"{' '.join(command)}: {done.stdout.decode('utf-8', 'replace')[-2000:]}")
