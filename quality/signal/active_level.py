"""Active speech level and activity factor: ITU-T P.56 method B."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.signal import lfilter

from quality.signal.frames import Sound

TIME_CONSTANT_S = 0.03
HANGOVER_S = 0.2
MARGIN_DB = 15.9
STEP = 8
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
    envelope = _envelope(sound, rate_hz)
    counts = _active_counts(envelope, round(HANGOVER_S * rate_hz))
    known = counts > 0
    active_db = 10 * np.log10(energy / np.maximum(counts, 1))
    above_db = active_db - 20 * np.log10(THRESHOLDS)
    found = _crossing(active_db[known], above_db[known])
    if found is None:
        return None
    return ActiveLevel(found, min(1.0, energy / sound.size / 10 ** (found / 10)))


def _envelope(sound: Sound, rate_hz: int) -> Sound:
    g = float(np.exp(-1 / (rate_hz * TIME_CONSTANT_S)))
    once = lfilter([1 - g], [1, -g], np.abs(sound))
    twice: Sound = lfilter([1 - g], [1, -g], once)
    return twice


def _active_counts(envelope: Sound, hangover: int) -> Sound:
    """For each threshold, samples at or above it or less than a hangover behind one that is.

    The envelope is looked at every millisecond: with a time constant of 30 ms that changes the level by less than 0.01 dB.
    A gap between two active places is active up to the hangover; with the sorted places that is a sum.
    """
    counts = np.zeros(THRESHOLDS.size)
    coarse = envelope[::STEP]
    hold = hangover // STEP
    for index, threshold in enumerate(THRESHOLDS):
        at = np.flatnonzero(coarse >= threshold)
        if at.size == 0:
            break
        counts[index] = STEP * (np.minimum(np.diff(at), hold).sum() + min(hold, coarse.size - at[-1]))
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
