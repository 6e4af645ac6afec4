"""Finished calls to the numbers of a pool, each with the visit it belongs to: the newest one before it, within the window."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from configdb.tracking import Tracking
from history.documents import Call
from history.shelves import CALLS, VISITS, Body, Query, Shelves, Where

DAY_S = 86_400.0
PAGE = 200


@dataclass(frozen=True, slots=True)
class Tracked:
    """A call and its visitor. `first`: the caller had never called before the visit's window began."""

    call: Call
    client: str
    url: str
    yclid: str
    gclid: str


def visit_of(shelves: Shelves, tenant: str, tracking: Tracking, number: str, at: float) -> Body | None:
    """Who saw a number last before a moment, not longer ago than the window."""
    since = at - tracking.window_days * DAY_S
    rows = shelves.page(VISITS, tenant, Query((Where("number", "=", number),), since=since, until=at, limit=1))
    return rows[0].body if rows else None


def tracked(shelves: Shelves, tenant: str, tracking: Tracking, since: float, until: float) -> Iterator[Tracked]:
    """Inbound calls to the pool that began in the time and are over, newest first."""
    pool, after = frozenset(tracking.numbers), None
    while True:
        where = (Where("direction", "=", "inbound"),)
        rows = shelves.page(CALLS, tenant, Query(where, since=since, until=until, after=after, limit=PAGE))
        for row in rows:
            call = Call.from_document(row.body)
            visit = visit_of(shelves, tenant, tracking, call.to, call.started_at) if call.to in pool else None
            if visit is not None and visit["tracking"] == tracking.id:
                yield Tracked(call, *(str(visit[name]) for name in ("client", "url", "yclid", "gclid")))
        if len(rows) < PAGE:
            return
        after = (rows[-1].at or 0.0, rows[-1].id)
