"""A flow that is being drawn is kept for who draws it, with the version it began with; windows do not overwrite each other."""

from __future__ import annotations

from typing import Any

import pytest

from history.shelves import DRAFTS, Put
from mgmt.usecases.drafts import bytes_max, drafts_max
from tests.mgmt.conftest import FLOW, World

DRAFT = "/api/v1/me/drafts/main"
FIRST = {"If-None-Match": "*"}
DRAWN: dict[str, Any] = {"start": "hello", "nodes": {**FLOW["nodes"], "wait": {"kind": "play", "at": 7}}}
BODY = {"document": DRAWN, "base": 1, "window": "w1"}


def at(revision: int) -> dict[str, str]:
    return {"If-Match": f'"{revision}"'}


def draft(world: World, user: str = "ann") -> Any:
    return world.client(user=user).get(DRAFT).get_json()["draft"]


def test_a_drawing_is_kept_as_it_is_though_nobody_could_call_it(world: World) -> None:
    client = world.client()
    answer = client.put(DRAFT, json=BODY, headers=FIRST)
    assert (200, 1) == (answer.status_code, answer.get_json()["revision"])
    assert "document" not in answer.get_json()
    found = draft(world)
    assert (DRAWN, 1, 1, "w1", "main") == tuple(
        found[key] for key in ("document", "base", "revision", "window", "flow")
    )
    assert found["saved_at"].endswith("Z")
    assert 2 == client.put(DRAFT, json=BODY, headers=at(1)).get_json()["revision"]


def test_it_is_for_who_drew_it_alone(world: World) -> None:
    world.client().put(DRAFT, json=BODY, headers=FIRST)
    assert draft(world, "ben") is None
    assert world.client("lakeside").get(DRAFT).get_json()["draft"] is None
    assert 404 == world.client().get("/api/v1/me/drafts/lakeside-only").status_code


def test_another_window_is_told_that_it_was_saved_meanwhile(world: World) -> None:
    client = world.client()
    client.put(DRAFT, json=BODY, headers=FIRST)
    assert 412 == client.put(DRAFT, json={**BODY, "base": 2}, headers=FIRST).status_code
    assert 412 == client.put(DRAFT, json={**BODY, "base": 2}, headers=at(4)).status_code
    assert 412 == client.delete(DRAFT, headers=at(4)).status_code
    assert 1 == draft(world)["base"]
    assert 428 == client.put(DRAFT, json=BODY).status_code


def test_what_was_discarded_is_gone_and_may_be_kept_again(world: World) -> None:
    client = world.client()
    client.put(DRAFT, json=BODY, headers=FIRST)
    assert [204, 204] == [client.delete(DRAFT, headers=at(1)).status_code for _ in range(2)]
    assert draft(world) is None
    assert 412 == client.put(DRAFT, json=BODY, headers=at(1)).status_code
    assert 1 == client.put(DRAFT, json=BODY, headers=FIRST).get_json()["revision"]


def test_what_is_published_is_drawn_no_more_and_the_drawing_of_another_stays(world: World) -> None:
    world.client().put(DRAFT, json=BODY, headers=FIRST)
    world.client(user="ben").put(DRAFT, json=BODY, headers=FIRST)
    assert (
        200 == world.client().put("/api/v1/flows/main", json={"document": FLOW}, headers={"If-Match": "*"}).status_code
    )
    assert draft(world) is None
    assert 1 == draft(world, "ben")["base"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"document": "start"},
        {"document": {"start": "a"}},
        {"document": {"start": "a", "nodes": {"a": {"kind": "x" * bytes_max}}}},
        {"base": -1},
        {"base": True},
        {"window": "w" * 41},
        {"more": 1},
    ],
)
def test_what_is_no_drawing_is_refused(world: World, wrong: dict[str, object]) -> None:
    assert 422 == world.client().put(DRAFT, json={**BODY, **wrong}, headers=FIRST).status_code
    assert draft(world) is None


def test_there_is_an_end_to_how_many_and_those_of_flows_that_are_no_more_make_room(world: World) -> None:
    client = world.client()
    client.put(DRAFT, json=BODY, headers=FIRST)
    (mine,) = world.context.history.shelves.documents(DRAFTS, "riverside")
    actor = mine.id.removesuffix("/main")
    client.delete(DRAFT, headers=at(1))
    kept = [Put(DRAFTS, "riverside", f"{actor}/f{n}", {**mine.body, "flow": f"f{n}"}) for n in range(drafts_max)]
    world.context.history.shelves.write(kept)
    assert 200 == client.put(DRAFT, json=BODY, headers=FIRST).status_code
    assert 1 == world.context.history.shelves.size(DRAFTS, "riverside")
