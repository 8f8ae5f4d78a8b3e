"""What a reader sees as one character: `length`, `substr`, `strrev` and the widths of `format` count these.

A simplification of Unicode's extended grapheme clusters that is exact for Latin, Greek, Cyrillic, Hangul and CJK text and for common
emoji; scripts with prepended marks are rare enough in network configurations.
Source: https://www.unicode.org/reports/tr29/
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

_ZERO_WIDTH_JOINER = "\u200d"


def graphemes(text: str) -> Iterator[str]:
    """The clusters of a text, in order; together they are the text."""
    if text.isascii() and "\r" not in text:
        yield from text
        return
    start = 0
    for at in range(1, len(text) + 1):
        if at == len(text) or _breaks(text, start, at):
            yield text[start:at]
            start = at


def _breaks(text: str, start: int, at: int) -> bool:
    before, after = text[at - 1], text[at]
    if before == "\r" and after == "\n":
        return False
    if _is_control(before) or _is_control(after):
        return True
    if _extends(after):
        return False
    if before == _ZERO_WIDTH_JOINER:
        return not _is_pictographic(after)
    if _is_regional(before) and _is_regional(after):
        return (at - start) % 2 == 0
    return not _joins_hangul(before, after)


def _is_control(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Zl", "Zp")


def _extends(character: str) -> bool:
    code = ord(character)
    return (
        character == _ZERO_WIDTH_JOINER
        or unicodedata.category(character) in ("Mn", "Me", "Mc")
        or 0x1F3FB <= code <= 0x1F3FF
        or 0xE0020 <= code <= 0xE007F
    )


def _is_regional(character: str) -> bool:
    return 0x1F1E6 <= ord(character) <= 0x1F1FF


def _is_pictographic(character: str) -> bool:
    return unicodedata.category(character) == "So"


def _joins_hangul(before: str, after: str) -> bool:
    first, second = ord(before), ord(after)
    leading, vowel, trailing = 0x1100 <= first <= 0x115F, 0x1160 <= second <= 0x11A7, 0x11A8 <= second <= 0x11FF
    syllable = 0xAC00 <= first <= 0xD7A3
    if leading:
        return vowel or 0x1100 <= second <= 0x115F or 0xAC00 <= second <= 0xD7A3
    if syllable:
        return trailing or (vowel and (first - 0xAC00) % 28 == 0)
    return (0x1160 <= first <= 0x11A7 and (vowel or trailing)) or (0x11A8 <= first <= 0x11FF and trailing)
