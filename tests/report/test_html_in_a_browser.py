"""The page as a person has it: in Chromium, on a phone and on a desk, by mouse and by keyboard, by day and by night."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.builders import finding, judgement, reach
from tests.report import chromium
from tests.report.chromium import Browser, Tab, tab
from tests.report.reports import EVERYTHING, INTERMITTENT, NOTE, REACHABLE, UNKNOWN, UNREACHABLE, hostile_names, named
from tf_cvpn_lint.core.address import Address
from tf_cvpn_lint.report import document, html
from tf_cvpn_lint.result import Result
from tf_cvpn_lint.run import Options, run

NETWORKS = Path(__file__).parent.parent.parent / "fixtures" / "networks"
PHONE, DESK = (390, 844), (1280, 900)
FOCUSED = "(e => e.id || e.getAttribute('href') || e.closest('[id]').id)(document.activeElement)"


@pytest.fixture(scope="module", name="browser")
def _browser() -> Iterator[Browser]:
    """One for all tests here. A machine without Chromium leaves them out and says so; where they are required it fails."""
    if chromium.PROGRAM is None:
        words = (
            "Chromium is not installed (Debian: apt-get install chromium fonts-dejavu-core), so no page was looked at"
        )
        if os.environ.get(chromium.REQUIRE) == "1":
            pytest.fail(f"{words}, and {chromium.REQUIRE}=1 says that it must be")
        pytest.skip(words)
    with chromium.browser() as made:
        yield made


def saved(of: Result, directory: Path, name: str = "page.html") -> str:
    """The page's address."""
    file = directory / name
    file.write_text(html.render(document.report(of)), "utf-8")
    return file.as_uri()


