"""Reservations that ran out are free again; numbers whose quarantine is over are free again or go back to their supplier."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from mgmt.limits import stock_searched_max
from mgmt.market.inventory import Inventory, NoSuchNumber
from mgmt.market.ordering import given_back
from mgmt.market.stock import HOUSE, QUARANTINE, RESERVED, NotNow, Step
from mgmt.services.ledger import Report

if TYPE_CHECKING:
    from mgmt.services.parts import Parts

period_s = 60.0
STEPS = {RESERVED: Step.EXPIRE, QUARANTINE: Step.OVER}


def run(parts: Parts) -> Report:
    """All of them."""
    inventory, now, done = Inventory(parts.history.shelves, parts.clock), parts.clock(), 0
    for state, step in STEPS.items():
        for _, found in inventory.page({"state": state}, None, stock_searched_max):
            if (found.until or 0.0) > now:
                continue
            done += 1
            if parts.errand.dry:
                continue
            if step is Step.OVER and found.supplier != HOUSE:
                given_back(parts.outbox, found, now)
            with suppress(NotNow, NoSuchNumber):  # somebody was faster
                inventory.step(found.number, step, "sweep")
    return Report(done, f"{done} reservations and quarantines over")
