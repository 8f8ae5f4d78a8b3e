"""Pages opened in one headless Chromium: what is on them, clicked and typed at as a person would, and pictures of them.

The browser is spoken to over a pair of pipes, so no port is opened. Every wait is for something the browser says has happened, never for a
time to pass. Source of the messages: https://chromedevtools.github.io/devtools-protocol/
"""

from __future__ import annotations

import base64
import contextlib
import itertools
import json
import os
import select
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

PROGRAM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
REQUIRE = "TF_CVPN_LINT_REQUIRE_BROWSER"
"""Where this is 1 (as in CI), a machine without Chromium fails the tests instead of leaving them out."""
PATIENCE = 60.0
"""Seconds that the browser may take for one answer, on a machine that has other things to do."""
OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    "--force-color-profile=srgb",
    "--remote-debugging-pipe",
)
KEYS = {
    "Enter": (13, "\r"),
    "Tab": (9, ""),
    "Escape": (27, ""),
    "ArrowLeft": (37, ""),
    "ArrowRight": (39, ""),
    "End": (35, ""),
    "Home": (36, ""),
    " ": (32, " "),
}


class BrowserError(Exception):
    """The browser ended, was silent for too long, or refused what it was asked."""


@dataclass(slots=True)
class Browser:
    """A running Chromium with a profile of its own."""

    _process: subprocess.Popen[bytes]
    _to: int
    _from: int
    _read: bytearray = field(default_factory=bytearray)
    _events: list[dict[str, Any]] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def call(self, method: str, session: str = "", **parameters: object) -> dict[str, Any]:
        """The result of one command."""
        number = next(self._numbers)
        command = {"id": number, "method": method, "params": parameters, **({"sessionId": session} if session else {})}
        data = json.dumps(command).encode() + b"\0"
        while data:
            data = data[os.write(self._to, data) :]
        end = time.monotonic() + PATIENCE
        while True:
            told = self._next(end, method)
            if told.get("id") == number:
                if "error" in told:
                    raise BrowserError(f"{method}: {told['error']['message']}")
                result: dict[str, Any] = told["result"]
                return result
            self._events.append(told)

    def wait(self, event: str, session: str) -> dict[str, Any]:
        """What an event of this page brought; it may have come before."""
        end = time.monotonic() + PATIENCE
        while True:
            for told in self._events:
                if told.get("method") == event and told.get("sessionId") == session:
                    self._events.remove(told)
                    parameters: dict[str, Any] = told["params"]
                    return parameters
            self._events.append(self._next(end, event))

    def told(self, event: str, session: str) -> list[dict[str, Any]]:
        """The events that were told and not waited for."""
        return [told for told in self._events if (told.get("method"), told.get("sessionId")) == (event, session)]

    def _next(self, end: float, awaited: str) -> dict[str, Any]:
        while b"\0" not in self._read:
            ready, _, _ = select.select([self._from], [], [], max(end - time.monotonic(), 0))
            data = os.read(self._from, 1 << 16) if ready else b""
            if not data:
                raise BrowserError(f"{awaited}: no answer ({'the browser ended' if ready else f'{PATIENCE} s'})")
            self._read += data
        message, _, rest = bytes(self._read).partition(b"\0")
        self._read = bytearray(rest)
        told: dict[str, Any] = json.loads(message)
        return told


