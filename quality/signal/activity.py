"""Speech or not, every 10 ms: louder than the floor by a margin, held over the gaps between sounds."""

from __future__ import annotations

import numpy as np

from quality.signal.frames import FRAME_S, Mask, Sound, closed, levels, runs

ABOVE_FLOOR_DB = 12.0
LOUDEST_BELOW_DB = 32.0
SPEECH_DBOV_MIN = -52.0
SPEECH_RANGE_DB = 8.0
"""Speech, also without pauses, has a wider range than this; steady noise and tones do not."""
HOLD_S = 0.2
SHORTEST_S = 0.04


def activity(sound: Sound, rate_hz: int) -> Mask:
    """True for frames of speech; steady noise and tones are none."""
    frames = levels(sound, rate_hz)
    if frames.size == 0:
        return np.zeros(0, dtype=np.bool_)
    heard = frames[frames > -75]
    floor = float(np.quantile(heard, 0.1)) if heard.size > 50 else -75.0
    loudest = float(np.quantile(frames, 0.98))
    if loudest - floor < SPEECH_RANGE_DB:
        return np.zeros(frames.size, dtype=np.bool_)
    threshold = max(SPEECH_DBOV_MIN, min(floor + ABOVE_FLOOR_DB, loudest - 12.0), loudest - LOUDEST_BELOW_DB)
    mask = closed(frames > threshold, int(HOLD_S / FRAME_S))
    for start, end in runs(mask).tolist():
        if end - start < SHORTEST_S / FRAME_S:
            mask[start:end] = False
    return mask


def seconds(mask: Mask) -> float:
    """How long a mask is true."""
    return float(np.count_nonzero(mask)) * FRAME_S
