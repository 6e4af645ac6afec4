"""A REFER as its receiver sees it, and the subscription it makes (RFC 3515 2.4, RFC 4488, RFC 6665 4.2).

           accepted()              report(1xx)
   ASKED ------------> TELLING ----------------> TELLING
     |                    | report(2xx-6xx), no more time, SUBSCRIBE with Expires 0, 481 to a NOTIFY
     | refused()          v
     +-----------------> OVER

One NOTIFY is on its way at a time, so that none overtakes another; of several reports that wait the last one is told.
Inputs return the NOTIFY to send now, or None. `now` is any clock in seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from softswitch.sip.errors import BadMessage
from softswitch.sip.fields.events import Event, SubscriptionState
from softswitch.sip.fields.transfer import ReferredBy, ReferTo, parse_refer_sub, parse_refer_to, parse_referred_by
from softswitch.sip.limits import REFER_S_MAX
from softswitch.sip.message import Request
from softswitch.sip.status import reason_of

SIPFRAG = "message/sipfrag;version=2.0"


class State(Enum):
    ASKED = "asked"
    TELLING = "telling"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Wish:
    """What a REFER asks for. `wants_news`: a subscription is to be made."""

    to: ReferTo
    by: ReferredBy | None
    wants_news: bool


@dataclass(frozen=True, slots=True)
class News:
    """The content of one NOTIFY."""

    event: Event
    state: SubscriptionState
    body: bytes


def wish_of(request: Request) -> Wish:
    """Read a REFER. Raises BadMessage 400 unless exactly one Refer-To is there (RFC 3515 2.4.2) that can be read."""
    if request.headers.count("Refer-To") != 1:
        raise BadMessage(400, "Exactly One Refer-To Needed")
    to = request.read("Refer-To", parse_refer_to)
    sub = request.read("Refer-Sub", parse_refer_sub)
    if to is None:
        raise BadMessage(400, "Refer-To Missing")
    _ = to.address.uri, to.replaces
    return Wish(to, request.read("Referred-By", parse_referred_by), sub is None or sub.wanted)


class Referral:
    """The machine. `first`: it is the first REFER of its dialog; later ones name their CSeq in Event (2.4.6)."""

    def __init__(self, request: Request, first: bool, now: float) -> None:
        self.wish = wish_of(request)
        self.number = request.cseq.number
        self.state = State.ASKED
        self._event = Event("refer", None if first else str(self.number))
        self._until = now + REFER_S_MAX
        self._status = 100
        self._ends: str | None = None
        self._open = self._waits = False

    def accepted(self, now: float) -> News | None:
        """The REFER was answered 202."""
        if self.state is not State.ASKED:
            return None
        self.state = State.TELLING if self.wish.wants_news else State.OVER
        return self._tell(now)

    def refused(self) -> None:
        """The REFER was refused."""
        self.state = State.OVER

    def report(self, status: int, now: float) -> News | None:
        """How the call that was asked for goes on; its final answer ends the subscription (2.4.7)."""
        if self.state is State.TELLING and self._ends is None:
            self._status = status
            self._ends = "noresource" if status >= 200 else None
            return self._tell(now)
        return None

    def subscribed(self, expires_s: int, now: float) -> News | None:
        """A SUBSCRIBE of the far end: longer, or no more. It is answered by the state as it is."""
        if self.state is not State.TELLING:
            return None
        self._until = now + min(expires_s, REFER_S_MAX)
        self._ends = self._ends or ("timeout" if expires_s == 0 else None)
        return self._tell(now)

    def expired(self, now: float) -> News | None:
        """Time has passed."""
        if self.state is State.TELLING and self._ends is None and now >= self._until:
            self._ends = "timeout"
            return self._tell(now)
        return None

    def answered(self, status: int, now: float) -> News | None:
        """The NOTIFY got its answer (408 when none came): the next may go; 481 and silence end it (RFC 6665 4.2.2)."""
        self._open = False
        if status in (408, 481, 489, 501):
            self.state = State.OVER
        return self._tell(now) if self._waits else None

    def left_s(self, now: float) -> float:
        """When to ask whether it has `expired`."""
        return max(0.0, self._until - now)

    def _tell(self, now: float) -> News | None:
        if self.state is not State.TELLING:
            return None
        if self._open:
            self._waits = True
            return None
        self._open, self._waits = True, False
        state = SubscriptionState("active", expires_s=round(self.left_s(now)))
        if self._ends is not None:
            self.state, state = State.OVER, SubscriptionState("terminated", reason=self._ends)
        body = f"SIP/2.0 {self._status} {reason_of(self._status)}\r\n".encode()
        return News(self._event, state, body)
