"""What shells complete, asked of the shells themselves."""

from __future__ import annotations

import os
import pty
import re
import select
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from tf_cvpn_lint.__main__ import main
from tf_cvpn_lint.cli import completed_commands
from tf_cvpn_lint.completion import Shell
from tf_cvpn_lint.settings import ReportFormat
from tf_cvpn_lint.usage import COMMANDS, USAGE

REQUIRE = "TF_CVPN_LINT_REQUIRE_SHELLS"
"""Where this is 1 (as in CI), a shell that is not installed fails its tests."""
FORMATS = {format_.value for format_ in ReportFormat}


@pytest.fixture(name="script", params=list(Shell))
def _script(request: pytest.FixtureRequest, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> tuple[Shell, Path]:
    shell = Shell(request.param)
    if shutil.which(shell) is None:
        if os.environ.get(REQUIRE) == "1":
            pytest.fail(f"{shell} is not installed, and {REQUIRE}=1 says that it must be")
        pytest.skip(f"{shell} is not installed")
    assert main(["completion", shell]) == 0
    file = tmp_path / f"completion.{shell}"
    file.write_text(capsys.readouterr().out, "utf-8")
    return shell, file


def completed(script: tuple[Shell, Path], line: str, directory: Path) -> set[str]:
    """What the shell offers for the last word of a line."""
    shell, file = script
    match shell:
        case Shell.BASH:
            # As readline takes a line apart: at blanks and at the equals sign.
            words = [word for part in line.split(" ") for word in (re.split("(=)", part) if part else [""])]
            listed = " ".join(f"'{word}'" for word in words if word or word is words[-1])
            asked = f"""source {file}; COMP_WORDS=({listed}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
                _tf_cvpn_lint; printf '%s\\n' "${{COMPREPLY[@]}}" """
            told = _output(["bash", "--norc", "-c", asked], directory)
            # Without an answer of the function bash offers files, as `complete -o default` says.
            return set(told) or set(_output(["bash", "--norc", "-c", f"compgen -f -- '{words[-1]}'"], directory))
        case Shell.FISH:
            asked = f"source {file}; complete -C '{line}'"
            told = [answer.partition("\t")[0] for answer in _output(["fish", "--no-config", "-c", asked], directory)]
            return {answer.rpartition("=")[2] if line.split(" ")[-1].endswith("=") else answer for answer in told}
        case Shell.ZSH:
            return _zsh(file, line, directory)


def _output(command: list[str], directory: Path) -> list[str]:
    done = subprocess.run(
        command, cwd=directory, env=_plain(directory), capture_output=True, encoding="utf-8", timeout=60, check=False
    )
    assert done.stderr == ""
    return [line for line in done.stdout.split("\n") if line]


def _plain(home: Path) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "HOME": str(home), "TERM": "dumb", "LC_ALL": "C.UTF-8", "COLUMNS": "200"}


def _zsh(file: Path, line: str, directory: Path) -> set[str]:
    """zsh completes only where somebody types, so somebody does: on a terminal of our own."""
    ours, its = pty.openpty()
    process = subprocess.Popen(
        ["zsh", "-f", "-i"],
        cwd=directory,
        env=_plain(directory),
        stdin=its,
        stdout=its,
        stderr=its,
        start_new_session=True,
    )
    os.close(its)
    # Each match between marks, in place of the list that zsh would draw.
    setup = f"""PS1= PS2= RPS1=; unsetopt zle_bracketed_paste; autoload -U compinit; compinit -D -u; source {file}
        zstyle ':completion:*' list-grouped false; zstyle ':completion:*' format ''
        told() {{ compadd() {{ if [[ "$@" == *-[OAD]* ]]; then builtin compadd "$@"; else local -a all
            builtin compadd -O all "$@"; print -rn -- "<${{(j:><:)all}}>"; builtin compadd "$@"; fi }}
            _main_complete; unfunction compadd; print -r -- "==end=="; zle -I; compstate[insert]= compstate[list]= }}
        zle -C told complete-word told; bindkey '^I' told; print rea''dy
        """
    try:
        _typed(ours, setup, "ready")
        answer = _typed(ours, f"{line}\t", "==end==")
    finally:
        process.kill()
        process.wait()
        os.close(ours)
    return {word.rpartition("=")[2] or word for word in re.findall(r"<([^<>]*)>", answer) if word}


def _typed(terminal: int, text: str, until: str) -> str:
    os.write(terminal, text.encode())
    seen, end = "", time.monotonic() + 60
    while until not in seen:
        ready, _, _ = select.select([terminal], [], [], max(end - time.monotonic(), 0))
        assert ready, seen
        seen += os.read(terminal, 1 << 16).decode("utf-8", "replace")
    return seen


def test_every_shell_offers_what_fits(script: tuple[Shell, Path], tmp_path: Path) -> None:
    def offered(line: str) -> set[str]:
        return completed(script, f"tf-cvpn-lint {line}", tmp_path)

    (tmp_path / "plan.json").write_text("{}")
    (tmp_path / "infra").mkdir()
    assert offered("--format ") == FORMATS
    assert offered("--format=") == FORMATS
    assert offered("trace --format ") == {"text", "json"}
    assert offered("--fail-on ") == {"note", "warning", "error", "never"}
    assert {"CVPN101", "dns-not-authorized"} <= offered("explain ")
    assert offered("completion ") == {"bash", "zsh", "fish"}
    assert "trace" in offered("tr")
    assert "plan.json" in offered("pl")
    assert {"--format", "--fail-on", "--strict", "--no-strict"} <= offered("--")
    assert "--all" in offered("hook --")
    assert {"--select", "--format"} <= offered("rules --")


def test_every_command_and_option_of_the_help_is_in_every_script(capsys: pytest.CaptureFixture[str]) -> None:
    options = set(re.findall(r"--[a-z][a-z-]+", USAGE)) - {"--version"}
    assert {*COMMANDS, "hook", "checkov-dir", "checkov-doctor"} == set(completed_commands())
    for shell in Shell:
        assert main(["completion", shell]) == 0
        text = capsys.readouterr().out
        for name in options:
            spelled = f"-l {name.removeprefix('--')} " if shell is Shell.FISH else name
            assert spelled in text, (shell, name)
        for name in completed_commands():
            assert re.search(rf"\b{name}\b", text)
    assert main(["completion", "tcsh"]) == 2
