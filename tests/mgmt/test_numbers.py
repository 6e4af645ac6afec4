"""Numbers and exports over HTTP."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace

from history.rollups import roll
from history.store import Batch
from tests.history.stores import call
from tests.mgmt.conftest import NOW, World


def filled(world: World, count: int) -> None:
    calls = [call(f"x{number:04d}", "riverside", NOW - number) for number in range(count)]
    calls[1] = replace(calls[1], from_name='=HYPERLINK("http://evil")', to_name="-1+2")
    world.context.history.apply(Batch(calls=calls), "test", 1)


def test_an_export_has_every_call_and_no_formulas(world: World) -> None:
    filled(world, 450)
    answer = world.client().get("/api/v1/export/calls.csv?direction=inbound")
    rows = list(csv.DictReader(io.StringIO(answer.get_data(as_text=True))))
    assert 451 == len(rows)
    assert "+12025550100" == rows[0]["from"]
    evil = next(row for row in rows if row["id"] == "x0001")
    assert ('\'=HYPERLINK("http://evil")', "'-1+2") == (evil["from_name"], evil["to_name"])
    lines = world.client().get("/api/v1/export/calls.jsonl?outcome=answered").get_data(as_text=True).splitlines()
    assert 450 == len([json.loads(line) for line in lines])


def test_an_export_is_streamed(world: World) -> None:
    filled(world, 450)
    answer = world.client().get("/api/v1/export/calls.csv", buffered=False)
    assert 3 == len(list(answer.response))


def test_activities_are_exported_with_their_filters(world: World) -> None:
    answer = world.client().get("/api/v1/export/activities.csv?kind=voicemail")
    assert ["vc1"] == [row["id"] for row in csv.DictReader(io.StringIO(answer.get_data(as_text=True)))]
    assert 400 == world.client().get("/api/v1/export/activities.csv?kind=x").status_code
    assert 403 == world.client(user="carla").get("/api/v1/export/activities.csv").status_code


def test_numbers_by_day_in_the_zone_of_the_company(world: World) -> None:
    filled(world, 5)
    while roll(world.context.history.shelves, 99):
        pass
    found = world.client().get("/api/v1/kpi?since=2027-01-15T00:00:00Z&until=2027-01-15T23:00:00Z&group=day").json
    assert ("America/New_York", 2) == (found["timezone"], len(found["data"]))
    assert [("2027-01-14T05:00:00.000Z", 0), ("2027-01-15T05:00:00.000Z", 6)] == [
        (day["start_at"], day["calls"]) for day in found["data"]
    ]
    for query in ("", "?since=x&until=y", "?since=2027-01-15T00:00:00Z&until=2027-01-16T00:00:00Z&group=week"):
        assert 400 == world.client().get(f"/api/v1/kpi{query}").status_code
    assert (
        403
        == world.client(user="carla")
        .get("/api/v1/kpi?since=2027-01-15T00:00:00Z&until=2027-01-16T00:00:00Z")
        .status_code
    )
