"""v4: the journal, voicemails, communications and interactions; all are the inbox."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request

from mgmt.http import door
from mgmt.http.body import json_object
from mgmt.http.errors import Problem
from mgmt.limits import v4_ids_max
from mgmt.usecases import activities
from mgmt.usecases.v4 import directory, journal

blueprint = Blueprint("v4_journal", __name__)


@blueprint.get("/journal/requests")
@blueprint.get("/contactCenter/communications", endpoint="communications")
@blueprint.get("/contactcenter/interactions", endpoint="interactions")
def listed() -> dict[str, Any]:
    """Everything that came in or went out, newest first."""
    return journal.listed(door.context(), door.scope(), journal.asked(request.args))


@blueprint.get("/journal/requests/counts")
def counted() -> dict[str, Any]:
    """How many the same arguments would list."""
    return journal.counted(door.context(), door.scope(), journal.asked(request.args))


@blueprint.get("/journal/requests/<id>")
def one(id: str) -> dict[str, Any]:
    """One of them."""
    return journal.one(door.context(), door.scope(), id, request.args)


@blueprint.get("/journal/requests/<id>/mmsAttachments")
def attachments(id: str) -> dict[str, Any]:
    """What came with a message."""
    return {"attachments": activities.one(door.context(), door.scope(), id)["attachments"]}


@blueprint.post("/journal/requests/<id>/comment")
@blueprint.post("/contactCenter/communications/<id>/comment", endpoint="communication_comment")
def comment(id: str) -> dict[str, Any]:
    """Write its comment: the body as text, or a JSON text."""
    text = request.get_data(as_text=True)
    quoted = request.get_json(silent=True) if request.is_json else None
    return journal.comment(door.context(), door.scope(), id, quoted if isinstance(quoted, str) else text)


@blueprint.delete("/journal/requests/<id>/comment")
@blueprint.delete("/contactCenter/communications/<id>/comment", endpoint="communication_uncomment")
def uncomment(id: str) -> dict[str, Any]:
    """Take its comment away."""
    return journal.comment(door.context(), door.scope(), id, None)


@blueprint.put("/journal/requests/wfstate")
def move() -> dict[str, Any]:
    """Its state in the work: `requestId`, and `state` in the body."""
    return journal.move(door.context(), door.scope(), _request(), json_object(request).get("state"))


@blueprint.post("/journal/requests/flags")
def flag() -> dict[str, Any]:
    """Set flags of `requestId`."""
    return journal.flag(door.context(), door.scope(), _request(), json_object(request).get("flags"), True)


@blueprint.delete("/journal/requests/flags")
def unflag() -> dict[str, Any]:
    """Remove flags of `requestId`."""
    return journal.flag(door.context(), door.scope(), _request(), json_object(request).get("flags"), False)


@blueprint.delete("/journal/requests/voicemail")
@blueprint.delete("/contactCenter/communications/voicemails", endpoint="communication_voicemails")
def heard() -> dict[str, Any]:
    """Be done with voicemails: `requestIds` with commas between."""
    return journal.close(door.context(), door.scope(), _ids(request.args.get("requestIds", "").split(",")))


@blueprint.delete("/journal/messages")
def done() -> dict[str, Any]:
    """Be done with messages: the body is a list of ids."""
    return journal.close(door.context(), door.scope(), _ids(request.get_json(silent=True)))


@blueprint.post("/journal/requests/message")
def reopen() -> dict[str, Any]:
    """Have a message back that was done with: `requestId`."""
    return journal.reopen(door.context(), door.scope(), _request())


@blueprint.get("/voicemails")
def voicemails() -> dict[str, Any]:
    """Voicemails, newest first."""
    found = journal.listed(door.context(), door.scope(), journal.asked(request.args, ("voicemail",)))
    return {"isSuccess": True, **found, "data": {"voicemails": found["requests"]}}


@blueprint.get("/voicemails/<id>")
def voicemail(id: str) -> dict[str, Any]:
    """One of them."""
    return journal.one(door.context(), door.scope(), id, request.args)


@blueprint.get("/journal/blocklist/availableNumbers")
def room() -> dict[str, Any]:
    """How many more callers may be blocked."""
    return directory.room(door.scope())


@blueprint.get("/journal/viplist/availableNumbers")
def vip_room() -> dict[str, Any]:
    """How many more callers may always ring this person."""
    return directory.vip_room(door.identity())


@blueprint.post("/journal/blocklist/add")
def block() -> dict[str, Any]:
    """Block a caller: `phoneNumber`."""
    return directory.block(door.context(), door.scope(), json_object(request).get("phoneNumber"), True)


@blueprint.post("/journal/blocklist/remove")
def unblock() -> dict[str, Any]:
    """No longer block a caller: `phoneNumber`."""
    return directory.block(door.context(), door.scope(), json_object(request).get("phoneNumber"), False)


def _request() -> str:
    return _ids([request.args.get("requestId", "")])[0]


def _ids(given: object) -> list[str]:
    ids = [each.strip() for each in given if isinstance(each, str) and each.strip()] if isinstance(given, list) else []
    if not 0 < len(ids) <= v4_ids_max:
        raise Problem(400, "invalid_ids", f"Name 1 to {v4_ids_max} requests.")
    return ids
