"""API: the activity feed."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request

from mgmt import door
from mgmt.body import json_object, known_fields, page
from mgmt.usecases import activities
from mgmt.wire import outward

blueprint = Blueprint("activities", __name__)


@blueprint.get("/activities")
def feed() -> dict[str, Any]:
    """Activities, newest first; `state` is open, done or all."""
    state = request.args.get("state", "all")
    return outward(activities.feed(door.context(), door.scope(), state, page(request)))


@blueprint.patch("/activities/<id>")
def change(id: str) -> dict[str, Any]:
    """Change `unread` or `state`; the activity as it is then."""
    body = json_object(request)
    known_fields(body, "unread", "state")
    return outward(activities.change(door.context(), door.scope(), id, body))
