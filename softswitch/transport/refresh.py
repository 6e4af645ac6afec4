"""The session timer of a leg on the clock: refreshes by UPDATE or re-INVITE, ends what nobody refreshed (RFC 4028).

Figure: `softswitch.sip.session_timer`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from softswitch.sip.effects import CancelTimer, StartTimer
from softswitch.sip.message import Request, Response
from softswitch.sip.session_timer import Effect, Policy, Refresh, SessionTimer
from softswitch.sip.timers import Timer
from softswitch.transport.attempt import Attempt
from softswitch.transport.clock import Delayed, stop

if TYPE_CHECKING:
    from softswitch.transport.session import Pairs, Session

_NO_UPDATE = (405, 501)


class Refresher:
    """Drives the `SessionTimer` of one leg, which every verb is told."""

    def __init__(self, policy: Policy) -> None:
        self._machine = SessionTimer(policy)
        self._timers: dict[Timer, Delayed] = {}
        self._told: Pairs | None = None  # whom the UPDATE names that has no answer yet

    def asked(self) -> Pairs:
        """Headers of an INVITE or UPDATE of ours."""
        return self._machine.asked()

    def accept(self, session: Session, request: Request) -> Pairs:
        """Headers of our 2xx to their INVITE or UPDATE; it counts as a refresh."""
        headers, effects = self._machine.accept(request)
        self._perform(session, effects)
        return headers

    def answered(self, session: Session, response: Response) -> None:
        """A 2xx to our INVITE or UPDATE."""
        self._perform(session, self._machine.answered(response))

    def again(self, attempt: Attempt, response: Response) -> bool:
        """A 422 to our INVITE or UPDATE is answered with the interval that it wants; False when it is final."""
        if not self._machine.refused(response):
            return False
        attempt.again(self.asked())
        return True

    def close(self, session: Session) -> None:
        """The leg is over."""
        self._perform(session, self._machine.close())

    def _perform(self, session: Session, effects: list[Effect]) -> None:
        for effect in effects:
            if isinstance(effect, StartTimer):
                later = session.exchange.clock.callLater(effect.seconds, self._fired, session, effect.timer)
                self._timers[effect.timer] = later
            elif isinstance(effect, CancelTimer):
                stop(self._timers.pop(effect.timer, None))
            elif isinstance(effect, Refresh):
                self.refresh(session)
            else:
                session.broken(408, "Session Expired")

    def _fired(self, session: Session, timer: Timer) -> None:
        self._perform(session, self._machine.timer(timer))

    def refresh(self, session: Session) -> None:
        """UPDATE without an offer, or re-INVITE with the one that counts: nothing of the session is changed.

        One at a time (RFC 3311 5.2); the next one follows when somebody else is named by then.
        """
        if not session.peer_allows("UPDATE"):
            return session.reoffer()
        if self._told is not None:
            return None

        def refreshed(response: Response) -> None:
            if response.status >= 200 and self._refreshed(session, attempt, response):
                told, self._told = self._told, None
                if session.up and session.identity != told:
                    self.refresh(session)

        def failed(status: int, reason: str) -> None:
            self._told = None
            if status == 408:
                session.broken(status, reason)

        self._told = session.identity
        update = session.dialog.request("UPDATE", (*session.headers(), *self.asked()))
        attempt = session.attempt(session.dialog, update, refreshed, failed)
        return None

    def _refreshed(self, session: Session, attempt: Attempt, response: Response) -> bool:
        """Whether that is all; False when it is asked again."""
        if response.status < 300:
            session.dialog.refresh(response)
            self.answered(session, response)
        elif response.status in (408, 481):
            session.broken(response.status, response.reason)
        elif response.status in _NO_UPDATE:
            session.never("UPDATE")
            session.reoffer()
        else:  # any other refusal: the next quarter of the interval tries once more
            return not self.again(attempt, response)
        return True
