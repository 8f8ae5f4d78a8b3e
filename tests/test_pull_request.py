"""A pull request, rehearsed: a clean clone of this project as the action, a clean clone of somebody's repository, a plan made there, the
action's steps one after the other, the comment on the pull request, and the SARIF file read by somebody else's reader."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from sarif import loader

from tests import samples
from tests.hook.estate import Estate, environment
from tests.project import copy_project
from tools import plans

pytestmark = [
    pytest.mark.pre_commit,
    pytest.mark.skipif(shutil.which("bash") is None, reason="the steps are written for bash"),
]
ROOT = Path(__file__).resolve().parent.parent
NETWORK = ROOT / "fixtures" / "networks" / "transit-gateway-not-in-zone-b"
PLANS = shutil.which("terraform") is not None and "TF_PLUGIN_MIRROR" in os.environ
"""Whether Terraform can plan here. Elsewhere the plan is taken that it made of the same files before, and the mended network is judged by
its files."""
SOUND = "subnet_ids         = [aws_subnet.vpn_a.id, aws_subnet.vpn_b.id]"
BROKEN = "subnet_ids         = [aws_subnet.vpn_a.id]"
GH = f"""#!{sys.executable}
# What GitHub does with the calls that the action makes: it keeps the comments of a pull request.
import json, os, sys
from pathlib import Path
kept = Path(os.environ["COMMENTS"])
comments = json.loads(kept.read_text("utf-8"))
words = sys.argv[1:]
if "--jq" in words:
    marker = os.environ["marker"]
    print("".join(f"{{each['id']}}\\n" for each in comments if each["bot"] and each["body"].split("\\n")[0] == marker), end="")
else:
    body = Path(next(word for word in words if word.startswith("body=@")).removeprefix("body=@")).read_text("utf-8")
    if "PATCH" in words:
        number = int(next(word for word in words if "/comments/" in word).rpartition("/")[2])
        next(each for each in comments if each["id"] == number)["body"] = body
    else:
        comments.append({{"id": len(comments) + 1, "bot": True, "body": body}})
    kept.write_text(json.dumps(comments), "utf-8")
