"""Expectations are tried every night: what a day to come will break is a task, once."""

from __future__ import annotations

from dataclasses import replace

from configdb.log import Change
from history.activity import Activity
from history.store import ActivityFilter
from mgmt.services import expectations
from mgmt.services.runner import Errand
from tests.mgmt.conftest import World
from tests.mgmt.services.desk import parts_of

DAY_S = 86_400.0
WANTED = {
    "id": "mornings",
    "name": "Somebody answers in the morning",
    "number": "+12025550123",
    "time": "10:00",
    "reaches": {"kind": "user", "id": "ann"},
}
ALWAYS = [{"start": "00:00", "end": "24:00"}]


def open_but_on(world: World, *holidays: str) -> None:
    """The office is open every day but on these, and the expectation is kept from then on; a change that breaks it is refused."""
    days = dict.fromkeys(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), ALWAYS)
    schedule = {
        "id": "office",
        "name": "Office",
        "weekly": days,
        "holidays": [{"date": date, "name": "Holiday"} for date in holidays],
    }
    nodes = {
        "hours": {"kind": "hours", "schedule": "office", "open": "ann", "closed": "bye"},
        "ann": {"kind": "dial", "target": {"kind": "user", "id": "ann"}},
        "bye": {"kind": "hangup"},
    }
    flow = {"id": "main", "name": "Main", "document": {"start": "hours", "nodes": nodes}}
    number = {"id": "+12025550123", "target": {"kind": "flow", "id": "main"}}
    changes = [("schedule", "office", schedule), ("flow", "main", flow), ("number", "+12025550123", number)]
    changes.append(("expectation", "mornings", WANTED))
    world.context.config.transact("riverside", [Change(*change) for change in changes], "test", "set up")


def tasks(world: World) -> tuple[Activity, ...]:
    wanted = ActivityFilter(kinds=("task",))
    return world.context.history.activities("riverside", wanted, None, 50).rows


def test_a_holiday_that_comes_near_is_a_task_once(world: World) -> None:
    parts = parts_of(world)
    open_but_on(world, "2027-01-27")
    assert "1 tenants tried, 0 expectations will not be met" == expectations.run(parts).text
    assert 0 == expectations.run(parts).done
    world.clock.now += 6 * DAY_S
    assert "1 tenants tried, 1 expectations will not be met" == expectations.run(parts).text
    (task,) = tasks(world)
    assert "Calls will not go as expected on 2027-01-27 10:00: Somebody answers in the morning" == task.title
    assert "does not reach user ann" in task.text
    world.clock.now += DAY_S
    assert 1 == expectations.run(parts).done
    assert 1 == len(tasks(world))


def test_a_dry_run_only_says_it(world: World) -> None:
    open_but_on(world, "2027-01-27")
    world.clock.now += 6 * DAY_S
    dry = replace(parts_of(world), errand=Errand(dry=True))
    assert "1 expectations" in expectations.run(dry).text
    assert () == tasks(world)
    assert 1 == expectations.run(dry).done
