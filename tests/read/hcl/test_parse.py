"""The adapter to python-hcl2: what it gets right by itself, what is covered up for it, and what it is held to."""

from __future__ import annotations

import importlib.util
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.read.hcl.plans import FIXTURES
from tf_cvpn_lint.core.errors import InputError
from tf_cvpn_lint.read.hcl import parse
from tf_cvpn_lint.read.hcl.blocks import split_blocks
from tf_cvpn_lint.read.hcl.parse import parse_body, parse_expression, parse_file_body, parse_template_text
from tf_cvpn_lint.read.hcl.syntax import (
    Binary,
    BlockBody,
    Constant,
    Expression,
    FunctionCall,
    GetAttr,
    Index,
    Interpolation,
    Name,
    Number,
    ObjectCons,
    Splat,
    SplatItem,
    Template,
    TupleCons,
    Unary,
)
from tf_cvpn_lint.read.hcl.templates import HclSyntaxError

X = Name("x")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # valid for HashiCorp's parser, refused or misread by python-hcl2 8.1
        ("!!x", Unary("!", Unary("!", X))),
        ("- -1", Unary("-", Unary("-", Number("1")))),
        ("5 - - 1", Binary("-", Number("5"), Unary("-", Number("1")))),
        ("(a\n - b)", Binary("-", Name("a"), Name("b"))),
        ("(a\n .b)", GetAttr(Name("a"), "b")),
        ("a::b()", FunctionCall("a::b", ())),
        ("provider::x::f(1)", FunctionCall("provider::x::f", (Number("1"),))),
        ("<<_X_\nhi\n_X_\n", Constant("hi\n")),
        ('"${~ x ~}"', X),
        ('"a ${~ x ~} b"', Template(("a", Interpolation(X), "b"))),
        ('"${\nx}"', X),
        ("naïve.é", GetAttr(Name("naïve"), "é")),
        ("/* c */ 1", Number("1")),
        ('"$${foo("', Constant("${foo(")),
        ("x.*.y[0].z", GetAttr(Index(Splat(X, GetAttr(SplatItem(), "y")), Number("0")), "z")),
        ("x.*.y.0", Splat(X, Index(GetAttr(SplatItem(), "y"), Number("0")))),
        ("x[*].y[0]", Splat(X, Index(GetAttr(SplatItem(), "y"), Number("0")))),
        ("x[*].a[*].b", Splat(X, Splat(GetAttr(SplatItem(), "a"), GetAttr(SplatItem(), "b")))),
        ("(x.*.y)[0]", Index(Splat(X, GetAttr(SplatItem(), "y")), Number("0"))),
        # and what needs care of ours
        ("-1", Unary("-", Number("1"))),
        ('"\\u00e9\\n"', Constant("é\n")),
        ('"${x}"', X),
        ('"a${x}"', Template(("a", Interpolation(X)))),
        ('x["k"].0', Index(Index(X, Constant("k")), Number("0"))),
        ('{ a = 1, "b" : 2, (x) = 3, in = 4, null = 5 }', None),
        ("f(\n a, # first\n b...,\n)", None),
        ("<<-EOT\n    a\n      b\n  EOT\n", Constant("a\n  b\n")),
    ],
)
def test_an_expression_is_read_as_terraform_reads_it(text: str, expected: Expression | None) -> None:
    if expected is None and "f(" in text:
        with pytest.raises(HclSyntaxError):
            parse_expression(text)  # Terraform refuses a comma after `...` as well
    elif expected is None:
        found = parse_expression(text)
        assert isinstance(found, ObjectCons)
        assert [key for key, _ in found.items] == [Constant("a"), Constant("b"), X, Constant("in"), Constant("null")]
    else:
        assert parse_expression(text) == expected


