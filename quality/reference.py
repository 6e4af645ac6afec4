"""Full reference: what arrived compared with what was said, for calls that tests make with known speech.

The heard sound is aligned piece by piece (a jitter buffer stretches time), its level is measured and taken out, then the
spectra are compared as images (NSIM, the structural similarity ViSQOL uses) over the frames in which the reference speaks.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quality.signal.activity import activity
from quality.signal.frames import Sound, decibels, fast_length

PIECE_S = 0.5
PIECE_SHIFT_S = 0.08
WINDOW, HOP = 256, 128
BANDS = 24
LOW_HZ, HIGH_HZ = 150.0, 3500.0
FLOOR_DB = -60.0
TILT_DB_MAX = 20.0
"""What a telephone's frequency response may differ without harm; it is taken out, as PESQ does."""
FOUND_LIKENESS = 0.5
SLOPE, MIDDLE = 11.7, 0.848
"""Of the curve from similarity to MOS-LQO, fitted to PESQ on the set of `tests/quality/lab`."""


@dataclass(frozen=True, slots=True)
class Compared:
    """`share_heard` of the spoken pieces was found, 0..1; `delay_ms` of the first one; `gain_db` against what was said.

    `mos` is None when nothing of the reference was found.
    """

    mos: float | None
    similarity: float
    share_heard: float
    delay_ms: float | None
    gain_db: float | None

    def to_document(self) -> dict[str, Any]:
        """JSON."""
        values = {name: getattr(self, name) for name in self.__slots__}
        return {name: None if value is None else round(value, 3) for name, value in values.items()}


def compare(said: Sound, heard: Sound, rate_hz: int = 8000) -> Compared:
    """Compare; `heard` may begin earlier or later and be of any length."""
    piece = int(PIECE_S * rate_hz)
    start = _lag(said, heard)
    if start is None or heard.size < piece:
        return Compared(None, 0.0, 0.0, None, None)
    aligned = np.zeros_like(said)
    speaks = np.repeat(activity(said, rate_hz), rate_hz // 100)
    found, spoken, shift, gains = 0, 0, 0, []
    for at in range(0, said.size - piece + 1, piece):
        is_spoken = at + piece <= speaks.size and bool(speaks[at : at + piece].mean() > 0.4)
        likeness, moved = _nearest(said[at : at + piece], heard, start + at + shift, int(PIECE_SHIFT_S * rate_hz))
        if is_spoken:
            spoken += 1
            if likeness > FOUND_LIKENESS:
                found, shift = found + 1, shift + moved
        here = _part(heard, start + at + shift, piece)
        aligned[at : at + piece] = here
        if is_spoken and likeness > FOUND_LIKENESS:
            mine = said[at : at + piece]
            gains.append(float(np.dot(here, mine) / max(float(np.dot(mine, mine)), 1e-12)))
    if not found:
        return Compared(None, 0.0, 0.0, None, None)
    gain = float(np.median(np.abs(gains)))
    alike = similarity(said, aligned / max(gain, 1e-6), rate_hz)
    mos = 1 + 3.55 / (1 + np.exp(-SLOPE * (alike - MIDDLE)))
    return Compared(float(mos), alike, found / spoken, 1000 * start / rate_hz, 20 * float(np.log10(max(gain, 1e-6))))


def _lag(said: Sound, heard: Sound) -> int | None:
    """Where `said` begins in `heard`, by correlation of all of it; None for silence."""
    if not said.any() or not heard.any():
        return None
    size = fast_length(said.size + heard.size)
    a, b = np.fft.rfft(said, size), np.fft.rfft(heard, size)
    cross = b * np.conj(a)
    correlation = np.fft.irfft(cross / (np.abs(cross) ** 0.5 + 1e-9), size)
    at = int(np.abs(correlation).argmax())
    return at if at < heard.size else at - size


def _part(sound: Sound, at: int, size: int) -> Sound:
    """Samples from `at`, which may lie outside, with zeros for what is not there."""
    made = np.zeros(size)
    first, last = max(0, at), min(sound.size, at + size)
    if last > first:
        made[first - at : last - at] = sound[first:last]
    return made


def _nearest(piece: Sound, heard: Sound, at: int, reach: int) -> tuple[float, int]:
    """The best likeness (normalised correlation) within `reach` samples, and how far away it is."""
    around = _part(heard, at - reach, piece.size + 2 * reach)
    energy = float(np.dot(piece, piece))
    product = np.correlate(around, piece, "valid")
    power = np.convolve(around**2, np.ones(piece.size), "valid")
    likeness = np.abs(product) / np.sqrt(np.maximum(power * energy, 1e-12))
    best = int(likeness.argmax())
    return float(likeness[best]), best - reach


def similarity(said: Sound, heard: Sound, rate_hz: int) -> float:
    """NSIM of the spoken frames, 0..1."""
    a, b = _image(said, rate_hz), _image(heard, rate_hz)
    span = -FLOOR_DB
    speech = a.mean(axis=1) > 0.15 * span
    if not speech.any():
        return 0.0
    tilt = np.clip(np.median(b[speech] - a[speech], axis=0), -TILT_DB_MAX, TILT_DB_MAX)
    b = np.where(b > 0, np.clip(b - tilt, 0, span), 0.0)
    c1, c2 = (0.01 * span) ** 2, (0.03 * span) ** 2 / 2
    mean_a, mean_b = _around(a), _around(b)
    variance_a = np.maximum(_around(a * a) - mean_a**2, 0)
    variance_b = np.maximum(_around(b * b) - mean_b**2, 0)
    both = _around(a * b) - mean_a * mean_b
    alike = (2 * mean_a * mean_b + c1) / (mean_a**2 + mean_b**2 + c1)
    alike *= (both + c2) / (np.sqrt(variance_a * variance_b) + c2)
    return float(alike[speech].mean())


def _around(image: NDArray[np.float64]) -> NDArray[np.float64]:
    """The mean of each place and its eight neighbours."""
    padded = np.pad(image, 1, "edge")
    rows = padded[:-2] + padded[1:-1] + padded[2:]
    mean: NDArray[np.float64] = (rows[:, :-2] + rows[:, 1:-1] + rows[:, 2:]) / 9
    return mean


def _image(sound: Sound, rate_hz: int) -> NDArray[np.float64]:
    """Levels of bands over time above `FLOOR_DB` of the loudest, (windows, bands), 0 at the floor."""
    windows: Sound = np.lib.stride_tricks.sliding_window_view(sound, WINDOW)[::HOP]
    power = np.abs(np.fft.rfft(windows * np.hanning(WINDOW), axis=1)) ** 2
    mel = np.linspace(np.log1p(LOW_HZ / 700), np.log1p(HIGH_HZ / 700), BANDS + 1)
    edges = np.maximum(1, np.round(700 * np.expm1(mel) * WINDOW / rate_hz).astype(int))
    bands = np.stack([power[:, a : max(b, a + 1)].mean(axis=1) for a, b in pairwise(edges)], axis=1)
    level = decibels(bands / (0.02 * WINDOW))
    return np.clip(level - FLOOR_DB - 10.0, 0, -FLOOR_DB)
