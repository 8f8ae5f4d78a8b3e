"""When the laboratory's tests run: as root with the packages, else they are skipped and say how to run them; or fail, where they are required."""

from __future__ import annotations

import pytest

from .requirements import HOW, REQUIRE, is_required, missing


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "netlab: builds network namespaces (root and Debian packages needed)")


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("netlab") is None:
        return
    if reason := missing():
        told = f"the packet laboratory did not run: {reason}; {HOW}"
        if is_required():
            pytest.fail(f"{REQUIRE}=1, but {told}", pytrace=False)
        pytest.skip(told)
