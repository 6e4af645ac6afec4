"""A version of the program begins where the one before it ended: replica, log and snapshot of older schemas are read."""

from __future__ import annotations

import json
import threading
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from configdb import log as log_module
from configdb import records, schema
from configdb.client import ConfigClient
from configdb.errors import Broken, Refused
from configdb.log import Change, LogState
from configdb.log_memory import MemoryLog
from configdb.model import KINDS, User, Value
from configdb.pruning import from_file, to_file
from configdb.replica import fingerprint
from configdb.schema import Upgrade, to_document, to_lean, to_value, upgraded
from configdb.store import Store
from installer import demo_tenant
from installer.seed import ha1
from tests.configdb.conftest import eventually, person, tenant
from tests.configdb.kinds import RECORDED, kinds, narrower


class WiderUser(User):
    """As a newer version has users."""

    shoe_size: int = 0
    ring_s: int = 20


class Horoscope(Value):
    """A kind of a newer version."""

    id: str


def renamed(document: dict[str, Any]) -> dict[str, Any]:
    """As version 2 has users: a change that shows when it is made twice."""
    return {**document, "name": f"{document['name']} II"}


def version(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on the program is of this schema version."""
    newest = partial(upgraded, upgrades=(Upgrade("user", 1, renamed),), newest=number)
    for module in (records, log_module):
        monkeypatch.setattr(module, "SCHEMA_VERSION", number)
        monkeypatch.setattr(module, "upgraded", newest)


def begun(folder: Path, log: MemoryLog, name: str = "one") -> ConfigClient:
    client = ConfigClient(folder, name, log)
    client.start()
    assert client.wait_current(10)
    return client


def name_of(client: ConfigClient) -> str:
    return client.directory.tenants["acme"].users["ann"].name


def test_a_new_version_goes_on_with_the_replica_of_the_one_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    version(1, monkeypatch)
    log = MemoryLog()
    client = begun(tmp_path, log)
    client.transact("acme", [tenant(), person("ann", "101")], "test", "begin")
    client.stop()
    version(2, monkeypatch)
    for _ in range(2):  # its second start reads what the first has left
        client = begun(tmp_path, log)
        assert ("Ann II", 1) == (name_of(client), client.directory.sequence)
        client.stop()
    assert [] == list(tmp_path.rglob("*.broken-*"))


def test_what_the_new_version_writes_is_not_upgraded_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    version(1, monkeypatch)
    log = MemoryLog()
    client = begun(tmp_path, log)
    client.transact("acme", [tenant(), person("ann", "101")], "test", "begin")
    client.stop()
    version(2, monkeypatch)
    client = begun(tmp_path, log)
    client.transact("acme", [person("ann", "102")], "test", "moved")
    client.stop()
    client = begun(tmp_path, log)
    assert "Ann" == name_of(client)
    other = begun(tmp_path / "other", log, "other")
    assert fingerprint(client.state) == fingerprint(other.state)
    client.stop()
    other.stop()


def test_a_snapshot_of_the_version_before_is_planted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    version(1, monkeypatch)
    client = begun(tmp_path, MemoryLog())
    client.transact("acme", [tenant(), person("ann", "101")], "test", "begin")
    data = to_file(client.state)
    client.stop()
    version(2, monkeypatch)
    store = Store(tmp_path / "planted")
    store.load()
    store.plant(from_file(data), None)
    assert "Ann II" == store.load().directory.tenants["acme"].users["ann"].name
    store.close()


def test_a_row_of_a_newer_version_is_not_guessed_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    version(2, monkeypatch)
    client = begun(tmp_path, MemoryLog())
    client.transact("acme", [tenant()], "test", "begin")
    found = client.state.tenant("acme").get("tenant", "acme")
    client.stop()
    assert found is not None
    key, row = records.object_key(found.key), records.object_row(found)
    version(1, monkeypatch)
    with pytest.raises(Broken, match="schema version 2"):
        records.read_object(key, row or b"")


def test_a_node_of_the_version_before_keeps_what_it_knows_when_others_write_newer_entries(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    version(1, monkeypatch)
    log = MemoryLog()
    old = begun(tmp_path / "old", log)
    old.transact("acme", [tenant(), person("ann", "101")], "test", "begin")
    version(2, monkeypatch)
    new = begun(tmp_path / "new", log)
    new.transact("acme", [person("ann", "102")], "test", "moved")
    new.stop()
    old.stop()
    version(1, monkeypatch)
    old = ConfigClient(tmp_path / "old", "one", log)
    old.start()
    assert "Ann" == name_of(old)
    old.stop()


def written(document: dict[str, Any], kind: str = "user", **more: Any) -> bytes:
    """A transaction of another version of the program, as it is in the log."""
    changes = [{"kind": kind, "id": "ann", "document": document}]
    entry = {"wire": 1, "schema": 1, "message_id": "m", "at": 1.0, "actor": "a", "reason": "r", "tenant": "acme"}
    return json.dumps({**entry, "changes": changes, **more}).encode()


ANN = {"id": "ann", "name": "Ann", "extension": "101"}


def test_the_log_keeps_a_document_without_what_is_as_usual(tmp_path: Path) -> None:
    log = MemoryLog()
    client = begun(tmp_path, log)
    client.transact("acme", [tenant(), person("ann", "101")], "test", "begin")
    found = client.get("acme", "user", "ann")
    assert found is not None
    whole = to_document(found.value)
    assert whole.keys() > ANN.keys()
    client.transact("acme", [Change("user", "ann", {**whole, "name": "Anna"})], "test", "as a page sends it")
    payload = json.loads(log.next_after(1, 0, threading.Event())[1])  # type: ignore[index]  # it is there
    assert {**ANN, "name": "Anna"} == payload["changes"][0]["document"]
    assert {**whole, "name": "Anna"} == to_document(client.directory.tenants["acme"].users["ann"])
    client.stop()


def test_a_document_is_the_same_without_what_is_as_usual() -> None:
    demo = demo_tenant.documents(lambda username, realm: ha1(username, realm, "secret"))
    for (kind, id), document in demo.items():
        value = to_value(kind, id, document)
        assert value == to_value(kind, id, to_lean(value))


@pytest.mark.parametrize(
    "payload",
    [
        written({**ANN, "shoe_size": 9}),
        written({"id": "ann"}, kind="horoscope"),
        written({**ANN, "ring_s": 1_000_000}),
        written(ANN, schema=2),
        written(ANN, wire=2),
    ],
    ids=["a field", "a kind", "a value", "a schema", "a form"],
)
def test_an_entry_that_an_older_program_cannot_read_stops_it_and_the_newer_goes_on_from_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, payload: bytes
) -> None:
    log = MemoryLog()
    client = begun(tmp_path, log)
    client.transact("acme", [tenant(), person("ann", "102")], "test", "begin")
    log.put("acme", payload)
    log.put("acme", written({**ANN, "name": "After"}))
    eventually(lambda: client.status.state is LogState.TOO_NEW)
    assert 1 == client.state.sequence
    with pytest.raises(Refused) as refused:
        client.transact("acme", [person("ann", "103")], "test", "on top of what it does not know")
    assert (503, "log_too_new") == (refused.value.status, refused.value.code)
    client.stop()
    monkeypatch.setattr(log_module, "WIRE_VERSION", 2)
    monkeypatch.setattr(schema, "KINDS", {**KINDS, "user": WiderUser, "horoscope": Horoscope})
    version(2, monkeypatch)
    client = begun(tmp_path, log)
    assert ("After II", 3) == (name_of(client), client.state.sequence)
    client.stop()


@pytest.mark.parametrize("kind", json.loads(RECORDED.read_text()))
def test_what_a_version_of_this_schema_wrote_is_valid_and_means_the_same(kind: str) -> None:
    """What differs otherwise is a new SCHEMA_VERSION, with an `Upgrade` of the kind; then `tests.configdb.kinds` records anew."""
    assert [] == list(narrower(json.loads(RECORDED.read_text())[kind], kinds()[kind], kind))


FIELD = {
    "properties": {
        "f": {"enum": ["a", "b"], "default": "a"},
        "n": {"maximum": 9, "anyOf": [{"type": "null"}]},
        "o": {"default": {"x": 1}},
    }
}


@pytest.mark.parametrize(
    ("now", "found"),
    [
        ({"properties": {**FIELD["properties"], "new": {"default": 1}}}, []),
        ({"properties": {**FIELD["properties"], "f": {"enum": ["a", "b", "c"], "default": "a"}}}, []),
        ({"properties": {**FIELD["properties"], "n": {"maximum": 99, "anyOf": [{}, {"type": "null"}]}}}, []),
        ({**FIELD, "required": ["n"]}, ["k: n is required now"]),
        ({"properties": {"f": FIELD["properties"]["f"]}}, ["k/properties/n is gone", "k/properties/o is gone"]),
        ({"properties": {**FIELD["properties"], "o": {"default": {"x": 1, "y": 2}}}}, []),
        ({"properties": {**FIELD["properties"], "o": {"default": {"x": 3}}}}, ["k/properties/o/default/x: 1 is 3"]),
        (
            {"properties": {**FIELD["properties"], "f": {"const": "a", "default": "a"}}},
            ["k/properties/f/enum: b is gone"],
        ),
        (
            {"properties": {**FIELD["properties"], "f": {"enum": ["a", "b"], "default": "b"}}},
            ["k/properties/f/default: a is b"],
        ),
        (
            {"properties": {**FIELD["properties"], "n": {"maximum": 8, "anyOf": [{"type": "null"}]}}},
            ["k/properties/n/maximum: 9 is 8"],
        ),
    ],
)
def test_a_schema_that_is_narrower_is_found(now: dict[str, Any], found: list[str]) -> None:
    assert found == list(narrower(FIELD, now, "k"))
