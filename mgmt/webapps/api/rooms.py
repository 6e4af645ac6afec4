"""API: the conference rooms that have members, and leading them."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request

from mgmt.http import door
from mgmt.http.body import json_object, known_fields, text_field
from mgmt.http.wire import outward
from mgmt.usecases import rooms

blueprint = Blueprint("rooms", __name__)
leg_chars_max = 64


@blueprint.get("/rooms")
def listed() -> dict[str, Any]:
    """The rooms with somebody in them: locked, open, members with leg, party, name, leads, muted."""
    return outward({"data": rooms.listed(door.context(), door.scope()), "next_cursor": None})


@blueprint.post("/rooms/<id>/<action>")
def lead(id: str, action: str) -> tuple[dict[str, Any], int]:
    """lock, unlock; mute, unmute, kick with the `leg` of a member. For owners and managers."""
    body = json_object(request) if request.get_data() else {}
    known_fields(body, "leg")
    leg = text_field(body, "leg", leg_chars_max, required=False)
    rooms.lead(door.context(), door.scope(), id, action, leg, request.headers.get("Idempotency-Key"))
    return {}, 202
