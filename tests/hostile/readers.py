"""Every reader by itself, for fuzzing: bytes in, and nothing but what it promises to raise comes out.

The whole program takes milliseconds for a case, a reader microseconds; so each is asked thousands of times more.
"""

from __future__ import annotations

import contextlib
import io
import ipaddress
import json
import random
import re
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.hostile import mutate
from tf_cvpn_lint.adapt import TYPES
from tf_cvpn_lint.adapt.cidr import parse_address, parse_network
from tf_cvpn_lint.controls import baseline, settings_file
from tf_cvpn_lint.controls.comments import comments
from tf_cvpn_lint.controls.flags import Flags
from tf_cvpn_lint.controls.in_force import in_force
from tf_cvpn_lint.controls.patterns import matches_text
from tf_cvpn_lint.controls.source_tree import Module, SourceFile
from tf_cvpn_lint.core.address import Address, AddressError, parse_module
from tf_cvpn_lint.core.errors import InputError
from tf_cvpn_lint.read.detect import identify
from tf_cvpn_lint.read.hcl import functions
from tf_cvpn_lint.read.hcl.blocks import split_blocks, statements
from tf_cvpn_lint.read.hcl.console import render
from tf_cvpn_lint.read.hcl.directory import STACK
from tf_cvpn_lint.read.hcl.evaluate import Evaluator, Fuel, OutOfFuelError, Scope
from tf_cvpn_lint.read.hcl.json_syntax import read_json_blocks, read_json_variables
from tf_cvpn_lint.read.hcl.modules import NOTHING
from tf_cvpn_lint.read.hcl.parse import parse_expression, parse_template_text
from tf_cvpn_lint.read.hcl.templates import HclSyntaxError
from tf_cvpn_lint.read.hcl.values import Value, string
from tf_cvpn_lint.read.inputs import read
from tf_cvpn_lint.read.outline import outline
from tf_cvpn_lint.report.printable import printable
from tf_cvpn_policies import RULES

ROOT = Path(__file__).resolve().parents[2]
PLANS = ROOT / "fixtures" / "plans"


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


@cache
def _place() -> Path:
    return Path(tempfile.mkdtemp(prefix="fuzz-"))


def _written(name: str, data: bytes) -> Path:
    path = _place() / name
    path.write_bytes(data)
    return path


def _line(fault: InputError) -> None:
    assert "\n" not in printable(str(fault))


def document(data: bytes) -> None:
    """A plan or a state, or what is none."""
    try:
        read("-", stdin=io.BytesIO(data), types=TYPES)
    except InputError as fault:
        _line(fault)


def outlined(data: bytes) -> None:
    """The outline of a large plan is taken of what `from_json` takes, and of nothing else."""
    try:
        identify(data, "-")
    except InputError:
        return
    outline(data, TYPES)


