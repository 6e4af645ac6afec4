"""Equipment impairment of codecs by RTP name: Ie and Bpl of ITU-T G.113 Appendix I and IV. A codec not here has no MOS.

Each row is on the scale of its band (`quality.bands`): narrow-band rows are those of G.113 Appendix I with the concealment its
decoders have, wide-band rows Ie,wb of Appendix IV, which is why a G.722 of 13 sounds better than a G.711 of 0. G.113 has no
row for Opus: the full-band figures that G.107.2 gives for a codec of its kind stand for it, as other monitors do.
"""

from __future__ import annotations

from dataclasses import dataclass

from quality.bands import Band


@dataclass(frozen=True, slots=True)
class Impairment:
    """`ie` and `bpl` of equation 7-29; `bpl` for random loss, with the concealment that is used here."""

    ie: float
    bpl: float
    band: Band = Band.NARROW


G711_CONCEALED = Impairment(0.0, 25.1)
G711_PLAIN = Impairment(0.0, 4.3)
"""G.711 whose decoder plays silence for what is lost."""

CODECS: dict[str, Impairment] = {
    "PCMU": G711_CONCEALED,
    "PCMA": G711_CONCEALED,
    "G726-16": Impairment(50.0, 4.3),
    "G726-24": Impairment(25.0, 4.3),
    "G726-32": Impairment(7.0, 4.3),
    "G726-40": Impairment(2.0, 4.3),
    "G728": Impairment(7.0, 17.0),
    "G729": Impairment(11.0, 19.0),
    "G729D": Impairment(20.0, 19.0),
    "G729E": Impairment(4.0, 19.0),
    "G723": Impairment(15.0, 16.1),
    "GSM": Impairment(20.0, 43.0),
    "GSM-EFR": Impairment(5.0, 10.0),
    "GSM-HR-08": Impairment(23.0, 10.0),
    "AMR": Impairment(5.0, 10.0),
    "ILBC": Impairment(11.0, 32.0),
    "G722": Impairment(13.0, 4.9, Band.WIDE),
    "G7221": Impairment(13.0, 4.3, Band.WIDE),
    "AMR-WB": Impairment(13.0, 4.3, Band.WIDE),
    "OPUS": Impairment(10.2, 4.3, Band.FULL),
}


def impairment_of(codec: str) -> Impairment | None:
    """The row of an RTP encoding name, which is written in any case (RFC 8866 6.6)."""
    return CODECS.get(codec.upper())