@pytest.fixture(scope="module", name="page")
def _page(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A real network that answers by one association of two, and something of everything else."""
    of = run([str(NETWORKS / "transit-gateway-not-in-zone-b" / "plan.json")], (), Options())
    both = Result((*of.judgements, *EVERYTHING.judgements))
    return saved(both, tmp_path_factory.mktemp("page"))


@pytest.fixture(scope="module", name="large")
def _large(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Sixty endpoints, of which every tenth is out of order."""
    judgements = []
    for number in range(60):
        address = Address("aws_ec2_client_vpn_endpoint", "this", f"office-{number}")
        verdict = (UNREACHABLE, UNKNOWN, INTERMITTENT)[number // 10 % 3] if number % 10 == 0 else REACHABLE
        servers = {f"10.{number}.0.2": verdict, f"10.{number}.1.2": REACHABLE}
        found = () if verdict in (REACHABLE, UNKNOWN) else (finding(f"10.{number}.0.2", about=address),)
        made = reach(servers, address=address)
        judgements.append(judgement(made, findings=found, path=f"offices/{number}/plan.json"))
    return saved(Result(tuple(judgements)), tmp_path_factory.mktemp("large"))


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_no_width_has_to_be_scrolled_sideways(browser: Browser, page: str, width: int) -> None:
    with tab(browser, page, width) as made:
        assert made.ask("document.documentElement.clientWidth") == width
        assert made.overflow() == 0
        made.ask("document.querySelectorAll('details').forEach(each => { each.open = true; })")
        made.settle()
        assert made.overflow() == 0


@pytest.mark.parametrize("width", [320, 1280])
def test_names_and_paths_of_any_length_make_no_page_wider(browser: Browser, tmp_path: Path, width: int) -> None:
    of = named("/a/directory/whose/name/has/no/space/and/does/not/end/" + "a" * 400)
    with tab(browser, saved(of, tmp_path), width) as made:
        made.ask("document.querySelectorAll('details').forEach(each => { each.open = true; })")
        made.settle()
        assert made.overflow() == 0


def test_a_click_on_a_hop_shows_what_decided_it(browser: Browser, page: str) -> None:
    with tab(browser, page, *DESK) as made:
        chip, hop = ".path a[href='#e0s0w0h1']", "document.getElementById('e0s0w0h1')"
        before = made.picture()
        assert not made.ask(f"{hop}.checkVisibility()")
        made.click(chip)
        assert made.ask(FOCUSED) == "e0s0w0h1"
        assert made.ask(f"{hop}.open && {hop}.checkVisibility()")
        assert "Decided by" in made.ask(f"{hop}.innerText")
        assert made.ask(f'document.querySelector("{chip}").getAttribute("aria-current")') == "true"
        top, bottom = made.ask(f"(r => [r.top, r.bottom])({hop}.getBoundingClientRect())")
        assert 0 <= top < bottom <= DESK[1]
        assert chromium.difference(browser, before, made.picture()).share > 0.01
        # A second click on the same hop opens it again, though the address stays.
        made.ask(f"{hop}.open = false")
        made.click(chip)
        made.settle()
        assert made.ask(f"{hop}.open")


def test_an_address_with_a_hop_in_it_opens_that_hop(browser: Browser, page: str) -> None:
    with tab(browser, f"{page}#e0s0w1h7") as made:
        assert made.ask(
            "document.getElementById('e0s0w1h7').open && document.getElementById('e0s0w1h7').checkVisibility()"
        )


def test_the_keyboard_alone_leads_everywhere(browser: Browser, page: str) -> None:
    with tab(browser, page, *DESK) as made:
        made.press("Tab")
        assert made.ask(FOCUSED) == "#findings"  # the way around everything above them
        made.press("Enter")
        assert made.ask(FOCUSED) == "findings"
        made.ask("document.querySelector('.path a').focus()")
        made.press("ArrowRight", "ArrowRight")
        assert made.ask(FOCUSED) == "#e0s0w0h2"
        made.press("ArrowLeft")
        assert made.ask(FOCUSED) == "#e0s0w0h1"
        made.press("End")
        assert made.ask(FOCUSED) == "#e0s0w0h7"
        made.press("ArrowRight", "Home", "ArrowRight", "Enter")
        assert made.ask(FOCUSED) == "e0s0w0h1"
        assert made.ask("document.getElementById('e0s0w0h1').open")
        made.press("Escape")
        assert made.ask(FOCUSED) == "#e0s0w0h1"
        assert not made.ask("document.getElementById('e0s0w0h1').open")
        made.press("/")
        made.press(*"10.10.0.43")
        assert made.ask("document.activeElement.value") == "10.10.0.43"
        assert told(made)[0] == "1 of 8 shown"
        made.ask("document.forms[0].reset()")
        made.settle()
        made.ask("document.querySelector('details.hop.of-drop summary').focus()")
        opened = made.ask("document.querySelector('details.hop.of-drop').open")
        made.press("Enter")
        assert made.ask("document.querySelector('details.hop.of-drop').open") is not opened


def test_what_has_the_focus_is_to_be_seen(browser: Browser, page: str) -> None:
    with tab(browser, page, *DESK) as made:
        before = made.picture()
        for _ in range(3):
            made.press("Tab")
        assert made.ask("getComputedStyle(document.activeElement).outlineStyle") == "solid"
        assert chromium.difference(browser, before, made.picture()).share > 0


def told(made: Tab) -> list[Any]:
    """What the two counters say."""
    return list(made.ask("Array.from(document.querySelectorAll('output'), each => each.textContent)"))


def test_filters_leave_what_is_asked_for(browser: Browser, page: str) -> None:
    with tab(browser, page, *DESK) as made:
        assert told(made) == ["8 of 8 shown", "5 of 5 shown"]
        made.click("form[data-filters=finding] input[value=error]")
        assert told(made) == ["8 of 8 shown", "3 of 5 shown"]
        assert made.ask("document.querySelectorAll('[data-finding=error]:not([hidden])').length") == 0
        made.click("form[data-filters=server] input[value=reachable]")
        made.click("form[data-filters=server] input[type=search]")
        made.press(*"10.10.0.43")
        assert told(made)[0] == "1 of 8 shown"
        assert made.ask("Array.from(document.querySelectorAll('section[data-endpoint]'), each => each.hidden)") == [
            True,
            False,
            True,
        ]
        # A link to what a filter hides shows it all the same.
        made.ask("location.hash = '#e0s0'")
        made.settle()
        assert made.ask("document.getElementById('e0s0').checkVisibility()")
        assert told(made) == ["8 of 8 shown", "5 of 5 shown"]


def test_findings_lead_to_their_servers_and_servers_to_their_findings(browser: Browser, page: str) -> None:
    with tab(browser, page, *PHONE) as made:
        made.click("#f0 a[href^='#e1s']")
        assert made.ask(FOCUSED) == "e1s0"
        made.click("article[aria-labelledby=e1s0] a[href^='#f']")
        assert made.ask(FOCUSED) == "f0"


def test_the_page_asks_for_nothing_and_its_policy_stops_nothing_of_its_own(browser: Browser, page: str) -> None:
    with tab(browser, page) as made:
        asked = [event["request"]["url"].partition("#")[0] for event in made.events("Network.requestWillBeSent")]
        assert asked == [page]
        assert made.events("Log.entryAdded") == []
        assert made.events("Runtime.exceptionThrown") == []


@pytest.mark.parametrize("text", hostile_names())
def test_no_name_runs_anything_or_asks_for_anything(browser: Browser, tmp_path: Path, text: str) -> None:
    with tab(browser, saved(named(text), tmp_path)) as made:
        assert len(made.events("Network.requestWillBeSent")) == 1
        assert made.events("Page.javascriptDialogOpening") == []
        assert made.events("Log.entryAdded") == []
        assert made.ask("document.scripts.length") == 1
        assert made.ask("document.images.length") == 0


def test_without_scripts_everything_is_there_and_opens(browser: Browser, page: str) -> None:
    with tab(browser, page, *DESK, script=False) as made:
        root = made.call("DOM.getDocument", depth=0)["root"]["nodeId"]
        found = made.call("DOM.querySelector", nodeId=root, selector="details.rest > summary")["nodeId"]
        before = made.picture()
        made.call("DOM.scrollIntoViewIfNeeded", nodeId=found)
        left, top = made.call("DOM.getBoxModel", nodeId=found)["model"]["content"][:2]
        for what in ("mousePressed", "mouseReleased"):
            made.call("Input.dispatchMouseEvent", type=what, x=left + 5, y=top + 5, button="left", clickCount=1)
        details = made.call("DOM.querySelector", nodeId=root, selector="details.rest")["nodeId"]
        assert "open" in made.call("DOM.getAttributes", nodeId=details)["attributes"]
        form = made.call("DOM.querySelector", nodeId=root, selector="form")["nodeId"]
        with pytest.raises(chromium.BrowserError, match="box model"):
            made.call("DOM.getBoxModel", nodeId=form)  # what would do nothing is not shown
        assert before


CONTRASTS = """(() => {
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", {willReadFrequently: true});
  const parts = colour => {
    canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
    return Array.from(canvas.getImageData(0, 0, 1, 1).data);
  };
  const light = ([r, g, b]) => [r, g, b].map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, at) => sum + v * [0.2126, 0.7152, 0.0722][at], 0);
  const paper = at => {
    for (; at; at = at.parentElement) {
      const colour = parts(getComputedStyle(at).backgroundColor);
      if (colour[3] === 255) { return colour; }
    }
  };
  const worst = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const at = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || ["SCRIPT", "STYLE"].includes(at.tagName)) { continue; }
    const [one, two] = [light(parts(getComputedStyle(at).color)), light(paper(at))].sort((a, b) => b - a);
    worst.push([(one + 0.05) / (two + 0.05), `${at.tagName} ${at.className}: ${walker.currentNode.data.trim().slice(0, 40)}`]);
  }
  return worst.sort((a, b) => a[0] - b[0])[0];
})()"""


@pytest.mark.parametrize("dark", [False, True])
def test_all_text_stands_out_from_its_paper(browser: Browser, page: str, dark: bool) -> None:
    """4.5 to 1, as https://www.w3.org/TR/WCAG22/#contrast-minimum has it, and not by opacity."""
    with tab(browser, page, dark=dark) as made:
        least, where = made.ask(CONTRASTS)
        assert least >= 4.5, where
        assert made.ask(
            "Array.from(document.querySelectorAll('*')).every(each => getComputedStyle(each).opacity === '1')"
        )


def test_phone_and_desk_light_and_dark_as_pictures(browser: Browser, page: str) -> None:
    pictures = {}
    for size in (PHONE, DESK):
        for dark in (False, True):
            with tab(browser, page, *size, dark=dark) as made:
                picture = made.picture()
            with tab(browser, page, *size, dark=dark) as again:
                assert chromium.difference(browser, picture, again.picture()).share == 0
            counts = chromium.brightness(browser, picture)
            pixels = size[0] * size[1]
            assert sum(counts) == pixels
            paper = sum(counts[:60]) if dark else sum(counts[200:])
            assert paper > 0.7 * pixels
            assert sum(counts[200:] if dark else counts[:110]) > 0.002 * pixels  # there is something written on it
            pictures[size, dark] = picture
        between = chromium.difference(browser, pictures[size, False], pictures[size, True])
        assert between.share > 0.9
        assert (between.top, between.bottom) == (0, size[1] - 1)


def test_the_hop_that_drops_the_query_is_what_differs_in_the_picture(browser: Browser, tmp_path: Path) -> None:
    sound = saved(Result((judgement(reach({"10.0.0.2": REACHABLE})),)), tmp_path, "sound.html")
    broken = saved(Result((judgement(reach({"10.0.0.2": UNREACHABLE})),)), tmp_path, "broken.html")
    for size in (PHONE, DESK):
        seen = []
        for url in (sound, broken):
            with tab(browser, url, *size) as made:
                top = made.ask("document.querySelector('.path a').getBoundingClientRect().top")
                colour = made.ask("getComputedStyle(document.querySelector('.path a')).borderTopColor")
                seen.append((made.picture(), top, colour))
        assert seen[0][2] != seen[1][2]
        assert chromium.difference(browser, seen[0][0], seen[1][0]).share > 0.005


def test_sixty_endpoints_stay_usable(browser: Browser, large: str) -> None:
    with tab(browser, large, *DESK) as made:
        assert told(made)[0] == "120 of 120 shown"
        listed = made.ask("Array.from(document.querySelectorAll('.overview a'), each => each.textContent)")
        assert len(listed) == 60
        assert [name.split('"')[1] for name in listed[:6]] == [f"office-{n}" for n in (0, 30, 20, 50, 10, 40)]
        # What is in order is folded, what is not is open; so the keyboard meets few hops on its way down.
        assert (
            made.ask("Array.from(document.querySelectorAll('.path a')).filter(each => each.checkVisibility()).length")
            < 30
        )
        assert made.ask("document.querySelectorAll('.path a').length") > 300
        for verdict in ("reachable", "unknown"):
            made.click(f"form[data-filters=server] input[value={verdict}]")
        assert told(made)[0] == "4 of 120 shown"
        assert made.ask("Array.from(document.querySelectorAll('.overview li:not([hidden])')).length") == 4
        assert made.ask("document.documentElement.scrollHeight") < 4 * DESK[1]
        made.click(".overview li:not([hidden]) a")
        assert made.ask(FOCUSED) == "e0"
    with tab(browser, large, *PHONE) as made:
        assert made.overflow() == 0


def test_a_page_without_an_endpoint_has_nothing_to_filter(browser: Browser, tmp_path: Path) -> None:
    with tab(browser, saved(Result((judgement(findings=(finding(None, by=NOTE, about=None),)),)), tmp_path)) as made:
        assert made.ask("document.forms.length") == 0
        made.press("/")
        assert made.events("Runtime.exceptionThrown") == []
