"""The wrong law: A-law decoded as mu-law or the other way round. Decoded anew by the other law it would be far smoother."""

from __future__ import annotations

from functools import cache

import numpy as np

from media.codecs import g711
from quality.signal.defect import Defect, Fault
from quality.signal.frames import Sound, cut, decibels, runs

SMOOTHER_DB = 0.7
"""Speech in order would become 1 dB rougher at least, also with noise; exchanged, at least 1.3 dB smoother."""
SPEECH_DBOV = -50.0
WINDOW_S = 2.0


def prediction_gain(sound: Sound) -> float:
    """How well each sample is told by the two before it, in dB: 8 to 20 for a voice, near 0 for noise."""
    if sound.size < 32:
        return 0.0
    r0, r1, r2 = (float(np.dot(sound[2:], sound[2 - k : sound.size - k])) for k in range(3))
    if r0 <= 0:
        return 0.0
    a, b = r1 / r0, r2 / r0
    error = 1 - a * a - (b - a * a) ** 2 / max(1 - a * a, 1e-6)
    return -10 * float(np.log10(max(error, 1e-4)))


def gain_by_other_law(sound: Sound) -> float:
    """How many dB smoother the better of the two exchanges of laws would be."""
    samples = np.clip(np.round(sound * 32768), -32768, 32767).astype(np.int16).view(np.uint16)
    return max(prediction_gain(other[samples]) for other in _exchanged()) - prediction_gain(sound)


@cache
def _exchanged() -> tuple[Sound, Sound]:
    """(65536,) for each exchange: what a sample (its bits) would be if its code word were read by the other law."""
    every = np.arange(65536).astype(np.uint16).view(np.int16)
    as_alaw = g711.decode("PCMA", g711.encode("PCMU", every))
    as_mulaw = g711.decode("PCMU", g711.encode("PCMA", every))
    return as_alaw.astype(np.float64), as_mulaw.astype(np.float64)


def wrong_law(sound: Sound, rate_hz: int) -> list[Defect]:
    """Stretches that another law would make a voice; the value is how much smoother, in dB."""
    size = int(WINDOW_S * rate_hz)
    windows = cut(sound, size)
    loud = decibels(np.mean(windows**2, axis=1)) > SPEECH_DBOV if len(windows) else np.zeros(0, dtype=np.bool_)
    gain = np.array([gain_by_other_law(one) if is_loud else 0.0 for one, is_loud in zip(windows, loud, strict=True)])
    return [
        Defect(Fault.WRONG_LAW, start * WINDOW_S, end * WINDOW_S, float(gain[start:end].mean()), "dB")
        for start, end in runs(gain > SMOOTHER_DB).tolist()
    ]
