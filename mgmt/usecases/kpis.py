"""The figures of the Metrics API (`mgmt.reports.figures`), for who may see what all people do."""

from __future__ import annotations

from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from history.rollups import TooLong
from mgmt.access.scope import Scope
from mgmt.context import Context
from mgmt.http.errors import Problem
from mgmt.reports.figures import METRICS as METRICS
from mgmt.reports.figures import figures
from mgmt.usecases.redact import Document


def kpi(
    context: Context,
    scope: Scope,
    wanted: tuple[str, ...],
    since: float,
    until: float,
    group: Literal["hour", "day"],
    zone: str,
) -> Document:
    """Each wanted figure by hour or day of the zone; null where nothing was to be measured. Raises Problem 400, 403."""
    scope.require_insight()
    try:
        found = figures(context.history.shelves, scope.tenant, wanted, since, until, group, ZoneInfo(zone))
    except TooLong as wrong:
        raise Problem(400, "too_long", f"That is {wrong}: ask for a shorter time.") from wrong
    except (ZoneInfoNotFoundError, ValueError) as wrong:
        raise Problem(400, "invalid_timezone", "tz must be a name like America/New_York.") from wrong
    data = [{"start_at": one.start, "end_at": one.end, **one.values} for one in found]
    return {"data": data, "timezone": zone, "group": group}
