"""API: the event log as a list, and webhooks: their deliveries, resend, replay, test and secrets."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request

from history.deliveries import STATES
from mgmt.http import door
from mgmt.http.body import json_object, known_fields, page
from mgmt.http.described import FLAG, OBJECT, PAGING, TEXT, TIME, Schema, described, fields, one_of, page_of
from mgmt.http.errors import FieldError, Problem
from mgmt.http.wire import outward
from mgmt.limits import feed_types_max
from mgmt.usecases import webhooks

blueprint = Blueprint("webhooks", __name__)
events = Blueprint("events", __name__)
CURSOR: Schema = {"type": "string", "pattern": "^[0-9]{1,18}$"}
EVENT: Schema = {
    "type": "object",
    "title": "Event",
    "properties": {
        "cursor": CURSOR,
        "id": TEXT,
        "type": TEXT,
        "timestamp": TIME,
        "tenant": TEXT,
        "call": {"type": ["string", "null"]},
        "data": OBJECT,
    },
    "required": ["id", "type", "timestamp", "tenant", "call", "data"],
}
TRY: Schema = {
    "type": "object",
    "properties": {
        "at": TIME,
        "status": {"type": "integer"},
        "ms": {"type": "integer"},
        "problem": TEXT,
        "answer": TEXT,
    },
    "required": ["at", "status", "ms", "problem", "answer"],
}
DELIVERY: Schema = {
    "type": "object",
    "title": "Delivery",
    "properties": {
        "event": TEXT,
        "webhook": TEXT,
        "type": TEXT,
        "at": TIME,
        "happened_at": TIME,
        "call": {"type": ["string", "null"]},
        "state": one_of(*STATES),
        "due_at": {"anyOf": [TIME, {"type": "null"}]},
        "count": {"type": "integer"},
        "tries": {"type": "array", "items": TRY},
        "body": EVENT,
    },
    "required": ["event", "webhook", "type", "at", "happened_at", "call", "state", "due_at", "count", "tries", "body"],
}
SUMMARY: Schema = {
    "type": "object",
    "title": "WebhookState",
    "properties": {
        "id": TEXT,
        "name": TEXT,
        "url": TEXT,
        "events": {"type": "array", "items": TEXT},
        "enabled": FLAG,
        "previous_until": {"type": ["string", "null"]},
        "waiting": {"type": "integer"},
        "dead": {"type": "integer"},
        "last": {"anyOf": [DELIVERY, {"type": "null"}]},
    },
    "required": ["id", "name", "url", "events", "enabled", "previous_until", "waiting", "dead", "last"],
}
LIMIT = {"limit": PAGING["limit"]}


@events.get("/event-types")
@described(answer=page_of(fields({"type": TEXT, "text": TEXT})))
def types() -> dict[str, Any]:
    """Every type of event."""
    return {"data": webhooks.types(door.scope()), "next_cursor": None}


@events.get("/event-log")
@described(
    query={"cursor": CURSOR, "types": TEXT, **LIMIT},
    answer={
        "type": "object",
        "properties": {"data": {"type": "array", "items": EVENT}, "cursor": CURSOR, "more": FLAG, "complete": FLAG},
        "required": ["data", "cursor", "more", "complete"],
    },
)
def happened() -> dict[str, Any]:
    """What happened behind `cursor` (none: from the oldest that is kept), oldest first; `types` as of a webhook, with commas.

    `GET /api/v1/events` is the same as a stream (text/event-stream), with the cursor as Last-Event-ID.
    """
    text = request.args.get("cursor") or "0"
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise Problem(400, "invalid_cursor", "This cursor was not made by this server.")
    wanted = tuple(each for each in request.args.get("types", "").split(",") if each) or ("*",)
    if len(wanted) > feed_types_max:
        raise Problem(400, "invalid_types", f"types may have {feed_types_max} patterns.")
    limit = page(request).limit if "limit" in request.args else int(PAGING["limit"]["default"])
    return webhooks.happened(door.context(), door.scope(), wanted, int(text), limit)


@blueprint.get("/webhooks")
@described(answer=page_of(SUMMARY))
def listed() -> dict[str, Any]:
    """All webhooks, and how their deliveries stand."""
    return outward({"data": webhooks.listed(door.context(), door.scope()), "next_cursor": None})


@blueprint.get("/webhooks/<id>/deliveries")
@described(query={"state": one_of(*STATES), "type": TEXT, **PAGING}, answer=page_of(DELIVERY))
def deliveries(id: str) -> dict[str, Any]:
    """What became of events that a webhook was to be told of, newest first."""
    state, type = request.args.get("state") or None, request.args.get("type") or None
    return outward(webhooks.deliveries(door.context(), door.scope(), id, state, type, page(request)))


@blueprint.post("/webhooks/<id>/deliveries/<event>/resend")
@described(answer=DELIVERY, statuses=(202,))
def resend(id: str, event: str) -> tuple[dict[str, Any], int]:
    """Deliver an event once more, under the id it had."""
    return outward(webhooks.again(door.context(), door.scope(), id, event)), 202


@blueprint.post("/webhooks/<id>/resend-dead")
@described(answer=fields({"count": {"type": "integer"}}), statuses=(202,))
def resend_dead(id: str) -> tuple[dict[str, Any], int]:
    """Deliver everything once more that was given up."""
    return webhooks.again_all(door.context(), door.scope(), id), 202


@blueprint.post("/webhooks/<id>/replay")
@described(
    body=fields({"after": CURSOR}),
    answer=fields({"count": {"type": "integer"}, "cursor": {"type": ["string", "null"]}}),
    statuses=(202,),
)
def replay(id: str) -> tuple[dict[str, Any], int]:
    """Deliver the events of the log behind a cursor, also those that were delivered."""
    body = json_object(request)
    known_fields(body, "after")
    after = body.get("after")
    if not (isinstance(after, str) and after.isascii() and after.isdigit() and len(after) < 19):
        detail = "must be a cursor of the event log"
        raise Problem(422, "invalid_field", f"after {detail}.", (FieldError("/after", detail),))
    return webhooks.replay(door.context(), door.scope(), id, int(after)), 202


@blueprint.post("/webhooks/<id>/test")
@described(answer=DELIVERY, statuses=(202,))
def test(id: str) -> tuple[dict[str, Any], int]:
    """Send a test event; its delivery says what came of it."""
    return outward(webhooks.tried(door.context(), door.scope(), id)), 202


@blueprint.post("/webhooks/<id>/rotate")
@described(answer=fields({"secret": TEXT, "previous_until": {"type": ["string", "null"]}}))
def rotate(id: str) -> dict[str, Any]:
    """A new secret, shown this once; the one before signs beside it for a day."""
    door.keep_secret()
    return webhooks.rotated(door.context(), door.scope(), id)
