r"""INVITE client transaction (RFC 3261 17.1.1, RFC 6026 8.4) and what is built from its INVITE: ACK, CANCEL.

```
                             | INVITE, start B (and A)
          A: INVITE again    v
              +---------- CALLING ------------------ B / transport error: tell ----------+
              +---------->  |  | \                                                        |
                        1xx |  |  \ 2xx: deliver, start M                                 |
      1xx: deliver          v  |   \                                                      |
        +---------- PROCEEDING |    +---------> ACCEPTED --- M --------------------------->|
        +---------->  |   |  \ |     +-------->  |  ^ 2xx: deliver                         |
                      |   |   \|2xx  |           +--+                                      |
           300-699:   |   |    +-----+                                                    |
     ACK, deliver,    |   +--- cancelled: start B ... B / transport error: tell --------->|
          start D     v                                                                   v
                   COMPLETED ------- D, or at once when reliable; transport error ---> TERMINATED
                      |  ^ 300-699: ACK again
                      +--+
```
"""

from __future__ import annotations

from enum import Enum

from softswitch.sip.effects import CancelTimer, Deliver, Effect, Failed, Send, StartTimer, Terminated, TimedOut
from softswitch.sip.headers import Headers
from softswitch.sip.message import Request, Response
from softswitch.sip.timers import Timer, Timing


class State(Enum):
    CALLING = "calling"
    PROCEEDING = "proceeding"
    COMPLETED = "completed"
    ACCEPTED = "accepted"
    TERMINATED = "terminated"


class InviteClient:
    """One INVITE we sent. `reliable`: the transport repeats lost messages itself (TCP, TLS)."""

    __slots__ = ("_ack", "_interval_s", "_timing", "reliable", "request", "state")

    def __init__(self, request: Request, reliable: bool, timing: Timing) -> None:
        self.state = State.CALLING
        self.request = request
        self.reliable = reliable
        self._timing = timing
        self._interval_s = timing.t1_s
        self._ack: Request | None = None

    def start(self) -> list[Effect]:
        """Sends the INVITE. Call once, first."""
        effects: list[Effect] = [Send(self.request), StartTimer(Timer.B, self._timing.give_up_s)]
        if not self.reliable:
            effects.append(StartTimer(Timer.A, self._interval_s))
        return effects

    def received(self, response: Response) -> list[Effect]:
        """A response that matches the transaction."""
        match self.state:
            case State.CALLING | State.PROCEEDING:
                return self._answered(response)
            case State.COMPLETED if response.status >= 300:
                return [Send(self._ack_for(response))]
            case State.ACCEPTED if 200 <= response.status < 300:
                return [Deliver(response)]
        return []

    def timer(self, timer: Timer) -> list[Effect]:
        """A timer fired."""
        match self.state, timer:
            case State.CALLING, Timer.A if not self.reliable:
                self._interval_s *= 2
                return [Send(self.request), StartTimer(Timer.A, self._interval_s)]
            case ((State.CALLING | State.PROCEEDING), Timer.B):
                return [*self._stop(), TimedOut()]
            case (State.COMPLETED, Timer.D) | (State.ACCEPTED, Timer.M):
                return self._stop()
        return []

    def cancelled(self) -> list[Effect]:
        """A CANCEL was sent: no final answer within 64*T1 means that none will come (RFC 3261 9.1)."""
        if self.state is State.PROCEEDING:
            return [StartTimer(Timer.B, self._timing.give_up_s)]
        return []

    def transport_error(self) -> list[Effect]:
        """The message could not be sent, or the connection it went on is lost."""
        if self.state in (State.ACCEPTED, State.TERMINATED):
            return []
        return [*self._stop(), Failed()]

    def _answered(self, response: Response) -> list[Effect]:
        effects: list[Effect] = []
        if self.state is State.CALLING and not self.reliable:
            effects.append(CancelTimer(Timer.A))
        if self.state is State.CALLING or response.status >= 200:
            effects.append(CancelTimer(Timer.B))
        if response.status < 200:
            self.state = State.PROCEEDING
        elif response.status < 300:
            self.state = State.ACCEPTED
            effects.append(StartTimer(Timer.M, self._timing.give_up_s))
        else:
            effects += self._refused(response)
        return [*effects, Deliver(response)]

    def _refused(self, response: Response) -> list[Effect]:
        self._ack = self._ack_for(response)
        if self.reliable:
            self.state = State.TERMINATED
            return [Send(self._ack), Terminated()]
        self.state = State.COMPLETED
        return [Send(self._ack), StartTimer(Timer.D, self._timing.linger_s)]

    def _ack_for(self, response: Response) -> Request:
        return self._ack or ack_of_refusal(self.request, response)

    def _stop(self) -> list[Effect]:
        timers = {
            State.CALLING: (Timer.B,) if self.reliable else (Timer.A, Timer.B),
            State.PROCEEDING: (Timer.B,),
            State.COMPLETED: (Timer.D,),
            State.ACCEPTED: (Timer.M,),
        }[self.state]
        self.state = State.TERMINATED
        return [*(CancelTimer(timer) for timer in timers), Terminated()]


def ack_of_refusal(invite: Request, response: Response) -> Request:
    """The ACK of a 300-699, part of the INVITE's own transaction (RFC 3261 17.1.1.3)."""
    ack = _hop_request(invite, "ACK")
    ack.headers.set("To", response.headers.get("To") or "")
    return ack


def cancel_of(invite: Request, reason: str | None = None) -> Request:
    """The CANCEL of an INVITE, on the same branch (RFC 3261 9.1), with a Reason (RFC 3326) if given."""
    cancel = _hop_request(invite, "CANCEL")
    if reason is not None:
        cancel.headers.add("Reason", reason)
    return cancel


def _hop_request(invite: Request, method: str) -> Request:
    headers = Headers()
    headers.add("Via", invite.headers.all("Via")[0])
    if invite.headers.all("Route"):
        headers.set("Route", invite.headers.all("Route"))
    for name in ("From", "To", "Call-ID"):
        headers.add(name, invite.headers.get(name) or "")
    headers.add("CSeq", f"{invite.cseq.number} {method}")
    headers.add("Max-Forwards", "70")
    return Request(method, invite.uri, headers)