"""


@dataclass
class Rehearsal:
    """A runner with the action, on the clone of a repository."""

    place: Path
    clone: Path
    outputs: dict[str, str]

    def step(self, script: str, **variables: str) -> subprocess.CompletedProcess[str]:
        file = self.place / "step.sh"
        file.write_text(script, "utf-8")
        given = environment(
            PATH=f"{self.place / 'bin'}{os.pathsep}{os.environ['PATH']}",
            RUNNER_TEMP=str(self.place / "temp"),
            GITHUB_ACTION_PATH=str(self.place / "action"),
            GITHUB_OUTPUT=str(self.place / "output"),
            GITHUB_STEP_SUMMARY=str(self.place / "summary.md"),
            GITHUB_REPOSITORY="owner/name",
            COMMENTS=str(self.place / "comments.json"),
            **variables,
        )
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(file)]
        return subprocess.run(
            command, cwd=self.clone, env=given, capture_output=True, encoding="utf-8", check=False, timeout=600
        )

    def run(self, **inputs: str) -> int:
        """All steps of the action, as GitHub takes them: their conditions, their inputs, and what earlier steps put out."""
        action: dict[str, Any] = yaml.safe_load((self.place / "action" / "action.yml").read_text("utf-8"))
        values = {name: str(given["default"]) for name, given in action["inputs"].items()} | inputs
        for step in action["runs"]["steps"]:
            if "run" not in step or (step.get("name") == "Write the comment" and values["comment"] != "true"):
                continue  # setup-python and upload-sarif are GitHub's own
            (self.place / "output").write_text("", "utf-8")
            done = self.step(
                step["run"], **{name: self._value(text, values) for name, text in step.get("env", {}).items()}
            )
            told = (self.place / "output").read_text("utf-8")
            self.outputs |= dict(line.split("=", 1) for line in told.splitlines())
            self.outputs[step["name"]] = done.stdout
            if done.returncode:
                assert step["name"] == "Tell the verdict", done.stdout + done.stderr
                return done.returncode
        return 0

    def _value(self, text: str, inputs: dict[str, str]) -> str:
        expression = text.removeprefix("${{").removesuffix("}}").strip()
        if expression.startswith("inputs."):
            return inputs[expression.removeprefix("inputs.")]
        if expression.startswith("steps.lint.outputs."):
            return self.outputs[expression.removeprefix("steps.lint.outputs.")]
        return {"github.event.pull_request.number": "7"}[expression]

    def comments(self) -> list[str]:
        return [comment["body"] for comment in json.loads((self.place / "comments.json").read_text("utf-8"))]


@pytest.fixture(name="rehearsal", scope="module")
def _rehearsal(tmp_path_factory: pytest.TempPathFactory) -> Rehearsal:
    place = tmp_path_factory.mktemp("pull request")
    action = Estate(place / "project")
    copy_project(action.path)
    shutil.copy(ROOT / "action.yml", action.path)
    action.commit("the project")
    (place / "bin").mkdir()
    (place / "temp").mkdir()
    for name, text in (("gh", GH), ("python", f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')):
        (place / "bin" / name).write_text(text, "utf-8")
        (place / "bin" / name).chmod(0o755)
    (place / "comments.json").write_text(json.dumps([{"id": 1, "bot": False, "body": "Please have a look."}]))
    theirs = Estate(place / "theirs")
    shutil.copytree(NETWORK, theirs.path / "infra", ignore=shutil.ignore_patterns("*.json"))
    transit = theirs.path / "infra" / "transit.tf"
    written = transit.read_text("utf-8")
    assert BROKEN in written
    transit.write_text(written.replace(BROKEN, SOUND), "utf-8")
    theirs.commit("a network")
    theirs.git("switch", "--quiet", "-c", "cheaper")
    transit.write_text(written, "utf-8")
    theirs.commit("one subnet is enough")
    for source, target in (("project", "action"), ("theirs", "clone")):
        theirs.git("clone", "--quiet", str(place / source), str(place / target))
    return Rehearsal(place, place / "clone", {})


def test_a_pull_request_is_commented_until_it_is_mended(rehearsal: Rehearsal) -> None:
    infra = rehearsal.clone / "infra"
    if PLANS:
        plans.make(infra)
    else:
        shutil.copy(NETWORK / "plan.json", infra)
    given = {"path": "infra/plan.json", "sarif": "true", "comment": "true"}
    assert rehearsal.run(**given) == 1
    assert "::error file=infra/transit.tf,line=10," in rehearsal.outputs["Follow the queries"]
    kept, written = rehearsal.comments()
    assert kept == "Please have a look."
    samples.holds_file("pull-request.md", written)
    assert written.startswith("<!-- tf-cvpn-lint: report -->\n### ❌ Clients cannot rely on 2 of 2 DNS servers")
    assert 'h7["#10007; transit gateway"]' in written
    assert (rehearsal.place / "summary.md").read_text("utf-8") == written

    (run,) = loader.load_sarif_file(rehearsal.outputs["sarif-file"]).runs
    assert run.get_tool_name() == "tf-cvpn-lint"
    records = run.get_records()
    assert {(record["Severity"], record["Code"]) for record in records} == {("error", "CVPN111")}
    for record in records:
        lines = (rehearsal.clone / record["Location"]).read_text("utf-8").splitlines()
        assert lines[record["Line"] - 1].strip() == BROKEN

    # Pushed again, mended in one place: the comment is the same one, and says so.
    text = (infra / "transit.tf").read_text("utf-8")
    (infra / "transit.tf").write_text(text.replace(BROKEN, SOUND), "utf-8")
    if PLANS:
        plans.make(infra)
    else:
        given["path"] = "infra"
    assert rehearsal.run(**given) == 0
    assert len(rehearsal.comments()) == 2
    assert "✅ Clients reach all 2 DNS servers" in rehearsal.comments()[1]
    (run,) = loader.load_sarif_file(rehearsal.outputs["sarif-file"]).runs
    assert run.get_records() == []
