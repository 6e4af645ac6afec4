"""API: the companies that a reseller or an operator looks after."""

from __future__ import annotations

from typing import Any, get_args

from flask import Blueprint, Response, jsonify, request

from configdb.model import Account
from mgmt.http import door
from mgmt.http.body import json_object, known_fields, object_field, text_field
from mgmt.http.described import OBJECT, described, fields, one_of, page_of, text
from mgmt.http.wire import outward
from mgmt.limits import email_chars_max, name_chars_max, tenant_chars_max
from mgmt.usecases import companies
from mgmt.webapps.api.people import ID, require_email

blueprint = Blueprint("companies", __name__)
OWNER = fields({"name": text(name_chars_max), "email": text(email_chars_max)})
MADE = fields({"name": text(name_chars_max), "owner": OWNER}, id=ID, parent=ID, timezone=text(64), language=text(8))


@blueprint.get("/tenants")
@described(answer=page_of(OBJECT))
def listed() -> dict[str, Any]:
    """The companies below, at any depth; an operator's are all of the node."""
    return {"data": companies.listed(door.context(), door.identity()), "next_cursor": None}


@blueprint.post("/tenants")
@described(body=MADE, answer=OBJECT, statuses=(201,))
def add() -> tuple[Response, int]:
    """A new company below, with its first owner, whose invitation is `link`, shown this once."""
    body = json_object(request)
    known_fields(body, "name", "owner", "id", "parent", "timezone", "language")
    owner = object_field(body, "owner")
    known_fields(owner, "name", "email")
    for name in {"name", "id", "parent", "timezone", "language"} & set(body) | {"name"}:
        text_field(body, name, name_chars_max)
    text_field(owner, "name", name_chars_max)
    require_email(text_field(owner, "email", email_chars_max))
    door.keep_secret()
    return jsonify(outward(companies.add(door.context(), door.identity(), body, door.base(), door.language()))), 201


@blueprint.patch("/tenants/<id>")
@described(body=fields({}, name=text(name_chars_max), status=one_of(*get_args(Account))), answer=OBJECT)
def change(id: str) -> dict[str, Any]:
    """Another name or status; callers of a `suspended` company leave messages, a `closed` one has no calls and may be erased."""
    body = json_object(request)
    known_fields(body, "name", "status")
    for name in body:
        text_field(body, name, max(name_chars_max, tenant_chars_max))
    return companies.change(door.context(), door.identity(), id, body)
