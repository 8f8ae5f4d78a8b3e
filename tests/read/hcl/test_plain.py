"""What is read without python-hcl2 is what python-hcl2 reads: the same trees with the same spans, of all Terraform in this repository and of
what is left of it after some damage."""

from __future__ import annotations

import random
import re
import subprocess
import sys
from functools import cache

import pytest

from tests.project import ROOT
from tf_cvpn_lint.core.records import replace
from tf_cvpn_lint.read.hcl import parse
from tf_cvpn_lint.read.hcl.blocks import Block, split_blocks
from tf_cvpn_lint.read.hcl.syntax import Binary, Name, Number
from tf_cvpn_lint.read.hcl.templates import HclSyntaxError

FAULT = "a fault"
DAMAGE = (
    *(
        '"',
        "{",
        "}",
        "(",
        ")",
        "[",
        "]",
        "\n",
        " ",
        ".",
        "-",
        "!",
        "=",
        ",",
        ":",
        "?",
        "*",
        "[*]",
        ".*",
        "if",
        "for",
        "in",
        "null",
    ),
    *(
        "1",
        "-1",
        "-12",
        "1.5",
        "${",
        "%{",
        "#",
        "//",
        "/*",
        "*/",
        "<<",
        "\\",
        "=>",
        "...",
        "==",
        "&&",
        "$",
        "é",
        "\r",
        "\t",
        "::",
    ),
    *("for x in y : x", '"a${b}c"', "x.y[0]"),
)


@cache
def blocks() -> tuple[Block, ...]:
    files = sorted(file for place in ("fixtures", "tests/read/hcl") for file in (ROOT / place).rglob("*.tf"))
    texts = {file.read_text("utf-8-sig", "replace"): file.name for file in files}
    return tuple(
        block for text, name in texts.items() for block in split_blocks(text, name) if block.type and not block.fault
    )


def tree(block: Block) -> str:
    """The block's tree, with every span in it."""
    try:
        return repr(parse.parse_body(block))
    except HclSyntaxError:
        return FAULT


def python_hcl2s(block: Block, monkeypatch: pytest.MonkeyPatch) -> str:
    with monkeypatch.context() as patch:
        patch.setattr(parse._Reader, "_plain", lambda *_: None)
        return tree(block)


def test_every_block_of_this_repository_gives_the_same_tree(monkeypatch: pytest.MonkeyPatch) -> None:
    different = [f"{block.file}:{block.line}" for block in blocks() if tree(block) != python_hcl2s(block, monkeypatch)]
    assert not different


def test_nearly_every_block_is_plain(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def refuse(text: str, *_: object, **__: object) -> None:
        asked.append(text)
        raise HclSyntaxError("python-hcl2 was asked")

    monkeypatch.setattr(parse, "_Portable", refuse)
    for block in blocks():
        tree(block)
    assert len(asked) < len(blocks()) / 50


@pytest.mark.parametrize("seed", range(4))
def test_damaged_blocks_give_the_same_tree_or_a_fault(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(seed)
    small = [block for block in blocks() if len(block.text) < 900]
    for _ in range(300):
        block = chance.choice(small)
        body = block.body
        for _ in range(chance.choice((1, 1, 1, 2, 3))):
            at = chance.randrange(len(body) + 1)
            cut = at + chance.choice((0, 0, 1, 1, 2, 5))
            body = body[:at] + chance.choice((*DAMAGE, "", "", "")) + body[cut:]
        damaged = replace(
            block, text=block.text[: block.body_start] + body + "}", body_end=block.body_start + len(body)
        )
        if re.search(r"-\d[\d.]", body):
            continue  # python-hcl2 takes `-12` for one token after a value, too, and refuses `x -12`
        assert tree(damaged) == python_hcl2s(damaged, monkeypatch), body


def test_an_operator_before_a_number_is_one() -> None:
    assert parse.parse_expression("x -12") == Binary("-", Name("x"), Number("12"))


def test_a_plain_directory_is_judged_without_python_hcl2() -> None:
    root = ROOT / "fixtures" / "networks" / "seed-2-inbound-endpoints-through-transit-gateway"
    script = (
        "import sys; from tf_cvpn_lint.__main__ import main; "
        f"status = main(['check', {str(root)!r}]); sys.exit('lark' in sys.modules or 'hcl2' in sys.modules or status > 1)"
    )
    assert subprocess.run([sys.executable, "-c", script], stdout=subprocess.DEVNULL, check=False).returncode == 0
