"""A leg whose connection is gone: it waits for its far end to come back on another one, then asks for it (RFC 5626 4.2).

THERE -- begin() --> LOST -- a request of theirs, or their phone registers: found(flow) --> THERE, what waited is offered
                      | waits_s: OPTIONS -- any answer but 408 and 481 --> THERE
                      +--------------------- 481, or nobody at the last --> the leg is broken
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from softswitch.sip.message import Response
from softswitch.transport.clock import Delayed, stop
from softswitch.transport.flows import Flow
from softswitch.transport.limits import LOST_FLOW_S

if TYPE_CHECKING:
    from softswitch.transport.session import Session


class Search:
    """Of one session, which every verb is told. offers_wait: nothing is offered until the far end is there again."""

    def __init__(self) -> None:
        self.offers_wait = False
        self._timer: Delayed | None = None

    def begin(self, session: Session, waits_s: tuple[float, ...] = LOST_FLOW_S) -> None:
        """The connection to the far end is gone; it is asked for after each of these."""
        self.stop()
        self._timer = session.exchange.clock.callLater(waits_s[0], self._look, session, waits_s[1:])

    def found(self, session: Session, flow: Flow | None) -> None:
        """The far end is there again, on this connection; nothing changes for a leg that never lost its own."""
        if _is_lost(session):
            self.stop()
            session.flow, self.offers_wait = flow, False
            session.offer_what_waits()

    def stop(self) -> None:
        """Nobody is looked for."""
        stop(self._timer)

    def _look(self, session: Session, waits_s: tuple[float, ...]) -> None:
        if not session.up or not _is_lost(session):
            return

        def answered(response: Response) -> None:
            if response.status == 408:
                failed(response.status, response.reason)
            elif response.status == 481:
                session.broken(response.status, response.reason)
            elif response.status >= 200:
                self.found(session, asked.flow)

        def failed(status: int, reason: str) -> None:
            if not waits_s:
                session.broken(status, "Connection Lost")
            elif session.up and _is_lost(session):
                self.offers_wait = True
                self.begin(session, waits_s)

        asked = session.attempt(session.dialog, session.dialog.request("OPTIONS"), answered, failed)


def _is_lost(session: Session) -> bool:
    flow = session.flow
    return flow is not None and not flow.alive
