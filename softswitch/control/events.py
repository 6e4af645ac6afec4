"""What happened to calls, from a cursor on: the newest documents in a ring, one cursor for all tenants that only grows."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any

EVENTS_KEPT_MAX = 5_000
EVENTS_TOLD_MAX = 500


class EventRing:
    """`first` is the cursor to begin with: growing from run to run, the start time in milliseconds for one."""

    def __init__(self, first: int, kept_max: int = EVENTS_KEPT_MAX) -> None:
        self._first = self._last = first
        self._ring: deque[tuple[int, str, Mapping[str, Any]]] = deque(maxlen=kept_max)

    def add(self, tenant: str, document: Mapping[str, Any]) -> None:
        """A call is another one now."""
        if len(self._ring) == self._ring.maxlen:
            self._first = self._ring[0][0]
        self._last += 1
        self._ring.append((self._last, tenant, document))

    def after(self, cursor: int | None, tenant: str | None) -> dict[str, Any]:
        """The events of a tenant behind a cursor (None: from now on), the cursor to go on from, and whether any was missed."""
        if cursor is None:
            return {"events": [], "cursor": self._last, "complete": True}
        found: list[dict[str, Any]] = []
        reached = self._last
        for number, of, document in self._ring:
            if number > cursor and tenant in (None, of):
                if len(found) == EVENTS_TOLD_MAX:
                    reached = found[-1]["cursor"]
                    break
                found.append({"cursor": number, "call": document})
        return {"events": found, "cursor": reached, "complete": self._first <= cursor <= self._last}
