r"""Non-INVITE client transaction (RFC 3261 17.1.2).

```
                             | request, start F (and E)
       E: again, 2 x E <= T2 v
              +---------- TRYING --------------------- F / transport error: tell ---------+
              +---------->  |  \ 200-699                                                  |
                        1xx |   +--------------------+                                    |
     E: again, T2           v                        | deliver, start K                   |
              +-------- PROCEEDING ----- 200-699 --->|    F / transport error: tell       |
              +-------->  |  ^ 1xx: deliver          v                                    v
                          +--+                   COMPLETED -- K, or at once if reliable -> TERMINATED
```
"""

from __future__ import annotations

from enum import Enum

from softswitch.sip.effects import CancelTimer, Deliver, Effect, Failed, Send, StartTimer, Terminated, TimedOut
from softswitch.sip.message import Request, Response
from softswitch.sip.timers import Timer, Timing


class State(Enum):
    TRYING = "trying"
    PROCEEDING = "proceeding"
    COMPLETED = "completed"
    TERMINATED = "terminated"


class RequestClient:
    """One request we sent, any method but INVITE and ACK."""

    __slots__ = ("_interval_s", "_timing", "reliable", "request", "state")

    def __init__(self, request: Request, reliable: bool, timing: Timing) -> None:
        self.state = State.TRYING
        self.request = request
        self.reliable = reliable
        self._timing = timing
        self._interval_s = timing.t1_s

    def start(self) -> list[Effect]:
        """Sends the request. Call once, first."""
        effects: list[Effect] = [Send(self.request), StartTimer(Timer.F, self._timing.give_up_s)]
        if not self.reliable:
            effects.append(StartTimer(Timer.E, self._interval_s))
        return effects

    def received(self, response: Response) -> list[Effect]:
        """A response that matches the transaction."""
        if self.state not in (State.TRYING, State.PROCEEDING):
            return []
        if response.status < 200:
            self.state = State.PROCEEDING
            return [Deliver(response)]
        return [*self._complete(), Deliver(response)]

    def timer(self, timer: Timer) -> list[Effect]:
        """A timer fired."""
        match self.state, timer:
            case State.TRYING, Timer.E if not self.reliable:
                self._interval_s = min(2 * self._interval_s, self._timing.t2_s)
                return [Send(self.request), StartTimer(Timer.E, self._interval_s)]
            case State.PROCEEDING, Timer.E if not self.reliable:
                return [Send(self.request), StartTimer(Timer.E, self._timing.t2_s)]
            case ((State.TRYING | State.PROCEEDING), Timer.F):
                return [*self._stop(), TimedOut()]
            case State.COMPLETED, Timer.K:
                return self._stop()
        return []

    def transport_error(self) -> list[Effect]:
        """The message could not be sent, or the connection it went on is lost."""
        if self.state in (State.TRYING, State.PROCEEDING):
            return [*self._stop(), Failed()]
        return []

    def _complete(self) -> list[Effect]:
        if self.reliable:
            return self._stop()
        self.state = State.COMPLETED
        return [CancelTimer(Timer.E), CancelTimer(Timer.F), StartTimer(Timer.K, self._timing.t4_s)]

    def _stop(self) -> list[Effect]:
        if self.state is State.COMPLETED:
            timers: tuple[Timer, ...] = (Timer.K,)
        else:
            timers = (Timer.F,) if self.reliable else (Timer.E, Timer.F)
        self.state = State.TERMINATED
        return [*(CancelTimer(timer) for timer in timers), Terminated()]
