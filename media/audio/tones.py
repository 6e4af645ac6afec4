"""Call progress tones of North America and the voicemail beep, as 8 kHz samples. Levels in dBm0."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RATE = 8000
FULL_SCALE_DBM0 = 3.17
RAMP_FRAMES = 40


@dataclass(frozen=True, slots=True)
class Tone:
    """One period: frequencies together at a level each, then quiet."""

    name: str
    frequencies: tuple[float, ...]
    level_dbm0: float
    on_ms: int
    off_ms: int


TONES = (
    Tone("ringback", (440.0, 480.0), -19.0, 2000, 4000),
    Tone("busy", (480.0, 620.0), -24.0, 500, 500),
    Tone("reorder", (480.0, 620.0), -24.0, 250, 250),
    Tone("beep", (1000.0,), -13.0, 400, 100),
)


def named(name: str) -> NDArray[np.int16] | None:
    """One period of a tone, made to be looped; None when there is no such tone."""
    tone = next((tone for tone in TONES if tone.name == name), None)
    return None if tone is None else period(tone)


def period(tone: Tone) -> NDArray[np.int16]:
    """(frames,) int16: the tone with 5 ms ramps, then silence."""
    on, off = tone.on_ms * RATE // 1000, tone.off_ms * RATE // 1000
    t = np.arange(on) / RATE
    peak = 32767 * 10 ** ((tone.level_dbm0 - FULL_SCALE_DBM0) / 20)
    wave = sum((peak * np.sin(2 * np.pi * f * t) for f in tone.frequencies), np.zeros(on))
    edge = np.minimum(1.0, np.minimum(np.arange(1, on + 1), np.arange(on, 0, -1)) / RAMP_FRAMES)
    return np.concatenate([np.round(wave * edge), np.zeros(off)]).astype(np.int16)
