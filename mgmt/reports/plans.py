"""When a report is due: of a day, week or month that is over in the time zone of its company, once its hour has come."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from configdb.report_plan import ReportPlan

LATE_S_MAX = 2 * 86_400.0
"""What was due longer ago than this is not made any more: the plan is new, or was off."""


def due(plan: ReportPlan, now: float, zone: ZoneInfo) -> tuple[float, float] | None:
    """The last time that is over, from and up to, if its report is due now; None: none is."""
    local = datetime.fromtimestamp(now, zone)
    today = local.date()
    match plan.every:
        case "day":
            end = today
            begin = end - timedelta(days=1)
        case "week":
            end = today - timedelta(days=today.weekday())
            begin = end - timedelta(days=7)
        case _:
            end = today.replace(day=1)
            begin = (end - timedelta(days=1)).replace(day=1)
    at = datetime.combine(end, time(plan.hour), zone).timestamp()
    if not at <= now < at + LATE_S_MAX:
        return None
    return datetime.combine(begin, time(), zone).timestamp(), datetime.combine(end, time(), zone).timestamp()
