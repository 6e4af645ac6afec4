"""MongoDB's servers go away while records are written: nothing is lost, nothing is there twice, nothing hangs for ever."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from history.activity import commented
from history.mongo import MongoStore
from history.spool import Spool
from history.store import CallFilter, HistoryStore, StoreAway
from history.writer import Writer
from tests.history.replica_set import ReplicaSet, acted
from tests.history.stores import NOW, call, item, keep
from tests.history.test_records import NoSound, closed

EVERY = CallFilter()


@pytest.fixture
def servers() -> Iterator[ReplicaSet]:
    with acted() as replica_set:
        yield replica_set


@pytest.fixture
def store(servers: ReplicaSet) -> Iterator[HistoryStore]:
    found = MongoStore(servers.url, answer_wait_ms=1_500)
    yield found
    found.close()


def writer(store: HistoryStore, folder: Path, alarms: list[str]) -> Writer:
    return Writer(store, folder, "spool", NoSound(), folder, lambda *_: None, alarms.append)


def ids(store: HistoryStore) -> list[str]:
    return sorted(one.id for one in store.calls("acme", EVERY, None, 200).rows)


def spooled(folder: Path, count: int) -> list[str]:
    spool = Spool(folder)
    spool.append(*(closed(f"c{number:03d}") for number in range(count)))
    spool.close()
    return [f"c{number:03d}" for number in range(count)]


def test_every_write_waits_for_the_journals_of_the_majority_and_every_read_sees_only_such(
    servers: ReplicaSet, store: HistoryStore
) -> None:
    keep(store, call("c1"), item("a1"))
    store.calls("acme", EVERY, None, 5)
    writes = [command for name, command in servers.asked if name in ("update", "delete")]
    assert {"calls", "activities", "sources"} < {one["update"] for one in writes}
    assert {("majority", True)} == {(one["writeConcern"]["w"], one["writeConcern"]["j"]) for one in writes}
    assert {"majority"} == {one["readConcern"]["level"] for name, one in servers.asked if name == "find"}


def test_a_primary_that_steps_down_is_followed(servers: ReplicaSet, store: HistoryStore) -> None:
    keep(store, call("c1"))
    servers.step_down(to=2)
    keep(store, call("c2"))
    servers.step_down(to=1)
    assert ["c1", "c2"] == ids(store)


def test_without_a_primary_it_says_so_and_goes_on_with_the_next(servers: ReplicaSet, store: HistoryStore) -> None:
    keep(store, call("c1"))
    servers.step_down(to=None)
    with pytest.raises(StoreAway):
        keep(store, call("c2"))
    with pytest.raises(StoreAway):
        store.calls("acme", EVERY, None, 5)
    servers.step_down(to=0)
    keep(store, call("c2"))
    assert ["c1", "c2"] == ids(store)


def test_an_election_in_the_middle_of_a_write_is_waited_for(servers: ReplicaSet, store: HistoryStore) -> None:
    keep(store, call("c1"))
    servers.step_down(to=None)
    timer = threading.Timer(0.3, servers.step_down, (2,))
    timer.start()
    keep(store, call("c2"))
    timer.join()
    assert ["c1", "c2"] == ids(store)


@pytest.mark.parametrize("lost", [1, 2, 5])
def test_an_answer_that_is_lost_after_the_write_was_done_makes_nothing_twice(
    servers: ReplicaSet, store: HistoryStore, tmp_path: Path, lost: int
) -> None:
    expected, alarms = spooled(tmp_path, 20), list[str]()
    servers.lose_answers = lost
    drain = writer(store, tmp_path, alarms).drain
    for _ in range(10):
        try:
            if not drain():
                break
        except StoreAway:
            continue
    assert expected == ids(store)
    assert [] == alarms
    assert 20 == store.counts("acme")["open"]


def test_a_comment_whose_answer_is_lost_is_there_once(servers: ReplicaSet, store: HistoryStore) -> None:
    keep(store, item("a1"))
    servers.lose_answers = 1
    changed = store.update_activity("acme", "a1", lambda a: commented(a, NOW, "ann", "k", "called"))
    assert (1, 1) == (len(changed.comments), changed.revision)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "refusal",
    [
        {"ok": 1.0, "n": 1, "nModified": 1, "writeConcernError": {"code": 64, "errmsg": "waiting for replication"}},
        {
            "ok": 0.0,
            "code": 91,
            "codeName": "ShutdownInProgress",
            "errmsg": "no",
            "errorLabels": ["RetryableWriteError"],
        },
        {"ok": 0.0, "code": 13, "codeName": "Unauthorized", "errmsg": "not authorized"},
        {"ok": 0.0, "code": 11602, "codeName": "InterruptedDueToReplStateChange", "errmsg": "changing"},
    ],
)
def test_what_the_majority_did_not_keep_stays_in_the_spool(
    servers: ReplicaSet, store: HistoryStore, tmp_path: Path, refusal: dict[str, Any]
) -> None:
    expected, alarms = spooled(tmp_path, 3), list[str]()
    servers.instead = lambda name, command: refusal if name == "update" else None
    drain = writer(store, tmp_path, alarms).drain
    for _ in range(2):
        with pytest.raises(StoreAway):
            drain()
    servers.instead = lambda name, command: None
    assert (3, 0) == (drain(), drain())
    assert expected == ids(store)
    assert [] == alarms


def test_servers_that_hang_cost_a_bounded_time(servers: ReplicaSet, store: HistoryStore, tmp_path: Path) -> None:
    expected, alarms = spooled(tmp_path, 3), list[str]()
    keep(store, call("c"))
    servers.hanging.set()
    with pytest.raises(StoreAway):
        writer(store, tmp_path, alarms).drain()
    servers.hanging.clear()
    assert 3 == writer(store, tmp_path, alarms).drain()
    assert ["c", *expected] == ids(store)


def test_a_record_that_the_server_will_never_take_is_set_aside_alone(
    servers: ReplicaSet, store: HistoryStore, tmp_path: Path
) -> None:
    expected, alarms = spooled(tmp_path, 5), list[str]()

    def too_large(name: str, command: dict[str, Any]) -> dict[str, Any] | None:
        if name != "update" or command["update"] != "calls":
            return None
        for index, one in enumerate(command["updates"]):
            if one["u"]["id"] == "c003":
                error = {"index": index, "code": 10334, "errmsg": "BSONObjectTooLarge"}
                return {"ok": 1.0, "n": 0, "nModified": 0, "writeErrors": [error]}
        return None

    servers.instead = too_large
    assert (5, 0) == (writer(store, tmp_path, alarms).drain(), writer(store, tmp_path, alarms).drain())
    assert [one for one in expected if one != "c003"] == ids(store)
    assert 1 == len(alarms)
    assert b"c003" in (tmp_path / "poison").read_bytes()
