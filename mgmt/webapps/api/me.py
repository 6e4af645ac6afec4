"""API: who am I, and my password."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from mgmt.http import door
from mgmt.http.body import json_object, known_fields, text_field
from mgmt.http.described import OBJECT, described, fields, text
from mgmt.http.errors import Problem
from mgmt.limits import password_chars_max
from mgmt.usecases import account, first_steps, visits
from mgmt.webapps.webui import keep_session

blueprint = Blueprint("me", __name__)


@blueprint.get("/me")
@described(answer=OBJECT)
def me() -> dict[str, Any]:
    """The user, the tenant looked at (null while an operator must choose one) and the tenants to choose from."""
    try:
        scope = door.scope()
    except Problem as problem:
        if problem.code != "tenant_required":
            raise
        scope = None
    return account.me(door.context(), door.identity(), scope)


@blueprint.get("/me/first-steps")
@described(answer=OBJECT)
def first() -> dict[str, Any]:
    """What a new company does first, and what of it is done."""
    return first_steps.steps(door.context(), door.scope(), door.identity())


@blueprint.delete("/me/visit")
@described(statuses=(204,))
def end_visit() -> tuple[str, int]:
    """Act as oneself again."""
    visits.end(door.context(), door.scope().identity)
    return "", 204


@blueprint.post("/me/password")
@described(body=fields({"password": text(password_chars_max)}), statuses=(204,))
def set_password() -> Response:
    """A new password; all other sessions of the user end. Who came in long ago confirms first (`/me/confirm`)."""
    body = json_object(request)
    known_fields(body, "password")
    password = text_field(body, "password", password_chars_max) or ""
    answer = Response(status=204)
    keep_session(answer, account.set_password(door.context(), door.identity(), password, door.client()))
    door.keep_secret()
    return answer
