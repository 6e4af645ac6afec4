"""API: configuration objects, their log, differences, export and import."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Request, Response, jsonify, request

from configdb.model import SYSTEM_KINDS
from mgmt.access.scope import Scope, node_scope
from mgmt.http import door
from mgmt.http.body import json_object
from mgmt.http.described import OBJECT, ONE, SEQUENCE, TEXT, TIME, described, page_of
from mgmt.http.errors import Problem
from mgmt.http.wire import outward
from mgmt.usecases import bundle, config, replicas, timeline
from mgmt.webapps.api.versions import condition, tagged

blueprint = Blueprint("config", __name__)
reason_chars_max = 200
REASON = {"reason": TEXT}
MOMENT = {"anyOf": [SEQUENCE, TIME]}
SHOWN = {
    "type": "object",
    "properties": {"id": TEXT, "kind": TEXT, "version": {"type": "integer"}, "document": {"x-document": True}},
    "required": ["id", "kind", "version", "document"],
}


def _reason(request: Request) -> str:
    """Why, for the log: `?reason=` or the header X-Reason."""
    return (request.args.get("reason") or request.headers.get("X-Reason", ""))[:reason_chars_max]


def _scope(kind: str) -> Scope:
    """Operators need not choose a tenant for what belongs to none."""
    whole_node = kind in SYSTEM_KINDS | {"tenant"} and door.identity().operator
    return node_scope(door.identity()) if whole_node else door.scope()


def _sequence(name: str, default: int | None = None) -> int:
    text = request.args.get(name, "")
    if not text and default is not None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise Problem(400, "invalid_sequence", f"{name} must be a sequence number of the configuration log.")
    return int(text)


def _moment(name: str) -> int:
    """A version: its sequence, or the last one at a time (ISO 8601, without a zone in UTC)."""
    text = request.args.get(name, "")
    if text.isdigit() and len(text) < 15:
        return _sequence(name)
    try:
        when = datetime.fromisoformat(text)
    except ValueError as error:
        raise Problem(400, "invalid_sequence", f"{name} must be a version or a time like 2026-12-01T09:00Z.") from error
    aware = when if when.tzinfo is not None else when.replace(tzinfo=UTC)
    return door.context().config.sequence_at(door.scope().tenant, aware.timestamp())


@blueprint.get("/config/<kind>")
@described(answer=page_of(SHOWN))
def listed(kind: str) -> dict[str, Any]:
    """All objects of a kind."""
    return {"data": config.listed(door.context(), _scope(kind), kind), "next_cursor": None}


@blueprint.get("/config/<kind>/<id>")
@described(answer=SHOWN)
def one(kind: str, id: str) -> Response:
    """One object: `{id, kind, version, document}`."""
    return tagged(config.one(door.context(), _scope(kind), kind, id), 200)


@blueprint.put("/config/<kind>/<id>")
@described(query=REASON, answer=SHOWN, statuses=(200, 201))
def put(kind: str, id: str) -> Response:
    """Add or change an object; the body is its document. A password made here is in the answer, this once."""
    saved, status = config.put(
        door.context(), _scope(kind), kind, id, json_object(request), condition(request), _reason(request)
    )
    if "password" in saved:
        door.keep_secret()
    return tagged(saved, status)


@blueprint.delete("/config/<kind>/<id>")
@described(query=REASON, statuses=(204,))
def delete(kind: str, id: str) -> tuple[str, int]:
    """Remove an object that nothing else needs."""
    config.delete(door.context(), _scope(kind), kind, id, condition(request), _reason(request))
    return "", 204


@blueprint.get("/config-schema/<kind>")
@described(answer=OBJECT)
def schema(kind: str) -> dict[str, Any]:
    """The JSON Schema of a kind's documents, as PUT takes them."""
    return config.schema(_scope(kind), kind)


@blueprint.get("/config-outcome/<message_id>")
@described(answer=OBJECT)
def outcome(message_id: str) -> dict[str, Any]:
    """What became of a write that was answered 504 `outcome_unknown`."""
    return replicas.outcome(door.context(), door.scope(), message_id)


@blueprint.get("/config-log")
@described(query={"since": SEQUENCE, "kind": TEXT, "id": TEXT}, answer=page_of(OBJECT))
def log() -> dict[str, Any]:
    """The entries after `since`, newest first: who changed what, when and why; `cursor` is the next page.

    With `kind` and `id` only those that changed that object.
    """
    before = _sequence("cursor") if request.args.get("cursor") else None
    kind, id = request.args.get("kind"), request.args.get("id")
    only = (kind, id) if kind and id else None
    return outward(timeline.log(door.context(), door.scope(), _sequence("since", 0), before, only))


@blueprint.get("/config-diff")
@described(query={"from": MOMENT, "to": MOMENT}, answer=OBJECT)
def diff() -> dict[str, Any]:
    """What differs between `from` and `to` (now), each a sequence of the log or a time (ISO 8601)."""
    now = door.context().config.directory.sequence
    return timeline.diff(door.context(), door.scope(), _moment("from"), _moment("to") if "to" in request.args else now)


@blueprint.get("/config-blame/<kind>/<id>")
@described(answer=page_of(OBJECT))
def blame(kind: str, id: str) -> dict[str, Any]:
    """Who gave each field of an object its present value, when and why."""
    return outward(timeline.blamed(door.context(), _scope(kind), kind, id))


@blueprint.post("/config-rollback")
@described(query={"to": MOMENT, "kind": TEXT, "id": TEXT, "dry_run": ONE, **REASON}, answer=OBJECT)
def rollback() -> dict[str, Any]:
    """Bring everything, or `?kind=&id=` alone, back to `?to=` (a sequence or a time); `?dry_run=1` changes nothing."""
    kind, id = request.args.get("kind"), request.args.get("id")
    if (kind is None) != (id is None):
        raise Problem(400, "half_an_object", "Name both kind and id, or neither.")
    only = (kind, id) if kind is not None and id is not None else None
    dry = request.args.get("dry_run") == "1"
    return timeline.rolled_back(door.context(), door.scope(), _moment("to"), only, dry, _reason(request))


@blueprint.get("/config-export")
@described(query={"at": MOMENT}, answer=OBJECT)
def export() -> Response:
    """The tenant as one JSON document, without secrets; `?at=` a sequence of the log or a time shows it as it was then."""
    at = _moment("at") if request.args.get("at") else None
    answer = jsonify(bundle.exported(door.context(), door.scope(), at))
    answer.headers["Content-Disposition"] = f'attachment; filename="{door.scope().tenant}.json"'
    return answer


@blueprint.post("/config-import")
@described(query={"dry_run": ONE, **REASON}, body=OBJECT, answer=OBJECT)
def restore() -> dict[str, Any]:
    """Bring an exported document in, all of it or nothing; `?dry_run=1` only says what would change."""
    dry = request.args.get("dry_run") == "1"
    done = bundle.imported(door.context(), door.scope(), json_object(request), dry, _reason(request))
    if done["passwords"]:
        door.keep_secret()
    return done
