"""A page looked at in headless Chromium: its document after the scripts ran, and pictures of it."""

from __future__ import annotations

import shutil
import struct
import subprocess
import zlib
from pathlib import Path

PROGRAM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--allow-file-access-from-files",  # the frame that measures a page reads it
)


def _run(directory: Path, *options: str) -> bytes:
    assert PROGRAM
    command = [PROGRAM, *OPTIONS, f"--user-data-dir={directory / 'profile'}", *options]
    return subprocess.run(command, capture_output=True, check=True, timeout=120).stdout


def document(page: Path, fragment: str = "") -> str:
    """The markup of the page once it has settled."""
    return _run(page.parent, "--virtual-time-budget=5000", "--dump-dom", f"{page.as_uri()}{fragment}").decode()


def overflow(page: Path, width: int) -> int:
    """By how many pixels the page is wider than a window of this width."""
    frame = page.parent / f"frame-{width}.html"
    frame.write_text(
        f'<iframe src="{page.name}" style="width:{width}px;height:800px;border:0"></iframe><script>'
        "onload=()=>{const d=frames[0].document.documentElement;document.title=String(d.scrollWidth-d.clientWidth)}"
        "</script>",
        "utf-8",
    )
    return int(document(frame).partition("<title>")[2].partition("</title>")[0])


def picture(page: Path, width: int, height: int, *, dark: bool = False) -> tuple[int, int, bytes]:
    """Width, height and the brightness of every pixel, a byte each."""
    file = page.parent / f"{width}-{'dark' if dark else 'light'}.png"
    scheme = ("--blink-settings=preferredColorScheme=0",) if dark else ("--blink-settings=preferredColorScheme=1",)
    _run(page.parent, *scheme, f"--window-size={width},{height}", f"--screenshot={file}", page.as_uri())
    return pixels(file.read_bytes())


def pixels(png: bytes) -> tuple[int, int, bytes]:
    """Reads an 8-bit RGB or RGBA image. Source: https://www.w3.org/TR/png-3/ (5.3, 9.2)"""
    width, height, depth, kind = struct.unpack(">IIBB", png[16:26])
    assert (depth, kind) in ((8, 2), (8, 6))
    data, at = b"", 8
    while at < len(png):
        length, name = struct.unpack(">I4s", png[at : at + 8])
        if name == b"IDAT":
            data += png[at + 8 : at + 8 + length]
        at += length + 12
    raw = zlib.decompress(data)
    size = 3 if kind == 2 else 4
    stride = width * size
    above = bytearray(stride)
    told = bytearray()
    for row in range(height):
        start = row * (stride + 1)
        line = bytearray(raw[start + 1 : start + 1 + stride])
        _unfilter(raw[start], line, above, size)
        told += line[1::size]  # green stands for brightness
        above = line
    return width, height, bytes(told)


def _unfilter(kind: int, line: bytearray, above: bytearray, size: int) -> None:
    for index in range(len(line) if kind else 0):
        left = line[index - size] if index >= size else 0
        corner = above[index - size] if index >= size else 0
        match kind:
            case 1:
                guess = left
            case 2:
                guess = above[index]
            case 3:
                guess = (left + above[index]) // 2
            case _:
                near = left + above[index] - corner
                guess = min((left, above[index], corner), key=lambda value: abs(near - value))
        line[index] = (line[index] + guess) & 255
