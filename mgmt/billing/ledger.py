"""`BillingProvider` on this node's own books.

Double entry: an entry is lines that sum to zero, and is never changed; an entry that is written again under its key is the first.
Each currency has its own accounts: what is paid in one settles nothing that is owed in another.

    charge    receivable +, revenue -        pay       cash +, receivable -        refund    the lines of an entry, turned round

What is charged is to be paid at once, or until it is due; it is late from then on.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from configdb.estate import Plan
from history.shelves import INVOICES, LEDGER, Put, Query, Shelves
from mgmt.billing.heading import Heading
from mgmt.billing.invoicing import Issued
from mgmt.billing.provider import Invoice, Payer, Standing, Use
from mgmt.limits import invoices_shown_max

RECEIVABLE, REVENUE, CASH = "receivable", "revenue", "cash"
CHARGE, PAY = "charge", "pay"


class Unbalanced(ValueError):
    """Ours: an entry whose lines do not sum to zero."""


@dataclass(frozen=True, slots=True)
class Ledger:
    """The books of the region."""

    shelves: Shelves
    clock: Callable[[], float]
    heading: Callable[[str], Heading] = Heading.of

    # -- the seam --------------------------------------------------------------------------------------------------

    def subscribe(self, tenant: str, key: str, plan: Plan, payer: Payer) -> None:
        """Charged, and paid: who takes the money is the operator."""
        self.charge(tenant, f"{CHARGE}-{key}", plan.monthly_cents, plan.currency, "first month")
        self.pay(tenant, f"{PAY}-{key}", plan.monthly_cents, plan.currency, "first month")

    def refund(self, tenant: str, key: str) -> bool:
        """Both entries, turned round."""
        turned = [self.turn(tenant, f"{name}-{key}") for name in (CHARGE, PAY)]
        return any(turned)

    def end(self, tenant: str) -> None:
        """Whose account is closed gets no more invoices (`mgmt.billing.months`)."""

    def use(self, tenant: str, used: Use) -> None:
        """Minutes are posted as money, when they are rated."""

    def standing(self, tenant: str) -> Standing | None:
        """Active while what it owes is not late; None: it has no books."""
        entries = self.entries(tenant)
        if not entries:
            return None
        return Standing("active", max(float(one["at"]) for one in entries), late_since(entries, self.clock()))

    def invoices(self, tenant: str) -> list[Invoice]:
        """As `mgmt.billing.months` made them."""
        owed, now = unpaid(self.entries(tenant)), self.clock()
        rows = self.shelves.page(INVOICES, tenant, Query(limit=invoices_shown_max))
        return [_shown(Issued.from_document(row.body), owed, now) for row in rows]

    def pdf(self, tenant: str, invoice: str) -> bytes | None:
        """Printed when somebody wants it: what it says never changes."""
        from mgmt.billing.printing import (
            printed,  # the printer takes a second to load, and most processes print nothing
        )

        found = self.shelves.get(INVOICES, tenant, invoice)
        return printed(Issued.from_document(found), self.heading(tenant)) if found is not None else None

    # -- the books -------------------------------------------------------------------------------------------------

    def charge(self, tenant: str, key: str, cents: int, currency: str, text: str, due_at: float | None = None) -> None:
        """The company owes it, and pays it until `due_at` (None: now)."""
        self._write(tenant, key, {RECEIVABLE: cents, REVENUE: -cents}, currency, text, due_at)

    def due_at(self, tenant: str, key: str) -> float | None:
        """Until when what was charged under a key is to be paid; None: at once, or nothing was charged."""
        found = self.shelves.get(LEDGER, tenant, key)
        return found.get("due_at") if found is not None else None

    def pay(self, tenant: str, key: str, cents: int, currency: str, text: str) -> None:
        """The company paid it."""
        self._write(tenant, key, {CASH: cents, RECEIVABLE: -cents}, currency, text)

    def turn(self, tenant: str, key: str) -> bool:
        """Take back what was written under a key; False: nothing was."""
        found = self.shelves.get(LEDGER, tenant, key)
        if found is None:
            return False
        turned = {name: -cents for name, cents in found["lines"].items()}
        self._write(tenant, f"refund-{key}", turned, found["currency"], f"refund: {found['text']}")
        return True

    def is_turned(self, tenant: str, key: str) -> bool:
        """Whether it was taken back."""
        return self.shelves.get(LEDGER, tenant, f"refund-{key}") is not None

    def owed_cents(self, tenant: str) -> dict[str, int]:
        """What the company owes by currency; less than nothing: what it has."""
        return {currency: accounts[RECEIVABLE] for currency, accounts in sorted(self.balances(tenant).items())}

    def balances(self, tenant: str) -> dict[str, Counter[str]]:
        """Of every account, by currency."""
        found: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for entry in self.entries(tenant):
            for name, cents in entry["lines"].items():
                found[entry["currency"]][name] += cents
        return dict(found)

    def entries(self, tenant: str) -> list[dict[str, Any]]:
        """All entries of a company, by key."""
        return self.shelves.below(LEDGER, tenant, "")

    def _write(
        self,
        tenant: str,
        key: str,
        lines: Mapping[str, int],
        currency: str,
        text: str,
        due_at: float | None = None,
    ) -> None:
        if sum(lines.values()):
            raise Unbalanced(key)
        entry = {"key": key, "at": self.clock(), "lines": dict(lines), "currency": currency, "text": text}
        if due_at is not None:
            entry["due_at"] = due_at
        if self.shelves.get(LEDGER, tenant, key) is None:
            self.shelves.write([Put(LEDGER, tenant, key, entry)])  # all its fields are marks: the first one stays


def late_since(entries: Iterable[Mapping[str, Any]], now: float) -> float | None:
    """When the oldest charge was due that is not paid in full. None: nothing is late."""
    return min((due_at for due_at in unpaid(entries).values() if due_at <= now), default=None)


def unpaid(entries: Iterable[Mapping[str, Any]]) -> dict[str, float]:
    """The charges that are not paid in full, by key, with when they are due; money pays the oldest of its currency first."""
    moves, left, owed = list[tuple[float, str, str, int, float]](), Counter[str](), dict[str, float]()
    for one in entries:
        cents, at = int(one["lines"].get(RECEIVABLE, 0)), float(one["at"])
        left[one["currency"]] -= min(cents, 0)
        moves.append((at, str(one["key"]), str(one["currency"]), cents, float(one.get("due_at", at))))
    for _, key, currency, cents, due_at in sorted(moves):
        if cents > 0:
            left[currency] -= cents
            if left[currency] < 0:
                owed[key] = due_at
    return owed


def _shown(issued: Issued, owed: Mapping[str, float], now: float) -> Invoice:
    state: Literal["open", "paid", "past_due"] = "paid"
    if issued.charge in owed:
        state = "past_due" if owed[issued.charge] <= now else "open"
    return Invoice(
        issued.id,
        issued.number,
        issued.made_at,
        issued.cents,
        issued.currency,
        state,
        owed.get(issued.charge, issued.due_at),
    )
