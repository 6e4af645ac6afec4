"""How hard the switch works: lateness of its timers, its share of the processor, what came; and what to shed for it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable

from twisted.logger import Logger

from softswitch.peers.limits import SHARES_MAX
from softswitch.peers.overload import Overload, Shares, State, Strain
from softswitch.sip.glance import Kind
from softswitch.transport.clock import Clock, Delayed, stop

TICK_S = 0.1


class StrainGauge:
    """Measures every `TICK_S` and asks the controller. `work_s`: processor time of the reactor's thread."""

    _log = Logger(namespace="softswitch.overload")

    def __init__(
        self, clock: Clock, random: Callable[[], float], work_s: Callable[[], float] = time.thread_time
    ) -> None:
        self._clock, self._random, self._work_s = clock, random, work_s
        self._overload = Overload()
        self._shares = Shares()
        self._timer: Delayed | None = None
        self._due = self._at = self._worked = 0.0
        self._waited_s: float | None = None
        self._offered: Counter[Kind] = Counter()
        self._invites: Counter[str] = Counter()
        self.strain = Strain()

    def start(self) -> None:
        """Measure from now on."""
        self._at, self._worked = self._clock.seconds(), self._work_s()
        self._next()

    def stop(self) -> None:
        """Measure no more."""
        stop(self._timer)

    @property
    def state(self) -> State:
        """Whether anything is shed."""
        return self._overload.state

    @property
    def percent(self) -> int:
        """How much of what is offered is shed, 0..100 (the `oc` of RFC 7339)."""
        return self._shares.percent

    def waited(self, seconds: float) -> None:
        """A datagram was read that had waited so long. The least of a tick counts: a queue that is soon empty is none."""
        self._waited_s = seconds if self._waited_s is None else min(self._waited_s, seconds)

    def sheds(self, kind: Kind, source: str, waited_s: float = 0.0) -> bool:
        """Counts a request that may be shed, after so long in the socket; whether to shed this one."""
        self._offered[kind] += 1
        if kind is Kind.INVITE and (source in self._invites or len(self._invites) <= SHARES_MAX):
            self._invites[source] += 1
        share = self._shares.of(kind, source)
        return self._overload.is_late(waited_s) or (share > 0 and self._random() < share)

    def _next(self) -> None:
        self._due = self._clock.seconds() + TICK_S
        self._timer = self._clock.callLater(TICK_S, self._tick)

    def _tick(self) -> None:
        now, worked = self._clock.seconds(), self._work_s()
        busy = min(1.0, (worked - self._worked) / max(now - self._at, 1e-6))
        self.strain = Strain(max(0.0, now - self._due), self._waited_s or 0.0, busy)
        before = self.state
        self._shares = self._overload.observe(now, self.strain, self._offered, self._invites)
        if before is not self.state:
            self._log.warn(
                "{state}: lag {lag} ms, queue {waited} ms, busy {busy} %",
                state="overloaded, shedding begins" if self.state is State.SHEDDING else "overload is over",
                lag=round(1000 * self.strain.lag_s),
                waited=round(1000 * self.strain.waited_s),
                busy=round(100 * busy),
            )
        self._at, self._worked, self._waited_s = now, worked, None
        self._offered.clear()
        self._invites.clear()
        self._next()
