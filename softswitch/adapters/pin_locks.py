"""Wrong PINs of mailboxes: after some in a row a box is locked for a while, whoever calls; kept in the state log of the switch.

open --wrong, wrong_max times in a row--> locked --lock_s--> open        a right one: counted anew
"""

from __future__ import annotations

from collections.abc import Callable

from softswitch.adapters.state import Table

wrong_max = 5
lock_s = 900.0


class PinLocks:
    """`wall` is epoch seconds."""

    def __init__(self, table: Table, wall: Callable[[], float]) -> None:
        self._table, self._wall = table, wall
        self._rows: dict[str, dict[str, float]] = table.load()

    def locked(self, tenant: str, mailbox: str) -> bool:
        """Whether no PIN opens it now."""
        row = self._rows.get(f"{tenant}/{mailbox}")
        return row is not None and row["until"] > self._wall()

    def wrong(self, tenant: str, mailbox: str) -> None:
        """One more wrong PIN."""
        row = self._rows.get(f"{tenant}/{mailbox}", {"wrong": 0, "until": 0.0})
        wrong = row["wrong"] + 1
        full = wrong >= wrong_max
        self._keep(tenant, mailbox, {"wrong": 0 if full else wrong, "until": self._wall() + lock_s if full else 0.0})

    def right(self, tenant: str, mailbox: str) -> None:
        """It was right, or is another one now."""
        if f"{tenant}/{mailbox}" in self._rows:
            del self._rows[f"{tenant}/{mailbox}"]
            self._table.put(f"{tenant}/{mailbox}", None)

    def _keep(self, tenant: str, mailbox: str, row: dict[str, float]) -> None:
        self._rows[f"{tenant}/{mailbox}"] = row
        self._table.put(f"{tenant}/{mailbox}", row)
