"""API: the state of the node, for operators."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from logs.process import LEVELS
from mgmt.http import door
from mgmt.http.body import json_object, known_fields, text_field
from mgmt.http.described import ANY, FLAG, OBJECT, described, fields, one_of, page_of
from mgmt.http.errors import FieldError, Problem
from mgmt.http.wire import outward
from mgmt.usecases import nodes, preflight, status

blueprint = Blueprint("status", __name__)
NAME = {"type": "string", "minLength": 1, "maxLength": 63}


@blueprint.get("/status")
@described(answer=OBJECT)
def node() -> dict[str, Any]:
    """Switch, configuration, history spool, services and streams at a glance."""
    return outward(status.node(door.context()))


@blueprint.get("/nodes")
@described(answer=OBJECT)
def cluster() -> dict[str, Any]:
    """Every node: `state` (up, drained, away, unknown), version, calls; and the `commands` to add or upgrade one."""
    return outward(nodes.listed(door.context()))


@blueprint.post("/status/checks")
@described(answer=page_of(OBJECT))
def checks() -> dict[str, Any]:
    """What `softswitch doctor` finds on the machine of this node: `{name, ok, text, fix}` each. Takes some seconds."""
    return {"data": preflight.looked(door.context()), "next_cursor": None}


@blueprint.post("/status/support")
@described(answer=ANY, content="application/gzip")
def support() -> Response:
    """The bundle of `softswitch support`: settings, findings, ends of logs, without secrets and numbers. Takes some seconds."""
    answer = Response(preflight.bundle(door.context()), content_type="application/gzip")
    answer.headers["Content-Disposition"] = 'attachment; filename="softswitch-support.tar.gz"'
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


@blueprint.put("/log-level")
@described(body=fields({"level": one_of(*LEVELS)}), answer=OBJECT)
def log_level() -> dict[str, Any]:
    """What the log of the switch holds, until its next start: `level`."""
    body = json_object(request)
    known_fields(body, "level")
    if body.get("level") not in LEVELS:
        detail = f"must be one of {', '.join(LEVELS)}"
        raise Problem(422, "invalid_field", f"level {detail}.", (FieldError("/level", detail),))
    return status.set_log(door.context(), body["level"])


@blueprint.put("/drain")
@described(body=fields({"on": FLAG}, node=NAME), answer=OBJECT)
def drain() -> dict[str, Any]:
    """`{"on": true}`: new calls go elsewhere, those in progress go on; at this node, or at another one: `node`."""
    body = json_object(request)
    known_fields(body, "on", "node")
    if not isinstance(body.get("on"), bool):
        raise Problem(422, "invalid_field", "on must be true or false.", (FieldError("/on", "must be true or false"),))
    node = text_field(body, "node", 63) if "node" in body else None
    return outward(nodes.drain(door.context(), node, body["on"]))
