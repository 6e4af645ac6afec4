"""Saved views are kept for who saved them, by name and screen, and never more than there may be."""

from __future__ import annotations

import pytest

from configdb.log import Change
from configdb.schema import to_document
from mgmt.limits import views_max
from tests.mgmt.access.test_rights import below, staffed
from tests.mgmt.conftest import World

MINE = {"name": "Missed on weekdays", "screen": "/calls", "query": "outcome=missed&since=2026-01-05"}


def names(world: World, operator: bool = False) -> list[tuple[str, str]]:
    asking = world.script() if operator else world.client()
    rows = asking.get("/api/v1/me/views").get_json()["data"]
    return sorted((row["name"], row["query"]) for row in rows)


def test_a_view_is_kept_for_who_saved_it_and_nobody_else(world: World) -> None:
    answer = world.client().post("/api/v1/me/views", json=MINE)
    assert 201 == answer.status_code, answer.data
    assert {**MINE, "id": answer.get_json()["id"]}.items() <= answer.get_json().items()
    assert [("Missed on weekdays", MINE["query"])] == names(world)
    assert [] == names(world, operator=True)
    assert 404 == world.script().delete(f"/api/v1/me/views/{answer.get_json()['id']}").status_code


def test_a_helper_of_the_same_id_in_another_company_sees_no_view_of_who_works_here(world: World) -> None:
    staffed(world)
    below(world)
    config = world.context.config
    namesake = (
        config.directory.tenants["riverside"].users["rita"].model_copy(update={"extension": "177", "role": "user"})
    )
    config.transact("lakeside", [Change("user", "rita", to_document(namesake))], "test", "a namesake")
    assert 201 == world.client("lakeside", user="rita").post("/api/v1/me/views", json=MINE).status_code
    seen = world.client(user="rita").get("/api/v1/me/views", headers={"X-Tenant": "lakeside"})
    assert (200, []) == (seen.status_code, seen.get_json()["data"])


def test_the_same_name_on_the_same_screen_is_replaced_in_its_place(world: World) -> None:
    client = world.client()
    first = client.post("/api/v1/me/views", json=MINE).get_json()
    client.post("/api/v1/me/views", json={**MINE, "screen": "/reports"})
    again = client.post("/api/v1/me/views", json={**MINE, "query": "outcome=failed"}).get_json()
    assert first["id"] == again["id"]
    assert sorted([(MINE["name"], "outcome=failed"), (MINE["name"], MINE["query"])]) == names(world)


def test_a_view_is_removed(world: World) -> None:
    client = world.client()
    id = client.post("/api/v1/me/views", json=MINE).get_json()["id"]
    assert [204, 404] == [client.delete(f"/api/v1/me/views/{id}").status_code for _ in range(2)]
    assert [] == names(world)


@pytest.mark.parametrize(
    "wrong",
    [
        {"screen": "https://elsewhere.example/"},
        {"screen": "//elsewhere.example"},
        {"screen": "/calls?x=1"},
        {"query": "a=<b>"},
        {"query": "x" * 501},
        {"name": ""},
        {"more": 1},
    ],
)
def test_what_is_no_address_of_a_screen_is_refused(world: World, wrong: dict[str, object]) -> None:
    assert 422 == world.client().post("/api/v1/me/views", json={**MINE, **wrong}).status_code
    assert [] == names(world)


def test_there_is_an_end_to_how_many(world: World) -> None:
    client = world.client()
    answers = [client.post("/api/v1/me/views", json={**MINE, "name": f"n{at}"}).status_code for at in range(views_max)]
    assert {201} == set(answers)
    assert 409 == client.post("/api/v1/me/views", json=MINE).status_code
    assert 201 == client.post("/api/v1/me/views", json={**MINE, "name": "n1"}).status_code
