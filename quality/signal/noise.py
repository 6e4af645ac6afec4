"""Noise floor and signal-to-noise ratio: the level of the pauses, from the quietest stretches that are not digital silence."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from quality.signal.active_level import ActiveLevel
from quality.signal.defect import Defect, Fault
from quality.signal.frames import FRAME_S, Sound, levels

SMOOTH_FRAMES = 8
QUIET_SHARE = 0.05
DIGITAL_DBOV = -75.0
NOISY_DBOV = -52.0
SNR_DB_MIN = 25.0
SECONDS_MIN = 2.0


@dataclass(frozen=True, slots=True)
class Noise:
    """`floor_dbov` of the pauses; `snr_db` is the active level above it, None without speech."""

    floor_dbov: float
    snr_db: float | None


def noise(sound: Sound, rate_hz: int, speech: ActiveLevel | None) -> Noise | None:
    """None when there is too little sound, or nothing but digital silence."""
    frames = levels(sound, rate_hz)
    frames = frames[frames > DIGITAL_DBOV]
    if frames.size < SECONDS_MIN / FRAME_S:
        return None
    smooth = np.convolve(10 ** (frames / 10), np.ones(SMOOTH_FRAMES) / SMOOTH_FRAMES, "valid")
    floor = 10 * float(np.log10(np.quantile(smooth, QUIET_SHARE)))
    return Noise(floor, None if speech is None else speech.dbov - floor)


def noisy(found: Noise | None, seconds: float) -> list[Defect]:
    """The pauses are loud, absolutely and beside the speech."""
    if found is None or found.floor_dbov < NOISY_DBOV or found.snr_db is None or found.snr_db > SNR_DB_MIN:
        return []
    return [Defect(Fault.NOISE, 0.0, seconds, found.floor_dbov, "dBov")]
