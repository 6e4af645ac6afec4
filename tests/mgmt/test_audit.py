"""The audit: changes and events in one order, pages that miss nothing, filters, CSV; nothing of others, no secrets."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest

from mgmt.http.wire import stamp
from mgmt.usecases import audit
from tests.mgmt.conftest import PASSWORD, World

JsonOf = Callable[..., Any]


def filled(world: World, count: int = 7) -> None:
    """Changes and events in turn, a second apart."""
    for number in range(count):
        world.clock.now += 1
        audit.note(world.context, "riverside", "riverside/ann", "call.led", f"c{number}")
        world.clock.now += 1
        document = {"id": f"s{number}", "name": f"S{number}"}
        assert 201 == world.client(user="ben").put(f"/api/v1/config/schedule/s{number}", json=document).status_code


def objects(rows: list[dict[str, Any]]) -> list[str]:
    return [row["object"] for row in rows]


def test_changes_and_events_stand_in_one_order_the_newest_first(world: World) -> None:
    filled(world, 2)
    rows = world.client().get("/api/v1/audit").json["data"]
    assert ["schedule s1", "c1", "schedule s0", "c0"] == objects(rows)[:4]
    assert ("riverside/ben", "config.changed") == (rows[0]["actor"], rows[0]["action"])


@pytest.mark.parametrize("limit", [1, 2, 3, 200])
def test_pages_miss_nothing_and_repeat_nothing(world: World, limit: int) -> None:
    filled(world)
    found, cursor = [], ""
    while True:
        page = world.client().get(f"/api/v1/audit?limit={limit}{cursor}").json
        found += objects(page["data"])
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    expected = [one for number in reversed(range(7)) for one in (f"schedule s{number}", f"c{number}")]
    assert expected == found[:14]
    assert len(found) == len(set(found)) == 15


@pytest.mark.parametrize(
    "query, expected",
    [
        ("actor=ben", [f"schedule s{number}" for number in (2, 1, 0)]),
        ("action=call", ["c2", "c1", "c0"]),
        ("object=S1", ["schedule s1"]),
        ("actor=nobody", []),
    ],
)
def test_a_filter_finds_parts_of_words(world: World, query: str, expected: list[str]) -> None:
    filled(world, 3)
    assert expected == objects(world.client().get(f"/api/v1/audit?{query}").json["data"])


def test_a_stretch_of_time_is_from_and_without_its_end(world: World) -> None:
    began = world.clock.now
    filled(world, 3)
    query = f"since={stamp(began + 2)}&until={stamp(began + 4)}"
    assert ["c1", "schedule s0"] == objects(world.client().get(f"/api/v1/audit?{query}").json["data"])
    assert 400 == world.client().get("/api/v1/audit?since=yesterday").status_code
    assert 400 == world.client().get("/api/v1/audit?cursor=x").status_code


def test_sign_ins_right_and_wrong_are_in_it_with_the_address(world: World) -> None:
    for password in ("not the right one", PASSWORD):
        world.client(user=None).post("/login", data={"email": "carla@riverside.example", "password": password})
        world.clock.now += 1
    rows = world.client().get("/api/v1/audit?actor=carla").json["data"]
    assert ["session.opened", "session.refused"] == [row["action"] for row in rows]
    assert {"127.0.0.1"} == {row["address"] for row in rows}
    assert PASSWORD not in str(rows)


def test_what_is_done_to_calls_and_to_the_node_is_in_it(world: World) -> None:
    world.clock.now += 1
    assert 202 == world.client(user="carla").post("/api/v1/calls", json={"from": "102", "to": "101"}).status_code
    row = world.client().get("/api/v1/audit").json["data"][0]
    assert ("riverside/carla", "calls.start") == (row["actor"], row["action"])
    assert 200 == world.script().put("/api/v1/drain", json={"on": True}).status_code
    node = world.script(None).get("/api/v1/audit?node=1").json["data"]
    assert ("operator", "status.drain") == (node[0]["actor"], node[0]["action"])


def test_a_company_sees_its_own_audit_only(world: World, json_of: JsonOf) -> None:
    filled(world, 1)
    assert "c0" not in objects(world.client("lakeside").get("/api/v1/audit").json["data"])
    assert (403, "operators_only") == json_of(world.client().get("/api/v1/audit?node=1"))
    assert (403, "right_required") == json_of(world.client(user="carla").get("/api/v1/audit"))


def test_the_file_for_a_spreadsheet_calculates_nothing(world: World) -> None:
    world.clock.now += 1
    audit.note(world.context, "riverside", '=HYPERLINK("x")', "call.led", "a,b\n+c")
    answer = world.client().get("/api/v1/audit.csv")
    rows = list(csv.reader(io.StringIO(answer.get_data(as_text=True))))
    assert "text/csv; charset=utf-8" == answer.headers["Content-Type"]
    assert list(audit.COLUMNS) == rows[0]
    assert ['\'=HYPERLINK("x")', "call.led", "a,b\n+c"] == rows[1][1:4]


def test_a_history_that_is_away_keeps_nobody_out(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_changes: object) -> None:
        raise audit.StoreAway("gone")

    monkeypatch.setattr(world.context.history.shelves, "write", away)
    login = world.client(user=None).post("/login", data={"email": "carla@riverside.example", "password": PASSWORD})
    assert 303 == login.status_code
