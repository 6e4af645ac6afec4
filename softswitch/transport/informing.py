"""INFO requests of one session (RFC 6086): ours go one after the other's answer, so that what they tell arrives in order."""

from __future__ import annotations

from collections import deque
from functools import partial
from typing import TYPE_CHECKING

from softswitch.sip.keys import check_info
from softswitch.sip.message import Request, Response
from softswitch.transport.limits import INFO_WAITING_MAX, KEYS_BURST_MAX, KEYS_PER_S_MAX
from softswitch.transport.patience import Patience, put_off

if TYPE_CHECKING:
    from softswitch.transport.server import ServerHandle
    from softswitch.transport.session import Session


class Informing:
    """Of one session, which `send` is told. What was not sent yet waits, up to `INFO_WAITING_MAX`; what is refused is gone."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[str, bytes]] = deque()
        self._is_asking = False
        self._patience = Patience(KEYS_BURST_MAX, KEYS_PER_S_MAX)

    def received(self, session: Session, handle: ServerHandle, request: Request) -> None:
        """One of theirs: what it tells is for the owner of the session. Raises BadMessage."""
        if "Info-Package" in request.headers:  # we take none (RFC 6086 4.2.2)
            return handle.reply(469, headers=[("Recv-Info", "")])
        if not self._patience.spend(session.exchange.clock.seconds()):
            return put_off(handle, session.random())
        check_info(request)
        handle.reply(200)
        return session.listener.on_info(session, request.headers.get("Content-Type") or "", request.body)

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
