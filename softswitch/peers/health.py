"""Whether a gateway is worth a call now: answers to OPTIONS and INVITE with hysteresis (RFC 3261 11, 21.5.4; RFC 7339 4).

```
            down_after misses in a row                 rest(until): 503 with Retry-After
    UP ------------------------------> DOWN            RESTING is beside both: until then the gateway is not
     ^        up_after answers in a row  |             preferred, whatever it answers
     +-----------------------------------+
```
Any final answer but 408 and 503 is an answer; those two, and silence, are misses. Where no OPTIONS is sent nothing would
ever bring a gateway up again: there it only rests. A gateway that is not up is tried last, never left out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from configdb.carrier import Health as Rule
from softswitch.peers.limits import RETRY_AFTER_S_MAX, UNASKED_REST_S

_MISSES = (408, 503)


class State(Enum):
    """See the figure."""

    UP = "up"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class Health:
    """One gateway. `streak` counts what would change the state; `since` is when it last did."""

    state: State = State.UP
    streak: int = 0
    rests_until: float = 0.0
    since: float = 0.0
    said: str = "not asked yet"

    def usable(self, now: float) -> bool:
        """Whether to prefer it over gateways that are not."""
        return self.state is State.UP and self.rests_until <= now


def heard(health: Health, status: int | None, rule: Rule, now: float, retry_after_s: int | None = None) -> Health:
    """After a final answer, or none (`status` None), to any request of ours."""
    said = "no answer" if status is None else str(status)
    if status is not None and status not in _MISSES:
        return _answered(replace(health, said=said), rule, now)
    if status == 503 and retry_after_s:
        health = replace(health, rests_until=max(health.rests_until, now + min(retry_after_s, RETRY_AFTER_S_MAX)))
    return _missed(replace(health, said=said), rule, now)


def _answered(health: Health, rule: Rule, now: float) -> Health:
    match health.state:
        case State.UP:
            return replace(health, streak=0)
        case State.DOWN if health.streak + 1 < rule.up_after:
            return replace(health, streak=health.streak + 1)
        case State.DOWN:
            return replace(health, state=State.UP, streak=0, since=now)


def _missed(health: Health, rule: Rule, now: float) -> Health:
    match health.state:
        case State.DOWN:
            return replace(health, streak=0)
        case State.UP if health.streak + 1 < rule.down_after:
            return replace(health, streak=health.streak + 1)
        case State.UP if rule.interval_s == 0:
            return replace(health, streak=0, rests_until=max(health.rests_until, now + UNASKED_REST_S))
        case State.UP:
            return replace(health, state=State.DOWN, streak=0, since=now)
