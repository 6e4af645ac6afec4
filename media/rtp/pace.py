"""Senders whose timestamps go wrong, stand still or are of another clock: their packets are counted instead."""

from __future__ import annotations

from dataclasses import dataclass

WINDOW, FIRST_WINDOW = 16, 4
WRONG_WINDOWS = 2
FORWARD_MAX, PAUSE_MIN = 16_000, 800
EVEN_FROM, EVEN_MAX, PAIRS_FROM, PAIRS_MAX = 120, 40, 240, 160


def _distance(a: int, b: int) -> int:
    apart = (a - b) & 0xFFFFFFFF
    return min(apart, 2**32 - apart)


@dataclass(slots=True)
class Pace:
    """Sixteen packets that follow each other are judged together. Their timestamps are wrong when they came about as fast as they
    are long, and their timestamps say otherwise; twice in a row, so that one jump of a clock stays what it is. Pauses (DTX) come
    as late as their timestamps say. Once wrong, they are right again when they say how long the packets are or when they came;
    packets that came unevenly prove neither. Two packets in a row of one timestamp are wrong at once, and so are the first four
    of a stream.

    Who counts packets in place of time goes on after a pause as if there had been none: the time that passed is added, once the
    next packets come as late as the first, which they do not where the network held them up. Few of them may come at once. All
    times in samples.
    """

    _known: bool = False
    _sequence: int = 0
    _stamp: int = 0
    _out: int = 0
    _arrival: int = 0
    shift: int = 0
    _stood: int = 0
    _is_judged: bool = False
    _frames: int = 0
    _first_stamp: int = 0
    _first_arrival: int = 0
    _in_window: int = 0
    packets: int = 0
    _wrong_windows: int = 0
    _key: tuple[int, int] | None = None  # the timestamp of the key that is pressed, and the one in its place

    def restart(self) -> None:
        """Another stream follows."""
        self._known, self._wrong_windows, self._key, self.packets = False, 0, None, 0
        self.shift, self._stood, self._is_judged = 0, 0, False

    def stamp(self, sequence: int, stamp: int, frames: int, arrival: int) -> int:
        """The timestamp to use for a packet of `frames`."""
        step = (sequence - self._sequence) & 0xFFFF
        step -= (step >> 15) << 16
        if self._known and step == 1:
            if stamp == self._stamp and self._frames:
                self._wrong_windows = WRONG_WINDOWS
            self.packets, self._in_window = self.packets + 1, self._in_window + self._frames
            self._notice_pause(stamp, arrival)
        out = (stamp + self.shift) & 0xFFFFFFFF
        if self._wrong_windows == WRONG_WINDOWS:
            out = (self._out + step * self._frames) & 0xFFFFFFFF
        if self._known and step <= 0:
            return out
        if not self._known or step > 1:
            self._begin_window(stamp, arrival)
        elif self.packets == (WINDOW if self._is_judged else FIRST_WINDOW):
            self._judge(stamp, arrival)
        self._known, self._sequence, self._stamp, self._out, self._frames = True, sequence, stamp, out, frames
        self._arrival = arrival
        return out

    def goes_on(self, newest: int, stamp: int) -> bool:
        """Whether it is newer than that of the newest packet of all, where timestamps mean something."""
        is_newer = 0 < (stamp - self._stamp) & 0xFFFFFFFF <= FORWARD_MAX
        return self._known and self._sequence == newest and self._wrong_windows < WRONG_WINDOWS and is_newer

    def key(self, stamp: int, marker: bool) -> int:
        """The same for a packet of a key, all of whose packets have one."""
        if self._wrong_windows < WRONG_WINDOWS:
            self._key = None
            return (stamp + self.shift) & 0xFFFFFFFF
        if self._key is None or marker or stamp != self._key[0]:
            self._key = stamp, (self._out + self._frames) & 0xFFFFFFFF
        return self._key[1]

    def _notice_pause(self, stamp: int, arrival: int) -> None:
        longer = arrival - self._arrival - self._frames
        if self._stood:
            passed = arrival - self._first_arrival
            excess = self._in_window - passed
            is_even = passed >= EVEN_FROM and excess <= EVEN_MAX
            is_pause = is_even or (passed >= PAIRS_FROM and excess <= PAIRS_MAX)
            if is_pause:
                self.shift, self._out = self.shift + self._stood & 0xFFFFFFFF, self._out + self._stood & 0xFFFFFFFF
            if is_pause or excess > self._stood // 2:
                self._stood = 0
        goes_on = (stamp - self._stamp) & 0xFFFFFFFF == self._frames or self._wrong_windows == WRONG_WINDOWS
        if longer > PAUSE_MIN and goes_on:
            self._begin_window(stamp, arrival)
            self._stood = longer

    def _begin_window(self, stamp: int, arrival: int) -> None:
        self._first_stamp, self._first_arrival = stamp, arrival
        self._in_window = self.packets = self._stood = 0

    def _judge(self, stamp: int, arrival: int) -> None:
        lasted, came, said = self._in_window, arrival - self._first_arrival, stamp - self._first_stamp
        is_right = _distance(said, lasted) <= lasted // 2 or _distance(said, came) <= lasted // 4
        is_paced, is_wrong = _distance(came, lasted) <= lasted // 4, self._wrong_windows == WRONG_WINDOWS
        if is_right or not (is_paced or is_wrong):
            self._wrong_windows = 0
        elif not is_wrong:
            self._wrong_windows = self._wrong_windows + 1 if self._is_judged else WRONG_WINDOWS
        self._is_judged = True
        self._begin_window(stamp, arrival)
