"""The page: what is in it, what cannot get into it, and how it looks in a browser."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given

from tests.report.reports import CLEAN, EVERYTHING, NOTHING, hostile, named, shown
from tf_cvpn_lint.report import html
from tf_cvpn_lint.result import Result

VOID = {"meta", "input", "br"}
LONG = Path(__file__).parent.parent.parent / "fixtures" / "networks" / "transit-gateway-not-in-zone-b" / "plan.json"


class Page(HTMLParser):
    """The elements of a page with their attributes; fails where they are not nested as HTML wants it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def ids(self) -> list[str]:
        return [attributes["id"] or "" for _, attributes in self.elements if "id" in attributes]


def told(of: Result) -> str:
    return html.render(shown(of))


@pytest.mark.parametrize("of", [EVERYTHING, CLEAN, NOTHING])
def test_the_page_is_one_file_that_asks_for_nothing_else(of: Result) -> None:
    text = told(of)
    page = Page(text)
    assert not any(name in attributes for _, attributes in page.elements for name in ("src", "action", "style"))
    assert all((attributes.get("href") or "#").startswith("#") for _, attributes in page.elements)
    assert "url(" not in text
    assert "@import" not in text
    assert f'content="{html.POLICY}"' in text
    assert html.POLICY.startswith("default-src 'none'; style-src 'sha256-")


def test_every_link_and_label_leads_somewhere_and_no_id_stands_twice() -> None:
    page = Page(told(EVERYTHING))
    ids = page.ids()
    assert len(ids) == len(set(ids))
    for _, attributes in page.elements:
        for name in ("href", "aria-labelledby"):
            if target := attributes.get(name):
                assert target.removeprefix("#") in ids


def test_every_hop_is_in_the_path_with_its_verdict_and_evidence_behind_it() -> None:
    text = told(EVERYTHING)
    path = re.findall(r'<ol class="path".*?</ol>', text, re.DOTALL)[0]
    assert '<a class="drop" href="#e0s0w0h0" aria-label="client route: dropped here">✗ client route</a>' in path
    hop = re.findall(r'<details class="hop of-drop" id="e0s0w0h0" open>.*?</details>', text, re.DOTALL)[0]
    assert "Passed over" in hop
    assert "10.123.0.0/16" in hop


def test_findings_gaps_and_switched_off_endpoints_are_all_there() -> None:
    text = told(EVERYTHING)
    assert text.count("data-finding=") == 5
    assert "switched off here" in text
    assert "Settled by <code>data.aws_security_group.dns.id</code>" in text
    assert "1 thing was not read that no endpoint here was seen to depend on" in text
    assert "No Client VPN endpoint here" in told(NOTHING)
    assert "Nothing: everything that was needed could be read." in told(CLEAN)


@given(hostile)
def test_no_name_is_markup(text: str) -> None:
    written = told(named(text))
    written.encode()
    assert "\x1b" not in written
    elements = Page(written).elements
    plain = Page(told(named("a"))).elements
    assert [tag for tag, _ in elements] == [tag for tag, _ in plain]
    assert [sorted(attributes) for _, attributes in elements] == [sorted(attributes) for _, attributes in plain]


def test_the_same_report_gives_the_same_page() -> None:
    assert told(EVERYTHING) == told(EVERYTHING)
