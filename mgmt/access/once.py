"""What holds once or for a while: challenges, codes that were used, counters of authenticators; in mgmt.sqlite3."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from mgmt.access.sessions import hash_of
from mgmt.database import Database


class Once:
    """Values by a key, of which only the hash is kept. `clock` is wall time in seconds."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database, self._clock = database, clock

    def put(self, key: str, value: str, age_s: float) -> None:
        """Keep a value until it is taken or too old."""
        with self._database.write() as sql:
            sql.execute("DELETE FROM once WHERE until <= ?", (self._clock(),))
            sql.execute("INSERT OR REPLACE INTO once VALUES (?, ?, ?)", (hash_of(key), value, self._clock() + age_s))

    def take(self, key: str) -> str | None:
        """The value, this once; None when it was taken, never put, or is too old."""
        with self._database.write() as sql:
            row = sql.execute("DELETE FROM once WHERE key = ? RETURNING value, until", (hash_of(key),)).fetchone()
        return cast(str, row[0]) if row is not None and row[1] > self._clock() else None

    def first(self, key: str, age_s: float) -> bool:
        """Whether this is the first time within `age_s` that the key is named."""
        with self._database.write() as sql:
            sql.execute("DELETE FROM once WHERE until <= ?", (self._clock(),))
            row = (hash_of(key), "", self._clock() + age_s)
            return sql.execute("INSERT OR IGNORE INTO once VALUES (?, ?, ?)", row).rowcount == 1

    def peek(self, key: str) -> str | None:
        """The value, which stays."""
        row = self._database.row("SELECT value FROM once WHERE key = ? AND until > ?", hash_of(key), self._clock())
        return cast(str, row[0]) if row is not None else None
