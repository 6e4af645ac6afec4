"""The grid of all analyses: sound in frames of 10 ms, their power in dBov, and runs of frames."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Sound = NDArray[np.float64]
Single = NDArray[np.float32]
Mask = NDArray[np.bool_]
Precision = TypeVar("Precision", np.float32, np.float64)

FRAME_S = 0.01
FLOOR_DBOV = -96.0
CACHED = 65_536
"""Values that are transformed together: they stay in the cache of a core."""


def cut(sound: Sound, size: int) -> Sound:
    """Whole frames of `size` samples, (frames, size); the rest at the end is left out."""
    return sound[: sound.size // size * size].reshape(-1, size)


def frame_size(rate_hz: int) -> int:
    """Samples of a frame."""
    return int(rate_hz * FRAME_S)


def decibels(power: NDArray[Precision]) -> NDArray[Precision]:
    """Powers (mean squares) in dBov, not below `FLOOR_DBOV`."""
    floor: NDArray[Precision] = 10 * np.log10(np.maximum(power, 10 ** (FLOOR_DBOV / 10)))
    return floor


def levels(sound: Sound, rate_hz: int) -> NDArray[np.float64]:
    """The level of each frame in dBov, without its mean (an offset is no sound)."""
    frames = cut(sound, frame_size(rate_hz))
    if not frames.size:
        return np.zeros(0)
    size = frames.shape[1]
    power: Sound = np.einsum("ij,ij->i", frames, frames) / size - (frames.sum(axis=1) / size) ** 2
    return decibels(power)


def runs(mask: Mask) -> NDArray[np.int64]:
    """Where a mask is true: (n, 2) with first index and the one behind the last."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], mask.astype(np.int8), [0]))))
    return edges.reshape(-1, 2)


def closed(mask: Mask, gap: int) -> Mask:
    """The mask with its holes of at most `gap` filled."""
    filled = mask.copy()
    for start, end in runs(~mask).tolist():
        if 0 < start and end < mask.size and end - start <= gap:
            filled[start:end] = True
    return filled


def without_offset(sound: Sound, rate_hz: int) -> Sound:
    """Without the mean of each second: what does not change is no repetition, and no sound."""
    means = [sound[at : at + rate_hz].mean() for at in range(0, sound.size, rate_hz)]
    made: Sound = sound - np.repeat(means, rate_hz)[: sound.size] if means else sound
    return made


def highest(values: Sound, before: int, after: int) -> Sound:
    """The highest value of each place's surroundings: `before` places before it to `after` behind it, at the edges fewer."""
    width = before + after + 1
    found = np.concatenate((np.full(before, -np.inf), values, np.full(after, -np.inf)))
    reach = 1
    while reach < width:
        step = min(reach, width - reach)
        found = np.maximum(found[:-step], found[step:])
        reach += step
    return found


def spectra(sound: Sound, size: int, step: int) -> Single:
    """Power of windows (Hann) of `size` samples, each `step` behind the one before: (windows, size // 2 + 1)."""
    windows = np.lib.stride_tricks.sliding_window_view(sound.astype(np.float32), size)[::step]
    shape = np.hanning(size).astype(np.float32)
    power = np.empty((len(windows), size // 2 + 1), dtype=np.float32)
    together = max(1, CACHED // size)
    for at in range(0, len(windows), together):
        lines = transformed(windows[at : at + together] * shape, size)
        power[at : at + together] = lines.real**2 + lines.imag**2
    return power


def transformed(values: Single, points: int) -> NDArray[np.complex64]:
    """Fourier transforms of rows of real values, in single precision: exact to 130 dB below the loudest, at half the cost."""
    from scipy import fft  # half a second to load, which no start of a process shall wait for

    lines: NDArray[np.complex64] = fft.rfft(values, points)
    return lines


def correlations(power: Single) -> Single:
    """Autocorrelation of each row's window from its power: (windows, 2 * (lines - 1))."""
    from scipy import fft  # see `transformed`

    found: Single = fft.irfft(power)
    return found


def fast_length(size: int) -> int:
    """The next length for which a Fourier transform is fast: a power of two, or three or five times one."""
    return min(factor << max(0, (-(-size // factor) - 1).bit_length()) for factor in (1, 3, 5))
