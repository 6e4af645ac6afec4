"""What records tell the outside: each event once, in order, whatever is read again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from history.embedded import EmbeddedStore
from history.happened import EVENT_TYPES, tells
from history.shelves import SOURCES, UNTOLD, Drop, Put, Where
from history.spool import Spool
from history.store import HistoryStore
from history.writer import Writer
from tests.history.stores import NOW
from tests.history.test_records import NoSound

CALL = {"id": "c1", "tenant": "acme", "direction": "inbound", "from": "+12025550100", "to": "+1888", "started_at": NOW}
STEP = {"kind": "step", "call": "c1", "tenant": "acme", "at": NOW + 1, "node": None}
RING = {**STEP, "index": 0, "code": "dial.ring", "text": "Ring Ann", "data": {"party": "Ann", "leg": "l2"}}
TAKEN = {**STEP, "index": 1, "code": "dial.answered", "text": "Ann answered", "data": {"party": "Ann", "leg": "l2"}}
OPEN: dict[str, Any] = {"kind": "call.open", "id": "c1", "call": {**CALL, "answered_at": None}, "boot": "n/1"}
CLOSE = {"kind": "call.close", "id": "c1", "call": {**CALL, "ended_at": NOW + 9, "outcome": "answered"}}
ABOUT = {"call": "c1", "tenant": "acme", "path": "x.wav", "at": NOW + 2, "id": "r1"}
RECORDED = [{"kind": "recording.open", "boot": "n/1", **ABOUT}, {"kind": "recording.close", **ABOUT}]
LEFT = [
    {"kind": "voicemail.open", "boot": "n/1", **ABOUT, "mailbox": "box", "from": "+12025550100"},
    {"kind": "voicemail.close", **ABOUT, "seconds": 5.0},
]
START = {"kind": "node.start", "id": "n/2", "node": "n", "boot": "n/2", "at": NOW + 60}


LEG = {
    "id": "l2",
    "call": "c1",
    "tenant": "acme",
    "role": "callee",
    "party": "ann",
    "remote": "r",
    "started_at": NOW + 1,
}
RUNG: dict[str, Any] = {"kind": "leg.open", "id": "l2", "leg": LEG, "boot": "n/1"}


def over(answered_at: float | None, role: str = "callee") -> dict[str, Any]:
    leg = {**LEG, "role": role, "answered_at": answered_at, "ended_at": NOW + 8, "cause": {"q850": 16}}
    return {"kind": "leg.close", "id": "l2", "leg": leg}


def writer(store: HistoryStore, folder: Path, records: list[dict[str, Any]]) -> Writer:
    spool = Spool(folder / "spool")
    for record in records:
        spool.append(record)
    spool.flush()
    spool.close()
    return Writer(store, folder / "spool", "spool", NoSound(), folder, lambda *_: None, print)


def waiting(store: HistoryStore) -> list[dict[str, Any]]:
    found = [row.body for row in store.shelves.everywhere(UNTOLD, (Where("source", "=", "spool"),))]
    return [body["event"] for body in sorted(found, key=lambda body: int(body["order"]))]


def types(tmp_path: Path, *records: dict[str, Any]) -> list[str]:
    store = EmbeddedStore(tmp_path / "history.sqlite3")
    writer(store, tmp_path, list(records)).drain()
    return [event["type"] for event in waiting(store)]


def test_a_call_is_told_from_its_beginning_to_its_end(tmp_path: Path) -> None:
    expected = ["call.started", "call.ringing", "call.answered", "call.ended", "activity.created"]
    assert expected == types(tmp_path, OPEN, RING, TAKEN, CLOSE)
    assert set(expected) <= set(EVENT_TYPES)


def test_each_event_of_a_call_says_which_call_and_between_whom(tmp_path: Path) -> None:
    store = EmbeddedStore(tmp_path / "history.sqlite3")
    writer(store, tmp_path, [OPEN, RING, TAKEN, CLOSE]).drain()
    told = waiting(store)
    assert [("c1", "+12025550100", "+1888")] * 4 == [
        (event["call"], event["data"]["call"]["from"], event["data"]["call"]["to"]) for event in told[:4]
    ]
    assert [("Ann", "l2")] * 2 == [(event["data"]["party"], event["data"]["leg"]) for event in told[1:3]]
    assert NOW + 9 == told[3]["at"] == told[3]["data"]["call"]["ended_at"]


def test_who_was_rung_and_is_out_of_the_call_is_told(tmp_path: Path) -> None:
    store = EmbeddedStore(tmp_path / "history.sqlite3")
    writer(store, tmp_path, [OPEN, RUNG, over(NOW + 3), CLOSE]).drain()
    left = waiting(store)[1]
    assert ["call.started", "call.left", "call.ended"] == [event["type"] for event in waiting(store)[:3]]
    assert (NOW + 8, "c1", "ann", "l2", True, 5000, {"q850": 16}) == (
        left["at"],
        *(
            left["data"]["call"]["id"],
            *(left["data"][name] for name in ("party", "leg", "answered", "duration_ms", "cause")),
        ),
    )


def test_who_did_not_answer_is_told_and_the_caller_is_not(tmp_path: Path) -> None:
    store = EmbeddedStore(tmp_path / "history.sqlite3")
    writer(store, tmp_path, [OPEN, RUNG, over(None), over(NOW + 3, "caller"), CLOSE]).drain()
    left = [event["data"] for event in waiting(store) if event["type"] == "call.left"]
    assert [("ann", False, 0)] == [(one["party"], one["answered"], one["duration_ms"]) for one in left]


def test_who_asked_for_a_call_and_was_rung_first_is_told_too(tmp_path: Path) -> None:
    store = EmbeddedStore(tmp_path / "history.sqlite3")
    leg = {**over(NOW + 3, "caller")["leg"], "rang_at": NOW + 2}
    writer(store, tmp_path, [OPEN, RUNG, {**over(None), "leg": leg}, CLOSE]).drain()
    assert ["call.left"] == [event["type"] for event in waiting(store)[1:2]]


def test_who_talked_when_the_node_died_is_told_before_the_end_of_the_call(tmp_path: Path) -> None:
    told = types(tmp_path, OPEN, RUNG, START)
    assert ["call.started", "call.left", "call.ended", "activity.created"] == told


def test_a_recording_is_told_when_it_can_be_fetched(tmp_path: Path) -> None:
    assert ["call.started", "call.recording.ready", "call.ended", "activity.created"] == types(
        tmp_path, OPEN, *RECORDED, CLOSE
    )


def test_a_voicemail_is_told_once(tmp_path: Path) -> None:
    assert ["call.started", "voicemail.created", "call.ended"] == types(tmp_path, OPEN, *LEFT, CLOSE)


def test_a_voicemail_that_takes_the_place_of_a_missed_call_is_told(tmp_path: Path) -> None:
    expected = ["call.started", "call.ended", "activity.created", "voicemail.created"]
    assert expected == types(tmp_path, OPEN, CLOSE, *LEFT)


def test_calls_that_a_restart_closes_are_told_as_ended(tmp_path: Path) -> None:
    expected = ["call.started", "call.recording.ready", "call.ended", "activity.created"]
    assert expected == types(tmp_path, OPEN, RECORDED[0], START)


def test_records_that_are_read_again_tell_the_same_events(tmp_path: Path) -> None:
    store = EmbeddedStore(tmp_path / "history.sqlite3")
    drained = writer(store, tmp_path, [OPEN, RING, TAKEN, CLOSE])
    drained.drain()
    first = waiting(store)
    store.shelves.write(
        [*(Drop(UNTOLD, "acme", one["id"]) for one in first), Put(SOURCES, "-", "spool", {"position": 0})]
    )
    drained.drain()
    assert first == waiting(store)


def test_a_trunk_that_turned_is_told_to_each_company_that_it_carries(tmp_path: Path) -> None:
    about = {"id": "north", "name": "North", "gateway": "udp:192.0.2.8:5060", "said": "no answer", "node": "n"}
    turn = {"kind": "trunk", "id": "north", "trunk": about, "tenants": ["acme", "bolt"]}
    store = EmbeddedStore(tmp_path / "history.sqlite3")
    writer(store, tmp_path, [{**turn, "at": NOW, "state": "down"}, {**turn, "at": NOW + 9, "state": "up"}]).drain()
    told = [(event["tenant"], event["type"], event["at"], event["data"]["trunk"]) for event in waiting(store)]
    down, up = (("trunk.down", NOW, about), ("trunk.up", NOW + 9, about))
    assert [(tenant, *what) for what in (down, up) for tenant in ("acme", "bolt")] == told
    assert {"trunk.down", "trunk.up"} <= set(EVENT_TYPES)


def test_records_of_which_nothing_is_told_would_tell_nothing_if_they_were_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    quality = {"call": "c1", "tenant": "acme", "leg": "l2", "at": NOW + 5, "seconds": 5.0, "direction": "rx"}
    records = [
        *(OPEN, RUNG, RING, TAKEN, {**STEP, "index": 2, "code": "dial.hangup", "text": "Ann hung up"}),
        *({"kind": "quality", **quality}, {"kind": "messages", "tenant": "acme", "call": "c1", "messages": []}),
        *({"kind": "heartbeat", "boot": "n/1", "at": NOW + 6}, {"kind": "probe"}, *RECORDED, over(NOW + 3), CLOSE),
    ]
    asked = list[bool]()
    monkeypatch.setattr("history.writer.tells", lambda record: asked.append(tells(record)) or True)
    folders = tmp_path / "all", tmp_path / "some"
    for folder in folders:
        folder.mkdir()
    all_told = types(folders[0], *records)
    monkeypatch.undo()
    assert len(records) == len(asked)
    assert 5 == asked.count(False)
    assert all_told == types(folders[1], *records)
