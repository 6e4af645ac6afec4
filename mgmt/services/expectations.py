"""Background service: what tenants expect of their calls is tried every night: days change even when nobody changes anything.

A holiday that comes near, a clock that is set: what will not be so in the coming week is a task in the inbox, one for each
expectation and moment, however often it is found.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from configdb.snapshot import TenantView
from history.activity import Activity, activity_id
from history.shelves import ACTIVITIES, SOURCES, Change, Put
from mgmt.services.ledger import Report
from mgmt.services.parts import Parts
from softswitch.routing.expect import Unmet, expectations_of, unmet

period_s = 600.0
NIGHT_H = 3
"""The hour of the tenant's night from which a day counts as begun."""


def run(parts: Parts) -> Report:
    """Every tenant whose night it is. Raises `StoreAway`."""
    tried = found = 0
    for view in parts.directory().tenants.values():
        if parts.errand.stopping():
            break
        if expectations_of(view) and _is_due(parts, view):
            tried += 1
            found += _try(parts, view)
    return Report(tried, f"{tried} tenants tried, {found} expectations will not be met")


def _day(parts: Parts, view: TenantView) -> str:
    local = datetime.fromtimestamp(parts.clock(), UTC).astimezone(ZoneInfo(view.tenant.timezone))
    return (local - timedelta(hours=NIGHT_H)).date().isoformat()


def _place(view: TenantView) -> str:
    return f"expectations/{view.tenant.id}"


def _is_due(parts: Parts, view: TenantView) -> bool:
    known = parts.history.shelves.get(SOURCES, view.tenant.id, _place(view))
    return known is None or known["day"] != _day(parts, view)


def _try(parts: Parts, view: TenantView) -> int:
    now = parts.clock()
    wrong = [
        one for one in unmet(parts.directory(), view, datetime.fromtimestamp(now, UTC)) if not one.expectation.waived
    ]
    tasks = [_task(view, one, now) for one in wrong]
    new = [task for task in tasks if parts.history.activity(task.tenant, task.id) is None]
    day: Change = Put(SOURCES, view.tenant.id, _place(view), {"day": _day(parts, view)})
    if not parts.errand.dry:
        parts.history.shelves.write([*(Put(ACTIVITIES, one.tenant, one.id, one.to_document()) for one in new), day])
        for task in new:
            parts.bus.publish(f"events.{task.tenant}.activity", task.to_document())
    return len(wrong)


def _task(view: TenantView, one: Unmet, now: float) -> Activity:
    local = one.at.astimezone(ZoneInfo(view.tenant.timezone))
    return Activity(
        id=activity_id("expectation", f"{view.tenant.id} {one.expectation.id} {one.at.timestamp():.0f}"),
        tenant=view.tenant.id,
        kind="task",
        call="",
        at=now,
        from_="",
        to="",
        title=f"Calls will not go as expected on {local:%Y-%m-%d %H:%M}: {one.expectation.name}"[:200],
        text=one.why,
        origin="internal",
        due_at=one.at.timestamp(),
    )
