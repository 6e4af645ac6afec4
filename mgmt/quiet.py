"""The hours in which a company is not disturbed, in its own time zone: what can wait waits for its morning."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from configdb.model import Tenant


def is_quiet(tenant: Tenant, now: float) -> bool:
    """Whether it is night there; equal hours: it never is."""
    hour, begin, end = (
        datetime.fromtimestamp(now, ZoneInfo(tenant.timezone)).hour,
        tenant.quiet_from,
        tenant.quiet_until,
    )
    return begin <= hour < end if begin <= end else hour >= begin or hour < end
