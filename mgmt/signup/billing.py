"""Money behind a seam: what the engine asks of whoever keeps accounts, and the ledger of this node.

Double entry: an entry is lines that sum to zero, and is never changed; an entry that is written again under its key is the first.

    charge    receivable +, revenue -        pay       cash +, receivable -        refund    the lines of an entry, turned round
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from history.shelves import LEDGER, Put, Shelves

RECEIVABLE, REVENUE, CASH = "receivable", "revenue", "cash"


class BillingProvider(Protocol):
    """Who keeps the accounts of companies. Every method may be said again with the same key, and is one."""

    def charge(self, tenant: str, key: str, cents: int, currency: str, text: str) -> None:
        """The company owes it."""

    def pay(self, tenant: str, key: str, cents: int, currency: str, text: str) -> None:
        """The company paid it."""

    def refund(self, tenant: str, key: str) -> bool:
        """Take back what was written under a key; False: nothing was."""

    def balance_cents(self, tenant: str) -> int:
        """What the company owes; less than nothing: what it has."""


class Unbalanced(ValueError):
    """Ours: an entry whose lines do not sum to zero."""


@dataclass(frozen=True, slots=True)
class Ledger:
    """`BillingProvider` on this node's own books."""

    shelves: Shelves
    clock: Callable[[], float]

    def charge(self, tenant: str, key: str, cents: int, currency: str, text: str) -> None:
        self._write(tenant, key, {RECEIVABLE: cents, REVENUE: -cents}, currency, text)

    def pay(self, tenant: str, key: str, cents: int, currency: str, text: str) -> None:
        self._write(tenant, key, {CASH: cents, RECEIVABLE: -cents}, currency, text)

    def refund(self, tenant: str, key: str) -> bool:
        found = self.shelves.get(LEDGER, tenant, key)
        if found is None:
            return False
        turned = {name: -cents for name, cents in found["lines"].items()}
        self._write(tenant, f"refund-{key}", turned, found["currency"], f"refund: {found['text']}")
        return True

    def balance_cents(self, tenant: str) -> int:
        return self.balances(tenant)[RECEIVABLE]

    def balances(self, tenant: str) -> Counter[str]:
        """Of every account."""
        found: Counter[str] = Counter()
        for entry in self.entries(tenant):
            for name, cents in entry["lines"].items():
                found[name] += cents
        return found

    def entries(self, tenant: str) -> list[dict[str, Any]]:
        """All entries of a company, by key."""
        return self.shelves.below(LEDGER, tenant, "")

    def _write(self, tenant: str, key: str, lines: Mapping[str, int], currency: str, text: str) -> None:
        if sum(lines.values()):
            raise Unbalanced(key)
        entry = {"key": key, "at": self.clock(), "lines": dict(lines), "currency": currency, "text": text}
        if self.shelves.get(LEDGER, tenant, key) is None:
            self.shelves.write([Put(LEDGER, tenant, key, entry)])  # all its fields are marks: the first one stays
