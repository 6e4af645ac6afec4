"""Fax machines by their first tones (ITU-T T.30 4): CNG of one that calls, CED (also V.25's answer tone) of one that answers.

The twin of kernels/fax.c: the start of a packet, of one in four; the same tone in four of them, at one level, is told once.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

WINDOW, HITS = 80, 4
LOUD, SHARE, STEADY = 15000.0, 0.5, 1.6  # energy a sample (-42 dBm0); of all; from window to window


class FaxTone(IntEnum):
    NONE = 0
    CNG = 1  # 1,100 Hz
    CED = 2  # 2,100 Hz


_TURNS = {
    FaxTone.CNG: 2.0 * math.cos(2.0 * math.pi * 1100 / 8000),
    FaxTone.CED: 2.0 * math.cos(2.0 * math.pi * 2100 / 8000),
}


def _tone_energy(samples: list[int], turn: float) -> float:
    before = last = 0.0
    for sample in samples:
        before, last = last, sample + turn * last - before
    return (last * last + before * before - turn * last * before) * 2.0 / WINDOW


@dataclass(slots=True)
class Listener:
    """Hears the packets of one leg."""

    _energy: float = 0.0
    _tone: FaxTone = FaxTone.NONE
    _hits: int = 0
    _told: int = 0

    def hear(self, samples: NDArray[np.int16]) -> FaxTone:
        """What is told now."""
        if len(samples) < WINDOW:
            return FaxTone.NONE
        window = samples[:WINDOW].tolist()
        total = float(sum(sample * sample for sample in window))
        tone = FaxTone.NONE
        if total > LOUD * WINDOW:
            tone = max(
                (one for one, turn in _TURNS.items() if _tone_energy(window, turn) > SHARE * total), default=tone
            )
        goes_on = tone == self._tone and total < STEADY * self._energy and self._energy < STEADY * total
        self._hits = 0 if tone == FaxTone.NONE else min(self._hits + 1, HITS) if goes_on else 1
        self._tone, self._energy = tone, total
        if self._hits < HITS or self._told >> tone & 1:
            return FaxTone.NONE
        self._told |= 1 << tone
        return tone
