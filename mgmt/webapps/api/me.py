"""API: who am I, and my password."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from mgmt.http import door
from mgmt.http.body import json_object, known_fields, text_field
from mgmt.http.described import OBJECT, described, fields, page_of, text
from mgmt.http.errors import Problem
from mgmt.http.wire import outward, stamp
from mgmt.limits import password_chars_max, view_name_chars_max, view_query_chars_max
from mgmt.usecases import account, drafts, first_steps, views, visits
from mgmt.webapps.api.versions import condition
from mgmt.webapps.webui import keep_session

blueprint = Blueprint("me", __name__)
VIEW = fields(
    {"name": text(view_name_chars_max), "screen": text(42)}, query={"type": "string", "maxLength": view_query_chars_max}
)

DRAWN = fields({"document": OBJECT, "base": {"type": "integer", "minimum": 0}}, window=text(drafts.window_chars_max))


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


@blueprint.get("/me/views")
@described(answer=page_of(OBJECT))
def saved_views() -> dict[str, Any]:
    """The views of screens that who asks saved: `{id, name, screen, query, made_at}`."""
    return outward({"data": views.listed(door.context(), door.scope()), "next_cursor": None})


@blueprint.post("/me/views")
@described(body=VIEW, answer=OBJECT, statuses=(201,))
def save_view() -> tuple[dict[str, Any], int]:
    """Save a screen with its filters under a name; the same name on that screen is replaced."""
    body = json_object(request)
    known_fields(body, "name", "screen", "query")
    name = text_field(body, "name", view_name_chars_max) or ""
    screen = text_field(body, "screen", view_query_chars_max) or ""
    query = text_field(body, "query", view_query_chars_max, required=False) or ""
    return outward(views.save(door.context(), door.scope(), name.strip(), screen, query)), 201


@blueprint.delete("/me/views/<id>")
@described(statuses=(204,))
def forget_view(id: str) -> tuple[str, int]:
    """Remove one."""
    views.forget(door.context(), door.scope(), id)
    return "", 204


@blueprint.get("/me/drafts/<id>")
@described(answer=OBJECT)
def draft(id: str) -> dict[str, Any]:
    """The flow as who asks was drawing it, as it saved itself: `{draft}`, null where there is none."""
    found = drafts.one(door.context(), door.scope(), id)
    return {"draft": found and _draft(found)}


@blueprint.put("/me/drafts/<id>")
@described(body=DRAWN, answer=OBJECT)
def keep_draft(id: str) -> dict[str, Any]:
    """Keep a drawing over the revision in If-Match (If-None-Match: * the first); `base`: the version of the flow below it."""
    body = json_object(request)
    known_fields(body, "document", "base", "window")
    kept = _draft(drafts.keep(door.context(), door.scope(), id, body, condition(request)))
    del kept["document"]
    return kept


@blueprint.delete("/me/drafts/<id>")
@described(statuses=(204,))
def forget_draft(id: str) -> tuple[str, int]:
    """Discard it, if it is at the revision in If-Match."""
    drafts.forget(door.context(), door.scope(), id, condition(request))
    return "", 204


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


def _draft(found: dict[str, Any]) -> dict[str, Any]:
    return {**found, "saved_at": stamp(found["saved_at"])}
