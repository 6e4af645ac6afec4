"""The invoices that are due are made, each once, numbered without a gap, and charged: where the ledger is this node's own.

A number is given in two steps that may break off between: the counter remembers for whom its last number is, and that invoice
gets it before another one does.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING

from configdb.estate import Plan
from configdb.snapshot import TenantView
from history.shelves import COUNTERS, INVOICES, LEDGER, NODE, USAGE, Body, Put, Query, Shelves, upserted
from mgmt.billing.account import DAY_S
from mgmt.billing.choice import terms_of
from mgmt.billing.invoicing import Issued, lines_of, month
from mgmt.billing.ledger import CHARGE, Ledger
from mgmt.billing.plans import plan_of
from mgmt.billing.rating import Usage
from mgmt.limits import invoice_after_s, usage_page_max
from mgmt.market.inventory import Inventory
from mgmt.market.rates import charges
from mgmt.services.ledger import Report

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mgmt.services.parts import Parts

period_s = 3600.0
MONTHS_MAX = 24  # of a company, in one look
COUNTER = "invoice"


def run(parts: Parts) -> Report:
    """Those of all companies."""
    if terms_of(parts.directory()).kind != "ledger":
        return Report(0, "another one keeps the accounts")
    made, last = 0, parts.history.shelves.get(COUNTERS, NODE, COUNTER) or {"of": ""}
    whose = str(last["of"]).partition("/")[0]
    for _, view in sorted(parts.directory().tenants.items(), key=lambda one: (one[0] != whose, one[0])):
        if parts.errand.stopping():
            break
        made += _of(parts, view)
    return Report(made, f"{made} invoices")


def _of(parts: Parts, view: TenantView) -> int:
    tenant, books, now = view.tenant.id, Ledger(parts.history.shelves, parts.clock), parts.clock()
    plan = plan_of(parts.directory(), view.tenant)
    first = first_charge(books, tenant)
    turned = first is not None and books.is_turned(tenant, first["key"])
    if first is None or turned or plan is None or view.tenant.status == "closed":
        return 0
    made, anchor = 0, float(first["at"])
    there = {body["id"] for body in parts.history.shelves.below(INVOICES, tenant, "")}
    for index in count():
        since, _ = month(anchor, index)
        if since + (invoice_after_s if index else 0.0) > now or made >= MONTHS_MAX:
            break
        if f"{index:06d}" not in there:
            made += 1
            if not parts.errand.dry:
                _make(parts, view, plan, index, anchor, first["key"] if index == 0 else None)
    return made


def first_charge(books: Ledger, tenant: str) -> Body | None:
    """The entry with which a company's months begin."""
    return next(iter(books.shelves.below(LEDGER, tenant, f"{CHARGE}-")), None)


def _make(parts: Parts, view: TenantView, plan: Plan, index: int, anchor: float, charge: str | None) -> None:
    shelves, tenant, now = parts.history.shelves, view.tenant.id, parts.clock()
    id = f"{index:06d}"
    since, until = month(anchor, index)
    past = month(anchor, index - 1)
    used = used_in(shelves, tenant, *past) if index else ()
    has = Inventory(shelves, parts.clock).held(tenant) if index else ()
    lines = lines_of(plan, used, charges(plan, parts.region, has, *past))
    key = charge or f"invoice-{id}"
    number = numbered(shelves, tenant, id, now)
    issued = Issued(id, tenant, now, since, until, plan.currency, key, number, lines=lines)
    if charge is None:
        books = Ledger(shelves, parts.clock)
        books.charge(tenant, key, issued.cents, plan.currency, f"invoice {number}", _due_at(parts, plan, now))
        issued = replace(issued, due_at=books.due_at(tenant, key))  # of the first time, if this is not it
    shelves.write([Put(INVOICES, tenant, id, issued.to_document())])


def _due_at(parts: Parts, plan: Plan, now: float) -> float:
    """The end of the last day on which an invoice of now may be paid."""
    days = plan.days_to_pay if plan.days_to_pay is not None else terms_of(parts.directory()).days_to_pay
    return (now // DAY_S + days + 1) * DAY_S - 1


def numbered(shelves: Shelves, tenant: str, id: str, now: float) -> str:
    """The number of an invoice: asked again before another one is numbered, it is the same."""
    mine = f"{tenant}/{id}"

    def change(body: Body) -> Body:
        return body if body["of"] == mine else {"last": body["last"] + 1, "of": mine}

    counter = upserted(shelves, COUNTERS, NODE, COUNTER, {"last": 0, "of": ""}, change)
    return f"{datetime.fromtimestamp(now, UTC).year}-{counter['last']:06d}"


def used_in(shelves: Shelves, tenant: str, since: float, until: float) -> Iterator[Usage]:
    """What each call used that was rated in this time."""
    after: tuple[float, str] | None = None
    while True:
        query = Query((), since, until, after=after, limit=usage_page_max, oldest_first=True)
        rows = shelves.page(USAGE, tenant, query)
        yield from (Usage.from_document(row.body) for row in rows)
        if len(rows) < usage_page_max:
            return
        after = (rows[-1].at or 0.0, rows[-1].id)
