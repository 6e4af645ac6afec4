"""What a new company does first is seen in what there is."""

from __future__ import annotations

from configdb.log import Change
from tests.mgmt.conftest import World


def done(world: World, user: str = "ann") -> set[str]:
    answer = world.client(user=user).get("/api/v1/me/first-steps").get_json()
    assert "+12025550123" == answer["number"]
    assert all(step["minutes"] > 0 for step in answer["data"])
    return {step["id"] for step in answer["data"] if step["done"]}


def test_steps_are_done_once_their_traces_are_there(world: World) -> None:
    assert {"hear", "invite", "phone"} == done(world)
    week = {"id": "riverside-only", "name": "x", "weekly": {"mon": [{"start": "09:00", "end": "18:00"}]}}
    world.context.config.transact("riverside", [Change("schedule", "riverside-only", week)], "test", "hours")
    assert 200 == world.client().post("/api/v1/me/browser-phone").status_code
    assert {"hear", "invite", "phone", "hours", "browser"} == done(world)


def test_who_forwards_calls_is_reached_without_a_telephone(world: World) -> None:
    world.context.config.transact("riverside", [Change("device", "riverside-only", None)], "test", "no phone")
    assert "phone" not in done(world)
    answer = world.client().patch("/api/v1/me/phone", json={"forward": {"kind": "number", "id": "+12025550177"}})
    assert 200 == answer.status_code, answer.data
    assert "phone" in done(world)


def test_templates_of_flows_are_offered_and_one_goes_live_as_it_is(world: World) -> None:
    client = world.client()
    found = client.get("/api/v1/flow-templates").get_json()["data"]
    assert {"message", "person", "group", "hours", "menu", "queue"} == {one["id"] for one in found}
    for one in found:
        body = {"name": one["id"], "document": one["document"]}
        answer = client.put(f"/api/v1/flows/new-{one['id']}", json=body, headers={"If-Match": '"0"'})
        assert (201, []) == (answer.status_code, [p for p in answer.get_json()["problems"] if p["severity"] == "error"])
