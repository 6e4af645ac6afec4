"""The feed of a tenant: what people work on."""

from __future__ import annotations

from typing import Any

from history.store import BadCursor
from mgmt.body import Page
from mgmt.context import Context
from mgmt.errors import FieldError, Problem, not_found
from mgmt.scope import Scope

Document = dict[str, Any]
states = ("open", "done")


def feed(context: Context, scope: Scope, state: str, page: Page) -> Document:
    """One page, newest first, with the counts of the tabs. Raises Problem 400."""
    if state not in (*states, "all"):
        raise Problem(400, "invalid_state", "state must be open, done or all.")
    try:
        found = context.history.activities(scope.tenant, None if state == "all" else state, page.cursor, page.limit)
    except BadCursor as wrong:
        raise Problem(400, "invalid_cursor", "This cursor was not made by this server.") from wrong
    data = [activity.to_document() for activity in found.rows]
    return {"data": data, "next_cursor": found.next_cursor, "counts": context.history.counts(scope.tenant)}


def change(context: Context, scope: Scope, id: str, body: Document) -> Document:
    """Mark read or unread, open or done; everybody who looks is told. Raises Problem 404, 422."""
    unread, state = body.get("unread"), body.get("state")
    if not (unread is None or isinstance(unread, bool)):
        raise _invalid("unread", "must be true or false")
    if state is not None and state not in states:
        raise _invalid("state", "must be open or done")
    changed = context.history.update_activity(scope.tenant, id, unread, state)
    if changed is None:
        raise not_found("activity")
    document = changed.to_document()
    context.bus.publish(f"events.{scope.tenant}.activity", document)
    return document


def _invalid(field: str, detail: str) -> Problem:
    return Problem(422, "invalid_field", f"{field} {detail}.", (FieldError(f"/{field}", detail),))
