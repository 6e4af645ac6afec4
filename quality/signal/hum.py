"""Mains hum: steady lines at 50 or 60 Hz and their first multiples, which are there in the pauses too."""

from __future__ import annotations

import numpy as np

from quality.signal.defect import Defect, Fault
from quality.signal.frames import Sound, spectra

WINDOW_S = 0.5
MAINS_HZ = (50, 60)
MULTIPLES = (1, 2, 3, 4, 5, 6)
STEADY_SHARE = 0.2
"""A line that is there in all but this share of the time, which is where the speaker pauses."""
LEVEL_DBOV_MIN = -62.0
PROMINENCE_DB = 12.0
WINDOWS_MIN = 6
BINS = 200  # up to the sixth multiple of 60 Hz, and beside it


def hum(sound: Sound, rate_hz: int) -> list[Defect]:
    """Lines above `LEVEL_DBOV_MIN` that stand out of their neighbours; the value is their level together."""
    size = int(WINDOW_S * rate_hz)
    step = size // 2
    if sound.size < size + (WINDOWS_MIN - 1) * step:
        return []
    window = np.hanning(size)
    power = spectra(sound, size, step)[:, :BINS] * (2 / (size * float(np.dot(window, window))))
    steady = np.quantile(power, STEADY_SHARE, axis=0).astype(np.float64)
    best = max((_lines(steady, round(mains * WINDOW_S)) for mains in MAINS_HZ), default=0.0)
    level = 10 * float(np.log10(max(best, 1e-12)))
    return [Defect(Fault.HUM, 0.0, sound.size / rate_hz, level, "dBov")] if level > LEVEL_DBOV_MIN else []


def _lines(steady: Sound, bin_of_mains: int) -> float:
    """The power of the multiples that stand out: bins are 2 Hz wide, a line is three of them."""
    total = 0.0
    for multiple in MULTIPLES:
        at = bin_of_mains * multiple
        line = float(steady[at - 1 : at + 2].sum())
        beside = np.concatenate((steady[max(1, at - 8) : at - 3], steady[at + 4 : at + 9]))
        if line > 3 * float(beside.max()) and line > 10 ** (PROMINENCE_DB / 10) * 3 * float(np.median(beside)):
            total += line
    return total
