"""API: the inbox: activities with their filters, marks, comments and tasks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from flask import Blueprint, Response, request

from history.activity import KINDS, ORIGINS, RESULTS, STATES, Activity
from history.store import ActivityFilter
from mgmt.http import door
from mgmt.http.body import json_object, known_fields, page
from mgmt.http.described import ANY, FLAG, OBJECT, PAGING, TEXT, TIME, described, fields, one_of, page_of, shown
from mgmt.http.errors import FieldError, Problem
from mgmt.http.wire import outward, seconds_of
from mgmt.limits import marked_items_max, search_chars_max
from mgmt.usecases import activities, media
from mgmt.webapps.ranges import answered

blueprint = Blueprint("activities", __name__)
_choices = {"origin": ORIGINS, "result": RESULTS}
TASK: Mapping[str, Any] = {"assigned_to": {"type": ["string", "null"]}, "due_at": {"anyOf": [TIME, {"type": "null"}]}}
MARKS: Mapping[str, Any] = {"unread": FLAG, "state": one_of(*STATES), "flags": {"type": "array", "items": TEXT}, **TASK}
CHANGES = {"type": "array", "minItems": 1, "maxItems": marked_items_max, "items": fields({"id": TEXT}, **MARKS)}
MANY = fields({"data": {"type": "array", "items": shown(Activity)}, "missing": {"type": "array", "items": TEXT}})
_texts = ("phone", "email", "number", "customer", "group", "assigned_to", "who", "mailbox", "text", "mentions")
FILTERS = {
    **dict.fromkeys((*_texts, "state", "kind", *_choices), TEXT),
    **dict.fromkeys(("since", "until", "due_before"), TIME),
    **dict.fromkeys(("unread", "flagged"), one_of("true", "false")),
}


@blueprint.get("/activities")
@described(query={**FILTERS, **PAGING}, answer=page_of(shown(Activity), counts=OBJECT))
def feed() -> dict[str, Any]:
    """Activities, newest first; see docs/tenant.md for the filters."""
    return outward(activities.feed(door.context(), door.scope(), wanted(), page(request)))


def wanted() -> ActivityFilter:
    """The filter that the query string asks for. Raises Problem 400."""
    given = request.args
    states = given.get("state", "all")
    found: dict[str, Any] = {
        "states": None if states == "all" else _listed("state", states, STATES),
        "kinds": _listed("kind", given["kind"], KINDS) if given.get("kind") else None,
        "unread": _truth("unread"),
        "flagged": _truth("flagged"),
    }
    for name in ("since", "until", "due_before"):
        found[name] = seconds_of(given[name], name) if given.get(name) else None
    for name, choices in _choices.items():
        found[name] = _listed(name, given[name], choices)[0] if given.get(name) else None
    for name in _texts:
        found[name] = given.get(name, "")[:search_chars_max] or None
    return ActivityFilter(**found)


def _listed(name: str, text: str, choices: tuple[str, ...]) -> tuple[str, ...]:
    values = tuple(dict.fromkeys(text.split(",")))
    if not set(values) <= set(choices):
        raise Problem(400, f"invalid_{name}", f"{name} must be of {', '.join(choices)}.")
    return values


def _truth(name: str) -> bool | None:
    text = request.args.get(name)
    if text not in (None, "", "true", "false"):
        raise Problem(400, f"invalid_{name}", f"{name} must be true or false.")
    return None if not text else text == "true"


@blueprint.post("/activities")
@described(body=fields({"title": TEXT}, **TASK, id=TEXT), answer=shown(Activity), statuses=(201,))
def create() -> tuple[dict[str, Any], int]:
    """A task: `title`, and where wanted `text`, `phone`, `email`, `call`, `assigned_to`, `due_at`, `id`."""
    body = json_object(request)
    known_fields(body, "id", "title", "text", "phone", "email", "call", "assigned_to", "due_at")
    return outward(activities.create(door.context(), door.scope(), _with_times(body))), 201


@blueprint.get("/activities/<id>")
@described(answer=shown(Activity))
def one(id: str) -> dict[str, Any]:
    """One activity."""
    return outward(activities.one(door.context(), door.scope(), id))


@blueprint.get("/activities/<id>/attachments/<index>")
@described(answer=ANY, statuses=(200, 206, 304), content="application/octet-stream")
def attachment(id: str, index: str) -> Response:
    """A file that came with it, to be saved: what strangers send is never shown as a page of ours."""
    context = door.context()
    stat, name, kind = activities.attachment(context, door.scope(), id, index)
    answer = answered(stat, lambda start, end: media.read(context, stat, start, end))
    answer.headers["Content-Type"] = kind
    answer.headers["Cache-Control"] = "private, max-age=86400"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    return answer


@blueprint.patch("/activities/<id>")
@described(body=fields({}, **MARKS), answer=shown(Activity))
def change(id: str) -> dict[str, Any]:
    """Change `unread`, `state`, `flags`, `assigned_to`, `due_at`; with `If-Match: "REVISION"` only what was read."""
    body = json_object(request)
    known_fields(body, *MARKS)
    return outward(activities.change(door.context(), door.scope(), id, _with_times(body), _revision()))


@blueprint.patch("/activities")
@described(body=fields({"changes": CHANGES}), answer=MANY)
def change_many() -> dict[str, Any]:
    """Change many at once: `changes`, each with its `id` and marks as for one; what is wrong in one changes none.

    Ids of none are told in `missing`. Sending the former marks takes all of it back.
    """
    body = json_object(request)
    known_fields(body, "changes")
    changes = body.get("changes")
    if not (isinstance(changes, list) and 0 < len(changes) <= marked_items_max):
        raise _wrong_changes(f"must be a list of 1 to {marked_items_max} changes")
    for one in changes:
        if not isinstance(one, dict):
            raise _wrong_changes("must be a list of objects")
        known_fields(one, "id", *MARKS)
    found = activities.change_many(door.context(), door.scope(), [_with_times(one) for one in changes])
    return outward(found)


def _wrong_changes(detail: str) -> Problem:
    return Problem(422, "invalid_field", f"changes {detail}.", (FieldError("/changes", detail),))


@blueprint.post("/activities/<id>/comments")
@described(body=fields({"text": TEXT}, id=TEXT), answer=shown(Activity), statuses=(201,))
def comment(id: str) -> tuple[dict[str, Any], int]:
    """Add a comment `text`; colleagues whom it names by their id, as `@ben`, are told of it by e-mail."""
    body = json_object(request)
    known_fields(body, "id", "text")
    return outward(activities.comment(door.context(), door.scope(), id, body)), 201


@blueprint.delete("/activities/<id>/comments/<comment_id>")
@described(answer=shown(Activity))
def uncomment(id: str, comment_id: str) -> dict[str, Any]:
    """Remove a comment."""
    return outward(activities.uncomment(door.context(), door.scope(), id, comment_id))


def _with_times(body: dict[str, Any]) -> dict[str, Any]:
    due = body.get("due_at")
    return {**body, "due_at": seconds_of(due, "due_at")} if isinstance(due, str) else body


def _revision() -> int | None:
    text = request.headers.get("If-Match")
    if text is None or text == "*":
        return None
    number = text.strip('"')
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        raise Problem(412, "changed", "If-Match must be the revision of the activity.")
    return int(number)
