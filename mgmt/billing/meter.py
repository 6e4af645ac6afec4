"""Finished calls are rated once each, and told to who keeps the accounts.

The history notes each answered call when it counts it; the note goes when the call's usage is kept. A call that is noted
again is the same usage, and the same message to the provider.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from history.shelves import NODE, UNRATED, USAGE, Change, Drop, Put, Query, Row
from mgmt.billing.channel import report
from mgmt.billing.choice import terms_of
from mgmt.billing.plans import plan_of
from mgmt.billing.prices import Prices, prices_of
from mgmt.billing.provider import Use
from mgmt.billing.rating import Usage, rated
from mgmt.limits import calls_rated_max, rating_after_s
from mgmt.services.ledger import Report

if TYPE_CHECKING:
    from mgmt.services.parts import Parts

period_s = 10.0


def run(parts: Parts) -> Report:
    """Some of the calls that are over for long enough that all of their legs are written."""
    until = parts.clock() - rating_after_s
    rows = parts.history.shelves.page(UNRATED, NODE, Query(until=until, limit=calls_rated_max, oldest_first=True))
    if not rows:
        return Report(0, "0 calls rated")
    prices = prices_of(parts.directory())
    changes, done = list[Change](), 0
    try:
        for row in rows:
            some, used = _rate(parts, prices, row)
            changes += some
            done += used
    finally:
        parts.history.shelves.write(changes)
    return Report(done, f"{done} calls rated")


def _rate(parts: Parts, prices: Prices, row: Row) -> tuple[list[Change], int]:
    tenant, call = str(row.body["tenant"]), str(row.body["call"])
    usage = None if parts.history.shelves.get(USAGE, tenant, call) is not None else _usage(parts, prices, tenant, call)
    changes: list[Change] = []
    if usage is not None:
        changes.append(Put(USAGE, tenant, call, usage.to_document()))
        if usage.minutes and terms_of(parts.directory()).kind == "recurly":
            changes += parts.outbox.changes(report(tenant, Use(call, usage.minutes, usage.started_at), parts.clock()))
    return [*changes, Drop(UNRATED, NODE, row.id)], int(usage is not None)


def _usage(parts: Parts, prices: Prices, tenant: str, call: str) -> Usage | None:
    """What the call used; None: it is not billed, or used nothing."""
    view, found = parts.directory().tenants.get(tenant), parts.history.call(tenant, call)
    plan = plan_of(parts.directory(), view.tenant) if view is not None else None
    if found is None or plan is None:
        return None
    price = partial(prices.of, plan)
    return rated(found, parts.history.legs(tenant, call), plan.currency, price, parts.clock())
