"""Half duplex: a side is cut whenever the other begins, by an echo canceller or a speakerphone that hears only one at a time.

People who talk at the same time do not fall silent within 100 ms of each other's first sound; a machine does, every time.
A few falls meet onsets by chance, since speech is full of falls: so the share of cut onsets is held against how often this
side falls at any moment of its speech (binomial test).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from quality.signal.defect import Defect, Fault
from quality.signal.frames import FRAME_S, Sound, closed, levels, runs

BEFORE_FRAMES = 5
AFTER_FRAMES = (4, 14)
PAUSE_FRAMES = 15
LOUD_BELOW_DB = 12.0
SPEECH_DBOV_MIN = -48.0
FALL_DB = 15.0
SPEAKING_BELOW_DB = 14.0
ONSETS_MIN = 4
CUT_SHARE_MIN = 0.6
CHANCE_MAX = 0.003


def onsets(sound: Sound, rate_hz: int) -> NDArray[np.int64]:
    """Frames at which a side becomes loud after a pause."""
    level = levels(sound, rate_hz)
    if level.size == 0:
        return np.zeros(0, dtype=np.int64)
    loud = level > max(SPEECH_DBOV_MIN, float(np.quantile(level, 0.9)) - LOUD_BELOW_DB)
    return runs(closed(loud, PAUSE_FRAMES))[:, 0]


def chance(hits: int, tries: int, share: float) -> float:
    """How probable at least so many hits are when each try hits with `share` (0 to 1): the upper tail of the binomial law."""
    if hits <= 0 or share >= 1.0:
        return 1.0
    if share <= 0.0:
        return 0.0
    hit, missed, ways = math.log(share), math.log1p(-share), math.lgamma(tries + 1)
    logarithms = (
        ways - math.lgamma(k + 1) - math.lgamma(tries - k + 1) + k * hit + (tries - k) * missed
        for k in range(hits, tries + 1)
    )
    return min(1.0, math.fsum(math.exp(one) for one in logarithms))


def cut_by_other(sound: Sound, other: Sound, rate_hz: int) -> list[Defect]:
    """Most onsets of the other side that meet speech of this side end it at once; the value is their share in per cent."""
    size = min(sound.size, other.size)
    power = 10 ** (levels(sound[:size], rate_hz) / 10)
    if power.size < 100:
        return []
    at = onsets(other[:size], rate_hz)
    at = at[(at >= BEFORE_FRAMES) & (at + AFTER_FRAMES[1] <= power.size)]
    total = np.concatenate(([0.0], np.cumsum(power)))
    loud = float(np.quantile(power, 0.9)) * 10 ** (-SPEAKING_BELOW_DB / 10)

    def falls(frames: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which of the frames in speech are followed by silence."""
        before = (total[frames] - total[frames - BEFORE_FRAMES]) / BEFORE_FRAMES
        after = (total[frames + AFTER_FRAMES[1]] - total[frames + AFTER_FRAMES[0]]) / (
            AFTER_FRAMES[1] - AFTER_FRAMES[0]
        )
        speaking = before > loud
        return np.stack((speaking, speaking & (after < before * 10 ** (-FALL_DB / 10))))

    speaking, is_cut = falls(at)
    met, cut = int(speaking.sum()), int(is_cut.sum())
    if met < ONSETS_MIN or cut < CUT_SHARE_MIN * met:
        return []
    away = np.ones(power.size, dtype=bool)
    away[(at[:, None] + np.arange(-AFTER_FRAMES[1], BEFORE_FRAMES + 1)).ravel()] = False
    away[:BEFORE_FRAMES] = away[power.size - AFTER_FRAMES[1] :] = False
    anywhere, fallen = falls(np.flatnonzero(away)).sum(axis=1)
    if chance(cut, met, fallen / max(1, anywhere)) > CHANCE_MAX:
        return []
    there = at[is_cut] * FRAME_S
    return [Defect(Fault.DOUBLE_TALK, float(there[0]), float(there[-1]) + FRAME_S, 100 * cut / met, "% of onsets")]
