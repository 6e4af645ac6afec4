"""One SIP session's events, given to the call whose leg it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from configdb.model import Trunk
from softswitch.calls.causes import CANCELLED, of_failure
from softswitch.calls.leg import Cause
from softswitch.calls.redirects import FOLLOWED, addresses
from softswitch.sip.causes import q850_of, said
from softswitch.sip.headers import Headers
from softswitch.sip.keys import digit_of
from softswitch.sip.limits import REASON_TEXT_CHARS_MAX
from softswitch.sip.plain import plain
from softswitch.transport.listener import EndCause
from softswitch.transport.policy import LegPolicy
from softswitch.transport.session import Session

if TYPE_CHECKING:
    from softswitch.adapters.switchboard import Switchboard
    from softswitch.calls.call import Call
    from softswitch.calls.effects import Effect
    from softswitch.transport.referral import Referral


class LegListener:
    """`SessionListener` of one leg, in whatever call it is now.

    flow_failed: is told when a proxy lost the phone (RFC 5626 5.3).
    """

    def __init__(self, board: Switchboard, leg: str, flow_failed: Callable[[], None] | None = None) -> None:
        self._board, self._leg, self._flow_failed = board, leg, flow_failed

    def _feed(self, step: Callable[[Call, float], tuple[Effect, ...]]) -> None:
        live = self._board.of_leg(self._leg)
        if live is not None:
            self._board.feed(live, step)

    def on_trying(self, session: Session) -> None:
        """A callee's next hop is alive."""
        self._feed(lambda call, now: call.progress(self._leg, 100, None, now))

    def on_progress(self, session: Session, status: int, sdp: bytes | None) -> None:
        """A callee rings."""
        self._feed(lambda call, now: call.progress(self._leg, status, sdp, now))

    def on_answered(self, session: Session, sdp: bytes) -> None:
        """A callee answered."""
        self._feed(lambda call, now: call.answered(self._leg, sdp, now))

    def on_failed(self, session: Session, status: int, reason: str, headers: Headers) -> None:
        """A callee refused, or our own refusal of a caller was delivered."""
        if status == 430 and self._flow_failed is not None:
            self._flow_failed()
        named, reason = said(headers), plain(reason, REASON_TEXT_CHARS_MAX)
        q850 = named.cause if named is not None else None
        if session.direction == "out" and status in FOLLOWED:
            self._feed(lambda call, now: call.redirected(self._leg, status, addresses(headers), now))
        elif session.direction == "out":
            self._feed(lambda call, now: call.failed(self._leg, status, reason, now, q850))
        else:
            cause = of_failure(status, reason)
            self._feed(lambda call, now: call.ended(self._leg, cause, now))

    def on_cancelled(self, session: Session, cause: EndCause) -> None:
        """The caller gave up."""
        why = CANCELLED if cause.q850 == CANCELLED.q850 else Cause(487, cause.q850 or 16, cause.text)
        self._feed(lambda call, now: call.ended(self._leg, why, now))

    def on_ended(self, session: Session, cause: EndCause) -> None:
        """BYE, or a dialog that broke."""
        status = None if cause.status == 200 else cause.status
        why = Cause(status, cause.q850 or q850_of(cause.status), cause.text or "normal clearing")
        self._feed(lambda call, now: call.ended(self._leg, why, now))

    def on_offer(self, session: Session, sdp: bytes | None) -> None:
        """re-INVITE or UPDATE."""
        self._feed(lambda call, now: call.offer(self._leg, sdp, now))

    def on_answered_reinvite(self, session: Session, sdp: bytes) -> None:
        """A refresh, an offer that was asked for, or the PRACK of our offer."""
        self._feed(lambda call, now: call.media_answered(self._leg, sdp, now))

    def on_reinvite_failed(self, session: Session, status: int, reason: str) -> None:
        """The session stays as it was; so does the call."""

    def on_refer(self, session: Session, referral: Referral) -> None:
        """The far end asks for a transfer."""
        live = self._board.of_leg(self._leg)
        if live is not None:
            self._board.referred(live, self._leg, referral)
        else:
            referral.refuse(481)

    def on_info(self, session: Session, content_type: str, body: bytes) -> None:
        """Keys by SIP INFO."""
        digit = digit_of(content_type, body)
        if digit is not None:
            self._feed(lambda call, now: call.digit(self._leg, digit, now, "info"))

    def on_acked(self, session: Session, sdp: bytes | None) -> None:
        """The caller's leg is complete; with our offer in the 200 this is its answer."""
        self._feed(lambda call, now: call.media_answered(self._leg, sdp, now))


