"""One SIP session's events, given to the call whose leg it is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from softswitch.calls.causes import CANCELLED
from softswitch.calls.leg import Cause
from softswitch.sip.headers import Headers
from softswitch.transport.listener import EndCause
from softswitch.transport.session import Session

if TYPE_CHECKING:
    from softswitch.adapters.switchboard import LiveCall, Switchboard

_SIGNAL = re.compile(rb"(?:signal\s*=\s*)?([0-9*#A-D])\s*(?:\r?\n|$)", re.IGNORECASE)
DTMF_TYPES = ("application/dtmf-relay", "application/dtmf")


class LegListener:
    """`SessionListener` of one leg of a live call."""

    def __init__(self, board: Switchboard, live: LiveCall, leg: str) -> None:
        self._board, self._live, self._leg = board, live, leg

    def on_progress(self, session: Session, status: int, sdp: bytes | None) -> None:
        """A callee rings."""
        self._board.feed(self._live, lambda call, now: call.progress(self._leg, status, sdp, now))

    def on_answered(self, session: Session, sdp: bytes) -> None:
        """A callee answered."""
        self._board.feed(self._live, lambda call, now: call.answered(self._leg, sdp, now))

    def on_failed(self, session: Session, status: int, reason: str, headers: Headers) -> None:
        """A callee refused, or our own refusal of a caller was delivered."""
        if session.direction == "out":
            self._board.feed(self._live, lambda call, now: call.failed(self._leg, status, reason, now))
        else:
            self._board.feed(self._live, lambda call, now: call.ended(self._leg, Cause(status, 31, reason), now))

    def on_cancelled(self, session: Session) -> None:
        """The caller gave up."""
        self._board.feed(self._live, lambda call, now: call.ended(self._leg, CANCELLED, now))

    def on_ended(self, session: Session, cause: EndCause) -> None:
        """BYE, or a dialog that broke."""
        said = Cause(None if cause.status == 200 else cause.status, cause.q850 or 16, cause.text or "normal clearing")
        self._board.feed(self._live, lambda call, now: call.ended(self._leg, said, now))

    def on_offer(self, session: Session, sdp: bytes | None) -> None:
        """re-INVITE or UPDATE."""
        self._board.feed(self._live, lambda call, now: call.offer(self._leg, sdp, now))

    def on_answered_reinvite(self, session: Session, sdp: bytes) -> None:
        """We send no re-INVITE yet that a call waits for."""

    def on_reinvite_failed(self, session: Session, status: int, reason: str) -> None:
        """As above."""

    def on_info(self, session: Session, content_type: str, body: bytes) -> None:
        """Keys by SIP INFO (RFC 6086 with the common dtmf-relay body)."""
        found = _SIGNAL.match(body.strip())
        if content_type in DTMF_TYPES and found is not None:
            digit = found[1].decode().upper()
            self._board.feed(self._live, lambda call, now: call.digit(self._leg, digit, now))

    def on_acked(self, session: Session, sdp: bytes | None) -> None:
        """The caller's leg is complete."""
