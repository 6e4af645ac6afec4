"""DATA/mgmt.sqlite3: sessions, one-time tokens, failed attempts, remembered answers; nothing of the telephony.

One connection for all threads of a process behind a lock (every statement here is an index look-up); several processes
share the file by WAL. Losing the file signs people out and does nothing else.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

schema_version = 1
_schema = """
CREATE TABLE IF NOT EXISTS session (
  hash TEXT PRIMARY KEY, tenant TEXT, user TEXT, operator INTEGER NOT NULL,
  created_at REAL NOT NULL, seen_at REAL NOT NULL) WITHOUT ROWID;
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
        self._connection.executescript(_schema)
        self._connection.execute(f"PRAGMA user_version={schema_version}")

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