def expression(data: bytes) -> None:
    """An expression: parsed, evaluated where nothing has a name, and written."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, STACK))
    try:
        value = Evaluator(Fuel(steps=20_000)).evaluate(parse_expression(_text(data)), Scope(NOTHING))
        render(value)
    except (HclSyntaxError, OutOfFuelError):
        pass
    finally:
        sys.setrecursionlimit(limit)


def template(data: bytes) -> None:
    """A template file."""
    try:
        value = Evaluator(Fuel(steps=20_000)).evaluate(parse_template_text(_text(data)), Scope(NOTHING))
        render(value)
    except (HclSyntaxError, OutOfFuelError):
        pass


def blocks(data: bytes) -> None:
    """A file of Terraform, divided: every block lies in it where it says, and none twice."""
    text = _text(data)
    end = 0
    for block in split_blocks(text, "main.tf"):
        assert block.start >= end
        assert text.startswith(block.text, block.start)
        end = block.start + len(block.text)
        last = block.body_start
        for statement in statements(block.text, block.body_start, block.body_end):
            assert last <= statement.start < statement.end <= max(block.body_end, statement.start + 1)
            last = statement.end


def json_syntax(data: bytes) -> None:
    """`*.tf.json` and `*.tfvars.json`."""
    for reader in (read_json_blocks, read_json_variables):
        with contextlib.suppress(HclSyntaxError):
            reader(_text(data), "main.tf.json")


def suppressions(data: bytes) -> None:
    """A file with suppression comments in it."""
    file = SourceFile(Path("main.tf"), "main.tf", _text(data))
    for comment in comments([Module((), (file,))], RULES, require_reason=True):
        assert 1 <= comment.location.line <= file.text.count("\n") + 1
        assert comment.fault or comment.names_all or comment.rules


def settings(data: bytes) -> None:
    """A settings file, and what it sets."""
    try:
        in_force(Flags(today="2027-01-31"), settings_file.read(_written("given.toml", data)), RULES)
    except InputError as fault:
        _line(fault)


def known_findings(data: bytes) -> None:
    """A baseline."""
    try:
        baseline.read(_written("baseline.json", data))
    except InputError as fault:
        _line(fault)


def address(data: bytes) -> None:
    """An address is what is written of it."""
    text = _text(data)
    try:
        found = Address.parse(text)
        assert Address.parse(str(found)) == found
    except AddressError:
        pass
    with contextlib.suppress(AddressError):
        parse_module(text)


def network(data: bytes) -> None:
    """Addresses and networks are those that Python's own reader takes, and no more."""
    text = _text(data)
    found = parse_network(text)
    if found is not None:
        assert found == ipaddress.ip_network(text, strict=False)
    single = parse_address(text)
    if single is not None:
        assert single == ipaddress.ip_address(text)


def _called(name: str, *arguments: str) -> Value:
    found = functions.call(name, [string(argument) for argument in arguments])
    render(found)
    return found


def _function(name: str) -> Callable[[bytes], None]:
    def ask(data: bytes) -> None:
        _called(name, _text(data))

    return ask


def patterns(data: bytes) -> None:
    """Regular expressions, globs and patterns of addresses, each on a text of its own: `pattern NUL text`."""
    pattern, _, subject = _text(data).partition("\0")
    _called("regex", pattern, subject)
    _called("regexall", pattern, subject)
    _called("replace", subject, f"/{pattern}/", "<$0$1>")
    matches_text(pattern, subject)


def formats(data: bytes) -> None:
    """`format`, with a text and a number."""
    _called("format", _text(data), "7", "seven")


def cidr_functions(data: bytes) -> None:
    """CIDR arithmetic: words that are no networks, and numbers without a bound."""
    words = [*_text(data).split(" "), "", ""]
    first, others = words[0], words[1:]
    _called("cidrnetmask", first)
    for name in ("cidrsubnet", "cidrsubnets"):
        _called(name, first, *others[:2])
    for name in ("cidrhost", "timeadd", "parseint", "formatdate"):
        _called(name, first, others[0])


@dataclass(frozen=True)
class Reader:
    """One of them, with what its cases are made from."""

    ask: Callable[[bytes], None]
    seeds: Callable[[], Sequence[bytes]]
    mutate: Callable[[random.Random, bytes, bytes], bytes]


def _lines(*files: str) -> Callable[[], Sequence[bytes]]:
    return lambda: [line for file in files for line in (ROOT / file).read_bytes().split(b"\n") if line.strip()]


def _files(pattern: str, most: int = 40_000) -> Callable[[], Sequence[bytes]]:
    return lambda: [
        path.read_bytes() for path in sorted((ROOT / "fixtures").rglob(pattern)) if path.stat().st_size < most
    ]


def _of(*texts: str) -> Callable[[], Sequence[bytes]]:
    return lambda: [text.encode() for text in texts]


def _settings() -> Sequence[bytes]:
    page = (ROOT / "docs" / "settings.md").read_text("utf-8")
    return [block.encode() for block in re.findall(r"```toml\n(.*?)```", page, re.DOTALL)]


