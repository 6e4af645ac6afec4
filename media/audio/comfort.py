"""Comfort noise (RFC 3389): what a pause sounds like when the talker's end said only how loud it is there.

The spectrum that may follow the level is left out, as section 3.3 allows. In whole numbers: the twin of kernels/comfort.c.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

PAYLOAD_TYPE = 13
LOUDEST = 30  # -dBov: nothing that is louder is a comfort
_STEP, _ADD = 1664525, 1013904223

PEAKS = tuple(round(32768 * math.sqrt(3) * 10 ** (-max(level, LOUDEST) / 20)) for level in range(128))


def peak_of(payload: bytes) -> int:
    """The peak of even noise of the level that a comfort noise packet gives; 0 for an empty one."""
    return PEAKS[payload[0] & 0x7F] if payload else 0


def noise(seed: int, peak: int, count: int) -> tuple[NDArray[np.int16], int]:
    """(count,) samples, and the next seed."""
    out = np.empty(count, np.int16)
    for n in range(count):
        seed = (seed * _STEP + _ADD) & 0xFFFFFFFF
        out[n] = ((seed >> 16) - 32768) * peak >> 15
    return out, seed
