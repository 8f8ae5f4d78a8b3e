"""The laboratory's translation may not know what it is there to check."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from .laboratory import ROOT


@pytest.mark.parametrize("module", ["laboratory", "translate", "cloud", "blueprint", "cases", "generate", "shrink"])
def test_nothing_of_the_walk_is_loaded_with(module: str) -> None:
    program = (
        f"import sys, tests.netlab.{module}\n"
        "print([name for name in sys.modules if name.startswith(('tf_cvpn_lint.reach', 'tf_cvpn_policies'))])"
    )
    path = os.pathsep.join([str(ROOT), str(ROOT / "linter"), *filter(None, [os.environ.get("PYTHONPATH")])])
    loaded = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": path},
        check=True,
        capture_output=True,
        text=True,
    )
    assert loaded.stdout.strip() == "[]"