def test_spans_are_those_of_the_text_as_written() -> None:
    (block,) = split_blocks('\n\nlocals {\n  a = x + /* c */ 1 # trailing\n  b = [\n    "é${y}",\n  ]\n}\n', "main.tf")
    body = parse_body(block)
    first, second = body.attributes["a"], body.attributes["b"]
    assert (first.location.line, first.location.column, first.location.end_line) == (4, 3, 4)
    assert (first.expression.span.line, first.expression.span.column, first.expression.span.end_line) == (4, 7, 4)
    assert (second.location.line, second.location.end_line) == (5, 7)
    assert isinstance(second.expression, TupleCons)
    assert second.expression.items[0].span.line == 6


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("[" * 300 + "]" * 300, id="brackets"),
        pytest.param("(" * 5000 + "1" + ")" * 5000, id="parentheses are no depth"),
        pytest.param("!" * 3000 + "x", id="operators"),
        pytest.param("+".join("a" * 2000), id="a chain"),
        pytest.param('"${' * 60 + "a" + '}"' * 60, id="templates"),
        pytest.param("x" + ".a" * 3000, id="a traversal"),
        pytest.param("{a=" * 400 + "1" + "}" * 400, id="objects"),
    ],
)
def test_depth_ends_in_a_fault_or_a_value_and_never_in_a_crash(text: str) -> None:
    fault = _fault(parse_expression, text)
    assert fault is None or "deep" in fault.why or "more operators" in fault.why or "longer" in fault.why


@pytest.mark.parametrize(
    "text", ["", "a b", "a +", "[1", '"${"', "{ a }", "a ? b", '"%{ if x }"', '"%{ nonsense }"', "@"]
)
def test_what_is_not_an_expression_is_told(text: str) -> None:
    with pytest.raises(HclSyntaxError):
        parse_expression(text)


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet=st.sampled_from('ab1 "${}%<-EOT\n#/*\\[]()=.~,:?!&|'), max_size=40))
def test_any_text_is_an_expression_or_a_fault(text: str) -> None:
    for parse_it in (parse_expression, parse_template_text, lambda text: parse_file_body(text, "x.tf")):
        fault = _fault(parse_it, text)
        assert fault is None or fault.why


def _fault(parse_it: Callable[[str], object], text: str) -> HclSyntaxError | None:
    try:
        parse_it(text)
    except HclSyntaxError as fault:
        return fault
    return None


def _same(one: BlockBody, other: BlockBody) -> bool:
    return {name: a.expression for name, a in one.attributes.items()} == {
        name: a.expression for name, a in other.attributes.items()
    } and [block.type for block in one.blocks] == [block.type for block in other.blocks]


def test_the_splitter_and_the_parser_divide_every_fixture_alike() -> None:
    files = sorted(FIXTURES.glob("**/*.tf"))
    assert len(files) > 50
    for file in files[::4]:
        text = file.read_text()
        whole = parse_file_body(text, file.name)
        blocks = split_blocks(text, file.name)
        assert [(block.type, block.labels) for block in blocks] == [
            (block.type, block.labels) for block in whole.blocks
        ], file
        for block, expected in zip(blocks, whole.blocks, strict=True):
            assert (block.line, block.end_line) == (expected.location.line, expected.location.end_line)
            body = parse_body(block)
            assert _same(body, expected.body), (file, block.labels)
            for name, attribute in body.attributes.items():
                assert attribute.location == expected.body.attributes[name].location


def test_the_grammar_has_the_rules_that_are_converted() -> None:
    """What is used of python-hcl2, held against the version that is installed."""
    import hcl2

    grammar = Path(hcl2.__file__).with_name("hcl2.lark").read_text()
    used = {
        *parse._CONVERSIONS,
        *("start", "body", "attribute", "block", "new_line_or_comment", "expr_term", "binary_term", "binary_operator"),
        *(
            "object_elem",
            "object_elem_key",
            "arguments",
            "braces_index",
            "short_index",
            "get_attr",
            "attr_splat",
            "full_splat",
        ),
        *("for_intro", "for_cond"),
    }
    missing = {
        rule
        for rule in used
        if f"{rule} :" not in grammar and f"{rule}:" not in grammar and f"-> {rule}" not in grammar
    }
    assert not missing
    assert "ELLIPSIS" in grammar


def _cache(home: Path) -> list[Path]:
    return sorted(home.glob("**/grammar-*.bin"))


PROGRAM = "from tf_cvpn_lint.read.hcl.parse import parse_expression; print(parse_expression('!!x'))"
"""What is not plain, so that the parser is asked."""


