"""Reminders: once for each date, to who has it, in the company's day, by whichever node is left."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from configdb.log import Change
from history.activity import Activity
from history.shelves import ACTIVITIES, Put
from mgmt.outbox.box import Outbox
from mgmt.services import reminder
from mgmt.services.parts import Parts
from mgmt.services.runner import Errand
from tests.mgmt.conftest import NOW, World
from tests.mgmt.services.desk import parts_of

MORNING = NOW + 6 * 3600
"""NOW is three in the morning in New York."""


@pytest.fixture
def parts(world: World) -> Parts:
    world.clock.now = MORNING
    return parts_of(world)


def task(world: World, id: str = "t1", **fields: Any) -> Activity:
    values = {
        "kind": "task",
        "call": "",
        "from_": "",
        "to": "",
        "title": "Call Ms Smith",
        "due_at": MORNING - 60,
        **fields,
    }
    made = Activity(id=id, tenant="riverside", at=MORNING - 3600, **values)
    world.context.history.shelves.write([Put(ACTIVITIES, "riverside", id, made.to_document())])
    return made


def letters(parts: Parts) -> list[tuple[str, str]]:
    """To whom what is about to be sent."""
    found = [parts.outbox.get(tenant, id) for tenant, id in parts.outbox.due()]
    return sorted((item.payload["to"], item.payload["subject"]) for item in found if item is not None)


def test_who_has_a_task_is_reminded_once(world: World, parts: Parts) -> None:
    task(world, assigned_to="carla")
    for _ in range(5):
        reminder.run(parts)
        parts.delivery.run(parts)
        world.clock.now += 120
    assert 1 == len(
        [item for item in [parts.outbox.get("riverside", f"mail-reminder-t1-{int(MORNING - 60)}-carla")] if item]
    )
    assert [("carla@riverside.example", "Due: Call Ms Smith")] == letters(parts)


def test_what_nobody_has_the_owner_is_told(world: World, parts: Parts) -> None:
    task(world)
    reminder.run(parts)
    assert [("ann@riverside.example", "Due: Call Ms Smith")] == letters(parts)


def test_a_new_date_is_a_new_reminder(world: World, parts: Parts) -> None:
    found = task(world)
    reminder.run(parts)
    world.context.history.update_activity("riverside", "t1", lambda one: replace(one, due_at=MORNING - 30))
    assert (1, 0) == (reminder.run(parts).done, reminder.run(parts).done)
    assert found.due_at != MORNING - 30


@pytest.mark.parametrize("fields", [{"due_at": MORNING + 60}, {"due_at": None}, {"due_at": MORNING - 10 * 86_400}])
def test_what_is_not_due_or_long_past_is_left_alone(world: World, parts: Parts, fields: dict[str, Any]) -> None:
    task(world, **fields)
    assert 0 == reminder.run(parts).done


def test_what_was_finished_is_left_alone(world: World, parts: Parts) -> None:
    task(world)
    world.context.history.update_activity("riverside", "t1", lambda one: replace(one, state="finished"))
    assert 0 == reminder.run(parts).done


def test_the_night_of_the_company_is_quiet(world: World, parts: Parts) -> None:
    task(world, due_at=NOW - 60)
    world.clock.now = NOW
    assert 0 == reminder.run(parts).done
    world.clock.now = MORNING
    assert 1 == reminder.run(parts).done


def test_a_leader_that_dies_in_the_middle_leaves_no_reminder_twice(
    world: World, parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(6):
        task(world, f"t{number}", title=f"Task {number}")
    put, left = Outbox.put, [3]

    def dying(box: Outbox, item: Any) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt
        put(box, item)

    with monkeypatch.context() as patch:
        patch.setattr(Outbox, "put", dying)
        with pytest.raises(KeyboardInterrupt):
            reminder.run(parts)
    assert 3 == len(letters(parts))
    assert 3 == reminder.run(parts_of(world)).done
    assert [f"Due: Task {number}" for number in range(6)] == [subject for _, subject in letters(parts)]


def test_a_dry_run_reminds_nobody(world: World, parts: Parts) -> None:
    task(world)
    assert 1 == reminder.run(replace(parts, errand=Errand(dry=True))).done
    assert [] == letters(parts)


def test_a_call_back_that_was_promised_is_due_an_hour_later(world: World, parts: Parts) -> None:
    task(world, kind="callback", title="Bob wants to be called", due_at=None, phone="+12025550100")
    assert 0 == reminder.run(parts).done
    world.clock.now += 60
    assert 1 == reminder.run(parts).done
    assert [("ann@riverside.example", "Due: Bob wants to be called")] == letters(parts)
    assert 0 == reminder.run(parts).done


def test_a_call_back_that_somebody_dealt_with_is_left_alone(world: World, parts: Parts) -> None:
    task(world, kind="callback", title="Bob", due_at=None, handled_at=MORNING)
    world.clock.now += 600
    assert 0 == reminder.run(parts).done


def test_what_waits_for_longer_than_the_service_level_is_told_once_and_shown(world: World, parts: Parts) -> None:
    task(world, "t1", kind="message", title="", text="Hello?", due_at=None, phone="+12025550100")
    task(world, "t2", kind="voicemail", title="", due_at=None, handled_at=MORNING)
    task(world, "t3", kind="task", title="Ours", due_at=None)
    assert 0 == reminder.run(parts).done
    level(world, 30)
    client = world.client()
    shown = {one["id"]: one["answer_by"] for one in client.get("/api/v1/activities").get_json()["data"]}
    assert (None, None) == (shown["t2"], shown["t3"])
    assert shown["t1"] is not None
    assert shown["t1"] == client.get("/api/v1/activities/t1").get_json()["answer_by"]
    world.clock.now += 3600
    assert (2, 0) == (reminder.run(parts).done, reminder.run(parts).done)
    assert ["Due: message", "Due: voicemail"] == sorted(
        subject for _, subject in letters(parts)
    )  # of the company's past
    dealt = client.patch("/api/v1/activities/t1", json={"state": "finished"}).get_json()
    assert None is dealt["answer_by"]


def level(world: World, minutes: int) -> None:
    document = {"id": "riverside", "name": "Riverside", "answer_within_min": minutes}
    world.context.config.transact("riverside", [Change("tenant", "riverside", document)], "test", "service level")
