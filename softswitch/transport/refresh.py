"""The session timer of a leg on the clock: refreshes by UPDATE or re-INVITE, ends what nobody refreshed (RFC 4028).

Figure: `softswitch.sip.session_timer`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from softswitch.sip.effects import CancelTimer, StartTimer
from softswitch.sip.message import Request, Response
from softswitch.sip.session_timer import Effect, Refresh, SessionTimer
from softswitch.sip.timers import Timer
from softswitch.transport.attempt import Attempt
from softswitch.transport.clock import Delayed, stop

if TYPE_CHECKING:
    from softswitch.transport.session import Pairs, Session

_NO_UPDATE = (405, 501)


class Refresher:
    """Drives the `SessionTimer` of one leg."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._machine = SessionTimer(session.policy.timer)
        self._timers: dict[Timer, Delayed] = {}
        self._attempt: Attempt | None = None

    def asked(self) -> Pairs:
        """Headers of an INVITE or UPDATE of ours."""
        return self._machine.asked()

    def accept(self, request: Request) -> Pairs:
        """Headers of our 2xx to their INVITE or UPDATE; it counts as a refresh."""
        headers, effects = self._machine.accept(request)
        self._perform(effects)
        return headers

    def answered(self, response: Response) -> None:
        """A 2xx to our INVITE or UPDATE."""
        self._perform(self._machine.answered(response))

    def again(self, attempt: Attempt, response: Response) -> bool:
        """A 422 to our INVITE or UPDATE is answered with the interval that it wants; False when it is final."""
        if not self._machine.refused(response):
            return False
        attempt.again(self.asked())
        return True

    def close(self) -> None:
        """The leg is over."""
        self._perform(self._machine.close())

    def _perform(self, effects: list[Effect]) -> None:
        for effect in effects:
            if isinstance(effect, StartTimer):
                later = self._session.exchange.clock.callLater(effect.seconds, self._fired, effect.timer)
                self._timers[effect.timer] = later
            elif isinstance(effect, CancelTimer):
                stop(self._timers.pop(effect.timer, None))
            elif isinstance(effect, Refresh):
                self.refresh()
            else:
                self._session.broken(408, "Session Expired")

    def _fired(self, timer: Timer) -> None:
        self._perform(self._machine.timer(timer))

    def refresh(self) -> None:
        """UPDATE without an offer, or re-INVITE with the one that counts: nothing of the session is changed."""
        session = self._session
        if not session.peer_allows("UPDATE"):
            return session.reoffer()
        update = session.dialog.request("UPDATE", (*session.headers(), *self.asked()))
        self._attempt = session.attempt(session.dialog, update, self._refreshed, self._failed)
        return None

    def _refreshed(self, response: Response) -> None:
        session = self._session
        if response.status < 200 or self._attempt is None:
            return
        if response.status < 300:
            session.dialog.refresh(response)
            self.answered(response)
        elif response.status in (408, 481):
            session.broken(response.status, response.reason)
        elif response.status in _NO_UPDATE:
            session.never("UPDATE")
            session.reoffer()
        else:  # any other refusal: the next quarter of the interval tries once more
            self.again(self._attempt, response)

    def _failed(self, status: int, reason: str) -> None:
        if status == 408:
            self._session.broken(status, reason)
