"""Key presses as RTP events (RFC 4733), both ways, in samples.

Heard:  idle --new (timestamp, event)--> pressed --E bit | other event | 150 ms of nothing--> idle, one press told
A press is known by (timestamp, event); the last few finished ones are remembered so that repeated ends tell nothing. Where the
sender's timestamp stands still, the same key again is known by its sequence numbers and its marker, or by a duration that begins
anew after a gap.
"""

from __future__ import annotations

from dataclasses import dataclass, field

CHARACTERS = "0123456789*#ABCD"
SILENT_NS, GAP_NS = 150_000_000, 40_000_000
SEGMENT_MIN = 0xF000
FINISHED = 4
ENDS = 3
OLD_SAMPLES = 80_000
VOLUME_DBM0 = 10
DIGITS_MAX = 32


def _is_before(timestamp: int, other: int) -> bool:
    return 0 < (other - timestamp) & 0xFFFFFFFF < OLD_SAMPLES


@dataclass(frozen=True, slots=True)
class Press:
    event: int
    duration: int


@dataclass(slots=True)
class _Key:
    """A packet of a press, or what is known of a press: `sequence` and `at_ns` are of its newest packet."""

    event: int
    timestamp: int
    duration: int
    sequence: int
    at_ns: int

    def is_same(self, other: _Key) -> bool:
        return (self.timestamp, self.event) == (other.timestamp, other.event)

    def is_newer(self, other: _Key) -> bool:
        return 0 < (self.sequence - other.sequence) & 0xFFFF < 0x8000

    def is_again(self, told: _Key, marker: bool, is_end: bool) -> bool:
        """Not the rest of the press that was told, but the same key once more."""
        begins = marker or (self.duration < told.duration and self.at_ns >= told.at_ns + GAP_NS)
        return not is_end and begins and self.is_newer(told)


@dataclass(slots=True)
class Receiver:
    """One stream's keys."""

    active: bool = False
    _key: _Key = field(default_factory=lambda: _Key(0, 0, 0, 0, 0))
    _before: int = 0
    _finished: list[_Key] = field(default_factory=list)

    def packet(
        self, payload: bytes, marker: bool, sequence: int, timestamp: int, now_ns: int
    ) -> tuple[list[Press], bool]:
        """The presses that ended with this packet (0-2), and whether a new one began."""
        if len(payload) < 4 or payload[0] >= len(CHARACTERS):
            return [], False
        heard = _Key(payload[0], timestamp, int.from_bytes(payload[2:4], "big"), sequence, now_ns)
        ended: list[Press] = []
        is_end, began, key = bool(payload[1] & 0x80), False, self._key
        if not self._goes_with(heard, marker):
            if self._goes_on(heard, marker):
                self._before += key.duration
            elif self._is_old(heard, marker, is_end):
                return [], False
            else:
                ended = [self._finish()] if self.active else []
                self._before = 0
                began = True
            self.active, self._key = True, heard
        key = self._key
        key.at_ns, key.duration = now_ns, max(key.duration, heard.duration)
        if heard.is_newer(key):
            key.sequence = sequence
        if is_end:
            ended.append(self._finish())
        return ended, began

    def expire(self, now_ns: int) -> list[Press]:
        """The press whose end was lost: it is over when it is no longer repeated."""
        return [self._finish()] if self.active and now_ns >= self._key.at_ns + SILENT_NS else []

    def _goes_with(self, heard: _Key, marker: bool) -> bool:
        """A packet of the press that is going on. Its marker, with a duration that begins anew: it is the next one's."""
        is_next = marker and heard.duration < self._key.duration and heard.is_newer(self._key)
        return self.active and heard.is_same(self._key) and not is_next

    def _goes_on(self, heard: _Key, marker: bool) -> bool:
        """RFC 4733 2.5.1.3: a press longer than the duration field goes on under a later timestamp."""
        key = self._key
        follows = (heard.timestamp - key.timestamp) & 0xFFFFFFFF == key.duration
        return self.active and heard.event == key.event and not marker and key.duration >= SEGMENT_MIN and follows

    def forget(self) -> None:
        """The sender begins anew: what it says again is no repetition."""
        self._finished = []

    def _is_old(self, heard: _Key, marker: bool, is_end: bool) -> bool:
        """A first packet is late only if the rest of its press was told: a sound file of packets has its own timestamps."""
        rest = [key for key in self._finished if heard.is_same(key) and not heard.is_again(key, marker, is_end)]
        for key in rest:  # the gap to the next one begins after it
            if heard.is_newer(key):
                key.sequence, key.at_ns = heard.sequence, heard.at_ns
        is_late = not marker and any(_is_before(heard.timestamp, key.timestamp) for key in self._finished)
        return bool(rest) or is_late or (self.active and _is_before(heard.timestamp, self._key.timestamp))

    def _finish(self) -> Press:
        self._finished = [*self._finished, self._key][-FINISHED:]
        self.active = False
        return Press(self._key.event, self._before + self._key.duration)


@dataclass(frozen=True, slots=True)
class Step:
    """What one packet time of sending is: a payload under `timestamp`, or quiet (None), or the end (`over`)."""

    payload: bytes | None = None
    marker: bool = False
    timestamp: int = 0
    over: bool = False


@dataclass(slots=True)
class Sender:
    """Digits to send: each `tone` samples long with `gap` after it. `done` counts those sent since the last end."""

    events: list[int]
    tone: int
    gap: int
    done: int = 0
    _started: bool = False
    _ends: int = 0
    _elapsed: int = 0
    _timestamp: int = 0

    def queue(self, events: list[int], tone: int, gap: int) -> None:
        """More digits after those that wait; what finds no room is dropped, and counts as done."""
        if not self.events:
            self.done = 0
        room = max(0, DIGITS_MAX - len(self.events))
        self.done += len(events[room:])
        self.events += events[:room]
        self.tone, self.gap = tone, gap

    def step(self, frames: int, now_timestamp: int) -> Step:
        """One packet time of `frames` samples; `now_timestamp` is taken when a digit begins here."""
        if not self.events:
            return Step(over=True)
        marker = not self._started
        if marker:
            self._started, self._ends, self._elapsed, self._timestamp = True, 0, 0, now_timestamp
        self._elapsed += frames
        ended = self._elapsed >= self.tone
        if not ended or self._ends < ENDS:
            self._ends += ended
            duration = min(self._elapsed, self.tone)
            payload = bytes([self.events[0], ended << 7 | VOLUME_DBM0]) + duration.to_bytes(2, "big")
            return Step(payload, marker, self._timestamp)
        if self._elapsed < self.tone + self.gap:
            return Step()
        del self.events[0]
        self.done += 1
        self._started = False
        return Step(over=not self.events)

    def tone_step(self, room: int) -> tuple[int, int, int]:
        """For tones: the event, how much of it is out, and how many samples of it and its gap are next, `room` at most."""
        event = self.events[0]
        if not self._started:
            self._started, self._ends, self._elapsed, self._timestamp = True, 0, 0, 0
        elapsed = self._elapsed
        take = min(room, max(1, self.tone + self.gap - elapsed))
        self._elapsed += take
        if self._elapsed >= self.tone + self.gap:
            del self.events[0]
            self.done += 1
            self._started = False
        return event, elapsed, take
