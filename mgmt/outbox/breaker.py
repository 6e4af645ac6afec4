"""A destination that fails again and again is left alone for a while, then tried by one (a circuit breaker).

closed ──`breaker_failures_max` in a row──► open ──`breaker_open_s`──► half open ──one success──► closed
                                             ▲                             │
                                             └────────one failure──────────┘
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from mgmt.limits import breaker_destinations_max, breaker_failures_max, breaker_open_s


class State(Enum):
    """Of a destination."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


@dataclass(frozen=True, slots=True)
class Breaker:
    """One destination. `until`: when an open one is tried again, or the one trial of a half-open one has failed."""

    state: State = State.CLOSED
    failures: int = 0
    until: float = 0.0

    def asked(self, now: float) -> tuple[Breaker, bool]:
        """Whether one may be sent now; the trial of an open breaker is given to who asks first."""
        match self.state:
            case State.CLOSED:
                return self, True
            case State.OPEN | State.HALF_OPEN if now >= self.until:
                return Breaker(State.HALF_OPEN, self.failures, now + breaker_open_s), True
            case _:
                return self, False

    def answered(self, fine: bool, now: float) -> Breaker:
        """After an attempt. What was under way when it opened changes nothing unless it went well."""
        if fine:
            return Breaker()
        failures = self.failures + 1
        match self.state:
            case State.CLOSED if failures < breaker_failures_max:
                return replace(self, failures=failures)
            case State.OPEN:
                return self
            case _:
                return Breaker(State.OPEN, failures, now + breaker_open_s)


class Breakers:
    """Those of all destinations; only the troubled are kept."""

    def __init__(self) -> None:
        self._of: dict[str, Breaker] = {}

    def may(self, destination: str, now: float) -> bool:
        """Whether one may be sent there now."""
        breaker, allowed = self._of.get(destination, Breaker()).asked(now)
        self._keep(destination, breaker)
        return allowed

    def answered(self, destination: str, fine: bool, now: float) -> None:
        """How an attempt there went."""
        self._keep(destination, self._of.get(destination, Breaker()).answered(fine, now))

    def open(self, now: float) -> list[str]:
        """Destinations that are left alone now."""
        return sorted(name for name, one in self._of.items() if one.state is not State.CLOSED and one.until > now)

    def _keep(self, destination: str, breaker: Breaker) -> None:
        self._of.pop(destination, None)
        if breaker != Breaker():
            self._of[destination] = breaker
        if len(self._of) > breaker_destinations_max:
            del self._of[next(iter(self._of))]
