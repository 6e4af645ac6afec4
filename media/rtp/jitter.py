"""An adaptive play-out buffer: samples in with their arrival, samples out at play-out ticks, and which of them are missing.

A frame of position p is played at p + base + target: `base` is the transit of the fastest packet lately, `target` the 98th
percentile of how much later the others were. It rises at once and falls slowly. The position played is brought to where the
target wants it in quiet or missing places only, by leaving frames out or by waiting. All times are frames of 8 kHz, whatever the
stream's own rate; a frame has one sample, or two. A tick asks for frames when the last of them is due. The twin of
kernels/jitter.c.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import deque
from dataclasses import dataclass, field
from enum import Enum

import numpy as np
from numpy.typing import NDArray

RATE = 8000
LINE = 1 << 13  # frames kept: one second
RECENT_PACKETS = 256
PERCENT = 98
DELAY_MIN, DELAY_MAX = 80, 3200  # 10 to 400 ms
FALL_PER_S = 160  # the target falls by so much
QUIET_MEAN_MAX = 60  # mean size of a sample that may be left out or waited on
SLACK = 40  # so much longer than the target a frame may wait
LATE_JUMP, EARLY_JUMP = 8000, 2400  # further from where the clock expects it, a packet begins another stream
LATE_RUN = 4  # so many that are late one after another, too
NEVER = 2**62


class Arrival(Enum):
    """What became of a packet."""

    KEPT = "kept"
    LATE = "late"  # its time has passed: lost for the listener
    BEGAN = "began"  # first of a stream


@dataclass(slots=True)
class Counts:
    """Packets, and frames of what was pulled."""

    packets: int = 0
    late: int = 0
    restarts: int = 0
    played: int = 0
    missing: int = 0
    waited: int = 0
    left_out: int = 0


@dataclass(slots=True)
class Jitter:
    """One listener of one stream at a time. Packets that came twice are the caller's to leave out."""

    width: int = 1
    counts: Counts = field(default_factory=Counts)
    target: int = DELAY_MIN
    _ssrc: int | None = None
    _top_sequence: int = 0
    _end: int = 0  # position after the newest packet
    _at: int = 0  # position played next; nothing before it is kept
    _playing: bool = False
    _base: int = 0
    _fell_at: int = 0
    _late_run: int = 0
    _quiet_until: int = -NEVER  # what is missing before is the sender's pause
    _transits: deque[int] = field(default_factory=deque)
    _ordered: list[int] = field(default_factory=list)
    _line: NDArray[np.int16] = field(init=False)
    _here: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(LINE, np.bool_))

    def __post_init__(self) -> None:
        self._line = np.zeros((LINE, self.width), np.int16)

    @property
    def begun(self) -> bool:
        """Something was heard."""
        return self._ssrc is not None

    def is_over(self, now: int) -> bool:
        """Nothing has come for a second, and no pause was announced."""
        return self._quiet_until != NEVER and now - self._base - self._end > RATE

    def push(self, ssrc: int, sequence: int, timestamp: int, samples: NDArray[np.int16], arrival: int) -> Arrival:
        """One packet, decoded: (frames * width,) samples."""
        self.counts.packets += 1
        size = len(samples) // self.width
        position = self._end + _signed(timestamp - self._end, 32)
        off = arrival - position - self._base
        began = self._ssrc != ssrc or off > LATE_JUMP or off < -EARLY_JUMP or self._late_run >= LATE_RUN
        began = began or position + size > self._at + LINE
        if began:
            position = self._begin(ssrc, sequence, timestamp, arrival)
        if arrival - position - self._base <= DELAY_MAX:  # for more nobody waits
            self._learn(arrival - position, arrival)
        ahead = _signed(sequence - self._top_sequence, 16)
        if ahead > 0:
            self._newer(ahead, position)
            self._top_sequence = sequence & 0xFFFF
        self._end = max(self._end, position + size)
        if position + size <= self._at:
            self.counts.late += 1
            self._late_run += 1
            return Arrival.LATE
        self._late_run = 0
        self._put(position, samples.reshape(size, self.width))
        return Arrival.BEGAN if began else Arrival.KEPT

    def pause(self, ssrc: int, sequence: int, timestamp: int) -> None:
        """The sender said that from here on it is quiet (comfort noise)."""
        if self._ssrc == ssrc and _signed(sequence - self._top_sequence, 16) > 0:
            self._top_sequence, self._quiet_until = sequence & 0xFFFF, NEVER
            self._end = max(self._end, self._end + _signed(timestamp - self._end, 32))

    def unlearn(self, packets: int) -> None:
        """When the newest ones came says nothing of the network."""
        for _ in range(min(packets, len(self._transits) - 1)):
            del self._ordered[bisect_left(self._ordered, self._transits.pop())]
        if self._ordered:
            self._base, self.target = self._ordered[0], self._asked()

    def pull(self, count: int, now: int) -> tuple[NDArray[np.int16], NDArray[np.bool_], NDArray[np.bool_]]:
        """The next `count` frames, which of them are there, and which belong to a pause; what is not there is zero."""
        samples, here, paused = (
            np.zeros((count, self.width), np.int16),
            np.zeros(count, np.bool_),
            np.zeros(count, np.bool_),
        )
        if self._ssrc is None:
            return samples.reshape(-1), here, paused
        wanted = now - count - self._base - self.target
        if not self._playing or abs(wanted - self._at) > DELAY_MAX:
            self._skip(wanted)
            self._playing = True
        waits = self._adjust(wanted - self._at, count)
        places = _places(self._at, count - waits)
        here[waits:] = self._here[places]
        samples[waits:] = np.where(here[waits:, None], self._line[places], 0)
        paused[:waits] = self._at < self._quiet_until
        paused[waits:] = ~here[waits:] & (self._at + np.arange(count - waits) < self._quiet_until)
        self._skip(self._at + count - waits)
        self.counts.played += count
        self.counts.missing += int(count - here.sum() - paused.sum())
        return samples.reshape(-1), here, paused

    def _newer(self, ahead: int, position: int) -> None:
        if self._quiet_until == NEVER:
            self._quiet_until = position
        elif ahead == 1 and position > self._end:
            self._quiet_until = position  # the sender paused

    def _adjust(self, behind: int, count: int) -> int:
        """Come nearer to the target where nobody hears it: leave out frames, or give how many of the next ones wait."""
        if -1 < behind < SLACK or not self._is_quiet(count):
            return 0
        if behind > 0:
            self.counts.left_out += min(behind, count)
            self._skip(self._at + min(behind, count))
            return 0
        self.counts.waited += min(-behind, count)
        return min(-behind, count)

    def _begin(self, ssrc: int, sequence: int, timestamp: int, arrival: int) -> int:
        self.counts.restarts += self._ssrc is not None
        self._ssrc, self._top_sequence = ssrc, sequence & 0xFFFF
        self._end, self._at, self._playing = timestamp, timestamp - LINE // 4, False
        self._base, self._fell_at, self._late_run = arrival - timestamp, arrival, 0
        self._quiet_until = -NEVER
        self._transits.clear()
        self._ordered.clear()
        self._here[:] = False
        return timestamp

    def _learn(self, transit: int, arrival: int) -> None:
        if len(self._transits) == RECENT_PACKETS:
            del self._ordered[bisect_left(self._ordered, self._transits.popleft())]
        self._transits.append(transit)
        insort(self._ordered, transit)
        asked = self._asked()
        fall = max(0, arrival - self._fell_at) * FALL_PER_S // RATE
        if asked >= self.target or fall > 0:
            self._fell_at = arrival
        self._base, self.target = self._ordered[0], max(asked, self.target - fall)

    def _asked(self) -> int:
        """The target that the last packets ask for."""
        count = len(self._ordered)
        late = self._ordered[min(count - 1, count * PERCENT // 100)] - self._ordered[0]
        return min(max(late, DELAY_MIN), DELAY_MAX)

    def _is_quiet(self, count: int) -> bool:
        """The next frames may be left out, or waited on, and nobody hears it."""
        places = _places(self._at, count)
        if not self._here[places].all():
            return True
        total = int(np.abs(self._line[places].astype(np.int32)).sum())
        return total <= QUIET_MEAN_MAX * count * self.width

    def _put(self, position: int, samples: NDArray[np.int16]) -> None:
        first = max(position, self._at)
        places = _places(first, position + len(samples) - first)
        self._line[places], self._here[places] = samples[first - position :], True

    def _skip(self, position: int) -> None:
        """Play on from there: what lies before is gone."""
        if position > self._at:
            self._here[_places(self._at, min(position - self._at, LINE))] = False
        self._at = position


def _places(position: int, count: int) -> NDArray[np.int64]:
    return np.arange(position, position + count) & (LINE - 1)


def _signed(value: int, bits: int) -> int:
    value &= (1 << bits) - 1
    return value - (1 << bits) if value >> (bits - 1) else value
