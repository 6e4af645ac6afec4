"""A disk that fails at the nth write: nothing is told that is not stored, and it goes on by itself when it can."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import plyvel
import pytest

from configdb.client import ConfigClient
from configdb.log_memory import MemoryLog
from configdb.replica import fingerprint
from configdb.store import Store, open_database
from tests.configdb.conftest import eventually, person, tenant
from tests.conftest import NIGHTLY

WRITES = 5


class Failing:
    """A database whose nth write fails, and all that come after it until it is opened again: LevelDB's way."""

    def __init__(self, database: Any, disk: Disk) -> None:
        self._database, self._disk, self._sick = database, disk, False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)

    def write_batch(self, **how: Any) -> Any:
        self._disk.writes += 1
        self._sick = self._sick or self._disk.writes in self._disk.fails
        if self._sick:
            raise plyvel.IOError(b"IO error: Input/output error")
        return self._database.write_batch(**how)


class Disk:
    """Opens such databases."""

    def __init__(self, fails: set[int]) -> None:
        self.fails, self.writes, self.opened, self.folder = fails, 0, 0, Path()

    def open(self, folder: Path) -> Any:
        self.opened += 1
        return Failing(open_database(folder), self)


@pytest.mark.parametrize("nth", range(2, 52 if NIGHTLY else WRITES + 2))
def test_a_write_that_failed_on_the_disk_is_never_told_before_it_is_stored(nth: int, tmp_path: Path) -> None:
    dice = random.Random(nth)
    disk, log = Disk({nth, nth + dice.randrange(1, 4)}), MemoryLog()
    client = ConfigClient(tmp_path, "one", log, store=Store(tmp_path / "replica", disk.open))
    stored_when_told: list[bool] = []
    client.start(lambda directory, entry: stored_when_told.append(client._store.sequence >= entry.sequence))
    client.transact("acme", [tenant(), person("ann", "101")], "test", "begin", timeout_s=20)
    for number in range(max(WRITES, nth)):
        receipt = client.transact("acme", [person("ann", str(200 + number))], "test", "moved", timeout_s=20)
        assert client._store.sequence >= receipt.sequence or not receipt.applied
    eventually(lambda: client.state.sequence == log.last_sequence)
    assert [True] * log.last_sequence == stored_when_told
    assert disk.opened > 1
    client.stop()
    again = ConfigClient(tmp_path, "one", log, store=Store(tmp_path / "replica"))
    again.start()
    assert fingerprint(client.state) == fingerprint(again.state)
    again.stop()


class Rotten(Failing):
    """A database with bad bits: it says so at every write from the nth on, however often it is opened."""

    def write_batch(self, **how: Any) -> Any:
        self._disk.writes += 1
        mark = self._disk.folder / "rotten"
        if self._disk.writes in self._disk.fails:
            mark.touch()
        if mark.exists():
            raise plyvel.CorruptionError(b"Corruption: block checksum mismatch")
        return self._database.write_batch(**how)


class RottenDisk(Disk):
    """Opens such databases."""

    def open(self, folder: Path) -> Any:
        self.opened, self.folder = self.opened + 1, folder
        return Rotten(open_database(folder), self)


def test_a_database_that_turns_out_to_be_damaged_while_it_is_used_is_set_aside_and_made_again(tmp_path: Path) -> None:
    disk, log = RottenDisk({4}), MemoryLog()
    client = ConfigClient(tmp_path, "one", log, store=Store(tmp_path / "replica", disk.open))
    client.start()
    client.transact("acme", [tenant(), person("ann", "101")], "test", "begin", timeout_s=20)
    for number in range(4):
        client.transact("acme", [person("ann", str(200 + number))], "test", "moved", timeout_s=20)
    eventually(lambda: client._store.sequence == 5)
    assert "203" == client.directory.tenants["acme"].users["ann"].extension
    assert ["begin", *["moved"] * 4] == [entry.reason for entry in client.history("acme")]
    assert (tmp_path / "replica.broken-1").is_dir()
    client.stop()
