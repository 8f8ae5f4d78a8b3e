"""The laboratory against AWS's documents, hop by hop, without the model; and how it leaves the machine behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from .blueprint import build
from .cases import CASES, TRANSIT, in_words
from .clean import NAMESPACES, NETNS_ETC, RUN_DIRECTORY, remove, remove_orphans
from .conftest import Observations
from .demo import README, block, demonstration
from .laboratory import ROOT, Laboratory
from .requirements import missing
from .translate import translate

pytestmark = pytest.mark.netlab


@pytest.mark.parametrize("name", CASES)
def test_a_query_is_answered_where_the_documents_say_so(name: str, observations: Observations) -> None:
    seen = {in_words(answer) for answer in observations[name].answers if answer.is_answered}
    assert seen == CASES[name].answered


def test_every_answer_comes_from_the_server_that_was_asked(observations: Observations) -> None:
    for answer in observations["through a transit gateway"].answers:
        assert answer.by.endswith(str(answer.server.address))
        assert answer.by.startswith("aws_route53_resolver_endpoint")
        assert answer.path == "tunnel"


def test_the_readme_shows_what_happens() -> None:
    assert block(README.read_text()) == demonstration(), "python -m tests.netlab.demo --write"


def left_of(lab: str) -> list[Path]:
    return [*NAMESPACES.glob(f"{lab}-*"), *NETNS_ETC.glob(f"{lab}-*"), *RUN_DIRECTORY.glob(lab)]


def links_of_the_host() -> str:
    commands = (["ip", "-o", "link"], ["ip", "route"], ["ip", "rule"], ["nft", "list", "ruleset"])
    return "\n".join(subprocess.run(each, check=True, capture_output=True, text=True).stdout for each in commands)


def test_two_laboratories_at_once_and_nothing_of_them_remains() -> None:
    network = build(TRANSIT)
    experiment = translate(network, network.endpoints[0])
    before = links_of_the_host()
    with Laboratory(experiment) as one, Laboratory(experiment) as other:
        assert links_of_the_host() == before
        for lab in (one, other):
            assert left_of(lab.id)
            assert all(answer.is_answered for answer in lab.ask_all(seconds=3))
    assert not left_of(one.id)
    assert not left_of(other.id)
    assert links_of_the_host() == before


def test_a_laboratory_whose_owner_was_killed_is_removed_by_the_next() -> None:
    program = (
        "import time\n"
        "from tests.netlab.blueprint import build\n"
        "from tests.netlab.cases import TRANSIT\n"
        "from tests.netlab.laboratory import Laboratory\n"
        "from tests.netlab.translate import translate\n"
        "network = build(TRANSIT)\n"
        "with Laboratory(translate(network, network.endpoints[0])) as lab:\n"
        "    print(lab.id, flush=True)\n"
        "    time.sleep(60)\n"
    )
    path = os.pathsep.join([str(ROOT), str(ROOT / "linter"), *filter(None, [os.environ.get("PYTHONPATH")])])
    with subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": path},
        stdout=subprocess.PIPE,
        text=True,
    ) as owner:
        assert owner.stdout is not None
        lab = owner.stdout.readline().strip()
        try:
            assert left_of(lab)
            owner.send_signal(signal.SIGKILL)
            owner.wait(10)
            deadline = time.monotonic() + 10
            while left_of(lab) and time.monotonic() < deadline:
                remove_orphans()
            assert not left_of(lab)
        finally:
            owner.kill()
            remove(lab)


def test_what_is_missing_is_said_once_and_in_words() -> None:
    assert missing() == ""
