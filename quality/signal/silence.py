"""Kinds of quiet, every 10 ms: digital silence (no packets, or muted), comfort noise (a generator), a room, or sound."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from quality.signal.frames import Sound, cut, frame_size, levels

DIGITAL_PEAK = 10 / 32768
"""The two codes of G.711 next to zero decode to 0 and 8."""
QUIET_DBOV = -50.0
STEADY_DB = 2.5
"""A generator's level stays within this (standard deviation over a second); a room's does not."""
SECOND_FRAMES = 100


class Quiet(IntEnum):
    """Of a frame."""

    SOUND = 0
    ROOM = 1
    COMFORT_NOISE = 2
    DIGITAL = 3


@dataclass(frozen=True, slots=True)
class Shares:
    """Shares of the time, 0..1."""

    sound: float
    room: float
    comfort_noise: float
    digital: float


def kinds(sound: Sound, rate_hz: int) -> NDArray[np.int8]:
    """The `Quiet` of each frame."""
    frames = cut(sound, frame_size(rate_hz))
    found = np.zeros(len(frames), dtype=np.int8)
    if not len(frames):
        return found
    level = levels(sound, rate_hz)
    digital = np.max(np.abs(frames), axis=1) <= DIGITAL_PEAK
    found[level < QUIET_DBOV] = Quiet.ROOM
    for start in range(0, len(frames), SECOND_FRAMES):
        part = slice(start, start + SECOND_FRAMES)
        here = level[part][~digital[part]]
        if here.size > SECOND_FRAMES // 4 and float(here.max()) < QUIET_DBOV and float(here.std()) < STEADY_DB:
            found[part] = Quiet.COMFORT_NOISE
    found[digital] = Quiet.DIGITAL
    return found


def shares(sound: Sound, rate_hz: int) -> Shares | None:
    """How much of the time is what; None for no sound at all."""
    found = kinds(sound, rate_hz)
    if found.size == 0:
        return None
    return Shares(*(round(float(np.mean(found == kind)), 4) for kind in Quiet))
