"""The offers of one dialog: re-INVITE, UPDATE and PRACK, glare (RFC 3261 14, RFC 3311, RFC 6337 4.3, RFC 6141).

```
   INITIAL -- the offer of the INVITE is answered --> IDLE

              offer(): INVITE or UPDATE     2xx (ACK); refusal
      +------------> OFFERING -------------------------+       491: WAITING for a random time, then OFFERING
      |                                                v
     IDLE <------------------------------------------ IDLE, then the offer that waits, if any
      |   re-INVITE, UPDATE, PRACK    200 to INVITE        ACK
      +-------------------> OFFERED -----------------> ACCEPTED ---> IDLE
                               | 200 to UPDATE or PRACK, refusal, CANCEL ---> IDLE
```
Their offer while a request of ours is open gets 491; while one of theirs is open, or when they come too often
(`patience`), 500 with Retry-After. Before the answer to the INVITE we offer by UPDATE, if the far end allows it; later by
re-INVITE. An offer that has no way yet waits.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from softswitch.sip.body import SDP, description_of, has_sdp, sdp_of, warning_of
from softswitch.sip.dialog import Dialog
from softswitch.sip.message import Request, Response
from softswitch.sip.session_timer import too_small
from softswitch.transport.attempt import Attempt
from softswitch.transport.clock import Delayed, stop
from softswitch.transport.limits import CHANGES_BURST_MAX, CHANGES_PER_S_MAX, GLARE_TRIES_MAX
from softswitch.transport.patience import Patience, put_off
from softswitch.transport.server import ServerHandle

if TYPE_CHECKING:
    from softswitch.transport.session import Pairs, Session


class State(Enum):
    INITIAL = "initial"
    IDLE = "idle"
    OFFERING = "offering"
    WAITING = "waiting"
    OFFERED = "offered"
    ACCEPTED = "accepted"


class Renegotiation:
    """The offers of one dialog of a session. `ours`: what we said last in an exchange that was completed."""

    def __init__(self, session: Session, dialog: Dialog) -> None:
        self.state = State.INITIAL
        self.dialog = dialog
        self.ours = b""
        self._session = session
        self._attempt: Attempt | None = None
        self._handle: ServerHandle | None = None
        self._said = b""
        self._waiting: bytes | None = None
        self._repeats = False
        self._named: Pairs = ()
        self._timer: Delayed | None = None
        self._tries = 0
        self._patience = Patience(CHANGES_BURST_MAX, CHANGES_PER_S_MAX)

    def offer(self, sdp: bytes) -> None:
        """Offers a change, now or when its turn comes; the latest of several waits."""
        self._waiting = sdp
        if self.state is State.IDLE:
            self._tries = 0
            self._send()

    def repeat(self) -> None:
        """Offers again what counts when its turn comes, as a refresh; a change that waits is one too."""
        self._repeats = True
        if self.state is State.IDLE:
            self._tries = 0
            self._send()

    def begin(self, ours: bytes | None = None) -> None:
        """The exchange of the INVITE is over (we said `ours`), or the session is up: what waited may be offered."""
        self.ours = ours or self.ours
        if self.state in (State.INITIAL, State.IDLE):
            self._idle()

    def answer(self, sdp: bytes) -> None:
        """Accepts the offer that waits, or makes the one that was asked for."""
        handle = self._handle
        if self.state is not State.OFFERED or handle is None:
            return
        self.state, self._said = State.ACCEPTED, sdp
        headers = self._session.headers()
        if handle.request.method == "PRACK":
            handle.reply(200, None, (), sdp, SDP)
        else:
            handle.reply(
                200, None, (*headers, *self._session.refresher.accept(self._session, handle.request)), sdp, SDP
            )
        if has_sdp(handle.request):
            self.ours = sdp
        if handle.request.method != "INVITE":
            self._idle()

    def refuse(self, status: int) -> None:
        """Refuses the offer that waits; the session stays as it was."""
        if self.state is State.OFFERED and self._handle is not None:
            self._handle.reply(status, headers=warning_of(status, self._handle.request))
            self._idle()

    def close(self) -> None:
        """The dialog ends: nothing is offered any more."""
        stop(self._timer)
        self._waiting, self._repeats = None, False
        self.refuse(487)
        self.state = State.IDLE

    def received(self, handle: ServerHandle, request: Request) -> None:
        """A re-INVITE or UPDATE, or a PRACK with an offer, came."""
        session = self._session
        if request.method != "PRACK" and not self._patience.spend(session.exchange.clock.seconds()):
            return put_off(handle, session.random())
        sdp = description_of(request)  # 415, 400
        if request.method != "PRACK" and (shortest := too_small(request, session.policy.timer)):
            return handle.reply(422, headers=shortest)
        if request.method == "UPDATE" and not sdp:
            self.dialog.refresh(request)
            return handle.reply(200, headers=(*session.headers(), *session.refresher.accept(session, request)))
        if self._is_ours_open(request):
            return handle.reply(491)
        if self._is_theirs_open(request):
            return put_off(handle, session.random())
        self.dialog.refresh(request)
        handle.user = self
        self._handle = handle
        self.state = State.OFFERED
        return session.listener.on_offer(session, sdp)

    def _is_ours_open(self, request: Request) -> bool:
        """Whether a request of ours that may carry an offer is not over (RFC 6337 UAS-IcI, UcU, UcI, IcU)."""
        if self._session.direction == "out" and self._is_setting_up(request):
            return True
        return self.state is State.OFFERING

    def _is_theirs_open(self, request: Request) -> bool:
        """The same for a request of theirs (UAS-IsI, UsU, UsI, IsU). A 2xx with our offer is open until its ACK."""
        if self._session.direction == "in" and self._is_setting_up(request):
            return True
        handle = self._handle
        asked = handle is not None and not has_sdp(handle.request)
        return self.state is State.OFFERED or (self.state is State.ACCEPTED and asked)

    def _is_setting_up(self, request: Request) -> bool:
        return self.state is State.INITIAL or (request.method == "INVITE" and not self._session.confirmed)

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
        answer = sdp_of(ack)
        if answer is not None and not has_sdp(handle.request):
            self.ours = self._said
            self._session.listener.on_answered_reinvite(self._session, answer)

    def unacknowledged(self, handle: ServerHandle) -> None:
        """No ACK: the far end does not hear us (14.2)."""
        if handle is self._handle and self.state is State.ACCEPTED:
            self._session.broken(408, "No ACK")

    # --- our own offer ---

    def _send(self) -> None:
        session, sdp, method = self._session, self._waiting, self._method()
        sdp = self.ours if sdp is None and self._repeats else sdp
        self.state = State.IDLE
        if sdp is None or method is None:
            return
        self.state, self._named = State.OFFERING, session.identity
        headers = (*session.headers(), *session.refresher.asked())
        request = self.dialog.request(method, headers, sdp, SDP)
        self._attempt = session.attempt(self.dialog, request, self._answered, self._failed)

    def _method(self) -> str | None:
        """How a change can be offered now: re-INVITE once the session is up (RFC 3311 5.1 recommends it), else UPDATE."""
        if self._session.search.offers_wait:
            return None
        if self._session.up:
            return "INVITE"
        return "UPDATE" if not self._session.confirmed and self._session.peer_allows("UPDATE") else None

    def _answered(self, response: Response) -> None:
        attempt, status = self._attempt, response.status
        if status < 200 or attempt is None:
            return
        wait_s = self._wait_s(response)
        if status < 300:
            self._accepted(attempt, response)
        elif self.state is not State.OFFERING:
            return
        elif wait_s is not None and self._tries < GLARE_TRIES_MAX:
            self._wait(wait_s)
        elif status in (408, 481) and self._session.confirmed:
            self._session.broken(status, response.reason)
        elif not self._session.refresher.again(attempt, response):
            self._refused(status, response.reason)

    def _accepted(self, attempt: Attempt, response: Response) -> None:
        session = self._session
        self.dialog.refresh(response)
        if attempt.request.method == "INVITE":
            ack = self.dialog.request("ACK", number=attempt.request.cseq.number)
            attempt.acknowledge(response, *session.aim(self.dialog, ack))
        if self.state is not State.OFFERING:
            return None
        session.refresher.answered(session, response)
        sdp = sdp_of(response)
        if sdp is None:
            return self._refused(488, "No Answer To The Offer")
        self.ours = attempt.request.body
        self._done()
        return session.listener.on_answered_reinvite(session, sdp)

    def _failed(self, status: int, reason: str) -> None:
        if self.state is State.OFFERING and status == 408 and self._session.confirmed:
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
        self._repeats = self._repeats and self._named != self._session.identity
        self._idle()

    def _wait_s(self, response: Response) -> float | None:
        """How long to wait before offering again: after 491 the owner of the Call-ID 2.1-4 s, the other 0-2 s (14.1).

        After a 500 what its Retry-After says, up to 99 s; None: not again.
        """
        if response.status == 491:
            least_s, range_s = (2.1, 1.9) if self._session.direction == "out" else (0.0, 2.0)
            return least_s + range_s * self._session.random()
        after = (response.headers.get("Retry-After") or "") if response.status == 500 else ""
        return float(after) if after.isascii() and after.isdigit() and len(after) <= 2 else None

    def _wait(self, seconds: float) -> None:
        self._tries += 1
        self.state = State.WAITING
        self._timer = self._session.exchange.clock.callLater(seconds, self._next)

    def _idle(self) -> None:
        self.state = State.IDLE
        if (self._waiting is not None or self._repeats) and (self._timer is None or not self._timer.active()):
            self._timer = self._session.exchange.clock.callLater(0, self._next)

    def _next(self) -> None:
        if self.state in (State.IDLE, State.WAITING):
            self._send()
