"""Mobile API: changes behind a cursor, actions that are done once, the sound of a voicemail in ranges."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from mgmt.http import door
from mgmt.http.body import json_object, known_fields
from mgmt.http.described import ANY, OBJECT, TEXT, described, fields, text
from mgmt.http.errors import FieldError, Problem, not_found
from mgmt.http.wire import outward, seconds_of
from mgmt.limits import app_actions_max, app_device_chars_max
from mgmt.usecases import activities, media
from mgmt.usecases.mobile import actions, changes, start
from mgmt.webapps.api.activities import MARKS
from mgmt.webapps.ranges import answered, is_first

blueprint = Blueprint("mobile_inbox", __name__)
sounds = Blueprint("mobile_sounds", __name__)
ACTION = fields({"id": text(app_device_chars_max), "activity": TEXT}, **MARKS, comment=TEXT)


@blueprint.get("/changes")
@described(query={"since": TEXT}, answer=OBJECT)
def changed() -> dict[str, Any]:
    """The newest state of what changed behind the cursor `since` in inbox, voicemail and address book; 410: begin anew."""
    start.app_of(door.identity())
    since = request.args.get("since", "")
    if not since:
        return outward(changes.begun(door.context(), door.scope()))
    if not (since.isascii() and since.isdigit() and len(since) < 19):
        raise Problem(400, "invalid_cursor", "This cursor was not made by this server.")
    return outward(changes.since(door.context(), door.scope(), int(since)))


@blueprint.post("/actions")
@described(body=fields({"actions": {"type": "array", "maxItems": app_actions_max, "items": ACTION}}), answer=OBJECT)
def act() -> dict[str, Any]:
    """Marks and comments, in order, each with an `id` of the app's and done once: `{"actions": [{"id", "activity", ...}]}`."""
    app, body = start.app_of(door.identity()), json_object(request)
    known_fields(body, "actions")
    given = body.get("actions")
    if not isinstance(given, list) or len(given) > app_actions_max:
        raise _invalid("/actions", f"must be a list of up to {app_actions_max} actions")
    wanted = [_action(number, one) for number, one in enumerate(given)]
    return {"data": actions.done(door.context(), door.scope(), app, wanted)}


def _action(number: int, one: Any) -> dict[str, Any]:
    at = f"/actions/{number}"
    if not isinstance(one, dict):
        raise _invalid(at, "must be an object")
    known_fields(one, "id", "activity", "comment", *actions.MARKS)
    for name in ("id", "activity"):
        value = one.get(name)
        if not isinstance(value, str) or not 0 < len(value) <= app_device_chars_max:
            raise _invalid(f"{at}/{name}", f"must be a text of 1 to {app_device_chars_max} characters")
    due = one.get("due_at")
    return {**one, "due_at": seconds_of(due, "due_at")} if isinstance(due, str) else one


@sounds.get("/voicemails/<id>/audio")
@described(answer=ANY, statuses=(200, 206, 304), content="audio/wav")
def sound(id: str) -> Response:
    """The sound of a voicemail, also a range of it (RFC 9110 14); who listened is in the audit."""
    context, scope = door.context(), door.scope()
    name = activities.one(context, scope, id).get("media")
    if name is None:
        raise not_found("sound")
    stat = media.find(context, scope, name)
    answer = answered(stat, lambda begin, end: media.read(context, stat, begin, end))
    answer.headers["Cache-Control"] = "private, max-age=86400"
    if is_first(answer):
        media.heard(context, scope.tenant, name, door.identity().actor, "app", door.address())
    return answer


def _invalid(pointer: str, detail: str) -> Problem:
    return Problem(422, "invalid_field", f"{pointer} {detail}.", (FieldError(pointer, detail),))
