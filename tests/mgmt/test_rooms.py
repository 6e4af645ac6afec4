"""Conference rooms over HTTP: everybody sees them, managers lead them."""

from __future__ import annotations

from tests.mgmt.conftest import World

ROOM = {"id": "team", "locked": False, "open": True, "members": [{"leg": "l1", "leads": False, "muted": False}]}


def test_rooms_are_listed_as_the_switch_has_them(world: World) -> None:
    world.switch.rooms = [ROOM]
    assert [ROOM] == world.client(user="carla").get("/api/v1/rooms").get_json()["data"]


def test_a_manager_sends_somebody_away(world: World) -> None:
    world.switch.rooms = [ROOM]
    assert 202 == world.client().post("/api/v1/rooms/team/kick", json={"leg": "l1"}).status_code
    wanted = {"op": "lead", "tenant": "riverside", "room": "team", "action": "kick", "leg": "l1"}
    assert wanted in world.switch.asked


def test_others_lead_nothing(world: World) -> None:
    assert 403 == world.client(user="carla").post("/api/v1/rooms/team/lock").status_code
    assert [] == [one for one in world.switch.asked if one["op"] == "lead"]
