"""The inbox over HTTP: tasks, marks, comments, filters; repetition is harmless, wrong input changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from queue import Queue
from typing import Any

import pytest

from history.activity import Activity
from history.store import Batch
from tests.mgmt.conftest import NOW, World

V = "/api/v1/activities/vc1"
Read = Callable[..., Any]


def test_a_task_is_made_once_however_often_it_is_sent(world: World) -> None:
    client = world.client()
    task = {"id": "mine", "title": "Call Zoë back", "phone": "+1 202 555 0111", "assigned_to": "ben"}
    made = [client.post("/api/v1/activities", json={**task, "due_at": "2027-01-15T09:00:00+01:00"}) for _ in range(2)]
    assert [201, 201] == [answer.status_code for answer in made]
    assert made[0].json == made[1].json
    assert ("task", "ben", "2027-01-15T08:00:00.000Z", "+12025550111") == tuple(
        made[0].json[name] for name in ("kind", "assigned_to", "due_at", "customer")
    )
    found = client.get("/api/v1/activities?kind=task").json["data"]
    assert ["Call Zoë back"] == [one["title"] for one in found]


def test_marks_and_comments_are_kept_and_told(world: World) -> None:
    client, heard = world.client(), Queue[Any]()
    world.context.bus.subscribe("events.*.activity", lambda subject, document: heard.put((subject, document["id"])))
    marked = client.patch(V, json={"state": "resolved", "unread": False, "flags": ["vip"], "assigned_to": "carla"}).json
    assert ("resolved", False, ["vip"], "carla", "riverside/ann", 1) == tuple(
        marked[name] for name in ("state", "unread", "flags", "assigned_to", "closed_by", "revision")
    )
    assert {"riverside/ann": NOW} == marked["read_by"]
    for _ in range(2):
        commented = client.post(f"{V}/comments", json={"id": "k1", "text": "called back"}).json
    assert [("k1", "riverside/ann", "called back")] == [
        (one["id"], one["by"], one["text"]) for one in commented["comments"]
    ]
    assert [("events.riverside.activity", "vc1")] * 3 == [heard.get(timeout=5) for _ in range(3)]
    assert ["vc1"] == [one["id"] for one in client.get("/api/v1/activities?text=called&flagged=true").json["data"]]
    assert [] == client.delete(f"{V}/comments/k1").json["comments"]


def test_a_comment_of_somebody_else_is_removed_by_managers_only(world: World, json_of: Read) -> None:
    world.client(user="ann").post(f"{V}/comments", json={"id": "k1", "text": "mine"})
    assert (403, "managers_only") == json_of(world.client(user="carla").delete(f"{V}/comments/k1"))
    assert [] == world.client(user="ben").delete(f"{V}/comments/k1").json["comments"]


def test_who_read_an_older_state_is_told_to_read_again(world: World, json_of: Read) -> None:
    client = world.client()
    assert 200 == client.patch(V, json={"state": "finished"}, headers={"If-Match": '"0"'}).status_code
    assert (412, "changed") == json_of(client.patch(V, json={"state": "open"}, headers={"If-Match": '"0"'}))
    assert "finished" == client.get(V).json["state"]


@pytest.mark.parametrize(
    "body",
    [
        {"state": "done"},
        {"unread": 1},
        {"flags": "vip"},
        {"flags": [""]},
        {"flags": [f"f{n}" for n in range(21)]},
        {"assigned_to": "nobody"},
        {"due_at": True},
        {"title": "mine"},
    ],
)
def test_what_is_wrong_is_refused_and_changes_nothing(world: World, body: dict[str, Any]) -> None:
    before = world.client().get(V).json
    assert 422 == world.client().patch(V, json=body).status_code
    assert before == world.client().get(V).json


@pytest.mark.parametrize(
    "query", ["state=done", "kind=x", "origin=x", "result=x", "unread=1", "since=today", "due_before=2026-01-01"]
)
def test_a_filter_that_means_nothing_is_refused(world: World, query: str) -> None:
    assert 400 == world.client().get(f"/api/v1/activities?{query}").status_code


def test_filters_choose(world: World) -> None:
    sale = Activity("a9", "riverside", "email", "", NOW + 5, "x@y.example", "", email="x@y.example", group="sales")
    world.context.history.apply(Batch(activities=[sale]), "test", 2)
    client = world.client()
    for query in (
        "email=x@y.example",
        "group=sales",
        "kind=email,task&state=open,finished",
        "since=2027-01-15T08:00:01Z",
    ):
        assert ["a9"] == [one["id"] for one in client.get(f"/api/v1/activities?{query}").json["data"]], query
    assert {"open": 2, "finished": 0, "resolved": 0, "unread": 2} == client.get("/api/v1/activities").json["counts"]
    first = client.get("/api/v1/activities?limit=1").json
    second = client.get(f"/api/v1/activities?limit=1&cursor={first['next_cursor']}").json
    assert (2, {}) == (first["counts"]["open"], second["counts"])


def test_many_are_marked_in_one_request_and_the_former_marks_bring_them_back(world: World) -> None:
    world.context.history.apply(Batch(activities=[Activity("a9", "riverside", "task", "", NOW + 5, "", "")]), "test", 2)
    client = world.client()
    former = [{"id": "vc1", "unread": True, "state": "open", "flags": [], "assigned_to": None}]
    former.append({**former[0], "id": "a9"})
    wanted = {"unread": False, "state": "resolved", "flags": ["deleted"], "assigned_to": "ben"}
    changed = client.patch(
        "/api/v1/activities", json={"changes": [{"id": id, **wanted} for id in ("vc1", "x", "a9")]}
    ).json
    assert ["x"] == changed["missing"]
    assert [("vc1", "resolved", ["deleted"], "ben"), ("a9", "resolved", ["deleted"], "ben")] == [
        (one["id"], one["state"], one["flags"], one["assigned_to"]) for one in changed["data"]
    ]
    back = client.patch("/api/v1/activities", json={"changes": former}).json["data"]
    assert [(True, "open", [], None, None)] * 2 == [
        (one["unread"], one["state"], one["flags"], one["assigned_to"], one["closed_at"]) for one in back
    ]


@pytest.mark.parametrize(
    "changes",
    [
        None,
        [],
        {},
        ["vc1"],
        [{"state": "finished"}],
        [{"id": "vc1", "state": "finished"}, {"id": "vc1", "state": "done"}],
        [{"id": "vc1", "state": "finished"}, {"id": "vc1", "title": "mine"}],
        [{"id": "vc1", "state": "finished"}] * 201,
    ],
)
def test_of_many_changes_one_that_is_wrong_changes_none(world: World, changes: Any) -> None:
    before = world.client().get(V).json
    assert 422 == world.client().patch("/api/v1/activities", json={"changes": changes}).status_code
    assert before == world.client().get(V).json
