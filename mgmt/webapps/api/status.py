"""API: the state of the node, for operators."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request

from mgmt.http import door
from mgmt.http.body import json_object, known_fields
from mgmt.http.described import FLAG, OBJECT, described, fields, page_of
from mgmt.http.errors import FieldError, Problem
from mgmt.http.wire import outward
from mgmt.usecases import preflight, status

blueprint = Blueprint("status", __name__)


@blueprint.get("/status")
@described(answer=OBJECT)
def node() -> dict[str, Any]:
    """Switch, configuration, history spool, services and streams at a glance."""
    return outward(status.node(door.context()))


@blueprint.post("/status/checks")
@described(answer=page_of(OBJECT))
def checks() -> dict[str, Any]:
    """What `softswitch doctor` finds on the machine of this node: `{name, ok, text, fix}` each. Takes some seconds."""
    return {"data": preflight.looked(door.context()), "next_cursor": None}


@blueprint.put("/drain")
@described(body=fields({"on": FLAG}), answer=OBJECT)
def drain() -> dict[str, Any]:
    """`{"on": true}`: new calls go elsewhere, those in progress go on."""
    body = json_object(request)
    known_fields(body, "on")
    if not isinstance(body.get("on"), bool):
        raise Problem(422, "invalid_field", "on must be true or false.", (FieldError("/on", "must be true or false"),))
    return outward(status.drain(door.context(), body["on"]))
