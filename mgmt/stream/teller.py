"""Events on their way to the event log: kept with what they tell of, relayed when the log answers (`services.relay`)."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from history.happened import Event, event_id
from history.shelves import Put, Shelves

PEOPLE, CONFIGURATION = "people", "configuration"
"""Who tells beside the spool; each has an order of its own."""


def sources(spool: str) -> tuple[str, ...]:
    """Everybody on a node whose events its services relay; `spool` is the node's source in the history."""
    return (spool, f"{spool} {PEOPLE}", f"{spool} {CONFIGURATION}")


class Teller:
    """What people do through the web process."""

    def __init__(self, shelves: Shelves, spool: str, clock: Callable[[], float]) -> None:
        self._shelves, self._source, self._clock = shelves, f"{spool} {PEOPLE}", clock

    def tell(self, tenant: str, type: str, call: str | None, data: Mapping[str, Any], *source: object) -> None:
        """Keep an event; `source` makes its id: the same source is the same event. Raises `StoreAway`."""
        self._shelves.write([self.told(tenant, type, call, data, *source)])

    def told(self, tenant: str, type: str, call: str | None, data: Mapping[str, Any], *source: object) -> Put:
        """The event as it is kept, to be written in one go with what it tells of."""
        id = event_id(self._source, tenant, type, *source)
        event = Event(id, tenant, type, self._clock(), call, self._source, dict(data))
        return event.waiting(time.time_ns())