def _run(cache_home: Path) -> str:
    environment = {**os.environ, "XDG_CACHE_HOME": str(cache_home), "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=True)
    assert not done.stderr
    return done.stdout


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="the cache's place is another one there")
def test_the_grammar_is_cached_where_only_its_owner_writes(tmp_path: Path) -> None:
    first = _run(tmp_path)
    (cache,) = _cache(tmp_path)
    assert stat.S_IMODE(cache.parent.stat().st_mode) == 0o700
    assert _run(tmp_path) == first
    assert _cache(tmp_path) == [cache]
    cache.write_bytes(b"not a cache")
    assert _run(tmp_path) == first


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="the cache's place is another one there")
def test_a_cache_that_others_may_write_is_not_used(tmp_path: Path) -> None:
    shared = tmp_path / "tf-cvpn-lint"
    shared.mkdir(mode=0o777)
    shared.chmod(0o777)
    _run(tmp_path)
    assert not _cache(tmp_path)


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="the cache's place is another one there")
def test_a_cache_that_others_may_only_read_is_used(tmp_path: Path) -> None:
    shared = tmp_path / "tf-cvpn-lint"
    shared.mkdir(mode=0o755)
    shared.chmod(0o755)
    _run(tmp_path)
    assert _cache(tmp_path)


def test_the_other_package_of_the_same_name_is_told_with_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "hcl2"
    other.mkdir()
    for name in ("__init__.py", "hcl2.lark", "parser.py"):
        (other / name).write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "hcl2", raising=False)
    with pytest.raises(InputError, match="checkov"):
        parse.check_parser()


def _beside_the_fork(tmp_path: Path, path: Path) -> subprocess.CompletedProcess[str]:
    """The program where `pip install` of both has left the modules of python-hcl2 beside the fork's grammar."""
    spec = importlib.util.find_spec("hcl2")
    assert spec is not None
    assert spec.origin is not None
    both = tmp_path / "hcl2"
    if not both.exists():
        shutil.copytree(Path(spec.origin).parent, both, ignore=shutil.ignore_patterns("__pycache__"))
        (both / "hcl2.lark").write_text('start : body\nbody : attribute*\nattribute : identifier "=" expression\n')
    program = "from tf_cvpn_lint.__main__ import main; raise SystemExit(main())"
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join((str(tmp_path), *sys.path)),
        "XDG_CACHE_HOME": str(tmp_path),
    }
    command = [sys.executable, "-c", program, "--verbose", str(path)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


REMEDY = "install tf-cvpn-lint in an environment without checkov"


def test_the_other_package_laid_over_the_right_one_is_told_in_a_line(tmp_path: Path) -> None:
    root = Path(__file__).parents[3] / "fixtures" / "networks" / "three-resolver-addresses-by-splat"
    plain = _beside_the_fork(tmp_path, root)
    assert plain.returncode in (0, 1)
    assert [REMEDY in line for line in plain.stderr.splitlines()].count(True) == 1

    other = tmp_path / "root"
    shutil.copytree(root, other)
    (other / "more.tf").write_text("locals {\n  on = !!true\n}\n")
    with (other / "vpn.tf").open("a") as file:
        file.write('resource "aws_vpc" "more" {\n  count = !!true ? 1 : 0\n  cidr_block = "10.99.0.0/16"\n}\n')
    (other / "plan.json").unlink()
    done = _beside_the_fork(tmp_path, other)
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert REMEDY in line


def test_a_plan_is_read_beside_the_fork_without_its_sources(tmp_path: Path) -> None:
    root = Path(__file__).parents[3] / "fixtures" / "networks" / "three-resolver-addresses-by-splat"
    case = tmp_path / "case"
    shutil.copytree(root, case)
    with (case / "vpn.tf").open("a") as file:
        file.write('resource "aws_vpc" "more" {\n  count = !!true ? 1 : 0\n  cidr_block = "10.99.0.0/16"\n}\n')
    done = _beside_the_fork(tmp_path, case / "plan.json")
    assert done.returncode in (0, 1)
    assert "the sources beside the plan" in done.stdout
