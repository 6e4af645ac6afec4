"""API: text messages: threads, conversations with the calls in between, sending, pictures; addresses for suppliers."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from media.storage.store import Stat
from mgmt.http import door
from mgmt.http.body import json_object, known_fields, page
from mgmt.http.described import ANY, OBJECT, ONE, PAGING, TEXT, described, fields, page_of, shown, takes
from mgmt.http.wire import outward
from mgmt.limits import message_body_bytes_max, message_chars_max, mms_sent_max, search_chars_max
from mgmt.sms.message import Message, Thread
from mgmt.usecases import media, messages
from mgmt.webapps.ranges import answered

blueprint = Blueprint("messages", __name__)
suppliers = Blueprint("suppliers", __name__)


@blueprint.get("/threads")
@described(query={"unread": ONE, "text": TEXT, **PAGING}, answer=page_of(OBJECT, numbers=ANY))
def threads() -> dict[str, Any]:
    """Threads with customers, the newest message first; `numbers` are those that text."""
    unread, text = request.args.get("unread") == "1", request.args.get("text", "")[:search_chars_max] or None
    return outward(messages.threads(door.context(), door.scope(), unread, text, page(request)))


@blueprint.get("/threads/<id>")
@described(query=PAGING, answer=page_of(OBJECT, thread=OBJECT))
def conversation(id: str) -> dict[str, Any]:
    """Messages of a thread and the calls in between, newest first."""
    return outward(messages.conversation(door.context(), door.scope(), id, page(request)))


@blueprint.post("/threads/<id>/read")
@described(answer=shown(Thread))
def read(id: str) -> dict[str, Any]:
    """Somebody read it."""
    return outward(messages.read_thread(door.context(), door.scope(), id))


@blueprint.post("/messages")
@takes(message_body_bytes_max)
@described(
    body=fields(
        {"to": TEXT, "text": {"type": "string", "maxLength": message_chars_max}},
        from_=TEXT,
        id=TEXT,
        media={"type": "array", "items": {"type": "string", "contentEncoding": "base64"}, "maxItems": mms_sent_max},
    ),
    answer=shown(Message),
    statuses=(202,),
)
def send() -> tuple[dict[str, Any], int]:
    """Send a text: `to`, `text`, and where wanted `from` (a number of yours that texts) and `id` (a repetition is harmless).

    media: pictures (JPEG, PNG, GIF; 1 MB together) as base64; `text` may be empty then.
    """
    body = json_object(request)
    known_fields(body, "to", "text", "from", "id", "media")
    return outward(messages.send(door.context(), door.scope(), body)), 202


@blueprint.post("/messages/preview")
@described(body=fields({"text": TEXT}), answer=OBJECT)
def preview() -> dict[str, Any]:
    """How many parts a text will be: `encoding` (gsm7 or ucs2), `segments`, `units`, and what is `left` in the last one."""
    body = json_object(request)
    known_fields(body, "text")
    return messages.preview(body.get("text"))


@blueprint.get("/messages/<id>/media/<index>")
@described(answer=ANY, statuses=(200, 206, 304), content="application/octet-stream")
def picture(id: str, index: str) -> Response:
    """A picture of a message."""
    return given(*messages.picture(door.context(), door.scope(), id, index), index)


def given(stat: Stat, kind: str, index: str) -> Response:
    """A picture as an answer; what is none is a file, never a page."""
    context = door.context()
    answer = answered(stat, lambda start, end: media.read(context, stat, start, end))
    answer.headers["Content-Type"] = kind
    answer.headers["Cache-Control"] = "private, max-age=86400"
    safe = kind.startswith(("image/", "audio/", "video/"))
    ending = stat.name.rpartition(".")[2]
    answer.headers["Content-Disposition"] = f'{"inline" if safe else "attachment"}; filename="{index}.{ending}"'
    return answer


@suppliers.get("/suppliers/addresses")
@described(answer=OBJECT)
def addresses() -> dict[str, Any]:
    """Where each supplier of text messages has to bring them; the address holds its secret."""
    door.keep_secret()
    return messages.addresses(door.context())
