"""Levels in dBov (ITU-T G.100.1): 0 dBov is the level of a full-scale square wave; a full-scale sine has -3.01."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

SILENCE_DBOV = -96.0


def dbov(samples: ArrayLike) -> float:
    """Root-mean-square level of samples in -1..1; `SILENCE_DBOV` for none or for nothing but zeros."""
    sound = np.asarray(samples, dtype=np.float64)
    power = float(np.mean(sound**2)) if sound.size else 0.0
    return SILENCE_DBOV if power <= 10 ** (SILENCE_DBOV / 10) else 10 * float(np.log10(power))
