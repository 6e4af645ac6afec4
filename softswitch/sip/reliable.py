r"""Reliable provisional answers and their PRACK, as the one who answers and as the one who called (RFC 3262).

`ReliableServer`, one for each INVITE that we answer:

```
                 send: AGAIN after T1, UNHEARD after 64*T1
           IDLE ---------------------------------------------> WAITING -+ send: kept for its turn
            ^                                                  |  |  ^  | AGAIN: send, twice the interval
            +----- PRACK: nothing is left, or the next is sent -+  |  +--+
                                                                  | UNHEARD: tell; final answer
            (final answer) -------------------------------------> OVER  PRACK of what was sent last: once
```

`ReliableClient`, one for each early dialog, remembers the latest number in order.
"""

from __future__ import annotations

from collections import deque
from enum import Enum

from softswitch.sip.effects import CancelTimer, Effect, Send, StartTimer, TimedOut
from softswitch.sip.errors import BadMessage
from softswitch.sip.fields.reliability import RAck, parse_rack, parse_rseq
from softswitch.sip.limits import RELIABLE_WAITING_MAX, RSEQ_FIRST_MAX
from softswitch.sip.message import Message, Request, Response
from softswitch.sip.timers import Timer, Timing

OPTION = "100rel"


def rack_of(prack: Request) -> RAck:
    """The RAck of a PRACK. Raises BadMessage 400."""
    rack = prack.read("RAck", parse_rack)
    if rack is None:
        raise BadMessage(400, "Missing RAck", prack)
    return rack


def rseq_of(response: Response) -> int | None:
    """The number of a reliable provisional answer (101-199 with Require and RSeq), None for any other."""
    if not 101 <= response.status <= 199 or not requires(response):
        return None
    try:
        return response.read("RSeq", parse_rseq)
    except BadMessage:  # an answer that cannot be acknowledged counts as an unreliable one
        return None


def requires(message: Message) -> bool:
    """Whether Require names the extension."""
    return _names("Require", message)


def supports(message: Message) -> bool:
    """Whether the sender can do it: it is named in Supported or Require."""
    return _names("Supported", message) or requires(message)


def _names(header: str, message: Message) -> bool:
    return any(value.lower() == OPTION for value in message.values(header))


class State(Enum):
    IDLE = "idle"
    WAITING = "waiting"
    OVER = "over"


class ReliableServer:
    """The reliable provisional answers to one INVITE. chance: 0..1, chooses the first number."""

    __slots__ = ("_interval_s", "_invite", "_number", "_queue", "_sent", "_timing", "state")

    def __init__(self, invite: Request, timing: Timing, chance: float) -> None:
        self.state = State.IDLE
        self._invite = invite
        self._timing = timing
        self._number = int(chance * (RSEQ_FIRST_MAX - 1))
        self._interval_s = timing.t1_s
        self._sent: Response | None = None
        self._queue: deque[Response] = deque()

    @property
    def unheard_media(self) -> bool:
        """Whether an answer with a session description waits for its PRACK: no 2xx may be sent before (3)."""
        waiting = [*self._queue, *([self._sent] if self._sent is not None else [])]
        return self.state is State.WAITING and any(response.body for response in waiting)

    def send(self, response: Response) -> list[Effect]:
        """A provisional answer for the caller, sent when the one before was acknowledged."""
        match self.state:
            case State.IDLE:
                return self._send(response)
            case State.WAITING if len(self._queue) < RELIABLE_WAITING_MAX:
                self._queue.append(response)
        return []

    def waiting(self, rack: RAck) -> Response | None:
        """The answer that waits for a PRACK with that RAck; None: the PRACK gets 481."""
        cseq = self._invite.cseq
        return self._sent if rack == RAck(self._number, cseq.number, cseq.method) else None

    def acknowledged(self) -> list[Effect]:
        """The PRACK that was waited for came: the next one is sent."""
        self._sent = None
        if self.state is not State.WAITING:
            return []
        self.state = State.IDLE
        stop: list[Effect] = [CancelTimer(Timer.AGAIN), CancelTimer(Timer.UNHEARD)]
        return [*stop, *self._send(self._queue.popleft())] if self._queue else stop

    def timer(self, timer: Timer) -> list[Effect]:
        """A timer fired."""
        match self.state, timer:
            case State.WAITING, Timer.AGAIN if self._sent is not None:
                self._interval_s *= 2
                return [StartTimer(Timer.AGAIN, self._interval_s), Send(self._sent)]
            case State.WAITING, Timer.UNHEARD:
                self.state = State.OVER
                return [CancelTimer(Timer.AGAIN), TimedOut()]
        return []

    def final(self) -> list[Effect]:
        """The INVITE got its final answer: nothing is repeated, a late PRACK still finds what was sent last."""
        was, self.state = self.state, State.OVER
        self._queue.clear()
        return [CancelTimer(Timer.AGAIN), CancelTimer(Timer.UNHEARD)] if was is State.WAITING else []

    def _send(self, response: Response) -> list[Effect]:
        self.state = State.WAITING
        self._number += 1
        self._interval_s = self._timing.t1_s
        response.headers.add("Require", OPTION)
        response.headers.set("RSeq", str(self._number))
        self._sent = response
        return [
            StartTimer(Timer.AGAIN, self._interval_s),
            StartTimer(Timer.UNHEARD, self._timing.give_up_s),
            Send(response),
        ]


class Order(Enum):
    """What a reliable provisional answer is to the one who called (RFC 3262 4)."""

    NEXT = "next"
    AGAIN = "again"
    GAP = "gap"


class ReliableClient:
    """The latest number in order of one early dialog."""

    __slots__ = ("_number",)

    def __init__(self) -> None:
        self._number: int | None = None

    def received(self, number: int) -> Order:
        """NEXT wants a PRACK; AGAIN and GAP are dropped (the PRACK is on its way; the missing one is repeated)."""
        if self._number is not None and number <= self._number:
            return Order.AGAIN
        if self._number is not None and number != self._number + 1:
            return Order.GAP
        self._number = number
        return Order.NEXT
