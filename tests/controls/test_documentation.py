"""What the pages about the controls show is what works."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.controls.networks import ROOT
from tf_cvpn_lint.controls.comments import comments
from tf_cvpn_lint.controls.flags import Flags
from tf_cvpn_lint.controls.in_force import in_force
from tf_cvpn_lint.controls.settings_file import SettingsError, SettingsTable, read
from tf_cvpn_lint.controls.source_tree import Module, SourceFile
from tf_cvpn_lint.controls.toml_lines import key_lines
from tf_cvpn_policies import RULES

PAGES = sorted((ROOT / "docs").glob("*.md"))
TOML = re.compile(r"^```toml\n(.*?)^```$", re.DOTALL | re.MULTILINE)
HCL = re.compile(r"^```hcl\n(.*?)^```$", re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize(
    "page", [page for page in PAGES if TOML.search(page.read_text("utf-8"))], ids=lambda page: page.name
)
def test_settings_in_the_documentation_are_settings(page: Path, tmp_path: Path) -> None:
    for number, text in enumerate(TOML.findall(page.read_text("utf-8"))):
        file = tmp_path / f"{number}.toml"
        file.write_text(text, "utf-8")
        in_force(Flags(today="2026-11-23"), read(file), RULES)


def test_every_setting_is_in_the_documentation() -> None:
    told = (ROOT / "docs" / "settings.md").read_text("utf-8")
    for name in SettingsTable.model_fields:
        assert f"`{name.replace('_', '-')}`" in told or f"[[{name}]]" in told, name


def test_the_suppression_in_the_documentation_is_one() -> None:
    (text,) = HCL.findall((ROOT / "docs" / "suppressions.md").read_text("utf-8"))
    file = SourceFile(Path("main.tf"), "main.tf", text)
    (comment,) = comments([Module((), (file,))], RULES, require_reason=True)
    assert (comment.fault, comment.until) == ("", date(2027, 1, 31))


@settings(max_examples=40, deadline=None)
@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=60))
def test_any_text_behind_the_mark_is_a_suppression_or_says_why_it_is_none(text: str) -> None:
    for start in (
        "# tf-cvpn-lint:ignore ",
        "# checkov:skip=CKV_CVPN_",
        "/* tf-cvpn-lint:ignore all ",
        'a = 1 # tf-cvpn-lint:ignore reason="',
    ):
        file = SourceFile(Path("main.tf"), "main.tf", f'resource "a" "b" {{\n  {start}{text}\n}}\n')
        for comment in comments([Module((), (file,))], RULES, require_reason=False):
            assert bool(comment.fault) or comment.names_all or comment.rules


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=80))
def test_any_settings_file_is_read_or_refused(text: str) -> None:
    import tempfile

    key_lines(text)
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / ".tf-cvpn-lint.toml"
        file.write_bytes(text.encode("utf-8", "surrogatepass"))
        try:
            read(file)
        except SettingsError as fault:
            assert "\n" not in str(fault).replace(str(file), "")  # noqa: PT017 - the other outcome is as good
