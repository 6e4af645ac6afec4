"""What a caller heard: finds a known prompt in a recording, decodes keys, measures levels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.io import wavfile
from scipy.signal import correlate, resample_poly

Sound = NDArray[np.float64]


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
    quiet = np.zeros(prompt.size)  # what was heard may begin a little late and end a little early
    heard = np.concatenate([quiet, heard, quiet])
    product = correlate(heard, prompt, mode="valid", method="fft")
    sums = np.concatenate([[0.0], np.cumsum(heard**2)])
    energy = np.sqrt(np.maximum(sums[prompt.size :] - sums[: -prompt.size], 1e-9) * np.sum(prompt**2))
    return float(np.max(np.abs(product) / np.maximum(energy, 1e-6)))


def share_heard(heard: Sound, prompt: Sound, seconds: float = 0.5) -> float:
    """The share of a prompt's pieces that are in what was heard: for phones that drop a little of their own accord."""
    size = int(seconds * 8000)
    pieces = [prompt[at : at + size] for at in range(0, prompt.size - size, size)]
    spoken = [piece for piece in pieces if level_dbov(piece) > -50]
    return sum(likeness(heard, piece) > 0.9 for piece in spoken) / len(spoken)


def level_dbov(sound: Sound) -> float:
    """Root mean square in dB over full scale."""
    return float(20 * np.log10(max(np.sqrt(np.mean(sound**2)), 1e-6)))
