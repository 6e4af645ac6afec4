"""INFO requests of one session (RFC 6086), one after the other's answer: what they tell arrives in order."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from softswitch.sip.message import Response
from softswitch.transport.limits import INFO_WAITING_MAX

if TYPE_CHECKING:
    from softswitch.transport.session import Session


class Informing:
    """What was not sent yet waits, up to `INFO_WAITING_MAX`; what is refused is gone."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._waiting: deque[tuple[str, bytes]] = deque()
        self._is_asking = False

    def send(self, content_type: str, body: bytes) -> None:
        if len(self._waiting) < INFO_WAITING_MAX:
            self._waiting.append((content_type, body))
        self._next()

    def _next(self) -> None:
        session = self._session
        if self._is_asking or not self._waiting or not session.confirmed:
            return
        content_type, body = self._waiting.popleft()
        self._is_asking = True
        session.attempt(
            session.dialog, session.dialog.request("INFO", (), body, content_type), self._answered, self._failed
        )

    def _answered(self, response: Response) -> None:
        if response.status >= 200:
            self._over()

    def _failed(self, status: int, reason: str) -> None:
        self._session.exchange.clock.callLater(0, self._over)  # this may be inside the verb

    def _over(self) -> None:
        self._is_asking = False
        self._next()
