"""What is settled of a network that was not read in full holds for the network in full. Needs no laboratory: the model against itself."""

from __future__ import annotations

from random import Random

import pytest

from tf_cvpn_lint.core.verdict import Truth
from tf_cvpn_lint.model.network import Network
from tf_cvpn_lint.reach.judge import judge

from .blueprint import build
from .forget import forget
from .generate import drawn

NETWORKS = 25
"""Of each number of forgotten facts and each seed."""

Verdicts = dict[tuple[str, str, str], tuple[Truth, str]]


def verdicts(network: Network) -> Verdicts:
    """By server, association and protocol: the answer, and what decided it."""
    found: Verdicts = {}
    for reach in judge(network):
        named = [(str(server.server), server.traces) for server in reach.servers]
        named += [(device.resolver, device.traces) for device in reach.device_resolvers]
        for server, traces in named:
            for trace in traces:
                landing = trace.flow.association
                decided = trace.decided_by
                # the public resolver of a device is an example, which may be another where less is known
                asked = f"{server} {trace.flow.destination}"
                key = (asked, str(landing.address) if landing else "", trace.flow.protocol)
                found[key] = trace.verdict.truth, decided.says if decided else ""
    return found


@pytest.mark.parametrize("count", [1, 2, 4])
@pytest.mark.parametrize("seed", range(8))
def test_learning_more_reverses_nothing(seed: int, count: int) -> None:
    settled = 0
    for number in range(NETWORKS):
        random = Random(f"{seed} {count} {number}")
        blueprint = drawn(random)
        full = verdicts(build(blueprint))
        partly = build(blueprint)
        lost = forget(partly, random, count)
        for key, (truth, says) in verdicts(partly).items():
            if truth is not Truth.UNSURE and key in full:
                settled += 1
                assert full[key][0] is truth, (
                    f"without {', '.join(lost)} {key} is settled: {says}; and in full: {full[key][1]}\n{blueprint}"
                )
    assert settled > NETWORKS
