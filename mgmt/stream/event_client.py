"""One open event stream: where its reader is in the event log, and what waits while the connection is full.

    reading ──all read──► current ──full, or a gap──► behind ──connection takes more──► reading

Events of the log are never queued: who is behind reads them from the log again. Views are queued a little and then left out:
the next one says more. So a slow reader costs a bounded amount of memory and misses no event.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from enum import Enum
from typing import Any, cast

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IPushProducer
from twisted.python.failure import Failure
from twisted.web.server import Request
from zope.interface import implementer

from configdb.event_log import Kept, Span
from mgmt.access.scope import Scope
from mgmt.limits import feed_page_events, feed_queue_events_max
from mgmt.stream.envelope import wants
from mgmt.stream.feed import event_frame

Read = Callable[[str, int, int], "Deferred[list[Kept]]"]
RESET = b"event: reset\ndata: {}\n\n"
END = b"event: end\ndata: {}\n\n"
"""The reader may not stay; who only loses the connection comes again."""


class State(Enum):
    """Where a reader is."""

    READING = "reading"
    CURRENT = "current"
    BEHIND = "behind"


@implementer(IPushProducer)
class EventClient:
    """`types` are patterns of event types, `views` whether the reader wants them; `read` reads the log on another thread."""

    def __init__(
        self, request: Request, scope: Scope, types: tuple[str, ...], views: bool, read: Read, lost: Callable[[], None]
    ) -> None:
        self.scope, self.state = scope, State.BEHIND
        self._request, self._types, self._views, self._read, self._lost = request, types, views, read, lost
        self._cursor: int | None = None
        self._queue: deque[bytes] = deque()
        self._paused = self._ended = False
        self._missed = False
        request.registerProducer(self, True)

    def begin(self, after: int | None, span: Span | None) -> None:
        """Go on behind `after` (None: from now on). `span` None: the log is away, which mends itself."""
        if span is not None:
            known = after is not None and span.first - 1 <= after <= span.last
            if after is not None and not known:
                self.send(RESET)
            self._cursor = after if known else span.last
        else:
            self._cursor = after
        self.catch_up()

    def happened(self, kept: Kept) -> None:
        """See `mgmt.stream.feed.Listener`."""
        if self._cursor is None:
            self._cursor = kept.sequence - 1
        if self.state is not State.CURRENT or self._paused:
            self.catch_up()
        elif kept.sequence > self._cursor:
            self._give(kept)

    def seen(self, kind: str, frame: bytes) -> None:
        """See `mgmt.stream.feed.Listener`."""
        if self._views:
            self.send(frame)

    def catch_up(self) -> None:
        """See `mgmt.stream.feed.Listener`."""
        if self.state is State.READING:
            self._missed = True
        elif self._paused or self._cursor is None:
            self.state = State.BEHIND
        elif not self._ended:
            self.state, self._missed = State.READING, False
            self._read(self.scope.tenant, self._cursor, feed_page_events).addCallbacks(self._page, self._unread)

    def _page(self, found: list[Kept]) -> None:
        if self._ended:
            return
        for kept in found:
            self._give(kept)
        self.state = State.CURRENT
        if self._missed or len(found) == feed_page_events:
            self.catch_up()

    def _unread(self, failure: Failure) -> None:
        """The log is away: the feed says when it is worth another try."""
        self.state = State.BEHIND

    def _give(self, kept: Kept) -> None:
        self._cursor = kept.sequence
        if wants(self._types, str(kept.event["type"])):
            self._request.write(event_frame(kept))

    def send(self, chunk: bytes) -> None:
        """Bytes that are worth nothing later: they wait for a full connection, up to a number."""
        if self._ended:
            return
        if not self._paused:
            self._request.write(chunk)
        elif len(self._queue) < feed_queue_events_max:
            self._queue.append(chunk)
        else:
            self._lost()

    def finish(self, last: bytes = b"") -> None:
        """The answer is complete, with `last`; a full connection, which would not take that, is cut off.

        To be cut off is a fault in the eyes of a browser, and in its console (ERR_CONNECTION_RESET).
        """
        if self._paused:
            self.abort()
            return
        self._over()
        if last:
            self._request.write(last)
        self._request.unregisterProducer()
        self._request.finish()

    def abort(self) -> None:
        """End the connection at once."""
        self._over()
        transport = cast(Any, self._request.transport)
        if transport is not None:
            transport.abortConnection()

    def _over(self) -> None:
        self._ended = True
        self._queue.clear()

    def pauseProducing(self) -> None:
        """The connection is full."""
        self._paused = True

    def resumeProducing(self) -> None:
        """The connection takes more: what waited goes first."""
        self._paused = False
        while self._queue and not self._paused:
            self._request.write(self._queue.popleft())
        if self.state is State.BEHIND:
            self.catch_up()

    def stopProducing(self) -> None:
        """The connection is gone; `notifyFinish` of the request does the rest."""
        self._paused = self._ended = True
        self._queue.clear()
