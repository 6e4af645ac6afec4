"""Noise floor and signal-to-noise ratio: the level of pauses, from the quietest steady stretches but digital silence."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from quality.signal.active_level import ActiveLevel
from quality.signal.defect import Defect, Fault
from quality.signal.frames import FRAME_S, Sound, levels

PAUSE_FRAMES = 20
STEADY_DB = 4.0
"""Noise keeps its level over a fifth of a second (standard deviation of its frames); speech seldom does."""
QUIET_SHARE = 0.05
NEAR_DB = 4.0
DIGITAL_DBOV = -75.0
NOISY_DBOV = -52.0
SNR_DB_MIN = 25.0
SECONDS_MIN = 2.0
PAUSES_S_MIN = 0.8


@dataclass(frozen=True, slots=True)
class Noise:
    """`floor_dbov` of the pauses, of which `pauses_s` were heard; `snr_db`: the active level above it, None: no speech."""

    floor_dbov: float
    snr_db: float | None
    pauses_s: float


def noise(sound: Sound, rate_hz: int, speech: ActiveLevel | None) -> Noise | None:
    """None when there is too little sound, or nothing but digital silence between the words."""
    frames = levels(sound, rate_hz)
    if np.count_nonzero(frames > DIGITAL_DBOV) < SECONDS_MIN / FRAME_S or frames.size < PAUSE_FRAMES:
        return None
    windows = np.lib.stride_tricks.sliding_window_view(frames, PAUSE_FRAMES)
    steady = (windows.min(axis=1) > DIGITAL_DBOV) & (windows.std(axis=1) < STEADY_DB)
    if not steady.any():
        return None
    means = windows[steady].mean(axis=1)
    floor = float(np.quantile(means, QUIET_SHARE))
    pauses_s = float(np.count_nonzero(means < floor + NEAR_DB)) * FRAME_S
    return Noise(floor, None if speech is None else speech.dbov - floor, pauses_s)


def noisy(found: Noise | None, seconds: float) -> list[Defect]:
    """The pauses are loud, absolutely and beside the speech."""
    if found is None or found.snr_db is None or found.pauses_s < PAUSES_S_MIN:
        return []
    if found.floor_dbov < NOISY_DBOV or found.snr_db > SNR_DB_MIN:
        return []
    return [Defect(Fault.NOISE, 0.0, seconds, found.floor_dbov, "dBov")]