@contextlib.contextmanager
def browser() -> Iterator[Browser]:
    """A browser that is ended again, with its profile."""
    assert PROGRAM
    with tempfile.TemporaryDirectory(prefix="chromium-", ignore_cleanup_errors=True) as profile:
        for_it, ours_out = os.pipe()
        ours_in, of_it = os.pipe()
        # Chromium reads commands from descriptor 3 and writes to 4; bash can say so whatever numbers the pipes have here.
        command = f'exec "$@" {3}<&{for_it} {4}>&{of_it}'
        process = subprocess.Popen(
            ["bash", "-c", command, "bash", PROGRAM, *OPTIONS, f"--user-data-dir={profile}", "about:blank"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(for_it, of_it),
        )
        os.close(for_it)
        os.close(of_it)
        made = Browser(process, ours_out, ours_in)
        try:
            yield made
            made.call("Browser.close")
        finally:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            os.close(ours_out)
            os.close(ours_in)


@dataclass(slots=True)
class Tab:
    """One page in a window of a size, in light or dark."""

    browser: Browser
    session: str
    has_scripts: bool = True

    def call(self, method: str, **parameters: object) -> dict[str, Any]:
        return self.browser.call(method, self.session, **parameters)

    def go(self, url: str) -> None:
        """Opens the page and waits until it is loaded and laid out."""
        self.call("Page.navigate", url=url)
        self.browser.wait("Page.loadEventFired", self.session)
        self.settle()

    def settle(self) -> None:
        """Waits until two frames were drawn: what a script or a click has changed is laid out by then."""
        if not self.has_scripts:
            self.call("Page.captureScreenshot", format="png")  # which lays out what it shows
            return
        self.ask("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))")

    def ask(self, expression: str) -> Any:
        """The value of an expression, or what its promise brings."""
        told = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in told:
            raise BrowserError(f"{expression}: {told['exceptionDetails']['exception'].get('description')}")
        return told["result"].get("value")

    def click(self, selector: str) -> None:
        """Clicks in the middle of the first element that the selector finds, where it is to be seen."""
        found = json.dumps(selector)
        left, top = self.ask(
            f"(() => {{ const e = document.querySelector({found}); e.scrollIntoView({{block: 'center', behavior: 'instant'}});"
            " const r = e.getClientRects()[0]; return [r.left + r.width / 2, r.top + r.height / 2]; })()"
        )
        for what in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=what, x=left, y=top, button="left", clickCount=1)
        self.settle()

    def press(self, *names: str) -> None:
        """Presses keys, one after the other; what is no key's name is typed."""
        for name in names:
            code, text = KEYS.get(name) or (ord(name.upper()) if name.isalnum() else 0, name)
            given: dict[str, object] = {"key": name, "windowsVirtualKeyCode": code, "text": text}
            self.call("Input.dispatchKeyEvent", type="keyDown" if text else "rawKeyDown", **given)
            self.call("Input.dispatchKeyEvent", type="keyUp", **given)
        self.settle()

    def overflow(self) -> int:
        """By how many pixels the page is wider than its window."""
        return int(self.ask("document.documentElement.scrollWidth - document.documentElement.clientWidth"))

    def picture(self) -> bytes:
        """What is to be seen in the window, as PNG."""
        self.settle()
        return base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"])

    def events(self, method: str) -> list[dict[str, Any]]:
        """What the browser has told of this kind about the page so far."""
        self.settle()
        return [told["params"] for told in self.browser.told(method, self.session)]


@contextlib.contextmanager
def tab(
    browser: Browser, url: str, width: int = 1280, height: int = 800, *, dark: bool = False, script: bool = True
) -> Iterator[Tab]:
    """A page in a new window of this size; a phone's pixels are as wide as here."""
    target = browser.call("Target.createTarget", url="about:blank", newWindow=True)["targetId"]
    session = browser.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
    made = Tab(browser, session, script)
    for domain in ("Page", "Network", "Log", "Runtime"):
        made.call(f"{domain}.enable")
    if not script:
        made.call("Emulation.setScriptExecutionDisabled", value=True)
    made.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 500)
    scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
    made.call("Emulation.setEmulatedMedia", media="screen", features=scheme)
    made.go(url)
    try:
        yield made
    finally:
        browser.call("Target.closeTarget", targetId=target)


@dataclass(frozen=True, slots=True)
class Difference:
    """Where two pictures of one size differ visibly."""

    share: float
    """Of all pixels."""
    top: int
    """The first row in which they do, and the last."""
    bottom: int


def difference(browser: Browser, one: bytes, other: bytes) -> Difference:
    """Compares two pictures; the browser reads them, since it wrote them."""
    told = _looked_at(browser, _DIFFERENCE, one, other)
    return Difference(told["share"], told["top"], told["bottom"])


def brightness(browser: Browser, picture: bytes) -> list[int]:
    """How many pixels are how bright, from 0 to 255."""
    counts: list[int] = _looked_at(browser, _BRIGHTNESS, picture)
    return counts


def _looked_at(browser: Browser, script: str, *pictures: bytes) -> Any:
    urls = [f"data:image/png;base64,{base64.b64encode(picture).decode()}" for picture in pictures]
    with tab(browser, "about:blank") as made:
        return made.ask(f"({_READ}).then({script})".replace("URLS", json.dumps(urls)))


_READ = """Promise.all(URLS.map(async url => {
  const image = await createImageBitmap(await (await fetch(url)).blob());
  const context = new OffscreenCanvas(image.width, image.height).getContext("2d");
  context.drawImage(image, 0, 0);
  return context.getImageData(0, 0, image.width, image.height);
}))"""
_DIFFERENCE = """([one, other]) => {
  if (one.width !== other.width || one.height !== other.height) { throw new Error("pictures of two sizes"); }
  let count = 0, top = one.height, bottom = -1;
  for (let at = 0; at < one.data.length; at += 4) {
    if ([0, 1, 2].some(part => Math.abs(one.data[at + part] - other.data[at + part]) > 16)) {
      const row = Math.floor(at / 4 / one.width);
      count += 1; top = Math.min(top, row); bottom = Math.max(bottom, row);
    }
  }
  return {share: count / (one.data.length / 4), top, bottom};
}"""
_BRIGHTNESS = """([one]) => {
  const counts = new Array(256).fill(0);
  for (let at = 0; at < one.data.length; at += 4) {
    counts[Math.round(0.299 * one.data[at] + 0.587 * one.data[at + 1] + 0.114 * one.data[at + 2])] += 1;
  }
  return counts;
}"""
