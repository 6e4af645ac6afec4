"""API: background services and their runs, for operators; what goes out for a company, for its managers."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request

from mgmt.access.scope import node_scope
from mgmt.http import door
from mgmt.http.body import json_object, known_fields, page
from mgmt.http.described import FLAG, OBJECT, PAGING, TEXT, described, fields, one_of, page_of
from mgmt.http.errors import FieldError, Problem
from mgmt.http.wire import outward
from mgmt.outbox.item import STATES
from mgmt.usecases import services

blueprint = Blueprint("services", __name__)
outbox = Blueprint("outbox", __name__)


@blueprint.get("/services")
@described(answer=OBJECT)
def listed() -> dict[str, Any]:
    """Every background service at every place: schedule, lease, last run, failures; how much waits to go out."""
    return outward(services.listed(door.context()))


@blueprint.get("/services/<name>/runs")
@described(answer=OBJECT)
def runs(name: str) -> dict[str, Any]:
    """The remembered runs of a service, newest first."""
    return outward(services.runs(door.context(), name))


@blueprint.post("/services/<name>/runs")
@described(body=fields({}, dry=FLAG, place=TEXT), answer=OBJECT, statuses=(202,))
def run_now(name: str) -> tuple[dict[str, Any], int]:
    """Let it run now; `dry`: only say what it would do; `place`: the node, of a service that each node has."""
    body = json_object(request)
    known_fields(body, "dry", "place")
    dry, place = body.get("dry", False), body.get("place")
    if not isinstance(dry, bool):
        raise Problem(
            422, "invalid_field", "dry must be true or false.", (FieldError("/dry", "must be true or false"),)
        )
    if not (place is None or (isinstance(place, str) and 0 < len(place) <= 64)):
        raise Problem(422, "invalid_field", "place must be a node.", (FieldError("/place", "must be a node"),))
    return outward(services.run_now(door.context(), node_scope(door.identity()), name, place, dry)), 202


@outbox.get("/outbox")
@described(query={"state": one_of(*STATES), **PAGING}, answer=page_of(OBJECT))
def going_out() -> dict[str, Any]:
    """What goes out for the company by HTTP, SMS or mail, newest first: state, tries, last words."""
    state = request.args.get("state") or None
    return outward(services.outbox(door.context(), door.scope(), state, page(request)))


@outbox.post("/outbox/<id>/again")
@described(answer=OBJECT)
def again(id: str) -> dict[str, Any]:
    """Send once more what is dead or uncertain."""
    return outward(services.send_again(door.context(), door.scope(), id))
