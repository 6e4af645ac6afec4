"""Clipping: tops cut flat, at full scale or below it: neighbours at the very peak, far more often than a voice has them.

At full scale single samples tell too: a voice has fewer and fewer the louder they are, a cut one has a pile of them at the top.
"""

from __future__ import annotations

import numpy as np

from quality.signal.defect import Defect, Fault
from quality.signal.frames import Mask, Sound, runs

TOP = 0.985
UPPER_HALF = 0.5
PEAK_MIN = 0.05
SHARE_MAX = 0.008
"""Of the samples of the upper half; speech stays below 0.004."""
FLAT_RUN = 2
TOPS_MIN = 6
"""In a window. G.711 has so few values near a peak that a loud vowel has a flat top or two by itself."""
FULL_SCALE = 0.95
"""The top codes of both laws of G.711 are above it."""
NEXT = 0.925
"""Of the peak: the two codes below the top one."""
PILE_MIN = 10
PILE_SHARE_MIN = 0.7
"""Samples at the top for each in the two codes below: speech stays below 0.6 once there are so many."""
WINDOW_S = 10.0
"""The level at which an amplifier cuts does not change within it."""


def flat_tops(sound: Sound, is_tone: Mask) -> Mask:
    """Samples within flat tops. A tone has them too, so where one sounds is left out."""
    size = np.where(is_tone, 0.0, np.abs(sound))
    peak = float(size.max(initial=0.0))
    found = np.zeros(sound.size, dtype=np.bool_)
    if peak < PEAK_MIN:
        return found
    flat = runs(size >= TOP * peak)
    tops = flat[(flat[:, 1] - flat[:, 0]) >= FLAT_RUN]
    if len(tops) < TOPS_MIN:
        return found
    for start, end in tops.tolist():
        found[start:end] = True
    enough = SHARE_MAX * np.count_nonzero(size >= UPPER_HALF * peak)
    return found if np.count_nonzero(found) > enough else np.zeros_like(found)


def piled(sound: Sound, is_tone: Mask) -> Mask:
    """Samples of a pile at full scale, whether neighbours or not."""
    size = np.where(is_tone, 0.0, np.abs(sound))
    peak = float(size.max(initial=0.0))
    at_top = size >= TOP * peak
    top = int(np.count_nonzero(at_top))
    is_pile = peak >= FULL_SCALE and top >= PILE_MIN
    below = np.count_nonzero(size >= NEXT * peak) - top if is_pile else 0
    return at_top if is_pile and top > PILE_SHARE_MIN * below else np.zeros(sound.size, dtype=np.bool_)


def clipping(sound: Sound, rate_hz: int, tonal: Mask) -> list[Defect]:
    """Seconds with cut tops; the value is the share of cut samples in per cent. `tonal` is per 10 ms."""
    is_tone = np.zeros(sound.size, dtype=np.bool_)
    spread = np.repeat(tonal, rate_hz // 100)[: sound.size]
    is_tone[: spread.size] = spread
    size = int(WINDOW_S * rate_hz)
    windows = [(sound[i : i + size], is_tone[i : i + size]) for i in range(0, sound.size, size)]
    parts = [flat_tops(*window) | piled(*window) for window in windows]
    flat = np.concatenate(parts) if parts else is_tone
    bad = np.array([bool(flat[i : i + rate_hz].any()) for i in range(0, sound.size, rate_hz)], dtype=np.bool_)
    end_s = sound.size / rate_hz
    return [
        Defect(
            Fault.CLIPPING,
            float(start),
            min(float(end), end_s),
            100 * float(flat[start * rate_hz : end * rate_hz].mean()),
            "% of samples",
        )
        for start, end in runs(bad).tolist()
    ]
