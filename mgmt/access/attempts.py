"""The brute-force limit: after some failures everybody waits, each time twice as long (ASVS 6.3.1, NIST SP 800-63B 3.2.2).

Counted for an account *and* address, for an address, and for an account from everywhere: many addresses together get no
further than one. An address from which the account signed in before is not held to the last, so that strangers cannot lock
its owner out. An IPv6 address is its /64. Kept on disk: a restart forgives nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from secrets import token_hex

from configdb.reach import source_of
from mgmt.access.sessions import hash_of
from mgmt.database import Database
from mgmt.http.errors import Problem
from mgmt.limits import (
    attempt_free,
    attempt_per_account_free,
    attempt_per_address_free,
    attempt_wait_s,
    attempt_wait_s_max,
    attempt_window_s,
    known_address_s_max,
)


@dataclass(frozen=True, slots=True)
class Counted:
    """What failures are counted for, and how many are free."""

    key: str
    free: int


class Attempts:
    """Failures of the last window. `clock` is wall time in seconds."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database = database
        self._clock = clock

    def check(self, account: str, address: str) -> None:
        """Raises Problem 429 with Retry-After while this account or address has to wait."""
        wait_s = max(self._wait_s(each) for each in self._counted(account, address))
        if wait_s > 0:
            whole = int(wait_s) + 1
            detail = f"Too many failed sign-ins. Try again in {_words(whole)}."
            raise Problem(429, "too_many_attempts", detail, headers=(("Retry-After", str(whole)),))

    def failed(self, account: str, address: str) -> None:
        """Count one failure."""
        now = self._clock()
        for key in sorted({_pair(account, address).key, _address(address).key, _account(account).key}):
            self._database.put("attempt", f"{key} {token_hex(8)}", {"at": now}, now + attempt_window_s, key)

    def succeeded(self, account: str, address: str) -> None:
        """Forget the failures of this account from this address (not the address's own count), and know the address."""
        key = _pair(account, address).key
        self._database.drop_of("attempt", key)
        self._database.put("known", key, {}, self._clock() + known_address_s_max)

    def _counted(self, account: str, address: str) -> list[Counted]:
        pair = _pair(account, address)
        known = self._database.get("known", pair.key) is not None
        return [pair, _address(address), *([] if known else [_account(account)])]

    def _wait_s(self, counted: Counted) -> float:
        failures = [float(body["at"]) for _, body in self._database.of("attempt", counted.key)]
        over = len(failures) - counted.free
        if over < 0:
            return 0.0
        pause_s = min(attempt_wait_s * 2 ** min(over, 20), attempt_wait_s_max)
        return float(max(failures) + pause_s) - self._clock()


def _words(seconds: int) -> str:
    return f"{seconds} seconds" if seconds < 90 else f"{(seconds + 59) // 60} minutes"


def _pair(account: str, address: str) -> Counted:
    return Counted(hash_of(f"{account.casefold()}\n{source_of(address)}"), attempt_free)


def _address(address: str) -> Counted:
    return Counted(hash_of(source_of(address)), attempt_per_address_free)


def _account(account: str) -> Counted:
    return Counted(hash_of(f"{account.casefold()}\n"), attempt_per_account_free)
