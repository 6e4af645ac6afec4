"""API: erasing a company that left (operators), and what retention would delete (owners and managers)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request

from mgmt.access.scope import node_scope
from mgmt.http import door
from mgmt.http.body import json_object, known_fields, text_field
from mgmt.http.described import OBJECT, described, fields, text
from mgmt.http.wire import outward
from mgmt.usecases import erasures

blueprint = Blueprint("erasures", __name__)
retention = Blueprint("retention", __name__)


@blueprint.post("/erasures")
@described(body=fields({"tenant": text(64)}, confirm=text(64)), answer=OBJECT, statuses=(200, 202))
def ask() -> tuple[dict[str, Any], int]:
    """`tenant`; without `confirm` (the id once more) nothing is done and the answer says what there is."""
    body = json_object(request)
    known_fields(body, "tenant", "confirm")
    tenant, confirm = text_field(body, "tenant", 64) or "", text_field(body, "confirm", 64, required=False)
    found = erasures.ask(door.context(), node_scope(door.identity()), tenant, confirm)
    return outward(found), 200 if confirm is None else 202


@blueprint.get("/erasures/<tenant>")
@described(answer=OBJECT)
def state(tenant: str) -> dict[str, Any]:
    """How far it is; the certificate when it is done, its times as they were signed."""
    found = erasures.state(door.context(), tenant)
    return outward(found) | {"certificate": found.get("certificate")}


@retention.get("/retention")
@described(answer=OBJECT)
def policy() -> dict[str, Any]:
    """How long what is kept, and what would be deleted now."""
    return erasures.retention(door.context(), door.scope())
