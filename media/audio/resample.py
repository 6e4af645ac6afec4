"""Bringing prompts to 8 kHz: a windowed-sinc low-pass evaluated at the new instants (polyphase), on arrays."""

from __future__ import annotations

from math import gcd

import numpy as np
from numpy.typing import NDArray

TAPS_HALF = 32
RATE = 8000
KAISER_BETA = 8.0


def to_8k(samples: NDArray[np.int16], rate: int) -> NDArray[np.int16]:
    """(n,) at `rate` -> (ceil(n * 8000 / rate),) at 8 kHz. The pass band ends at 0.9 of the lower half rate."""
    if rate == RATE or len(samples) == 0:
        return samples
    divisor = gcd(rate, RATE)
    up, down = RATE // divisor, rate // divisor
    frames = -(-len(samples) * up // down)
    cut = 0.9 * min(RATE, rate) / rate  # of the source's half rate
    reach = int(np.ceil(TAPS_HALF / cut))
    padded = np.concatenate([np.zeros(reach), samples.astype(np.float64), np.zeros(reach + 1)])
    result = np.empty(frames)
    for phase in range(min(up, frames)):
        at = np.arange(phase, frames, up) * down
        whole, part = at // up, (at[0] % up) / up
        offsets = np.arange(-reach + 1, reach + 1)
        taps = _taps(offsets - part, cut, reach)
        windows = np.lib.stride_tricks.sliding_window_view(padded, len(offsets))[whole + 1]
        result[phase::up] = windows @ taps
    return np.clip(np.round(result), -32768, 32767).astype(np.int16)


def _taps(x: NDArray[np.float64], cut: float, reach: int) -> NDArray[np.float64]:
    window = np.i0(KAISER_BETA * np.sqrt(np.maximum(0.0, 1 - (x / reach) ** 2))) / np.i0(KAISER_BETA)
    taps: NDArray[np.float64] = cut * np.sinc(cut * x) * window
    normal: NDArray[np.float64] = taps / taps.sum()
    return normal
