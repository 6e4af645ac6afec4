"""INVITE server transaction (RFC 3261 17.2.1 as changed by RFC 6026 8.5-8.8). A transport error never destroys it.

```
                          | INVITE: send 100, deliver
     INVITE: again        v
          +---------- PROCEEDING ---- user's 2xx: send, start L --------> ACCEPTED
          +---------->   |  ^ user's 1xx: send                            |  ^  user's 2xx: send
                         |  |                                             |  |  ACK: deliver
                         +--+                                             +--+  INVITE: nothing
          user's 300-699 |                                                |
   send, start H (and G) v                                                | L
          +---------- COMPLETED -------- H: tell ----------------+        |
          +---------->   |                                       |        v
     INVITE, G: again    | ACK, start I                          +--> TERMINATED
                         v                                                ^
                     CONFIRMED ------- I, or at once when reliable -------+
```
Of a stranger the 100 waits until the INVITE is taken on, or was delivered. A refusal given before (a challenge, mostly) goes
out alone and once, again only when the INVITE comes again, which no 100 has stopped: little is sent to an address that may be
forged (RFC 3261 26.3.2.4, 8.2.7).
"""

from __future__ import annotations

from enum import Enum

from softswitch.sip.effects import CancelTimer, Deliver, Effect, Failed, Send, StartTimer, Terminated, TimedOut
from softswitch.sip.message import Request, Response, make_response
from softswitch.sip.timers import Timer, Timing


class State(Enum):
    PROCEEDING = "proceeding"
    COMPLETED = "completed"
    CONFIRMED = "confirmed"
    ACCEPTED = "accepted"
    TERMINATED = "terminated"


class InviteServer:
    """One INVITE we received."""

    __slots__ = ("_interval_s", "_last", "_said", "_timing", "reliable", "request", "state")

    def __init__(self, request: Request, reliable: bool, timing: Timing, of_stranger: bool = False) -> None:
        self.state = State.PROCEEDING
        self.request = request
        self.reliable = reliable
        self._timing = timing
        self._interval_s = timing.t1_s
        self._last = make_response(request, 100)
        self._said = not of_stranger

    def start(self) -> list[Effect]:
        """Stops the client's retransmissions at once and passes the INVITE up. Call once, first."""
        return [Send(self._last), Deliver(self.request)] if self._said else [Deliver(self.request)]

    def trying(self) -> list[Effect]:
        """The INVITE is taken on, or was passed up: a 100 that waited goes out, if nothing else did."""
        if self._said or self.state is not State.PROCEEDING:
            return []
        self._said = True
        return [Send(self._last)]

    def received(self, request: Request) -> list[Effect]:
        """The INVITE again, or an ACK that matches the transaction."""
        match self.state, request.method:
            case ((State.PROCEEDING | State.COMPLETED), "INVITE"):
                return [Send(self._last)]
            case State.COMPLETED, "ACK":
                return self._confirmed()
            case State.ACCEPTED, "ACK":
                return [Deliver(request)]
        return []

    def send(self, response: Response) -> list[Effect]:
        """The user answers. An answer that comes too late is dropped."""
        match self.state:
            case State.PROCEEDING:
                before = self.trying() if response.status < 300 else []
                return [*before, *self._answer(response)]
            case State.ACCEPTED if 200 <= response.status < 300:
                return [Send(response)]
        return []

    def timer(self, timer: Timer) -> list[Effect]:
        """A timer fired."""
        match self.state, timer:
            case State.COMPLETED, Timer.G if not self.reliable:
                self._interval_s = min(2 * self._interval_s, self._timing.t2_s)
                return [Send(self._last), StartTimer(Timer.G, self._interval_s)]
            case State.COMPLETED, Timer.H:
                self.state = State.TERMINATED
                return [*self._unarm(), Terminated(), TimedOut()]
            case (State.CONFIRMED, Timer.I_) | (State.ACCEPTED, Timer.L):
                self.state = State.TERMINATED
                return [Terminated()]
        return []

    def transport_error(self) -> list[Effect]:
        """The response could not be sent: tell; the state stays to absorb repeated INVITEs (RFC 6026 7.1)."""
        if self.state in (State.CONFIRMED, State.TERMINATED):
            return []
        return [Failed()]

    def _answer(self, response: Response) -> list[Effect]:
        self._last = response
        if response.status < 200:
            return [Send(response)]
        if response.status < 300:
            self.state = State.ACCEPTED
            return [Send(response), StartTimer(Timer.L, self._timing.give_up_s)]
        self.state = State.COMPLETED
        effects: list[Effect] = [Send(response), StartTimer(Timer.H, self._timing.give_up_s)]
        if not self.reliable and self._said:
            effects.append(StartTimer(Timer.G, self._interval_s))
        return effects

    def _confirmed(self) -> list[Effect]:
        if self.reliable:
            self.state = State.TERMINATED
            return [CancelTimer(Timer.H), Terminated()]
        self.state = State.CONFIRMED
        return [*self._unarm(), CancelTimer(Timer.H), StartTimer(Timer.I_, self._timing.t4_s)]

    def _unarm(self) -> list[Effect]:
        return [] if self.reliable else [CancelTimer(Timer.G)]
