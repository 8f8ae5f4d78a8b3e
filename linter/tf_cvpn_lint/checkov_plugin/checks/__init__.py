"""What the checks of this folder know and ask, without Checkov: which rules there are, where our program is, and what it says.

Checkov loads the file beside this one into its own interpreter, which may be older than ours and has none of our packages: so nothing but
the standard library of Python 3.9 is used here, and nothing of tf_cvpn_lint is imported.
"""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

# generated: rules (python -m tools.docs)
VERSION = ""
RULES = """
"""
TYPES = """
"""
# end: rules

BRIDGE = 1
"""Of the form in which our program answers."""
TIMEOUT = 900
"""Seconds until a run of our program is given up."""


class Trouble(Exception):
    """Our program could not be run, or could not judge. Every check fails with these words: Checkov takes silence for success."""


class Rule:
    """A rule as it is offered to Checkov."""

    def __init__(self, line: str) -> None:
        self.number, self.severity, self.source, self.title = line.split(" ", 3)

    @property
    def check(self) -> str:
        return check_id(self.number)


def check_id(number: str) -> str:
    """`CKV_CVPN_102` of `CVPN102`."""
    return f"CKV_CVPN_{number[4:]}"


def rules() -> list[Rule]:
    return [Rule(line) for line in RULES.strip().splitlines()]


def types() -> list[str]:
    """The resource types that a finding may be about."""
    return TYPES.split()


def program() -> list[str]:
    """The command that runs our program, found from where this folder lies.

    That is in the environment that our package is installed in: a virtual environment's interpreter is above it; of any other installation
    the installer has written down where it put our script. An editable installation lies in a checkout, whose `.venv` is asked.

    Raises:
        Trouble: there is none.
    """
    named = os.environ.get("TF_CVPN_LINT_PYTHON")
    if named:
        if not Path(named).is_file():
            raise Trouble(f"TF_CVPN_LINT_PYTHON={named}: there is no such file; name the Python that tf-cvpn-lint is installed in")
        return _with_module(Path(named))
    package = Path(__file__).resolve().parent.parent.parent
    for directory in package.parents:
        if (directory / "pyvenv.cfg").is_file():
            python = _python_of(directory)
            if python is not None:
                return _with_module(python)
    script = _recorded_script(package.parent)
    if script is not None:
        return [str(script)]
    for directory in package.parents:
        if (directory / ".venv" / "pyvenv.cfg").is_file():
            python = _python_of(directory / ".venv")
            if python is not None:
                return _with_module(python)
    found = shutil.which("tf-cvpn-lint")
    if found is not None:
        return [found]
    raise Trouble(
        f"no Python with tf-cvpn-lint was found from {package}; set TF_CVPN_LINT_PYTHON to the one that it is installed in"
    )


def _with_module(python: Path) -> list[str]:
    # Neither PYTHON* variables of Checkov's environment (-E) nor modules in the directory that is scanned (-P) are ours.
    return [str(python), "-E", "-P", "-m", "tf_cvpn_lint"]


def _python_of(environment: Path) -> Path | None:
    for name in ("bin/python", "Scripts/python.exe", "bin/python3"):
        if (environment / name).is_file():
            return environment / name
    return None


def _recorded_script(site: Path) -> Path | None:
    """The console script, by the installer's record of installed files.

    Source: https://packaging.python.org/en/latest/specifications/recording-installed-packages/#the-record-file
    """
    for record in sorted(site.glob("tf_cvpn_lint-*.dist-info/RECORD")):
        with record.open(encoding="utf-8", newline="") as rows:
            for row in csv.reader(rows):
                if row and row[0].replace("\\", "/").rpartition("/")[2] in ("tf-cvpn-lint", "tf-cvpn-lint.exe"):
                    script = Path(os.path.normpath(site / row[0]))
                    if script.is_file():
                        return script
    return None


_answers: dict[Any, Any] = {}


