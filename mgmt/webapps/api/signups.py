"""Operator API: sign-ups of the store, with what was paid."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request

from mgmt.http import door
from mgmt.http.body import json_object, known_fields, page
from mgmt.http.described import OBJECT, PAGING, TEXT, described, fields, one_of, page_of
from mgmt.http.wire import outward
from mgmt.signup.machine import STATES
from mgmt.usecases import store

blueprint = Blueprint("signups", __name__)


@blueprint.get("/signups")
@described(query={"state": one_of(*STATES), **PAGING}, answer=page_of(OBJECT))
def listed() -> dict[str, Any]:
    """Sign-ups, the one that changed last first."""
    return outward(store.listed(door.context(), request.args.get("state") or None, page(request)))


@blueprint.post("/signups/<id>/steps")
@described(body=fields({"step": TEXT}), answer=OBJECT)
def step(id: str) -> dict[str, Any]:
    """`paid`: the first month was paid. `close`: give back its number and its money."""
    body = json_object(request)
    known_fields(body, "step")
    return outward(store.by_operator(door.context(), id, body.get("step")))
