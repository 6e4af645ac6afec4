"""Mobile API: what an app needs at the beginning, and the names by which it is woken (RFC 8599)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request

from mgmt.http import door
from mgmt.http.body import json_object, known_fields, text_field
from mgmt.http.described import OBJECT, described, fields, one_of, text
from mgmt.http.errors import FieldError, Problem
from mgmt.limits import app_push_chars_max
from mgmt.usecases.mobile import start, wakes

blueprint = Blueprint("mobile_start", __name__)
LOCALE_CHARS_MAX, BUNDLE_CHARS_MAX = 35, 200
CHARS_MAX = {
    "token": app_push_chars_max,
    "voipToken": app_push_chars_max,
    "bundle": BUNDLE_CHARS_MAX,
    "locale": LOCALE_CHARS_MAX,
}


@blueprint.get("/bootstrap")
@described(answer=OBJECT)
def bootstrap() -> dict[str, Any]:
    """The app's own telephone (made at the first request), where SIP is, push services, what its person may do."""
    door.keep_secret()
    return start.bootstrap(door.context(), door.identity(), door.scope(), door.host_name())


@blueprint.post("/devices")
@described(
    body=fields(
        {"platform": one_of(*wakes.PROVIDERS)}, **{name: text(chars_max) for name, chars_max in CHARS_MAX.items()}
    ),
    answer=OBJECT,
)
def wake_by() -> dict[str, Any]:
    """The names that push services gave this app; `contact` is what it writes into the URI of its SIP contact."""
    app, body = start.app_of(door.identity()), json_object(request)
    known_fields(body, "platform", *CHARS_MAX)
    platform = body.get("platform")
    if platform not in wakes.PROVIDERS:
        detail = f"must be one of {', '.join(wakes.PROVIDERS)}"
        raise Problem(422, "invalid_field", f"platform {detail}.", (FieldError("/platform", detail),))
    given = {name: text_field(body, name, chars_max, required=False) for name, chars_max in CHARS_MAX.items()}
    push = {"platform": platform, "voip_token": given.pop("voipToken"), **given}
    return {"contact": wakes.named(door.context(), app, push)}


@blueprint.delete("/devices")
@described(statuses=(204,))
def sleep() -> tuple[str, int]:
    """Nothing wakes this app any more."""
    wakes.forgotten(door.context(), start.app_of(door.identity()))
    return "", 204
