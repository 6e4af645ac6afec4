"""Background services: webhooks are told of events (`mgmt.webhooks`); what became of old deliveries is forgotten."""

from __future__ import annotations

from configdb.event_log import EventsAway
from history.deliveries import WAITING
from history.shelves import DELIVERIES, Drop
from mgmt.limits import webhook_delivery_kept_s
from mgmt.services.ledger import Report
from mgmt.services.parts import Parts

period_s = 0.2
clean_period_s = 3600.0
BLOCK = 500


def run(parts: Parts) -> Report:
    """One round."""
    try:
        done = parts.postman.run()
    except EventsAway as away:
        return Report(0, str(away))
    return Report(done, f"{done} deliveries")


def clean(parts: Parts) -> Report:
    """Forget deliveries that are over and old."""
    before = parts.clock() - webhook_delivery_kept_s
    shelves, done = parts.history.shelves, 0
    old: list[Drop] = []
    for row in shelves.everywhere(DELIVERIES, ()):
        if row.body["state"] != WAITING and float(row.body["at"]) < before:
            old.append(Drop(DELIVERIES, row.tenant, row.id))
    for start in range(0, len(old), BLOCK):
        shelves.write(old[start : start + BLOCK])
        done += len(old[start : start + BLOCK])
    return Report(done, f"{done} deliveries forgotten")
