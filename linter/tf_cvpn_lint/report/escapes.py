"""Text from outside, made safe for each kind of report. A resource, a file or a server may be called anything.

All of them start from `printable`: no control characters, escape sequences or marks that change the direction of writing.
"""

from __future__ import annotations

import html
import re

from tf_cvpn_lint.report.printable import printable


def plain(text: str) -> str:
    """Text on one line that can be encoded as UTF-8."""
    return printable(text)


def lines(text: str) -> str:
    """Text that may have several lines: Terraform to paste. Tabs become two spaces."""
    return "\n".join(printable(line) for line in text.replace("\t", "  ").replace("\r\n", "\n").split("\n"))


def markup(text: str) -> str:
    """For HTML and XML, as text or in a quoted attribute."""
    return html.escape(printable(text), quote=True)


def markdown(text: str) -> str:
    """A sentence for GitHub's and GitLab's Markdown, also inside a table: it reads as it is written, and does nothing.

    Every mark is escaped, and what becomes a link by itself (`@team`, `#12`, `!3`, `https://`, `www.`) is broken by an empty comment. Quoted
    parts stay readable.
    """
    told = []
    for character in printable(text):
        if character in _ENTITIES:
            told.append(_ENTITIES[character])
        elif character in _LINKING:
            told.append(f"{_LINKING[character]}<!-- -->")
        elif character in _MARKS:
            told.append(f"\\{character}")
        else:
            told.append(character)
    safe = _SELF_LINKING.sub(r"\1<!-- -->\2", "".join(told)).strip()
    return _STARTING.sub(r"\1\\\2", safe)


_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_LINKING = {"@": "@", "#": "&#35;", "!": "\\!", "$": "&#36;", "%": "%", "~": "\\~"}
"""`$` opens a formula on GitHub; `$`, `%` and `~` name a snippet, a milestone and a label on GitLab."""
_MARKS = "\\`*_{}[]()|"
_SELF_LINKING = re.compile(r"(?i)((?:https?|ftp|mailto|xmpp):|www|GH-)([/.\w])")
_STARTING = re.compile(r"^(\d*)((?<=\d)[.)](?=\s|$)|(?<!\d)[-+=:])")
"""What makes a list, a heading of the line above or a table of a line that begins with it."""


def code(text: str) -> str:
    """A name as a Markdown code span, also inside a table. HTML is used: a span of backticks cannot hold a `|` in every reader."""
    shown = printable(text)
    if set(shown) <= _PLAIN_CODE and shown == shown.strip() and shown:
        return f"`{shown}`"
    inner = "".join(f"&#{ord(character)};" if character in _INSIDE_CODE else character for character in shown)
    return f"<code>{inner}</code>"


_PLAIN_CODE = frozenset(
    ' "(),-./0123456789:=ABCDEFGHIJKLMNOPQRSTUVWXYZ[]_abcdefghijklmnopqrstuvwxyz'  # what names usually are made of
)
_INSIDE_CODE = frozenset("&<>\"'`*_[]()|\\~#!@$%^{}+-=:/.")


def fenced(text: str, language: str = "") -> str:
    """A block of code whose fence is longer than any inside."""
    shown = lines(text).strip("\n")
    longest = max((len(run) for run in re.findall(r"`+", shown)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{shown}\n{fence}"


def workflow_data(text: str) -> str:
    """The message of a GitHub workflow command.

    Source: https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts
    """
    return printable(text).replace("%", "%25")


def workflow_property(text: str) -> str:
    """A property of a GitHub workflow command."""
    return workflow_data(text).replace(":", "%3A").replace(",", "%2C")


def mermaid(text: str) -> str:
    """The text of a mermaid label, to stand between double quotes: everything that is not a letter, digit or harmless mark is an entity.

    Source: https://mermaid.js.org/syntax/flowchart.html (entity codes)
    """
    shown = printable(text)
    return "".join(
        character
        if character.isalnum() or character in " .,/_" or (character == "-" and shown[max(number - 1, 0)].isalnum())
        else f"#{ord(character)};"
        for number, character in enumerate(shown)
    )


def dot(text: str) -> str:
    r"""A quoted string of the DOT language. A backslash is doubled, so that no escape (`\N`, `\G`) is left.

    Source: https://graphviz.org/doc/info/lang.html
    """
    return '"' + printable(text).replace("\\", "\\\\").replace('"', '\\"') + '"'
