"""My phone and the feature codes, as everybody may see and change them."""

from __future__ import annotations

from typing import Any

import pytest

from mgmt.usecases import phone
from tests.mgmt.conftest import World

CARLA = "carla"
"""A user without any power."""


def test_everybody_changes_what_becomes_of_calls_to_them(world: World) -> None:
    client = world.client(user=CARLA)
    forward = {"kind": "user", "id": "ann"}
    answer = client.patch("/api/v1/me/phone", json={"dnd": True, "forward": forward, "blocked": ["+1900*"]})
    assert 200 == answer.status_code
    found = client.get("/api/v1/me/phone").get_json()
    assert (True, forward, ["+1900*"]) == (found["dnd"], found["forward"], found["blocked"])
    assert {} == {name: found[name] for name in ("role", "password_hash", "email") if name in found}


@pytest.mark.parametrize(
    "given",
    [
        {"role": "owner"},
        {"caller_id": "+12025550123"},
        {"forward": {"kind": "user", "id": "nobody"}},
        {"forward": {"kind": "user", "id": CARLA}},
        {"blocked": ["everybody"]},
        {"status": "away"},
        {"follow_me": [{"kind": "mailbox", "id": "box"}]},
    ],
)
def test_what_is_not_theirs_or_makes_no_sense_is_refused(world: World, given: dict[str, Any]) -> None:
    before = world.context.config.directory.tenants["riverside"].users[CARLA]
    assert 422 == world.client(user=CARLA).patch("/api/v1/me/phone", json=given).status_code
    assert before == world.context.config.directory.tenants["riverside"].users[CARLA]


def test_an_operator_is_nobody_who_could_be_called(world: World) -> None:
    assert 409 == world.script().get("/api/v1/me/phone").status_code


def test_a_company_chooses_its_codes_and_everybody_sees_them(world: World) -> None:
    assert 200 == world.client().patch("/api/v1/features", json={"dnd_on": "*50", "park": ""}).status_code
    codes = {one["id"]: one["code"] for one in world.client(user=CARLA).get("/api/v1/features").get_json()["data"]}
    assert ("*50", "", "*79") == (codes["dnd_on"], codes["park"], codes["dnd_off"])
    assert 200 == world.client().patch("/api/v1/features", json={"dnd_on": None}).status_code
    assert {"park": ""} == world.context.config.directory.tenants["riverside"].tenant.codes


@pytest.mark.parametrize(
    ("given", "status"),
    [({"dnd_on": "*79"}, 409), ({"dance": "*50"}, 422), ({"dnd_on": "50"}, 422), ({"dnd_on": 50}, 422)],
)
def test_codes_that_are_taken_or_are_no_codes_are_refused(world: World, given: dict[str, Any], status: int) -> None:
    assert status == world.client().patch("/api/v1/features", json=given).status_code


def test_codes_are_chosen_by_managers(world: World) -> None:
    assert 403 == world.client(user=CARLA).patch("/api/v1/features", json={"dnd_on": "*50"}).status_code


def since(world: World) -> str | None:
    """Since when Carla is reachable as now."""
    found: str | None = world.client(user=CARLA).get("/api/v1/me/phone").json["since_at"]
    return found


def test_presence_has_its_time_which_other_changes_leave_alone(world: World) -> None:
    client, begun = world.client(user=CARLA), since(world)
    world.clock.now += 60
    told = client.patch("/api/v1/me/phone", json={"dnd": True}).json["since_at"]
    assert (True, told) == (begun is not None, since(world))
    assert (begun or "") < told
    world.clock.now += 60
    client.patch("/api/v1/me/phone", json={"ring_s": 33})
    world.client(user="ben").patch("/api/v1/me/phone", json={"dnd": True})
    assert told == since(world)
    back = client.patch("/api/v1/me/phone", json={"dnd": False}).json["since_at"]
    assert told < back == since(world)


def test_what_is_longer_ago_than_is_looked_has_no_time(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(phone, "log_page_max", 1)
    for ring_s in (30, 31, 32):
        world.client(user="ben").patch("/api/v1/me/phone", json={"ring_s": ring_s})
    assert since(world) is None
