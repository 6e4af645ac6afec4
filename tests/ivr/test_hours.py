"""Open or closed, and why: the week, holidays, and by hand until a moment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from configdb.model import Forced, Holiday, Interval, Schedule
from ivr.hours import decide
from softswitch.routing.russian import in_russian

WEEK = Schedule(
    id="office",
    name="Office",
    timezone="America/New_York",
    weekly={"thu": (Interval(start="09:00", end="18:00"),)},
    holidays=(Holiday(date="2026-12-03", name="Inventory"),),
)
OPEN, SHUT, FEAST = (
    datetime(2026, 11, 26, 15, 0, tzinfo=UTC),
    datetime(2026, 11, 27, 15, 0, tzinfo=UTC),
    datetime(2026, 12, 3, 15, 0, tzinfo=UTC),
)


@pytest.mark.parametrize(("now", "code"), [(OPEN, "hours.open"), (SHUT, "hours.closed"), (FEAST, "hours.closed")])
@pytest.mark.parametrize("by_hand", [True, False])
def test_what_is_set_by_hand_counts_until_its_moment_and_not_at_it(now: datetime, code: str, by_hand: bool) -> None:
    assert code == decide(WEEK, "UTC", now).code
    forced = WEEK.model_copy(update={"forced": Forced(open=by_hand, until=now + timedelta(minutes=1))})
    assert ("hours.open" if by_hand else "hours.closed") == decide(forced, "UTC", now).code
    assert code == decide(forced, "UTC", now + timedelta(minutes=1)).code


def test_the_reason_says_until_when_in_the_time_of_the_schedule() -> None:
    step = decide(WEEK.model_copy(update={"forced": Forced(open=False, until=SHUT)}), "UTC", OPEN)
    assert "closed by hand until 2026-11-27 10:00 in America/New_York" == step.text
    assert "2026-11-27 10:00" == step.data["forced_until"]
    assert "закрыто вручную до 2026-11-27 10:00 (America/New_York)" == in_russian(step.code, step.text)
