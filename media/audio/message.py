"""A voice message made ready to be heard: silence cut at both ends, speech brought to -20 dBov."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from media.audio.level import BLOCK_FRAMES, FULL_SCALE_POWER, VOICE_DBOV

LEAD_KEPT_FRAMES, TAIL_KEPT_FRAMES = 800, 2000
SPEECH_DBOV = -20.0
GAIN_DB_MIN, GAIN_DB_MAX = -12.0, 18.0
PEAK_MAX = 29000


def ready(samples: NDArray[np.int16]) -> NDArray[np.int16]:
    """(frames,) -> what is between the first and the last voice, and a little more, at the usual level; nothing of silence."""
    blocks = -(-len(samples) // BLOCK_FRAMES)
    padded = np.zeros(blocks * BLOCK_FRAMES, np.float32)
    padded[: len(samples)] = samples
    power = (padded.reshape(blocks, BLOCK_FRAMES) ** 2).mean(axis=1)
    voiced = np.flatnonzero(power > FULL_SCALE_POWER * 10 ** (VOICE_DBOV / 10))
    if len(voiced) == 0:
        return samples[:0]
    start = max(0, int(voiced[0]) * BLOCK_FRAMES - LEAD_KEPT_FRAMES)
    end = min(len(samples), (int(voiced[-1]) + 1) * BLOCK_FRAMES + TAIL_KEPT_FRAMES)
    spoken = samples[start:end]
    factor = gain(float(power[voiced].mean()), int(np.abs(spoken.astype(np.int32)).max()))
    louder: NDArray[np.int16] = np.round(spoken * np.float32(factor)).astype(np.int16)
    return louder


def gain(speech_power: float, peak: int) -> float:
    """The factor that brings speech of this mean square to its level: within limits, and without clipping the loudest sample."""
    wanted_db = SPEECH_DBOV - 10 * float(np.log10(speech_power / FULL_SCALE_POWER))
    factor = float(10 ** (min(GAIN_DB_MAX, max(GAIN_DB_MIN, wanted_db)) / 20))
    return min(factor, max(PEAK_MAX, 1) / peak) if peak * factor > PEAK_MAX else factor
