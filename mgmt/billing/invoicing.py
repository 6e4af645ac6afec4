"""A month of a company as an invoice: the plan in advance, minutes beyond it and calls of the month before. Pure.

Months begin on the day of the month on which the company began to pay; where there is no such day, on the last one.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from configdb.estate import Plan
from history.documents import Document
from mgmt.billing.rating import Usage
from mgmt.limits import invoice_lines_max
from mgmt.market.rates import Charge

CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Issued(Document):
    """An invoice that was made. `id` is its month (0 is the first one); number: without a gap in the region.

    due_at: when it is to be paid at the latest; None: it was paid when it was made.

    lines: `{text, quantity, cents}`; text is `plan`, `minutes`, `numbers`, `number_setup` or a prefix as `+44`.
    charge: the key of its entry in the books.
    """

    id: str
    tenant: str
    made_at: float
    since: float
    until: float
    currency: str
    charge: str
    number: str
    lines: list[dict[str, Any]] = field(default_factory=list)
    due_at: float | None = None

    @property
    def cents(self) -> int:
        """The sum."""
        return sum(int(line["cents"]) for line in self.lines)


def month(anchor: float, index: int) -> tuple[float, float]:
    """When a company's month begins and ends; 0 is its first one."""
    return _moved(anchor, index), _moved(anchor, index + 1)


def month_of(anchor: float, now: float) -> tuple[float, float]:
    """The month in which a moment is."""
    began, is_at = (datetime.fromtimestamp(at, UTC) for at in (anchor, now))
    index = max(0, (is_at.year - began.year) * 12 + is_at.month - began.month)
    return month(anchor, index) if month(anchor, index)[0] <= now else month(anchor, index - 1)


def _moved(anchor: float, months: int) -> float:
    at = datetime.fromtimestamp(anchor, UTC)
    year, zero = divmod(at.year * 12 + at.month - 1 + months, 12)
    day = min(at.day, monthrange(year, zero + 1)[1])
    return at.replace(year=year, month=zero + 1, day=day).timestamp()


def lines_of(plan: Plan, used: Iterable[Usage], numbers: Sequence[Charge] = ()) -> list[dict[str, Any]]:
    """The plan and numbers beside it in advance, then what was used in the month that is over.

    Money of another currency is not turned into ours.
    """
    lines: list[dict[str, Any]] = [{"text": "plan", "quantity": 1, "cents": plan.monthly_cents}]
    if numbers:
        lines.append({"text": "numbers", "quantity": len(numbers), "cents": sum(one.monthly_cents for one in numbers)})
    if new := [one.setup_cents for one in numbers if one.setup_cents]:
        lines.append({"text": "number_setup", "quantity": len(new), "cents": sum(new)})
    minutes, prefixes = 0, dict[str, tuple[int, Decimal]]()
    for usage in used:
        minutes += usage.minutes
        for part in usage.parts:
            amount = Decimal(part["amount"])
            if amount > 0 and usage.currency == plan.currency:
                count, total = prefixes.get(part["prefix"], (0, Decimal(0)))
                prefixes[part["prefix"]] = (count + int(part["minutes"]), total + amount)
    over = max(0, minutes - plan.minutes_included) if plan.minutes_included is not None else 0
    if over and plan.minute_cents > 0:
        lines.append({"text": "minutes", "quantity": over, "cents": in_cents(over * plan.minute_cents / 100)})
    return lines + _by_prefix(prefixes)


def _by_prefix(prefixes: dict[str, tuple[int, Decimal]]) -> list[dict[str, Any]]:
    """A line each, the dearest first; what is too much for one invoice is one line."""
    dearest = sorted(prefixes.items(), key=lambda one: (-one[1][1], one[0]))
    shown, rest = dearest[:invoice_lines_max], dearest[invoice_lines_max:]
    lines = [{"text": f"+{prefix}", "quantity": count, "cents": in_cents(total)} for prefix, (count, total) in shown]
    if rest:
        total = sum((total for _, (_, total) in rest), Decimal(0))
        lines.append({"text": "+", "quantity": sum(count for _, (count, _) in rest), "cents": in_cents(total)})
    return lines


def in_cents(amount: Decimal) -> int:
    """Of a sum; half a cent is a cent."""
    return int(amount.quantize(CENT, ROUND_HALF_UP) * 100)
