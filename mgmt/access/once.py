"""What holds once or for a while: challenges, codes that were used, counters of authenticators; in mgmt.sqlite3."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mgmt.access.sessions import hash_of
from mgmt.database import Database


class Once:
    """Values by a key, of which only the hash is kept. `clock` is wall time in seconds."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database, self._clock = database, clock

    def put(self, key: str, value: str, age_s: float) -> None:
        """Keep a value until it is taken or too old."""
        self._database.put("once", hash_of(key), {"value": value}, self._clock() + age_s)

    def take(self, key: str) -> str | None:
        """The value, this once; None when it was taken, never put, or is too old."""
        return _value(self._database.take("once", hash_of(key)))

    def first(self, key: str, age_s: float) -> bool:
        """Whether this is the first time within `age_s` that the key is named."""
        return self._database.add("once", hash_of(key), {"value": ""}, self._clock() + age_s)

    def peek(self, key: str) -> str | None:
        """The value, which stays."""
        return _value(self._database.get("once", hash_of(key)))


def _value(body: dict[str, Any] | None) -> str | None:
    return None if body is None else str(body["value"])
