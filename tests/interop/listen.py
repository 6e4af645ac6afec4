"""What a caller heard: finds a known prompt in a recording, decodes keys, measures levels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.io import wavfile
from scipy.signal import correlate, resample_poly

Sound = NDArray[np.float64]
ALIKE = 0.9
"""Of a piece: it is the same sound."""
DRIFT = 1200
"""Samples at 8 kHz by which the delay may be another than that of the pieces around."""


def wav(path: Path) -> tuple[int, Any]:
    """Rate and samples as float in -1..1, shape (samples,) or (samples, channels)."""
    rate_hz, samples = wavfile.read(path)
    return rate_hz, samples.astype("float64") / 32768.0


def at_8k(rate_hz: int, samples: Any) -> Sound:
    """Mono at 8 kHz."""
    sound = np.asarray(samples, dtype=np.float64)
    if sound.ndim == 2:
        sound = sound[:, 0]
    divisor = int(np.gcd(rate_hz, 8000))
    return np.asarray(resample_poly(sound, 8000 // divisor, rate_hz // divisor))


def likeness(heard: Sound, prompt: Sound) -> float:
    """Peak of the normalised cross-correlation of a prompt within what was heard, 0..1 (1: it is in there exactly)."""
    return _place(heard, prompt)[0]


def share_heard(heard: Sound, prompt: Sound, seconds: float = 0.5) -> float:
    """The share of a prompt's pieces that are in what was heard, 0..1: for phones that drop a little of their own accord.

    A phone whose clock stood still catches up by leaving out some milliseconds at a time. So where a piece is not found
    whole, the fifths of it count that are there with nearly the delay of the pieces around it.
    """
    size = int(seconds * 8000)
    spoken = [at for at in range(0, prompt.size - size, size) if level_dbov(prompt[at : at + size]) > -50]
    found = {at: _place(heard, prompt[at : at + size]) for at in spoken}
    delays = {at: place - at for at, (alike, place) in found.items() if alike > ALIKE}
    parts = 0.0
    for at in spoken:
        near = [delays[other] for other in sorted(delays, key=lambda other: abs(other - at))[:2]]
        if at in delays:
            parts += 1.0
        elif near:
            parts += _parts_found(heard, prompt, at, size, (min(near), max(near)))
    return parts / len(spoken)


def _parts_found(heard: Sound, prompt: Sound, at: int, size: int, delays: tuple[int, int]) -> float:
    fifth = size // 5
    begins = range(at, at + size - fifth + 1, fifth)
    windows = (heard[max(0, begin + delays[0] - DRIFT) : begin + fifth + delays[1] + DRIFT] for begin in begins)
    alike = [
        likeness(window, prompt[begin : begin + fifth]) > ALIKE for begin, window in zip(begins, windows, strict=True)
    ]
    return sum(alike) / len(alike)


def _place(heard: Sound, prompt: Sound) -> tuple[float, int]:
    """How much alike the most alike place is, and at which sample of what was heard it begins."""
    quiet = np.zeros(prompt.size)  # what was heard may begin a little late and end a little early
    heard = np.concatenate([quiet, heard, quiet])
    product = correlate(heard, prompt, mode="valid", method="fft")
    sums = np.concatenate([[0.0], np.cumsum(heard**2)])
    energy = np.sqrt(np.maximum(sums[prompt.size :] - sums[: -prompt.size], 1e-9) * np.sum(prompt**2))
    alike = np.abs(product) / np.maximum(energy, 1e-6)
    best = int(np.argmax(alike))
    return float(alike[best]), best - prompt.size


def level_dbov(sound: Sound) -> float:
    """Root mean square in dB over full scale."""
    return float(20 * np.log10(max(np.sqrt(np.mean(sound**2)), 1e-6)))