def _commented() -> Sequence[bytes]:
    said = (
        "# tf-cvpn-lint:ignore CVPN101\n",
        '// tf-cvpn-lint:ignore dns-not-authorized reason="x" until=2027-01-31\n',
        "/* tf-cvpn-lint:ignore all */",
        "# checkov:skip=CKV_CVPN_102:why\n",
    )
    files = _files("main.tf", 6_000)()
    chance = random.Random(1)
    made = []
    for data in files[:80]:
        lines = data.split(b"\n")
        lines.insert(chance.randrange(len(lines)), chance.choice(said).encode())
        made.append(b"\n".join(lines))
    return made


def _baselines() -> Sequence[bytes]:
    entry = {"fingerprint": "0" * 16, "rule": "CVPN101", "endpoint": "a.b", "server": "10.0.0.2", "address": "a.b"}
    tree = {"tool": {"name": "tf-cvpn-lint", "version": "0"}, "baseline_version": 1, "findings": [entry, entry]}
    return [json.dumps(tree).encode()]


def _words(chance: random.Random, data: bytes, other: bytes) -> bytes:
    """Short texts: words are put in, cut out and exchanged."""
    if chance.random() < 0.5:
        return mutate.bytes_(chance, data)
    word = chance.choice(mutate.WORDS).encode("utf-8", "replace")
    at = chance.randrange(len(data) + 1)
    return chance.choice((data[:at] + word + data[at:], data[:at] + other[at:], word + data[at:]))


_EXPRESSIONS = _lines("tests/read/hcl/expressions/expressions.txt", "tests/read/hcl/console/expressions.txt")
_YAML = (
    "a: 1\nb: [x, {y: z}]\nc: &d |\n  text\n\ne: *d\n",
    "- >-\n  a\n  b\n- 'q''q'\n- ! x\n",
    "? a\n: b\n<<: {c: d}\n",
)
READERS: dict[str, Reader] = {
    "document": Reader(document, _files("plan.json"), mutate.plan),
    "outline": Reader(outlined, _files("plan.json"), mutate.plan),
    "expression": Reader(expression, _EXPRESSIONS, mutate.terraform),
    "template": Reader(
        template,
        _of("a${1 + 1}b", "%{ for a in [1] ~}${a}%{ endfor }", "%{ if true }x%{ else }y%{ endif }"),
        mutate.terraform,
    ),
    "blocks": Reader(blocks, _files("*.tf", 8_000), mutate.terraform),
    "json-syntax": Reader(json_syntax, _files("*.tf.json"), mutate.plan),
    "suppressions": Reader(suppressions, _commented, mutate.terraform),
    "settings": Reader(settings, _settings, _words),
    "baseline": Reader(known_findings, _baselines, mutate.plan),
    "address": Reader(
        address, _of('module.a["b"].data.aws_vpc.c[0]', "aws_vpc.a", 'module.a.module.b[1].x.y["\\"${z}"]'), _words
    ),
    "network": Reader(network, _of("10.0.0.0/16", "2001:db8::/32", "10.0.0.2", "::ffff:10.0.0.1"), _words),
    "yaml": Reader(_function("yamldecode"), _of(*_YAML), _words),
    "json": Reader(
        _function("jsondecode"), _of('{"a": [1.5e3, "\\u00e9\\ud83d\\ude00", null, true, {"b": -0}]}'), _words
    ),
    "csv": Reader(_function("csvdecode"), _of('a,b\n1,"x ""y"" z"\n3,4\n'), _words),
    "patterns": Reader(patterns, _of("(a|b)*c{2,3}\0abcc", "^(?P<n>\\pL+)[^\\d\\s]*?$\0x1", "*.tf?\0main.tf"), _words),
    "format": Reader(formats, _of("%s %5.2f %-08d %#v %[2]q %%", "%t%x%e%g"), _words),
    "cidr-functions": Reader(
        cidr_functions, _of("10.0.0.0/8 8 5", "2001:db8::/32 4 1", "2017-11-22T00:00:00Z 10m", "YYYY 2"), _words
    ),
}