def ask(path: str, arguments: tuple[str, ...] = ()) -> dict[str, Any]:
    """What our program says of a plan or a directory. Each is judged once in a process, unless it changes.

    Raises:
        Trouble: it says nothing that could be used.
    """
    key = (path, _state_of(path), arguments)
    if key not in _answers:
        try:
            _answers[key] = _answer(path, arguments)
        except Trouble as trouble:
            _answers[key] = trouble
        except Exception as fault:  # noqa: BLE001 - whatever it is, nobody else will tell it
            _answers[key] = Trouble(f"{type(fault).__name__}: {fault}")
    told = _answers[key]
    if isinstance(told, Trouble):
        raise told
    return told  # type: ignore[no-any-return]


def _state_of(path: str) -> Any:
    place = Path(path)
    files = sorted(place.glob("*.t*f*")) if place.is_dir() else [place]
    return tuple((str(file), _changed(file)) for file in files)


def _changed(file: Path) -> tuple[int, int]:
    try:
        about = file.stat()
    except OSError:
        return (0, 0)
    return (about.st_mtime_ns, about.st_size)


def _answer(path: str, arguments: tuple[str, ...]) -> dict[str, Any]:
    command = [*program(), "checkov-report", *arguments, "--", path]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    try:
        done = subprocess.run(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            timeout=TIMEOUT,
            check=False,
        )
    except OSError as fault:
        raise Trouble(f"{command[0]} cannot be run: {fault.strerror or fault}") from fault
    except subprocess.TimeoutExpired as fault:
        raise Trouble(f"{command[0]} did not end within {TIMEOUT} seconds") from fault
    said = done.stderr.decode("utf-8", "replace").strip()
    if done.returncode not in (0, 1):
        last = said.splitlines()[-1] if said else "it says nothing"
        raise Trouble(f"tf-cvpn-lint could not judge (exit status {done.returncode}): {last}")
    try:
        answer = json.loads(done.stdout.decode("utf-8"))
        bridge, version = answer["bridge"], answer["version"]
    except (ValueError, KeyError, TypeError) as fault:
        raise Trouble(f"{command[0]} is no tf-cvpn-lint that knows Checkov: {said.splitlines()[-1:] or 'no report'}") from fault
    if (bridge, version) != (BRIDGE, VERSION):
        raise Trouble(f"{command[0]} is tf-cvpn-lint {version}, and these checks are of {VERSION}; set TF_CVPN_LINT_PYTHON")
    if done.returncode != answer["status"]:
        raise Trouble(f"tf-cvpn-lint ended with {done.returncode} and reported {answer['status']}")
    return answer  # type: ignore[no-any-return]


_KEY = re.compile(r"\[(?:\d+|\"(?:[^\"\\]|\\.)*\")\]")


def without_keys(address: str) -> str:
    """The address without instance keys, which Checkov does not know everywhere."""
    return _KEY.sub("", address)


def evaluated_keys(attribute: str | None) -> list[str]:
    """`ingress/[0]/from_port` of `ingress[0].from_port`, as Checkov writes it."""
    return [attribute.replace(".", "/").replace("[", "/[")] if attribute else []


def scan_options() -> tuple[str, ...]:
    """What this process was told about sources and variables on its command line, as options of our program."""
    roots = _values("--repo-root-for-plan-enrichment", "--repo-root")
    files = _values("--var-file", "--var-f")
    told = [f"--source={directory}" for root in roots for directory in _directories(root)]
    told += [f"--var-file={os.path.abspath(file)}" for file in files]
    config = os.environ.get("TF_CVPN_LINT_CONFIG")
    return (*told, *([f"--config={config}"] if config else ()))


def _values(option: str, shortest: str) -> list[str]:
    """The values of an option, which may be shortened and may take several."""
    found = []
    rest = iter(sys.argv[1:])
    taking = False
    for argument in rest:
        name, equals, value = argument.partition("=")
        if argument.startswith("-"):
            taking = option.startswith(name) and name.startswith(shortest)
            if taking and equals:
                found.append(value)
        elif taking:
            found.append(argument)
    return found


def _directories(root: str) -> list[str]:
    """The directories below a repository's root that hold Terraform files: any of them may be the root module of the plan."""
    found = []
    for current, inner, files in os.walk(os.path.abspath(root)):
        inner[:] = sorted(name for name in inner if not name.startswith("."))
        if any(name.endswith((".tf", ".tofu", ".tf.json", ".tofu.json")) for name in files):
            found.append(current)
        if len(found) == 200:
            break
    return found
