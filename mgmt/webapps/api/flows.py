"""API: call flows and the simulator."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, request

from mgmt import door
from mgmt.body import json_object, known_fields
from mgmt.usecases import flows, simulate
from mgmt.webapps.api.versions import condition, tagged
from mgmt.wire import outward

blueprint = Blueprint("flows", __name__)


@blueprint.get("/flows")
def all_flows() -> dict[str, Any]:
    """The flows of the tenant with what is wrong with each."""
    return {"data": flows.all_flows(door.context(), door.scope()), "next_cursor": None}


@blueprint.get("/flows/<id>")
def one(id: str) -> Response:
    """One flow."""
    return tagged(flows.one(door.context(), door.scope(), id), 200)


@blueprint.put("/flows/<id>")
def publish(id: str) -> Response:
    """Publish a flow: `{name?, document}`; refused with its problems when a caller could get lost in it."""
    body = json_object(request)
    known_fields(body, "id", "name", "version", "document", "problems")
    saved, status = flows.publish(door.context(), door.scope(), id, body, condition(request))
    return tagged(saved, status)


@blueprint.post("/simulate")
def simulated() -> Response:
    """What would happen to a call: `{number, from, at?, keys?, free?}`."""
    body = json_object(request)
    known_fields(body, "number", "from", "at", "keys", "free")
    return jsonify(outward(simulate.simulated(door.context(), door.scope(), body)))
