"""Rollups equal a recount: calls told late, twice and out of order, minutes counted at any time, zones with every kind of DST."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from history.embedded import EmbeddedStore
from history.rollups import NUMBERS, TooLong, counted, edges_of, roll, total
from history.shelves import DUE_ROLLUPS, NODE, UNRATED, Drop
from history.store import HistoryStore
from tests.history.stores import call, keep

ZONES = ("UTC", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Asia/Beirut", "America/St_Johns")
MOMENTS = [
    datetime(2026, 3, 8, 7, tzinfo=UTC).timestamp(),  # New York goes forward
    datetime(2026, 11, 1, 6, tzinfo=UTC).timestamp(),  # and back
    datetime(2026, 4, 4, 15, tzinfo=UTC).timestamp(),  # Lord Howe goes back by half an hour
    datetime(2026, 3, 28, 22, tzinfo=UTC).timestamp(),  # Beirut has no midnight
]
OUTCOMES = ("answered", "missed", "voicemail", "abandoned", "busy", "failed")
A_CALL = st.tuples(
    st.integers(0, 12),
    st.sampled_from(MOMENTS),
    st.integers(-40 * 3600, 40 * 3600),
    st.sampled_from(("inbound", "outbound", "internal")),
    st.sampled_from(OUTCOMES),
    st.integers(0, 60_000),
)
TELLING = st.lists(st.one_of(A_CALL, st.just("roll")), max_size=30)


def made(given: Any) -> Any:
    number, moment, offset, direction, outcome, ms = given
    more = {"direction": direction, "outcome": outcome, "talk_ms": ms, "ring_ms": ms // 2}
    return call(f"c{number}-{moment}-{offset}", at=moment + offset, **more)


def recount(calls: list[Any], start: float, end: float) -> dict[str, int]:
    parts = []
    for one in calls:
        if start <= one.started_at < end:
            soon = one.outcome == "answered" and one.direction == "inbound"
            counted_as = {one.direction: 1, one.outcome: 1}
            ring = (
                {"ring_ms": one.ring_ms, "answered_in": 1, "answered_soon": int(one.ring_ms <= 20_000)} if soon else {}
            )
            parts.append({"calls": 1, "talk_ms": one.talk_ms, **counted_as, **ring})
    return total(parts)


@given(TELLING, st.sampled_from(ZONES), st.sampled_from(["hour", "day"]), st.sampled_from(MOMENTS))
@settings(max_examples=40, deadline=None)
def test_numbers_equal_a_recount(told: list[Any], zone: str, group: Any, moment: float) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = EmbeddedStore(Path(folder) / "history.sqlite3")
        known: dict[str, Any] = {}
        for one in told:
            if one == "roll":
                roll(store.shelves, 3)
                continue
            known[made(one).id] = made(one)
            keep(store, made(one), made(one))
        while roll(store.shelves, 5):
            pass
        found = counted(store.shelves, "acme", moment - 86_400, moment + 86_400, group, ZoneInfo(zone))
        assert [recount(list(known.values()), one.start, one.end) for one in found] == [one.numbers for one in found]
        store.close()


@given(st.sampled_from(ZONES), st.sampled_from(["hour", "day"]), st.sampled_from(MOMENTS), st.integers(-90_000, 90_000))
@settings(max_examples=300, deadline=None)
def test_hours_and_days_of_a_zone_follow_each_other_without_gap(
    zone: str, group: Any, moment: float, offset: int
) -> None:
    since = moment + offset
    edges = edges_of(since, since + 3 * 86_400, group, ZoneInfo(zone))
    assert edges[0] <= since
    assert edges[-1] >= since + 3 * 86_400
    longest = 25 * 3600 if group == "day" else 5400
    assert all(0 < end - start <= longest for start, end in pairwise(edges))
    for edge in edges if group == "day" else ():
        local = datetime.fromtimestamp(edge, ZoneInfo(zone))
        before = datetime.fromtimestamp(edge - 1, ZoneInfo(zone))
        assert local.date() != before.date()


def test_days_of_23_and_25_hours() -> None:
    zone = ZoneInfo("America/New_York")
    for moment, hours in ((MOMENTS[0], 23), (MOMENTS[1], 25)):
        edges = edges_of(moment, moment + 1, "day", zone)
        assert hours * 3600 == edges[1] - edges[0]


def test_a_call_that_is_told_while_its_minute_is_counted_is_counted_too(store: HistoryStore) -> None:
    keep(store, call("c1", at=MOMENTS[0]))
    page, told = store.shelves.page, [call("c2", at=MOMENTS[0] + 1)]

    def late(*given: Any) -> Any:
        rows = page(*given)
        if told:
            keep(store, told.pop())
        return rows

    store.shelves.page = late  # type: ignore[method-assign]  # somebody comes in between
    while roll(store.shelves, 9):
        pass
    found = counted(store.shelves, "acme", MOMENTS[0], MOMENTS[0] + 1, "hour", ZoneInfo("UTC"))
    assert [2] == [one.numbers["calls"] for one in found]
    assert set(NUMBERS) == set(found[0].numbers)


def test_a_call_is_noted_to_be_rated_when_it_is_told_and_not_again_with_each_other_of_its_minute(
    store: HistoryStore,
) -> None:
    keep(store, call("c1", at=MOMENTS[0], answered_at=MOMENTS[0] + 1))
    roll(store.shelves, 9)
    assert ["acme/c1"] == [row.id for row in store.shelves.everywhere(UNRATED, ())]
    store.shelves.write([Drop(UNRATED, NODE, "acme/c1")])
    keep(store, call("c2", at=MOMENTS[0] + 2, answered_at=MOMENTS[0] + 3), call("c3", at=MOMENTS[0] + 4))
    roll(store.shelves, 9)
    assert ["acme/c2"] == [row.id for row in store.shelves.everywhere(UNRATED, ())]


def test_what_changed_since_it_was_read_is_not_settled(store: HistoryStore) -> None:
    keep(store, *(call(f"c{number}", at=MOMENTS[0]) for number in range(3)))
    rows = sorted(store.shelves.everywhere(DUE_ROLLUPS, ()), key=lambda row: row.id)
    keep(store, call("c1", at=MOMENTS[0], outcome="missed"))
    store.shelves.settle(DUE_ROLLUPS, rows)
    assert ["c1"] == [row.body["call"] for row in store.shelves.everywhere(DUE_ROLLUPS, ())]
    store.shelves.settle(DUE_ROLLUPS, rows)
    assert 1 == roll(store.shelves, 9)


def test_a_call_in_progress_is_not_counted(store: HistoryStore) -> None:
    keep(store, call("c1", ended_at=None, outcome=None))
    assert 0 == roll(store.shelves, 9)


def test_too_many_hours_are_refused() -> None:
    with pytest.raises(TooLong):
        edges_of(0.0, 1e9, "hour", ZoneInfo("UTC"))


def test_the_time_to_answer_is_that_of_a_person_not_of_the_menu(store: HistoryStore) -> None:
    at_once, after_menu = {"ring_ms": 50, "reached_ms": 3_000}, {"ring_ms": 50, "reached_ms": 45_000}
    for id, times in (("c1", at_once), ("c2", after_menu), ("c3", {"ring_ms": 7_000})):
        keep(store, call(id, at=MOMENTS[0], direction="inbound", outcome="answered", **times))
    roll(store.shelves, 9)
    (hour,) = counted(store.shelves, "acme", MOMENTS[0], MOMENTS[0] + 3600, "hour", ZoneInfo("UTC"))
    assert (3, 2, 55_000) == tuple(hour.numbers[name] for name in ("answered_in", "answered_soon", "ring_ms"))
