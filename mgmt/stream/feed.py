"""The live feed of a process: hands what happens to the listeners of a tenant on the reactor thread; knows no HTTP, no sockets.

Two kinds of news. *Events* come from the event log (`configdb.event_log`), have a sequence and can be read again: a listener
that may have missed some is told to catch up. *Views* (the present state of a call, a queue) are told to who is there and
wants them, and to nobody else.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from configdb.event_log import Kept, Span
from mgmt.http.wire import outward
from mgmt.limits import feed_event_bytes_max
from mgmt.stream.envelope import envelope


class Listener(Protocol):
    """Somebody who listens to one tenant. No method may block."""

    def happened(self, kept: Kept) -> None:
        """An event of the log."""

    def seen(self, kind: str, frame: bytes) -> None:
        """A view: `kind` is call, activity, history, emergency, queue, config or status."""

    def catch_up(self) -> None:
        """There may be events that were not told: read the log."""


def view_frame(kind: str, document: Mapping[str, Any]) -> bytes | None:
    """A view as text/event-stream (WHATWG HTML 9.2), without an id; None: it is too big."""
    data = json.dumps(outward(document), separators=(",", ":"), ensure_ascii=False).encode()
    return None if len(data) > feed_event_bytes_max else b"event: %s\ndata: %s\n\n" % (kind.encode(), data)


def event_frame(kept: Kept) -> bytes:
    """An event of the log as text/event-stream; its id is the cursor to go on from."""
    data = json.dumps(envelope(kept.event), separators=(",", ":"), ensure_ascii=False).encode()
    return b"id: %d\nevent: %s\ndata: %s\n\n" % (kept.sequence, str(kept.event["type"]).encode(), data)


class Feed:
    """All listeners of a process. `last` is the newest sequence it knows of, None before the first.

    wanted: told of a tenant that somebody begins to listen to.
    """

    def __init__(self, wanted: Callable[[str], None] = lambda tenant: None) -> None:
        self.last: int | None = None
        self._wanted = wanted
        self._listeners: dict[str, list[Listener]] = {}

    def publish(self, tenant: str, kind: str, document: Mapping[str, Any]) -> None:
        """Tell a view."""
        listeners = self._listeners.get(tenant)
        frame = view_frame(kind, document) if listeners else None
        if frame is not None:
            for listener in tuple(listeners or ()):
                listener.seen(kind, frame)

    def publish_to_all(self, kind: str, document: Mapping[str, Any]) -> None:
        """The view for every tenant somebody listens to."""
        for tenant in tuple(self._listeners):
            self.publish(tenant, kind, document)

    def happened(self, kept: Kept) -> None:
        """Tell an event that the log pushed. A gap before it makes everybody read, for their cursor may not jump over it."""
        if self.last is not None and kept.sequence <= self.last:
            return
        missed = self.last is None or kept.sequence != self.last + 1
        self.last = kept.sequence
        if missed:
            self._everybody_catches_up()
            return
        for listener in tuple(self._listeners.get(kept.tenant, ())):
            listener.happened(kept)

    def reached(self, span: Span) -> None:
        """What the log says of itself, now and then: pushes are best effort, this is not."""
        if self.last is None or span.last > self.last:
            self.last = span.last
            self._everybody_catches_up()

    def listened(self) -> frozenset[str]:
        """The tenants somebody listens to; on any thread."""
        return frozenset(self._listeners)

    def attach(self, tenant: str, listener: Listener) -> None:
        """Listen from now on."""
        self._wanted(tenant)
        self._listeners.setdefault(tenant, []).append(listener)

    def detach(self, tenant: str, listener: Listener) -> None:
        """Stop listening; harmless when not attached."""
        listeners = self._listeners.get(tenant, [])
        if listener in listeners:
            listeners.remove(listener)
        if not listeners:
            self._listeners.pop(tenant, None)

    def _everybody_catches_up(self) -> None:
        for listeners in tuple(self._listeners.values()):
            for listener in tuple(listeners):
                listener.catch_up()
