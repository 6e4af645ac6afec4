"""What a company used this month, its minutes and each of its numbers, as a running sum.

Each look adds the calls that were rated since the last one. Calls are rated one after the other, but clocks of nodes differ: each
look begins a little before the last one ended, and knows the calls that it has counted there. Sum, place and those calls are one
document, so whoever dies, or looks at the same time, counts no call twice; a sum that is lost is made again. A month that began
is a new sum.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from history.documents import Document
from history.shelves import SPENT, USAGE, Body, Query, Row, Shelves, upserted
from mgmt.limits import rated_again_s_max, usage_page_max

ID = "month"


@dataclass(frozen=True, slots=True)
class Spent(Document):
    """`minutes` of the calls of the month that began at `since`; `seen_at` is when the newest of them was rated.

    calls: those rated not long before it, with their moments. numbers: by the company's number, `calls`, `minutes` of all of
    them and `amounts`: a decimal by currency; those whose number was not kept are under "".
    """

    since: float
    minutes: int = 0
    seen_at: float = 0.0
    calls: dict[str, float] = field(default_factory=dict)
    numbers: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def looks_from(self) -> float:
        """What was rated before is counted."""
        return max(self.since, self.seen_at - rated_again_s_max)


def minutes_used(shelves: Shelves, tenant: str, since: float, until: float, keep: bool = True) -> int:
    """Those that count towards the plan; as `used`."""
    return used(shelves, tenant, since, until, keep).minutes


def used(shelves: Shelves, tenant: str, since: float, until: float, keep: bool = True) -> Spent:
    """In the month that begins at `since`; keep: the next look needs not look as far back."""
    known = _of_month(shelves.get(SPENT, tenant, ID), since)
    after: tuple[float, str] | None = None
    while True:
        query = Query((), known.looks_from if after is None else since, until, (), after, usage_page_max, True)
        rows = shelves.page(USAGE, tenant, query)
        if any(row.id not in known.calls for row in rows):
            known = _kept(shelves, tenant, since, rows) if keep else counted(known, rows)
        if len(rows) < usage_page_max:
            return known
        after = (rows[-1].at or 0.0, rows[-1].id)


def counted(known: Spent, rows: Iterable[Row]) -> Spent:
    """With calls that were rated; what it has counted changes nothing. Pure."""
    minutes, calls, seen_at, numbers = known.minutes, dict(known.calls), known.seen_at, dict(known.numbers)
    for row in rows:
        at = row.at or 0.0
        if at >= known.looks_from and row.id not in calls:
            minutes, calls[row.id], seen_at = minutes + int(row.body["minutes"]), at, max(seen_at, at)
            line = row.body.get("line", "")
            numbers[line] = _with(numbers.get(line, {}), row.body)
    after = replace(known, minutes=minutes, seen_at=seen_at, numbers=numbers)
    return replace(after, calls={id: at for id, at in calls.items() if at >= after.looks_from})


def _with(known: Body, usage: Body) -> Body:
    """What is known of a number, and one more call."""
    amounts, amount = dict(known.get("amounts", {})), Decimal(usage.get("amount", "0"))
    if amount:
        currency = usage["currency"]
        amounts[currency] = str(Decimal(amounts.get(currency, "0")) + amount)
    minutes = sum(int(part["minutes"]) for part in usage.get("parts", ()))
    return {"calls": known.get("calls", 0) + 1, "minutes": known.get("minutes", 0) + minutes, "amounts": amounts}


def _kept(shelves: Shelves, tenant: str, since: float, rows: list[Row]) -> Spent:
    def change(body: Body) -> Body:
        return counted(_of_month(body, since), rows).to_document()

    return Spent.from_document(upserted(shelves, SPENT, tenant, ID, Spent(since).to_document(), change))


def _of_month(body: Body | None, since: float) -> Spent:
    known = Spent.from_document(body) if body is not None else Spent(since)
    return known if known.since == since else Spent(since)
