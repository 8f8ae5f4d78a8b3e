"""The rules as tables and pages."""

from __future__ import annotations

import io
import json

from tests.builders import rule
from tf_cvpn_lint.core.records import settle
from tf_cvpn_lint.report import catalogue
from tf_cvpn_lint.report.page import Page
from tf_cvpn_lint.rules import Rule, Severity
from tf_cvpn_lint.settings import Color

PAGE = """\
A title with a | bar.

What happens,
in two lines.

- one
  and a half
- two

    code stays
      as it is

**Fix** it."""


def with_page(page: str) -> Rule:
    made = rule()
    settle(made, "page", page)
    return made


def test_a_page_is_wrapped_where_it_is_prose_and_kept_where_it_is_code() -> None:
    out = io.StringIO()
    catalogue.write_page(with_page(PAGE), Page(out, Color.NEVER, 60))
    assert out.getvalue() == (
        "error CVPN101 dns-not-routed\nA title with a | bar.\n\nWhat happens, in two lines.\n\n- one and a half\n- two\n\n"
        "    code stays\n      as it is\n\nFix it.\n\nSources\n  https://docs.aws.amazon.com/vpn/\n"
    )


def test_the_markdown_table_escapes_bars_and_links_ids() -> None:
    table = catalogue.markdown_table([with_page(PAGE)], "rules/{id}.md")
    assert "| [CVPN101](rules/CVPN101.md) | dns-not-routed | error | A title with a \\| bar |" in table


def test_the_markdown_page_is_the_docstring_with_its_sources() -> None:
    page = catalogue.markdown_page(with_page(PAGE))
    assert page.startswith("# CVPN101 dns-not-routed\n\nA title with a | bar (*error*).\n\nWhat happens,\n")
    assert page.endswith("**Sources**\n\n- <https://docs.aws.amazon.com/vpn/>\n")


def test_the_catalogue_as_json_is_for_programs() -> None:
    (entry,) = json.loads(catalogue.as_json([rule("CVPN401", "single", Severity.NOTE)]))
    assert (entry["id"], entry["name"], entry["severity"], entry["title"]) == (
        "CVPN401",
        "single",
        "note",
        "A query is not routed",
    )


def test_the_table_names_every_rule_on_a_line() -> None:
    out = io.StringIO()
    catalogue.write_table([rule(), rule("CVPN401", "single", Severity.NOTE)], Page(out, Color.NEVER, 120))
    assert out.getvalue() == (
        "CVPN101  error    dns-not-routed  A query is not routed\nCVPN401  note     single          A query is not routed\n"
    )
