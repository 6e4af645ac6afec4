"""DATA/analyses.sqlite3: what was heard in recordings, which are still to be heard, and what test calls gave.

What was heard is derived from the recordings: `POST /api/v1/quality/backfill` makes it anew.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mgmt.limits import analysis_tries_max, tests_max

_schema = """
CREATE TABLE IF NOT EXISTS wanted (tenant TEXT NOT NULL, media TEXT NOT NULL, asked_at REAL NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (tenant, media)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS wanted_first ON wanted (tries, asked_at);
CREATE TABLE IF NOT EXISTS analysis (tenant TEXT NOT NULL, media TEXT NOT NULL, at REAL NOT NULL, version INTEGER NOT NULL,
    body TEXT NOT NULL, PRIMARY KEY (tenant, media)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS test (tenant TEXT NOT NULL, id TEXT NOT NULL, at REAL NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (tenant, id)) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A recording that waits to be heard."""

    tenant: str
    media: str
    tries: int


class Analyses:
    """Any thread may ask; several processes share the file by WAL."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._sql = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
        self._sql.execute("PRAGMA journal_mode = WAL")
        self._sql.execute("PRAGMA synchronous = NORMAL")
        self._sql.executescript(_schema)

    def want(self, tenant: str, media: Iterable[str], now: float) -> int:
        """Recordings that are to be heard, also those that were; how many of them were not waiting yet."""
        with self._lock:
            before = self._sql.total_changes
            rows = [(tenant, one, now) for one in media]
            self._sql.executemany("INSERT OR IGNORE INTO wanted (tenant, media, asked_at) VALUES (?, ?, ?)", rows)
            return self._sql.total_changes - before

    def next(self) -> Wanted | None:
        """The one to be heard next: never tried before those that failed, the oldest wish first."""
        row = self._row("SELECT tenant, media, tries FROM wanted ORDER BY tries, asked_at LIMIT 1")
        return Wanted(*row) if row else None

    def done(self, one: Wanted, document: dict[str, Any], now: float) -> None:
        """It was heard."""
        with self._lock:
            row = (one.tenant, one.media, now, document["version"], json.dumps(document, ensure_ascii=False))
            self._sql.execute("INSERT OR REPLACE INTO analysis VALUES (?, ?, ?, ?, ?)", row)
            self._sql.execute("DELETE FROM wanted WHERE tenant = ? AND media = ?", (one.tenant, one.media))

    def failed(self, one: Wanted) -> None:
        """It could not be heard: later again, and not for ever."""
        with self._lock:
            key = (one.tenant, one.media)
            self._sql.execute("UPDATE wanted SET tries = tries + 1 WHERE tenant = ? AND media = ?", key)
            self._sql.execute("DELETE FROM wanted WHERE tries >= ?", (analysis_tries_max,))

    def of(self, tenant: str, media: str) -> dict[str, Any] | None:
        """What was heard, None before."""
        row = self._row("SELECT body FROM analysis WHERE tenant = ? AND media = ?", tenant, media)
        return json.loads(row[0]) if row else None

    def waiting(self, tenant: str | None = None, media: str | None = None) -> int:
        """How many wait: all, of a tenant, or whether one does."""
        query = "SELECT count(*) FROM wanted WHERE (?1 IS NULL OR tenant = ?1) AND (?2 IS NULL OR media = ?2)"
        row = self._row(query, tenant, media)
        return int(row[0]) if row else 0

    def count(self, tenant: str) -> int:
        """How many of a tenant were heard."""
        row = self._row("SELECT count(*) FROM analysis WHERE tenant = ?", tenant)
        return int(row[0]) if row else 0

    def forget(self, tenant: str) -> None:
        """Everything of a tenant."""
        with self._lock:
            for table in ("wanted", "analysis", "test"):
                self._sql.execute(f"DELETE FROM {table} WHERE tenant = ?", (tenant,))

    def keep_test(self, tenant: str, id: str, document: dict[str, Any], now: float) -> None:
        """The result of a test; of a tenant's the newest `tests_max` stay."""
        with self._lock:
            body = json.dumps(document, ensure_ascii=False)
            self._sql.execute("INSERT OR REPLACE INTO test VALUES (?, ?, ?, ?)", (tenant, id, now, body))
            old = "SELECT id FROM test WHERE tenant = ?1 ORDER BY at DESC LIMIT -1 OFFSET ?2"
            self._sql.execute(f"DELETE FROM test WHERE tenant = ?1 AND id IN ({old})", (tenant, tests_max))

    def tests(self, tenant: str) -> list[dict[str, Any]]:
        """All results, newest first, with `id` and `at`."""
        with self._lock:
            rows = self._sql.execute(
                "SELECT id, at, body FROM test WHERE tenant = ? ORDER BY at DESC", (tenant,)
            ).fetchall()
        return [{"id": row[0], "at": row[1], **json.loads(row[2])} for row in rows]

    def _row(self, query: str, *values: Any) -> tuple[Any, ...] | None:
        with self._lock, closing(self._sql.execute(query, values)) as cursor:
            row: tuple[Any, ...] | None = cursor.fetchone()
            return row

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._sql.close()
