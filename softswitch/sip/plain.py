"""Text of strangers made fit for records, logs and screens: From names, numbers, reasons (Unicode TR 36, RFC 3261 25.1).

SIP lets a display name hold escape sequences, marks that turn the reading direction round, nulls and any bytes. None of
them has a meaning for us, and each of them has one somewhere behind us. They are replaced one by one, never dropped: two
different texts stay different.
"""

from __future__ import annotations

import re

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"

# Controls (C0, DEL, C1), line and paragraph separators, direction marks, lone surrogates.
_UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_BETWEEN_LINES = re.compile("[^\n\t]++")
_BYTES = re.compile("[\udca0-\udcff]")


def plain(text: str, chars_max: int) -> str:
    """`text` as one line of at most `chars_max` printable characters. Bytes that are no UTF-8 are read as Latin-1."""
    if _UNFIT.search(text) is not None:
        text = _BYTES.sub(lambda found: chr(ord(found[0]) - 0xDC00), text.replace("\t", " "))
        text = _UNFIT.sub(REPLACEMENT, text)
    return text[:chars_max]


def plain_lines(text: str) -> str:
    """`text` as lines of printable characters: line ends and tabs stay."""
    if _UNFIT.search(text) is None:
        return text
    return _BETWEEN_LINES.sub(lambda found: plain(found[0], len(found[0])), text)
