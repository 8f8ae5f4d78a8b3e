"""What all tests share: an environment without the reader's own settings."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings

# How long an example takes says how busy the machine is: what takes too long has bounds of its own (tests/hostile, bench).
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Colour, width and Terraform variables are what a test says, whatever the shell it is started from."""
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "TERM", "TF_WORKSPACE"):
        monkeypatch.delenv(name, raising=False)
