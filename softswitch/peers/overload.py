"""How much to turn away when there is too much to do: a controller on lag, queue and load (RFC 5390, 6357, 7339 7).

```
            pressure >= 1 for ENTER_S                 no need to shed for LEAVE_S
     calm ------------------------------> shedding ------------------------------> calm
                                          |  ^   pressure >= 1: the budget shrinks, at most once in SETTLE_S
                                          +--+   pressure < LOW: it grows; between: it stays
```
While shedding, a request that has waited WAITED_S in the socket is turned away whatever the budget says: so what waits is
told soon, and what is let in is fresh. Else the one server in order would answer everybody late, and a late answer serves
nobody. A calm node serves what waited: it only stumbled.

The budget is work a second, learnt from what was admitted when the node could not keep up. New calls get it first, then
REGISTER, then all else; between the sources of calls it is shared fairly: nobody loses who asks for less than his share.
What is in a dialog, answers, emergency calls and pings of trunks never come here. `now` never steps back.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum

from softswitch.peers.limits import SHARES_MAX
from softswitch.sip.glance import Kind

LAG_S = 0.05
"""So late may a timer be."""

WAITED_S = 0.2
"""So long may a datagram wait in the socket."""

BUSY = 0.95
"""So much of its time may the reactor be at work; `_BUSY_LOW` below it counts as half the pressure."""

_BUSY_LOW = 0.10
LOW = 0.5
ENTER_S = 0.2
LEAVE_S = 1.0
SETTLE_S = 0.3
SHRINK = 0.9
FLOOR = 0.2
"""Of what was admitted when shedding began: so much is always let in, whatever the trouble is."""

GROWTH_PER_S = 1.3
SMOOTH_S = 0.4
_RATE_FORGOTTEN = 0.05
_OTHERS = ""
COST: Mapping[Kind, float] = {Kind.INVITE: 8.0, Kind.REGISTER: 2.0, Kind.OTHER: 1.0}
"""Work of one request of each kind, in OPTIONS."""


class State(Enum):
    """See the figure."""

    CALM = "calm"
    SHEDDING = "shedding"


@dataclass(frozen=True, slots=True)
class Strain:
    """What was measured: lateness of timers, age of the freshest datagram read, share of time at work (0..1).

    A queue of which even the freshest is old stands; one that came while others had the processor is soon gone (RFC 8289 3).
    """

    lag_s: float = 0.0
    waited_s: float = 0.0
    busy: float = 0.0

    @property
    def pressure(self) -> float:
        """1 is all that the node should bear, `LOW` is comfortable.

        Late timers of a node that is not busy are the work of others (a slow disk, a shared machine), which shedding does
        not mend: then they count as what waits in the socket.
        """
        at_work = 1 + (self.busy - BUSY) / (2 * _BUSY_LOW)
        late = self.lag_s / (LAG_S if self.busy >= BUSY - 2 * _BUSY_LOW else WAITED_S)
        return max(late, self.waited_s / WAITED_S, at_work, 0.0)


@dataclass(frozen=True, slots=True)
class Shares:
    """What part of each kind to turn away, 0..1; of INVITEs, by source. `percent`: of all that was offered."""

    register: float = 0.0
    other: float = 0.0
    invite: float = 0.0
    percent: int = 0
    level: float = math.inf
    rates: Mapping[str, float] = field(default_factory=dict)

    def of(self, kind: Kind, source: str = "") -> float:
        """The part of requests of that kind from that source to turn away."""
        if kind is Kind.REGISTER:
            return self.register
        if kind is not Kind.INVITE:
            return self.other
        rate = self.rates.get(source, self.rates.get(_OTHERS))
        if rate is None:  # not heard lately: as if he asked for one a second, and never worse than all together
            return min(self.invite, max(0.0, 1.0 - self.level))
        return max(0.0, 1.0 - self.level / rate)


class Overload:
    """See the module. Tell it what was measured and offered every 50 to 200 ms; it says what to turn away until then."""

    def __init__(self) -> None:
        self.state = State.CALM
        self._budget = math.inf
        self._floor = COST[Kind.INVITE]
        self._at: float | None = None
        self._pressed_since: float | None = None
        self._idle_since: float | None = None
        self._settled_at = 0.0
        self._busy = 0.0
        self._rates = {Kind.REGISTER: 0.0, Kind.OTHER: 0.0}
        self._invites: dict[str, float] = {}
        self._shares = Shares()

    def observe(self, now: float, strain: Strain, offered: Mapping[Kind, int], invites: Mapping[str, int]) -> Shares:
        """offered: requests that came since the last call, by kind, turned away or not; invites: new INVITEs by source."""
        passed_s = 0.1 if self._at is None else max(now - self._at, 1e-3)
        self._at = now
        self._smooth(passed_s, strain, offered, invites)
        pressure = Strain(strain.lag_s, strain.waited_s, self._busy).pressure
        if pressure < 1:
            self._pressed_since = None
        elif self._pressed_since is None:
            self._pressed_since = now
        match self.state:
            case State.CALM:
                if self._pressed_since is not None and now - self._pressed_since >= ENTER_S:
                    self.state, self._idle_since = State.SHEDDING, None
                    self._floor = max(self._admitted() * FLOOR, COST[Kind.INVITE])
                    self._budget = max(self._admitted() * SHRINK, self._floor)
                    self._settled_at = now + SETTLE_S
            case State.SHEDDING:
                self._adjust(now, passed_s, pressure)
        self._shares = self._share()
        return self._shares

    def is_late(self, waited_s: float) -> bool:
        """Whether a request that has waited so long is turned away for it."""
        return self.state is State.SHEDDING and waited_s > WAITED_S

    def _adjust(self, now: float, passed_s: float, pressure: float) -> None:
        if pressure >= 1 and now >= self._settled_at:
            self._budget = max(self._budget * SHRINK, self._floor)
            self._settled_at = now + SETTLE_S
        elif pressure < LOW:
            self._budget *= GROWTH_PER_S**passed_s
        if pressure >= 1 or self._budget < self._offered():
            self._idle_since = None
        elif self._idle_since is None:
            self._idle_since = now
        elif now - self._idle_since >= LEAVE_S:
            self.state, self._budget = State.CALM, math.inf

    def _smooth(self, passed_s: float, strain: Strain, offered: Mapping[Kind, int], invites: Mapping[str, int]) -> None:
        weight = 1 - math.exp(-passed_s / SMOOTH_S)
        self._busy += weight * (strain.busy - self._busy)
        for kind in self._rates:
            self._rates[kind] += weight * (offered.get(kind, 0) / passed_s - self._rates[kind])
        for source in list(self._invites):
            self._invites[source] *= 1 - weight
            if self._invites[source] < _RATE_FORGOTTEN:
                del self._invites[source]
        for source, count in invites.items():
            known = source in self._invites or len(self._invites) < SHARES_MAX
            key = source if known else _OTHERS
            self._invites[key] = self._invites.get(key, 0.0) + weight * count / passed_s

    def _offered(self) -> float:
        calls = COST[Kind.INVITE] * sum(self._invites.values())
        return calls + sum(COST[kind] * rate for kind, rate in self._rates.items())

    def _admitted(self) -> float:
        """The work a second that was let in with the last shares."""
        shares = self._shares
        calls = COST[Kind.INVITE] * sum(self._invites.values()) * (1 - shares.invite)
        return calls + sum(COST[kind] * rate * (1 - shares.of(kind)) for kind, rate in self._rates.items())

    def _share(self) -> Shares:
        if self._budget >= (offered := self._offered()):
            return Shares()
        calls = sum(self._invites.values())
        left = self._budget / COST[Kind.INVITE]
        level = fair_level(self._invites.values(), left)
        invite = max(0.0, 1 - left / calls) if calls else 0.0
        rest = max(0.0, self._budget - calls * COST[Kind.INVITE])
        register, rest = self._part(Kind.REGISTER, rest)
        other, _ = self._part(Kind.OTHER, rest)
        percent = min(100, round(100 * (1 - self._budget / offered)))
        return Shares(register, other, invite, percent, level, dict(self._invites))

    def _part(self, kind: Kind, budget: float) -> tuple[float, float]:
        wanted = COST[kind] * self._rates[kind]
        if wanted <= budget:
            return 0.0, budget - wanted
        return 1 - budget / wanted, 0.0


def fair_level(wanted: Iterable[float], budget: float) -> float:
    """The most that each may have when nobody gets more than he wants and all together get `budget` (max-min fairness)."""
    rest = sorted(wanted)
    for index, one in enumerate(rest):
        even = budget / (len(rest) - index)
        if one > even:
            return max(even, 0.0)
        budget -= one
    return math.inf
