"""History that is cut off by policy: said in the log, the same on every replica, and new ones begin at the snapshot."""

from __future__ import annotations

from pathlib import Path

import pytest

from configdb.client import ConfigClient
from configdb.errors import Broken, Refused
from configdb.log import Change, Entry, Log
from configdb.log_memory import MemoryLog
from configdb.model import SYSTEM
from configdb.pruning import from_file, planted, rows_of_state, to_file
from configdb.replica import fingerprint
from configdb.snapshot import Directory
from configdb.store import Store
from tests.configdb.conftest import Connect, eventually, person, tenant


class Dying(MemoryLog):
    """A log whose pruner dies before it lets go of entries."""

    dead = True

    def forget(self, sequence: int) -> None:
        if not self.dead:
            super().forget(sequence)


def begin(client: ConfigClient) -> None:
    """Six versions of two tenants."""
    client.transact("acme", [tenant(), person("ann", "101"), person("ben", "102")], "test", "1")
    client.transact("other", [tenant("other")], "test", "2")
    for number, extension in enumerate(("103", "104", "105"), 3):
        client.transact("acme", [person("ann", extension)], "test", str(number))
    client.transact("acme", [Change("user", "ben", None)], "test", "6")


def test_what_is_pruned_is_gone_everywhere_and_the_log_says_so(connect: Connect) -> None:
    one, two = connect("one"), connect("two")
    begin(one)
    one.prune(4, "boss", "older than a year")
    assert two.wait_for(7, 10)
    for client in (one, two):
        eventually(lambda client=client: client.base == 4)  # type: ignore[misc]  # bound on purpose
        assert ["5", "6"] == [entry.reason for entry in client.history("acme")]
        assert [("boss", "older than a year")] == [(entry.actor, entry.reason) for entry in client.history(SYSTEM)]
        assert "104" == client.at("acme", 4).users["ann"].extension
        assert "105" == client.at("acme", 5).users["ann"].extension
        with pytest.raises(Refused) as refused:
            client.at("acme", 3)
        assert 410 == refused.value.status
    assert fingerprint(one.state) == fingerprint(two.state)


def test_nobody_is_blamed_for_what_is_older_than_the_history(connect: Connect) -> None:
    one = connect("one")
    begin(one)
    one.prune(4, "boss", "older than a year")
    assert {"extension": 5} == {each.field: each.sequence for each in one.blame("acme", "user", "ann") if each.sequence}


def test_a_new_replica_begins_at_the_snapshot_and_shows_the_same_history(connect: Connect) -> None:
    one = connect("one")
    begin(one)
    one.prune(4, "boss", "pruned")
    fresh = connect("fresh")
    assert fresh.wait_for(7, 10)
    eventually(lambda: fresh.base == 4)
    assert (one.state.chain, fingerprint(one.state)) == (fresh.state.chain, fingerprint(fresh.state))
    assert one.history("acme") == fresh.history("acme")
    assert [one.at("acme", version) for version in (4, 5, 6)] == [fresh.at("acme", version) for version in (4, 5, 6)]
    verified = fresh._store.verified()
    assert fingerprint(verified) == fingerprint(fresh.state)


def test_after_pruning_writes_go_on_for_every_tenant(connect: Connect) -> None:
    one = connect("one")
    begin(one)
    one.prune(6, "boss", "pruned")
    fresh = connect("fresh")
    assert fresh.wait_for(7, 10)
    fresh.transact("other", [person("zoe", "101")], "test", "8")
    assert one.wait_for(8, 10)
    one.transact("acme", [person("zoe", "109")], "test", "9")
    assert fresh.wait_for(9, 10)
    assert fingerprint(one.state) == fingerprint(fresh.state)


def test_pruning_again_moves_the_base(connect: Connect) -> None:
    one = connect("one")
    begin(one)
    one.prune(3, "boss", "pruned")
    one.prune(5, "boss", "pruned more")
    eventually(lambda: one.base == 5)
    fresh = connect("fresh")
    assert fresh.wait_for(8, 10)
    assert one.at("acme", 5) == fresh.at("acme", 5)
    with pytest.raises(Refused):
        one.prune(5, "boss", "not again")
    with pytest.raises(Refused):
        one.prune(99, "boss", "not in the future")


def test_what_is_older_than_the_policy_keeps_is_pruned_and_what_was_left_half_done_is_finished(tmp_path: Path) -> None:
    log, now = Dying(), [1000.0]
    client = ConfigClient(tmp_path, "one", log, clock=lambda: now[0])
    client.start()
    for number in range(5):
        now[0] = 1000.0 + number * 100
        client.transact("acme", [tenant(name=f"Acme {number}")], "test", str(number))
    receipt = client.prune_older(1250.0, "planner")
    assert receipt is not None
    assert 1 == log.first_sequence
    log.dead = False
    assert None is client.prune_older(1250.0, "planner")
    assert (4, 3) == (log.first_sequence, client.base)
    client.stop()


def test_a_watcher_of_a_replica_that_begins_anew_is_told_once_of_the_whole(tmp_path: Path) -> None:
    log = MemoryLog()
    one, late = ConfigClient(tmp_path, "one", log), ConfigClient(tmp_path, "late", log)
    one.start()
    one.transact("acme", [tenant()], "test", "1")
    late.start()
    late.wait_for(1)
    late.stop()
    for number in range(3):
        one.transact("acme", [tenant(name=f"Acme {number}")], "test", "more")
    one.prune(3, "boss", "pruned")
    told: list[tuple[int, str]] = []

    def on_change(directory: Directory, entry: Entry) -> None:
        told.append((entry.sequence, directory.tenants["acme"].tenant.name))

    again = ConfigClient(tmp_path, "late", log)
    again.start()
    again.watch(on_change, since=1)
    again.wait_for(5)
    eventually(lambda: len(told) == 3)
    assert [3, 4, 5] == [sequence for sequence, _ in told]
    assert told[0][1] in ("Acme 1", "Acme 2")
    again.stop()
    one.stop()


def test_a_beginning_that_was_torn_counts_as_empty(tmp_path: Path, connect: Connect, log: Log) -> None:
    client = connect("one")
    begin(client)
    file = from_file(to_file(client.state))
    store = Store(tmp_path / "torn")
    store.load()
    store.write(list(planted(file, None))[:-2])
    store.close()
    again = Store(tmp_path / "torn")
    assert (0, {}) == (again.load().sequence, dict(again.load().tenants))
    again.plant(file, None)
    assert fingerprint(client.state) == fingerprint(again.load())
    again.close()


def test_a_file_is_the_same_from_every_replica_and_a_damaged_one_is_refused(connect: Connect) -> None:
    one, two = connect("one"), connect("two")
    begin(one)
    two.wait_for(6)
    assert to_file(one.state) == to_file(two.state)
    assert list(rows_of_state(one.state)) == list(from_file(to_file(two.state)).rows)
    with pytest.raises(Broken):
        from_file(to_file(one.state)[:-9])
