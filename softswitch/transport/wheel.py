"""A clock whose timers share ticks: a node has thousands of them, most are cancelled, and none needs more than TICK_S.

```
  callLater --> the list of its tick --- the tick is due ---> called, with all others of the tick
                     |
                     +-- cancel: taken out at once
```
Only the next tick with timers is a call of the clock underneath. A timer is late by less than its tick, never early.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from typing import Any

from softswitch.transport.clock import Clock, Delayed

TICK_S = 0.01
COARSE = ((30.0, 100), (1.0, 5))
"""From so many seconds on, a timer keeps to every so manieth tick: fewer wake-ups, and few ticks with timers hours ahead."""


class Turn:
    """One timer; see `clock.Delayed`."""

    __slots__ = ("_arguments", "_call", "_tick", "_wheel")

    def __init__(self, wheel: Wheel, call: Callable[..., Any], arguments: tuple[Any, ...], tick: int) -> None:
        self._wheel = wheel
        self._call: Callable[..., Any] | None = call
        self._arguments = arguments
        self._tick: int | None = tick

    def active(self) -> bool:
        """Whether it is still to come."""
        return self._tick is not None

    def cancel(self) -> None:
        """Forget it."""
        if self._tick is not None:
            self._wheel.forget(self, self._tick)
            self._tick, self._call, self._arguments = None, None, ()

    def reset(self, secondsFromNow: float) -> None:
        """Move it."""
        if self._tick is not None:
            self._wheel.forget(self, self._tick)
            self._tick = self._wheel.take(self, secondsFromNow)

    def run(self) -> None:
        """For the wheel: it is due, unless another one of its tick has cancelled it."""
        call, arguments = self._call, self._arguments
        if call is not None:
            self._tick, self._call, self._arguments = (
                None,
                None,
                (),
            )  # whoever keeps the timer keeps nothing of its call
            call(*arguments)


class Wheel:
    """See the module. It is a `clock.Clock` over another one."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._ticks: dict[int, dict[Turn, None]] = {}
        self._order: list[int] = []
        self._next: tuple[int, Delayed] | None = None
        self.seconds = clock.seconds

    def callLater(self, delay: float, callable: Callable[..., Any], *args: Any) -> Delayed:
        """Calls `callable(*args)` after `delay` seconds; without delay in the very next turn of the clock underneath."""
        if delay <= 0:
            return self._clock.callLater(0, callable, *args)
        turn = Turn(self, callable, args, 0)
        turn._tick = self.take(turn, delay)
        return turn

    def __len__(self) -> int:
        return sum(map(len, self._ticks.values()))

    # --- for the timers ---

    def take(self, turn: Turn, delay: float) -> int:
        """Puts a timer on the tick that is due after `delay`."""
        tick = int((self.seconds() + delay) / TICK_S) + 1
        for seconds, ticks in COARSE:
            if delay >= seconds:
                tick += -tick % ticks
                break
        turns = self._ticks.get(tick)
        if turns is None:
            turns = self._ticks[tick] = {}
            heapq.heappush(self._order, tick)
            if self._next is None or tick < self._next[0]:
                self._arm(tick)
        turns[turn] = None
        return tick

    def forget(self, turn: Turn, tick: int) -> None:
        """Takes a timer out."""
        turns = self._ticks.get(tick)
        if turns is not None:
            turns.pop(turn, None)

    # --- inside ---

    def _arm(self, tick: int) -> None:
        if self._next is not None:
            self._next[1].cancel()
        self._next = tick, self._clock.callLater(max(0.0, tick * TICK_S - self.seconds()), self._due)

    def _due(self) -> None:
        self._next = None
        now = self.seconds() + TICK_S / 100  # 0.1 + 0.2 is not 0.3
        try:
            while self._order and self._order[0] * TICK_S <= now:
                self._run(iter(list(self._ticks.pop(heapq.heappop(self._order)))))
        finally:
            while self._order and not self._ticks[self._order[0]]:  # all of them were cancelled
                del self._ticks[heapq.heappop(self._order)]
            if self._order:
                self._arm_first(self._order[0])

    def _arm_first(self, tick: int) -> None:
        """A timer that ran may have set a later one, which is no reason to wait for that."""
        if self._next is None or tick < self._next[0]:
            self._arm(tick)

    def _run(self, turns: Iterator[Turn]) -> None:
        try:
            for turn in turns:
                turn.run()
        finally:  # one that breaks must not take the others with it
            for turn in turns:
                self._clock.callLater(0, turn.run)
