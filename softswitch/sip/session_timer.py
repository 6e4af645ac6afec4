r"""Session timers: a session that nobody refreshes is over (RFC 4028), for both roles.

```
                  2xx says that we refresh                    2xx says that they refresh
        OFF ----------------------------> OURS            OFF ---------------------------> THEIRS
                                          |  |                                             |
        REFRESH (half of it, then three   |  | EXPIRY: over                                | EXPIRY, 32 s or a third
        quarters): refresh, stays OURS ---+  +---------------> OVER <----------------------+ before the end: over

        any new 2xx: OFF, OURS or THEIRS anew
```
Headers are made here too: `asked` for requests that set up or refresh, `accept` for our 2xx, `too_small` for a 422.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import TypeVar

from softswitch.sip.effects import CancelTimer, StartTimer
from softswitch.sip.errors import BadMessage
from softswitch.sip.fields.session_timer import Refresher, SessionExpires, parse_min_se, parse_session_expires
from softswitch.sip.limits import INTERVAL_TRIES_MAX, SESSION_INTERVAL_S_MIN
from softswitch.sip.message import Message, Request, Response
from softswitch.sip.timers import Timer

T = TypeVar("T")
OPTION = "timer"
Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """Our wishes: the interval we ask for (0: none is asked for), and the shortest that we accept."""

    interval_s: int = 1_800
    interval_s_min: int = SESSION_INTERVAL_S_MIN


@dataclass(frozen=True, slots=True)
class Refresh:
    """Refresh the session now: UPDATE when the far end allows it, else a re-INVITE."""


@dataclass(frozen=True, slots=True)
class Expired:
    """The session is over: say BYE."""


Effect = StartTimer | CancelTimer | Refresh | Expired


class State(Enum):
    OFF = "off"
    OURS = "ours"
    THEIRS = "theirs"
    OVER = "over"


class SessionTimer:
    """The timer of one session."""

    __slots__ = ("_least_s", "_policy", "_quarters", "_tries", "interval_s", "state")

    def __init__(self, policy: Policy) -> None:
        self.state = State.OFF
        self.interval_s = 0
        self._policy = policy
        self._least_s = 0  # the largest Min-SE heard (7.4)
        self._quarters = self._tries = 0

    def asked(self) -> Pairs:
        """Session-Expires and Min-SE of a request that sets up or refreshes the session."""
        wanted = self.interval_s or self._policy.interval_s
        least = (("Min-SE", str(self._least_s)),) if self._least_s else ()
        if not wanted:
            return least
        refresher = {State.OURS: ";refresher=uac", State.THEIRS: ";refresher=uas"}.get(self.state, "")
        return (("Session-Expires", f"{max(wanted, self._least_s)}{refresher}"), *least)

    def accept(self, request: Request) -> tuple[Pairs, list[Effect]]:
        """The headers of our 2xx to a request that sets up or refreshes, and the timers to start (9, table 2)."""
        supported, asked = _supported(request), interval_of(request)
        if asked is not None and asked < self._policy.interval_s_min and not supported:
            asked = None  # neither 422 nor so many refreshes of ours are for it
        least_s = max(_min_se(request) or SESSION_INTERVAL_S_MIN, self._policy.interval_s_min)
        self._least_s = max(self._least_s, _min_se(request) or 0)
        if asked is None and not (supported and self._policy.interval_s):
            return (), self._off()
        if asked is None:
            interval_s = max(self._policy.interval_s, least_s)
        elif self._policy.interval_s:
            interval_s = min(asked, max(self._policy.interval_s, least_s))
        else:
            interval_s = asked
        refresher = (_refresher(request) or "uas") if supported else "uas"
        require = (("Require", OPTION),) if supported else ()
        headers = (*require, ("Session-Expires", f"{interval_s};refresher={refresher}"))
        return headers, self._start(interval_s, ours=refresher == "uas")

    def answered(self, response: Response) -> list[Effect]:
        """A 2xx to a request of ours that set up or refreshed. Without Session-Expires the session has no end (7.2)."""
        interval_s = interval_of(response)
        if interval_s is None:
            return self._off()
        interval_s = max(interval_s, SESSION_INTERVAL_S_MIN)  # lest a far end makes us refresh without end (11.2)
        self._tries = 0
        return self._start(interval_s, ours=_refresher(response) != "uas")

    def refused(self, response: Response) -> bool:
        """A 422: whether asking again with its Min-SE makes sense (7.3)."""
        least_s = _min_se(response)
        if response.status != 422 or least_s is None or self._tries >= INTERVAL_TRIES_MAX:
            return False
        if least_s <= self._least_s:
            return False
        self._least_s, self._tries = least_s, self._tries + 1
        return True

    def timer(self, timer: Timer) -> list[Effect]:
        """A timer fired."""
        match self.state, timer:
            case State.OURS, Timer.REFRESH:
                self._quarters += 1
                more: list[Effect] = [StartTimer(Timer.REFRESH, self.interval_s / 4)] if self._quarters < 2 else []
                return [*more, Refresh()]
            case ((State.OURS | State.THEIRS), Timer.EXPIRY):
                effects = self._stop()
                self.state = State.OVER
                return [*effects, Expired()]
        return []

    def close(self) -> list[Effect]:
        """The session ended."""
        return self._off()

    def _start(self, interval_s: int, ours: bool) -> list[Effect]:
        effects = self._stop()
        self.interval_s, self._quarters = interval_s, 0
        self.state = State.OURS if ours else State.THEIRS
        if not ours:
            return [*effects, StartTimer(Timer.EXPIRY, interval_s - min(32.0, interval_s / 3))]
        return [*effects, StartTimer(Timer.REFRESH, interval_s / 2), StartTimer(Timer.EXPIRY, float(interval_s))]

    def _off(self) -> list[Effect]:
        effects = self._stop()
        self.state, self.interval_s = State.OFF, 0
        return effects

    def _stop(self) -> list[Effect]:
        match self.state:
            case State.OURS:
                return [CancelTimer(Timer.REFRESH), CancelTimer(Timer.EXPIRY)]
            case State.THEIRS:
                return [CancelTimer(Timer.EXPIRY)]
        return []


def too_small(request: Request, policy: Policy) -> Pairs | None:
    """The headers of the 422 that a request wants whose interval is below ours, None when it is fine (9)."""
    asked = interval_of(request)
    if asked is None or asked >= policy.interval_s_min or not _supported(request):
        return None
    return (("Min-SE", str(policy.interval_s_min)),)


def interval_of(message: Message) -> int | None:
    """The seconds of Session-Expires, None without one."""
    found = _expires(message)
    return None if found is None else found.interval_s


def _refresher(message: Message) -> Refresher | None:
    found = _expires(message)
    return None if found is None else found.refresher


def _expires(message: Message) -> SessionExpires | None:
    return _read(message, "Session-Expires", parse_session_expires)


def _min_se(message: Message) -> int | None:
    found = _read(message, "Min-SE", parse_min_se)
    return None if found is None else found.interval_s


def _read(message: Message, name: str, parse: Callable[[str], T]) -> T | None:
    """A header that cannot be read counts as absent: no call fails for its timer."""
    try:
        return message.read(name, parse)
    except BadMessage:
        return None


def _supported(message: Message) -> bool:
    return any(value.lower() == OPTION for name in ("Supported", "Require") for value in message.values(name))
