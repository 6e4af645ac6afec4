"""Rooms: everybody hears the sum of the loudest few without himself (N-1 mixing). The twin of kernels/conference.c.

A room has no tick of its own: whichever member is due first mixes the blocks that are missing, and each reads its window
[due - ptime, due) of the room's time line, so no member's lateness or packet time shifts another's. All times are samples.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from media.audio.playout import Playout

BLOCK, RING, AHEAD, SPEAKERS = 80, 1600, 800, 4
PEAK, GAIN_ONE, GAIN_STEP, RAMP = 31000, 1 << 15, 256, 16
TOGETHER = 16
LOUD, QUIET = 53700 * BLOCK, 5370 * BLOCK  # energy of a block at -40 and -50 dBov
FADE_FACTOR, FADE_SHIFT = 819, 16

Samples = NDArray[np.int16]
Sum = NDArray[np.int64]


def _ring() -> Sum:
    return np.zeros(RING, np.int64)


@dataclass(slots=True, eq=False)
class Seat:
    """One member, heard through `ear`. `ring` holds what was added to the mix before the room's head.

    `to`: the only member that hears this one; None = all do.
    """

    ear: Playout

    muted: bool = False
    deaf: bool = False
    to: int | None = None
    ring: Sum = field(default_factory=_ring)
    level: int = 0
    added_until: int = 0
    adding: bool = False
    speaking: bool = False

    def forget_sound(self) -> None:
        self.ring[:] = 0
        self.adding = False
        self.added_until = 0

    @property
    def rank(self) -> int:
        """Who is in stays until someone is twice as loud."""
        return self.level << self.adding

    def hear(self, head: int) -> None:
        """The next block of what this member says."""
        self.ring[np.arange(head, head + BLOCK) % RING] = self.ear.pull(
            BLOCK, head + BLOCK, self.adding or self.to is not None
        )

    def measure(self, block: NDArray[np.int64]) -> bool | None:
        """The level after one more block at these places; whether speaking began or ended."""
        energy = 0 if self.muted else int((self.ring[block] ** 2).sum())
        self.level = max(energy, self.level - (self.level >> 4))
        speaking = self.level > (QUIET if self.speaking else LOUD)
        changed, self.speaking = speaking != self.speaking, speaking
        return speaking if changed else None

    def enter_or_leave(self, block: NDArray[np.int64], chosen: bool, until: int) -> None:
        if chosen != self.adding:
            steps = np.arange(BLOCK) if chosen else np.arange(BLOCK)[::-1]
            self.ring[block] = self.ring[block] * steps * FADE_FACTOR >> FADE_SHIFT
        elif not chosen:
            self.ring[block] = 0
        if chosen or self.adding:
            self.added_until = until
        self.adding = chosen


Speaking = Callable[[int, bool], None]


@dataclass(slots=True, eq=False)
class Room:
    """`seats`: who is here, by leg, the last to join first."""

    number: int = 0
    head: int = 0
    seats: dict[int, Seat] = field(default_factory=dict)
    _sum: Sum = field(default_factory=_ring)
    _gain: int = GAIN_ONE

    def restart(self, at: int) -> None:
        """Nobody was due for long, or the room is new: an empty time line that begins now."""
        self.head = at - at % BLOCK
        self._gain = GAIN_ONE
        self._sum[:] = 0
        for seat in self.seats.values():
            seat.forget_sound()

    def join(self, leg: int, ear: Playout, now: int, muted: bool, deaf: bool, to: int | None) -> None:
        """Take a seat, or change how one sits. `ear`: a new one, taken with the seat and when others hear through it."""
        if leg not in self.seats:
            if not self.seats:
                self.restart(now)
            self.seats = {leg: Seat(ear), **self.seats}
        seat = self.seats[leg]
        if seat.to != to:
            seat.forget_sound()
            seat.ear = ear
        seat.muted, seat.deaf, seat.to = muted, deaf, to

    def leave(self, leg: int) -> None:
        """What was for one only is never for another that comes to its place."""
        del self.seats[leg]
        for seat in self.seats.values():
            if seat.to == leg:
                seat.muted = True

    def read(self, leg: int, until: int, frames: int, speaking: Speaking) -> Samples:
        """What this member hears in [until - frames, until)."""
        if until > self.head + AHEAD:
            self.restart(until)
        while self.head < until:
            self._mix(speaking)
        seat, at = self.seats[leg], np.arange(until - frames, until) % RING
        if seat.deaf:
            return np.zeros(frames, np.int16)
        heard = self._sum[at] - (seat.ring[at] if seat.to is None else 0)
        for other in self.seats.values():
            if other.to == leg:
                heard = heard + other.ring[at]
        samples: Samples = np.clip(heard, -32768, 32767).astype(np.int16)
        return samples

    def _mix(self, speaking: Speaking) -> None:
        block = np.arange(self.head, self.head + BLOCK) % RING
        for seat in self.seats.values():
            seat.hear(self.head)
        chosen = self._choose(block, speaking)
        for leg, seat in self.seats.items():
            seat.enter_or_leave(block, leg in chosen, self.head + BLOCK)
        heard = [seat for seat in self.seats.values() if seat.added_until > self.head]
        self._limit(block, heard)
        self._sum[block] = sum((seat.ring[block] for seat in heard if seat.to is None), np.zeros(BLOCK, np.int64))
        self.head += BLOCK

    def _choose(self, block: NDArray[np.int64], speaking: Speaking) -> set[int]:
        for leg, seat in self.seats.items():
            changed = seat.measure(block)
            if changed is not None:
                speaking(leg, changed)
        loud = [leg for leg, s in self.seats.items() if s.to is None and not s.muted and s.level]
        loud.sort(key=lambda leg: -self.seats[leg].rank)
        return {*loud[:SPEAKERS], *(leg for leg, s in self.seats.items() if s.to is not None and not s.muted)}

    def _limit(self, block: NDArray[np.int64], heard: list[Seat]) -> None:
        """The gain falls over 2 ms when it must and rises over a second; no sample gets more than it has room for."""
        magnitude = sum((np.abs(seat.ring[block]) for seat in heard), np.zeros(BLOCK, np.int64))
        peak, target = int(magnitude.max()), min(self._gain + GAIN_STEP, GAIN_ONE)
        if peak > PEAK:
            target = min(target, PEAK * GAIN_ONE // peak)
        if target == self._gain == GAIN_ONE:
            return
        gains = np.full(BLOCK, target, np.int64)
        gains[:RAMP] = self._gain + ((target - self._gain) * np.arange(RAMP) >> 4)
        gains = np.minimum(gains, PEAK * GAIN_ONE // np.maximum(magnitude, 1))
        for seat in heard:
            seat.ring[block] = seat.ring[block] * gains >> 15
        self._gain = target
