"""The brute-force limit: failed sign-ins per account and address, and per address, in a sliding window (ASVS 6.3.1).

Counted per account *and* address, so that a stranger cannot lock somebody else out. Kept on disk: a restart forgives nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from mgmt.database import Database
from mgmt.errors import Problem
from mgmt.limits import attempt_per_account_address_max, attempt_per_address_max, attempt_window_s
from mgmt.sessions import hash_of


class Attempts:
    """Failures of the last window."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database = database
        self._clock = clock

    def check(self, account: str, address: str) -> None:
        """Raises Problem 429 with Retry-After when this account or address has failed too often."""
        for key, failures_max in _keys(account, address):
            row = self._database.row(
                "SELECT at FROM attempt WHERE key = ? AND at > ? ORDER BY at DESC LIMIT 1 OFFSET ?",
                key,
                self._clock() - attempt_window_s,
                failures_max - 1,
            )
            if row is not None:
                wait_s = max(1, int(cast(float, row[0]) + attempt_window_s - self._clock()) + 1)
                detail = f"Too many failed sign-ins. Try again in {(wait_s + 59) // 60} minutes."
                raise Problem(429, "too_many_attempts", detail, headers=(("Retry-After", str(wait_s)),))

    def failed(self, account: str, address: str) -> None:
        """Count one failure."""
        now = self._clock()
        with self._database.write() as sql:
            sql.execute("DELETE FROM attempt WHERE at <= ?", (now - attempt_window_s,))
            sql.executemany("INSERT INTO attempt VALUES (?, ?)", [(key, now) for key, _ in _keys(account, address)])

    def succeeded(self, account: str, address: str) -> None:
        """Forget the failures of this account from this address (not the address's own count)."""
        with self._database.write() as sql:
            sql.execute("DELETE FROM attempt WHERE key = ?", (_keys(account, address)[0][0],))


def _keys(account: str, address: str) -> tuple[tuple[str, int], tuple[str, int]]:
    return (
        (hash_of(f"{account.casefold()}\n{address}"), attempt_per_account_address_max),
        (hash_of(address), attempt_per_address_max),
    )
