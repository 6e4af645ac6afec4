"""Between 8 and 16 kHz in a stream: a linear-phase half-band filter of 63 taps that remembers where it was.

In whole numbers, so that kernels/voice.c gives the very same samples. Pass band to 3.6 kHz, 69 dB down from 4.6 kHz,
delay 31 samples of 16 kHz (1.9 ms).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.int16]

TAPS = (
    10406,
    -3395,
    1951,
    -1306,
    930,
    -680,
    502,
    -369,
    268,
    -191,
    132,
    -88,
    56,
    -34,
    18,
    -8,
)  # 1, 3, 5, ... off the middle
_SIDE = np.array(TAPS, np.int64)
_BOTH = np.concatenate([_SIDE[::-1], _SIDE])


def _clip(values: NDArray[np.int64]) -> Samples:
    return np.clip(values, -32768, 32767).astype(np.int16)


class Down:
    """16 kHz to 8 kHz."""

    def __init__(self) -> None:
        self._memory = np.zeros(62, np.int64)

    def run(self, samples: Samples) -> Samples:
        """(2n,) at 16 kHz -> (n,) at 8 kHz."""
        line = np.concatenate([self._memory, samples.astype(np.int64)])
        count = len(samples) // 2
        self._memory = line[2 * count :]
        windows = np.lib.stride_tricks.sliding_window_view(line, 63)[: 2 * count : 2]
        return _clip(windows[:, ::2] @ _BOTH + 16384 * windows[:, 31] + 16384 >> 15)


class Up:
    """8 kHz to 16 kHz."""

    def __init__(self) -> None:
        self._memory = np.zeros(31, np.int64)

    def run(self, samples: Samples) -> Samples:
        """(n,) at 8 kHz -> (2n,) at 16 kHz."""
        line = np.concatenate([self._memory, samples.astype(np.int64)])
        self._memory = line[len(samples) :]
        windows = np.lib.stride_tricks.sliding_window_view(line, 32)[: len(samples)]
        out = np.empty(2 * len(samples), np.int16)
        out[::2] = _clip(windows @ _BOTH + 8192 >> 14)
        out[1::2] = windows[:, 16].astype(np.int16)
        return out
