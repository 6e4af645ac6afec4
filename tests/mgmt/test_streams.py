"""Open event streams: how long they may stay."""

from __future__ import annotations

from flask.testing import FlaskClient

from mgmt.access.sessions import Visit
from tests.mgmt.conftest import World


def test_an_open_stream_outlives_what_its_person_changes_of_themselves(world: World) -> None:
    door, client = world.context.door, world.client(user="carla")
    identity = door.of_session(_cookie(client))
    assert identity is not None
    before = identity.user
    assert 200 == client.patch("/api/v1/me/phone", json={"dnd": True}).status_code
    renewed = door.renewed(identity)
    assert renewed is not None
    assert (identity.actor, False) == (renewed.actor, renewed.user == before)
    world.context.sessions.close_all("riverside", "carla")
    assert door.renewed(identity) is None


def test_an_open_stream_does_not_outlive_the_visit_it_was_opened_in(world: World) -> None:
    door, client = world.context.door, world.client(user="ann")
    identity = door.of_session(_cookie(client))
    assert identity is not None
    world.context.sessions.visit(identity.session or "", Visit("lakeside", "carla", world.clock.now + 60))
    world.client("lakeside").put("/api/v1/support", json={"hours": 1})
    visiting = door.of_session(_cookie(client))
    assert visiting is not None
    assert ("lakeside", "riverside/ann") == (visiting.tenant, visiting.visitor)
    assert door.renewed(visiting) is not None
    world.clock.now += 61
    assert door.renewed(visiting) is None
    assert door.renewed(identity) is not None


def _cookie(client: FlaskClient) -> str:
    found = client.get_cookie("softswitch")
    assert found is not None
    return found.value
