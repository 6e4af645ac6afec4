"""A leg that called us: ring, answer, reject, and what the caller does meanwhile (RFC 3261 13.3, 9.2).

Figure: `session`.
"""

from __future__ import annotations

from softswitch.sip.dialog import Dialog
from softswitch.sip.headers import Headers
from softswitch.sip.message import Request
from softswitch.sip.status import reason_of
from softswitch.transport.clock import Delayed, stop
from softswitch.transport.limits import PROVISIONAL_REFRESH_S
from softswitch.transport.listener import cause_of_ours
from softswitch.transport.renegotiation import SDP
from softswitch.transport.server import ServerHandle
from softswitch.transport.session import Pairs, Session, SessionHome, State, sdp_of


class IncomingSession(Session):
    """One INVITE we received; also the `ServerUser` of its transaction."""

    def __init__(self, home: SessionHome, id: str, handle: ServerHandle) -> None:
        """Raises BadMessage when the INVITE makes no dialog."""
        request = handle.request
        super().__init__(home, id, "in", request, f"{handle.flow.kind} {handle.flow.host}:{handle.flow.port}")
        self.source = self.flow = handle.flow
        self.adopt(Dialog.called(request, handle.to_tag))
        self._handle = handle
        self._refresh: Delayed | None = None
        self._owed: str | None = None
        self._refused = (480, "Temporarily Unavailable")
        handle.user = self

    def ring(self, status: int = 180, sdp: bytes | None = None) -> None:
        if self.state is not State.SETUP:
            return
        if sdp is None:
            self._handle.reply(status, headers=self.headers())
        else:
            self._handle.reply(status, None, self.headers(), sdp, SDP)
        stop(self._refresh)
        self._refresh = self.exchange.clock.callLater(PROVISIONAL_REFRESH_S, self.ring, status, sdp)

    def answer(self, sdp: bytes) -> None:
        if self.state is State.SETUP:
            stop(self._refresh)
            self.state = State.ANSWERED
            self.dialog.confirm()
            self._handle.reply(200, None, self.headers(), sdp, SDP)

    def reject(self, status: int, reason: str | None = None, headers: Pairs = ()) -> None:
        if self.state is State.SETUP:
            stop(self._refresh)
            self.state = State.LEAVING
            self._handle.reply(status, reason, headers)
            self._refused = (status, reason_of(status) if reason is None else reason)
            self.settle(self._tell_failed)

    def cancel(self, reason_header: str | None = None) -> None:
        self.reject(480, headers=(("Reason", reason_header),) if reason_header else ())

    def bye(self, reason_header: str | None = None) -> None:
        if self.state is State.ANSWERED:
            # A called party says BYE only after the ACK (RFC 3261 15).
            self.state, self._owed = State.HANGING, reason_header
            self.settle(lambda: self.listener.on_ended(self, cause_of_ours(reason_header)))
        else:
            super().bye(reason_header)

    def received_bye(self, request: Request) -> None:
        if self.state is State.SETUP:
            self._given_up()
        else:
            super().received_bye(request)

    # --- ServerUser ---

    def cancelled(self, handle: ServerHandle, cancel: Request) -> None:
        """The caller gives up."""
        if self.state is State.SETUP:
            self._given_up()

    def acknowledged(self, handle: ServerHandle, ack: Request) -> None:
        """The ACK came: of our 200, or of our refusal."""
        match self.state:
            case State.ANSWERED:
                self.state = State.UP
                self._renegotiation.begin()
                self.listener.on_acked(self, sdp_of(ack))
            case State.HANGING:
                self.hang_up(cause_of_ours(self._owed), self._owed)
            case State.LEAVING:
                self._left()

    def unacknowledged(self, handle: ServerHandle) -> None:
        """Nobody acknowledged for 64*T1 (13.3.1.4)."""
        match self.state:
            case State.ANSWERED:
                self.broken(408, "No ACK")
            case State.HANGING:
                self.hang_up(cause_of_ours(self._owed), self._owed)
            case State.LEAVING:
                self._left()

    def _given_up(self) -> None:
        stop(self._refresh)
        self._handle.reply(487)
        self.leave()
        self.tell(lambda: self.listener.on_cancelled(self))

    def _left(self) -> None:
        self.leave()
        self.tell(self._tell_failed)

    def _tell_failed(self) -> None:
        self.listener.on_failed(self, *self._refused, Headers())