class GatewayListener(LegListener):
    """A leg to a gateway: its first word, or that it has none, also tells how the gateway is.

    heard(status, Retry-After): as `Carriers.heard`.  patience_s: a leg given up after so long without a word was not heard.
    answered(): from now on it costs.
    """

    def __init__(
        self,
        board: Switchboard,
        leg: str,
        heard: Callable[[int | None, str | None], None],
        seconds: Callable[[], float],
        patience_s: float,
        answered: Callable[[], None],
    ) -> None:
        super().__init__(board, leg)
        self._answered = answered
        self._heard, self._seconds, self._patience_s = heard, seconds, patience_s
        self._began, self._spoke = seconds(), False

    def on_trying(self, session: Session) -> None:
        """Alive."""
        self._alive()
        super().on_trying(session)

    def on_progress(self, session: Session, status: int, sdp: bytes | None) -> None:
        """Alive."""
        self._alive()
        super().on_progress(session, status, sdp)

    def on_answered(self, session: Session, sdp: bytes) -> None:
        """Alive, and paid for."""
        self._alive()
        super().on_answered(session, sdp)
        self._answered()

    def on_failed(self, session: Session, status: int, reason: str, headers: Headers) -> None:
        """Its answer, or ours in its place: 487 after we gave up, 408 and 503 when nothing came or went."""
        if status != 487:
            self._heard(status, headers.get("Retry-After"))
        elif not self._spoke and self._seconds() - self._began >= self._patience_s:
            self._heard(None, None)
        super().on_failed(session, status, reason, headers)

    def _alive(self) -> None:
        if not self._spoke:
            self._spoke = True
            self._heard(200, None)


def policy_with(phones: LegPolicy, trunk: Trunk | None) -> LegPolicy:
    """The policy of a leg with a trunk; without one the phones'."""
    if trunk is None or trunk.reliable_provisional == phones.reliable:
        return phones
    return replace(phones, reliable=trunk.reliable_provisional)


class Deaf:
    """The listener of a session whose call is over or was refused: nothing of it matters any more."""

    def on_trying(self, session: Session) -> None:
        """Nothing."""

    def on_progress(self, session: Session, status: int, sdp: bytes | None) -> None:
        """Nothing."""

    def on_answered(self, session: Session, sdp: bytes) -> None:
        """Nothing."""

    def on_failed(self, session: Session, status: int, reason: str, headers: Headers) -> None:
        """Nothing."""

    def on_cancelled(self, session: Session, cause: EndCause) -> None:
        """Nothing."""

    def on_ended(self, session: Session, cause: EndCause) -> None:
        """Nothing."""

    def on_offer(self, session: Session, sdp: bytes | None) -> None:
        """Nothing."""

    def on_answered_reinvite(self, session: Session, sdp: bytes) -> None:
        """Nothing."""

    def on_reinvite_failed(self, session: Session, status: int, reason: str) -> None:
        """Nothing."""

    def on_refer(self, session: Session, referral: Referral) -> None:
        """There is no call to transfer."""
        referral.refuse(481)

    def on_info(self, session: Session, content_type: str, body: bytes) -> None:
        """Nothing."""

    def on_acked(self, session: Session, sdp: bytes | None) -> None:
        """Nothing."""
