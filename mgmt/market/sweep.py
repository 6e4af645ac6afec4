"""Reservations that ran out are free again; numbers whose quarantine is over are free again or go back to their supplier.

Numbers that waited for papers are ordered when these are accepted.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from configdb.errors import Refused
from history.shelves import NODE, STOCK, Query, Where
from mgmt.limits import stock_searched_max
from mgmt.market.inventory import Inventory, NoSuchNumber
from mgmt.market.ordering import Ordering, given_back
from mgmt.market.papers import Papers
from mgmt.market.stock import HELD, HOUSE, QUARANTINE, RESERVED, NotNow, Step, StockNumber
from mgmt.services.ledger import Report

if TYPE_CHECKING:
    from mgmt.services.parts import Parts

period_s = 60.0
STEPS = {RESERVED: Step.EXPIRE, HELD: Step.EXPIRE, QUARANTINE: Step.OVER}


def run(parts: Parts) -> Report:
    """All of them."""
    inventory, now, done = Inventory(parts.history.shelves, parts.clock), parts.clock(), 0
    for state, step in STEPS.items():
        query = Query((Where("state", "=", state),), limit=stock_searched_max, oldest_first=True)
        for row in parts.history.shelves.page(STOCK, NODE, query):
            found = StockNumber.from_document(row.body)
            if (found.until or 0.0) > now:
                continue
            done += 1
            if parts.errand.dry:
                continue
            if step is Step.OVER and found.supplier != HOUSE:
                given_back(parts.outbox, found, now)
            with suppress(NotNow, NoSuchNumber):  # somebody was faster
                inventory.step(found.number, step, "sweep")
    ordered = _complete(parts, inventory, now)
    return Report(done + ordered, f"{done} reservations and quarantines over, {ordered} ordered whose papers are there")


def _complete(parts: Parts, inventory: Inventory, now: float) -> int:
    papers, done = Papers(parts.history.shelves, parts.region.papers, parts.clock), 0
    ordering = Ordering(inventory, parts.outbox, parts.config, papers)
    for _, found in inventory.page({"state": HELD}, None, stock_searched_max):
        tenant = found.holder or ""
        if (found.until or 0.0) <= now or tenant not in parts.directory().tenants or papers.missing(found, tenant):
            continue
        done += 1
        if not parts.errand.dry:
            with suppress(
                NotNow, NoSuchNumber, Refused
            ):  # somebody was faster; the company has no room for it any longer
                ordering.order(found.reservation or "", tenant, "papers", found.target)
    return done
