"""The event log: everything that happened to tenants, in one order, kept for a while and read again from any cursor.

Unlike the bus it loses nothing: who appends knows that it is there, an event that is appended once more is there once
(by its `id`), and who was away reads on behind the last sequence that was seen. An event is a JSON object
`{id, tenant, type, at, call, node, data}` (`history.happened.Event`); one that is too long is kept without its `data`,
which say `too_long_bytes` then: an event that no server takes would hold up all behind it for ever.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import orjson

from configdb.limits import event_bytes_max

logger = logging.getLogger(__name__)
Document = dict[str, Any]


class EventsAway(Exception):
    """The log does not answer now; whether an append took effect is not known, and it is harmless to repeat it."""


@dataclass(frozen=True, slots=True)
class Kept:
    """An event with its place: sequences grow, and belong to all tenants together."""

    sequence: int
    tenant: str
    event: Document


@dataclass(frozen=True, slots=True)
class Span:
    """What can be read: `first` (of what is still there) to `last`; an empty log has `first` = `last` + 1."""

    first: int
    last: int


Told = tuple[str, Mapping[str, Any]]
"""A tenant and an event of its."""

OnEvent = Callable[[Kept], None]


class EventLog(Protocol):
    """`configdb.event_log_memory.MemoryEventLog` within a process, `configdb.event_log_jetstream.JetStreamEventLog`.

    Any thread may ask; every method but `follow` raises `EventsAway`.
    """

    def append(self, tenant: str, event: Mapping[str, Any]) -> int:
        """The sequence of the event, durable when this returns; of the first one when it was there already."""

    def append_all(self, events: Sequence[Told]) -> list[int]:
        """Many at once; the indices of those that are known to be there, durable: not all when the log went away meanwhile.

        Those of one call (of one tenant: those of no call) are there in the order given, whatever goes wrong and is repeated.
        """

    def read(self, tenant: str | None, after: int, limit: int) -> list[Kept]:
        """Up to `limit` events of a tenant (None: of all) behind a sequence, in order."""

    def span(self) -> Span:
        """What can be read now."""

    def purge(self, tenant: str) -> None:
        """Every event of a tenant goes, for good; those of others keep their sequences."""

    def follow(self, on_event: OnEvent) -> Callable[[], None]:
        """Be told of new events, best effort and in order, on some thread; call the result to end it."""


def encoded(event: Mapping[str, Any]) -> bytes:
    """The JSON of an event; of one over `event_bytes_max` what happened, without the data."""
    payload = orjson.dumps(event)
    if len(payload) <= event_bytes_max:
        return payload
    logger.warning(
        "event %s (%s) of %s has %d bytes, more than %d: it is told without its data",
        *(event["id"], event["type"], event.get("tenant"), len(payload), event_bytes_max),
    )
    return orjson.dumps({**event, "data": {"too_long_bytes": len(payload)}})


def waves(events: Sequence[Told]) -> list[list[int]]:
    """Indices of events that may be under way at once, group after group: no two events of a call are in the same."""
    found: list[list[int]] = []
    earlier: dict[tuple[str, object], int] = {}
    for index, (tenant, event) in enumerate(events):
        key = tenant, event.get("call")
        at = earlier[key] = earlier.get(key, -1) + 1
        if at == len(found):
            found.append([])
        found[at].append(index)
    return found
