"""The replica on disk: one LevelDB per process, every change with its sequence in one synchronous batch.

After an error of the disk LevelDB answers every write with that error until it is opened again: `write` closes it and
raises `DiskError`; the next call opens it. A database that cannot be read is set aside (`<name>.broken-1`, kept for
who wants to look) and an empty one takes its place: the caller fetches everything from the log again.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import plyvel

from configdb.errors import Broken, Problem
from configdb.keys import escape, unescape
from configdb.limits import apply_batch_max
from configdb.log import Entry, chained
from configdb.pruning import File, base_of, cut, plant, planted, state_at, to_file, uproot
from configdb.records import (
    CHAIN,
    ENTRIES,
    FORM,
    FORM_KEY,
    LOG_ID,
    OBJECTS,
    SEQUENCE,
    TENANTS,
    Row,
    base_prefix,
    entry_key,
    history_key,
    message_key,
    read_entry,
    read_mark,
    read_object,
)
from configdb.replica import Objects, State, Versioned, restored

logger = logging.getLogger(__name__)
T = TypeVar("T")


class Damaged(Broken):
    """The database has bits that are not those that were written: it says so again and again, until it is set aside."""


class DiskError(Exception):
    """The disk did not take or give what was asked; try again later."""


def open_database(folder: Path) -> Any:
    """LevelDB with all its checks on."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    return plyvel.DB(str(folder), create_if_missing=True, paranoid_checks=True, write_buffer_size=4 << 20)


