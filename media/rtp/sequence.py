"""The order of an incoming stream (RFC 3550 A.1): expected, counted, duplicates, reordering, restarts. Wraps at 65,536."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

from media.rtp.bursts import Bursts

DROPOUT_MAX = 3000
MISORDER_MAX = 100
WINDOW_PACKETS = 64
NOTHING_NEW_MAX = 25
"""No network repeats so many packets with no new one between them: the sender plays a short file in a circle."""
_FIRST_CYCLE = 0x10000
_NO_BAD = 0x10001


class Arrival(IntEnum):
    NEW = 0
    DUPLICATE = 1
    OLD = 2
    JUMP = 3
    RESTART = 4


@dataclass(slots=True)
class Sequence:
    """One stream. Lost packets are `expected - (counted - duplicates)`."""

    expected: int = 0
    counted: int = 0
    duplicates: int = 0
    reordered: int = 0
    late: int = 0
    max_sequence: int = 0
    bursts: Bursts = field(default_factory=Bursts)
    _started: bool = False
    _base: int = 0
    _top: int = 0
    _bad: int = _NO_BAD
    _before: int = 0
    _window: int = 0
    _late: int = 0
    _judged: int = 0
    _nothing_new: int = 0
    _again_first: int = 0
    _loop: tuple[int, int] | None = None  # the last packet of a round, the first of the next

    def restart(self) -> None:
        """Another stream follows: what was expected of the old one stays."""
        self.end()
        self._before = self.expected
        self._started = False

    def end(self) -> None:
        """Nothing more comes: the last packets are judged."""
        if self._started:
            self._judge(self._top + 1)

    def mark_late(self, sequence: int) -> None:
        """A packet that came, but too late to be played."""
        self.late += 1
        back = (self._top - sequence) & 0xFFFF
        if back < WINDOW_PACKETS:
            self._late |= 1 << back

    def _judge(self, end: int) -> None:
        """Packets before `end` are judged: those out of the window will not be waited for."""
        while self._judged < end:
            back = self._top - self._judged
            self.bursts.packet(back >= 0 and bool(self._window >> back & 1) and not self._late >> back & 1)
            self._judged += 1

    def is_past(self, sequence: int) -> bool:
        """No newer than what came."""
        return self._started and (self._top - sequence) & 0xFFFF < MISORDER_MAX

    def ahead(self, sequence: int) -> int | None:
        """Of the newest."""
        return ((sequence - self._top + 0x8000) & 0xFFFF) - 0x8000 if self._started else None

    def arrive(self, sequence: int) -> Arrival:
        """Count one packet."""
        result = Arrival.NEW
        ahead = (sequence - self._top) & 0xFFFF
        if not self._started:
            self._begin(sequence)
        elif 0 < ahead < DROPOUT_MAX:
            self._judge(self._top + ahead - WINDOW_PACKETS + 1)
            self._top += ahead
            self._late = (self._late << ahead) & (2**WINDOW_PACKETS - 1)
            self._window = (self._window << ahead | 1) & (2**WINDOW_PACKETS - 1) if ahead < WINDOW_PACKETS else 1
            self._nothing_new = 0
        elif 0 < ahead <= 65536 - MISORDER_MAX:
            if sequence != self._bad:
                self._bad = (sequence + 1) & 0xFFFF
                return Arrival.JUMP
            self.restart()
            self._begin(sequence)
            result = Arrival.RESTART
        elif self._begins_again(sequence):
            self.restart()
            self._begin(sequence)
            result = Arrival.RESTART
        else:
            result = self._older((65536 - ahead) & 0xFFFF)
        self.counted += 1
        self.expected = self._before + self._top - self._base + 1
        self.max_sequence = self._top - _FIRST_CYCLE
        return result

    def _begin(self, sequence: int) -> None:
        self._base = self._top = self._judged = _FIRST_CYCLE + sequence
        self._bad = _NO_BAD
        self._window, self._late = 1, 0
        self._nothing_new = 0
        self._started = True

    def _begins_again(self, sequence: int) -> bool:
        """The next round of one that is known, or so many packets of before in a row."""
        if self._nothing_new == 0:
            self._again_first = sequence
        self._nothing_new += 1
        last = self._top & 0xFFFF
        is_known = self._nothing_new == 1 and self._loop == (last, sequence)
        if not is_known and self._nothing_new <= NOTHING_NEW_MAX:
            return False
        self._loop = last, self._again_first
        return True

    def _older(self, back: int) -> Arrival:
        if back < WINDOW_PACKETS:
            if self._window >> back & 1:
                self.duplicates += 1
                return Arrival.DUPLICATE
            self._window |= 1 << back
        if self._top - back < self._base:
            if self._judged == self._base:
                self._judged = self._top - min(back, WINDOW_PACKETS - 1)
            self._base = self._top - back
        self.reordered += 1
        return Arrival.OLD
