"""Text from outside, made safe to print: a resource may be called anything."""

from __future__ import annotations

import re


def printable(text: str) -> str:
    r"""`text` on one line, without control characters, escape sequences or marks that change the direction of writing.

    They become escapes such as `\x1b` and `\u202e`; everything a reader can see stays.
    """
    return text if text.isprintable() else "".join(map(_escape, text))


def _escape(character: str) -> str:
    if character.isprintable():
        return character
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")


def encodable(text: str) -> str:
    """Text that can be written as UTF-8: names and paths may hold halves of surrogate pairs, which become escapes."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode("utf-8")


def inert(text: str) -> str:
    r"""Lines for a log that a CI system reads too, in which none of them is a command to it.

    GitHub and Azure take `##[error]` and `##vso[task.setvariable]` anywhere in a line, TeamCity `##teamcity[…]`, GitHub `::error::` at the
    beginning of one. The first character of such a thing is written as an escape that is one in JSON too.
    Sources: https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs,
    https://learn.microsoft.com/en-us/azure/devops/pipelines/scripts/logging-commands
    """
    return _COLONS.sub(r"\1\\u003a", inert_marks(text)) if "::" in text else inert_marks(text)


def inert_marks(text: str) -> str:
    """The same for what holds no line that begins with a colon, or only lines that are meant to."""
    # A single character is looked for ten times as fast as two, and few reports have one.
    return _MARKS.sub(r"\\u0023", text) if "#" in text and "##" in text else text


_MARKS = re.compile(r"#(?=#(?:\[|vso\[|teamcity\[))", re.IGNORECASE)
_COLONS = re.compile(r"^([^\S\n]*):(?=:[a-z][a-z-]*(?:[^\S\n][^\n]*)?::)", re.MULTILINE | re.IGNORECASE)
