"""Clicks: a sample or two that fit neither what was before nor what is after, beyond all roughness of the sound around."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from quality.signal.defect import Defect, Fault
from quality.signal.frames import Sound

AROUND_S = 0.012
GUARD_SAMPLES = 4
TIMES_ROUGHNESS = 4.0
JUMP_MIN = 0.08
APART_S = 0.01
PER_MINUTE_MIN = 3
TOGETHER = 4096
"""Jumps that are looked at in one go: it bounds the memory that noise costs."""


def roughness(sound: Sound) -> Sound:
    """How much each sample differs from the cubic through its four neighbours."""
    bent = np.zeros_like(sound)
    bent[2:-2] = np.abs(sound[2:-2] - (4 * (sound[1:-3] + sound[3:-1]) - (sound[:-4] + sound[4:])) / 6)
    return bent


def clicks(sound: Sound, rate_hz: int) -> NDArray[np.int64]:
    """Places of clicks in samples."""
    if sound.size < 64:
        return np.zeros(0, dtype=np.int64)
    bent = roughness(sound)
    half = int(AROUND_S * rate_hz)
    around = np.lib.stride_tricks.sliding_window_view(np.pad(bent, half), 2 * half + 1)
    jumps = np.flatnonzero(bent > JUMP_MIN)
    alone = [
        (near[:, : half + 1 - GUARD_SAMPLES].max(axis=1), near[:, half + GUARD_SAMPLES :].max(axis=1))
        for near in (around[jumps[at : at + TOGETHER]] for at in range(0, jumps.size, TOGETHER))
    ]
    if not alone:
        return jumps
    roughest = np.concatenate([np.maximum(before, after) for before, after in alone])
    found = jumps[bent[jumps] > TIMES_ROUGHNESS * roughest]
    return found[np.diff(found, prepend=-sound.size) > APART_S * rate_hz]


def clicking(sound: Sound, rate_hz: int) -> list[Defect]:
    """More than a few a minute; the value is how many a minute."""
    found = clicks(sound, rate_hz)
    per_minute = found.size / max(sound.size / rate_hz / 60, 1e-9)
    if found.size < 2 or per_minute < PER_MINUTE_MIN:
        return []
    return [Defect(Fault.CLICKS, float(found[0]) / rate_hz, float(found[-1] + 1) / rate_hz, per_minute, "a minute")]