class Store:
    """One replica's database. Methods may be called from any thread."""

    def __init__(self, folder: Path, opener: Callable[[Path], Any] = open_database) -> None:
        self._folder = folder
        self._opener = opener
        self._database: Any = None
        self._lock = threading.RLock()

    def load(self) -> State:
        """The stored state. What cannot be read is set aside, and the state is empty then.

        Raises `InUse` when another process has the database, `DiskError` when the disk does not answer.
        """
        try:
            return self._load()
        except Broken as error:
            self.set_aside(error)
            return self._load()

    def _load(self) -> State:
        form = self._do(lambda database: database.get(FORM_KEY))
        if form is None:
            self.write([(FORM_KEY, FORM)])
        elif form != FORM:
            raise Broken(f"rows have the form {form.decode()}, this program's is {FORM.decode()}")
        elif not self.sequence:
            self._do(uproot)  # a beginning from a file may have been torn
        return self._do(self._state)

    @staticmethod
    def _state(database: Any) -> State:
        sequence, chain = int(database.get(SEQUENCE) or b"0"), bytes(database.get(CHAIN) or b"")
        return _state_below(database, b"", sequence, chain)

    @staticmethod
    def _base_state(database: Any) -> State:
        sequence, chain = base_of(database)
        return _state_below(database, base_prefix(sequence), sequence, chain) if sequence else State()

    def verified(self) -> State:
        """The stored state, every row of it and of the history read with its checksum. Raises `DiskError`, `Broken`."""

        def read(database: Any) -> State:
            state, (at, chain) = self._state(database), base_of(database)
            self._base_state(database)
            with database.iterator(prefix=ENTRIES, verify_checksums=True) as rows:
                for key, row in rows:
                    at += 1
                    if int(key[len(ENTRIES) :], 16) != at:
                        raise Broken(f"entry {at} is missing")
                    chain = chained(chain, read_entry(at, row)[0])
            if (at, chain) != (state.sequence, state.chain):
                raise Broken(f"the history up to {at} is not that of the state at {state.sequence}")
            return state

        return self._do(read)

    def write(self, rows: Iterable[Row]) -> None:
        """All rows or none, on disk when this returns. Raises `DiskError`; then ask `sequence` what is stored."""

        def put(database: Any) -> None:
            with database.write_batch(sync=True) as batch:
                for key, value in rows:
                    batch.delete(key) if value is None else batch.put(key, value)

        self._do(put)

    @property
    def sequence(self) -> int:
        """The last applied sequence that is stored. Raises `DiskError`, and `Broken` for damage, as all that follow."""
        return self._do(lambda database: int(database.get(SEQUENCE) or b"0"))

    @property
    def log_id(self) -> str | None:
        """The log that this replica is of. Raises `DiskError`."""
        found = self._do(lambda database: database.get(LOG_ID))
        return found.decode() if found is not None else None

    @staticmethod
    def log_id_row(log_id: str) -> Row:
        """The row that binds the replica to a log."""
        return LOG_ID, log_id.encode()

    def entry(self, sequence: int) -> tuple[Entry, tuple[Problem, ...]] | None:
        """An entry, and the problems for which it had no effect. Raises `DiskError`."""
        row = self._do(lambda database: database.get(entry_key(sequence), verify_checksums=True))
        return None if row is None else read_entry(sequence, row)

    def sequence_of(self, message_id: str) -> int | None:
        """The sequence of the entry with a message id. Raises `DiskError`."""
        found = self._do(lambda database: database.get(message_key(message_id)))
        return None if found is None else int(found)

    def entries(self, since: int, limit: int) -> list[Entry]:
        """Entries of all tenants behind `since` that had an effect, oldest first. Raises `DiskError`."""

        def read(database: Any) -> list[Entry]:
            start, stop = entry_key(since + 1), ENTRIES + b"~"
            with database.iterator(start=start, stop=stop, verify_checksums=True) as rows:
                return _effective(((int(key[len(ENTRIES) :], 16), row) for key, row in rows), limit)

        return self._do(read)

    def every_entry(self) -> Iterator[Entry]:
        """Every entry that is kept, as the log had it, in order. Raises `DiskError`."""
        at = self.base

        def read(database: Any) -> list[Entry]:
            start, stop = entry_key(at + 1), entry_key(at + 1 + apply_batch_max)
            with database.iterator(start=start, stop=stop, verify_checksums=True) as rows:
                return [read_entry(int(key[len(ENTRIES) :], 16), row)[0] for key, row in rows]

        while page := self._do(read):
            yield from page
            at = page[-1].sequence

    def history(self, tenant: str, since: int, limit: int) -> list[Entry]:
        """As `entries`, of one tenant."""

        def read(database: Any) -> list[Entry]:
            start, stop = history_key(tenant, since + 1), history_key(tenant, 2**63)
            with database.iterator(start=start, stop=stop, include_value=False, verify_checksums=True) as keys:
                sequences = (int(key.rpartition(b"/")[2], 16) for key in keys)
                return _effective(((s, database.get(entry_key(s), verify_checksums=True)) for s in sequences), limit)

        return self._do(read)

    def recent(self, tenant: str, before: int, limit: int) -> list[Entry]:
        """As `history`, newest first, older than `before`."""

        def read(database: Any) -> list[Entry]:
            start, stop = history_key(tenant, 0), history_key(tenant, before)
            with database.iterator(start=start, stop=stop, include_value=False, reverse=True) as keys:
                sequences = (int(key.rpartition(b"/")[2], 16) for key in keys)
                return _effective(((s, database.get(entry_key(s), verify_checksums=True)) for s in sequences), limit)

        return self._do(read)

    @property
    def base(self) -> int:
        """The sequence before which history was pruned; 0: all of it is here. Raises `DiskError`."""
        return self._do(lambda database: base_of(database)[0])

    def objects_at_base(self, tenant: str) -> Objects:
        """A tenant's objects as the history that is kept begins. Raises `DiskError`."""

        def read(database: Any) -> Objects:
            prefix = base_prefix(base_of(database)[0])
            kinds: dict[str, dict[str, Versioned]] = {}
            with database.iterator(prefix=prefix + OBJECTS + escape(tenant).encode() + b"/") as rows:
                for key, row in rows:
                    found = read_object(key[len(prefix) :], row)
                    kinds.setdefault(found.key.kind, {})[found.key.id] = found
            return kinds

        return self._do(read)

    def file_at(self, sequence: int) -> bytes:
        """The file of everything at a sequence (`configdb.pruning`). Raises `DiskError`."""
        return self._do(lambda database: to_file(state_at(database, self._base_state(database), sequence)))

    def cut(self, sequence: int) -> None:
        """Prune the history up to a sequence, unless that was done. Raises `DiskError`."""

        def prune(database: Any) -> None:
            if base_of(database)[0] < sequence:
                cut(database, state_at(database, self._base_state(database), sequence))

        self._do(prune)

    def plant(self, file: File, log_id: str | None) -> None:
        """Begin anew from a file. Raises `DiskError`."""
        bound = None if log_id is None else self.log_id_row(log_id)

        def begin(database: Any) -> None:
            uproot(database)
            plant(database, planted(file, bound))

        self._do(begin)

    def close(self) -> None:
        """Let go of the files."""
        with self._lock:
            database, self._database = self._database, None
            if database is not None:
                database.close()

    def _do(self, action: Callable[[Any], T]) -> T:
        with self._lock:
            try:
                if self._database is None:
                    self._database = self._opener(self._folder)
                return action(self._database)
            except plyvel.CorruptionError as error:
                raise Damaged(f"the database is damaged: {error}") from error
            except (plyvel.Error, OSError) as error:
                self.close()
                if "LOCK: " in str(error):
                    raise InUse(f"another process uses {self._folder}") from error
                raise DiskError(f"{self._folder.name}: {error}") from error

    def set_aside(self, error: Broken) -> None:
        """Put the database beside, under another name; the next use makes an empty one."""
        self.close()
        number = 1
        while (aside := self._folder.with_name(f"{self._folder.name}.broken-{number}")).exists():
            number += 1
        logger.error("configuration replica %s: %s; set aside as %s", self._folder.name, error, aside.name)
        self._folder.rename(aside)


def _state_below(database: Any, prefix: bytes, sequence: int, chain: bytes) -> State:
    """The state whose rows have a prefix."""
    marked, objects = prefix + TENANTS, prefix + OBJECTS
    with database.iterator(prefix=marked, verify_checksums=True) as rows:
        marks = {unescape(key[len(marked) :].decode()): read_mark(row) for key, row in rows}
    with database.iterator(prefix=objects, verify_checksums=True) as rows:
        return restored(sequence, chain, marks, (read_object(key[len(prefix) :], row) for key, row in rows))


class InUse(DiskError):
    """Two processes must not share a replica."""


def _effective(rows: Iterator[tuple[int, bytes | None]], limit: int) -> list[Entry]:
    found: list[Entry] = []
    for sequence, row in rows:
        if row is None or len(found) >= limit:
            break
        entry, problems = read_entry(sequence, row)
        if not problems and entry.changes:
            found.append(entry)
    return found
