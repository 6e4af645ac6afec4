"""An answer waits for who reads it: of a file of any size a few chunks are in memory, however slowly it is read.

Twisted's WSGI takes what the application yields as fast as it comes. Here, past `answer_unpaced_bytes_max`, the
application's thread goes on when the connection has taken what it was given. Who takes nothing for `answer_stalled_s_max`
is hung up on.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from twisted.internet.interfaces import IPushProducer, IReactorFromThreads
from twisted.internet.threads import blockingCallFromThread
from twisted.web.server import Request
from zope.interface import implementer

from mgmt.limits import answer_stalled_s_max, answer_unpaced_bytes_max

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


@implementer(IPushProducer)
class Reader:
    """Who reads one answer: the connection tells on the reactor's thread, the application waits on its own."""

    def __init__(self, reactor: IReactorFromThreads, request: Request) -> None:
        self._reactor, self._request = reactor, request
        self._is_ready, self._is_gone, self._told = threading.Event(), False, False
        self._is_ready.set()
        request.notifyFinish().addBoth(self._finished)

    def paced(self, application: Application) -> Application:
        """The application, whose answer is yielded at the reader's pace."""

        def begin(environ: dict[str, Any], start: Callable[..., Any]) -> Iterator[bytes]:
            return self._yielded(application(environ, start))

        return begin

    def _yielded(self, body: Iterable[bytes]) -> Iterator[bytes]:
        unpaced_bytes = 0
        try:
            for chunk in body:
                yield chunk
                unpaced_bytes += len(chunk)
                if unpaced_bytes > answer_unpaced_bytes_max:
                    if not self._has_room():
                        return
                    unpaced_bytes = 0
        finally:
            if self._told:
                self._reactor.callFromThread(self._end)
            close = getattr(body, "close", None)
            if close is not None:
                close()

    def _has_room(self) -> bool:
        """Wait until the connection has; False: it is gone, or was hung up for taking nothing."""
        if not self._told:
            self._told = True
            blockingCallFromThread(self._reactor, self._begin)
        if not self._is_ready.wait(answer_stalled_s_max):
            blockingCallFromThread(self._reactor, self._hang_up)
        return not self._is_gone

    # -- on the reactor's thread -----------------------------------------------------------------------------------

    def _begin(self) -> None:
        if not self._is_gone:
            self._request.registerProducer(self, True)

    def _end(self) -> None:
        if not self._is_gone and self._request.producer is self:
            self._request.unregisterProducer()

    def _hang_up(self) -> None:
        if not self._is_gone:
            self._request.channel.forceAbortClient()
            self._finished(None)

    def _finished(self, _: object) -> None:
        self._is_gone = True
        self._is_ready.set()

    def pauseProducing(self) -> None:
        """The connection is full."""
        self._is_ready.clear()

    def resumeProducing(self) -> None:
        """It has room."""
        self._is_ready.set()

    def stopProducing(self) -> None:
        """It is gone."""
        self._finished(None)
