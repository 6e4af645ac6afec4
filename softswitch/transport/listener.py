"""What a SIP call leg tells its owner (`SessionListener`) and how it ended (`EndCause`, RFC 3326 Reason)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from softswitch.sip import causes
from softswitch.sip.headers import Headers
from softswitch.sip.kept import kept

if TYPE_CHECKING:
    from softswitch.transport.referral import Referral
    from softswitch.transport.session import Session

By = Literal["remote", "local", "error"]


@dataclass(frozen=True, slots=True)
class EndCause:
    """Why an answered leg ended. `status` is a SIP status (200 for a normal BYE), `q850` an ITU Q.850 cause or None.

    `by`: "remote" the far end said BYE; "local" we did; "error" the leg broke (no ACK, 408, 481, dead connection).
    """

    status: int
    q850: int | None
    text: str
    by: By


class SessionListener(Protocol):
    """The owner of one leg. Called from the reactor, never from inside a verb; it may call any verb before it returns.

    Exactly one of `on_failed`, `on_cancelled` and `on_ended` is called, once, as the last call of all.
    """

    def on_trying(self, session: Session) -> None:
        """Outgoing: a 100 came: the next hop is alive."""

    def on_progress(self, session: Session, status: int, sdp: bytes | None) -> None:
        """Outgoing: a 101-199 came (ringing, early media)."""

    def on_answered(self, session: Session, sdp: bytes) -> None:
        """Outgoing: the first 2xx came, its ACK has been sent.

        `sdp` is empty when nothing new was said: the answer came in a reliable provisional one (`on_progress` had it, and it
        may have been changed by UPDATE since), our INVITE had no offer (`on_offer` came), or the far end sent none at all.
        """

    def on_failed(self, session: Session, status: int, reason: str, headers: Headers) -> None:
        """Over, not answered. Outgoing: 300-699, 408 nobody answers, 503 unreachable, 487 after `cancel`.

        Incoming: our own refusal was delivered (or was not within `SETTLE_S`).
        """

    def on_cancelled(self, session: Session, cause: EndCause) -> None:
        """Incoming: over, the caller gave up before the answer and perhaps said why; 487 has been sent."""

    def on_ended(self, session: Session, cause: EndCause) -> None:
        """An answered leg is over, for whatever reason, also after our own `bye`."""

    def on_offer(self, session: Session, sdp: bytes | None) -> None:
        """The far end changes the session (re-INVITE or UPDATE); None asks us for an offer.

        Call `session.answer_offer(sdp)` or `session.refuse_offer(488)`, now or later.
        """

    def on_answered_reinvite(self, session: Session, sdp: bytes) -> None:
        """The far end answered our offer in a `reinvite`, in an `answer_offer` to an empty one, or in a reliable `ring`.

        It comes also when a refresh of the session repeated what was said last (RFC 4028); the answer may be a new one.
        """

    def on_reinvite_failed(self, session: Session, status: int, reason: str) -> None:
        """Our `reinvite` was refused or not answered; the session stays as it was (RFC 3261 14.1)."""

    def on_refer(self, session: Session, referral: Referral) -> None:
        """The far end asks for a transfer: accept or refuse it, now or later, and report how it goes on."""

    def on_info(self, session: Session, content_type: str, body: bytes) -> None:
        """An INFO came within the session (already answered 200)."""

    def on_acked(self, session: Session, sdp: bytes | None) -> None:
        """Incoming: the ACK for our 200 came; `sdp` is the far end's answer when our 200 carried an offer."""


def cause_of_bye(headers: Headers) -> EndCause:
    """The cause of a received BYE from its Reason header (RFC 3326); a plain BYE is normal clearing, Q.850 16."""
    return _cause(200, headers, "remote")


def cause_of_cancel(headers: Headers) -> EndCause:
    """The same for a CANCEL."""
    return _cause(487, headers, "remote")


def cause_of_ours(reason: str | None) -> EndCause:
    """The cause of a BYE of ours with that Reason value."""
    return _of_ours(reason or "")


@kept
def _of_ours(reason: str) -> EndCause:
    return _cause(200, Headers([("Reason", reason)] if reason else ()), "local")


def _cause(status: int, headers: Headers, by: By) -> EndCause:
    found = causes.said(headers) or causes.Q850(causes.NORMAL_CLEARING)
    return EndCause(status, found.cause, found.text or "Normal Clearing", by)
