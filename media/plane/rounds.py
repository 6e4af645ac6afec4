"""Looks that need no exact time come together, a few times a second: each for itself would wake the process up for little."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from itertools import count
from typing import Any

PERIOD_S = 0.1


class Rounds:
    """Calls that come up to PERIOD_S late, never early. There is no timer while nothing is to come."""

    def __init__(self, reactor: Any) -> None:
        self._reactor = reactor
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._number = count()
        self._is_going = False

    def later(self, seconds: float, look: Callable[[], None]) -> None:
        """Call `look` once, after so many seconds. It cannot be taken back: whoever is gone by then does nothing."""
        heapq.heappush(self._due, (self._reactor.seconds() + seconds, next(self._number), look))
        if not self._is_going:
            self._is_going = True
            self._reactor.callLater(PERIOD_S, self._go)

    def _go(self) -> None:
        now = self._reactor.seconds()
        while self._due and self._due[0][0] <= now:
            self._reactor.callLater(0, heapq.heappop(self._due)[2])  # one that breaks must not take the others with it
        self._is_going = bool(self._due)
        if self._is_going:
            self._reactor.callLater(PERIOD_S, self._go)
