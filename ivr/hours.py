"""Open or closed, and why: a schedule read at one moment in its own time zone."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from configdb.model import Day, Forced, Interval, Schedule
from ivr.steps import Step

DAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def decide(schedule: Schedule, tenant_zone: str, now: datetime) -> Step:
    """The step "hours.open" or "hours.closed" with its reason. `now` is aware; the schedule's zone wins over the tenant's."""
    zone = schedule.timezone or tenant_zone
    local = now.astimezone(ZoneInfo(zone))
    date, clock, name = local.date().isoformat(), local.strftime("%H:%M"), NAMES[local.weekday()]
    facts = {"schedule": schedule.id, "local": local.strftime("%Y-%m-%dT%H:%M"), "zone": zone}
    if schedule.forced is not None and now < schedule.forced.until:
        return _by_hand(schedule.forced, ZoneInfo(zone), facts)
    for holiday in schedule.holidays:
        if holiday.date == date:
            return Step("hours.closed", f"closed: holiday '{holiday.name}', {zone}", {**facts, "holiday": holiday.name})
    intervals = schedule.weekly.get(DAYS[local.weekday()], ())
    for interval in intervals:
        if interval.start <= clock < interval.end:
            return Step("hours.open", f"open: {name} {span(interval)}, it is {clock} in {zone}", facts)
    if not intervals:
        return Step("hours.closed", f"closed: {name} has no opening hours, {zone}", facts)
    hours = ", ".join(span(interval) for interval in intervals)
    return Step("hours.closed", f"closed: {name} is open {hours}, it is {clock} in {zone}", facts)


def _by_hand(forced: Forced, zone: ZoneInfo, facts: dict[str, str]) -> Step:
    word, until = "open" if forced.open else "closed", forced.until.astimezone(zone).strftime("%Y-%m-%d %H:%M")
    return Step(f"hours.{word}", f"{word} by hand until {until} in {zone.key}", {**facts, "forced_until": until})


def span(interval: Interval) -> str:
    """An interval as people write it."""
    return f"{interval.start}-{interval.end}"
