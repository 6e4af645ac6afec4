"""v4: calls: those that were, those that are, make one, end one."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request

from mgmt.http import door
from mgmt.http.body import json_object, text_field
from mgmt.usecases import calls, originate
from mgmt.usecases.v4 import active as active_calls
from mgmt.usecases.v4 import journal

blueprint = Blueprint("v4_calls", __name__)
party_chars_max = 64


@blueprint.get("/calls")
def listed() -> dict[str, Any]:
    """Calls, newest first."""
    asked = journal.asked(request.args, journal.KINDS["Call"])
    found = journal.calls(door.context(), door.scope(), asked, door.base())
    return {"isSuccess": True, "currentPage": asked.page, "pageSize": asked.size, "data": {"calls": found["calls"]}}


@blueprint.get("/calls/active")
def active() -> dict[str, Any]:
    """Calls in progress."""
    scope = door.scope()
    found = [active_calls.shown(scope, one) for one in calls.live(door.context(), scope)]
    return {"isSuccess": True, "data": {"calls": found}}


@blueprint.post("/calls")
def make() -> dict[str, Any]:
    """Ring `from` (none: the person the token is for), then connect it with `to`."""
    body, user = json_object(request), door.identity().user
    default = user.extension if user is not None else None
    caller = text_field({"from": default, **body}, "from", party_chars_max)
    callee = text_field(body, "to", party_chars_max)
    made = originate.start(
        door.context(), door.scope(), caller or "", callee or "", None, request.headers.get("Idempotency-Key")
    )
    return {"isSuccess": True, "data": {"id": made["id"], "callId": made["id"]}}


@blueprint.delete("/calls/<id>")
def end(id: str) -> dict[str, Any]:
    """End a call in progress."""
    originate.hang_up(door.context(), door.scope(), id)
    return {"isSuccess": True}
