"""DATA/mgmt.sqlite3: who is signed in, what is used once, failed sign-ins, remembered answers; nothing of the telephony.

Rows of a kind by key, each with its end. Nodes of a cluster tell each other what changed (`mgmt.access.nodes`): of two versions
of a row the later one stands everywhere (`changed_at` grows with every change, whatever the clocks say), and what is dropped
leaves a row without a body until its end, so that an older version does not come back. A session that was ended comes back for
no version at all: a node that did not hear of its end may use it later than it was ended.

One connection for all threads of a process behind a lock (every statement here is an index look-up); several processes
share the file by WAL. Losing the file signs people out and does nothing else.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast, get_args

from mgmt.limits import row_until_s_max

Kind = Literal["session", "token", "once", "attempt", "known", "answer"]
Body = dict[str, Any]

schema_version = 3
_schema = """
CREATE TABLE IF NOT EXISTS shared (
  kind TEXT NOT NULL, key TEXT NOT NULL, owner TEXT NOT NULL, body TEXT,
  changed_at REAL NOT NULL, until REAL NOT NULL, arrived INTEGER NOT NULL, PRIMARY KEY (kind, key)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS shared_of ON shared (kind, owner);
CREATE INDEX IF NOT EXISTS shared_until ON shared (until);
CREATE INDEX IF NOT EXISTS shared_arrived ON shared (arrived);
CREATE TABLE IF NOT EXISTS file (name TEXT NOT NULL, arrived INTEGER NOT NULL)
"""
ONE_LIFE = frozenset({"session", "token", "attempt"})
"""Kinds whose keys are drawn by lot: what was dropped is never made again."""

_older = ("session", "known_address", "once", "one_time_token", "attempt", "answer")
_step_s = 1e-6


@dataclass(frozen=True, slots=True)
class Row:
    """One version of a row; body: None when it was dropped."""

    kind: str
    key: str
    owner: str
    body: Body | None
    changed_at: float
    until: float

    def to_document(self) -> list[Any]:
        """JSON."""
        return [self.kind, self.key, self.owner, self.body, self.changed_at, self.until]

    @classmethod
    def of_document(cls, document: Any, now: float) -> Row | None:
        """None when it is no row of ours, or one that never ends."""
        match document:
            case [str(kind), str(key), str(owner), dict() | None as body, float(changed_at), float(until)]:
                known = kind in get_args(Kind) and until <= now + row_until_s_max
                return cls(kind, key, owner, body, changed_at, until) if known else None
        return None


class Database:
    """The open file; `clock` is wall time in seconds. told: hears of every change made here, after it is kept."""

    def __init__(self, path: Path, clock: Callable[[], float] = time.time) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        self._lock, self._clock = threading.RLock(), clock
        self._connection = sqlite3.connect(path, timeout=5.0, isolation_level=None, check_same_thread=False)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=NORMAL")
        self._make()
        self.told: Callable[[Sequence[Row]], None] = lambda _: None

    def _make(self) -> None:
        """The tables; those of an older program are dropped, which signs people out."""
        with self._write() as sql:
            if sql.execute("PRAGMA user_version").fetchone()[0] < schema_version:
                for table in _older:
                    sql.execute(f"DROP TABLE IF EXISTS {table}")
            for statement in _schema.split(";"):
                sql.execute(statement)
            if sql.execute("SELECT 1 FROM file").fetchone() is None:
                sql.execute("INSERT INTO file VALUES (?, 0)", (secrets.token_hex(8),))
            sql.execute(f"PRAGMA user_version={schema_version}")

    # -- rows ------------------------------------------------------------------------------------------------------

    def get(self, kind: Kind, key: str) -> Body | None:
        """The body of a living row."""
        found = self._row(kind, key)
        return found.body if found is not None and found.until > self._clock() else None

    def of(self, kind: Kind, owner: str) -> list[tuple[str, Body]]:
        """The living rows of an owner by key: only for what is few by design."""
        query = (
            "SELECT key, body FROM shared WHERE kind = ? AND owner = ? AND body IS NOT NULL AND until > ? ORDER BY key"
        )
        return [(key, json.loads(body)) for key, body in self._rows(query, kind, owner, self._clock())]

    def put(self, kind: Kind, key: str, body: Body, until: float, owner: str = "") -> None:
        """Write a row, over whatever is there."""
        with self._changes() as changed:
            self._keep(changed, kind, key, owner, body, until)

    def add(self, kind: Kind, key: str, body: Body, until: float, owner: str = "") -> bool:
        """Write a row where no living one is; whether it was."""
        with self._changes() as changed:
            if self.get(kind, key) is not None:
                return False
            self._keep(changed, kind, key, owner, body, until)
            return True

    def change(self, kind: Kind, key: str, make: Callable[[Body], Body], until: float | None = None) -> None:
        """Replace the body of a living row, with nobody between; until: another end."""
        with self._changes() as changed:
            found = self._row(kind, key)
            if found is not None and found.body is not None and found.until > self._clock():
                self._keep(changed, kind, key, found.owner, make(found.body), until or found.until)

    def take(self, kind: Kind, key: str) -> Body | None:
        """Drop a row; the body it had. Of several who take it, one gets it."""
        with self._changes() as changed:
            body = self.get(kind, key)
            if body is not None:
                self._drop(changed, kind, key)
            return body

    def drop_of(self, kind: Kind, owner: str, but: str = "") -> None:
        """Drop all rows of an owner, `but` one key."""
        with self._changes() as changed:
            for key, _ in self.of(kind, owner):
                if key != but:
                    self._drop(changed, kind, key)

    def drop_below(self, kind: Kind, prefix: str) -> None:
        """Drop all rows of the owners that begin with `prefix`."""
        query = "SELECT DISTINCT owner FROM shared WHERE kind = ? AND owner >= ? AND substr(owner, 1, ?) = ?"
        with self._changes():
            for (owner,) in self._rows(query, kind, prefix, len(prefix), prefix):
                self.drop_of(kind, owner)

    # -- between nodes ---------------------------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """Of this file: another one begins to count anew."""
        return cast(str, self._rows("SELECT name FROM file")[0][0])

    @property
    def last(self) -> int:
        """The place of the newest change."""
        return cast(int, self._rows("SELECT arrived FROM file")[0][0])

    def since(self, place: int, limit: int) -> list[tuple[int, Row]]:
        """The rows that changed after a place, in the order in which they did."""
        query = f"SELECT arrived, {_COLUMNS} FROM shared WHERE arrived > ? AND until > ? ORDER BY arrived LIMIT ?"
        return [(found[0], _row_of(found[1:])) for found in self._rows(query, place, self._clock(), limit)]

    def merge(self, rows: Sequence[Row]) -> int:
        """Take what other nodes say, where it is later than what is known here; how many were."""
        taken = 0
        with self._write():
            for row in rows:
                here = self._row(row.kind, row.key)
                if row.until > self._clock() and (here is None or _version(row) > _version(here)):
                    self._store(row)
                    taken += 1
        return taken

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    # -- statements ------------------------------------------------------------------------------------------------

    @contextmanager
    def _changes(self) -> Iterator[list[Row]]:
        """A transaction in which rows are changed; who listens hears of them when it is through."""
        changed: list[Row] = []
        with self._write():
            yield changed
        if changed:
            self.told(changed)

    def _keep(self, changed: list[Row], kind: Kind, key: str, owner: str, body: Body | None, until: float) -> None:
        here = self._row(kind, key)
        moment = self._clock() if here is None else max(self._clock(), here.changed_at + _step_s)
        row = Row(kind, key, owner, body, moment, until)
        if here is not None and _version(row) < _version(here):
            return
        self._connection.execute("DELETE FROM shared WHERE until <= ?", (self._clock(),))
        self._store(row)
        changed.append(row)

    def _drop(self, changed: list[Row], kind: Kind, key: str) -> None:
        found = self._row(kind, key)
        if found is not None:
            self._keep(changed, kind, key, found.owner, None, found.until)

    def _store(self, row: Row) -> None:
        body = None if row.body is None else json.dumps(row.body, separators=(",", ":"))
        (place,) = self._connection.execute("UPDATE file SET arrived = arrived + 1 RETURNING arrived").fetchone()
        self._connection.execute(
            "INSERT OR REPLACE INTO shared VALUES (?, ?, ?, ?, ?, ?, ?)",
            (row.kind, row.key, row.owner, body, row.changed_at, row.until, place),
        )

    def _row(self, kind: str, key: str) -> Row | None:
        found = self._rows(f"SELECT {_COLUMNS} FROM shared WHERE kind = ? AND key = ?", kind, key)
        return _row_of(found[0]) if found else None

    def _rows(self, sql: str, *arguments: object) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._connection.execute(sql, arguments).fetchall()

    @contextmanager
    def _write(self) -> Iterator[sqlite3.Connection]:
        """All statements inside happen or none does; inside another one it is part of that."""
        with self._lock:
            if self._connection.in_transaction:
                yield self._connection
                return
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")


_COLUMNS = "kind, key, owner, body, changed_at, until"


def _row_of(found: Sequence[Any]) -> Row:
    kind, key, owner, body, changed_at, until = found
    return Row(kind, key, owner, None if body is None else json.loads(body), changed_at, until)


def _version(row: Row) -> tuple[bool, float, bool, str]:
    """Whichever of two is greater stands: the end of what lives once, then the later one, of one moment the one that drops it."""
    is_end = row.body is None
    return is_end and row.kind in ONE_LIFE, row.changed_at, is_end, json.dumps(row.body, sort_keys=True)
