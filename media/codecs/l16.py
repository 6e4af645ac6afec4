"""L16 (RFC 3551 4.5.11): linear samples of 16 bits in network order."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def decode(payload: bytes) -> NDArray[np.int16]:
    """(n // 2,) samples; an odd octet at the end is left out."""
    return np.frombuffer(payload, ">i2", len(payload) // 2).astype(np.int16)


def encode(samples: NDArray[np.int16]) -> bytes:
    return samples.astype(">i2").tobytes()
