"""How many parts a text message is: GSM 7-bit default alphabet, else UCS-2 (3GPP TS 23.038 6.2.1, 23.040 9.2.3.24.1).

One part holds 160 septets or 70 code units. Several parts carry a header of six octets (UDH, concatenated messages): 153
septets or 67 code units each; an escaped character or a surrogate pair is never cut in two.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION = frozenset("\f^{}\\[~]|€")
ONE = {"gsm7": 160, "ucs2": 70}
MANY = {"gsm7": 153, "ucs2": 67}
Encoding = Literal["gsm7", "ucs2"]


@dataclass(frozen=True, slots=True)
class Segments:
    """units: septets or code units in all. left: what still goes into the last part."""

    encoding: Encoding
    parts: tuple[str, ...]
    units: int
    left: int

    @property
    def count(self) -> int:
        """How many parts are paid for."""
        return len(self.parts)


def segments(text: str) -> Segments:
    """The parts of a text; an empty one is one part."""
    encoding: Encoding = "gsm7" if all(c in GSM or c in EXTENSION for c in text) else "ucs2"
    costs = [units_of(c, encoding) for c in text]
    units = sum(costs)
    if units <= ONE[encoding]:
        return Segments(encoding, (text,), units, ONE[encoding] - units)
    parts, begin, held = [], 0, 0
    for index, cost in enumerate(costs):
        if held + cost > MANY[encoding]:
            parts.append(text[begin:index])
            begin, held = index, 0
        held += cost
    return Segments(encoding, (*parts, text[begin:]), units, MANY[encoding] - held)


def units_of(character: str, encoding: Encoding) -> int:
    """Septets or code units of a character."""
    if encoding == "gsm7":
        return 2 if character in EXTENSION else 1
    return 2 if ord(character) > 0xFFFF else 1
