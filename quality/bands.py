"""The scales of the three E-models: narrow-band (ITU-T G.107), wide-band (G.107.1), full-band (G.107.2).

R runs to about 93 on the first, 129 on the second and 148 on the third; MOS is that of R brought back to 100 (their Annexes A).
The two newer models are used here with default loudness and noise, that is with echo, delay, codec and loss.
"""

from __future__ import annotations

from dataclasses import replace
from enum import Enum
from math import exp, log10

from quality.emodel import Parameters, absolute_delay, effective_equipment, mos, rating


class Band(Enum):
    """Value: the best R of the band."""

    NARROW = 93.2
    WIDE = 129.0
    FULL = 148.0


TOP_OF_SCALE = {Band.NARROW: 100.0, Band.WIDE: 129.0, Band.FULL: 148.0}
"""The R at which Annex B's mapping, scaled, reaches its end."""


def rating_in(band: Band, p: Parameters) -> float:
    """R of the band's model; not clamped."""
    match band:
        case Band.NARROW:
            return rating(p)
        case Band.WIDE:
            return Band.WIDE.value - _talker_echo(p) - absolute_delay(p.ta_ms) - effective_equipment(p) + p.advantage
        case Band.FULL:
            delayed = 1.48 * absolute_delay(p.ta_ms)
            return Band.FULL.value - _talker_echo(p) - delayed - effective_equipment(p) + p.advantage


def mos_in(band: Band, r: float) -> float:
    """MOS-CQE of an R of the band, 1..4.5: the scale's end is the end of the narrow-band mapping."""
    return mos(r * 100 / TOP_OF_SCALE[band])


def echo_of(p: Parameters, loss_db: float) -> Parameters:
    """The same connection with an echo whose loss was measured: TELR is that and the loudness of both telephones."""
    return replace(p, telr_db=loss_db + p.slr_db + p.rlr_db)


def _talker_echo(p: Parameters) -> float:
    """Idte of G.107.1 7.4: Re is 80 + 3 (TERV - 14) there."""
    tv = p.telr_db - 40 * log10((1 + p.t_ms / 10) / (1 + p.t_ms / 150)) + 6 * exp(-0.3 * p.t_ms**2)
    half = (Band.WIDE.value - (80 + 3 * (tv - 14))) / 2
    return float((half + (half**2 + 100) ** 0.5 - 1) * (1 - exp(-p.t_ms)))
