"""What every event log must do, on the twin and on a real nats-server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from configdb.event_log import EventLog, EventsAway, Kept, Span, waves
from configdb.event_log_jetstream import JetStreamEventLog
from configdb.event_log_memory import MemoryEventLog
from tests.configdb.conftest import Server, eventually
from tests.ports import free_port


@pytest.fixture(params=["memory", "jetstream"])
def log(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[EventLog]:
    if request.param == "memory":
        yield MemoryEventLog()
        return
    server = Server(tmp_path, free_port())
    server.start()
    yield JetStreamEventLog(server.link())
    server.close()


def event(id: str) -> dict[str, object]:
    return {"id": id, "type": "call.ended", "at": 1.5}


def ids(found: list[Kept]) -> list[str]:
    return [one.event["id"] for one in found]


def test_events_are_read_in_order_behind_a_cursor_and_for_one_tenant(log: EventLog) -> None:
    for tenant, name in (("riverside", "a"), ("lake side.*", "b"), ("riverside", "c"), ("riverside", "d")):
        log.append(tenant, event(name))
    assert ["a", "b", "c", "d"] == ids(log.read(None, 0, 10))
    assert ["c", "d"] == ids(log.read("riverside", log.read("riverside", 0, 1)[0].sequence, 10))
    assert [Kept(2, "lake side.*", event("b"))] == log.read("lake side.*", 0, 10)
    assert [] == log.read("nobody", 0, 10)


def test_an_event_that_is_appended_once_more_is_there_once(log: EventLog) -> None:
    first = [log.append("riverside", event("a")), log.append("riverside", event("b"))]
    assert first == [log.append("riverside", event("a")), log.append("riverside", event("b"))]
    assert 3 == log.append("lakeside", event("a"))
    assert ["a", "b", "a"] == ids(log.read(None, 0, 10))


def test_many_are_appended_at_once_each_once_and_those_of_a_call_in_order(log: EventLog) -> None:
    log.append("riverside", {**event("c1-1"), "call": "c1"})
    told = [("riverside", {**event(f"c{call}-{step}"), "call": f"c{call}"}) for step in range(5) for call in range(40)]
    told += [("riverside", event("x")), ("lake side.*", event("x")), ("riverside", event("y"))]
    assert sorted(log.append_all(told)) == list(range(len(told)))
    found = log.read(None, 0, 500)
    assert len(told) == len(found)
    for call in range(40):
        own = [one.event["id"] for one in found if one.event.get("call") == f"c{call}"]
        first = ["c1-1"] if call == 1 else []
        assert first + [f"c{call}-{step}" for step in range(5) if f"c{call}-{step}" not in first] == own
    assert ["x", "y"] == [one.event["id"] for one in found if one.tenant == "riverside" and "call" not in one.event]
    assert [] == log.append_all([])


def test_an_event_that_is_too_long_is_told_without_its_data_and_holds_up_no_other(log: EventLog) -> None:
    long = {**event("long"), "call": "c1", "data": {"text": "x" * 2_000_000}}
    told = [("riverside", long), ("riverside", {**event("after"), "call": "c1"})]
    assert [0, 1] == sorted(log.append_all(told))
    first, second = (one.event for one in log.read("riverside", 0, 9))
    assert ("long", "c1", "after") == (first["id"], first["call"], second["id"])
    assert 2_000_000 < first["data"]["too_long_bytes"] < 2_001_000


def test_no_two_events_of_a_call_are_under_way_at_once() -> None:
    told = [
        ("a", {"call": "c1"}),
        ("a", {"call": "c1"}),
        ("a", {"call": "c2"}),
        ("b", {"call": "c1"}),
        ("a", {}),
        ("a", {}),
    ]
    assert [[0, 2, 3, 4], [1, 5]] == waves(told)


def test_the_span_says_what_can_be_read(log: EventLog) -> None:
    assert Span(1, 0) == log.span()
    log.append("riverside", event("a"))
    log.append("riverside", event("b"))
    assert Span(1, 2) == log.span()


def test_a_follower_is_told_of_what_is_new_in_order(log: EventLog) -> None:
    heard: list[Kept] = []
    end = log.follow(heard.append)
    number = 0

    def told() -> bool:
        nonlocal number
        number += 1
        log.append("probe", event(str(number)))
        return bool(heard)

    eventually(told)
    del heard[:]
    for name in ("a", "b", "c"):
        log.append("riverside", event(name))
    eventually(lambda: len([one for one in heard if one.tenant == "riverside"]) == 3)
    assert ["a", "b", "c"] == ids([one for one in heard if one.tenant == "riverside"])
    end()


def test_a_log_that_is_away_says_so_and_an_append_is_repeated_without_harm(tmp_path: Path) -> None:
    server = Server(tmp_path, free_port())
    server.start()
    log = JetStreamEventLog(server.link())
    log.append("riverside", event("a"))
    server.kill()
    with pytest.raises(EventsAway):
        log.append("riverside", event("b"))
    with pytest.raises(EventsAway):
        log.append_all([("riverside", event("b"))])
    server.start()
    eventually(lambda: _appended(log, "b"))
    log.append("riverside", event("b"))
    assert ["a", "b"] == ids(log.read("riverside", 0, 10))
    server.close()


def _appended(log: EventLog, name: str) -> bool:
    try:
        return log.append("riverside", event(name)) > 0
    except EventsAway:
        return False


def test_the_events_of_a_tenant_go_and_those_of_others_stay_where_they_are(log: EventLog) -> None:
    for tenant, name in (("riverside", "a"), ("lake side.*", "b"), ("riverside", "c")):
        log.append(tenant, event(name))
    log.purge("lake side.*")
    log.purge("nobody")
    assert [Kept(1, "riverside", event("a")), Kept(3, "riverside", event("c"))] == log.read(None, 0, 10)
    log.purge("riverside")
    assert [] == log.read(None, 0, 10)
    assert 4 == log.append("riverside", event("d"))
