"""The event log within one process: for tests. It passes the same contract suite as the one on JetStream."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from configdb.event_log import EventsAway, Kept, OnEvent, Span, Told, encoded


class MemoryEventLog:
    """A `configdb.event_log.EventLog`; `away` makes every question fail, `forget` drops the oldest events."""

    def __init__(self) -> None:
        self.away = False
        self._lock = threading.Lock()
        self._kept: list[Kept] = []
        self._known: dict[tuple[str, str], int] = {}
        self._last = 0
        self._followers: list[OnEvent] = []

    def append(self, tenant: str, event: Mapping[str, Any]) -> int:
        """See `configdb.event_log.EventLog.append`."""
        self._answer()
        with self._lock:
            known = self._known.get((tenant, event["id"]))
            if known is not None:
                return known
            self._last += 1
            self._known[tenant, event["id"]] = self._last
            kept = Kept(self._last, tenant, json.loads(encoded(event)))
            self._kept.append(kept)
        for follower in tuple(self._followers):
            follower(kept)
        return kept.sequence

    def append_all(self, events: Sequence[Told]) -> list[int]:
        """See `configdb.event_log.EventLog.append_all`."""
        for tenant, event in events:
            self.append(tenant, event)
        return list(range(len(events)))

    def read(self, tenant: str | None, after: int, limit: int) -> list[Kept]:
        """See `configdb.event_log.EventLog.read`."""
        self._answer()
        with self._lock:
            return [one for one in self._kept if one.sequence > after and tenant in (None, one.tenant)][:limit]

    def span(self) -> Span:
        """See `configdb.event_log.EventLog.span`."""
        self._answer()
        with self._lock:
            return Span(self._kept[0].sequence if self._kept else self._last + 1, self._last)

    def purge(self, tenant: str) -> None:
        """See `configdb.event_log.EventLog.purge`."""
        self._answer()
        with self._lock:
            self._kept = [one for one in self._kept if one.tenant != tenant]

    def follow(self, on_event: OnEvent) -> Callable[[], None]:
        """See `configdb.event_log.EventLog.follow`."""
        self._followers.append(on_event)
        return lambda: self._followers.remove(on_event)

    def forget(self, count: int) -> None:
        """As time does: the oldest events are gone."""
        with self._lock:
            del self._kept[:count]

    def _answer(self) -> None:
        if self.away:
            raise EventsAway("the event log is away")
