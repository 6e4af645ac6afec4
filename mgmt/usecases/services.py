"""The background services as operators see them: how they stand, what they did, and one more run now; what is stuck outside."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from history.shelves import OUTBOX, Query, StoreAway, Where
from history.store import BadCursor, cursor_at, read_cursor
from mgmt.access.scope import Scope
from mgmt.context import Context
from mgmt.http.body import Page
from mgmt.http.errors import Problem, not_found
from mgmt.limits import outbox_counted_max
from mgmt.metrics import Metrics
from mgmt.outbox.box import Outbox
from mgmt.outbox.item import DEAD, STATES, UNCERTAIN, Item
from mgmt.services.ledger import REGION, Ledger, Standing
from mgmt.services.registry import SERVICES
from mgmt.services.runner import OFTEN_S, Service, due_at

Document = dict[str, Any]


def ledger(context: Context) -> Ledger:
    """To look at, and to ask for runs."""
    return Ledger(context.history.shelves, "", context.clock)


def standings(context: Context) -> Document:
    """For the state of the node: by name, of the region and of this node."""
    here = (REGION, context.node)
    return {one.name: one.to_document() for one in ledger(context).all() if one.place in here}


def measured(context: Context, metrics: Metrics) -> None:
    """For Prometheus; while the history is away, what was last known."""
    box, now = Outbox(context.history.shelves, context.clock), context.clock()
    with suppress(StoreAway):
        metrics.services(standings(context).values())
        metrics.outbox_waiting.set(box.waiting(outbox_counted_max))
        metrics.outbox_late.set(max(0.0, now - (box.oldest_at() or now)))


def listed(context: Context) -> Document:
    """Every service at every place, and how much waits in the outbox."""
    known: dict[tuple[str, str], Standing] = {(one.place, one.name): one for one in ledger(context).all()}
    for service in SERVICES:
        place = service.place(context.node)
        known.setdefault((place, service.name), Standing(service.name, place))
    rows = {service.name: service for service in SERVICES}
    data = [_shown(rows[name], known[place, name]) for place, name in sorted(known) if name in rows]
    box = Outbox(context.history.shelves, context.clock)
    return {"data": data, "outbox": {"waiting": box.waiting(outbox_counted_max), "oldest_at": box.oldest_at()}}


def _shown(service: Service[Any], standing: Standing) -> Document:
    next_at = due_at(service, standing) if service.period_s >= OFTEN_S else 0.0
    return {
        **standing.to_document(),
        "period_s": service.period_s,
        "scope": service.scope,
        "dry": service.dry,
        "wanted": standing.wanted is not None,
        "next_at": next_at or None,
    }


def runs(context: Context, name: str) -> Document:
    """The remembered runs of one, newest first. Raises Problem 404."""
    _service(name)
    return {"data": [run.to_document() for run in ledger(context).runs(name)]}


def run_now(context: Context, scope: Scope, name: str, place: str | None, dry: bool) -> Document:
    """Let it run now, at the node or in the region that has it; gives the run's id. Raises Problem 404, 409."""
    service = _service(name)
    if dry and not service.dry:
        raise Problem(409, "no_dry_run", f"{name} cannot say what it would do.")
    where = service.place(place or context.node)
    if where not in {REGION, context.node} | {one.place for one in ledger(context).all()}:
        raise not_found("node")
    standing = ledger(context).want(where, name, scope.identity.actor, dry)
    return {"id": (standing.wanted or {}).get("id"), "service": name, "place": where, "dry": dry}


def _service(name: str) -> Service[Any]:
    found = next((service for service in SERVICES if service.name == name), None)
    if found is None:
        raise not_found("service")
    return found


def outbox(context: Context, scope: Scope, state: str | None, page: Page) -> Document:
    """What goes out for a tenant, newest first, without what is in it. Raises Problem 400, 403."""
    scope.require_insight()
    if state is not None and state not in STATES:
        raise Problem(400, "invalid_state", f"state must be of {', '.join(STATES)}.")
    try:
        after = read_cursor(page.cursor) if page.cursor is not None else None
    except BadCursor as wrong:
        raise Problem(400, "invalid_cursor", "This cursor was not made by this server.") from wrong
    where = (Where("state", "=", state),) if state is not None else ()
    rows = context.history.shelves.page(OUTBOX, scope.tenant, Query(where, after=after, limit=page.limit + 1))
    shown = rows[: page.limit]
    cursor = cursor_at(shown[-1].at or 0.0, shown[-1].id) if len(rows) > page.limit else None
    return {"data": [_outward(Item.from_document(row.body)) for row in shown], "next_cursor": cursor}


def send_again(context: Context, scope: Scope, id: str) -> Document:
    """Send a dead or uncertain item once more. Raises Problem 403, 404, 409."""
    scope.require_manager()
    box = Outbox(context.history.shelves, context.clock)
    item = box.get(scope.tenant, id)
    if item is None:
        raise not_found("item")
    if item.state not in (DEAD, UNCERTAIN):
        raise Problem(409, "not_ended", f"This is {item.state}: only what is dead or uncertain is sent again.")
    return _outward(box.again(scope.tenant, id) or item)


def _outward(item: Item) -> Document:
    shown = item.to_document()
    return {name: value for name, value in shown.items() if name not in ("payload", "claim")}
