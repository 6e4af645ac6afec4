"""API: call flows and the simulator."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, request

from mgmt import door
from mgmt.body import json_object, known_fields
from mgmt.described import OBJECT, TEXT, described, fields, page_of, text
from mgmt.limits import simulate_keys_max
from mgmt.usecases import flows, simulate
from mgmt.webapps.api.calls import PARTY
from mgmt.webapps.api.versions import condition, tagged
from mgmt.wire import outward

blueprint = Blueprint("flows", __name__)
PUBLISHED = fields(
    {"document": OBJECT}, id=TEXT, name=text(120), version={"type": "integer"}, problems={"type": "array"}
)
FREE = {"anyOf": [{"type": "array", "items": TEXT}, {"type": "object", "additionalProperties": TEXT}]}
ASKED = fields(
    {"number": PARTY, "from": PARTY}, at=TEXT, keys={"type": "string", "maxLength": simulate_keys_max}, free=FREE
)


@blueprint.get("/flows")
@described(answer=page_of(OBJECT))
def all_flows() -> dict[str, Any]:
    """The flows of the tenant with what is wrong with each."""
    return {"data": flows.all_flows(door.context(), door.scope()), "next_cursor": None}


@blueprint.get("/flows/<id>")
@described(answer=OBJECT)
def one(id: str) -> Response:
    """One flow."""
    return tagged(flows.one(door.context(), door.scope(), id), 200)


@blueprint.put("/flows/<id>")
@described(body=PUBLISHED, answer=OBJECT, statuses=(200, 201))
def publish(id: str) -> Response:
    """Publish a flow: `{name?, document}`; refused with its problems when a caller could get lost in it."""
    body = json_object(request)
    known_fields(body, "id", "name", "version", "document", "problems")
    saved, status = flows.publish(door.context(), door.scope(), id, body, condition(request))
    return tagged(saved, status)


@blueprint.post("/simulate")
@described(body=ASKED, answer=OBJECT)
def simulated() -> Response:
    """What would happen to a call: `{number, from, at?, keys?, free?}`."""
    body = json_object(request)
    known_fields(body, "number", "from", "at", "keys", "free")
    return jsonify(outward(simulate.simulated(door.context(), door.scope(), body)))
