"""One subscription on the notifier's side (RFC 6665 4.2): when a NOTIFY is due, what it says of the subscription, its end.

```
                         turn                      2xx, nothing new
   (made) --> QUEUED ------------> SENDING ----------------------------> IDLE
               ^  ^                 |  |                                  |
               |  +- 2xx, more new -+  | refused, Retry-After             |
               |                    |  +----------------> RESTING         |
               +-- rested -------------------------------- +              |
               +---- changed, subscribed again, expired, ended -----------+
                                    | refused, or answered to the last one
                                    +-----------------------------------> OVER
```
A subscription ends with a last NOTIFY, whose turn comes like any other's. One NOTIFY is on its way at a time; what changes
meanwhile is in the next. The content is not known here: `Notify.full` says whether all of it is wanted or what is new.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from softswitch.sip.fields.events import SubscriptionState
from softswitch.sip.limits import NOTIFY_RETRY_S_MAX


class State(Enum):
    QUEUED = "queued"
    SENDING = "sending"
    RESTING = "resting"
    IDLE = "idle"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Queue:
    """Call `turn` when this subscription may send its NOTIFY (notifiers are paced)."""


@dataclass(frozen=True, slots=True)
class Notify:
    """Send a NOTIFY and give its answer to `answered`. `full`: the whole state, not what is new since the last one."""

    state: SubscriptionState
    full: bool


@dataclass(frozen=True, slots=True)
class Expire:
    """Call `expired` after so many seconds, instead of what was asked before."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Rest:
    """Call `rested` after so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Over:
    """Nothing more will come: forget it."""


Effect = Queue | Notify | Expire | Rest | Over
Effects = tuple[Effect, ...]


class Subscription:
    """The machine. It is made when a SUBSCRIBE was accepted, or restored; then `subscribed` is called. `now` is seconds."""

    def __init__(self) -> None:
        self.state = State.QUEUED
        self.expires_at = 0.0
        self._queued = False
        self._more = False
        self._full = True
        self._reason: str | None = None  # why it ends; the next NOTIFY is the last
        self._said_last = False

    def subscribed(self, expires_s: float, now: float) -> Effects:
        """The first SUBSCRIBE, or one that refreshes; 0 ends it (a first one with 0 only asks, 4.4.3)."""
        if self.state is State.OVER or self._reason is not None:
            return ()
        self._full = True
        if expires_s <= 0:
            return self.ended("timeout")
        self.expires_at = now + expires_s
        return (*self._want(), Expire(expires_s))

    def changed(self) -> Effects:
        """What is watched is different now."""
        return self._want() if self._reason is None else ()

    def expired(self, now: float) -> Effects:
        """The time asked for is over."""
        return self.ended("timeout") if self.expires_at <= now else ()

    def ended(self, reason: str) -> Effects:
        """It must end (4.1.3: deactivated, rejected, noresource ...)."""
        if self.state is State.OVER or self._reason is not None:
            return ()
        self._reason = reason
        return self._want()

    def turn(self, now: float) -> Effects:
        """The NOTIFY that was queued may go."""
        if self.state is not State.QUEUED:
            return ()
        self._queued = False
        self.state, full = State.SENDING, self._full
        self._more = self._full = False
        if self._reason is not None:
            self._said_last = True
            return (Notify(SubscriptionState("terminated", reason=self._reason), full),)
        left_s = max(0, round(self.expires_at - now))
        return (Notify(SubscriptionState("active", expires_s=left_s), full),)

    def answered(self, status: int, retry_after_s: int | None = None) -> Effects:
        """The final answer to the NOTIFY; 408 when none came, 503 when it could not be sent (4.2.2)."""
        if self.state is not State.SENDING or status < 200:
            return ()
        if self._said_last:
            return self._over()
        if status < 300:
            if self._more or self._reason is not None:
                self.state = State.QUEUED
                return self._queue()
            self.state = State.IDLE
            return ()
        if retry_after_s is not None and retry_after_s <= NOTIFY_RETRY_S_MAX:
            self.state, self._full = State.RESTING, True
            return (Rest(max(1.0, float(retry_after_s))),)
        return self._over()

    def rested(self) -> Effects:
        """The subscriber may be tried again."""
        if self.state is not State.RESTING:
            return ()
        self.state = State.QUEUED
        return self._queue()

    def _want(self) -> Effects:
        match self.state:
            case State.IDLE:
                self.state = State.QUEUED
                return self._queue()
            case State.QUEUED:
                return self._queue()
            case State.SENDING:
                self._more = True
        return ()

    def _queue(self) -> Effects:
        if self._queued:
            return ()
        self._queued = True
        return (Queue(),)

    def _over(self) -> Effects:
        self.state = State.OVER
        return (Over(),)
