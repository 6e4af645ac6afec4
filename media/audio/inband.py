"""DTMF in the audio (ITU-T Q.23, Q.24), heard and made, on arrays. The twin of kernels/inband.c, which tells how and why.

quiet --two windows alike--> pressed --three others | two of another key--> quiet, one press told
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from media.rtp.dtmf import Press, Sender

RATE = 8000
WINDOW, HOP, HITS, MISSES = 205, 102, 2, 3
ROWS, COLUMNS = (697.0, 770.0, 852.0, 941.0), (1209.0, 1336.0, 1477.0, 1633.0)
EVENTS = ((1, 2, 3, 12), (4, 5, 6, 13), (7, 8, 9, 14), (10, 0, 11, 15))
BESIDE = (0.9875, 1.0125, 0.95, 1.05)
LOUD = 65000.0  # mean square, -36 dBm0
PEAK_RATIO, SHARE_FIRST, SHARE, SHARE_PURE = 4.0, 0.28, 0.7, 0.88
ROW_STRONGER, COLUMN_STRONGER = 9.0, 4.0
HARMONIC, HARMONIC_LEAK = 0.1, 0.06
LOW_PEAK, HIGH_PEAK = 9060, 11405  # -8 and -6 dBm0
SINES = np.array([round(32767.0 * math.sin(2.0 * math.pi * i / 1024)) for i in range(1024)], np.int64)
RAMP = 16

Samples = NDArray[np.int16]


def goertzel(samples: Samples, frequencies: list[float]) -> list[float]:
    """The energy of a window that a tone of each frequency explains."""
    c = np.array([2.0 * math.cos(2.0 * math.pi * frequency / RATE) for frequency in frequencies])
    s1, s2 = np.zeros(len(c)), np.zeros(len(c))
    for x in samples.astype(np.float64):
        s1, s2 = x + c * s1 - s2, s1
    energy: list[float] = ((s1 * s1 + s2 * s2 - c * s1 * s2) * 2.0 / WINDOW).tolist()
    return energy


def _strongest(energy: list[float]) -> int | None:
    best = max(range(4), key=lambda i: (energy[i], -i))
    return None if any(i != best and e * PEAK_RATIO > energy[best] for i, e in enumerate(energy)) else best


def _tone_energy(samples: Samples, frequency: float, energy: float) -> float:
    near = goertzel(samples, [frequency * factor for factor in BESIDE])
    return 0.0 if near[2] > energy or near[3] > energy else max(energy, near[0], near[1])


def window(samples: Samples) -> tuple[int | None, bool]:
    """The event of a pair of tones in 205 samples, and whether there is nearly nothing else."""
    total = float((samples.astype(np.float64) ** 2).sum())
    if total < LOUD * WINDOW:
        return None, False
    energy = goertzel(samples, [*ROWS, *COLUMNS])
    row, column = _strongest(energy[:4]), _strongest(energy[4:])
    if row is None or column is None or energy[row] + energy[4 + column] < SHARE_FIRST * total:
        return None, False
    low = _tone_energy(samples, ROWS[row], energy[row])
    high = _tone_energy(samples, COLUMNS[column], energy[4 + column])
    if low <= 0 or high <= 0 or low + high < SHARE * total:
        return None, False
    if low > ROW_STRONGER * high or high > COLUMN_STRONGER * low:
        return None, False
    first, second = goertzel(samples, [2.0 * ROWS[row], 2.0 * COLUMNS[column]])
    if first > HARMONIC * low + HARMONIC_LEAK * high or second > HARMONIC * high:
        return None, False
    return EVENTS[row][column], low + high >= SHARE_PURE * total


@dataclass(slots=True)
class Receiver:
    """One stream's tones."""

    active: bool = False
    event: int = 0
    _samples: Samples = field(default_factory=lambda: np.zeros(0, np.int16))
    _candidate: int | None = None
    _hits: int = 0
    _pure: bool = False
    _misses: int = 0
    _duration: int = 0

    def hear(self, samples: Samples) -> tuple[list[Press], bool]:
        """The presses that ended in these samples, and whether one began."""
        self._samples = np.concatenate([self._samples, samples])
        ended: list[Press] = []
        began = False
        while len(self._samples) >= WINDOW:
            began |= self._judge(*window(self._samples[:WINDOW]), ended)
            self._samples = self._samples[HOP:]
        return ended, began

    def _judge(self, seen: int | None, pure: bool, ended: list[Press]) -> bool:
        again = seen is not None and seen == self._candidate
        self._hits = min(HITS, self._hits + 1) if again else 1
        self._pure = (again and self._pure) or pure
        self._candidate = seen
        if self.active and seen == self.event:
            self._duration += HOP * (self._misses + 1)
            self._misses = 0
        elif self.active:
            self._misses += 1
            if self._misses == MISSES:
                ended.append(self._finish())
        if seen is None or self._hits < HITS or not self._pure or (self.active and seen == self.event):
            return False
        if self.active:
            ended.append(self._finish())
        self.active, self.event, self._misses = True, seen, 0
        self._duration = WINDOW + HOP * (HITS - 1)
        return True

    def _finish(self) -> Press:
        self.active = False
        return Press(self.event, self._duration)


def tone(event: int, length: int) -> Samples:
    """One key of `length` samples, with ramps of 2 ms."""
    row, column = next((r, c) for r in range(4) for c in range(4) if EVENTS[r][c] == event)
    at = np.arange(length)
    low, high = (SINES[(at * int(f * 2**32 / RATE) & 0xFFFFFFFF) >> 22] for f in (ROWS[row], COLUMNS[column]))
    wave = LOW_PEAK * low + HIGH_PEAK * high >> 15
    edge = np.minimum(at + 1, length - at)
    samples: Samples = np.where(edge < RAMP, wave * edge >> 4, wave).astype(np.int16)
    return samples


def following(sender: Sender, frames: int) -> tuple[Samples, bool]:
    """The next samples of the digits to send, silence in the gaps and after them; whether all are out."""
    out = np.zeros(frames, np.int16)
    done = 0
    while done < frames and sender.events:
        event, elapsed, take = sender.tone_step(frames - done)
        part = tone(event, sender.tone)[elapsed : elapsed + take]
        out[done : done + len(part)] = part
        done += take
    return out, not sender.events
