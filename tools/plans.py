"""Remakes the plans of fixtures with real Terraform: `python -m tools.plans [DIRECTORY …]` (or `make plans`).

Without directories: every fixture whose Terraform is newer than its plan, or that has none. Each is copied to a scratch directory, where an
override file lets the provider start without an account; nothing but `plan.json` is written back. Needs `terraform` (or what TERRAFORM names)
and hashicorp/aws from the registry or from the filesystem mirror that TF_PLUGIN_MIRROR names. Data sources that ask AWS, a `moto-setup.py`
and a `setup` script need `moto_server` (`pip install 'moto[server]'`), which answers on the loopback address; the Client VPN actions that a
`setup` applies are not in moto, so those plans are only remade where MOTO_SERVER names a server that has them. A directory with a file
`no-plan` has no plan.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
TERRAFORM = os.environ.get("TERRAFORM", "terraform")
REGION = "eu-west-1"
SKIPS = (
    "skip_credentials_validation",
    "skip_metadata_api_check",
    "skip_region_validation",
    "skip_requesting_account_id",
)
NEEDS_NO_ACCOUNT = {
    "aws_arn",
    "aws_default_tags",
    "aws_iam_policy_document",
    "aws_partition",
    "aws_region",
    "aws_service_principal",
}


def cases() -> Iterator[Path]:
    """The fixtures whose plan is missing or older than their Terraform."""
    for directory in sorted({path.parent for path in FIXTURES.rglob("*.tf")}):
        plan = directory / "plan.json"
        is_root = plan.exists() or (directory / "expected.json").exists() or directory.parent.parent.name == "rules"
        if not is_root or (directory / "no-plan").exists():
            continue
        newest = max(
            path.stat().st_mtime
            for path in directory.rglob("*")
            if path.is_file() and path.name not in ("plan.json", "expected.json")
        )
        if not plan.exists() or newest > plan.stat().st_mtime:
            yield directory


def override(root: Path) -> str:
    """A provider block per alias that lets the provider start offline, and a local backend in place of a remote one."""
    texts = [path.read_text("utf-8") for path in sorted(root.glob("*.tf"))]
    aliases: dict[str, None] = {"": None}
    for text in texts:
        for start in re.finditer(r'^\s*provider\s+"aws"\s*\{', text, re.MULTILINE):
            end = text.find("\n}", start.end())
            named = re.search(r'^\s*alias\s*=\s*"([^"]+)"', text[start.end() : end], re.MULTILINE)
            aliases[named.group(1) if named else ""] = None
    lines = []
    for alias in sorted(aliases):
        lines += [
            'provider "aws" {',
            *([f'  alias = "{alias}"'] if alias else []),
            *(f"  {name} = true" for name in SKIPS),
            "}",
        ]
    if any(re.search(r'^\s*(backend\s+"|cloud\s*\{)', text, re.MULTILINE) for text in texts):
        lines += ["terraform {", '  backend "local" {}', "}"]
    return "\n".join(lines) + "\n"


@contextlib.contextmanager
def answering(root: Path) -> Iterator[dict[str, str]]:
    """The environment that leads AWS's clients to a server on this machine, where the case asks AWS anything."""
    text = "\n".join(path.read_text("utf-8") for path in root.rglob("*.tf"))
    asked = set(re.findall(r'^\s*data\s+"(aws_\w+)"', text, re.MULTILINE)) - NEEDS_NO_ACCOUNT
    if not asked and not (root / "moto-setup.py").exists() and not (root / "setup").exists():
        yield {}
        return
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    program = os.environ.get("MOTO_SERVER")
    command = [program, str(port)] if program else ["moto_server", "-H", "127.0.0.1", "-p", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(300):
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            time.sleep(0.1)
        yield {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}", "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
    finally:
        server.terminate()
        server.wait()


def terraform(where: Path, environment: dict[str, str], *command: str) -> str:
    done = subprocess.run(command, cwd=where, env=environment, capture_output=True, encoding="utf-8", check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    return done.stdout


def make(case: Path) -> None:
    """Writes the case's `plan.json`.

    Raises:
        RuntimeError: Terraform refused.
    """
    with tempfile.TemporaryDirectory() as scratch:
        work = Path(scratch) / "case"
        shutil.copytree(case, work, ignore=shutil.ignore_patterns(".terraform", "plan.json", "expected.json"))
        (work / "zz_plan_override.tf").write_text(override(work), "utf-8")
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "TF_"))}
        environment |= {
            "TF_IN_AUTOMATION": "1",
            "CHECKPOINT_DISABLE": "1",
            "AWS_REGION": REGION,
            "TERRAFORM": TERRAFORM,
        }
        environment |= {
            "AWS_ACCESS_KEY_ID": "none",
            "AWS_SECRET_ACCESS_KEY": "none",
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        environment |= {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
        if mirror := os.environ.get("TF_PLUGIN_MIRROR"):
            rc = Path(scratch) / "terraformrc"
            rc.write_text(
                f'provider_installation {{\n  filesystem_mirror {{\n    path = "{mirror}"\n  }}\n}}\n', "utf-8"
            )
            environment["TF_CLI_CONFIG_FILE"] = str(rc)
        with answering(work) as answers:
            environment |= answers
            if (work / "moto-setup.py").exists():
                terraform(work, environment, sys.executable, "moto-setup.py")
            if (work / "setup").exists():
                terraform(work, environment, "./setup")
            said = (work / "make-plan.args").read_text("utf-8") if (work / "make-plan.args").exists() else ""
            arguments = [line.strip() for line in said.splitlines() if line.strip() and not line.startswith("#")]
            terraform(work, environment, TERRAFORM, "init", "-input=false", "-no-color")
            terraform(
                work,
                environment,
                TERRAFORM,
                "plan",
                "-input=false",
                "-no-color",
                "-lock=false",
                "-out=tfplan",
                *arguments,
            )
            shown = json.loads(terraform(work, environment, TERRAFORM, "show", "-json", "-no-color", "tfplan"))
        (case / "plan.json").write_text(json.dumps(shown, separators=(",", ":"), ensure_ascii=False) + "\n", "utf-8")


def main() -> int:
    """1 where a plan could not be made."""
    failed = 0
    for case in [Path(argument).resolve() for argument in sys.argv[1:]] or list(cases()):
        try:
            make(case)
            print(f"planned {case.name}", flush=True)
        except (RuntimeError, OSError) as fault:
            failed += 1
            print(f"FAILED  {case.name}\n{fault}", file=sys.stderr, flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
