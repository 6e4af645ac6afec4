"""An adaptive play-out buffer: samples in with their arrival, samples out at play-out ticks, and which of them are missing.

A sample of position p is played at p + base + target: `base` is the transit of the fastest packet lately, `target` the 98th
percentile of how much later the others were. It rises at once and falls slowly. The position played is brought to where the
target wants it in quiet or missing places only, by leaving samples out or by waiting. All times are samples of the stream's
clock; a tick asks for samples when the last of them is due.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from enum import Enum

import numpy as np
from numpy.typing import NDArray

RATE = 8000
LINE = 1 << 15  # samples kept: four seconds
RECENT_PACKETS = 256
PERCENTILE = 0.98
QUIET_MEAN_MAX = 60  # mean size of a sample that may be left out or waited on
SLACK = 40  # so much longer than the target a sample may wait
JUMP = 2 * RATE  # further from where the clock expects it, a packet begins another stream


class Arrival(Enum):
    """What became of a packet."""

    KEPT = "kept"
    DUPLICATE = "duplicate"
    LATE = "late"  # its time has passed: lost for the listener
    BEGAN = "began"  # first of a stream


@dataclass(frozen=True, slots=True)
class Limits:
    """In samples: the target stays between the first two; it falls by the third in a second."""

    delay_min: int = 80
    delay_max: int = 3200
    fall_per_s: int = 160


@dataclass(slots=True)
class Counts:
    packets: int = 0
    late: int = 0
    duplicates: int = 0
    restarts: int = 0
    played: int = 0
    missing: int = 0
    waited: int = 0
    left_out: int = 0


@dataclass(slots=True)
class Jitter:
    """One listener of one stream at a time."""

    limits: Limits = field(default_factory=Limits)
    counts: Counts = field(default_factory=Counts)
    target: int = 0
    _ssrc: int | None = None
    _top_sequence: int = 0
    _end: int = 0  # position after the newest packet
    _at: int | None = None  # position played next; None before the first tick
    _base: int = 0
    _fell_at: int = 0
    _transits: deque[int] = field(default_factory=lambda: deque(maxlen=RECENT_PACKETS))
    _line: NDArray[np.int16] = field(default_factory=lambda: np.zeros(LINE, np.int16))
    _here: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(LINE, np.bool_))

    def push(self, ssrc: int, sequence: int, timestamp: int, samples: NDArray[np.int16], arrival: int) -> Arrival:
        """One packet, decoded."""
        self.counts.packets += 1
        position = self._end + _signed(timestamp - self._end, 32)
        began = self._ssrc != ssrc or abs(arrival - position - self._base) > JUMP
        if began:
            position = self._begin(ssrc, sequence, timestamp, arrival)
        self._learn(arrival - position, arrival)
        ahead = _signed(sequence - self._top_sequence, 16)
        if ahead == 1 and position > self._end:
            self._put(self._end, np.zeros(min(position - self._end, LINE // 2), np.int16))  # the sender paused
        if ahead > 0:
            self._top_sequence = sequence & 0xFFFF
        self._end = max(self._end, position + len(samples))
        if self._at is not None and position + len(samples) <= self._at:
            self.counts.late += 1
            return Arrival.LATE
        if not began and bool(self._here[_places(position, len(samples))].all()):
            self.counts.duplicates += 1
            return Arrival.DUPLICATE
        self._put(position, samples)
        return Arrival.BEGAN if began else Arrival.KEPT

    def pull(self, count: int, now: int) -> tuple[NDArray[np.int16], NDArray[np.bool_]]:
        """The next `count` samples and which of them are there; what is not is zero."""
        samples, here = np.zeros(count, np.int16), np.zeros(count, np.bool_)
        if self._ssrc is None:
            return samples, here
        wanted = now - count - self._base - self.target
        if self._at is None or abs(wanted - self._at) > self.limits.delay_max:
            self._skip(wanted)
        waits = self._adjust(wanted - self._position, count)
        places = _places(self._position, count - waits)
        here[waits:] = self._here[places]
        samples[waits:] = np.where(here[waits:], self._line[places], 0)
        self._skip(self._position + count - waits)
        self.counts.played += count
        self.counts.missing += int(count - waits - here.sum())
        return samples, here

    @property
    def _position(self) -> int:
        return self._at or 0

    def _adjust(self, behind: int, count: int) -> int:
        """Come nearer to the target where nobody hears it: leave out samples, or give how many of the next ones wait."""
        if -1 < behind < SLACK or not self._is_quiet(count):
            return 0
        if behind > 0:
            self.counts.left_out += min(behind, count)
            self._skip(self._position + min(behind, count))
            return 0
        self.counts.waited += min(-behind, count)
        return min(-behind, count)

    def _begin(self, ssrc: int, sequence: int, timestamp: int, arrival: int) -> int:
        self.counts.restarts += self._ssrc is not None
        self._ssrc, self._top_sequence = ssrc, sequence & 0xFFFF
        self._end, self._at = timestamp, None
        self._base, self._fell_at = arrival - timestamp, arrival
        self._transits.clear()
        self._here[:] = False
        self.target = max(self.target, self.limits.delay_min)
        return timestamp

    def _learn(self, transit: int, arrival: int) -> None:
        self._transits.append(transit)
        ordered = sorted(self._transits)
        base = ordered[0]
        late = ordered[min(len(ordered) - 1, int(PERCENTILE * len(ordered)))] - base
        asked = min(max(late, self.limits.delay_min), self.limits.delay_max)
        fall = (arrival - self._fell_at) * self.limits.fall_per_s // RATE
        if asked >= self.target or fall > 0:
            self._fell_at = arrival
        self._base, self.target = base, asked if asked > self.target else max(asked, self.target - max(0, fall))

    def _is_quiet(self, count: int) -> bool:
        """The next samples may be left out, or waited on, and nobody hears it."""
        places = _places(self._position, count)
        if not self._here[places].all():
            return True
        return float(np.abs(self._line[places].astype(np.int32)).mean()) <= QUIET_MEAN_MAX

    def _put(self, position: int, samples: NDArray[np.int16]) -> None:
        first = position if self._at is None else max(position, self._at)
        samples = samples[first - position :][-LINE:]
        places = _places(first, len(samples))
        self._line[places], self._here[places] = samples, True

    def _skip(self, position: int) -> None:
        """Play on from there: what lies before is gone."""
        if self._at is not None and position > self._at:
            self._here[_places(self._at, min(position - self._at, LINE))] = False
        self._at = position


def _places(position: int, count: int) -> NDArray[np.int64]:
    return np.arange(position, position + count) & (LINE - 1)


def _signed(value: int, bits: int) -> int:
    value &= (1 << bits) - 1
    return value - (1 << bits) if value >> (bits - 1) else value
