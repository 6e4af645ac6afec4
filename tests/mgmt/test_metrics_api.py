"""The key figures of a company: what they are made of, and what is refused."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from history.documents import Call
from history.rollups import roll
from history.shelves import MESSAGES, Put
from history.store import Batch
from mgmt.sms.message import Message
from tests.mgmt.conftest import World

HOUR = datetime(2026, 3, 8, 15, tzinfo=UTC).timestamp()  # of the day on which New York has 23 hours
CALLS = (
    ("inbound", "answered", 8_000, 60_000),
    ("inbound", "answered", 32_000, 30_000),
    ("inbound", "missed", 20_000, 0),
    ("inbound", "abandoned", 5_000, 0),
    ("inbound", "voicemail", 9_000, 0),
    ("outbound", "answered", 4_000, 90_000),
)


@pytest.fixture
def busy(world: World) -> World:
    """A company with an hour of calls."""
    made = []
    for number, (direction, outcome, ring_ms, talk_ms) in enumerate(CALLS):
        at = HOUR + number
        known = Call(f"k{number}", "riverside", "inbound", "+12025550100", "+12025550123", at).to_document()
        more = {"direction": direction, "outcome": outcome, "ring_ms": ring_ms, "talk_ms": talk_ms, "ended_at": at + 99}
        made.append(Call.from_document({**known, **more}))
    world.context.history.apply(Batch(calls=made), "kpi", 1)
    for number, at in enumerate((HOUR - 1, HOUR, HOUR + 3599)):
        text = Message(f"m{number}", "riverside", "t", "in", "+1", "+2", "hello", at, "+2", "+1", "received", "own")
        world.context.history.shelves.write([Put(MESSAGES, "riverside", text.id, text.to_document())])
    while roll(world.context.history.shelves, 200):
        continue
    return world


def asked(world: World, user: str = "ann", **query: str) -> Any:
    times = {"since": "2026-03-08T15:00:00Z", "until": "2026-03-08T16:00:00Z"}
    return world.client(user=user).get("/metrics/v1/kpi", query_string={**times, **query})


def test_the_figures_of_an_hour_are_those_of_its_calls(busy: World) -> None:
    (hour,) = asked(busy).json["data"]
    figures = {name: hour[name] for name in ("answered", "missed", "asa", "aht", "sl20", "voicemails", "sms")}
    assert figures == {
        "answered": 3,
        "missed": 2,
        "asa": 20.0,
        "aht": 60.0,
        "sl20": 20.0,
        "voicemails": 1,
        "sms": 2,
    }


def test_only_what_was_asked_for_is_told_and_nothing_measured_is_null(busy: World) -> None:
    (hour,) = asked(busy, metric="sl20,asa", since="2026-03-08T12:00:00Z", until="2026-03-08T13:00:00Z").json["data"]
    assert {"start_at", "end_at", "sl20", "asa"} == set(hour)
    assert (None, None) == (hour["sl20"], hour["asa"])


def test_a_day_of_a_zone_has_the_hours_that_it_has(busy: World) -> None:
    said = asked(busy, group="day", tz="America/New_York").json
    (day,) = said["data"]
    assert ("America/New_York", "day") == (said["timezone"], said["group"])
    assert ("2026-03-08T05:00:00", "2026-03-09T04:00:00") == (day["start_at"][:19], day["end_at"][:19])
    assert 3 == day["answered"]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"metric": "answered,nonsense"}, "invalid_metric"),
        ({"group": "year"}, "invalid_group"),
        ({"tz": "Mars/Olympus"}, "invalid_timezone"),
        ({"tz": "../etc/passwd"}, "invalid_timezone"),
        ({"since": "yesterday"}, "invalid_time"),
        ({"since": "1990-01-01T00:00:00Z"}, "too_long"),
    ],
)
def test_what_cannot_be_answered_is_said(busy: World, query: dict[str, str], code: str) -> None:
    answer = asked(busy, **query)
    assert (400, code) == (answer.status_code, answer.json["code"])


def test_users_see_no_figures_of_the_company(busy: World) -> None:
    assert 403 == asked(busy, user="carla").status_code
