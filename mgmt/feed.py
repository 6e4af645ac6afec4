"""The live feed: per tenant a bounded ring of events, and the listeners that get each event once, in order.

Runs on one thread (the reactor's); knows neither HTTP nor sockets. Ids only grow, also over a restart: the first id is the
start time in milliseconds. A listener that names the last id it saw gets what it missed, or is told that it missed too much.
"""

from __future__ import annotations

import json
from collections import OrderedDict, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from mgmt.limits import feed_event_bytes_max, feed_ring_events_max, feed_tenants_max
from mgmt.wire import outward


@dataclass(frozen=True, slots=True)
class FeedEvent:
    """One event: `kind` is call, activity, emergency, config or status; `data` its JSON."""

    id: int
    kind: str
    data: bytes

    def frame(self) -> bytes:
        """The event in the text/event-stream form (WHATWG HTML 9.2)."""
        return b"id: %d\nevent: %s\ndata: %s\n\n" % (self.id, self.kind.encode(), self.data)


class Listener(Protocol):
    """Somebody who listens to one tenant."""

    def deliver(self, event: FeedEvent) -> None:
        """Take one event now; must not block."""


@dataclass(frozen=True, slots=True)
class Replay:
    """What a returning listener missed. `complete` False: older events are gone, read everything afresh."""

    events: tuple[FeedEvent, ...]
    complete: bool


@dataclass(slots=True)
class _Channel:
    ring: deque[FeedEvent] = field(default_factory=lambda: deque(maxlen=feed_ring_events_max))
    listeners: list[Listener] = field(default_factory=list)
    forgotten_id: int = 0


class Feed:
    """All channels of a process."""

    def __init__(self, first_id: int) -> None:
        self._first_id = first_id
        self._next_id = first_id
        self._channels: OrderedDict[str, _Channel] = OrderedDict()

    def publish(self, tenant: str, kind: str, document: Mapping[str, Any]) -> None:
        """Keep the event in the tenant's ring and give it to each listener. Too big an event is dropped."""
        data = json.dumps(outward(document), separators=(",", ":"), ensure_ascii=False).encode()
        if len(data) > feed_event_bytes_max:
            return
        channel = self._channel(tenant)
        if len(channel.ring) == feed_ring_events_max:
            channel.forgotten_id = channel.ring[0].id
        self._next_id += 1
        event = FeedEvent(self._next_id, kind, data)
        channel.ring.append(event)
        for listener in tuple(channel.listeners):
            listener.deliver(event)

    def publish_to_all(self, kind: str, document: Mapping[str, Any]) -> None:
        """The event for every tenant somebody listens to."""
        for tenant, channel in tuple(self._channels.items()):
            if channel.listeners:
                self.publish(tenant, kind, document)

    def attach(self, tenant: str, listener: Listener, after: int | None) -> Replay:
        """Listen from now on. `after` is the last id seen: the events behind it are returned."""
        channel = self._channel(tenant)
        channel.listeners.append(listener)
        if after is None:
            return Replay((), True)
        missed = tuple(event for event in channel.ring if event.id > after)
        return Replay(missed, max(self._first_id, channel.forgotten_id) <= after <= self._next_id)

    def detach(self, tenant: str, listener: Listener) -> None:
        """Stop listening; harmless when not attached."""
        channel = self._channels.get(tenant)
        if channel is not None and listener in channel.listeners:
            channel.listeners.remove(listener)

    def _channel(self, tenant: str) -> _Channel:
        channel = self._channels.get(tenant)
        if channel is None:
            channel = self._channels[tenant] = _Channel(forgotten_id=self._next_id)
            self._forget_idle()
        return channel

    def _forget_idle(self) -> None:
        if len(self._channels) > feed_tenants_max:
            idle = next((name for name, channel in self._channels.items() if not channel.listeners), None)
            if idle is not None:
                del self._channels[idle]
