"""What is new in the inbox, the voicemail and the address book behind a cursor: the newest state of each thing that changed.

A cursor is a place in the event log, which all nodes share. Without one everything begins anew: the newest of each, and the
place from which changes go on, which is taken first, so that nothing falls between.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from configdb.event_log import EventsAway, Kept
from history.store import ActivityFilter
from mgmt.access.scope import Scope
from mgmt.context import Context
from mgmt.http.errors import Problem
from mgmt.limits import app_changes_max
from mgmt.usecases.webhooks import events_away

Document = dict[str, Any]
VOICEMAIL = "voicemail"


def begun(context: Context, scope: Scope) -> Document:
    """The newest of everything; older pages are those of `/api/v1`. Raises Problem 503."""
    try:
        cursor = context.events.span().last
    except EventsAway as away:
        raise events_away() from away
    history, tenant = context.history, scope.tenant
    every, voicemail, book = (
        history.activities(tenant, ActivityFilter(), None, app_changes_max),
        history.activities(tenant, ActivityFilter(kinds=(VOICEMAIL,)), None, app_changes_max),
        history.contacts(tenant, "", None, app_changes_max),
    )
    return {
        "reset": True,
        "activities": [one.to_document() for one in every.rows if one.kind != VOICEMAIL],
        "voicemails": [one.to_document() for one in voicemail.rows],
        "contacts": [one.to_document() for one in book.rows],
        "removed": [],
        "older": {"activities": every.next_cursor, "voicemails": voicemail.next_cursor, "contacts": book.next_cursor},
        "cursor": str(cursor),
        "more": False,
    }


def since(context: Context, scope: Scope, after: int) -> Document:
    """What changed behind a cursor. Raises Problem 410 (begin anew), 503."""
    try:
        span = context.events.span()
        found = context.events.read(scope.tenant, after, app_changes_max)
    except EventsAway as away:
        raise events_away() from away
    if not span.first - 1 <= after <= span.last:
        raise Problem(410, "cursor_gone", "The log does not reach back to this cursor: begin anew, without since.")
    more = len(found) == app_changes_max
    return {
        "reset": False,
        **_newest(found),
        "older": {},
        "cursor": str(found[-1].sequence if more else max(span.last, found[-1].sequence if found else 0)),
        "more": more,
    }


def _newest(found: list[Kept]) -> Document:
    """The last state of each thing, in the order in which they changed last."""
    items: dict[tuple[str, str], Document] = {}
    for kept in found:
        for kind, document in _told(kept.event):
            place = ("contacts" if kind == "removed" else kind, str(document["id"]))
            items.pop(place, None)
            items[place] = {"is": kind, **document}
    lists: Document = {name: [] for name in ("activities", "voicemails", "contacts", "removed")}
    for (_, id), item in items.items():
        kind = item.pop("is")
        lists[kind].append({"kind": "contact", "id": id} if kind == "removed" else item)
    return lists


def _told(event: Mapping[str, Any]) -> list[tuple[str, Document]]:
    data = event.get("data") or {}
    if event["type"] == "contact.removed":
        return [("removed", {"id": data["contact"]["id"]})]
    if event["type"] == "contact.changed":
        return [("contacts", data["contact"])]
    activity = data.get("activity")
    if activity is None:
        return []
    return [("voicemails" if activity["kind"] == VOICEMAIL else "activities", activity)]
