"""Active speech level and activity factor: ITU-T P.56 method B."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from quality.signal.frames import Sound, cut, fast_length

TIME_CONSTANT_S = 0.03
HANGOVER_S = 0.2
MARGIN_DB = 15.9
STEP_S = 0.001
THRESHOLDS = 2.0 ** -np.arange(15.0, 0.0, -1.0)


@dataclass(frozen=True, slots=True)
class ActiveLevel:
    """`dbov` while speaking; `factor` the share of time spoken, 0..1."""

    dbov: float
    factor: float


def active_level(sound: Sound, rate_hz: int) -> ActiveLevel | None:
    """The level of speech without its pauses; None for silence. Linear in the sound's length."""
    energy = float(np.dot(sound, sound))
    if sound.size == 0 or energy / sound.size < 1e-10:
        return None
    counts = _active_counts(_envelope(sound, rate_hz), round(HANGOVER_S / STEP_S)) * (rate_hz * STEP_S)
    known = counts > 0
    active_db = 10 * np.log10(energy / np.maximum(counts, 1))
    above_db = active_db - 20 * np.log10(THRESHOLDS)
    found = _crossing(active_db[known], above_db[known])
    if found is None:
        return None
    return ActiveLevel(found, min(1.0, energy / sound.size / 10 ** (found / 10)))


def _envelope(sound: Sound, rate_hz: int) -> Sound:
    """The rectified sound, smoothed twice with the time constant, every millisecond.

    Means of a millisecond and an impulse response cut after 13 time constants change the level by less than 0.01 dB.
    """
    steps = cut(np.abs(sound), max(1, int(rate_hz * STEP_S))).mean(axis=1)
    g = float(np.exp(-STEP_S / TIME_CONSTANT_S))
    n = np.arange(int(13 * TIME_CONSTANT_S / STEP_S))
    response = (1 - g) ** 2 * (n + 1) * g**n
    if steps.size == 0:
        return np.zeros(0)
    points = fast_length(steps.size + n.size)
    made: Sound = np.fft.irfft(np.fft.rfft(steps, points) * np.fft.rfft(response, points), points)[: steps.size]
    return made


def _active_counts(envelope: Sound, hangover: int) -> Sound:
    """For each threshold, steps at or above it or less than a hangover behind one that is.

    A gap between two such steps is active up to the hangover; with the sorted places that is a sum.
    """
    counts = np.zeros(THRESHOLDS.size)
    for index, threshold in enumerate(THRESHOLDS):
        at = np.flatnonzero(envelope >= threshold)
        if at.size == 0:
            break
        counts[index] = np.minimum(np.diff(at), hangover).sum() + min(hangover, envelope.size - at[-1])
    return counts


def _crossing(active_db: Sound, above_db: Sound) -> float | None:
    """The active level at which it is `MARGIN_DB` above its threshold, between two thresholds."""
    below = np.flatnonzero(above_db <= MARGIN_DB)
    if below.size == 0:
        return float(active_db[-1]) if active_db.size else None
    i = int(below[0])
    if i == 0:
        return float(active_db[0])
    share = (above_db[i - 1] - MARGIN_DB) / (above_db[i - 1] - above_db[i])
    return float(active_db[i - 1] + share * (active_db[i] - active_db[i - 1]))
