"""Contact cards as text: vCard 4.0 (RFC 6350)."""

from __future__ import annotations

import re
from collections.abc import Iterable


def written(lines: Iterable[str]) -> str:
    """One card of these content lines."""
    return "".join(f"{_folded(line)}\r\n" for line in ("BEGIN:VCARD", "VERSION:4.0", *lines, "END:VCARD"))


def escaped(text: str) -> str:
    """As a value of text (3.4)."""
    found = text.replace("\\", "\\\\").replace(",", "\\,").replace(";", "\\;")
    return re.sub(r"\r\n|\r|\n", r"\\n", found)


def _folded(line: str) -> str:
    """At most 75 octets a line (3.2), never within a character."""
    out, octets = "", 0
    for character in line:
        size = len(character.encode())
        if octets + size > 75:
            out, octets = f"{out}\r\n ", 1
        out, octets = out + character, octets + size
    return out
