"""API: queues as they are now, what agents do, promised calls."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request

from mgmt.http import door
from mgmt.http.body import json_object, known_fields, text_field
from mgmt.http.described import OBJECT, described, fields, one_of, page_of, text
from mgmt.http.errors import FieldError, Problem
from mgmt.http.wire import outward
from mgmt.usecases import queues

blueprint = Blueprint("queues", __name__)
reason_chars_max = 60
queues_max = 1_000
IDS = {"type": "array", "items": text(64), "maxItems": queues_max}


@blueprint.get("/queues")
@described(answer=page_of(OBJECT))
def listed() -> dict[str, Any]:
    """The live figures of all queues."""
    return outward({"data": queues.listed(door.context(), door.scope()), "next_cursor": None})


@blueprint.get("/queues/<id>")
@described(answer=OBJECT)
def one(id: str) -> dict[str, Any]:
    """One queue with the people in it."""
    return outward(queues.one(door.context(), door.scope(), id))


@blueprint.post("/queues/agents/<id>")
@described(body=fields({"verb": one_of(*queues.verbs)}, queues=IDS, reason=text(reason_chars_max)), statuses=(204,))
def order(id: str) -> tuple[str, int]:
    """`{"verb": login, logout, pause, resume or ready}`; `queues` (ids) for some of theirs, `reason` of a pause."""
    body = json_object(request)
    known_fields(body, "verb", "queues", "reason")
    wanted: dict[str, Any] = {"verb": text_field(body, "verb", 10)}
    if wanted["verb"] not in queues.verbs:
        raise _invalid("verb", f"must be one of {', '.join(queues.verbs)}")
    reason, some = text_field(body, "reason", reason_chars_max, required=False), body.get("queues")
    if some is not None and not (isinstance(some, list) and len(some) <= queues_max and all(_is_id(q) for q in some)):
        raise _invalid("queues", "must be a list of ids")
    wanted |= {name: value for name, value in (("reason", reason), ("queues", some)) if value is not None}
    queues.order(door.context(), door.scope(), id, wanted)
    return "", 204


@blueprint.delete("/queues/promises/<id>")
@described(statuses=(204,))
def withdraw(id: str) -> tuple[str, int]:
    """Nobody has to be called back."""
    queues.withdraw(door.context(), door.scope(), id)
    return "", 204


def _is_id(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= 64


def _invalid(field: str, detail: str) -> Problem:
    return Problem(422, "invalid_field", f"{field} {detail}.", (FieldError(f"/{field}", detail),))
