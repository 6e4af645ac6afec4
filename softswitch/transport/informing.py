"""INFO requests of one session (RFC 6086), one after the other's answer: what they tell arrives in order."""

from __future__ import annotations

from collections import deque
from functools import partial
from typing import TYPE_CHECKING

from softswitch.sip.message import Response
from softswitch.transport.limits import INFO_WAITING_MAX

if TYPE_CHECKING:
    from softswitch.transport.session import Session


class Informing:
    """Of one session, which `send` is told. What was not sent yet waits, up to `INFO_WAITING_MAX`; what is refused is gone."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[str, bytes]] = deque()
        self._is_asking = False

    def send(self, session: Session, content_type: str, body: bytes) -> None:
        if len(self._waiting) < INFO_WAITING_MAX:
            self._waiting.append((content_type, body))
        self._next(session)

    def _next(self, session: Session) -> None:
        if self._is_asking or not self._waiting or not session.confirmed:
            return
        content_type, body = self._waiting.popleft()
        self._is_asking = True
        info = session.dialog.request("INFO", (), body, content_type)
        session.attempt(session.dialog, info, partial(self._answered, session), partial(self._failed, session))

    def _answered(self, session: Session, response: Response) -> None:
        if response.status >= 200:
            self._over(session)

    def _failed(self, session: Session, status: int, reason: str) -> None:
        session.exchange.clock.callLater(0, self._over, session)  # this may be inside the verb

    def _over(self, session: Session) -> None:
        self._is_asking = False
        self._next(session)
