"""What numbers cost us and what companies pay for them: as the number says, else as its supplier and its region do. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from configdb.estate import NumberRate, Plan, Region
from configdb.texting import Supplier
from mgmt.market.stock import ASSIGNED, PORTING_OUT, QUARANTINE, StockNumber

PAID = (ASSIGNED, QUARANTINE, PORTING_OUT)
"""States of a number for which we pay, whether a company has it or not."""
HAD = (ASSIGNED, PORTING_OUT)


def rate_of(rates: Iterable[NumberRate], country: str, kind: str, currency: str | None = None) -> NumberRate | None:
    """The line that counts, in a currency (None: any): one that names the kind before one for all of them."""
    fits = [one for one in rates if one.country == country and (not one.kinds or kind in one.kinds)]
    fits = [one for one in fits if currency in (None, one.currency)]
    return min(fits, key=lambda one: not one.kinds, default=None)


def valued(found: StockNumber, region: Region, supplier: Supplier | None = None) -> StockNumber:
    """With cost and price; what the number says of itself stays."""
    cost = rate_of(supplier.rates, found.country, found.kind) if supplier is not None else None
    if cost is not None and not found.cost_cents:
        found = replace(
            found, cost_cents=cost.monthly_cents, setup_cost_cents=cost.setup_cents, cost_currency=cost.currency
        )
    rates = region.number_prices
    price = rate_of(rates, found.country, found.kind, region.currency) or rate_of(rates, found.country, found.kind)
    if price is not None and not found.price_cents:
        found = replace(
            found, price_cents=price.monthly_cents, setup_price_cents=price.setup_cents, currency=price.currency
        )
    usual = region.currency
    return replace(found, cost_currency=found.cost_currency or usual, currency=found.currency or usual)


@dataclass(frozen=True, slots=True)
class Charge:
    """What a company pays for a number beside its plan."""

    monthly_cents: int
    setup_cents: int


def charges(plan: Plan, region: Region, has: Iterable[StockNumber], since: float, until: float) -> list[Charge]:
    """For the numbers that its plan does not hold; what is paid once, for those that came in this time."""
    found = []
    for one in beside(plan, has):
        price = price_in(one, region, plan.currency)
        new = since <= one.assigned_at < until
        if price is not None:
            found.append(Charge(price.monthly_cents, price.setup_cents if new else 0))
    return found


def beside(plan: Plan, has: Iterable[StockNumber]) -> list[StockNumber]:
    """The numbers that its plan does not hold: the oldest are in it."""
    if plan.numbers_included is None:
        return []
    had = sorted((one for one in has if one.state in HAD), key=lambda one: (one.assigned_at, one.number))
    return had[plan.numbers_included :]


def price_in(found: StockNumber, region: Region, currency: str) -> NumberRate | None:
    """What a number costs its company in a currency; None: nothing is said in it."""
    if found.price_cents and (found.currency or region.currency) == currency:
        return NumberRate(
            country=found.country,
            setup_cents=found.setup_price_cents,
            monthly_cents=found.price_cents,
            currency=currency,
        )
    return rate_of(region.number_prices, found.country, found.kind, currency)


def margins(stock: Iterable[StockNumber], usual: str) -> list[dict[str, Any]]:
    """By supplier, country, kind, currency: how many we pay for, how many companies have, what goes out and comes in a month."""
    rows: defaultdict[tuple[str, str, str, str], dict[str, int]] = defaultdict(
        lambda: {"numbers": 0, "had": 0, "cost_cents": 0, "price_cents": 0}
    )
    for one in stock:
        if one.state not in PAID:
            continue
        of = (one.supplier, one.country, one.kind)
        cost, price = rows[*of, one.cost_currency or usual], rows[*of, one.currency or usual]
        cost["cost_cents"] += one.cost_cents
        cost["numbers"] += 1
        cost["had"] += one.state in HAD
        price["price_cents"] += one.price_cents if one.state in HAD else 0
    names = ("supplier", "country", "kind", "currency")
    return [
        {**dict(zip(names, key, strict=True)), **row, "margin_cents": row["price_cents"] - row["cost_cents"]}
        for key, row in sorted(rows.items())
    ]
