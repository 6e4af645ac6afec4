"""Changes of an answered session: re-INVITE both ways, UPDATE from the far end, glare (RFC 3261 14, RFC 3311).

```
              offer(): INVITE              2xx: ACK; refusal
      +------------> OFFERING -------------------------+       491: WAITING for a random time, then OFFERING
      |                                                v
     IDLE <------------------------------------------ IDLE, then the offer that waits, if any
      |   re-INVITE, UPDATE           200 to INVITE        ACK
      +-------------------> OFFERED -----------------> ACCEPTED ---> IDLE
                               | 200 to UPDATE, refusal, CANCEL ---> IDLE
   re-INVITE or UPDATE in OFFERING: 491; in OFFERED: 500 with Retry-After
```
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from softswitch.sip.message import Request, Response
from softswitch.transport.attempt import Attempt
from softswitch.transport.clock import Delayed, stop
from softswitch.transport.limits import GLARE_TRIES_MAX
from softswitch.transport.server import ServerHandle

if TYPE_CHECKING:
    from softswitch.transport.session import Session

SDP = "application/sdp"


class State(Enum):
    IDLE = "idle"
    OFFERING = "offering"
    WAITING = "waiting"
    OFFERED = "offered"
    ACCEPTED = "accepted"


class Renegotiation:
    """The offers of one session after its first answer."""

    def __init__(self, session: Session) -> None:
        self.state = State.IDLE
        self._session = session
        self._attempt: Attempt | None = None
        self._handle: ServerHandle | None = None
        self._waiting: bytes | None = None
        self._timer: Delayed | None = None
        self._tries = 0

    def offer(self, sdp: bytes) -> None:
        """Sends a re-INVITE, now or when its turn comes."""
        self._waiting = sdp
        if self.state is State.IDLE:
            self._tries = 0
            self._send()

    def offer_later(self, sdp: bytes) -> None:
        """Sends a re-INVITE after `begin`."""
        self._waiting = sdp

    def begin(self) -> None:
        """The session is up: what waited may be offered."""
        if self.state is State.IDLE:
            self._idle()

    def answer(self, sdp: bytes) -> None:
        """Accepts the offer that waits."""
        if self.state is State.OFFERED and self._handle is not None:
            self.state = State.ACCEPTED
            self._handle.reply(200, None, self._session.headers(), sdp, SDP)
            if self._handle.request.method == "UPDATE":
                self._idle()

    def refuse(self, status: int) -> None:
        """Refuses the offer that waits."""
        if self.state is State.OFFERED and self._handle is not None:
            self._handle.reply(status)
            self._idle()

    def close(self) -> None:
        """The session ends: nothing is offered any more."""
        stop(self._timer)
        self._waiting = None
        self.refuse(487)
        self.state = State.IDLE

    def received(self, handle: ServerHandle, request: Request) -> None:
        """A re-INVITE or UPDATE came."""
        if request.body and request.content_type != SDP:
            return handle.reply(415, headers=[("Accept", SDP)])
        match self.state:
            case State.OFFERING:
                return handle.reply(491)
            case State.OFFERED:
                after_s = int(10 * self._session.random())
                return handle.reply(500, headers=[("Retry-After", str(after_s))])
        self._session.dialog.refresh(request)
        if request.method == "UPDATE" and not request.body:
            return handle.reply(200, headers=self._session.headers())
        handle.user = self
        self._handle = handle
        self.state = State.OFFERED
        return self._session.listener.on_offer(self._session, request.body or None)

    # --- the far end's re-INVITE (ServerUser) ---

    def cancelled(self, handle: ServerHandle, cancel: Request) -> None:
        """The far end took its offer back."""
        if handle is self._handle:
            self.refuse(487)

    def acknowledged(self, handle: ServerHandle, ack: Request) -> None:
        """The ACK of our answer came; it carries the far end's answer when the offer was ours."""
        if handle is not self._handle or self.state is not State.ACCEPTED:
            return
        self._idle()
        if not handle.request.body and ack.body:
            self._session.listener.on_answered_reinvite(self._session, ack.body)

    def unacknowledged(self, handle: ServerHandle) -> None:
        """No ACK: the far end does not hear us (14.2)."""
        if handle is self._handle and self.state is State.ACCEPTED:
            self._session.broken(408, "No ACK")

    # --- our own re-INVITE ---

    def _send(self) -> None:
        session, sdp = self._session, self._waiting
        if sdp is None:
            self.state = State.IDLE
            return
        self.state = State.OFFERING
        invite = session.dialog.request("INVITE", session.headers(), sdp, SDP)
        self._attempt = session.attempt(session.dialog, invite, self._answered, self._failed)

    def _answered(self, response: Response) -> None:
        if response.status < 200 or self._attempt is None:
            return
        if response.status < 300:
            self._accepted(self._attempt, response)
        elif self.state is not State.OFFERING:
            return
        elif response.status == 491 and self._tries < GLARE_TRIES_MAX:
            self._wait()
        elif response.status in (408, 481):
            self._session.broken(response.status, response.reason)
        else:
            self._refused(response.status, response.reason)

    def _accepted(self, attempt: Attempt, response: Response) -> None:
        session = self._session
        session.dialog.refresh(response)
        ack = session.dialog.request("ACK", number=attempt.request.cseq.number)
        attempt.acknowledge(response, ack, session.way(session.dialog))
        if self.state is State.OFFERING:
            self._done()
            session.listener.on_answered_reinvite(session, response.body)

    def _failed(self, status: int, reason: str) -> None:
        if self.state is State.OFFERING and status == 408:
            self._session.broken(status, reason)
        elif self.state is State.OFFERING:
            # Told later: this may be inside `offer`.
            self._session.exchange.clock.callLater(0, self._refused, status, reason)

    def _refused(self, status: int, reason: str) -> None:
        if self.state is State.OFFERING:
            self._done()
            self._session.listener.on_reinvite_failed(self._session, status, reason)

    def _done(self) -> None:
        if self._attempt is not None and self._waiting == self._attempt.request.body:
            self._waiting = None
        self._idle()

    def _wait(self) -> None:
        """Glare: the owner of the Call-ID waits 2.1-4 s, the other 0-2 s (14.1)."""
        self._tries += 1
        self.state = State.WAITING
        least_s, range_s = (2.1, 1.9) if self._session.direction == "out" else (0.0, 2.0)
        self._timer = self._session.exchange.clock.callLater(least_s + range_s * self._session.random(), self._next)

    def _idle(self) -> None:
        self.state = State.IDLE
        if self._waiting is not None and (self._timer is None or not self._timer.active()):
            self._timer = self._session.exchange.clock.callLater(0, self._next)

    def _next(self) -> None:
        if self.state in (State.IDLE, State.WAITING):
            self._send()
