"""Background service: tells when a trunk, a network or a telephone begins to sound bad, and when it is well again.

What stands is kept with the event that tells of it, in one go, so that each is told once, whichever node looks next.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from history.shelves import ALARMS, Change, Drop, Put, Query
from mgmt.conversations import Past, conversations
from mgmt.services.ledger import Report
from mgmt.services.parts import Parts
from quality.blame.watch import PERIOD_S, PERIODS, raised

period_s = 300.0
alarms_max = 1000


def run(parts: Parts) -> Report:
    """One look at every tenant. Raises `StoreAway`."""
    told = 0
    for tenant, view in parts.directory().tenants.items():
        told += _look(parts, Past(parts.history, parts.analyses, tenant, view.tenant.timezone))
        if parts.errand.stopping():
            break
    return Report(told, f"{told} alarms told")


def _look(parts: Parts, past: Past) -> int:
    now = parts.clock()
    bad = raised(conversations(past, now - PERIODS * PERIOD_S, now), now)[:alarms_max]
    found = {_id(alarm): alarm for alarm in bad}
    kept = parts.history.shelves.page(ALARMS, past.tenant, Query(limit=alarms_max))
    standing = {row.id: row.body for row in kept}
    changes = [*_raised(parts, past.tenant, found, standing, now), *_cleared(parts, past.tenant, found, standing)]
    if changes:
        parts.history.shelves.write(changes)
    return len(changes) // 2


Alarms = Mapping[str, Mapping[str, Any]]


def _raised(parts: Parts, tenant: str, found: Alarms, standing: Alarms, now: float) -> Iterator[Change]:
    for id, alarm in found.items():
        if id not in standing:
            kept = {"group": alarm["group"], "key": alarm["key"], "mos_p5": alarm["mos_p5"], "raised_at": now}
            yield Put(ALARMS, tenant, id, kept)
            yield parts.news.teller.told(tenant, "quality.alarm.raised", None, kept, id, now)


def _cleared(parts: Parts, tenant: str, found: Alarms, standing: Alarms) -> Iterator[Change]:
    for id, kept in standing.items():
        if id not in found:
            yield Drop(ALARMS, tenant, id)
            yield parts.news.teller.told(tenant, "quality.alarm.cleared", None, kept, id, kept["raised_at"])


def _id(alarm: Mapping[str, Any]) -> str:
    return f"{alarm['group']} {alarm['key']}"
