"""Who is disabled leaves voice messages and numbers to colleagues: one change, seen before, taken back as one."""

from __future__ import annotations

from typing import Any

import pytest

from configdb.log import Change
from tests.mgmt.conftest import World

DIRECT = "+12025550171"


@pytest.fixture
def leaving(world: World) -> World:
    """Ben has a number of his own and a mailbox; another mailbox is of several."""
    number = {"id": DIRECT, "label": "Ben direct", "target": {"kind": "user", "id": "ben"}}
    box = {"id": "ben-box", "name": "Ben", "user": "ben", "pin": world.context.sealer.seal("835201")}
    several = {"id": "shared", "name": "Shared", "members": ["ben", "ann"]}
    changes = [
        Change("number", DIRECT, number),
        Change("mailbox", "ben-box", box),
        Change("mailbox", "shared", several),
    ]
    world.context.config.transact("riverside", changes, "test", "Ben's")
    return world


def disabled(world: World, **heirs: Any) -> tuple[int, dict[str, Any]]:
    answer = world.client().patch("/api/v1/people/ben", json={"disabled": True, **heirs})
    return answer.status_code, answer.get_json()


def test_what_somebody_would_leave_is_seen_before(leaving: World) -> None:
    rows = {one["id"]: one for one in leaving.client().get("/api/v1/people").get_json()["data"]}
    assert ([DIRECT], ["ben-box"]) == (rows["ben"]["numbers"], rows["ben"]["mailboxes"])


def test_a_colleague_gets_the_number_and_another_the_messages_in_one_change(leaving: World) -> None:
    view = leaving.context.config.directory.tenants["riverside"]
    sequence, pin = leaving.context.config.directory.sequence, view.mailboxes["ben-box"].pin
    status, row = disabled(leaving, numbers_to="carla", voicemail_to="ann")
    view = leaving.context.config.directory.tenants["riverside"]
    assert (200, "disabled", [], []) == (status, row["state"], row["numbers"], row["mailboxes"])
    assert (("user", "carla"), "Ben direct") == (
        (view.numbers[DIRECT].target.kind, view.numbers[DIRECT].target.id),
        view.numbers[DIRECT].label,
    )
    assert ("ann", pin) == (view.mailboxes["ben-box"].user, view.mailboxes["ben-box"].pin)
    assert ("ben", "ann") == view.mailboxes["shared"].members
    assert sequence + 1 == leaving.context.config.directory.sequence == row["version"]


def test_it_is_taken_back_as_one_by_the_version_before(leaving: World) -> None:
    _, row = disabled(leaving, numbers_to="carla", voicemail_to="ann")
    for kind, id in (("user", "ben"), ("number", DIRECT), ("mailbox", "ben-box")):
        path = f"/api/v1/config-rollback?to={row['version'] - 1}&kind={kind}&id={id.replace('+', '%2B')}"
        assert 200 == leaving.client().post(path).status_code
    rows = {one["id"]: one for one in leaving.client().get("/api/v1/people").get_json()["data"]}
    assert ([DIRECT], ["ben-box"]) == (rows["ben"]["numbers"], rows["ben"]["mailboxes"])
    assert "disabled" != rows["ben"]["state"]


def test_without_heirs_all_stays_as_it_is(leaving: World) -> None:
    assert 200 == disabled(leaving)[0]
    view = leaving.context.config.directory.tenants["riverside"]
    assert ("ben", "ben") == (view.numbers[DIRECT].target.id, view.mailboxes["ben-box"].user)


@pytest.mark.parametrize("heir", ["ben", "nobody", ""])
def test_only_a_colleague_who_works_inherits_and_else_nothing_changes(leaving: World, heir: str) -> None:
    assert 422 == disabled(leaving, numbers_to=heir)[0]
    assert not leaving.context.config.directory.tenants["riverside"].users["ben"].disabled
