"""What is measured is built as Terraform builds it: small real plans, grown to the size of larger real ones, are those."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from bench.estates import REAL, beside, busy, sites, write_sites
from bench.roots import Root
from tf_cvpn_lint.run import Options, run
from tf_cvpn_policies import RULES


def real(name: str) -> dict[str, Any]:
    plan: dict[str, Any] = json.loads((REAL / f"{name}.json").read_bytes())
    return plan


def comparable(plan: dict[str, Any]) -> dict[str, Any]:
    """Terraform writes `relevant_attributes` in the order of a hash."""
    return plan | {"relevant_attributes": sorted(plan["relevant_attributes"], key=json.dumps)}


@pytest.mark.parametrize("number", [3, 4])
def test_sites_are_those_of_a_real_plan(number: int) -> None:
    assert comparable(sites(number)) == comparable(real(f"sites-{number}"))


@pytest.mark.parametrize("number", [1, 3])
def test_a_site_beside_queues_is_that_of_a_real_plan(number: int) -> None:
    assert comparable(json.loads("".join(beside(number)))) == comparable(real(f"beside-{number}"))


@pytest.mark.parametrize(("name", "sizes"), [("busy-1", (1, 1, 1)), ("busy-3", (3, 2, 4))])
def test_a_busy_endpoint_is_that_of_a_real_plan(name: str, sizes: tuple[int, int, int]) -> None:
    assert comparable(busy(*sizes)) == comparable(real(name))


def test_the_terraform_of_sites_says_what_their_plan_says(tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_text(json.dumps(sites(3)), "utf-8")
    write_sites(tmp_path / "root", 3)
    of_plan, of_root = (run([str(tmp_path / name)], RULES, Options()) for name in ("plan.json", "root"))
    for result in (of_plan, of_root):
        verdicts = [[server.verdict.value for server in each.servers] for each in result.endpoints]
        assert verdicts == [["reachable"] * 2, ["reachable"] * 2, ["unreachable"] * 2]


def test_a_root_has_the_files_and_resources_it_says(tmp_path: Path) -> None:
    written = Root(13, 100).write(tmp_path / "root")
    assert len(list(written.iterdir())) == 13
    text = "\n".join(file.read_text("utf-8") for file in written.iterdir())
    assert len(re.findall(r"(?m)^resource ", text)) == 100
