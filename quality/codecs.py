"""Equipment impairment of codecs: Ie and Bpl of ITU-T G.113 Appendix I, by RTP name. A codec that is not here has no MOS."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Impairment:
    """`ie` and `bpl` of equation 7-29; `bpl` for random loss, with the concealment that is used here."""

    ie: float
    bpl: float


G711_CONCEALED = Impairment(0.0, 25.1)

CODECS: dict[str, Impairment] = {
    "PCMU": G711_CONCEALED,
    "PCMA": G711_CONCEALED,
    "G729": Impairment(11.0, 19.0),
    "GSM": Impairment(20.0, 43.0),
}
