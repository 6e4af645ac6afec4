"""What a user interface draws of a recording: (min, max) pairs per column, -1..1, one list a channel."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def peaks(samples: NDArray[np.int16], columns: int) -> list[list[float]]:
    """`samples` (frames, channels) -> per channel [min, max, min, max, ...] of at most `columns` equal parts."""
    frames, channels = samples.shape
    columns = max(1, min(columns, frames))
    if frames == 0:
        return [[] for _ in range(channels)]
    edges = np.arange(columns) * frames // columns
    low, high = np.minimum.reduceat(samples, edges, axis=0), np.maximum.reduceat(samples, edges, axis=0)
    pairs = np.stack([low, high], axis=1).astype(np.float64) / 32768
    return [[round(float(value), 4) for value in pairs[:, :, channel].reshape(-1)] for channel in range(channels)]
