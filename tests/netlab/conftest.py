"""When the laboratory's tests run: as root with the packages, else they are skipped and say how to run them; or fail, where they are required."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from .blueprint import build
from .cases import CASES, in_words
from .compare import Observation, observe
from .mutations import MUTATIONS
from .requirements import HOW, REQUIRE, is_required, missing

AT_ONCE = 4
"""Laboratories at the same time: most of their time is waiting for answers that do not come."""


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


class Observations:
    """What was answered in the cases. The first one asked for starts those that the session will want."""

    def __init__(self, pool: ThreadPoolExecutor, wanted: list[str]) -> None:
        self._pool = pool
        self._wanted = wanted
        self._running: dict[str, Future[Observation]] = {}

    def __getitem__(self, name: str) -> Observation:
        for each in (name, *self._wanted):
            if each not in self._running:
                self._running[each] = self._pool.submit(_observe, each)
        return self._running[name].result()


def _observe(name: str) -> Observation:
    network = build(CASES[name].blueprint)
    answered = CASES[name].answered
    return observe(network, network.endpoints[0], lambda answer: answer.is_answered == (in_words(answer) in answered))


@pytest.fixture(scope="session")
def observations(request: pytest.FixtureRequest) -> Iterator[Observations]:
    wanted: dict[str, None] = {}
    for item in request.session.items:
        given = item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}
        name, mutation = str(given.get("name")), str(given.get("mutation"))
        if name in CASES:
            wanted[name] = None
        if mutation in MUTATIONS:
            wanted.update(dict.fromkeys(MUTATIONS[mutation].caught_by))
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield Observations(pool, list(wanted))
        pool.shutdown(cancel_futures=True)
