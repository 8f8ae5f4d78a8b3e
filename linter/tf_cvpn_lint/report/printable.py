"""Text from outside, made safe to print: a resource may be called anything."""

from __future__ import annotations


def printable(text: str) -> str:
    r"""`text` on one line, without control characters, escape sequences or marks that change the direction of writing.

    They become escapes such as `\x1b` and `\u202e`; everything a reader can see stays.
    """
    return text if text.isprintable() else "".join(map(_escape, text))


def _escape(character: str) -> str:
    if character.isprintable():
        return character
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")
