"""When a report is due, in the time of its company."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from configdb.report_plan import ReportPlan
from mgmt.reports.job import planned_id
from mgmt.reports.plans import due

ZONE = ZoneInfo("America/New_York")


def at(text: str) -> float:
    """A moment of the company."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).timestamp()


@pytest.mark.parametrize(
    "every, now, begin, end",
    [
        ("day", "2026-03-09 07:00", "2026-03-08 00:00", "2026-03-09 00:00"),
        ("day", "2026-03-09 06:59", None, None),
        ("week", "2026-03-09 07:00", "2026-03-02 00:00", "2026-03-09 00:00"),
        ("week", "2026-03-10 23:00", "2026-03-02 00:00", "2026-03-09 00:00"),
        ("week", "2026-03-12 07:00", None, None),
        ("month", "2026-03-01 08:00", "2026-02-01 00:00", "2026-03-01 00:00"),
        ("month", "2026-01-01 07:00", "2025-12-01 00:00", "2026-01-01 00:00"),
        ("month", "2026-03-15 07:00", None, None),
    ],
)
def test_a_report_is_due_when_its_time_is_over_and_its_hour_has_come(
    every: str, now: str, begin: str | None, end: str | None
) -> None:
    plan = ReportPlan.model_validate({"id": "p", "name": "P", "every": every})
    expected = None if begin is None or end is None else (at(begin), at(end))
    assert expected == due(plan, at(now), ZONE)


def test_a_day_is_as_long_as_it_is() -> None:
    plan = ReportPlan.model_validate({"id": "p", "name": "P", "every": "day"})
    begin, end = due(plan, at("2026-03-09 08:00"), ZONE) or (0, 0)
    assert 23 * 3600 == end - begin


def test_a_plan_and_a_time_are_one_report() -> None:
    assert planned_id("a", "p", 1.0) == planned_id("a", "p", 1.0)
    assert 3 == len({planned_id("a", "p", 1.0), planned_id("b", "p", 1.0), planned_id("a", "p", 2.0)})
