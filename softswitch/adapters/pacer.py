"""Turns for what may not all be sent at once: a queue that gives so many a second, a few at once when it was idle."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

TICK_S = 0.02


class Pacer:
    """A token bucket of `burst` turns in front of a queue, filled by `per_s` turns a second."""

    def __init__(self, clock: Any, per_s: float, burst: int) -> None:
        self._clock, self._per_s, self._burst = clock, per_s, burst
        self._queue: deque[Callable[[], None]] = deque()
        self._tokens, self._filled_at = float(burst), clock.seconds()
        self._running = False

    def queue(self, turn: Callable[[], None]) -> None:
        """Calls `turn` when it may go: later, never before this returns."""
        self._queue.append(turn)
        if not self._running:
            self._running = True
            self._clock.callLater(0, self._run)

    def _run(self) -> None:
        now = self._clock.seconds()
        self._tokens = min(float(self._burst), self._tokens + (now - self._filled_at) * self._per_s)
        self._filled_at = now
        while self._queue and self._tokens >= 1:
            self._tokens -= 1
            self._queue.popleft()()
        self._running = bool(self._queue)
        if self._running:
            self._clock.callLater(TICK_S, self._run)
