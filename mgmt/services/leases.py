"""Leases and reports of background services in mgmt.sqlite3: one holder at a time, and what each run said.

With several nodes the lease lives where all of them write; this table serves the processes of one node.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from mgmt.database import Database
from mgmt.limits import service_lease_s, service_text_chars_max


@dataclass(frozen=True, slots=True)
class Report:
    """What one run did: how many items, and words for the operator."""

    done: int
    text: str


@dataclass(frozen=True, slots=True)
class ServiceState:
    """The last known of a service; `done` and `failures` count since the node was made."""

    name: str
    ran_at: float | None
    ok: bool | None
    text: str | None
    done: int
    failures: int


class Leases:
    """The table, for one holder (a process)."""

    def __init__(self, database: Database, holder: str, clock: Callable[[], float]) -> None:
        self._database = database
        self._holder = holder
        self._clock = clock
        self._held_until: dict[str, float] = {}

    def take(self, name: str) -> bool:
        """Take the lease, or prolong it when half of it is over; False while another process holds it."""
        now = self._clock()
        if now < self._held_until.get(name, 0.0) - service_lease_s / 2:
            return True
        with self._database.write() as sql:
            sql.execute("INSERT OR IGNORE INTO service (name) VALUES (?)", (name,))
            taken = sql.execute(
                "UPDATE service SET holder = ?, leased_until = ? WHERE name = ? AND (holder IS ? OR leased_until < ?)",
                (self._holder, now + service_lease_s, name, self._holder, now),
            )
        self._held_until[name] = now + service_lease_s if taken.rowcount == 1 else 0.0
        return taken.rowcount == 1

    def give_back(self, name: str) -> None:
        """Let another process go on at once."""
        self._held_until.pop(name, None)
        with self._database.write() as sql:
            sql.execute("UPDATE service SET leased_until = 0 WHERE name = ? AND holder = ?", (name, self._holder))

    def report(self, name: str, report: Report, ok: bool) -> None:
        """Keep what a run said."""
        with self._database.write() as sql:
            sql.execute(
                "UPDATE service SET ran_at = ?, ok = ?, text = ?, done = done + ?, failures = failures + ? WHERE name = ?",
                (self._clock(), ok, report.text[:service_text_chars_max], report.done, not ok, name),
            )


def states(database: Database) -> list[ServiceState]:
    """All services of the node by name."""
    rows = cast(Any, database.rows("SELECT name, ran_at, ok, text, done, failures FROM service ORDER BY name"))
    return [ServiceState(row[0], row[1], row[2] if row[2] is None else bool(row[2]), *row[3:]) for row in rows]
