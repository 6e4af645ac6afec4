"""Interarrival jitter of RFC 3550 6.4.1 and A.8, in RTP timestamp units."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def interarrival(arrival: ArrayLike, timestamp: ArrayLike) -> NDArray[np.float64]:
    """Jitter after each packet: J += (|D| - J) / 16. Both arrays (n,) in timestamp units; timestamps may wrap at 2**32."""
    arrived = np.asarray(arrival, dtype=np.float64)
    stamps = np.asarray(timestamp, dtype=np.int64)
    if arrived.size == 0:
        return np.zeros(0)
    step = (np.diff(stamps) + 2**31) % 2**32 - 2**31
    change = np.abs(np.diff(arrived) - step)
    jitter = np.zeros(arrived.size)
    for index, one in enumerate(change.tolist()):
        jitter[index + 1] = jitter[index] + (one - jitter[index]) / 16
    return jitter
