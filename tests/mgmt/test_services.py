"""The API of background services and of the outbox: what operators see, runs that they want, items that are sent again."""

from __future__ import annotations

import pytest

from mgmt.outbox.box import Outbox
from mgmt.outbox.item import Item, Refused
from mgmt.services.ledger import REGION, Ledger, Report
from mgmt.services.registry import SERVICES
from tests.mgmt.conftest import NOW, World


def ledger(world: World) -> Ledger:
    return Ledger(world.context.history.shelves, "here/1", world.clock)


def test_every_service_is_listed_with_how_it_stands(world: World) -> None:
    known = ledger(world)
    run = known.begin(REGION, "cleaner", None, True)
    known.end(run, Report(3, "3 gone"), True, True)
    data = world.script(None).get("/api/v1/services").get_json()["data"]
    assert {service.name for service in SERVICES} == {one["name"] for one in data}
    cleaner = next(one for one in data if one["name"] == "cleaner")
    assert ("3 gone", "region", True, 3, "2027-01-15T08:01:00.000Z") == (
        cleaner["text"],
        cleaner["place"],
        cleaner["dry"],
        cleaner["done"],
        cleaner["next_at"],
    )
    runs = world.script(None).get("/api/v1/services/cleaner/runs").get_json()["data"]
    assert [("schedule", "3 gone", True)] == [(one["by"], one["text"], one["ok"]) for one in runs]


def test_an_operator_wants_a_run(world: World) -> None:
    answer = world.script(None).post("/api/v1/services/cleaner/runs", json={"dry": True})
    assert 202 == answer.status_code
    wanted = ledger(world).standing(REGION, "cleaner").wanted
    assert wanted is not None
    assert (answer.get_json()["id"], "operator", True) == (wanted["id"], wanted["by"], wanted["dry"])


@pytest.mark.parametrize(
    ("name", "body", "expected"),
    [
        ("nothing", {}, 404),
        ("cleaner", {"place": "nowhere"}, 202),
        ("uploads", {"place": "nowhere"}, 404),
        ("uploads", {"dry": True}, 409),
        ("cleaner", {"dry": "yes"}, 422),
        ("cleaner", {"place": 7}, 422),
        ("cleaner", {"wet": True}, 422),
    ],
)
def test_a_run_that_makes_no_sense_is_refused(world: World, name: str, body: dict[str, object], expected: int) -> None:
    assert expected == world.script(None).post(f"/api/v1/services/{name}/runs", json=body).status_code


def put(world: World, id: str = "i1", tenant: str = "riverside") -> Outbox:
    box = Outbox(world.context.history.shelves, world.clock, "here")
    box.put(Item(id, tenant, "sms", "north", {"text": "what nobody else reads"}, world.clock(), NOW + 60))
    return box


def test_a_manager_sees_what_goes_out_without_what_is_in_it(world: World) -> None:
    put(world)
    put(world, "i2", "lakeside")
    answer = world.client("riverside", "ben").get("/api/v1/outbox")
    assert [("i1", "waiting")] == [(one["id"], one["state"]) for one in answer.get_json()["data"]]
    assert b"nobody else" not in answer.data
    assert 403 == world.client("riverside", "carla").get("/api/v1/outbox").status_code
    assert 400 == world.client().get("/api/v1/outbox?state=lost").status_code


def test_a_dead_item_is_sent_again_and_no_other(world: World) -> None:
    box, client = put(world), world.client()
    assert 409 == client.post("/api/v1/outbox/i1/again").status_code
    item = box.claim("riverside", "i1")
    assert item is not None
    box.settle(item, Refused("no such number"))
    assert "waiting" == client.post("/api/v1/outbox/i1/again").get_json()["state"]
    assert 404 == client.post("/api/v1/outbox/i2/again").status_code
    assert 1 == world.script(None).get("/api/v1/services").get_json()["outbox"]["waiting"]


def test_services_are_measured(world: World) -> None:
    put(world)
    known = ledger(world)
    known.end(known.begin(REGION, "cleaner", None, True), Report(3, "3 gone"), True, True)
    world.clock.now += 60
    lines = world.script(None).get("/metrics").get_data(as_text=True).splitlines()
    wanted = {"softswitch_outbox_waiting 1.0", 'softswitch_service_done{service="cleaner"} 3.0'}
    assert wanted <= set(lines)
