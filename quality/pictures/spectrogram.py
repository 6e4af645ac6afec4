"""The spectrum of a recording over time, one lane a channel, low tones below; defects are red bars above their lane."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quality.pictures.png import png

COLUMNS_MAX = 1000
WINDOW = 256
ROWS = WINDOW // 2
BAR_ROWS = 6
LOW_DB, HIGH_DB = -95.0, -25.0
COLOURS = 250
RED, DARK = 250, 251

Read = Callable[[int, int], NDArray[np.int16]]
"""Frames from one to (not including) another, (frames, channels)."""


def spectrogram(
    read: Read, frames: int, channels: int, rate_hz: int, defects: Sequence[Sequence[dict[str, Any]]]
) -> bytes:
    """A PNG. Only what is drawn is read, so an hour costs as much as a minute. `defects`: documents, one list a channel."""
    columns = max(1, min(COLUMNS_MAX, frames // WINDOW))
    lane = ROWS + BAR_ROWS
    pixels = np.full((lane * channels, columns), DARK, dtype=np.uint8)
    window = np.hanning(WINDOW)
    for column in range(columns):
        start = min(column * frames // columns, max(0, frames - WINDOW))
        piece = read(start, min(frames, start + WINDOW)).astype(np.float64) / 32768
        if len(piece) < WINDOW:
            piece = np.pad(piece, ((0, WINDOW - len(piece)), (0, 0)))
        power = np.abs(np.fft.rfft(piece * window[:, None], axis=0))[1:] ** 2 / WINDOW**2
        colour = np.clip((10 * np.log10(power + 1e-12) - LOW_DB) / (HIGH_DB - LOW_DB), 0, 1) * (COLOURS - 1)
        for channel in range(channels):
            top = channel * lane + BAR_ROWS
            pixels[top : top + ROWS, column] = colour[::-1, channel].astype(np.uint8)
    per_s = columns * rate_hz / max(frames, 1)
    for channel, found in enumerate(defects[:channels]):
        for one in found:
            start, end = int(one["start_s"] * per_s), int(one["end_s"] * per_s) + 1
            pixels[channel * lane : channel * lane + BAR_ROWS - 1, max(0, start) : end] = RED
    return png(pixels, palette())


def palette() -> NDArray[np.uint8]:
    """Black over blue and orange to white, then red, then the ground."""
    stops = np.array([[8, 10, 26], [46, 24, 110], [160, 40, 110], [240, 120, 50], [255, 246, 200]], dtype=np.float64)
    at = np.linspace(0, len(stops) - 1, COLOURS)
    ramp = np.stack([np.interp(at, np.arange(len(stops)), stops[:, i]) for i in range(3)], axis=1)
    return np.concatenate([ramp, [[224, 50, 50], [24, 30, 38]]]).astype(np.uint8)
