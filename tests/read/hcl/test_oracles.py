"""Other people's readers as oracles, where their wheels are installed: pygohcl (HashiCorp's parser) and tfparse (Trivy's evaluator).

Without them these tests are skipped, or fail where TF_CVPN_LINT_REQUIRE_ORACLES=1 says that they must not be, as in CI.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.read.hcl.plans import FIXTURES, name, planned_directories
from tf_cvpn_lint.core.value import Known, Value
from tf_cvpn_lint.read.hcl import read_directory
from tf_cvpn_lint.read.hcl.parse import parse_file_body
from tf_cvpn_lint.read.hcl.templates import HclSyntaxError

REQUIRE = "TF_CVPN_LINT_REQUIRE_ORACLES"


def oracle(name: str) -> Any:
    """The module; where it is not installed the test is skipped, or fails where it is required."""
    try:
        return importlib.import_module(name)
    except ImportError as fault:
        if os.environ.get(REQUIRE) == "1":
            pytest.fail(f"{name} is required here ({REQUIRE}=1) and cannot be imported: {fault}")
        pytest.skip(f"{name} is not installed (pip install 'tf-cvpn-lint[oracles]')")


ATOMS = st.sampled_from(
    [
        "x",
        "1",
        "1.5e3",
        '"s"',
        "null",
        "true",
        "a.b.c",
        "x[0]",
        "x.0",
        "x.*.y",
        "x[*].y[1]",
        'x["k"]',
        '"a${x}b"',
        '""',
        '"$${x}"',
        "-1",
        "!x",
        "x.for",
        "naïve",
        "f()",
        "a::b(1)",
        "<<E\nhi ${x}\nE\n",
        "<<-E\n  hi\n  E\n",
        '"%{ if x }y%{ endif }"',
        '"\\n"',
    ]
)
SPACE = st.sampled_from(["", " ", "/* c */", "\n", "# c\n"])


def _wider(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.builds("({}{}{})".format, SPACE, inner, SPACE),
        st.builds(
            "({}{}{} {})".format,
            inner,
            SPACE,
            st.sampled_from(["+", "-", "*", "/", "%", "&&", "||", "==", "!=", "<", ">="]),
            inner,
        ),
        st.builds("({}{}?{}{}:{})".format, inner, SPACE, SPACE, inner, inner),
        st.builds("[{}{}{},{}]".format, SPACE, inner, SPACE, inner),
        st.builds("{{ a = {}, (x) = {} }}".format, inner, inner),
        st.builds("f({}{},{}{}{})".format, SPACE, inner, inner, st.sampled_from(["", "...", ","]), SPACE),
        st.builds("[{}for k, v in {} : {} if {}]".format, SPACE, inner, inner, inner),
        st.builds("{{for v in {} : {} => {}...}}".format, inner, inner, inner),
        st.builds("{}{}".format, st.sampled_from(["!", "-", "!!", "- -"]), inner),
        st.builds("{}[{}]".format, inner, inner),
        st.builds('"t${{~ {} ~}}"'.format, inner.filter(lambda text: "\n" not in text)),
    )


@settings(max_examples=250, deadline=None)
@given(st.recursive(ATOMS, _wider, max_leaves=8))
def test_what_hashicorps_parser_accepts_is_accepted(expression: str) -> None:
    pygohcl = oracle("pygohcl")
    text = f"a = {expression}\n"
    try:
        pygohcl.loads(text)
    except (
        Exception
    ):  # it evaluates what it can, and has several errors for that; only what it accepts is said of it here
        return
    try:
        assert "a" in parse_file_body(text, "x.tf").attributes
    except HclSyntaxError as fault:
        pytest.fail(f"{expression!r}: {fault.why}")


REFUSED = {FIXTURES / "hostile/two-in-one-expression/in/main.tf"}
"""Wrong on purpose; `expected.txt` beside it has what we say."""


def test_hashicorps_parser_accepts_the_fixtures_too() -> None:
    pygohcl = oracle("pygohcl")
    for file in sorted(FIXTURES.glob("*/**/*.tf")):
        if file in REFUSED:
            with pytest.raises(pygohcl.HCLParseError):
                pygohcl.loads(file.read_text())
            continue
        assert set(pygohcl.loads(file.read_text())) == {
            block.type for block in parse_file_body(file.read_text(), file.name).blocks
        }


READS_NO_VARIABLE_FILES = {
    "plans/values-from-tfvars",
    "networks/values-from-tfvars",
    "estates/layered-variables",
    "estates/variables-in-layers",
    "estates/environments-with-optional-attributes",
}
READS_NO_OVERRIDES = {
    "estates/overrides-and-json",
    "estates/template-with-overrides",
    "estates/template-with-a-stale-override",
}


KEEPS_SETS_AS_WRITTEN = {
    "aws_ec2_client_vpn_endpoint.by_old_splat.dns_servers",  # the plan says what we say
}
ORACLE_READS = [
    directory
    for directory in planned_directories()
    if name(directory) not in READS_NO_VARIABLE_FILES | READS_NO_OVERRIDES
]


@pytest.mark.parametrize("directory", ORACLE_READS, ids=name)
def test_trivys_evaluator_says_the_same(directory: Path) -> None:
    tfparse = oracle("tfparse")
    theirs: dict[str, Mapping[str, Any]] = {}
    for blocks in tfparse.load_from_path(str(directory)).values():
        theirs.update({block.get("__tfmeta", {}).get("path"): block for block in blocks})
    for resource in read_directory(directory, unrelated=True).resources:
        block = theirs.get(str(resource.address), {})
        for attribute, value in resource.body.values.items():
            where = f"{resource.address}.{attribute}"
            if attribute in block and where not in KEEPS_SETS_AS_WRITTEN:
                _agrees(where, value, block[attribute])


def _agrees(where: str, ours: Value, theirs: Any) -> None:
    """What both know is the same; the oracle makes up ids, and leaves out what it cannot evaluate."""
    match ours:
        case Known(value=tuple() as items):
            if isinstance(theirs, list) and len(theirs) == len(items):
                for one, other in zip(items, theirs, strict=True):
                    _agrees(where, one, other)
        case Known(value=Mapping() as inner):
            if isinstance(theirs, Mapping):
                for key, value in inner.items():
                    _agrees(f"{where}.{key}", value, theirs.get(key))
        case Known(value=scalar):
            is_evaluated = theirs is not None and not isinstance(theirs, list | Mapping) and "${" not in str(theirs)
            if is_evaluated:
                assert str(scalar).lower() == str(theirs).lower(), where
        case _:
            pass
