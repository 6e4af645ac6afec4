"""Non-INVITE server transaction (RFC 3261 17.2.2, RFC 4320: no 1xx but a late 100, never 408, never too late).

```
                          | request: deliver
                          v  not answered at once: start "100"
                       TRYING ------- user's 200-699: send, start J ---+
                          |  user's 1xx, request: nothing              |
              "100": send |                                            |
    100, start "expired"  v                                            v
        +------------ PROCEEDING ---- user's 200-699: send, start J -> COMPLETED --+
        +------------>    |                                            |  ^ request: again
     request: 100 again   | "expired" / user's 408                     |  +-------+
                          +-----------------> TERMINATED <-------------+ J, or at once when reliable
```
"""

from __future__ import annotations

from enum import Enum

from softswitch.sip.effects import CancelTimer, Deliver, Effect, Failed, Send, StartTimer, Terminated, TimedOut
from softswitch.sip.message import Request, Response, make_response
from softswitch.sip.timers import Timer, Timing


class State(Enum):
    TRYING = "trying"
    PROCEEDING = "proceeding"
    COMPLETED = "completed"
    TERMINATED = "terminated"


class RequestServer:
    """One request we received, any method but INVITE and ACK."""

    __slots__ = ("_last", "_timing", "reliable", "request", "state")

    def __init__(self, request: Request, reliable: bool, timing: Timing) -> None:
        self.state = State.TRYING
        self.request = request
        self.reliable = reliable
        self._timing = timing
        self._last: Response | None = None

    def start(self) -> list[Effect]:
        """Passes the request up. Call once, first."""
        return [Deliver(self.request)]

    def trying(self) -> list[Effect]:
        """It was passed up: what is not answered by then is owed a 100."""
        return [StartTimer(Timer.TRYING, self._timing.owed_trying_s)] if self.state is State.TRYING else []

    def received(self, request: Request) -> list[Effect]:
        """The request again."""
        if self.state in (State.PROCEEDING, State.COMPLETED) and self._last is not None:
            return [Send(self._last)]
        return []

    def send(self, response: Response) -> list[Effect]:
        """The user answers. Provisional answers are not for this kind of request and are dropped (RFC 4320 4.1)."""
        if self.state not in (State.TRYING, State.PROCEEDING) or response.status < 200:
            return []
        armed = CancelTimer(Timer.TRYING if self.state is State.TRYING else Timer.EXPIRED)
        if response.status == 408:
            self.state = State.TERMINATED
            return [armed, Terminated()]
        self._last = response
        if self.reliable:
            self.state = State.TERMINATED
            return [armed, Send(response), Terminated()]
        self.state = State.COMPLETED
        return [armed, Send(response), StartTimer(Timer.J, self._timing.give_up_s)]

    def timer(self, timer: Timer) -> list[Effect]:
        """A timer fired."""
        match self.state, timer:
            case State.TRYING, Timer.TRYING:
                self.state = State.PROCEEDING
                self._last = make_response(self.request, 100)
                left_s = self._timing.give_up_s - self._timing.owed_trying_s
                return [Send(self._last), StartTimer(Timer.EXPIRED, left_s)]
            case State.PROCEEDING, Timer.EXPIRED:
                self.state = State.TERMINATED
                return [Terminated(), TimedOut()]
            case State.COMPLETED, Timer.J:
                self.state = State.TERMINATED
                return [Terminated()]
        return []

    def transport_error(self) -> list[Effect]:
        """The answer could not be sent: the client will ask again or give up; the user need not know more than that."""
        match self.state:
            case State.PROCEEDING:
                self.state = State.TERMINATED
                return [CancelTimer(Timer.EXPIRED), Terminated(), Failed()]
            case State.COMPLETED:
                self.state = State.TERMINATED
                return [CancelTimer(Timer.J), Terminated(), Failed()]
        return []
