"""DATA/mgmt.sqlite3: sessions, one-time tokens, attempts, what is used once, remembered answers; nothing of the telephony.

One connection for all threads of a process behind a lock (every statement here is an index look-up); several processes
share the file by WAL. Losing the file signs people out and does nothing else.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

schema_version = 2
_schema = """
CREATE TABLE IF NOT EXISTS session (
  hash TEXT PRIMARY KEY, tenant TEXT, user TEXT, operator INTEGER NOT NULL,
  created_at REAL NOT NULL, seen_at REAL NOT NULL, confirmed_at REAL NOT NULL,
  way TEXT NOT NULL, address TEXT NOT NULL, agent TEXT NOT NULL,
  visit_tenant TEXT, visit_user TEXT, visit_until REAL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS known_address (key TEXT PRIMARY KEY, at REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS once (key TEXT PRIMARY KEY, value TEXT NOT NULL, until REAL NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS session_of ON session (tenant, user, seen_at);
CREATE TABLE IF NOT EXISTS one_time_token (
  hash TEXT PRIMARY KEY, tenant TEXT, user TEXT, created_at REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS attempt (key TEXT NOT NULL, at REAL NOT NULL);
CREATE INDEX IF NOT EXISTS attempt_of ON attempt (key, at);
CREATE INDEX IF NOT EXISTS attempt_at ON attempt (at);
CREATE TABLE IF NOT EXISTS answer (
  key TEXT PRIMARY KEY, request TEXT NOT NULL, status INTEGER, type TEXT, headers TEXT, body BLOB,
  created_at REAL NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS answer_at ON answer (created_at);
"""


class Database:
    """The open file. `write()` is one immediate transaction; `row`/`rows` read."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        self._lock = threading.RLock()
        self._connection = sqlite3.connect(path, timeout=5.0, isolation_level=None, check_same_thread=False)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=NORMAL")
        self._make()

    def _make(self) -> None:
        """The tables; those of an older program lose their rows, which signs people out."""
        with self.write() as sql:
            if sql.execute("PRAGMA user_version").fetchone()[0] < schema_version:
                sql.execute("DROP TABLE IF EXISTS session")
            for statement in _schema.split(";"):
                sql.execute(statement)
            sql.execute(f"PRAGMA user_version={schema_version}")

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """All statements inside happen or none does."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def row(self, sql: str, *arguments: object) -> tuple[object, ...] | None:
        """The first row, or None."""
        with self._lock:
            found: tuple[object, ...] | None = self._connection.execute(sql, arguments).fetchone()
            return found

    def rows(self, sql: str, *arguments: object) -> list[tuple[object, ...]]:
        """All rows: only for tables that are small by design."""
        with self._lock:
            return self._connection.execute(sql, arguments).fetchall()

    def close(self) -> None:
        """Close the file; later calls fail."""
        with self._lock:
            self._connection.close()
