"""A constant voltage under the sound: the mean of each second."""

from __future__ import annotations

import numpy as np

from quality.signal.defect import Defect, Fault
from quality.signal.frames import Sound, cut, runs

OFFSET_MAX = 0.008
"""Of full scale (-42 dBov): no converter in order has more, and speech has no mean over a second."""


def offsets(sound: Sound, rate_hz: int) -> list[Defect]:
    """Stretches with an offset, in per cent of full scale."""
    means = cut(sound, rate_hz).mean(axis=1)
    return [
        Defect(Fault.OFFSET, float(start), float(end), 100 * float(means[start:end].mean()), "% of full scale")
        for start, end in runs(np.abs(means) > OFFSET_MAX).tolist()
    ]
