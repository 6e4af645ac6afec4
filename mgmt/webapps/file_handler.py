"""Web app File Handler: private media by session, or by a signed link for fifteen minutes; who listened is in the audit."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from media.storage.store import Stat
from mgmt.http import door
from mgmt.http.body import json_object, known_fields, text_field
from mgmt.http.described import ANY, OBJECT, ONE, TEXT, described, fields, text
from mgmt.http.errors import not_found
from mgmt.http.wire import outward
from mgmt.limits import reason_chars_max
from mgmt.usecases import media, messages, recordings
from mgmt.webapps.api import calls
from mgmt.webapps.api.messages import given
from mgmt.webapps.ranges import answered, is_first

blueprint = Blueprint("media", __name__)
FORMAT = {"enum": ["wav", "opus", "mp3"], "default": "wav"}
signed = Blueprint("files", __name__)


@blueprint.get("/media/<id>")
@described(query={"download": ONE, "format": FORMAT}, answer=ANY, statuses=(200, 206, 304), content="audio/wav")
def sound(id: str) -> Response:
    """The sound; `format` is wav, opus or mp3."""
    scope = door.scope()
    stat = media.find(door.context(), scope, id)
    return _sent(stat, id, scope.tenant, door.identity().actor, "session")


@blueprint.get("/export/recordings.zip")
@described(query=calls.FILTERS, answer=ANY, content="application/zip")
def recordings_zip() -> Response:
    """All recordings of the calls that the filters of /calls choose, and the table of those calls, as one archive.

    It is made while it is read, so it has no length beforehand; a broken one has no end. Four are made at a time (503).
    """
    chunks = recordings.archive(door.context(), door.scope(), calls.wanted(), door.address())
    answer = Response(chunks, content_type="application/zip")
    answer.headers["Content-Disposition"] = 'attachment; filename="recordings.zip"'
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


@signed.get("/files/<tenant>/<kind>/<id>")
def file(tenant: str, kind: str, id: str) -> Response:
    """The sound, for who has a link. Whatever is wrong with it, there is no such file."""
    context = door.context()
    if not context.links.holds(request.method, request.path, request.args):
        raise not_found("file")
    stat = media.linked(context, tenant, kind, id)
    return _sent(stat, id, tenant, request.args["sub"], "link")


@signed.get("/files/<tenant>/messages/<id>/<index>")
def picture(tenant: str, id: str, index: str) -> Response:
    """A picture of a message that goes out, for its supplier, who has a link."""
    context = door.context()
    if not context.links.holds(request.method, request.path, request.args):
        raise not_found("file")
    return given(*messages.linked(context, tenant, id, index), index)


def _sent(stat: Stat, id: str, tenant: str, who: str, how: str) -> Response:
    context = door.context()
    form = request.args.get("format", "wav")
    if form == "wav":
        answer = answered(stat, lambda start, end: media.read(context, stat, start, end))
    else:
        found, read = media.formed(context, stat, form)
        answer = answered(found, read)
    answer.headers["Cache-Control"] = "private, max-age=86400" if how == "session" else "private, no-store"
    kind = "attachment" if request.args.get("download") == "1" else "inline"
    answer.headers["Content-Disposition"] = f'{kind}; filename="{id}.{form}"'
    if is_first(answer):
        media.heard(context, tenant, id, who, how, door.address())
    return answer


@blueprint.post("/media/<id>/link")
@described(answer=OBJECT, statuses=(201,))
def link(id: str) -> tuple[dict[str, Any], int]:
    """A link to it that needs no session: `url`, `expires_at`."""
    return outward(media.link(door.context(), door.scope(), id)), 201


@blueprint.get("/media/<id>/audit")
@described(answer=OBJECT)
def audit(id: str) -> dict[str, Any]:
    """Who listened to it, who held it, the newest first; for owners and managers."""
    return outward(media.audit(door.context(), door.scope(), id))


@blueprint.put("/media/<id>/hold")
@described(body=fields({"reason": text(reason_chars_max)}), answer=OBJECT)
def hold(id: str) -> dict[str, Any]:
    """Keep it for a lawsuit, whatever retention says: `reason`."""
    body = json_object(request)
    known_fields(body, "reason")
    reason = text_field(body, "reason", reason_chars_max) or ""
    return outward(media.hold(door.context(), door.scope(), id, reason))


@blueprint.delete("/media/<id>/hold")
@described(answer=OBJECT)
def release(id: str) -> dict[str, Any]:
    """End the hold."""
    return outward(media.hold(door.context(), door.scope(), id, None))


@blueprint.delete("/media/<id>")
@described(query={"reason": TEXT}, statuses=(204,))
def delete(id: str) -> tuple[str, int]:
    """Delete it; for owners and managers. One under legal hold is refused (409). The audit keeps who did and the `reason`."""
    media.delete(door.context(), door.scope(), id, request.args.get("reason", "")[:reason_chars_max])
    return "", 204
