"""The configuration as processes use it: writes, conflicts, what they see afterwards, on both logs."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from configdb.client import ConfigClient
from configdb.errors import Refused, Unknown
from configdb.keys import Key
from configdb.log import Change, Entry, Log
from configdb.log_memory import MemoryLog
from configdb.replica import fingerprint
from configdb.secrets import Sealer, is_sealed
from configdb.snapshot import Directory
from configdb.store import InUse
from configdb.watch import OnChange, Watch
from tests.configdb.conftest import Connect, eventually, person, tenant


def begin(client: ConfigClient) -> int:
    """A tenant with two people."""
    people = [person("ann", "101"), person("ben", "102")]
    return client.transact("acme", [tenant(), *people], "test", "begin").sequence


def test_a_writer_reads_its_own_write_and_another_process_sees_it(connect: Connect) -> None:
    one, two = connect("one"), connect("two")
    begin(one)
    assert "Ann" == one.directory.tenants["acme"].users["ann"].name
    eventually(lambda: two.state.sequence == 1)
    assert fingerprint(one.state) == fingerprint(two.state)


def test_all_changes_of_a_transaction_are_made_or_none(connect: Connect) -> None:
    client = connect()
    begin(client)
    with pytest.raises(Refused) as refused:
        client.transact("acme", [person("carla", "103"), person("dan", "no")], "test", "half wrong")
    assert ("string_pattern_mismatch", ("/user/dan/extension",)) == (refused.value.code, refused.value.pointers)
    assert ["ann", "ben"] == [found.key.id for found in client.list("acme", "user")]


@pytest.mark.parametrize(
    ("change", "code", "status"),
    [
        (person("carla", "101"), "duplicate_extension", 409),
        (person("carla", "103", mailbox="nowhere"), "dangling", 422),
        (
            Change("number", "+12025550123", {"id": "+12025550123", "target": {"kind": "flow", "id": "no"}}),
            "dangling",
            422,
        ),
        (tenant(timezone="Mars/Olympus"), "unknown_timezone", 422),
        (tenant(trunk="none"), "unknown_trunk", 422),
        (Change("trunk", "t", {"id": "t", "name": "T"}), "wrong_home", 422),
        (Change("nothing", "x", {}), "unknown_kind", 422),
        (Change("tenant", "acme", None), "missing", 422),
        (person("ann", "101", no_answer={"kind": "user", "id": "ann"}), "circle", 422),
    ],
)
def test_what_does_not_fit_is_refused_with_its_place(connect: Connect, change: Change, code: str, status: int) -> None:
    client = connect()
    begin(client)
    with pytest.raises(Refused) as refused:
        client.transact("acme", [change], "test", "wrong")
    assert (code, status) == (refused.value.code, refused.value.status)
    assert 1 == client.state.sequence


def test_a_number_belongs_to_one_tenant(connect: Connect) -> None:
    client = connect()
    number = Change("number", "+12025550123", {"id": "+12025550123", "target": {"kind": "user", "id": "ann"}})
    begin(client)
    client.transact("acme", [number], "test", "a number")
    with pytest.raises(Refused) as refused:
        client.transact("other", [tenant("other"), person("ann", "101"), number], "test", "the same number")
    assert 409 == refused.value.status
    assert {"+12025550123": "acme"} == dict(client.directory.tenant_of_number)


def test_an_object_that_somebody_changed_meanwhile_is_not_overwritten(connect: Connect) -> None:
    one, two = connect("one"), connect("two")
    begin(one)
    assert two.wait_for(1)
    seen = two.get("acme", "user", "ann")
    assert seen is not None
    one.transact("acme", [person("ann", "109")], "one", "new extension")
    with pytest.raises(Refused) as refused:
        two.transact("acme", [person("ann", "108")], "two", "mine", expect={seen.key: seen.version})
    assert ("version_conflict", 412) == (refused.value.code, refused.value.status)
    assert "109" == one.directory.tenants["acme"].users["ann"].extension


def test_of_writers_at_once_all_that_fit_are_made_in_some_order(connect: Connect) -> None:
    one, two = connect("one"), connect("two")
    begin(one)
    assert two.wait_for(1)
    failed: list[Exception] = []

    def write(client: ConfigClient, first: int) -> None:
        for index in range(first, first + 5):
            try:
                client.transact("acme", [person(f"u{index}", str(200 + index))], "test", "more", timeout_s=20)
            except (Refused, Unknown) as error:
                failed.append(error)

    threads = [threading.Thread(target=write, args=(client, first)) for client, first in ((one, 0), (two, 5))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [] == failed
    eventually(lambda: one.state.sequence == two.state.sequence == 11)
    assert fingerprint(one.state) == fingerprint(two.state)


def test_a_process_that_starts_again_has_everything(connect: Connect, log: Log, tmp_path: Path) -> None:
    one = connect("one")
    begin(one)
    before = fingerprint(one.state)
    one.stop()
    again = ConfigClient(tmp_path, "one", log)
    again.start()
    assert before == fingerprint(again.state)
    again.stop()


def test_two_processes_cannot_share_a_replica(connect: Connect, log: Log, tmp_path: Path) -> None:
    connect("one")
    with pytest.raises(InUse):
        ConfigClient(tmp_path, "one", log).start()


def test_a_watcher_is_told_each_entry_once_and_in_order(connect: Connect) -> None:
    client = connect()
    told: list[int] = []

    def on_change(directory: Directory, entry: Entry) -> None:
        assert directory.sequence >= entry.sequence
        told.append(entry.sequence)

    client.watch(on_change)
    begin(client)
    for index in range(5):
        client.transact("acme", [person("ann", f"11{index}")], "test", "moved")
    eventually(lambda: len(told) == 6)
    assert [1, 2, 3, 4, 5, 6] == told


def test_history_diff_and_past_views_are_kept(connect: Connect) -> None:
    client = connect()
    begin(client)
    client.transact("acme", [person("ann", "101", ring_s=25)], "ann", "ring longer")
    client.transact("acme", [Change("user", "ben", None)], "ann", "ben left")
    assert ["begin", "ring longer", "ben left"] == [entry.reason for entry in client.history("acme")]
    assert [("user/ann", "changed", ("ring_s: 20 -> 25",)), ("user/ben", "removed")] == [
        (f"{diff.key.kind}/{diff.key.id}", diff.change, *([diff.lines] if diff.change == "changed" else []))
        for diff in client.diff("acme", 1, 3)
    ]
    assert ["ann", "ben"] == sorted(client.at("acme", 2).users)
    assert ["ann"] == list(client.at("acme", 3).users)


def test_secrets_are_sealed_before_they_reach_the_log_and_never_in_a_diff(connect: Connect, sealer: Sealer) -> None:
    client = connect()
    begin(client)
    device = {"id": "desk", "user": "ann", "username": "ann-desk", "ha1_md5": "a" * 32, "ha1_sha256": "b" * 64}
    client.transact("acme", [Change("device", "desk", device)], "test", "a phone")
    stored = client.history("acme", since=1)[0].changes[0].document
    assert stored is not None
    assert is_sealed(stored["ha1_md5"])
    assert "b" * 64 == sealer.open(stored["ha1_sha256"])
    assert not [line for diff in client.diff("acme", 1, 2) for line in diff.lines if "sealed" in line or "aaaa" in line]


def test_an_answer_that_was_lost_is_unknown_and_trying_again_makes_it_once(tmp_path: Path) -> None:
    log = MemoryLog()
    client = ConfigClient(tmp_path, "one", log)
    client.start()
    begin(client)
    log.lose_answers = 1
    with pytest.raises(Unknown) as unknown:
        client.transact("acme", [person("carla", "103")], "test", "more", timeout_s=0)
    eventually(lambda: client.state.sequence == 2)
    again = client.transact("acme", [person("carla", "103")], "test", "more", message_id=unknown.value.message_id)
    assert (2, 2) == (again.sequence, client.state.sequence)
    client.stop()


def test_while_the_log_is_away_reading_goes_on_and_writing_is_refused(tmp_path: Path) -> None:
    log = MemoryLog()
    client = ConfigClient(tmp_path, "one", log)
    client.start()
    begin(client)
    log.away = True
    with pytest.raises(Refused) as refused:
        client.transact("acme", [person("carla", "103")], "test", "more")
    assert ("log_away", 503) == (refused.value.code, refused.value.status)
    found = client.get("acme", "user", "ann")
    assert found is not None
    assert Key("acme", "user", "ann") == found.key
    client.stop()


def test_a_damaged_replica_is_set_aside_and_read_again_from_the_log(connect: Connect, log: Log, tmp_path: Path) -> None:
    one = connect("one")
    begin(one)
    one.transact("acme", [person("ann", "109")], "test", "moved")
    before = fingerprint(one.state)
    one.stop()
    for table in (tmp_path / "config" / "one").glob("MANIFEST-*"):
        table.write_bytes(b"\x00" * 64)
    again = ConfigClient(tmp_path, "one", log)
    again.start()
    assert again.wait_for(2, 10)
    assert before == fingerprint(again.state)
    assert (tmp_path / "config" / "one.broken-1").is_dir()
    again.stop()


class Slow(ConfigClient):
    """By the time it is watched, some of the log has come."""

    def watch(self, on_change: OnChange, since: int | None = None) -> Watch:
        assert self.wait_for(1, 10)
        return super().watch(on_change, since)


@pytest.mark.parametrize("kind", [ConfigClient, Slow])
def test_an_empty_replica_has_read_the_log_when_its_process_begins(
    connect: Connect, log: Log, tmp_path: Path, kind: type[ConfigClient]
) -> None:
    one = connect("one")
    begin(one)
    for number in range(30):
        one.transact("acme", [person("ann", str(200 + number))], "test", "moved")
    new = kind(tmp_path, "new", log)
    new.start(lambda directory, changes: None)
    assert 31 == new.state.sequence
    new.stop()
