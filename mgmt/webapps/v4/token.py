"""v4: tokens for keys (OAuth 2.0, RFC 6749 4.4) and the ping that everybody may ask for."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request

from mgmt.http import door
from mgmt.usecases.v4 import tokens

blueprint = Blueprint("v4_token", __name__)


@blueprint.post("/auth/token")
def token() -> tuple[dict[str, Any], int]:
    """A token for a key: `client_id` the key, `client_secret` the extension of the person it acts for, form or JSON."""
    given: dict[str, str] = dict(request.form.items())
    if request.is_json:
        found = request.get_json(silent=True)
        given = {name: text for name, text in found.items() if isinstance(text, str)} if isinstance(found, dict) else {}
    given.setdefault("client_id", request.headers.get("x-api-key", ""))
    door.keep_secret()
    try:
        return tokens.granted(door.context(), given), 200
    except tokens.Invalid as wrong:
        return {"error": str(wrong)}, 400


@blueprint.get("/api/ping")
def ping() -> dict[str, str]:
    """That somebody is there."""
    return {"status": "ok"}
