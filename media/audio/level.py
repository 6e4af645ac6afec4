"""Levels of speech: dBov of samples, and where the voice in a message ends."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

BLOCK_FRAMES = 160
VOICE_DBOV = -48.0
SILENT_SQUARE_MAX = 5369  # mean square of -50 dBov
CLIPPED_MIN = 32_000  # above all code words but the loudest of each law
FULL_SCALE_POWER = 32768.0**2 / 2  # a full-scale sine is 0 dBov here


def dbov(energy: float, samples: int) -> float | None:
    """Mean level of `samples` values whose squares sum to `energy`; None when nothing was measured, -127 for silence."""
    if samples == 0:
        return None
    if energy <= 0:
        return -127.0
    return round(max(-127.0, 10 * math.log10(energy / samples / FULL_SCALE_POWER)), 1)


def figures(samples: NDArray[np.int16]) -> tuple[int, int, int, int]:
    """(energy, samples, 1 when all of it is silence, samples at the end of G.711's scale) of one packet."""
    wide = samples.astype(np.int64)
    energy = int((wide**2).sum())
    silent = energy <= SILENT_SQUARE_MAX * len(samples)
    return energy, len(samples), int(silent), int((abs(wide) >= CLIPPED_MIN).sum())


def voice_end(samples: NDArray[np.int16]) -> int:
    """Frames up to the end of the last 20 ms block that carries voice; 0 when there is none."""
    blocks = -(-len(samples) // BLOCK_FRAMES)
    if blocks == 0:
        return 0
    padded = np.zeros(blocks * BLOCK_FRAMES)
    padded[: len(samples)] = samples
    power = (padded.reshape(blocks, BLOCK_FRAMES) ** 2).mean(axis=1)
    voiced = np.flatnonzero(power > FULL_SCALE_POWER * 10 ** (VOICE_DBOV / 10))
    return min(len(samples), (int(voiced[-1]) + 1) * BLOCK_FRAMES) if len(voiced) else 0
