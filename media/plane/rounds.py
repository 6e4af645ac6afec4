"""What all legs need now and then and no exact time: windows and RTCP, of those that are due together, five times a second.

Each for itself would wake the process up for little.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from twisted.logger import Logger

from media.plane.engine import Engine
from media.plane.legs import Leg, Legs
from media.plane.reporting import Reporting
from media.plane.reports import Told
from media.plane.windows import LegWindows, Tell

PERIOD_S = 0.2


class Rounds:
    """There is no timer while there is no leg. `name`: our CNAME; `wall`: the time of day at a moment of the engine's clock."""

    _log = Logger()

    def __init__(
        self, reactor: Any, engine: Engine, legs: Legs, name: str, wall: Callable[[float], float], tell: Tell
    ) -> None:
        self._reactor, self._engine, self._legs, self._wall = reactor, engine, legs, wall
        self.reporting = Reporting(engine.statistics, name)
        self._windows = LegWindows(engine.statistics, tell)
        self._open: set[int] = set()
        self._is_going = False

    def begin(self, place: int) -> Told:
        """A leg opens; what its far end is told will be kept in what is returned."""
        now = self._engine.now() / 1e9
        self._open.add(place)
        self._windows.begin(place, now)
        if not self._is_going:
            self._is_going = True
            self._reactor.callLater(PERIOD_S, self._go)
        return self.reporting.begin(place, now)

    def end(self, place: int) -> None:
        """The leg is closed."""
        self._open.discard(place)
        self._windows.end(place)
        self.reporting.end(place)

    def _go(self) -> None:
        self._is_going = bool(self._open)
        if not self._is_going:
            return
        self._reactor.callLater(PERIOD_S, self._go)
        now = self._engine.now() / 1e9
        for work in (self._tell_windows, self._report):
            try:
                work(now)
            except Exception:  # of this round; the next ones come
                self._log.failure("a round of windows and reports broke")

    def _tell_windows(self, now: float) -> None:
        self._windows.tell(self._at(self._windows.due(now)), now, round(time.time(), 3))

    def _report(self, now: float) -> None:
        self.reporting.send(self._at(self.reporting.due(now)), now, self._wall(now))

    def _at(self, places: list[int]) -> list[Leg]:
        found = [self._legs.on(place) for place in places]
        return [leg for leg in found if leg is not None and not leg.closed]
